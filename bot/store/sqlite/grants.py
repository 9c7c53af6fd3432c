"""Who may do what, and what holds for which cluster."""

from __future__ import annotations

import sqlite3
from typing import Final

from bot.core.access import EVERY, Grant, Rights, Role
from bot.core.approval import ClusterRule
from bot.core.ids import ClusterRef, UserId
from bot.store.sqlite import rows

# Three index searches instead of one OR, which would read the whole table.
_RIGHTS: Final = """
    SELECT * FROM grants WHERE rowid IN (
        SELECT rowid FROM grants
            WHERE :cloud IS NOT NULL AND cloud IN (:cloud, :every) AND cluster IN (:cluster, :every)
        UNION SELECT rowid FROM grants WHERE user = :user
        UNION SELECT rowid FROM grants WHERE role = 'admin'
    ) ORDER BY granted_at, rowid
"""


def rights(connection: sqlite3.Connection, cluster: ClusterRef | None, user: UserId | None) -> Rights:
    """Return the grants on *cluster* or of *user* and every admin grant (both None: all), the oldest first."""
    if cluster is None and user is None:
        found = connection.execute("SELECT * FROM grants ORDER BY granted_at, rowid")
    else:
        cloud, ident = (cluster.cloud, cluster.id) if cluster else (None, None)
        found = connection.execute(_RIGHTS, {"cloud": cloud, "cluster": ident, "user": user, "every": EVERY})
    return Rights(grants=tuple(rows.grant(row) for row in found.fetchall()))


def add(connection: sqlite3.Connection, grant: Grant) -> bool:
    """Keep *grant*; False where the user has this role there."""
    done = connection.execute(
        "INSERT INTO grants (user, role, cloud, cluster, cluster_name, granted_by, granted_at) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (
            grant.user,
            grant.role.value,
            grant.cloud,
            grant.cluster,
            grant.cluster_name,
            grant.granted_by,
            rows.text(grant.granted_at),
        ),
    )
    return done.rowcount == 1


def remove(connection: sqlite3.Connection, user: UserId, role: Role | None, cloud: str, cluster: str) -> int:
    """Delete the user's grants of exactly this scope (*role* None: of every role); return how many there were."""
    done = connection.execute(
        "DELETE FROM grants WHERE user = :user AND cloud = :cloud AND cluster = :cluster "
        "AND role = coalesce(:role, role)",
        {"user": user, "cloud": cloud, "cluster": cluster, "role": role.value if role else None},
    )
    return done.rowcount


def rule(connection: sqlite3.Connection, cluster: ClusterRef) -> ClusterRule:
    """Return the rule of *cluster*, the default rule where none was set."""
    row = connection.execute(
        "SELECT need, channel FROM cluster_rules WHERE cloud = ? AND cluster = ?", (cluster.cloud, cluster.id)
    ).fetchone()
    return ClusterRule(need=row["need"], channel=row["channel"]) if row else ClusterRule()


def set_rule(connection: sqlite3.Connection, cluster: ClusterRef, rule: ClusterRule) -> None:
    """Set the rule of *cluster*."""
    connection.execute(
        "INSERT INTO cluster_rules (cloud, cluster, need, channel) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (cloud, cluster) DO UPDATE SET need = excluded.need, channel = excluded.channel",
        (cluster.cloud, cluster.id, rule.need, rule.channel),
    )
