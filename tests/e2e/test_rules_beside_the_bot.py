"""A rule that an operator changes on the command line while the bot runs, in processes of their own."""

from __future__ import annotations

import pytest

from tests.harness.crowd import far_ends
from tests.harness.serving import command, serving


@pytest.mark.telling
async def test_a_rule_changed_beside_a_running_bot_holds_at_once(tmp_path, database_in):
    """The card says who changed it and what counts; where that is enough, it starts, and the record says by what."""
    async with far_ends(tmp_path, snapshot_seconds=0.2, SNAPSHOT_BOT_DATABASE=database_in(tmp_path)) as world:
        async with serving(world.environ, tmp_path) as bot:
            bea = world.user("bea").id
            assert (await command(world.environ, tmp_path, "grant", bea, "dwh-*", "--role", "approve")).code == 0
            assert (await command(world.environ, tmp_path, "rule", "dwh-*", "--approvals", "2")).code == 0
            card = await world.ask("ana", "beside-1", cluster="dwh-0")
            assert "two approvals" in card.text
            await world.approve("ben", card)
            await card.wait_for("1 of 2")
            changed = await command(world.environ, tmp_path, "rule", "dwh-*", "--approvals", "1")
            assert "two approvals by anybody who may approve → one approval by anybody who may approve" in changed.out
            await card.wait_for("Available")
            assert "Approved by @ben" in card.text
            assert "Traceback" not in bot.err
        shown = await command(world.environ, tmp_path, "audit", "show")
        assert "request.rule_changed" in shown.out
        assert "changed" in shown.out
