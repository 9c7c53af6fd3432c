"""The buttons that say how much longer a snapshot is kept: in the message at the end of its term, and in the review."""

from __future__ import annotations

from bot.core.ids import Actor
from bot.core.keep import LONGER, UNTIL_TOLD
from bot.slack.door.deliveries import Click
from bot.slack.drawing.cards import Say
from bot.slack.drawing.term_messages import kept_words
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context


async def longer(context: Context, click: Click, actor: Actor) -> Answer:
    """Keep it for some time more."""
    return await _kept(context, click, actor, LONGER)


async def until_told(context: Context, click: Click, actor: Actor) -> Answer:
    """Keep it until somebody says that it isn't wanted any more."""
    return await _kept(context, click, actor, UNTIL_TOLD)


async def _kept(context: Context, click: Click, actor: Actor, days: int) -> Answer:
    seen = click.seen
    kept = await context.service.keeping.keep(actor, seen.request, days, term=seen.revision, at=click.message)
    return Answer(say=Say(kept_words(kept)))
