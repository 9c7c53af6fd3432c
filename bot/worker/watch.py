"""Following a snapshot until the cloud says that it is usable, or that it will not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.errors import CloudError, CloudNotFound
from bot.core.events import Finished, Progressed
from bot.core.holdings import Holdings
from bot.core.request import SnapshotRequest
from bot.core.snapshot import Outcome, Snapshot
from bot.core.why import Code, Why
from bot.inventory import Inventory
from bot.ports import Clock
from bot.worker.holds import Holds
from bot.worker.next import Next
from bot.worker.pace import Pace


class Watch:
    """The step of a request that is CREATING."""

    def __init__(self, *, inventory: Inventory, clock: Clock, pace: Pace, holds: Holds) -> None:
        self._inventory = inventory
        self._clock = clock
        self._pace = pace
        self._holds = holds

    async def follow(self, request: SnapshotRequest) -> Next:
        """Look how far the snapshot is; one look serves every request of the same cloud project."""
        now = self._clock.now()
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(seconds=self._pace.poll / 2))
        except CloudError as e:
            return await self._holds.failing(request, e)
        snapshot = holdings.snapshot(request.snapshot_id)
        missing_since = None if snapshot else request.missing_since or holdings.at
        if snapshot is None and request.missing_since not in (None, holdings.at):
            # Missing from two lists in a row. A list may be slow to show what is new: the id decides.
            try:
                snapshot = await self._by_id(request)
            except CloudNotFound:
                return self._holds.failed(Why(Code.SNAPSHOT_GONE))
            except CloudError as e:
                return await self._holds.failing(request, e)
        going_on = Progressed(at=now, percent=request.percent, missing_since=missing_since)
        if snapshot is None:
            return Next(going_on, self._pace.tick(self._clock.now()))
        return self._seen(request, snapshot, holdings, going_on)

    async def _by_id(self, request: SnapshotRequest) -> Snapshot | None:
        """Ask for the snapshot itself (CloudNotFound: gone)."""
        if request.snapshot_id is None:
            return None
        return await self._inventory.cloud(request.cluster.cloud).snapshot(request.snapshot_id)

    def _seen(self, request: SnapshotRequest, snapshot: Snapshot, holdings: Holdings, going_on: Progressed) -> Next:
        """Say what *snapshot* means for its request; *going_on* where it is still being created."""
        now = going_on.at
        cluster = holdings.clusters.get(request.cluster.id)
        if snapshot.outcome is Outcome.AVAILABLE:
            ended = snapshot.finished or now
            keep = request.keep.begun(now)
            finished = Finished(
                at=now, finished_at=ended, started_at=snapshot.started, size_gb=snapshot.size_gb, keep=keep
            )
            return Next(finished, keep.until - now if keep.until else None)
        if snapshot.outcome is Outcome.FAILED:
            reported = {"failure": cluster.failure} if cluster and cluster.failure else {}
            return self._holds.failed(Why(Code.UNFINISHED, reported))
        if _running(snapshot, holdings, request) > timedelta(seconds=self._pace.give_up):
            seconds = int(self._pace.give_up)
            return self._holds.failed(Why(Code.ENDLESS, {"status": snapshot.status, "seconds": seconds}))
        done = snapshot.percent
        if done is None and cluster is not None:
            done = cluster.percent
        return Next(replace(going_on, percent=done), self._pace.tick(self._clock.now()))


def _running(snapshot: Snapshot, holdings: Holdings, request: SnapshotRequest) -> timedelta:
    """Return for how long the cloud has worked on *snapshot*: by its own clock if it tells the time, else ours."""
    if snapshot.started is not None and holdings.listed_at is not None:
        return holdings.listed_at - snapshot.started
    return holdings.at - (request.accepted_at or holdings.at)
