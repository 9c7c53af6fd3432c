"""A deletion: of what is on record alone, saved before the call, settled by looking, lost to who keeps it longer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from bot.core.errors import (
    CloudBusy,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.events import Hold
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import FreezeId, SnapshotId
from bot.core.message import MessageKind
from bot.core.person import Standing
from bot.core.request import FINAL, Kind, SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.snapshot import Outcome, Snapshot, SnapshotKind
from bot.core.why import Code
from bot.service import Ask
from bot.service.keeping import KeptTooLate
from tests.harness.working import ANA, BEA, BEN, CLEO, OPS, Bench, actor, outrun

DAY = timedelta(days=1)
LOST = CloudUnavailable("read timeout", maybe_done=True)


async def made(bench: Bench, name: str = "nightly-1", *, days: int = 30) -> SnapshotRequest:
    """Return ana's request whose snapshot is available since now."""
    ask = Ask(bench.prod.ref, name, "", OPS, keep_days=days)
    request = await bench.service.intake.ask(actor(ANA), ask, origin=f"view:{name}")
    await bench.service.approvals.approve(actor(BEN), request.id)
    request = await bench.until_final(request)
    assert request.state is State.AVAILABLE
    bench.clock.advance(60)
    return request


async def asked(bench: Bench, request: SnapshotRequest, *, last: bool = True, by: Any = ANA) -> SnapshotRequest:
    """Return the request to delete its snapshot."""
    ask = bench.service.deletions.ask
    return await ask(actor(by), request.id, "not needed", knows_last=last, origin=f"view:D{request.id}")


async def approved(bench: Bench, request: SnapshotRequest) -> SnapshotRequest:
    """Return it once it is approved."""
    deletion = await asked(bench, request)
    bench.clock.advance(3)
    return await bench.service.approvals.approve(actor(BEA), deletion.id)


async def until_over(bench: Bench, deletion: SnapshotRequest, *, most: int = 30) -> SnapshotRequest:
    """Do steps until it has ended, and what follows."""
    for _ in range(most):
        if bench.now(deletion).state in FINAL:
            return bench.now(deletion)
        await bench.later()
    raise AssertionError(f"not final: {bench.now(deletion)}")


def deletes(bench: Bench) -> list[str]:
    """Return what the cloud was asked to delete."""
    return [call[1] for call in bench.cloud.calls if call[0] == "delete_snapshot"]


async def test_what_is_approved_is_deleted_once(bench: Bench):
    """Saved before the call; over once the cloud doesn't show it; the request that made it says so, too."""
    request = await made(bench)
    deletion = await approved(bench, request)
    assert (deletion.kind, deletion.state, deletion.deletes) == (Kind.DELETE, State.APPROVED, request.id)
    ended = await until_over(bench, deletion)
    assert ended.state is State.DELETED
    assert deletes(bench) == [request.snapshot_id]
    assert request.snapshot_id not in bench.cloud.known_snapshots
    assert bench.now(request).keep.gone_at is not None
    await bench.tell()
    results = [p for p in bench.messenger.of(MessageKind.RESULT) if p.facts.request.id == deletion.id]
    assert len(results) == 1
    bench.clock.advance(90 * DAY.total_seconds())
    assert await bench.turn() == []
    did = [e.action for e in bench.store.log if e.request_id == deletion.id and e.actor == "bot"]
    assert [a for a in did if a in ("request.attempt_started", "request.deletion_taken", "request.deleted")] == [
        "request.attempt_started",
        "request.deletion_taken",
        "request.deleted",
    ]


