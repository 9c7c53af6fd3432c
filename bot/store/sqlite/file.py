"""The database file: its path, what is refused before anything is touched, and its two connections."""

from __future__ import annotations

import functools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from bot.core.errors import ConfigError
from bot.store.sqlite import failures, lock, schema
from bot.store.sqlite.waiting import patiently

OLDEST_SQLITE: Final = (3, 38, 0)  # STRICT tables (3.37), JSON functions always built in (3.38)
BUSY_TIMEOUT: Final = 1000  # ms


def path_of(url: str) -> Path:
    """Return the absolute path of the file that *url* leads to; see `name_of`."""
    return name_of(url).resolve()


def name_of(url: str) -> Path:
    """Return the path that *url* names, which may be a link: `sqlite:///PATH`, or `sqlite:////PATH` from the root.

    Raises:
        ConfigError: no path, or a database in memory.
    """
    rest = url.removeprefix("sqlite://")
    path = rest.removeprefix("/")
    if not rest.startswith("/") or not path:
        raise ConfigError("SNAPSHOT_BOT_DATABASE: give sqlite:///PATH, or sqlite:////PATH for a path from the root.")
    if path == ":memory:":
        raise ConfigError("SNAPSHOT_BOT_DATABASE: a database in memory would not survive a restart; name a file.")
    return Path(path).absolute()


@contextmanager
def opened(path: Path, *, exclusive: bool) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """Yield a connection to write and one to read with; a missing file is created, for its owner's eyes only.

    *exclusive* is for the one process that serves: it keeps every other such process out, and takes back the leases
    that a crashed predecessor left behind.

    Raises:
        ConfigError: the file can't be used; the text says how to fix it.
        StoreUnavailable: the same, but it may pass.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise ConfigError(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.38 or newer is needed. Use a newer Python image."
        )
    with ExitStack() as held:
        try:
            lock.refuse_lost(path)
            _create_missing(path)
            _refuse_foreign(path)
            if exclusive:
                held.enter_context(lock.serving(path))
            writing = held.enter_context(closing(connect(path)))
            _migrate(path, writing)
            if exclusive:
                _release_leases(writing)
            reading = held.enter_context(closing(connect(path)))
            reading.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise failures.refusal(path, error) from error
        yield writing, reading


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
    return connection


def _create_missing(path: Path) -> None:
    # An existing file is never opened here: closing any descriptor of it would drop the locks that SQLite holds on it
    # for this process (POSIX; see "How To Corrupt An SQLite Database File", 2.2).
    try:
        if path.is_dir():
            raise ConfigError(f"{path} is a directory; SNAPSHOT_BOT_DATABASE must name a file.")
        with suppress(FileExistsError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    except (FileNotFoundError, NotADirectoryError):
        raise ConfigError(
            f"The directory {path.parent} doesn't exist. Create it, or name another file in SNAPSHOT_BOT_DATABASE."
        ) from None
    except OSError as error:
        raise failures.no_access(path, error.strerror or str(error)) from error
    if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
        raise failures.no_access(path, "permission denied")


def _refuse_foreign(path: Path) -> None:
    with closing(connect(path, read_only=True)) as connection:
        db = Database(connection, execute_plugins=False)
        if newer := schema.unknown(db):
            raise ConfigError(
                f"{path} was used by a newer version of the bot (it has {', '.join(newer)}). "
                "Install that version again, or restore the backup made before the upgrade."
            )
        if db.table_names() and not schema.MIGRATIONS.applied(db):
            raise ConfigError(
                f"{path} is the database of another program. It was left as it is; "
                "name another file in SNAPSHOT_BOT_DATABASE."
            )


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    (mode,) = patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone())
    if mode != "wal":
        raise ConfigError(f"{path} can't be kept in WAL mode ({mode}). Keep it on a local disk, not a network share.")
    db = Database(connection, execute_plugins=False)
    if not schema.MIGRATIONS.pending(db):
        return
    # One transaction around all, so that of two processes that start together the second sees the first one's tables.
    patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
    try:
        schema.MIGRATIONS.apply(db)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _release_leases(connection: sqlite3.Connection) -> None:
    for table in ("requests", "messages", "looks"):
        statement = f"UPDATE {table} SET lease_owner = NULL, lease_until = NULL WHERE lease_until IS NOT NULL"  # noqa: S608
        patiently(functools.partial(connection.execute, statement))
