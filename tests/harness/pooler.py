"""PgBouncer before a server: it lends each of a few connections for a transaction, to anybody."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from snapshot_demo.postgres_server import free_port
from tests.harness.postgres_server import BOT, PostgresServer

CONNECTIONS: Final = 3  # of the server's, for all that come
_SETTINGS: Final = """
[databases]
* = host=127.0.0.1 port={to}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
server_lifetime = 600
server_login_retry = 1
ignore_startup_parameters = {ignored}
"""


def pooler_program() -> Path | None:
    """Return the program, None where it isn't installed."""
    path = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    return Path(path) if path else None


@contextmanager
def pooled(program: Path, server: PostgresServer, *, ignored: str = "", leading_to: int = 0) -> Iterator[int]:
    """Run it before *server* and yield its port; what a connection asks for at its start is refused, or *ignored*.

    It reaches the server at the port *leading_to*, where that isn't the server's own.
    """
    with tempfile.TemporaryDirectory(prefix="pooler-") as name:
        folder, port = Path(name), free_port()
        to = leading_to or server.port
        text = _SETTINGS.format(to=to, port=port, folder=folder, connections=CONNECTIONS, ignored=ignored)
        (folder / "settings").write_text(text)
        (folder / "users").write_text(f'"{BOT}" "hunter2@"\n')
        if server.folder.owner() != folder.owner():  # it refuses to be root's, too
            shutil.chown(folder, server.folder.owner())
        with (folder / "log").open("ab") as log:
            command = [*server.as_user, str(program), "--quiet", str(folder / "settings")]
            process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            _wait_for(port, process, folder / "log")
            yield port
        finally:
            process.kill()
            process.wait(20)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > end or process.poll() is not None:
                raise RuntimeError(log.read_text(errors="replace")) from None
        time.sleep(0.02)
