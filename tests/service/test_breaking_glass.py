"""Break-glass: who may start without approval, what it passes, who is told, and that it happens once."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import time, timedelta

import pytest

from bot.admin_words import request_row
from bot.core.access import NotAllowed, Reason
from bot.core.approval import ApprovalRule, Meanwhile, OwnApproval, Stage, Waiver
from bot.core.errors import InputError, SlackUnavailable, StaleRequest
from bot.core.events import Hold
from bot.core.grants import Grant, Role, Terms
from bot.core.hours import Hours
from bot.core.ids import Actor, GrantId, Principal, PrincipalKind, TeamId, UserId
from bot.core.message import MessageKind, Owed, is_news
from bot.core.person import EVERYONE, Standing
from bot.core.record import BOT
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from bot.core.restored import Restored
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.why import Code
from bot.service import Ask, Emergency
from bot.service.freezing import Freezing
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, DAN, OPS, Bench, actor, creating

NOW = Emergency("prod is burning", aware=True)
NIGHTS = (Hours(tuple(range(7)), time(2), time(3)),)  # the bench's clock shows the afternoon
DBA = Principal("S0DBA", PrincipalKind.GROUP)
SECURITY = Principal("S0SEC", PrincipalKind.GROUP)


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """Ana may break the glass of dwh-prod."""
    bench.grant(ANA, Role.BREAK_GLASS, bench.prod)
    return bench


def ruled(bench: Bench, rule: ApprovalRule) -> None:
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(rule, set_by="cli:root", set_at=bench.clock.now())


async def now(bench: Bench, name: str = "nightly-1", *, by: UserId = ANA, why: Emergency = NOW) -> SnapshotRequest:
    """Let *by* create a new one without approval."""
    ask = Ask(cluster=bench.prod.ref, name=name, description="", channel=OPS)
    return await bench.service.intake.ask(actor(by), ask, origin=f"view:{name}", emergency=why)


async def broken(bench: Bench, request: SnapshotRequest, *, by: UserId = ANA, why: Emergency = NOW) -> SnapshotRequest:
    """Let *by* start one that waits, as they see it now."""
    seen = bench.now(request).version
    return await bench.service.approvals.break_glass(actor(by), request.id, why, seen=seen)


def alarms(bench: Bench, request: SnapshotRequest) -> list[Owed]:
    return [one for (about, one) in bench.store.told if about == request.id and one.kind is MessageKind.ALARM]


def entries(bench: Bench, action: str) -> list[tuple[str, dict[str, object]]]:
    return [(e.rule, json.loads(e.detail or "{}")) for e in bench.store.log if e.action == action]


async def freeze(bench: Bench, *, passes: bool, meanwhile: Meanwhile = Meanwhile.HOLD) -> None:
    """Let cleo freeze dwh-prod for a day."""
    until = bench.clock.now() + timedelta(days=1)
    await Freezing(store=bench.store, by=CLEO).freeze(
        Scope.of(bench.prod.ref), "quarter end", until=until, meanwhile=meanwhile, passes_break_glass=passes
    )


RULES = {
    "the rule of before": ApprovalRule(),
    "stages in order": ApprovalRule(stages=(Stage(1, (DBA,)), Stage(2, (SECURITY,)))),
    "stages side by side": ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1, (SECURITY,))), side_by_side=True),
    "a window that is closed": ApprovalRule(closed=(Hours(tuple(range(7)), time(12), time(18)),)),
    "a window in which requests are refused": ApprovalRule(
        closed=(Hours(tuple(range(7)), time(12), time(18)),), while_closed=Meanwhile.REFUSE
    ),
    "hours that are closed": ApprovalRule(hours=NIGHTS, start_within=timedelta(minutes=1)),
    "no approval, and hours that are closed": ApprovalRule(waiver=Waiver(), hours=NIGHTS),
    "caps that are reached": ApprovalRule(waiver=Waiver(per_person=0)),
    "nobody who could approve": ApprovalRule(stages=(Stage(9),)),
    "reasons wanted, and own approval allowed": ApprovalRule(needs_reason=True, own=OwnApproval.ALLOWED),
    "a waiver for others": ApprovalRule(waiver=Waiver(by=(Principal(ADA),))),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
async def test_it_passes_each_shape_of_rule(bench: Bench, rule: ApprovalRule):
    """It is approved at once, sent at once, marked, and told."""
    ruled(bench, rule)
    request = await now(bench)
    assert (request.state, request.decided_by, request.waived) == (State.APPROVED, ANA, False)
    assert request.glass is not None
    assert (request.glass.by, request.glass.reason) == (ANA, "prod is burning")
    assert alarms(bench, request)
    await bench.turn()
    assert bench.now(request).state is State.CREATING
    assert bench.posts == 1


@pytest.mark.parametrize(
    "rule",
    [r for r in RULES.values() if r.waiver is None and r.stages != (Stage(9),) and r.while_closed is Meanwhile.HOLD],
    ids=lambda r: str(len(r.hours)),
)
async def test_it_passes_them_for_a_request_that_waits(bench: Bench, rule: ApprovalRule):
    """By anybody who has the right, also the requester; nothing but the right is asked of them."""
    bench.groups.put("S0DBA", BEN, BEA, handle="dba")
    bench.groups.put("S0SEC", BEN, BEA, CLEO, handle="security")
    bench.grant(CLEO, Role.APPROVE, bench.prod)
    bench.grant(DAN, Role.BREAK_GLASS, bench.prod)
    bench.people.add(DAN)
    ruled(bench, rule)
    ask = Ask(cluster=bench.prod.ref, name="nightly-1", description="", channel=OPS)
    request = await bench.service.intake.ask(actor(ADA), ask, origin="view:1")
    assert request.state is State.WAITING
    request = await broken(bench, request, by=DAN)
    assert (request.state, request.decided_by, request.requester) == (State.APPROVED, DAN, ADA)
    await bench.turn()
    assert bench.now(request).state is State.CREATING


@pytest.mark.parametrize("meanwhile", Meanwhile)
async def test_it_passes_a_freeze_that_says_so(bench: Bench, meanwhile: Meanwhile):
    """Then it is an alarm also where no approval was needed: a freeze was passed."""
    ruled(bench, ApprovalRule.of(0))
    await freeze(bench, passes=True, meanwhile=meanwhile)
    request = await now(bench)
    await bench.turn()
    assert bench.now(request).state is State.CREATING
    assert alarms(bench, request)


async def test_a_freeze_that_does_not_say_so_holds_it(bench: Bench):
    """It goes on by itself when that ends."""
    await freeze(bench, passes=False)
    request = await now(bench)
    await bench.turn()
    assert (bench.now(request).hold, bench.posts) == (Hold.FROZEN, 0)
    bench.clock.advance(timedelta(days=1).total_seconds())
    await bench.turn()
    assert bench.now(request).state is State.CREATING


async def test_a_freeze_that_does_not_say_so_refuses_it(bench: Bench):
    """Where it refuses requests."""
    await freeze(bench, passes=False, meanwhile=Meanwhile.REFUSE)
    with pytest.raises(InputError) as refused:
        await now(bench)
    assert "cluster" in refused.value.fields
    assert bench.store.requests == {}


async def test_the_time_to_start_is_the_bots_own(bench: Bench):
    """A rule's start_within and hours don't end it; what waits for a busy cluster is given up as anything else."""
    ruled(bench, ApprovalRule(hours=NIGHTS, start_within=timedelta(minutes=1)))
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="GROWING")
    request = await now(bench)
    bench.clock.advance(600)
    await bench.turn()
    assert (bench.now(request).state, bench.now(request).hold) == (State.APPROVED, Hold.BUSY)


async def test_it_goes_before_what_waits_for_its_hours_or_its_turn(bench: Bench):
    """Nobody can wait: but for what the cloud was asked already, it is the next on its cluster."""
    ruled(bench, ApprovalRule(waiver=Waiver(), hours=NIGHTS))
    ask = Ask(cluster=bench.prod.ref, name="before-1", description="", channel=OPS)
    before = await bench.service.intake.ask(actor(ADA), ask, origin="view:0")
    await bench.turn()
    assert bench.now(before).hold is Hold.HOURS
    request = await now(bench)
    await bench.turn()
    assert bench.now(request).state is State.CREATING
    assert [r.id for r in await bench.store.line(bench.prod.ref)] == [request.id, before.id]


async def test_what_runs_comes_first(bench: Bench):
    """One snapshot at a time, whatever the emergency."""
    running = await creating(bench)
    request = await now(bench, "urgent-1")
    await bench.turn()
    assert (bench.now(request).hold, bench.now(request).place) == (Hold.QUEUE, 2)
    assert bench.now(running).state is State.CREATING


# ordinary starts


async def test_where_no_approval_is_needed_anyway_nobody_is_alarmed(bench: Bench):
    """It is a start as any other, on record as that."""
    bench.metrics.expect([])
    ruled(bench, ApprovalRule.of(0))
    request = await now(bench)
    assert (request.state, request.glass, request.waived) == (State.APPROVED, None, True)
    assert alarms(bench, request) == []
    assert [rule for rule, _ in entries(bench, "request.asked")] == [Reason.WAIVED]
    assert entries(bench, "request.break-glass") == []
    assert 'snapshot_bot_transitions_total{event="GlassBroken"} 0.0' in bench.metrics.text(None, None).decode()


async def test_caps_are_counted_where_it_is_kept(bench: Bench):
    """Within them it is ordinary; the one beyond is marked, and no cap counts that."""
    ruled(bench, ApprovalRule(waiver=Waiver(per_person=1)))
    first, second = await now(bench, "nightly-1"), await now(bench, "nightly-2")
    assert (first.waived, first.glass) == (True, None)
    assert (second.waived, second.glass is not None) == (False, True)
    assert alarms(bench, second)


async def test_where_the_rule_was_met_meanwhile_nobody_is_alarmed(bench: Bench):
    """A changed rule is met by ben's approval, which the worker hasn't seen yet."""
    bench.groups.put("S0DBA", BEN, handle="dba")
    request = await bench.ask(need=2)
    await bench.service.approvals.approve(actor(BEN), request.id)
    ruled(bench, ApprovalRule())
    request = await broken(bench, request)
    assert (request.state, request.glass, request.approvals) == (State.APPROVED, None, (BEN,))
    assert alarms(bench, request) == []
    assert [rule for rule, _ in entries(bench, "request.approved")] == [Reason.CHANGED]


async def test_met_but_out_of_its_hours_is_not_met(bench: Bench):
    """The hours are what is passed then, and everybody hears of that."""
    request = await bench.ask(need=2)
    await bench.service.approvals.approve(actor(BEN), request.id)
    ruled(bench, ApprovalRule(hours=NIGHTS))
    request = await broken(bench, request)
    assert request.glass is not None


# who may


async def test_without_the_right_nothing_happens(bench: Bench):
    """Who may ask, approve or administer may not by that; the refusal is on record."""
    waiting = await bench.ask()
    for who in (ADA, BEN, CLEO):
        with pytest.raises(NotAllowed) as refused:
            await broken(bench, waiting, by=who)
        assert refused.value.decision.reason is Reason.NO_GRANT
    with pytest.raises(NotAllowed):
        await now(bench, by=ADA)
    assert len(bench.store.requests) == 1
    assert bench.now(waiting).state is State.WAITING
    assert {e.actor for e in bench.store.log if e.action == "break-glass.refused"} == {ADA, BEN, CLEO}


@pytest.mark.parametrize("role", [Role.BREAK_GLASS, Role.REQUEST])
async def test_a_denial_is_not_passed(bench: Bench, role: Role):
    """Whatever else gives the right; which denial it was is on record."""
    waiting = await bench.ask(by=ADA)
    denial = Grant(EVERYONE, role, Scope(), CLEO, bench.clock.now(), denies=True, terms=Terms(reason="audit"))
    bench.store.given.append(replace(denial, id=GrantId("g-deny")))
    with pytest.raises(NotAllowed) as refused:
        await now(bench)
    assert refused.value.decision.reason is Reason.DENIED
    if role is Role.BREAK_GLASS:
        with pytest.raises(NotAllowed):
            await broken(bench, waiting)
        assert entries(bench, "break-glass.refused")[0] == (Reason.DENIED, {"grant": "g-deny"})


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
async def test_a_guest_may_not_whatever_they_hold(bench: Bench, standing: Standing):
    """Before anything is looked up."""
    waiting = await bench.ask(by=ADA)
    bench.people.add(ANA, standing)
    for tried in (now(bench), broken(bench, waiting)):
        with pytest.raises(NotAllowed) as refused:
            await tried
        assert refused.value.decision.reason is Reason.NOT_A_MEMBER
    assert [rule for rule, _ in entries(bench, "break-glass.refused")] == [Reason.NOT_A_MEMBER] * 2


async def test_as_of_another_workspace_nobody_may(bench: Bench):
    """As of a team that isn't theirs they are an outsider."""
    ask = Ask(cluster=bench.prod.ref, name="nightly-1", description="", channel=OPS)
    with pytest.raises(NotAllowed):
        await bench.service.intake.ask(Actor(TeamId("T0OTHER"), ANA), ask, origin="view:1", emergency=NOW)


