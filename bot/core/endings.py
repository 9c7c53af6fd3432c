"""Until when something holds, as people write it: a day, a moment, a weekday with a time, a length of time."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from bot.core.errors import BotError
from bot.core.hours import DAYS
from bot.core.phrase import Phrase

_SPAN: Final = re.compile(r"(\d{1,6})([mhd])")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
_LONGEST: Final = timedelta(days=90)
_TIME: Final = r"\d{1,2}:\d{2}"
_DAY: Final = r"\d{4}-\d{2}-\d{2}"
_CLOCK: Final = re.compile(rf"(?:([a-z]+) )?({_TIME})")
# What may stand before the reason of a freeze; a reason that begins with one of its words is refused, not cut.
_LED: Final = re.compile(
    rf"until ({_DAY}(?:[ t]{_TIME})?|[a-z]+ {_TIME}|{_TIME})(?:\s|$)|(for) (\d{{1,4}}[mhd])(?:\s|$)", re.IGNORECASE
)
_LEADS: Final = re.compile(r"until\b|for \d", re.IGNORECASE)


class NoSuchMoment(BotError):
    """What somebody wrote is no moment, or none that can be meant."""

    def __init__(self, code: str, **facts: str) -> None:
        super().__init__(code, phrase=Phrase(code, facts))


def span(text: str) -> timedelta:
    """Read a length of time: `30m`, `8h`, `2d`.

    Raises:
        NoSuchMoment: it is none, or longer than 90 days.
    """
    found = _SPAN.fullmatch(text.strip())
    length = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta(0)
    if not timedelta(0) < length <= _LONGEST:
        raise NoSuchMoment("no-span", written=text)
    return length


def ending(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which what holds until *text* ends: after that day, or then, in *zone*.

    `2026-12-31`, `2026-12-31 18:00`, `mon 06:00` (the next one from *now*) or `18:00` (today). A day that the clock
    makes shorter or longer ends with it. A moment may name its own zone, as in ISO 8601.

    Raises:
        NoSuchMoment: it is nothing of that, is over *now*, or the clock skips that moment.
    """
    ends = _ending(text.strip(), now, zone)
    if ends <= now:
        raise NoSuchMoment("moment-over", written=text)
    return ends


def end_of(text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when what holds for a length of time (`3h`), or until a moment as `ending` reads it, is over.

    Raises:
        NoSuchMoment: *text* is neither, or it can't be meant.
    """
    length = text.strip().lower()
    return now + span(length) if _SPAN.fullmatch(length) else ending(text, now, zone)


def _ending(text: str, now: datetime, zone: tzinfo) -> datetime:
    try:
        if found := _CLOCK.fullmatch(text.lower()):
            return _next(found[1], time.fromisoformat(found[2].zfill(5)), text, now, zone)
        at = datetime.fromisoformat(text)
        if len(text) <= len("2026-12-31"):
            return end_of_day(at.date(), zone)
        return instant(at, zone)
    except (ValueError, OverflowError):  # the latter: at the end of all years
        raise NoSuchMoment("no-moment", written=text) from None


def _next(day: str | None, wall: time, text: str, now: datetime, zone: tzinfo) -> datetime:
    """Return when it is *wall* next on the weekday *day*, or (None) today.

    Raises:
        ValueError: no day is called so.
    """
    today = now.astimezone(zone).date()
    if day is None:
        return exactly(datetime.combine(today, wall), text, zone)
    ahead = (weekday(day) - today.weekday()) % 7
    found = exactly(datetime.combine(today + timedelta(days=ahead), wall), text, zone)
    return found if found > now else exactly(datetime.combine(today + timedelta(days=ahead + 7), wall), text, zone)


def weekday(called: str) -> int:
    """Return the number of `mon`, `monday`: 0 is Monday.

    Raises:
        ValueError: no day is called so.
    """
    number = DAYS.index(called[:3])
    if called not in (DAYS[number], ("mon", "tues", "wednes", "thurs", "fri", "satur", "sun")[number] + "day"):
        raise ValueError(called)
    return number


def end_of_day(day: date, zone: tzinfo) -> datetime:
    """Return when *day* is over in *zone*, whatever its length, in UTC."""
    return datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)


def instant(at: datetime, zone: tzinfo) -> datetime:
    """Return *at* in UTC; where it names no zone, it is one of *zone*.

    Raises:
        NoSuchMoment: the clock skips it.
    """
    return at.astimezone(UTC) if at.tzinfo is not None else exactly(at, at.isoformat(" ", "minutes"), zone)


def exactly(wall: datetime, text: str, zone: tzinfo) -> datetime:
    """Return the moment (UTC) at which clocks of *zone* show *wall*, which was written as *text*; of two the first.

    Raises:
        NoSuchMoment: the clock skips it.
    """
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != wall:
        raise NoSuchMoment("moment-skipped", written=text, zone=str(zone))
    return instant


def led(text: str, now: datetime, zone: tzinfo) -> tuple[datetime | None, str]:
    """Return until when, as *text* begins (`until mon 06:00`, `for 3h`; None: it says nothing), and what follows.

    Raises:
        NoSuchMoment: it begins so, and names no moment that can be meant.
    """
    text = " ".join(text.split())
    if found := _LED.match(text):
        ends = now + span(found[3].lower()) if found[2] else ending(found[1], now, zone)
        return ends, text[found.end() :].strip()
    if _LEADS.match(text):
        raise NoSuchMoment("no-moment", written=" ".join(text.split(" ")[:3]))
    return None, text
