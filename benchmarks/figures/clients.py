"""One create call beside the official clients': what the client takes of it, and what it takes on the disk."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

from benchmarks import processes
from benchmarks.far_ends import Ends
from benchmarks.loading import Answered
from benchmarks.measuring import Bench, Measured, by_ratio, cpu_each, interleaved, ms, not_measured
from benchmarks.processes import MEASURED, ROOT, Child, Far

_SDK, _OTC = "huaweicloudsdkdws", "otcextensions"
_EVERYWHERE = ("pip", "setuptools")  # in every environment before anything is installed


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield what a create call takes of client and disk."""
    if bench.wants("client-size"):
        yield by_ratio("client-size", [(product_size(), size([_SDK]))])
    if any(map(bench.wants, ("client-cpu", "client-time", "client-cpu-otc"))):
        with processes.far_ends(bench.folder, Ends()) as far, ExitStack() as stack:
            ours, theirs = (caller(stack, bench.folder, far, name) for name in ("bot", _SDK))
            blocks, each = bench.size(10, 5), bench.size(300, 150)
            pairs = interleaved(blocks, lambda: call(ours, each), lambda: call(theirs, each))
            yield by_ratio("client-cpu", cpu_each(pairs))
            yield by_ratio("client-time", ms(pairs, 50))
            if bench.quick:
                yield from not_measured(["client-cpu-otc"], "left out of a quick run")
                return
            other = caller(stack, bench.folder, far, _OTC)
            yield by_ratio(
                "client-cpu-otc", cpu_each(interleaved(blocks, lambda: call(ours, each), lambda: call(other, each)))
            )


def caller(stack: ExitStack, folder: Path, far: Far, client: str) -> Child:
    """Start a process that makes create calls with *client*, and return it once it is ready."""
    command = ["-m", "benchmarks.create_calls", client, str(far.port)]
    process = stack.enter_context(processes.running(command, folder / f"calls-{client}.log", core=MEASURED))
    process.said()
    return process


def call(caller: Child, count: int) -> Answered:
    """Let *caller* make *count* calls."""
    caller.tell(count)
    return Answered(**caller.said())


def product_size() -> float:
    """Return the MB of the bot with all that it needs, without byte code."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    own = sum(file.stat().st_size for file in (ROOT / "bot").rglob("*") if "__pycache__" not in file.parts)
    return size([Requirement(line).name for line in wanted]) + own / 1e6


def size(names: Sequence[str]) -> float:
    """Return the MB of these distributions and of all that they need, as they are installed, without byte code."""
    return sum(_bytes_of(found) for found in _closure(names).values()) / 1e6


def _closure(names: Sequence[str]) -> dict[str, Distribution]:
    found: dict[str, Distribution] = {}
    left = list(names)
    while left:
        name = left.pop().lower().replace("_", "-")
        if name in found or name in _EVERYWHERE:
            continue
        found[name] = distribution(name)
        for line in found[name].requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate({"extra": ""}):
                left.append(needed.name)
    return found


def _bytes_of(found: Distribution) -> int:
    files = (Path(str(file.locate())) for file in found.files or () if "__pycache__" not in file.parts)
    return sum(file.stat().st_size for file in files if file.exists())
