"""`/snapshot withdraw`: take one's own request back."""

from __future__ import annotations

from bot.core.ids import Actor
from bot.slack.door.deliveries import Command
from bot.slack.drawing.cards import Say
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.clicks import withdrawn_words
from bot.slack.handlers.context import Context
from bot.slack.handlers.snapshot_status import request_named
from bot.words import text


async def withdraw(context: Context, command: Command, actor: Actor, typed: str) -> Answer:
    """Take back the request that *typed* names; none is taken back by default, for it can't be undone."""
    if not typed:
        return Answer(say=Say(text("withdraw-usage", example=f"`{context.command} withdraw R-7K3F`")))
    request = await context.service.approvals.withdraw(actor, request_named(typed))
    return Answer(say=Say(withdrawn_words(request)))
