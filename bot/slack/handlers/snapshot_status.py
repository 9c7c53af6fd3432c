"""`/snapshot status`: how one request stands."""

from __future__ import annotations

import re
from typing import Final

from bot.core.ids import Actor, RequestId
from bot.core.text import lookup_key
from bot.slack.door.deliveries import Command
from bot.slack.drawing import rights
from bot.slack.drawing.cards import Say, card
from bot.slack.drawing.help import no_request_yet
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.typed import argument

_REQUEST: Final = re.compile(r"(?:R-)?([2-9A-Z]{4,8})")


async def status(context: Context, command: Command, actor: Actor, text: str) -> Answer:
    """Show the card of the request that *text* names, or of the newest that *actor* asked for."""
    reviews = context.service.reviews
    if text:
        seen = await reviews.review(actor, request_named(text))
        return Answer(say=card(seen.facts, may_ask=seen.ask.allowed))
    newest = await reviews.newest_of(actor)
    if newest is None:
        looker = await context.service.authority.looker(actor)
        if nothing := await context.service.intake.why_nothing_to_ask(looker):
            return Answer(say=Say(rights.refusal(nothing, company=context.company)))
        return Answer(say=no_request_yet(context.command))
    return Answer(say=card(newest, may_ask=await reviews.may_ask(actor, newest.request.cluster)))


def request_named(text: str) -> RequestId:
    """Return the request that *text* names, in either case, with `R-` or without; "" where it can't be one's id."""
    match = _REQUEST.fullmatch(lookup_key(argument(text).strip(".,;:!?()<>")).upper())
    return RequestId(f"R-{match[1]}" if match else "")
