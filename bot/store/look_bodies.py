"""What a look saw, as the text that every engine keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

import structlog
from pydantic import TypeAdapter, ValidationError

from bot.core.holdings import Holdings
from bot.core.snapshot import Cluster, Snapshot

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Body:
    clusters: tuple[Cluster, ...]
    snapshots: tuple[Snapshot, ...]
    listed_at: datetime | None


_BODY: Final = TypeAdapter(_Body)


def written(seen: Holdings) -> str:
    """Return what was *seen* as JSON, without when."""
    return _BODY.dump_json(_Body(tuple(seen.clusters.values()), seen.snapshots, seen.listed_at)).decode()


def read(at: datetime, body: str) -> Holdings | None:
    """Return what the look that began *at* saw; None where another version wrote it in its own way."""
    try:
        found = _BODY.validate_json(body)
    except ValidationError as error:
        log.warning("look.not_read", error=str(error))  # the next look is minutes away
        return None
    clusters = MappingProxyType({cluster.ref.id: cluster for cluster in found.clusters})
    return Holdings(at, clusters, found.snapshots, found.listed_at)
