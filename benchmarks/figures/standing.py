"""What it costs that the bot runs: while it waits, for each look at the clouds, and for a list of many clusters."""

from __future__ import annotations

import time
from collections.abc import Iterator

from benchmarks import processes, universe
from benchmarks.crowd import Crowd
from benchmarks.far_ends import Ends
from benchmarks.filling import fill
from benchmarks.loading import Job
from benchmarks.measuring import Bench, Measured, by_ratio, interleaved, ms

_PROJECTS = ("prod", "stage", "test")
_POLL = 10  # seconds


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield what idling costs, list calls, and the options of a select."""
    if bench.wants("idle-cpu") or bench.wants("idle-memory"):
        yield from _idle(bench)
    if bench.wants("looks"):
        yield _looks(bench)
    if bench.wants("options"):
        yield _options(bench)


def _idle(bench: Bench) -> Iterator[Measured]:
    """Let one bot wait with much to wait for, and one with nothing, at the same time."""
    full, empty = bench.folder / "idle-full.db", bench.folder / "idle-empty.db"
    fill(full, Crowd(waiting=10_000))
    fill(empty, Crowd())
    window = bench.size(30, 10)
    with (
        processes.far_ends(bench.folder, Ends({"p0": 1_000})) as far,
        processes.bot(bench.folder, full, far, name="bot-idle-full") as waits,
        processes.bot(bench.folder, empty, far, name="bot-idle-empty") as rests,
    ):
        time.sleep(5)  # what belongs to the start
        shares, sizes = [], []
        for _ in range(bench.size(4, 3)):
            before, began = waits.running.cpu(), time.monotonic()
            time.sleep(window)
            shares.append(((waits.running.cpu() - before) * 100, (time.monotonic() - began) * 100))
            sizes.append((waits.running.memory(), rests.running.memory()))
    yield by_ratio("idle-cpu", [(used / most, 1.0) for used, most in shares])
    yield by_ratio("idle-memory", sizes)


def _looks(bench: Bench) -> Measured:
    """Count list calls while snapshots run in three projects."""
    running = bench.size(10_000, 1_000)
    database = bench.folder / "looks.db"
    fill(database, Crowd(running=running, clusters=running, clouds=_PROJECTS, all_ask=True))
    clouds = bench.folder / "clouds.yaml"
    ends = Ends({name: running // len(_PROJECTS) + 1 for name in _PROJECTS}, looks=1_000_000, running=running)
    with processes.far_ends(bench.folder, ends) as far:
        keys = {"access_key": "A" * 20, "secret_key": "s" * 40}
        entries = "".join(
            f"  {name}:\n    region_name: eu-de\n    dwsv1_endpoint_override: http://127.0.0.1:{far.port}\n    auth:\n"
            + "".join(f"      {key}: {value}\n" for key, value in {**keys, "project_id": name}.items())
            for name in _PROJECTS
        )
        clouds.write_text(f"clouds:\n{entries}")
        clouds.chmod(0o600)
        environ = {
            "OS_CLIENT_CONFIG_FILE": str(clouds),
            "SNAPSHOT_BOT_CLOUDS": ",".join(_PROJECTS),
            "SNAPSHOT_BOT_POLL_SECONDS": str(_POLL),
        }
        without = ("OS_ACCESS_KEY", "OS_SECRET_KEY", "OS_REGION_NAME", "OS_PROJECT_ID", "DWS_ENDPOINT")
        with processes.bot(bench.folder, database, far, environ=environ, without=without, name="bot-looks"):
            time.sleep(_POLL)
            pairs = []
            for _ in range(bench.size(4, 3)):
                before, began = far.counts(), time.monotonic()
                time.sleep(_POLL * 2)
                cycles = (time.monotonic() - began) / _POLL
                after = far.counts()
                lists = sum(after.get(what, 0) - before.get(what, 0) for what in ("GET clusters", "GET snapshots"))
                pairs.append((lists / cycles, 2.0 * len(_PROJECTS)))
    return by_ratio("looks", pairs)


def _options(bench: Bench) -> Measured:
    """Ask for the clusters of somebody who may ask for all: of five thousand, and of fifty."""
    job = Job("search", [[universe.ONE, ""], [universe.ONE, "dwh-000"], [universe.ONE, "04"]], bench.size(90, 30))
    with processes.load(bench.folder) as load, processes.far_ends(bench.folder, Ends({"p0": 5_000})) as many:
        for name in ("many", "few"):
            fill(bench.folder / f"{name}.db", Crowd(all_ask=True))
        with (
            processes.far_ends(bench.folder, Ends({"p0": 50}), name="far-few") as few,
            processes.bot(bench.folder, bench.folder / "many.db", many, name="bot-many") as ours,
            processes.bot(bench.folder, bench.folder / "few.db", few, name="bot-few") as theirs,
        ):
            pairs = interleaved(
                bench.size(8, 4),
                lambda: load.run(Job(job.kind, job.arguments, job.count, port=ours.port)),
                lambda: load.run(Job(job.kind, job.arguments, job.count, port=theirs.port)),
            )
    return by_ratio("options", ms(pairs, 50))
