"""`/snapshot snapshots`: what the cloud has of a cluster."""

from __future__ import annotations

from bot.core.ids import Actor
from bot.slack.door.deliveries import Command
from bot.slack.drawing.cards import Say
from bot.slack.drawing.snapshots import snapshots_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument
from bot.words import text


async def snapshots(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Show the snapshots of the cluster that *rest* names, those made elsewhere as well, the newest first."""
    if not (called := argument(rest)):
        return Answer(say=Say(text("snapshots-usage", example=f"`{context.command} snapshots dwh-prod`")))
    return Answer(say=snapshots_text(await context.service.snapshots.newest(actor, called)))
