"""Why somebody may or may not: the button, and `/snapshot why`."""

from __future__ import annotations

import re
from functools import partial
from typing import Final

from bot.core.access import Action
from bot.core.ids import Actor, ClusterRef, RequestId, UserId
from bot.service import Explained
from bot.slack.door.deliveries import Click, Command
from bot.slack.drawing import explained
from bot.slack.drawing.blocks import View
from bot.slack.drawing.cards import Say
from bot.slack.handlers.answer import Answer, Opening
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument
from bot.words import text

_TRIED: Final = (Action.DECLINE, Action.WITHDRAW, Action.CHANGE, Action.BREAK_GLASS)
_PERSON: Final = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>|([UW][A-Z0-9]{7,})")


async def why(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Say what *actor*, or the person that *rest* begins with, may do on the cluster that it names."""
    first, *more = rest.split(None, 1)[:2] or [""]
    person = _PERSON.fullmatch(first)
    if person and (more or person[1]):
        user, cluster = UserId(person[1] or person[2]), argument("".join(more))
    else:
        user, cluster = None, argument(rest)
    if not cluster:
        return Answer(say=Say(text("explain-usage", example=f"`{context.command} why dwh-prod`")))
    return Answer(say=explained.roles_text(await context.service.whys.of_person(actor, cluster, user)))


async def pressed(context: Context, click: Click, actor: Actor) -> Answer:
    """Explain what the button names: a request, with what was tried where that isn't to approve it, or a cluster."""
    return Answer(opening=Opening(text("explain-title"), partial(_modal, context, click, actor)))


async def _modal(context: Context, click: Click, actor: Actor) -> View:
    seen = await _explained(context, click, actor)
    return explained.why_modal(seen, now=context.clock.now(), company=context.company)


async def _explained(context: Context, click: Click, actor: Actor) -> Explained:
    about, _, tried = (click.actions[0].value or "").partition(" ")
    action, whys = Action(tried) if tried in _TRIED else None, context.service.whys
    try:
        cluster = ClusterRef.parse(about)
    except ValueError:
        return await whys.of_request(actor, RequestId(about), action or Action.APPROVE, at=click.message)
    return await whys.of_cluster(actor, cluster, Action.BREAK_GLASS if action is Action.BREAK_GLASS else Action.REQUEST)
