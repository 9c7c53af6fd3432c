"""Calls to a cloud grow with its projects, not with requests or people."""

from __future__ import annotations

import asyncio
import uuid
from datetime import UTC, datetime, timedelta

import pytest

from bot.admin import administering
from bot.clock import SystemClock
from bot.clouds import opened_clouds
from bot.core.approval import Waiver
from bot.core.errors import CloudUnavailable
from bot.core.grants import Role
from bot.core.ids import Principal
from bot.core.request import State
from bot.inventory import Inventory
from dws_sandbox import DwsSimulator
from dws_sandbox.model import SimCluster
from tests.fakes.cloud import FakeCloud
from tests.fakes.store import FakeStore
from tests.harness.running import World, a_world, started
from tests.harness.working import ANA, Bench

POLL = 0.2  # seconds; see tests/harness/running.py


def ten_clusters() -> list[SimCluster]:
    """Return clusters dwh-0 to dwh-9, all idle."""
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return [SimCluster(str(uuid.uuid4()), f"dwh-{n}", "8.2.0", 10.0, made) for n in range(10)]


async def all_creating(world: World, count: int) -> None:
    """Return once *count* requests are being created."""
    async with administering(world.environ) as admin:
        for _ in range(500):
            requests = await admin.requests(only_open=True, limit=100)
            if [r.state for r in requests] == [State.CREATING] * count:
                return
            await asyncio.sleep(0.02)
    raise AssertionError([(r.name, r.state) for r in requests])


async def test_ten_requests_are_polled_by_one_look(tmp_path):
    """Ten snapshots under way in one project: a look is one list of snapshots and one of clusters, for all of them."""
    async with a_world(tmp_path, snapshot_seconds=3600.0, start=False) as world:
        clusters = ten_clusters()
        world.cloud.project.clusters.update({c.id: c for c in clusters})
        ana = world.user("ana")
        async with administering(world.environ) as admin:
            for cluster in clusters:
                scope = await admin.scope(f"default/{cluster.id}")
                await admin.grant(Principal(ana.id), "request", scope)
                await admin.rule(scope, waiver=Waiver())
        async with started(world):
            for n, cluster in enumerate(clusters):
                reply = await ana.command_reply(f"/snapshot create {cluster.name} poll-{n}")
                assert "R-" in reply.text
            await all_creating(world, 10)
            world.cloud.calls.clear()
            for _ in range(1000):
                if world.cloud.calls.count("list") >= 6:
                    break
                await asyncio.sleep(0.01)
            looks = [c.at for c in world.cloud.calls.all if c.kind == "list"]
            assert len(looks) >= 6
            # over all of them: on a busy machine one may arrive late and the next in time
            assert (looks[-1] - looks[0]).total_seconds() >= (len(looks) - 1) * POLL / 2
            assert abs(world.cloud.calls.count("clusters") - len(looks)) <= 1
            assert world.cloud.calls.counts.keys() == {"list", "clusters"}


@pytest.mark.parametrize("requests", [1, 10])
async def test_calls_per_cycle_do_not_depend_on_the_number_of_requests(bench: Bench, requests: int):
    """Whatever the number of requests under way: two calls per cycle."""
    kept = []
    for n in range(requests):
        cluster = bench.cloud.add_cluster(f"dwh-{n}")
        bench.grant(ANA, Role.REQUEST, cluster)
        bench.clock.advance(20)  # the form looks again, too
        kept.append(await bench.ask(f"nightly-{n}", cluster=cluster, need=0))
    await bench.turn()
    assert {bench.now(r).state for r in kept} == {State.CREATING}
    for _ in range(5):
        bench.cloud.calls.clear()
        await bench.later(bench.pace.poll)
        assert bench.cloud.calls == [("snapshots",), ("clusters",)]


async def sixty_creating(bench: Bench) -> list[FakeCloud]:
    """Let sixty snapshots run in three projects, each on a cluster of its own; return the clouds."""
    more = [FakeCloud(bench.clock, name=name) for name in ("dev", "test")]
    bench.more_clouds = [*more]
    bench.start()
    clouds = [bench.cloud, *more]
    for n in range(60):
        cluster = clouds[n % 3].add_cluster(f"dwh-{n}")
        bench.grant(ANA, Role.REQUEST, cluster)
        bench.clock.advance(20)
        await bench.ask(f"nightly-{n}", cluster=cluster, need=0)
    while await bench.turn():
        pass
    assert {r.state for r in bench.store.requests.values()} == {State.CREATING}
    for cloud in clouds:
        cloud.calls.clear()
    return clouds


async def test_sixty_requests_in_three_projects_are_two_calls_per_project(bench: Bench):
    """Each poll is one look at each project, whatever runs there."""
    clouds = await sixty_creating(bench)
    for cycle in range(1, 11):
        await bench.later()
        while await bench.turn():
            pass
        assert [c.calls for c in clouds] == [[("snapshots",), ("clusters",)] * cycle] * 3


async def test_a_project_that_fails_is_not_asked_by_each_of_its_requests(bench: Bench):
    """Half an hour of 503 for twenty requests each: a look a minute; the one that answers goes on as before."""
    clouds = await sixty_creating(bench)
    for cloud in clouds[1:]:
        cloud.failing = [CloudUnavailable("503", status=503)] * 10_000
    began = bench.clock.now()
    while bench.clock.now() - began < timedelta(minutes=30):
        await bench.later()
    looks = [c.calls.count(("snapshots",)) for c in clouds]
    assert 118 <= looks[0] <= 122
    assert all(20 <= n <= 40 for n in looks[1:]), looks
    assert {r.state for r in bench.store.requests.values()} == {State.CREATING}


async def test_people_at_their_forms_share_a_look():
    """Fifty who open the form at the same moment, over the wire: one list of snapshots, one of clusters."""
    async with DwsSimulator() as cloud, opened_clouds(cloud.env(), SystemClock()) as clouds:
        inventory = Inventory(clouds, store=FakeStore(clock=SystemClock()))
        (name,) = clouds
        seen = await asyncio.gather(*(inventory.glance(name, patience=10.0) for _ in range(50)))
        assert (cloud.calls.count("list"), cloud.calls.count("clusters")) == (1, 1)
        assert len({id(holdings) for holdings in seen}) == 1
        assert seen[0] is not None
        assert len(seen[0].clusters) == 7
