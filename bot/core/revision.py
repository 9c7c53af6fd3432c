"""A change of a request by who asked for it, and which revision somebody had before them when they pressed a button."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from bot.core.ids import RequestId, UserId

_WRITTEN: Final = re.compile(r"(R-[2-9A-Z]{4,8})(?:\.([1-9][0-9]{0,5}))?")


class RequestPart(StrEnum):
    """What of a request can be changed; each such change lets its approvals fall."""

    DESCRIPTION = "description"
    START = "start"


@dataclass(frozen=True, slots=True)
class Revision:
    """The last change of a request: *number* counts them from 1, *parts* say what was changed.

    *again* are those whose approvals fell by it or by one before, and who haven't approved since.
    """

    number: int
    by: UserId
    at: datetime
    parts: tuple[RequestPart, ...]
    again: tuple[UserId, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenRequest:
    """A request at the *revision* (0: never changed) that somebody had before them; buttons and forms carry it.

    Written as its id, with the revision behind a dot where it was changed: `R-7K3F`, `R-7K3F.2`. So what was drawn by a
    version of the bot that knew no revisions stands for the request as it was first asked for.
    """

    request: RequestId
    revision: int = 0

    def __str__(self) -> str:
        """Return it as a button carries it."""
        return f"{self.request}.{self.revision}" if self.revision else self.request

    @staticmethod
    def is_written(carried: str) -> bool:
        """Say whether *carried* is such a thing."""
        return _WRITTEN.fullmatch(carried) is not None

    @classmethod
    def read(cls, carried: str) -> Self:
        """Return what a button carries; of what is none of this, a request that isn't there."""
        found = _WRITTEN.fullmatch(carried)
        return cls(RequestId(found[1]), int(found[2] or 0)) if found else cls(RequestId(carried))
