"""Requests by the thousand, in each state, with their cards, their votes and their entries on record."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from benchmarks import universe
from benchmarks.crowd import (
    CLOUD,
    SQL_ID,
    Crowd,
    cluster_of,
    put,
    request_id,
    requester,
    sql_cloud,
    sql_cluster,
    sql_requester,
)
from bot.core.approval import ApprovalRule, Vote
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, Principal, SnapshotId, TeamId, UserId
from bot.core.record import Entry, Head
from bot.core.request import SnapshotRequest, State
from bot.store import chain
from bot.store.columns import of_request
from bot.store.sqlite import audit, rows, visible_rows

_BATCH: Final = 20_000


def put_requests(connection: sqlite3.Connection, crowd: Crowd, now: datetime) -> None:
    """Put in requests, each with its card in Slack, a vote where it was decided, and its entries on record."""
    span = timedelta(days=1000)
    past, lately = now - span, now - timedelta(hours=6)
    ended_from, ended_to = past, now - timedelta(hours=7)
    if crowd.waiting_older:  # what waits may wait for 30 days, and what ended did so since
        ended_from, ended_to, lately = now - timedelta(hours=7), now - timedelta(hours=1), now - timedelta(hours=9)
    first = 0
    for state, count, begin, end in (
        (State.AVAILABLE, crowd.ended, ended_from, ended_to),
        (State.WAITING, crowd.waiting, lately, lately + timedelta(hours=1)),
        (State.APPROVED, crowd.approved, lately, lately + timedelta(hours=1)),
        (State.CREATING, crowd.running, lately, lately + timedelta(hours=1)),
    ):
        if count:
            _of_state(connection, crowd, state, count, first, (begin, end), now)
        first += count
    asked = "SELECT DISTINCT cloud, cluster, cluster_name FROM requests"
    for cloud, cluster, name in connection.execute(asked).fetchall():
        visible_rows.add_cluster(connection, ClusterRef(CloudName(cloud), ClusterId(cluster)), name)


def _of_state(
    connection: sqlite3.Connection,
    crowd: Crowd,
    state: State,
    count: int,
    first: int,
    asked: tuple[datetime, datetime],
    now: datetime,
) -> None:
    begin, end = asked
    seconds = (end - begin).total_seconds() / count
    at = f"strftime('%Y-%m-%dT%H:%M:%f', {begin.timestamp():.3f} + (n - {first}) * {seconds:.6f}, 'unixepoch')"
    at = f"{at} || '{_tail(begin)}'"
    cluster = sql_cluster(crowd)
    snapshot = "printf('99999999-0000-4000-8000-%012d', n)"
    like = rows.values(of_request(_like(state, now)))
    differing = {
        "id": SQL_ID,
        "cloud": sql_cloud(crowd, cluster),
        "cluster": f"printf('00000000-0000-4000-8000-%012d', {cluster})",
        "cluster_name": f"printf('dwh-%05d', {cluster})",
        "requester": sql_requester(crowd),
        "name": "printf('before-migration-%08d', n)",
        "created_at": at,
        "updated_at": at,
        "origin": "'view:' || n",
    }
    if state is State.CREATING:
        differing["snapshot_id"] = snapshot
    due = {State.WAITING: rows.text(now + timedelta(days=20)), State.AVAILABLE: None}.get(state, rows.text(now))
    columns = {**like, "origin": "", "due_at": due}
    put(connection, "requests", columns, differing, count, first)
    card: dict[str, rows.Value] = {
        "request_id": "",
        "kind": "card",
        "channel": universe.CHANNEL,
        "ref_channel": universe.CHANNEL,
        "ts": "",
        "shown_version": 1,
        "claimed_version": 1,
        "ready": 1,
    }
    put(connection, "messages", card, {"request_id": SQL_ID, "ts": "printf('1780%06d.000000', n)"}, count, first)
    if state is not State.WAITING:
        vote: dict[str, rows.Value] = {
            "request_id": "",
            "user": universe.EVERYTHING,
            "approve": 1,
            "at": rows.text(now),
            "comment": "",
        }
        put(connection, "votes", vote, {"request_id": SQL_ID, "at": at}, count, first)
    _record(connection, crowd, first, count, begin)


def _record(connection: sqlite3.Connection, crowd: Crowd, first: int, count: int, at: datetime) -> None:
    """Chain one entry to the record for each request: it was asked for."""
    columns = ("seq", "layout", "text", "hash", *chain.FIELDS, "before")
    insert = f"INSERT INTO audit ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    end = audit.head(connection)
    clusters = [ClusterRef(CloudName(CLOUD), ClusterId(universe.cluster_id(n))) for n in range(crowd.clusters)]
    for start in range(first, first + count, _BATCH):
        kept = []
        for number in range(start, min(start + _BATCH, first + count)):
            entry = Entry(
                at=at,
                actor=requester(number, crowd.people),
                team=universe.TEAM,
                action="request.asked",
                rule="granted",
                request_id=request_id(number),
                cluster=clusters[cluster_of(number, crowd)],
            )
            new = chain.following(end, entry)
            shown = [None if value is None else value.decode() for value in (new.shown or {}).values()]
            kept.append((new.number, new.layout, new.text.decode(), new.hash, *shown))
            end = Head(new.number, new.hash)
        connection.executemany(insert, kept)
    connection.execute("UPDATE audit_head SET seq = ?, hash = ?", (end.number, end.hash))


def _like(state: State, now: datetime) -> SnapshotRequest:
    """Return a request in *state* of which many are made."""
    approver = UserId(universe.EVERYTHING)
    decided = state is not State.WAITING
    ended = state is State.AVAILABLE
    return SnapshotRequest(
        id=request_id(0),
        team=TeamId(universe.TEAM),
        owner=Principal(universe.person(1)),
        cluster=ClusterRef(CloudName(CLOUD), ClusterId(universe.cluster_id(0))),
        cluster_name=universe.cluster_name(0),
        name="before-migration",
        description="before the migration",
        channel=ChannelId(universe.CHANNEL),
        rule=ApprovalRule(),
        created_at=now,
        updated_at=now,
        expires_at=now + timedelta(days=21),
        state=state,
        decided_by=approver if decided else None,
        decided_at=now if decided else None,
        counted=((approver,),) if decided else (),
        votes=(Vote(approver, True, now, ""),) if decided else (),
        sent_at=now if state in (State.CREATING, State.AVAILABLE) else None,
        accepted_at=now if state in (State.CREATING, State.AVAILABLE) else None,
        attempts=int(state in (State.CREATING, State.AVAILABLE)),
        snapshot_id=SnapshotId("99999999-0000-4000-8000-000000000000") if state is State.CREATING or ended else None,
        started_at=now if ended else None,
        finished_at=now if ended else None,
        size_gb=5.0 if ended else 0.0,
    )


def _tail(at: datetime) -> str:
    """Return what stands after the milliseconds in a time as the store writes it."""
    written = rows.text(at)
    return written[written.index(".") + 4 :]
