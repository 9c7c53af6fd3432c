"""The database file: what is refused before anything is touched, and its two connections."""

from __future__ import annotations

import functools
import os
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Final

import structlog

from bot.core.errors import ConfigError
from bot.store.sqlite import copies, failures, lock, schema
from bot.store.sqlite.connecting import connect
from bot.store.sqlite.place import beside
from bot.store.sqlite.waiting import patiently

log = structlog.stdlib.get_logger()

OLDEST_SQLITE: Final = (3, 38, 0)  # STRICT tables (3.37), JSON functions always built in (3.38)


@contextmanager
def opened(path: Path, *, exclusive: bool) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """Yield a connection to write and one to read with.

    *exclusive* is for the one process that serves: it keeps every other such process out, makes a missing file, for
    its owner's eyes only, brings an older one up to date, having copied it, and takes back the leases that a crashed
    predecessor left behind. The others take what is there.

    Raises:
        ConfigError: the file can't be used; the text says how to fix it.
        StoreUnavailable: the same, but it may pass.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise ConfigError(
            f"SQLite {sqlite3.sqlite_version} is too old; 3.38 or newer is needed. Use a newer Python image."
        )
    is_new = False
    with ExitStack() as held:
        try:
            lock.refuse_lost(path)
            if exclusive:
                is_new = not path.exists() or not path.stat().st_size
                _create_missing(path)
            else:
                refuse_missing(path)
            if not os.access(path, os.R_OK | os.W_OK, effective_ids=True):
                raise failures.no_access(path, "permission denied")
            is_old = _refuse_unusable(path)
            if exclusive:
                held.enter_context(lock.serving(path))
                if is_old:
                    _copy_before_migration(path)
            elif is_old:
                raise _out_of_date(path)
            writing = held.enter_context(closing(connect(path)))
            with _removed_where_failing(path) if is_new else nullcontext():
                _keep_in_wal(path, writing)
                if exclusive:
                    migrate(writing)
                    _release_leases(writing)
            reading = held.enter_context(closing(connect(path)))
            reading.execute("PRAGMA query_only = ON")
        except sqlite3.Error as error:
            raise failures.refusal(path, error) from error
        yield writing, reading


@contextmanager
def _removed_where_failing(path: Path) -> Iterator[None]:
    """Leave no file without tables: no command but `serve` and `init` would know what to do with it."""
    try:
        yield
    except sqlite3.Error:
        for made in (path, *beside(path)):
            made.unlink(missing_ok=True)
        raise


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


def refuse_missing(path: Path) -> None:
    """Do nothing where there is a file at *path* with something in it.

    Raises:
        ConfigError: there is none, or it can't be seen.
    """
    try:
        if path.stat().st_size:
            return
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        raise failures.no_access(path, error.strerror or str(error)) from error
    raise ConfigError(
        f"There is no database at {path}. Set SNAPSHOT_BOT_DATABASE to the one that the bot serves, "
        "or make a new one there: snapshot-bot init"
    )


def _out_of_date(path: Path) -> ConfigError:
    return ConfigError(
        f"{path} is of an older version of the bot, and only `snapshot-bot serve` brings it up to date: it makes a "
        "copy first. Start it, then try again."
    )


def _copy_before_migration(path: Path) -> None:
    """Copy the file, as the way back to the version that wrote it."""
    copy = path.with_name(f"{path.name}.before-upgrade-{copies.stamp()}")
    copies.copy(path, copy)
    log.info("store.copied_before_upgrade", copy=str(copy), way_back="install the version before and restore this copy")


def _refuse_unusable(path: Path) -> bool:
    """Refuse a file that isn't ours, or not ours yet; return whether an older version of the bot wrote it."""
    with closing(connect(path, read_only=True)) as connection:
        if newer := schema.unknown(connection):
            raise ConfigError(
                f"{path} was used by a newer version of the bot (it has {', '.join(newer)}). "
                "Install that version again, or restore the backup made before the upgrade."
            )
        _refuse_moved(path, connection)
        applied = schema.applied(connection)
        if not applied and connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table'").fetchone():
            raise ConfigError(
                f"{path} is the database of another program. It was left as it is; "
                "name another file in SNAPSHOT_BOT_DATABASE."
            )
        return bool(applied and schema.pending(connection))


def _refuse_moved(path: Path, connection: sqlite3.Connection) -> None:
    """Do nothing unless the data of the file at *path* are elsewhere.

    Raises:
        ConfigError: they are.
    """
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'moved'").fetchone() is None:
        return
    if row := connection.execute("SELECT place, at FROM moved").fetchone():
        raise ConfigError(
            f"{path} was moved to {row['place']} on {row['at'][:10]}: what is in it is out of date. Set "
            "SNAPSHOT_BOT_DATABASE to the server, or, to go back to a file, restore a copy from before that day."
        )


def _keep_in_wal(path: Path, connection: sqlite3.Connection) -> None:
    (mode,) = patiently(lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone())
    if mode != "wal":
        raise ConfigError(f"{path} can't be kept in WAL mode ({mode}). Keep it on a local disk, not a network share.")


def migrate(connection: sqlite3.Connection) -> None:
    """Make the tables, or bring those of an older version up to date."""
    if not schema.pending(connection):
        return
    from sqlite_utils import Database  # here, as most starts have no use for it, and it takes long to load

    migrations = schema.migrations()
    db = Database(connection, execute_plugins=False)
    # One transaction around all, so that a process that dies leaves no half of them.
    patiently(lambda: connection.execute("BEGIN IMMEDIATE"))
    try:
        migrations.apply(db)
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _release_leases(connection: sqlite3.Connection) -> None:
    for table in ("requests", "messages", "notices", "looks"):
        statement = f"UPDATE {table} SET lease_owner = NULL, lease_until = NULL WHERE lease_until IS NOT NULL"  # noqa: S608
        patiently(functools.partial(connection.execute, statement))
