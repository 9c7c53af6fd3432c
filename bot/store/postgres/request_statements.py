"""Requests and their votes: kept, changed by compare-and-set, and found.

Who needs more than one row's lock takes them in the order of the ids, requests before messages before the end of the
record, so that no two wait for one another.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from psycopg import errors

from bot.core.approval import Vote
from bot.core.errors import IdTaken, NameTaken, StaleRequest, TooManyOpen
from bot.core.ids import CloudName, ClusterRef, Principal, RequestId, SnapshotId, UserId
from bot.core.request import NOT_STARTED, Cap, SnapshotRequest, State
from bot.core.scope import NamedCluster
from bot.store import columns
from bot.store.columns import REQUEST_COLUMNS
from bot.store.postgres import list_statements
from bot.store.postgres.session import Kept, Session

# The column names are ours, never input. One statement reads a request with its votes, so that both are of one moment.
_VOTES: Final = """
    coalesce((
        SELECT json_agg(json_build_array(v."user", v.approve, v.at, v.comment)) FROM votes v WHERE v.request_id = r.id
    ), '[]')::text AS votes
"""
_SELECT: Final = f"SELECT r.*, {_VOTES} FROM requests r "  # noqa: S608
_INSERT: Final = (
    f"INSERT INTO requests ({', '.join(REQUEST_COLUMNS)}, origin, due_at) "  # noqa: S608
    f"VALUES ({', '.join(f'%({c})s' for c in REQUEST_COLUMNS)}, %(origin)s, clock_timestamp() + %(due_in)s::interval)"
)
_UPDATE: Final = (
    f"UPDATE requests SET {', '.join(f'{c} = %({c})s' for c in REQUEST_COLUMNS)}, "  # noqa: S608
    "due_at = clock_timestamp() + %(due_in)s::interval, "
    "let_go_at = CASE WHEN hold IN ('frozen', 'hours') AND %(hold)s NOT IN ('frozen', 'hours') "
    "THEN %(updated_at)s ELSE let_go_at END, lease_owner = CASE WHEN %(release)s THEN NULL ELSE lease_owner END, "
    "lease_until = CASE WHEN %(release)s THEN NULL ELSE lease_until END "
    "WHERE id = %(id)s AND version = %(version)s - 1 AND lease_token = coalesce(%(token)s, lease_token)"
)
_OPEN: Final = "state IN ('WAITING', 'APPROVED', 'SUBMITTING', 'CREATING')"  # as the index has it
ON_CLUSTERS: Final = """(cloud, cluster, cluster_name) IN (
    SELECT * FROM unnest(%(on_clouds)s::text[], %(on_ids)s::text[], %(on_names)s::text[])
)"""
LOCKED: Final = "SELECT id FROM requests WHERE {where} ORDER BY id FOR NO KEY UPDATE"


def add(session: Session, request: SnapshotRequest, origin: str, due_in: timedelta | None) -> None:
    """Insert *request*.

    Raises:
        NameTaken: an open request in the same cloud has the name.
        StaleRequest: it is in the cloud from the start, and so is another on its cluster.
        IdTaken: another request has the id.
        UniqueViolation: another request came of the same *origin*.
    """
    _unique(session, _INSERT, request, {"origin": origin, "due_in": due_in})
    list_statements.add_cluster(session, request.cluster, request.cluster_name)
    session.wakes = True


def save(
    session: Session,
    request: SnapshotRequest,
    token: int | None,
    vote: Vote | None,
    due_in: timedelta | None,
    release: bool,
    fallen: Collection[UserId] = (),
) -> None:
    """Update *request* if the stored version is the one before, with *vote* and without those of *fallen*.

    Its lease is given up unless not to *release*.

    Raises:
        StaleRequest: the stored version or lease is another, the cluster has another request in the cloud, this
            person has voted already, or it is sent before its time.
    """
    if _unique(session, _UPDATE, request, {"due_in": due_in, "token": token, "release": release}) != 1:
        raise StaleRequest(f"{request.id}: version {request.version - 1} is gone, or was taken by another")
    session.wakes = True
    if fallen:
        session.count(
            'DELETE FROM votes WHERE request_id = %(request)s AND "user" = ANY(%(users)s)',
            {"request": request.id, "users": [*fallen]},
        )
    if vote is None:
        return
    added = session.count(
        'INSERT INTO votes (request_id, "user", approve, at, comment) '
        "VALUES (%(request)s, %(user)s, %(approve)s, %(at)s, %(comment)s) ON CONFLICT DO NOTHING",
        {
            "request": request.id,
            "user": vote.user,
            "approve": vote.approve,
            "at": vote.at,
            "comment": vote.comment,
        },
    )
    if added != 1:
        raise StaleRequest(f"{request.id}: {vote.user} has voted already")


def is_reached(session: Session, cluster: ClusterRef, caps: Collection[Cap]) -> bool:
    """Say whether as many requests as one of *caps* allows went without an approval.

    Until the transaction ends nobody else counts: what both would add would be one too many.
    """
    session.rows("SELECT pg_advisory_xact_lock(hashtext('snapshot-bot'), hashtext('caps'))")
    for cap in caps:
        if cap.owner is None:
            whose = "cloud = %(cloud)s AND cluster = %(cluster)s"
        else:
            whose = "requester = %(requester)s AND requester_kind = %(kind)s"
        found = session.rows(
            f"SELECT count(*) AS went FROM requests WHERE waived AND created_at >= %(since)s AND {whose}",  # noqa: S608
            {
                "since": cap.since,
                "cloud": cluster.cloud,
                "cluster": cluster.id,
                "requester": cap.owner.id if cap.owner else None,
                "kind": cap.owner.kind.value if cap.owner else None,
            },
        )
        if found[0]["went"] >= cap.most:
            return True
    return False


def refuse_too_many(session: Session, owner: Principal, most: int) -> None:
    """Do nothing unless *owner* has as many open requests as *most*.

    Until the transaction ends nobody else counts those of *owner*: what both would add would be one too many.

    Raises:
        TooManyOpen: they have.
    """
    whose = {"requester": owner.id, "kind": owner.kind.value}
    session.rows("SELECT pg_advisory_xact_lock(hashtext('snapshot-bot open'), hashtext(%(requester)s))", whose)
    (found,) = session.rows(
        "SELECT count(*) AS open FROM requests "  # noqa: S608 -- our own states
        f"WHERE requester = %(requester)s AND requester_kind = %(kind)s AND {_OPEN}",
        whose,
    )
    if found["open"] >= most:
        raise TooManyOpen(found["open"])


def locked(session: Session, states: Collection[State], cluster: ClusterRef) -> list[SnapshotRequest]:
    """Lock the requests in *states* on *cluster* to the end of the transaction, and return them as they are."""
    where = "state = ANY(%(states)s) AND cloud = %(cloud)s AND cluster = %(cluster)s"
    values = {"states": [*states], "cloud": cluster.cloud, "cluster": cluster.id}
    ids = [row["id"] for row in session.rows(LOCKED.format(where=where), values)]
    return [request for request in load(session, ids) if request.state in states]


def on_clusters(clusters: Collection[NamedCluster]) -> dict[str, list[str]]:
    """Return what ON_CLUSTERS takes."""
    return {
        "on_clouds": [c.ref.cloud for c in clusters],
        "on_ids": [c.ref.id for c in clusters],
        "on_names": [c.name for c in clusters],
    }


def lock(session: Session, ids: Collection[RequestId]) -> None:
    """Lock the requests *ids* to the end of the transaction."""
    session.rows(LOCKED.format(where="id = ANY(%(ids)s)"), {"ids": [*ids]})


def rename(session: Session, cluster: ClusterRef, name: str) -> list[SnapshotRequest]:
    """Let the requests on *cluster* that aren't in the cloud yet go by *name*, and return them."""
    ids = [request.id for request in locked(session, NOT_STARTED, cluster)]
    if not ids:
        return []
    list_statements.add_cluster(session, cluster, name)
    session.count(
        "UPDATE requests SET cluster_name = %(name)s, version = version + 1, updated_at = clock_timestamp() "
        "WHERE id = ANY(%(ids)s)",
        {"name": name, "ids": ids},
    )
    return load(session, ids)


