"""A PostgreSQL server of one's own on this machine, from the programs that are installed, with its data in a folder."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import dict_row

from bot.core.errors import BotError, ConfigError
from bot.core.phrase import as_told
from snapshot_demo.children import tied

MISSING: Final = (
    "No PostgreSQL server is installed on this machine, which several processes need to share one database. Install "
    "its programs (on Debian: apt-get install postgresql), then try again; it need not run, a server is started here."
)
_UP: Final = 60.0  # seconds for it to take connections
_DOWN: Final = 20.0  # seconds, before it is killed
_USER: Final = "postgres"  # whom its package makes; the server refuses to be root's


def binaries() -> Path | None:
    """Return the folder with the newest server that is installed, None where there is none."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/postgres")]  # where Debian has them, which is not on the PATH
    newest = max(found, key=lambda path: int(path.parts[4]), default=None)
    path = newest or shutil.which("postgres")
    return Path(path).resolve().parent if path else None


@dataclass
class PostgresProcess:
    """A server that may run: *folder* is its data's, *as_user* begins commands that must not be root's."""

    bin: Path
    folder: Path
    port: int
    as_user: list[str]
    settings: tuple[str, ...] = ()
    _process: subprocess.Popen[bytes] | None = None

    @classmethod
    def made(cls, bin: Path, folder: Path, settings: tuple[str, ...] = (), *, options: tuple[str, ...] = ()) -> Self:
        """Make the data of one in *folder*, which is to be empty, and return it as it is: not started.

        Where this process is root's, *folder* is then the server's user's. *options* are further ones of `initdb`.

        Raises:
            ConfigError: it can't be made there.
        """
        as_user = _as_user(folder)
        make = ["-D", str(folder / "data"), "-U", _USER, "--auth-local=trust", "--auth-host=scram-sha-256"]
        make += ["--encoding=UTF8", "--locale=C", *options]
        # A session of its own: Ctrl-C at the terminal is for this process, which then stops what it has started.
        command = [*as_user, str(bin / "initdb"), *make]
        done = subprocess.run(command, capture_output=True, text=True, cwd="/", start_new_session=True)  # noqa: S603
        if done.returncode:
            said = next(reversed(done.stderr.strip().splitlines()), f"it ended with {done.returncode}")
            raise ConfigError(
                f"The PostgreSQL server can't be made in {folder}: {said}. "
                "Name another place for temporary folders in TMPDIR, or correct what is named."
            )
        return cls(bin, folder, free_port(), as_user, settings)

    def url(self, database: str, user: str, password: str) -> str:
        """Return the URL of a *database*; each part as a URL has it."""
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start it, and return once it takes connections.

        Raises:
            BotError: it doesn't; with what it says.
        """
        options = [f"-c{setting}" for setting in (*self.settings, f"port={self.port}", "listen_addresses=127.0.0.1")]
        command = [*self.as_user, str(self.bin / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen([*command, *options], stdout=log, stderr=log, start_new_session=True)  # noqa: S603
        end = time.monotonic() + _UP
        while True:
            try:
                self.admin("SELECT 1")
                return
            except psycopg.OperationalError:
                if time.monotonic() > end or self._process.poll() is not None:
                    said = " ".join((self.folder / "log").read_text(errors="replace").splitlines()[-3:])
                    text = f"The PostgreSQL server doesn't start: {said or 'it says nothing'}"
                    raise BotError(text, phrase=as_told(text)) from None
            time.sleep(0.02)

    def stop(self, *, at_once: bool = False) -> None:
        """Stop it; *at_once*: as after a loss of power."""
        if self._process is not None:
            process, self._process = self._process, None
            with suppress(ProcessLookupError):
                process.send_signal(signal.SIGQUIT if at_once else signal.SIGINT)
            try:
                process.wait(_DOWN)
            except subprocess.TimeoutExpired:
                process.kill()  # its children notice, and end
                process.wait()

    def admin(self, statement: str, database: str = "postgres") -> list[dict[str, Any]]:
        """Run *statement* as who may do everything."""
        where = {"host": str(self.folder), "port": str(self.port), "user": _USER, "dbname": database}
        with psycopg.connect(make_conninfo(**where), autocommit=True, row_factory=dict_row) as connection:
            found = connection.execute(statement.encode())
            return found.fetchall() if found.description else []


@contextmanager
def one_database(folder: Path) -> Iterator[str]:
    """Run a server with its data in *folder*, until the block ends; yield the URL of an empty database of a role's own.

    Raises:
        ConfigError: no server is installed, or it can't be made there.
    """
    if (bin := binaries()) is None:
        raise ConfigError(MISSING)
    server = PostgresProcess.made(bin, folder)
    try:
        server.start()
        password = secrets.token_hex(16)
        server.admin(f"CREATE ROLE snapshot_bot LOGIN PASSWORD '{password}'")
        server.admin("CREATE DATABASE snapshots OWNER snapshot_bot TEMPLATE template0")
        yield server.url("snapshots", "snapshot_bot", password)
    finally:
        server.stop(at_once=True)  # nothing of it is to be kept


def _as_user(folder: Path) -> list[str]:
    """Return what begins the commands of a server in *folder*, which then belongs to who may run one."""
    begins = tied(signal.SIGINT)
    if os.geteuid() != 0:
        return begins
    try:
        who = pwd.getpwnam(_USER)
    except KeyError:
        begins = []
    if not begins:
        raise ConfigError(
            f"A PostgreSQL server refuses to be root's, and there is no user {_USER} here, or no setpriv to become "
            "that user. Run this as another user than root."
        )
    os.chown(folder, who.pw_uid, who.pw_gid)
    return [*begins, f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups"]


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
