"""What an operator's tools ask a running bot: /healthz, /readyz, /status and /metrics."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import httpx
import pytest

from bot.app import running
from bot.config import Settings
from bot.core.condition import Condition, Sharing
from bot.core.errors import ConfigError, StoreUnavailable
from bot.core.phrase import as_told
from bot.core.request import State
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.operations import Operations, listening
from bot.status import DATABASE, About, Status
from bot.troubles import Troubles
from tests.fakes.clock import FakeClock
from tests.harness.running import a_world
from tests.harness.scraped import samples

BROKEN = StoreUnavailable("disk I/O error", phrase=as_told("Nothing was saved."))


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


class BrokenStore:
    """A database whose disk is full."""

    clock = FakeClock()

    async def counts(self):
        raise BROKEN

    async def next_due(self):
        raise BROKEN

    async def oldest(self):
        raise BROKEN

    async def sharing(self):
        raise BROKEN

    async def beat(self):
        raise BROKEN


class IdleStore:
    """A database with one waiting request, whose work was due a minute ago."""

    def __init__(self, clock) -> None:
        self.clock, self._due = clock, clock.now() - timedelta(minutes=1)

    async def counts(self):
        return dict.fromkeys(State, 0) | {State.WAITING: 1}

    async def next_due(self):
        return (self._due - self.clock.now()).total_seconds()

    async def not_sent(self):
        return 0

    async def oldest(self):
        return {"waiting": self._due}

    async def sharing(self):
        return Sharing(Condition(ok=False, since=self._due, why="a pooler"), 7.0)

    async def find(self, **_):
        return []

    async def beat(self):
        return


def status_of(store, *, clock, slack=""):
    """Return what looks at these parts; *slack* is what is wrong there."""
    condition = Condition(ok=not slack, since=clock.now(), why=slack)
    return Status(
        store=store,
        inventory=Inventory({}, store=store),
        slack=lambda: condition,
        clock=clock,
        metrics=Metrics(),
        troubles=Troubles(),
        about=About("sqlite:///bot.db", "socket", clock.now()),
    )


@asynccontextmanager
async def answering(store, *, clock=None, slack="", takes=True, alive=True):
    """Serve the operations of a bot with these parts, which has started; yield them and a way to GET a path."""
    status = status_of(store, clock=clock or FakeClock(), slack=slack)
    operations = Operations(store=store, metrics=Metrics(), status=status, takes=lambda: takes)
    operations.started = True
    if not alive:
        operations.working = asyncio.create_task(asyncio.sleep(0))
        await operations.working
    async with (
        listening("127.0.0.1", 0, [*operations.probes(), *operations.reports()]) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", verify=False) as http,
    ):
        yield operations, http.get


async def test_a_running_bot_is_well(world):
    """/healthz and /readyz answer 200 in a word; what else is asked for isn't there."""
    assert [(r.status_code, r.text) for r in (await world.get("/healthz"), await world.get("/readyz"))] == [
        (200, "ok\n"),
        (200, "ready\n"),
    ]
    assert (await world.get("/")).status_code == 404
    assert (await world.get("/slack/events")).status_code == 404


async def test_what_it_depends_on_is_well(world):
    """/status is 200; each dependency says since when, and of the clouds what was seen when."""
    status = await world.get("/status")
    assert status.status_code == 200
    report = status.json()
    assert report["ok"] is True
    assert list(report["clouds"]) == ["default"]
    cloud = report["clouds"]["default"]
    for condition in (report["database"], report["slack"], cloud["login"], cloud["look"]):
        assert condition["ok"] is True
        assert condition["why"] is None
        assert datetime.fromisoformat(condition["since"]).utcoffset() == timedelta(0)
    assert datetime.fromisoformat(cloud["look"]["seen"]).utcoffset() == timedelta(0)


