"""`/snapshot list`: the newest requests."""

from __future__ import annotations

from bot.core.ids import Actor
from bot.slack.door.deliveries import Command
from bot.slack.drawing.help import LISTED, list_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument


async def newest(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Show the newest requests that *actor* may see; *rest* may name a cluster."""
    text = argument(rest)
    ref = await context.service.intake.resolve(actor, text) if text else None
    one_more = LISTED + 1  # tells whether there are more than the list shows
    found = await context.service.reviews.visible(actor, cluster=ref, limit=one_more)
    may_ask = bool(found) or await context.service.intake.why_nothing_to_ask(actor) is None
    return Answer(say=list_text(found, cluster=text, command=context.command, may_ask=may_ask))
