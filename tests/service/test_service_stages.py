"""Rules with stages in the life of a request: who may vote now, who is refused with which words, what is frozen."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.access import NotAllowed, Reason
from bot.core.approval import ApprovalRule, OwnApproval, Stage, Tier, Waiver
from bot.core.errors import InputError
from bot.core.events import Hold
from bot.core.grants import Grant, Role
from bot.core.groups import GroupsUnknown
from bot.core.ids import GrantId, Principal, PrincipalKind
from bot.core.message import OPERATOR
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.why import Code
from bot.service import Ask
from bot.service.administration import Administration
from tests.harness.working import ANA, BEA, BEN, CLEO, OPS, Bench, actor


@pytest.fixture
def bench(bench: Bench) -> Bench:
    """@dba has ben and bea, @security has bea and cleo; both groups may approve dwh-prod, and nobody else."""
    bench.store.given = [g for g in bench.store.given if g.role is not Role.APPROVE]
    for group, handle, members in (("S0DBA", "dba", (BEN, BEA)), ("S0SEC", "security", (BEA, CLEO))):
        holder = bench.groups.put(group, *members, handle=handle)
        given = Grant(holder, Role.APPROVE, Scope.of(bench.prod.ref), CLEO, bench.clock.now(), id=GrantId(handle))
        bench.store.given.append(given)
    return bench


def group(name: str) -> Principal:
    return Principal(name, PrincipalKind.GROUP)


HOURS = (timedelta(hours=1), timedelta(hours=6))
TWO = ApprovalRule(stages=(Stage(1, (group("S0DBA"),)), Stage(1, (group("S0SEC"),))))


async def ask(bench: Bench, rule: ApprovalRule, name: str = "nightly-1", by=ANA) -> SnapshotRequest:
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(rule, set_by="cli:root", set_at=bench.clock.now())
    what = Ask(cluster=bench.prod.ref, name=name, description="", channel=OPS)
    return await bench.service.intake.ask(actor(by), what, origin=f"view:{name}")


async def approve(bench: Bench, request: SnapshotRequest, who, comment: str = "") -> SnapshotRequest:
    bench.clock.advance(1)
    return await bench.service.approvals.approve(actor(who), request.id, comment)


async def test_one_from_each_team(bench: Bench):
    """In order; who may not yet is told who can, and the decision keeps who counted as what."""
    request = await ask(bench, TWO)
    with pytest.raises(NotAllowed) as refused:
        await approve(bench, request, CLEO)
    decision = refused.value.decision
    assert (decision.reason, set(decision.who_can)) == (Reason.NO_PLACE, {BEN, BEA})
    first = await approve(bench, request, BEA)
    assert (first.state, first.counted, first.stages_open) == (State.WAITING, ((BEA,), ()), 2)
    done = await approve(bench, request, BEN)
    assert (done.state, done.counted) == (State.APPROVED, ((BEN,), (BEA,)))
    entry = bench.store.log[-1]
    counted = {"stage": 1, "group": "S0DBA", "grant": "dba"}
    assert (entry.action, json.loads(entry.detail)) == ("request.approved", counted)
    bench.groups.put("S0DBA", handle="dba")
    kept = await bench.store.get(request.id)
    assert kept
    assert (kept.state, kept.counted) == (State.APPROVED, ((BEN,), (BEA,)))


async def test_who_left_between_stages_counts_no_more(bench: Bench):
    """Read again at each vote: the first stage is open again, and the second vote doesn't decide."""
    request = await ask(bench, TWO)
    await approve(bench, request, BEN)
    bench.groups.put("S0DBA", BEA, handle="dba")
    with pytest.raises(NotAllowed):
        await approve(bench, request, CLEO)
    voted = await approve(bench, request, BEA)
    assert (voted.state, voted.counted) == (State.WAITING, ((BEA,), ()))
    assert (await approve(bench, request, CLEO)).state is State.APPROVED


async def test_nobody_votes_while_slack_does_not_say_who_is_in_the_group(bench: Bench):
    """Neither who needs the group for the right, nor who counts on an earlier vote; they are told so."""
    request = await ask(bench, TWO)
    await approve(bench, request, BEN)
    bench.groups.gone = True
    with pytest.raises(NotAllowed) as refused:
        await approve(bench, request, CLEO)
    assert (refused.value.decision.reason, refused.value.decision.group) == (Reason.GROUPS_UNKNOWN, "@dba")
    bench.grant(CLEO, Role.APPROVE, bench.prod)
    bench.store.rules_set.clear()
    with pytest.raises(GroupsUnknown):
        await approve(bench, request, CLEO)
    kept = await bench.store.get(request.id)
    assert kept
    assert [v.user for v in kept.votes] == [BEN]


