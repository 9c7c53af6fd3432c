"""A PostgreSQL server of the tests' own, on this machine, and databases on it that have the bot's tables already."""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from bot.store import made

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


def binaries() -> Path | None:
    """Return the folder with the newest server that is installed, None where there is none."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    newest = max(found, key=lambda path: int(path.parts[4]), default=None)
    path = newest or shutil.which("postgres")
    return Path(path).resolve().parent if path else None


@dataclass
class PostgresServer:
    """A server that runs: *folder* is its data's, *as_user* begins commands that must not be root's."""

    bin: Path
    folder: Path
    port: int
    as_user: list[str]
    settings: tuple[str, ...] = _QUICK
    _numbers: Iterator[int] = field(default_factory=count)
    _process: subprocess.Popen[bytes] | None = None

    def url(self, database: str, user: str = BOT, password: str = PASSWORD) -> str:
        """Return the URL of a *database*."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and return once it takes connections."""
        options = [f"-c{setting}" for setting in (*self.settings, f"port={self.port}", "listen_addresses=127.0.0.1")]
        # Where the tests are killed it ends by itself: else it would stay for good.
        command = [*self.as_user, str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, *options], stdout=log, stderr=log)
        end = time.monotonic() + 20
        while True:
            try:
                self.admin("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or self._process.poll() is not None:
                    raise RuntimeError((self.folder / "log").read_text(errors="replace")) from None
            time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it; *at_once*: as after a loss of power."""
        if self._process is not None:
            process = self._process
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            process.wait(20)
            self._process = None

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

    def run(self, program: str, *args: str) -> None:
        """Run one of the server's own programs to its end."""
        subprocess.run([*self.as_user, self.bin / program, *args], check=True, capture_output=True, cwd="/")

    def admin(self, statement: str, database: str = "postgres") -> list[dict[str, Any]]:
        """Run *statement* as who may do everything."""
        where = {"host": str(self.folder), "port": str(self.port), "user": "postgres", "dbname": database}
        with psycopg.connect(make_conninfo(**where), autocommit=True, row_factory=dict_row) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []

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
def a_place(bin: Path, *settings: str) -> Iterator[PostgresServer]:
    """Give a server that has no data yet and doesn't run, with *settings* beside those that make it quick."""
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as name:
        folder, as_user = Path(name), list[str]()
        if os.geteuid() == 0:  # the server refuses to be root's
            who = pwd.getpwnam("postgres")
            os.chown(folder, who.pw_uid, who.pw_gid)
            as_user = ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups", "--pdeathsig=INT"]
        server = PostgresServer(bin, folder, free_port(), as_user, (*_QUICK, *settings))
        try:
            yield server
        finally:
            server.stop(at_once=True)


@contextmanager
def served(bin: Path, *settings: str) -> Iterator[PostgresServer]:
    """Run a server, with *settings* beside those that make it quick, until the block ends."""
    with a_place(bin, *settings) as server:
        make = ["-D", str(server.folder / "data"), "-U", "postgres", "--auth-local=trust", "--auth-host=scram-sha-256"]
        make += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        server.run("initdb", *make)
        server.start()
        server.prepare()
        yield server


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
