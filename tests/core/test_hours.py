"""Hours by the wall clock of a zone: over midnight, and where the clock changes.

Sources of the situations: OctopusDeploy/Issues#9291 (E4), ~solankiharsh2837/wolverine-db#24 (E5),
argoproj/argo-cd#10425 (E3).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.hours import Hours, after_open_time, is_open, opens_at

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours((4,), time(22), time(4))  # Friday night
WORK = Hours((0, 1, 2, 3, 4), time(8), time(18))


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("when", "open_"),
    [
        ("2026-11-27 21:59", False),
        ("2026-11-27 22:00", True),
        ("2026-11-28 03:59", True),  # Saturday, of the hours that began on Friday
        ("2026-11-28 04:00", False),
        ("2026-11-27 03:00", False),  # Friday morning isn't Friday night
        ("2026-11-28 22:30", False),
    ],
)
def test_hours_past_midnight_belong_to_the_day_on_which_they_start(when, open_):
    """By the wall clock of the zone, not by UTC's."""
    assert is_open([NIGHT], at(when), BERLIN) is open_


def test_without_hours_it_is_always_open():
    assert is_open([], at("2026-11-29 03:00"), BERLIN)
    assert opens_at([], at("2026-11-29 03:00"), BERLIN) == at("2026-11-29 03:00")


def test_outside_of_one_and_inside_of_another_it_is_open():
    """They are a union."""
    assert is_open([WORK, NIGHT], at("2026-11-27 23:00"), BERLIN)
    assert opens_at([WORK, NIGHT], at("2026-11-28 05:00"), BERLIN) == at("2026-11-30 08:00")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-28", 3.0), ("2026-10-24", 5.0), ("2026-11-28", 4.0)])
def test_their_length_is_right_over_a_clock_change(day, hours):
    """00:00 to 04:00 on the Sunday on which the clock leaps, goes back, or does neither."""
    start, end = Hours((6,), time(0), time(4)).on(datetime.fromisoformat(day).date() + timedelta(days=1), BERLIN)
    assert (end - start) == timedelta(hours=hours)


def test_only_time_within_them_counts():
    """Three hours from Friday 17:00, of hours that end at 18:00, are over on Monday at 10:00."""
    over = after_open_time([WORK], at("2026-11-27 17:00"), timedelta(hours=3), BERLIN)
    assert over == at("2026-11-30 10:00")
    assert after_open_time([], at("2026-11-27 17:00"), timedelta(hours=3), BERLIN) == at("2026-11-27 20:00")


def test_what_is_no_time_at_all_is_refused():
    """Start and end are different, and there is a day."""
    with pytest.raises(ValueError, match="another time"):
        Hours((0,), time(8), time(8))
    for days in ((), (7,)):
        with pytest.raises(ValueError, match="days of the week"):
            Hours(days, time(8), time(9))
