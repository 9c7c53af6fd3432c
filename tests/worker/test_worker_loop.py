"""The loop: takes what is due, survives what fails, ends when told; and whatever happens, one snapshot per request."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from datetime import timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.core.access import NotAllowed
from bot.core.errors import (
    BotError,
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudUnavailable,
    SlackUnavailable,
    StaleRequest,
    StoreUnavailable,
)
from bot.core.grants import Rights
from bot.core.ids import ClusterId, ClusterRef, RequestId
from bot.core.message import MessageKind
from bot.core.phrase import as_told
from bot.core.request import FINAL, AlreadyDecided, SnapshotRequest, State
from bot.core.snapshot import Created, named
from bot.core.work import Work
from bot.words import reasons
from bot.worker import Pace
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.store import FakeStore
from tests.harness.working import ANA, BEN, Bench, actor, settled, working

T = TypeVar("T")


async def test_a_change_is_worked_on_at_once(bench: Bench):
    """Who commits something wakes the worker: nobody waits for a nap to end."""
    async with working(bench):
        await settled()
        request = await bench.ask()
        await settled()
        assert len(bench.messenger.cards) == 1
        bench.clock.advance(3)
        await bench.service.approvals.approve(actor(BEN), request.id)
        await settled()
        assert bench.now(request).state is State.CREATING


async def test_it_sleeps_until_the_next_step_is_due(bench: Bench):
    """Between polls nothing is asked; at the poll's time it is."""
    async with working(bench):
        request = await bench.approved()
        await settled()
        assert bench.now(request).state is State.CREATING
        bench.cloud.finish(bench.snapshot().id)
        calls = len(bench.cloud.calls)
        await settled()
        assert len(bench.cloud.calls) == calls
        bench.clock.advance(bench.pace.poll)
        await settled()
        assert bench.now(request).state is State.AVAILABLE
        assert len(bench.messenger.of(MessageKind.RESULT)) == 1


async def test_what_another_process_made_due_is_found(bench: Bench):
    """The command line changes the database without waking anybody: the nap is at most half a minute."""
    async with working(bench):
        await settled()
        request = await bench.ask(need=0)
        bench.woken.clear()
        bench.clock.advance(31)
        await settled()
        assert bench.now(request).state is State.CREATING


