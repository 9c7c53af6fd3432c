"""Requests that have ended and are too old to be kept."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.store.postgres.session import Session

# What another process drops just now is passed over.
_OLD: Final = """
    SELECT r.id FROM requests r
    WHERE r.state IN ('AVAILABLE', 'DELETED', 'FAILED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')
    AND r.created_at < %(before)s AND r.updated_at < %(before)s AND r.due_at IS NULL AND r.lease_until IS NULL
    AND NOT EXISTS (
        SELECT 1 FROM messages m WHERE m.request_id = r.id AND (m.due_at IS NOT NULL OR m.lease_until IS NOT NULL)
    )
    AND (r.state <> 'AVAILABLE' OR EXISTS (
        SELECT 1 FROM requests n WHERE n.cloud = r.cloud AND n.cluster = r.cluster AND n.state = 'AVAILABLE'
        AND (n.created_at, n.number) > (r.created_at, r.number)
    ))
    ORDER BY r.created_at, r.number LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""


def drop(session: Session, before: datetime, limit: int) -> dict[str, int]:
    """Delete at most *limit* of those that ended before *before*; return of each table how many rows went."""
    ids = [row["id"] for row in session.rows(_OLD, {"before": before, "limit": limit})]
    counts = {"requests": len(ids)}
    for table, named in (("votes", "request_id"), ("messages", "request_id"), ("requests", "id")):
        counts[table] = session.count(f"DELETE FROM {table} WHERE {named} = ANY(%(ids)s)", {"ids": ids})  # noqa: S608
    return counts
