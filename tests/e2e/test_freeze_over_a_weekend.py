"""A freeze over a weekend, with everything real but the clock; and one that a shell ends beside a running bot."""

from __future__ import annotations

import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from bot.core.record import Selection
from bot.store import open_store
from slack_sandbox.sandbox import Card
from snapshot_demo.clock import MovableClock
from tests.harness.crowd import far_ends
from tests.harness.running import World, a_world, started
from tests.harness.serving import command, serving

DAY = 24 * 3600
TAKES = 40.0  # seconds for a snapshot, by the clock that is moved


async def told(world: World, who: str, name: str) -> None:
    """Wait until *who* is told in the channel that the snapshot is there."""
    await world.user(who).channel("dwh-ops").wait_for(f"@{who} your snapshot *{name}* of dwh-prod is available")


async def begun(world: World, clock: MovableClock) -> list[tuple[str, str, Card]]:
    """Let one snapshot run and three requests be held by a freeze of three days; return these."""
    running = await world.ask("ana", "running-1")
    await world.approve("ben", running)
    await running.wait_for("Creating")
    held = []
    for who, name in (("ana", "held-1"), ("ada", "held-2"), ("ana", "held-3")):
        card = await world.ask(who, name)
        await world.approve("ben", card)
        await card.wait_for("in line for dwh-prod")
        held.append((who, name, card))
    cleo = world.user("cleo")
    answer = await cleo.command_reply("/snapshot freeze dwh-prod for 3d the move of the racks")
    assert re.search(
        r"It holds 3 requests: R-\w+, R-\w+ and R-\w+\. R-\w+ runs and is followed to its end\.", answer.text
    )
    for _, _, card in held:
        await card.wait_for("frozen by @cleo until")
        assert "the move of the racks" in card.text
    clock.advance(TAKES + 1)
    await told(world, "ana", "running-1")
    return held


@pytest.mark.parametrize("is_down", [False, True], ids=["while the bot runs", "while the bot is down"])
async def test_a_weekend(tmp_path: Path, is_down: bool, database_in):
    """What runs is followed to its end; what is held goes on in turn when it is over, and each is told."""
    database = {"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with a_world(tmp_path, start=False, rate_limits=False, snapshot_seconds=TAKES, environ=database) as world:
        clock = world.slack.site.workspace.clock
        assert isinstance(clock, MovableClock)
        async with AsyncExitStack() as first:
            await first.enter_async_context(started(world))
            held = await begun(world, clock)
            clock.advance(2 * DAY)
            late = await world.ask("ada", "held-4")
            await late.wait_for("Frozen by @cleo until")
            await world.approve("bea", late)
            await late.wait_for("by @bea · frozen by @cleo until")
            held.append(("ada", "held-4", late))
            assert world.cloud.calls.count("create") == 1
            if is_down:
                await first.aclose()
                clock.advance(DAY + 7200)
                await first.enter_async_context(started(world))
            else:
                clock.advance(DAY + 60)
            for number, (who, name, card) in enumerate(held, 2):
                await card.wait_for("Creating")
                assert world.cloud.calls.count("create") == number
                for _, _, other in held[number - 1 :]:
                    await other.wait_for("in line for dwh-prod")
                clock.advance(TAKES + 1)
                await told(world, who, name)
        async with open_store(world.environ["SNAPSHOT_BOT_DATABASE"], exclusive=False) as store:
            assert (await store.verify_chain()).broken is None
            actions = [r for _, r in (await store.record_page(Selection(), skip=0, limit=999))[0]]
            assert [e.action for e in actions].count("freeze.set") == 1


async def test_a_shell_beside_the_bot_freezes_and_ends_it(tmp_path: Path, database_in):
    """In processes of their own: the bot sees it at once, and starts at once when it is ended."""
    async with far_ends(tmp_path, snapshot_seconds=0.2, SNAPSHOT_BOT_DATABASE=database_in(tmp_path)) as world:
        async with serving(world.environ, tmp_path) as bot:

            async def run(*args: str, code: int = 0) -> str:
                done = await command(world.environ, tmp_path, *args)
                assert done.code == code, done
                return done.out if code == 0 else done.err

            said = await run("freeze", "dwh-*", "the move", "--until", "2099-12-31 18:00")
            assert "dwh-* (now: 6 clusters, " in said
            assert "frozen until 2099-12-31 18:00 (UTC): the move (requests wait; F-" in said
            card = await world.ask("ana", "beside-1", cluster="dwh-0")
            await card.wait_for("on the command line until")
            await world.approve("ben", card)
            await card.wait_for("by @ben · frozen by")
            (line,) = [line for line in (await run("freezes")).splitlines() if "the move" in line]
            assert "dwh-*" in line
            assert "the move" in await run("unfreeze", "dwh-*")
            await card.wait_for("Available")
            assert "No freeze of dwh-* is on." in await run("unfreeze", "dwh-*", code=1)
            assert "Traceback" not in bot.err
        assert "Nothing is frozen." in await run("freezes")
        assert '"ended_by": "cli:' in await run("freezes", "--all", "--json")