async def test_a_step_that_fails_is_tried_later_and_harms_no_other(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A fault of ours in one request's step delays that request only."""
    broken, fine = await bench.approved("nightly-1"), await bench.approved("dev-1", cluster=bench.dev)
    step = bench.steps.step

    async def fails(work: Work[SnapshotRequest]) -> None:
        if work.item.id == broken.id:
            raise RuntimeError("a fault of ours")
        await step(work)

    monkeypatch.setattr(bench.steps, "step", fails)
    async with working(bench):
        await settled()
        assert bench.now(fine).state is State.CREATING
        assert bench.now(broken).state is State.APPROVED
        monkeypatch.setattr(bench.steps, "step", step)
        bench.clock.advance(bench.pace.retry * 1.3)
        await settled()
        assert bench.now(broken).state is State.CREATING


async def test_whoever_was_overtaken_leaves_the_row_alone(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A step that lost the race saves nothing; the winner's save decides what is next."""
    request = await bench.approved()

    async def overtaken(claimed: Work[SnapshotRequest]) -> None:
        await bench.service.approvals.withdraw(actor(ANA), claimed.item.id)
        raise StaleRequest(claimed.item.id)

    monkeypatch.setattr(bench.steps, "step", overtaken)
    async with working(bench):
        await settled()
        assert bench.now(request).state is State.WITHDRAWN
        assert bench.store._work[request.id].wakes is None


async def test_a_store_that_fails_for_a_while_stops_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A full disk or a locked file delays the loop by a second; it goes on by itself."""
    request = await bench.approved()
    claim = bench.store.claim
    fails = [BotError("database is locked")] * 3

    async def locked(**how: Any) -> list[Work[SnapshotRequest]]:
        if fails:
            raise fails.pop()
        return await claim(**how)

    monkeypatch.setattr(bench.store, "claim", locked)
    async with working(bench):
        for _ in range(4):
            await settled()
            bench.clock.advance(1.0)
        await settled()
        assert bench.now(request).state is State.CREATING


async def test_an_outage_of_the_database_is_told_without_a_trace(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """In the midst of a step, and of telling: what is logged says why, in a line; both go on once it is back."""
    request = await bench.approved()
    away = StoreUnavailable("the server only reads", phrase=as_told("the server only reads"))

    async def fails(*_: object) -> None:
        raise away

    monkeypatch.setattr(bench.steps, "step", fails)
    monkeypatch.setattr(bench.outbox, "tell", fails)
    with capture_logs() as logged:
        async with working(bench):
            await settled()
            monkeypatch.undo()
            for seconds in (bench.pace.lease, bench.pace.retry):
                bench.clock.advance(seconds * 1.3)
                await settled()
            assert bench.now(request).state is State.CREATING
            assert bench.messenger.cards
    told = [line for line in logged if line["event"] in ("worker.step_failed", "worker.telling_failed")]
    assert [(line["error"], "exc_info" in line) for line in told] == [(repr(away), False)] * 2


async def test_a_failed_save_after_a_post_leads_to_no_second_message(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The store fails once right after a post: the message is found again when the lease ends, not posted twice."""
    await bench.ask()
    save, fails = bench.store.save_message, [BotError("disk full")]

    async def full(message: Any, **how: Any) -> None:
        if message.ref is not None and fails:
            raise fails.pop()
        await save(message, **how)

    monkeypatch.setattr(bench.store, "save_message", full)
    async with working(bench):
        await settled()
        assert len(bench.messenger.cards) == 1
        bench.clock.advance(bench.pace.lease + 1)
        await settled()
        assert len(bench.messenger.cards) == 1
        assert bench.messages_due() == []


async def others_find(bench: Bench) -> list[RequestId]:
    """Let another process look for requests that are due; return what it gets."""
    lease = timedelta(seconds=bench.pace.lease)
    return [work.item.id for work in await bench.store.claim(owner="another", lease=lease, limit=9)]


async def pass_by(bench: Bench, seconds: float) -> None:
    """Let time pass in steps of a second."""
    for _ in range(int(seconds)):
        bench.clock.advance(1)
        await settled()


@pytest.mark.parametrize("slow", ["look", "post"])
async def test_a_step_that_takes_longer_than_its_lease_is_done_once(
    bench: Bench, slow: str, monkeypatch: pytest.MonkeyPatch
):
    """The cloud answers after ten leases, to a look or the create call: nobody has taken the request a second time."""
    request = await bench.approved()
    call, answer, asked = {"look": "snapshots", "post": "create_snapshot"}[slow], asyncio.Event(), 0
    ask = getattr(bench.cloud, call)

    async def slowly(*args: str) -> Any:
        nonlocal asked
        asked += 1
        await answer.wait()
        return await ask(*args)

    monkeypatch.setattr(bench.cloud, call, slowly)
    async with working(bench):
        await settled()
        for _ in range(10):
            await pass_by(bench, bench.pace.lease)
            assert await others_find(bench) == []
        assert (asked, bench.held(request).token) == (1, 1)
        answer.set()
        await settled()
        assert bench.now(request).state is State.CREATING
        assert bench.posts == 1


async def test_a_message_that_takes_longer_than_its_lease_is_posted_once(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Slack keeps a post waiting for ten leases: nobody else posts it meanwhile."""
    await bench.ask()
    post, answer = bench.messenger.post, asyncio.Event()

    async def slowly(*args: Any, **how: Any) -> Any:
        await answer.wait()
        return await post(*args, **how)

    monkeypatch.setattr(bench.messenger, "post", slowly)
    async with working(bench):
        await settled()
        for _ in range(10):
            await pass_by(bench, bench.pace.lease)
            assert await bench.store.claim_messages(owner="another", lease=timedelta(0), limit=9) == []
        answer.set()
        await settled()
        assert len(bench.messenger.cards) == 1
        assert bench.messages_due() == []


async def test_a_step_ends_where_its_lease_was_lost(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The process slept for longer than its lease, and another took the request: the first asks for nothing more."""
    request = await bench.approved()
    ended, looked = asyncio.Event(), 0

    async def slowly() -> None:
        nonlocal looked
        looked += 1
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    monkeypatch.setattr(bench.cloud, "snapshots", slowly)
    async with working(bench):
        await settled()
        bench.store.clock = FakeClock(bench.clock.now() + timedelta(seconds=bench.pace.lease))
        assert await others_find(bench) == [request.id]
        bench.clock.advance(bench.pace.lease)
        await settled()
        assert (looked, ended.is_set(), bench.posts) == (1, True, 0)
        assert bench.now(request).state is State.APPROVED
        assert await others_find(bench) == []


async def test_leases_are_renewed_though_the_store_fails_for_a_while(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A database that is locked for a moment ends no step: it is renewed the next time."""
    request = await bench.approved()
    answer, create, renew = asyncio.Event(), bench.cloud.create_snapshot, bench.store.renew
    fails = [BotError("database is locked")]

    async def slow(*args: Any) -> Created:
        await answer.wait()
        return await create(*args)

    async def locked(*args: Any, **how: Any) -> None:
        if fails:
            raise fails.pop()
        await renew(*args, **how)

    monkeypatch.setattr(bench.cloud, "create_snapshot", slow)
    monkeypatch.setattr(bench.store, "renew", locked)
    async with working(bench):
        await settled()
        await pass_by(bench, bench.pace.lease * 2)
        assert fails == []
        assert await others_find(bench) == []
        answer.set()
        await settled()
        assert bench.now(request).state is State.CREATING


async def test_no_more_steps_at_once_than_allowed(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Concurrency is bounded; what doesn't fit is taken as soon as something has ended."""
    requests = [await bench.ask(f"nightly-{n}") for n in range(5)]
    bench.clock.advance(timedelta(hours=9))
    running, most, released = 0, 0, asyncio.Event()
    step = bench.steps.step

    async def counted(work: Work[SnapshotRequest]) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await released.wait()
        await step(work)
        running -= 1

    monkeypatch.setattr(bench.steps, "step", counted)
    async with working(bench, pace=Pace(concurrency=2)):
        await settled()
        assert running == 2
        released.set()
        await settled()
        assert most == 2
        assert {bench.now(r).state for r in requests} == {State.EXPIRED}


async def test_it_sleeps_while_no_more_steps_are_allowed(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Though more is due: each step that ends wakes it, and until then it asks the store for nothing."""
    for n in range(3):
        await bench.ask(f"nightly-{n}")
    await bench.tell()
    bench.clock.advance(timedelta(hours=9))
    gate = asyncio.Event()
    step = bench.steps.step

    async def held(work: Work[SnapshotRequest]) -> None:
        await gate.wait()
        await step(work)

    monkeypatch.setattr(bench.steps, "step", held)
    async with working(bench, pace=Pace(concurrency=2, lease=30)):  # which is renewed later than it wakes
        await settled()
        assert bench.clock.wakes_at == bench.clock.now() + timedelta(seconds=5)
        gate.set()


async def test_what_is_under_way_ends_before_the_worker_does(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """At a stop the POST under way gets its time, and its answer is saved."""
    request = await bench.approved()
    answer, create = asyncio.Event(), bench.cloud.create_snapshot

    async def slow(cluster: ClusterId, name: str, description: str) -> Created:
        await answer.wait()
        return await create(cluster, name, description)

    monkeypatch.setattr(bench.cloud, "create_snapshot", slow)
    async with working(bench, pace=Pace()) as worker:
        await settled()
        worker.stop()
        await settled()
        answer.set()
    assert bench.now(request).state is State.CREATING
    assert bench.posts == 1


async def test_what_takes_too_long_at_a_stop_is_left_to_the_next_start(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A POST that outlasts the grace is dropped: its intent is stored, and the next start settles it."""
    request = await bench.approved()
    create = bench.cloud.create_snapshot

    async def hang(cluster: ClusterId, name: str, description: str) -> Created:
        await create(cluster, name, description)
        await asyncio.sleep(3600)
        raise AssertionError

    monkeypatch.setattr(bench.cloud, "create_snapshot", hang)
    async with working(bench, grace=0.01):
        await settled()
    assert bench.now(request).state is State.SUBMITTING
    monkeypatch.setattr(bench.cloud, "create_snapshot", create)
    bench.start()
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1


# One snapshot per request, whatever happens


class Crash(Exception):
    """The process dies here."""


class MortalStore(FakeStore):
    """Dies at the call number *dies_at* from now, before or after it was done."""

    dies_at: int | None = None
    after: bool = False

    async def save(self, request: SnapshotRequest, **how: Any) -> None:
        await self._mortal(super().save(request, **how))

    async def put_off(self, work: Work[SnapshotRequest], due_in: timedelta | None) -> None:
        await self._mortal(super().put_off(work, due_in))

    async def line(self, cluster: ClusterRef) -> list[SnapshotRequest]:
        return await self._mortal(super().line(cluster))

    async def rights(self, **how: Any) -> Rights:
        return await self._mortal(super().rights(**how))

    async def _mortal(self, call: Coroutine[Any, Any, T]) -> T:
        dies = self.dies_at == 0
        self.dies_at = None if self.dies_at is None or dies else self.dies_at - 1
        if dies and not self.after:
            call.close()
            raise Crash
        result = await call
        if dies:
            raise Crash
        return result


class NaiveCloud(FakeCloud):
    """Makes whatever it is asked to make, also twice: nothing but the bot's own care prevents doubles.

    *fate* is what becomes of the next POST: it may act or not, and answer, fail, or see its caller die.
    """

    fate: tuple[bool, BaseException | None] = (True, None)

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> Created:
        self._begin("create_snapshot", cluster, name, description)
        (acts, error), self.fate = self.fate, (True, None)
        # a second one of the name fails the assertion in there
        made = self.add_snapshot(cluster, name, description=description) if acts else None
        if error is not None or made is None:
            raise error or CloudUnavailable("read timeout")
        return Created(made.id)


class LateCloud(FakeCloud):
    """Keeps names unique, as DWS does, and may carry a POST out only after its caller has left."""

    fate: tuple[bool, BaseException | None] = (True, None)

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        self.pending: list[tuple[ClusterId, str, str]] = []

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> Created:
        (acts, error), self.fate = self.fate, (True, None)
        if acts:
            made = await super().create_snapshot(cluster, name, description)
            if error is not None:
                raise error
            return made
        self._begin("create_snapshot", cluster, name, description)
        if not isinstance(error, CloudUnavailable) or error.maybe_done:
            self.pending.append((cluster, name, description))
        raise error or CloudUnavailable("read timeout")

    async def land(self) -> None:
        """Carry out what was left behind, as far as it is still possible."""
        pending, self.pending = self.pending, []
        failing, self.failing = self.failing, []  # those are for callers
        for late in pending:
            with suppress(CloudError):
                await super().create_snapshot(*late)
        self.failing = failing


REFUSALS = [(False, CloudBusy("409")), (False, CloudLoginRefused("401")), (False, CloudForbidden("403"))]
LOOKS = [CloudUnavailable("503"), CloudLoginRefused("401"), CloudForbidden("403"), Crash()]
ANSWERS = [
    (True, CloudUnavailable("read timeout")),
    (False, CloudUnavailable("reset")),
    (True, CloudUnavailable("500", status=500)),
    (False, CloudUnavailable("429", maybe_done=False)),
    (True, Crash()),
    (False, Crash()),
]
COMMON = [
    st.tuples(st.just("pass"), st.sampled_from([1.0, 20.0, 130.0])),
    st.tuples(st.just("answer"), st.sampled_from(ANSWERS)),
    st.tuples(st.just("look fails"), st.sampled_from(LOOKS)),
    st.tuples(st.just("store dies"), st.tuples(st.integers(0, 6), st.booleans())),
    st.tuples(st.just("task"), st.sampled_from(["GROWING", ""])),
    st.tuples(st.just("end"), st.booleans()),
    st.tuples(st.just("withdraw"), st.integers(0, 1)),
    st.tuples(st.just("slack"), st.booleans()),
]
EVENTS = st.one_of(*COMMON, st.tuples(st.just("answer"), st.sampled_from(REFUSALS)))
LATE_EVENTS = st.one_of(*COMMON, st.tuples(st.just("lands"), st.none()))


async def _lives(events: list[tuple[str, Any]], cloud_type: type[NaiveCloud | LateCloud]) -> None:
    store = MortalStore()
    bench = Bench(store=store, cloud_type=cloud_type)
    cloud = bench.cloud
    assert isinstance(cloud, cloud_type)
    requests = [await bench.approved("first"), await bench.approved("second")]
    badly: set[str] = set()
    for what, detail in events:
        match what:
            case "pass":
                bench.clock.advance(detail)
            case "answer":
                cloud.fate = detail
            case "look fails":
                cloud.failing = [detail]
            case "store dies":
                store.dies_at, store.after = detail
            case "task":
                cloud.change_cluster(bench.prod.ref.id, task_status=detail)
            case "end":
                for snapshot in list(cloud.known_snapshots.values()):
                    if snapshot.status == "CREATING":
                        cloud.finish(snapshot.id, ok=detail)
                        badly |= set() if detail else {snapshot.name}
            case "withdraw":
                with suppress(AlreadyDecided, NotAllowed, SlackUnavailable, Crash):
                    await bench.service.approvals.withdraw(actor(ANA), requests[detail].id)
            case "lands":
                assert isinstance(cloud, LateCloud)
                await cloud.land()
            case _:
                bench.people.gone = detail
        try:
            await bench.turn()
        except Crash:
            bench.start()
    # the faults are over
    store.dies_at, cloud.failing, cloud.fate, bench.people.gone = None, [], (True, None), False
    cloud.change_cluster(bench.prod.ref.id, task_status="")
    bench.start()
    for request in requests:
        await bench.until_final(request)
    for request in requests:
        ended, made = bench.now(request), named(cloud.known_snapshots.values(), request.name)
        assert ended.state in FINAL
        if ended.state is State.AVAILABLE:
            assert made is not None
            assert (made.id, made.status) == (ended.snapshot_id, "AVAILABLE")
        elif ended.state is State.WITHDRAWN:
            assert made is None, "withdrawn means that nothing was made"
        else:
            assert request.name in badly, f"failed without a reason: {reasons.problem(ended.why)}"


@pytest.mark.no_cover  # hundreds of lives
@settings(max_examples=max(200, settings().max_examples))  # more in the long form
@given(st.lists(EVENTS, max_size=25))
def test_one_snapshot_per_request_whatever_happens(events: list[tuple[str, Any]]):
    """Faults, crashes at any await and restarts in any order: never two snapshots, never a lost or stuck request."""
    asyncio.run(_lives(events, NaiveCloud))


@pytest.mark.no_cover  # hundreds of lives
@settings(max_examples=max(200, settings().max_examples))  # more in the long form
@given(st.lists(LATE_EVENTS, max_size=25))
def test_a_post_that_lands_late_is_still_the_requests_own(events: list[tuple[str, Any]]):
    """A cloud that acts after the caller left: what it makes is adopted, and nothing that was withdrawn is made."""
    asyncio.run(_lives(events, LateCloud))
