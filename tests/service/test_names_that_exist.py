"""A name that a snapshot in the cloud has already."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import InputError
from bot.core.phrase import Phrase
from bot.inventory import Inventory
from tests.harness.working import Bench


@pytest.mark.parametrize("told", [True, False], ids=["since when", "since whenever"])
async def test_a_name_that_exists_is_refused_with_since_when(bench: Bench, told: bool):
    """As the snapshot has it, and with the day on which it was made, where the cloud says that."""
    made = bench.cloud.add_snapshot(bench.dev.ref.id, "Nightly-1")
    if not told:
        bench.cloud.known_snapshots[made.id] = replace(made, started=None)
    with pytest.raises(InputError) as refused:
        await bench.ask("nightly-1")
    exists = Phrase("name-exists", {"name": "Nightly-1"})
    if told:
        exists = Phrase("name-exists-since", {"name": "Nightly-1", "made": bench.clock.now().date()})
    assert refused.value.fields == {"name": Phrase("stop", {"words": exists})}
    assert bench.store.requests == {}


async def test_what_another_replica_has_seen_since_counts(bench: Bench):
    """Its request has ended, and the answer was lost: the same wish again is told so, and no cloud is asked.

    What this process has seen itself is some seconds old, and lacks the snapshot.
    """
    await bench.inventory.look(bench.cloud.name)
    bench.clock.advance(2)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1")
    theirs = Inventory({bench.cloud.name: bench.cloud}, store=bench.store)
    await theirs.look(bench.cloud.name, max_age=timedelta(0))
    bench.clock.advance(1)
    calls = len(bench.cloud.calls)
    with pytest.raises(InputError):
        await bench.ask("nightly-1")
    assert (len(bench.cloud.calls), bench.store.requests) == (calls, {})
