"""Hours of the week in which something may start, or may not, as people mean them: by the wall clock of a zone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final, Self, TypeAlias

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WRITTEN: Final = re.compile(r"([a-z,-]+) (\d{1,2}:\d{2})-(\d{1,2}:\d{2})")
_DAY: Final = timedelta(days=1)

Stretch: TypeAlias = tuple[datetime, datetime]  # from when (included) to when, in UTC


@dataclass(frozen=True, slots=True)
class Hours:
    """From *start* to *end* on each of *days* (0 is Monday); past midnight where *end* isn't after *start*.

    Past midnight they belong to the day on which they start.
    """

    days: tuple[int, ...]
    start: time
    end: time

    def __post_init__(self) -> None:
        """Refuse what is no time at all.

        Raises:
            ValueError: there is no day, or they end when they start.
        """
        if not self.days or not set(self.days) <= set(range(7)):
            raise ValueError("hours are on days of the week")
        if self.start == self.end:
            raise ValueError("hours end at another time than they start")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `mon-fri 08:00-18:00` or `sat,sun 22:00-04:00`, which ends on the next day.

        Raises:
            ValueError: it is something else.
        """
        if not (found := _WRITTEN.fullmatch(text.strip().lower())):
            raise ValueError(f"{text!r} are no hours")
        return cls(_days(found[1]), time.fromisoformat(found[2].zfill(5)), time.fromisoformat(found[3].zfill(5)))

    def __str__(self) -> str:
        """Return what `parse` reads."""
        runs: list[list[int]] = []
        for day in self.days:
            if runs and day == runs[-1][-1] + 1:
                runs[-1].append(day)
            else:
                runs.append([day])
        names = (DAYS[run[0]] if len(run) == 1 else f"{DAYS[run[0]]}-{DAYS[run[-1]]}" for run in runs)
        return f"{','.join(names)} {self.start:%H:%M}-{self.end:%H:%M}"

    def on(self, day: date, zone: tzinfo) -> Stretch:
        """Return from when to when they are on *day*, in UTC; a time that the clock leaps over is the one after it."""
        last = day if self.end > self.start else day + _DAY
        return _moment(day, self.start, zone), _moment(last, self.end, zone)


def _days(text: str) -> tuple[int, ...]:
    """Return the days in `mon-fri,sun`, by number, in order of the week.

    Raises:
        ValueError: a day isn't called so.
    """
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % 7 if last else 0
        found |= {(start + n) % 7 for n in range(length + 1)}
    return tuple(sorted(found))


def is_open(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> bool:
    """Say whether *at* is within some of *hours*; without any it always is."""
    return not hours or any(start <= at < end for start, end in _from(hours, at, zone, days=2))


def opens_at(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> datetime:
    """Return the first moment from *at* that is within some of *hours*."""
    if is_open(hours, at, zone):
        return at
    return min(start for start, _ in _from(hours, at, zone, days=9) if start > at)


def ends_at(hours: Sequence[Hours], at: datetime, zone: tzinfo) -> datetime | None:
    """Return until when it goes on to be within some of *hours*; None: at *at* it isn't within any."""
    found = joined(_from(hours, at, zone, days=9))
    return next((end for start, end in found if start <= at < end), None)


def next_of(hours: Sequence[Hours], at: datetime, zone: tzinfo, *, count: int = 5) -> list[Stretch]:
    """Return when *hours* are next, from *at* on: what touches is one."""
    found = joined(_from(hours, at, zone, days=7 * (count + 1)))
    return [(start, end) for start, end in found if at < end][:count]


def open_time(
    hours: Sequence[Hours], since: datetime, until: datetime, zone: tzinfo, *, closed: Iterable[Stretch] = ()
) -> timedelta:
    """Return how much of the time from *since* to *until* is within *hours* (without any: all) and not *closed*."""
    closed = _within(closed, since, until)
    open_ = stretches(hours, since, until, zone) if hours else [(since, until)]
    return _length(joined((*open_, *closed))) - _length(joined(closed))


def stretches(hours: Sequence[Hours], since: datetime, until: datetime, zone: tzinfo) -> list[Stretch]:
    """Return when *hours* are between *since* and *until*."""
    return _within(_from(hours, since, zone, days=max(0, (until - since).days) + 2), since, until)


def joined(of: Iterable[Stretch]) -> list[Stretch]:
    """Return the same time in order, what overlaps or touches as one stretch, without what has no length."""
    found: list[Stretch] = []
    for start, end in sorted((start, end) for start, end in of if start < end):
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _within(of: Iterable[Stretch], since: datetime, until: datetime) -> list[Stretch]:
    return [(max(start, since), min(end, until)) for start, end in of]


def _length(of: Iterable[Stretch]) -> timedelta:
    return sum((end - start for start, end in of), timedelta(0))


def _from(hours: Sequence[Hours], at: datetime, zone: tzinfo, *, days: int) -> Iterator[Stretch]:
    """Yield when *hours* are, from the day before *at* on."""
    first = at.astimezone(zone).date() - _DAY
    for day in (first + n * _DAY for n in range(days + 1)):
        yield from (of.on(day, zone) for of in hours if day.weekday() in of.days)


def _moment(day: date, wall: time, zone: tzinfo) -> datetime:
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)
