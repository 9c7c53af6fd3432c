"""Lives of requests that are broken off at every call of every port, in every way; then another process goes on.

Nobody names the places: each call that use cases and worker make of the store, the cloud and Slack is one, and so is
each that is added later.
"""

from __future__ import annotations

import asyncio
import enum
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import Any, Final

from bot.core.approval import ApprovalRule, Stage
from bot.core.errors import BotError, Conflict
from bot.core.grants import Role
from bot.core.ids import ClusterRef
from bot.core.message import MessageKind
from bot.core.record import Entry
from bot.core.request import FINAL, AlreadyDecided, SnapshotRequest, State
from bot.core.right_changes import GrantChange, RuleChange
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.dws.rules import DwsRules
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.ports import Store
from bot.service import Ask, Emergency, Service
from bot.worker import Pace, Worker
from bot.worker.outbox import Outbox
from bot.worker.steps import Steps
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.slack import FakeChannels, FakeGroups, FakeMessenger, FakePeople
from tests.harness.contract_store import a_grant, make
from tests.harness.working import ANA, BEA, BEN, CLEO, OPS, OTHER, TEAM, actor

NAME: Final = "every-step"
PACE: Final = Pace(post_timeout=30.0)
_ROUNDS: Final = 80  # far more than any life takes


class Died(BaseException):
    """The process is gone: nothing of it runs any more."""


class How(enum.StrEnum):
    """What becomes of a process at a call: before it leaves, or once it was done and the answer is on its way."""

    DIES_BEFORE = "dies before"
    DIES_AFTER = "dies after"
    CANCELLED_BEFORE = "cancelled before"
    CANCELLED_AFTER = "cancelled after"
    SLEEPS_BEFORE = "sleeps before"
    SLEEPS_AFTER = "sleeps after"


@dataclass
class Fate:
    """What becomes of one process: at its call number *at*, from 0, it is broken off as *how* says.

    One that sleeps wakes up once *meanwhile* is done. *calls* are the names of those that it made.
    """

    at: int = -1
    how: How = How.DIES_BEFORE
    meanwhile: Callable[[], Awaitable[None]] | None = None
    calls: list[str] = field(default_factory=list)
    is_dead: bool = False
    awake: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        """Begin awake."""
        self.awake.set()

    async def met(self, name: str, call: Callable[[], Awaitable[object]]) -> object:
        """Make a call, if the process lives to make it; while it sleeps none of its tasks does anything."""
        await self.awake.wait()
        if self.is_dead:
            raise Died
        number = len(self.calls)
        self.calls.append(name)
        if number == self.at and self.how.endswith("before"):
            await self._break()
        answer = await call()
        if number == self.at and self.how.endswith("after"):
            await self._break()
        return answer

    async def _break(self) -> None:
        match self.how:
            case How.DIES_BEFORE | How.DIES_AFTER:
                self.is_dead = True
                raise Died
            case How.CANCELLED_BEFORE | How.CANCELLED_AFTER:
                raise asyncio.CancelledError
            case _:
                assert self.meanwhile is not None
                self.awake.clear()
                await self.meanwhile()
                self.awake.set()


class Mortal:
    """A *port* as one process has it: each of its calls is one at which the process may be broken off."""

    def __init__(self, port: Any, fate: Fate) -> None:
        self._port, self._fate = port, fate

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if not inspect.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **options: Any) -> object:
            return await self._fate.met(f"{type(self._port).__name__}.{name}", lambda: found(*args, **options))

        return call


