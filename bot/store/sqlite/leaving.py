"""A database file whose data move to another engine: read as it is, then marked, so that no bot serves it any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.core.errors import ConfigError
from bot.core.record import Head, Verdict
from bot.store.sqlite import audit, failures, file, rows


class Leaving:
    """The file at *path*, as `bot.store.moving.Source`; its *connection* has a transaction that keeps others off."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def rows(self, table: str) -> Iterator[Mapping[str, Any]]:
        """Yield the rows of *table*, which is one of ours; `at_row` is by which number it is found."""
        try:
            for row in self._connection.execute(f"SELECT *, rowid AS at_row FROM {table} ORDER BY rowid"):  # noqa: S608
                yield dict(zip(row.keys(), row, strict=True))
        except sqlite3.Error as error:  # text that is none, or a page that is damaged
            raise ConfigError(
                f"{self._path} can't be read to its end (table {table}: {error}). Nothing was moved; restore a backup."
            ) from error

    def head(self) -> Head:
        """Return where the record ends."""
        return audit.head(self._connection)

    def verdict(self) -> Verdict:
        """Check the record."""
        return audit.checked(self._connection)

    def mark(self, to: str) -> None:
        """Note that the data are elsewhere now: *to* names the place in words."""
        self._connection.execute(
            "INSERT INTO moved (one, place, at) VALUES (1, ?, ?)", (to, rows.text(datetime.now(UTC)))
        )


@contextmanager
def leaving(name: Path) -> Iterator[Leaving]:
    """Keep the file at *name* from every bot, and from every command that would write; what was marked is committed.

    Raises:
        ConfigError, StoreUnavailable: there is none, it can't be used, or a bot serves it.
    """
    path = name.resolve()
    file.refuse_missing(path)
    with file.opened(path, exclusive=True) as (connection, _):
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield Leaving(path, connection)
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        except sqlite3.Error as error:
            raise failures.refusal(path, error) from error
