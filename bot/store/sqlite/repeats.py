"""Refusals that repeat: the first is an entry, those after it are counted, and one entry says how many they were.

Counted in a row, so that a process that dies loses none: who comes next writes the entry.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import CloudName, ClusterId, ClusterRef, RequestId
from bot.core.record import Entry, counted
from bot.store.sqlite import audit, rows

_KEY: Final = ("actor", "team", "action", "rule", "request_id", "cloud", "cluster", "detail")
_SAME: Final = " AND ".join(f"{column} = ?" for column in _KEY)


def refuse(connection: sqlite3.Connection, entry: Entry, window: timedelta) -> None:
    """Record *entry*, a refusal, unless the same was recorded less than *window* ago: then it is counted."""
    close(connection, entry.at, window)
    ref = entry.cluster
    place = (ref.cloud, ref.id) if ref else ("", "")
    same = (entry.actor, entry.team, entry.action, entry.rule, entry.request_id or "", *place, entry.detail)
    at = rows.text(entry.at)
    again = connection.execute(
        f"UPDATE refusals SET again = again + 1, last_at = ? WHERE {_SAME}",  # noqa: S608 -- our own names
        (at, *same),
    )
    if again.rowcount == 0:
        audit.append(connection, [entry])
        connection.execute(
            f"INSERT INTO refusals ({', '.join(_KEY)}, began_at, last_at) "  # noqa: S608 -- our own names
            f"VALUES ({', '.join('?' * len(_KEY))}, ?, ?)",
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
            first = Entry(
                at=rows.time(row["began_at"]),
                actor=row["actor"],
                action=row["action"],
                rule=row["rule"],
                request_id=RequestId(row["request_id"]) if row["request_id"] else None,
                cluster=ClusterRef(CloudName(row["cloud"]), ClusterId(row["cluster"])) if row["cloud"] else None,
                team=row["team"],
                detail=row["detail"],
            )
            audit.append(connection, [counted(first, row["again"], now=now, last=rows.time(row["last_at"]))])
