"""What a change of rights or rules would do, found before it is saved: tried by the code that makes it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from bot.core.approval import name_groups
from bot.core.grants import Grant, Rights
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import PrincipalKind, UserId
from bot.core.person import Person
from bot.core.request import SnapshotRequest, State
from bot.core.right_changes import RightsState, changed
from bot.core.scope import Named, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.whatif import Preview, Situation, compare
from bot.ports import Plan, RightsStore, Store, UserGroups
from bot.service.administration import Administration

T = TypeVar("T")


class Unsaved:
    """Rights and rules of *store* as they would be: what is changed in them is saved nowhere."""

    def __init__(self, store: RightsStore, state: RightsState) -> None:
        self.clock = store.clock
        self._state = state

    async def grants(self) -> tuple[Grant, ...]:
        """Return every grant."""
        return tuple(self._state.grants.values())

    async def rules(self) -> dict[Scope, ScopeRule]:
        """Return every rule."""
        return dict(self._state.rules)

    async def rights_state(self) -> RightsState:
        """Return both."""
        return self._state

    async def change_rights(self, plan: Plan) -> None:
        """Make what *plan* returns; as `Store.change_rights`, with nothing on record."""
        self._state = changed(self._state, (made for made, _ in plan(self._state)))


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
        self, change: Callable[[Administration], Awaitable[T]], *, by: str = "", changer: UserId | None = None
    ) -> tuple[T, Preview]:
        """Return what *change*, made by *changer*, would return, and what it would do; nothing is saved.

        Raises:
            NoAdminLeft: and whatever else *change* would raise.
        """
        before = await self._store.rights_state()
        tried = Unsaved(self._store, before)
        done = await change(Administration(store=tried, by=by, admins=self._admins))
        grants, rules = tuple(before.grants.values()), before.rules
        after, rules_after = await tried.grants(), await tried.rules()
        groups = await self._known_groups((*grants, *after), (*rules.values(), *rules_after.values()))
        counts = await self._store.counts()
        now = self._store.clock.now()
        open_ones = await self._store.find(states={State.WAITING}, limit=counts[State.WAITING])
        waiting = [request for request in open_ones if request.can_be_decided(now)]
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
        known = [await self._store.person(user) for user in users]
        return {k.person.user: k.person for k in known if k is not None}
