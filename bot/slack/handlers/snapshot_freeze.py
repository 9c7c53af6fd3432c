"""`/snapshot freeze` and `unfreeze`, and the button that undoes a freeze."""

from __future__ import annotations

from typing import Final

from bot.core.ids import Actor, FreezeId
from bot.slack.door.deliveries import Click, Command
from bot.slack.drawing import freeze_answers
from bot.slack.drawing.cards import Say
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument, unwrapped
from bot.words import text

FREEZE_EXAMPLE: Final = "dwh-prod until mon 06:00 quarter end"


async def freeze(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Freeze the cluster that *rest* begins with; until when, and why, follow."""
    cluster, words = (*rest.split(None, 1), "", "")[:2]
    if not (cluster := argument(cluster)):
        example = f"`{context.command} freeze {FREEZE_EXAMPLE}`"
        return Answer(say=Say(text("freeze-usage", example=example, until="`until 18:00`", span="`for 3h`")))
    return Answer(
        say=freeze_answers.frozen_here(await context.service.freezing.freeze(actor, cluster, unwrapped(words)))
    )


async def unfreeze(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """End every freeze of the cluster that *rest* names."""
    if not (cluster := argument(rest)):
        return Answer(say=Say(text("unfreeze-usage", example=f"`{context.command} unfreeze dwh-prod`")))
    done = await context.service.freezing.unfreeze(actor, cluster)
    return Answer(say=freeze_answers.unfrozen(done, none="freeze-none"))


async def undo(context: Context, click: Click, actor: Actor) -> Answer:
    """End the freeze that the button names."""
    done = await context.service.freezing.undo(actor, FreezeId(click.actions[0].value or ""))
    return Answer(say=freeze_answers.unfrozen(done, none="freeze-over"))
