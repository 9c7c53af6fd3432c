"""Until when something holds, as people write it: what is meant, and what can't be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.core.endings import NoSuchMoment, end_of, ending, led, span
from bot.words import say

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 27, 17, 5, tzinfo=UTC)  # a Friday, 18:05 in Berlin


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-12-31", "2026-12-31T23:00:00+00:00"),
        ("2027-03-28", "2027-03-28T22:00:00+00:00"),  # a day of 23 hours
        ("2027-10-31", "2027-10-31T23:00:00+00:00"),  # and one of 25
        ("2026-12-31 18:00", "2026-12-31T17:00:00+00:00"),
        (" 2026-12-31T18:00Z ", "2026-12-31T18:00:00+00:00"),
        ("2027-10-31 02:30", "2027-10-31T00:30:00+00:00"),  # the first of two
        ("mon 06:00", "2026-11-30T05:00:00+00:00"),
        ("Monday 6:00", "2026-11-30T05:00:00+00:00"),
        ("fri 18:06", "2026-11-27T17:06:00+00:00"),  # today, as it is yet to come
        ("fri 18:05", "2026-12-04T17:05:00+00:00"),  # else in a week
        ("18:06", "2026-11-27T17:06:00+00:00"),
    ],
)
def test_until_when(text, instant):
    """By the wall clock of the zone; a day is over at its end, whatever its length."""
    assert ending(text, NOW, BERLIN).isoformat() == instant


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("3h", "2026-11-27T20:05:00+00:00"),
        (" 2D ", "2026-11-29T17:05:00+00:00"),
        ("mon 06:00", "2026-11-30T05:00:00+00:00"),
        ("2026-12-31", "2026-12-31T23:00:00+00:00"),
    ],
)
def test_an_end_is_a_length_of_time_or_a_moment(text, instant):
    """Whichever of them it looks like."""
    assert end_of(text, NOW, BERLIN).isoformat() == instant


@pytest.mark.parametrize(
    "text", ["tomorrow", "31.12.2026", "2026-13-01", "", "9999-12-31", "25:00", "mo 06:00", "monk 06:00"]
)
def test_no_moment_that_is_none(text):
    """The message has the forms that are understood."""
    with pytest.raises(NoSuchMoment) as raised:
        ending(text, NOW, BERLIN)
    assert say(raised.value) == (
        f"'{text}' is no day and no moment. Write 2026-12-31, or '2026-12-31 18:00', 'mon 06:00', '18:00'."
    )


@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("2027-03-28 02:30", NOW),
        ("02:30", NOW.replace(year=2027, month=3, day=28, hour=0)),
        ("sun 02:30", datetime(2027, 3, 27, tzinfo=UTC)),
    ],
)
def test_a_moment_that_the_clock_skips_is_refused(text, now):
    """With the reason, in the zone in which it is meant."""
    with pytest.raises(NoSuchMoment) as raised:
        ending(text, now, BERLIN)
    assert say(raised.value) == f"'{text}' doesn't exist in Europe/Berlin: the clock goes forward then."


@pytest.mark.parametrize("text", ["2020-12-31", "2026-11-27 18:05", "18:05", "00:00"])
def test_a_moment_that_is_over_is_refused(text):
    """Nothing would hold until then."""
    with pytest.raises(NoSuchMoment) as raised:
        ending(text, NOW, BERLIN)
    assert say(raised.value) == f"{text} is over already, so nothing was changed."


def test_a_length_of_time():
    """Minutes, hours, days, ninety of them at most."""
    assert [span(t) for t in ("30m", "8h", " 2d ")] == [timedelta(minutes=30), timedelta(hours=8), timedelta(days=2)]
    for text in ("", "0m", "91d", "8 h", "8H", "h"):
        with pytest.raises(NoSuchMoment) as raised:
            span(text)
        assert say(raised.value) == f"'{text}' is no length of time. Write 30m, 8h or 2d, 90 days at most."


@pytest.mark.parametrize(
    ("text", "until", "rest"),
    [
        ("until mon 06:00 quarter end", "2026-11-30T05:00:00+00:00", "quarter end"),
        ("UNTIL Monday  06:00   quarter end", "2026-11-30T05:00:00+00:00", "quarter end"),
        ("until 2026-12-31 18:00 18:00 is late", "2026-12-31T17:00:00+00:00", "18:00 is late"),
        ("until 2026-12-31 quarter end", "2026-12-31T23:00:00+00:00", "quarter end"),
        ("until 23:00", "2026-11-27T22:00:00+00:00", ""),
        ("for 3h the migration", "2026-11-27T20:05:00+00:00", "the migration"),
        ("for the migration", None, "for the migration"),
        ("untilled fields", None, "untilled fields"),
        ("quarter end until mon 06:00", None, "quarter end until mon 06:00"),
        ("", None, ""),
    ],
)
def test_what_leads_a_reason(text, until, rest):
    """It says until when at its beginning, or nowhere."""
    found, reason = led(text, NOW, BERLIN)
    assert (found and found.isoformat(), reason) == (until, rest)


@pytest.mark.parametrize(
    "text", ["until further notice", "until", "until mon", "until 31.12. it", "for 3 hours", "for 3hours"]
)
def test_an_end_that_is_not_understood_is_no_part_of_the_reason(text):
    """It would freeze for good what somebody meant to freeze for a while."""
    with pytest.raises(NoSuchMoment):
        led(text, NOW, BERLIN)
