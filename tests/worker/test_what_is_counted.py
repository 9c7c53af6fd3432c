"""What an operator's metrics have of the worker's steps and messages."""

from __future__ import annotations

import pytest

from bot.core.errors import CloudBusy, CloudUnavailable, SlackUnavailable
from tests.fakes.slack import refused
from tests.harness.working import BEN, Bench, actor


@pytest.fixture
def bench() -> Bench:
    """Fakes all round."""
    return Bench()


def counted(bench: Bench, name: str) -> dict[str, float]:
    """Return the counters called *name*, by their labels, as a scrape shows them."""
    lines = bench.metrics.text(None, None).decode().splitlines()
    found = (
        line.removeprefix(f"snapshot_bot_{name}_total").rsplit(" ", 1) for line in lines if f"_{name}_total{{" in line
    )
    return {labels: float(number) for labels, number in found}


async def test_messages_are_counted_by_kind_and_outcome(bench: Bench):
    """Sent, drawn again, refused with Slack's code, or without an answer."""
    request = await bench.ask()
    bench.messenger.failing = [SlackUnavailable("no connection", maybe_done=False)]
    await bench.tell()
    bench.clock.advance(60)
    bench.messenger.failing = [refused("ratelimited_by_surprise")]
    await bench.tell()
    bench.clock.advance(60)
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.tell()
    assert counted(bench, "messages") == {
        '{kind="card",outcome="SlackUnavailable"}': 1,
        '{kind="card",outcome="ratelimited_by_surprise"}': 1,
        '{kind="card",outcome="sent"}': 1,
        '{kind="card",outcome="updated"}': 1,
    }


async def test_a_look_for_a_message_that_fails_is_counted(bench: Bench):
    """As the post before it, whose answer was lost."""
    await bench.ask()
    bench.messenger.lost_with = [SlackUnavailable("no answer")]
    await bench.tell()
    bench.clock.advance(60)
    bench.messenger.failing = [SlackUnavailable("no answer")]
    await bench.tell()
    assert counted(bench, "messages") == {'{kind="card",outcome="SlackUnavailable"}': 2}


async def test_steps_and_errors_are_counted_by_what_happened(bench: Bench):
    """Each event once, and each error by its cloud."""
    await bench.approved()
    bench.cloud.failing_create = [CloudBusy("409"), CloudUnavailable("503", maybe_done=False)]
    for _ in range(3):
        await bench.later()
    bench.cloud.finish(bench.snapshot().id)
    await bench.later(60)
    assert counted(bench, "transitions") == {
        '{event="AttemptStarted"}': 3,
        '{event="Refused"}': 2,
        '{event="Accepted"}': 1,
        '{event="Finished"}': 1,
    }
    assert counted(bench, "cloud_errors") == {
        '{cloud="default",error="CloudBusy"}': 1,
        '{cloud="default",error="CloudUnavailable"}': 1,
    }
