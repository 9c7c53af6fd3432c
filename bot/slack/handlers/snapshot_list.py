"""`/snapshot list`: the newest requests."""

from __future__ import annotations

from typing import Final

from bot.core.access import Action
from bot.core.ids import Actor
from bot.service import Listed
from bot.slack.door.deliveries import Command
from bot.slack.drawing.help import list_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument

WHICH: Final = {"": Listed.ALL, "mine": Listed.OWN, "open": Listed.OPEN, "ended": Listed.ENDED}


async def newest(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Show the newest requests that *actor* may see; *rest* may say which, and name a cluster, in any order."""
    words = [argument(word) for word in rest.split()]
    chosen = next((word for word in words if word.lower() in WHICH), "")
    if chosen:
        words.remove(chosen)
    what, text = WHICH[chosen.lower()], " ".join(words) if chosen else argument(rest)
    ref = await context.service.naming.resolve(actor, text, Action.VIEW) if text else None
    page = await context.service.reviews.page(actor, what, cluster=ref)
    looker = await context.service.authority.looker(actor)
    may_ask = await context.service.intake.why_nothing_to_ask(looker) is None
    return Answer(say=list_text(page, what=what, cluster=text, ref=ref, command=context.command, may_ask=may_ask))
