"""A day of a busy workspace on one store, in simulated time, with faults of both far ends; what came of each request.

The far ends keep a byte for each request, and of what stands in them what is needed still: what grows is the bot's.
"""

from __future__ import annotations

import asyncio
import gc
import os
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bot.core.approval import ApprovalRule
from bot.core.errors import BotError, CloudUnavailable, SlackUnavailable
from bot.core.grants import Role
from bot.core.ids import ChannelId, ClusterId, MessageRef, RequestId, UserId
from bot.core.message import CARD, RESULT, Facts, Owed
from bot.core.request import FINAL
from bot.core.right_changes import GrantChange, RuleChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster, Created, Outcome, Snapshot
from bot.dws.rules import DwsRules
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.ports import Store
from bot.service import Ask, Service
from bot.worker import Pace, Worker
from bot.worker.outbox import Outbox
from bot.worker.retention import Retention
from bot.worker.steps import Steps
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.slack import FakeChannels, FakeGroups, FakeMessenger, FakePeople
from tests.harness.contract_store import a_grant, make
from tests.harness.working import BEN, CLEO, OPS, TEAM, actor

HOUR: Final = timedelta(hours=1)
CLUSTERS: Final = 60  # of each of two kinds: with an approval, and without
ASKERS: Final = tuple(UserId(f"U000ASK{number:02}") for number in range(40))
PACE: Final = Pace(post_timeout=30.0)
PARTS: Final = 12  # of the time, an hour at least, after each of which the process is looked at and started again
_RUNS: Final = timedelta(seconds=40)  # a snapshot
_STANDS: Final = timedelta(minutes=10)  # in the cloud, until somebody deletes it


class Forgetful(list[Any]):
    """A list of a fake that nobody looks at."""

    def append(self, item: Any) -> None:
        """Keep nothing."""


def number_of(name: str) -> int:
    """Return which request has the snapshot *name*."""
    return int(name.rpartition("-")[2])


class BusyCloud(FakeCloud):
    """Finishes snapshots by itself, and counts how many there are of each name; a share of *faults* of calls fails."""

    def __init__(self, clock: FakeClock, count: int, chance: random.Random, faults: float) -> None:
        super().__init__(clock)
        self.made = bytearray(count)
        self.calls = Forgetful()
        self._chance, self._faults = chance, faults
        self._running: dict[ClusterId, Snapshot] = {}

    async def snapshots(self) -> list[Snapshot]:
        """Let time pass there first."""
        now = self._now()
        for cluster, snapshot in list(self._running.items()):
            if snapshot.started is not None and now - snapshot.started >= _RUNS:
                self.finish(snapshot.id)
                del self._running[cluster]
        for old in [s for s in self.known_snapshots.values() if s.finished and now - s.finished > _STANDS]:
            del self.known_snapshots[old.id]
        return await super().snapshots()

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> Created:
        """Lose some of the answers."""
        created = await super().create_snapshot(cluster, name, description)
        self.made[number_of(name)] += 1
        self._running[cluster] = self.known_snapshots[created.id]
        if self._chance.random() < self._faults:
            raise CloudUnavailable("read timeout")
        return created

    def _begin(self, *call: str) -> None:
        super()._begin(*call)
        if self._chance.random() < self._faults:
            raise CloudUnavailable("503")

    def _shown(self, cluster: Cluster) -> Cluster:
        running = self._running.get(cluster.ref.id)
        if running is None or self.known_snapshots[running.id].outcome is not Outcome.PENDING:
            return cluster
        return super()._shown(cluster)


