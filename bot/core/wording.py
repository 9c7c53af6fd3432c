"""Durations, sizes and counts in the words that every surface shares. Plain text, never Slack markup."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta


def duration(length: timedelta) -> str:
    """Return *length* in words: "9 s", "4 min 10 s", "3 h 5 min", "2 d 4 h"; never negative (clouds' clocks differ)."""
    seconds = max(0, round(length.total_seconds()))
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = [(days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s")]
    first = next((i for i, (n, _) in enumerate(parts) if n), len(parts) - 1)
    return " ".join(f"{n} {unit}" for n, unit in parts[first : first + 2] if n) or "0 s"


def size(gigabytes: float) -> str:
    """Return *gigabytes* with one decimal: "42.7 GB"."""
    return f"{gigabytes:.1f} GB"


def counted(number: int, one: str, many: str = "") -> str:
    """Return *number* with the noun that it wants: "1 character", "3 characters"; *many* where it isn't *one* + s."""
    return f"{number} {one if number == 1 else many or f'{one}s'}"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "3rd", "4th", … "11th"."""
    suffix = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def listing(words: Sequence[str], *, joiner: str = "and") -> str:
    """Return "a", "a and b" or "a, b and c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {joiner} {words[-1]}"
