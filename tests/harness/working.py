"""The use cases and the worker over fakes, with a clock that only the test moves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, timedelta
from itertools import count
from typing import Any

from bot.core.approval import ApprovalRule
from bot.core.errors import CloudUnavailable, Conflict
from bot.core.grants import Grant, Role
from bot.core.ids import Actor, ChannelId, CloudName, GrantId, Principal, RequestId, TeamId, UserId
from bot.core.message import Message
from bot.core.request import FINAL, SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster, Snapshot, named
from bot.core.work import Work
from bot.dws.rules import DwsRules
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.ports import Cloud
from bot.service import Ask, Service
from bot.worker import Pace, Worker
from bot.worker.outbox import Outbox
from bot.worker.steps import Steps
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.slack import FakeChannels, FakeGroups, FakeMessenger, FakePeople
from tests.fakes.store import FakeStore

TEAM = TeamId("T0000ACME")
OPS, OTHER = ChannelId("C00DWHOPS"), ChannelId("C00OTHERS")
ANA, ADA, BEN, BEA, CLEO = (UserId(u) for u in ("U00000ANA", "U00000ADA", "U00000BEN", "U00000BEA", "U0000CLEO"))
DAN = UserId("U00000DAN")  # a stranger to the bench
LOST = CloudUnavailable("read timeout")
CALL = "a call of the store's"  # what a task is called that waits for an engine
PACE = Pace(post_timeout=60)  # real seconds: so long a busy machine never takes


def actor(user: UserId) -> Actor:
    """Return *user* as a member of the workspace acts."""
    return Actor(TEAM, user)


@dataclass
class Bench:
    """Everything a test may look at or turn; dwh-prod and dwh-dev exist, ana and ada may ask, ben and bea approve."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: FakeStore = field(default_factory=FakeStore)
    cloud: FakeCloud = field(init=False)
    groups: FakeGroups = field(default_factory=FakeGroups)
    people: FakePeople = field(default_factory=lambda: FakePeople(TEAM, [ANA, ADA, BEN, BEA, CLEO]))
    channels: FakeChannels = field(default_factory=FakeChannels)
    messenger: FakeMessenger = field(default_factory=FakeMessenger)
    pace: Pace = PACE
    open_requests: int | None = None  # of one person; `start` after a change
    deletes: bool = True  # the bot may delete snapshots; `start` after a change
    cloud_type: Callable[[FakeClock], FakeCloud] = FakeCloud
    numbers: Iterator[int] = field(default_factory=count)
    more_clouds: list[Cloud] = field(default_factory=list)  # beside *cloud*; `start` after a change

    def __post_init__(self) -> None:
        self.store.clock = self.clock
        self.cloud = self.cloud_type(self.clock)
        self.prod = self.cloud.add_cluster("dwh-prod")
        self.dev = self.cloud.add_cluster("dwh-dev")
        for cluster in (self.prod, self.dev):
            for user, role in ((ANA, Role.REQUEST), (ADA, Role.REQUEST), (BEN, Role.APPROVE), (BEA, Role.APPROVE)):
                self.grant(user, role, cluster)
        self.start()

    def start(self) -> None:
        """Start (again): whatever isn't in the store is forgotten."""
        clouds: dict[CloudName, Cloud] = {c.name: c for c in (self.cloud, *self.more_clouds)}
        patience = 60.0  # a busy machine may stop us for seconds
        self.inventory = Inventory(clouds, store=self.store, patience=patience)
        self.metrics = Metrics()
        self.woken = asyncio.Event()
        self.service = Service(
            store=self.store,
            inventory=self.inventory,
            rules=DwsRules(),
            people=self.people,
            groups=self.groups,
            zone=UTC,
            channels=self.channels,
            admins=[CLEO],
            channel=OTHER,
            expire_after=timedelta(hours=8),
            open_requests=self.open_requests,
            deletes=self.deletes,
            changed=self.woken.set,
            metrics=self.metrics,
        )
        self.steps = Steps(
            store=self.store,
            inventory=self.inventory,
            authority=self.service.authority,
            channels=self.channels,
            pace=self.pace,
            metrics=self.metrics,
            deletes=self.deletes,
        )
        self.outbox = Outbox(
            store=self.store,
            messenger=self.messenger,
            reviews=self.service.reviews,
            pace=self.pace,
            metrics=self.metrics,
            channels=self.channels,
            channel=OTHER,
        )

    def grant(self, user: UserId, role: Role, cluster: Cluster) -> None:
        """Give *user* a role."""
        ref, number = cluster.ref, next(self.numbers)
        given = Grant(Principal(user), role, Scope(ref.cloud, ref.id), CLEO, self.clock.now(), cluster.name)
        self.store.given.append(replace(given, id=GrantId(f"g{number}")))

    def granted(self, user: UserId, role: Role = Role.APPROVE) -> GrantId:
        """Return the id of what *user* was given first."""
        return next(grant.id for grant in self.store.given if (grant.holder, grant.role) == (Principal(user), role))

    def revoke(self, user: UserId) -> None:
        """Take every right from *user*."""
        self.store.given = [g for g in self.store.given if g.holder != Principal(user)]

    async def ask(
        self, name: str = "nightly-1", *, by: UserId = ANA, cluster: Cluster | None = None, need: int = 1
    ) -> SnapshotRequest:
        """Let *by* ask; with *need* 0 the request is APPROVED at once."""
        ref = (cluster or self.prod).ref
        self.store.rules_set[Scope.of(ref)] = ScopeRule(ApprovalRule.of(need))
        ask = Ask(cluster=ref, name=name, description="before the migration", channel=OPS)
        return await self.service.intake.ask(actor(by), ask, origin=f"view:{name}")

    async def approved(
        self, name: str = "nightly-1", *, by: UserId = ANA, cluster: Cluster | None = None
    ) -> SnapshotRequest:
        """Let *by* ask and ben approve, some seconds later: what the form has seen is too old for the preflight."""
        request = await self.ask(name, by=by, cluster=cluster)
        self.clock.advance(3)
        return await self.service.approvals.approve(actor(BEN), request.id)

    def now(self, request: SnapshotRequest) -> SnapshotRequest:
        """Return how *request* stands."""
        return self.store.requests[request.id]

    def snapshot(self, name: str = "nightly-1") -> Snapshot:
        """Return the snapshot called *name*."""
        found = named(self.cloud.known_snapshots.values(), name)
        assert found is not None
        return found

    @property
    def posts(self) -> int:
        """How often the cloud was asked to create something."""
        return sum(call[0] == "create_snapshot" for call in self.cloud.calls)

    async def turn(self) -> list[RequestId]:
        """Do what is due now, as the worker does; return what it was."""
        claimed = await self.store.claim(owner="bench", lease=timedelta(seconds=self.pace.lease), limit=16)
        for work in claimed:
            try:
                await self.steps.step(work)
            except Conflict:
                with suppress(Conflict):
                    await self.store.put_off(work, self.pace.later(self.pace.retry))
        return [work.item.id for work in claimed]

    def held(self, request: SnapshotRequest) -> Work[SnapshotRequest]:
        """Return *request* as it stands, in the hands of who claimed it last."""
        return Work(self.now(request), self.store._work[request.id].token)

    def owed(self, message: Message) -> Work[Message]:
        """Return *message* in the hands of who claimed it last."""
        return Work(message, self.store._telling[message.request_id, message.owed].token)

    async def later(self, seconds: float = 0.0) -> None:
        """Let time pass to the moment when the next step is due, at least *seconds*, and do it."""
        due = min((w.wakes for w in self.store._work.values() if w.wakes), default=self.clock.now())
        self.clock.advance(max(0.0, (due - self.clock.now()).total_seconds(), seconds))
        await self.turn()

    async def until_final(self, request: SnapshotRequest, *, most: int = 50) -> SnapshotRequest:
        """Do steps until *request* has ended; what is being created ends well after its second step."""
        for n in range(most):
            if self.now(request).state in FINAL:
                return self.now(request)
            for snapshot in list(self.cloud.known_snapshots.values()):
                if snapshot.status == "CREATING" and n > 2:
                    self.cloud.finish(snapshot.id)
            await self.later()
        raise AssertionError(f"not final after {most} steps: {self.now(request)}")

    async def tell(self, *, most: int = 10) -> None:
        """Bring to Slack what is owed now."""
        for _ in range(most):
            owed = await self.store.claim_messages(owner="t", lease=timedelta(seconds=self.pace.lease), limit=10)
            if not owed:
                return
            for work in owed:
                await self.outbox.tell(work)
        raise AssertionError("telling never ends")

    def messages_due(self) -> list[float]:
        """Return in how many seconds each message is due that is owed."""
        works = self.store._telling.values()
        return sorted((w.wakes - self.clock.now()).total_seconds() for w in works if w.wakes)


