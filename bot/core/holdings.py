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

    def snapshot(self, snapshot: SnapshotId | None) -> Snapshot | None:
        """Return the snapshot that was seen under this id, or None."""
        return next((s for s in self.snapshots if s.id == snapshot), None)


def is_last_of(seen: Holdings | None, snapshot: SnapshotId | None) -> bool:
    """Say whether *snapshot* is the last good one of its cluster, as far as that was *seen*."""
    found = seen.snapshot(snapshot) if seen else None
    return seen is not None and found is not None and is_last_good(seen.snapshots, found)
