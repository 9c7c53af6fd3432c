"""Rights, rules and freezes as rows, and back; as `columns` has it of the rest."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import fields
from typing import Final

from bot.core.approval import Meanwhile
from bot.core.freezes import Freeze
from bot.core.grants import Grant, Role, Terms
from bot.core.ids import FreezeId, GrantId, Principal, PrincipalKind
from bot.core.right_changes import GrantKey
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.store import columns, rule_bodies

_FREEZE_ALIKE: Final = [f.name for f in fields(Freeze) if f.name != "scope"]
FREEZE_COLUMNS: Final = (*_FREEZE_ALIKE, "cloud", "cluster")
GRANT_COLUMNS: Final = (
    *("id", "holder", "holder_kind", "role", "cloud", "cluster", "cluster_name", "denies"),
    *("until", "reason", "quiet", "granted_by", "granted_at"),
)
GRANT_KEY: Final = ("holder", "holder_kind", "role", "cloud", "cluster", "denies")


def scope_rule(row: columns.Row) -> tuple[Scope, ScopeRule]:
    """Return the rule in *row*, and for which clusters it is."""
    approval = None if row["approval"] is None else rule_bodies.read(row["approval"])
    rule = ScopeRule(approval, row["channel"], row["set_by"], columns.maybe_time(row["set_at"]))
    return Scope(row["cloud"], row["cluster"]), rule


def of_rule(scope: Scope, rule: ScopeRule) -> dict[str, columns.Plain]:
    """Return the columns of *rule*."""
    return {
        "cloud": scope.cloud,
        "cluster": scope.cluster,
        "approval": rule_bodies.written(rule.approval) if rule.approval else None,
        "channel": rule.channel,
        "set_by": rule.set_by,
        "set_at": rule.set_at,
    }


def grant(row: columns.Row) -> Grant:
    """Return the grant in *row*."""
    return Grant(
        holder=Principal(row["holder"], PrincipalKind(row["holder_kind"])),
        role=Role(row["role"]),
        scope=Scope(row["cloud"], row["cluster"]),
        granted_by=row["granted_by"],
        granted_at=columns.time(row["granted_at"]),
        cluster_name=row["cluster_name"],
        denies=bool(row["denies"]),
        terms=Terms(columns.maybe_time(row["until"]), row["reason"], bool(row["quiet"])),
        id=GrantId(row["id"]),
    )


def plain_keys(keys: Collection[GrantKey]) -> list[tuple[str, str, str, str, str, int]]:
    """Return *keys* as their columns, GRANT_KEY."""
    return [
        (holder.id, holder.kind.value, role.value, scope.cloud, scope.cluster, int(denies))
        for holder, role, scope, denies in keys
    ]


def of_grant(grant: Grant) -> dict[str, columns.Plain]:
    """Return the columns of *grant*."""
    return {
        "id": grant.id,
        "holder": grant.holder.id,
        "holder_kind": grant.holder.kind.value,
        "role": grant.role.value,
        "cloud": grant.scope.cloud,
        "cluster": grant.scope.cluster,
        "cluster_name": grant.cluster_name,
        "denies": grant.denies,
        "until": grant.terms.until,
        "reason": grant.terms.reason,
        "quiet": grant.terms.quiet,
        "granted_by": grant.granted_by,
        "granted_at": grant.granted_at,
    }


def freeze(row: columns.Row) -> Freeze:
    """Return the freeze in *row*."""
    return Freeze(
        id=FreezeId(row["id"]),
        scope=Scope(row["cloud"], row["cluster"]),
        reason=row["reason"],
        set_by=row["set_by"],
        set_at=columns.time(row["set_at"]),
        until=columns.maybe_time(row["until"]),
        meanwhile=Meanwhile(row["meanwhile"]),
        passes_break_glass=bool(row["passes_break_glass"]),
        cluster_name=row["cluster_name"],
        ended_at=columns.maybe_time(row["ended_at"]),
        ended_by=row["ended_by"],
    )


def of_freeze(freeze: Freeze) -> dict[str, columns.Plain]:
    """Return the columns of *freeze*."""
    row = {name: columns.plain(getattr(freeze, name)) for name in _FREEZE_ALIKE}
    return row | {"cloud": freeze.scope.cloud, "cluster": freeze.scope.cluster}