def get(session: Session, request_id: RequestId) -> SnapshotRequest | None:
    """Return the request, or None."""
    return next(iter(_all(session, "WHERE r.id = %(id)s", {"id": request_id})), None)


def from_origin(session: Session, origin: str) -> SnapshotRequest | None:
    """Return the request that came of *origin*, or None."""
    return next(iter(_all(session, "WHERE r.origin = %(origin)s", {"origin": origin})), None)


def find(
    session: Session,
    states: Collection[State] | None,
    cluster: ClusterRef | None,
    limit: int,
    *,
    oldest_first: bool = False,
) -> list[SnapshotRequest]:
    """Return the requests that fit, the newest first or the oldest."""
    way = "ASC" if oldest_first else "DESC"
    order = f"created_at {way}, number {way} LIMIT %(limit)s"
    values: dict[str, object] = {"limit": limit}
    where = "true"
    if cluster is not None:
        where = "cloud = %(cloud)s AND cluster = %(cluster)s"
        values |= {"cloud": cluster.cloud, "cluster": cluster.id}
    if states is not None:  # each by itself, as an index has them in order
        values["states"] = [*states]
        where = (
            "number IN (SELECT each.number FROM unnest(%(states)s::text[]) AS wanted (state) CROSS JOIN LATERAL "  # noqa: S608
            f"(SELECT number FROM requests WHERE state = wanted.state AND {where} ORDER BY {order}) AS each)"
        )
    return _all(session, f"WHERE {where} ORDER BY {order}", values)


