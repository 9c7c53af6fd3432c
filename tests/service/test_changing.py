"""A request is changed by who asked for it: every approval falls, and what was drawn before decides nothing."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.admin_words import request_row
from bot.core.access import NotAllowed
from bot.core.approval import ApprovalRule, Meanwhile, Stage
from bot.core.errors import Conflict, InputError, NameTaken, NotFound
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import FreezeId, Principal
from bot.core.message import MessageKind
from bot.core.request import AlreadyDecided, OtherRevision, SnapshotRequest, State, StillSought
from bot.core.restored import Recovery
from bot.core.revision import RequestPart
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.start import WallTime
from tests.harness.working import ANA, BEA, BEN, CLEO, DAN, Bench, actor, outrun

NEW = "before the migration of OPS-43"
NIGHT = WallTime(datetime.fromisoformat("2026-11-24T02:00"), UTC)  # the bench begins the afternoon before


async def changed(bench: Bench, request: SnapshotRequest, description: str = NEW) -> SnapshotRequest:
    """Let ana change *request* as it stands."""
    return await bench.service.changing.change(actor(ANA), bench.now(request).as_seen, description=description)


def calls(bench: Bench) -> list[tuple[str, int]]:
    """Return to whom ("": the channel) it was said that it is their turn, and in which round."""
    return [(owed.to or "", owed.number) for _, owed in bench.store.told if owed.kind is MessageKind.TURN]


async def test_the_description_is_changed_and_every_approval_falls(bench: Bench):
    """The row, the votes, the record and the call to who approved are one commit; the worker is woken."""
    request = await bench.ask(need=2)
    await bench.turn()
    await bench.service.approvals.approve(actor(BEN), request.id, "go")
    bench.clock.advance(60)
    bench.woken.clear()
    after = await changed(bench, request, f" {NEW}\n ")
    assert bench.now(request) == after
    assert (after.description, after.votes, after.counted, after.tally) == (NEW, (), (), (0, 2))
    assert after.revised
    assert (after.revised.number, after.revised.by, after.revised.again) == (1, ANA, (BEN,))
    assert after.revised.parts == (RequestPart.DESCRIPTION,)
    assert after.must_look_again == (BEN,)
    (entry,) = [e for e in bench.store.log if e.action == "request.changed"]
    assert (entry.actor, entry.rule) == (ANA, "granted")
    facts = json.loads(entry.detail)
    assert (facts["before"], facts["description"], facts["fallen"]) == ("before the migration", NEW, [BEN])
    assert [e.actor for e in bench.store.log if e.action == "request.voted"] == [BEN]  # it stays on record
    assert calls(bench) == [("", 1)]
    assert bench.woken.is_set()


async def test_what_was_drawn_before_decides_nothing(bench: Bench):
    """Neither an approval nor a decline nor a withdrawal; on record is by which rule, and as it is now it counts."""
    request = await bench.ask()
    after = await changed(bench, request)
    deciding = bench.service.approvals
    for late in (
        deciding.approve(actor(BEN), request.id),
        deciding.decline(actor(BEN), request.id, "no"),
        deciding.withdraw(actor(ANA), request.id, revision=0),
    ):
        with pytest.raises(OtherRevision) as e:
            await late
        assert e.value.request == after
    refused = [(e.action, e.rule) for e in bench.store.log if e.action.endswith(".refused")]
    assert refused == [(f"{what}.refused", "other-revision") for what in ("approve", "decline", "withdraw")]
    assert (await deciding.approve(actor(BEN), request.id, revision=1)).state is State.APPROVED


async def test_a_withdrawal_that_is_typed_names_no_revision(bench: Bench):
    """Its requester knows what they asked for."""
    request = await bench.ask()
    await changed(bench, request)
    assert (await bench.service.approvals.withdraw(actor(ANA), request.id)).state is State.WITHDRAWN


async def test_what_it_says_already_changes_nothing(bench: Bench):
    """Approvals stay, and nobody is called."""
    request = await bench.ask(need=2)
    await bench.service.approvals.approve(actor(BEN), request.id)
    before = bench.now(request)
    assert await changed(bench, request, "before  the migration") == before
    assert bench.now(request) == before


async def test_a_change_sent_again_is_the_same_change(bench: Bench):
    """The first answer got lost; to something else it is another one, and the first must have been seen."""
    request = await bench.ask()
    after = await changed(bench, request)
    changing = bench.service.changing
    assert await changing.change(actor(ANA), request.as_seen, description=NEW) == after
    with pytest.raises(OtherRevision):
        await changing.change(actor(ANA), request.as_seen, description="something else")
    assert bench.now(request) == after


async def test_it_is_checked_by_the_rules_of_the_form(bench: Bench):
    """What the cloud takes no description of is refused by its field."""
    request = await bench.ask()
    with pytest.raises(InputError) as e:
        await changed(bench, request, "x" * 300)
    assert e.value.fields.keys() == {"description"}
    assert bench.now(request) == request


async def test_nobody_else_changes_it(bench: Bench):
    """Who may see it hears that it isn't theirs, who may not that there is none; who lost the right to ask may not."""
    request = await bench.ask()
    changing = bench.service.changing
    with pytest.raises(NotAllowed) as e:
        await changing.change(actor(BEN), request.as_seen, description=NEW)
    assert e.value.decision.reason == "not-the-requester"
    with pytest.raises(NotFound):
        await changing.change(actor(DAN), request.as_seen, description=NEW)
    bench.store.given = [g for g in bench.store.given if g.holder != Principal(ANA)]
    with pytest.raises(NotAllowed):
        await changed(bench, request)
    assert bench.now(request) == request


