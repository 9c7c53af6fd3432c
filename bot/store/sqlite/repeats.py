"""Refusals that repeat: the first is an entry, those after it are counted, and one entry says how many they were.

Counted in a row, so that a process that dies loses none: who comes next writes the entry.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from bot.core.record import Entry, counted
from bot.store import columns
from bot.store.sqlite import audit, rows

_SAME: Final = " AND ".join(f"{column} = ?" for column in columns.REFUSAL_KEY)


def refuse(connection: sqlite3.Connection, entry: Entry, window: timedelta) -> None:
    """Record *entry*, a refusal, unless the same was recorded less than *window* ago: then it is counted."""
    close(connection, entry.at, window)
    same = tuple(rows.values(columns.of_refusal(entry)).values())
    at = rows.text(entry.at)
    again = connection.execute(
        f"UPDATE refusals SET again = again + 1, last_at = ? WHERE {_SAME}",  # noqa: S608 -- our own names
        (at, *same),
    )
    if again.rowcount == 0:
        audit.append(connection, [entry])
        connection.execute(
            f"INSERT INTO refusals ({', '.join(columns.REFUSAL_KEY)}, began_at, last_at) "  # noqa: S608 -- our own names
            f"VALUES ({', '.join('?' * len(columns.REFUSAL_KEY))}, ?, ?)",
            (*same, at, at),
        )


def close(connection: sqlite3.Connection, now: datetime, window: timedelta) -> None:
    """Record how many refusals were counted, of those that began *window* ago, or later than *now* by another clock."""
    over = (rows.text(now - window), rows.text(now))
    found = connection.execute(
        "SELECT rowid, * FROM refusals WHERE began_at <= ? OR began_at > ? ORDER BY rowid", over
    ).fetchall()
    for row in found:
        connection.execute("DELETE FROM refusals WHERE rowid = ?", (row["rowid"],))
        if row["again"]:
            audit.append(
                connection, [counted(columns.refusal(row), row["again"], now=now, last=columns.time(row["last_at"]))]
            )
