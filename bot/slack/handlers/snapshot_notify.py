"""`/snapshot notify`: which channels hear of which clusters' snapshots; and the buttons that end that."""

from __future__ import annotations

import re
from typing import Final

from bot.core.ids import Actor, ChannelId
from bot.core.scope import Scope
from bot.core.subscriptions import Heard, events_in
from bot.slack.door.deliveries import Click, Command
from bot.slack.drawing import mrkdwn, subscribed
from bot.slack.drawing.cards import Say
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.values import QUOTES, stripped
from bot.words import listing, text

_CHANNEL: Final = re.compile(r"<#([A-Z0-9]+)>|([CG][A-Z0-9]{7,})")


async def notify(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """List who hears of what; or let the channel that *rest* begins with hear of a cluster, or end that."""
    words = [stripped(word).strip(QUOTES) for word in rest.replace(",", " ").split()]
    if not words:
        return await _listed(context, actor)
    if words[0].lower() == "off":
        return await _off(context, actor, words[1:])
    channel = _channel(words[0])
    events = events_in([word.lower() for word in words[2:]])
    if channel is None and words[0].startswith("#"):
        return _unread(context, words[0])
    if channel is None or len(words) < 2 or events is None:
        example = f"`{context.command} notify #dwh-ops dwh-prod made failed`"
        return Answer(say=Say(text("notify-usage", example=example, events=listing([f"`{e}`" for e in Heard]))))
    done = await context.service.subscribing.subscribe(actor, channel, words[1], events)
    return Answer(say=subscribed.subscribed(done))


async def end(context: Context, click: Click, actor: Actor) -> Answer:
    """End the one that the button names."""
    channel, _, scope = (click.actions[0].value or "").partition(" ")
    subscribing = context.service.subscribing
    done = await subscribing.end_one(actor, ChannelId(channel), Scope.parse(scope))
    return Answer(say=subscribed.ended([(one, subscribing.called(one)) for one in done]))


async def _listed(context: Context, actor: Actor) -> Answer:
    subscribing = context.service.subscribing
    found = [(one, subscribing.called(one)) for one in await subscribing.listed(actor)]
    return Answer(say=subscribed.listed(found, command=context.command))


async def _off(context: Context, actor: Actor, words: list[str]) -> Answer:
    """End those of the channel and the cluster that *words* name, in any order; of none, list what there is."""
    if not words:
        return await _listed(context, actor)
    channel: ChannelId | None = None
    cluster = ""
    for word in words[:2]:
        if found := _channel(word):
            channel = found
        elif word.startswith("#"):
            return _unread(context, word)
        else:
            cluster = word
    subscribing = context.service.subscribing
    done = await subscribing.end(actor, channel, cluster)
    return Answer(say=subscribed.ended([(one, subscribing.called(one)) for one in done]))


def _channel(word: str) -> ChannelId | None:
    match = _CHANNEL.fullmatch(word)
    return ChannelId(match[1] or match[2]) if match else None


def _unread(context: Context, word: str) -> Answer:
    shown, listed = mrkdwn.escape(word, most=80), f"`{context.command} notify`"
    return Answer(say=Say(text("notify-channel-unread", channel=shown, list=listed)))
