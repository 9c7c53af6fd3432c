"""The figures of the proof: each test of the long form says what it tried how often, and what was wrong.

`make faults` gathers them in one table (`scripts/faults.py`), from the folder that `SNAPSHOT_BOT_TEST_FIGURES` names.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

Count = int | float | str
FOLDER: Final = os.environ.get("SNAPSHOT_BOT_TEST_FIGURES", "")


@dataclass(frozen=True, slots=True)
class Figures:
    """Keeps what tests count; *loudly* lets what is printed be seen in every run."""

    loudly: Callable[[], AbstractContextManager[None]]

    def keep(self, part: str, what: str, *, wrong: int, **counts: Count) -> None:
        """Note that of *part*, in the case *what*, there were so many of each of *counts*, and so many *wrong*.

        A name of *counts* is what was counted, with _ for blanks; seconds are floats. In the short form nobody is told.
        """
        line = {"part": part, "what": what, "wrong": wrong, "counts": counts}
        said = ", ".join(
            f"{value:,} {name}" if isinstance(value, int) else f"{name} {value}" for name, value in counts.items()
        )
        if not (FOLDER or os.environ.get("SNAPSHOT_BOT_TEST_LIVES")):
            return
        with self.loudly():
            print(f"\n{part}, {what}: {said.replace('_', ' ')}; wrong: {wrong}")  # noqa: T201 -- for a long run to show
        if FOLDER:
            Path(FOLDER).mkdir(parents=True, exist_ok=True)
            with (Path(FOLDER) / f"{os.getpid()}.jsonl").open("a") as kept:
                kept.write(json.dumps(line) + "\n")
