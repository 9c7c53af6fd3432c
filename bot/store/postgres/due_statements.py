"""Requests that are due: leased to one owner at a time, put off, and made due sooner."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Final

from bot.core.errors import StaleRequest
from bot.core.ids import RequestId
from bot.core.request import SnapshotRequest
from bot.core.scope import NamedCluster
from bot.core.work import Work
from bot.store.postgres.request_statements import LOCKED, ON_CLUSTERS, load, lock, on_clusters
from bot.store.postgres.session import Session

# Materialized: else the planner may run the inner part again for each row, and lease more than were asked for.
# NO KEY: a lease keeps nobody from adding a vote or a message, and isn't kept off by one who does.
_CLAIM: Final = """
    WITH due AS MATERIALIZED (
        SELECT number FROM requests WHERE due_at <= (SELECT clock_timestamp()) AND wake_at <= (SELECT clock_timestamp())
        ORDER BY due_at, number LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
    )
    UPDATE requests r SET lease_owner = %(owner)s, lease_token = r.lease_token + 1,
        lease_until = clock_timestamp() + %(lease)s
    FROM due WHERE r.number = due.number RETURNING r.id, r.lease_token, r.due_at, r.number
"""


def claim(session: Session, owner: str, lease: timedelta, limit: int) -> list[Work[SnapshotRequest]]:
    """Lease what is due and free to *owner*, the longest due first."""
    found = session.rows(_CLAIM, {"owner": owner, "lease": lease, "limit": limit})
    found.sort(key=lambda row: (row["due_at"], row["number"]))
    tokens = {RequestId(row["id"]): row["lease_token"] for row in found}
    # Asked for afterwards: who comes to a row that was saved meanwhile leases it as it is now, but would see the votes
    # that there were before.
    return [Work(request, tokens[request.id]) for request in load(session, [*tokens])] if tokens else []


def renew(session: Session, work: Work[SnapshotRequest], lease: timedelta) -> None:
    """Let the lease end *lease* from now.

    Raises:
        StaleRequest: it was given up, or taken by another.
    """
    done = session.count(
        "UPDATE requests SET lease_until = clock_timestamp() + %(lease)s "
        "WHERE id = %(id)s AND lease_token = %(token)s AND lease_until IS NOT NULL",
        {"lease": lease, "id": work.item.id, "token": work.token},
    )
    if done != 1:
        raise StaleRequest(f"{work.item.id}: the lease was lost")


def put_off(session: Session, work: Work[SnapshotRequest], due_in: timedelta | None) -> None:
    """Give up the lease and be due after *due_in*.

    Raises:
        StaleRequest: version or lease are not the stored ones.
    """
    done = session.count(
        "UPDATE requests SET due_at = clock_timestamp() + %(due_in)s::interval, lease_owner = NULL, lease_until = NULL "
        "WHERE id = %(id)s AND version = %(version)s AND lease_token = %(token)s",
        {"due_in": due_in, "id": work.item.id, "version": work.item.version, "token": work.token},
    )
    if done != 1:
        raise StaleRequest(f"{work.item.id}: changed since, or taken by another")


def wake(session: Session, ids: Collection[RequestId]) -> None:
    """Make requests that have something to do due by now; who holds one keeps it."""
    if not ids:
        return
    values = {"ids": [*ids]}
    lock(session, ids)
    session.count(
        "UPDATE requests SET due_at = least(due_at, clock_timestamp()) WHERE id = ANY(%(ids)s) AND due_at IS NOT NULL",
        values,
    )
    session.wakes = True


def wake_waiting(session: Session, clusters: Collection[NamedCluster] | None = None) -> None:
    """Make what waits for people on *clusters* (None: on any) due by now: who decides on it may have changed."""
    where = "state = 'WAITING' AND due_at > (SELECT clock_timestamp())"
    if clusters is not None:
        where = f"{where} AND {ON_CLUSTERS}"
    found = session.rows(LOCKED.format(where=where), on_clusters(clusters or ()))
    wake(session, [row["id"] for row in found])


def touch(session: Session, ids: Collection[RequestId]) -> list[SnapshotRequest]:
    """Let the requests *ids*, which the caller has locked, be one version on, in nobody's hands, and return them."""
    session.count(
        "UPDATE requests SET version = version + 1, updated_at = clock_timestamp(), lease_owner = NULL, "
        "lease_until = NULL WHERE id = ANY(%(ids)s)",
        {"ids": [*ids]},
    )
    return load(session, [*ids])


def hasten(session: Session, beyond: timedelta) -> None:
    """Make due now what would wait for longer than *beyond*, unless people or a term decide; drop such leases."""
    values = {"beyond": beyond}
    session.count(
        "UPDATE requests SET due_at = clock_timestamp(), lease_owner = NULL, lease_until = NULL "
        "WHERE due_at > (SELECT clock_timestamp()) + %(beyond)s AND state <> 'WAITING' AND state <> 'AVAILABLE'",
        values,
    )
    session.count(
        "UPDATE requests SET lease_owner = NULL, lease_until = NULL "
        "WHERE lease_until > (SELECT clock_timestamp()) + %(beyond)s",
        values,
    )
