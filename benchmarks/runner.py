"""Runs the figures that were asked for, one group after the other, and says how it goes."""

from __future__ import annotations

import platform
import sqlite3
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from benchmarks.figures import acks, clients, durable, growth, lives, replicas, standing, starts
from benchmarks.goals import GOALS
from benchmarks.measuring import Bench, Measured, not_measured, one_line

Measure = Callable[[Bench], Iterator[Measured]]
# By how the names of a group's figures begin.
GROUPS: Final[Mapping[tuple[str, ...], Measure]] = {
    ("ack-", "socket-", "form-"): acks.measure,
    ("start",): starts.measure,
    ("client-",): clients.measure,
    ("durable-",): durable.measure,
    ("idle-", "looks", "options"): standing.measure,
    ("lives-", "life-"): lives.measure,
    ("growth-",): growth.measure,
    ("replicas-",): replicas.measure,
}


def figures_of(beginnings: tuple[str, ...]) -> list[str]:
    """Return the figures of the group whose names begin so."""
    return [goal.figure for goal in GOALS if goal.figure.startswith(beginnings)]


def wanted(words: Sequence[str]) -> Callable[[str], bool]:
    """Return what says whether a figure was asked for: its name has one of *words* in it, or there are none."""
    return lambda figure: not words or any(word in figure for word in words)


def run(bench: Bench) -> list[Measured]:
    """Return what was measured, in the order of the goals; a group that fails is told, and the others go on."""
    found: dict[str, Measured] = {}
    for beginnings, measure in GROUPS.items():
        figures = [figure for figure in figures_of(beginnings) if bench.wants(figure)]
        if not figures:
            continue
        began = time.monotonic()
        print(f"{', '.join(beginnings)} …", file=sys.stderr, flush=True)
        why = "it isn't part of this run"
        try:
            for measured in measure(bench):
                if bench.wants(measured.figure):
                    found[measured.figure] = measured
        except Exception as error:
            traceback.print_exc()
            why = one_line(error)
        found |= {m.figure: m for m in not_measured([f for f in figures if f not in found], why)}
        print(f"  {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)
    return [found[goal.figure] for goal in GOALS if goal.figure in found]


def about(*, quick: bool) -> dict[str, Any]:
    """Return what a reader needs to know of the machine and the versions."""
    packages = ("slack-bolt", "aiohttp", "httpx", "huaweicloudsdkdws", "otcextensions")
    return {
        "quick": quick,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "machine": platform.machine(),
        "packages": {name: version(name) for name in packages},
    }
