"""What the clouds hold, asked for rarely: one look serves everybody who asks within the same moments.

A look is one list call for snapshots and one for clusters per cloud project, whatever the number of requests. What it
saw is stored with when it began, for the next start and for other processes; of those that share a store one looks at
a time, and the others wait for what it sees.
"""

from __future__ import annotations

import asyncio
import copy
import heapq
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final

import structlog

from bot import unawaited
from bot.core.age import Age, is_recent
from bot.core.errors import BotError, CloudError, StaleRequest, StoreUnavailable
from bot.core.holdings import Holdings, Look
from bot.core.ids import CloudName, ClusterRef
from bot.core.scope import NamedCluster
from bot.core.sight import Sight
from bot.core.snapshot import Cluster
from bot.ports import Cloud, Store
from bot.storages import Storages

log = structlog.stdlib.get_logger(__name__)

_LOOK_TAKES: Final = timedelta(seconds=2)  # what was seen is never called old while the next look may be under way
_FAILED: Final = timedelta(seconds=5)  # so long a look that failed answers other requests
_IDLE: Final = timedelta(minutes=5)  # between two looks while nobody needs one
_PATIENCE: Final = 60.0  # seconds for such a look
_LEASE: Final = timedelta(seconds=15)  # renewed while a look goes on; so long one that died is waited for
_WAIT: Final = 0.2  # seconds between two times that we see whether another process has ended its look
_GLANCE: Final = timedelta(seconds=15)  # people who type into a search would else be a look each


@dataclass(slots=True)
class _Place:
    cloud: Cloud
    last: Holdings | None = None
    ordered: tuple[Holdings | None, list[Cluster]] = (None, [])  # a look's clusters by name: many, and often shown
    sight: Sight = field(default_factory=Sight)  # without *at*, which is that of *last*
    failed_at: datetime | None = None  # when the last look began, where it failed
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    glancing: asyncio.Task[Holdings] | None = None  # one for everybody who waits at a form
    glancing_since: float = 0.0  # by the loop's clock: what waits is a person

    def by_name(self, seen: Holdings) -> list[Cluster]:
        if self.ordered[0] is not seen:
            self.ordered = seen, sorted(seen.clusters.values(), key=lambda c: c.by_name)
        return self.ordered[1]


