"""Databases as years of use leave them: made by the project's own migrations, filled by SQL.

A row is drawn by the bot's own code once, and the columns that differ from row to row are put in by number: a column
that was renamed, or that a row lacks, is an error here and not a smaller database.
"""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import universe
from benchmarks.crowd import CLOUD, Crowd, put, sql_cloud
from benchmarks.filled_requests import put_requests
from bot.core.grants import Grant, Role
from bot.core.ids import GrantId, Principal, PrincipalKind, UserId
from bot.core.person import EVERYONE
from bot.core.scope import Scope
from bot.store import made, right_columns
from bot.store.sqlite import rows
from bot.store.sqlite.connecting import connect


def fill(database: Path, crowd: Crowd, *, now: datetime | None = None) -> None:
    """Make *database* and put *crowd* into it, with the measured people's rights.

    Raises:
        ValueError: it has more grants than its people could have, one on each cluster; or the tables are others now.
    """
    if crowd.grants > crowd.people * crowd.clusters:
        raise ValueError(f"{crowd.people} people can't hold {crowd.grants} grants on {crowd.clusters} clusters")
    now = now or datetime.now(UTC)
    asyncio.run(made(f"sqlite:///{database}"))
    with closing(connect(database)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        indexes = _without_indexes(connection)
        connection.execute("BEGIN IMMEDIATE")
        _grants(connection, crowd, now)
        put_requests(connection, crowd, now)
        for statement in indexes:
            connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _without_indexes(connection: sqlite3.Connection) -> list[str]:
    """Drop what would have to be sorted into for each row, and return the statements that make it again."""
    found = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        " AND tbl_name IN ('requests', 'grants', 'votes', 'messages', 'audit')"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}")
    return [sql for _, sql in found]


def _grants(connection: sqlite3.Connection, crowd: Crowd, now: datetime) -> None:
    """Give each of many people as many clusters, and the measured ones theirs.

    One of a hundred may approve, but for their first cluster: on that one everybody has asked for a snapshot. Who may
    approve is spread over all clusters.
    """

    def grant(holder: str, role: Role, scope: Scope, kind: PrincipalKind = PrincipalKind.PERSON) -> Grant:
        number = next(numbers)
        return Grant(Principal(holder, kind), role, scope, UserId(universe.ADMIN), now, id=GrantId(f"G-M{number:06}"))

    numbers = iter(range(10_000))
    # What people hold by groups is about clusters that none of the measured answers shows.
    groups = universe.GROUPS if crowd.in_groups else ()
    measured = [
        grant(universe.EVERYTHING, Role.APPROVE, Scope()),
        *(grant(universe.TWENTY, Role.APPROVE, _of(n)) for n in range(20)),
        grant(universe.ONE, Role.REQUEST, _of(0)),
        *(grant(universe.approver(n), Role.APPROVE, Scope()) for n in range(crowd.approvers)),
        *([grant(EVERYONE.id, Role.REQUEST, Scope(), EVERYONE.kind)] if crowd.all_ask else []),
        *(grant(group, Role.AUDIT, Scope("elsewhere", "x"), PrincipalKind.GROUP) for group in groups),
    ]
    for one in measured:
        row = rows.values(right_columns.of_grant(one))
        connection.execute(
            f"INSERT INTO grants ({', '.join(row)}) VALUES ({', '.join(f':{name}' for name in row)})", row
        )
    each = max(1, crowd.grants // crowd.people)
    about = f"(n / {each})"  # whose it is
    may_approve = f"({about} % 100 = 0 AND n % {each})"
    apart = f"({may_approve} * ({about} / 100))"
    cluster = f"(({about} * 7 + (n % {each}) * {max(1, crowd.clusters // each)} + {apart}) % {crowd.clusters})"
    spread = {
        "id": "printf('G-%08d', n)",
        "holder": f"printf('U0P%07d', {about})",
        "role": f"CASE WHEN {may_approve} THEN 'approve' ELSE 'request' END",
        "cloud": sql_cloud(crowd, cluster),
        "cluster": f"printf('00000000-0000-4000-8000-%012d', {cluster})",
        "cluster_name": f"printf('dwh-%05d', {cluster})",
    }
    like = rows.values(right_columns.of_grant(grant(universe.person(0), Role.REQUEST, _of(0))))
    put(connection, "grants", like, spread, crowd.grants)


def _of(number: int) -> Scope:
    return Scope(CLOUD, universe.cluster_id(number))
