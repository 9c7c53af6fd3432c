"""What somebody may see, by their rights: which requests, and which of them wait for their vote."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from datetime import datetime

from bot.core.access import Action, no_member
from bot.core.grants import Role
from bot.core.ids import ClusterRef, Principal, RequestId
from bot.core.person import Person
from bot.core.scope import NamedCluster
from bot.core.visible import Portion, Turn, Visible
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.looker import Looker


class Seeing:
    """Looks for requests by somebody's rights, so that a busy cluster of others hides none of theirs."""

    def __init__(self, *, authority: Authority, store: Store) -> None:
        self._authority = authority
        self._store = store

    async def newest(
        self,
        looker: Looker,
        *,
        portion: Portion = Portion.ALL,
        cluster: ClusterRef | None = None,
        since: datetime | None = None,
        limit: int,
    ) -> list[RequestId]:
        """Return at most *limit* requests of *portion* that *looker* may see (on *cluster*), the newest first.

        With *since*, those that were asked for then or later.
        """
        if no_member(looker.person, Action.VIEW):
            return []
        clusters = None if looker.sees_all else await self._clusters(looker, looker.sees)
        visible = Visible(Principal(looker.person.user), clusters)
        return await self._store.newest(visible, portion=portion, cluster=cluster, since=since, limit=limit)

    async def waiting(self, looker: Looker, *, limit: int) -> list[RequestId]:
        """Return at most *limit* requests that wait for a vote of *looker* now, what expires first first."""
        if no_member(looker.person, Action.APPROVE):
            return []
        person, everywhere = looker.person, looker.rights.everywhere(looker.person, Role.APPROVE)
        may = looker.rights.has_on(person, Role.APPROVE)  # a member's own requests are special turns
        clusters = None if everywhere else await self._clusters(looker, may)
        awaits, found = dict[Hashable, bool](), list[RequestId]()
        after: Turn | None = None
        while len(found) < limit:
            turns = await self._store.turns(Visible(None, clusters), person.user, after=after, limit=limit)
            for turn in turns:
                if not (turn.is_special or may(turn.cluster)):
                    continue
                if turn.alike not in awaits:
                    awaits[turn.alike] = await self._awaits(turn.id, person)
                if awaits[turn.alike]:
                    found.append(turn.id)
            if len(turns) < limit:
                break
            after = turns[-1]
        return found[:limit]

    async def _awaits(self, request_id: RequestId, person: Person) -> bool:
        for request in await self._store.load([request_id]):
            return request.awaits(await self._authority.rights_about(request, [person.user]), person)
        return False

    async def _clusters(self, looker: Looker, may: Callable[[NamedCluster], bool]) -> frozenset[NamedCluster]:
        scopes = {g.scope for g in looker.rights.of(looker.person)}
        return frozenset(c for c in await self._store.asked_clusters(scopes) if may(c))
