"""Requests as somebody may see them: as many as are shown are read, however many there are.

Each branch of a query is one walk along an index in the order of the list, which ends after as many as are wanted.
SQLite's planner doesn't know how long the walks would be, so that the index is named.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, RequestId, UserId
from bot.core.scope import EVERY, NamedCluster, Scope
from bot.core.visible import Portion, Turn, Visible
from bot.store.merging import merged, turn
from bot.store.sqlite import rows

_AT_ONCE: Final = 100  # walks in one query; SQLite takes 500
_STATES: Final = {
    Portion.ALL: "",
    Portion.OPEN: "AND state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')",
    Portion.ENDED: "AND state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')",
}
_NEWEST: Final = (
    "SELECT created_at AS at, rowid AS number FROM requests {index} WHERE {where} {states} AND created_at >= ? "
    "ORDER BY created_at DESC, rowid DESC"
)
_SOONEST: Final = (
    "SELECT expires_at AS at, rowid AS number FROM requests {index} "
    "WHERE {where} AND state = 'WAITING' AND expires_at > ? AND (expires_at, rowid) > (?, ?) ORDER BY expires_at, rowid"
)
_ALIKE: Final = """
    SELECT rowid, id, cloud, cluster, cluster_name,
        requester = ? OR votes <> '[]' OR joined <> '[]' OR asked_by IS NOT NULL, requester,
        rule, escalated, votes, joined, asked_by
    FROM (
        SELECT rowid, *, (
            SELECT json_group_array(json_array(v.user, v.approve)) FROM votes v WHERE v.request_id = r.id
        ) AS votes FROM requests r WHERE rowid IN (SELECT value FROM json_each(?))
    )
