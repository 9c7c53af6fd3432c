"""The machine's clock is put right, or wrong, by hours while things wait: nothing waits for a time that won't come."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.errors import CloudLoginRefused, CloudUnavailable, SlackUnavailable
from bot.core.message import MessageKind
from bot.core.request import SnapshotRequest, State
from bot.dws.iam import Brake
from tests.fakes.clock import FakeClock
from tests.harness.working import BEN, Bench, actor, settled, working

DAY = 86_400.0
LOST = CloudUnavailable("503", status=503)


async def pass_by(bench: Bench, seconds: float) -> None:
    """Let time pass, in steps that a worker's naps fit into."""
    for _ in range(int(seconds / 2)):
        bench.clock.advance(2)
        await settled()


async def ended(bench: Bench, request: SnapshotRequest, *, seconds: float = 120) -> State:
    """Let the cloud finish what it makes, and return how *request* stands after that time."""
    for _ in range(int(seconds / 10)):
        await pass_by(bench, 10)
        for snapshot in list(bench.cloud.known_snapshots.values()):
            if snapshot.status == "CREATING":
                bench.cloud.finish(snapshot.id)
    return bench.now(request).state


@pytest.mark.no_cover  # minutes pass, 70 times
@pytest.mark.parametrize("jump", [-DAY, -3600.0, -61.0, 3600.0, DAY - 7200], ids=lambda s: f"{s:+.0f}s")
@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted at that moment"])
@pytest.mark.parametrize("when", ["approved", "busy", "failing", "lost", "lost and landed", "creating", "silent"])
async def test_a_jump_of_the_clock_delays_nothing_and_doubles_nothing(
    bench: Bench, jump: float, restart: bool, when: str
):
    """Whatever waits then: the request is done minutes later, with one snapshot, one card, one result."""
    async with working(bench):
        await settled()
        request = await bench.ask()
        await pass_by(bench, 4)
        if when == "busy":
            bench.cloud.change_cluster(bench.prod.ref.id, task_status="GROWING")
        elif when in ("failing", "lost"):
            bench.cloud.failing_create = [LOST] * (8 if when == "failing" else 1)
        elif when == "lost and landed":
            bench.cloud.losing = 1
        await bench.service.approvals.approve(actor(BEN), request.id)
        await settled()
        await pass_by(bench, 90 if when == "failing" else 6)
        if when == "silent":
            bench.cloud.failing = [LOST] * 5
            await pass_by(bench, 40)
        if not restart:
            bench.clock.jump(jump)
            await pass_by(bench, 6)
    if restart:
        bench.clock.jump(jump)
        bench.start()
    async with working(bench):
        bench.cloud.change_cluster(bench.prod.ref.id, task_status="")
        bench.cloud.failing_create.clear()
        # In a row of before a restart it can't be told from a back-off, nor can a jump from a long failure.
        patience = bench.pace.longest.total_seconds() if restart or when == "failing" else 60
        assert await ended(bench, request, seconds=patience + 60) is State.AVAILABLE
    assert len([s for s in bench.cloud.known_snapshots.values() if s.name == request.name]) == 1
    assert len(bench.messenger.cards) == 1
    assert len(bench.messenger.of(MessageKind.RESULT)) == 1


@pytest.mark.telling
async def test_what_is_under_way_keeps_its_lease_when_the_clock_is_put_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """A post that takes its time isn't taken up by a second step, which would post again; new work waits."""
    post, may_go_on, begun = bench.messenger.post, asyncio.Event(), []

    async def slowly(*args, **how):
        begun.append(how["key"])
        await may_go_on.wait()
        return await post(*args, **how)

    next_due, asked = bench.store.next_due, []

    async def counted() -> float | None:
        asked.append(bench.clock.now())
        return await next_due()

    monkeypatch.setattr(bench.messenger, "post", slowly)
    async with working(bench):
        await settled()
        await bench.ask("nightly-1")
        await settled()
        bench.clock.jump(-DAY)
        await pass_by(bench, 20)
        await bench.ask("dev-1", cluster=bench.dev)
        monkeypatch.setattr(bench.store, "next_due", counted)
        await pass_by(bench, 20)
        assert len(begun) == 1
        assert asked == []  # what is due is taken later: nobody asks for it again and again
        may_go_on.set()
        await pass_by(bench, 20)
        assert len(begun) == len(bench.messenger.cards) == 2


