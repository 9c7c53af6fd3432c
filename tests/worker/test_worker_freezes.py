"""Freezes and closed windows: the one gate before the cloud is asked, whichever way leads there, and what follows.

Sources of the situations: argoproj/argo-cd#11817 (E1), #21692 (E2), #10425 (E3), #26215 (E6), OctopusDeploy/Issues#9291
(E4), ~solankiharsh2837/wolverine-db#24 (E5).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from bot.core.approval import ApprovalRule
from bot.core.events import Hold
from bot.core.freezes import Freeze
from bot.core.hours import Hours
from bot.core.ids import CloudName, UserId
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.why import Code
from bot.service import Ask
from bot.service.administration import Administration, NeverOpen
from bot.service.freezing import Freezing
from bot.words import say
from tests.harness.working import ADA, ANA, BEN, CLEO, LOST, OPS, Bench, actor, creating, submitting

# the bench begins on Monday, 2026-11-23, 14:05 UTC
WEEKEND = timedelta(days=3)
GIVE_UP = timedelta(days=1)  # the pace's


async def frozen(bench: Bench, scope: Scope | None = None, *, lasts: timedelta | None = WEEKEND) -> Freeze:
    """Freeze dwh-prod, or *scope*, as cleo."""
    until = bench.clock.now() + lasts if lasts else None
    freezing = Freezing(store=bench.store, by=CLEO)
    return (await freezing.freeze(scope or Scope.of(bench.prod.ref), "quarter end", until=until)).freeze


async def pass_by(bench: Bench, length: timedelta) -> None:
    """Let *length* pass as the worker does: what falls due meanwhile is done."""
    end = bench.clock.now() + length
    while bench.clock.now() < end:
        due = min((w.wakes for w in bench.store._work.values() if w.wakes), default=end)
        bench.clock.advance(max(0.0, (min(due, end) - bench.clock.now()).total_seconds()))
        await bench.turn()


def how(bench: Bench, request: SnapshotRequest) -> tuple[State, Hold]:
    now = bench.now(request)
    return now.state, now.hold


async def test_while_frozen_nothing_starts_and_afterwards_it_does_by_itself(bench: Bench):
    """The row says who, until when and why; the cloud isn't even looked at meanwhile."""
    request = await bench.approved()
    freeze = await frozen(bench)
    looks = len(bench.cloud.calls)
    await pass_by(bench, WEEKEND - timedelta(seconds=1))
    assert how(bench, request) == (State.APPROVED, Hold.FROZEN)
    assert freeze.until is not None
    facts = {"by": CLEO, "reason": "quarter end", "until": freeze.until.isoformat()}
    assert (why := bench.now(request).why) is not None
    assert (why.code, why.facts) == (Code.FROZEN, facts)
    assert len(bench.cloud.calls) == looks
    await pass_by(bench, timedelta(seconds=30))
    assert how(bench, request) == (State.CREATING, Hold.NONE)


@pytest.mark.no_cover  # days pass
@pytest.mark.parametrize("way", ["waived", "voted", "queued", "retried", "held by the cloud", "after a restart"])
async def test_no_way_to_start_passes_a_freeze(bench: Bench, way: str):
    """E1: one gate, for whatever comes to the call."""
    match way:
        case "waived":
            await frozen(bench)
            request = await bench.ask(need=0)
        case "voted":
            await frozen(bench)
            request = await bench.approved()
        case "queued":
            first = await creating(bench)
            request = await bench.approved("nightly-2")
            await bench.turn()
            assert how(bench, request) == (State.APPROVED, Hold.QUEUE)
            await frozen(bench)
            bench.cloud.finish(bench.snapshot(first.name).id)
        case "retried":
            request = await submitting(bench, acted=False)
            await frozen(bench)
        case "held by the cloud":
            bench.cloud.change_cluster(bench.prod.ref.id, task_status="RESTORING")
            request = await bench.approved()
            await bench.turn()
            assert how(bench, request) == (State.APPROVED, Hold.BUSY)
            await frozen(bench)
            bench.cloud.change_cluster(bench.prod.ref.id, task_status="")
        case _:
            request = await bench.approved()
            await frozen(bench)
            bench.start()
    posts, attempts = bench.posts, bench.now(request).attempts
    await pass_by(bench, timedelta(hours=10))
    assert (bench.posts, bench.now(request).attempts) == (posts, attempts)  # none is even begun
    assert bench.now(request).hold is Hold.FROZEN
    await pass_by(bench, WEEKEND)
    assert bench.posts == posts + 1


