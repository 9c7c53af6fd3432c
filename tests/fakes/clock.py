"""A clock that stands still until a test moves it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(eq=False)
class _Sleeper:
    end: datetime
    woken: asyncio.Future[None]


class FakeClock:
    """`bot.ports.Clock` whose time only `advance` moves."""

    def __init__(self, now: datetime = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)) -> None:
        self._now = now
        self._sleepers: list[_Sleeper] = []

    def now(self) -> datetime:
        """Return the moment that the test has reached."""
        return self._now

    def advance(self, by: float | timedelta) -> None:
        """Move on *by* (seconds, or a timedelta) and wake who has slept long enough; they run at the next await."""
        self._now += by if isinstance(by, timedelta) else timedelta(seconds=by)
        for sleeper in self._sleepers:
            if sleeper.end <= self._now and not sleeper.woken.done():
                sleeper.woken.set_result(None)

    def jump(self, by: float | timedelta) -> None:
        """Show a time that is *by* later or earlier, as when somebody sets it: nobody has slept longer for that."""
        by = by if isinstance(by, timedelta) else timedelta(seconds=by)
        self._now += by
        for sleeper in self._sleepers:
            sleeper.end += by

    @property
    def wakes_at(self) -> datetime | None:
        """When the next sleeper wakes, or None where nobody sleeps."""
        return min((s.end for s in self._sleepers if not s.woken.done()), default=None)

    async def sleep(self, seconds: float) -> None:
        """Return once `advance` has moved the clock by *seconds*; at the next turn of the loop for 0 or less."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        sleeper = _Sleeper(self._now + timedelta(seconds=seconds), asyncio.get_running_loop().create_future())
        self._sleepers.append(sleeper)
        try:
            await sleeper.woken
        finally:
            self._sleepers.remove(sleeper)
