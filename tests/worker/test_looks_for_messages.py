"""A look for a message whose post may have landed, where Slack can't say whether it is there."""

from __future__ import annotations

import pytest

from bot.core.errors import SlackUnavailable
from tests.harness.working import Bench

NO_ANSWER = SlackUnavailable("no answer from Slack: TimeoutError")
THROTTLED = SlackUnavailable("Slack: ratelimited", retry_after=90.0, maybe_done=False)


@pytest.fixture
async def bench(bench: Bench) -> Bench:
    """A card whose post was begun, and whose answer was lost."""
    await bench.ask()
    bench.messenger.lost_with = [NO_ANSWER]
    await bench.tell()
    bench.clock.advance(2 * bench.pace.settle)
    return bench


async def test_looks_that_fail_are_rarer_each_time(bench: Bench):
    """Each failed look doubles the wait, up to five minutes."""
    waits = []
    for _ in range(10):
        bench.messenger.failing = [NO_ANSWER]
        await bench.tell()
        waits += bench.messages_due()
        bench.clock.advance(waits[-1])
    assert 4 <= waits[0] <= 4.8
    assert 16 <= waits[2] <= 19.2
    assert bench.pace.slack_most <= waits[-1] <= bench.pace.slack_most * 1.2
    await bench.tell()
    assert len(bench.messenger.posts) == 1
    assert bench.messages_due() == []


async def test_a_look_waits_as_long_as_slack_names(bench: Bench):
    """A look that is throttled comes back when Slack said, and doesn't count as a failure."""
    bench.messenger.failing = [THROTTLED]
    await bench.tell()
    (due,) = bench.messages_due()
    assert 90 <= due <= 108
    bench.clock.advance(due)
    bench.messenger.failing = [NO_ANSWER]
    await bench.tell()
    assert bench.messages_due() == [pytest.approx(4.4, abs=0.4)]
