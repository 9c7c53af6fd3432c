"""Work that is due and the claim on it; what there is of it, and which process did it before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from bot.core.errors import StaleRequest

T = TypeVar("T")

# What has an oldest: requests that wait for people, are approved and may start, are in the cloud; messages never sent.
OLDEST: Final = ("waiting", "approved", "in_cloud", "unsent")


@dataclass(slots=True)
class Lease:
    """How long a claim holds, by *elapsed*: seconds that have passed, also while the process or the machine slept.

    The store fences what is saved later. What can't be fenced, a call to somebody else, asks here just before.
    """

    elapsed: Callable[[], float] = lambda: 0.0
    ends: float = float("inf")

    def hold(self, lease: timedelta, *, since: float) -> None:
        """Let it hold for *lease* since the moment before it was asked for."""
        self.ends = since + lease.total_seconds()

    def require(self) -> None:
        """Check that it holds still.

        Raises:
            StaleRequest: it doesn't: another process may have gone on with the work.
        """
        if self.elapsed() >= self.ends:
            raise StaleRequest("the lease was over before the call")


@dataclass(frozen=True, slots=True)
class Work(Generic[T]):
    """Something that is due, leased to one owner, who saves it with *token*; the next owner's is another."""

    item: T
    token: int
    lease: Lease = field(default_factory=Lease, compare=False)


@dataclass(frozen=True, slots=True)
class Run:
    """A process that served the store: *seen_at* is when it last proved that it could save; *ended_at* None: it never
    said that it ended, so it was killed or it crashed. *clean*: what was under way was finished.
    """

    began_at: datetime
    seen_at: datetime | None = None
    ended_at: datetime | None = None
    clean: bool = False