@pytest.mark.parametrize("earlier", [False, True], ids=["first attempt", "with one unsettled"])
async def test_a_freeze_between_the_saved_attempt_and_the_call_is_seen(bench: Bench, earlier: bool):
    """Nothing is sent: the attempt is taken back, but for an earlier one that may have made the snapshot."""
    request = await (submitting(bench, acted=False) if earlier else bench.approved())
    posts, save = bench.posts, bench.store.save

    async def save_and_freeze(*args: Any, **how: Any) -> None:
        await save(*args, **how)
        if not how["release"]:
            await frozen(bench)

    bench.store.save = save_and_freeze  # type: ignore[method-assign]
    await pass_by(bench, timedelta(minutes=5))
    assert bench.posts == posts
    state = State.SUBMITTING if earlier else State.APPROVED
    assert how(bench, request) == (state, Hold.FROZEN)
    assert (bench.now(request).attempted_at is not None) is earlier
    bench.store.save = save  # type: ignore[method-assign]
    await pass_by(bench, WEEKEND)
    assert bench.now(request).state is State.CREATING
    assert bench.posts == posts + 1


async def test_a_lost_answer_is_settled_while_frozen(bench: Bench):
    """By looking: a snapshot that the cloud has made all the same is followed to its end."""
    request = await submitting(bench, acted=True)
    await frozen(bench)
    ended = await bench.until_final(request)
    assert (ended.state, bench.posts) == (State.AVAILABLE, 1)


async def test_what_runs_is_followed_to_its_end(bench: Bench):
    """E6: a freeze stops starts alone."""
    request = await creating(bench)
    await frozen(bench, lasts=None)
    assert (await bench.until_final(request)).state is State.AVAILABLE


@pytest.mark.parametrize("is_down", [False, True], ids=["while the bot runs", "while it is down"])
async def test_held_ones_go_on_one_at_a_time_when_it_ends(bench: Bench, is_down: bool):
    """E2: in the order of their approval, whether the bot saw the end or slept through it; no time has run out."""
    running = await creating(bench)
    held = [await bench.approved(f"nightly-{n}", by=by) for n, by in ((2, ANA), (3, ADA), (4, ANA))]
    await bench.turn()
    await frozen(bench)
    await pass_by(bench, timedelta(minutes=1))
    assert [how(bench, r) for r in held] == [(State.APPROVED, Hold.FROZEN)] * 3
    bench.cloud.finish(bench.snapshot(running.name).id)
    if is_down:
        bench.clock.advance(WEEKEND)
        bench.start()
        await bench.turn()
    else:
        await pass_by(bench, WEEKEND)
    assert bench.now(running).state is State.AVAILABLE
    for number, request in enumerate(held, 2):
        await pass_by(bench, timedelta(minutes=1))
        assert [bench.now(r).state for r in held].count(State.CREATING) == 1
        assert (bench.now(request).state, bench.posts) == (State.CREATING, number)
        bench.cloud.finish(bench.snapshot(request.name).id)
    await pass_by(bench, timedelta(minutes=1))
    assert {bench.now(r).state for r in held} == {State.AVAILABLE}


@pytest.mark.parametrize("whose", [ANA, BEN], ids=["who asked", "who approved"])
async def test_rights_are_checked_again_when_it_ends(bench: Bench, whose: UserId):
    """Taken meanwhile, it doesn't start, and says so."""
    request = await bench.approved()
    await frozen(bench)
    await pass_by(bench, timedelta(hours=1))
    bench.revoke(whose)
    await pass_by(bench, WEEKEND)
    ended = bench.now(request)
    assert (ended.state, bench.posts) == (State.FAILED, 0)
    assert ended.why is not None
    assert ended.why.code is (Code.RIGHT_LOST if whose == ANA else Code.APPROVAL_LOST)


