"""Channels that hear of snapshots, with everything real: the bot, its database, Slack and the cloud."""

from __future__ import annotations

from pathlib import Path

from dws_sandbox.project import Twist
from snapshot_demo.clock import MovableClock
from tests.harness.running import World, a_world, started


async def test_another_channel_hears_that_a_snapshot_is_made(tmp_path: Path, database_in):
    """Once, while the card's own channel has the result."""
    database = {"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with a_world(tmp_path, environ=database, snapshot_seconds=0.2) as world:
        ana = world.user("ana")
        await ana.command_reply("/snapshot notify C0GENERAL dwh-prod")
        card = await world.ask("ana", "heard-1")
        await world.approve("ben", card)
        await card.wait_for("Available")
        heard = await ana.channel("general").wait_for("*heard-1*", seconds=30)
        assert "@ana asked for it" in heard.text
        assert len(ana.channel("general").messages) == 1


def make_elsewhere(world: World, name: str) -> str:
    """Make a snapshot of dwh-prod in the cloud's console; return its id."""
    project = world.cloud.project
    prod = next(c.id for c in project.clusters.values() if c.name == "dwh-prod")
    return project.create_snapshot({"name": name, "cluster_id": prod}, Twist()).id


async def test_what_others_do_in_the_cloud_is_noticed_within_five_minutes(tmp_path: Path, database_in):
    """By the look that is made anyway: two calls each; once, also where the bot is started again meanwhile."""
    database = {"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with a_world(tmp_path, start=False, rate_limits=False, environ=database, snapshot_seconds=1) as world:
        clock = world.slack.site.workspace.clock
        assert isinstance(clock, MovableClock)
        general = world.user("ana").channel("general")
        async with started(world):
            await world.user("ana").command_reply("/snapshot notify C0GENERAL dwh-prod all")
            looks = world.cloud.calls.count("list_snapshots")
            snapshot = make_elsewhere(world, "console-1")
            clock.advance(300)
            heard = await general.wait_for("*console-1* of dwh-prod is available.", seconds=30)
            assert heard.text.endswith("It was made outside the bot.")
            assert world.cloud.calls.count("list_snapshots") - looks <= 2
        world.cloud.project.delete_snapshot(snapshot)
        make_elsewhere(world, "console-2")
        clock.advance(3600)
        async with started(world):
            await general.wait_for("*console-1* of dwh-prod is gone from the cloud.", seconds=30)
            await general.wait_for("*console-2* of dwh-prod is available.", seconds=30)
            clock.advance(300)
        async with started(world):
            clock.advance(300)
        assert len(general.messages) == 3