async def test_a_right_that_is_taken_before_it_is_sent_is_gone(bench: Bench):
    """The form was opened with it."""
    waiting = await bench.ask(by=ADA)
    await bench.service.approvals.open_glass(actor(ANA), waiting.id)
    await bench.service.glass.opened(actor(ANA), bench.prod.ref)
    bench.store.given = [g for g in bench.store.given if g.role is not Role.BREAK_GLASS]
    with pytest.raises(NotAllowed):
        await broken(bench, waiting)
    with pytest.raises(NotAllowed):
        await now(bench)
    assert bench.posts == 0


async def test_a_right_that_is_taken_before_the_call_ends_it(bench: Bench):
    """Approvals don't count for it, nor is anybody asked any more."""
    request = await now(bench)
    bench.store.given = [g for g in bench.store.given if g.role is not Role.BREAK_GLASS]
    await bench.turn()
    ended = bench.now(request)
    assert (ended.state, ended.why and ended.why.code, bench.posts) == (State.FAILED, Code.GLASS_LOST, 0)


async def test_the_requester_must_still_be_allowed_to_ask(bench: Bench):
    """Somebody else's right to break the glass gives them none."""
    request = await broken(bench, await bench.ask(by=ADA))
    bench.revoke(ADA)
    await bench.turn()
    ended = bench.now(request)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.RIGHT_LOST)