@pytest.mark.parametrize("jump", [60.0, 3600.0, DAY], ids=lambda s: f"{s:+.0f}s")
async def test_what_is_under_way_keeps_its_lease_when_the_clock_is_put_forward(
    bench: Bench, jump: float, monkeypatch: pytest.MonkeyPatch
):
    """A post and a create call that take their time are renewed before anything is taken: neither is begun again."""
    may_go_on, begun = asyncio.Event(), []

    def slowly(call):
        async def wait(*args, **how):
            begun.append(call)
            await may_go_on.wait()
            return await call(*args, **how)

        return wait

    monkeypatch.setattr(bench.messenger, "post", slowly(bench.messenger.post))
    monkeypatch.setattr(bench.cloud, "create_snapshot", slowly(bench.cloud.create_snapshot))
    async with working(bench):
        await settled()
        request = await bench.ask(need=0)
        await settled()
        assert len(begun) == 2
        bench.clock.jump(jump)
        await pass_by(bench, 20)
        assert (len(begun), bench.held(request).token) == (2, 1)
        may_go_on.set()
        await settled()
    assert bench.now(request).state is State.CREATING
    assert (bench.posts, len(bench.messenger.cards)) == (1, 1)


async def test_it_stops_in_time_though_something_is_under_way_as_the_clock_is_put_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """The wait for it is no reason to miss the end."""

    async def never(*args, **how):
        await asyncio.Event().wait()

    monkeypatch.setattr(bench.messenger, "post", never)
    async with working(bench, grace=0.01):
        await settled()
        await bench.ask()
        await settled()
        bench.clock.jump(-DAY)
        await pass_by(bench, 20)
    assert bench.messenger.cards == []


@pytest.mark.parametrize(
    "error", [SlackUnavailable("503", maybe_done=False), SlackUnavailable("read timeout")], ids=["not done", "unknown"]
)
async def test_a_message_that_slack_did_not_take_is_not_put_off_by_a_day(bench: Bench, error: SlackUnavailable):
    """Its back-off was counted on the clock that was wrong; nor does a post that was begun wait for that time."""
    async with working(bench):
        await settled()
        bench.messenger.failing = [error]
        await bench.ask()
        await settled()
        assert bench.messenger.cards == []
        bench.clock.jump(-DAY)
        await settled()
        await pass_by(bench, 30)
        assert len(bench.messenger.cards) == 1


async def test_what_is_missing_from_lists_is_asked_for_all_the_same(bench: Bench):
    """The first list without it was read in what is now the future; the next one counts."""
    async with working(bench):
        await settled()
        request = await bench.ask(need=0)
        await pass_by(bench, 20)
        assert bench.now(request).state is State.CREATING
        bench.cloud.known_snapshots.clear()
        await pass_by(bench, 16)
        assert bench.now(request).missing_since is not None
        bench.clock.jump(-DAY)
        await settled()
        await pass_by(bench, 40)
        assert bench.now(request).state is State.FAILED


async def test_a_failing_cloud_is_not_asked_more_often_for_it(bench: Bench):
    """Since when it fails is counted again: the waits grow from then on, and don't stay short for a day."""
    async with working(bench):
        await settled()
        bench.cloud.failing_create = [LOST] * 1000
        await bench.ask(need=0)
        await pass_by(bench, 600)
        bench.clock.jump(-DAY)
        before = bench.posts
        await pass_by(bench, 3600)
        assert bench.posts - before <= 20


async def test_a_snapshot_that_runs_is_not_given_up_because_the_clock_jumped(bench: Bench):
    """How long it has run is told by the cloud's own clock: our own, a day ahead at once, says nothing of it."""
    async with working(bench):
        await settled()
        request = await bench.ask(need=0)
        await pass_by(bench, 20)
        bench.cloud.ahead -= timedelta(days=2)  # ours alone goes on by two days
        bench.clock.jump(2 * DAY)
        await settled()
        await pass_by(bench, 30)
        assert bench.now(request).state is State.CREATING
        bench.cloud.ahead += timedelta(days=2)  # now it really has run for so long
        await pass_by(bench, 30)
        assert bench.now(request).state is State.FAILED


def test_logins_that_were_held_back_are_not_held_back_for_a_day():
    """The brake is on for its pause, or until the clock is put back."""
    clock = FakeClock()
    brake = Brake(clock, allowed=2, pause=timedelta(minutes=5))
    for _ in range(2):
        brake.check()
        brake.refused()
    with pytest.raises(CloudLoginRefused, match="the next try is at 14:10:00 UTC"):
        brake.check()
    clock.advance(-DAY)
    brake.check()
    brake.refused()
    with pytest.raises(CloudLoginRefused):
        brake.check()
    clock.advance(301)
    brake.check()