async def test_a_look_that_begins_as_another_ends_spoils_neither():
    """The second one's write isn't the first one's to judge: it hasn't ended yet. The bot used to end with it."""
    later: list[asyncio.Task[Any]] = []

    class BusyStore(IdleStore):
        async def beat(self):
            if not later:  # as the first write ends; run before the first look goes on
                asyncio.get_running_loop().call_soon(lambda: later.append(asyncio.create_task(status.look())))

    status = status_of(BusyStore(FakeClock()), clock=FakeClock())
    first = await status.look()
    assert [c.ok for c in (first[DATABASE], (await later[0])[DATABASE])] == [True, True]


async def test_an_outage_of_slack_leaves_it_ready(world):
    """A process that can tell people of an outage stays in service: /status says why, /readyz stays 200."""
    world.slack.app.app_token = "xapp-revoked"
    await world.slack.fault("socket_drop")
    async with asyncio.timeout(60):
        status = await world.get("/status")
        while status.status_code == 200:
            status = await world.get("/status")
    slack = status.json()["slack"]
    assert slack["ok"] is False
    async with asyncio.timeout(60):
        while "SLACK_APP_TOKEN" not in slack["why"]:
            slack = (await world.get("/status")).json()["slack"]
    assert "does not accept SLACK_APP_TOKEN (invalid_auth)" in slack["why"]
    assert "xapp-revoked" not in slack["why"]
    assert (await world.get("/readyz")).text == "ready\n"
    assert (await world.get("/healthz")).status_code == 200
    shown = samples((await world.get("/metrics")).text)
    assert shown["snapshot_bot_dependency_ok{cloud=,dependency=slack}"] == 0
    assert shown["snapshot_bot_dependency_ok{cloud=,dependency=database}"] == 1


async def test_a_cloud_that_goes_silent_is_said_with_since_when(world):
    """The cloud's login stood, its look failed: /status has both, and when it was seen last; it stays ready."""
    seen = (await world.get("/status")).json()["clouds"]["default"]["look"]["seen"]
    world.cloud.break_next("server_error", on="any", times=1000)
    form = await world.user("ana").command("/snapshot")
    assert form is not None
    async with asyncio.timeout(60):
        report = (await world.get("/status")).json()
        while report["ok"]:
            world.slack.site.workspace.clock.advance(20)  # so that a form has the cloud looked at
            await world.user("ana").command("/snapshot")
            report = (await world.get("/status")).json()
    cloud = report["clouds"]["default"]
    assert cloud["login"]["ok"] is True
    assert cloud["look"]["ok"] is False
    assert cloud["look"]["seen"] >= seen
    assert cloud["look"]["since"] > cloud["look"]["seen"]
    assert (await world.get("/readyz")).status_code == 200


async def test_every_reason_is_given():
    """Database and Slack both down: 503 with why for each, in JSON and for Prometheus; /metrics stays up."""
    async with answering(BrokenStore(), slack="no connection") as (_, get):
        status = await get("/status")
        assert status.status_code == 503
        report = status.json()
        assert report["ok"] is False
        assert report["database"]["why"] == "disk I/O error"
        assert report["slack"]["why"] == "no connection"
        metrics = await get("/metrics")
        assert metrics.status_code == 200
        shown = samples(metrics.text)
        assert shown["snapshot_bot_dependency_ok{cloud=,dependency=database}"] == 0
        since = shown["snapshot_bot_dependency_since_timestamp_seconds{cloud=,dependency=database}"]
        assert datetime.fromtimestamp(since, UTC).isoformat() == report["database"]["since"]
        assert not [name for name in shown if name.startswith("snapshot_bot_requests")]
        assert (await get("/readyz")).status_code == 200


async def test_secrets_are_not_shown():
    """What Slack or a cloud says of a value may hold it: tokens are hidden here as in the log."""
    async with answering(IdleStore(FakeClock()), slack="no good: xoxb-1234-abcd") as (_, get):
        assert (await get("/status")).json()["slack"]["why"] == "no good: [hidden]"


