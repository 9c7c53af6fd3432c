"""The audit log: append-only, each row chained to the one before, and the end of the chain kept apart from the rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.core.errors import Conflict
from bot.core.ids import RequestId
from bot.core.record import Entry, Head, Recorded, Selection, Verdict
from bot.store import chain, columns
from bot.store.checking import ChainCheck, verify
from bot.store.sqlite import record_layout, rows

_TEXTS: Final = (*chain.FIELDS, "before")
# As bytes: what was damaged need not be text any more, and is to be named all the same.
_ROW: Final = ", ".join(("seq", "layout", *(f"CAST({name} AS BLOB) AS {name}" for name in ("text", "hash", *_TEXTS))))
_PLACES: Final = ", ".join("?" * (len(_TEXTS) + 4))
_INSERT: Final = f"INSERT INTO audit (seq, layout, text, hash, {', '.join(_TEXTS)}) VALUES ({_PLACES})"  # noqa: S608
_NO_DELETE: Final = """
    CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
    BEGIN SELECT raise(ABORT, 'the audit log is append-only'); END
"""


def head(connection: sqlite3.Connection) -> Head:
    """Return where the chain ends, as it was counted."""
    row = connection.execute("SELECT seq, hash FROM audit_head").fetchone()
    return Head(row["seq"], row["hash"]) if row else Head(0, chain.START)


def append(connection: sqlite3.Connection, entries: Iterable[Entry]) -> None:
    """Chain *entries* to the log, within the caller's transaction (which must hold the write lock)."""
    for entry in entries:
        new = chain.following(head(connection), entry)
        shown = [None if value is None else value.decode() for value in (new.shown or {}).values()]
        connection.execute(_INSERT, (new.number, new.layout, new.text.decode("ascii"), new.hash, *shown))
        connection.execute("UPDATE audit_head SET seq = ?, hash = ?", (new.number, new.hash))


def read(connection: sqlite3.Connection, request_id: RequestId | None, limit: int) -> list[Entry]:
    """Return the last *limit* entries, of *request_id* or of all, the newest first."""
    if request_id is None:
        found = connection.execute("SELECT * FROM audit ORDER BY seq DESC LIMIT ?", (limit,))
    else:
        found = connection.execute(
            "SELECT * FROM audit WHERE request_id = ? ORDER BY seq DESC LIMIT ?", (request_id, limit)
        )
    return [columns.entry(row) for row in found.fetchall()]


def recorded(
    connection: sqlite3.Connection, selection: Selection, after: int, limit: int, *, newest_first: bool = False
) -> list[Recorded]:
    """Return at most *limit* entries that fit *selection*, as they are kept, with a higher number than *after*."""
    where, values = _where(selection)
    order = "DESC" if newest_first else "ASC"
    found = connection.execute(
        f"SELECT {_ROW} FROM audit WHERE seq > ? AND {where} ORDER BY seq {order} LIMIT ?",  # noqa: S608 -- our own names
        (after, *values, limit),
    )
    return [_recorded(row) for row in found.fetchall()]


def page(
    connection: sqlite3.Connection, selection: Selection, skip: int, limit: int, counted: int
) -> tuple[list[tuple[int, Entry]], int]:
    """Return a page of the entries that fit *selection*, the newest first, with their numbers.

    And how many fit, of which at most *counted* are counted.
    """
    where, values = _where(selection)
    (total,) = connection.execute(
        f"SELECT count(*) FROM (SELECT 1 FROM audit WHERE {where} ORDER BY seq DESC LIMIT ?)",  # noqa: S608
        (*values, counted),
    ).fetchone()
    found = connection.execute(
        f"SELECT * FROM audit WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?",  # noqa: S608 -- our own names
        (*values, limit, skip),
    )
    return [(row["seq"], columns.entry(row)) for row in found.fetchall()], total


def check(connection: sqlite3.Connection, noted: Sequence[Head] = ()) -> Verdict:
    """ChainCheck every row, that none is missing in between or at the end, and that *noted* heads are those of here."""
    connection.execute("BEGIN")  # one view of the file, while the bot goes on writing
    try:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit_head'").fetchone() is None:
            end = record_layout.head_of_before(connection)  # a copy that an older version wrote
            return verify(record_layout.rows_of_before(connection), ChainCheck(end=end, noted=noted))
        return checked(connection, noted)
    finally:
        connection.execute("ROLLBACK")


def checked(connection: sqlite3.Connection, noted: Sequence[Head] = ()) -> Verdict:
    """Do what `check` does for a record of this version, within the caller's transaction."""
    return verify(_all(connection), ChainCheck(begins=None, end=head(connection), noted=noted))


def prune(connection: sqlite3.Connection, last: Head, entry: Entry) -> int:
    """Delete the rows up to *last* and record *entry*, within the caller's transaction; return how many there were.

    Raises:
        Conflict: the row of that number isn't the one that was meant.
    """
    row = connection.execute("SELECT hash FROM audit WHERE seq = ?", (last.number,)).fetchone()
    if row is None or row["hash"] != last.hash:
        raise Conflict(f"entry {last.number} isn't the one that was exported")
    append(connection, [entry])
    connection.execute("DROP TRIGGER IF EXISTS audit_no_delete")  # nobody else sees it gone: it is one transaction
    done = connection.execute("DELETE FROM audit WHERE seq <= ?", (last.number,))
    connection.execute(_NO_DELETE)
    return done.rowcount


def _all(connection: sqlite3.Connection) -> Iterator[Recorded]:
    for row in connection.execute(f"SELECT {_ROW} FROM audit ORDER BY seq"):  # noqa: S608 -- our own names
        yield _recorded(row)


def _recorded(row: sqlite3.Row) -> Recorded:
    shown = {name: row[name] for name in _TEXTS}
    return Recorded(row["seq"], row["layout"], row["text"], row["hash"].decode(errors="replace"), shown)


def _where(selection: Selection) -> tuple[str, list[rows.Value]]:
    ref = selection.cluster
    given: list[tuple[str, rows.Value]] = [
        ("at >= ?", rows.maybe_text(selection.since)),
        ("at < ?", rows.maybe_text(selection.until)),
        ("cloud = ?", ref.cloud if ref else None),
        ("cluster = ?", ref.id if ref else None),
        ("request_id = ?", selection.request_id),
        ("actor = ?", selection.actor or None),
    ]
    wanted = [(term, value) for term, value in given if value is not None]
    terms = [term for term, _ in wanted] + ([named(selection.actions)] if selection.actions else [])
    return " AND ".join(terms) or "1", [value for _, value in wanted]


def last_of(connection: sqlite3.Connection, actions: Sequence[str]) -> int:
    """Return the number of the newest entry of one of these *actions*; 0 where there is none."""
    found = connection.execute(f"SELECT max(seq) FROM audit WHERE {named(actions)}").fetchone()  # noqa: S608
    return int(found[0] or 0)


def named(actions: Sequence[str]) -> str:
    """Return the term that an entry is of one of *actions*, which are ours; written out, as the index has it."""
    return f"action IN ({', '.join(repr(action) for action in actions)})"
