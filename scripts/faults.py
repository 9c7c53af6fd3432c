#!/usr/bin/env python3
"""Prove it again: break it off at every call, kill it, let both far ends fail, and count: `make faults`.

Each stage is a run of the tests in their long form. Their figures become one table (docs/faults.md), with the date and
the machine. Ends with 1 where anything is wrong, or a stage failed.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PAGE = Path("docs/faults.md")
BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
CASES = ("the cloud", "Slack", "deliveries", "meanwhile")  # whose rows say what people saw


@dataclass(frozen=True)
class Stage:
    """A run of tests: what it is about, what pytest is asked, and further variables."""

    name: str
    args: Sequence[str]
    environ: Mapping[str, str]


def stages(lives: int) -> list[Stage]:
    """Return all of them, the quickest first."""
    both, long = {"SNAPSHOT_BOT_TEST_ENGINES": "all"}, {"SNAPSHOT_BOT_TEST_LIVES": str(lives)}
    inner = ("tests/service", "tests/worker", "--ignore=tests/worker/test_every_step.py", "-k", "file or server")
    outer = ("tests/e2e", "tests/store/test_postgres_pooler.py", "-m", "not kill", "-k", "server or Pooled")
    proof = ("-m", "proof")
    return [
        Stage("faults at every call", ("tests/e2e/test_every_fault.py",), long),
        Stage("replicas", ("tests/e2e/test_three_replicas.py", "tests/e2e/test_failover.py", "-n1"), long),
        Stage("the file", ("tests/store/test_power_cut.py", "tests/e2e/test_file_in_trouble.py", *proof), long),
        Stage("the door", ("tests/slack", *proof), long),
        Stage("text that attacks", ("tests/e2e/test_attacking_texts.py", *proof), long),
        Stage("overload", ("tests/e2e/test_overload.py", *proof, "-n1"), long),
        Stage("use cases and worker on both engines", inner, both),
        Stage("a request's life on the server, and behind a pooler", outer, both),
        Stage("crash at every step", ("tests/worker/test_every_step.py",), {"SNAPSHOT_BOT_TEST_EVERY_STEP": "1"}),
        Stage("soak", ("tests/worker/test_soak.py", *proof, "-n1"), long),
        Stage("kills", ("tests/e2e/test_kill.py", "tests/e2e/test_kill_campaign.py", "-n1"), both | long),
    ]


def main() -> None:
    """Run what is asked for and write the table."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__.split("\n\n")[0])
    parser.add_argument("names", nargs="*", help="words in the names of stages; default: all")
    parser.add_argument("--lives", type=int, default=100, help="how often it is killed in each campaign")
    parser.add_argument("--into", type=Path, default=None, help=f"write the table into this page ({PAGE})")
    asked = parser.parse_args()
    chosen = [s for s in stages(asked.lives) if not asked.names or any(word in s.name for word in asked.names)]
    if not chosen:
        sys.exit(f"No stage is called so; there are: {', '.join(s.name for s in stages(1))}")
    ends = {}
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        for stage in chosen:
            print(f"== {stage.name}", flush=True)
            began = time.monotonic()
            environ = os.environ | stage.environ | {"SNAPSHOT_BOT_TEST_FIGURES": folder}
            ended = subprocess.run([sys.executable, "-m", "pytest", *stage.args], env=environ, check=False)
            ends[stage.name] = (ended.returncode == 0, time.monotonic() - began)
        figures = [
            json.loads(line) for file in sorted(Path(folder).iterdir()) for line in file.read_text().splitlines()
        ]
    text = table(figures, ends, asked.lives)
    print(text)
    if asked.into is not None:
        page = asked.into.read_text()
        before, _, rest = page.partition(BEGIN)
        asked.into.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{rest.partition(END)[2]}")
    sys.exit(any(figure["wrong"] for figure in figures) or not all(passed for passed, _ in ends.values()))


def table(figures: Sequence[Mapping[str, Any]], ends: Mapping[str, tuple[bool, float]], lives: int) -> str:
    """Return what was measured, as Markdown: the stages, what was counted, and what people saw."""
    at, cores = datetime.now(UTC), os.cpu_count()
    lines = [
        f"Run on {at:%Y-%m-%d}, {lives} kills in each campaign, {cores} cores, Python {platform.python_version()}, "
        f"{platform.system()} {platform.machine()}.",
        "",
        "| stage | passed | minutes |",
        "|---|---|---|",
        *(f"| {name} | {'✅' if passed else '❌'} | {took / 60:.0f} |" for name, (passed, took) in ends.items()),
        "",
    ]
    parts = defaultdict(list)
    for figure in figures:
        parts[figure["part"]].append(figure)
    counted = {part: rows for part, rows in parts.items() if part not in CASES}
    if counted:
        lines += ["| what | case | counted | wrong |", "|---|---|---|---|"]
        for part, rows in counted.items():
            lines += [f"| {part} | {row['what']} | {said(row['counts'])} | {row['wrong']} |" for row in rows]
        lines.append("")
    usual = usually_told([row for part in CASES for row in parts.get(part, ())])
    if usual:
        lines += ["Left out below is what people were told in most lives: " + " / ".join(sorted(usual)), ""]
    for part in CASES:
        if part in parts:
            lines += [f"### What goes wrong: {part}", ""]
            lines += [
                "| fault | ended | seconds | the card | people were told besides | wrong |",
                "|---|---|---|---|---|---|",
            ]
            lines += [case(row, usual) for row in parts[part]]
            lines.append("")
    wrong = sum(figure["wrong"] for figure in figures)
    return "\n".join([*lines, f"{len(figures)} rows; wrong in all of them together: {wrong}."])


def case(row: Mapping[str, Any], usual: Collection[str]) -> str:
    """Return the row of one life with a fault in it; what is *usual* is left out of what people were told."""
    counts = row["counts"]
    told = " / ".join(text for text in counts["people"].split(" / ") if text not in usual)
    cells = (row["what"], counts["ended"].lower(), counts["seconds"], counts["card"], told or "–", row["wrong"])
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def usually_told(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return what people were told in most of *rows*."""
    told = Counter(text for row in rows for text in {*row["counts"]["people"].split(" / ")})
    return {text for text, count in told.items() if count > len(rows) / 2}


def said(counts: Mapping[str, Any]) -> str:
    """Return *counts* in words."""
    each = (f"{v:,} {k}" if isinstance(v, int) else f"{k} {v}" for k, v in counts.items())
    return ", ".join(each).replace("_", " ").replace("|", "\\|")


if __name__ == "__main__":
    main()
