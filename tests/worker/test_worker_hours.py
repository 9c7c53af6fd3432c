"""Hours of a rule: the one gate before the cloud is asked, whichever way leads there, and the time to start."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

from bot.core.approval import ApprovalRule
from bot.core.events import Hold
from bot.core.hours import Hours
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.why import Code
from bot.service import Ask
from tests.harness.working import ANA, BEN, OPS, Bench, actor

# the bench begins on Monday, 2026-11-23, 14:05 UTC, which is 15:05 in Berlin
EVENING = Hours((0,), time(20), time(23))


async def approved(bench: Bench, rule: ApprovalRule):
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(rule)
    ask = Ask(cluster=bench.prod.ref, name="nightly-1", description="", channel=OPS)
    request = await bench.service.intake.ask(actor(ANA), ask, origin="1")
    await bench.service.approvals.approve(actor(BEN), request.id)
    bench.clock.advance(3)
    return request


async def test_it_waits_for_its_hours_and_then_starts_by_itself(bench: Bench):
    """In the rule's zone; the card says when."""
    request = await approved(bench, ApprovalRule(hours=(EVENING,), zone="Europe/Berlin"))
    await bench.turn()
    held = bench.now(request)
    assert (held.state, held.hold) == (State.APPROVED, Hold.HOURS)
    assert held.why
    assert held.why.code is Code.OUT_OF_HOURS
    assert datetime.fromisoformat(str(held.why.facts["until"])).isoformat() == "2026-11-23T19:00:00+00:00"
    for _ in range(40):
        if bench.clock.now() >= datetime.fromisoformat("2026-11-23T19:00:00+00:00"):
            break
        assert bench.posts == 0
        await bench.later()
    await bench.later()
    assert bench.now(request).state in (State.SUBMITTING, State.CREATING)
    assert bench.posts == 1


async def test_time_outside_of_its_hours_does_not_count_towards_the_start(bench: Bench):
    """It is given up when so much time of its hours is over, and says that it was the hours."""
    rule = ApprovalRule(hours=(EVENING,), start_within=timedelta(hours=1))
    request = await approved(bench, rule)
    bench.clock.advance(5 * 3600)  # 19:05 UTC: nothing of it has begun
    await bench.turn()
    assert bench.now(request).hold is Hold.HOURS
    bench.clock.advance(7 * 86_400)  # past all of this Monday's, and a part of the next
    await bench.turn()
    late = bench.now(request)
    assert (late.state, late.why and late.why.code) == (State.FAILED, Code.NOT_STARTED)


async def test_a_lost_answer_is_asked_again_only_within_the_hours(bench: Bench):
    """The gate is right before the call: also for a second try."""
    request = await approved(bench, ApprovalRule())
    lost = replace(
        bench.now(request),
        state=State.SUBMITTING,
        attempted_at=bench.clock.now() - timedelta(minutes=10),
        sent_at=bench.clock.now() - timedelta(minutes=10),
        rule=ApprovalRule(hours=(EVENING,)),
        attempts=1,
    )
    bench.store.requests[request.id] = lost
    await bench.turn()
    assert (bench.now(request).state, bench.posts) == (State.SUBMITTING, 0)
