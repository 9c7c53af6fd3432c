"""The server's clock as a process reckons it, and how long it waits for what it can't have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from bot.store.postgres.idling import Idling
from bot.store.postgres.server_clock import ServerClock
from bot.store.postgres.session import Session

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Stopwatch:
    """Counts seconds that a test lets pass; a server whose clock it shows, *late* seconds after it was asked."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.late = 0.0
        self.off = 0.0

    def __call__(self) -> float:
        """Return them."""
        return self.seconds

    def now(self) -> datetime:
        """Return what the server's clock shows half-way, as a session does."""
        self.seconds += self.late / 2
        at = NOON + timedelta(seconds=self.seconds + self.off)
        self.seconds += self.late / 2
        return at


@pytest.fixture
def watch() -> Stopwatch:
    """Give one."""
    return Stopwatch()


def asked(clock: ServerClock, watch: Stopwatch) -> ServerClock:
    """Let *clock* ask."""
    clock.ask(cast(Session, cast(Any, watch)))
    return clock


def test_the_clock_goes_on_from_what_the_server_said(watch: Stopwatch):
    """By this machine's seconds, whatever its own clock shows."""
    watch.late = 0.2
    clock = asked(ServerClock(watch), watch)
    watch.seconds += 7
    assert abs(clock.now() - (NOON + timedelta(seconds=107.2))) < timedelta(milliseconds=1)


def test_before_it_has_asked_it_is_this_machines_clock():
    """So that there is a time at all."""
    assert abs(ServerClock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_clock_that_is_known_better_does_not_go_back(watch: Stopwatch):
    """Who sees a clock that was put back drops every lease, the other replicas' too: it stands still instead."""
    clock = asked(ServerClock(watch), watch)
    before = clock.now()
    watch.off = -0.3
    asked(clock, watch)
    assert clock.now() == before
    watch.seconds += 0.2
    assert clock.now() == before
    watch.seconds += 0.2
    assert clock.now() == before + timedelta(seconds=0.1)


def test_a_clock_that_was_put_back_is_followed(watch: Stopwatch):
    """By more than an inaccuracy."""
    clock = asked(ServerClock(watch), watch)
    before = clock.now()
    watch.off = -3600
    asked(clock, watch)
    assert clock.now() == before - timedelta(hours=1)


def test_an_answer_that_took_long_is_not_taken(watch: Stopwatch):
    """When in that time the server looked at its clock isn't known; the first is better than none."""
    watch.late = 4
    clock = asked(ServerClock(watch), watch)
    watch.off = 1
    before = clock.now()
    asked(clock, watch)
    assert clock.now() == before + timedelta(seconds=4)


async def test_sleeping_is_by_this_machines_seconds():
    """The server is not asked for it."""
    await ServerClock().sleep(0)


def waited(idling: Idling, due: float | None, *found: int) -> float | None:
    """Return how long is waited after claims that have *found* so many."""
    for some in found:
        idling.claimed(some)
    return idling.wait(due)


def test_what_is_due_and_cannot_be_had_is_waited_for_longer_and_longer():
    """Another transaction holds it: else a thousand claims a second would find nothing."""
    idling = Idling()
    assert [waited(idling, -5.0, 0, 0) for _ in range(8)] == [0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
    assert waited(idling, -5.0, 3, 0) == -5.0, "something was found, so there is more to be had"
    assert waited(idling, 0.0, 0) == 0.05


def test_what_is_due_later_is_waited_for_as_long_as_it_takes():
    """Or not at all where there is nothing; and the next wait in vain is a short one again."""
    idling = Idling()
    assert [waited(idling, -1, 0) for _ in range(2)] == [0.05, 0.1]
    assert [waited(idling, due, 0) for due in (30.0, None, -1)] == [30.0, None, 0.05]


def test_who_only_asks_hears_how_long_it_has_been_due():
    """For an alarm, say: it has claimed nothing, and changes nothing for those who do."""
    idling = Idling()
    assert waited(idling, -5.0, 0) == 0.05
    assert [waited(idling, -5.0) for _ in range(3)] == [-5.0] * 3
    assert waited(idling, -5.0, 0) == 0.1
