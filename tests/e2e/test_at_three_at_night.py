"""What an operator who is woken asks a running bot: each question has its place in /status and in /metrics."""

from __future__ import annotations

import asyncio
import signal
from datetime import datetime

import pytest

from bot.app import running
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.slack.door import deliveries
from slack_sandbox.people import TEAM
from tests.harness.running import World, a_world, started
from tests.harness.scraped import samples
from tests.harness.serving import serving


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path, snapshot_seconds=3600) as world:
        yield world


async def status(world: World):
    """Return what /status says."""
    return (await world.get("/status")).json()


async def until(world: World, ready, *, seconds: float = 10):
    """Ask /status until *ready* says so, and return the answer."""
    async with asyncio.timeout(seconds):
        while not ready(report := await status(world)):  # noqa: ASYNC110 -- over HTTP, where nobody tells
            await asyncio.sleep(0.05)
        return report


async def test_which_bot_it_is(world, tmp_path):
    """Version, database file, workspace, clouds, and whether Slack comes by a socket."""
    report = await status(world)
    assert report["database"]["place"] == f"sqlite:///{tmp_path}/bot.db"
    assert (report["database"]["hears_others"], report["database"]["oldest_transaction_seconds"]) == (None, None)
    assert report["slack"]["workspace"]["id"] == TEAM
    assert report["slack"]["mode"] == "socket"
    assert list(report["clouds"]) == ["default"]
    assert datetime.fromisoformat(report["started"]).tzinfo is not None


async def test_the_socket_and_the_token_are_told_apart(world):
    """A socket that is gone says since when; the token of the Web API is another matter."""
    world.slack.app.app_token = "xapp-revoked"
    await world.slack.fault("socket_drop")
    report = await until(world, lambda r: not r["slack"]["connection"]["ok"])
    assert report["slack"]["token"]["ok"]
    shown = samples((await world.get("/metrics")).text)
    assert shown["snapshot_bot_dependency_ok{cloud=,dependency=slack_connection}"] == 0
    assert shown["snapshot_bot_dependency_ok{cloud=,dependency=slack_token}"] == 1


async def test_which_snapshot_and_which_call_of_the_clouds(world):
    """A request in the cloud shows the snapshot's id and the cloud's own id of the create call, for its support."""
    card = await world.ask("ana", "before-42")
    oldest = (await status(world))["oldest"]
    assert oldest["waiting"]["since"]
    assert oldest["in_cloud"]["since"] is None
    await world.approve("ben", card)
    report = await until(world, lambda r: any(q["snapshot_id"] for q in r["running"]))
    (running_one,) = report["running"]
    (made,) = [s for s in world.cloud.project.snapshots.values() if s.name == "before-42"]
    assert (running_one["state"], running_one["snapshot_id"]) == ("CREATING", made.id)
    assert running_one["cloud_request_id"]
    assert running_one["last_failed"] is None
    assert report["oldest"]["in_cloud"]["seconds"] >= 0
    assert "ana" not in str(report).lower().replace("canary", "")
    assert world.user("ana").id not in str(report)


async def test_which_call_of_the_clouds_failed(world):
    """While a request waits for a cloud that fails, the cloud's id of the failing call is there."""
    card = await world.ask("ana", "before-42")
    world.cloud.break_next("server_error", on="any", times=1000)
    await world.approve("ben", card)
    report = await until(world, lambda r: any(q["last_failed"] and q["hold"] for q in r["running"]))
    (waits,) = report["running"]
    assert waits["hold"] == "cloud"
    assert waits["last_failed"]["cloud_request_id"]
    assert waits["last_failed"]["cloud_request_id"] in waits["last_failed"]["error"]


async def test_how_answers_to_people_go(world):
    """How slow they are, how many failed, and when the last did; a rule's no is no failure."""
    await world.user("dan").send_command("/snapshot create dwh-prod before-42")
    report = await until(world, lambda r: sum(r["answers"]["newest"].values()) == 1)
    assert report["answers"]["last_failed"] is None
    await world.slack.fault("error", method="views.open", error="view_too_large")
    await world.user("ana").send_command("/snapshot")
    answers = (await until(world, lambda r: r["answers"]["last_failed"]))["answers"]
    assert answers["newest"]["not_shown"] == 1
    assert answers["last_failed"]["kind"] == "command"
    assert answers["slowest_seconds"] >= answers["median_seconds"] > 0
    shown = samples((await world.get("/metrics")).text)
    assert shown["snapshot_bot_answers_total{kind=command,outcome=not_shown}"] == 1
    assert shown["snapshot_bot_calls_total{far_end=slack,method=views.open,outcome=refused}"] == 1