async def test_it_is_saved_as_being_deleted_before_the_call(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A process that dies then leaves a state that is settled by looking."""
    deletion = await approved(bench, await made(bench))
    states: list[State] = []
    real = bench.cloud.delete_snapshot

    async def seen(snapshot: SnapshotId) -> str:
        states.append(bench.now(deletion).state)
        return await real(snapshot)

    monkeypatch.setattr(bench.cloud, "delete_snapshot", seen)
    await until_over(bench, deletion)
    assert states == [State.SUBMITTING]


async def test_it_is_deleted_only_once_the_cloud_shows_it_no_more(bench: Bench):
    """The call is taken; as long as the cloud shows it, it is being deleted, and not called again."""
    request = await made(bench)
    bench.cloud.lingering = 1
    deletion = await approved(bench, request)
    for _ in range(4):
        await bench.later()
    assert (bench.now(deletion).state, bench.now(deletion).accepted_at is not None) == (State.SUBMITTING, True)
    assert bench.now(request).keep.gone_at is None
    assert request.snapshot_id is not None
    del bench.cloud.known_snapshots[request.snapshot_id]
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == 1


@pytest.mark.parametrize("acted", [True, False])
async def test_a_lost_answer_is_settled_by_looking(bench: Bench, acted: bool):
    """Gone is deleted; what is still there is asked for again."""
    request = await made(bench)
    deletion = await approved(bench, request)
    if acted:
        bench.cloud.losing = 1
    else:
        bench.cloud.failing_delete = [LOST]
    await bench.turn()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.SUBMITTING, Hold.CLOUD)
    why = bench.now(deletion).why
    assert why is not None
    assert why.code is Code.DELETION_UNANSWERED
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == (1 if acted else 2)


async def test_what_somebody_deleted_meanwhile_is_deleted(bench: Bench):
    """There is nothing to call for."""
    request = await made(bench)
    deletion = await approved(bench, request)
    assert request.snapshot_id is not None
    del bench.cloud.known_snapshots[request.snapshot_id]
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert deletes(bench) == []


async def test_what_a_list_lacks_for_a_while_is_not_called_deleted(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Lists lag: the id decides, before the call as well as after it."""
    request = await made(bench)
    deletion = await approved(bench, request)
    whole = bench.cloud.snapshots

    async def without_it() -> list[Snapshot]:
        return [s for s in await whole() if s.id != request.snapshot_id]

    monkeypatch.setattr(bench.cloud, "snapshots", without_it)
    await bench.turn()
    assert bench.now(deletion).state is State.SUBMITTING
    assert deletes(bench) == [request.snapshot_id]
    monkeypatch.undo()
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == 1


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"name": "another-1"}, "name"),
        ({"cluster_id": "dev"}, "cluster"),
        ({"started": timedelta(seconds=-1)}, "time"),
        ({"started": None}, "time"),
        ({"kind": SnapshotKind.AUTOMATED}, "kind"),
        ({"outcome": Outcome.FAILED}, "status"),
        ({"outcome": Outcome.PENDING}, "status"),
    ],
)
async def test_what_is_not_as_recorded_is_not_deleted(bench: Bench, change: dict[str, Any], what: str):
    """Id, name, cluster and time must all agree just before; it must be usable, and none of the cluster's own."""
    request = await made(bench)
    deletion = await approved(bench, request)
    assert request.snapshot_id is not None
    found = bench.cloud.known_snapshots[request.snapshot_id]
    if change.get("cluster_id"):
        change = {"cluster_id": bench.dev.ref.id}
    if isinstance(change.get("started"), timedelta) and found.started:
        change = {"started": found.started + change["started"]}
    bench.cloud.known_snapshots[request.snapshot_id] = replace(found, **change)
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code, ended.why and ended.why.facts) == (
        State.FAILED,
        Code.NOT_AS_RECORDED,
        {"what": what},
    )
    assert deletes(bench) == []


async def test_what_changes_after_the_look_is_not_deleted(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """It is looked at last thing, by its id, once the attempt is saved."""
    request = await made(bench)
    deletion = await approved(bench, request)
    real = bench.cloud.snapshot

    async def changed(snapshot: SnapshotId) -> Any:
        return replace(await real(snapshot), outcome=Outcome.PENDING, status="RESTORING")

    monkeypatch.setattr(bench.cloud, "snapshot", changed)
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.NOT_AS_RECORDED)
    assert deletes(bench) == []


@pytest.mark.parametrize("where", ["prod", "dev"])
async def test_while_a_restore_runs_it_waits(bench: Bench, where: str):
    """The cloud doesn't say from which snapshot, nor into which cluster; then it goes on by itself."""
    deletion = await approved(bench, await made(bench))
    cluster = bench.prod if where == "prod" else bench.dev
    bench.cloud.change_cluster(cluster.ref.id, task_status="RESTORING")
    for _ in range(3):
        await bench.later()
    held = bench.now(deletion)
    assert (held.state, held.hold, deletes(bench)) == (State.APPROVED, Hold.BUSY, [])
    bench.cloud.change_cluster(cluster.ref.id, task_status="")
    assert (await until_over(bench, deletion)).state is State.DELETED


