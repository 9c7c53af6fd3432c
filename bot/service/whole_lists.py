"""Lists of requests that somebody may see, one page at a time: nothing is cut without saying so."""

from __future__ import annotations

import enum
from collections.abc import Sized
from dataclasses import dataclass
from typing import Final, Self

from bot.core.message import ListItem

SIZE: Final = 10  # requests on a page
COUNTED: Final = 100  # at least so many are counted, where there are more; and all up to the page that is shown


def start(first: int, total: int, size: int = SIZE) -> int:
    """Return *first*, or where the last page, of *size*, begins if the list has become shorter."""
    return min(first, max(0, total - 1) // size * size)


@enum.unique
class Listed(enum.StrEnum):
    """What is listed; the value is what a button carries."""

    WAITING = "waiting"  # for this person's decision, by when it expires
    MINE = "mine"  # open ones, newest first
    OWN = "own"  # whatever this person asked for, newest first
    OPEN = "open"  # newest first
    ENDED = "ended"  # newest first
    ALL = "all"  # whatever they may see, newest first


@dataclass(frozen=True, slots=True)
class Rest:
    """So many that don't show, and with *goes_on* more than that."""

    count: int
    goes_on: bool = False

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return self.count > 0

    @classmethod
    def of(cls, found: Sized, shown: int) -> Self:
        """Return what is left of *found* behind the first *shown*, where at most COUNTED + 1 were looked for."""
        return cls(max(0, min(len(found), COUNTED) - shown), len(found) > COUNTED)


NO_REST: Final = Rest(0)


@dataclass(frozen=True, slots=True)
class ListPage:
    """The *requests* from number *first* (counted from 0) of *total*; *goes_on*: there are more than are counted."""

    requests: tuple[ListItem, ...]
    first: int
    total: int
    goes_on: bool = False

    @property
    def more(self) -> Rest:
        """How many come after these."""
        return Rest(self.total - self.first - len(self.requests), self.goes_on)