async def test_a_request_that_nobody_could_approve_is_refused(bench: Bench):
    """With the stage and who can change it; nothing is kept, and it is on record."""
    bench.groups.put("S0SEC", handle="security")
    with pytest.raises(NotAllowed) as refused:
        await ask(bench, TWO)
    decision = refused.value.decision
    assert (decision.reason, decision.stage, decision.admins) == (Reason.NOBODY_CAN_APPROVE, 2, (CLEO,))
    assert bench.store.requests == {}
    assert (bench.store.log[-1].action, bench.store.log[-1].rule) == ("ask.refused", Reason.NOBODY_CAN_APPROVE)
    bench.store.given = [g for g in bench.store.given if g.role is not Role.APPROVE]
    bench.grant(ANA, Role.APPROVE, bench.prod)
    with pytest.raises(NotAllowed):  # she is the only one
        await ask(bench, ApprovalRule())


async def test_a_reason_is_asked_for_where_the_rule_wants_one(bench: Bench):
    """Without one nothing is kept."""
    request = await ask(bench, replace(ApprovalRule(), needs_reason=True))
    for blank in ("", " \n "):
        with pytest.raises(InputError) as refused:
            await approve(bench, request, BEN, blank)
        assert refused.value.fields.keys() == {"comment"}
    assert (await approve(bench, request, BEN, "fine")).state is State.APPROVED


async def test_own_approval_is_a_click_of_its_own(bench: Bench):
    """Asking is no vote; the record says that it was one's own."""
    bench.grant(ANA, Role.APPROVE, bench.prod)
    never = await ask(bench, ApprovalRule(), "nightly-1")
    with pytest.raises(NotAllowed) as refused:
        await approve(bench, never, ANA)
    assert refused.value.decision.reason is Reason.NOBODY_APPROVES_THEIR_OWN
    allowed = await ask(bench, ApprovalRule(own=OwnApproval.ALLOWED), "nightly-2")
    assert (allowed.state, allowed.tally) == (State.WAITING, (0, 1))
    assert (await approve(bench, allowed, ANA)).state is State.APPROVED
    assert bench.store.log[-1].rule == Reason.OWN_APPROVAL
    alone = await ask(bench, ApprovalRule(own=OwnApproval.IF_NOBODY_ELSE), "nightly-3")
    with pytest.raises(NotAllowed):
        await approve(bench, alone, ANA)


async def test_none_for_a_group_but_so_many_a_day(bench: Bench):
    """The next waits; the day is the rule's, and another person has their own count."""
    ana_and_co = bench.groups.put("S0ETL", ANA, handle="etl")
    rule = ApprovalRule(waiver=Waiver((ana_and_co,), per_person=2), zone="Europe/Berlin")
    states = [(await ask(bench, rule, f"nightly-{n}")).state for n in range(3)]
    assert states == [State.APPROVED, State.APPROVED, State.WAITING]
    bench.clock.advance(9 * 3600)  # 23:05 UTC is the next day in Berlin
    assert (await ask(bench, rule, "nightly-4")).waived
    assert [e.rule for e in bench.store.log if e.action == "request.asked"] == [
        Reason.WAIVED,
        Reason.WAIVED,
        Reason.GRANTED,
        Reason.WAIVED,
    ]


async def test_the_time_to_decide_is_the_rules(bench: Bench):
    """Else the bot's."""
    request = await ask(bench, ApprovalRule(decide_within=timedelta(minutes=30)))
    assert request.expires_at - request.created_at == timedelta(minutes=30)


async def test_a_changed_rule_holds_for_what_waits(bench: Bench):
    """The vote of before counts, it starts by the change, and the card says who changed it."""
    request = await ask(bench, ApprovalRule.of(2))
    await approve(bench, request, BEN)
    admin = Administration(store=bench.store, by=CLEO)
    await admin.rule(Scope.of(bench.prod.ref), stages=(Stage(1),))
    await bench.turn()
    changed = await bench.store.get(request.id)
    assert changed
    assert (changed.rule, changed.rule_set_by, changed.tally) == (ApprovalRule(), CLEO, (1, 1))
    await bench.turn()
    started = await bench.store.get(request.id)
    assert started
    assert (started.state, started.decided_by) == (State.APPROVED, None)
    actions = [(e.action, e.rule) for e in bench.store.log if e.actor == "bot" and "request" in e.action]
    assert ("request.approved", Reason.CHANGED) in actions


async def test_where_nobody_can_approve_any_more_it_is_told_and_waits(bench: Bench):
    """The admins are called; it is never approved by that, and goes on once somebody can."""
    request = await ask(bench, TWO)
    bench.groups.put("S0SEC", handle="security")
    admin = Administration(store=bench.store, by=CLEO)
    await admin.rule(Scope.of(bench.prod.ref), needs_reason=True)  # something changes: it is looked at again
    await bench.turn()
    await bench.turn()
    stuck = await bench.store.get(request.id)
    assert stuck
    assert (stuck.state, stuck.hold, stuck.why and stuck.why.code) == (
        State.WAITING,
        Hold.APPROVERS,
        Code.NOBODY_APPROVES,
    )
    assert await bench.store.message(request.id, OPERATOR)
    bench.groups.put("S0SEC", CLEO, handle="security")
    bench.clock.advance(600)
    await bench.turn()
    free = await bench.store.get(request.id)
    assert free
    assert (free.hold, free.why) == (Hold.NONE, None)