async def test_every_series_exists_from_the_start(world):
    """A counter that begins at its first event has no rate: all labels are there before anything happened."""
    shown = samples((await world.get("/metrics")).text)
    for name in (
        "snapshot_bot_transitions_total{event=Asked}",
        "snapshot_bot_transitions_total{event=Approved}",
        "snapshot_bot_transitions_total{event=Finished}",
        "snapshot_bot_answer_seconds_count{kind=block_actions}",
        "snapshot_bot_answers_total{kind=command,outcome=failed}",
        "snapshot_bot_calls_total{far_end=default,method=create_snapshot,outcome=failed}",
        "snapshot_bot_call_seconds_count{far_end=slack,method=chat.postMessage}",
        "snapshot_bot_snapshot_seconds_count{cloud=default}",
        "snapshot_bot_messages_total{kind=card,outcome=sent}",
        "snapshot_bot_cloud_errors_total{cloud=default,error=CloudLoginRefused}",
    ):
        assert shown[name] == 0, name
    assert shown["process_resident_memory_bytes{}"] > 0
    assert shown["snapshot_bot_calls_total{far_end=default,method=login,outcome=ok}"] == 1
    assert shown["snapshot_bot_calls_total{far_end=slack,method=auth.test,outcome=ok}"] >= 1


async def test_no_series_begins_later(world):
    """Whatever happens in a request's life, no label comes up that wasn't there, so that their number is bounded."""
    before = set(samples((await world.get("/metrics")).text))
    world.cloud.break_next("server_error", on="any", times=2)
    card = await world.ask("ana", "before-42")
    await world.approve("ben", card)
    await until(world, lambda r: any(q["snapshot_id"] for q in r["running"]))
    await world.user("dan").send_command("/snapshot")
    after = samples((await world.get("/metrics")).text)
    assert set(after) - before == set()
    assert after["snapshot_bot_transitions_total{event=Approved}"] == 1
    assert after["snapshot_bot_calls_total{far_end=default,method=create_snapshot,outcome=ok}"] == 1
    assert after["snapshot_bot_calls_total{far_end=slack,method=chat.postMessage,outcome=ok}"] >= 1
    assert after["snapshot_bot_answer_seconds_count{kind=view_submission}"] == 1


async def test_whether_it_stopped_cleanly(tmp_path):
    """Stopped by SIGTERM, then killed: the next start knows each, and the log says what wasn't clean."""
    async with a_world(tmp_path, start=False) as world:
        async with serving(world.environ, tmp_path) as bot:
            assert (await bot.get("/status")).json()["last_stop"] is None
            assert await bot.end(signal.SIGTERM) == 0
        async with serving(world.environ, tmp_path) as bot:
            assert (await bot.get("/status")).json()["last_stop"]["clean"] is True
            assert samples((await bot.get("/metrics")).text)["snapshot_bot_last_stop_clean{}"] == 1
            await bot.end(signal.SIGKILL)
        async with serving(world.environ, tmp_path) as bot:
            last = (await bot.get("/status")).json()["last_stop"]
            assert (last["clean"], last["at"]) == (False, None)
            assert last["alive"]
            assert "bot.was_not_stopped_cleanly" in [e["event"] for e in bot.events]


async def test_a_start_that_fails_is_no_clean_stop(tmp_path):
    """What Slack refused at the start is seen at the next one."""
    async with a_world(tmp_path, start=False) as world:
        wrong = world.environ | {"SLACK_BOT_TOKEN": "xoxb-wrong"}
        with pytest.raises(ConfigError):
            async with running(Settings.read(wrong), wrong):
                pass
        async with started(world):
            assert (await status(world))["last_stop"]["clean"] is False


def test_the_kinds_that_are_counted_are_those_that_are_delivered():
    """The metrics know every kind of delivery by name, so that each has its series from the start."""
    from bot import metrics

    kinds = {kind.kind for kind in vars(deliveries).values() if isinstance(kind, type) and hasattr(kind, "kind")}
    assert set(metrics.DELIVERIES) == kinds