async def test_a_deletion_that_waits_holds_no_snapshot_up(bench: Bench):
    """A new one starts meanwhile; the deletion waits while the cluster has it."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.change_cluster(bench.dev.ref.id, task_status="RESTORING")
    await bench.later()
    assert bench.now(deletion).hold is Hold.BUSY
    snapshot = await bench.approved("nightly-2")
    await bench.later()
    assert bench.now(snapshot).state is State.CREATING
    bench.cloud.change_cluster(bench.dev.ref.id, task_status="")
    await bench.later(60)
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.APPROVED, Hold.QUEUE)
    await bench.until_final(snapshot)
    assert (await until_over(bench, deletion)).state is State.DELETED


async def test_the_last_good_one_is_not_deleted_by_who_was_not_told(bench: Bench):
    """It wasn't the last one when it was asked for; by now it is."""
    first, second = await made(bench), await made(bench, "nightly-2")
    deletion = await asked(bench, first, last=False)
    await bench.service.approvals.approve(actor(BEA), deletion.id)
    assert second.snapshot_id is not None
    del bench.cloud.known_snapshots[second.snapshot_id]
    bench.clock.advance(10)
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.LAST_GOOD)
    assert deletes(bench) == []


async def test_where_deleting_was_turned_off_it_is_not_done(bench: Bench):
    """What was approved before is refused in words."""
    deletion = await approved(bench, await made(bench))
    bench.deletes = False
    bench.start()
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code, deletes(bench)) == (State.FAILED, Code.DELETING_IS_OFF, [])


async def test_what_is_not_on_record_is_not_deleted(bench: Bench):
    """The request that made it was dropped meanwhile."""
    request = await made(bench)
    deletion = await approved(bench, request)
    del bench.store.requests[request.id]
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code, deletes(bench)) == (State.FAILED, Code.NOT_OURS, [])


@pytest.mark.parametrize("approve", [True, False])
async def test_keeping_longer_wins_while_it_has_not_begun(bench: Bench, approve: bool):
    """Waiting or approved, it is withdrawn, and who asked for it is told by whom."""
    request = await made(bench)
    deletion = await (approved(bench, request) if approve else asked(bench, request))
    kept = await bench.service.keeping.keep(actor(CLEO), request.id, 30, term=1)
    assert (bench.now(deletion).state, bench.now(deletion).decided_by) == (State.WITHDRAWN, CLEO)
    assert kept.keep.terms == 2
    await bench.tell()
    assert [p.facts.request.id for p in bench.messenger.of(MessageKind.RESULT)].count(deletion.id) == 1
    bench.clock.advance(3600)
    await bench.turn()
    assert deletes(bench) == []


async def test_keeping_longer_loses_once_the_cloud_is_asked(bench: Bench):
    """It is told so, and nothing is changed."""
    request = await made(bench)
    deletion = await approved(bench, request)
    bench.cloud.failing_delete = [LOST]
    await bench.turn()
    assert bench.now(deletion).state is State.SUBMITTING
    with pytest.raises(KeptTooLate):
        await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert bench.now(request).keep == request.keep
    assert (await until_over(bench, deletion)).state is State.DELETED


async def test_who_keeps_it_in_the_very_moment_wins_or_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Saved as kept before it looks for deletions, as saved as begun before it looks for that: one sees the other."""
    request = await made(bench)
    deletion = await approved(bench, request)
    real = bench.store.get
    told: list[Exception] = []

    async def kept_first(request_id: Any) -> Any:
        if request_id == request.id and bench.now(deletion).state is State.SUBMITTING and not told:
            told.append(Exception())
            bench.clock.advance(1)
            found = bench.now(request)
            bench.store.requests[request.id] = replace(
                found, version=found.version + 1, keep=found.keep.kept(30, ANA, bench.clock.now())
            )
        return await real(request_id)

    monkeypatch.setattr(bench.store, "get", kept_first)
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code, deletes(bench)) == (State.FAILED, Code.KEPT_LONGER, [])


@pytest.mark.parametrize(
    ("error", "hold"),
    [
        (CloudLoginRefused("401"), Hold.LOGIN),
        (CloudForbidden("403"), Hold.PERMISSION),
        (CloudBusy("409"), Hold.BUSY),
        (CloudUnavailable("429", maybe_done=False), Hold.CLOUD),
    ],
)
async def test_where_the_cloud_surely_did_nothing_it_can_still_be_kept(bench: Bench, error: Exception, hold: Hold):
    """It is approved again, and goes on by itself later."""
    request = await made(bench)
    deletion = await approved(bench, request)
    bench.cloud.failing_delete = [error]
    await bench.turn()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.APPROVED, hold)
    assert (await until_over(bench, deletion)).state is State.DELETED


async def test_what_the_cloud_refuses_has_failed(bench: Bench):
    """In its own words."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.failing_delete = [CloudRejected("400", message="Automated snapshots cannot be deleted.")]
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.REJECTED)


