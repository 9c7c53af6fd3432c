"""What a restore does to what is known: the data is as of an earlier moment, and what happened since isn't in it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import UserId


@enum.unique
class Recovery(enum.StrEnum):
    """What is known of a request that was open in data that a restore put back."""

    NONE = ""  # no restore concerns it
    SOUGHT = "sought"  # it may have gone on: nobody decides and nothing is said before the cloud was looked at
    FOLLOWED = "followed"  # its snapshot was found, and how far that is isn't known yet: nothing is said meanwhile
    FOUND = "found"  # its snapshot was found
    RUNNING = "running"  # its snapshot, which the data know, had no end yet
    NOT_FOUND = "not-found"  # the cloud has none: it goes on as the data have it


@dataclass(frozen=True, slots=True)
class Restored:
    """The mark of a restore: *at* it was noted that the data are *as_of* then; *told* are the admins who know it."""

    as_of: datetime
    at: datetime
    told: frozenset[UserId] = frozenset()
