"""Connections to the server, all of one make."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

import psycopg
from psycopg import Connection, Cursor, Notify
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import dict_row

from bot.core.errors import ConfigError
from bot.store.postgres import outages
from bot.store.server_url import ServerUrl

Kept = dict[str, Any]  # a row, by the names of its columns

# What the URL says itself goes before these.
_USUAL: Final = {
    "application_name": "snapshot-bot",
    "connect_timeout": 5,  # seconds, for each host
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
    "target_session_attrs": "read-write",  # of several hosts the primary; after a failover the new one
}
# A process that is stopped in the middle of a unit holds locks for which everybody waits: the server ends it.
_LIMITS: Final = {
    "statement_timeout": "5s",
    "lock_timeout": "3s",
    "idle_in_transaction_session_timeout": "3s",
    "TimeZone": "UTC",
}
# A pooler may refuse what a connection asks for at its start, or leave it out without a word: this one tells which.
_TOLD: Final = "snapshot_bot.limits"
_AT_START: Final = " ".join(f"-c {name}={value}" for name, value in {**_LIMITS, _TOLD: "session"}.items())
_LOCALLY: Final = "; ".join(f"SET LOCAL {name} = '{value}'" for name, value in _LIMITS.items())


class ServerLine:
    """A connection that one thread uses, and that another may cut where the server is silent."""

    def __init__(self, connection: Connection[Kept], *, locally: bool | None = None) -> None:
        """Take a *connection*; *locally*: it is a pooler's, which takes limits for a transaction alone; None: ask."""
        self._connection = connection
        self._locally = locally
        self._closing = threading.Lock()
        self._since: float | None = None  # by the monotonic clock: when it was asked what it hasn't answered yet

    def execute(self, statement: str, values: Mapping[str, object] | None = None) -> Cursor[Kept]:
        """Run *statement*, whose `%(name)s` stand for *values*; several statements where there are none."""
        self._since = time.monotonic()
        try:
            return self._connection.execute(statement.encode(), values)
        finally:
            self._since = None

    def begin(self, *, whole: bool = False, reads: bool = False) -> None:
        """Begin a transaction; *whole*: it sees one moment of the database; *reads*: it changes nothing."""
        level = "REPEATABLE READ" if whole else "READ COMMITTED"
        # Not READ WRITE: a standby calls that a feature it hasn't, and says of a write that it only reads.
        begin = f"BEGIN ISOLATION LEVEL {level}{' READ ONLY' if reads else ''}"
        self.execute(f"{begin}; {_LOCALLY}" if self.needs_transactions else begin)

    @property
    def needs_transactions(self) -> bool:
        """Whether its limits hold in a transaction alone."""
        if self._locally is None:
            found = self.execute(f"SELECT current_setting('{_TOLD}', true) AS hold").fetchone()
            self._locally = not (found and found["hold"])
        return self._locally

    @property
    def is_broken(self) -> bool:
        """Whether nothing can be asked by it any more."""
        return self._connection.closed

    def silent_for(self) -> float:
        """Return for how many seconds the server has owed an answer."""
        since = self._since
        return 0.0 if since is None else time.monotonic() - since

    def listen(self, channel: str) -> None:
        """Let `wait` hear what is sent to *channel*."""
        self._connection.remove_notify_handler(_unheard)
        self.execute(f"LISTEN {channel}")

    def wait(self, seconds: float) -> list[str]:
        """Return the payloads of notifications that came, after the first or *seconds*."""
        return [notice.payload for notice in self._connection.notifies(timeout=seconds, stop_after=1)]

    def cut(self) -> None:
        """Let who waits for the server hear at once that the connection is lost. Any thread may call it."""
        with self._closing, suppress(OSError, psycopg.Error), self._socket() as same:
            same.shutdown(socket.SHUT_RDWR)

    def _socket(self) -> socket.socket:
        return socket.socket(fileno=os.dup(self._connection.fileno()))

    def close(self) -> None:
        """Close it; what isn't committed is lost."""
        with self._closing:
            self._connection.close()


def dialled(server: ServerUrl) -> ServerLine:
    """Connect to *server*.

    Raises:
        psycopg.Error: it can't be reached, or refuses.
        ConfigError: the URL can't be read, or the server is too old.
    """
    try:
        given: dict[str, Any] = {**_USUAL, **conninfo_to_dict(server.url)}
    except psycopg.ProgrammingError:
        raise ConfigError(
            "SNAPSHOT_BOT_DATABASE: libpq doesn't know an option after the ?, or can't read it. Correct it."
        ) from None
    given["client_encoding"] = "UTF8"
    own = str(given.pop("options", ""))
    try:
        connection = _connected(given | {"options": f"{_AT_START} {own}".strip()})
        line = ServerLine(connection)
    except psycopg.OperationalError as error:
        if "startup parameter" not in str(error):
            raise
        line = ServerLine(connection := _connected(given | ({"options": own} if own else {})), locally=True)
    version = connection.info.server_version
    if version < outages.OLDEST * 10_000:
        line.close()
        raise outages.too_old(server, version)
    return line


def _connected(given: Mapping[str, Any]) -> Connection[Kept]:
    # No prepared statements: behind a pooler the next transaction may run on a server that has none of them.
    connection: Connection[Kept] = psycopg.connect(
        autocommit=True, row_factory=dict_row, prepare_threshold=None, **given
    )
    connection.add_notify_handler(_unheard)
    return connection


def _unheard(_: Notify) -> None:
    """Drop what others listen for: behind a pooler it may come by any connection, which would keep it for good."""
