"""Following a snapshot until the cloud says that it is usable, or that it will not be."""

from __future__ import annotations

from datetime import timedelta

from bot.core.errors import CloudError, CloudNotFound
from bot.core.request import Finished, Hold, SnapshotRequest
from bot.core.snapshot import Outcome, Snapshot, percent
from bot.core.wording import duration
from bot.inventory import Inventory
from bot.ports import Clock, MessageKind
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
            snapshot = next((s for s in holdings.snapshots if s.id == request.snapshot_id), None)
            if snapshot is None:
                snapshot = await self._ask_for_unlisted(request)
        except CloudNotFound:
            await self._saving.fail(
                request,
                "The snapshot is gone from the cloud: somebody deleted it, or the cloud gave it up.",
                ASK_AGAIN,
            )
            return
        except CloudError as e:
            await self._saving.hold_for(request, e)
            return
        cluster = holdings.clusters.get(request.cluster.id)
        if snapshot is None:
            await self._saving.progress(request, request.percent, Hold.NONE, "", self._pace.tick(now))
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
        elif now - (request.accepted_at or now) > timedelta(seconds=self._pace.give_up):
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
            await self._saving.progress(request, done, Hold.NONE, "", self._pace.tick(now))

    async def _ask_for_unlisted(self, request: SnapshotRequest) -> Snapshot | None:
        """A list may lag; a snapshot that isn't in it for long is asked for by its id (CloudNotFound: gone)."""
        since = self._clock.now() - (request.accepted_at or request.updated_at)
        if since <= timedelta(seconds=self._pace.vanished) or request.snapshot_id is None:
            return None
        return await self._inventory.cloud(request.cluster.cloud).snapshot(request.snapshot_id)
