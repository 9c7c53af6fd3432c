"""Hours by the wall clock of a zone: over midnight, and where the clock changes.

Sources of the situations: OctopusDeploy/Issues#9291 (E4), ~solankiharsh2837/wolverine-db#24 (E5),
argoproj/argo-cd#10425 (E3).
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.hours import Hours, ends_at, is_open, next_of, open_time, opens_at

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
    """From Friday 17:00 to Monday 10:00, of hours that end at 18:00, three hours pass."""
    friday, monday = at("2026-11-27 17:00"), at("2026-11-30 10:00")
    assert open_time([WORK], friday, monday, BERLIN) == timedelta(hours=3)
    assert open_time([], friday, monday, BERLIN) == timedelta(days=2, hours=17)
    assert open_time([WORK], monday, monday, BERLIN) == timedelta(0)


def test_time_that_is_closed_does_not_count():
    """Whether it is within the hours or not, and however closed stretches overlap."""
    friday, monday = at("2026-11-27 17:00"), at("2026-11-30 10:00")
    frozen = [(at("2026-11-27 17:30"), at("2026-11-30 08:30")), (at("2026-11-28 00:00"), at("2026-11-30 09:00"))]
    assert open_time([WORK], friday, monday, BERLIN, closed=frozen) == timedelta(hours=1.5)
    assert open_time([], friday, monday, BERLIN, closed=frozen) == timedelta(hours=1.5)
    assert open_time([], friday, monday, BERLIN, closed=[(at("2020-01-01"), at("2030-01-01"))]) == timedelta(0)
    assert open_time([], friday, monday, BERLIN, closed=[(monday, friday)]) == monday - friday  # of no length


@pytest.mark.parametrize(
    ("when", "ends"),
    [
        ("2026-11-27 21:59", None),
        ("2026-11-27 22:00", "2026-11-28 04:00"),
        ("2026-11-28 03:59", "2026-11-28 04:00"),
        ("2026-11-28 04:00", None),
    ],
)
def test_when_they_are_over(when, ends):
    """Half open, and past midnight."""
    assert ends_at([NIGHT], at(when), BERLIN) == (at(ends) if ends else None)


def test_what_touches_is_one():
    """Saturday and Sunday as two windows end once, on Monday."""
    weekend = [Hours((5, 6), time(0), time(23, 59)), Hours((5, 6), time(23, 59), time(0))]
    assert ends_at(weekend, at("2026-11-28 12:00"), BERLIN) == at("2026-11-30 00:00")


def test_the_next_five_by_the_wall_clock():
    """In the zone's time, also where the clock changes in between; the one that is on comes first."""
    found = next_of([NIGHT], at("2026-10-17 03:00"), BERLIN)
    starts = ["2026-10-16", "2026-10-23", "2026-10-30", "2026-11-06", "2026-11-13"]
    assert [start for start, _ in found] == [at(f"{day} 22:00") for day in starts]
    assert {end.astimezone(BERLIN).time() for _, end in found} == {time(4)}
    assert next_of([], at("2026-10-17 03:00"), BERLIN) == []


def test_what_is_no_time_at_all_is_refused():
    """Start and end are different, and there is a day."""
    with pytest.raises(ValueError, match="another time"):
        Hours((0,), time(8), time(8))
    for days in ((), (7,)):
        with pytest.raises(ValueError, match="days of the week"):
            Hours(days, time(8), time(9))


@pytest.mark.parametrize(
    ("written", "again"),
    [
        ("mon-fri 08:00-18:00", "mon-fri 08:00-18:00"),
        (" Sat,Sun 8:00-04:00 ", "sat-sun 08:00-04:00"),
        ("fri-mon 22:00-06:00", "mon,fri-sun 22:00-06:00"),
        ("wed 00:00-23:59", "wed 00:00-23:59"),
    ],
)
def test_hours_are_read_and_written_alike(written: str, again: str):
    """Days in their order, the same times."""
    assert str(Hours.parse(written)) == again
    assert Hours.parse(again) == Hours.parse(written)


@pytest.mark.parametrize(
    "written", ["", "mon", "mon 8-18", "moon 08:00-18:00", "mon-fri 08:00-08:00", "mon 25:00-26:00"]
)
def test_what_are_no_hours_is_refused(written: str):
    """Whatever is wrong with them."""
    with pytest.raises(ValueError, match=r"."):
        Hours.parse(written)