@asynccontextmanager
async def working(bench: Bench, *, pace: Pace = PACE, grace: float = 60.0) -> AsyncIterator[Worker]:
    """Run the worker over the bench; at the end it must stop by itself."""
    worker = Worker(
        store=bench.store,
        steps=bench.steps,
        outbox=bench.outbox,
        pace=pace,
        owner="loop",
        wake=bench.woken,
    )
    running = asyncio.create_task(worker.run(grace))
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, 120)


async def settled() -> None:
    """Let everything that can run now run, and what it asks of an engine come back."""
    while True:
        waits = _waits_for_an_engine()
        for _ in range(50):
            await asyncio.sleep(0)
        if not waits and not _waits_for_an_engine():
            return
        await asyncio.sleep(0.001)


def outrun(bench: Bench, request: SnapshotRequest, *, times: int) -> list[RequestId]:
    """Let somebody else save *request* right before each of the next *times* saves of it; return whose that was."""
    lost: list[RequestId] = []
    real = bench.store.save

    async def late(after: SnapshotRequest, **how: Any) -> None:
        if after.id == request.id and len(lost) < times:
            lost.append(after.id)
            found = bench.now(request)
            bench.store.requests[request.id] = replace(found, version=found.version + 1)
        await real(after, **how)

    bench.store.save = late  # type: ignore[assignment,method-assign]
    return lost


def _waits_for_an_engine() -> bool:
    return any(task.get_name() == CALL for task in asyncio.all_tasks())


async def submitting(bench: Bench, request: SnapshotRequest | None = None, *, acted: bool) -> SnapshotRequest:
    """Return *request*, or a new one, whose POST got no answer; *acted*: the cloud did it all the same."""
    request = request or await bench.approved()
    if acted:
        bench.cloud.losing = 1
    else:
        bench.cloud.failing_create = [LOST]
    await bench.turn()
    assert bench.now(request).state is State.SUBMITTING
    return request


async def creating(bench: Bench) -> SnapshotRequest:
    """Return a request whose snapshot is being created."""
    request = await bench.approved()
    await bench.turn()
    assert bench.now(request).state is State.CREATING
    return request
