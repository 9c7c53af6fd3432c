"""How soon the bot acknowledges a command and a form, over HTTP and Socket Mode, beside bare Bolt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks import processes, universe
from benchmarks.crowd import Crowd
from benchmarks.far_ends import Ends
from benchmarks.filling import fill
from benchmarks.loading import Answered, Job
from benchmarks.measuring import Bench, Measured, by_ratio, cpu_each, interleaved, ms, rates
from benchmarks.processes import MEASURED, Child, Far, Load

_HELP = Job("command", [[universe.ONE, "help"]], 0)
_FORM = Job("form", [[universe.ONE, 0]], 0)
Asking = Callable[[Job], Answered]


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the acknowledgements' figures."""
    with processes.load(bench.folder) as load:
        ends = Ends({"p0": 7}, socket_port=load.port)
        with processes.far_ends(bench.folder, ends) as far:
            if any(bench.wants(f"{name}-{how}") for name in ("ack", "form") for how in ("alone", "16", "64", "cpu")):
                yield from _over_http(bench, load, far)
            if any(bench.wants(f"socket-{how}") for how in ("alone", "64", "cpu")):
                yield from _over_sockets(bench, load, far)


def _over_http(bench: Bench, load: Load, far: Far) -> Iterator[Measured]:
    database = bench.folder / "acks.db"
    fill(database, Crowd())
    port = processes.free_port()
    peer = ["-m", "benchmarks.bare_bolt", "http", str(port), f"http://127.0.0.1:{far.port}/api/"]
    with (
        processes.bot(bench.folder, database, far) as bot,
        processes.running(peer, bench.folder / "bolt.log", core=MEASURED) as bolt,
    ):
        processes.listens(bolt, port)
        both = asking(load, far, bot.running, port=bot.port), asking(load, far, bolt, port=port)
        yield from _figures(bench, "ack", _HELP, both)
        yield from _figures(bench, "form", _FORM, both)


def _over_sockets(bench: Bench, load: Load, far: Far) -> Iterator[Measured]:
    database = bench.folder / "sockets.db"
    fill(database, Crowd())
    peer = ["-m", "benchmarks.bare_bolt", "socket", "bolt", f"http://127.0.0.1:{far.port}/api/"]
    with (
        processes.bot(bench.folder, database, far, socket_as="bot", name="bot-socket") as bot,
        processes.running(peer, bench.folder / "bolt-socket.log", core=MEASURED) as bolt,
    ):
        both = asking(load, far, bot.running, who="bot"), asking(load, far, bolt, who="bolt")
        yield from _figures(bench, "socket", _HELP, both)


def asking(load: Load, far: Far, asked: Child, *, port: int = 0, who: str = "") -> Asking:
    """Return what sends a job to *asked*, and waits until what follows the answers is done as well."""

    def ask(job: Job) -> Answered:
        before = asked.cpu()
        outcome = load.run(replace(job, port=port, who=who))
        far.quiet(0.1)
        return replace(outcome, cpu=asked.cpu() - before)

    return ask


def _figures(bench: Bench, name: str, job: Job, both: tuple[Asking, Asking]) -> Iterator[Measured]:
    blocks = bench.size(8, 4)
    ours, theirs = both

    def outcomes(full: int, quick: int, at_once: int) -> list[tuple[Answered, Answered]]:
        sized = replace(job, count=bench.size(full, quick), at_once=at_once)
        return interleaved(blocks, lambda: ours(sized), lambda: theirs(sized))

    if bench.wants(f"{name}-alone"):
        yield by_ratio(f"{name}-alone", ms(outcomes(200, 60, 1), 50))
    if name == "ack" and bench.wants("ack-16"):
        yield by_ratio("ack-16", ms(outcomes(1600, 480, 16), 99))
    if bench.wants(f"{name}-64") or bench.wants(f"{name}-cpu"):
        found = outcomes(1920, 640, 64) if job is _HELP else outcomes(640, 256, 64)
        yield by_ratio(f"{name}-64", rates(found))
        yield by_ratio(f"{name}-cpu", cpu_each(found))
