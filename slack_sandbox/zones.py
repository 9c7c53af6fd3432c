"""Time zones as user objects name them: an IANA name, English words for now, and the offset of now in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

# In winter and in summer. Slack has such words for every zone; here the others go by their usual letters.
_WORDS: Final[Mapping[str, str]] = {
    "CET": "Central European Time",
    "CEST": "Central European Summer Time",
    "GMT": "Greenwich Mean Time",
    "BST": "British Summer Time",
    "IST": "India Standard Time",
    "JST": "Japan Standard Time",
    "CST": "Central Standard Time",
    "CDT": "Central Daylight Time",
    "EST": "Eastern Standard Time",
    "EDT": "Eastern Daylight Time",
    "PST": "Pacific Standard Time",
    "PDT": "Pacific Daylight Time",
    "UTC": "Coordinated Universal Time",
}


def is_zone(name: str) -> bool:
    """Say whether *name* is an IANA time zone."""
    return name in available_timezones()


def zone_fields(name: str, now: datetime) -> dict[str, Any]:
    """Return `tz`, `tz_label` and `tz_offset` of a zone at *now*."""
    there = now.astimezone(ZoneInfo(name))
    offset, letters = there.utcoffset(), there.tzname() or ""
    seconds = int(offset.total_seconds()) if offset is not None else 0
    return {"tz": name, "tz_label": _WORDS.get(letters, letters), "tz_offset": seconds}