"""


_Walk = tuple[str, tuple[rows.Value, ...]]  # an ordered query without its limit, and the values in it


class _Branch(NamedTuple):
    where: str
    values: tuple[str, ...]
    walks: dict[Portion | None, str]  # the index for each portion; None: for what waits, by when it expires

    def indexed(self, portion: Portion | None) -> str:
        return f"INDEXED BY {self.walks[portion]}" if portion in self.walks else ""


_ON_CLUSTER: Final[dict[Portion | None, str]] = {
    Portion.ALL: "requests_by_cluster_and_name",
    Portion.ENDED: "requests_ended_by_cluster",
    None: "requests_waiting_by_cluster",
}
_OF_OWNER: Final[dict[Portion | None, str]] = {
    Portion.ALL: "requests_by_requester",
    Portion.ENDED: "requests_by_requester",
    Portion.OPEN: "requests_open_by_requester",
}
_SHARED: Final = (
    "(joined <> '[]' OR asked_by IS NOT NULL) AND (asked_by = ? OR EXISTS ("
    "SELECT 1 FROM json_each(joined) AS j WHERE json_extract(j.value, '$.user') = ?))"
)
_ANY: Final[dict[Portion | None, str]] = {
    Portion.ALL: "requests_by_age",
    Portion.ENDED: "requests_ended",
    None: "requests_waiting",
}


def add_cluster(connection: sqlite3.Connection, cluster: ClusterRef, name: str) -> None:
    """Note that there is a request on *cluster* under this *name*."""
    connection.execute(
        "INSERT INTO asked_clusters (cloud, cluster, name, folded) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (cluster.cloud, cluster.id, name, name.casefold()),
    )


def clusters(connection: sqlite3.Connection, scopes: Collection[Scope]) -> frozenset[NamedCluster]:
    """Return the clusters on which there are requests, by each name that these have or had, that *scopes* cover."""
    found = set[NamedCluster]()
    for scope in scopes:
        where, values = _within(scope)
        there = connection.execute(f"SELECT cloud, cluster, name FROM asked_clusters WHERE {where}", values)  # noqa: S608
        found |= {NamedCluster(ClusterRef(CloudName(cloud), ClusterId(i)), name) for cloud, i, name in there}
    return frozenset(found)


def _within(scope: Scope) -> tuple[str, tuple[str, ...]]:
    if (ref := scope.ref) is not None:
        return (
            ("cluster = ?", (ref.id,)) if scope.cloud == EVERY else ("cloud = ? AND cluster = ?", (ref.cloud, ref.id))
        )
    beginning = scope.beginning or ""
    where, values = "folded >= ? AND folded < ?", (beginning, beginning + "\U0010ffff")
    return (where, values) if scope.cloud == EVERY else (f"{where} AND cloud = ?", (*values, scope.cloud))


def clusters_of(connection: sqlite3.Connection, owner: Principal) -> set[ClusterRef]:
    """Return the clusters for which *owner* has asked."""
    found = connection.execute(
        "SELECT DISTINCT cloud, cluster FROM requests WHERE requester = ? AND requester_kind = ?",
        (owner.id, owner.kind.value),
    )
    return {ClusterRef(CloudName(cloud), ClusterId(cluster)) for cloud, cluster in found}


def newest(
    connection: sqlite3.Connection,
    visible: Visible,
    portion: Portion,
    cluster: ClusterRef | None,
    since: datetime | None,
    limit: int,
) -> list[RequestId]:
    """Return at most *limit* requests of *portion* that are *visible* (and on *cluster*), the newest first.

    With *since*, those that were asked for then or later.
    """
    begins = rows.text(since) if since else ""
    walks: list[_Walk] = [
        (
            _NEWEST.format(index=b.indexed(portion), where=b.where, states=_STATES[portion]),
            (*b.values, begins),
        )
        for b in (*_branches(connection, visible, cluster), *_shared(visible, portion, cluster))
    ]
    places = merged(_walker(connection, walks), len(walks), limit, newest_first=True)
    numbers = [number for _, number in places]
    ids = connection.execute(
        "SELECT rowid, id FROM requests WHERE rowid IN (SELECT value FROM json_each(?))", (json.dumps(numbers),)
    )
    called = {number: RequestId(i) for number, i in ids}
    return [called[number] for number in numbers]


def turns(
    connection: sqlite3.Connection, visible: Visible, user: UserId, now: datetime, after: Turn | None, limit: int
) -> list[Turn]:
    """Return at most *limit* requests that are *visible* and wait for people now, as *user* sees them.

    Those whose time is over first come first; *after* that one, where it is given.
    """
    behind = (rows.text(now), *(after.place if after else ("", 0)))
    walks: list[_Walk] = [
        (_SOONEST.format(index=b.indexed(None), where=b.where), (*b.values, *behind))
        for b in _branches(connection, visible, None)
    ]
    places = merged(_walker(connection, walks), len(walks), limit, newest_first=False)
    found = connection.execute(_ALIKE, (user, json.dumps([number for _, number in places])))
    asked = {number: row for number, *row in found}
    return [turn((at, number), *asked[number]) for at, number in places]


def _walker(
    connection: sqlite3.Connection, walks: Sequence[_Walk]
) -> Callable[[Mapping[int, int]], Iterator[tuple[int, str, int]]]:
    """Return what walks *walks*, as `merged` wants it."""

    def walked(far: Mapping[int, int]) -> Iterator[tuple[int, str, int]]:
        numbers = list(far)
        for first in range(0, len(numbers), _AT_ONCE):
            some = numbers[first : first + _AT_ONCE]
            selects = [f"SELECT {n} AS walk, at, number FROM ({walks[n][0]} LIMIT {int(far[n])})" for n in some]  # noqa: S608
            yield from connection.execute(" UNION ALL ".join(selects), [v for n in some for v in walks[n][1]])

    return walked


def _branches(connection: sqlite3.Connection, visible: Visible, cluster: ClusterRef | None) -> list[_Branch]:
    if visible.clusters is None and cluster is None:
        return [_Branch("true", (), _ANY)]
    on = clusters(connection, [Scope.of(cluster)]) if visible.clusters is None and cluster else visible.clusters or ()
    found = [
        _Branch("cloud = ? AND cluster = ? AND cluster_name = ?", (c.ref.cloud, c.ref.id, c.name), _ON_CLUSTER)
        for c in on
        if cluster in (None, c.ref)
    ]
    if visible.owner is not None:
        theirs = _Branch(
            "requester = ? AND requester_kind = ?", (visible.owner.id, visible.owner.kind.value), _OF_OWNER
        )
        if cluster is not None:
            where, values = f"{theirs.where} AND cloud = ? AND cluster = ?", (*theirs.values, cluster.cloud, cluster.id)
            theirs = theirs._replace(where=where, values=values)
        found.append(theirs)
    return found


def _shared(visible: Visible, portion: Portion, cluster: ClusterRef | None) -> list[_Branch]:
    """Return what is open and its *visible* owner has joined, or asked for somebody else."""
    if visible.owner is None or portion is not Portion.OPEN:
        return []
    within = "" if cluster is None else " AND cloud = ? AND cluster = ?"
    there = () if cluster is None else (cluster.cloud, cluster.id)
    values = (visible.owner.id, visible.owner.id, *there)
    return [_Branch(f"{_SHARED}{within}", values, {Portion.OPEN: "requests_shared"})]
