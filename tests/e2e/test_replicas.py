"""Two processes serve one database, as replicas do: together they do each thing once, and one is enough."""

from __future__ import annotations

import signal
from collections import Counter
from functools import partial

import pytest

from bot.store import open_store
from tests.harness.crowd import CLUSTERS, far_ends
from tests.harness.lives import LONG_FORM, all_final, rows, told_of
from tests.harness.pooler import pooled
from tests.harness.serving import Serving, command, serving, until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(300)]


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGKILL], ids=["stopped", "killed"])
async def test_two_replicas_share_the_work_and_one_goes_on(tmp_path, postgres_url, by):
    """Each wish ends in one snapshot, one card and one result, also of those that the other had begun with.

    What one that was killed had in its hands is taken over once its lease is over, within ten seconds.
    """
    async with far_ends(tmp_path, SNAPSHOT_BOT_DATABASE=postgres_url) as world:
        async with serving(world.environ, tmp_path) as first, serving(world.environ, tmp_path) as second:
            await world.slack.wait_for_app()
            asked = [await world.ask("ana", f"wish-{n}", cluster=cluster) for n, cluster in enumerate(CLUSTERS[:4])]
            for card in asked[:3]:
                await world.approve("ben", card)
            assert await first.end(by) == (0 if by is signal.SIGTERM else -by)
            await world.approve("ben", asked[3])
            for card in asked:
                await card.wait_for("Available", seconds=120)
            assert await all_final(world, seconds=120)
            report = (await second.get("/status")).json()
            assert report["database"]["ok"], report
            assert report["database"]["place"].startswith("PostgreSQL at 127.0.0.1:")
            assert report["database"]["hears_others"]["ok"], report
            assert report["database"]["oldest_transaction_seconds"] < 60
            metrics = (await second.get("/metrics")).text
            assert "snapshot_bot_hears_replicas 1.0" in metrics
            assert "snapshot_bot_oldest_transaction_seconds NaN" not in metrics
            assert "Traceback" not in first.err + second.err
        names = Counter(s.name for s in world.cloud.project.snapshots.values())
        assert names == {f"wish-{n}": 1 for n in range(4)}
        told = told_of(world.user("ben").channel("dwh-ops").messages)
        assert set(told.values()) == {1}
        assert {r["state"] for r in await rows(world, tmp_path)} == {"AVAILABLE"}
        said = await command(world.environ, tmp_path, "audit", "verify")
        assert (said.code, "hunter2" in said.out + said.err) == (0, False), said.err
        async with open_store(postgres_url, exclusive=False) as store:
            assert (await store.verify_chain()).findings == ()


def is_deaf(bot: Serving) -> bool:
    """Return whether it has said that it doesn't hear the others."""
    return "store.not_listening" in bot.err


@LONG_FORM
async def test_behind_a_pooler_they_share_the_work_though_neither_hears_the_other(
    tmp_path, postgres, postgres_url, pgbouncer
):
    """Each looks every few seconds by itself, and /status says that it does, and why; nothing is done twice."""
    with pooled(pgbouncer, postgres) as port:
        url = postgres_url.replace(f":{postgres.port}/", f":{port}/")
        async with far_ends(tmp_path, SNAPSHOT_BOT_DATABASE=url) as world:
            async with serving(world.environ, tmp_path) as first, serving(world.environ, tmp_path) as second:
                await world.slack.wait_for_app()
                for n, cluster in enumerate(CLUSTERS[:3]):
                    await world.approve("ben", await world.ask("ana", f"wish-{n}", cluster=cluster))
                assert await all_final(world, seconds=120)
                for bot in (first, second):
                    assert await until(partial(is_deaf, bot), seconds=60)
                    report = (await bot.get("/status")).json()
                    assert report["ok"], report
                    assert "a pooler lends connections" in report["database"]["hears_others"]["why"]
                    assert "Traceback" not in bot.err
            assert Counter(s.name for s in world.cloud.project.snapshots.values()) == {f"wish-{n}": 1 for n in range(3)}
            assert set(told_of(world.user("ben").channel("dwh-ops").messages).values()) == {1}
            assert (await command(world.environ, tmp_path, "audit", "verify")).code == 0