class BusyMessenger(FakeMessenger):
    """Counts what was posted of each request; a share of *faults* of calls fails, before or after it was done."""

    def __init__(self, count: int, chance: random.Random, faults: float) -> None:
        super().__init__()
        self.cards_of, self.results_of, self.ended = bytearray(count), bytearray(count), bytearray(count)
        self.others = self.updates = 0
        self.order_broken = 0
        self._chance, self._faults = chance, faults
        self._number = 0
        self._lost: dict[str, MessageRef] = {}

    async def post(
        self, owed: Owed, facts: Facts, *, channel: ChannelId, key: str, thread: MessageRef | None = None
    ) -> MessageRef:
        """Count it."""
        self._fail()
        number = number_of(facts.request.name)
        if owed == CARD:
            self.cards_of[number] += 1
            self.ended[number] = facts.request.state in FINAL
        elif owed == RESULT:
            self.results_of[number] += 1
            self.order_broken += not self.cards_of[number]
        else:
            self.others += 1
        self._number += 1
        ref = MessageRef(thread.channel if thread else channel, f"{self._number}.000000")
        if self._chance.random() < self._faults:
            self._lost[key] = ref
            raise SlackUnavailable("no answer")
        return ref

    async def update(self, facts: Facts, ref: MessageRef, *, owed: Owed = CARD) -> None:
        """Note whether the end is shown."""
        self._fail()
        self.updates += 1
        if owed == CARD:
            self.ended[number_of(facts.request.name)] = facts.request.state in FINAL
        if self._chance.random() < self._faults:
            raise SlackUnavailable("no answer")

    async def find(
        self, key: str, *, channel: ChannelId, since: datetime, thread: MessageRef | None = None, sure: bool = False
    ) -> MessageRef | None:
        """Find what was posted and whose answer was lost."""
        self._fail()
        return self._lost.pop(key, None)

    def _fail(self) -> None:
        if self._chance.random() < self._faults:
            raise SlackUnavailable("no answer", maybe_done=False)


@dataclass(frozen=True, slots=True)
class Sample:
    """What the process holds at a moment: of memory (blocks of Python's, bytes in all), files, tasks; and the file."""

    asked: int
    blocks: int
    resident: int
    files: int
    tasks: int
    database: int


