"""Requests that have ended and are too old to be kept."""

from __future__ import annotations

import json
import sqlite3
from datetime import datetime
from typing import Final

from bot.store.sqlite import rows

# By the index of what has ended, so that what is new, or still open, isn't looked at. The unary plus keeps SQLite from
# the index of all that is available: what is newer on the same cluster is near, by the cluster's own index.
_OLD: Final = """
    SELECT id FROM requests r INDEXED BY requests_ended
    WHERE state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED') AND created_at < :before
    AND updated_at < :before AND due_at IS NULL AND lease_until IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM messages m WHERE m.request_id = r.id AND (m.due_at IS NOT NULL OR m.lease_until IS NOT NULL)
    )
    AND (state <> 'AVAILABLE' OR EXISTS (
        SELECT 1 FROM requests n WHERE n.cloud = r.cloud AND n.cluster = r.cluster AND +n.state = 'AVAILABLE'
        AND (n.created_at > r.created_at OR (n.created_at = r.created_at AND n.rowid > r.rowid))
    ))
    ORDER BY created_at, rowid LIMIT :limit
"""


def drop(connection: sqlite3.Connection, before: datetime, limit: int) -> dict[str, int]:
    """Delete at most *limit* of those that ended before *before*; return of each table how many rows went."""
    found = connection.execute(_OLD, {"before": rows.text(before), "limit": limit}).fetchall()
    ids = json.dumps([row["id"] for row in found])
    counts = {"requests": len(found)}
    for table, named in (("votes", "request_id"), ("messages", "request_id"), ("requests", "id")):
        done = connection.execute(f"DELETE FROM {table} WHERE {named} IN (SELECT value FROM json_each(?))", (ids,))  # noqa: S608
        counts[table] = done.rowcount
    return counts
