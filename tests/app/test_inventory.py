"""What the clouds hold: looked at rarely, shared by everybody, and never waited for longer than people can."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.age import Age
from bot.core.errors import CloudError, CloudLoginRefused, CloudUnavailable, StoreUnavailable
from bot.core.ids import CloudName, ClusterId, ClusterRef
from bot.core.phrase import Phrase
from bot.core.sight import Sight
from bot.inventory import Inventory
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.store import FakeStore

HERE = CloudName("default")


class SlowCloud(FakeCloud):
    """Answers lists once *open* is set."""

    open: asyncio.Event

    async def snapshots(self):
        """Wait, then list."""
        self.calls.append(("asked",))
        await self.open.wait()
        return await super().snapshots()


@pytest.fixture
def clock() -> FakeClock:
    """A clock that stands still."""
    return FakeClock()


@pytest.fixture
def cloud(clock: FakeClock) -> FakeCloud:
    """A cloud with one cluster."""
    made = FakeCloud(clock)
    made.add_cluster("dwh-prod")
    return made


@pytest.fixture
def slow(clock: FakeClock) -> SlowCloud:
    """A cloud that answers when the test says so."""
    made = SlowCloud(clock)
    made.open = asyncio.Event()
    made.add_cluster("dwh-prod")
    return made


def looks(cloud: FakeCloud) -> int:
    """Return how often the cloud was asked for its snapshots."""
    return cloud.calls.count(("snapshots",))


async def test_what_is_fresh_is_not_asked_for_again(clock: FakeClock, cloud: FakeCloud):
    """A look within *max_age* answers from memory; an older one asks."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    first = await inventory.look(HERE)
    clock.advance(4)
    assert await inventory.look(HERE) is first
    clock.advance(2)
    assert await inventory.look(HERE) is not first
    assert looks(cloud) == 2


async def test_a_look_carries_the_clouds_own_time(clock: FakeClock, cloud: FakeCloud):
    """Beside ours; None where the cloud doesn't tell it."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    cloud.ahead = timedelta(minutes=-7)
    seen = await inventory.look(HERE)
    assert (seen.at, seen.listed_at) == (clock.now(), clock.now() - timedelta(minutes=7))
    cloud.tells_time = False
    assert (await inventory.look(HERE, max_age=timedelta(0))).listed_at is None


async def test_a_look_without_any_age_always_asks(clock: FakeClock, cloud: FakeCloud):
    """What must be seen after an act is never answered by what was seen before it, even at the same moment."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    await inventory.look(HERE)
    cloud.add_snapshot(next(iter(cloud.known_clusters)), "nightly-1")
    seen = await inventory.look(HERE, max_age=timedelta(0))
    assert [s.name for s in seen.snapshots] == ["nightly-1"]


async def test_many_at_once_share_one_look(clock: FakeClock, slow: SlowCloud):
    """A hundred callers, one look."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    callers = [asyncio.create_task(inventory.glance(HERE, patience=5)) for _ in range(100)]
    await asyncio.sleep(0)
    clock.advance(0.2)
    slow.open.set()
    seen = await asyncio.gather(*callers)
    assert looks(slow) == 1
    assert all(holdings is seen[0] is not None for holdings in seen)


async def test_a_glance_does_not_wait_longer_than_its_patience(clock: FakeClock, slow: SlowCloud):
    """People get what was seen last, or nothing, rather than a dead form."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    assert await inventory.glance(HERE, patience=0.01) is None
    slow.open.set()
    known = await inventory.glance(HERE)
    assert known is not None
    slow.open.clear()
    clock.advance(60)
    assert await inventory.glance(HERE, patience=0.01) is known
    slow.open.set()
    await inventory.glance(HERE)


async def test_a_cloud_that_is_always_slower_than_patience_is_seen_all_the_same(clock: FakeClock, slow: SlowCloud):
    """The look that a glance began goes on after it, so that the next one knows."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    for _ in range(5):
        assert await inventory.glance(HERE, patience=0.001) is None
    slow.open.set()
    await asyncio.sleep(0.01)
    assert inventory.known(HERE) is not None
    assert slow.calls.count(("asked",)) == 1


async def test_a_caller_who_leaves_takes_nothing_from_the_others(clock: FakeClock, slow: SlowCloud):
    """One of two who wait at their forms is cancelled; the other still gets the look."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    leaves, stays = (asyncio.create_task(inventory.glance(HERE, patience=5)) for _ in range(2))
    await asyncio.sleep(0)
    leaves.cancel()
    await asyncio.wait({leaves})
    slow.open.set()
    assert await stays is not None
    assert looks(slow) == 1


