"""A clock that can be moved and slept on: the bot, the simulator and the sandbox share it in the demo."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from slack_sandbox.clock import SandboxClock


class MovableClock(SandboxClock):
    """The computer's clock, at first *behind*, plus what it was moved by.

    Sleepers wake when it is moved past their time.
    """

    def __init__(self, *, behind: timedelta = timedelta(0)) -> None:
        super().__init__()
        self._offset = -behind
        self._moved = asyncio.Event()

    def advance(self, seconds: float) -> datetime:
        """Move forward by *seconds* and return the new present moment.

        Raises:
            ValueError: *seconds* is negative; what has happened can't be undone.
        """
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        now = super().advance(seconds)
        self._moved.set()
        self._moved = asyncio.Event()
        return now

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
