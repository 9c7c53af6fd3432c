"""Three replicas under load, each out of action in another way, and the server restarted: nothing lost or doubled."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.worker import Pace
from tests.harness.crowd import People, at_it, far_ends
from tests.harness.lives import LIVES, LONG_FORM, SEED, Lives, Made, fulfilled, rows, told_of
from tests.harness.postgres_server import PostgresServer, served
from tests.harness.relay import relayed
from tests.harness.serving import serving, until

pytestmark = [
    pytest.mark.kill,
    pytest.mark.timeout(600 + 60 * LIVES),
    LONG_FORM,
]
LONGER_THAN_A_LEASE = Pace().lease + 3.0
DURABLE = ("fsync=on", "full_page_writes=on", "synchronous_commit=on")


@pytest.fixture
def durable(postgres_binaries: Path) -> Iterator[tuple[PostgresServer, str]]:
    """Run a server that keeps what it has acknowledged, with a database of its own."""
    with served(postgres_binaries, *DURABLE) as server, server.database() as url:
        yield server, url


async def test_whatever_becomes_of_three_replicas_each_wish_is_done_once(tmp_path, durable, capsys):
    """One is killed, one stopped for longer than its lease, one cut off, and the server dies and comes back."""
    (server, url), took = durable, list[float]()
    async with relayed(server.port) as relay, far_ends(tmp_path, SNAPSHOT_BOT_DATABASE=url) as world:
        chance, made = random.Random(SEED), Made()
        people = People(world, chance)
        apart = world.environ | {"SNAPSHOT_BOT_DATABASE": url.replace(f":{server.port}/", f":{relay.port}/")}

        async def wishes(count: int) -> None:
            """Have so many more wishes accepted, approved as they come, and brought to their end."""
            took.append(round(await fulfilled(world, tmp_path, people, count), 1))

        with made.by(world.cloud):
            async with (
                at_it(people),
                serving(world.environ, tmp_path) as killed,
                serving(world.environ, tmp_path) as stopped,
                serving(apart, tmp_path) as cut_off,
            ):
                await world.slack.wait_for_app()
                await wishes(3)
                for _ in range(3):
                    people.wanted.release()
                await until(lambda: len(people.accepted) >= 4, seconds=60)
                assert await killed.end(signal.SIGKILL) == -signal.SIGKILL
                await wishes(3)
                stopped.process.send_signal(signal.SIGSTOP)
                meanwhile = asyncio.create_task(wishes(3))
                await asyncio.sleep(LONGER_THAN_A_LEASE)
                stopped.process.send_signal(signal.SIGCONT)
                await meanwhile
                await wishes(2)
                relay.cut()
                meanwhile = asyncio.create_task(wishes(3))
                await asyncio.sleep(LONGER_THAN_A_LEASE)
                relay.join()
                await meanwhile
                await wishes(2)
                server.stop(at_once=True)
                server.start()
                await wishes(3)
                assert [e["exception"][-400:] for e in (*stopped.events, *cut_off.events) if "exception" in e] == []
        told = told_of(world.user("ben").channel("dwh-ops").messages)
        lives = Lives(str(SEED), people.accepted, await rows(world, tmp_path), made, told, Counter(killed=1), Counter())
    with capsys.disabled():
        print(f"\n{lives}; seconds for each batch of wishes: {took}")  # noqa: T201 -- for every run to show
    assert not any(lives.wrongs().values()), f"seed {SEED}: {lives.wrongs()} of {lives.requests}"
