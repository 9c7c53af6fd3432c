"""Which channels hear of which clusters' snapshots, in private answers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.core.subscriptions import Heard, Subscription
from bot.service.subscribing import Subscribed
from bot.slack.drawing import mrkdwn, names
from bot.slack.drawing.blocks import Block, actions, button, section
from bot.slack.drawing.cards import Say
from bot.words import listing, text

_SHOWN: Final = 20

Line = tuple[Subscription, str]  # with what its clusters are called


def subscribed(done: Subscribed) -> Say:
    """Return what a channel hears of from now on, and the button that ends that."""
    one = done.subscription
    channel, cluster = mrkdwn.channel(one.channel), mrkdwn.scope(done.called)
    said = text("notify-set", channel=channel, cluster=cluster, events=_events(one))
    return Say(said, (section(said), *actions([_end(one, done.called)])))


def listed(found: Sequence[Line], *, command: str) -> Say:
    """Return who hears of what, each with the button that ends it; paused ones come first."""
    if not found:
        return Say(text("notify-none", example=f"`{command} notify #dwh-ops dwh-prod`"))
    found = sorted(found, key=lambda line: line[0].paused is None)
    title = text("notify-title")
    lines = [_line(one, called) for one, called in found[:_SHOWN]]
    blocks = [section(line, accessory=_end(*shown)) for line, shown in zip(lines, found, strict=False)]
    if more := len(found) - len(lines):
        lines.append(text("notify-rest", count=more, command=command))
        blocks.append(section(lines[-1]))
    return Say("\n".join([title, *lines]), (section(title), *blocks))


def ended(done: Sequence[Line]) -> Say:
    """Return what was ended, if anything was."""
    what = [
        text("notify-ended-line", cluster=mrkdwn.scope(called), channel=mrkdwn.channel(one.channel))
        for one, called in done[:_SHOWN]
    ]
    if more := len(done) - len(what):
        what.append(text("more", count=more))
    return Say(text("notify-ended", count=len(done), what=listing(what)))


def _line(one: Subscription, called: str) -> str:
    channel, cluster, who = mrkdwn.channel(one.channel), mrkdwn.scope(called), mrkdwn.user(one.set_by)
    if one.paused is not None:
        return text("notify-line-paused", channel=channel, id=one.channel, cluster=cluster, why=one.paused, who=who)
    return text("notify-line", channel=channel, cluster=cluster, events=_events(one), who=who)


def _events(one: Subscription) -> str:
    return listing([text("heard", event=event) for event in Heard if event in one.events])


def _end(one: Subscription, called: str) -> Block:
    means = text("notify-end-means", cluster=called)
    return button(text("notify-end"), names.END_SUBSCRIPTION, means=means, value=f"{one.channel} {one.scope}")
