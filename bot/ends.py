"""Until when something holds, as the commands print it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


def written(until: datetime, zone: ZoneInfo) -> str:
    """Return what *until* is for a reader: "through 2026-12-31 (Europe/Berlin)", "until 2026-12-31 18:00 (…)"."""
    at = until.astimezone(zone)
    if at.time() == time.min:
        return f"through {(at - timedelta(days=1)).date()} ({zone.key})"
    return f"until {at:%Y-%m-%d %H:%M} ({zone.key})"
