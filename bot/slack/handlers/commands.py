"""`/snapshot`, its sub-commands, and the shortcuts. One table says what there is: a row for each sub-command.

Dispatch, `/snapshot help`, the manifest's hint, README's list and the tests read it.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from bot.core.ids import Actor
from bot.core.phrase import Phrase
from bot.core.text import name_of
from bot.service import Summary
from bot.slack.door.deliveries import Command, Delivery, EventCallback, MessageShortcut, Shortcut
from bot.slack.door.happenings import Written
from bot.slack.drawing import mrkdwn
from bot.slack.drawing.cards import Say
from bot.slack.drawing.help import help_text
from bot.slack.handlers import pages, typed
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.context import Context
from bot.slack.handlers.snapshot_admin import admin
from bot.slack.handlers.snapshot_audit import audit
from bot.slack.handlers.snapshot_create import CREATE_TAKES, EXAMPLE, create
from bot.slack.handlers.snapshot_freeze import FREEZE_EXAMPLE, freeze, unfreeze
from bot.slack.handlers.snapshot_list import LAST_DAYS, WHICH, newest
from bot.slack.handlers.snapshot_notify import notify
from bot.slack.handlers.snapshot_snapshots import snapshots
from bot.slack.handlers.snapshot_status import status
from bot.slack.handlers.snapshot_why import why
from bot.slack.handlers.snapshot_withdraw import withdraw
from bot.words import text, worded

_MENTIONS: Final = re.compile(r"<@[A-Z0-9]+(?:\|[^<>]*)?>")


@dataclass(frozen=True, slots=True)
class Subcommand:
    """What may follow `/snapshot`: a *word* and what it takes, what it *does*, and an example of what it takes.

    *handler* gets what was typed after the word; *helps* says whom it can help, who are told of it. *of_people*: a
    person may come first. *of_channels*: channels may be named.
    """

    word: str
    takes: str
    does: Phrase
    example: str
    handler: Callable[[Context, Command, Actor, str], Awaitable[Answer]]
    helps: Callable[[Summary], bool] = lambda seen: True
    of_people: bool = False
    of_channels: bool = False

    def usage(self, command: str) -> str:
        """Return how it is typed."""
        return " ".join(filter(None, (command, self.word, self.takes)))

    def example_typed(self, command: str) -> str:
        """Return an example as it is typed, or ""."""
        return f"{command} {self.word} {self.example}" if self.example else ""


async def open_form(context: Context, command: Command, actor: Actor, rest: str) -> Answer:
    """Open the form."""
    return Answer(opening=pages.form_opening(context, actor, command))


async def explain(context: Context, delivery: Delivery, actor: Actor, rest: str, *, first: str = "") -> Answer:
    """Say what *actor* can do now, and which sub-commands there are; *first* is said before that."""
    seen = await context.service.reviews.summary(actor)
    rows = [r for r in SUBCOMMANDS if r.helps(seen)]
    say = help_text(
        seen,
        commands=[(r.usage(context.command), worded(r.does), r.example_typed(context.command)) for r in rows],
        command=context.command,
        company=context.company,
        first=first,
    )
    return Answer(say=say)


def _may_ask(seen: Summary) -> bool:
    return seen.nothing is None


def _sees_requests(seen: Summary) -> bool:
    return seen.may_see


def _may_withdraw(seen: Summary) -> bool:
    return _may_ask(seen) or seen.newest is not None


def _may_freeze(seen: Summary) -> bool:
    return seen.may_freeze


def _may_audit(seen: Summary) -> bool:
    return seen.may_audit


def _may_administer(seen: Summary) -> bool:
    return seen.may_administer


SUBCOMMANDS: Final = (
    Subcommand("", "", Phrase("command-form"), "", open_form, _may_ask),
    Subcommand("create", CREATE_TAKES, Phrase("command-create"), EXAMPLE, create, _may_ask),
    Subcommand(
        "list",
        f"[{'|'.join(filter(None, WHICH))}] [{LAST_DAYS}] [CLUSTER]",
        Phrase("command-list"),
        "mine",
        newest,
        _sees_requests,
    ),
    Subcommand("snapshots", "CLUSTER", Phrase("command-snapshots"), "dwh-prod", snapshots, _sees_requests),
    Subcommand("status", "[REQUEST]", Phrase("command-status"), "R-7K3F", status, _sees_requests),
    Subcommand("withdraw", "REQUEST", Phrase("command-withdraw"), "R-7K3F", withdraw, _may_withdraw),
    Subcommand("audit", "[CLUSTER]", Phrase("command-audit"), "dwh-prod", audit, _may_audit),
    Subcommand("why", "[@PERSON] CLUSTER", Phrase("command-why"), "dwh-prod", why, _sees_requests, of_people=True),
    Subcommand("freeze", "CLUSTER [until …] REASON", Phrase("command-freeze"), FREEZE_EXAMPLE, freeze, _may_freeze),
    Subcommand("unfreeze", "CLUSTER", Phrase("command-unfreeze"), "dwh-prod", unfreeze, _may_freeze),
    Subcommand(
        "notify",
        "[#CHANNEL CLUSTER [EVENTS]|off [#CHANNEL] [CLUSTER]]",
        Phrase("command-notify"),
        "#dwh-ops dwh-prod made failed",
        notify,
        _sees_requests,
        of_channels=True,
    ),
    Subcommand("admin", "", Phrase("command-admin"), "", admin, _may_administer),
    Subcommand("help", "", Phrase("command-help"), "", explain),
)


async def snapshot(context: Context, command: Command, actor: Actor) -> Answer:
    """Answer `/snapshot …`, in private: only who typed it sees the command's own reply."""
    line = typed.read(command.text or "", command=context.command)
    for row in SUBCOMMANDS:
        if row.word != line.word:
            continue
        if row.of_people and (rest := line.rest_with_person):
            return await row.handler(context, command, actor, rest)
        if row.of_channels:
            return await row.handler(context, command, actor, line.rest_with_channels)
        if row.takes and line.is_reference:
            usage = mrkdwn.code(row.usage(context.command))
            return Answer(say=Say(text("is-reference", reference=mrkdwn.escape(line.first, most=80), usage=usage)))
        if row.takes and line.is_unread_reference:
            reference, form = mrkdwn.escape(line.first, most=80), f"`{context.command}`"
            return Answer(say=Say(text("unread-reference", reference=reference, form=form)))
        return await row.handler(context, command, actor, line.rest)
    typed_word = mrkdwn.code(f"{context.command} {mrkdwn.plain(line.raw, 40)}")
    none = text("help-no-such-command", command=typed_word)
    if hidden := next((char for char in line.raw if not char.isprintable()), None):
        none = text("help-no-such-command-hiding", command=typed_word, called=name_of(hidden))
    return await explain(context, command, actor, "", first=none)