async def test_without_an_answer_of_slack_it_waits_before_the_call(bench: Bench):
    """Unknown is no; and no is not for good."""
    request = await now(bench)
    bench.people.gone = True
    await bench.turn()
    assert (bench.now(request).state, bench.now(request).hold) == (State.APPROVED, Hold.CLOUD)
    bench.people.gone = False
    await bench.later()
    assert bench.now(request).state is State.CREATING


# the form


@pytest.mark.parametrize("reason", ["", "   ", "\u200b\n\t", "\x00"])
async def test_a_reason_is_compulsory(bench: Bench, reason: str):
    """After trimming; nothing is kept."""
    waiting = await bench.ask()
    with pytest.raises(InputError) as refused:
        await now(bench, "urgent-1", why=Emergency(reason, aware=True))
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(InputError) as refused:
        await broken(bench, waiting, why=Emergency(reason, aware=True))
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(InputError) as refused:
        await now(bench, "urgent-1", why=Emergency("x" * 301, aware=False))
    assert set(refused.value.fields) == {"reason", "aware"}
    assert len(bench.store.requests) == 1


async def test_opening_use_and_grant_are_on_record(bench: Bench):
    """Each with the grant by which."""
    bench.store.given = [
        replace(g, id=GrantId("g-glass")) if g.role is Role.BREAK_GLASS else g for g in bench.store.given
    ]
    waiting = await bench.ask()
    await bench.service.approvals.open_glass(actor(ANA), waiting.id)
    await broken(bench, waiting)
    await bench.service.glass.opened(actor(ANA), bench.prod.ref)
    await now(bench, "urgent-2")
    assert entries(bench, "break-glass.opened") == [(Reason.GRANTED, {"grant": "g-glass"})] * 2
    used = (Reason.GRANTED, {"reason": "prod is burning", "grant": "g-glass"})
    assert entries(bench, "request.break-glass") == [used] * 2
    assert {e.actor for e in bench.store.log if e.action.endswith(("opened", "break-glass"))} == {ANA}
    assert 'snapshot_bot_transitions_total{event="GlassBroken"} 2.0' in bench.metrics.text(None, None).decode()


