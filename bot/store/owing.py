"""When a message is owed again after what became of it was saved, whatever engine keeps it."""

from __future__ import annotations

from typing import TypeVar

from bot.core.message import FOLLOWS, Message

T = TypeVar("T")  # a moment, as an engine has it


def due_again(
    message: Message, *, asked: T | None, before: T | None, version: int, claimed_version: int, release: bool
) -> T | None:
    """Return when *message* is due from now on; None: nothing is owed until its request changes.

    It was due at *before*, and who saves it asks for *asked*. Its request is at *version*, and was at
    *claimed_version* when the message was taken; *release* False: it is about to be sent.
    """
    follows = message.kind in FOLLOWS
    lags = follows and not message.frozen and message.shown_version < version
    if message.frozen or (message.ref is not None and not lags):
        return None
    if asked is not None:
        return asked
    # Before the post nothing is settled, and a card whose row has moved on since it was taken has news to show.
    moved_on = follows and version > max(claimed_version, message.shown_version)
    return before if moved_on or not release else None
