"""The list of changes to the code that no test has to notice."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mutmut"]
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


def test_each_test_that_is_left_out_is_there():
    """A test that was renamed would be run after all, and take its seconds for every change."""
    left_out = [arg.removeprefix("--deselect=") for arg in SETTINGS["pytest_add_cli_args"] if "::" in arg]
    assert left_out
    for test in left_out:
        file, _, name = test.partition("::")
        assert f"def {name}(" in (ROOT / file).read_text()


def test_each_folder_of_tests_that_is_asked_is_there():
    """And so is each file: one that was moved away would be asked no more."""
    assert all((ROOT / path).exists() for path in SETTINGS["pytest_add_cli_args_test_selection"])
