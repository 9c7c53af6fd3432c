"""From approved to the cloud's answer: wait for the cluster, look once more, save the attempt, POST, settle.

An answer that is lost is settled by listing: a snapshot is ours only if cluster, name and description fit and it didn't
begin before the look that preceded our first attempt; where there is none, we ask again. What the cloud answers settles
an attempt at once: after a refusal of our only one, a snapshot of our name is somebody else's, however well it fits.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.events import NOT_BEFORE, Accepted, AttemptStarted, Hold
from bot.core.holdings import Holdings
from bot.core.ids import ClusterRef
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Snapshot, is_ours, namesakes
from bot.core.why import Code, Why
from bot.core.work import Lease
from bot.inventory import Inventory
from bot.ports import Clock
from bot.service.authority import Authority
from bot.worker.holds import Holds, hold_of, in_the_way, why_of, withheld
from bot.worker.next import Next
from bot.worker.pace import NAMED_MOST, Pace
from bot.worker.still_allowed import StillAllowed

log = structlog.stdlib.get_logger()


class Attempt:
    """The steps of a request that is APPROVED (`create`) or SUBMITTING (`settle`).

    *line* is `Store.line`, all that is needed of the store: an attempt decides, and saves nothing.
    """

    def __init__(
        self,
        *,
        line: Callable[[ClusterRef], Awaitable[list[SnapshotRequest]]],
        inventory: Inventory,
        authority: Authority,
        clock: Clock,
        pace: Pace,
        holds: Holds,
    ) -> None:
        self._line = line
        self._inventory = inventory
        self._clock = clock
        self._pace = pace
        self._holds = holds
        self._allowed = StillAllowed(inventory=inventory, authority=authority, pace=pace, holds=holds)

    async def create(self, request: SnapshotRequest) -> Next:
        """Ask the cloud for the snapshot, once the cluster is free and the preflight finds it possible."""
        line = await self._line(request.cluster)
        # a deletion that hasn't begun holds no snapshot up
        before = [r for r in line if r.kind is request.kind or r.state is not State.APPROVED]
        place = next((i for i, r in enumerate(before, 1) if r.id == request.id), 1)
        if over := await self._holds.given_up(request):
            return over
        if closed := await self._closed(request):  # told of each in line, and no cloud is asked meanwhile
            return closed
        if place > 1:
            return self._holds.held(request, Hold.QUEUE, None, self._pace.tick(self._clock.now()), place=place)
        try:
            holdings = await self._look(request, max_age=timedelta(seconds=2))
        except CloudError as e:
            return await self._holds.failing(request, e)
        if twins := namesakes(holdings.snapshots, request.name):
            return self._name_is_taken(request, twins)  # nothing of ours is under way
        return await self._begun(request, holdings)

    async def settle(self, request: SnapshotRequest) -> Next:
        """Find out what became of an attempt whose answer is lost; where nothing did, ask again."""
        try:
            holdings = await self._look(request)
        except CloudError as e:
            return await self._holds.failing(request, e)
        if settled := self._settled_by(holdings, request) or await self._holds.given_up(request):
            return settled
        if closed := await self._closed(request):
            return closed
        if (wait := self._holds.before_next(request)) > 0:
            return Next(None, self._pace.later(wait))
        found = await self._begun(request, holdings)
        if found.then is not None:
            log.info("request.posted_again", attempts=request.attempts)
        return found

    async def _begun(self, request: SnapshotRequest, holdings: Holdings) -> Next:
        """Begin an attempt that is to be saved, with the look before it, which lacked the name; or say why not yet."""
        cluster = holdings.clusters.get(request.cluster.id)
        if cluster is None:
            return self._cluster_gone(request)
        if obstacle := in_the_way(cluster, holdings):
            return self._holds.held(request, *obstacle, self._pace.later(self._pace.retry))
        if hindered := await self._allowed.hindered(request):
            return hindered
        now = self._clock.now()
        again = request.failing_since is not None and request.attempts > 0 and request.hold not in NOT_BEFORE
        first = request.attempted_at is None
        started = AttemptStarted(
            at=now,
            attempted_at=request.attempted_at or now,
            sent_at=now,
            attempts=request.attempts + 1,
            looked_at=holdings.at if first else request.looked_at,
            listed_at=holdings.listed_at if first else request.listed_at,
            hold=request.hold if again else Hold.NONE,
            why=request.why if again else None,
            failing_since=request.failing_since if again else None,
        )
        unless_we_die = timedelta(seconds=self._pace.post_timeout + self._pace.settle)
        return Next(started, unless_we_die, then=self._post)

    async def _closed(self, request: SnapshotRequest) -> Next | None:
        """Say what keeps a request that isn't sent from starting now."""
        return await self._holds.not_yet(request, self._allowed.called_now(request).named)

    async def _post(self, request: SnapshotRequest, lease: Lease) -> Next:
        """Ask the cloud, unless a freeze was kept before the attempt was: this is where every way leads."""
        if closed := await self._closed(request):
            only = request.attempted_at == request.sent_at  # else an earlier one is still to be settled
            return withheld(closed) if only else closed
        cloud = self._inventory.cloud(request.cluster.cloud)
        lease.require()  # who has gone on meanwhile may have made it, and deleted it: its name is free then
        try:
            # real time, whatever the clock: past it the next step settles what became of it
            async with asyncio.timeout(self._pace.post_timeout):
                made = await cloud.create_snapshot(request.cluster.id, request.name, request.description)
        except TimeoutError:
            error: CloudError = CloudUnavailable(f"no answer within {self._pace.post_timeout} s")
        except CloudError as e:
            error = e
        else:
            at = self._clock.now()
            accepted = Accepted(at=at, snapshot_id=made.id, accepted_at=at, cloud_request_id=made.request_id)
            return Next(accepted, self._pace.tick(at))
        found = await self._post_failed(request, error)
        return replace(found, errors=(error, *found.errors))

    async def _post_failed(self, request: SnapshotRequest, error: CloudError) -> Next:
        if isinstance(error, CloudUnavailable) and error.maybe_done:
            # Look soon, whatever the number of tries: what the cloud did all the same is found then.
            wait = max(self._pace.settle, min(error.retry_after or 0.0, NAMED_MOST))
            return self._holds.held(request, Hold.CLOUD, why_of(error, request.state), timedelta(seconds=wait))
        # This attempt did nothing, but an earlier one may have: "busy" or "duplicate name" may speak of our own.
        unsettled = request.attempted_at != request.sent_at
        if unsettled:
            try:
                holdings = await self._look(request)
            except CloudError as e:
                return self._holds.held(request, hold_of(e), why_of(e, request.state), self._holds.after(request, e))
            if settled := self._settled_by(holdings, request):
                return settled
            if isinstance(error, CloudRejected) and self._may_be_unlisted(request):
                error = CloudUnavailable(str(error), maybe_done=False)  # "duplicate name", and the list lags behind
        return await self._refused(request, error, unsettled=unsettled)

    async def _refused(self, request: SnapshotRequest, error: CloudError, *, unsettled: bool) -> Next:
        """Say what a "no" means; *unsettled*: an earlier attempt is still to be settled."""
        looked_in_vain: tuple[CloudError, ...] = ()
        why: Why | None
        hold, why = hold_of(error), why_of(error, State.SUBMITTING if unsettled else State.APPROVED)
        match error:
            case CloudRejected():
                return self._holds.failed(error.why)
            case CloudNotFound():
                return self._cluster_gone(request)
            case CloudForbidden() if error.perhaps_gone:  # where nobody can look, the cloud's no stands
                try:
                    if request.cluster.id not in (await self._look(request)).clusters:
                        return self._cluster_gone(request)
                except CloudError as e:
                    looked_in_vain = (e,)
            case CloudBusy():
                hold, why = await self._what_is_in_the_way(request) or (hold, why)
            case _:
                pass
        say = self._holds.held if unsettled else self._holds.refused
        return replace(say(request, hold, why, self._holds.after(request, error)), errors=looked_in_vain)

    async def _what_is_in_the_way(self, request: SnapshotRequest) -> tuple[Hold, Why] | None:
        """Look what the cloud means by "busy", which it says of a read-only cluster as well; None: it isn't seen."""
        try:
            holdings = await self._look(request)
        except CloudError:
            return None
        cluster = holdings.clusters.get(request.cluster.id)
        return in_the_way(cluster, holdings) if cluster else None

    async def _look(self, request: SnapshotRequest, *, max_age: timedelta = timedelta(0)) -> Holdings:
        return await self._inventory.look(request.cluster.cloud, max_age=max_age)

    def _may_be_unlisted(self, request: SnapshotRequest) -> bool:
        """Say whether the first attempt is so young that the cloud's list may not show yet what it made."""
        since = self._clock.now() - (request.attempted_at or request.updated_at)
        return since <= timedelta(seconds=self._pace.unlisted)

    def _settled_by(self, holdings: Holdings, request: SnapshotRequest) -> Next | None:
        """Take the snapshot that our lost attempt made, or end where the name is another's; None: nothing has it."""
        twins = namesakes(holdings.snapshots, request.name)
        listed_at = self._listed_before(request, holdings)
        for twin in twins:
            if is_ours(
                twin,
                cluster=request.cluster.id,
                name=request.name,
                description=request.description,
                listed_at=listed_at,
            ):
                now = self._clock.now()
                return Next(Accepted(at=now, snapshot_id=twin.id, accepted_at=request.sent_at or now), timedelta(0))
        return self._name_is_taken(request, twins) if twins else None

    def _listed_before(self, request: SnapshotRequest, holdings: Holdings) -> datetime | None:
        """Return when, by the cloud's clock, the list lacked our name before the attempt; None: that isn't known.

        An attempt of a version that didn't save its look is put on the cloud's clock by what *holdings*, seen just now,
        shows of it.
        """
        if request.looked_at or request.attempted_at is None or holdings.listed_at is None:
            return request.listed_at
        return request.attempted_at + (holdings.listed_at - self._clock.now())

    def _name_is_taken(self, request: SnapshotRequest, twins: list[Snapshot]) -> Next:
        """End *request*: the cloud has room for one snapshot of this name, and that one isn't ours."""
        if any(twin.name == request.name for twin in twins):
            return self._holds.failed(Why(Code.NAME_TAKEN, {"name": request.name}))
        return self._holds.failed(Why(Code.NAME_TAKEN_IN_OTHER_CASE, {"name": twins[0].name}))

    def _cluster_gone(self, request: SnapshotRequest) -> Next:
        return self._holds.failed(Why(Code.CLUSTER_GONE, {"cloud": request.cluster.cloud}))
