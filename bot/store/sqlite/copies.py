"""Copies of the database file: whole, checked, and under their name only once they are."""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.core.errors import BotError, ConfigError, StoreUnavailable
from bot.core.phrase import as_told
from bot.core.record import Verdict
from bot.store.sqlite import audit, failures, schema
from bot.store.sqlite.connecting import connect
from bot.store.sqlite.place import File, beside


def stamp() -> str:
    """Return the present moment for the name of a copy."""
    return datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%fZ")


def copy(source: Path, target: Path, *, overwrite: bool = False) -> Verdict:
    """Write all that is in *source*, as it is at one moment, to the file *target*; return what its record is like.

    Others may go on writing to *source*. Where it fails, there is no *target*, or what was there before.

    Raises:
        ConfigError: *source* can't be used, *target* is there already, or its folder can't be written.
        StoreUnavailable: the same, but it may pass, such as a full disk.
    """
    if not overwrite and target.exists():
        raise ConfigError(f"{target} is there already. Name another file, or add --overwrite.")
    if (target.exists() and (target.is_dir() or File.at(target) == File.at(source))) or target in beside(source):
        raise ConfigError(f"{target} can't be the copy: it is the database itself, or a directory. Name another file.")
    try:
        reading = connect(source)
    except sqlite3.Error as error:
        raise failures.refusal(source, error) from error
    with closing(reading) as connection, written_beside(target) as (made, descriptor):
        verdict = fill(made, connection, source=source, shown=target)
        os.fsync(descriptor)
        os.replace(made, target)
        sync_folder(target)
    return verdict


@contextmanager
def written_beside(target: Path) -> Iterator[tuple[Path, int]]:
    """Yield a new file beside *target*, for its owner's eyes only, with a descriptor; it is gone at the end.

    Raises:
        ConfigError: the folder can't be written. StoreUnavailable: its disk is full.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise _unwritable(target, error) from error
    try:
        yield Path(name), descriptor
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        os.close(descriptor)
        for left in (Path(name), *beside(Path(name)), Path(f"{name}-journal")):
            left.unlink(missing_ok=True)


def clear(target: Path) -> None:
    """Remove what processes left beside *target* that died while they wrote it; nobody else may be writing it now."""
    begun = re.compile(rf"\.{re.escape(target.name)}\.[^.]+\.part(-wal|-shm|-journal)?")
    for left in target.parent.iterdir():
        if begun.fullmatch(left.name):
            left.unlink(missing_ok=True)


def fill(made: Path, connection: sqlite3.Connection, *, source: Path, shown: Path) -> Verdict:
    """Copy what *connection* sees of *source* into the empty file *made*, and check that; *shown* is its later name.

    Raises:
        ConfigError, StoreUnavailable: *source* can't be read, or *made* not be written, or isn't sound.
    """
    try:
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute("VACUUM INTO ?", (str(made),))  # one view of the file, and nobody waits for it
    except sqlite3.Error as error:
        raise _failed(source, shown, error) from error
    try:
        return checked(made, shown=source)
    except sqlite3.Error as error:
        raise failures.refusal(source, error) from error


def checked(path: Path, *, shown: Path) -> Verdict:
    """Check the copy at *path*, which nobody writes to, from its pages to its record; *shown* is its name in words.

    Raises:
        ConfigError: it is damaged, of another program, or of a newer version.
        sqlite3.Error: it can't be read.
    """
    with closing(still(path)) as connection:
        wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(1)") if row[0] != "ok"]
        if wrong or connection.execute("PRAGMA foreign_key_check").fetchone():
            raise ConfigError(f"{shown} is damaged ({wrong[0] if wrong else 'rows without those they belong to'}).")
        if newer := schema.unknown(connection):
            raise ConfigError(f"{shown} is of a newer version of the bot (it has {', '.join(newer)}); install that.")
        if not schema.applied(connection):
            raise ConfigError(f"{shown} is no database of the bot.")
        return audit.check(connection)


def still(path: Path) -> sqlite3.Connection:
    """Open *path* to read, leaving nothing beside it where nothing is: nobody writes to it meanwhile."""
    if any(side.exists() for side in beside(path)):
        return connect(path, read_only=True)
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    return connection


def sync_folder(path: Path) -> None:
    """Return once the names in the folder of *path* are on disk."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _failed(source: Path, target: Path, error: sqlite3.Error) -> BotError:
    if failures.code(error) in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
        text = f"{target} can't be written: {error}. Free some space on its disk, or name a file on another one."
        return StoreUnavailable(text, phrase=as_told(text))
    return failures.refusal(source, error)


def _unwritable(target: Path, error: OSError) -> BotError:
    text = f"{target} can't be written ({error.strerror or error}). Name a file in a folder that has room and is yours."
    if isinstance(error, (PermissionError, FileNotFoundError, NotADirectoryError)):
        return ConfigError(text)
    return StoreUnavailable(text, phrase=as_told(text))
