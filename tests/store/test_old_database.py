"""A database that the first schema's bot left in the midst of everything: it opens, shows the same, and goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from bot.core.approval import ApprovalRule
from bot.core.events import Hold
from bot.core.ids import SnapshotId
from bot.core.message import CARD, RESULT, MessageKind
from bot.core.request import FINAL, SnapshotRequest, State
from bot.ports import Store
from bot.slack.drawing.cards import card
from bot.store import file_of, open_store
from bot.store.sqlite import schema
from bot.store.sqlite.connecting import connect
from bot.store.sqlite.store import SqliteStore
from tests.fakes.clock import FakeClock
from tests.fakes.slack import FakeMessenger, Posted
from tests.harness.working import BEA, BEN, Bench, actor, working

RECORDED = Path(__file__).parents[1] / "recorded" / "database_m001.sql"  # written by that bot's own code
LEFT_AT = datetime(2026, 11, 23, 22, 6, 41, tzinfo=UTC)
TEXT = "Vor dem Umzug:\n für Ana 🚀"  # its form took several lines

# Each request by the name of its cluster: how that bot left it.
STATES = {
    "waiting": (State.WAITING, Hold.NONE, 0),
    "queue-1": (State.CREATING, Hold.NONE, 1),
    "queue-2": (State.APPROVED, Hold.QUEUE, 0),  # on queue-1's cluster
    "busy": (State.APPROVED, Hold.BUSY, 0),
    "blocked": (State.APPROVED, Hold.BLOCKED, 0),
    "login": (State.APPROVED, Hold.LOGIN, 1),
    "permission": (State.APPROVED, Hold.PERMISSION, 1),
    "cloud": (State.APPROVED, Hold.CLOUD, 1),
    "lost": (State.SUBMITTING, Hold.CLOUD, 1),
    "landed": (State.SUBMITTING, Hold.CLOUD, 1),  # the cloud made it, and the answer was lost
    "twice": (State.SUBMITTING, Hold.CLOUD, 2),
    "creating": (State.CREATING, Hold.NONE, 1),
    "silent": (State.CREATING, Hold.CLOUD, 1),
    "percent": (State.CREATING, Hold.NONE, 1),
    "gone": (State.CREATING, Hold.NONE, 1),  # somebody deletes it now
    "untold": (State.AVAILABLE, Hold.NONE, 1),  # its result was posted, and Slack's answer lost
    "done": (State.AVAILABLE, Hold.NONE, 1),
    "failed": (State.FAILED, Hold.NONE, 1),
    "declined": (State.DECLINED, Hold.NONE, 0),
    "withdrawn": (State.WITHDRAWN, Hold.NONE, 0),
    "expired": (State.EXPIRED, Hold.NONE, 0),
}
UNTOLD = {"withdrawn"}  # who took it back knows it
POSTED_AGAIN = {"queue-2", "busy", "blocked", "login", "permission", "cloud", "lost", "twice"}


@pytest.fixture
def version(request: pytest.FixtureRequest) -> str:
    """The last migration of the bot that left the database: the first, unless a test names another."""
    return str(getattr(request, "param", schema.NAMES[0]))


@pytest.fixture
def url(version: str, tmp_path: Path) -> str:
    """The database as it was left; one of a later version was brought up to date by it."""
    path = tmp_path / "bot.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(RECORDED.read_text(encoding="utf-8"))
    has = schema.NAMES.index(version) + 1
    next_one = schema.NAMES[has] if has < len(schema.NAMES) else None
    with closing(connect(path)) as connection:
        schema.migrations().apply(Database(connection, execute_plugins=False), stop_before=next_one)
        assert schema.applied(connection) == [*schema.NAMES[:has]]
    return f"sqlite:///{path}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """The database, opened by this version."""
    async with open_store(url, exclusive=True) as opened:
        yield opened


@dataclass
class _Old:
    bench: Bench
    store: Store
    requests: dict[str, SnapshotRequest]

    async def now(self, what: str) -> SnapshotRequest:
        found = await self.store.get(self.requests[what].id)
        assert found is not None
        return found

    async def until(self, ready: Callable[[], Awaitable[bool]]) -> None:
        """Let time pass, and the cloud finish what has run for two minutes, until *ready*."""
        cloud, clock = self.bench.cloud, self.bench.clock
        async with asyncio.timeout(60):
            while not await ready():
                clock.advance(2)
                await asyncio.sleep(0.005)  # the writer has a thread of its own
                for snapshot in list(cloud.known_snapshots.values()):
                    assert snapshot.started is not None
                    if snapshot.status == "CREATING" and clock.now() - snapshot.started > timedelta(minutes=2):
                        cloud.finish(snapshot.id)

    async def all_ended_and_told(self, which: Collection[str]) -> bool:
        """Say whether *which* have ended, and Slack shows it."""
        for what in which:
            request = await self.now(what)
            kinds = (CARD,) if what in UNTOLD else (CARD, RESULT)
            said = [await self.store.message(request.id, kind) for kind in kinds]
            if request.state not in FINAL or any(s is None or s.ref is None for s in said):
                return False
            if said[0] is not None and said[0].shown_version != request.version:
                return False
        return True


async def all_of(store: Store) -> dict[str, SnapshotRequest]:
    """Return the requests by the name of what was asked for."""
    return {r.name.removeprefix("of-"): r for r in await store.find(limit=100)}


@pytest.fixture
async def old(store: Store) -> _Old:
    """The old database between the cloud and the Slack that it was left with, a minute later."""
    bench = Bench(clock=FakeClock(LEFT_AT + timedelta(minutes=1)))
    assert isinstance(store, SqliteStore)
    store.clock = bench.clock
    bench.store = store  # type: ignore[assignment]  # the real one; nothing that only the fake one has is used here
    requests = await all_of(store)
    for what, request in requests.items():
        cluster = bench.cloud.add_cluster(request.cluster_name)
        assert cluster.ref == request.cluster
        if what in ("landed", "untold") or request.state is State.CREATING:
            made = request.snapshot_id or SnapshotId("landed")
            facts = {"id": made, "description": request.description, "started": request.attempted_at}
            bench.cloud.add_snapshot(cluster.ref.id, request.name, **facts)
            if request.state in FINAL:
                bench.cloud.finish(made)
    bench.messenger = FakeMessenger()
    for request in requests.values():
        for said in await store.messages(request.id):
            if said.ref is not None:
                card_of = await store.message(request.id, CARD)
                thread = card_of.ref if card_of and said.owed != CARD else None
                bench.messenger.posts.append(Posted(said.ref, said.kind, said.key, thread, []))
    bench.start()
    return _Old(bench, store, requests)


async def test_it_opens_and_shows_the_same(store: Store):
    """Each request with its state, hold and tries, its votes, its messages; rights, rules, and a sound record."""
    requests = await all_of(store)
    assert {what: (r.state, r.hold, r.attempts) for what, r in requests.items()} == STATES
    assert all(r.description == TEXT for r in requests.values())
    assert [v.user for v in requests["waiting"].votes] == [BEN]
    assert requests["percent"].percent == 40
    for r in requests.values():
        assert (r.looked_at, r.listed_at, r.failing_since, r.missing_since) == (None, None, None, None)
        said = await store.message(r.id, CARD)
        assert said is not None
        assert said.ref is not None
        assert (said.frozen, said.reposted) == (False, 0)
    assert (await store.rule(requests["waiting"].named)).approval == ApprovalRule.of(2)
    assert (requests["waiting"].counted, requests["waiting"].tally) == (((BEN,),), (1, 2))
    assert {r.waived for r in requests.values()} == {False}
    assert len((await store.rights()).grants) == 80
    verdict = await store.verify_chain()
    assert (verdict.rows, verdict.broken) == (159, None)


async def test_every_card_of_it_can_be_drawn(old: _Old):
    """Whatever the row lacks that came later."""
    for request in old.requests.values():
        say = card(await old.bench.service.reviews.facts(request))
        assert request.name in str(say.blocks)


@pytest.mark.no_cover  # the same ways again and again
@pytest.mark.parametrize("version", schema.NAMES, indirect=True)
async def test_it_goes_on_where_it_was(old: _Old, version: str, url: str):
    """Of each earlier version: what was lost is settled, what waited made, what ran followed; each once, told once."""
    bench = old.bench
    gone = old.requests["gone"].snapshot_id
    assert gone is not None
    del bench.cloud.known_snapshots[gone]
    async with working(bench):
        await bench.service.approvals.approve(actor(BEA), old.requests["waiting"].id)
        await old.until(lambda: old.all_ended_and_told(STATES.keys()))
    ends = {what: (await old.now(what)).state for what in STATES}
    ended = {what: state for what, (state, _, _) in STATES.items() if state in FINAL}
    assert ends == dict.fromkeys(STATES, State.AVAILABLE) | {"gone": State.FAILED} | ended
    created = Counter(call[2].removeprefix("of-") for call in bench.cloud.calls if call[0] == "create_snapshot")
    assert created == Counter(POSTED_AGAIN | {"waiting"})
    made = {s.id for s in bench.cloud.known_snapshots.values()}
    for what in STATES.keys() - {"done"}:
        assert ends[what] is not State.AVAILABLE or (await old.now(what)).snapshot_id in made, what
    assert (await old.now("landed")).snapshot_id == "landed"

    told = Counter(p.key for p in bench.messenger.posts)
    for what, request in old.requests.items():
        assert told[f"{request.id}:card"] == 1, what
        assert told[f"{request.id}:result"] == (what not in UNTOLD), what
        shown = next(p for p in bench.messenger.cards if p.key == f"{request.id}:card").shown
        assert not shown or shown[-1].request.state is ends[what], what
    assert told.total() == 2 * len(STATES) - len(UNTOLD) + 2  # an operator was called for two, then already
    assert (await old.store.verify_chain()).broken is None
    copies = [*file_of(url).parent.glob("bot.db.before-upgrade-*")]
    assert len(copies) == (version != schema.NAMES[-1])
    for copy in copies:
        with closing(connect(copy, read_only=True)) as connection:
            assert schema.applied(connection)[-1] == version


async def test_what_it_left_is_not_told_twice(old: _Old):
    """A result that stood in Slack without its row's knowing is found there, not posted again."""
    bench, untold = old.bench, old.requests["untold"]
    card_of = await old.store.message(untold.id, CARD)
    assert card_of is not None
    assert card_of.ref is not None
    key = f"{untold.id}:result"
    bench.messenger.posts.append(Posted(card_of.ref, MessageKind.RESULT, key, card_of.ref, []))
    async with working(bench):
        await old.until(lambda: old.all_ended_and_told({"untold"}))
    assert [p.key for p in bench.messenger.posts].count(key) == 1
    said = await old.store.message(untold.id, RESULT)
    assert said is not None
    assert said.ref == card_of.ref


def test_what_was_recorded_is_of_the_first_schema():
    """A test of an upgrade must not upgrade what it begins with."""
    text = RECORDED.read_text(encoding="utf-8")
    assert "'m001_initial'" in text
    assert "m002" not in text
    assert "looked_at" not in text