async def test_a_form_makes_one_request_however_often_it_is_sent(bench: Bench):
    """Sent one after another and at once; also where the form below it was sent first, to wait."""
    made = [await now(bench)]
    made += await asyncio.gather(*(now(bench) for _ in range(5)))
    assert {r.id for r in made} == {made[0].id}
    assert len(entries(bench, "request.break-glass")) == 1
    waits = await bench.ask("slow-1")
    again = await now(bench, "slow-1")
    assert (again.id, again.state, again.glass) == (waits.id, State.WAITING, None)


async def test_a_second_send_for_a_request_starts_nothing(bench: Bench):
    """It is decided, and the second is refused on record."""
    waiting = await bench.ask()
    seen = bench.now(waiting).version
    first = await bench.service.approvals.break_glass(actor(ANA), waiting.id, NOW, seen=seen)
    with pytest.raises(AlreadyDecided) as refused:
        await bench.service.approvals.break_glass(actor(ANA), waiting.id, NOW, seen=seen)
    assert refused.value.request.glass == first.glass
    assert [rule for rule, _ in entries(bench, "break-glass.refused")] == ["already-decided"]


async def test_of_an_approval_and_break_glass_at_once_one_wins(bench: Bench):
    """Who comes second hears who was first."""
    for n in range(6):
        waiting = await bench.ask(f"race-{n}")
        seen = bench.now(waiting).version
        both = [
            bench.service.approvals.approve(actor(BEN), waiting.id),
            bench.service.approvals.break_glass(actor(ANA), waiting.id, NOW, seen=seen),
        ]
        done = await asyncio.gather(*(both if n % 2 else both[::-1]), return_exceptions=True)
        (lost,) = [e for e in done if isinstance(e, BaseException)]
        assert isinstance(lost, AlreadyDecided)
        row = bench.now(waiting)
        assert (row.decided_by == ANA) is (row.glass is not None) is bool(alarms(bench, waiting))


