"""Requests and their votes: kept, changed by compare-and-set, found, and leased when due."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.approval import Vote
from bot.core.errors import IdTaken, NameTaken, StaleRequest
from bot.core.ids import CloudName, ClusterRef, RequestId, SnapshotId, UserId
from bot.core.request import NOT_STARTED, SnapshotRequest, State
from bot.core.scope import NamedCluster
from bot.core.work import Work
from bot.store import columns
from bot.store.sqlite import rows, visible_rows

# The column names are ours, never input. One statement reads a request with its votes, so that both are of one moment.
_SELECT: Final = """
    SELECT r.*, (
        SELECT json_group_array(json_array(v.user, v.approve, v.at, v.comment)) FROM votes v WHERE v.request_id = r.id
    ) AS votes FROM requests r
"""
_INSERT: Final = (
    f"INSERT INTO requests ({', '.join(columns.REQUEST_COLUMNS)}, origin, due_at) "  # noqa: S608
    f"VALUES ({', '.join(f':{c}' for c in columns.REQUEST_COLUMNS)}, :origin, :due_at)"
)
_WAKE: Final = "UPDATE requests SET due_at = min(due_at, ?) WHERE state = 'WAITING' AND due_at IS NOT NULL"
_WAKE_ON: Final = f"{_WAKE} AND cloud = ? AND cluster = ? AND cluster_name = ?"
_UPDATE: Final = (
    f"UPDATE requests SET {', '.join(f'{c} = :{c}' for c in columns.REQUEST_COLUMNS)}, "  # noqa: S608
    "due_at = :due_at, let_go_at = CASE WHEN hold IN ('frozen', 'hours') AND :hold NOT IN ('frozen', 'hours') "
    "THEN :updated_at ELSE let_go_at END, lease_owner = CASE WHEN :release THEN NULL ELSE lease_owner END, "
    "lease_until = CASE WHEN :release THEN NULL ELSE lease_until END "
    "WHERE id = :id AND version = :version - 1 AND lease_token = coalesce(:token, lease_token)"
)


def add(connection: sqlite3.Connection, request: SnapshotRequest, origin: str, due_at: datetime | None) -> None:
    """Insert *request*.

    Raises:
        NameTaken: an open request in the same cloud has the name.
        StaleRequest: it is in the cloud from the start, and so is another on its cluster.
        IdTaken: another request has the id.
    """
    if connection.execute("SELECT 1 FROM requests WHERE id = ?", (request.id,)).fetchone():
        raise IdTaken(f"{request.id} is taken")
    _unique(connection, _INSERT, request, {"origin": origin, "due_at": rows.maybe_text(due_at)})
    visible_rows.add_cluster(connection, request.cluster, request.cluster_name)


def save(
    connection: sqlite3.Connection,
    request: SnapshotRequest,
    token: int | None,
    vote: Vote | None,
    due_at: datetime | None,
    release: bool,
    fallen: Collection[UserId] = (),
) -> None:
    """Update *request* if the stored version is the one before, with *vote* and without those of *fallen*.

    Its lease is given up unless not to *release*.

    Raises:
        StaleRequest: the stored version or lease is another, the cluster has another request in the cloud, this
            person has voted already, or it is sent before its time.
    """
    lease: dict[str, rows.Value] = {"due_at": rows.maybe_text(due_at), "token": token, "release": int(release)}
    done = _unique(connection, _UPDATE, request, lease)
    if done.rowcount != 1:
        raise StaleRequest(f"{request.id}: version {request.version - 1} is gone, or was taken by another")
    gone = [(request.id, user) for user in fallen]
    connection.executemany("DELETE FROM votes WHERE request_id = ? AND user = ?", gone)
    if vote is None:
        return
    added = connection.execute(
        "INSERT INTO votes (request_id, user, approve, at, comment) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        (request.id, vote.user, int(vote.approve), rows.text(vote.at), vote.comment),
    )
    if added.rowcount != 1:
        raise StaleRequest(f"{request.id}: {vote.user} has voted already")


def renew(connection: sqlite3.Connection, work: Work[SnapshotRequest], until: datetime) -> None:
    """Let the lease end *until* then.

    Raises:
        StaleRequest: it was given up, or taken by another.
    """
    done = connection.execute(
        "UPDATE requests SET lease_until = ? WHERE id = ? AND lease_token = ? AND lease_until IS NOT NULL",
        (rows.text(until), work.item.id, work.token),
    )
    if done.rowcount != 1:
        raise StaleRequest(f"{work.item.id}: the lease was lost")


def put_off(connection: sqlite3.Connection, work: Work[SnapshotRequest], due_at: datetime | None) -> None:
    """Give up the lease and be due at *due_at*.

    Raises:
        StaleRequest: version or lease are not the stored ones.
    """
    done = connection.execute(
        "UPDATE requests SET due_at = ?, lease_owner = NULL, lease_until = NULL "
        "WHERE id = ? AND version = ? AND lease_token = ?",
        (rows.maybe_text(due_at), work.item.id, work.item.version, work.token),
    )
    if done.rowcount != 1:
        raise StaleRequest(f"{work.item.id}: changed since, or taken by another")


def wake(connection: sqlite3.Connection, ids: Collection[RequestId], now: datetime) -> None:
    """Make requests that have something to do due by *now*; who holds one keeps it."""
    at = rows.text(now)
    connection.executemany("UPDATE requests SET due_at = min(due_at, ?) WHERE id = ?", [(at, i) for i in ids])


def touch(connection: sqlite3.Connection, found: Collection[SnapshotRequest], now: datetime) -> list[SnapshotRequest]:
    """Let *found* be one version on, in nobody's hands, and return them."""
    connection.executemany(
        "UPDATE requests SET version = version + 1, updated_at = ?, lease_owner = NULL, lease_until = NULL "
        "WHERE id = ?",
        [(rows.text(now), request.id) for request in found],
    )
    return [replace(request, version=request.version + 1, updated_at=now) for request in found]


