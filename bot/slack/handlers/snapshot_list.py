"""`/snapshot list`: the newest requests."""

from __future__ import annotations

from bot.core.access import Action
from bot.core.ids import Actor
from bot.service import Listed
from bot.slack.door.deliveries import Command
from bot.slack.drawing.help import list_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument


async def newest(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Show the newest requests that *actor* may see; *rest* may name a cluster."""
    text = argument(rest)
    ref = await context.service.naming.resolve(actor, text, Action.VIEW) if text else None
    page = await context.service.reviews.page(actor, Listed.ALL, cluster=ref)
    looker = await context.service.authority.looker(actor)
    may_ask = await context.service.intake.why_nothing_to_ask(looker) is None
    return Answer(say=list_text(page, cluster=text, ref=ref, command=context.command, may_ask=may_ask))
