"""Clusters and snapshots as every cloud has them; what a cloud calls their states is its client's to read."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bot.core.ids import ClusterId, ClusterRef, SnapshotId
from bot.core.phrase import Phrase
from bot.core.text import is_rendering

_ROUNDING: Final = timedelta(seconds=2)  # a cloud's times have whole seconds, and not all of its machines one clock


def name_key(name: str) -> str:
    """Return the form in which two names are the same to a cloud: it ignores case."""
    return name.casefold()


class ClusterState(enum.StrEnum):
    """What a cluster's state means for a snapshot."""

    READY = "ready"
    BUSY = "busy"  # another task holds it: passes by itself
    BLOCKED = "blocked"  # no snapshot until somebody or something changes it


class ObstacleCode(enum.StrEnum):
    """What keeps a cluster from a snapshot: what it is, or what runs on it."""

    READ_ONLY = "read-only"
    REDISTRIBUTING = "redistributing"
    REDISTRIBUTION_FAILED = "redistribution-failed"
    DEGRADED = "degraded"
    BEING_CREATED = "being-created"
    CREATION_FAILED = "creation-failed"
    UNAVAILABLE = "unavailable"
    BEING_DELETED = "being-deleted"
    DELETION_FAILED = "deletion-failed"
    FROZEN = "frozen"
    UNPAID = "unpaid"
    OTHER_STATUS = "other-status"
    SNAPSHOT = "snapshot"
    RESTORE = "restore"
    SCALING_OUT = "scaling-out"
    RESTARTING = "restarting"
    NEW_SETTINGS = "new-settings"
    OTHER_TASK = "other-task"


OTHER: Final = frozenset({ObstacleCode.OTHER_STATUS, ObstacleCode.OTHER_TASK})


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One of them, with the cloud's own *word* for it, which is all that is known of an OTHER one."""

    code: ObstacleCode
    word: str = ""

    @property
    def phrase(self) -> Phrase:
        """What a cluster "is" that is blocked so ("read-only"), or which task it has ("a snapshot is running")."""
        match self.code:
            case ObstacleCode.OTHER_TASK:
                return Phrase("other-task", {"task": self.word})
            case ObstacleCode.OTHER_STATUS if self.word:
                return Phrase("other-status", {"status": self.word.replace("_", " ").lower()})
            case ObstacleCode.OTHER_STATUS:
                return Phrase("no-status")
            case code:
                return Phrase("obstacle", {"code": code})


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster as the cloud shows it just now."""

    ref: ClusterRef
    name: str
    block: Obstacle | None = None  # no snapshot until somebody or something changes it
    task: Obstacle | None = None  # under way: passes by itself
    percent: int | None = None  # how far the snapshot is that runs, 0 to 100; None where the cloud doesn't say
    failure: str = ""  # what the cloud says of the last task that failed, or ""

    @property
    def by_name(self) -> tuple[str, ClusterRef]:
        """By what lists of clusters are sorted."""
        return self.name.casefold(), self.ref

    @property
    def state(self) -> ClusterState:
        """Say whether a snapshot can be created."""
        if self.block:
            return ClusterState.BLOCKED
        return ClusterState.BUSY if self.task else ClusterState.READY

    @property
    def situation(self) -> Phrase:
        """How it is, to follow "… is": "available", "read-only", "busy (a restore is running)"."""
        if self.block:
            return self.block.phrase
        return Phrase("busy-with", {"task": self.task.phrase}) if self.task else Phrase("available")


class Outcome(enum.StrEnum):
    """What a snapshot's status means; a status that nobody documented is pending, never a success."""

    PENDING = "pending"
    AVAILABLE = "available"
    FAILED = "failed"


@enum.unique
class SnapshotKind(enum.StrEnum):
    """How a snapshot came to be, and with that how long it stays."""

    MANUAL = "manual"  # until somebody deletes it
    AUTOMATED = "automated"  # by the cluster's own schedule, for some days
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot as the cloud shows it just now; times are UTC, *size_gb* in GB (0 while unknown)."""

    id: SnapshotId
    name: str
    cluster_id: ClusterId
    outcome: Outcome
    is_running: bool = False  # it holds its cluster
    status: str = ""  # the cloud's own word, to be shown
    description: str = ""
    started: datetime | None = None
    finished: datetime | None = None
    size_gb: float = 0.0
    percent: int | None = None  # how far it is, 0 to 100; None where the cloud doesn't say
    kind: SnapshotKind = SnapshotKind.UNKNOWN


class Storage(NamedTuple):
    """What the snapshots of a cluster take, in GB, as a cloud tells: used, free, and what of it is paid for."""

    used_gb: float
    free_gb: float
    paid_gb: float = 0.0


class Created(NamedTuple):
    """What the cloud answered to a create call: the snapshot's id, and its own of the call ("": it gave none)."""

    id: SnapshotId
    request_id: str = ""


def latest(snapshots: Iterable[Snapshot], cluster: ClusterId) -> Snapshot | None:
    """Return the usable snapshot of *cluster* that started last, or None."""
    usable = {
        s.started: s for s in snapshots if s.cluster_id == cluster and s.outcome is Outcome.AVAILABLE and s.started
    }
    return usable[max(usable)] if usable else None


def is_last_good(snapshots: Iterable[Snapshot], snapshot: Snapshot) -> bool:
    """Say whether no usable snapshot of its cluster would be left without *snapshot*, but automatic ones: those go."""
    return not any(
        s.id != snapshot.id
        and s.cluster_id == snapshot.cluster_id
        and s.outcome is Outcome.AVAILABLE
        and s.kind is not SnapshotKind.AUTOMATED
        for s in snapshots
    )


def namesakes(snapshots: Iterable[Snapshot], name: str) -> list[Snapshot]:
    """Return the snapshots that a cloud would call duplicates of *name*: one at most, unless a cloud minds case."""
    key = name_key(name)
    return [s for s in snapshots if name_key(s.name) == key]


def named(snapshots: Iterable[Snapshot], name: str) -> Snapshot | None:
    """Return the snapshot that a cloud would call a duplicate of *name*, or None."""
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
