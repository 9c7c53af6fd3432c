"""The numbers by which the worker goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.worker.pace import Pace

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize("after", [0.0, 0.5, 14.999999])
def test_all_that_is_polled_in_one_interval_falls_due_together(after: float):
    """At the next whole interval, so that one look serves them; never at once."""
    now = NOW + timedelta(seconds=after)
    assert now + Pace(poll=15.0).tick(now) == NOW + timedelta(seconds=15)


def test_a_wait_gets_up_to_a_fifth_longer():
    """So that what failed together doesn't come back together."""
    waits = {Pace().later(100.0).total_seconds() for _ in range(200)}
    assert min(waits) >= 100
    assert max(waits) <= 120
    assert max(waits) - min(waits) > 5


@pytest.mark.parametrize(("named", "wait"), [(30.0, 30.0), (0.0, 0.0), (3600.0, 3600.0), (86_400.0, 3600.0)])
def test_what_the_other_side_names_replaces_our_wait_up_to_an_hour(named: float, wait: float):
    """Also where it names a shorter one."""
    due = Pace().later(100.0, named=named).total_seconds()
    assert wait <= due <= wait * 1.2


@pytest.mark.parametrize(("attempts", "wait"), [(1, 2.0), (2, 4.0), (5, 32.0), (8, 256.0), (9, 300.0), (10_000, 300.0)])
def test_waits_for_slack_double_up_to_five_minutes(attempts: int, wait: float):
    """However often it failed before."""
    assert Pace().slack_wait(attempts) == wait


def test_the_doubling_itself_ends():
    """Where the longest wait is set very high, it is still about an hour."""
    assert Pace(slack_most=1e9).slack_wait(10_000) == 4096.0


@pytest.mark.parametrize("name", ["poll", "retry", "operator", "operator_most", "most", "slack_most", "lease"])
def test_the_longest_wait_is_the_longest_of_ours_with_its_jitter(name: str):
    """What is due later than that was put off by a clock that was put back."""
    changed: dict[str, Any] = {name: 10_000.0}
    assert replace(Pace(), **changed).longest == timedelta(seconds=12_000)
