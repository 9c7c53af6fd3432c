"""Work that is due and the claim on it; what there is of it, and which process did it before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

T = TypeVar("T")

# What has an oldest: requests that wait for people, are approved and may start, are in the cloud; messages never sent.
OLDEST: Final = ("waiting", "approved", "in_cloud", "unsent")


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Something that is due, leased to one owner, who saves it with *token*; the next owner's is another."""

    item: T
    token: int


@dataclass(frozen=True, slots=True)
class Run:
    """A process that served the store: *seen_at* is when it last proved that it could save; *ended_at* None: it never
    said that it ended, so it was killed or it crashed. *clean*: what was under way was finished.
    """

    began_at: datetime
    seen_at: datetime | None = None
    ended_at: datetime | None = None
    clean: bool = False
