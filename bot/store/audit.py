"""The audit log: append-only, each row chained to the one before by a SHA-256 over that one's hash and its own content.

Whoever can write the file can also forge a whole new chain; an operator who notes `Verdict.head` elsewhere sees that.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from bot.core.ids import RequestId
from bot.core.record import Entry
from bot.store import rows

START: Final = "0" * 64  # what the first row is chained to
_CONTENT: Final = ("seq", "at", "actor", "action", "rule", "request_id", "cloud", "cluster", "detail")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What checking the chain found: *rows* sound ones up to the hash *head*; *broken* is the first row that is not."""

    rows: int
    head: str
    broken: int | None = None
    why: str = ""


def append(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Chain *entries* to the log, within the caller's transaction (which must hold the write lock)."""
    for entry in entries:
        (number,) = connection.execute(
            "SELECT 1 + coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)"
        ).fetchone()
        before = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        ref = entry.cluster
        content = (
            number,
            rows.text(entry.at),
            entry.actor,
            entry.action,
            entry.rule,
            entry.request_id,
            ref.cloud if ref else None,
            ref.id if ref else None,
            entry.detail,
        )
        connection.execute(
            "INSERT INTO audit (seq, at, actor, action, rule, request_id, cloud, cluster, detail, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*content, _link(before["hash"] if before else START, content)),
        )


def read(connection: sqlite3.Connection, request_id: RequestId | None, limit: int) -> list[Entry]:
    """Return the last *limit* entries, of *request_id* or of all, the newest first."""
    if request_id is None:
        found = connection.execute("SELECT * FROM audit ORDER BY seq DESC LIMIT ?", (limit,))
    else:
        found = connection.execute(
            "SELECT * FROM audit WHERE request_id = ? ORDER BY seq DESC LIMIT ?", (request_id, limit)
        )
    return [rows.entry(row) for row in found.fetchall()]


def verify_chain(connection: sqlite3.Connection) -> Verdict:
    """Check every row from the first, and that none is missing in between or at the end."""
    connection.execute("BEGIN")  # one view of the file, while the bot goes on writing
    try:
        return _verdict(connection)
    finally:
        connection.execute("ROLLBACK")


def _verdict(connection: sqlite3.Connection) -> Verdict:
    head, number = START, 0
    for row in connection.execute("SELECT * FROM audit ORDER BY seq"):
        number += 1
        if row["seq"] != number:
            return Verdict(number - 1, head, number, "the row is missing")
        if row["hash"] != _link(head, [row[name] for name in _CONTENT]):
            return Verdict(number - 1, head, number, "the row, or one before it, was changed or put in")
        head = row["hash"]
    (given,) = connection.execute(
        "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)"
    ).fetchone()
    if given != number:
        return Verdict(number, head, number + 1, f"rows are missing at the end, up to {given}")
    return Verdict(number, head)


def _link(before: str, content: Iterable[object]) -> str:
    canonical = json.dumps([before, *content], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()
