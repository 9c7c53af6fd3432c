"""Time as the sandbox's workspace has it: message times, and the expiry of triggers and response URLs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol


class WorkspaceClock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...


class SandboxClock:
    """The computer's clock, or one that stands still at *start*; either can be moved forward."""

    def __init__(self, start: datetime | None = None) -> None:
        """Run with the computer's clock, or stand still at *start* (aware) until moved."""
        self._start = start
        self._offset = timedelta()

    def now(self) -> datetime:
        """Return the present moment, aware, UTC."""
        return (self._start or datetime.now(UTC)) + self._offset

    def advance(self, seconds: float) -> datetime:
        """Move forward by *seconds* and return the new present moment."""
        self._offset += timedelta(seconds=seconds)
        return self.now()
