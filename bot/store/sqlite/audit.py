"""The audit log: append-only, each row chained to the one before."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Final

from bot.core.ids import RequestId
from bot.core.record import Entry, Verdict
from bot.store import chain
from bot.store.sqlite import rows

_GIVEN: Final = "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'audit'), 0)"  # the last number
_CONTENT: Final = ("seq", "at", "actor", "action", "rule", "request_id", "cloud", "cluster", "detail")


def _chained(content: Sequence[object], team: str | None) -> tuple[object, ...]:
    """Return what a row's hash is over: rows without a team are as they were before there was one."""
    return (*content,) if team is None else (*content, team)


def _team(row: sqlite3.Row) -> str | None:
    """Return whose team *row* names; a file that is to be upgraded yet has no such column."""
    return row["team"] if "team" in row.keys() else None  # noqa: SIM118 -- a row looks among its values


def append(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Chain *entries* to the log, within the caller's transaction (which must hold the write lock)."""
    for entry in entries:
        (last,) = connection.execute(_GIVEN).fetchone()
        before = connection.execute("SELECT hash FROM audit ORDER BY seq DESC LIMIT 1").fetchone()
        ref, team = entry.cluster, entry.team or None
        content = (
            last + 1,
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
            "INSERT INTO audit (seq, at, actor, action, rule, request_id, cloud, cluster, detail, team, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*content, team, chain.link(before["hash"] if before else chain.START, _chained(content, team))),
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


def verify(connection: sqlite3.Connection) -> Verdict:
    """Check every row from the first, and that none is missing in between or at the end."""
    connection.execute("BEGIN")  # one view of the file, while the bot goes on writing
    try:
        found = connection.execute("SELECT * FROM audit ORDER BY seq")
        content = ((_chained([row[name] for name in _CONTENT], _team(row)), row["hash"]) for row in found)
        (given,) = connection.execute(_GIVEN).fetchone()
        return chain.verify(content, given)
    finally:
        connection.execute("ROLLBACK")
