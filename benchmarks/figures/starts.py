"""How long the bot takes until it is ready, beside bare Bolt until it answers."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import deliveries, processes, universe
from benchmarks.crowd import Crowd
from benchmarks.far_ends import Ends
from benchmarks.filling import fill
from benchmarks.measuring import Bench, Measured, Unmeasurable, by_ratio
from benchmarks.processes import MEASURED, Far

_PAUSE = 0.002  # seconds between two tries


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the figure of the start."""
    if not bench.wants("start"):
        return
    database = bench.folder / "start.db"
    fill(database, Crowd())
    with processes.far_ends(bench.folder, Ends()) as far:
        _ours(bench.folder, database, far)  # byte code and file cache, as at every start but the first
        _theirs(bench.folder, far)
        pairs = [(_ours(bench.folder, database, far), _theirs(bench.folder, far)) for _ in range(bench.size(10, 5))]
    yield by_ratio("start", pairs)


def _ours(folder: Path, database: Path, far: Far) -> float:
    """Return the milliseconds until the bot is ready."""
    began = time.perf_counter()
    with processes.bot(folder, database, far, pause=_PAUSE):
        return (time.perf_counter() - began) * 1000


def _theirs(folder: Path, far: Far) -> float:
    """Return the milliseconds until bare Bolt has answered a command."""
    port = processes.free_port()
    peer = ["-m", "benchmarks.bare_bolt", "http", str(port), f"http://127.0.0.1:{far.port}/api/"]
    began = time.perf_counter()
    with processes.running(peer, folder / "bolt.log", core=MEASURED) as bolt:
        processes.listens(bolt, port, pause=_PAUSE)
        if (status := processes.posted(port, deliveries.as_request(deliveries.command(universe.ONE, "help")))) != 200:
            raise Unmeasurable(f"bare Bolt answers {status}")
        return (time.perf_counter() - began) * 1000
