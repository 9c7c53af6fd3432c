"""Who may do what, and what holds for which cluster."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from bot.core.grants import Grant, Rights, Role
from bot.core.ids import Principal, UserId
from bot.core.right_changes import RightChange, RightsPart, RuleChange
from bot.core.scope import EVERY, Named, Scope, scopes_of
from bot.core.scoped_rules import ScopeRule
from bot.store import right_columns
from bot.store.postgres.session import Session
from bot.store.right_columns import GRANT_COLUMNS, GRANT_KEY

_LASTS: Final = "(until IS NULL OR until > (SELECT clock_timestamp()))"
_COVERS: Final = "cloud = ANY(%(clouds)s) AND cluster = ANY(%(clusters)s)"
_SELECT: Final = "SELECT * FROM grants WHERE {where} ORDER BY granted_at, number"
# Index searches instead of one OR, which would read the whole table. A cluster is in the scopes that are named.
_RIGHTS: Final = f"""number IN (
    SELECT number FROM grants WHERE {_COVERS} AND role = ANY(%(roles)s)
    UNION SELECT number FROM grants WHERE role = 'admin'
    UNION SELECT number FROM grants WHERE holder_kind = 'group' AND denies
    UNION SELECT g.number FROM unnest(%(holders)s::text[], %(kinds)s::text[]) AS given (holder, kind)
        JOIN grants g ON g.holder = given.holder AND g.holder_kind = given.kind
) AND {_LASTS}"""  # noqa: S608 -- our own names
_AMONG: Final = f"""number IN (
    SELECT number FROM grants WHERE holder_kind <> 'person' AND {_COVERS}
    UNION SELECT number FROM grants WHERE holder = ANY(%(users)s) AND holder_kind = 'person' AND {_COVERS}
) AND {_LASTS}"""  # noqa: S608 -- our own names
_PART: Final = """number IN (
    SELECT number FROM grants WHERE role = 'admin'
    UNION SELECT g.number FROM unnest(
            %(holders)s::text[], %(kinds)s::text[], %(roles)s::text[], %(clouds)s::text[], %(clusters)s::text[],
            %(denials)s::int[]
        ) AS k (holder, kind, role, cloud, cluster, denies)
        JOIN grants g ON g.holder = k.holder AND g.holder_kind = k.kind AND g.role = k.role
            AND g.cloud = k.cloud AND g.cluster = k.cluster AND g.denies = (k.denies = 1)
    UNION SELECT number FROM grants WHERE id = ANY(%(ids)s)
    UNION SELECT g.number FROM unnest(%(on_clouds)s::text[], %(on_clusters)s::text[]) AS k (cloud, cluster)
        JOIN grants g ON g.cloud = k.cloud AND g.cluster = k.cluster
)"""
_RULES_OF: Final = """
    SELECT r.* FROM unnest(%(on_clouds)s::text[], %(on_clusters)s::text[]) AS k (cloud, cluster)
        JOIN rules r ON r.cloud = k.cloud AND r.cluster = k.cluster
    ORDER BY r.cloud, r.cluster
"""
_OF_ONE: Final = """
    SELECT * FROM grants WHERE holder = %(holder)s AND (
        %(everywhere)s OR (cloud, cluster) IN (SELECT * FROM unnest(%(on_clouds)s::text[], %(on_clusters)s::text[]))
    ) ORDER BY cloud, cluster, role, number LIMIT %(most)s
"""
_ON_ANY: Final = "SELECT * FROM grants ORDER BY cloud, cluster, role, number LIMIT %(most)s"
# Of each scope as many as could be needed: an index search for each, as far as it is read.
_ON_SCOPES: Final = """
    SELECT g.* FROM unnest(%(on_clouds)s::text[], %(on_clusters)s::text[]) WITH ORDINALITY AS k (cloud, cluster, place)
        CROSS JOIN LATERAL (
            SELECT * FROM grants WHERE cloud = k.cloud AND cluster = k.cluster ORDER BY role, number LIMIT %(most)s
        ) AS g
    ORDER BY k.place, g.role, g.number LIMIT %(most)s
"""
# From each scope to the next one, however many grants are on it.
_SCOPES: Final = """
    WITH RECURSIVE firsts AS (
        (SELECT cloud, cluster FROM grants ORDER BY cloud, cluster LIMIT 1)
        UNION ALL SELECT n.* FROM firsts f CROSS JOIN LATERAL (
            SELECT cloud, cluster FROM grants g WHERE (g.cloud, g.cluster) > (f.cloud, f.cluster)
                ORDER BY cloud, cluster LIMIT 1
        ) AS n
    ) SELECT cloud, cluster FROM firsts
"""
_PUT: Final = f"""
    INSERT INTO grants ({", ".join(GRANT_COLUMNS)}) VALUES ({", ".join(f"%({c})s" for c in GRANT_COLUMNS)})
    ON CONFLICT ({", ".join(GRANT_KEY)}) DO UPDATE SET
        until = excluded.until, reason = excluded.reason, quiet = excluded.quiet,
        granted_by = excluded.granted_by, granted_at = excluded.granted_at, cluster_name = excluded.cluster_name