async def test_ended_early_it_starts_at_once(bench: Bench):
    """Not when it would have ended, nor when the worker would have looked again."""
    request = await bench.approved()
    freeze = await frozen(bench, lasts=None)
    await pass_by(bench, timedelta(hours=1))
    assert await Freezing(store=bench.store, by=CLEO).end(freeze)
    await bench.turn()
    assert bench.now(request).state is State.CREATING


async def test_of_two_freezes_both_have_to_end(bench: Bench):
    """The row tells of the one that ends last."""
    request = await bench.approved()
    await frozen(bench, lasts=timedelta(hours=1))
    every = await frozen(bench, Scope(), lasts=None)
    await pass_by(bench, WEEKEND)
    assert how(bench, request) == (State.APPROVED, Hold.FROZEN)
    assert await Freezing(store=bench.store, by=CLEO).end(every)
    await pass_by(bench, timedelta(minutes=1))
    assert bench.now(request).state is State.CREATING


async def test_another_cluster_is_none_of_its_business(bench: Bench):
    """Exactly the clusters of its scope: of the same name in another cloud neither."""
    await frozen(bench, Scope(cluster="dwh-p*"), lasts=None)
    await frozen(bench, Scope("elsewhere", "dwh-*"), lasts=None)
    request = await bench.approved(cluster=bench.dev)
    await pass_by(bench, timedelta(minutes=1))
    assert bench.now(request).state is State.CREATING


async def test_the_name_of_now_counts(bench: Bench):
    """A cluster that was renamed into a frozen scope doesn't start, though nobody has noted its new name yet."""
    request = await bench.approved()
    await frozen(bench, Scope(cluster="secret-*"), lasts=None)
    bench.cloud.known_clusters[bench.prod.ref.id] = replace(bench.prod, name="secret-1")
    await bench.inventory.look(CloudName("default"), max_age=timedelta(0))
    await pass_by(bench, timedelta(minutes=1))
    assert (how(bench, request), bench.posts) == ((State.APPROVED, Hold.FROZEN), 0)


async def test_a_clock_that_is_put_back_does_not_lift_it(bench: Bench):
    """Neither does it make it older than it is."""
    request = await bench.approved()
    await frozen(bench, lasts=None)
    bench.clock.advance(-7200)
    bench.store._work[request.id].due = bench.clock.now()
    await bench.turn()
    assert (how(bench, request), bench.posts) == ((State.APPROVED, Hold.FROZEN), 0)


@pytest.mark.parametrize("state", [State.APPROVED, State.SUBMITTING])
async def test_time_while_frozen_does_not_count_towards_the_start(bench: Bench, state: State):
    """Longer than it may take; afterwards it does again, and what is told isn't the freeze."""
    if state is State.APPROVED:
        request = await bench.approved()
    else:
        request = await submitting(bench, acted=False)
    await frozen(bench)
    bench.cloud.failing_create = [LOST] * 9999
    await pass_by(bench, WEEKEND - timedelta(seconds=1))
    assert how(bench, request) == (state, Hold.FROZEN)
    await pass_by(bench, GIVE_UP - timedelta(hours=1))
    assert bench.now(request).state is State.SUBMITTING
    await pass_by(bench, timedelta(hours=2))
    ended = bench.now(request)
    assert (ended.state, ended.why and ended.why.code) == (State.FAILED, Code.OUTCOME_UNKNOWN)