@pytest.mark.parametrize("error", [CloudUnavailable("503"), CloudLoginRefused("401")])
async def test_a_cloud_that_fails_shows_what_was_seen_last(clock: FakeClock, cloud: FakeCloud, error: Exception):
    """A glance hides the error from people; a look doesn't from the worker."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    known = await inventory.glance(HERE)
    clock.advance(60)
    cloud.failing = [error]
    assert await inventory.glance(HERE) is known
    cloud.failing = [error]
    with pytest.raises(type(error)):
        await inventory.look(HERE)


async def test_an_error_that_nobody_waits_for_is_taken_note_of(clock: FakeClock, slow: SlowCloud):
    """The caller has left when the look fails: the event loop doesn't complain, and the next call looks again."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    slow.failing = [CloudUnavailable("503")] * 2
    assert await inventory.glance(HERE, patience=0.001) is None
    slow.open.set()
    await asyncio.sleep(0.01)
    slow.failing = []
    assert await inventory.glance(HERE) is not None
    assert complaints == []


async def test_a_fault_of_ours_is_not_hidden(clock: FakeClock, cloud: FakeCloud):
    """Only the cloud's own errors count as "not known just now"."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    cloud.failing = [RuntimeError("a fault of ours")]
    with pytest.raises(RuntimeError):
        await inventory.glance(HERE)


async def test_clusters_of_all_clouds_by_name(clock: FakeClock, cloud: FakeCloud):
    """One cloud that fails hides nothing of the others."""
    other = FakeCloud(clock, name="other")
    other.add_cluster("Alpha")
    broken = FakeCloud(clock, name="broken")
    broken.failing = [CloudUnavailable("503")] * 9
    inventory = Inventory(
        {HERE: cloud, other.name: other, broken.name: broken}, store=FakeStore(clock=clock), patience=60.0
    )
    assert [c.name for c in await inventory.clusters()] == ["Alpha", "dwh-prod"]
    assert inventory.clouds == (HERE, other.name, broken.name)
    assert inventory.cloud(other.name) is other


async def test_what_was_never_seen_is_not_known(clock: FakeClock, cloud: FakeCloud):
    """Nothing is asked for what must not wait."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    ref = next(iter(cloud.known_clusters.values())).ref
    assert inventory.known(HERE) is None
    assert inventory.known(CloudName("nowhere")) is None
    assert inventory.cluster(ref) is None
    await inventory.look(HERE)
    assert inventory.cluster(ref) is not None
    assert inventory.cluster(ClusterRef(HERE, ClusterId("gone"))) is None
    assert cloud.calls == [("snapshots",), ("clusters",)]


async def test_a_glance_that_may_be_older_asks_nothing(clock: FakeClock, cloud: FakeCloud):
    """What was seen lately will do where a person goes on typing."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    known = await inventory.glance(HERE)
    clock.advance(60)
    assert await inventory.glance(HERE, max_age=timedelta(minutes=2)) is known
    assert await inventory.glance(HERE) is not known
    assert looks(cloud) == 2


async def test_one_look_has_one_patience(clock: FakeClock, slow: SlowCloud):
    """Who goes on to the form's next step doesn't wait again for a cloud that stays silent."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    slow.open.set()
    known = await inventory.glance(HERE)
    slow.open.clear()
    clock.advance(60)
    assert await inventory.glance(HERE, patience=0.01) is known
    loop = asyncio.get_running_loop()
    second = asyncio.create_task(inventory.glance(HERE, patience=0.01))
    began = loop.time()
    assert await asyncio.wait_for(second, 60) is known
    assert await asyncio.wait_for(inventory.glance(HERE, patience=0.01, max_age=timedelta(seconds=2)), 60) is known
    assert loop.time() - began < 5
    assert slow.calls.count(("asked",)) == 2
    slow.open.set()


