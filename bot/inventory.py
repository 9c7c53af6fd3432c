"""What the clouds hold, asked for rarely: one look serves everybody who asks within the same moments.

A look is one list call for snapshots and one for clusters per cloud project, whatever the number of requests.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from bot.core.errors import CloudError
from bot.core.ids import CloudName, ClusterId, ClusterRef
from bot.core.snapshot import Cluster, Snapshot
from bot.ports import Clock, Cloud


@dataclass(frozen=True, slots=True)
class Holdings:
    """One cloud project as it was at *at* (taken before the cloud was asked)."""

    at: datetime
    clusters: Mapping[ClusterId, Cluster]
    snapshots: tuple[Snapshot, ...]
    listed_at: datetime | None = None  # when the cloud listed the snapshots, by its own clock; None: it didn't say


@dataclass(frozen=True, slots=True)
class Sight:
    """How well a cloud project is seen just now.

    *at* is when the last look that succeeded began; *failing_since* when the first began of the looks that have failed
    since then, *error* is the last one's. Both are None while looks succeed.
    """

    at: datetime | None = None
    failing_since: datetime | None = None
    error: CloudError | None = None


@dataclass(slots=True)
class _Place:
    cloud: Cloud
    last: Holdings | None = None
    failing_since: datetime | None = None
    error: CloudError | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    glancing: asyncio.Task[Holdings] | None = None  # one for everybody who waits at a form


class Inventory:
    """Holdings of every cloud project the bot serves, remembered while fresh."""

    def __init__(self, clouds: Mapping[CloudName, Cloud], clock: Clock) -> None:
        self._places = MappingProxyType({name: _Place(cloud) for name, cloud in clouds.items()})
        self._clock = clock

    @property
    def clouds(self) -> tuple[CloudName, ...]:
        """The names of the cloud projects, in the order in which they were configured."""
        return tuple(self._places)

    def cloud(self, name: CloudName) -> Cloud:
        """Return the cloud called *name*.

        Raises:
            KeyError: no such cloud is configured (any more).
        """
        return self._places[name].cloud

    def known(self, name: CloudName) -> Holdings | None:
        """Return what was seen last, however old, without asking; None where nothing was seen yet."""
        place = self._places.get(name)
        return place.last if place else None

    def sight(self, name: CloudName) -> Sight:
        """Return how well *name* is seen, without asking; nothing seen yet where no such cloud is configured."""
        place = self._places.get(name)
        if place is None:
            return Sight()
        return Sight(place.last.at if place.last else None, place.failing_since, place.error)

    async def look(self, name: CloudName, *, max_age: timedelta = timedelta(seconds=5)) -> Holdings:
        """Return holdings that are at most *max_age* old; many callers at once share one look.

        Raises:
            CloudError: the cloud could not be asked.
            KeyError: no such cloud is configured (any more).
        """
        place = self._places[name]
        oldest = self._clock.now() - max_age
        async with place.lock:
            # what was seen at this very moment may have been seen before the caller acted: clocks are coarse
            if place.last is None or place.last.at <= oldest:
                at = self._clock.now()
                try:
                    snapshots, clusters = await asyncio.gather(place.cloud.snapshots(), place.cloud.clusters())
                except CloudError as e:
                    place.failing_since, place.error = place.failing_since or at, e
                    raise
                place.failing_since = place.error = None
                place.last = Holdings(
                    at=at,
                    clusters=MappingProxyType({c.ref.id: c for c in clusters}),
                    snapshots=tuple(snapshots),
                    listed_at=place.cloud.listed_at,
                )
            return place.last

    async def glance(
        self, name: CloudName, *, patience: float = 1.5, max_age: timedelta = timedelta(seconds=15)
    ) -> Holdings | None:
        """Return fresh holdings if the cloud answers within *patience* seconds, else what was seen last, else None.

        For people who wait at a form: Slack gives them three seconds, and the worker checks again before it acts.
        """
        place = self._places[name]
        if place.last is not None and place.last.at > self._clock.now() - max_age:
            return place.last
        if place.glancing is None or place.glancing.done():
            place.glancing = asyncio.create_task(self.look(name, max_age=timedelta(seconds=15)), name=f"look {name}")
            place.glancing.add_done_callback(_noted)
        # Not ended with our patience: a cloud that always takes longer would never be seen.
        done, _ = await asyncio.wait({place.glancing}, timeout=patience)
        try:
            return done.pop().result() if done else self.known(name)
        except CloudError:
            return self.known(name)

    async def close(self) -> None:
        """Give up looks that nobody waits for any more."""
        glancing = [p.glancing for p in self._places.values() if p.glancing is not None and not p.glancing.done()]
        for look in glancing:
            look.cancel()
        await asyncio.gather(*glancing, return_exceptions=True)

    async def clusters(self) -> list[Cluster]:
        """Return the clusters of all clouds, as fresh as a glance gives them, by name."""
        seen = await asyncio.gather(*(self.glance(name) for name in self._places))
        return sorted((c for h in seen if h for c in h.clusters.values()), key=lambda c: (c.name.casefold(), c.ref))

    def cluster(self, ref: ClusterRef) -> Cluster | None:
        """Return what was last seen of *ref*, without asking; None where it wasn't there."""
        holdings = self.known(ref.cloud)
        return holdings.clusters.get(ref.id) if holdings else None


def _noted(look: asyncio.Task[Holdings]) -> None:
    """Take note of an error that nobody waited for, so that the loop doesn't complain of it."""
    if not look.cancelled():
        look.exception()
