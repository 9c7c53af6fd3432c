"""`/snapshot list`: the newest requests."""

from __future__ import annotations

from bot.core.ids import Actor
from bot.slack.door.deliveries import Command
from bot.slack.drawing.help import LISTED, list_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context


async def newest(context: Context, command: Command, actor: Actor, text: str) -> Answer:
    """Show the newest requests that *actor* may see; *text* may name a cluster."""
    ref = await context.service.intake.resolve(actor, text) if text else None
    one_more = LISTED + 1  # tells whether there are more than the list shows
    found = await context.service.reviews.visible(actor, cluster=ref, limit=one_more)
    return Answer(say=list_text(found, cluster=text, command=context.command))
