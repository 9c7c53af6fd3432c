"""The marks of restores: one row each, and what it means for the requests that the data have as open."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.core.ids import UserId
from bot.core.message import ASKS
from bot.core.record import Entry, stated
from bot.core.request import OPEN
from bot.core.restored import Recovery, Restored
from bot.store import columns
from bot.store.sqlite import audit, rows

_LAST_CHANGE = """
    SELECT max(at) FROM (
        SELECT max(at) AS at FROM audit WHERE action <> 'database.restored'
        UNION ALL SELECT max(updated_at) FROM requests
        UNION ALL SELECT max(sending_at) FROM messages
        UNION ALL SELECT at FROM heartbeat
    )
"""
_STATES = ", ".join(f"'{state}'" for state in sorted(OPEN))
# Also of requests that have ended: what was owed may have been said since.
# What asks for a decision is dropped unsent once that is pointless, which leaves no doubt.
_ASKS = ", ".join(f"'{kind}'" for kind in sorted(ASKS))
_UNSENT = f"SELECT request_id FROM messages WHERE ts IS NULL AND kind NOT IN ({_ASKS})"  # noqa: S608 -- kinds are ours
_DOUBTED = f"state IN ({_STATES}) OR id IN ({_UNSENT})"


def last_change(connection: sqlite3.Connection) -> datetime | None:
    """Return when anything in the data changed last, but for marks; None where nothing ever did."""
    return columns.maybe_time(connection.execute(_LAST_CHANGE).fetchone()[0])


def last(connection: sqlite3.Connection) -> Restored | None:
    """Return the last mark, with who was told; None where there is none."""
    row = connection.execute("SELECT at, as_of FROM restores ORDER BY at DESC LIMIT 1").fetchone()
    if row is None:
        return None
    told = connection.execute("SELECT user FROM restores_told WHERE restored_at = ?", (row["at"],)).fetchall()
    return Restored(columns.time(row["as_of"]), columns.time(row["at"]), frozenset(UserId(t["user"]) for t in told))


def told(connection: sqlite3.Connection, restored: Restored, user: UserId) -> None:
    """Note that *user* was told."""
    connection.execute(
        "INSERT INTO restores_told (restored_at, user) VALUES (?, ?) ON CONFLICT DO NOTHING",
        (rows.text(restored.at), user),
    )


def mark(connection: sqlite3.Connection, restored: Restored, *, by: str) -> None:
    """Note that the data are as of an earlier moment, within the caller's transaction.

    Every open request is to be looked for, now; what was owed is to be searched for before it is said.
    """
    times = {"at": rows.text(restored.at), "as_of": rows.text(restored.as_of)}
    connection.execute("INSERT INTO restores (at, as_of) VALUES (:at, :as_of)", times)
    connection.execute(f"UPDATE requests SET as_of = min(coalesce(as_of, :as_of), :as_of) WHERE {_DOUBTED}", times)  # noqa: S608
    connection.execute(
        "UPDATE requests SET recovery = :recovery, due_at = :at, lease_owner = NULL, lease_until = NULL "  # noqa: S608
        f"WHERE state IN ({_STATES})",
        {**times, "recovery": Recovery.SOUGHT.value},
    )
    audit.append(
        connection, [Entry(at=restored.at, actor=by, action="database.restored", detail=stated(as_of=times["as_of"]))]
    )
