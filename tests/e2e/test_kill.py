"""Nothing is lost and nothing doubled, whenever the bot's process dies; the proof that the laws of storage hold."""

from __future__ import annotations

import asyncio
import random
import signal

import pytest

from bot import app
from bot.core.request import State
from tests.harness.crowd import far_ends
from tests.harness.lives import LIVES, SEED, live, rows
from tests.harness.running import sent
from tests.harness.serving import command, serving, until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(600 + 60 * LIVES)]


async def test_killed_again_and_again_nothing_is_lost_or_doubled(tmp_path, figures, engine, database_in):
    """kill -9 at eight moments, in the midst of create calls, posts and forms: each wish ends in one snapshot."""
    async with far_ends(tmp_path, SNAPSHOT_BOT_DATABASE=database_in(tmp_path)) as world:
        lives = await live(world, tmp_path, kills=LIVES or 8, seed=str(SEED), chance=random.Random(SEED))
        figures.keep("kills", f"{engine}, seed {SEED}", wrong=sum(lives.wrongs().values()), **lives.figures)
        assert not any(lives.wrongs().values()), f"seed {SEED}: {lives.wrongs()} of {lives.requests}"
        wrong = [r for r in lives.requests if r["state"] != State.AVAILABLE]
        assert not wrong, f"seed {SEED}: {wrong}"
        late = [c.text for c in world.user("ben").channel("dwh-ops").messages if "Approve" in c.buttons]
        assert not late, f"seed {SEED}: {late}"


@pytest.mark.telling
async def test_sigterm_in_the_midst_of_everything_ends_well_and_the_next_start_finishes(tmp_path, database_in):
    """A create call unanswered, a snapshot half done, a form open and one on its way: exit 0 in time, nothing lost."""
    async with far_ends(tmp_path, snapshot_seconds=1.5, SNAPSHOT_BOT_DATABASE=database_in(tmp_path)) as world:
        ana, ada = world.user("ana"), world.user("ada")
        async with serving(world.environ, tmp_path) as bot:
            half = await world.ask("ana", "half-done", cluster="dwh-0")
            await world.approve("ben", half)
            await half.wait_for("Creating")
            unanswered = await world.ask("ana", "unanswered", cluster="dwh-1")
            world.cloud.break_next("slow", on="create", seconds=30)
            await world.approve("ben", unanswered)
            await unanswered.wait_for("Sent to the cloud")
            still_open = await ana.command("/snapshot")
            await still_open.wait_for("Cluster")
            await still_open.enter("Cluster", "dwh-2")
            await still_open.wait_for("one approval")
            await still_open.enter("Name", "from-the-open-form")
            on_its_way = asyncio.create_task(ada.command_reply("/snapshot create dwh-3 on-its-way"))
            await asyncio.sleep(0)
            assert await bot.end(signal.SIGTERM) == 0
            assert "Traceback" not in bot.err
        assert world.cloud.faults.armed == ()
        accepted = not isinstance((await asyncio.gather(on_its_way, return_exceptions=True))[0], BaseException)
        before = {r["name"]: r["state"] for r in await rows(world, tmp_path)}
        assert before["half-done"] in (State.CREATING, State.AVAILABLE)
        assert before["unanswered"] in (State.SUBMITTING, State.CREATING)
        assert accepted <= ("on-its-way" in before)

        async with serving(world.environ, tmp_path):
            await world.slack.wait_for_app()
            await sent(still_open)
            third = await ana.channel("dwh-ops").wait_for("from-the-open-form")
            await world.approve("ben", third)
            for card in (half, unanswered, third):
                await card.wait_for("Available", seconds=60)
                await card.wait_for_reply("is available")
        assert sorted(s.name for s in world.cloud.project.snapshots.values()) == [
            "from-the-open-form",
            "half-done",
            "unanswered",
        ]


def test_what_sigterm_waits_for_adds_up_to_less_than_supervisors_wait():
    """They commonly kill after ten seconds; one is left for a slow machine."""
    assert app._LINGER + app._REQUESTS_GRACE + max(app.GRACE, 2 * app._ANSWERS_GRACE) <= 9


async def test_sigterm_waits_for_nothing_that_does_not_answer(tmp_path, database_in):
    """The cloud and Slack hang, and people wait: SIGTERM still ends the bot, with 0, long before they would answer."""
    settings = {"SNAPSHOT_BOT_POST_TIMEOUT_SECONDS": "300", "SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with far_ends(tmp_path, **settings) as world:
        ana, ben = world.user("ana"), world.user("ben")
        async with serving(world.environ, tmp_path) as bot:
            card = await world.ask("ana", "hangs", cluster="dwh-0")
            for method in ("users.info", "chat.update", "chat.postEphemeral", "views.open"):
                await world.slack.fault("slow", method=method, seconds=9.5, times=10)
            world.cloud.break_next("late", on="any", times=10, seconds=200)
            clicks = [
                asyncio.create_task(ben.click(card, "Approve")),
                asyncio.create_task(ana.send_command("/snapshot")),
            ]
            await asyncio.sleep(0.2)
            assert await bot.end(signal.SIGTERM) == 0
            assert "Traceback" not in bot.err
            assert (bot.events[-1]["event"], bot.events[-1]["clean"]) == ("bot.stopped", False)
            await asyncio.gather(*clicks)


async def test_sigterm_while_it_starts_is_no_failure(tmp_path):
    """Slack hangs at the start: SIGTERM ends it at once, with 0 and without a stack trace."""
    async with far_ends(tmp_path) as world:
        await world.slack.fault("slow", method="auth.test", seconds=200)
        async with serving(world.environ, tmp_path, up=False) as bot:
            assert await until(lambda: not world.slack.site.faults.waiting, seconds=60)
            assert await bot.end(signal.SIGTERM) == 0
            assert "Traceback" not in bot.err


async def test_one_bot_per_database_and_commands_beside_it(tmp_path):
    """A second `serve` on the database is refused in clear words; `grant` and `requests` work beside the first."""
    async with far_ends(tmp_path) as world, serving(world.environ, tmp_path) as first:
        async with serving(world.environ, tmp_path, up=False) as second:
            assert await second.wait() == 1
        assert f"served by another bot already (process {first.process.pid})" in second.err
        assert "Traceback" not in second.err

        cleo = world.user("cleo")
        card = await world.ask("ana", "goes-on", cluster="dwh-0")
        given = await command(world.environ, tmp_path, "grant", cleo.id, "dwh-0", "--role", "approve")
        assert (given.code, given.out) == (0, f"{cleo.id} (@cleo) may approve on dwh-0\n")
        await world.approve("cleo", card)
        await card.wait_for("Available", seconds=60)
        (row,) = await rows(world, tmp_path)
        assert (row["name"], row["state"], row["decided_by"]) == ("goes-on", State.AVAILABLE, cleo.id)
        assert (await first.get("/healthz")).status_code == 200
