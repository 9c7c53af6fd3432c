"""A clock that can be moved: the bot, the simulator and the sandbox share it in the demo."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta


class MovableClock:
    """Real time plus what it was moved by; sleepers wake early when it is moved past their time."""

    def __init__(self) -> None:
        self._offset = timedelta(0)
        self._moved = asyncio.Event()

    def now(self) -> datetime:
        """Return the moment that it shows, UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> timedelta:
        """By how much it is ahead of real time."""
        return self._offset

    def move(self, by: timedelta) -> None:
        """Move it forward.

        Raises:
            ValueError: *by* is negative; what has happened can't be undone.
        """
        if by < timedelta(0):
            raise ValueError("the clock only moves forward")
        self._offset += by
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Return once this clock shows *seconds* more."""
        end = self.now() + timedelta(seconds=seconds)
        while (left := (end - self.now()).total_seconds()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._moved.wait()
            except TimeoutError:
                return
        await asyncio.sleep(0)
