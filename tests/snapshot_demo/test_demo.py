"""`snapshot-bot demo` with a real end: what is simulated stays simulated, and who plays can play."""

from __future__ import annotations

import asyncio
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import yaml

from bot.core.errors import ConfigError
from dws_sandbox import DwsSimulator
from slack_sandbox import App, Sandbox
from snapshot_demo.play import play
from tests.harness.serving import surroundings
from tests.harness.unhurried import UNHURRIED


@pytest.fixture
async def cloud() -> AsyncIterator[DwsSimulator]:
    """A cloud that stands for a real one."""
    async with DwsSimulator(snapshot_seconds=0.5) as running:
        yield running


@pytest.fixture
async def slack() -> AsyncIterator[Sandbox]:
    """A Slack that stands for a real one."""
    async with Sandbox(App(events=("app_home_opened", "user_change")), **UNHURRIED) as running:
        yield running


@asynccontextmanager
async def playing(environ: Mapping[str, str], slack: Sandbox, *, cloud: str) -> AsyncIterator[None]:
    """Run the demo against *slack* as its real Slack, until the block ends."""
    demo = asyncio.create_task(play(environ, stay=True, story=False, slack="real", cloud=cloud, port=0))
    try:
        connected = asyncio.create_task(slack.wait_for_app())
        await asyncio.wait({demo, connected}, return_when=asyncio.FIRST_COMPLETED)
        if demo.done():
            connected.cancel()
            await demo
        await connected
        yield
    finally:
        demo.cancel()
        await asyncio.gather(demo, return_exceptions=True)


def of_slack(slack: Sandbox, **more: str) -> dict[str, str]:
    """Return what an operator's environment says of *slack*."""
    return {
        "SLACK_BOT_TOKEN": slack.app.bot_token,
        "SLACK_APP_TOKEN": slack.app.app_token,
        "SLACK_API_URL": slack.api_url,
        "SNAPSHOT_BOT_CHANNEL": slack.site.workspace.channel("dwh-ops").id,
        "SNAPSHOT_BOT_ADMINS": f"{slack.user('ana').id}, {slack.user('ben').id}",
        **more,
    }


async def test_the_admins_play_in_a_real_slack(slack: Sandbox):
    """With a real Slack those whom the settings name as admins may ask and approve; the cloud is the simulated one."""
    async with playing(of_slack(slack), slack, cloud="simulator"):
        ana, ben = slack.user("ana"), slack.user("ben")
        form = await ana.command("/snapshot")
        await form.fill(Cluster="dwh-prod", Name="in-the-demo")
        assert not (await form.submit()).errors
        card = await ben.channel("dwh-ops").wait_for("in-the-demo")
        reply = ""
        async with asyncio.timeout(60):
            while not reply.startswith("Already approved by"):  # who one is may not be known in time on a busy machine
                reply = (await ben.click_for_reply(card, "Approve")).text


async def test_a_simulated_cloud_is_never_the_real_one(
    slack: Sandbox, cloud: DwsSimulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Clouds that the environment and clouds.yaml name for `serve` are not asked by a demo with the simulator."""
    auth = {
        "auth_url": cloud.auth_url,
        "username": cloud.username,
        "password": cloud.password,
        "user_domain_name": cloud.domain,
        "project_name": cloud.project_name,
    }
    clouds = {"clouds": {"prod": {"auth": auth, "region_name": cloud.region}}}
    (tmp_path / "clouds.yaml").write_text(yaml.safe_dump(clouds))
    monkeypatch.chdir(tmp_path)
    environ = of_slack(slack, SNAPSHOT_BOT_CLOUDS="prod", OS_CLOUD="prod", **cloud.env())
    async with playing(environ, slack, cloud="simulator"):
        form = await slack.user("ana").command("/snapshot")
        assert await form.search("Cluster", "dwh-prod") == ["dwh-prod"]
    assert cloud.calls.all == ()


async def test_a_real_cloud_is_asked_where_that_is_wanted(slack: Sandbox, cloud: DwsSimulator):
    """`--cloud real` takes the cloud of the environment."""
    async with playing(of_slack(slack, **cloud.env()), slack, cloud="real"):
        form = await slack.user("ana").command("/snapshot")
        assert await form.search("Cluster", "dwh-prod") == ["dwh-prod"]
    assert cloud.calls.all != ()


@pytest.mark.parametrize(
    ("without", "words"),
    [
        ({"SNAPSHOT_BOT_ADMINS": ""}, "Set SNAPSHOT_BOT_ADMINS to your Slack user id"),
        ({"SLACK_APP_TOKEN": "", "SLACK_SIGNING_SECRET": "0" * 32}, "by Socket Mode only: set SLACK_APP_TOKEN"),
    ],
)
async def test_a_demo_that_nobody_could_play_says_what_is_missing(slack: Sandbox, without: dict[str, str], words: str):
    """Without players, or with no way for Slack to reach the bot, the demo doesn't start."""
    with pytest.raises(ConfigError, match=words):
        async with playing(of_slack(slack, **without), slack, cloud="simulator"):
            pass


def folders(below: Path) -> list[Path]:
    """Return what a demo keeps its database in."""
    return list(below.glob("snapshot-bot-demo-*"))


async def test_a_signal_leaves_nothing_behind(tmp_path: Path):
    """SIGTERM in the middle of the story: every part is closed, and the folder with the database is removed."""
    environ = surroundings({"TMPDIR": str(tmp_path)}, tmp_path)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "demo", env=environ, stdout=PIPE, stderr=PIPE
    )
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        while "/snapshot" not in (line := (await process.stdout.readline()).decode()):
            assert line
        assert len(folders(tmp_path)) == 1
        process.terminate()
        async with asyncio.timeout(60):
            assert await process.wait() == 143
        assert "Traceback" not in (await process.stderr.read()).decode()
        assert folders(tmp_path) == []
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
