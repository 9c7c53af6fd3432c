"""The list of changes to the code that no test has to notice."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SURVIVORS = tomllib.loads((ROOT / "tests/mutants.toml").read_text())["survivor"]


def _module(function: str) -> Path:
    """Return the file in which *function*, such as bot.core.approval.ApprovalRule.stands, is."""
    parts = function.split(".")
    paths = (ROOT.joinpath(*parts[:n]) for n in range(len(parts), 0, -1))
    return next(f for p in paths for f in (p.with_suffix(".py"), p / "__init__.py") if f.is_file())


@pytest.mark.parametrize("survivor", SURVIVORS, ids=lambda s: s["in"])
def test_an_accepted_change_is_of_a_line_that_stands_in_the_code(survivor):
    """An entry whose line was written again, or that has no reason, speaks of nothing."""
    assert survivor["why"]
    assert f" {survivor['line']} " in " ".join(_module(survivor["in"]).read_text().split())
