"""A request for later: held until its time, checked again then, and in line from then on."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from bot.core.approval import ApprovalRule, Meanwhile
from bot.core.errors import InputError
from bot.core.events import Hold
from bot.core.freezes import Freeze
from bot.core.hours import Hours
from bot.core.ids import FreezeId
from bot.core.phrase import Phrase
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.start import WallTime
from bot.core.why import Code
from bot.service import Ask
from tests.harness.working import ANA, BEN, OPS, Bench, actor

# the bench begins on Monday, 2026-11-23, 14:05 UTC
ZONE = timezone(timedelta(hours=1), "Somewhere")
TONIGHT = datetime.fromisoformat("2026-11-24T02:00")  # 01:00 UTC


async def asked(bench: Bench, name: str = "nightly-1", *, wall: datetime = TONIGHT, by=ANA):
    ask = Ask(bench.prod.ref, name, "", OPS, start=WallTime(wall, ZONE))
    return await bench.service.intake.ask(actor(by), ask, origin=f"view:{name}")


async def approved(bench: Bench, name: str = "nightly-1", **more):
    request = await asked(bench, name, **more)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.turn()
    return request


def go_to(bench: Bench, at: datetime) -> None:
    bench.clock.advance((at - bench.clock.now()).total_seconds())


async def test_it_starts_at_its_time_and_not_before(bench: Bench):
    """Wall time, zone and moment are kept; until then no cloud is asked, whatever turns come."""
    request = await approved(bench)
    held = bench.now(request)
    assert (held.state, held.hold, held.waits_for_its_time) == (State.APPROVED, Hold.HOURS, True)
    assert held.start
    assert (held.start.wall, held.start.zone) == (TONIGHT, "Somewhere")
    go_to(bench, held.start.at - timedelta(seconds=1))
    await bench.turn()
    assert (bench.now(request).state, bench.posts) == (State.APPROVED, 0)
    go_to(bench, held.start.at)
    await bench.later()
    assert bench.now(request).state in (State.SUBMITTING, State.CREATING)
    assert bench.posts == 1


async def test_its_card_says_when(bench: Bench):
    """It is due then, and nobody is told again meanwhile."""
    request = await approved(bench)
    version = bench.now(request).version
    for _ in range(5):
        bench.clock.advance(1200)
        await bench.turn()
    assert bench.now(request).version == version


async def test_it_expires_no_later_than_its_time(bench: Bench):
    """An approval after it would start what nobody waits for any more."""
    request = await asked(bench, wall=datetime.fromisoformat("2026-11-23T16:00"))  # 15:00 UTC: within the eight hours
    assert request.expires_at == datetime(2026, 11, 23, 15, tzinfo=UTC)
    go_to(bench, request.expires_at)
    await bench.turn()
    assert bench.now(request).state is State.EXPIRED


async def test_rights_are_checked_again_at_its_time(bench: Bench):
    """Who may not ask any more gets no snapshot."""
    request = await approved(bench)
    bench.revoke(ANA)
    go_to(bench, datetime(2026, 11, 24, 1, tzinfo=UTC))
    await bench.later()
    late = bench.now(request)
    assert (late.state, late.why and late.why.code, bench.posts) == (State.FAILED, Code.RIGHT_LOST, 0)


async def test_an_approval_that_is_worth_nothing_then_is_none(bench: Bench):
    """Who approved must still be one who may."""
    request = await approved(bench)
    bench.revoke(BEN)
    go_to(bench, datetime(2026, 11, 24, 1, tzinfo=UTC))
    await bench.later()
    late = bench.now(request)
    assert (late.state, late.why and late.why.code, bench.posts) == (State.FAILED, Code.APPROVAL_LOST, 0)


async def test_a_freeze_of_then_holds_it(bench: Bench):
    """One that is over by then doesn't."""
    request = await approved(bench)
    freeze = Freeze(
        FreezeId("F-1"), Scope.of(bench.prod.ref), "release", "U0000CLEO", bench.clock.now(),
        datetime(2026, 11, 24, 3, tzinfo=UTC),
    )  # fmt: skip
    bench.store.frozen[freeze.id] = freeze
    go_to(bench, datetime(2026, 11, 24, 1, tzinfo=UTC))
    await bench.later()
    assert (bench.now(request).hold, bench.posts) == (Hold.FROZEN, 0)
    go_to(bench, datetime(2026, 11, 24, 3, tzinfo=UTC))
    await bench.later()
    assert bench.posts == 1


