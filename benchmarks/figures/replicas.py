"""What three processes on one server cost beside one: each unit once, as many statements and calls, lives a second."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import processes
from benchmarks.crowd import Crowd
from benchmarks.far_ends import CREATE, Ends
from benchmarks.filling import fill
from benchmarks.measuring import Bench, Measured, Unmeasurable, by_ratio, tried
from snapshot_demo.postgres_server import PostgresProcess, binaries

BOTS: Final = 3
_CREATE_SECONDS: Final = 0.05  # that the cloud takes for a create call
_POLL: Final = 10  # seconds
_PACE: Final = {"SNAPSHOT_BOT_POLL_SECONDS": "5"}
_PATIENCE: Final = 900.0  # seconds for all lives
# What it keeps is kept as in earnest; what a database may hold in memory is more than this machine's default.
_SETTINGS: Final = ("shared_preload_libraries=pg_stat_statements", "shared_buffers=256MB", "max_connections=100")
_PASSWORD: Final = "of-the-bench"


@dataclass(frozen=True, slots=True)
class Round:
    """What so many lives took: statements on the server, create calls and posted messages, and how many a second."""

    statements: int
    units: int
    per_second: float


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the figures of replicas."""
    lives = ("replicas-units", "replicas-statements", "replicas-lives")
    with ExitStack() as stack:
        server = stack.enter_context(_server())
        if any(map(bench.wants, lives)):
            yield from _lives(bench, server)
        if bench.wants("replicas-looks"):
            yield tried("replicas-looks", lambda: _looks(bench, server))


@contextmanager
def _server() -> Iterator[PostgresProcess]:
    if (bin := binaries()) is None:
        raise Unmeasurable("no PostgreSQL server is installed: scripts/setup server")
    with tempfile.TemporaryDirectory(prefix="bench-pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresProcess.made(bin, Path(folder), _SETTINGS)
        try:
            server.start()
            server.admin(f"CREATE ROLE bot LOGIN PASSWORD '{_PASSWORD}'")
            server.admin("CREATE EXTENSION pg_stat_statements")
            yield server
        finally:
            server.stop(at_once=True)


def _filled(bench: Bench, server: PostgresProcess, name: str, crowd: Crowd) -> str:
    """Return the URL of a new database with *crowd* in it, which came there as an operator moves a file."""
    database = bench.folder / f"{name}.db"
    fill(database, crowd)
    server.admin(f"CREATE DATABASE {name} OWNER bot TEMPLATE template0")
    url = server.url(name, "bot", _PASSWORD)
    environ = {"PATH": os.environ.get("PATH", ""), "SNAPSHOT_BOT_DATABASE": f"sqlite:///{database}"}
    moved = subprocess.run(
        [sys.executable, "-m", "bot", "migrate", "--to", url], env=environ, capture_output=True, text=True
    )
    if moved.returncode:
        raise Unmeasurable(moved.stderr)
    server.admin("ANALYZE", name)
    return url


def _lives(bench: Bench, server: PostgresProcess) -> Iterator[Measured]:
    count = bench.size(3_000, 300)
    one, three = (_round(bench, server, bots, count, f"lives_{bots}") for bots in (1, BOTS))
    yield by_ratio("replicas-units", [(three.units, one.units)], f"for {count} lives")
    yield by_ratio("replicas-statements", [(three.statements / count, one.statements / count)])
    yield by_ratio("replicas-lives", [(three.per_second, one.per_second)], "all processes share one core")


def _round(bench: Bench, server: PostgresProcess, bots: int, count: int, name: str) -> Round:
    """Let so many *bots* bring *count* approved requests to their end."""
    url = _filled(bench, server, name, Crowd(approved=count, clusters=count, all_ask=True))
    with ExitStack() as stack:
        ends = Ends({"p0": count}, create_seconds=_CREATE_SECONDS)
        far = stack.enter_context(processes.far_ends(bench.folder, ends, name=f"far-{name}"))
        server.admin("SELECT pg_stat_statements_reset()")
        for number in range(bots):
            environ = _PACE | {"SNAPSHOT_BOT_DATABASE": url}
            nowhere = bench.folder / "unused.db"
            stack.enter_context(processes.bot(bench.folder, nowhere, far, environ=environ, name=f"bot-{name}-{number}"))
        began = far.when(CREATE, 1)
        _until_available(server, name, count)
        took = time.monotonic() - began
        far.quiet(2.0)
        counts = far.counts()
    ours = "SELECT sum(calls)::bigint AS calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid"
    [row] = server.admin(f"{ours} JOIN pg_roles r ON r.oid = s.userid WHERE d.datname = '{name}' AND r.rolname = 'bot'")
    return Round(int(row["calls"]), counts[CREATE] + counts["chat.postMessage"], count / took)


def _until_available(server: PostgresProcess, name: str, count: int) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        [row] = server.admin("SELECT count(*) FROM requests WHERE state = 'AVAILABLE'", name)
        if row["count"] >= count:
            return
        time.sleep(0.5)
    raise Unmeasurable(f"not all of {count} requests came to their end in {_PATIENCE:g} s")


def _looks(bench: Bench, server: PostgresProcess) -> Measured:
    """Count list calls while snapshots run, by one process and by three."""
    running = bench.size(1_000, 200)
    cycles = [_list_calls(bench, server, bots, running) for bots in (BOTS, 1)]
    return by_ratio("replicas-looks", [(cycles[0], cycles[1])])


def _list_calls(bench: Bench, server: PostgresProcess, bots: int, running: int) -> float:
    name = f"looks_{bots}"
    url = _filled(bench, server, name, Crowd(running=running, clusters=running, all_ask=True))
    environ = {"SNAPSHOT_BOT_DATABASE": url, "SNAPSHOT_BOT_POLL_SECONDS": str(_POLL)}
    with ExitStack() as stack:
        ends = Ends({"p0": running}, looks=1_000_000, running=running)
        far = stack.enter_context(processes.far_ends(bench.folder, ends, name=f"far-{name}"))
        for number in range(bots):
            nowhere = bench.folder / "unused.db"
            stack.enter_context(processes.bot(bench.folder, nowhere, far, environ=environ, name=f"bot-{name}-{number}"))
        time.sleep(_POLL)
        before, began = far.counts(), time.monotonic()
        time.sleep(_POLL * bench.size(6, 3))
        took, after = time.monotonic() - began, far.counts()
    lists = sum(after.get(what, 0) - before.get(what, 0) for what in ("GET clusters", "GET snapshots"))
    return lists * _POLL / took
