"""Three replicas under load, each out of action in another way, and their server, too: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.worker import Pace
from tests.harness.crowd import People, at_it, far_ends
from tests.harness.figures import Figures
from tests.harness.lives import LIVES, LONG_FORM, SEED, Lives, Made, fulfilled, rows, told_of
from tests.harness.pooler import pooled
from tests.harness.relay import Relay, relayed
from tests.harness.serving import command, serving, until
from tests.harness.standby import Pair

pytestmark = [
    pytest.mark.kill,
    pytest.mark.timeout(600 + 60 * LIVES),
    LONG_FORM,
]
LONGER_THAN_A_LEASE = Pace().lease + 3.0


@dataclass(frozen=True)
class Reached:
    """A server and its standby as the replicas reach them: two by *url*, one by *apart*, which *cut* can be cut off."""

    pair: Pair
    url: str
    apart: str
    cut: Relay
    between: tuple[Relay, ...]  # what leads to the server by one address

    async def fail_over(self) -> None:
        """Let the server die, its standby take its place, and what leads to it lead there."""
        self.pair.primary.kill()
        await asyncio.to_thread(self.pair.promote)
        for relay in self.between:
            relay.lead(self.pair.standby.port)


@asynccontextmanager
async def reached(pair: Pair, pooler: Path | None) -> AsyncIterator[Reached]:
    """Lead to *pair*: by a URL with both hosts and by a relay, or where there is a *pooler* through it alone."""
    primary = pair.primary
    if pooler is None:
        async with relayed(primary.port) as relay:
            apart = primary.url("shared").replace(f":{primary.port}/", f":{relay.port}/")
            yield Reached(pair, pair.url("shared"), apart, relay, (relay,))
        return
    async with relayed(primary.port) as behind:
        with pooled(pooler, primary, leading_to=behind.port) as port:
            async with relayed(port) as relay:
                url, apart = (primary.url("shared").replace(f":{primary.port}/", f":{p}/") for p in (port, relay.port))
                yield Reached(pair, url, apart, relay, (behind,))


@pytest.mark.parametrize("behind_a_pooler", [False, True], ids=["by themselves", "behind a pooler"])
async def test_whatever_becomes_of_three_replicas_each_wish_is_done_once(
    tmp_path: Path,
    postgres_pair: Pair,
    pgbouncer: Path,
    behind_a_pooler: bool,
    figures: Figures,
):
    """One is killed, one stopped for longer than its lease, one cut off; the server restarts, then its standby has to.

    Without a word from anybody, and nobody starts any of the replicas again.
    """
    took = list[float]()
    async with (
        reached(postgres_pair, pgbouncer if behind_a_pooler else None) as servers,
        far_ends(tmp_path, SNAPSHOT_BOT_DATABASE=servers.url) as world,
    ):
        chance, made = random.Random(SEED), Made()
        people = People(world, chance)

        async def wishes(count: int) -> None:
            """Have so many more wishes accepted, approved as they come, and brought to their end."""
            took.append(round(await fulfilled(world, tmp_path, people, count), 1))

        with made.by(world.cloud):
            async with (
                at_it(people),
                serving(world.environ, tmp_path) as killed,
                serving(world.environ, tmp_path) as stopped,
                serving(world.environ | {"SNAPSHOT_BOT_DATABASE": servers.apart}, tmp_path) as cut_off,
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
                servers.cut.cut()
                meanwhile = asyncio.create_task(wishes(3))
                await asyncio.sleep(LONGER_THAN_A_LEASE)
                servers.cut.join()
                await meanwhile
                await wishes(2)
                postgres_pair.primary.stop(at_once=True)
                postgres_pair.primary.start()
                await wishes(3)
                for _ in range(3):
                    people.wanted.release()
                await until(lambda: len(people.accepted) >= 23, seconds=60)
                await servers.fail_over()
                await wishes(3)
                assert [e["exception"][-400:] for e in (*stopped.events, *cut_off.events) if "exception" in e] == []
        told = told_of(world.user("ben").channel("dwh-ops").messages)
        lives = Lives(str(SEED), people.accepted, await rows(world, tmp_path), made, told, Counter(killed=1), Counter())
        figures.keep(
            "three replicas, each out of action, and their server",
            f"{'behind a pooler' if behind_a_pooler else 'by themselves'}, seed {SEED}",
            wrong=sum(lives.wrongs().values()),
            **lives.figures,
            longest_batch_s=max(took),
        )
        assert not any(lives.wrongs().values()), f"seed {SEED}: {lives.wrongs()} of {lives.requests}"
        assert (await command(world.environ, tmp_path, "audit", "verify")).code == 0
