"""A look at a cloud project, and what it saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import ClusterId
from bot.core.snapshot import Cluster, Snapshot


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
