"""A clock for code that waits by itself: nobody has to move it."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.fakes.clock import FakeClock


class ImpatientClock(FakeClock):
    """Moves on by itself when somebody sleeps, and remembers in *slept* for how many seconds.

    With *of* it shows that clock's time, and moves that one: who sleeps on that one itself has to be moved.
    """

    def __init__(self, of: FakeClock | None = None) -> None:
        super().__init__()
        self._of = of
        self.slept: list[float] = []

    def now(self) -> datetime:
        return super().now() if self._of is None else self._of.now()

    def advance(self, by: float | timedelta) -> None:
        if self._of is None:
            super().advance(by)
        else:
            self._of.advance(by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds)