@pytest.mark.parametrize(("poll", "fresh"), [(0.2, 2), (15, 15), (60, 60)])
async def test_what_was_seen_within_the_poll_time_is_as_it_is(
    clock: FakeClock, cloud: FakeCloud, poll: float, fresh: float
):
    """The setting says how long what was seen passes for now, and a glance is never older than 15 s."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0, poll=timedelta(seconds=poll))
    started = clock.now()
    assert inventory.age(HERE) == Age(started) == inventory.ages()[HERE]
    cloud.failing = [CloudUnavailable("503")]
    await inventory.glance(HERE)
    assert inventory.age(HERE) == Age(started, is_silent=True)
    clock.advance(1)
    seen = clock.now()
    await inventory.glance(HERE)
    clock.advance(fresh)
    assert inventory.age(HERE) == Age(started, seen, is_old=False)
    clock.advance(0.1)
    assert inventory.age(HERE) == Age(started, seen)
    before = looks(cloud)
    await inventory.glance(HERE)
    assert looks(cloud) == before + 1
    clock.advance(min(fresh, 15))
    await inventory.glance(HERE)
    assert looks(cloud) == before + 2
    assert inventory.age(CloudName("nowhere")) == Age(started)


async def test_a_failed_look_makes_nothing_old_before_its_time(clock: FakeClock, cloud: FakeCloud):
    """Seconds ago is now, whether or not the look after it failed."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    await inventory.look(HERE)
    seen = clock.now()
    clock.advance(10)
    cloud.failing = [CloudUnavailable("503")]
    with pytest.raises(CloudUnavailable):
        await inventory.look(HERE)
    assert inventory.age(HERE) == Age(seen, seen, is_old=False)
    clock.advance(10)
    assert inventory.age(HERE) == Age(seen, seen, is_silent=True)


async def test_looks_that_are_under_way_end_with_the_inventory(clock: FakeClock, slow: SlowCloud):
    """A look that nobody waits for any more doesn't outlive the bot."""
    inventory = Inventory({HERE: slow}, store=FakeStore(clock=clock), patience=60.0)
    assert await inventory.glance(HERE, patience=0.001) is None
    await inventory.close()
    slow.open.set()
    await asyncio.sleep(0.01)
    assert looks(slow) == 0
    assert inventory.known(HERE) is None


async def test_it_is_known_since_when_looks_fail_and_of_what(clock: FakeClock, cloud: FakeCloud):
    """The first of the looks that failed counts, of the logins the first of theirs; a success ends both."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    assert inventory.sight(HERE) == Sight()
    await inventory.look(HERE)
    seen_at = clock.now()
    for error in (CloudUnavailable("503"), last := CloudLoginRefused("401")):
        clock.advance(60)
        cloud.failing = [error]
        with pytest.raises(type(error)):
            await inventory.look(HERE)
    failing_since = clock.now() - timedelta(seconds=60)
    assert inventory.sight(HERE) == Sight(seen_at, failing_since, last, last, clock.now(), let_in=True)
    clock.advance(60)
    await inventory.look(HERE)
    assert inventory.sight(HERE) == Sight(clock.now(), let_in=True)
    assert inventory.sight(CloudName("nowhere")) == Sight()


async def test_the_log_hears_of_a_look_that_fails_once(clock: FakeClock, cloud: FakeCloud):
    """Once for each kind of failure, with the cloud's id of the call; and once when looks work again, with how long."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    failures = [
        CloudUnavailable("503", request_id="req-1"),
        CloudUnavailable("504"),
        CloudLoginRefused("401"),
    ]
    with capture_logs() as logged:
        for error in (*failures, None, None):
            clock.advance(60)
            cloud.failing = [error] if error else []
            with suppress(CloudError):
                await inventory.look(HERE)
    told = [(e["event"], e.get("kind"), e.get("cloud_request_id"), e.get("after_seconds")) for e in logged]
    assert told == [
        ("cloud.look_failed", "CloudUnavailable", "req-1", None),
        ("cloud.look_failed", "CloudLoginRefused", "", None),
        ("cloud.look_works", None, None, 180),
    ]


async def test_an_outage_behind_the_login_says_nothing_against_it(clock: FakeClock, cloud: FakeCloud):
    """A login that is refused fails until DWS itself answers, if only with an error; no answer at all tells nothing."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    seen = []
    for error in (CloudLoginRefused("401"), CloudUnavailable("no answer"), CloudUnavailable("503", status=503)):
        clock.advance(60)
        cloud.failing = [error]
        with pytest.raises(CloudError):
            await inventory.look(HERE)
        seen.append((inventory.sight(HERE).login is not None, inventory.sight(HERE).let_in))
    assert seen == [(True, False), (True, False), (False, True)]


async def test_requests_that_come_one_after_the_other_share_a_look_that_failed(clock: FakeClock, cloud: FakeCloud):
    """Sixty steps of a cloud in trouble within five seconds are one look; each hears the error; then it is asked again.

    Who needs what is there at this very moment, and people at a form, ask for themselves.
    """
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    cloud.failing = [CloudUnavailable(f"503 ({n})") for n in range(20)]
    errors = []
    for _ in range(60):
        with pytest.raises(CloudUnavailable) as error:
            await inventory.look(HERE, max_age=timedelta(seconds=7))
        errors.append(error.value)
        clock.advance(4.9 / 60)
    assert looks(cloud) == 1
    assert len({str(e) for e in errors}) == 1
    assert len({id(e) for e in errors}) == 60  # each has its own traceback
    for max_age, asks in ((0, 1), (2, 0), (7, 0)):
        before = looks(cloud)
        with pytest.raises(CloudUnavailable):
            await inventory.look(HERE, max_age=timedelta(seconds=max_age))
        assert looks(cloud) == before + asks
    before = looks(cloud)
    assert await inventory.glance(HERE) is None
    clock.advance(5)
    with pytest.raises(CloudUnavailable):
        await inventory.look(HERE, max_age=timedelta(seconds=7))
    assert looks(cloud) == before + 2


async def test_a_success_ends_a_failure_that_was_shared(clock: FakeClock, cloud: FakeCloud):
    """A look that succeeds answers everybody from then on."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    cloud.failing = [CloudUnavailable("503")]
    with pytest.raises(CloudUnavailable):
        await inventory.look(HERE)
    seen = await inventory.look(HERE, max_age=timedelta(0))
    assert await inventory.look(HERE, max_age=timedelta(seconds=1)) is seen
    clock.advance(1)
    assert await inventory.look(HERE) is not None
    assert inventory.sight(HERE).error is None


