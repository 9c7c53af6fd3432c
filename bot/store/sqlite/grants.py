"""Who may do what, and what holds for which cluster."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from typing import Final

from bot.core.access import EVERY, Grant, Rights, Role
from bot.core.approval import ClusterRule
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal
from bot.store.sqlite import rows

# Three index searches instead of one OR, which would read the whole table.
_RIGHTS: Final = """
    SELECT * FROM grants WHERE rowid IN (
        SELECT rowid FROM grants
            WHERE :cloud IS NOT NULL AND cloud IN (:cloud, :every) AND cluster IN (:cluster, :every)
        UNION SELECT rowid FROM grants WHERE role = 'admin'
        {of_holders}
    ) ORDER BY granted_at, rowid
"""
_OF_RULE: Final = (*rows.APPROVAL_COLUMNS, "channel")
_OF_HOLDER: Final = "UNION SELECT rowid FROM grants WHERE user = :user{0} AND user_kind = :kind{0}"


def rights(connection: sqlite3.Connection, cluster: ClusterRef | None, holders: Collection[Principal]) -> Rights:
    """Return the grants on *cluster* or of *holders* and every admin grant (neither: all), the oldest first."""
    if cluster is None and not holders:
        found = connection.execute("SELECT * FROM grants ORDER BY granted_at, rowid")
    else:
        cloud, ident = (cluster.cloud, cluster.id) if cluster else (None, None)
        values = {"cloud": cloud, "cluster": ident, "every": EVERY}
        for number, holder in enumerate(holders):
            values |= {f"user{number}": holder.id, f"kind{number}": holder.kind.value}
        of_holders = " ".join(_OF_HOLDER.format(number) for number in range(len(holders)))
        found = connection.execute(_RIGHTS.format(of_holders=of_holders), values)
    return Rights(grants=tuple(rows.grant(row) for row in found.fetchall()))


def add(connection: sqlite3.Connection, grant: Grant) -> bool:
    """Keep *grant*; False where the holder has this role there."""
    done = connection.execute(
        "INSERT INTO grants (user, user_kind, role, cloud, cluster, cluster_name, granted_by, granted_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            grant.holder.id,
            grant.holder.kind.value,
            grant.role.value,
            grant.cloud,
            grant.cluster,
            grant.cluster_name,
            grant.granted_by,
            rows.text(grant.granted_at),
        ),
    )
    return done.rowcount == 1


def remove(connection: sqlite3.Connection, holder: Principal, role: Role | None, cloud: str, cluster: str) -> int:
    """Delete the holder's grants of exactly this scope (*role* None: of every role); return how many there were."""
    done = connection.execute(
        "DELETE FROM grants WHERE user = :user AND user_kind = :kind AND cloud = :cloud AND cluster = :cluster "
        "AND role = coalesce(:role, role)",
        {
            "user": holder.id,
            "kind": holder.kind.value,
            "cloud": cloud,
            "cluster": cluster,
            "role": role.value if role else None,
        },
    )
    return done.rowcount


def rule(connection: sqlite3.Connection, cluster: ClusterRef) -> ClusterRule:
    """Return the rule of *cluster*, the default rule where none was set."""
    row = connection.execute(
        "SELECT * FROM cluster_rules WHERE cloud = ? AND cluster = ?", (cluster.cloud, cluster.id)
    ).fetchone()
    return ClusterRule(rows.approval(row), row["channel"]) if row else ClusterRule()


def rules(connection: sqlite3.Connection) -> dict[ClusterRef, ClusterRule]:
    """Return every rule that was set."""
    found = connection.execute("SELECT * FROM cluster_rules ORDER BY cloud, cluster")
    return {
        ClusterRef(CloudName(row["cloud"]), ClusterId(row["cluster"])): ClusterRule(rows.approval(row), row["channel"])
        for row in found
    }


def set_rule(connection: sqlite3.Connection, cluster: ClusterRef, rule: ClusterRule) -> None:
    """Set the rule of *cluster*."""
    connection.execute(
        f"INSERT INTO cluster_rules (cloud, cluster, {', '.join(_OF_RULE)}) "  # noqa: S608 -- our own names
        f"VALUES (:cloud, :cluster, {', '.join(f':{c}' for c in _OF_RULE)}) "
        f"ON CONFLICT (cloud, cluster) DO UPDATE SET {', '.join(f'{c} = excluded.{c}' for c in _OF_RULE)}",
        rows.approval_row(rule.approval) | {"channel": rule.channel, "cloud": cluster.cloud, "cluster": cluster.id},
    )
