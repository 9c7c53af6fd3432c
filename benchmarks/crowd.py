"""How much is put into a database, who asked for what in it, and many rows by one statement."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from benchmarks import universe
from bot.core.ids import RequestId
from bot.store.sqlite import rows

CLOUD: Final = "default"
_ALPHABET: Final = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_MEASURED: Final = (universe.ONE, universe.TWENTY, universe.EVERYTHING)


@dataclass(frozen=True, slots=True)
class Crowd:
    """How much there is: requests by state, grants, and over how many people and clusters they spread.

    With *waiting_older* what waits was asked for before all that has ended, else after it. *clouds* share the clusters.
    *in_groups*: what the measured people's user groups may do is in it, too. *approvers* of every cluster more, and
    everybody may ask where *all_ask*.
    """

    waiting: int = 0
    ended: int = 0
    approved: int = 0
    running: int = 0
    grants: int = 0
    people: int = 10_000
    clusters: int = 1_000
    clouds: tuple[str, ...] = (CLOUD,)
    waiting_older: bool = False
    in_groups: bool = False
    approvers: int = 0
    all_ask: bool = False


def request_id(number: int) -> RequestId:
    """Return the id of the request of this number, from 0."""
    digits = []
    for _ in range(6):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return RequestId("R-" + "".join(reversed(digits)))


def request_name(number: int) -> str:
    """Return what the snapshot of this request is called."""
    return f"before-migration-{number:08}"


def snapshot_id(number: int) -> str:
    """Return the id of the snapshot of the request of this number."""
    return f"99999999-0000-4000-8000-{number:012}"


def requester(number: int, people: int) -> str:
    """Return who asked for the request of this number: also the measured people, as often as anybody."""
    who = number * 7919 % people
    return _MEASURED[who] if who < len(_MEASURED) else universe.person(who)


def cluster_of(number: int, crowd: Crowd) -> int:
    """Return the number of the cluster of the request of this number: one for which its requester may ask.

    Of as many requests in a row as there are clusters, each is on another.
    """
    return number * 7919 % crowd.people * 7 % crowd.clusters


def sql_cluster(crowd: Crowd) -> str:
    """Return `cluster_of` in SQL, by `n`."""
    return f"(n * 7919 % {crowd.people} * 7 % {crowd.clusters})"


def numbered(table: str, columns: Mapping[str, object], differing: Mapping[str, str], count: int, first: int) -> str:
    """Return the statement that puts *count* rows like *columns* into *table*.

    *differing* are the SQL expressions of those columns that differ, by `n`, the row's number from *first*.

    Raises:
        ValueError: one of them is no column of it.
    """
    if unknown := differing.keys() - columns.keys():
        raise ValueError(f"{table} has no {sorted(unknown)} any more")
    values = (differing.get(name, f":{name}") for name in columns)
    return (
        f"WITH RECURSIVE numbers (n) AS (SELECT {first} WHERE {count} > 0 UNION ALL SELECT n + 1 FROM numbers "
        f"WHERE n + 1 < {first + count}) INSERT INTO {table} ({', '.join(columns)}) "
        f"SELECT {', '.join(values)} FROM numbers"
    )


def put(
    connection: sqlite3.Connection,
    table: str,
    columns: Mapping[str, rows.Value],
    differing: Mapping[str, str],
    count: int,
    first: int = 0,
) -> None:
    """Put *count* rows into *table*; see `numbered`."""
    connection.execute(numbered(table, columns, differing, count, first), dict(columns))


def sql_requester(crowd: Crowd) -> str:
    """Return `requester` in SQL, by `n`."""
    who = f"n * 7919 % {crowd.people}"
    measured = " ".join(f"WHEN {number} THEN '{user}'" for number, user in enumerate(_MEASURED))
    return f"CASE {who} {measured} ELSE printf('U0P%07d', {who}) END"


def sql_cloud(crowd: Crowd, cluster: str) -> str:
    """Return in which cloud the cluster of this number (in SQL) is."""
    names = " ".join(f"WHEN {number} THEN '{name}'" for number, name in enumerate(crowd.clouds))
    return f"CASE {cluster} % {len(crowd.clouds)} {names} END"


SQL_ID: Final = "'R-' || " + " || ".join(
    f"substr('{_ALPHABET}', 1 + (n / {len(_ALPHABET) ** place}) % {len(_ALPHABET)}, 1)" for place in range(5, -1, -1)
)