def rename(connection: sqlite3.Connection, cluster: ClusterRef, name: str, now: datetime) -> list[SnapshotRequest]:
    """Let the requests on *cluster* that aren't in the cloud yet go by *name*, and return them."""
    found = find(connection, NOT_STARTED, cluster, -1)
    if found:
        visible_rows.add_cluster(connection, cluster, name)
    for request in found:
        connection.execute(
            "UPDATE requests SET cluster_name = ?, version = version + 1, updated_at = ? WHERE id = ?",
            (name, rows.text(now), request.id),
        )
    return [replace(r, cluster_name=name, version=r.version + 1, updated_at=now) for r in found]


def wake_waiting(
    connection: sqlite3.Connection, now: datetime, clusters: Collection[NamedCluster] | None = None
) -> None:
    """Make what waits for people on *clusters* (None: on any) due by *now*: who decides on it may have changed."""
    if clusters is None:
        connection.execute(_WAKE, (rows.text(now),))
    else:
        connection.executemany(_WAKE_ON, [(rows.text(now), c.ref.cloud, c.ref.id, c.name) for c in clusters])


def get(connection: sqlite3.Connection, request_id: RequestId) -> SnapshotRequest | None:
    """Return the request, or None."""
    return _one(connection, "WHERE r.id = ?", (request_id,))


def from_origin(connection: sqlite3.Connection, origin: str) -> SnapshotRequest | None:
    """Return the request that came of *origin*, or None."""
    return _one(connection, "WHERE r.origin = ?", (origin,))


def find(
    connection: sqlite3.Connection,
    states: Collection[State] | None,
    cluster: ClusterRef | None,
    limit: int,
    *,
    oldest_first: bool = False,
) -> list[SnapshotRequest]:
    """Return the requests that fit, the newest first or the oldest."""
    way = "ASC" if oldest_first else "DESC"
    order = f"ORDER BY created_at {way}, rowid {way} LIMIT :limit"
    values: dict[str, rows.Value] = {"limit": limit}
    where = "true"
    if cluster is not None:
        where, values = (
            "cloud = :cloud AND cluster = :cluster",
            {**values, "cloud": cluster.cloud, "cluster": cluster.id},
        )
    if states is not None:  # each by itself, as an index has them in order
        names = {f"state{n}": state.value for n, state in enumerate(sorted(states))}
        each = [
            f"SELECT * FROM (SELECT rowid FROM requests WHERE state = :{name} AND {where} {order})"  # noqa: S608
            for name in names
        ]
        where, values = f"r.rowid IN ({' UNION ALL '.join(each) or 'NULL'})", {**values, **names}
    return _all(connection, f"WHERE {where} ORDER BY r.created_at {way}, r.rowid {way} LIMIT :limit", values)


def load(connection: sqlite3.Connection, ids: Sequence[RequestId]) -> list[SnapshotRequest]:
    """Return the requests *ids*, in this order; what isn't there is left out."""
    found = {r.id: r for r in _all(connection, "WHERE r.id IN (SELECT value FROM json_each(?))", (json.dumps(ids),))}
    return [found[i] for i in ids if i in found]


