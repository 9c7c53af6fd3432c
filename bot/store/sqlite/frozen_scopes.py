"""Freezes: what stops starts on which clusters, and what is looked at again when that changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from typing import Final

from bot.core.approval import Meanwhile
from bot.core.freezes import Freeze
from bot.core.ids import FreezeId
from bot.core.record import Entry
from bot.core.request import NOT_STARTED, SnapshotRequest, State
from bot.core.scope import Named, Scope, scopes_of
from bot.store.sqlite import messages, requests, rows

_PLAIN: Final = [f.name for f in fields(Freeze) if f.name != "scope"]
_COLUMNS: Final = (*_PLAIN, "cloud", "cluster")
_INSERT: Final = (
    f"INSERT INTO freezes ({', '.join(_COLUMNS)}) VALUES ({', '.join(f':{c}' for c in _COLUMNS)}) "  # noqa: S608 -- our own names
    "ON CONFLICT (id) DO NOTHING"
)


def every(connection: sqlite3.Connection) -> tuple[Freeze, ...]:
    """Return every freeze, those that have ended, too, the oldest first."""
    return tuple(_freeze(row) for row in connection.execute("SELECT * FROM freezes ORDER BY set_at, rowid").fetchall())


def covering(connection: sqlite3.Connection, cluster: Named) -> tuple[Freeze, ...]:
    """Return those of them that cover *cluster*."""
    found = connection.execute(
        "SELECT * FROM freezes WHERE cloud IN (?, '*') AND cluster IN (SELECT value FROM json_each(?)) "
        "ORDER BY set_at, rowid",
        (cluster.ref.cloud, json.dumps(scopes_of(cluster))),
    )
    return tuple(_freeze(row) for row in found.fetchall())


def add(connection: sqlite3.Connection, freeze: Freeze) -> bool:
    """Keep *freeze*; False where one with its id is kept already."""
    row = {name: rows.value(getattr(freeze, name)) for name in _PLAIN}
    row |= {"cloud": freeze.scope.cloud, "cluster": freeze.scope.cluster}
    return connection.execute(_INSERT, row).rowcount == 1


def end(connection: sqlite3.Connection, freeze: FreezeId, entry: Entry, now: datetime) -> Scope | None:
    """End a freeze by whom and when *entry* says; return what it was for, or None where it isn't on *now*."""
    done = connection.execute(
        "UPDATE freezes SET ended_at = ?, ended_by = ? "
        "WHERE id = ? AND ended_at IS NULL AND (until IS NULL OR until > ?) RETURNING cloud, cluster",
        (rows.text(entry.at), entry.actor, freeze, rows.text(now)),
    ).fetchone()
    return Scope(done["cloud"], done["cluster"]) if done else None


def look_again(connection: sqlite3.Connection, now: datetime, fits: Callable[[SnapshotRequest], bool]) -> None:
    """Make due by *now* what *fits* of the requests whose snapshot doesn't run; what isn't sent is drawn again, too.

    Who holds one of these loses it: what they have seen may not be so any more.
    """
    found = requests.find(connection, (*NOT_STARTED, State.SUBMITTING), None, -1)
    fitting = [request for request in found if fits(request)]
    requests.wake(connection, [request.id for request in fitting], now)
    for changed in requests.touch(connection, [r for r in fitting if r.state in NOT_STARTED], now):
        messages.owe(connection, changed, (), now)


def _freeze(row: sqlite3.Row) -> Freeze:
    return Freeze(
        id=FreezeId(row["id"]),
        scope=Scope(row["cloud"], row["cluster"]),
        reason=row["reason"],
        set_by=row["set_by"],
        set_at=rows.time(row["set_at"]),
        until=rows.maybe_time(row["until"]),
        meanwhile=Meanwhile(row["meanwhile"]),
        passes_break_glass=bool(row["passes_break_glass"]),
        cluster_name=row["cluster_name"],
        ended_at=rows.maybe_time(row["ended_at"]),
        ended_by=row["ended_by"],
    )