async def test_waiting_for_a_freeze_is_not_late(bench: Bench):
    """The alert for stuck requests: neither while it is on, nor for what was held, when it has ended."""
    first, second = await bench.approved(), await bench.approved("nightly-2")
    await frozen(bench)
    await pass_by(bench, WEEKEND - timedelta(hours=1))
    assert "approved" not in await bench.store.oldest()
    await pass_by(bench, timedelta(hours=1, minutes=1))
    assert (bench.now(first).state, how(bench, second)) == (State.CREATING, (State.APPROVED, Hold.QUEUE))
    assert bench.clock.now() - (await bench.store.oldest())["approved"] < timedelta(minutes=2)


async def test_a_request_that_waits_for_people_goes_on_doing_so(bench: Bench):
    """It is approved, and its time to be decided goes on."""
    request = await bench.ask()
    await frozen(bench)
    await pass_by(bench, timedelta(hours=9))
    assert bench.now(request).state is State.EXPIRED


NIGHT = Hours((0, 1), time(22), time(4))  # Monday and Tuesday night
BY_DAY = Hours((1,), time(3), time(18))
EVENING = Hours((0,), time(14), time(23, 30))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("rule", "starts"),
    [
        (ApprovalRule(closed=(NIGHT,), zone="Europe/Berlin"), "2026-11-23 14:05"),
        (ApprovalRule(closed=(EVENING,), zone="Europe/Berlin"), "2026-11-23 22:30"),  # 23:30 in Berlin
        (ApprovalRule(closed=(EVENING, NIGHT), zone="Europe/Berlin"), "2026-11-24 03:00"),  # over midnight
        (ApprovalRule(closed=(EVENING, NIGHT)), "2026-11-24 04:00"),  # the bot's zone is UTC
        (ApprovalRule(hours=(BY_DAY,), closed=(EVENING, NIGHT)), "2026-11-24 04:00"),  # on top of the hours
        (ApprovalRule(hours=(EVENING, BY_DAY), closed=(NIGHT,)), "2026-11-23 14:05"),  # within one of the hours
    ],
)
async def test_a_closed_window_is_a_freeze_that_comes_again(bench: Bench, rule: ApprovalRule, starts: str):
    """E3, E4, E5: of the wall clock in its zone, over midnight, on top of the union of hours."""
    bench.store.rules_set[Scope()] = ScopeRule(rule, set_by="cli:root")
    ask = Ask(cluster=bench.prod.ref, name="nightly-1", description="", channel=OPS)
    request = await bench.service.intake.ask(actor(ANA), ask, origin="1")
    await bench.service.approvals.approve(actor(BEN), request.id)
    await pass_by(bench, at(starts) - bench.clock.now() - timedelta(seconds=1))
    assert bench.posts == 0
    await pass_by(bench, timedelta(seconds=30))
    assert bench.posts == 1


async def test_a_rule_that_opens_a_window_lets_start_what_it_held_at_once(bench: Bench):
    """The windows are those of now: also of a rule that was set after the decision, and for one that was decided."""
    request = await bench.approved()
    everybodys = Scope.of(bench.prod.ref)
    admin = Administration(store=bench.store, by=CLEO)
    await admin.rule(everybodys, closed=(EVENING,))
    await pass_by(bench, timedelta(minutes=30))
    assert how(bench, request) == (State.APPROVED, Hold.FROZEN)
    assert (why := bench.now(request).why) is not None
    assert (why.code, why.facts) == (Code.WINDOW_CLOSED, {"by": CLEO, "until": "2026-11-23T23:30:00+00:00"})
    await admin.rule(everybodys, closed=())
    await bench.turn()
    assert bench.now(request).state is State.CREATING


async def test_a_rule_that_would_never_open_is_refused(bench: Bench):
    """What it held would wait for ever."""
    always = tuple(Hours(tuple(range(7)), start, end) for start, end in ((time(0), time(12)), (time(12), time(0))))
    admin = Administration(store=bench.store, by=CLEO)
    for fields in ({"closed": always}, {"hours": (BY_DAY,), "closed": (Hours((1,), time(2), time(20)),)}):
        with pytest.raises(NeverOpen) as refused:
            await admin.rule(Scope(), **fields)
        assert "nothing could ever start" in say(refused.value)
    assert bench.store.rules_set == {}
