"""Keeping a snapshot longer: who may, and that two presses are one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.core.access import NotAllowed
from bot.core.errors import InputError, NotFound
from bot.core.keep import Keep
from bot.core.request import SnapshotRequest
from bot.service import Ask
from bot.service.keeping import NotThere
from tests.harness.working import ADA, ANA, BEN, CLEO, DAN, OPS, Bench, actor

DAY = timedelta(days=1)


async def made(bench: Bench, *, days: int = 30) -> SnapshotRequest:
    """Return ana's request whose snapshot is available since now."""
    ask = Ask(bench.prod.ref, "nightly-1", "", OPS, keep_days=days)
    request = await bench.service.intake.ask(actor(ANA), ask, origin="view:1")
    await bench.service.approvals.approve(actor(BEN), request.id)
    return await bench.until_final(request)


@pytest.mark.parametrize("who", [ANA, CLEO])
async def test_who_asked_and_an_admin_may(bench: Bench, who):
    """It is on record, with until when."""
    request = await made(bench)
    kept = await bench.service.keeping.keep(actor(who), request.id, 30, term=1)
    assert kept.keep.until == request.keep.until + 30 * DAY if request.keep.until else False
    assert (kept.keep.by, kept.keep.at) == (who, bench.clock.now())
    (entry,) = [e for e in bench.store.log if e.action == "request.kept_longer"]
    assert (entry.actor, entry.request_id) == (who, request.id)
    assert str(kept.keep.until.date() if kept.keep.until else "") in entry.detail


async def test_others_may_not(bench: Bench):
    """Who sees it hears who can, who doesn't that there is none; both are on record."""
    request = await made(bench)
    for who in (BEN, ADA):
        with pytest.raises(NotAllowed):
            await bench.service.keeping.keep(actor(who), request.id, 30, term=1)
    with pytest.raises(NotFound):
        await bench.service.keeping.keep(actor(DAN), request.id, 30, term=1)
    assert [e.action for e in bench.store.log if e.action == "keep.refused"] == ["keep.refused"] * 3
    assert bench.now(request).keep == request.keep


async def test_a_second_press_adds_nothing(bench: Bench):
    """The button carries the term that it was drawn for."""
    request = await made(bench)
    first = await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    again = await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert again == first == bench.now(request)


async def test_until_somebody_says(bench: Bench):
    """Nobody is asked any more."""
    request = await made(bench)
    kept = await bench.service.keeping.keep(actor(ANA), request.id, 0, term=1)
    assert (kept.keep.until, kept.keep.runs) == (None, False)
    bench.clock.advance(60 * DAY.total_seconds())
    assert await bench.turn() == []


async def test_what_is_not_there_can_not_be_kept(bench: Bench):
    """Neither before it is made nor once it is gone."""
    request = await bench.ask()
    with pytest.raises(NotThere):
        await bench.service.keeping.keep(actor(ANA), request.id, 30, term=0)


async def test_a_person_who_keeps_it_while_the_worker_tells_wins(bench: Bench):
    """The worker's save is late, and nobody is asked."""
    request = await made(bench)
    assert request.keep.until is not None
    bench.clock.advance(30 * DAY.total_seconds())
    claimed = await bench.store.claim(owner="bench", lease=timedelta(seconds=9), limit=16)
    kept = await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    for work in claimed:
        with pytest.raises(Exception, match=request.id):
            await bench.steps.step(work)
    assert bench.now(request) == kept


@pytest.mark.parametrize(("said", "keep"), [(None, Keep(0)), (7, Keep(7)), (0, Keep(0)), (365, Keep(365))])
async def test_what_is_asked_for_is_kept(bench: Bench, said: int | None, keep: Keep):
    """Where nobody says, as the settings have it."""
    ask = Ask(bench.prod.ref, "nightly-1", "", OPS, keep_days=said)
    assert (await bench.service.intake.ask(actor(ANA), ask, origin="view:1")).keep == keep


@pytest.mark.parametrize("days", [-1, 366])
async def test_too_long_is_refused(bench: Bench, days: int):
    """On its own field."""
    ask = Ask(bench.prod.ref, "nightly-1", "", OPS, keep_days=days)
    with pytest.raises(InputError) as refused:
        await bench.service.intake.ask(actor(ANA), ask, origin="view:1")
    assert set(refused.value.fields) == {"keep"}