async def test_rights_are_checked_again_just_before(bench: Bench):
    """Of who asked, and of who approved."""
    request = await made(bench)
    for change in (lambda: bench.revoke(BEA), lambda: bench.people.add(ANA, Standing.DEACTIVATED)):
        deletion = await asked(bench, request)
        await bench.service.approvals.approve(actor(BEA), deletion.id)
        change()
        ended = await until_over(bench, deletion)
        assert ended.state is State.FAILED
        bench.grant(BEA, Role.APPROVE, bench.prod)
        bench.store._origins.clear()
    assert deletes(bench) == []


async def test_an_admin_who_is_one_no_more_deletes_nothing(bench: Bench):
    """What isn't one's own takes an admin of the cluster, up to the call."""
    request = await made(bench)
    bench.grant(BEN, Role.ADMIN, bench.prod)
    bench.grant(BEN, Role.REQUEST, bench.prod)
    deletion = await asked(bench, request, by=BEN)
    await bench.service.approvals.approve(actor(BEA), deletion.id)
    bench.store.given = [g for g in bench.store.given if g.role is not Role.ADMIN]
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.RIGHT_LOST)


async def test_the_cloud_is_asked_for_little(bench: Bench):
    """A look, which the project's requests share, the snapshot itself, the call; then a look, and its id once more."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.calls.clear()
    await until_over(bench, deletion)
    names = [call[0] for call in bench.cloud.calls]
    assert names == ["snapshots", "clusters", "snapshot", "delete_snapshot", "snapshots", "clusters", "snapshot"]


def freeze(bench: Bench, *, until: timedelta | None = None) -> Freeze:
    """Freeze everything."""
    now = bench.clock.now()
    made = Freeze(FreezeId("F-1"), Scope(), "the move", CLEO, now, now + until if until else None)
    bench.store.frozen[made.id] = made
    return made


def thaw(bench: Bench, made: Freeze) -> None:
    """End a freeze now."""
    bench.store.frozen[made.id] = replace(made, ended_at=bench.clock.now(), ended_by=CLEO)


async def test_during_a_freeze_it_waits(bench: Bench):
    """No call is made, and it goes on afterwards."""
    deletion = await approved(bench, await made(bench))
    freeze(bench, until=timedelta(hours=1))
    await bench.turn()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.APPROVED, Hold.FROZEN)
    assert deletes(bench) == []
    bench.clock.advance(3600)
    assert (await until_over(bench, deletion)).state is State.DELETED


async def test_a_freeze_that_begins_right_before_the_call_is_seen(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The attempt was saved and not sent: it is approved again, so that it can still be kept."""
    request = await made(bench)
    deletion = await approved(bench, request)
    real = bench.store.save

    async def then_frozen(after: SnapshotRequest, **how: Any) -> None:
        await real(after, **how)
        if after.state is State.SUBMITTING and not bench.store.frozen:
            freeze(bench, until=timedelta(hours=1))

    monkeypatch.setattr(bench.store, "save", then_frozen)
    await bench.turn()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.APPROVED, Hold.FROZEN)
    assert deletes(bench) == []
    await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    assert bench.now(deletion).state is State.WITHDRAWN


async def test_what_was_perhaps_done_is_not_called_for_again_in_a_freeze(bench: Bench):
    """That it is still there is seen; the second call waits for the end of the freeze."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.failing_delete = [LOST]
    await bench.turn()
    made_now = freeze(bench)
    for _ in range(5):
        await bench.later(60)
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.SUBMITTING, Hold.FROZEN)
    assert len(deletes(bench)) == 1
    thaw(bench, made_now)
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == 2


async def test_what_never_gets_to_start_fails(bench: Bench):
    """The cloud couldn't be asked for all the time that there is for it: it says for how long, and calls no more."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.failing = [CloudUnavailable("503")] * 99
    await bench.turn()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.APPROVED, Hold.CLOUD)
    bench.clock.advance(bench.pace.give_up + 1)
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.NOT_STARTED)
    assert deletes(bench) == []


async def test_where_it_is_never_known_it_fails_as_unknown(bench: Bench):
    """The call got no answer and the cloud shows it for ever: nobody is told that it surely is still there."""
    request = await made(bench)
    deletion = await approved(bench, request)
    bench.cloud.failing_delete = [LOST] * 9
    await bench.turn()
    bench.clock.advance(bench.pace.give_up + 1)
    ended = await until_over(bench, deletion)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.DELETION_UNKNOWN)
    assert len(deletes(bench)) == 1
    assert bench.now(request).keep.gone_at is None


