"""How long a snapshot is wanted: its term begins when it is available, and when that is over its requester is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import UserId

CHOICES: Final = (7, 30, 90)  # days
LONGER: Final = 30  # days that a button adds
MOST: Final = 365  # days
UNTIL_TOLD: Final = 0  # days: until somebody says that it isn't wanted any more


@dataclass(frozen=True, slots=True)
class Keep:
    """For how many *days* a snapshot is wanted (0: until somebody says), and how its term stands. Times are UTC.

    *until* is when the term that runs, or ran last, is over; None: it has no end, or hasn't begun. *terms* counts those
    that began, *told* those of whose end somebody was told. *by* kept it longer last, *at* then. Its snapshot was seen
    to be *gone_at* then.
    """

    days: int = UNTIL_TOLD
    until: datetime | None = None
    terms: int = 0
    told: int = 0
    by: UserId | None = None
    at: datetime | None = None
    gone_at: datetime | None = None

    @property
    def runs(self) -> bool:
        """Whether a term runs, or is over and nobody was told."""
        return self.until is not None and self.told < self.terms and self.gone_at is None

    @property
    def is_asked(self) -> bool:
        """Whether the last term is over and its requester was asked what is next, without an answer so far."""
        return self.until is not None and self.told == self.terms > 0 and self.gone_at is None

    def begun(self, at: datetime) -> Keep:
        """Return it once the snapshot is available, as was seen *at* then."""
        return replace(self, until=at + timedelta(days=self.days), terms=1) if self.days else self

    def ended(self) -> Keep:
        """Return it once somebody was told that the term is over."""
        return replace(self, told=self.terms)

    def kept(self, days: int, by: UserId, at: datetime) -> Keep:
        """Return it as *by* keeps it for so many *days* more, counted from the end of its term or now; 0: for good."""
        if days == UNTIL_TOLD:
            return replace(self, days=days, until=None, told=self.terms, by=by, at=at)
        until = max(at, self.until or at) + timedelta(days=days)
        return replace(self, until=until, terms=self.terms + 1, told=self.terms, by=by, at=at)

    def gone(self, at: datetime) -> Keep:
        """Return it once the cloud has the snapshot no more: nothing is left to decide."""
        return replace(self, gone_at=at)


NOT_SAID: Final = Keep()
