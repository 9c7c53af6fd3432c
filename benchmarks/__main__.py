"""`make bench`: measure, print the table, write it as JSON and as a chart."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from benchmarks import reporting, runner
from benchmarks.goals import GOALS
from benchmarks.measuring import Bench


def main(arguments: list[str]) -> int:
    """Run the figures that *arguments* ask for; 1 where one misses its goal, 2 where one could not be measured."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("words", nargs="*", help="only figures whose names hold one of these words")
    parser.add_argument("--quick", action="store_true", help="fewer of everything, and no otcextensions")
    parser.add_argument("--list", action="store_true", help="print the names of the figures, and measure nothing")
    parser.add_argument("--into", type=Path, default=Path(".bench/results"), help="folder of bench.json and bench.svg")
    parser.add_argument("--databases", type=Path, help="folder for the databases (several GB), else a temporary one")
    given = parser.parse_args(arguments)
    wants = runner.wanted(given.words)
    if given.list:
        print("\n".join(f"{goal.figure:32} {goal.text:9} {goal.what}" for goal in GOALS if wants(goal.figure)))
        return 0
    given.into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.databases) as folder:
        found = runner.run(Bench(Path(folder), given.quick, wants))
    kept = reporting.as_json(found, runner.about(quick=given.quick))
    (given.into / "bench.json").write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (given.into / "bench.svg").write_text(reporting.chart(found), encoding="utf-8")
    print(reporting.table(found))
    print(f"\n{given.into}/bench.json, {given.into}/bench.svg", file=sys.stderr)
    if any(measured.ratio is None for measured in found):
        return 2
    return int(any(figure["met"] is False for figure in kept["figures"].values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
