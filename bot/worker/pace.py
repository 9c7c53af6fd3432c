"""How fast the worker goes. Every wait and every limit has a number here."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.core.events import Hold

_JITTER: Final = 1.2  # a wait is up to so many times as long
NAMED_MOST: Final = 3600.0  # seconds: the longest wait that the other side may name


@dataclass(frozen=True, slots=True)
class Pace:
    """Waits and limits, in seconds. DWS documents no polling interval and no list lag: these numbers are ours."""

    poll: float = 15.0  # between two looks at a cloud while something is being created there
    retry: float = 15.0  # between two looks at a cluster that is busy or blocked
    operator: float = 60.0  # before the next try while an operator has something to fix
    post_timeout: float = 30.0  # the cloud client gives up on a POST well before
    settle: float = 10.0  # after a lost answer, before the list is believed
    lease: float = 9.0  # renewed three times in that; so long nobody takes over from a process that died
    give_up: float = 24 * 3600.0  # after approval, or after the cloud began: then a person must look
    most: float = 600.0  # the longest wait between two tries of a cloud that doesn't answer
    # A snapshot that runs goes on without us and somebody waits for its end: a look is cheap, a late word isn't.
    watch_most: float = 60.0
    busy_most: float = 60.0  # where the create call says busy, whatever the list says: people wait their turn
    operator_most: float = 300.0  # what an operator has fixed is noticed soon
    unlisted: float = 300.0  # how long the list may not show yet what an attempt made whose answer isn't known
    slack_most: float = 300.0  # the longest wait between two tries to say something in Slack
    slack_tries: int = 300  # of one message that Slack refuses without our knowing why: about a day of them
    concurrency: int = 16

    @property
    def longest(self) -> timedelta:
        """The longest wait that we choose ourselves; only the other side may have named a longer one."""
        waits = (self.poll, self.retry, self.operator, self.operator_most, self.most, self.slack_most, self.lease)
        return timedelta(seconds=_JITTER * max(waits))

    def tick(self, now: datetime, *, at_least: float = 0.0) -> timedelta:
        """Return how long it is from *now* to the first poll that is *at_least* so many seconds away.

        Polls are aligned, so that requests of one cloud fall due together and share one look.
        """
        number = (now.timestamp() + at_least) // self.poll + 1
        return datetime.fromtimestamp(number * self.poll, UTC) - now

    def later(self, seconds: float, *, named: float | None = None) -> timedelta:
        """Return *seconds* with jitter; or what the other side *named* instead, of which an hour is believed."""
        wait = min(named, NAMED_MOST) if named is not None else seconds
        return timedelta(seconds=wait * random.uniform(1.0, _JITTER))  # noqa: S311 -- jitter, not a secret

    def wait(self, hold: Hold, failing: timedelta, *, watching: bool) -> float:
        """Return the seconds before the next try, after tries that have failed with *hold* for as long as *failing*.

        As long as they have failed already, which doubles the wait each time; *watching* a snapshot that runs.
        """
        match hold:
            case Hold.LOGIN | Hold.PERMISSION:
                least, most = self.operator, self.operator_most
            case Hold.BUSY | Hold.BLOCKED:
                least, most = self.retry, self.busy_most
            case _:
                least, most = self.settle, self.watch_most if watching else self.most
        return max(least, min(most, failing.total_seconds()))

    def slack_wait(self, attempts: int) -> float:
        """Return the seconds before the next try after *attempts* that failed, counted from 1."""
        return float(min(self.slack_most, 2.0 ** min(attempts, 12)))
