"""`/snapshot audit`: the newest of what is on record."""

from __future__ import annotations

from bot.core.ids import Actor
from bot.slack.door.deliveries import Command
from bot.slack.drawing.recorded import record_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument


async def audit(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Show the newest entries, those about the cluster that *rest* names or all, to who may read them."""
    record, text = context.service.record, argument(rest)
    ref = await record.cluster(actor, text) if text else None
    return Answer(say=record_text(await record.page(actor, ref), cluster=text, ref=ref))
