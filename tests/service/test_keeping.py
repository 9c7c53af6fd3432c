"""Keeping a snapshot longer: who may, and that two presses are one."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.access import NotAllowed
from bot.core.errors import Conflict, InputError, NotFound
from bot.core.ids import UserId
from bot.core.keep import Keep
from bot.core.message import RESULT
from bot.core.request import SnapshotRequest, State
from bot.service import Ask
from bot.service.keeping import KeptTooLate, NotThere
from tests.harness.working import ADA, ANA, BEN, CLEO, DAN, OPS, Bench, actor, outrun

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


async def to_be_deleted(bench: Bench, request: SnapshotRequest) -> SnapshotRequest:
    """Return ana's request to delete the snapshot of *request*."""
    bench.clock.advance(60)
    ask = bench.service.deletions.ask
    return await ask(actor(ANA), request.id, "not needed", knows_last=True, origin="view:D")


def kept_entries(bench: Bench, action: str) -> list[tuple[str, str]]:
    """Return who did *action*, and of which request."""
    return [(e.actor, str(e.request_id)) for e in bench.store.log if e.action == action]


@pytest.mark.parametrize(("who", "told"), [(ANA, False), (CLEO, True)])
async def test_a_deletion_that_waits_is_withdrawn(bench: Bench, who: UserId, told: bool):
    """Who asked for it is told where somebody else keeps the snapshot; both are on record."""
    request = await made(bench)
    deletion = await to_be_deleted(bench, request)
    bench.woken.clear()
    await bench.service.keeping.keep(actor(who), request.id, 30, term=1)
    withdrawn = bench.now(deletion)
    assert (withdrawn.state, withdrawn.decided_by, withdrawn.decided_at) == (
        State.WITHDRAWN,
        who,
        bench.clock.now(),
    )
    assert ((deletion.id, RESULT) in bench.store.told) == told
    assert kept_entries(bench, "request.withdrawn") == [(who, deletion.id)]
    assert kept_entries(bench, "request.kept_longer") == [(who, request.id)]
    assert bench.woken.is_set()


async def test_an_old_button_still_takes_a_deletion_back(bench: Bench):
    """Who pressed it wants the snapshot: that another term has begun changes nothing of that."""
    request = await made(bench)
    await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    deletion = await to_be_deleted(bench, request)
    await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert bench.now(deletion).state is State.WITHDRAWN


async def test_once_the_cloud_was_asked_to_delete_it_nothing_is_kept(bench: Bench):
    """Who tries hears which request deletes it, and that they tried is on record."""
    request = await made(bench)
    deletion = await to_be_deleted(bench, request)
    bench.store.requests[deletion.id] = replace(deletion, state=State.SUBMITTING)
    with pytest.raises(KeptTooLate) as late:
        await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert late.value.phrase.facts == {"request": deletion.id}
    assert bench.now(request) == request
    (refused,) = [e for e in bench.store.log if e.action == "keep.refused"]
    assert (refused.actor, refused.rule, refused.request_id) == (ANA, "being-deleted", request.id)


async def test_a_deletion_that_begins_while_it_is_kept_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The snapshot is on record as kept, which the deletion looks at last; who keeps it hears that it may be late."""
    request = await made(bench)
    deletion = await to_be_deleted(bench, request)
    real = bench.store.save

    async def begun_meanwhile(after: SnapshotRequest, **how: Any) -> None:
        await real(after, **how)
        if after.id == request.id:
            bench.store.requests[deletion.id] = replace(deletion, state=State.SUBMITTING)

    monkeypatch.setattr(bench.store, "save", begun_meanwhile)
    with pytest.raises(KeptTooLate):
        await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert (bench.now(request).keep.terms, bench.now(deletion).state) == (2, State.SUBMITTING)
    assert kept_entries(bench, "request.withdrawn") == []
    assert [e.rule for e in bench.store.log if e.action == "keep.refused"] == ["being-deleted"]


async def test_who_was_outrun_looks_again(bench: Bench):
    """Both what is kept and what is withdrawn are saved over what is there by then, once."""
    request = await made(bench)
    deletion = await to_be_deleted(bench, request)
    first, second = outrun(bench, request, times=1), outrun(bench, deletion, times=1)
    kept = await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert (first, second) == ([request.id], [deletion.id])
    assert bench.now(request) == kept
    assert kept.keep.terms == 2
    assert bench.now(deletion).state is State.WITHDRAWN
    assert len(kept_entries(bench, "request.kept_longer")) == len(kept_entries(bench, "request.withdrawn")) == 1


async def test_who_is_always_outrun_is_told(bench: Bench):
    """Nothing goes on for ever, and nothing is on record that wasn't saved."""
    request = await made(bench)
    outrun(bench, request, times=99)
    with pytest.raises(Conflict, match="too much at once"):
        await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert bench.now(request).keep == request.keep
    assert kept_entries(bench, "request.kept_longer") == []


async def test_a_withdrawal_that_is_always_outrun_is_told(bench: Bench):
    """The snapshot is kept all the same: the deletion sees that before its call."""
    request = await made(bench)
    deletion = await to_be_deleted(bench, request)
    outrun(bench, deletion, times=99)
    with pytest.raises(Conflict, match="too much at once"):
        await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert (bench.now(request).keep.terms, bench.now(deletion).state) == (2, State.WAITING)
    assert kept_entries(bench, "request.withdrawn") == []
