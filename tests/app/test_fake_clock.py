"""The clock that tests own."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.ports import Clock
from tests.fakes.clock import FakeClock

START = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


async def test_time_moves_only_when_the_test_says_so() -> None:
    """Seconds and timedeltas add up."""
    clock: Clock = (fake := FakeClock(START))

    fake.advance(1.5)
    fake.advance(timedelta(minutes=1))

    assert clock.now() == START + timedelta(seconds=61.5)


async def test_a_sleeper_wakes_when_the_clock_has_gone_far_enough() -> None:
    """Not a second sooner, and each sleeper at their own time."""
    clock = FakeClock(START)
    short, long = asyncio.create_task(clock.sleep(10)), asyncio.create_task(clock.sleep(20))
    await asyncio.sleep(0)
    assert clock.wakes_at == START + timedelta(seconds=10)

    clock.advance(9.9)
    await asyncio.sleep(0)
    assert not short.done()
    clock.advance(0.1)
    await short

    assert not long.done()
    assert clock.wakes_at == START + timedelta(seconds=20)
    clock.advance(3600)
    await long
    assert clock.wakes_at is None


async def test_a_cancelled_sleeper_is_forgotten() -> None:
    """Advancing past it does nothing."""
    clock = FakeClock(START)
    task = asyncio.create_task(clock.sleep(10))
    await asyncio.sleep(0)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    clock.advance(11)

    assert clock.wakes_at is None


async def test_no_time_at_all_still_lets_others_run() -> None:
    """A sleep of 0 gives way once."""
    turns: list[str] = []

    async def other() -> None:
        turns.append("other")

    task = asyncio.create_task(other())
    await FakeClock(START).sleep(0)

    assert turns == ["other"]
    await task