async def written(context: Context, event: EventCallback, actor: Actor) -> Answer:
    """Answer who wrote to the bot in place of a command: with help, or with what to type."""
    if not isinstance(event.event, Written) or not event.event.is_for_the_bot:
        return Answer()
    line = typed.read(_MENTIONS.sub("", event.event.text or ""), command=context.command)
    meant = next((row for row in SUBCOMMANDS if row.word == line.word not in ("", "help")), None)
    if meant is None:
        return await explain(context, event, actor, "")
    retyped = mrkdwn.code(" ".join(filter(None, (context.command, line.word, line.rest))))
    return Answer(say=Say(text("type-as-command", line=retyped)))


async def shortcut(context: Context, pressed: Shortcut, actor: Actor) -> Answer:
    """Open the form from anywhere."""
    return Answer(opening=pages.form_opening(context, actor, pressed))


async def before_message(context: Context, pressed: MessageShortcut, actor: Actor) -> Answer:
    """Open the form with the link to somebody's message in its description: a snapshot before what that tells of."""
    first = text("before-message", link=pressed.link) if pressed.link else ""
    return Answer(opening=pages.form_opening(context, actor, pressed, description=first))


def usage_hint() -> str:
    """Return the manifest's hint: each word, with what it takes where it can't be without."""
    said = (f"{row.word} {row.takes}" if row.takes[:1] not in ("", "[") else row.word for row in SUBCOMMANDS)
    return f"[{' | '.join(filter(None, said))}]"
