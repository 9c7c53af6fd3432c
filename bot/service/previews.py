"""What a change of rights or rules would do, found before it is saved: tried by the code that makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import Final, TypeVar

from bot.core.approval import name_groups
from bot.core.grants import Grant, Rights
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import ClusterRef, PrincipalKind, UserId
from bot.core.person import Person
from bot.core.request import OPEN, SnapshotRequest
from bot.core.right_changes import RightsPart, RightsState, changed
from bot.core.scope import EVERY, Named, Scope, scopes_of
from bot.core.scoped_rules import ScopeRule
from bot.core.visible import Portion, Visible
from bot.core.whatif import Preview, Situation, compare
from bot.ports import Plan, RightsStore, Store, UserGroups
from bot.service.administration import Administration

T = TypeVar("T")

_AT_ONCE: Final = 200  # requests or people that are read before others have their turn


class Unsaved:
    """Rights and rules of *store* as they would be: what is changed in them is saved nowhere."""

    def __init__(self, store: RightsStore, state: RightsState) -> None:
        self.clock = store.clock
        self.state = state

    async def rights_state(self, part: RightsPart | None = None) -> RightsState:
        """Return what there would be of *part*."""
        return self.state if part is None else self.state.part(part)

    async def change_rights(self, plan: Plan, *, part: RightsPart | None = None) -> None:
        """Make what *plan* returns; as `Store.change_rights`, with nothing on record."""
        self.state = changed(self.state, (made for made, _ in plan(await self.rights_state(part))))


class Previews:
    """Tries changes. *clusters* are those that are known now, *admins* are so by setting."""

    def __init__(
        self,
        *,
        store: Store,
        groups: UserGroups,
        clusters: Collection[Named],
        admins: Collection[UserId],
    ) -> None:
        self._store = store
        self._groups = groups
        self._clusters = clusters
        self._admins = frozenset(admins)

    async def preview(
        self,
        change: Callable[[Administration], Awaitable[T]],
        *,
        by: str = "",
        changer: UserId | None = None,
        scopes: Collection[Scope] = (Scope(),),
    ) -> tuple[T, Preview]:
        """Return what *change*, made by *changer*, would return, and what it would do; nothing is saved.

        *scopes* are all that it is about: of single clusters, no more is read than there is on these.

        Raises:
            NoAdminLeft: and whatever else *change* would raise.
        """
        clusters = {scope.ref for scope in scopes}
        waiting = [request for cluster in clusters for request in await self._waiting(cluster)]
        before = await self._store.rights_state(self._part(clusters, waiting))
        tried = Unsaved(self._store, before)
        done = await change(Administration(store=tried, by=by, admins=self._admins))
        grants, rules = tuple(before.grants.values()), before.rules
        after, rules_after = tuple(tried.state.grants.values()), tried.state.rules
        groups = await self._known_groups((*grants, *after), (*rules.values(), *rules_after.values()))
        now = self._store.clock.now()
        sides = [
            Situation(Rights(tuple(g for g in side if not g.has_ended(now)), self._admins, groups), of)
            for side, of in ((grants, rules), (after, rules_after))
        ]
        found = await asyncio.to_thread(  # many people on many clusters take a second, and nobody else waits for it
            compare,
            *sides,
            clusters=self._clusters,
            waiting=waiting,
            people=await self._people({*grants, *after}, groups, waiting),
            at=now,
            changer=changer,
        )
        return done, found

    async def _waiting(self, cluster: ClusterRef | None) -> list[SnapshotRequest]:
        """Return what can be decided on *cluster*, or (None) anywhere."""
        counts = await self._store.counts()
        most, now = sum(counts[state] for state in OPEN), self._store.clock.now()
        ids = await self._store.newest(Visible(clusters=None), portion=Portion.OPEN, cluster=cluster, limit=most)
        found: list[SnapshotRequest] = []
        for first in range(0, len(ids), _AT_ONCE):
            found += [r for r in await self._store.load(ids[first : first + _AT_ONCE]) if r.can_be_decided(now)]
            await asyncio.sleep(0)
        return found

    def _part(self, clusters: Collection[ClusterRef | None], waiting: Collection[SnapshotRequest]) -> RightsPart | None:
        """Return what covers *clusters*, by each name that these have now or in what is *waiting*; None: everything."""
        if None in clusters:
            return None
        named = [(c.ref, c) for c in self._clusters] + [(r.cluster, r.named) for r in waiting]
        covering = {(ref, cluster) for ref, called in named if ref in clusters for cluster in scopes_of(called)}
        covering |= {(ref, ref.id) for ref in clusters if ref}  # of one that nobody knows now
        scopes = {Scope(cloud, cluster) for ref, cluster in covering for cloud in (ref.cloud, EVERY)}
        return RightsPart(scopes=scopes, rules=scopes)

    async def _known_groups(self, grants: Collection[Grant], rules: Collection[ScopeRule]) -> Groups:
        named = name_groups(grants, [rule.approval for rule in rules if rule.approval])
        return await self._groups.groups(fresh=True) if named else NO_GROUPS

    async def _people(
        self, grants: Collection[Grant], groups: Groups, waiting: Collection[SnapshotRequest]
    ) -> dict[UserId, Person]:
        """Return what is kept of the people in question; Slack isn't asked for all of them."""
        users = {g.holder.user for g in grants if g.holder.kind is PrincipalKind.PERSON}
        users |= {user for group in groups.known.values() for user in group.members}
        users |= {vote.user for request in waiting for vote in request.votes}
        known = []
        for number, user in enumerate(users):
            known.append(await self._store.person(user))
            if number % _AT_ONCE == 0:
                await asyncio.sleep(0)
        return {k.person.user: k.person for k in known if k is not None}
