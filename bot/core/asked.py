"""Who was asked to decide on a request: all at once, or one round after another as more people may."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.core.ids import UserId

DIRECTLY: Final = 30  # direct messages at most about one thing, however many it concerns


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom it was said to, once each while the same *stages* are open: *rounds* in order, the first by the card alone.

    *directly* are those of them who have a direct message, since they weren't in the card's channel. *at* is of the
    last round; *reminders* is how many reminders there were since the request was made.
    """

    rounds: tuple[tuple[UserId, ...], ...] = ()
    stages: int = 1
    directly: tuple[UserId, ...] = ()
    at: datetime | None = None
    reminders: int = 0
    reminded_at: datetime | None = None

    @property
    def everybody(self) -> frozenset[UserId]:
        """All who were asked."""
        return frozenset(user for asked in self.rounds for user in asked)

    def further(
        self, users: Collection[UserId], outside: Collection[UserId], at: datetime, *, stages: int = 1
    ) -> Asked:
        """Return it with *users* asked, too, of whom those *outside* of the channel get a direct message.

        Another of the *stages* that has begun is news for all of them.
        """
        new = tuple(user for user in users if stages > self.stages or user not in self.everybody)
        directly = tuple(user for user in users if user in outside and user not in self.directly)
        rounds, since = ((*self.rounds, new), at) if new else (self.rounds, self.at)
        return replace(self, rounds=rounds, stages=stages, directly=self.directly + directly, at=since)

    def again(self, users: Collection[UserId], at: datetime, *, stages: int) -> Asked:
        """Return it with *users* asked once more, as a round of their own; reminders begin as at first."""
        rounds = (*(self.rounds or ((),)), tuple(users)) if users else self.rounds
        return replace(self, rounds=rounds, stages=stages, at=at if users or self.at else None)

    def reminded(self, at: datetime) -> Asked:
        """Return it with one more reminder."""
        return replace(self, reminders=self.reminders + 1, reminded_at=at)

    def reminder_at(self, after: timedelta) -> datetime | None:
        """Return when the next reminder is due: *after* the last round, then twice as long each time, in one series.

        What was missed is not made up for: the next one comes after the last that was sent. None: nobody was asked.
        """
        if self.at is None:
            return None
        due, latest = self.at + after, max(self.at, self.reminded_at or self.at)
        while due <= latest:
            due += due - self.at
        return due


NOBODY_ASKED: Final = Asked()


def first_asked(users: Collection[UserId], at: datetime, *, stages: int) -> Asked:
    """Return that *users* are asked by the card; nobody where it names nobody."""
    return NOBODY_ASKED.further(users, (), at, stages=stages) if users else NOBODY_ASKED
