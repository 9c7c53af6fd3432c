"""After a restore: what became of a request since the moment that the data are of? The cloud says, before anything."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from bot.core.errors import CloudError
from bot.core.events import FoundAgain, LookedBack, Progressed
from bot.core.holdings import Holdings
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.restored import Recovery, Restored
from bot.core.snapshot import is_ours, namesakes
from bot.core.why import Code, Why
from bot.inventory import Inventory
from bot.ports import Clock
from bot.worker.holds import Holds
from bot.worker.next import Next
from bot.worker.pace import Pace
from bot.worker.watch import Watch

log = structlog.stdlib.get_logger()


class LookBack:
    """The step of a request that a restore put back: nothing is posted, decided or said of it before.

    *last_restore* is `Store.last_restore`.
    """

    def __init__(
        self,
        *,
        last_restore: Callable[[], Awaitable[Restored | None]],
        inventory: Inventory,
        clock: Clock,
        pace: Pace,
        holds: Holds,
        watch: Watch,
    ) -> None:
        self._last_restore = last_restore
        self._inventory = inventory
        self._clock = clock
        self._pace = pace
        self._holds = holds
        self._watch = watch

    async def look(self, request: SnapshotRequest) -> Next:
        """Take the snapshot that is ours by the same proof as after a lost answer; else go on as the data have it."""
        if request.cluster.cloud not in self._inventory.clouds:
            log.error("request.not_looked_for", cloud=request.cluster.cloud, fix="set it in SNAPSHOT_BOT_CLOUDS again")
            return Next(None, self._pace.later(self._pace.operator))
        if request.state is State.CREATING:
            return await self._follow(request)
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
        except CloudError as e:
            return Next(None, self._holds.after(request, e), errors=(e,))
        now = self._clock.now()
        if request.kind is Kind.DELETE:
            return self._of_deletion(request, holdings, now)
        for twin in namesakes(holdings.snapshots, request.name):
            if is_ours(
                twin,
                cluster=request.cluster.id,
                name=request.name,
                description=request.description,
                listed_at=_asked_at(request, holdings, now),
            ):
                return Next(FoundAgain(at=now, snapshot_id=twin.id, accepted_at=now), timedelta(0))
        if (wait := await self._until_believed(now)) > timedelta(0):
            return Next(None, min(wait, self._pace.tick(now)))
        waits = request.expires_at - now if request.state is State.WAITING else timedelta(0)
        return Next(LookedBack(at=now, recovery=Recovery.NOT_FOUND), waits)

    def _of_deletion(self, request: SnapshotRequest, holdings: Holdings, now: datetime) -> Next:
        """End a deletion that was approved: whether it is wanted still isn't known. One that waits is decided again."""
        there = any(s.id == request.snapshot_id for s in holdings.snapshots)
        if there and request.state is not State.WAITING:
            return self._holds.failed(Why(Code.DELETION_RESTORED))
        waits = request.expires_at - now if request.state is State.WAITING else timedelta(0)
        return Next(LookedBack(at=now, recovery=Recovery.NOT_FOUND), waits)

    async def _until_believed(self, now: datetime) -> timedelta:
        """Return for how long a list that lacks the snapshot isn't believed: it may not show yet what a call made.

        The bot's last call before the restore may have ended only just before the mark.
        """
        restored = await self._last_restore()
        settles = timedelta(seconds=max(self._pace.unlisted, self._pace.post_timeout + self._pace.settle))
        if restored is None or not restored.at <= now:  # else by a clock that was put back
            return timedelta(0)
        return restored.at + settles - now

    async def _follow(self, request: SnapshotRequest) -> Next:
        """Look how far the snapshot is whose id is known; that it isn't at its end yet is no news."""
        found = await self._watch.follow(request)
        if isinstance(found.event, Progressed) and not found.errors:
            recovery = Recovery.FOUND if request.recovery is Recovery.FOLLOWED else Recovery.RUNNING
            return Next(LookedBack(at=found.event.at, recovery=recovery), timedelta(0))
        return found


def _asked_at(request: SnapshotRequest, holdings: Holdings, now: datetime) -> datetime | None:
    """Return when *request* was made, by the cloud's clock; None where the cloud doesn't tell its time."""
    return None if holdings.listed_at is None else request.created_at + (holdings.listed_at - now)
