"""`/snapshot create`: ask for a snapshot in one line."""

from __future__ import annotations

import secrets
from typing import Final

from bot.core.errors import InputError
from bot.core.ids import Actor
from bot.service import Ask
from bot.slack.door.deliveries import Command
from bot.slack.drawing import mrkdwn, views
from bot.slack.drawing.cards import Say
from bot.slack.handlers import pages
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.words import text, utc, worded

EXAMPLE: Final = "dwh-prod before-migration-42"


async def create(context: Context, command: Command, actor: Actor, typed: str) -> Answer:
    """Keep a request for the cluster and name in *typed*; what follows them is the description."""
    cluster, name, description = (*typed.split(None, 2), "", "", "")[:3]
    if not name:
        example = f"{context.command} create {EXAMPLE} {text('example-description')}"
        return Answer(say=Say(text("create-usage", example=f"`{example}`")))
    intake = context.service.intake
    try:
        ref = await intake.resolve(actor, cluster)
        channel = (await intake.draft(actor, ref)).channel or pages.postable(command)
        ask = Ask(cluster=ref, name=name, description=description.strip(), channel=channel)
        request = await intake.ask(actor, ask, origin=f"command:{command.trigger_id or secrets.token_hex(8)}")
    except InputError as e:
        when = utc(context.clock.now())
        said = {
            field: mrkdwn.escape(worded(why, when=when, command=context.command)) for field, why in e.fields.items()
        }
        lines = (f"*{text('field', field=field)}*: {why}" for field, why in said.items())
        return Answer(say=Say("\n".join(lines)))
    return Answer(say=Say(views.asked_words(request)))
