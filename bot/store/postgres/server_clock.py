"""The server's clock, as this process reckons it: what is compared with a time in a row is compared with its time."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from bot.store.postgres.session import Session


class ServerClock:
    """`bot.ports.Clock` that goes on from what the server said last; who sets this machine's clock doesn't move it."""

    def __init__(self) -> None:
        self._said = datetime.now(UTC), time.monotonic()

    def ask(self, session: Session) -> None:
        """Take in what the server's clock shows; any thread may."""
        before = time.monotonic()
        at = session.now()
        self._said = at.astimezone(UTC), (before + time.monotonic()) / 2

    def now(self) -> datetime:
        """Return the present moment, UTC."""
        at, when = self._said
        return at + timedelta(seconds=time.monotonic() - when)

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)
