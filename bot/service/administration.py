"""Handing out rights and setting rules, for the command line, a file and Slack. Each change is on record."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from bot.core.approval import ApprovalRule
from bot.core.errors import BotError
from bot.core.freezes import is_ever_open
from bot.core.grants import Grant, Rights, Role, Terms, keeps_an_admin
from bot.core.ids import ChannelId, GrantId, Principal, UserId
from bot.core.phrase import Phrase
from bot.core.record import Entry, Fact, stated
from bot.core.right_changes import (
    OF_ADMINS,
    GrantChange,
    RightChange,
    RightsPart,
    RightsState,
    RuleChange,
    changed,
    changes,
)
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.ports import RightsStore
from bot.service.undoing import LastChange

Able: TypeAlias = Callable[[Collection[UserId]], Awaitable[Collection[UserId]]]
Check: TypeAlias = Callable[[RightsState], None]

_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class NeverOpen(BotError):
    """The closed windows of a rule leave no time in which something may start."""

    phrase = Phrase("never-open")


class ChangedSince(BotError):
    """What was to be undone isn't as that change left it, or it was undone and done again already."""

    phrase = Phrase("changed-since")


class Administration:
    """Grants and rules; *by* names who does it, as the audit log shall show it; *admins* are so by setting.

    *able* says who of some people can act now, so that an admin who is deactivated counts as none; None: all count.
    *check* gets what there is in the transaction of each change; what it raises changes nothing. *team* is that of a
    Slack user.
    """

    def __init__(
        self,
        *,
        store: RightsStore,
        by: str,
        team: str = "",
        admins: Collection[UserId] = (),
        able: Able | None = None,
        check: Check | None = None,
    ) -> None:
        self._able = able
        self._admins = frozenset(admins)
        self._store = store
        self._clock = store.clock
        self._check = check
        self._team = team
        self.by = by

    async def grant(
        self, who: Principal, role: Role, scope: Scope, terms: Terms, *, denies: bool = False, cluster_name: str = ""
    ) -> tuple[Grant | None, Grant]:
        """Give *who* a *role* on *scope*, or deny it; return what was kept of that before, and what is kept now.

        Raises:
            NoAdminLeft: nobody would be left who is an admin of every cluster.
        """
        (kept,) = await self.grant_all([who], role, scope, terms, denies=denies, cluster_name=cluster_name)
        return kept

    async def grant_all(
        self,
        people: Collection[Principal],
        role: Role,
        scope: Scope,
        terms: Terms,
        *,
        denies: bool = False,
        cluster_name: str = "",
    ) -> list[tuple[Grant | None, Grant]]:
        """Give or deny it to each of *people*, to all or to nobody; return of each what `grant` returns.

        Raises:
            NoAdminLeft: as `grant`.
        """
        now = self._clock.now()
        wanted = [Grant(who, role, scope, self.by, now, cluster_name, denies, terms, draw_grant_id()) for who in people]

        def given(state: RightsState) -> RightsState:
            there = [(grant, state.grants.get(grant.key)) for grant in wanted]
            others = [(grant, kept) for grant, kept in there if kept is None or kept.terms != terms]
            return state.with_grants(replace(grant, id=kept.id) if kept else grant for grant, kept in others)

        part = RightsPart(keys={grant.key for grant in wanted})
        before, after = await self.change(given, part, admins=role is Role.ADMIN)
        return [(before.grants.get(grant.key), after.grants[grant.key]) for grant in wanted]

    async def revoke(self, who: Principal, role: Role | None, scope: Scope, *, denies: bool = False) -> int:
        """Take back *role* (None: every role) of *who* on exactly *scope*; return how many grants there were.

        Raises:
            NoAdminLeft: as `grant`.
        """

        def is_meant(grant: Grant) -> bool:
            return (grant.holder, grant.scope, grant.denies) == (who, scope, denies) and role in (None, grant.role)

        part = RightsPart(keys={(who, each, scope, denies) for each in Role})
        before, after = await self.change(lambda state: state.without_grants(is_meant), part)
        return len(before.grants) - len(after.grants)

    async def revoke_one(self, grant: GrantId) -> Grant | None:
        """Take back one grant and return it; None: it isn't there.

        Raises:
            NoAdminLeft: as `grant`.
        """
        part = RightsPart(ids={grant})
        before, _ = await self.change(lambda state: state.without_grants(lambda g: g.id == grant), part)
        return before.by_id(grant)

    async def rule(
        self, scope: Scope, *, channel: ChannelId | None = None, **approval: Any
    ) -> tuple[ScopeRule, ScopeRule]:
        """Change what is given of the rule of *scope* (*approval*: fields of its ApprovalRule; none: it stays).

        A *channel* of "" is none of its own. Return the rule before and after.

        Raises:
            NeverOpen: nothing could ever start by it.
        """
        now = self._clock.now()

        def ruled(state: RightsState) -> RightsState:
            before = state.rules.get(scope, ScopeRule())
            wanted = replace(before.approval or ApprovalRule(), **approval) if approval else before.approval
            sent = before.channel if channel is None else channel or None
            if (wanted, sent) == (before.approval, before.channel):
                return state
            says_something = wanted is not None or sent is not None
            return state.with_rule(scope, ScopeRule(wanted, sent, self.by, now) if says_something else None)

        before, after = await self.change(ruled, RightsPart(rules={scope}), admins=False)
        return before.rules.get(scope, ScopeRule()), after.rules.get(scope, ScopeRule())

    async def remove_rule(self, scope: Scope) -> ScopeRule | None:
        """Remove the rule of *scope*, so that a wider one holds, and return it; None where there was none."""
        part = RightsPart(rules={scope})
        before, _ = await self.change(lambda state: state.with_rule(scope, None), part, admins=False)
        return before.rules.get(scope)

    async def undo(self, last: LastChange) -> None:
        """Take back *last*, whole and alone.

        Raises:
            ChangedSince: something of it isn't as it left it, or it is the undoing of an undoing.
            NoAdminLeft: as `grant`.
        """
        if last.is_redone:
            raise ChangedSince("it was undone and done again", phrase=Phrase("undone-twice"))

        def undone(state: RightsState) -> RightsState:
            if not all(change.is_there(state) for change in last.changes):
                raise ChangedSince(f"entry {last.number}")
            return changed(state, (change.back() for change in reversed(last.changes)))

        rules = {change.scope for change in last.changes if isinstance(change, RuleChange)}
        keys = {change.grant.key for change in last.changes if isinstance(change, GrantChange)}
        part, again = RightsPart(keys=keys, rules=rules), "yes" if last.undoes else None
        await self.change(undone, part, undoes=last.number, again=again)

    async def change(
        self,
        wanted: Callable[[RightsState], RightsState],
        part: RightsPart | None = None,
        *,
        admins: bool = True,
        **facts: Fact,
    ) -> tuple[RightsState, RightsState]:
        """Make of what there is in *part* (None: of all) what *wanted* returns for it, in one transaction; return both.

        Each change has an entry with *facts*; several have one "change" there, and how many they are. With *admins*
        False no admin can be lost by it.

        Raises:
            NoAdminLeft: as `grant`. NeverOpen: as `rule`. And what *wanted* and the check raise.
        """
        able: Collection[UserId] | None = None
        if admins and self._able is not None:
            given = await self._store.rights_state(OF_ADMINS)
            able = await self._able({*Rights((*given.grants.values(),)).all_admins, *self._admins})
        sides: list[RightsState] = []

        def plan(before: RightsState) -> list[tuple[RightChange, Entry]]:
            if self._check:
                self._check(before)
            after, now = wanted(before), self._clock.now()
            made = list(changes(before, after))
            for change in made:
                rule = change.after.approval if isinstance(change, RuleChange) and change.after else None
                if rule is not None and not is_ever_open(rule):
                    raise NeverOpen(f"nothing could start on {change.scope}")
            if any(isinstance(c, GrantChange) and c.grant.role is Role.ADMIN for c in made):
                keeps_an_admin(self._admin_rights(before, now), self._admin_rights(after, now), able)
            together: dict[str, Fact] = {"change": _draw("C"), "changes": len(made)} if len(made) > 1 else {}
            sides[:] = before, after
            return [
                (
                    c,
                    Entry(
                        now, self.by, c.action, cluster=c.cluster, team=self._team, detail=_detail(c, facts, together)
                    ),
                )
                for c in made
            ]

        await self._store.change_rights(plan, part=part)
        before, after = sides
        return before, after

    def _admin_rights(self, state: RightsState, now: datetime) -> Rights:
        of_admins = (g for g in state.grants.values() if g.role is Role.ADMIN and not g.has_ended(now))
        return Rights(tuple(of_admins), admins=self._admins)


def _detail(change: RightChange, *more: Mapping[str, Fact]) -> str:
    facts = change.facts()
    for others in more:
        facts |= others
    return stated(**facts)


def draw_grant_id() -> GrantId:
    """Return an id for a new grant."""
    return GrantId(_draw("G"))


def _draw(kind: str) -> str:
    return f"{kind}-" + "".join(secrets.choice(_ALPHABET) for _ in range(8))
