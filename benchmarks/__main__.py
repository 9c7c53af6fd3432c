"""`make bench`: measure, print the table, write it as JSON and as a chart."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import curves, reporting, runner
from benchmarks.goals import GOALS
from benchmarks.measuring import Bench


def main(arguments: list[str]) -> int:
    """Run the figures that *arguments* ask for; 1 where one misses its goal, 2 where one could not be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("words", nargs="*", help="only figures whose names hold one of these words")
    parser.add_argument("--quick", action="store_true", help="fewer of everything, and no otcextensions")
    parser.add_argument("--list", action="store_true", help="print the names of the figures, and measure nothing")
    parser.add_argument("--curves", action="store_true", help="count how the work of an answer grows; measure no time")
    parser.add_argument("--into", type=Path, default=Path(".bench/results"), help="folder of the results")
    parser.add_argument("--databases", type=Path, help="folder for the databases (several GB), else a temporary one")
    given = parser.parse_args(arguments)
    wants = runner.wanted(given.words)
    if given.list:
        print("\n".join(f"{goal.figure:32} {goal.text:9} {goal.what}" for goal in GOALS if wants(goal.figure)))
        return 0
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.databases) as folder:
        if given.curves:
            _curves(curves.measure(Path(folder), curves.SIZES[: 3 if given.quick else None]), given.into)
            return 0
        found = runner.run(Bench(Path(folder), given.quick, wants))
    kept = reporting.as_json(found, runner.about(quick=given.quick))
    (given.into / "bench.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (given.into / "bench.svg").write_text(reporting.chart(found), encoding="utf-8")
    print(reporting.table(found))
    print(f"\n{given.into}/bench.json, {given.into}/bench.svg", file=sys.stderr)
    if any(measured.ratio is None for measured in found):
        return 2
    return int(any(figure["met"] is False for figure in kept["figures"].values()))


def _curves(kept: dict[str, Any], into: Path) -> None:
    """Print the table of what was counted, and write it as JSON and as a chart."""
    (into / "growth.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    (into / "growth.svg").write_text(curves.chart(kept), encoding="utf-8")
    print(curves.table(kept))
    print(f"\n{into}/growth.json, {into}/growth.svg", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