def load(session: Session, ids: Sequence[RequestId]) -> list[SnapshotRequest]:
    """Return the requests *ids*, in this order; what isn't there is left out."""
    found = {r.id: r for r in _all(session, "WHERE r.id = ANY(%(ids)s)", {"ids": [*ids]})}
    return [found[i] for i in ids if i in found]


def of_snapshots(
    session: Session, cloud: CloudName, snapshots: Collection[SnapshotId]
) -> dict[SnapshotId, SnapshotRequest]:
    """Return the requests that *snapshots* of *cloud* came of."""
    found = _all(
        session,
        "WHERE r.snapshot_id = ANY(%(ids)s) AND r.cloud = %(cloud)s AND r.kind = 'create'",
        {"ids": [*snapshots], "cloud": cloud},
    )
    return {request.snapshot_id: request for request in found if request.snapshot_id}


def deletions_of(session: Session, cloud: CloudName, snapshot: SnapshotId) -> list[SnapshotRequest]:
    """Return the requests to delete *snapshot* of *cloud*, the newest first."""
    return _all(
        session,
        "WHERE r.snapshot_id = %(id)s AND r.cloud = %(cloud)s AND r.kind = 'delete' "
        "ORDER BY r.created_at DESC, r.number DESC",
        {"id": snapshot, "cloud": cloud},
    )


def line(session: Session, cluster: ClusterRef) -> list[SnapshotRequest]:
    """Return what is approved or in the cloud on *cluster*: what is there first, then break-glass, by approval.

    What is to start later counts as approved at that time: until then all that may start go before it.
    """
    return _all(
        session,
        "WHERE r.cloud = %(cloud)s AND r.cluster = %(cluster)s AND r.state IN ('APPROVED', 'SUBMITTING', 'CREATING') "
        "ORDER BY CASE WHEN r.state <> 'APPROVED' THEN 0 WHEN r.glass IS NOT NULL THEN 1 ELSE 2 END, "
        "greatest(coalesce(r.decided_at, r.created_at), r.start_at), r.number",
        {"cloud": cluster.cloud, "cluster": cluster.id},
    )


def counts(session: Session) -> dict[State, int]:
    """Return the number of requests in each state, 0 included."""
    found = session.rows("SELECT state, number FROM request_counts")
    return dict.fromkeys(State, 0) | {State(row["state"]): row["number"] for row in found}


def _unique(session: Session, sql: str, request: SnapshotRequest, more: dict[str, object]) -> int:
    try:
        return session.count(sql, columns.of_request(request) | more)
    except errors.CheckViolation as error:
        if error.diag.constraint_name != "requests_not_early":
            raise
        raise StaleRequest(f"{request.id}: its time is still to come") from error
    except errors.UniqueViolation as error:
        match error.diag.constraint_name:
            case "requests_pkey":
                raise IdTaken(f"{request.id} is taken") from error
            case "requests_open_name":
                raise NameTaken(f"{request.id}: an open request in {request.cluster.cloud} is called so") from error
            case "requests_in_the_cloud":
                raise StaleRequest(f"{request.id}: {request.cluster} has another request in the cloud") from error
            case _:
                raise


def _all(session: Session, where: str, values: dict[str, object]) -> list[SnapshotRequest]:
    found: list[Kept] = session.rows(_SELECT + where, values)
    return [columns.request(row) for row in found]
