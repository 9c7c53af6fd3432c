"""What a request keeps of its snapshot, while it is followed and when it ends."""

from __future__ import annotations

import pytest

from bot.core.errors import CloudUnavailable
from bot.core.request import SnapshotRequest, State
from bot.core.why import Code, Why
from tests.harness.working import Bench

pytestmark = pytest.mark.telling


async def creating(bench: Bench) -> SnapshotRequest:
    """Return a request whose snapshot is under way, and was seen once."""
    request = await bench.approved()
    await bench.turn()
    await bench.later()
    return bench.now(request)


async def test_an_end_keeps_the_clouds_own_times_and_the_size(bench: Bench):
    """When it began and ended by the cloud's clock; then nothing keeps it, and it is complete."""
    request = await creating(bench)
    made = bench.snapshot()
    bench.clock.advance(600)
    bench.cloud.finish(made.id, size_gb=12.5)
    ended = bench.snapshot().finished
    await bench.later(30)
    after = bench.now(request)
    assert (after.state, after.started_at, after.finished_at) == (State.AVAILABLE, made.started, ended)
    assert (after.size_gb, after.percent) == (12.5, 100)


async def test_an_end_of_which_the_cloud_tells_no_time_is_when_it_was_seen(bench: Bench):
    """By our clock, then."""
    request = await creating(bench)
    bench.cloud.advance(bench.snapshot().id, 100, status="AVAILABLE")
    await bench.later(30)
    assert bench.now(request).finished_at == bench.clock.now()


async def test_a_failed_look_between_two_lists_without_it_changes_nothing(bench: Bench):
    """The second list without it asks for it by its id, as if the look between hadn't been."""
    request = await creating(bench)
    bench.cloud.known_snapshots.clear()
    await bench.later()
    since = bench.now(request).missing_since
    assert since is not None
    bench.cloud.failing = [CloudUnavailable("503")]
    await bench.later()
    assert (bench.now(request).state, bench.now(request).missing_since) == (State.CREATING, since)
    await bench.later()
    assert (bench.now(request).state, bench.now(request).why) == (State.FAILED, Why(Code.SNAPSHOT_GONE))


@pytest.mark.parametrize("failure", ["", "disk full"])
async def test_a_failure_says_what_the_cluster_reports(bench: Bench, failure: str):
    """Where it reports anything."""
    request = await creating(bench)
    bench.cloud.finish(bench.snapshot().id, ok=False)
    bench.cloud.change_cluster(bench.prod.ref.id, **({"failure": failure} if failure else {}))
    await bench.later(30)
    assert bench.now(request).why == Why(Code.UNFINISHED, {"failure": failure} if failure else {})


async def test_progress_is_the_snapshots_own_or_else_the_clusters(bench: Bench):
    """And it stays what it was where neither says it."""
    request = await creating(bench)
    bench.cloud.advance(bench.snapshot().id, 40)
    await bench.later(30)
    assert bench.now(request).percent == 40
    bench.cloud.failing = [CloudUnavailable("503")]
    await bench.later(30)
    assert bench.now(request).percent == 40


async def test_the_cloud_is_asked_at_most_an_hour_later_than_it_named(bench: Bench):
    """A Retry-After of days after a lost answer is not believed."""
    await bench.approved()
    bench.cloud.failing_create = [CloudUnavailable("503", retry_after=86_400.0)]
    await bench.turn()
    bench.clock.advance(3599)
    assert await bench.turn() == []
    bench.clock.advance(1)
    assert len(await bench.turn()) == 1
