"""Channels that hear of snapshots, with everything real: the bot, its database, Slack and the cloud."""

from __future__ import annotations

from pathlib import Path

from tests.harness.running import a_world


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
