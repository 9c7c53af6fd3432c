"""A copy put in the place of the database file, and the mark that says so. No bot may serve the file meanwhile."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.core.errors import ConfigError, StoreUnavailable
from bot.core.phrase import as_told
from bot.core.restored import Restored
from bot.store.restoring import mark_of
from bot.store.sqlite import copies, failures, file, lock, restores
from bot.store.sqlite.connecting import connect
from bot.store.sqlite.place import File, beside
from bot.words import worded


def restore(name: Path, copy: Path, *, by: str) -> tuple[Restored, Path | None]:
    """Put *copy* in the place of the file at *name*; see `bot.store.restore`.

    It is checked, brought up to date and marked under another name first, and renamed last, so that whenever this
    process dies there is the file of before or the new one.
    """
    path, copy = name.resolve(), copy.resolve()
    if not copy.is_file():
        raise ConfigError(f"There is no file {copy}.")
    if path.is_dir() or File.at(copy) == File.at(path):
        raise ConfigError(f"{copy} can't take the place of {path}. Name a copy, as `snapshot-bot backup` writes it.")
    with lock.serving(path), copies.written_beside(path) as (made, descriptor):
        try:
            copies.checked(copy, shown=copy)
            source = copies.still(copy)
        except sqlite3.Error as error:
            raise ConfigError(f"{copy} is no sound copy of the bot's database ({error}). Take another one.") from error
        with closing(source):
            verdict = copies.fill(made, source, source=copy, shown=path)
        if verdict.findings:
            raise ConfigError(f"{copy} has a record that is broken: {worded(verdict.findings[0].phrase)}")
        with _changing(made) as connection:
            restored = _marked(connection, None, by)
        os.fsync(descriptor)
        kept = _put_aside(path)
        os.replace(made, path)
        copies.clear(path)
        copies.sync_folder(path)
    return restored, kept


def mark_restored(name: Path, *, as_of: datetime | None, by: str) -> Restored:
    """Mark the file at *name*; see `bot.store.mark_restored`."""
    path = name.resolve()
    file.refuse_missing(path)
    with file.opened(path, exclusive=True) as (connection, _):
        return _marked(connection, as_of, by)


@contextmanager
def _changing(made: Path) -> Iterator[sqlite3.Connection]:
    """Yield a connection to *made*, a copy that nobody else opens, with the tables of this version."""
    try:
        with closing(connect(made)) as connection:
            file.migrate(connection)
            yield connection
    except sqlite3.Error as error:
        raise failures.refusal(made, error) from error


def _marked(connection: sqlite3.Connection, as_of: datetime | None, by: str) -> Restored:
    """Write the mark, unless it is there and nothing changed since."""
    before = restores.last(connection)
    restored = mark_of(restores.last_change(connection), before, as_of, datetime.now(UTC))
    if restored is before:
        return restored
    connection.execute("BEGIN IMMEDIATE")
    try:
        restores.mark(connection, restored, by=by)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return restored


def _put_aside(path: Path) -> Path | None:
    """Give what is at *path* a second name, and let nothing beside it that belongs to it alone; return that name.

    What SQLite has in its log is brought into the file first, or, where the file is too damaged for that, kept beside
    it. A log that stayed would be taken for the new file's.

    Raises:
        StoreUnavailable: another program has it open.
    """
    kept = path.with_name(f"{path.name}.before-restore-{copies.stamp()}") if path.exists() else None
    if kept and _has_users(path):
        text = f"{path} is open in another program. End it, then try again."
        raise StoreUnavailable(text, phrase=as_told(text))
    for old in (path, *beside(path)):
        if kept and old.exists():
            os.link(old, old.with_name(kept.name + old.name.removeprefix(path.name)))
    copies.sync_folder(path)
    for old in beside(path):
        old.unlink(missing_ok=True)
    copies.sync_folder(path)
    return kept


def _has_users(path: Path) -> bool:
    """Bring SQLite's log into the file; say whether somebody else is in the way of that."""
    try:
        with closing(connect(path)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return bool(busy)
    except sqlite3.Error as error:
        return failures.is_busy(error)  # else it is damaged: that is why it is replaced
