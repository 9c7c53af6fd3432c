"""Asking for a deletion: who may, of what, and that it is asked for once."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from bot.core.access import NotAllowed
from bot.core.approval import ApprovalRule, Meanwhile
from bot.core.errors import CloudUnavailable, Conflict, InputError, NotFound
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import CloudName, FreezeId, RequestId, UserId
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service import Ask, Emergency
from bot.service.approvals import NoEmergency
from bot.service.deletions import AlreadyAsked, DeletingIsOff
from bot.service.keeping import NotThere
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, DAN, OPS, Bench, actor


async def made(bench: Bench, name: str = "nightly-1") -> SnapshotRequest:
    """Return ana's request whose snapshot is available since now."""
    ask = Ask(bench.prod.ref, name, "", OPS)
    request = await bench.service.intake.ask(actor(ANA), ask, origin=f"view:{name}")
    await bench.service.approvals.approve(actor(BEN), request.id)
    return await bench.until_final(request)


async def ask(
    bench: Bench, request: SnapshotRequest, by: UserId = ANA, *, last: bool = True, form: str = "D", why: str = ""
) -> SnapshotRequest:
    """Let somebody ask for the deletion."""
    return await bench.service.deletions.ask(actor(by), request.id, why, knows_last=last, origin=f"view:{form}")


async def test_who_asked_for_it_may(bench: Bench):
    """It waits for the approvals of the cluster's rule, of somebody else; what exactly is on record."""
    request = await made(bench)
    deletion = await ask(bench, request, why="  not\nneeded ")
    assert (deletion.state, deletion.description, deletion.name) == (State.WAITING, "not needed", "nightly-1")
    assert (deletion.snapshot_id, deletion.started_at, deletion.size_gb) == (
        request.snapshot_id,
        request.started_at,
        request.size_gb,
    )
    (entry,) = [e for e in bench.store.log if e.action == "request.asked" and e.request_id == deletion.id]
    assert str(request.snapshot_id) in entry.detail
    with pytest.raises(NotAllowed):
        await bench.service.approvals.approve(actor(ANA), deletion.id)
    assert (await bench.service.approvals.approve(actor(BEN), deletion.id)).state is State.APPROVED


async def test_an_admin_may_who_may_ask_for_snapshots(bench: Bench):
    """Others hear who can, or that there is none."""
    request = await made(bench)
    for who in (ADA, BEN):
        with pytest.raises(NotAllowed):
            await ask(bench, request, by=who)
    with pytest.raises(NotFound):
        await ask(bench, request, by=DAN)
    with pytest.raises(NotAllowed):  # an admin without the right to request
        await ask(bench, request, by=CLEO)
    bench.grant(CLEO, Role.REQUEST, bench.prod)
    assert (await ask(bench, request, by=CLEO)).state is State.WAITING
    assert {e.action for e in bench.store.log if "delete" in e.action} == {"delete.refused"}


async def test_the_last_good_one_is_asked_about_again(bench: Bench):
    """The form says so, and without the tick nothing is kept."""
    request = await made(bench)
    assert (await bench.service.deletions.offer(actor(ANA), request.id)).is_last
    with pytest.raises(InputError) as refused:
        await ask(bench, request, last=False)
    assert set(refused.value.fields) == {"last"}
    other = await made(bench, "nightly-2")
    assert not (await bench.service.deletions.offer(actor(ANA), request.id)).is_last
    assert not (await ask(bench, request, last=False)).knows_last
    assert other.snapshot_id


async def test_it_is_asked_for_once(bench: Bench):
    """The same form again is the same request; another hears which asks for it."""
    request = await made(bench)
    deletion = await ask(bench, request)
    assert await ask(bench, request) == deletion
    with pytest.raises(AlreadyAsked):
        await ask(bench, request, form="E")
    with pytest.raises(AlreadyAsked):
        await bench.service.deletions.offer(actor(ANA), request.id)
    await bench.service.approvals.withdraw(actor(ANA), deletion.id)
    assert (await ask(bench, request, form="F")).id != deletion.id


async def test_where_it_is_off_nothing_is_kept(bench: Bench):
    """Also for an admin."""
    request = await made(bench)
    bench.deletes = False
    bench.start()
    with pytest.raises(DeletingIsOff):
        await ask(bench, request)
    assert len(bench.store.requests) == 1


async def test_what_is_not_there_can_not_be_deleted(bench: Bench):
    """Neither before it is made, nor once it is gone from the cloud."""
    waiting = await bench.ask("nightly-2")
    with pytest.raises(NotThere):
        await ask(bench, waiting)
    request = await made(bench)
    assert request.snapshot_id
    del bench.cloud.known_snapshots[request.snapshot_id]
    bench.clock.advance(10)
    with pytest.raises(NotThere):
        await ask(bench, request)


async def test_a_rule_that_wants_no_approval_lets_it_go(bench: Bench):
    """As it does for snapshots."""
    request = await made(bench)
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(ApprovalRule.of(0))
    assert (await bench.service.deletions.offer(actor(ANA), request.id)).waived
    assert (await ask(bench, request)).state is State.APPROVED


