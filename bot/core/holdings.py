"""A look at a cloud project, and what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import ClusterId, SnapshotId
from bot.core.snapshot import Cluster, Snapshot, is_last_good


@dataclass(frozen=True, slots=True)
class Look:
    """A look that was begun: *at* which moment, by the store's clock; *token* is that of its lease."""

    at: datetime
    token: int


@dataclass(frozen=True, slots=True)
class Holdings:
    """One cloud project as it was at *at* (taken before the cloud was asked)."""

    at: datetime
    clusters: Mapping[ClusterId, Cluster]
    snapshots: tuple[Snapshot, ...]
    listed_at: datetime | None = None  # when the cloud listed the snapshots, by its own clock; None: it didn't say


def is_last_of(seen: Holdings | None, snapshot: SnapshotId | None) -> bool:
    """Say whether *snapshot* is the last good one of its cluster, as far as that was *seen*."""
    there = seen.snapshots if seen else ()
    return any(s.id == snapshot and is_last_good(there, s) for s in there)
