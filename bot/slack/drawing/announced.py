"""What channels hear of snapshots, and the bot's word that one hears nothing any more. Pure; it mentions nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.core.ids import UserId
from bot.core.notices import Notice, Paused
from bot.core.subscriptions import Heard, News
from bot.slack.drawing import closed, mrkdwn, wording
from bot.slack.drawing.blocks import section
from bot.slack.drawing.cards import Say
from bot.words import ended, listing, reasons, text

_LINES: Final = 10
Names = Mapping[UserId, str]


def announced(notice: Notice, names: Names) -> Say:
    """Return *notice*; *names* are what people in it are called."""
    if notice.paused is not None:
        said = _paused(notice.paused)
        return Say(said, (section(said),))
    lines = [news_line(news, names) for news in notice.news[:_LINES]]
    if len(notice.news) > _LINES:
        lines.append(text("news-more", count=len(notice.news) - _LINES))
    return Say("\n".join(lines), tuple(section(line) for line in lines))


def news_line(news: News, names: Names) -> str:
    """Return what happened to a snapshot, and who asked for it or that nobody here did."""
    cluster = wording.cluster_label(news.cluster.ref, news.cluster.name)
    of = text("name-of", name=mrkdwn.bold(news.name), cluster=mrkdwn.escape(cluster, most=300))
    who = closed.called(names.get(news.requester, ""))(news.requester) if news.requester else ""
    if news.event is Heard.ASKED:
        return text("news-asked", who=who, snapshot=of, request=news.request or "")
    why = ended(mrkdwn.ours(reasons.problem(news.why, name=mrkdwn.unmarked), most=900)) if news.why else ""
    said = [text("news", event=news.event, snapshot=of), why]
    if news.outside:
        said.append(text("news-outside", event="schedule" if news.automatic else news.event))
    if news.request:
        said.append(text("news-of-request", who=who, request=news.request))
    return " ".join(filter(None, said))


def _paused(paused: Paused) -> str:
    scopes = [mrkdwn.scope(scope) for scope in paused.scopes[:_LINES]]
    if more := len(paused.scopes) - len(scopes):
        scopes.append(text("more", count=more))
    channel = mrkdwn.channel(paused.channel)
    return text("news-paused", channel=channel, scopes=listing(scopes), why=paused.why)
