"""Connections to a database file, all of one make."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

BUSY_TIMEOUT: Final = 1000  # ms


def connect(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Open *path*, which must exist; transactions are begun by hand. Any thread may use it, one at a time."""
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={'ro' if read_only else 'rw'}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
    )
    connection.row_factory = sqlite3.Row
    connection.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT}")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA temp_store = MEMORY")  # what undoes a statement: there may be no other place to write to
    return connection
