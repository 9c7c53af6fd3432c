"""Who waits for a cluster is woken when it is free."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.request import State
from tests.harness.working import ADA, Bench

pytestmark = pytest.mark.telling


@pytest.mark.parametrize("ok", [True, False], ids=["available", "failed"])
async def test_the_next_in_line_looks_as_soon_as_the_cluster_is_free(bench: Bench, ok: bool):
    """The moment the first one ends, the second is due, not only at its next look."""
    first = await bench.approved("first-1")
    await bench.turn()
    second = await bench.approved("second-1", by=ADA)
    await bench.later(bench.pace.poll)
    assert bench.now(second).place == 2
    bench.cloud.finish(bench.snapshot("first-1").id, ok=ok)
    bench.clock.advance(bench.pace.poll)
    both = await bench.store.claim(owner="bench", lease=timedelta(seconds=bench.pace.lease), limit=2)
    for work in sorted(both, key=lambda w: w.item.id != second.id):  # the second looks while the first still runs
        await bench.steps.step(work)
    assert bench.now(first).state is (State.AVAILABLE if ok else State.FAILED)
    assert await bench.turn() == [second.id]
    assert bench.now(second).state is State.CREATING


async def test_one_that_waits_for_another_cluster_is_left_alone(bench: Bench):
    """An end wakes those in line for the same cluster."""
    bench.cloud.change_cluster(bench.dev.ref.id, task_status="RESTORING")
    first, other = await bench.approved("first-1"), await bench.approved("other-1", cluster=bench.dev)
    await bench.turn()
    bench.cloud.finish(bench.snapshot("first-1").id)
    bench.clock.advance(bench.pace.poll)
    await bench.turn()
    assert bench.now(first).state is State.AVAILABLE
    assert other.id not in await bench.turn()
