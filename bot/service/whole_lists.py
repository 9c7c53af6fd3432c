"""Lists of requests that somebody may see, one page at a time: nothing is cut without saying how much."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from bot.core.message import Facts

SIZE: Final = 10  # requests on a page
MOST: Final = 1000  # requests that are looked through


def start(first: int, total: int) -> int:
    """Return *first*, or where the last page begins if the list has become shorter."""
    return min(first, max(0, total - 1) // SIZE * SIZE)


@enum.unique
class Listed(enum.StrEnum):
    """What is listed; the value is what a button carries."""

    WAITING = "waiting"  # for this person's decision, by when it expires
    MINE = "mine"  # open ones, newest first
    ENDED = "ended"  # newest first
    ALL = "all"  # whatever they may see, newest first


@dataclass(frozen=True, slots=True)
class ListPage:
    """The *requests* from number *first* (counted from 0) of *total*; *is_cut*: there are more than are counted."""

    requests: tuple[Facts, ...]
    first: int
    total: int
    is_cut: bool = False

    @property
    def more(self) -> int:
        """How many come after these."""
        return self.total - self.first - len(self.requests)
