"""What a cloud and Slack see of three replicas that share a server: no more than of one."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest

from bot.app import running
from bot.config import Settings
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, SnapshotId
from bot.core.message import CARD
from bot.core.request import State
from bot.store import open_store
from dws_sandbox import DwsSimulator
from dws_sandbox.model import SimCluster, SimSnapshot
from slack_sandbox import App, Sandbox
from snapshot_demo.clock import MovableClock
from tests.harness.contract_store import a_request, an_entry
from tests.harness.postgres_server import PostgresServer
from tests.harness.running import World, environment
from tests.harness.serving import until
from tests.harness.unhurried import UNHURRIED

POLL = 60.0  # seconds by the clock that the test moves; a slow machine is never behind by as much
EACH = 20  # requests in a cloud: two replicas can't hold those of both at once, so that a third has its part
NAMES = ("prod", "dev")
PATIENCE = 60.0


@asynccontextmanager
async def two_clouds(folder: Path, url: str, clock: MovableClock) -> AsyncIterator[tuple[World, list[DwsSimulator]]]:
    """Start a Slack and two clouds of so many clusters, with their entries in a clouds.yaml; not the bot."""
    async with AsyncExitStack() as stack:
        clouds, entries = [], ["clouds:"]
        for cloud in NAMES:
            begun = clock.now() - timedelta(hours=1)
            clusters = [SimCluster(f"{cloud}-{n}", f"{cloud}-{n}", "8.3.0", 5.0, begun) for n in range(EACH)]
            simulator = DwsSimulator(clock=clock, clusters=clusters, snapshots=[])
            clouds.append(await stack.enter_async_context(simulator))
            login = {
                "auth_url": simulator.auth_url,
                "username": simulator.username,
                "password": simulator.password,
                "user_domain_name": simulator.domain,
                "project_name": simulator.project_name,
                "project_domain_name": simulator.domain,
            }
            entries.append(f"  {cloud}: {{region_name: {simulator.region}, auth: {login}}}")
        (file := folder / "clouds.yaml").write_text("\n".join(entries))
        sandbox = Sandbox(App(events=("app_home_opened",)), clock=clock, rate_limits=False, **UNHURRIED)
        slack = await stack.enter_async_context(sandbox)
        environ = {k: v for k, v in environment(slack, clouds[0], folder).items() if not k.startswith("OS_")}
        environ |= {"SNAPSHOT_BOT_DATABASE": url, "SNAPSHOT_BOT_POLL_SECONDS": str(POLL)}
        environ |= {"SNAPSHOT_BOT_CLOUDS": ",".join(NAMES), "OS_CLIENT_CONFIG_FILE": str(file)}
        yield World(slack, clouds[0], environ), clouds


@asynccontextmanager
async def replicas(world: World, clock: MovableClock, count: int) -> AsyncIterator[None]:
    """Run so many bots in this loop, on one database."""
    settings = Settings.read(world.environ)
    async with AsyncExitStack() as stack:
        for _ in range(count):
            bot = running(settings, world.environ, clock=clock, linger=0)
            await stack.enter_async_context(bot)
        yield


async def begin(world: World, clouds: list[DwsSimulator], clock: MovableClock, which: range) -> None:
    """Let a snapshot run on the clusters of these numbers in each cloud, of a request each."""
    channel = ChannelId(world.environ["SNAPSHOT_BOT_CHANNEL"])
    async with open_store(world.environ["SNAPSHOT_BOT_DATABASE"], exclusive=False, clock=clock) as store:
        for at, (name, cloud) in enumerate(zip(NAMES, clouds, strict=False)):
            for n in which:
                made, cluster = f"made-{name}-{n}", f"{name}-{n}"
                cloud.project.snapshots[made] = SimSnapshot(made, made, cluster, clock.now(), 36_000.0, 5.0)
                request = a_request(
                    at * EACH + n,
                    name=made,
                    cluster=ClusterRef(CloudName(name), ClusterId(cluster)),
                    cluster_name=cluster,
                    channel=channel,
                    state=State.CREATING,
                    snapshot_id=SnapshotId(made),
                    created_at=clock.now(),
                    updated_at=clock.now(),
                    accepted_at=clock.now(),
                )
                await store.add(request, origin=made, entries=[an_entry()], due_in=timedelta(0))


def unseen(postgres: PostgresServer, clock: MovableClock) -> int:
    """Return how many requests are due or in somebody's hands."""
    busy = f"SELECT count(*) AS n FROM requests WHERE lease_until IS NOT NULL OR due_at <= '{clock.now().isoformat()}'"
    return int(postgres.admin(busy, "shared")[0]["n"])


@pytest.mark.parametrize("count", [1, 3])
async def test_a_poll_is_two_calls_to_each_cloud_whatever_the_replicas(
    tmp_path: Path, postgres: PostgresServer, postgres_url: str, count: int
):
    """One list of snapshots and one of clusters, for forty requests that several have in their hands."""
    clock = MovableClock()
    async with two_clouds(tmp_path, postgres_url, clock) as (world, clouds):
        await begin(world, clouds, clock, range(EACH))
        async with replicas(world, clock, count):
            assert await until(lambda: not unseen(postgres, clock), seconds=PATIENCE)
            for _ in range(4):
                for cloud in clouds:
                    cloud.calls.clear()
                clock.advance(POLL)
                assert await until(lambda: not unseen(postgres, clock), seconds=PATIENCE)
                counts = [Counter(cloud.calls.counts) for cloud in clouds]
                for calls in counts:
                    del calls["token"]  # each replica logs in by itself
                assert counts == [Counter(list=1, clusters=1)] * 2


async def test_when_slack_wants_quiet_all_replicas_keep_it(tmp_path: Path, postgres: PostgresServer, postgres_url: str):
    """One of three hears 429: until the time that Slack named is over, none posts anything; then everything comes."""
    clock = MovableClock()
    async with two_clouds(tmp_path, postgres_url, clock) as (world, clouds):
        await world.slack.fault("ratelimited", method="chat.postMessage", retry_after=600)
        sent = world.slack.site.exchanges

        def posts() -> list[str]:
            return [e["status"] for e in sent.list(limit=500) if e["what"] == "chat.postMessage"]

        def owed(condition: str) -> int:
            owing = f"SELECT count(*) AS n FROM messages WHERE kind = '{CARD.kind}' AND {condition}"
            return int(postgres.admin(owing, "shared")[0]["n"])

        async with replicas(world, clock, 3):
            await begin(world, clouds[:1], clock, range(1))
            quiet = f"lease_until IS NULL AND due_at > '{(clock.now() + timedelta(seconds=500)).isoformat()}'"
            assert await until(lambda: owed(quiet) == 1, seconds=PATIENCE), owed(quiet)
            await begin(world, clouds, clock, range(1, EACH))
            every = 1 + 2 * (EACH - 1)
            assert await until(lambda: owed(quiet) == every, seconds=PATIENCE), owed(quiet)
            assert posts() == ["fault ratelimited"]
            clock.advance(900)
            assert await until(lambda: owed("ts IS NOT NULL") == every, seconds=PATIENCE)
            assert len(posts()) == 1 + every