async def test_what_is_decided_is_changed_no_more(bench: Bench):
    """Nor what has expired."""
    request = await bench.approved()
    with pytest.raises(AlreadyDecided):
        await changed(bench, request)
    late = await bench.ask("nightly-2")
    bench.clock.advance(timedelta(hours=9).total_seconds())
    with pytest.raises(AlreadyDecided):
        await bench.service.changing.open(actor(ANA), late.as_seen)


async def test_a_vote_at_the_same_moment_is_for_one_text(bench: Bench):
    """It counts for the old one and falls, or is refused: it never stands for what was not read."""
    request = await bench.ask(need=2)
    vote = bench.service.approvals.approve(actor(BEN), request.id)
    voted, after = await asyncio.gather(vote, changed(bench, request), return_exceptions=True)
    assert isinstance(after, SnapshotRequest)
    assert isinstance(voted, SnapshotRequest | OtherRevision)
    assert bench.now(request).votes == ()
    assert bench.now(request).description == NEW


async def test_who_is_to_look_again_is_called_once(bench: Bench):
    """A second change calls only whose approval fell by it; who hasn't approved since stays named."""
    bench.grant(DAN, Role.APPROVE, bench.prod)
    request = await bench.ask(need=3)
    await bench.turn()
    deciding = bench.service.approvals
    await deciding.approve(actor(BEN), request.id)
    await changed(bench, request)
    after = await changed(bench, request, "and again")
    assert calls(bench) == [("", 1)]
    assert after.must_look_again == (BEN,)
    await deciding.approve(actor(BEA), request.id, revision=2)
    after = await changed(bench, request, "a third time")
    assert calls(bench) == [("", 1), ("", 2)]
    assert (after.asked.rounds[2], after.must_look_again) == ((BEA,), (BEN, BEA))


async def test_reminders_begin_anew(bench: Bench):
    """From the change on; what was missed isn't made up for."""
    request = await bench.ask()
    await bench.turn()
    bench.clock.advance(14 * 60)
    await changed(bench, request)
    await bench.turn()
    bench.clock.advance(14 * 60)
    await bench.turn()
    assert not [owed for _, owed in bench.store.told if owed.kind is MessageKind.REMINDER]
    bench.clock.advance(60)
    await bench.turn()
    assert [owed.number for _, owed in bench.store.told if owed.kind is MessageKind.REMINDER] == [1]


async def test_in_stages_it_begins_with_the_first_again(bench: Bench):
    """Those of the second are called when it is their turn again, not before."""
    bench.grant(DAN, Role.APPROVE, bench.prod)
    stages = Stage(1, (Principal(BEN),)), Stage(1, (Principal(BEA),))
    request = await bench.ask()
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(ApprovalRule((*stages, Stage(1))))
    await bench.turn()
    deciding = bench.service.approvals
    for user in (BEN, BEA):
        await deciding.approve(actor(user), request.id)
        await bench.turn()
    rounds = len(bench.now(request).asked.rounds)
    after = await changed(bench, request)
    assert (after.asked.rounds[rounds:], after.must_look_again, after.stages_open) == (((BEN,),), (BEN, BEA), 1)
    await bench.turn()
    assert bench.now(request).asked.rounds == after.asked.rounds
    await deciding.approve(actor(BEN), request.id, revision=1)
    await bench.turn()
    assert bench.now(request).asked.rounds[rounds + 1 :] == ((BEA,),)


async def test_a_change_is_in_the_list_for_programs(bench: Bench):
    """`snapshot-bot requests --json` has who changed what, when, and who must look again."""
    request = await bench.ask(need=2)
    await bench.service.approvals.approve(actor(BEN), request.id)
    row = json.loads(json.dumps(request_row(await changed(bench, request))))
    assert row["revised"] | {"at": ""} == {"number": 1, "by": ANA, "at": "", "parts": ["description"], "again": [BEN]}


