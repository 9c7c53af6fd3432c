"""What /status knows: what is well, since when, and why not, without asking a far end; on a clock that stands still."""

from __future__ import annotations

import asyncio
import gc
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.core.condition import Condition
from bot.core.errors import CloudForbidden, CloudLoginRefused, CloudUnavailable, StoreUnavailable
from bot.core.phrase import as_told
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.status import DATABASE, LOGIN, LOOK, SLACK, About, Status
from bot.troubles import Troubles
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.store import FakeStore

FULL = StoreUnavailable(
    "database: database or disk is full. Free some space on its disk.", phrase=as_told("Nothing was saved.")
)


class Bench:
    """A status over fakes."""

    def __init__(self, *, patience: float = 3.0) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(clock=self.clock)
        self.cloud = FakeCloud(self.clock)
        self.inventory = Inventory({self.cloud.name: self.cloud}, store=self.store)
        self.slack = Condition(ok=True, since=self.clock.now())
        self.status = Status(
            store=self.store,
            inventory=self.inventory,
            slack=lambda: self.slack,
            clock=self.clock,
            metrics=Metrics(),
            troubles=Troubles(),
            about=About("sqlite:///bot.db", "socket", self.clock.now()),
            patience=patience,
        )

    async def look(self, what: tuple[str, str]) -> Condition:
        """Return how *what* is now."""
        return (await self.status.look())[what]


async def test_since_is_when_it_changed():
    """However often it is asked: failing since the first write that failed, well since the first that worked again."""
    bench = Bench()
    start = bench.clock.now()
    assert await bench.look(DATABASE) == Condition(ok=True, since=start)
    bench.clock.advance(60)
    bench.store.broken = FULL
    for _ in range(3):
        assert await bench.look(DATABASE) == Condition(ok=False, since=start + timedelta(seconds=60), why=str(FULL))
        bench.clock.advance(10)
    bench.store.broken = None
    assert await bench.look(DATABASE) == Condition(ok=True, since=start + timedelta(seconds=90))


async def test_each_look_writes():
    """A read doesn't show that something can be saved."""
    bench = Bench()
    for seconds in (0, 7):
        bench.clock.advance(seconds)
        await bench.status.look()
        assert bench.store.beaten_at == bench.clock.now()


async def test_a_write_that_hangs_is_no_proof_and_none_is_piled_on_it(monkeypatch: pytest.MonkeyPatch):
    """Failing since it began; one write at most waits, however often somebody asks; its end is the next answer."""
    bench, go_on, begun = Bench(patience=0.01), asyncio.Event(), []

    async def hang() -> None:
        begun.append(1)
        await go_on.wait()

    monkeypatch.setattr(bench.store, "beat", hang)
    start = bench.clock.now()
    for _ in range(3):
        condition = await bench.look(DATABASE)
        assert condition == Condition(ok=False, since=start, why="a write has waited for more than 0.01 s")
        bench.clock.advance(5)
    assert len(begun) == 1
    go_on.set()
    await asyncio.sleep(0)
    assert (await bench.look(DATABASE)).ok


async def test_a_write_that_fails_after_nobody_waited_for_it_is_no_complaint_of_the_loop(monkeypatch):
    """What came of it is the next answer's, and asyncio's "never retrieved" with a traceback nobody's."""
    bench, go_on, complaints = Bench(patience=0.01), asyncio.Event(), []

    async def hang() -> None:
        await go_on.wait()
        raise FULL

    asyncio.get_running_loop().set_exception_handler(lambda _, about: complaints.append(about))
    monkeypatch.setattr(bench.store, "beat", hang)
    assert not (await bench.look(DATABASE)).ok
    go_on.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del bench
    gc.collect()
    assert complaints == []


async def test_a_mistake_of_ours_is_red_and_in_the_log_not_the_end(monkeypatch: pytest.MonkeyPatch):
    """Whatever the write trips over: the bot goes on, and somebody can see it."""
    bench = Bench()

    async def trip() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.store, "beat", trip)
    with capture_logs() as logged:
        condition = await bench.look(DATABASE)
    assert (condition.ok, condition.why) == (False, "a write failed: ZeroDivisionError")
    assert "status.write_failed" in [e["event"] for e in logged]


async def test_a_change_is_told_to_the_log_once():
    """Each time that something fails, and each time that it is well again."""
    bench = Bench()
    with capture_logs() as logged:
        for broken in (None, None, FULL, FULL, None, None):
            bench.store.broken = broken
            await bench.status.look()
    told = [(e["ok"], e["log_level"]) for e in logged if e.get("dependency") == "database"]
    assert told == [(False, "error"), (True, "info")]


@pytest.mark.parametrize(
    ("error", "login"),
    [
        (CloudLoginRefused("POST /v3/auth/tokens: 401"), False),
        (CloudForbidden("GET /v1.0/p/snapshots: 403", status=403), True),
        (CloudUnavailable("GET /v1.0/p/snapshots: 503"), True),
    ],
    ids=lambda v: type(v).__name__,
)
async def test_a_look_that_fails_says_whether_the_login_does(error: Exception, login: bool):
    """A refused login is another operator's move than a missing permission or an outage; each since the first look."""
    bench, name = Bench(), None
    name = bench.cloud.name
    await bench.inventory.look(name)
    seen = bench.clock.now()
    assert (await bench.look((LOOK, name))).ok
    bench.clock.advance(100)
    bench.cloud.failing = [error] * 4
    for _ in range(2):
        with pytest.raises(type(error)):
            await bench.inventory.look(name)
        bench.clock.advance(50)
    found = await bench.status.look()
    assert found[LOOK, name] == Condition(ok=False, since=seen + timedelta(seconds=100), why=str(error))
    assert found[LOGIN, name].ok is login
    report = await bench.status.report()
    assert report["ok"] is False
    assert report["clouds"][name]["look"]["seen"] == seen.isoformat()


async def test_a_cloud_that_nobody_has_seen_is_not_well():
    """Nothing is known of its login either; no far end is asked for the sake of an answer."""
    bench = Bench()
    found = await bench.status.look()
    assert found[LOGIN, bench.cloud.name].why == "nobody has looked yet"
    assert found[LOOK, bench.cloud.name].why == "nobody has looked yet"
    assert bench.cloud.calls == []


async def test_slacks_condition_is_told_as_it_is():
    """Slack's edge knows since when; it is not asked."""
    bench = Bench()
    bench.slack = Condition(ok=False, since=bench.clock.now() - timedelta(hours=1), why="no connection")
    assert await bench.look(SLACK) == bench.slack


async def test_it_looks_by_itself():
    """Every ten seconds, so that since when is right though nobody asks."""
    bench = Bench()
    watching = asyncio.create_task(bench.status.watch())
    while bench.clock.wakes_at is None:  # noqa: ASYNC110 -- the clock tells nobody that somebody sleeps on it
        await asyncio.sleep(0)
    bench.store.broken = FULL
    began = bench.clock.now()
    bench.clock.advance(10)
    while DATABASE not in bench.status._last or bench.status._last[DATABASE].ok:  # noqa: ASYNC110 -- as above
        await asyncio.sleep(0)
    bench.clock.advance(600)
    watching.cancel()
    assert (await bench.look(DATABASE)).since == began + timedelta(seconds=10)