@pytest.mark.parametrize("back", [1, 3600, 86400])
async def test_what_was_seen_before_the_clock_was_put_back_is_asked_for_again(
    clock: FakeClock, cloud: FakeCloud, back: float
):
    """Nobody knows how long ago it was: neither the worker nor people at a form go on with it for a day."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock), patience=60.0)
    await inventory.look(HERE)
    clock.advance(-back)
    assert inventory.age(HERE).is_old
    assert (await inventory.look(HERE, max_age=timedelta(seconds=7))).at == clock.now()
    assert not inventory.age(HERE).is_old
    clock.advance(-back)
    seen = await inventory.glance(HERE)
    assert seen is not None
    assert seen.at == clock.now()
    cloud.failing = [CloudUnavailable("503")]
    clock.advance(10)
    with pytest.raises(CloudUnavailable):
        await inventory.look(HERE)
    clock.advance(-back)
    assert await inventory.look(HERE) is not None


async def test_after_a_restart_facts_have_their_age(clock: FakeClock, cloud: FakeCloud):
    """What was seen before is known without asking, with when; what is as fresh as is wanted isn't asked for."""
    store = FakeStore(clock=clock)
    seen = await Inventory({HERE: cloud}, store=store).look(HERE)
    clock.advance(4)
    started_at = clock.now()
    inventory = Inventory({HERE: cloud}, store=store)
    assert inventory.known(HERE) is None
    await inventory.restore()
    assert inventory.known(HERE) == seen
    assert inventory.age(HERE) == Age(started_at, seen.at, is_old=False)
    assert [c.name for c in await inventory.clusters(ask=False)] == ["dwh-prod"]
    assert await inventory.look(HERE) == seen
    assert looks(cloud) == 1
    clock.advance(3600)
    assert inventory.age(HERE) == Age(started_at, seen.at, is_old=True)


async def test_what_another_process_saw_serves(clock: FakeClock, cloud: FakeCloud):
    """Two that share a store look once; what was seen before somebody acted serves neither."""
    store = FakeStore(clock=clock)
    one, two = (Inventory({HERE: cloud}, store=store) for _ in range(2))
    seen = await one.look(HERE)
    clock.advance(1)
    assert await two.look(HERE) == seen
    assert looks(cloud) == 1
    assert await two.look(HERE, max_age=timedelta(0)) != seen
    assert looks(cloud) == 2


async def test_what_another_process_saw_as_this_one_began_to_look_serves(
    clock: FakeClock, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
):
    """It ended its look after this one had seen that there was none, and before this one began its own."""
    store = FakeStore(clock=clock)
    one, two = (Inventory({HERE: cloud}, store=store) for _ in range(2))
    begin = store.begin_look

    async def late(*args: Any, **how: Any) -> Any:
        monkeypatch.setattr(store, "begin_look", begin)
        await one.look(HERE)
        return await begin(*args, **how)

    monkeypatch.setattr(store, "begin_look", late)
    assert await two.look(HERE) == one.known(HERE)
    assert looks(cloud) == 1
    assert await store.begin_look(HERE, owner="three", lease=timedelta(minutes=1)) is not None


async def pass_by(clock: FakeClock, seconds: float) -> None:
    """Let time pass in steps of a fifth of a second."""
    for _ in range(round(seconds * 5)):
        clock.advance(0.2)
        for _ in range(9):
            await asyncio.sleep(0)


