"""From approved to the cloud's answer: wait for the cluster, look once more, save the attempt, POST, settle.

An answer that is lost is settled by listing: a snapshot is ours only if cluster, name and description fit and it didn't
begin before the look that preceded our first attempt; where there is none, we ask again. What the cloud answers settles
an attempt at once: after a refusal of our only one, a snapshot of our name is somebody else's, however well it fits.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Final

import structlog

from bot.core.access import Action, Person, Reason, Rights, decide
from bot.core.age import is_recent
from bot.core.approval import approvals, still_stands
from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
    SlackRefused,
    SlackUnavailable,
)
from bot.core.events import Accepted, AttemptStarted, Hold
from bot.core.ids import Actor
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Cluster, ClusterState, Snapshot, is_ours, namesakes
from bot.core.wording import cloud_name
from bot.inventory import Holdings, Inventory
from bot.ports import Clock, Store
from bot.service.authority import Authority
from bot.worker.pace import Pace
from bot.worker.saving import ASK_AGAIN, Saving, hold_of, problem_of

log = structlog.stdlib.get_logger()

_LOST: Final = {
    Reason.NOT_A_MEMBER: (
        "only active members of the workspace can.",
        "Somebody else who has the right can ask for it.",
    ),
    Reason.NO_GRANT: ("the right was taken back.", "An admin can give the right back; then ask again."),
}
_REFUSED: Final = (
    "Slack refuses to tell the bot who asked and approved. An operator must fix that (`snapshot-bot doctor`); "
    "this request waits."
)


def _in_the_way(cluster: Cluster, holdings: Holdings) -> tuple[Hold, str] | None:
    """Return what keeps *cluster* from a snapshot just now, and its words; None where nothing does."""
    if cluster.state is ClusterState.BLOCKED:
        return Hold.BLOCKED, cluster.situation
    creating = any(s.cluster_id == cluster.ref.id and s.status == "CREATING" for s in holdings.snapshots)
    if cluster.state is ClusterState.BUSY or creating:
        return Hold.BUSY, cluster.task_words or "a snapshot is running"
    return None


class Submitting:
    """Steps of a request that is APPROVED (`create`) or SUBMITTING (`settle`)."""

    def __init__(
        self, *, store: Store, inventory: Inventory, authority: Authority, clock: Clock, pace: Pace, saving: Saving
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._authority = authority
        self._clock = clock
        self._pace = pace
        self._saving = saving

    async def create(self, request: SnapshotRequest) -> None:
        """Ask the cloud for the snapshot, once the cluster is free and the preflight finds it possible."""
        line = await self._store.line(request.cluster)
        place = next((i for i, r in enumerate(line, 1) if r.id == request.id), 1)
        if await self._saving.given_up(request):
            return
        if place > 1:
            await self._saving.hold(request, Hold.QUEUE, "", self._pace.tick(self._clock.now()), place=place)
            return
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(seconds=2))
        except CloudError as e:
            await self._saving.hold_for(request, e)
            return
        if twins := namesakes(holdings.snapshots, request.name):
            await self._name_is_taken(request, twins)  # nothing of ours is under way
            return
        if cluster := await self._ready_cluster(request, holdings):
            await self._attempt(request, cluster, holdings)

    async def _ready_cluster(self, request: SnapshotRequest, holdings: Holdings) -> Cluster | None:
        """Return the cluster if a POST can follow now; otherwise save why not and return None."""
        cluster = holdings.clusters.get(request.cluster.id)
        if cluster is None:
            await self._cluster_gone(request)
            return None
        if in_the_way := _in_the_way(cluster, holdings):
            await self._saving.hold(request, *in_the_way, self._saving.later(self._pace.retry))
            return None
        return cluster if await self._still_allowed(request) else None

    async def _cluster_gone(self, request: SnapshotRequest) -> None:
        gone = f"The cluster no longer exists in {cloud_name(request.cluster.cloud)}."
        await self._saving.fail(request, gone, "Choose another one.")

    async def _still_allowed(self, request: SnapshotRequest) -> bool:
        """Check the rights of now; where Slack doesn't say who somebody is, wait rather than fail."""
        people = [request.requester, *approvals(request.votes)]
        try:
            asker, *voters = [await self._authority.person(Actor(request.team, user), fresh=True) for user in people]
        except SlackRefused as e:
            log.error("request.people_unknown", error=str(e))
            await self._saving.hold(request, Hold.PERMISSION, _REFUSED, self._saving.later(self._pace.operator))
            return False
        except SlackUnavailable as e:
            log.warning("request.people_unknown", error=str(e))
            problem = "Slack can't say just now who asked and approved."
            await self._saving.hold(request, Hold.CLOUD, problem, self._saving.later(self._pace.retry))
            return False
        rights = await self._authority.rights(cluster=request.cluster)  # last: Slack may have taken its time
        decision = decide(rights, asker, Action.REQUEST, request.cluster, cluster_name=request.cluster_name)
        if not decision.allowed:
            why, advice = _LOST[decision.reason]
            problem = f"The requester may no longer ask for snapshots of {request.cluster_name}: {why}"
            await self._saving.fail(request, problem, advice, rule=decision.reason)
            return False
        if not self._approvals_stand(rights, request, voters):
            await self._saving.fail(
                request,
                f"The approval no longer counts: who approved may not approve {request.cluster_name} any more.",
                "Ask again; somebody else can approve it.",
                rule=Reason.NO_GRANT,
            )
            return False
        return True

    def _approvals_stand(self, rights: Rights, request: SnapshotRequest, voters: list[Person]) -> bool:
        return still_stands(
            rights, request.votes, voters, need=request.need, ref=request.cluster, requester=request.requester
        )

    async def _attempt(self, request: SnapshotRequest, cluster: Cluster, holdings: Holdings) -> None:
        """Save the attempt and the look before it, which lacked the name; then POST; then save what the cloud said."""
        now = self._clock.now()
        again = request.failing_since is not None and request.attempts > 0
        first = request.attempted_at is None
        started = AttemptStarted(
            at=now,
            attempted_at=request.attempted_at or now,
            sent_at=now,
            attempts=request.attempts + 1,
            looked_at=holdings.at if first else request.looked_at,
            listed_at=holdings.listed_at if first else request.listed_at,
            hold=request.hold if again else Hold.NONE,
            problem=request.problem if again else "",
            failing_since=request.failing_since if again else None,
        )
        unless_we_die = now + timedelta(seconds=self._pace.post_timeout + self._pace.settle)
        request = await self._saving.save(request, started, due_at=unless_we_die)
        cloud = self._inventory.cloud(request.cluster.cloud)
        try:
            # real time, whatever the clock: past it the step is settled by whoever comes next
            async with asyncio.timeout(self._pace.post_timeout):
                snapshot_id = await cloud.create_snapshot(cluster.ref.id, request.name, request.description)
        except TimeoutError:
            await self._post_failed(request, CloudUnavailable(f"no answer within {self._pace.post_timeout} s"))
        except CloudError as e:
            await self._post_failed(request, e)
        else:
            at = self._clock.now()
            await self._saving.save(
                request, Accepted(at=at, snapshot_id=snapshot_id, accepted_at=at), due_at=self._pace.tick(at)
            )

    async def _post_failed(self, request: SnapshotRequest, error: CloudError) -> None:
        self._saving.count(request, error)
        now = self._clock.now()
        if isinstance(error, CloudUnavailable) and error.maybe_done:
            # Look soon, whatever the number of tries: what the cloud did all the same is found then.
            wait = max(self._pace.settle, min(error.retry_after or 0.0, 3600.0))
            await self._saving.hold(
                request, Hold.CLOUD, problem_of(error, request.state), now + timedelta(seconds=wait)
            )
            return
        # This attempt did nothing, but an earlier one may have: "busy" or "duplicate name" may speak of our own.
        unsettled = request.attempted_at != request.sent_at
        if unsettled and await self._adopted_after(request, error):
            return
        if isinstance(error, CloudRejected) and unsettled and self._may_be_unlisted(request):
            error = CloudUnavailable(str(error), maybe_done=False)  # "duplicate name", and the list lags behind
        if isinstance(error, CloudRejected):
            await self._saving.fail(request, error.say, ASK_AGAIN)
            return
        if isinstance(error, CloudNotFound) or await self._cluster_is_unlisted(request, error):
            await self._cluster_gone(request)
            return
        hold, problem = hold_of(error), problem_of(error, State.SUBMITTING if unsettled else State.APPROVED)
        if isinstance(error, CloudBusy):
            hold, problem = await self._what_is_in_the_way(request) or (hold, problem)
        if unsettled:  # the earlier attempt is still to be settled
            await self._saving.hold(request, hold, problem, self._saving.after(request, error))
        else:
            await self._saving.refused(request, hold, problem, self._saving.after(request, error))

    async def _cluster_is_unlisted(self, request: SnapshotRequest, error: CloudError) -> bool:
        """Look whether the cluster is what *error* doesn't find; where nobody can look, the cloud's no stands."""
        if not (isinstance(error, CloudForbidden) and error.perhaps_gone):
            return False
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
        except CloudError as e:
            self._saving.count(request, e)
            return False
        return request.cluster.id not in holdings.clusters

    async def _what_is_in_the_way(self, request: SnapshotRequest) -> tuple[Hold, str] | None:
        """Look what the cloud means by "busy", which it says of a read-only cluster as well; None: it isn't seen."""
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
        except CloudError:
            return None
        cluster = holdings.clusters.get(request.cluster.id)
        return _in_the_way(cluster, holdings) if cluster else None

    def _may_be_unlisted(self, request: SnapshotRequest) -> bool:
        """Say whether the first attempt is so young that the cloud's list may not show yet what it made."""
        since = self._clock.now() - (request.attempted_at or request.updated_at)
        return since <= timedelta(seconds=self._pace.unlisted)

    async def _adopted_after(self, request: SnapshotRequest, error: CloudError) -> bool:
        """Look whether the snapshot is there after all; True where that settled what happens next."""
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
        except CloudError as e:
            problem = problem_of(e, request.state)
            await self._saving.hold(request, hold_of(e), problem, self._saving.after(request, e))
            return True
        return await self._settled_by(holdings, request)

    async def settle(self, request: SnapshotRequest) -> None:
        """Find out what became of an attempt whose answer is lost; where nothing did, ask again."""
        try:
            holdings = await self._inventory.look(request.cluster.cloud, max_age=timedelta(0))
        except CloudError as e:
            await self._saving.hold_for(request, e)
            return
        if await self._settled_by(holdings, request) or await self._saving.given_up(request):
            return
        if (wait := self._wait_before_next(request)) > 0:
            await self._store.put_off(request.id, request.version, self._saving.later(wait))
            return
        if cluster := await self._ready_cluster(request, holdings):
            log.info("request.posted_again", attempts=request.attempts)
            await self._attempt(request, cluster, holdings)

    def _wait_before_next(self, request: SnapshotRequest) -> float:
        """Return for how many seconds no other POST is due: the longer the cloud fails, the rarer they are."""
        if request.sent_at is None or request.failing_since is None:
            return 0.0
        now, failing = self._clock.now(), request.sent_at - request.failing_since
        wait = self._pace.wait(request.hold, failing, watching=False)
        if not is_recent(request.sent_at, now, timedelta(seconds=wait)):
            return 0.0
        return wait - (now - request.sent_at).total_seconds()

    async def _settled_by(self, holdings: Holdings, request: SnapshotRequest) -> bool:
        """Take the snapshot that our lost attempt made, or end where the name is another's; False: nothing has it."""
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
                accepted = Accepted(at=now, snapshot_id=twin.id, accepted_at=request.sent_at or now)
                await self._saving.save(request, accepted, due_at=now)
                return True
        if twins:
            await self._name_is_taken(request, twins)
        return bool(twins)

    def _listed_before(self, request: SnapshotRequest, holdings: Holdings) -> datetime | None:
        """Return when, by the cloud's clock, the list lacked our name before the attempt; None: that isn't known.

        An attempt of a version that didn't save its look is put on the cloud's clock by what *holdings*, seen just now,
        shows of it.
        """
        if request.looked_at or request.attempted_at is None or holdings.listed_at is None:
            return request.listed_at
        return request.attempted_at + (holdings.listed_at - self._clock.now())

    async def _name_is_taken(self, request: SnapshotRequest, twins: list[Snapshot]) -> None:
        """End *request*: the cloud has room for one snapshot of this name, and that one isn't ours."""
        same = any(twin.name == request.name for twin in twins)
        shown = request.name if same else f"{twins[0].name}, written differently"
        await self._saving.fail(
            request,
            f"A snapshot with this name exists (names ignore case): {shown}; it isn't of this request.",
            "Ask again with another name.",
        )
