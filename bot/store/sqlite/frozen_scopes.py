"""Freezes: what stops starts on which clusters, and what is looked at again when that changes."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Final

from bot.core.events import Hold
from bot.core.freezes import Freeze
from bot.core.ids import FreezeId
from bot.core.record import Entry
from bot.core.request import NOT_STARTED, State
from bot.core.scope import Named, Scope, scopes_of
from bot.store import right_columns
from bot.store.right_columns import FREEZE_COLUMNS
from bot.store.sqlite import messages, requests, rows, visible_rows

_HELD: Final = (State.APPROVED, State.SUBMITTING)  # may be held by a freeze; what waits for people isn't yet
_NO_SNAPSHOT: Final = (*NOT_STARTED, State.SUBMITTING)
_INSERT: Final = (
    f"INSERT INTO freezes ({', '.join(FREEZE_COLUMNS)}) VALUES ({', '.join(f':{c}' for c in FREEZE_COLUMNS)}) "  # noqa: S608 -- our own names
    "ON CONFLICT (id) DO NOTHING"
)


def every(connection: sqlite3.Connection) -> tuple[Freeze, ...]:
    """Return every freeze, those that have ended, too, the oldest first."""
    return tuple(
        right_columns.freeze(row)
        for row in connection.execute("SELECT * FROM freezes ORDER BY set_at, rowid").fetchall()
    )


def covering(connection: sqlite3.Connection, cluster: Named) -> tuple[Freeze, ...]:
    """Return those of them that cover *cluster*."""
    found = connection.execute(
        "SELECT * FROM freezes WHERE cloud IN (?, '*') AND cluster IN (SELECT value FROM json_each(?)) "
        "ORDER BY set_at, rowid",
        (cluster.ref.cloud, json.dumps(scopes_of(cluster))),
    )
    return tuple(right_columns.freeze(row) for row in found.fetchall())


def add(connection: sqlite3.Connection, freeze: Freeze) -> bool:
    """Keep *freeze*; False where one with its id is kept already."""
    return connection.execute(_INSERT, rows.values(right_columns.of_freeze(freeze))).rowcount == 1


def end(connection: sqlite3.Connection, freeze: FreezeId, entry: Entry, now: datetime) -> Scope | None:
    """End a freeze by whom and when *entry* says; return what it was for, or None where it isn't on *now*."""
    done = connection.execute(
        "UPDATE freezes SET ended_at = ?, ended_by = ? "
        "WHERE id = ? AND ended_at IS NULL AND (until IS NULL OR until > ?) RETURNING cloud, cluster",
        (rows.text(entry.at), entry.actor, freeze, rows.text(now)),
    ).fetchone()
    return Scope(done["cloud"], done["cluster"]) if done else None


def look_again(connection: sqlite3.Connection, now: datetime, scope: Scope | None = None, *, frozen: bool) -> None:
    """Make due by *now* what is in *scope* and hasn't started, and what is *frozen*; what isn't sent is drawn again.

    Who holds one of these loses it: what they have seen may not be so any more.
    """
    held = requests.find(connection, _HELD, None, -1) if frozen else []
    found = {request.id: request for request in held if request.hold is Hold.FROZEN}
    if scope is not None:
        there = visible_rows.clusters(connection, [scope])
        for cluster in {c.ref for c in there}:
            for request in requests.find(connection, _NO_SNAPSHOT, cluster, -1):
                found |= {request.id: request} if scope.covers(request.named) else {}
    fitting = list(found.values())
    requests.wake(connection, [request.id for request in fitting], now)
    for changed in requests.touch(connection, [r for r in fitting if r.state in NOT_STARTED], now):
        messages.owe(connection, changed, (), now)
