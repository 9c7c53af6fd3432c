"""A clock for code that waits by itself: nobody has to move it."""

from __future__ import annotations

from tests.fakes.clock import FakeClock


class ImpatientClock(FakeClock):
    """Moves on by itself when somebody sleeps, and remembers in *slept* for how many seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