async def test_what_was_changed_since_is_looked_at_again(bench: Bench):
    """A vote since makes it another revision: nothing starts, and the refusal is on record."""
    waiting = await bench.ask(need=2)
    await bench.service.approvals.approve(actor(BEN), waiting.id)
    with pytest.raises(StaleRequest):
        await bench.service.approvals.break_glass(actor(ANA), waiting.id, NOW, seen=waiting.version)
    assert bench.now(waiting).state is State.WAITING
    assert [rule for rule, _ in entries(bench, "break-glass.refused")] == ["other-revision"]


@pytest.mark.parametrize("noted", [True, False])
async def test_an_expired_request_is_over(bench: Bench, noted: bool):
    """Also where nobody has noted it yet."""
    waiting = await bench.ask()
    await bench.service.approvals.open_glass(actor(ANA), waiting.id)
    bench.clock.advance(9 * 3600)
    if noted:
        await bench.turn()
    for tried in (broken(bench, waiting), bench.service.approvals.open_glass(actor(ANA), waiting.id)):
        with pytest.raises(AlreadyDecided):
            await tried


async def test_a_kill_between_save_and_post_makes_one_snapshot(bench: Bench):
    """After a restart it goes on from its row, alarms and all."""
    request = await now(bench)
    bench.cloud.losing = 1
    await bench.turn()
    assert bench.now(request).state is State.SUBMITTING
    bench.start()
    await bench.later(60)
    await bench.tell()
    assert (bench.now(request).state, bench.posts) == (State.CREATING, 1)
    assert len(bench.messenger.of(MessageKind.ALARM)) == 1