async def test_a_dead_worker_is_not_well():
    """When the worker has ended, /healthz is 503, so that a supervisor starts the process again."""
    async with answering(BrokenStore(), alive=False) as (_, get):
        health = await get("/healthz")
        assert (health.status_code, health.text) == (503, "the worker has ended\n")


async def test_ready_from_the_start_to_the_stop():
    """Not before the bot has started and takes deliveries, and not once it stops; it is alive all the while."""
    async with answering(IdleStore(FakeClock()), takes=False) as (operations, get):
        operations.started = False
        answers = [await get("/readyz")]
        operations.started = True
        answers.append(await get("/readyz"))
        operations._takes = lambda: True
        answers.append(await get("/readyz"))
        operations.stopping = True
        answers.append(await get("/readyz"))
        assert [(r.status_code, r.text) for r in answers] == [
            (503, "starting\n"),
            (503, "starting: Slack hasn't said yet who the bot is\n"),
            (200, "ready\n"),
            (503, "stopping\n"),
        ]
        assert (await get("/healthz")).status_code == 200


async def test_metrics_count_what_happened(world):
    """Prometheus can read them; requests by state, what happened, messages and deliveries add up."""
    before = await world.get("/metrics")
    assert before.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    first = samples(before.text)
    assert {first[f"snapshot_bot_requests{{state={state}}}"] for state in State} == {0}
    card = await world.ask("ana", "counted-1")
    await world.ask("ana", "counted-2")
    await world.approve("ben", card)
    await card.wait_for("Available", seconds=60)
    await card.wait_for_reply("is available")

    now = samples((await world.get("/metrics")).text)
    assert now["snapshot_bot_requests{state=AVAILABLE}"] == 1
    assert now["snapshot_bot_requests{state=WAITING}"] == 1
    assert now["snapshot_bot_transitions_total{event=AttemptStarted}"] == 1
    assert now["snapshot_bot_transitions_total{event=Finished}"] == 1
    assert now["snapshot_bot_messages_total{kind=card,outcome=sent}"] == 2
    assert now["snapshot_bot_messages_total{kind=result,outcome=sent}"] == 1
    assert now["snapshot_bot_deliveries_total{kind=command}"] == 2
    assert now["snapshot_bot_deliveries_total{kind=view_submission}"] == 2


async def test_errors_of_the_cloud_are_counted(world):
    """By cloud and by the error's class, so that an alert can tell a login from an outage."""
    world.cloud.break_next("server_error", on="create")
    card = await world.ask("ana", "stumbles")
    await world.approve("ben", card)
    await card.wait_for("Available", seconds=60)
    counted = samples((await world.get("/metrics")).text)
    assert counted["snapshot_bot_cloud_errors_total{cloud=default,error=CloudUnavailable}"] == 1


async def test_overdue_work_shows():
    """Seconds since the longest due work was due, by the bot's clock; 0 where nothing is late."""
    clock = FakeClock()
    async with answering(IdleStore(clock), clock=clock) as (_, get):
        assert samples((await get("/metrics")).text)["snapshot_bot_work_overdue_seconds{}"] == 60


async def test_how_a_server_that_is_shared_is_doing_shows_and_is_no_outage():
    """Whether this replica hears the others, since when and why not, and the oldest transaction; in both reports."""
    clock = FakeClock()
    async with answering(IdleStore(clock), clock=clock) as (_, get):
        status, shown = await get("/status"), samples((await get("/metrics")).text)
    minute_ago = clock.now() - timedelta(minutes=1)
    assert status.status_code == 200
    assert status.json()["database"]["hears_others"] == {
        "ok": False,
        "since": minute_ago.isoformat(),
        "why": "a pooler",
    }
    assert status.json()["database"]["oldest_transaction_seconds"] == 7.0
    assert shown["snapshot_bot_hears_replicas{}"] == 0
    assert shown["snapshot_bot_hears_replicas_since_timestamp_seconds{}"] == minute_ago.timestamp()
    assert shown["snapshot_bot_oldest_transaction_seconds{}"] == 7


