#!/usr/bin/env python3
"""Change the code a little, one place at a time, and see whether a test fails: `make mutants`.

A change that no test and no type check notices has survived: write the test that notices it, make the code simpler, or
list it with its reason in tests/mutants.toml. Names (`bot.core.approval*`) choose which changes to try again; without
names all are tried, from the start. What a test's parameters call is called before the change: call it in the test.
`--draw 30 --seed 7` tries that many of all, by chance. Ends with 1 where a survivor isn't listed, or something listed
doesn't survive.
"""

import argparse
import fnmatch
import json
import os
import random
import re
import shutil
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

WORK = Path("mutants")  # where mutmut keeps the changed code and what it found; it reads its settings in pyproject.toml
LIST = Path("tests/mutants.toml")
HELD = {"killed", "caught by type check", "timeout"}
SURVIVED = {"survived": "no test fails", "no tests": "no test runs it"}

Change = tuple[str, str, str]  # function, line as it is, line as it became


def main() -> None:
    """Try the changes, and compare what survives with the list."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.split("\n\n")[1])
    parser.add_argument("names", nargs="*", help="which changes: bot.store*, bot.core.text.canonical*, …; default all")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--draw", type=int, default=0, help="try so many of all, by chance")
    parser.add_argument("--seed", type=int, default=1, help="by which they are drawn")
    asked = parser.parse_args()
    if not asked.names:
        shutil.rmtree(WORK, ignore_errors=True)
    names = drawn(asked.draw, asked.seed, asked.jobs) if asked.draw else asked.names
    if mutmut(names, asked.jobs).returncode:
        sys.exit("The run itself failed, as told above: without any change the tests have to pass.")

    found, undecided = results(names or ["*"])
    listed, caseless = accepted()
    survivors = {change: status for change, status in found.items() if status in SURVIVED}
    unlisted = {it: status for it, status in survivors.items() if it not in listed and not only_case(it, caseless)}
    stale = [change for change in listed if found.get(change) in HELD]
    for status in SURVIVED:
        show(SURVIVED[status], [change for change, it in unlisted.items() if it == status])
    show(f"no longer survives: take it out of {LIST}", stale)
    for name in undecided:
        print(f"not decided, try it again: {name}")
    print(f"{len(found)} changes tried: {len(survivors)} survived, {len(unlisted)} of these are not in {LIST}.")
    sys.exit(bool(unlisted or stale or undecided))


def mutmut(names: list[str], jobs: int, **how: Any) -> subprocess.CompletedProcess[str]:
    """Run the tool over the changes that *names* mean."""
    bin_ = Path(sys.executable).parent
    run = [str(bin_ / "mutmut"), "run", "--max-children", str(jobs), *names]
    return subprocess.run(run, env=os.environ | {"PATH": f"{bin_}:{os.environ['PATH']}"}, text=True, check=False, **how)


def drawn(count: int, seed: int, jobs: int) -> list[str]:
    """Return the names of *count* changes, drawn by *seed* from all that there are."""
    print("making all changes, to draw from them …", flush=True)
    said = mutmut(["none"], jobs, capture_output=True)  # which makes them, and then finds none of that name
    every = sorted(
        name for meta in WORK.rglob("*.py.meta") for name in json.loads(meta.read_text())["exit_code_by_key"]
    )
    if "nothing matches" not in said.stderr + said.stdout or len(every) < count:
        sys.exit(said.stdout[-2000:] + said.stderr[-2000:])
    chosen = random.Random(seed).sample(every, count)
    print(f"{count} of {len(every)} changes, drawn by the seed {seed}:", *sorted(chosen), sep="\n  ", flush=True)
    return chosen


def results(names: list[str]) -> tuple[dict[Change, str], list[str]]:
    """Return what became of each change that *names* mean, and the names of those of which that isn't known."""
    found: dict[Change, str] = {}
    undecided = []
    for meta in sorted(WORK.rglob("*.py.meta")):
        path = meta.relative_to(WORK).with_suffix("")
        for name, exit_code in json.loads(meta.read_text())["exit_code_by_key"].items():
            if not any(fnmatch.fnmatch(name, pattern) for pattern in names):
                continue
            status = status_by_exit_code[exit_code]
            if status in SURVIVED or status in HELD:
                change = change_of(name, path)
                if found.get(change) not in SURVIVED:  # two changes that read the same: the one that survives counts
                    found[change] = status
            else:
                undecided.append(f"{name} ({status})")
    return found, undecided


def change_of(name: str, path: Path) -> Change:
    """Return what the mutant *name* of the file *path* changes."""
    diff = get_diff_for_mutant(name, path=path).split("\n")[2:]
    before, after = (" ".join(line[1:].strip() for line in diff if line[:1] == sign) for sign in "-+")
    function = re.sub(r"\.x(?:_|ǁ(\w+?)ǁ)(\w+)__mutmut_\d+$", lambda m: f".{m[1]}.{m[2]}" if m[1] else f".{m[2]}", name)
    return function, before, after


def accepted() -> tuple[set[Change], list[str]]:
    """Return the survivors that are listed, and patterns of lines in which letters have no case."""
    listed = tomllib.loads(LIST.read_text())
    entries = listed["survivor"]
    return {(entry["in"], entry["line"], became) for entry in entries for became in entry["became"]}, listed["caseless"]


def only_case(change: Change, caseless: list[str]) -> bool:
    """Say whether *change* is one of upper and lower case where that means nothing."""
    _, before, after = change
    return before.lower() == after.lower() and any(re.search(pattern, before) for pattern in caseless)


def show(heading: str, changes: list[Change]) -> None:
    """Print *changes* as the list has them."""
    lines = defaultdict(list)
    for function, before, after in changes:
        lines[function, before].append(after)
    for (function, before), became in lines.items():
        print(f"# {heading}\n[[survivor]]\nin = {toml(function)}\nline = {toml(before)}")
        print("became = [", *(f"    {toml(after)}," for after in became), ']\nwhy = ""\n', sep="\n")


def toml(text: str) -> str:
    """Return *text* as a TOML string."""
    return f"'{text}'" if "'" not in text else json.dumps(text, ensure_ascii=False)


if __name__ == "__main__":
    main()