# who is told


async def test_every_approver_is_told_in_one_place(bench: Bench):
    """In the thread who is in the channel, directly who isn't; not the quiet, not who did it."""
    bench.grant(ANA, Role.APPROVE, bench.prod)
    quiet = Grant(Principal(ADA), Role.APPROVE, Scope.of(bench.prod.ref), CLEO, bench.clock.now(), "dwh-prod")
    bench.store.given.append(replace(quiet, terms=Terms(quiet=True)))
    bench.channels.outside = {BEA, ADA}
    request = await now(bench)
    assert request.glass is not None
    assert (set(request.glass.here), request.glass.directly) == ({BEN, CLEO}, (BEA,))
    assert alarms(bench, request) == [Owed(MessageKind.ALARM), Owed(MessageKind.ALARM, BEA)]
    owed = [json.loads(e.detail) for e in bench.store.log if (e.actor, e.action) == (BOT, "message.owed")]
    assert owed == [{"message": "alarm"}, {"message": "alarm", "to": BEA}]
    await bench.tell()
    posted = bench.messenger.of(MessageKind.ALARM)
    assert [p.ref.channel for p in posted] in ([BEA, OPS], [OPS, BEA])
    (reply,) = [p for p in posted if p.ref.channel == OPS]
    assert reply.thread == bench.messenger.cards[0].ref


async def test_while_slack_says_nothing_all_are_told_directly(bench: Bench):
    """Nobody is missed, and the start doesn't wait for it."""
    bench.channels.gone = True
    request = await now(bench)
    assert request.glass is not None
    assert (request.glass.here, set(request.glass.directly)) == ((), {BEN, BEA, CLEO})


async def test_the_alarm_is_given_though_the_request_has_ended(bench: Bench):
    """Each once, whatever became of it; a copy of the card from before follows it."""
    bench.channels.outside = {BEA}
    waiting = await bench.ask()
    await bench.turn()
    await bench.tell()
    request = await broken(bench, waiting)
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    await bench.tell()
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.ALARM)) == 2
    (copy,) = bench.messenger.of(MessageKind.COPY)
    assert copy.facts.request.state is State.WITHDRAWN


async def test_nobody_is_told_who_is_no_member(bench: Bench):
    """Rights of a deactivated account let nobody act."""
    bench.people.add(BEA, Standing.DEACTIVATED)
    request = await now(bench)
    assert request.glass is not None
    assert set(request.glass.here) == {BEN, CLEO}


async def test_the_reason_is_text(bench: Bench):
    """In one line, canonical, and nothing of it is lost."""
    request = await now(bench, why=Emergency("  <!channel>\n\x00 prod\u202e burns ", aware=True))
    assert request.glass is not None
    assert request.glass.reason == "<!channel> prod burns"