class World:
    """The store and the far ends, which outlive every process; ana may ask, ben and bea may approve."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store, self.clock = store, clock
        self.cloud = FakeCloud(clock)
        self.cluster = self.cloud.add_cluster("dwh-prod")
        self.people = FakePeople(TEAM, [ANA, BEN, BEA, CLEO])
        self.messenger, self.channels, self.groups = FakeMessenger(), FakeChannels(), FakeGroups()

    async def begin(self, rule: ApprovalRule) -> None:
        """Give the rights, and set *rule*."""
        roles = ((ANA, Role.REQUEST), (ANA, Role.BREAK_GLASS), (BEN, Role.APPROVE), (BEA, Role.APPROVE))
        grants = [a_grant(user, role, self.ref, seconds) for seconds, (user, role) in enumerate(roles)]
        change = RuleChange(Scope.of(self.ref), None, ScopeRule(rule, set_by=CLEO, set_at=self.clock.now()))
        await make(self.store, *(GrantChange(None, grant) for grant in grants), change)

    @property
    def ref(self) -> ClusterRef:
        """The cluster."""
        return self.cluster.ref


class Process:
    """Use cases and worker over the ports of *world*, until *fate* breaks them off."""

    def __init__(self, world: World, fate: Fate | None = None, *, owner: str = "first") -> None:
        self.world = world
        self.fate = fate or Fate()
        store = Mortal(world.store, self.fate)
        cloud, messenger = Mortal(world.cloud, self.fate), Mortal(world.messenger, self.fate)
        people, groups = Mortal(world.people, self.fate), Mortal(world.groups, self.fate)
        channels, metrics = Mortal(world.channels, self.fate), Metrics()
        inventory = Inventory({world.cloud.name: cloud}, store=store, patience=60.0)
        self.store = store
        self.service = Service(
            store=store,
            inventory=inventory,
            rules=DwsRules(),
            people=people,
            groups=groups,
            zone=UTC,
            channels=channels,
            admins=[CLEO],
            channel=OTHER,
            expire_after=timedelta(hours=8),
            changed=lambda: None,
            metrics=metrics,
            deletes=True,
        )
        steps = Steps(
            store=store,
            inventory=inventory,
            authority=self.service.authority,
            channels=channels,
            pace=PACE,
            metrics=metrics,
            deletes=True,
        )
        outbox = Outbox(
            store=store,
            messenger=messenger,
            reviews=self.service.reviews,
            pace=PACE,
            metrics=metrics,
            channels=channels,
            channel=OTHER,
        )
        self._worker = Worker(
            store=store,
            steps=steps,
            outbox=outbox,
            pace=PACE,
            owner=owner,
            wake=asyncio.Event(),
            elapsed=lambda: world.clock.now().timestamp(),
        )

    async def ask(self, *, emergency: Emergency | None = None) -> SnapshotRequest:
        """Let ana ask; the form is sent again where its answer was lost."""
        wanted = Ask(cluster=self.world.ref, name=NAME, description="before the migration", channel=OPS)
        return await self.service.intake.ask(actor(ANA), wanted, origin="view:V1", emergency=emergency)

    async def click(self, click: Callable[[], Awaitable[object]]) -> None:
        """Let somebody press a button, who is told where it was too late."""
        with suppress(AlreadyDecided, Conflict):
            await click()

    async def work(self) -> None:
        """Do what is due now, as the worker does."""
        try:
            await self._worker._take()
        finally:
            under_way = [*self._worker._requests, *self._worker._messages]
            ends = await asyncio.gather(*under_way, return_exceptions=True)
        for end in ends:
            if isinstance(end, BaseException):
                raise end

    async def work_until_nothing_is_owed(self) -> None:
        """Work, and let time pass, until nothing is due any more."""
        for _ in range(_ROUNDS):
            for snapshot in list(self.world.cloud.known_snapshots.values()):
                if snapshot.status == "CREATING" and (snapshot.percent or 0) >= 50:
                    self.world.cloud.finish(snapshot.id)
                elif snapshot.status == "CREATING":
                    self.world.cloud.advance(snapshot.id, 50)
            await self.work()
            due = await self.world.store.next_due()
            if due is None:
                return
            self.world.clock.advance(max(0.0, due))
        raise AssertionError(f"something is owed after {_ROUNDS} rounds, by {due} seconds")


Life = Callable[[Process], Awaitable[None]]


async def approved(process: Process) -> None:
    """Ana asks, ben and bea approve, and the snapshot is made."""
    request = await process.ask()
    for user in (BEN, BEA):
        await process.click(lambda user=user: process.service.approvals.approve(actor(user), request.id, "Go"))  # type: ignore[misc]
        await process.work()
    await process.work_until_nothing_is_owed()


async def waived(process: Process) -> None:
    """The rule wants no approval."""
    await process.ask()
    await process.work_until_nothing_is_owed()


async def declined(process: Process) -> None:
    """Ben says no."""
    request = await process.ask()
    await process.work()
    await process.click(lambda: process.service.approvals.decline(actor(BEN), request.id, "not tonight"))
    await process.work_until_nothing_is_owed()


async def withdrawn(process: Process) -> None:
    """Ana takes it back."""
    request = await process.ask()
    await process.work()
    await process.click(lambda: process.service.approvals.withdraw(actor(ANA), request.id))
    await process.work_until_nothing_is_owed()


async def unanswered(process: Process) -> None:
    """Nobody decides, until it is too late."""
    await process.ask()
    await process.work_until_nothing_is_owed()


async def in_an_emergency(process: Process) -> None:
    """Ana can't wait."""
    await process.ask(emergency=Emergency("the disk is full", aware=True))
    await process.work_until_nothing_is_owed()


async def made_before(process: Process) -> None:
    """There is a snapshot of ana's: that life is another story."""
    request = await process.ask()
    await process.service.approvals.approve(actor(BEN), request.id)
    await process.work_until_nothing_is_owed()


async def _asked_to_delete(process: Process) -> tuple[SnapshotRequest, SnapshotRequest]:
    request = await process.ask()  # the same as before
    ask = process.service.deletions.ask
    return request, await ask(actor(ANA), request.id, "not needed", knows_last=True, origin="view:V2")


