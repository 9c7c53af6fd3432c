"""Entries of the record, in a private answer and ten a page. Pure."""

from __future__ import annotations

from bot.core.ids import ClusterRef
from bot.service import RecordLine, RecordPage
from bot.slack.drawing import mrkdwn, wording
from bot.slack.drawing.blocks import View, section
from bot.slack.drawing.cards import Say
from bot.slack.drawing.lists import RECORD, ListPlace, count_of, list_modal
from bot.words import text

_DETAIL = 300  # characters; `snapshot-bot audit show` has the whole


def record_text(page: RecordPage, *, cluster: str = "", ref: ClusterRef | None = None) -> Say:
    """Return the newest entries and where the rest is; of *ref*, called *cluster*, or of all."""
    if not page.lines:
        said = text("audit-nothing")
        return Say(said, (section(said),))
    about = mrkdwn.escape(cluster, most=200)
    title = (
        text("audit-title-of", count=len(page.lines), cluster=about)
        if cluster
        else text("audit-title", count=len(page.lines))
    )
    lines = [_line(line) for line in page.lines]
    blocks = [section(title), *(section(line) for line in lines)]
    if page.more:
        rest = text("list-rest", count=count_of(page.more))
        blocks.append(section(rest, accessory=ListPlace(RECORD, cluster=ref).show_all()))
    return Say("\n".join([title, *(f"{line.number}: {line.entry.action}" for line in page.lines)]), tuple(blocks))


def record_page(place: ListPlace, page: RecordPage) -> View:
    """Return *page* as a modal."""
    blocks = [section(_line(line)) for line in page.lines]
    return list_modal(place, blocks, first=page.first, shown=len(page.lines), total=page.total, goes_on=page.goes_on)


def _line(line: RecordLine) -> str:
    entry = line.entry
    head = f"*{line.number}* {mrkdwn.code(entry.action)} · {mrkdwn.user(entry.actor)} · {mrkdwn.when(entry.at)}"
    ref, place = entry.cluster, ""
    if ref:
        place = mrkdwn.escape(wording.cluster_label(ref, line.cluster_name or ref.id), most=200)
    rule = text("audit-rule", rule=mrkdwn.code(entry.rule)) if entry.rule else ""
    about = " · ".join(part for part in (entry.request_id or "", place, rule) if part)
    return "\n".join(part for part in (head, about, mrkdwn.escape(entry.detail, most=_DETAIL)) if part)
