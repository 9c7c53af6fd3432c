"""The table, the JSON and the chart say what was measured, and name each miss."""

from __future__ import annotations

import json
import re
from xml.etree import ElementTree

import pytest

from benchmarks import reporting, runner
from benchmarks.goals import ASKED, GOALS, ORDERS, PEOPLE, goal_of
from benchmarks.measuring import Measured, by_ratio, percentile

MET = by_ratio("ack-alone", [(1.0, 20.0), (1.0, 25.0), (1.0, 50.0)])
MISSED = by_ratio("ack-64", [(500.0, 1000.0), (700.0, 1000.0)])
NONE = Measured("start", why_not="it did not start")


def test_a_figure_is_the_median_over_blocks():
    """With the least and the most of a block, and both numbers."""
    assert (MET.ratio, MET.low, MET.high, MET.ours, MET.theirs) == (0.04, 0.02, 0.05, 1.0, 25.0)


@pytest.mark.parametrize(("percent", "value"), [(50, 51), (99, 100), (0, 1)])
def test_a_percentile_is_one_of_the_times(percent, value):
    """The p99 of a hundred is the last."""
    assert percentile([float(n) for n in range(100, 0, -1)], percent) == value


def test_the_table_has_goal_and_result_side_by_side_and_a_line_for_each_miss():
    """A figure that has no numbers says why."""
    table = reporting.table([MET, MISSED, NONE])
    assert "| ≤ 0.085 × | ✅ 0.0400 × | 0.0200..0.0500 | 1.00 · 25.0 ms |" in table
    assert "| ≥ 1 × | ❌ 0.600 × | 0.500..0.700 | 600 · 1,000 a second |" in table
    assert len(re.findall(r"^- missed: ", table, re.M)) == 1
    assert f"0.600 × (≥ 1 ×); {goal_of('ack-64').cause}" in table
    assert "- not measured: start until `/readyz`: it did not start" in table


def test_a_family_shows_its_worst():
    """The table has one line for all who ask the same; each miss has its own."""
    found = [
        by_ratio(f"growth-help-one-{order}", [(ratio, 1.0)]) for order, ratio in zip(ORDERS, (1.1, 9.0), strict=True)
    ]
    assert [m.ratio for _, m in reporting.lines(found)] == [9.0]
    assert reporting.table(found).count("- missed: ") == 1


def test_what_was_kept_can_be_read_again():
    """All but the digits that tell nothing; figures that are gone are left out."""
    kept = json.loads(json.dumps(reporting.as_json([MET, MISSED, NONE], {"python": "3"})))
    assert reporting.read_back(kept) == [MET, MISSED, NONE]
    kept["figures"]["gone"] = kept["figures"]["start"]
    assert reporting.read_back(kept) == [MET, MISSED, NONE]


def test_the_chart_is_well_formed_and_says_which_side_is_better():
    """A bar to the left for what is better than its goal, to the right for what misses it; no bar without numbers."""
    drawn = ElementTree.fromstring(reporting.chart([MET, MISSED, NONE]))
    bars = [rect for rect in drawn.iter("{http://www.w3.org/2000/svg}rect") if rect.get("height") == "14"]
    met, missed = bars
    middle = float(next(drawn.iter("{http://www.w3.org/2000/svg}line")).get("x1", ""))
    assert float(met.get("x", "")) < middle <= float(missed.get("x", ""))
    assert met.get("fill") != missed.get("fill")


def test_every_figure_has_one_goal_and_one_group():
    """No name stands twice, and each begins as those of the group that measures it."""
    names = [goal.figure for goal in GOALS]
    assert len(names) == len(set(names))
    grouped = [figure for beginnings in runner.GROUPS for figure in runner.figures_of(beginnings)]
    assert sorted(grouped) == sorted(names)


def test_growth_is_measured_for_everybody():
    """Each command, the modal and Home: for who approves all, twenty, and who asks for one; in both orders."""
    names = {goal.figure for goal in GOALS}
    assert {f"growth-{what}-one-{order}" for what in ASKED for order in ORDERS} <= names
    assert {f"growth-help-{who}-{order}" for who in PEOPLE for order in ORDERS} <= names


def test_figures_are_chosen_by_a_part_of_their_name():
    """Without a word it is all of them."""
    assert runner.wanted(["ack", "64"])("form-64")
    assert not runner.wanted(["ack"])("form-64")
    assert runner.wanted([])("form-64")
