"""How old what is known is. Facts have an age: past their time it is said, and they are asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Age:
    """How old the facts of one cloud project are at the moment when they are shown.

    *seen_at* is when the last look that succeeded began, None where none did since *started_at*, the bot's start.
    """

    started_at: datetime
    seen_at: datetime | None = None
    is_old: bool = True  # seen longer ago than the poll time, or never
    is_silent: bool = False  # old because looks have failed since


def is_recent(at: datetime | None, now: datetime, span: timedelta) -> bool:
    """Say whether *at* is at most *span* before *now*; None never is.

    Nor is a time after *now*: the clock was put back since, and nobody knows how long ago that was.
    """
    return at is not None and timedelta(0) <= now - at <= span