async def test_others_go_before_it_until_its_time(bench: Bench):
    """Though it was approved first: it isn't in the line yet."""
    first = await approved(bench, "tonight-1")
    second = await bench.approved("now-1")
    await bench.later()
    assert bench.now(second).state in (State.SUBMITTING, State.CREATING)
    assert [r.id for r in await bench.store.line(bench.prod.ref)] == [second.id, first.id]
    assert bench.now(first).place == 1


async def test_time_to_start_counts_from_its_time(bench: Bench):
    """A day ahead is no day too late."""
    request = await approved(bench, wall=datetime.fromisoformat("2026-11-30T02:00"))
    go_to(bench, datetime(2026, 11, 30, 0, 59, tzinfo=UTC))
    await bench.turn()
    assert bench.now(request).state is State.APPROVED
    go_to(bench, datetime(2026, 11, 30, 1, tzinfo=UTC))
    await bench.later()
    assert bench.posts == 1


async def test_it_may_be_withdrawn_until_then(bench: Bench):
    """And the name is free again."""
    request = await approved(bench)
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    assert bench.now(request).state is State.WITHDRAWN
    again = await asked(bench, "nightly-1", wall=datetime.fromisoformat("2026-11-24T03:00"))
    assert again.id == request.id  # the same submission


async def test_its_name_is_taken_meanwhile(bench: Bench):
    """By it: two open requests never have one name."""
    await approved(bench)
    with pytest.raises(InputError) as refused:
        await bench.service.intake.ask(actor(ANA), Ask(bench.prod.ref, "nightly-1", "", OPS), origin="other")
    assert refused.value.fields == {"name": Phrase("name-asked-for")}


@pytest.mark.parametrize(
    ("wall", "field", "code"),
    [
        (datetime.fromisoformat("2026-11-22T02:00"), "day", "start-over"),
        (datetime.fromisoformat("2026-11-23T15:00"), "time", "start-over"),  # 14:00 UTC of the same day
        (datetime.fromisoformat("2027-11-23T15:00"), "day", "start-too-far"),
    ],
)
async def test_a_time_that_cannot_be_meant_is_said_on_its_field(bench: Bench, wall, field, code):
    """With what else is wrong; nothing is kept."""
    with pytest.raises(InputError) as refused:
        await asked(bench, "x", wall=wall)
    assert {name: phrase.code for name, phrase in refused.value.fields.items()}[field] == code
    assert "name" in refused.value.fields
    assert bench.store.requests == {}


async def test_what_is_closed_now_refuses_nothing_for_later(bench: Bench):
    """A freeze that refuses requests, and a cluster that is read-only now: what counts is how it is then."""
    freeze = Freeze(
        FreezeId("F-1"), Scope.of(bench.prod.ref), "release", "U0000CLEO", bench.clock.now(),
        datetime(2026, 11, 24, 0, tzinfo=UTC), Meanwhile.REFUSE,
    )  # fmt: skip
    bench.store.frozen[freeze.id] = freeze
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("READONLY",))
    bench.clock.advance(60)
    assert (await asked(bench)).start
    with pytest.raises(InputError) as refused:
        await asked(bench, "early-1", wall=datetime.fromisoformat("2026-11-24T00:30"))  # 23:30 UTC
    assert refused.value.fields["cluster"].code == "cluster-frozen"


async def test_hours_of_the_rule_hold_it_past_its_time(bench: Bench):
    """Both must let it."""
    evening = Hours((1,), time(20), time(23))
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(ApprovalRule(hours=(evening,)))
    request = await approved(bench)
    go_to(bench, datetime(2026, 11, 24, 1, tzinfo=UTC))
    await bench.turn()
    held = bench.now(request)
    assert (held.hold, held.waits_for_its_time) == (Hold.HOURS, False)
    go_to(bench, datetime(2026, 11, 24, 20, tzinfo=UTC))
    await bench.later()
    assert bench.posts == 1
