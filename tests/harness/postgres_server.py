"""A PostgreSQL server of the tests' own, on this machine, and databases on it that have the bot's tables already."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from bot.store import made
from snapshot_demo.postgres_server import PostgresProcess

BOT: Final = "bot"
PASSWORD: Final = "hunter2%40"  # as a URL has it
_TEMPLATE: Final = "with_tables"
_SHARED: Final = "shared"
_FIRST_ROW: Final = "INSERT INTO audit_head (seq, hash) VALUES (0, repeat('0', 64))"
_QUICK: Final = (
    *("fsync=off", "full_page_writes=off", "synchronous_commit=off"),  # nothing is to survive this machine
    *("shared_buffers=32MB", "max_connections=60", "autovacuum=off", "max_wal_size=4GB", "wal_level=minimal"),
    *("max_wal_senders=0", "deadlock_timeout=100ms", "log_min_messages=panic"),
)


@dataclass
class PostgresServer(PostgresProcess):
    """A server for tests: with the bot's role on it, and a database that the others are copies of."""

    _numbers: Iterator[int] = field(default_factory=count)

    def url(self, database: str, user: str = BOT, password: str = PASSWORD) -> str:
        """Return the URL of a *database*."""
        return super().url(database, user, password)

    def run(self, program: str, *args: str) -> None:
        """Run one of the server's own programs to its end."""
        subprocess.run([*self.as_user, self.bin / program, *args], check=True, capture_output=True, cwd="/")

    def kill(self) -> None:
        """End it and each of its processes without a word, as where its machine loses its power."""
        assert self._process is not None
        number = self._process.pid
        children = Path(f"/proc/{number}/task/{number}/children").read_text().split()
        memory = (self.folder / "data" / "postmaster.pid").read_text().split("\n")[6].split()[-1]
        self._process.kill()
        self._process.wait(20)
        self._process = None
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)
        # Nobody else would give back what it had of the machine's memory.
        subprocess.run([*self.as_user, "ipcrm", "--shmem-id", memory], check=False, capture_output=True)

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """Make a database that the bot owns, with its tables unless it is to be *empty*; yield its URL."""
        name = f"test_{next(self._numbers)}"
        self._create(name, "template0" if empty else _TEMPLATE)
        try:
            yield self.url(name)
        finally:
            self.admin(f"DROP DATABASE {name} WITH (FORCE)")

    def emptied(self) -> str:
        """Return the URL of a database with the bot's tables and nothing in them: always the same one.

        It takes a tenth of the time of making one.
        """
        names = "SELECT string_agg(format('DELETE FROM %I', tablename), '; ') AS all FROM pg_tables "
        names += "WHERE schemaname = 'public' AND tablename <> 'snapshot_bot_migrations'"
        everything = self.admin(names, _SHARED)[0]["all"]
        # Without the triggers, which keep the record, count, and hold rows together.
        self.admin(f"SET session_replication_role = replica; {everything}; {_FIRST_ROW}", _SHARED)
        return self.url(_SHARED)

    def _create(self, name: str, template: str) -> None:
        self.admin(f"CREATE DATABASE {name} OWNER {BOT} TEMPLATE {template}")

    def prepare(self) -> None:
        """Make the bot's role, and the database that the others are copies of."""
        self.admin(f"CREATE ROLE {BOT} LOGIN PASSWORD 'hunter2@'")
        self._create(_TEMPLATE, "template0")
        assert asyncio.run(made(self.url(_TEMPLATE)))
        self._create(_SHARED, _TEMPLATE)


@contextmanager
def served(bin: Path, *settings: str) -> Iterator[PostgresServer]:
    """Run a server, with *settings* beside those that make it quick, until the block ends."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        server = PostgresServer.made(bin, Path(name), (*_QUICK, *settings), options=("--no-sync",))
        try:
            server.start()
            server.prepare()
            yield server
        finally:
            server.stop(at_once=True)
