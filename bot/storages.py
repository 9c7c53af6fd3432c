"""What storage the snapshots of a cluster take, asked for where somebody looks, and at most each five minutes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot import unawaited
from bot.core.errors import CloudError, CloudForbidden, CloudLoginRefused
from bot.core.ids import CloudName, ClusterRef
from bot.core.snapshot import Storage
from bot.ports import Clock, Cloud

log = structlog.stdlib.get_logger()

_FRESH: Final = timedelta(minutes=5)
_REFUSED: Final = timedelta(hours=1)  # so long a cloud that forbids it isn't asked again
_PATIENCE: Final = 1.0  # seconds: who looks at a list waits


@dataclass(frozen=True, slots=True)
class _StorageSeen:
    storage: Storage | None  # None: the cloud didn't say
    until: datetime  # so long it isn't asked again
    since: datetime


class Storages:
    """Asks the cloud once for all who look at a cluster's list; a list of snapshots stands without its answer.

    It is the one call that a look at everything doesn't make: a cluster that nobody looks at costs none.
    """

    def __init__(self, *, cloud: Callable[[CloudName], Cloud], clock: Clock) -> None:
        self._cloud = cloud
        self._clock = clock
        self._told: dict[ClusterRef, _StorageSeen] = {}
        self._asking: dict[ClusterRef, asyncio.Task[Storage | None]] = {}

    async def of(self, cluster: ClusterRef) -> Storage | None:
        """Return what the cloud says, at most five minutes old; None where it doesn't say, or not soon."""
        told, now = self._told.get(cluster), self._clock.now()
        if told and told.since <= now < told.until:
            return told.storage
        asking = self._asking.get(cluster)
        if asking is None:
            asking = asyncio.create_task(self._ask(cluster), name=f"storage {cluster}")
            asking.add_done_callback(unawaited.noted)
            self._asking[cluster] = asking
        done, _ = await asyncio.wait({asking}, timeout=_PATIENCE)  # who comes later has what it brings
        return asking.result() if done else None

    async def _ask(self, cluster: ClusterRef) -> Storage | None:
        storage, stands = None, _FRESH
        try:
            storage = await self._cloud(cluster.cloud).storage(cluster.id)
        except CloudError as e:
            stands = _REFUSED if isinstance(e, CloudForbidden | CloudLoginRefused) else _FRESH
            log.info("cloud.storage_not_told", cluster=str(cluster), kind=type(e).__name__, error=str(e))
        finally:
            del self._asking[cluster]
        now = self._clock.now()
        self._told[cluster] = _StorageSeen(storage, now + stands, now)
        return storage

    async def close(self) -> None:
        """Give up what nobody waits for any more."""
        await unawaited.given_up([*self._asking.values()])
