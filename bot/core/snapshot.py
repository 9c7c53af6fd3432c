"""Names, descriptions, clusters and snapshots: the API's own rules.

Source: DWS API Reference, "Creating a Snapshot" (name, description), "Querying Cluster Details" (statuses); where its
vocabularies disagree between versions, all of them are accepted.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId
from bot.core.text import is_rendering
from bot.core.wording import counted

NAME_MIN: Final = 4
NAME_MAX: Final = 64
DESCRIPTION_MAX: Final = 256
DESCRIPTION_FORBIDDEN: Final = "!<>'=&\""
NAME_HINT: Final = "4–64 characters, starts with a letter; letters, digits, - and _"
DESCRIPTION_HINT: Final = "Up to 256 characters, none of ! < > ' = & \""

_ROUNDING: Final = timedelta(seconds=2)  # a cloud's times have whole seconds, and not all of its machines one clock
_LETTER: Final = re.compile(r"[A-Za-z]")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")


def check_name(name: str) -> str | None:
    """Return what is wrong with a snapshot *name*, or None.

    4 to 64 characters; the first a letter; then letters, digits, `-`, `_`. Names ignore case (see `name_key`).
    """
    if not name:
        return f"A name is needed: {NAME_HINT}."
    if name.isspace():
        return "There are only blanks in it: type a name, or clear the field."
    if bad := _NOT_IN_NAMES.search(name):
        return f"{_shown(bad[0])} isn't allowed: letters a–z, digits, - and _."
    if not _LETTER.match(name):
        found = "a digit" if name[0].isdigit() else f"`{name[0]}`"
        return f"Starts with {found}; the first character must be a letter."
    if len(name) < NAME_MIN:
        return f"Too short: {counted(len(name), 'character')}, at least {NAME_MIN}."
    if len(name) > NAME_MAX:
        return f"Too long: {counted(len(name), 'character')}, at most {NAME_MAX}."
    return None


def _shown(char: str) -> str:
    """Return *char* so that it is told from what it looks like: a phone turns `-` into a dash that no name may have."""
    if char == " ":
        return "A space"
    called = unicodedata.name(char, "").lower()
    if not char.isprintable():
        return f"An invisible character ({called})" if called else "An invisible character"
    return f"`{char}`" if char.isascii() or called.startswith("latin ") else f"`{char}` ({called})"


def check_description(description: str) -> str | None:
    """Return what is wrong with a canonical *description*, or None: at most 256 characters, none of `! < > ' = & "`."""
    if bad := next((c for c in description if c in DESCRIPTION_FORBIDDEN), None):
        return f"`{bad}` isn't allowed in descriptions."
    if len(description) > DESCRIPTION_MAX:
        return f"Too long: {counted(len(description), 'character')}, at most {DESCRIPTION_MAX}."
    return None


def name_key(name: str) -> str:
    """Return the form in which two names are the same to DWS: it ignores case."""
    return name.casefold()


def suggest_name(cluster_name: str, moment: datetime) -> str:
    """Return a valid name such as "dwh-prod-20261123-140512" (UTC), whatever the cluster is called.

    *moment* is one form's own (see `Intake.moment`), so that two forms never suggest the same.
    """
    stem = _NOT_IN_NAMES.sub("-", cluster_name)
    if not _LETTER.match(stem):
        stem = f"s-{stem}"
    stamp = moment.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
    return f"{stem[: NAME_MAX - len(stamp) - 1]}-{stamp}"


class ClusterState(enum.StrEnum):
    """What a cluster's statuses mean for a snapshot."""

    READY = "ready"
    BUSY = "busy"  # another task holds it: passes by itself
    BLOCKED = "blocked"  # no snapshot until somebody or something changes it


