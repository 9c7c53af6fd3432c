"""Moments as text, the same in every engine and in the record."""

from __future__ import annotations

from datetime import UTC, datetime


def text(at: datetime) -> str:
    """Return *at* in UTC as "2026-11-23T14:05:00.000000Z": always as wide, so that text order is time order.

    Raises:
        ValueError: *at* is naive.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at!r} has no time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"
