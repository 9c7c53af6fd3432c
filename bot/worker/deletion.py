"""From an approved deletion to a snapshot that is gone: look, compare with what is on record, save, call, look again.

A snapshot is deleted by its id, which no other ever has, so that a second call after a lost answer deletes nothing
else. Whatever isn't as it was recorded refuses. Between the last look at the snapshot and the call a restore may begin
all the same: the cloud knows no call that does both.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Final

import structlog

from bot.core.age import is_recent
from bot.core.errors import CloudError, CloudForbidden, CloudNotFound, CloudRejected, CloudUnavailable, StaleRequest
from bot.core.events import (
    NOT_BEFORE,
    AttemptStarted,
    Deleted,
    DeletionTaken,
    Hold,
    SnapshotGone,
)
from bot.core.holdings import Holdings
from bot.core.ids import SnapshotId
from bot.core.lifecycle import apply
from bot.core.record import Entry, stated
from bot.core.request import IN_THE_CLOUD, Kind, SnapshotRequest, State
from bot.core.snapshot import ObstacleCode, Outcome, Snapshot, SnapshotKind, is_last_good
from bot.core.why import Code, Why
from bot.core.work import Lease
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.worker.holds import Holds, hold_of, why_of, withheld
from bot.worker.next import Next
from bot.worker.pace import NAMED_MOST, Pace
from bot.worker.still_allowed import StillAllowed
from bot.worker.still_there import still_there

log = structlog.stdlib.get_logger()

# A cluster that is being created may be one that is restored.
_READING: Final = frozenset({ObstacleCode.RESTORE, ObstacleCode.BEING_CREATED})
_TRIES: Final = 10


class Deletion:
    """The steps of a deletion that is APPROVED (`delete`), SUBMITTING (`settle`) or DELETED (`note`).

    *enabled*: an operator lets the bot delete.
    """

    def __init__(
        self,
        *,
        store: Store,
        inventory: Inventory,
        authority: Authority,
        pace: Pace,
        holds: Holds,
        enabled: bool,
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._clock = store.clock
        self._pace = pace
        self._holds = holds
        self._enabled = enabled
        self._allowed = StillAllowed(inventory=inventory, authority=authority, pace=pace, holds=holds)

    async def delete(self, request: SnapshotRequest) -> Next:
        """Ask the cloud to delete it, once nothing else of ours is in the cloud on its cluster."""
        if over := await self._holds.given_up(request):
            return over
        if closed := await self._closed(request):
            return closed
        line = await self._store.line(request.cluster)
        if any(r.state in IN_THE_CLOUD for r in line if r.id != request.id):
            return self._holds.held(request, Hold.QUEUE, None, self._pace.tick(self._clock.now()), place=2)
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
            found = await still_there(self._inventory, request.cluster.cloud, request.snapshot_id, holdings)
        except CloudError as e:
            return await self._holds.failing(request, e)
        return await self._begun(request, found, holdings) if found else self._gone()

    async def settle(self, request: SnapshotRequest) -> Next:
        """Find out whether it is gone; where it isn't, though the cloud had time for it, ask again."""
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
            found = await still_there(self._inventory, request.cluster.cloud, request.snapshot_id, holdings)
        except CloudError as e:
            return await self._holds.failing(request, e)
        if found is None:
            return self._gone()
        if over := await self._holds.given_up(request):
            return over
        now = self._clock.now()
        patience = timedelta(seconds=self._pace.unlisted)
        taken = request.accepted_at is not None and is_recent(request.accepted_at, now, patience)
        if taken or found.outcome is Outcome.PENDING:  # the cloud is at it
            return Next(None, self._pace.tick(now))
        if closed := await self._closed(request):
            return closed
        if (wait := self._holds.before_next(request)) > 0:
            return Next(None, self._pace.later(wait))
        return await self._begun(request, found, holdings)

    async def note(self, request: SnapshotRequest) -> Next:
        """Note with the request that made the snapshot that it is gone: nobody is asked about it any more."""
        for _ in range(_TRIES):
            made = await self._store.get(request.deletes) if request.deletes else None
            if made is None or not made.can_be_kept:
                return Next(None)
            now = self._clock.now()
            after = apply(made, SnapshotGone(at=now, keep=made.keep.gone(now)))
            entry = Entry(
                at=now,
                actor="bot",
                action="request.snapshot_gone",
                request_id=made.id,
                cluster=made.cluster,
                detail=stated(snapshot=made.snapshot_id, deletion=request.id),
            )
            try:
                await self._store.save(after, entries=[entry])
            except StaleRequest:
                continue
            return Next(None)
        return Next(None, self._pace.later(self._pace.retry))

    async def _note(self, request: SnapshotRequest, lease: Lease) -> Next:
        return await self.note(request)

    async def _begun(self, request: SnapshotRequest, found: Snapshot, holdings: Holdings) -> Next:
        """Begin an attempt that is to be saved, or say why not, or why not yet."""
        made = await self._store.get(request.deletes) if request.deletes else None
        if why := self._doubt(request, made, found) or _is_last(request, found, holdings):
            return self._holds.failed(why)
        for cluster in holdings.clusters.values():
            if any(o is not None and o.code in _READING for o in (cluster.task, cluster.block)):
                why = Why(Code.BUSY, {"obstacle": ObstacleCode.RESTORE})
                return self._holds.held(request, Hold.BUSY, why, self._pace.later(self._pace.retry))
        if hindered := await self._allowed.hindered(request, of=made.owner if made else request.owner):
            return hindered
        now = self._clock.now()
        again = request.failing_since is not None and request.attempts > 0 and request.hold not in NOT_BEFORE
        started = AttemptStarted(
            at=now,
            attempted_at=request.attempted_at or now,
            sent_at=now,
            attempts=request.attempts + 1,
            looked_at=holdings.at,
            listed_at=holdings.listed_at,
            hold=request.hold if again else Hold.NONE,
            why=request.why if again else None,
            failing_since=request.failing_since if again else None,
        )
        unless_we_die = timedelta(seconds=self._pace.post_timeout + self._pace.settle)
        return Next(started, unless_we_die, then=self._call)

    async def _call(self, request: SnapshotRequest, lease: Lease) -> Next:
        """Look at the snapshot for the last time, and ask the cloud, unless somebody has said meanwhile not to."""
        if closed := await self._closed(request):
            only = request.attempted_at == request.sent_at  # else an earlier one is still to be settled
            return withheld(closed) if only else closed
        cloud = self._inventory.cloud(request.cluster.cloud)
        made = await self._store.get(request.deletes) if request.deletes else None
        try:
            # real time, whatever the clock: past it the next step settles what became of it
            async with asyncio.timeout(self._pace.post_timeout):
                if why := self._doubt(request, made, await cloud.snapshot(_id(request))):
                    return self._holds.failed(why)
                lease.require()  # this process may have slept since
                call_id = await cloud.delete_snapshot(_id(request))
        except TimeoutError:
            error: CloudError = CloudUnavailable(f"no answer within {self._pace.post_timeout} s")
        except CloudError as e:
            error = e
        else:
            at = self._clock.now()
            return Next(DeletionTaken(at=at, accepted_at=at, cloud_request_id=call_id), timedelta(0))
        return self._call_failed(request, error)

    def _call_failed(self, request: SnapshotRequest, error: CloudError) -> Next:
        hold, why = hold_of(error), why_of(error, State.SUBMITTING, Kind.DELETE)
        match error:
            case CloudRejected():
                found = self._holds.failed(error.why)
            case CloudForbidden() if error.perhaps_gone:
                found = self._holds.held(request, hold, why, self._holds.after(request, error))
            case CloudNotFound():  # a look tells
                why = Why(Code.DELETION_UNANSWERED)
                found = self._holds.held(request, Hold.CLOUD, why, timedelta(seconds=self._pace.settle))
            case CloudUnavailable() if error.maybe_done:
                wait = max(self._pace.settle, min(error.retry_after or 0.0, NAMED_MOST))
                found = self._holds.held(request, Hold.CLOUD, why, timedelta(seconds=wait))
            case _:
                unsettled = request.attempted_at != request.sent_at
                say = self._holds.held if unsettled else self._holds.refused
                found = say(request, hold, why, self._holds.after(request, error))
        return Next(found.event, found.due, errors=(error,))

    async def _closed(self, request: SnapshotRequest) -> Next | None:
        return await self._holds.not_yet(request, self._allowed.called_now(request).named)

    def _doubt(self, request: SnapshotRequest, made: SnapshotRequest | None, found: Snapshot) -> Why | None:
        """Return why *found* is surely not to be deleted: it isn't what is on record, or it is wanted; None: it is."""
        if not self._enabled:
            return Why(Code.DELETING_IS_OFF)
        if made is None or not made.can_be_kept or made.snapshot_id != request.snapshot_id:
            return Why(Code.NOT_OURS)
        if made.keep.at is not None and made.keep.at > request.created_at:
            return Why(Code.KEPT_LONGER, {"by": made.keep.by or ""})
        recorded = {
            "name": found.name == made.name == request.name,
            "cluster": found.cluster_id == made.cluster.id,
            "time": found.started is not None and found.started == made.started_at,
            "kind": found.kind is not SnapshotKind.AUTOMATED,
            "status": found.outcome is Outcome.AVAILABLE,
        }
        other = next((what for what, agrees in recorded.items() if not agrees), None)
        return Why(Code.NOT_AS_RECORDED, {"what": other}) if other else None

    def _gone(self) -> Next:
        now = self._clock.now()
        return Next(Deleted(at=now, finished_at=now), timedelta(0), then=self._note)


def _id(request: SnapshotRequest) -> SnapshotId:
    """Return which snapshot *request* deletes.

    Raises:
        LookupError: it doesn't say.
    """
    if request.snapshot_id is None:
        raise LookupError(f"{request.id}: no snapshot is named")
    return request.snapshot_id


def _is_last(request: SnapshotRequest, found: Snapshot, holdings: Holdings) -> Why | None:
    """Return that it became the last good one of its cluster, where who asked wasn't told so."""
    if request.knows_last or not is_last_good(holdings.snapshots, found):
        return None
    return Why(Code.LAST_GOOD, {"cluster": request.cluster_name})
