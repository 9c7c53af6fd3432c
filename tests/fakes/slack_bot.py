"""The bot's Slack edge over a fake store and cloud, connected to the sandbox's Slack by a real socket or real HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import yaml
from aiohttp import web
from slack_bolt.response import BoltResponse

from bot.core.approval import ApprovalRule
from bot.core.console import Console
from bot.core.grants import Grant, Role
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, Principal, UserId
from bot.core.phrase import COMMAND
from bot.core.request import SnapshotRequest
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from bot.dws.rules import DwsRules
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.parts import PARTS
from bot.service import Service
from bot.slack.door.dispatch import Dispatcher, parse
from bot.slack.edge import Door, SlackConnection, SlackEdge, open_edge
from bot.slack.handlers.runner import Runner
from bot.words import Languages
from bot.worker.announcements import Announcements
from bot.worker.outbox import Outbox
from bot.worker.pace import Pace
from slack_sandbox import App, Sandbox
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.store import FakeStore
from tests.harness.unhurried import ANSWER_SECONDS, UNHURRIED

OPS = ChannelId("C00DWHOPS")
MANIFEST = Path(__file__).parents[2] / "manifest.yml"


class Listed(Metrics):
    """Metrics that list what was delivered, too."""

    def __init__(self) -> None:
        super().__init__()
        self.delivered: list[str] = []

    def delivery(self, kind: str) -> None:
        super().delivery(kind)
        self.delivered.append(kind)


@dataclass
class Bot:
    """Everything that a test may look at or turn."""

    slack: Sandbox
    edge: SlackEdge
    connection: SlackConnection
    service: Service
    store: FakeStore
    cloud: FakeCloud
    clock: FakeClock
    outbox: Outbox
    inventory: Inventory
    metrics: Listed
    announcements: Announcements

    def grant(self, user: str, role: Role, cluster: Cluster | None = None, *, by: str = "U0000CLEO") -> None:
        """Give *user* (a name) a role on *cluster*, or on every one."""
        ref = cluster.ref if cluster else ClusterRef(CloudName("*"), ClusterId("*"))
        name = cluster.name if cluster else ""
        person = UserId(self.slack.user(user).id)
        self.store.given.append(Grant(Principal(person), role, Scope(ref.cloud, ref.id), by, self.clock.now(), name))

    @property
    def delivered(self) -> list[str]:
        """The kinds of what was delivered."""
        return self.metrics.delivered

    async def tell(self) -> None:
        """Bring what is owed to Slack, as the worker does."""
        for _ in range(10):
            owed = await self.store.claim_messages(owner="test", lease=timedelta(minutes=1), limit=100)
            if not owed:
                return
            for work in owed:
                await self.outbox.tell(work)
        raise AssertionError("telling never ends")

    async def announce(self) -> None:
        """Bring what channels are to hear to Slack, as its loop does."""
        while await self.announcements.turn():
            pass

    async def idle(self) -> None:
        """Wait until the edge's background work is done."""
        await self.connection.tasks.idle()

    async def deliver(self, body: dict[str, Any]) -> BoltResponse:
        """Hand in what Slack would deliver, behind the transport, and return the answer."""
        return await Dispatcher(self.door.app, metrics=self.metrics).pass_on(parse(body))

    @property
    def runner(self) -> Runner:
        """What runs the handlers."""
        return self.door.runner

    @property
    def door(self) -> Door:
        """What lets deliveries in."""
        assert self.connection.door is not None
        return self.connection.door

    def hurry(self, deadline: float) -> None:
        """Let answers to Slack be due after *deadline* seconds from now on."""
        self.runner.deadline = deadline

    def newest(self) -> SnapshotRequest:
        """Return the request that was kept last."""
        return list(self.store.requests.values())[-1]


Right = tuple[str, Role, str]  # who (a name), what, and on which cluster (a name; "*": every one)
ON_PROD: tuple[Right, ...] = (("ana", Role.REQUEST, "dwh-prod"), ("ben", Role.APPROVE, "dwh-prod"))


@asynccontextmanager
async def bot_in_sandbox(
    *,
    rights: Sequence[Right] = (),
    http: bool = False,
    channel: ChannelId | None = OPS,
    patience: float = 5.0,
    rate_limits: bool = True,
    command: str = COMMAND,
    languages: Languages | None = None,
    console: str = "",
    **slack: Any,
) -> AsyncIterator[Bot]:
    """Run it: dwh-prod and dwh-dev exist, cleo is admin; who has which *rights*. *http* in place of Socket Mode."""
    app = App.from_manifest(yaml.safe_load(MANIFEST.read_text()), **{"commands": (command,)} | slack)
    app.scopes = (*app.scopes, *(scope for part in PARTS for scope in part.scopes))
    clock = FakeClock()
    store = FakeStore(clock=clock)
    cloud = FakeCloud(clock)
    cloud.add_cluster("dwh-prod")
    cloud.add_cluster("dwh-dev")
    inventory = Inventory({cloud.name: cloud}, store=store)
    async with (
        Sandbox(app, rate_limits=rate_limits, **UNHURRIED) as sandbox,
        open_edge(
            bot_token=app.bot_token,
            app_token=None if http else app.app_token,
            signing_secret=app.signing_secret if http else None,
            app_id=app.app_id if http else "",
            base_url=sandbox.api_url,
            command=command,
            clock=clock,
            store=store,
            languages=languages,
            deadline=ANSWER_SECONDS,
        ) as edge,
        AsyncExitStack() as stack,
    ):
        metrics = Listed()
        service = Service(
            store=store,
            inventory=inventory,
            rules=DwsRules(),
            people=edge.people,
            groups=edge.groups,
            zone=UTC,
            channels=edge.channels,
            admins=[UserId("U0000CLEO")],
            channel=channel,
            expire_after=timedelta(hours=8),
            changed=lambda: None,
            metrics=metrics,
            console=Console(console),
        )
        listening = edge.listening(service, metrics=metrics, patience=patience)
        connection = await stack.enter_async_context(listening)
        outbox = Outbox(
            store=store,
            messenger=edge.messenger,
            reviews=service.reviews,
            pace=Pace(),
            metrics=metrics,
            channels=edge.channels,
            channel=channel,
        )
        announcements = Announcements(
            store=store,
            messenger=edge.messenger,
            authority=service.authority,
            reviews=service.reviews,
            channels=edge.channels,
            pace=Pace(),
            metrics=metrics,
            owner="test",
        )
        bot = Bot(sandbox, edge, connection, service, store, cloud, clock, outbox, inventory, metrics, announcements)
        clusters = {c.name: c for c in cloud.known_clusters.values()} | {"*": None}
        for who, role, cluster in rights:
            bot.grant(who, role, clusters[cluster])
        linking = asyncio.create_task(connection.uplink.run())
        await connection.uplink.tried.wait()
        if not http:
            await sandbox.wait_for_app()
            yield bot
            linking.cancel()
            return
        door = web.Application()
        door.router.add_post("/slack/events", connection.handle)
        runner = web.AppRunner(door, access_log=None, auto_decompress=False)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
            yield bot
        finally:
            linking.cancel()
            await runner.cleanup()


def no_approval_needed(bot: Bot, cluster: Cluster) -> None:
    """Let requests on *cluster* start at once."""
    bot.store.rules_set[Scope.of(cluster.ref)] = ScopeRule(ApprovalRule.of(0))