def of_snapshots(
    connection: sqlite3.Connection, cloud: CloudName, snapshots: Collection[SnapshotId]
) -> dict[SnapshotId, SnapshotRequest]:
    """Return the requests that *snapshots* of *cloud* came of."""
    found = _all(
        connection,
        "WHERE r.snapshot_id IN (SELECT value FROM json_each(?)) AND +r.cloud = ? AND r.kind = 'create'",
        (json.dumps([*snapshots]), cloud),
    )
    return {request.snapshot_id: request for request in found if request.snapshot_id}


def deletions_of(connection: sqlite3.Connection, cloud: CloudName, snapshot: SnapshotId) -> list[SnapshotRequest]:
    """Return the requests to delete *snapshot* of *cloud*, the newest first."""
    return _all(
        connection,
        "WHERE r.snapshot_id = ? AND +r.cloud = ? AND r.kind = 'delete' ORDER BY r.created_at DESC, r.rowid DESC",
        (snapshot, cloud),
    )


def line(connection: sqlite3.Connection, cluster: ClusterRef) -> list[SnapshotRequest]:
    """Return what is approved or in the cloud on *cluster*: what is there first, then break-glass, by approval.

    What is to start later counts as approved at that time: until then all that may start go before it.
    """
    return _all(
        connection,
        "WHERE r.cloud = ? AND r.cluster = ? AND r.state IN ('APPROVED', 'SUBMITTING', 'CREATING') "
        "ORDER BY CASE WHEN r.state <> 'APPROVED' THEN 0 WHEN r.glass IS NOT NULL THEN 1 ELSE 2 END, "
        "max(coalesce(r.decided_at, r.created_at), coalesce(r.start_at, '')), r.rowid",
        (cluster.cloud, cluster.id),
    )


def counts(connection: sqlite3.Connection) -> dict[State, int]:
    """Return the number of requests in each state, 0 included."""
    found = connection.execute("SELECT state, number FROM request_counts").fetchall()
    return dict.fromkeys(State, 0) | {State(state): number for state, number in found}


def claim(
    connection: sqlite3.Connection, owner: str, now: datetime, until: datetime, limit: int
) -> list[Work[SnapshotRequest]]:
    """Lease what is due and free to *owner*, the longest due first."""
    found = connection.execute(
        _SELECT + "WHERE r.due_at <= :now AND r.wake_at <= :now ORDER BY r.due_at, r.rowid LIMIT :limit",
        {"now": rows.text(now), "limit": limit},
    ).fetchall()
    connection.executemany(
        "UPDATE requests SET lease_owner = ?, lease_until = ?, lease_token = lease_token + 1 WHERE id = ?",
        [(owner, rows.text(until), row["id"]) for row in found],
    )
    return [Work(columns.request(row), row["lease_token"] + 1) for row in found]


def hasten(connection: sqlite3.Connection, beyond: datetime, to: datetime) -> None:
    """Make due at *to* what would wait until after *beyond*, unless people or a term decide; drop such leases."""
    times = {"beyond": rows.text(beyond), "to": rows.text(to)}
    connection.execute(
        "UPDATE requests SET due_at = :to, lease_owner = NULL, lease_until = NULL "
        "WHERE due_at > :beyond AND state <> 'WAITING' AND state <> 'AVAILABLE'",
        times,
    )
    connection.execute("UPDATE requests SET lease_owner = NULL, lease_until = NULL WHERE lease_until > :beyond", times)


def _unique(
    connection: sqlite3.Connection, sql: str, request: SnapshotRequest, more: dict[str, rows.Value]
) -> sqlite3.Cursor:
    try:
        return connection.execute(sql, rows.values(columns.of_request(request)) | more)
    except sqlite3.IntegrityError as error:
        if "requests_open_name" in str(error):
            raise NameTaken(f"{request.id}: an open request in {request.cluster.cloud} is called so") from error
        if "requests.cluster" in str(error):
            raise StaleRequest(f"{request.id}: {request.cluster} has another request in the cloud") from error
        if "requests_not_early" in str(error):
            raise StaleRequest(f"{request.id}: its time is still to come") from error
        raise


def _one(connection: sqlite3.Connection, where: str, values: tuple[str]) -> SnapshotRequest | None:
    return next(iter(_all(connection, where, values)), None)


def _all(
    connection: sqlite3.Connection, where: str, values: tuple[rows.Value, ...] | dict[str, rows.Value]
) -> list[SnapshotRequest]:
    return [columns.request(row) for row in connection.execute(_SELECT + where, values).fetchall()]