_AVAILABLE: Final = {"AVAILABLE", "ACTIVE"}
_PERMITTED_SUB_STATUSES: Final = {"", "NORMAL", "UNBALANCED", "TO-BE-RESTARTED", "TO_BE_RESTARTED"}
_UNPAID: Final = "ORDER_PENDING"
_IDLE_TASKS: Final = {"WAITING_REDISTRIBUTION", _UNPAID}  # a task's name, and nothing runs
_READONLY_ALLOWED_BELOW: Final = (8, 1, 3, 101)
_WORDS: Final[Mapping[str, str]] = {
    "READONLY": "read-only",
    "REDISTRIBUTING": "redistributing its data",
    "REDISTRIBUTION-FAILURE": "left over from a failed redistribution",
    "DEGRADED": "degraded",
    "CREATING": "still being created",
    "CREATION FAILED": "not created: its creation failed",
    "CREATE_FAILED": "not created: its creation failed",
    "UNAVAILABLE": "unavailable",
    "FAILED": "unavailable",
    "DELETING": "being deleted",
    "DELETE_FAILED": "left over from a failed deletion",
    "FROZEN": "frozen",
    "POLICE_FROZEN": "frozen",
    _UNPAID: "waiting for an order to be paid",
}
_TASKS: Final[Mapping[str, str]] = {
    "SNAPSHOTTING": "a snapshot is running",
    "RESTORING": "a restore is running",
    "GROWING": "it is being scaled out",
    "REBOOTING": "it is restarting",
    "SETTING_CONFIGURATION": "its settings are being changed",
}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as the cloud shows it just now; statuses are the cloud's words, upper case, open sets."""

    ref: ClusterRef
    name: str
    status: str
    sub_statuses: tuple[str, ...] = ()
    task_status: str = ""
    progress: Mapping[str, str] = field(default_factory=dict)  # task -> "16%"
    version: str = ""
    nodes: int = 0
    failure: str = ""  # what the cloud says of the last task that failed, or ""

    @property
    def task(self) -> str:
        """The task under way ("SNAPSHOTTING"), or "". A result such as SNAPSHOTTING_FAILED is not a task."""
        for task in (self.task_status, *self.progress):
            if task in _IDLE_TASKS or "FAIL" in task:
                continue
            if "ING" in task or task in {"REPAIRING", "ACTIVE_STANDY_SWITCHOVER"}:
                return task
        return ""

    @property
    def state(self) -> ClusterState:
        """Say whether a snapshot can be created: DWS wants an available, to-be-restarted or unbalanced cluster."""
        if self.status not in _AVAILABLE or self._hindrances:
            return ClusterState.BLOCKED
        return ClusterState.BUSY if self.task else ClusterState.READY

    @property
    def _hindrances(self) -> list[str]:
        allowed = set(_PERMITTED_SUB_STATUSES)
        if _version(self.version) and _version(self.version) < _READONLY_ALLOWED_BELOW:
            allowed.add("READONLY")
        unpaid = [_UNPAID] if self.task_status == _UNPAID else []
        return [s for s in self.sub_statuses if s not in allowed] + unpaid

    @property
    def situation(self) -> str:
        """The state in words that follow "… is": "available", "read-only", "still being created"."""
        if self.status not in _AVAILABLE:
            return _WORDS.get(self.status, self.status.replace("_", " ").lower() or "in an unknown state")
        if hindrances := self._hindrances:
            return _WORDS.get(hindrances[0], hindrances[0].replace("_", " ").lower())
        return f"busy ({self.task_words})" if self.task else "available"

    @property
    def task_words(self) -> str:
        """The task in words ("a snapshot is running"), or ""."""
        return _TASKS.get(self.task, f"{self.task} is running") if self.task else ""

    @property
    def percent(self) -> int | None:
        """How far a running snapshot is, 0 to 100, or None where the cloud doesn't say."""
        return percent(self.progress.get("SNAPSHOTTING", ""))


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".")) if re.fullmatch(r"\d+(\.\d+)*", text) else ()


def percent(text: str) -> int | None:
    """Read "16%" or "100.00%" as 16 or 100; None where it is neither."""
    match = re.fullmatch(r"\s*(\d{1,3})(?:\.\d+)?\s*%\s*", text)
    return min(100, int(match[1])) if match else None


class Outcome(enum.StrEnum):
    """What a snapshot's status means; a status that nobody documented is pending, never a success."""

    PENDING = "pending"
    AVAILABLE = "available"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as the cloud shows it just now; times are UTC, *size_gb* in GB (0 while unknown)."""

    id: SnapshotId
    name: str
    cluster_id: ClusterId
    status: str
    description: str = ""
    kind: str = "MANUAL"
    started: datetime | None = None
    finished: datetime | None = None
    size_gb: float = 0.0
    progress: str = ""

    @property
    def outcome(self) -> Outcome:
        """AVAILABLE is a success, UNAVAILABLE a failure (or a cancellation), anything else is still pending."""
        match self.status:
            case "AVAILABLE":
                return Outcome.AVAILABLE
            case "UNAVAILABLE":
                return Outcome.FAILED
            case _:
                return Outcome.PENDING


def latest(snapshots: Iterable[Snapshot], cluster: ClusterId) -> Snapshot | None:
    """Return the usable snapshot of *cluster* that started last, or None."""
    usable = [s for s in snapshots if s.cluster_id == cluster and s.outcome is Outcome.AVAILABLE and s.started]
    return max(usable, key=lambda s: s.started or datetime.min.replace(tzinfo=UTC), default=None)


def namesakes(snapshots: Iterable[Snapshot], name: str) -> list[Snapshot]:
    """Return the snapshots that DWS would call duplicates of *name*: one at most, unless a cloud minds case."""
    key = name_key(name)
    return [s for s in snapshots if name_key(s.name) == key]


def named(snapshots: Iterable[Snapshot], name: str) -> Snapshot | None:
    """Return the snapshot that DWS would call a duplicate of *name*, or None."""
    return next(iter(namesakes(snapshots, name)), None)


def is_ours(snapshot: Snapshot, *, cluster: ClusterId, name: str, description: str, listed_at: datetime | None) -> bool:
    """Say whether *snapshot* came of an attempt of ours whose answer is lost; nothing else makes a snapshot ours.

    *listed_at* is when the cloud, by its own clock, answered the last look before that attempt, in which nothing had
    the name. Cluster, name and description must fit, and it must not have begun before. A start that isn't told, or no
    clock to compare it with, doesn't speak against it.
    """
    return (
        snapshot.cluster_id == cluster
        and snapshot.name == name
        and is_rendering(snapshot.description, description)
        and (snapshot.started is None or listed_at is None or snapshot.started - listed_at >= -_ROUNDING)
    )


__all__ = [
    "DESCRIPTION_HINT",
    "NAME_HINT",
    "CloudName",
    "Cluster",
    "ClusterState",
    "Outcome",
    "Snapshot",
    "check_description",
    "check_name",
    "is_ours",
    "latest",
    "name_key",
    "named",
    "namesakes",
    "percent",
    "suggest_name",
]