"""  # noqa: S608 -- our own names


def _at(cluster: Named | None) -> dict[str, object]:
    """Return what _COVERS takes; None: no cluster."""
    if cluster is None:
        return {"clouds": [], "clusters": []}
    return {"clouds": [cluster.ref.cloud, EVERY], "clusters": [*scopes_of(cluster)]}


def _found(session: Session, where: str, values: dict[str, object]) -> Rights:
    found = session.rows(_SELECT.format(where=where), values)
    return Rights(grants=tuple(right_columns.grant(row) for row in found))


def rights(session: Session, cluster: Named | None, roles: Collection[Role], holders: Collection[Principal]) -> Rights:
    """Return what holds now of *roles* on *cluster* or of *holders*, and every admin grant (neither: all).

    The oldest is first.
    """
    if cluster is None and not holders:
        return _found(session, _LASTS, {})
    of_holders = {"holders": [h.id for h in holders], "kinds": [h.kind.value for h in holders]}
    return _found(session, _RIGHTS, {**_at(cluster), **of_holders, "roles": [*roles]})


def among(session: Session, cluster: Named, users: Collection[UserId]) -> Rights:
    """Return what holds now on *cluster* of *users*, of groups and of everyone, the oldest first."""
    return _found(session, _AMONG, {**_at(cluster), "users": [*users]})


def every(session: Session) -> tuple[Grant, ...]:
    """Return every grant, those that have ended, too, the oldest first."""
    return _found(session, "true", {}).grants


def some(session: Session, part: RightsPart) -> tuple[Grant, ...]:
    """Return the grants of *part*, the oldest first."""
    names = ("holders", "kinds", "roles", "clouds", "clusters", "denials")
    keys = right_columns.plain_keys(part.keys)
    values = {name: [key[place] for key in keys] for place, name in enumerate(names)}
    return _found(session, _PART, {**values, **_on(part.scopes), "ids": [*part.ids]}).grants


def page(
    session: Session, scopes: Collection[Scope] | None, holder: str, skip: int, limit: int, counted: int
) -> tuple[list[Grant], int]:
    """Return a page of the grants on *scopes* to *holder*, by scope; and how many there are, or *counted* of them."""
    values = {**_on(scopes or ()), "most": max(skip + limit, counted), "holder": holder, "everywhere": scopes is None}
    statement = _OF_ONE if holder else _ON_ANY if scopes is None else _ON_SCOPES
    found = session.rows(statement, values)
    return [right_columns.grant(row) for row in found[skip : skip + limit]], min(len(found), counted)


def scopes(session: Session) -> tuple[Scope, ...]:
    """Return what grants speak of, each once."""
    return tuple(Scope(row["cloud"], row["cluster"]) for row in session.rows(_SCOPES))


def _on(scopes: Collection[Scope]) -> dict[str, object]:
    there = sorted((scope.cloud, scope.cluster) for scope in scopes)
    return {"on_clouds": [cloud for cloud, _ in there], "on_clusters": [cluster for _, cluster in there]}


def one_changes(session: Session) -> None:
    """Let nobody else change rights or rules until the transaction ends: what is planned goes by what there is."""
    session.rows("SELECT pg_advisory_xact_lock(hashtext('snapshot-bot'), hashtext('rights'))")


def change(session: Session, made: RightChange) -> None:
    """Make one change of a grant or a rule."""
    if isinstance(made, RuleChange):
        _set_rule(session, made.scope, made.after)
    elif made.after is not None:
        session.count(_PUT, right_columns.of_grant(made.after))
    else:
        session.count("DELETE FROM grants WHERE id = %(id)s", {"id": made.grant.id})


def covering_rules(session: Session, cluster: Named) -> list[tuple[Scope, ScopeRule]]:
    """Return the rules of the scopes that cover *cluster*."""
    found = session.rows(f"SELECT * FROM rules WHERE {_COVERS}", _at(cluster))  # noqa: S608 -- our own names
    return [right_columns.scope_rule(row) for row in found]


def rules(session: Session, of: Collection[Scope] | None = None) -> dict[Scope, ScopeRule]:
    """Return every rule that was set, or those *of* exactly these scopes."""
    if of is None:
        found = session.rows("SELECT * FROM rules ORDER BY cloud, cluster")
    else:
        found = session.rows(_RULES_OF, _on(of))
    return dict(right_columns.scope_rule(row) for row in found)


def _set_rule(session: Session, scope: Scope, rule: ScopeRule | None) -> None:
    """Set the rule of *scope*, or remove it."""
    where = {"cloud": scope.cloud, "cluster": scope.cluster}
    session.count("DELETE FROM rules WHERE cloud = %(cloud)s AND cluster = %(cluster)s", where)
    if rule is not None:
        session.count(
            "INSERT INTO rules (cloud, cluster, approval, channel, set_by, set_at) "
            "VALUES (%(cloud)s, %(cluster)s, %(approval)s, %(channel)s, %(set_by)s, %(set_at)s)",
            right_columns.of_rule(scope, rule),
        )


def name_groups(session: Session) -> bool:
    """Say whether a grant or a rule names a user group."""
    (found,) = session.rows(
        "SELECT EXISTS (SELECT 1 FROM grants WHERE holder_kind = 'group') "
        "OR EXISTS (SELECT 1 FROM rules WHERE approval LIKE %(named)s) AS named",
        {"named": '%"group"%'},
    )
    return bool(found["named"])
