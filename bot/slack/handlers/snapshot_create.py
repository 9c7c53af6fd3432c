"""`/snapshot create`: ask for a snapshot in one line."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Final

from bot.core.errors import InputError
from bot.core.ids import Actor
from bot.core.phrase import Phrase
from bot.service import Ask
from bot.slack.door.deliveries import Command
from bot.slack.drawing import joining_words, mrkdwn, views
from bot.slack.drawing.blocks import actions, section
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.leading import CREATE, leading
from bot.slack.handlers.typed import argument, unwrapped
from bot.words import text, utc, worded

CREATE_TAKES: Final = "CLUSTER NAME [at 02:00] [keep 30d] [DESCRIPTION]"
EXAMPLE: Final = "dwh-prod before-migration-42"


async def create(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Keep a request for the cluster and name in *rest*; what follows them are options, then the description."""
    cluster, name, description = (*rest.split(None, 2), "", "", "")[:3]
    cluster, name = argument(cluster), argument(name)
    if not (cluster and name):
        example = f"{context.command} create {EXAMPLE} {text('example-description')}"
        return Answer(say=Say(text("create-usage", example=f"`{example}`")))
    intake, timing = context.service.intake, context.service.timing
    options, description = leading(unwrapped(description), CREATE)
    ask = Ask(None, name, unwrapped(description), None)
    try:
        ask = replace(ask, keep_days=_days(options))
        if written := options.get("at"):
            ask = replace(ask, start=await timing.written(actor, written))
        ref = await context.service.naming.resolve(actor, cluster)
        ask = replace(ask, cluster=ref, channel=(await intake.draft(actor, ref)).channel or pages.postable(command))
        request = await intake.ask(actor, ask, origin=f"command:{command.trigger_id or secrets.token_hex(8)}")
    except InputError as e:
        wrong = {**e.fields, **intake.wrong_words(ask)}
        if ask.channel is None and "channel" in wrong:
            line = f"{context.command} create {cluster} {name}"
            wrong["channel"] = Phrase("type-in-channel", {"line": line})
        worded_here = partial(worded, when=utc(context.clock.now()), name=mrkdwn.unmarked, command=context.command)
        lines = (f"*{text('field', field=field)}*: {mrkdwn.ours(worded_here(why))}" for field, why in wrong.items())
        return Answer(say=Say("\n".join(lines)))
    said = views.asked_words(request, await context.service.closing.of(request.named, at=request.not_before))
    if request.start and not (own := await timing.zone_of(actor)).is_theirs:
        said = f"{said}\n{text('zone-unknown', zone=str(own.zone))}"
    offer = await context.service.joining.offered(actor, request.named, without=request.id)
    if offer is None:
        return Answer(say=Say(said), begun=request)
    offered = f"🤝 {joining_words.offered(offer, context.clock.now())}"
    buttons = actions([joining_words.instead_button(offer, request)]) if request.can_be_withdrawn else []
    return Answer(say=Say(f"{said}\n{offered}", (section(said), section(offered), *buttons)), begun=request)


def _days(options: Mapping[str, str]) -> int | None:
    """Return for how many days it is to be kept; None where that isn't said.

    Raises:
        InputError: it is said in something else than days (field "keep").
    """
    if (written := options.get("keep")) is None:
        return None
    days = int(written[:-1]) if written[-1:].lower() == "d" else 0
    if not days:
        raise InputError({"keep": Phrase("keep-usage")})
    return days