async def test_of_two_processes_one_looks_at_a_time(clock: FakeClock, slow: SlowCloud):
    """However long it takes: the other waits, and takes what the first has seen."""
    store = FakeStore(clock=clock)
    one, two = (Inventory({HERE: slow}, store=store) for _ in range(2))
    first = asyncio.create_task(one.look(HERE))
    await pass_by(clock, 1)
    second = asyncio.create_task(two.look(HERE, max_age=timedelta(seconds=50)))
    await pass_by(clock, 40)
    assert slow.calls.count(("asked",)) == 1
    slow.open.set()
    await pass_by(clock, 1)
    assert await second == await first
    assert looks(slow) == 1


async def test_who_needs_what_is_there_after_their_act_looks_after_the_others(clock: FakeClock, slow: SlowCloud):
    """What another process began to look at before that isn't enough."""
    store = FakeStore(clock=clock)
    one, two = (Inventory({HERE: slow}, store=store) for _ in range(2))
    first = asyncio.create_task(one.look(HERE))
    await pass_by(clock, 1)
    second = asyncio.create_task(two.look(HERE, max_age=timedelta(0)))
    await pass_by(clock, 1)
    slow.open.set()
    await pass_by(clock, 1)
    assert (await second).at > (await first).at
    assert looks(slow) == 2


async def test_a_look_that_fails_lets_the_other_process_look(clock: FakeClock, slow: SlowCloud):
    """It asks for itself, at once."""
    store = FakeStore(clock=clock)
    one, two = (Inventory({HERE: slow}, store=store) for _ in range(2))
    first = asyncio.create_task(one.look(HERE))
    await pass_by(clock, 1)
    second = asyncio.create_task(two.look(HERE))
    await pass_by(clock, 1)
    slow.failing = [CloudUnavailable("503")]
    slow.open.set()
    await pass_by(clock, 0.4)
    with pytest.raises(CloudUnavailable):
        await first
    assert (await second).clusters


async def test_a_process_that_died_as_it_looked_keeps_nobody_waiting_for_long(clock: FakeClock, cloud: FakeCloud):
    """Its lease ends by itself."""
    store = FakeStore(clock=clock)
    assert await store.begin_look(HERE, owner="dead", lease=timedelta(seconds=15)) is not None
    look = asyncio.create_task(Inventory({HERE: cloud}, store=store).look(HERE))
    await pass_by(clock, 14.8)
    assert looks(cloud) == 0
    await pass_by(clock, 0.4)
    assert (await look).clusters


async def test_nobody_waits_for_a_look_while_another_is_saved(
    clock: FakeClock, cloud: FakeCloud, monkeypatch: pytest.MonkeyPatch
):
    """A disk that takes its time delays who has looked, not who looks next."""
    store, saved = FakeStore(clock=clock), asyncio.Event()
    end = store.end_look

    async def slowly(*args: Any) -> None:
        await saved.wait()
        await end(*args)

    monkeypatch.setattr(store, "end_look", slowly)
    inventory = Inventory({HERE: cloud}, store=store)
    both = [asyncio.create_task(inventory.look(HERE, max_age=timedelta(0))) for _ in range(2)]
    await pass_by(clock, 1)
    assert looks(cloud) == 2
    assert not any(look.done() for look in both)
    saved.set()
    await asyncio.gather(*both)


async def test_a_look_that_cannot_be_saved_serves_all_the_same(clock: FakeClock, cloud: FakeCloud):
    """A full disk keeps nobody from seeing the clouds."""
    store = FakeStore(clock=clock)
    store.broken = StoreUnavailable("disk full", phrase=Phrase("database-closing"))
    inventory = Inventory({HERE: cloud}, store=store)
    assert await inventory.look(HERE) is inventory.known(HERE)
    assert store.seen == {}


async def test_a_cloud_that_nobody_looks_at_is_looked_at_every_five_minutes(clock: FakeClock, cloud: FakeCloud):
    """A look that somebody else needed counts; one that fails is repeated as late."""
    inventory = Inventory({HERE: cloud}, store=FakeStore(clock=clock))
    watching = asyncio.create_task(inventory.watch())

    async def pass_by(seconds: float) -> int:
        clock.advance(seconds)
        for _ in range(9):
            await asyncio.sleep(0)
        return looks(cloud)

    assert [await pass_by(s) for s in (0, 299, 1)] == [1, 1, 2]
    clock.advance(200)
    await inventory.look(HERE)
    assert [await pass_by(s) for s in (100, 199, 1)] == [3, 3, 4]
    cloud.failing = [CloudUnavailable("503")] * 2  # of one look
    assert [await pass_by(s) for s in (300, 299, 1)] == [5, 5, 6]
    watching.cancel()
    await asyncio.wait({watching})
