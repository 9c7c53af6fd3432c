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


@dataclass(frozen=True, slots=True)
class Sharing:
    """How a server is doing on which replicas share their data, beside whether it can be written.

    *hears* is how this one hears of the others' commits at once, None where it doesn't try to; *oldest* for how many
    seconds the oldest transaction in the database has run, as far as the bot's role may see, 0.0 where there is none.
    """

    hears: Condition | None
    oldest: float
