"""For operators: what has waited longest, and which process served before this one and how it ended."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from typing import Final

from bot.core.work import Run
from bot.store import columns
from bot.store.sqlite import rows

_KEPT: Final = 20  # runs
# What may not start yet isn't late, and its time begins when it may.
# A message that is owed and was never sent has waited since its request was made (its card), or came to what it tells.
# A reply that isn't ready waits for its card, which is older.
_OLDEST: Final = """
    SELECT 'waiting' AS what, min(created_at) AS at FROM requests WHERE state = 'WAITING'
    UNION ALL SELECT 'approved', min(max(coalesce(decided_at, created_at), coalesce(let_go_at, '')))
        FROM requests WHERE state = 'APPROVED' AND hold NOT IN ('frozen', 'hours')
    UNION ALL SELECT 'in_cloud', min(coalesce(accepted_at, max(attempted_at, coalesce(let_go_at, '')), updated_at))
        FROM requests WHERE state IN ('SUBMITTING', 'CREATING') AND hold NOT IN ('frozen', 'hours')
    UNION ALL SELECT 'unsent',
        min(CASE m.kind WHEN 'card' THEN r.created_at ELSE coalesce(r.failing_since, r.updated_at) END)
        FROM messages m JOIN requests r ON r.id = m.request_id 
        WHERE m.due_at IS NOT NULL AND m.ts IS NULL AND m.ready = 1
"""


def oldest(connection: sqlite3.Connection) -> dict[str, datetime]:
    """Return since when the oldest of each of `work.OLDEST` has been so."""
    found = connection.execute(_OLDEST).fetchall()
    return {row["what"]: columns.time(row["at"]) for row in found if row["at"] is not None}


def begin(connection: sqlite3.Connection, owner: str, now: datetime) -> Run | None:
    """Keep that *owner* serves since *now*; return the run that began last before it."""
    before = connection.execute(
        "SELECT began_at, ended_at, clean, (SELECT at FROM heartbeat) AS seen_at FROM runs "
        "ORDER BY began_at DESC, rowid DESC LIMIT 1"
    ).fetchone()
    connection.execute("INSERT INTO runs (owner, began_at) VALUES (?, ?)", (owner, rows.text(now)))
    connection.execute(
        "DELETE FROM runs WHERE owner NOT IN (SELECT owner FROM runs ORDER BY began_at DESC, rowid DESC LIMIT ?)",
        (_KEPT,),
    )
    return columns.run(before) if before else None


def end(connection: sqlite3.Connection, owner: str, now: datetime, clean: bool) -> None:
    """Keep that *owner* ended *now*."""
    connection.execute("UPDATE runs SET ended_at = ?, clean = ? WHERE owner = ?", (rows.text(now), int(clean), owner))
