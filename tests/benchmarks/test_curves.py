"""What is counted for the curves, at the smallest sizes, and that the document shows what was counted."""

from __future__ import annotations

import json
import math
import re
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks import __main__, counting, curves

DOCS = Path(__file__).resolve().parents[2] / "docs"
KEPT = json.loads((DOCS / "performance" / "growth.json").read_text(encoding="utf-8"))
PAGE = (DOCS / "performance.md").read_text(encoding="utf-8")


def test_every_question_takes_steps_on_each_size(tmp_path, monkeypatch, capsys):
    """They are written as JSON and as a chart, and printed as a table; no database is left."""
    monkeypatch.setattr(curves, "SIZES", (20, 40))
    assert __main__.main(["--curves", "--into", str(tmp_path / "found"), "--databases", str(tmp_path)]) == 0
    kept = json.loads((tmp_path / "found" / "growth.json").read_text(encoding="utf-8"))
    assert [*kept["steps"]] == [*counting.QUESTIONS]
    assert all(len(steps) == 2 and min(steps) > 0 for steps in kept["steps"].values())
    assert kept["bytes"][1] > kept["bytes"][0]
    ElementTree.fromstring((tmp_path / "found" / "growth.svg").read_text(encoding="utf-8"))
    assert capsys.readouterr().out.strip() == curves.table(kept)
    assert [*tmp_path.iterdir()] == [tmp_path / "found"]


@pytest.mark.parametrize(("steps", "expected"), [([10, 80, 90], False), ([10, 80, 200], True), ([50, 50], False)])
def test_what_grows_does_so_from_the_second_size_on(steps, expected):
    """The first has fewer requests than an answer shows."""
    assert curves.grows(steps) is expected


def test_a_line_rises_with_the_steps():
    """Both axes are by powers of ten: what grows as the database does is a straight line, what doesn't is level."""
    kept = {"ended": [100, 1_000, 10_000], "steps": {"flat": [50, 50, 50], "`grows`": [100, 1_000, 10_000]}}
    drawn = ElementTree.fromstring(curves.chart(kept))
    lines = [e.attrib["points"].split() for e in drawn.iter() if e.tag.endswith("polyline")]
    (flat, grows) = ([tuple(map(float, point.split(","))) for point in line] for line in lines)
    assert len({y for _, y in flat}) == 1
    slopes = [(b[1] - a[1]) / (b[0] - a[0]) for a, b in pairwise(grows)]
    assert math.isclose(slopes[0], slopes[1], rel_tol=0.01)
    assert slopes[0] < 0  # upwards
    assert [e.text for e in drawn.iter() if e.text in ("flat", "grows", "`grows`")] == ["flat", "grows"]


def test_the_document_shows_what_was_counted():
    """The chart and the table are those of growth.json, and each line that grows has its paragraph."""
    assert (DOCS / "performance" / "growth.svg").read_text(encoding="utf-8") == curves.chart(KEPT)
    assert curves.table(KEPT) in PAGE
    growing = {what for what, steps in KEPT["steps"].items() if curves.grows(steps)}
    named = re.findall(r"^- \*\*(.+?)\.\*\*", PAGE[PAGE.index("### What grows") :], re.M)
    assert {what.capitalize() if what[0] != "`" else what for what in growing} == set(named)
