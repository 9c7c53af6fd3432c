"""The record of who did what: an entry of the audit log, how it is kept, and what checking its chain found."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime, time, timedelta
from typing import Final, Self, TypeAlias

from bot.core.ids import ClusterRef, RequestId
from bot.core.phrase import Phrase

Fact: TypeAlias = "str | int | Mapping[str, Fact] | Sequence[Fact] | None"

WINDOW: Final = timedelta(minutes=10)  # in which the same refusal of the same person is counted, not repeated
BOT: Final = "bot"  # the actor of what nobody did
PRUNED: Final = "audit.pruned"
RESTORED: Final = "database.restored"
DROPPED: Final = "requests.dropped"


def stated(**facts: Fact) -> str:
    """Return *facts* as an entry's detail: a JSON object, without those that are empty."""
    return json.dumps({name: fact for name, fact in facts.items() if fact not in ("", None)}, ensure_ascii=False)


def as_facts(of: object) -> Fact:
    """Return *of* as an entry's detail has it: a dataclass as its fields that aren't empty, times in words.

    Raises:
        TypeError: an entry holds no such thing.
    """
    match of:
        case enum.Enum():
            return str(of.value)
        case None | str() | int():
            return of
        case timedelta():
            return int(of.total_seconds())
        case datetime() | time():
            return of.isoformat()
        case tuple() | list():
            return [as_facts(item) for item in of]
        case _ if is_dataclass(of):
            named = [(f.name, getattr(of, f.name)) for f in fields(of)]
            return {name: as_facts(value) for name, value in named if value or (value == 0 and value is not False)}
        case _:
            raise TypeError(f"{type(of).__name__} is no fact")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the audit log: who did what, by which rule, with what outcome. Never a secret."""

    at: datetime  # by the clock of the moment, which may go back: the order is that of the numbers
    actor: str  # a Slack user id, "cli:<login>" or "bot"
    action: str  # "request.voted", "request.approved", "grant.added", "ask.refused", …
    rule: str = ""  # the rule that decided, as in access.Reason
    request_id: RequestId | None = None
    cluster: ClusterRef | None = None
    team: str = ""  # of a Slack user, as Slack's payload named it; "" for the bot and the command line
    detail: str = ""  # facts, see `stated`; a reason, see Why; an older version wrote words, which stay as they are


def message_owed(entry: Entry, kind: str, to: str | None = None) -> Entry:
    """Return the entry of a message of this *kind*, *to* a person or the channel, owed since what *entry* says."""
    return Entry(
        at=entry.at,
        actor=BOT,
        action="message.owed",
        rule=entry.rule,
        request_id=entry.request_id,
        cluster=entry.cluster,
        detail=stated(message=kind, to=to),
    )


def counted(first: Entry, again: int, *, now: datetime, last: datetime) -> Entry:
    """Return the entry that says that the refusal *first* came *again* so many times, until *last*."""
    times = {name: at.isoformat(timespec="seconds") for name, at in (("since", first.at), ("last", last))}
    return replace(first, at=now, detail=stated(**json.loads(first.detail or "{}"), again=again, **times))


def dropped(now: datetime, before: datetime, *, requests: int, votes: int, messages: int) -> Entry:
    """Return the entry that says how many *requests* that ended before *before* were dropped, with what was theirs."""
    counts = {"requests": requests, "votes": votes, "messages": messages}
    return Entry(now, BOT, DROPPED, detail=stated(**counts, before=before.isoformat(timespec="seconds")))


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the *number* of its last entry, and its *hash*. Noted elsewhere, it shows a later change."""

    number: int
    hash: str

    def __str__(self) -> str:
        """Return `NUMBER:HASH`, as commands and the log have it."""
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str()` wrote.

        Raises:
            ValueError: it is something else.
        """
        number, _, digest = text.partition(":")
        if not (number.isascii() and number.isdigit() and len(digest) == 64 and set(digest) <= set("0123456789abcdef")):
            raise ValueError(f"{text!r} is not NUMBER:HASH")
        return cls(int(number), digest)


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry as it is kept: the very bytes that were hashed (*text*), in which *layout*, and their SHA-256 in hex.

    *shown* is what stands beside the text for queries, by name; it must say the same. None: nothing does.
    """

    number: int
    layout: int
    text: bytes
    hash: str
    shown: Mapping[str, bytes | None] | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries are wanted: those that fit all that is given. *since* is included, *until* isn't."""

    since: datetime | None = None
    until: datetime | None = None
    cluster: ClusterRef | None = None
    request_id: RequestId | None = None
    actor: str = ""
    actions: tuple[str, ...] = ()  # names of ours

    @property
    def is_all(self) -> bool:
        """Say whether nothing is left out."""
        return self == Selection()


@enum.unique
class Damage(enum.StrEnum):
    """What can be wrong with a chain; the values stand in `audit verify --json`, and name the words for people."""

    CHANGED = "changed"  # the text isn't the one that was hashed
    SHOWN = "shown"  # columns: what stands beside the text was changed
    MOVED = "moved"  # was: the text of another entry stands here, renumbered or swapped
    OUT_OF_ORDER = "out-of-order"  # a whole line stands in another place
    TWICE = "twice"  # a number is there twice
    GAP = "gap"  # last: up to which entries are missing in between
    CUT = "cut"  # last: up to which entries are missing at the end
    UNCOUNTED = "uncounted"  # counted: the end of the chain, as it was counted
    FORK = "fork"  # other: the entry that follows the same one
    REPLACED = "replaced"  # the next entry follows another one than the one that is here
    HALF = "half"  # line: where a file ends too early
    LINE = "line"  # line: the first or the last of an export, or after it, isn't as it was written
    MISCOUNTED = "miscounted"  # there, counted: a file has other entries than its last line says
    OLDER = "older"  # noted: the chain is sound, and ends before the head that was noted elsewhere
    REWRITTEN = "rewritten"  # noted elsewhere with another hash
    RESTORED = "restored"  # mark: the same, and an older backup was put in place at that entry
    ELSEWHERE = "elsewhere"  # noted, but pruned since: the export has it


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, where: at the entry *number*, with what more is known."""

    damage: Damage
    number: int
    facts: Mapping[str, str | int] = field(default_factory=dict)

    @property
    def phrase(self) -> Phrase:
        """Return it for people."""
        facts = {"number": self.number, **self.facts}
        return Phrase(f"record-{self.damage}", {name: str(fact) for name, fact in facts.items()})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking a chain found: *rows* sound entries, up to the hash *head*, before the first *finding*.

    *first* is the number of the first entry, *last* where the chain ends, sound or not; *more* findings aren't kept.
    """

    rows: int
    head: str
    findings: tuple[Finding, ...] = ()
    first: int = 1
    last: Head | None = None
    more: int = 0

    @property
    def broken(self) -> int | None:
        """The number of the first entry that isn't sound."""
        return self.findings[0].number if self.findings else None
