"""When a snapshot is to start, where that isn't at once: as a wall clock shows it, which is kept with the moment."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Final

from bot.core.endings import NoSuchMoment, exactly, weekday
from bot.core.why import Code, Why

LONGEST: Final = timedelta(days=90)  # ahead; as long as a length of time may be
_DAY_NAMES: Final = "mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?"
START_WRITTEN: Final = re.compile(
    rf"(?:\d{{4}}-\d{{2}}-\d{{2}}[ t]\s*|(?:{_DAY_NAMES})\s+)?\d{{1,2}}:\d{{2}}(?=\s|$)", re.IGNORECASE
)
_READ: Final = re.compile(r"(?:(\d{4}-\d{2}-\d{2})[ t] ?|([a-z]+) )?(\d{1,2}:\d{2})")


@dataclass(frozen=True, slots=True)
class WallTime:
    """What a clock on the wall shows (*shown* names no zone) in the zone *zone*, which has an IANA name."""

    shown: datetime
    zone: tzinfo

    def __str__(self) -> str:
        """Return it as it is written for people: `2026-03-29 02:30`."""
        return f"{self.shown:%Y-%m-%d %H:%M}"

    def is_on_a_day_before(self, now: datetime) -> bool:
        """Say whether its whole day is over by *now*."""
        return self.shown.date() < now.astimezone(self.zone).date()

    def is_too_far(self, now: datetime) -> bool:
        """Say whether it is further ahead of *now* than anything can be planned."""
        return self.shown > (now + LONGEST).astimezone(self.zone).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class Start:
    """When a request is to start: what the *wall* clock shows then, the *zone* in which it does, and the moment (UTC).

    Of an hour that comes twice it is the first.
    """

    wall: datetime
    zone: str
    at: datetime

    def __str__(self) -> str:
        """Return it as the record has it."""
        return f"{self.wall:%Y-%m-%d %H:%M} {self.zone}"

    @property
    def why(self) -> Why:
        """Return it as the reason for which a request doesn't start yet."""
        return Why(Code.OUT_OF_HOURS, {"until": self.at.isoformat(timespec="seconds")})


def start_at(wall: WallTime, now: datetime) -> Start:
    """Return the start that *wall* means.

    Raises:
        NoSuchMoment: the clock skips it, it is over *now*, or it is more than 90 days ahead.
    """
    at = exactly(wall.shown, str(wall), wall.zone)
    if at <= now:
        raise NoSuchMoment("start-over", written=str(wall), zone=str(wall.zone))
    if wall.is_too_far(now):
        raise NoSuchMoment("start-too-far", written=str(wall))
    return Start(wall.shown, str(wall.zone), at)


def next_wall_time(text: str, now: datetime, zone: tzinfo) -> WallTime:
    """Return when it is *text* next in *zone*: `02:00` (today or tomorrow), `mon 06:00`, `2026-12-31 18:00`.

    Raises:
        NoSuchMoment: it is nothing of that.
    """
    here = now.astimezone(zone).replace(tzinfo=None)
    try:
        found = _READ.fullmatch(" ".join(text.lower().split()))
        if found is None:
            raise ValueError(text)
        day, called, shown = found.groups()
        at = time.fromisoformat(shown.zfill(5))
        if day:
            return WallTime(datetime.combine(datetime.fromisoformat(day).date(), at), zone)
        ahead = (weekday(called) - here.weekday()) % 7 if called else 0
        wall = datetime.combine(here.date() + timedelta(days=ahead), at)
        if wall <= here:
            wall += timedelta(days=7 if called else 1)
        return WallTime(wall, zone)
    except (ValueError, OverflowError):
        raise NoSuchMoment("no-start", written=text) from None
