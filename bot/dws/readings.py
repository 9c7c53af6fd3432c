"""The forms in which the cloud sends texts, numbers, times and mappings; its reference and its services differ."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from bot import values
from bot.core.text import held

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"\d+(\.\d+)?([eE]\+?\d{1,2})?")
_SIZE: Final = re.compile(r"(\d+(?:\.\d+)?(?:[eE][+-]?\d{1,2})?)\s*([MGT]i?B?)?", re.IGNORECASE)
_GB: Final = {"M": 1 / 1024, "G": 1.0, "T": 1024.0}
_ZONE: Final = re.compile(r"\s*(?:UTC|GMT|Z)?([+-])(\d{1,2}):?(\d\d)?$")  # "GMT+08:00", "+0800", "UTC+8"
# Java's: without a format, of Gson, and of `Date` itself
_FORMS: Final = ("%b %d, %Y %I:%M:%S %p", "%b %d, %Y, %I:%M:%S %p", "%Y%m%d%H%M%S", "%Y%m%d_%H%M%S")


def text(value: object, *, strip: bool = True) -> str:
    """Return text or a number as text that can be kept; "" for what is absent or of another kind."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return held(str(value)).strip() if strip else held(str(value))


def word(value: object) -> str:
    """Return a word of an open set in upper case."""
    return text(value).upper()


def size_gb(value: object) -> float:
    """Read a size in GB, also one in text, with or without its unit; 0 where it is absent, not finite or negative."""
    match = _SIZE.fullmatch(text(value))
    found = float(match[1]) * _GB[(match[2] or "G")[0].upper()] if match else 0.0
    return found if math.isfinite(found) else 0.0


def mapping(value: object) -> Mapping[str, Any]:
    """Return an object, also one that is written into a text, or is the first of a list; an empty one for all else."""
    if isinstance(value, str) and value.lstrip().startswith(("{", "[")):
        with suppress(ValueError, RecursionError):
            value = json.loads(value)
    if isinstance(value, list) and value:
        value = value[0]
    return value if isinstance(value, dict) else {}


def moment(value: object) -> datetime | None:
    """Read a time in any of the cloud's forms as UTC; without a zone it is UTC. None where it is none of these.

    Documented is `YYYY-MM-DDThh:mm:ssZ`. Known as well: without zone or with another one, with a fraction, with a blank
    or slashes; seconds, milliseconds or microseconds since 1970, as numbers or as text; HTTP's form; Java's forms.
    """
    if isinstance(value, list):  # a LocalDateTime: year, month, day, hour, minute, second, nanosecond
        return _of_parts(value)
    given = text(value)
    try:
        if _NUMBER.fullmatch(given) and (found := _of_number(float(given))):
            return found
        return _of_text(given)
    except (ValueError, OverflowError):
        return None


def _of_number(number: float) -> datetime | None:
    for least, per_second in ((1e8, 1), (1e11, 1e3), (1e14, 1e6)):
        if least <= number < 1e3 * least and not (per_second == 1e3 and number > 1e13):  # 14 digits: YYYYMMDDhhmmss
            return _EPOCH + timedelta(seconds=number / per_second)
    return None


def _of_text(given: str) -> datetime | None:
    zoned = re.sub(r"\s+(?=[+-]\d)", "", re.sub(r"^(\d{4})/(\d\d)/(\d\d)", r"\1-\2-\3", given))
    zoned = re.sub(r"\s*(UTC|GMT)$", "Z", zoned)
    if ":" in zoned:
        zoned = _ZONE.sub(lambda z: f"{z[1]}{z[2]:0>2}:{z[3] or '00'}", zoned)
    with suppress(ValueError):
        return _as_utc(datetime.fromisoformat(zoned))
    for form in _FORMS:
        with suppress(ValueError):
            return datetime.strptime(" ".join(given.split()), form).replace(tzinfo=UTC)
    found = values.http_date(given) if given[:1].isalpha() else None
    return found.astimezone(UTC) if found else None


def _of_parts(parts: list[Any]) -> datetime | None:
    if not 3 <= len(parts) <= 7 or not all(isinstance(part, int) for part in parts):
        return None
    with suppress(ValueError, OverflowError):
        return datetime(*parts[:6]).replace(tzinfo=UTC)  # noqa: DTZ001 -- the next call gives it
    return None


def _as_utc(found: datetime) -> datetime:
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
