"""Requests that ended long ago are dropped after a time that is a setting; what was on record of them stays there."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from bot import auditing
from bot.core.errors import NotFound, StoreUnavailable
from bot.core.message import CARD, RESULT
from bot.core.phrase import Phrase
from bot.core.record import DROPPED, Selection
from bot.core.request import State
from bot.worker.retention import Retention
from tests.harness.working import BEN, OPS, Bench, actor, settled

KEEP = timedelta(days=30)


async def told(bench: Bench, name: str) -> str:
    """Let a request become a snapshot, tell it, and return its id."""
    request = await bench.until_final(await bench.approved(name))
    await bench.tell()
    return request.id


@pytest.mark.telling
async def test_what_ended_longer_ago_than_is_kept_goes_with_its_messages(bench: Bench):
    """Not what made the last snapshot of its cluster, nor what waits; the record is sound and has all of it still."""
    first = await told(bench, "nightly-1")
    last = await told(bench, "nightly-2")
    waits = (await bench.ask("nightly-3")).id
    await bench.tell()
    retention = Retention(store=bench.store, keep=KEEP)
    assert not await retention.drop()
    assert {*bench.store.requests} == {first, last, waits}
    bench.clock.advance(KEEP + timedelta(days=1))
    assert not await retention.drop()
    assert {*bench.store.requests} == {last, waits}
    assert {owed for about, owed in bench.store.told if about == last} == {CARD, RESULT}
    assert not [about for about, _ in bench.store.told if about == first]
    actions = [entry.action for entry in bench.store.log]
    assert actions[-1] == DROPPED
    assert next(e.action for e in bench.store.log if e.request_id == first) == "request.asked"
    assert (await bench.store.verify_chain()).findings == ()


async def test_the_record_is_pruned_across_what_was_dropped(bench: Bench, tmp_path: Path):
    """What says that requests were dropped is an entry like any: exported, pruned, and the chain goes on."""
    await told(bench, "nightly-1")
    await told(bench, "nightly-2")
    bench.clock.advance(KEEP + timedelta(days=1))
    await Retention(store=bench.store, keep=KEEP).drop()
    bench.clock.advance(1)
    await auditing.write_export(bench.store, tmp_path / "record.jsonl", Selection(), as_csv=False, overwrite=False)
    await auditing.prune(bench.store, tmp_path / "record.jsonl", before=bench.clock.now(), by="cli:root")
    await bench.ask("nightly-3")
    assert (await bench.store.verify_chain()).findings == ()
    exported, rest = await auditing.check_joined(bench.store, tmp_path / "record.jsonl")
    assert (exported.verdict.findings, rest.findings) == ((), ())


async def test_without_the_setting_nothing_goes(bench: Bench):
    """For ever is what holds where nothing is said."""
    await told(bench, "nightly-1")
    await told(bench, "nightly-2")
    bench.clock.advance(timedelta(days=10_000))
    assert not await Retention(store=bench.store, keep=None).drop()
    assert len(bench.store.requests) == 2


async def test_it_looks_again_and_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Batch by batch while there is more, then every hour; a database that can't be used ends nothing."""
    batches: list[int | StoreUnavailable] = [100, 100, 3, StoreUnavailable("locked", phrase=Phrase("database-busy")), 0]
    asked: list[float] = []
    began = bench.clock.now()

    async def drop_ended(before: object, *, limit: int) -> int:
        asked.append((bench.clock.now() - began).total_seconds())
        result = batches.pop(0) if batches else 0
        if isinstance(result, StoreUnavailable):
            raise result
        return result

    monkeypatch.setattr(bench.store, "drop_ended", drop_ended)
    watching = asyncio.create_task(Retention(store=bench.store, keep=KEEP).watch())
    while batches:
        await settled()
        assert bench.clock.wakes_at
        bench.clock.advance(bench.clock.wakes_at - bench.clock.now())
    await settled()
    watching.cancel()
    assert asked[:5] == pytest.approx([0, 0.2, 0.4, 3600.4, 7200.4])


async def test_a_button_of_what_was_dropped_is_answered(bench: Bench):
    """As for any request that isn't there."""
    request = await bench.ask("nightly-1")
    await bench.tell()
    await bench.service.approvals.decline(actor(BEN), request.id, "not now")
    await bench.tell()
    bench.clock.advance(KEEP + timedelta(days=1))
    await Retention(store=bench.store, keep=KEEP).drop()
    assert not bench.store.requests
    with pytest.raises(NotFound) as gone:
        await bench.service.approvals.approve(actor(BEN), request.id)
    assert gone.value.phrase.code == "no-such-request"
    again = await bench.ask("nightly-1")
    assert (again.state, again.channel) == (State.WAITING, OPS)
