"""Who may do what, and what holds for which cluster."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime
from typing import Final

from bot.core.grants import Grant, Rights, Role
from bot.core.ids import Principal, UserId
from bot.core.right_changes import RightChange, RuleChange
from bot.core.scope import Named, Scope, scopes_of
from bot.core.scoped_rules import ScopeRule
from bot.store import right_columns
from bot.store.right_columns import GRANT_COLUMNS, GRANT_KEY
from bot.store.sqlite import rows

# Index searches instead of one OR, which would read the whole table. A cluster is in the scopes that are named.
_RIGHTS: Final = """
    SELECT * FROM grants WHERE rowid IN (
        SELECT rowid FROM grants
            WHERE cloud IN (:cloud, '*') AND cluster IN (SELECT value FROM json_each(:clusters))
            AND role IN (SELECT value FROM json_each(:roles))
        UNION SELECT rowid FROM grants INDEXED BY grants_of_admins WHERE role = 'admin'
        UNION SELECT rowid FROM grants INDEXED BY grants_denied_to_groups
            WHERE holder_kind = 'group' AND denies = 1
        {of_holders}
    ) AND (until IS NULL OR until > :now) ORDER BY granted_at, rowid
"""
_OF_HOLDER: Final = "UNION SELECT rowid FROM grants WHERE holder = :holder{0} AND holder_kind = :kind{0}"
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
    values: dict[str, str | None] = {
        "now": rows.text(now),
        "cloud": None,
        "clusters": "[]",
        "roles": json.dumps([*roles]),
    }
    statement = _ALL
    if cluster is not None or holders:
        if cluster is not None:
            values |= {"cloud": cluster.ref.cloud, "clusters": json.dumps(scopes_of(cluster))}
            values["roles"] = json.dumps([*roles])
        for number, holder in enumerate(holders):
            values |= {f"holder{number}": holder.id, f"kind{number}": holder.kind.value}
        of_holders = " ".join(_OF_HOLDER.format(number) for number in range(len(holders)))
        statement = _RIGHTS.format(of_holders=of_holders)
    return Rights(grants=tuple(right_columns.grant(row) for row in connection.execute(statement, values).fetchall()))


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
