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
from bot.core.right_changes import RightChange, RightsPart, RuleChange
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
# Each in a search of its own, as above; CROSS JOIN keeps their order. A key's index is that of its UNIQUE.
_PART: Final = """
    SELECT * FROM grants WHERE rowid IN (
        SELECT rowid FROM grants INDEXED BY grants_of_admins WHERE role = 'admin'
        UNION SELECT g.rowid FROM json_each(:keys) AS k CROSS JOIN grants AS g
            ON g.holder = k.value ->> 0 AND g.holder_kind = k.value ->> 1 AND g.role = k.value ->> 2
            AND g.cloud = k.value ->> 3 AND g.cluster = k.value ->> 4 AND g.denies = k.value ->> 5
        UNION SELECT g.rowid FROM json_each(:ids) AS k CROSS JOIN grants AS g ON g.id = k.value
        UNION SELECT g.rowid FROM json_each(:scopes) AS k CROSS JOIN grants AS g
            ON g.cloud = k.value ->> 0 AND g.cluster = k.value ->> 1
    ) ORDER BY granted_at, rowid
"""
_RULES_OF: Final = """
    SELECT r.* FROM json_each(:scopes) AS k CROSS JOIN rules AS r
        ON r.cloud = k.value ->> 0 AND r.cluster = k.value ->> 1
    ORDER BY r.cloud, r.cluster
"""
_BY_SCOPE: Final = """
    SELECT rowid FROM grants INDEXED BY grants_by_cluster {} ORDER BY cloud, cluster, role, rowid LIMIT ?
"""
_ON_SCOPE: Final = _BY_SCOPE.format("WHERE cloud = ? AND cluster = ?")
_ON_ANY: Final = _BY_SCOPE.format("")
# From each scope to the next one, however many grants are on it.
_SCOPES: Final = """
    WITH RECURSIVE firsts (number) AS (
        SELECT * FROM (SELECT rowid FROM grants ORDER BY cloud, cluster LIMIT 1)
        UNION ALL SELECT (
            SELECT n.rowid FROM grants AS n WHERE (n.cloud, n.cluster) > (g.cloud, g.cluster)
                ORDER BY n.cloud, n.cluster LIMIT 1
        ) FROM firsts CROSS JOIN grants AS g ON g.rowid = firsts.number
    )
    SELECT cloud, cluster FROM firsts CROSS JOIN grants AS g ON g.rowid = firsts.number
"""
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


def some(connection: sqlite3.Connection, part: RightsPart) -> tuple[Grant, ...]:
    """Return the grants of *part*, the oldest first."""
    values = {
        "keys": json.dumps(right_columns.plain_keys(part.keys)),
        "ids": json.dumps([*part.ids]),
        "scopes": _written(part.scopes),
    }
    return tuple(right_columns.grant(row) for row in connection.execute(_PART, values).fetchall())


def page(
    connection: sqlite3.Connection, scopes: Collection[Scope] | None, holder: str, skip: int, limit: int, counted: int
) -> tuple[list[Grant], int]:
    """Return a page of the grants on *scopes* to *holder*, by scope; and how many there are, or *counted* of them."""
    if holder:
        held = connection.execute("SELECT * FROM grants WHERE holder = ? ORDER BY rowid", (holder,)).fetchall()
        there = (right_columns.grant(row) for row in held)
        found = [grant for grant in there if scopes is None or grant.scope in scopes]
        found.sort(key=lambda grant: (grant.scope.cloud, grant.scope.cluster, grant.role))
        return found[skip : skip + limit], min(len(found), counted)
    most, numbers = max(skip + limit, counted), list[int]()
    if scopes is None:
        numbers = [row["rowid"] for row in connection.execute(_ON_ANY, (most,)).fetchall()]
    else:
        for scope in sorted((s.cloud, s.cluster) for s in scopes):
            numbers += [row["rowid"] for row in connection.execute(_ON_SCOPE, (*scope, most - len(numbers))).fetchall()]
            if len(numbers) >= most:
                break
    shown = numbers[skip : skip + limit]
    read = "SELECT rowid, * FROM grants WHERE rowid IN (SELECT value FROM json_each(?))"
    by_number = {row["rowid"]: right_columns.grant(row) for row in connection.execute(read, (json.dumps(shown),))}
    return [by_number[number] for number in shown], min(len(numbers), counted)


def scopes(connection: sqlite3.Connection) -> tuple[Scope, ...]:
    """Return what grants speak of, each once."""
    return tuple(Scope(row["cloud"], row["cluster"]) for row in connection.execute(_SCOPES).fetchall())


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


def rules(connection: sqlite3.Connection, of: Collection[Scope] | None = None) -> dict[Scope, ScopeRule]:
    """Return every rule that was set, or those *of* exactly these scopes."""
    if of is None:
        found = connection.execute("SELECT * FROM rules ORDER BY cloud, cluster")
    else:
        found = connection.execute(_RULES_OF, {"scopes": _written(of)})
    return dict(right_columns.scope_rule(row) for row in found.fetchall())


def _written(of: Collection[Scope]) -> str:
    return json.dumps([(scope.cloud, scope.cluster) for scope in of])


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
