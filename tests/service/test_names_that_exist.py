"""A name that a snapshot in the cloud has already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.errors import InputError
from bot.core.phrase import Phrase
from tests.harness.working import Bench


@pytest.mark.parametrize("told", [True, False], ids=["since when", "since whenever"])
async def test_a_name_that_exists_is_refused_with_since_when(told: bool):
    """As the snapshot has it, and with the day on which it was made, where the cloud says that."""
    bench = Bench()
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
