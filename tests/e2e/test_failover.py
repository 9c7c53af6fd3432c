"""The server of a running bot dies, and its standby takes its place: nothing that was accepted is lost or doubled."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter

import pytest

from tests.harness.crowd import People, at_it, far_ends
from tests.harness.lives import LONG_FORM, SEED, Lives, Made, fulfilled, rows, told_of
from tests.harness.serving import command, serving, until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300), LONG_FORM]
AWAY = "the bot's database can't be used just now"


async def test_a_bot_goes_on_when_its_standby_is_the_primary(tmp_path, postgres_pair, figures):
    """Nobody starts it again; while there is no server who asks hears that nothing was saved, and asks once more."""
    url, chance, made = postgres_pair.url("shared"), random.Random(SEED), Made()
    async with far_ends(tmp_path, SNAPSHOT_BOT_DATABASE=url) as world:
        people = People(world, chance)
        with made.by(world.cloud):
            async with serving(world.environ, tmp_path) as bot, at_it(people):
                await world.slack.wait_for_app()
                await fulfilled(world, tmp_path, people, 2)
                for _ in range(3):  # so that some are under way
                    people.wanted.release()
                assert await until(lambda: len(people.accepted) >= 3, seconds=60), people.trying
                postgres_pair.primary.kill()
                ada = world.user("ada")
                heard = ""
                async with asyncio.timeout(60):
                    while AWAY not in heard:
                        heard = (await ada.command_reply("/snapshot create dwh-0 too-early")).text
                began, before = time.monotonic(), len(people.accepted)
                await asyncio.to_thread(postgres_pair.promote)
                people.wanted.release()
                assert await until(lambda: len(people.accepted) > before, seconds=120), people.trying
                took = time.monotonic() - began
                await fulfilled(world, tmp_path, people, 2)
                assert [e["exception"][-400:] for e in bot.events if "exception" in e] == []
                assert (await bot.get("/status")).json()["database"]["ok"]
        told = told_of(world.user("ben").channel("dwh-ops").messages)
        lives = Lives(str(SEED), people.accepted, await rows(world, tmp_path), made, told, Counter(server=1), Counter())
        again = {"accepted_again_after_s": round(took, 1)}
        figures.keep("failover", f"seed {SEED}", wrong=sum(lives.wrongs().values()), **lives.figures, **again)
        assert not any(lives.wrongs().values()), f"seed {SEED}: {lives.wrongs()} of {lives.requests}"
        assert (await command(world.environ, tmp_path, "audit", "verify")).code == 0
