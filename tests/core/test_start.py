"""When a request is to start: what people write, what can't be meant, and what may stand before a description."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.endings import NoSuchMoment
from bot.core.request import State
from bot.core.start import WallTime, next_wall_time, start_at
from bot.words import say
from tests.harness.facts import NOW as ASKED
from tests.harness.facts import in_state

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 17, 5, tzinfo=UTC)  # a Friday, 18:05 in Berlin


@pytest.mark.parametrize(
    ("text", "shown", "at"),
    [
        ("02:00", "2026-11-28T02:00", "2026-11-28T01:00:00+00:00"),
        ("18:06", "2026-11-27T18:06", "2026-11-27T17:06:00+00:00"),
        ("18:05", "2026-11-28T18:05", "2026-11-28T17:05:00+00:00"),
        ("fri 18:05", "2026-12-04T18:05", "2026-12-04T17:05:00+00:00"),
        ("Monday  6:00", "2026-11-30T06:00", "2026-11-30T05:00:00+00:00"),
        ("2026-12-31 18:00", "2026-12-31T18:00", "2026-12-31T17:00:00+00:00"),
        ("2026-12-31T18:00", "2026-12-31T18:00", "2026-12-31T17:00:00+00:00"),
    ],
)
def test_the_next_time_at_which_the_clock_shows_that(text, shown, at):
    """By the wall clock of the zone, whose name and wall time are kept beside the moment."""
    start = start_at(next_wall_time(text, NOW, BERLIN), NOW)
    assert (start.wall.isoformat(timespec="minutes"), start.zone, start.at.isoformat()) == (shown, "Europe/Berlin", at)


def test_an_hour_that_comes_twice_is_the_first():
    """2026-10-25 02:30 in Berlin: before the clock goes back."""
    now = datetime(2026, 10, 24, tzinfo=UTC)
    assert (
        start_at(WallTime(datetime.fromisoformat("2026-10-25T02:30"), BERLIN), now).at.isoformat()
        == "2026-10-25T00:30:00+00:00"
    )


@pytest.mark.parametrize(
    ("wall", "words"),
    [
        ("2027-03-28 02:30", "'2027-03-28 02:30' doesn't exist in Europe/Berlin: the clock goes forward then."),
        ("2027-03-20 18:05", "2027-03-20 18:05 is over already in Europe/Berlin."),
        ("2027-06-24 18:05", "2027-06-24 18:05 is too far ahead: 90 days at most."),
    ],
)
def test_a_time_that_cannot_be_meant(wall, words):
    """Each says why, in the zone in which it was meant."""
    now = datetime(2027, 3, 20, 17, 5, tzinfo=UTC)
    with pytest.raises(NoSuchMoment) as raised:
        start_at(WallTime(datetime.fromisoformat(wall), BERLIN), now)
    assert say(raised.value) == words


@pytest.mark.parametrize("text", ["25:00", "02:61", "noon", "monk 06:00", "2026-02-30 06:00", "2026-12-31"])
def test_what_is_no_time(text):
    """The message has the forms that are understood."""
    with pytest.raises(NoSuchMoment) as raised:
        next_wall_time(text, NOW, BERLIN)
    assert say(raised.value).startswith(f"'{text}' is no time at which something can start. Write 02:00,")


def test_its_place_in_line_counts_from_its_time():
    """Not from when it was approved; where the glass was broken there is no time."""
    start = start_at(WallTime(datetime.fromisoformat("2027-01-01T02:00"), BERLIN), datetime(2026, 12, 31, tzinfo=UTC))
    later = in_state(State.APPROVED, start=start, decided_at=ASKED)
    assert later.may_start_since == start.at
    assert in_state(State.APPROVED, decided_at=ASKED).may_start_since == ASKED
