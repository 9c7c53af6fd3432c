"""Handing out rights and setting rules, for the command line. Each change is on record."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, TypeAlias

from bot.core.approval import ApprovalRule
from bot.core.errors import BotError
from bot.core.freezes import is_ever_open
from bot.core.grants import Grant, Rights, Role, Terms, keeps_an_admin
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, GrantId, Principal, UserId
from bot.core.person import EVERYONE
from bot.core.phrase import Phrase
from bot.core.record import Entry, as_facts, stated
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.ports import Allowed, RightsStore

Able: TypeAlias = Callable[[Collection[UserId]], Awaitable[Collection[UserId]]]

_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


class NeverOpen(BotError):
    """The closed windows of a rule leave no time in which something may start."""

    phrase = Phrase("never-open")


class Administration:
    """Grants and cluster rules; *by* names who does it, as the audit log shall show it; *admins* are so by setting.

    *able* says who of some people can act now, so that an admin who is deactivated counts as none; None: all count.
    """

    def __init__(
        self, *, store: RightsStore, by: str, admins: Collection[UserId] = (), able: Able | None = None
    ) -> None:
        self._able = able
        self._admins = frozenset(admins)
        self._store = store
        self._clock = store.clock
        self.by = by

    async def grant(
        self, who: Principal, role: Role, scope: Scope, terms: Terms, *, denies: bool = False, cluster_name: str = ""
    ) -> tuple[Grant | None, Grant]:
        """Give *who* a *role* on *scope*, or deny it; return what was kept of that before, and what is kept now.

        Raises:
            NoAdminLeft: nobody would be left who is an admin of every cluster.
        """
        now = self._clock.now()
        wanted = Grant(who, role, scope, self.by, now, cluster_name=cluster_name, denies=denies, terms=terms)
        kept = next((g for g in await self._store.grants() if g.key == wanted.key), None)
        wanted = replace(wanted, id=kept.id if kept else _draw_id())
        entry, allowed = self._entry("grant.added", now, _facts(wanted)), await self._allowed(role)
        found = await self._store.grant(wanted, entry, allowed=allowed)
        if found is wanted:
            return None, wanted
        return found, found if found.terms == terms else wanted

    async def revoke(self, who: Principal, role: Role | None, scope: Scope, *, denies: bool = False) -> int:
        """Take back *role* (None: every role) of *who* on exactly *scope*; return how many grants there were.

        Raises:
            NoAdminLeft: as `grant`.
        """
        there = [g for g in await self._store.grants() if (g.holder, g.scope, g.denies) == (who, scope, denies)]
        return sum([await self._take_back(g) for g in there if role in (None, g.role)])

    async def revoke_one(self, grant: GrantId) -> Grant | None:
        """Take back one grant and return it; None: it isn't there.

        Raises:
            NoAdminLeft: as `grant`.
        """
        found = next((g for g in await self._store.grants() if g.id == grant), None)
        return found if found and await self._take_back(found) else None

    async def _take_back(self, grant: Grant) -> bool:
        entry = self._entry("grant.removed", self._clock.now(), _facts(grant))
        return await self._store.revoke(grant.id, entry, allowed=await self._allowed(grant.role))

    async def _allowed(self, role: Role) -> Allowed:
        """Return what checks, in the transaction of a change of grants of *role*, that an admin stays who can act."""
        able: Collection[UserId] | None = None
        if role is Role.ADMIN and self._able is not None:
            able = await self._able({*Rights(await self._store.grants()).all_admins, *self._admins})

        def check(before: Rights, after: Rights) -> None:
            keeps_an_admin(replace(before, admins=self._admins), replace(after, admins=self._admins), able)

        return check

    async def rule(
        self, scope: Scope, *, channel: ChannelId | None = None, **approval: Any
    ) -> tuple[ScopeRule, ScopeRule]:
        """Change what is given of the rule of *scope* (*approval*: fields of its ApprovalRule; none: it stays).

        Return the rule before and after.

        Raises:
            NeverOpen: nothing could ever start by it.
        """
        before = (await self._store.rules()).get(scope, ScopeRule())
        wanted = replace(before.approval or ApprovalRule(), **approval) if approval else before.approval
        if wanted is not None and not is_ever_open(wanted):
            raise NeverOpen(f"nothing could start on {scope}")
        after = replace(before, approval=wanted, channel=channel or before.channel)
        if after != before:
            now = self._clock.now()
            after = replace(after, set_by=self.by, set_at=now)
            await self._set(scope, before, after)
        return before, after

    async def remove_rule(self, scope: Scope) -> ScopeRule | None:
        """Remove the rule of *scope*, so that a wider one holds, and return it; None where there was none."""
        before = (await self._store.rules()).get(scope)
        if before is not None:
            await self._set(scope, before, None)
        return before

    async def _set(self, scope: Scope, before: ScopeRule, after: ScopeRule | None) -> None:
        detail = stated(cloud=scope.cloud, cluster=scope.cluster, before=as_facts(before), after=as_facts(after))
        ref = ClusterRef(CloudName(scope.cloud), ClusterId(scope.cluster)) if scope.beginning is None else None
        action = "rule.set" if after else "rule.removed"
        await self._store.set_rule(scope, after, self._entry(action, self._clock.now(), detail, ref))

    def _entry(self, action: str, at: datetime, detail: str, ref: ClusterRef | None = None) -> Entry:
        return Entry(at=at, actor=self.by, action=action, cluster=ref, detail=detail)


def _facts(grant: Grant) -> str:
    terms = grant.terms
    return stated(
        grant=grant.id,
        holder="everyone" if grant.holder == EVERYONE else grant.holder.id,
        role=grant.role,
        cloud=grant.scope.cloud,
        cluster=grant.scope.cluster,
        denies="yes" if grant.denies else None,
        until=terms.until.isoformat() if terms.until else None,
        reason=terms.reason,
        quiet="yes" if terms.quiet else None,
    )


def _draw_id() -> GrantId:
    return GrantId("G-" + "".join(secrets.choice(_ALPHABET) for _ in range(8)))