async def deleted(process: Process) -> None:
    """Ana asks for it to be deleted, and ben approves that."""
    _, deletion = await _asked_to_delete(process)
    await process.click(lambda: process.service.approvals.approve(actor(BEN), deletion.id))
    await process.work_until_nothing_is_owed()


async def kept_after_all(process: Process) -> None:
    """Ana keeps it longer before the deletion is approved."""
    request, deletion = await _asked_to_delete(process)
    await process.click(lambda: process.service.keeping.keep(actor(ANA), request.id, 0, term=0))
    await process.click(lambda: process.service.approvals.approve(actor(BEN), deletion.id))
    await process.work_until_nothing_is_owed()


@dataclass(frozen=True)
class Story:
    """A life by its *rule*, how it *ends*, and what is told of it; *before* is how the requests before it ended."""

    life: Life
    rule: ApprovalRule
    ends: State
    tells: tuple[MessageKind, ...] = (MessageKind.CARD, MessageKind.RESULT)
    before: tuple[State, ...] = ()
    prelude: Life | None = None  # what nothing breaks off


STORIES: Final = {
    "approved by two": Story(approved, ApprovalRule((Stage(1), Stage(1))), State.AVAILABLE),
    "waived": Story(waived, ApprovalRule.of(0), State.AVAILABLE),
    "declined": Story(declined, ApprovalRule.of(1), State.DECLINED),
    "withdrawn": Story(withdrawn, ApprovalRule.of(1), State.WITHDRAWN, (MessageKind.CARD,)),
    "expired": Story(unanswered, ApprovalRule.of(1), State.EXPIRED),
    "deleted": Story(deleted, ApprovalRule.of(1), State.DELETED, before=(State.AVAILABLE,), prelude=made_before),
    "kept after all": Story(
        kept_after_all, ApprovalRule.of(1), State.WITHDRAWN, before=(State.AVAILABLE,), prelude=made_before
    ),
    "in an emergency": Story(in_an_emergency, ApprovalRule.of(2), State.AVAILABLE),
}


async def _begun(story: Story, world: World) -> None:
    await world.begin(story.rule)
    if story.prelude:
        await story.prelude(Process(world, owner="before"))


async def calls_of(story: Story, world: World) -> list[str]:
    """Return the names of the calls that the life makes where nothing happens to it."""
    await _begun(story, world)
    process = Process(world)
    await story.life(process)
    assert not await wrongs(story, world)
    return process.fate.calls


async def broken_off(story: Story, world: World, at: int, how: How) -> list[str]:
    """Return what is wrong with a life that was broken off at its call number *at*, once another process is done."""
    await _begun(story, world)

    async def another() -> None:
        world.clock.advance(2 * PACE.lease)  # so long nobody takes over
        await story.life(Process(world, owner="second"))

    process = Process(world, Fate(at, how, another))
    with suppress(Died, asyncio.CancelledError, BotError):  # who wakes up late may hear that it is too late
        await story.life(process)
    await another()
    return await wrongs(story, world)


async def wrongs(story: Story, world: World) -> list[str]:
    """Return what is lost, doubled or untrue once nothing is owed any more."""
    found = []
    requests = await world.store.find(limit=10)
    if [r.state for r in requests] != [story.ends, *story.before]:
        return [f"the requests are {[(r.state, r.why) for r in requests]}, not {[story.ends, *story.before]}"]
    ids = [r.snapshot_id for r in requests if r.state is State.AVAILABLE and r.keep.gone_at is None]
    made = [s.id for s in world.cloud.known_snapshots.values()]
    if made != ids or (story.ends is State.DELETED and made):
        found.append(f"the cloud has {made}, the requests {ids}")
    stand = [post for post in world.messenger.posts if not post.deleted]
    posts = Counter(post.key for post in stand)
    found += [f"{count} of {key}" for key, count in posts.items() if count > 1]
    kinds = {post.kind for post in stand}
    found += [f"no {kind}" for kind in story.tells if kind not in kinds]
    found += [
        f"the card shows {p.facts.request.state}" for p in world.messenger.cards if not _is_ended(p.facts.request)
    ]
    for request in requests:
        found += _doubled(await world.store.entries(request_id=request.id, limit=100))
    verdict = await world.store.verify_chain()
    if verdict.findings:
        found.append(f"the record: {verdict}")
    return found


def _is_ended(request: SnapshotRequest) -> bool:
    return request.state in FINAL


_ONCE: Final = (
    "request.asked",
    "request.approved",
    "request.declined",
    "request.withdrawn",
    "request.accepted",
    "request.deleted",
)


def _doubled(entries: Sequence[Entry]) -> list[str]:
    """Return what is on record more than once, and may not be: nobody decides anything twice."""
    counts = Counter((entry.action, entry.actor) for entry in entries)
    return [f"{count} × {what}" for what, count in counts.items() if count > 1 and what[0] in _ONCE]
