"""How something that the bot depends on is doing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Condition:
    """How something that the bot depends on is doing: well or not, *since* when, and *why* where it is not well."""

    ok: bool
    since: datetime
    why: str = ""
