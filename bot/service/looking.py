"""Looking at requests: one for review, many for lists, App Home."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.core.access import Action, Decision, Person, Role, decide
from bot.core.ids import Actor, ClusterRef, RequestId, UserId
from bot.core.request import FINAL, OPEN, SnapshotRequest, State
from bot.core.snapshot import latest
from bot.inventory import Inventory
from bot.ports import Facts, MessageKind, Store
from bot.service.asking import Asking
from bot.service.gate import Gate


@dataclass(frozen=True, slots=True)
class Review:
    """A request with what the person who looks may do to it, and why (or why not)."""

    facts: Facts
    approve: Decision
    withdraw: Decision


@dataclass(frozen=True, slots=True)
class Overview:
    """What App Home shows to one person."""

    person: Person
    waiting_for_me: tuple[Facts, ...]
    mine: tuple[Facts, ...]
    recent: tuple[Facts, ...]
    may_request: bool
    admins: tuple[UserId, ...]


class Looking:
    """What a person may see, gathered without asking the cloud."""

    def __init__(self, *, gate: Gate, store: Store, inventory: Inventory, asking: Asking) -> None:
        self._gate = gate
        self._store = store
        self._inventory = inventory
        self._asking = asking

    async def facts(self, request: SnapshotRequest) -> Facts:
        """Gather what a card of *request* is drawn from, without asking the cloud."""
        rights = await self._gate.rights(cluster=request.cluster)
        holdings = self._inventory.known(request.cluster.cloud)
        card = await self._store.message(request.id, MessageKind.CARD)
        return Facts(
            request=request,
            approvers=tuple(u for u in rights.holders(Role.APPROVE, request.cluster) if u != request.requester),
            admins=rights.all_admins,
            cluster=self._inventory.cluster(request.cluster),
            last_snapshot=latest(holdings.snapshots, request.cluster.id) if holdings else None,
            card=card.ref if card else None,
        )

    async def review(self, actor: Actor, request_id: RequestId) -> Review:
        """Return a request with what *actor* may do to it.

        Raises:
            NotFound: there is none. Refused: *actor* may not see it.
        """
        request = await self._gate.load(request_id)
        await self._gate.require(
            actor, Action.VIEW, request.cluster, cluster_name=request.cluster_name, request=request
        )
        person = await self._gate.person(actor)
        rights = await self._gate.rights(cluster=request.cluster)

        def may(action: Action) -> Decision:
            return decide(
                rights,
                person,
                action,
                request.cluster,
                cluster_name=request.cluster_name,
                requester=request.requester,
            )

        return Review(facts=await self.facts(request), approve=may(Action.APPROVE), withdraw=may(Action.WITHDRAW))

    async def visible(self, actor: Actor, *, cluster: ClusterRef | None = None, limit: int = 10) -> list[Facts]:
        """Return the newest requests that *actor* may see, of one cluster or of all.

        Raises:
            Refused: *actor* is no active member of the workspace.
        """
        person = await self._gate.member(actor, Action.VIEW)
        found = await self._store.find(cluster=cluster, limit=200)
        return [await self.facts(r) for r in (await self._seen_by(person, found))[:limit]]

    async def _seen_by(self, person: Person, requests: Sequence[SnapshotRequest]) -> list[SnapshotRequest]:
        rights = await self._gate.rights(user=person.user)
        return [r for r in requests if decide(rights, person, Action.VIEW, r.cluster, requester=r.requester).allowed]

    async def overview(self, actor: Actor) -> Overview:
        """Return what App Home shows: what waits for *actor*, their own open ones, and what ended lately."""
        person = await self._gate.person(actor)
        rights = await self._gate.rights(user=actor.user)
        waiting = [
            r
            for r in await self._store.find(states={State.WAITING}, limit=200)
            if decide(rights, person, Action.APPROVE, r.cluster, requester=r.requester).allowed
            and not any(v.user == actor.user for v in r.votes)
        ]
        mine = await self._store.find(states=OPEN, requester=actor.user, limit=10)
        ended = await self._seen_by(person, await self._store.find(states=FINAL, limit=50))
        return Overview(
            person=person,
            waiting_for_me=tuple([await self.facts(r) for r in waiting[:10]]),
            mine=tuple([await self.facts(r) for r in mine]),
            recent=tuple([await self.facts(r) for r in ended[:10]]),
            may_request=bool(await self._asking.askable(actor)),
            admins=rights.all_admins,
        )
