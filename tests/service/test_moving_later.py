"""Another time for a request: until it starts, by who asked, with the approvals that fall by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bot.core.access import NotAllowed
from bot.core.approval import ApprovalRule
from bot.core.errors import InputError
from bot.core.events import Hold
from bot.core.request import AlreadyDecided, OtherRevision, SnapshotRequest, State
from bot.core.revision import RequestPart
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.start import WallTime
from bot.service import Ask
from tests.harness.working import ANA, BEN, DAN, OPS, Bench, actor

# the bench begins on Monday, 2026-11-23, 14:05 UTC
ZONE = timezone(timedelta(hours=1), "Somewhere")


def wall(text: str) -> WallTime:
    """Return what the clock shows somewhere."""
    return WallTime(datetime.fromisoformat(text), ZONE)


async def asked(bench: Bench, name: str = "nightly-1", at: str = "2026-11-24T02:00") -> SnapshotRequest:
    return await bench.service.intake.ask(
        actor(ANA), Ask(bench.prod.ref, name, "", OPS, start=wall(at)), origin=f"view:{name}"
    )


async def approved(bench: Bench, name: str = "nightly-1") -> SnapshotRequest:
    request = await asked(bench, name)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.turn()
    return bench.now(request)


async def test_an_approved_one_waits_for_approval_once_more(bench: Bench):
    """It was approved for another time; who approved is asked again, on record, and the old button does nothing."""
    request = await approved(bench)
    moved = await bench.service.changing.move(actor(ANA), request.as_seen, wall("2026-11-24T03:00"))
    assert (moved.state, moved.hold, moved.votes, moved.decided_at) == (State.WAITING, Hold.NONE, (), None)
    assert moved.start
    assert moved.start.at == datetime(2026, 11, 24, 2, tzinfo=UTC)
    assert moved.revised
    assert (moved.revised.parts, moved.must_look_again) == ((RequestPart.START,), (BEN,))
    with pytest.raises(OtherRevision):
        await bench.service.approvals.approve(actor(BEN), request.id, revision=request.as_seen.revision)
    await bench.service.approvals.approve(actor(BEN), request.id, revision=moved.as_seen.revision)
    bench.clock.advance((moved.start.at - bench.clock.now()).total_seconds())
    await bench.later()
    assert bench.posts == 1
    (entry,) = [e for e in bench.store.log if e.action == "request.changed"]
    assert '"start": "2026-11-24 03:00 Somewhere", "before": "2026-11-24 02:00 Somewhere"' in entry.detail


async def test_what_needs_no_approval_stays_approved(bench: Bench):
    """And is held until the new time."""

    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(ApprovalRule.of(0))
    request = await asked(bench)
    moved = await bench.service.changing.move(actor(ANA), request.as_seen, wall("2026-11-24T03:00"))
    assert (moved.state, moved.hold, moved.waits_for_its_time) == (State.APPROVED, Hold.HOURS, True)
    bench.clock.advance((datetime(2026, 11, 24, 1, 30, tzinfo=UTC) - bench.clock.now()).total_seconds())
    await bench.turn()
    assert bench.posts == 0


async def test_one_that_waits_goes_on_waiting(bench: Bench):
    """It expires no later than its new time; one for now can be put off as well."""
    request = await bench.ask("now-1")
    moved = await bench.service.changing.move(actor(ANA), request.as_seen, wall("2026-11-23T16:00"))
    assert (moved.state, moved.expires_at) == (State.WAITING, datetime(2026, 11, 23, 15, tzinfo=UTC))


async def test_a_suggested_name_goes_with_the_time(bench: Bench):
    """One that somebody typed stays."""
    request = await asked(bench, "dwh-prod-20261124-010007")
    moved = await bench.service.changing.move(actor(ANA), request.as_seen, wall("2026-11-25T04:30"))
    assert moved.name == "dwh-prod-20261125-033000"
    typed = await asked(bench, "before-20261124")
    assert (await bench.service.changing.move(actor(ANA), typed.as_seen, wall("2026-11-25T04:30"))).name == typed.name


async def test_to_the_same_time_changes_nothing(bench: Bench):
    """No approval falls."""
    request = await approved(bench)
    same = await bench.service.changing.move(actor(ANA), request.as_seen, wall("2026-11-24T02:00"))
    assert (same.version, same.state) == (request.version, State.APPROVED)


@pytest.mark.parametrize(
    ("at", "field"), [("2026-11-22T02:00", "day"), ("2026-11-23T15:00", "time"), ("2027-11-23T15:00", "day")]
)
async def test_a_time_that_cannot_be_meant_is_said_on_its_field(bench: Bench, at: str, field: str):
    """And it stays as it was."""
    request = await approved(bench)
    with pytest.raises(InputError) as refused:
        await bench.service.changing.move(actor(ANA), request.as_seen, wall(at))
    assert list(refused.value.fields) == [field]
    assert bench.now(request) == request


async def test_only_who_asked_moves_it_and_only_until_it_starts(bench: Bench):
    """Others are refused, on record; later it is too late."""
    bench.people.add(DAN)
    request = await approved(bench)
    with pytest.raises(NotAllowed):
        await bench.service.changing.move(actor(BEN), request.as_seen, wall("2026-11-24T03:00"))
    bench.clock.advance((datetime(2026, 11, 24, 1, tzinfo=UTC) - bench.clock.now()).total_seconds())
    with pytest.raises(AlreadyDecided):
        await bench.service.changing.move(actor(ANA), request.as_seen, wall("2026-11-24T03:00"))