async def test_direct_messages_have_a_bound(bench: Bench):
    """Thirty; the reply to the card mentions ten of the others, and counts the rest."""
    many = [UserId(f"U0MANY{n:02}") for n in range(40)]
    for user in many:
        bench.people.add(user)
        bench.grant(user, Role.APPROVE, bench.prod)
    bench.channels.outside = set(many)
    request = await now(bench)
    assert request.glass is not None
    assert request.glass.directly == tuple(many[:30])
    assert request.glass.here == (BEN, BEA, *many[30:], CLEO)


async def test_an_ordinary_one_that_is_due_at_the_same_moment_lets_it_go_first(bench: Bench):
    """Both are claimed together; one snapshot is asked for, and the other waits its turn."""
    before = await bench.approved("before-1")
    request = await now(bench)
    await bench.turn()
    assert bench.now(request).state is State.CREATING
    assert (bench.now(before).hold, bench.now(before).place, bench.posts) == (Hold.QUEUE, 2, 1)


async def test_after_a_restore_the_alarm_is_news_where_it_is_younger(bench: Bench):
    """Else it may have been given already, and is left out where nobody can look."""
    request = await now(bench)
    mark = Restored(as_of=bench.clock.now(), at=bench.clock.now())
    assert not is_news(MessageKind.ALARM, request, mark)
    assert is_news(MessageKind.ALARM, request, replace(mark, at=mark.at - timedelta(seconds=1)))
    assert not is_news(MessageKind.ALARM, replace(request, glass=None), mark)


async def test_each_alarm_is_given_once_though_slack_loses_an_answer(bench: Bench):
    """It is looked for before it is posted again."""
    bench.channels.outside = {BEA}
    await now(bench)
    bench.messenger.lost_with = [SlackUnavailable("no answer")] * 3
    await bench.tell()
    for _ in range(5):
        bench.clock.advance(600)
        await bench.tell()
    assert sorted(p.ref.channel for p in bench.messenger.of(MessageKind.ALARM)) == [OPS, BEA]


async def test_before_the_cloud_is_asked_it_can_be_taken_back(bench: Bench):
    """By who asked, as any other; the alarm was given, and the card says both."""
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="GROWING")
    request = await now(bench)
    await bench.turn()
    taken = await bench.service.approvals.withdraw(actor(ANA), request.id)
    assert (taken.state, taken.glass) == (State.WITHDRAWN, request.glass)


async def test_slack_is_asked_once_who_it_is(bench: Bench):
    """For both rights that a new one takes: somebody waits for the answer."""
    bench.people.asked.clear()
    await now(bench)
    assert bench.people.asked.count((ANA, True)) == 1


async def test_a_group_that_nobody_can_read_gives_nobody_the_right(bench: Bench):
    """Unknown is no, at the form and before the call."""
    group = bench.groups.put("S0FIRE", ADA, handle="fire")
    bench.store.given.append(Grant(group, Role.BREAK_GLASS, Scope.of(bench.prod.ref), CLEO, bench.clock.now()))
    request = await now(bench, by=ADA)
    bench.groups.gone = True
    with pytest.raises(NotAllowed) as refused:
        await now(bench, "urgent-2", by=ADA)
    assert refused.value.decision.reason is Reason.GROUPS_UNKNOWN
    await bench.turn()
    assert (bench.now(request).state, bench.now(request).hold) == (State.APPROVED, Hold.CLOUD)
    bench.groups.gone = False
    await bench.later()
    assert bench.now(request).state is State.CREATING


async def test_as_json_it_is_a_row_of_its_own(bench: Bench):
    """With the times and people that it has."""
    request = await now(bench)
    row = request_row(request)["glass"]
    assert (row["by"], row["reason"], set(row["here"])) == (ANA, "prod is burning", {BEN, BEA, CLEO})
    assert request_row(replace(request, glass=None))["glass"] is None
