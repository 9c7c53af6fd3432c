"""Until when the other side of a wire wants quiet; for every process that would call it."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from bot.store import columns
from bot.store.sqlite import rows


def add(connection: sqlite3.Connection, key: str, until: datetime) -> None:
    """Let nobody do what *key* names before *until*, or the later time that was given before."""
    connection.execute(
        "INSERT INTO throttles (key, until) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET until = max(until, excluded.until)",
        (key, rows.text(until)),
    )


def until(connection: sqlite3.Connection, key: str) -> datetime | None:
    """Return the time that was given for *key* last, though it may be over; None where none was."""
    row = connection.execute("SELECT until FROM throttles WHERE key = ?", (key,)).fetchone()
    return columns.time(row["until"]) if row else None


def hasten(connection: sqlite3.Connection, beyond: datetime) -> None:
    """Forget times after *beyond*."""
    connection.execute("DELETE FROM throttles WHERE until > ?", (rows.text(beyond),))
