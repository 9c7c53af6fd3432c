"""What an operator's tools ask a running bot: /healthz, /readyz and /metrics."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta

import aiohttp
import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from bot.clock import SystemClock
from bot.config import Settings
from bot.core.errors import BotError, ConfigError
from bot.core.request import State
from bot.metrics import Metrics
from bot.operations import Operations
from tests.fakes.clock import FakeClock
from tests.running import a_world


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path) as world:
        yield world


class BrokenStore:
    """A database whose disk is full."""

    async def counts(self):
        raise BotError("disk I/O error")

    async def next_due(self):
        raise BotError("disk I/O error")


class IdleStore:
    """A database with one waiting request, whose work was due a minute ago."""

    def __init__(self, clock) -> None:
        self._due = clock.now() - timedelta(minutes=1)

    async def counts(self):
        return {State.WAITING: 1}

    async def next_due(self):
        return self._due


@asynccontextmanager
async def listening(store, *, clock=None, connected=True, alive=True):
    """Serve the operations of a bot with these parts; yield a way to GET a path."""

    async def is_connected() -> bool:
        return connected

    working = asyncio.create_task(asyncio.Event().wait() if alive else asyncio.sleep(0))
    await asyncio.sleep(0.001)
    operations = Operations(
        store=store, metrics=Metrics(), clock=clock or SystemClock(), connected=is_connected, working=working
    )
    async with (
        operations.listening("127.0.0.1", 0, routes=[]) as port,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http,
    ):
        yield http.get
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


def samples(text: str) -> dict[str, float]:
    """Return what Prometheus reads out of *text*: values by name and labels."""
    return {
        f"{s.name}{{{','.join(f'{k}={v}' for k, v in sorted(s.labels.items()))}}}": s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }


async def test_a_running_bot_is_well(world):
    """/healthz and /readyz answer 200 in a word; what else is asked for isn't there."""
    assert [(r.status_code, r.text) for r in (await world.get("/healthz"), await world.get("/readyz"))] == [
        (200, "ok\n"),
        (200, "ready\n"),
    ]
    assert (await world.get("/")).status_code == 404
    assert (await world.get("/slack/events")).status_code == 404


async def test_without_a_socket_it_is_not_ready(world):
    """While Slack takes no connection /readyz says so with 503; the process itself is well."""
    world.slack.app.app_token = "xapp-revoked"
    await world.slack.fault("socket_drop")
    async with asyncio.timeout(5):
        ready = await world.get("/readyz")
        while ready.status_code == 200:
            ready = await world.get("/readyz")
    assert (ready.status_code, ready.text) == (503, "slack: no connection; the bot keeps trying\n")
    assert (await world.get("/healthz")).status_code == 200


async def test_every_reason_is_given():
    """Database and Slack both down: 503 with a line for each."""
    async with listening(BrokenStore(), connected=False) as get:
        ready = await get("/readyz")
        assert ready.status_code == 503
        assert ready.text.splitlines() == ["database: disk I/O error", "slack: no connection; the bot keeps trying"]
        metrics = await get("/metrics")
        assert (metrics.status_code, metrics.text) == (503, "database: disk I/O error\n")


async def test_a_dead_worker_is_not_well():
    """When the worker has ended, /healthz is 503, so that a supervisor starts the process anew."""
    async with listening(BrokenStore(), alive=False) as get:
        health = await get("/healthz")
        assert (health.status_code, health.text) == (503, "the worker has ended\n")


async def test_metrics_count_what_happened(world):
    """Prometheus can read them; requests by state, what happened, messages and deliveries add up."""
    before = await world.get("/metrics")
    assert before.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    first = samples(before.text)
    assert {first[f"snapshot_bot_requests{{state={state}}}"] for state in State} == {0}
    card = await world.ask("ana", "counted-1")
    await world.ask("ana", "counted-2")
    await world.approve("ben", card)
    await card.wait_for("Available", seconds=10)
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
    await card.wait_for("Available", seconds=10)
    counted = samples((await world.get("/metrics")).text)
    assert counted["snapshot_bot_cloud_errors_total{cloud=default,error=CloudUnavailable}"] == 1


async def test_overdue_work_shows():
    """Seconds since the longest due work was due, by the bot's clock; 0 where nothing is late."""
    clock = FakeClock()
    async with listening(IdleStore(clock), clock=clock) as get:
        assert samples((await get("/metrics")).text)["snapshot_bot_work_overdue_seconds{}"] == 60


async def test_it_listens_on_loopback_unless_told_otherwise(world):
    """The default address is 127.0.0.1:8080, and nothing else of the machine answers."""
    settings = Settings.read({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"})
    assert settings.address == ("127.0.0.1", 8080)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"http://127.0.0.2:{world.port}/healthz")


async def test_an_address_in_use_is_refused_in_words(world):
    """The message names the setting, the address and the fix."""
    operations = Operations(
        store=BrokenStore(), metrics=Metrics(), clock=SystemClock(), connected=None, working=asyncio.Future()
    )
    with pytest.raises(ConfigError, match=rf"SNAPSHOT_BOT_LISTEN: 127.0.0.1:{world.port} .* Choose a free port"):
        async with operations.listening("127.0.0.1", world.port, routes=[]):
            pytest.fail("it listens")