async def test_the_forms_show_what_is_there(bench: Bench):
    """While it waits, who asked for it may change what it says, and when it starts."""
    request = await bench.ask()
    changing = bench.service.changing
    assert await changing.open(actor(ANA), request.as_seen) == request
    assert await changing.open_move(actor(ANA), request.as_seen) == request


async def test_what_has_started_has_no_other_time(bench: Bench):
    """Neither form nor change; that it was too late is on record."""
    request = await bench.approved()
    with pytest.raises(AlreadyDecided) as e:
        await bench.service.changing.open_move(actor(ANA), request.as_seen)
    assert e.value.request == request
    with pytest.raises(AlreadyDecided):
        await bench.service.changing.move(actor(ANA), request.as_seen, NIGHT)
    assert bench.now(request) == request
    assert {(e.rule, e.request_id) for e in bench.store.log if e.action == "change.refused"} == {
        ("already-decided", request.id)
    }


async def test_what_a_restore_put_back_is_not_changed_before_it_was_looked_for(bench: Bench):
    """It may have been decided since: nobody knows yet what a change would be of."""
    request = await bench.ask()
    bench.store.requests[request.id] = sought = replace(request, recovery=Recovery.SOUGHT, as_of=bench.clock.now())
    changing = bench.service.changing
    for late in (
        changing.open(actor(ANA), request.as_seen),
        changing.open_move(actor(ANA), request.as_seen),
        changing.change(actor(ANA), request.as_seen, description=NEW),
        changing.move(actor(ANA), request.as_seen, NIGHT),
    ):
        with pytest.raises(StillSought):
            await late
    assert bench.now(request) == sought


async def test_who_was_outrun_looks_again(bench: Bench):
    """A change and a move are saved over what is there by then, once."""
    request = await bench.ask()
    lost = outrun(bench, request, times=1)
    assert (await changed(bench, request)).description == NEW
    again = outrun(bench, request, times=1)
    moved = await bench.service.changing.move(actor(ANA), bench.now(request).as_seen, NIGHT)
    assert (lost, again) == ([request.id], [request.id])
    assert bench.now(request) == moved
    assert moved.start
    assert moved.start.at == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert moved.revised
    assert moved.revised.number == 2
    assert len([e for e in bench.store.log if e.action == "request.changed"]) == 2


async def test_who_is_always_outrun_is_told(bench: Bench):
    """Nothing goes on for ever, and what wasn't saved isn't on record."""
    request = await bench.ask()
    outrun(bench, request, times=99)
    with pytest.raises(Conflict, match="too much at once"):
        await changed(bench, request)
    with pytest.raises(Conflict, match="too much at once"):
        await bench.service.changing.move(actor(ANA), bench.now(request).as_seen, NIGHT)
    assert (bench.now(request).description, bench.now(request).start) == (request.description, None)
    assert [e for e in bench.store.log if e.action == "request.changed"] == []


async def test_a_move_is_of_what_was_seen(bench: Bench):
    """Where it says something else by now, who moves it looks at that first; by which rule is on record."""
    request = await bench.ask()
    after = await changed(bench, request)
    with pytest.raises(OtherRevision) as e:
        await bench.service.changing.move(actor(ANA), request.as_seen, NIGHT)
    assert e.value.request == bench.now(request) == after
    assert [e.rule for e in bench.store.log if e.action == "change.refused"] == ["other-revision"]


async def test_nothing_is_moved_into_a_freeze_that_refuses(bench: Bench):
    """The field of the day says so, as it does when it is asked for."""
    request = await bench.ask()
    freeze = Freeze(FreezeId("F-1"), Scope(), "the move", CLEO, bench.clock.now(), None, meanwhile=Meanwhile.REFUSE)
    bench.store.frozen[freeze.id] = freeze
    with pytest.raises(InputError) as e:
        await bench.service.changing.move(actor(ANA), request.as_seen, NIGHT)
    assert e.value.fields.keys() == {"day"}
    assert bench.now(request) == request


async def test_a_name_that_is_taken_at_the_new_time_is_said_on_its_field(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Another request got the suggested name in the same moment: another time has another one."""
    request = await bench.ask()

    async def taken(after: SnapshotRequest, **how: Any) -> None:
        raise NameTaken(after.id)

    monkeypatch.setattr(bench.store, "save", taken)
    with pytest.raises(InputError) as e:
        await bench.service.changing.move(actor(ANA), request.as_seen, NIGHT)
    assert e.value.fields == {"time": NameTaken(request.id).phrase}
    assert bench.now(request) == request
