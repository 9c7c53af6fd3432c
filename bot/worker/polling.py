"""Following a snapshot until the cloud says that it is usable, or that it will not be."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.core.errors import CloudError, CloudNotFound
from bot.core.events import Finished, Progressed
from bot.core.message import MessageKind
from bot.core.request import SnapshotRequest
from bot.core.snapshot import Outcome, Snapshot, percent
from bot.core.wording import duration
from bot.inventory import Holdings, Inventory
from bot.ports import Clock
from bot.worker.pace import Pace
from bot.worker.saving import ASK_AGAIN, Saving


class Polling:
    """The step of a request that is CREATING."""

    def __init__(self, *, inventory: Inventory, clock: Clock, pace: Pace, saving: Saving) -> None:
        self._inventory = inventory
        self._clock = clock
        self._pace = pace
        self._saving = saving

    async def poll(self, request: SnapshotRequest) -> None:
        """Look how far the snapshot is; one look serves every request of the same cloud project."""
        now = self._clock.now()
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(seconds=self._pace.poll / 2))
        except CloudError as e:
            await self._saving.hold_for(request, e)
            return
        snapshot = next((s for s in holdings.snapshots if s.id == request.snapshot_id), None)
        missing_since = None if snapshot else request.missing_since or holdings.at
        if snapshot is None and request.missing_since not in (None, holdings.at):
            # Missing from two lists in a row. A list may be slow to show what is new: the id decides.
            try:
                snapshot = await self._by_id(request)
            except CloudNotFound:
                gone = "The snapshot is gone from the cloud: somebody deleted it, or the cloud gave it up."
                await self._saving.fail(request, gone, ASK_AGAIN)
                return
            except CloudError as e:
                await self._saving.hold_for(request, e)
                return
        cluster = holdings.clusters.get(request.cluster.id)
        going_on = Progressed(at=now, percent=request.percent, missing_since=missing_since)
        if snapshot is None:
            await self._saving.progress(request, going_on, self._pace.tick(now))
        elif snapshot.outcome is Outcome.AVAILABLE:
            finished = Finished(
                at=now,
                finished_at=snapshot.finished or now,
                started_at=snapshot.started,
                size_gb=snapshot.size_gb,
            )
            await self._saving.save(request, finished, owe=[MessageKind.RESULT])
        elif snapshot.outcome is Outcome.FAILED:
            reason = f" The cluster reports: {cluster.failure.rstrip('.')}." if cluster and cluster.failure else ""
            await self._saving.fail(
                request, f"The cloud started the snapshot but could not finish it.{reason}", ASK_AGAIN
            )
        elif _running(snapshot, holdings, request) > timedelta(seconds=self._pace.give_up):
            limit = duration(timedelta(seconds=self._pace.give_up))
            await self._saving.fail(
                request,
                f"The cloud still says {snapshot.status} after {limit}; the bot has stopped watching.",
                "Look at the snapshot in the cloud's console; it may yet finish.",
            )
        else:
            done = percent(snapshot.progress)
            if done is None and cluster is not None:
                done = cluster.percent
            await self._saving.progress(request, replace(going_on, percent=done), self._pace.tick(now))

    async def _by_id(self, request: SnapshotRequest) -> Snapshot | None:
        """Ask for the snapshot itself (CloudNotFound: gone)."""
        if request.snapshot_id is None:
            return None
        return await self._inventory.cloud(request.cluster.cloud).snapshot(request.snapshot_id)


def _running(snapshot: Snapshot, holdings: Holdings, request: SnapshotRequest) -> timedelta:
    """Return for how long the cloud has worked on *snapshot*: by its own clock if it tells the time, else ours."""
    if snapshot.started is not None and holdings.listed_at is not None:
        return holdings.listed_at - snapshot.started
    return holdings.at - (request.accepted_at or holdings.at)
