"""Who acts, and whether they may: the one place where the use cases check rights."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.core.access import Action, Decision, NotAllowed, Person, Reason, Rights, Standing, decide
from bot.core.errors import NotFound
from bot.core.ids import Actor, ClusterRef, RequestId, UserId
from bot.core.record import Entry
from bot.core.request import SnapshotRequest
from bot.ports import Clock, People, Store


class Authority:
    """Standing and rights of whoever acts, looked up anew at each step; refusals are recorded with their rule."""

    def __init__(self, *, store: Store, people: People, clock: Clock, admins: Collection[UserId]) -> None:
        self._store = store
        self._people = people
        self._clock = clock
        self._admins = frozenset(admins)

    async def person(self, actor: Actor, *, fresh: bool = False) -> Person:
        """Return who *actor* is; somebody whose home is another workspace is an outsider whatever Slack says."""
        person = await self._people.person(actor.user, fresh=fresh)
        if actor.team != self._people.team and person.standing is Standing.MEMBER:
            return replace(person, standing=Standing.OUTSIDER)
        return person

    async def rights(self, *, cluster: ClusterRef | None = None, user: UserId | None = None) -> Rights:
        """Return the stored rights together with the admins whom the settings name."""
        rights = await self._store.rights(cluster=cluster, user=user)
        return replace(rights, admins=rights.admins | self._admins)

    async def member(self, actor: Actor, action: Action) -> Person:
        """Return who *actor* is, if they may act here at all; a refusal is recorded, then raised.

        Raises:
            NotAllowed: only active members of the workspace act.
        """
        person = await self.person(actor)
        if person.standing is not Standing.MEMBER:
            decision = Decision(allowed=False, reason=Reason.NOT_A_MEMBER, action=action, person=person)
            await self._record_refusal(decision)
            raise NotAllowed(decision)
        return person

    async def require(
        self,
        actor: Actor,
        action: Action,
        ref: ClusterRef,
        *,
        cluster_name: str,
        request: SnapshotRequest | None = None,
        fresh: bool = True,
    ) -> Decision:
        """Return why *actor* may take *action* on *ref*; a refusal is recorded, then raised.

        *fresh* asks Slack anew who they are: always where something is changed, never needed to show something.

        Raises:
            NotAllowed: they may not.
        """
        person = await self.person(actor, fresh=fresh and action is not Action.VIEW)
        decision = decide(
            await self.rights(cluster=ref),
            person,
            action,
            ref,
            cluster_name=cluster_name,
            requester=request.requester if request else None,
        )
        if not decision.allowed:
            await self._record_refusal(decision, ref, request)
            raise NotAllowed(decision)
        return decision

    async def _record_refusal(
        self, decision: Decision, ref: ClusterRef | None = None, request: SnapshotRequest | None = None
    ) -> None:
        await self._store.record(
            Entry(
                at=self._clock.now(),
                actor=decision.person.user,
                action=f"{decision.action}.refused",
                rule=decision.reason,
                request_id=request.id if request else None,
                cluster=ref,
            )
        )

    async def load(self, request_id: RequestId) -> SnapshotRequest:
        """Return the request.

        Raises:
            NotFound: there is none.
        """
        request = await self._store.get(request_id)
        if request is None:
            raise NotFound(f"no request {request_id}")
        return request
