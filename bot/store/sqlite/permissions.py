"""Who may do what, and what holds for which cluster."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime
from operator import itemgetter
from typing import Final

from bot.core.grants import Grant, Rights, Role
from bot.core.ids import Principal, UserId
from bot.core.right_changes import RightChange, RuleChange
from bot.core.scope import Named, Scope, scopes_of
from bot.core.scoped_rules import ScopeRule
from bot.store import right_columns
from bot.store.right_columns import GRANT_COLUMNS, GRANT_KEY
from bot.store.sqlite import rows

# Index searches side by side instead of one OR, which would read the whole table. A cluster is in the scopes that are
# named. What two of them find comes twice.
_OF_ADMINS: Final = "SELECT rowid, * FROM grants INDEXED BY grants_of_admins WHERE role = 'admin'"
_DENIED_TO_GROUPS: Final = """
    SELECT rowid, * FROM grants INDEXED BY grants_denied_to_groups WHERE holder_kind = 'group' AND denies = 1
"""
_ON_CLUSTER: Final = """
    SELECT rowid, * FROM grants
        WHERE cloud IN (:cloud, '*') AND cluster IN (SELECT value FROM json_each(:clusters))
        AND role IN (SELECT value FROM json_each(:roles))
"""
_OF_HOLDER: Final = "SELECT rowid, * FROM grants WHERE holder = :holder{0} AND holder_kind = :kind{0}"
_AMONG: Final = """
    SELECT * FROM grants WHERE rowid IN (
        SELECT rowid FROM grants INDEXED BY grants_of_many
            WHERE holder_kind <> 'person' AND cloud IN (:cloud, '*')
            AND cluster IN (SELECT value FROM json_each(:clusters))
        UNION SELECT rowid FROM grants
            WHERE holder IN (SELECT value FROM json_each(:users)) AND holder_kind = 'person'
            AND +cloud IN (:cloud, '*') AND +cluster IN (SELECT value FROM json_each(:clusters))
    ) AND (until IS NULL OR until > :now) ORDER BY granted_at, rowid
"""
_ALL: Final = "SELECT * FROM grants WHERE until IS NULL OR until > :now ORDER BY granted_at, rowid"
_PUT: Final = f"""
    INSERT INTO grants ({", ".join(GRANT_COLUMNS)}) VALUES ({", ".join(f":{c}" for c in GRANT_COLUMNS)})
    ON CONFLICT ({", ".join(GRANT_KEY)}) DO UPDATE SET
        until = excluded.until, reason = excluded.reason, quiet = excluded.quiet,
        granted_by = excluded.granted_by, granted_at = excluded.granted_at, cluster_name = excluded.cluster_name
"""  # noqa: S608 -- our own names


def rights(
    connection: sqlite3.Connection,
    now: datetime,
    cluster: Named | None,
    roles: Collection[Role],
    holders: Collection[Principal],
) -> Rights:
    """Return what holds *now* of *roles* on *cluster* or of *holders*, and every admin grant (neither: all).

    The oldest is first.
    """
    if cluster is None and not holders:
        return Rights(
            tuple(right_columns.grant(row) for row in connection.execute(_ALL, {"now": rows.text(now)}).fetchall())
        )
    parts, values = [_OF_ADMINS, _DENIED_TO_GROUPS], dict[str, str]()
    if cluster is not None:
        parts.append(_ON_CLUSTER)
        values |= {
            "cloud": cluster.ref.cloud,
            "clusters": json.dumps(scopes_of(cluster)),
            "roles": json.dumps([*roles]),
        }
    for number, holder in enumerate(holders):
        parts.append(_OF_HOLDER.format(number))
        values |= {f"holder{number}": holder.id, f"kind{number}": holder.kind.value}
    at = rows.text(now)
    seen = connection.execute(" UNION ALL ".join(parts), values).fetchall()
    found = {row["rowid"]: row for row in seen if row["until"] is None or row["until"] > at}
    return Rights(
        tuple(right_columns.grant(row) for row in sorted(found.values(), key=itemgetter("granted_at", "rowid")))
    )


def among(connection: sqlite3.Connection, now: datetime, cluster: Named, users: Collection[UserId]) -> Rights:
    """Return what holds *now* on *cluster* of *users*, of groups and of everyone, the oldest first."""
    values = {
        "now": rows.text(now),
        "cloud": cluster.ref.cloud,
        "clusters": json.dumps(scopes_of(cluster)),
        "users": json.dumps([*users]),
    }
    return Rights(grants=tuple(right_columns.grant(row) for row in connection.execute(_AMONG, values).fetchall()))


def every(connection: sqlite3.Connection) -> tuple[Grant, ...]:
    """Return every grant, those that have ended, too, the oldest first."""
    found = connection.execute("SELECT * FROM grants ORDER BY granted_at, rowid")
    return tuple(right_columns.grant(row) for row in found.fetchall())


def change(connection: sqlite3.Connection, made: RightChange) -> None:
    """Make one change of a grant or a rule."""
    if isinstance(made, RuleChange):
        _set_rule(connection, made.scope, made.after)
    elif made.after is not None:
        connection.execute(_PUT, rows.values(right_columns.of_grant(made.after)))
    else:
        connection.execute("DELETE FROM grants WHERE id = ?", (made.grant.id,))


def covering_rules(connection: sqlite3.Connection, cluster: Named) -> list[tuple[Scope, ScopeRule]]:
    """Return the rules of the scopes that cover *cluster*."""
    found = connection.execute(
        "SELECT * FROM rules WHERE cloud IN (?, '*') AND cluster IN (SELECT value FROM json_each(?))",
        (cluster.ref.cloud, json.dumps(scopes_of(cluster))),
    )
    return [right_columns.scope_rule(row) for row in found.fetchall()]


def rules(connection: sqlite3.Connection) -> dict[Scope, ScopeRule]:
    """Return every rule that was set."""
    found = connection.execute("SELECT * FROM rules ORDER BY cloud, cluster")
    return dict(right_columns.scope_rule(row) for row in found.fetchall())


def _set_rule(connection: sqlite3.Connection, scope: Scope, rule: ScopeRule | None) -> None:
    """Set the rule of *scope*, or remove it."""
    connection.execute("DELETE FROM rules WHERE cloud = ? AND cluster = ?", (scope.cloud, scope.cluster))
    if rule is not None:
        connection.execute(
            "INSERT INTO rules (cloud, cluster, approval, channel, set_by, set_at) "
            "VALUES (:cloud, :cluster, :approval, :channel, :set_by, :set_at)",
            rows.values(right_columns.of_rule(scope, rule)),
        )


def name_groups(connection: sqlite3.Connection) -> bool:
    """Say whether a grant or a rule names a user group."""
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM grants WHERE holder_kind = 'group') "
        "OR EXISTS (SELECT 1 FROM rules WHERE approval LIKE '%\"group\"%')"
    )
    return bool(found.fetchone()[0])
