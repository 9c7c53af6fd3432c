"""How old what is known of a cloud is. Facts have an age: past the poll time it is said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Age:
    """How old the facts of one cloud project are at the moment when they are shown.

    *seen_at* is when the last look that succeeded began, None where none did since *started_at*, the bot's start.
    """

    started_at: datetime
    seen_at: datetime | None = None
    is_old: bool = True  # seen longer ago than the poll time, or never
    is_silent: bool = False  # old because looks have failed since
