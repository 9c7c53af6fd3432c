"""Who acts, and whether they may: the one place where the use cases check rights."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from bot.core.access import Action, Decision, NotAllowed, Person, Reason, Rights, Standing, decide, no_member
from bot.core.errors import NotFound
from bot.core.ids import Actor, ClusterRef, RequestId, UserId
from bot.core.record import Entry
from bot.core.request import SnapshotRequest
from bot.ports import People, Store


class Authority:
    """Standing and rights of who acts, looked up again at each step; refusals are recorded with their rule."""

    def __init__(self, *, store: Store, people: People, admins: Collection[UserId]) -> None:
        self._store = store
        self._people = people
        self._clock = store.clock
        self._admins = frozenset(admins)

    async def person(self, actor: Actor, *, fresh: bool = False) -> Person:
        """Return who *actor* is; whose home is another workspace is an outsider, even if Slack calls them a member."""
        person = await self._people.person(actor.user, fresh=fresh)
        if actor.team != self._people.team and person.standing is Standing.MEMBER:
            return replace(person, standing=Standing.OUTSIDER)
        return person

    async def rights(self, *, cluster: ClusterRef | None = None, person: Person | None = None) -> Rights:
        """Return the stored rights on *cluster* or of *person*, together with the admins whom the settings name."""
        rights = await self._store.rights(cluster=cluster, holders=person.principals if person else ())
        return replace(rights, admins=rights.admins | self._admins)

    async def member(self, actor: Actor, action: Action) -> Person:
        """Return who *actor* is, if they may act here at all; a refusal is recorded, then raised.

        Asked also before somebody hears that something isn't there: it would tell them what is.

        Raises:
            NotAllowed: only active members of the workspace act.
        """
        person = await self.person(actor)
        if refusal := no_member(person, action):
            await self._record_refusal(refusal)
            raise NotAllowed(refusal)
        return person

    async def require(
        self,
        actor: Actor,
        action: Action,
        ref: ClusterRef,
        *,
        cluster_name: str,
        fresh: bool = True,
    ) -> Decision:
        """Return why *actor* may take *action* on *ref*; a refusal is recorded, then raised.

        *fresh* asks Slack again who they are: always where something is changed, never needed to show something.

        Raises:
            NotAllowed: they may not.
        """
        person = await self.person(actor, fresh=fresh)
        decision = decide(await self.rights(cluster=ref), person, action, ref, cluster_name=cluster_name)
        if not decision.allowed:
            await self._record_refusal(decision, ref)
            raise NotAllowed(decision)
        return decision

    async def request(self, actor: Actor, request_id: RequestId, action: Action) -> tuple[SnapshotRequest, Decision]:
        """Return the request and why *actor* may take *action* on it; a refusal is recorded, then raised.

        It is the one way to a request that somebody names, so that who is no member learns of none whether it exists.

        Raises:
            NotFound: there is none, or they may neither withdraw nor see it. NotAllowed: they may not.
        """
        request = await self._store.get(request_id)
        if request is None:
            await self.member(actor, action)
            raise NotFound(f"no request {request_id}")
        person = await self.person(actor, fresh=action is not Action.VIEW)
        rights = await self.rights(cluster=request.cluster)
        decision = request.decide(rights, person, action)
        if not decision.allowed:
            await self._record_refusal(decision, request.cluster, request)
            is_others = decision.reason is Reason.NOT_THE_REQUESTER
            if is_others and not request.decide(rights, person, Action.VIEW).allowed:
                raise NotFound(f"not for {actor.user}: {request_id}")  # "not yours" would say that it exists
            raise NotAllowed(decision)
        return request, decision

    async def _record_refusal(
        self, decision: Decision, ref: ClusterRef | None = None, request: SnapshotRequest | None = None
    ) -> None:
        await self.refused(decision.person.user, decision.action, decision.reason, ref, request)

    async def refused(
        self,
        user: UserId,
        action: Action,
        rule: str,
        ref: ClusterRef | None = None,
        request: SnapshotRequest | None = None,
    ) -> None:
        """Record that *user* was refused *action* by *rule*."""
        await self._store.refuse(
            Entry(
                at=self._clock.now(),
                actor=user,
                action="ask.refused" if action is Action.REQUEST else f"{action}.refused",
                rule=rule,
                request_id=request.id if request else None,
                cluster=ref,
            )
        )