@dataclass
class Soak:
    """*count* requests within *span*, each asked for at its time; *faults* is the share of calls that fail."""

    store: Store
    clock: FakeClock
    path: Path
    count: int
    faults: float
    seed: int
    span: timedelta
    keep: timedelta | None
    samples: list[Sample] = field(default_factory=list)
    ids: dict[int, RequestId] = field(default_factory=dict)  # of those that people have still to decide

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.cloud = BusyCloud(self.clock, self.count, self.chance, self.faults)
        self.messenger = BusyMessenger(self.count, self.chance, self.faults)
        self.people = FakePeople(TEAM, [*ASKERS, BEN, CLEO])
        self.channels, self.groups = FakeChannels(), FakeGroups()
        self.people.asked = self.channels.asked = self.groups.asked = Forgetful()
        kinds = [f"{kind}-{number:02}" for number in range(CLUSTERS) for kind in ("asks", "free")]
        self.clusters = [self.cloud.add_cluster(name) for name in kinds]
        self.ends = bytearray(self.count)  # as in ENDS
        self.start()

    def start(self) -> None:
        """Start the process, or start it again: what isn't in the store is forgotten."""
        metrics = Metrics()
        inventory = Inventory({self.cloud.name: self.cloud}, store=self.store, patience=60.0)
        self.service = Service(
            store=self.store,
            inventory=inventory,
            rules=DwsRules(),
            people=self.people,
            groups=self.groups,
            zone=UTC,
            channels=self.channels,
            admins=[CLEO],
            channel=OPS,
            expire_after=HOUR,
            changed=lambda: None,
            metrics=metrics,
        )
        common: dict[str, Any] = {"store": self.store, "pace": PACE, "metrics": metrics}
        steps = Steps(inventory=inventory, authority=self.service.authority, channels=self.channels, **common)
        outbox = Outbox(
            messenger=self.messenger, reviews=self.service.reviews, channels=self.channels, channel=OPS, **common
        )
        self.worker = Worker(
            store=self.store,
            steps=steps,
            outbox=outbox,
            pace=PACE,
            owner="soak",
            wake=asyncio.Event(),
            elapsed=lambda: self.clock.now().timestamp(),
        )
        self.retention = Retention(store=self.store, keep=self.keep)

    async def run(self) -> None:
        """Let the day pass, and what it left come to its end."""
        grants = [a_grant(user, Role.REQUEST, Scope()) for user in ASKERS] + [a_grant(BEN, Role.APPROVE, Scope())]
        free = RuleChange(Scope("*", "free-*"), None, ScopeRule(ApprovalRule.of(0), set_at=self.clock.now()))
        await make(self.store, *(GrantChange(None, grant) for grant in grants), free)
        began, number, again = self.clock.now(), 0, list[int]()
        part = began
        while True:
            now = self.clock.now()
            asking, again = again, []
            while number < self.count and began + self.span * number / self.count <= now:
                asking.append(number)
                number += 1
            again = [n for n in asking if not await self._done(self._ask, n)]
            for n in list(self.ids):
                if await self._done(self._decide, n):
                    del self.ids[n]
            await self._work()
            if now >= part:
                part += max(self.span, HOUR) / PARTS
                while await self.retention.drop():
                    pass
                self._sample(number)
                self.start()
            due = await self.store.next_due()
            times = [now + timedelta(seconds=due)] if due is not None else []
            times += [began + self.span * number / self.count] if number < self.count else []
            if not times and not again and not self.ids:
                break
            self.clock.advance(max(min(times, default=now), now + timedelta(seconds=0.2)) - now)
        self._sample(number)

    async def _work(self) -> None:
        await self.worker._take()
        await asyncio.gather(*self.worker._requests, *self.worker._messages)

    async def _done(self, act: Callable[[int], Any], number: int) -> bool:
        """Say whether it could be done; people try again."""
        try:
            await act(number)
        except BotError:
            return False
        return True

    async def _ask(self, number: int) -> None:
        cluster, user = self.clusters[number % len(self.clusters)], ASKERS[number % len(ASKERS)]
        ask = Ask(cluster=cluster.ref, name=f"soak-{number}", description="", channel=OPS)
        request = await self.service.intake.ask(actor(user), ask, origin=f"view:{number}")
        if not request.waived:
            self.ends[number] = self.chance.choices((0, 1, 2, 3), (85, 7, 7, 1))[0]
            self.ids[number] = request.id

    async def _decide(self, number: int) -> None:
        asked, approvals = self.ids[number], self.service.approvals
        match self.ends[number]:
            case 0:
                await approvals.approve(actor(BEN), asked)
            case 1:
                await approvals.decline(actor(BEN), asked, "not now")
            case 2:
                await approvals.withdraw(actor(ASKERS[number % len(ASKERS)]), asked)

    def _sample(self, asked: int) -> None:
        gc.collect()
        beside = [self.path, self.path.with_name(f"{self.path.name}-wal")]
        self.samples.append(
            Sample(
                asked,
                sys.getallocatedblocks(),
                int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"),
                len(os.listdir("/proc/self/fd")),
                len(asyncio.all_tasks()),
                sum(file.stat().st_size for file in beside),
            )
        )

    def wrongs(self) -> Iterator[str]:
        """Yield what is lost, doubled or untrue: each request has its snapshot, its card and its result, once."""
        told = self.messenger
        for number in range(self.count):
            end = self.ends[number]
            right = (int(end == 0), 1, int(end != 2), 1)
            found = self.cloud.made[number], told.cards_of[number], told.results_of[number], told.ended[number]
            if found != right:
                yield f"request {number}: snapshots, cards, results, end shown {found} and not {right}"
        if told.order_broken:
            yield f"{told.order_broken} results came before their card"

    def counts(self) -> Counter[str]:
        """Return how many requests ended in which way."""
        names = ("made", "declined", "withdrawn", "expired")
        return Counter(names[end] for end in self.ends)
