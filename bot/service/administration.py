"""Handing out rights and setting rules, for the command line. Each change is on record."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from bot.core.access import EVERY, Grant, Role
from bot.core.approval import ClusterRule
from bot.core.ids import ChannelId, ClusterRef, Principal, UserId
from bot.core.record import Entry, stated
from bot.ports import Store


class Administration:
    """Grants and cluster rules; *by* names who does it, as the audit log shall show it."""

    def __init__(self, *, store: Store, by: str) -> None:
        self._store = store
        self._clock = store.clock
        self._by = by

    async def grant(self, user: UserId, role: Role, scope: tuple[str, str], *, cluster_name: str = "") -> bool:
        """Give *user* a *role* on *scope* (cloud, cluster id; `*` is every one); False if they had it already."""
        now = self._clock.now()
        cloud, cluster = scope
        grant = Grant(
            Principal(user), role, cloud, cluster, granted_by=self._by, granted_at=now, cluster_name=cluster_name
        )
        detail = stated(holder=user, role=role, cloud=cloud, cluster=cluster)
        return await self._store.grant(grant, self._entry("grant.added", now, detail))

    async def revoke(self, user: UserId, role: Role | None, scope: tuple[str, str]) -> int:
        """Take back *role* (None: every role) of *user* on exactly *scope*; return how many grants there were."""
        cloud, cluster = scope
        detail = stated(holder=user, role=role or EVERY, cloud=cloud, cluster=cluster)
        return await self._store.revoke(
            Principal(user), role, cloud, cluster, self._entry("grant.removed", self._clock.now(), detail)
        )

    async def rule(
        self, ref: ClusterRef, *, channel: ChannelId | None = None, **approval: Any
    ) -> tuple[ClusterRule, ClusterRule]:
        """Change what is given of the rule of *ref* (*approval*: fields of its ApprovalRule; None leaves one as it is).

        Return the rule before and after.
        """
        before = await self._store.rule(ref)
        given = {field: value for field, value in approval.items() if value is not None}
        after = ClusterRule(replace(before.approval, **given), channel or before.channel)
        if after != before:
            detail = stated(before=asdict(before), after=asdict(after))
            await self._store.set_rule(ref, after, self._entry("rule.set", self._clock.now(), detail, ref))
        return before, after

    def _entry(self, action: str, at: datetime, detail: str, ref: ClusterRef | None = None) -> Entry:
        return Entry(at=at, actor=self._by, action=action, cluster=ref, detail=detail)
