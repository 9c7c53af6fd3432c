"""How long a snapshot is kept: when its clock starts, and what changes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.ids import ClusterId, SnapshotId, UserId
from bot.core.keep import MOST, NOT_SAID, Keep
from bot.core.snapshot import Outcome, Snapshot, SnapshotKind, is_last_good

NOW = datetime(2026, 5, 3, 14, 5, tzinfo=UTC)
DAY = timedelta(days=1)
ANA = UserId("U00000ANA")


def test_the_clock_starts_when_it_is_available():
    """What waits, or failed, has none."""
    assert Keep(30).until is None
    assert Keep(30).begun(NOW) == Keep(30, NOW + 30 * DAY, terms=1)
    assert NOT_SAID.begun(NOW) == NOT_SAID


def test_a_term_is_told_of_once():
    """It runs until somebody was told that it is over; then they are asked until they say."""
    runs = Keep(7).begun(NOW)
    assert (runs.runs, runs.is_asked) == (True, False)
    asked = runs.ended()
    assert (asked.runs, asked.is_asked) == (False, True)
    kept = asked.kept(30, ANA, NOW + 8 * DAY)
    assert (kept.runs, kept.is_asked, kept.until, kept.terms) == (True, False, NOW + 38 * DAY, 2)


def test_what_is_kept_longer_early_gets_all_of_it():
    """A term that still runs is longer by so much; it counts as another."""
    kept = Keep(30).begun(NOW).kept(30, ANA, NOW + DAY)
    assert (kept.until, kept.terms, kept.by, kept.at) == (NOW + 60 * DAY, 2, ANA, NOW + DAY)


@pytest.mark.parametrize("asked", [True, False])
def test_kept_until_somebody_says_has_no_end(asked):
    """Before or after the question; a later word gives it an end again."""
    before = Keep(30).begun(NOW)
    kept = (before.ended() if asked else before).kept(0, ANA, NOW)
    assert (kept.runs, kept.is_asked, kept.until) == (False, False, None)
    again = kept.kept(7, ANA, NOW)
    assert (again.runs, again.until, again.terms) == (True, NOW + 7 * DAY, 2)


def test_what_is_gone_is_not_asked_about():
    """Nothing is left to decide."""
    gone = Keep(30).begun(NOW).gone(NOW)
    assert (gone.runs, gone.is_asked) == (False, False)
    assert not Keep(30).begun(NOW).ended().gone(NOW).is_asked
    assert MOST == 365


ONE = Snapshot(SnapshotId("s1"), "one", ClusterId("c1"), Outcome.AVAILABLE)


@pytest.mark.parametrize(
    ("other", "last"),
    [
        ({}, False),
        ({"kind": SnapshotKind.MANUAL}, False),
        ({"kind": SnapshotKind.AUTOMATED}, True),
        ({"outcome": Outcome.FAILED}, True),
        ({"outcome": Outcome.PENDING}, True),
        ({"cluster_id": ClusterId("c2")}, True),
        ({"id": ONE.id}, True),
    ],
)
def test_the_last_good_one_is_known(other, last):
    """Failed and unfinished ones don't count, nor those of others, nor what goes by itself."""
    there = [ONE, replace(ONE, **{"id": SnapshotId("s2"), **other})]
    assert is_last_good(there, ONE) is last
    assert is_last_good([], ONE)
