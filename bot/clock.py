"""The clock that runs everywhere but in tests and the demo."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

# Where there is no such clock, what the machine sleeps through isn't counted; a process that is stopped always is.
_COUNTS_SLEEP: Final = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


def elapsed() -> float:
    """Return seconds since some moment, those of sleep included; nobody can set them."""
    return time.monotonic() if _COUNTS_SLEEP is None else time.clock_gettime(_COUNTS_SLEEP)


class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        """Return the present moment, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Sleep."""
        await asyncio.sleep(seconds)