async def test_the_review_offers_what_the_stage_allows(bench: Bench):
    """Who has no place yet may decline; nobody else is offered to approve."""
    request = await ask(bench, TWO)
    seen = await bench.service.reviews.review(actor(CLEO), request.id)
    assert (seen.approve.allowed, seen.decline.allowed) == (False, True)
    assert set(seen.facts.could_still) == {BEN, BEA}
    assert seen.facts.groups.handle(group("S0DBA")) == "@dba"
    for who, waits in ((BEN, True), (CLEO, False)):
        overview = await bench.service.reviews.overview(actor(who))
        assert bool(overview.waiting_for_me) is waits
    assert (await bench.service.approvals.decline(actor(CLEO), request.id, "no")).state is State.DECLINED


async def test_after_a_time_the_next_tier_may_decide_too(bench: Bench):
    """An empty one is passed over at once, on record; the first keep their say, and the card says who may."""
    head, nobody = bench.groups.put("S0HEAD", CLEO, handle="head"), bench.groups.put("S0NONE", handle="none")
    bench.grant(CLEO, Role.APPROVE, bench.prod)
    tiers = (Tier(timedelta(hours=1), (nobody,)), Tier(timedelta(hours=2), (head,)))
    rule = ApprovalRule(stages=(Stage(1, (group("S0DBA"),)),), tiers=tiers, without_reminders=True)
    request = await ask(bench, rule)
    assert await bench.turn() == [request.id]
    assert bench.now(request).version == 1
    with pytest.raises(NotAllowed):
        await approve(bench, request, CLEO)
    for hours, may in ((1, 1), (2, 2)):
        bench.clock.advance(3600)
        assert await bench.turn() == [request.id]
        await bench.turn()
        assert bench.now(request).escalated == may, hours
    rules = [e.rule for e in bench.store.log if e.action == "request.escalated"]
    assert rules == ["empty-tier", "tier-2"]
    assert set((await bench.service.reviews.review(actor(BEN), request.id)).facts.could_still) == {BEN, BEA, CLEO}
    assert (await approve(bench, request, CLEO)).state is State.APPROVED


async def test_while_nobody_knows_who_is_in_a_group_nothing_is_said_of_it(bench: Bench):
    """Neither that nobody can approve what waits, nor to who asks: Slack doesn't say just now."""
    request = await ask(bench, TWO)
    bench.groups.gone = True
    admin = Administration(store=bench.store, by=CLEO)
    await admin.rule(Scope.of(bench.prod.ref), needs_reason=True)
    await bench.turn()
    await bench.turn()
    assert bench.now(request).hold is Hold.NONE
    with pytest.raises(GroupsUnknown):
        await ask(bench, TWO, "nightly-2")


async def test_another_rule_begins_with_its_own_tiers(bench: Bench):
    """Whatever of the one before could decide by then."""
    head = bench.groups.put("S0HEAD", CLEO, handle="head")
    soon, late = (ApprovalRule(stages=(Stage(1, (group("S0DBA"),)),), tiers=(Tier(t, (head,)),)) for t in HOURS)
    request = await ask(bench, soon)
    bench.clock.advance(3600)
    await bench.turn()
    assert bench.now(request).escalated == 1
    admin = Administration(store=bench.store, by=CLEO)
    await admin.rule(Scope.of(bench.prod.ref), tiers=late.tiers)
    await bench.turn()
    await bench.turn()
    assert (bench.now(request).rule.tiers, bench.now(request).escalated) == (late.tiers, 0)


async def test_right_before_the_call_groups_are_asked_for_again(bench: Bench):
    """While Slack doesn't say who is in them it waits, rather than fail; who left has lost their say."""
    request = await ask(bench, TWO)
    for who in (BEN, CLEO):
        await approve(bench, request, who)
    bench.groups.gone = True
    bench.clock.advance(3)
    await bench.turn()
    held = bench.now(request)
    assert (held.state, held.hold, held.why and held.why.code, bench.posts) == (
        State.APPROVED,
        Hold.CLOUD,
        Code.PEOPLE_UNKNOWN,
        0,
    )
    assert bench.groups.asked[-1]  # it was a fresh question
    bench.groups.gone = False
    bench.groups.put("S0DBA", BEA, handle="dba")
    await bench.later()
    lost = bench.now(request)
    assert (lost.state, lost.why and lost.why.code, bench.posts) == (State.FAILED, Code.APPROVAL_LOST, 0)


async def test_one_vote_is_one_question_about_groups(bench: Bench):
    """Slack allows about twenty a minute."""
    request = await ask(bench, TWO)
    before = len([fresh for fresh in bench.groups.asked if fresh])
    await approve(bench, request, BEN)
    assert len([fresh for fresh in bench.groups.asked if fresh]) == before + 1
