"""Sentences for people: the only place where a code becomes words. Plain text; markup comes in with the facts.

A language is one file beside this one, in Fluent (projectfluent.org); what it lacks is said in English. Who reads
decides which language it is: see `Languages`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta

from bot.core.errors import BotError, InputError
from bot.core.phrase import COMMAND, Fact, Phrase
from bot.core.request import SnapshotRequest
from bot.words.languages import Languages, current
from bot.words.punctuation import ended, sentence

__all__ = [
    "Languages",
    "by_whom",
    "cloud_name",
    "duration",
    "ended",
    "listing",
    "say",
    "sentence",
    "size",
    "text",
    "text_of",
    "utc",
    "worded",
]

When = Callable[[datetime], str]


def text(code: str, /, **facts: str | float | date) -> str:
    """Return the words for *code* with *facts* in them, in the language that is spoken.

    Raises:
        LookupError: the catalogue has no such entry, or a fact is missing from *facts*.
    """
    return current().text(code, facts)


def text_of(request: SnapshotRequest, code: str, /, **facts: str | float | date) -> str:
    """Return the words for *code* about *request*: an entry may have others for its kind, as an attribute (`.delete`).

    Raises:
        LookupError: as `text`.
    """
    return text(f"{code}.{request.kind}", **facts) or text(code, **facts)


def worded(
    phrase: Phrase, *, when: When | None = None, name: Callable[[str], str] = str, command: str = COMMAND
) -> str:
    """Return the words for *phrase*: *when* writes moments (None: in UTC, with the day), *name* text that isn't ours.

    *command* is the slash command; an entry that names it takes it as a fact of that name.

    Raises:
        LookupError: as `text`.
    """
    if phrase.told is not None:
        return name(phrase.told)

    def shown(fact: Fact) -> str | float | date:
        match fact:
            case Phrase():
                return worded(fact, when=when, name=name, command=command)
            case tuple():
                return " ".join(worded(part, when=when, name=name, command=command) for part in fact)
            case datetime():
                return (when or utc())(fact)
            case str():
                return name(fact)
            case _:
                return fact

    return text(phrase.code, **{"command": command} | {key: shown(fact) for key, fact in phrase.facts.items()})


def say(error: BotError, *, when: When | None = None, name: Callable[[str], str] = str, command: str = COMMAND) -> str:
    """Return *error* in words for who met it; *when*, *name* and *command* as in `worded`."""
    phrases = error.fields.values() if isinstance(error, InputError) else [error.phrase]
    return " ".join(worded(phrase, when=when, name=name, command=command) for phrase in phrases)


def duration(length: timedelta) -> str:
    """Return *length* in words: "9 s", "4 min 10 s", "3 h 5 min", "2 d 4 h"; never negative (clouds' clocks differ)."""
    seconds = max(0, round(length.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "days"), (hours, "hours"), (minutes, "minutes"), (seconds, "seconds")]
    first = next((i for i, (count, _) in enumerate(parts) if count), len(parts) - 1)
    said = [text("duration", count=count, unit=unit) for count, unit in parts[first : first + 2] if count]
    return " ".join(said) or text("duration", count=0, unit="seconds")


def size(gigabytes: float) -> str:
    """Return *gigabytes* with one decimal: "42.7 GB"."""
    return text("size", gigabytes=round(gigabytes, 1))


def listing(words: Sequence[str], *, joiner: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"; *joiner* is "and" or "or"."""
    if len(words) < 2:
        return "".join(words)
    first, *between, last = words
    for word in between:
        first = text("list-more", first=first, next=word)
    return text("list-last", first=first, last=last, joiner=joiner)


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "3rd", "4th", … "11th"."""
    return text("ordinal", number=number)


def utc(now: datetime | None = None) -> When:
    """Return a way to write moments where Slack draws none in the reader's own zone: "14:05 UTC", "3 May 14:05 UTC"."""

    def written(moment: datetime) -> str:
        at = moment.astimezone(UTC)
        today = now is not None and at.date() == now.astimezone(UTC).date()
        return text("moment-today" if today else "moment", at=at)

    return written


def cloud_name(cloud: str) -> str:
    """Return what a cloud project is called: "the cloud" where the settings give it no name."""
    return text("the-cloud", name=cloud)


def by_whom(actor: str) -> str:
    """Return who an entry or a grant is of, in words, where it isn't a Slack user: "root on the command line"."""
    kind, colon, login = actor.partition(":")
    if colon and kind == "cli":
        return text("on-the-command-line", login=login) if login else text("somebody-on-the-command-line")
    return actor