class Inventory:
    """Holdings of every cloud project the bot serves; what was seen within the *poll* time passes for now.

    *patience* is how many seconds somebody at a form waits for a cloud (real ones, whatever the clock).
    """

    def __init__(
        self,
        clouds: Mapping[CloudName, Cloud],
        *,
        store: Store,
        poll: timedelta = timedelta(seconds=15),
        patience: float = 1.5,
    ) -> None:
        self._places = MappingProxyType({name: _Place(cloud) for name, cloud in clouds.items()})
        self._clock = store.clock
        self._owner = secrets.token_hex(8)  # names us in the leases of looks
        self._store = store
        self._fresh = max(poll, _LOOK_TAKES)
        self._patience = patience
        self._started_at = store.clock.now()
        self.storages = Storages(cloud=self.cloud, clock=store.clock)

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
        return self._places[name].last if name in self._places else None

    def sight(self, name: CloudName) -> Sight:
        """Return how well *name* is seen, without asking; nothing seen yet where no such cloud is configured."""
        place = self._places.get(name)
        if place is None:
            return Sight()
        return replace(place.sight, at=place.last.at if place.last else None)

    def age(self, name: CloudName) -> Age:
        """Return how old what is known of *name* is, without asking."""
        sight = self.sight(name)
        is_old = not is_recent(sight.at, self._clock.now(), self._fresh)
        return Age(self._started_at, sight.at, is_old=is_old, is_silent=is_old and sight.failing_since is not None)

    def ages(self) -> dict[CloudName, Age]:
        """Return how old the lists of clusters are, by cloud project."""
        return {name: self.age(name) for name in self._places}

    async def look(self, name: CloudName, *, max_age: timedelta = timedelta(seconds=5)) -> Holdings:
        """Return holdings that are at most *max_age* old; many callers at once share one look.

        Who would do with what was seen some seconds ago also shares a look that failed then, so that a cloud in trouble
        isn't asked by one request after the other.

        Raises:
            CloudError: the cloud could not be asked.
            KeyError: no such cloud is configured (any more).
        """
        return await self._look(self._places[name], max_age=max_age, max_failed=min(max_age, _FAILED))

    async def _look(self, place: _Place, *, max_age: timedelta, max_failed: timedelta = timedelta(0)) -> Holdings:
        asked, look, seen = self._clock.now(), None, None

        def serves(looked: datetime | None, age: timedelta) -> bool:
            # what was seen at this very moment may have been seen before the caller acted: clocks are coarse;
            # and what was seen in the future was seen before the clock was put back
            return looked is not None and asked - age < looked <= self._clock.now()

        try:
            async with place.lock:
                if place.sight.error is not None and serves(place.failed_at, max_failed):
                    raise copy.copy(place.sight.error)
                if not (place.last and serves(place.last.at, max_age)):
                    await self._restore(place)
                while not (place.last and serves(place.last.at, max_age)):
                    if look := await self._begun(place):
                        await self.catch_up(place.cloud.name)  # another may have ended its look as we began ours
                        if not (place.last and serves(place.last.at, max_age)):
                            place.last = seen = await self._seen_now(place, look)
                        break
                    await self._clock.sleep(_WAIT)
                    await self._restore(place)
                last = place.last
        finally:  # nobody else waits while it is saved
            if look is not None:
                await self._ended(place, look, seen)
        return last

    async def _begun(self, place: _Place) -> Look | None:
        """Begin a look, also where the store can't know of it; None while another process looks."""
        try:
            return await self._store.begin_look(place.cloud.name, owner=self._owner, lease=_LEASE)
        except StoreUnavailable as e:
            log.warning("look.not_leased", cloud=place.cloud.name, error=str(e))
            return Look(self._clock.now(), 0)

    async def _seen_now(self, place: _Place, look: Look) -> Holdings:
        """Ask the cloud, however long it takes: the lease is renewed meanwhile."""
        renewing = asyncio.create_task(self._renew(place.cloud.name, look))
        try:
            snapshots, clusters = await asyncio.gather(place.cloud.snapshots(), place.cloud.clusters())
        except CloudError as e:
            self._failed(place, look, e)
            raise
        finally:
            renewing.cancel()
        if since := place.sight.failing_since:
            log.info("cloud.look_works", cloud=place.cloud.name, after_seconds=round((look.at - since).total_seconds()))
        place.sight, place.failed_at = place.sight.cleared(), None
        clusters_by_id = MappingProxyType({c.ref.id: c for c in clusters})
        return Holdings(look.at, clusters_by_id, tuple(snapshots), place.cloud.listed_at)

    def _failed(self, place: _Place, look: Look, error: CloudError) -> None:
        """Keep that a look failed, and since when looks and logins do; the log hears of each change once."""
        if type(error) is not type(place.sight.error):
            log.warning(
                "cloud.look_failed",
                cloud=place.cloud.name,
                kind=type(error).__name__,
                error=str(error),
                cloud_request_id=error.request_id,
                fix="`snapshot-bot doctor` says how to fix it",
            )
        place.sight, place.failed_at = place.sight.failed(error, look.at), look.at

    async def _renew(self, name: CloudName, look: Look) -> None:
        """Renew the lease on *look* in time; one that was lost all the same costs a second look, no more."""
        while True:
            await self._clock.sleep(_LEASE.total_seconds() / 3)
            with suppress(StaleRequest, StoreUnavailable):
                await self._store.renew_look(name, look, lease=_LEASE)

    async def _ended(self, place: _Place, look: Look, seen: Holdings | None) -> None:
        """Let others look again, and know what was *seen*."""
        try:
            await self._store.end_look(place.cloud.name, look, seen)
        except StoreUnavailable as e:
            log.warning("look.not_saved", cloud=place.cloud.name, error=str(e))  # it is known all the same

    async def restore(self) -> None:
        """Know what was seen before this start, with its age."""
        for place in self._places.values():
            try:
                await self._restore(place)
            except StoreUnavailable as e:
                log.warning("look.not_restored", cloud=place.cloud.name, error=str(e))

    async def catch_up(self, name: CloudName) -> None:
        """Know what other processes have seen of *name* since our own last look, without asking the cloud."""
        with suppress(StoreUnavailable):  # what we know ourselves is no worse for that
            await self._restore(self._places[name])

    async def _restore(self, place: _Place) -> None:
        now, last = self._clock.now(), place.last
        # what this process saw before the clock was put back is no newer than what another saw since
        after = last.at if last and last.at <= now else None
        seen = await self._store.look(place.cloud.name, after=after)
        if seen is not None and seen.at <= now:
            place.last = seen

    async def watch(self) -> None:
        """Look at each cloud when nobody has for five minutes, so that what is shown without asking is no older.

        While something of ours runs there, its steps look each poll time, and who chooses a cluster looks as well.
        """
        await asyncio.gather(*(self._watch(name) for name in self._places))

    async def _watch(self, name: CloudName) -> None:
        idle = _IDLE  # also where people may be shown older facts: channels hear of what changed within five minutes
        while True:
            since = self._clock.now()
            with suppress(BotError):  # the database's own condition says it
                seen = await self.glance(name, patience=_PATIENCE, max_age=idle)  # people at a form share it
                if seen and since - idle < seen.at <= self._clock.now():
                    since = seen.at
            await self._clock.sleep(max((since + idle - self._clock.now()).total_seconds(), 1.0))

    async def glance(
        self, name: CloudName, *, patience: float | None = None, max_age: timedelta | None = None
    ) -> Holdings | None:
        """Return fresh holdings if the cloud answers within our *patience*, else what was seen last, else None.

        For people who wait at a form: Slack gives them three seconds, and the worker checks again before it acts. One
        look has one patience: who waits for the next step of the same form doesn't wait for a silent cloud again.
        """
        place = self._places[name]
        if max_age is None:
            max_age = min(self._fresh, _GLANCE)
        at = self._clock.now()
        if place.last is not None and at - max_age < place.last.at <= at:
            return place.last
        patience = self._patience if patience is None else patience
        now = asyncio.get_running_loop().time()
        if place.glancing is None or place.glancing.done():
            place.glancing = asyncio.create_task(self._look(place, max_age=max_age), name=f"look {name}")
            place.glancing.add_done_callback(unawaited.noted)
            place.glancing_since = now
        left = patience if place.last is None else max(0.0, place.glancing_since + patience - now)
        # Not ended with our patience: a cloud that always takes longer would never be seen.
        done, _ = await asyncio.wait({place.glancing}, timeout=left)
        try:
            return done.pop().result() if done else self.known(name)
        except CloudError:
            return self.known(name)

    async def close(self) -> None:
        """Give up looks that nobody waits for any more."""
        await self.storages.close()
        await unawaited.given_up([p.glancing for p in self._places.values() if p.glancing is not None])

    async def clusters(self, *, ask: bool = True) -> list[Cluster]:
        """Return the clusters of all clouds by name, as fresh as a glance gives them.

        *ask* False: as they were seen last, if ever.
        """
        seen = await asyncio.gather(*(self._seen(name, place, ask) for name, place in self._places.items()))
        found = [p.by_name(holdings) for p, holdings in zip(self._places.values(), seen, strict=True) if holdings]
        return found[0][:] if len(found) == 1 else [*heapq.merge(*found, key=lambda c: c.by_name)]

    async def _seen(self, name: CloudName, place: _Place, ask: bool) -> Holdings | None:
        return place.last if place.last and not ask else await self.glance(name)

    def cluster(self, ref: ClusterRef) -> Cluster | None:
        """Return what was last seen of *ref*, without asking; None where it wasn't there."""
        holdings = self.known(ref.cloud)
        return holdings.clusters.get(ref.id) if holdings else None

    def named(self, ref: ClusterRef) -> NamedCluster:
        """Return *ref* with the name that it had when it was seen last, "" where it wasn't there."""
        return NamedCluster(ref, seen.name if (seen := self.cluster(ref)) else "")
