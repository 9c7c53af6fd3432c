"""`/snapshot list`: the newest requests."""

from __future__ import annotations

import re
from typing import Final

from bot.core.access import Action
from bot.core.ids import Actor
from bot.service import Listed
from bot.slack.door.deliveries import Command
from bot.slack.drawing.help import list_text
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument

LAST_DAYS: Final = "7d"
_DAYS: Final = re.compile(r"([1-9]\d{0,2})d", re.IGNORECASE)
WHICH: Final = {"": Listed.ALL, "mine": Listed.OWN, "open": Listed.OPEN, "ended": Listed.ENDED}


async def newest(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Show the newest requests that *actor* may see.

    *rest* may say which, of how many days, and name a cluster, in any order.
    """
    words = [argument(word) for word in rest.split()]
    chosen = next((word for word in words if word.lower() in WHICH), "")
    days = next((word for word in words if _DAYS.fullmatch(word)), "")
    for word in filter(None, (chosen, days)):
        words.remove(word)
    what, text = WHICH[chosen.lower()], " ".join(words) if chosen or days else argument(rest)
    within = int(days[:-1]) if days else 0
    ref = await context.service.naming.resolve(actor, text, Action.VIEW) if text else None
    page = await context.service.reviews.page(actor, what, cluster=ref, days=within)
    looker = await context.service.authority.looker(actor)
    may_ask = await context.service.intake.why_nothing_to_ask(looker) is None
    said = list_text(page, what=what, cluster=text, ref=ref, days=within, command=context.command, may_ask=may_ask)
    return Answer(say=said)
