"""What the migration m015 does to the record. It was released, and is never edited."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Final

from bot.core.record import Head, Recorded
from bot.store import chain

_STATEMENTS: Final = (
    "DROP TRIGGER IF EXISTS audit_no_update",
    "ALTER TABLE audit ADD COLUMN layout INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE audit ADD COLUMN text TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE audit ADD COLUMN before TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE audit ADD COLUMN team TEXT",
    # A net: two writers that have read the same end can't both go on from there. Older rows may be damaged already.
    "CREATE UNIQUE INDEX audit_by_before ON audit (before) WHERE layout > 1",
    "CREATE INDEX audit_by_cluster ON audit (cloud, cluster) WHERE cluster IS NOT NULL",
    "CREATE INDEX audit_by_actor ON audit (actor)",
    "CREATE TABLE audit_head (one INTEGER PRIMARY KEY CHECK (one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL) "
    "STRICT",
    """
    CREATE TABLE refusals (
        actor TEXT NOT NULL, team TEXT NOT NULL, action TEXT NOT NULL, rule TEXT NOT NULL, request_id TEXT NOT NULL,
        cloud TEXT NOT NULL, cluster TEXT NOT NULL, detail TEXT NOT NULL, began_at TEXT NOT NULL,
        last_at TEXT NOT NULL, again INTEGER NOT NULL DEFAULT 0,
        PRIMARY KEY (actor, team, action, rule, request_id, cloud, cluster, detail)
    ) STRICT
    """,
    "CREATE INDEX refusals_by_age ON refusals (began_at)",
)
_CONTENT: Final = ("seq", "at", "actor", "action", "rule", "request_id", "cloud", "cluster", "detail")
_NO_UPDATE: Final = """
    CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END
    """


def rows_of_before(connection: sqlite3.Connection) -> Iterator[Recorded]:
    """Yield the rows that an older version wrote, each with the text that was hashed, put together from its columns."""
    before = chain.START
    for row in connection.execute(f"SELECT {', '.join(_CONTENT)}, hash FROM audit ORDER BY seq").fetchall():  # noqa: S608
        *content, written = tuple(row)
        text = chain.text_of_layout_1(before, content)
        yield Recorded(content[0], 1, text, written)
        before = written


def head_of_before(connection: sqlite3.Connection) -> Head:
    """Return the last number that an older version gave, and the hash of the last row."""
    given = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'audit'").fetchone()
    last = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
    return Head(given[0] if given else 0, last[0] if last else chain.START)


def change(connection: sqlite3.Connection) -> None:
    """Give each row the text that was hashed, and keep where the chain ends apart from the rows.

    The rows of before keep their hashes, and are of layout 1. What was changed in one of them shows as before.
    """
    head = head_of_before(connection)
    kept = [*rows_of_before(connection)]
    for statement in _STATEMENTS:
        connection.execute(statement)
    before = chain.START
    for row in kept:
        connection.execute(
            "UPDATE audit SET text = ?, before = ? WHERE seq = ?", (row.text.decode("ascii"), before, row.number)
        )
        before = row.hash
    connection.execute("INSERT INTO audit_head (one, seq, hash) VALUES (1, ?, ?)", (head.number, head.hash))
    connection.execute(_NO_UPDATE)
