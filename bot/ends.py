"""Until when somebody writes that something holds: a day to its end, or a moment, in a time zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.scopes import bad_argument
from bot.service.zones import end_of_day


def end_of(text: str, zone: ZoneInfo) -> datetime:
    """Return the moment (UTC) at which what is given until *text* ends: after that day, or then, in *zone*.

    A day that the clock makes shorter or longer ends with it. A moment may name its own zone, as in ISO 8601.

    Raises:
        BotError: it is neither, or the clock skips that moment.
    """
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise bad_argument(f"{text!r} is no day and no moment. Write 2026-12-31, or '2026-12-31 18:00'.") from None
    if len(text.strip()) <= len("2026-12-31"):
        return end_of_day(at.date(), zone)
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    instant = at.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) != at:
        raise bad_argument(f"{text!r} doesn't exist in {zone.key}: the clock goes forward then.")
    return instant


def written(until: datetime, zone: ZoneInfo) -> str:
    """Return what *until* is for a reader: "through 2026-12-31 (Europe/Berlin)", "until 2026-12-31 18:00 (…)"."""
    at = until.astimezone(zone)
    if at.time() == time.min:
        return f"through {(at - timedelta(days=1)).date()} ({zone.key})"
    return f"until {at:%Y-%m-%d %H:%M} ({zone.key})"