async def test_while_the_cloud_is_silent_after_the_call_nothing_is_said(bench: Bench):
    """It is neither deleted nor called for again before somebody could look."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.losing = 1
    await bench.turn()
    bench.cloud.failing = [CloudUnavailable("503")] * 2
    await bench.later()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.SUBMITTING, Hold.CLOUD)
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == 1


async def test_the_longer_it_fails_the_rarer_are_the_calls(bench: Bench):
    """Looks go on meanwhile: somebody may delete it in the console."""
    deletion = await approved(bench, await made(bench))
    bench.cloud.failing_delete = [LOST] * 99
    began, times = bench.clock.now(), []
    for _ in range(40):
        before = len(deletes(bench))
        await bench.later()
        if len(deletes(bench)) > before:
            times.append((bench.clock.now() - began).total_seconds())
    assert bench.now(deletion).state is State.SUBMITTING
    waits = [after - before for before, after in pairwise(times)]
    assert len(waits) > 3
    assert waits[-1] > 2 * waits[0]


async def test_a_call_without_an_end_is_settled_by_looking(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """It is broken off, as one whose answer got lost."""
    bench.pace = replace(bench.pace, post_timeout=0.05)
    bench.start()
    deletion = await approved(bench, await made(bench))
    real = bench.cloud.delete_snapshot

    async def never(snapshot: SnapshotId) -> str:
        await real(snapshot)
        return str(await asyncio.Event().wait())

    monkeypatch.setattr(bench.cloud, "delete_snapshot", never)
    await bench.turn()
    held = bench.now(deletion)
    assert (held.state, held.hold, held.why and held.why.code) == (
        State.SUBMITTING,
        Hold.CLOUD,
        Code.DELETION_UNANSWERED,
    )
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == 1


@pytest.mark.parametrize(
    ("error", "hold"),
    [
        (CloudNotFound("no snapshot"), Hold.CLOUD),
        (CloudForbidden("not found or permission denied", perhaps_gone=True), Hold.PERMISSION),
    ],
)
@pytest.mark.parametrize("gone", [True, False])
async def test_that_the_call_finds_none_is_settled_by_looking(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception, hold: Hold, gone: bool
):
    """Gone is deleted; where it shows all the same it is called for again."""
    request = await made(bench)
    deletion = await approved(bench, request)
    bench.cloud.failing_delete = [error]
    real = bench.cloud.delete_snapshot

    async def delete(snapshot: SnapshotId) -> str:
        if gone:
            del bench.cloud.known_snapshots[snapshot]
        return await real(snapshot)

    monkeypatch.setattr(bench.cloud, "delete_snapshot", delete)
    await bench.turn()
    assert (bench.now(deletion).state, bench.now(deletion).hold) == (State.SUBMITTING, hold)
    monkeypatch.undo()
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert len(deletes(bench)) == (1 if gone else 2)
    assert bench.now(request).keep.gone_at is not None


async def test_that_it_is_gone_is_noted_over_what_others_save(bench: Bench):
    """The request that made it is saved by somebody else meanwhile: it is looked at again, and noted once."""
    request = await made(bench)
    deletion = await approved(bench, request)
    lost = outrun(bench, request, times=1)
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert lost == [request.id]
    assert bench.now(request).keep.gone_at is not None
    assert [e.request_id for e in bench.store.log if e.action == "request.snapshot_gone"] == [request.id]


async def test_what_could_not_be_noted_is_noted_later(bench: Bench):
    """Nothing goes on for ever, and nothing is forgotten."""
    request = await made(bench)
    deletion = await approved(bench, request)
    lost = outrun(bench, request, times=12)
    assert (await until_over(bench, deletion)).state is State.DELETED
    assert (len(lost), bench.now(request).keep.gone_at) == (10, None)
    await bench.later()
    assert len(lost) == 12
    assert bench.now(request).keep.gone_at is not None


async def test_where_nothing_is_on_record_any_more_there_is_nothing_to_note(bench: Bench):
    """The request that made it was dropped after the call: the deletion ends all the same, and nothing is left due."""
    request = await made(bench)
    deletion = await approved(bench, request)
    bench.cloud.losing = 1
    await bench.turn()
    del bench.store.requests[request.id]
    assert (await until_over(bench, deletion)).state is State.DELETED
    bench.clock.advance(DAY.total_seconds())
    assert await bench.turn() == []
    assert [e for e in bench.store.log if e.action == "request.snapshot_gone"] == []
