"""The server's clock, as this process reckons it: what is compared with a time in a row is compared with its time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.store.postgres.session import Session

_SLOW: Final = 0.5  # seconds: when in so long the server looked at its clock isn't known well enough
_PUT_BACK: Final = 2.0  # seconds: by less than this it wasn't put back, but is known better now


class ServerClock:
    """`bot.ports.Clock` that goes on from what the server said last; who sets this machine's clock doesn't move it.

    It stands still for a moment rather than go back a little, since who sees a clock put back drops every lease.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Count by *monotonic*, in seconds."""
        self._monotonic = monotonic
        self._said: tuple[datetime, float] | None = None
        self._shown = datetime.now(UTC)

    def ask(self, session: Session) -> None:
        """Take in what the server's clock shows; any thread may."""
        before = self._monotonic()
        at = session.now()
        took = self._monotonic() - before
        if self._said is None or took < _SLOW:
            self._said = at.astimezone(UTC), before + took / 2

    def now(self) -> datetime:
        """Return the present moment, UTC; this machine's where the server was never asked."""
        if self._said is None:
            return datetime.now(UTC)
        at, when = self._said
        reckoned = at + timedelta(seconds=self._monotonic() - when)
        if not timedelta(0) < self._shown - reckoned < timedelta(seconds=_PUT_BACK):
            self._shown = reckoned
        return self._shown

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)