async def test_it_listens_on_loopback_unless_told_otherwise(world):
    """The default address is 127.0.0.1:8080, and nothing else of the machine answers."""
    settings = Settings.read({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
    assert settings.address == ("127.0.0.1", 8080)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"http://127.0.0.2:{world.port}/healthz")


async def test_an_address_in_use_is_refused_in_words(world):
    """The message names the setting, the address and the fix."""
    for setting in ("SNAPSHOT_BOT_LISTEN", "SNAPSHOT_BOT_OPERATIONS_LISTEN"):
        with pytest.raises(ConfigError, match=rf"{setting}: 127.0.0.1:{world.port} .* Choose a free port"):
            async with listening("127.0.0.1", world.port, [], setting=setting):
                pytest.fail("it listens")


async def test_behind_the_open_door_there_is_nothing_for_operators(tmp_path):
    """In HTTP mode Slack's door is open to the world: /status and /metrics answer at their own address only."""
    async with a_world(tmp_path, http=True) as world:
        assert world.port != world.operations_port
        for path, status in (("/status", 404), ("/metrics", 404), ("/healthz", 200), ("/readyz", 200)):
            async with httpx.AsyncClient(verify=False) as http:
                outer = await http.get(f"http://127.0.0.1:{world.port}{path}")
                inner = await http.get(f"http://127.0.0.1:{world.operations_port}{path}")
            assert (outer.status_code, inner.status_code) == (status, 200), path
        async with httpx.AsyncClient() as http:
            assert (await http.post(f"http://127.0.0.1:{world.operations_port}/slack/events")).status_code == 404


@pytest.mark.parametrize(
    ("mode", "listen", "found"),
    [
        ("SLACK_APP_TOKEN", "", None),
        ("SLACK_SIGNING_SECRET", "", ("127.0.0.1", 8081)),
        ("SLACK_APP_TOKEN", "[::1]:9000", ("::1", 9000)),
        ("SLACK_SIGNING_SECRET", "0.0.0.0:9000", ("0.0.0.0", 9000)),
        ("SLACK_SIGNING_SECRET", "127.0.0.1:8080", None),  # what the others have: asked for, so done
        ("SLACK_SIGNING_SECRET", "127.0.0.1:0", ("127.0.0.1", 0)),
    ],
)
def test_where_operators_look(mode, listen, found):
    """Beside the others in Socket Mode, on loopback in HTTP mode, unless an address is set; None: beside the others."""
    secret = {"SLACK_APP_TOKEN": "xapp-1", "SLACK_SIGNING_SECRET": "0123456789abcdef" * 2}[mode]
    settings = Settings.read({"SLACK_BOT_TOKEN": "xoxb-1", mode: secret, "SNAPSHOT_BOT_OPERATIONS_LISTEN": listen})
    assert settings.operations_address == found


async def test_it_says_that_it_goes_before_it_goes(tmp_path):
    """At the end /readyz is 503 while deliveries are still taken; then the door shuts, and operators look on."""
    async with a_world(tmp_path, http=True, start=False) as world:
        settings = Settings.read(world.environ)
        async with AsyncExitStack() as stack:
            bot = await stack.enter_async_context(running(settings, world.environ, linger=30))
            world.port, world.operations_port = bot.port, bot.operations_port
            world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            assert (await world.get("/readyz")).status_code == 200
            closing = asyncio.create_task(stack.aclose())
            await asyncio.sleep(0)
            ready = await world.get("/readyz")
            assert (ready.status_code, ready.text) == (503, "stopping\n")
            reply = await world.user("ana").command_reply("/snapshot help")
            assert "What you can do now" in reply.text
            closing.cancel()
            await asyncio.gather(closing, return_exceptions=True)
