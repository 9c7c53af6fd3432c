"""How a value of ours stands in a column of SQLite, which has neither times nor booleans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bot.store import columns
from bot.store.moments import text as text

Value = str | int | float | None


def maybe_text(at: datetime | None) -> str | None:
    """Return `text(at)`, or None for None."""
    return None if at is None else text(at)


def value(of: object) -> Value:
    """Return *of* as a column holds it: times as text, enums by value, booleans as 0 or 1, a reason as JSON.

    Raises:
        TypeError: no column holds such a thing.
    """
    match columns.plain(of):
        case datetime() as at:
            return text(at)
        case bool() as yes:
            return int(yes)
        case kept:
            return kept


def values(row: Mapping[str, columns.Plain]) -> dict[str, Value]:
    """Return the columns of *row* as they are kept."""
    return {name: value(of) for name, of in row.items()}