async def test_nothing_is_deleted_in_an_emergency(bench: Bench):
    """Who may break the glass can't do it here."""
    request = await made(bench)
    deletion = await ask(bench, request)
    bench.grant(BEA, Role.BREAK_GLASS, bench.prod)
    with pytest.raises(NoEmergency):
        await bench.service.approvals.open_glass(actor(BEA), deletion.id)
    with pytest.raises(NoEmergency):
        await bench.service.approvals.break_glass(actor(BEA), deletion.id, Emergency("now", aware=True), seen=1)
    assert bench.now(deletion).state is State.WAITING


@pytest.mark.parametrize(("reason", "field"), [("x" * 257, "reason")])
async def test_a_reason_has_its_bounds(bench: Bench, reason: str, field: str):
    """As a description has."""
    request = await made(bench)
    with pytest.raises(InputError) as refused:
        await ask(bench, request, why=reason)
    assert set(refused.value.fields) == {field}


async def test_where_the_cloud_is_not_seen_it_may_be_the_last(bench: Bench):
    """Nobody knows of another one: the tick is asked for, and the request says that they were told."""
    request = await made(bench)
    await made(bench, "nightly-2")
    bench.start()
    bench.store.seen.clear()
    bench.cloud.failing = [CloudUnavailable("503")] * 9
    bench.clock.advance(60)
    assert (await bench.service.deletions.offer(actor(ANA), request.id)).is_last
    with pytest.raises(InputError) as refused:
        await ask(bench, request, last=False)
    assert set(refused.value.fields) == {"last"}
    assert (await ask(bench, request)).knows_last


async def test_of_a_cloud_that_is_set_no_more_it_may_be_the_last(bench: Bench):
    """It can't be looked at."""
    request = await made(bench)
    await made(bench, "nightly-2")
    gone = replace(request.cluster, cloud=CloudName("gone"))
    bench.store.requests[request.id] = replace(request, cluster=gone)
    bench.grant(ANA, Role.REQUEST, replace(bench.prod, ref=gone))
    assert (await bench.service.deletions.offer(actor(ANA), request.id)).is_last


async def test_during_a_freeze_that_refuses_it_is_not_asked_for(bench: Bench):
    """As a snapshot isn't; one that holds lets it be asked for."""
    request = await made(bench)
    freeze = Freeze(FreezeId("F-1"), Scope(), "the move", CLEO, bench.clock.now(), meanwhile=Meanwhile.REFUSE)
    bench.store.frozen[freeze.id] = freeze
    with pytest.raises(InputError) as refused:
        await ask(bench, request)
    assert set(refused.value.fields) == {"reason"}
    assert len(bench.store.requests) == 1
    bench.store.frozen[freeze.id] = replace(freeze, meanwhile=Meanwhile.HOLD)
    assert (await ask(bench, request)).state is State.WAITING


async def test_who_has_too_many_open_hears_it(bench: Bench):
    """On the form, with how many they may have; it is on record."""
    request = await made(bench)
    bench.open_requests = 1
    bench.start()
    await bench.ask("nightly-2")
    with pytest.raises(InputError) as refused:
        await ask(bench, request)
    assert set(refused.value.fields) == {"reason"}
    assert [e.rule for e in bench.store.log if e.action == "delete.refused"] == ["too-many-open"]
    assert len(bench.store.requests) == 2


async def test_while_somebody_asks_for_one_of_its_name_it_is_not_deleted(bench: Bench):
    """Two open requests about one name would be taken for one another."""
    request = await made(bench)
    other = await bench.ask("nightly-2")
    bench.store.requests[other.id] = replace(other, name=request.name)
    with pytest.raises(InputError) as refused:
        await ask(bench, request)
    assert {field: phrase.code for field, phrase in refused.value.fields.items()} == {"reason": "delete-asked-name"}


async def test_an_id_that_is_taken_is_drawn_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The next one that is free is its own; longer ones are drawn where short ones are taken."""
    request = await made(bench)
    lengths: list[int] = []

    def draw(length: int) -> RequestId:
        lengths.append(length)
        return request.id if len(lengths) < 5 else RequestId("R-FREE")

    monkeypatch.setattr("bot.service.deletions.drawn", draw)
    assert (await ask(bench, request)).id == "R-FREE"
    assert lengths == [4, 4, 4, 5, 5]
    assert bench.now(request) == request


async def test_where_no_id_is_free_it_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Nothing goes on for ever."""
    request = await made(bench)
    monkeypatch.setattr("bot.service.deletions.drawn", lambda length: request.id)
    with pytest.raises(Conflict, match="no free request id"):
        await ask(bench, request)
    assert list(bench.store.requests) == [request.id]


async def test_one_form_that_arrives_twice_at_once_is_one_request(bench: Bench):
    """It is kept, counted and on record once."""
    request = await made(bench)
    first, second = await asyncio.gather(ask(bench, request), ask(bench, request))
    assert first == second
    assert len([e for e in bench.store.log if e.action == "request.asked"]) == 2  # the snapshot, and this
