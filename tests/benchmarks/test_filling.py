"""The databases that growth is measured on are what the bot itself would have written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from benchmarks import universe
from benchmarks.crowd import Crowd, numbered, request_id, requester
from benchmarks.filling import fill
from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, RequestId
from bot.core.request import State
from bot.core.scope import NamedCluster
from bot.store import open_store
from bot.store.sqlite import audit
from bot.store.sqlite.connecting import connect

CROWD = Crowd(
    waiting=20,
    ended=300,
    approved=4,
    running=3,
    grants=100,
    people=20,
    clusters=10,
    clouds=("default",),
    in_groups=True,
)


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A small one."""
    path = tmp_path_factory.mktemp("filled") / "bot.db"
    fill(path, CROWD)
    return path


@pytest.fixture
async def store(database):
    """The bot's store on it."""
    async with open_store(f"sqlite:///{database}", exclusive=False) as opened:
        yield opened


async def test_there_is_as_much_as_was_asked_for(store, database):
    """By the bot's own counts; each request has its card, each that was decided its vote."""
    counts = await store.counts()
    assert {state: number for state, number in counts.items() if number} == {
        State.WAITING: 20,
        State.AVAILABLE: 300,
        State.APPROVED: 4,
        State.CREATING: 3,
    }
    with closing(sqlite3.connect(database)) as connection:
        for table, number in (("messages", 327), ("votes", 307), ("audit", 327)):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (number,)
        assert connection.execute("SELECT count(DISTINCT id), count(*) FROM grants").fetchone() == (142, 142)


async def test_the_bot_reads_every_request(store):
    """As of the one who asked, of the cluster and with the vote that were meant; waiting ones are the newest."""
    found = await store.find(limit=1000)
    assert len(found) == 327
    assert {r.state for r in found[:20]} <= {State.WAITING, State.APPROVED, State.CREATING}
    by_id = {r.id: r for r in found}
    for number in (0, 299, 310):
        one = by_id[request_id(number)]
        assert one.requester == requester(number, 20)
        assert one.name == f"before-migration-{number:08}"
    assert all(bool(r.votes) == (r.state is not State.WAITING) for r in found)
    assert all(r.expires_at > datetime.now(UTC) for r in found if r.state is State.WAITING)
    assert {r.cluster_name for r in found} == {universe.cluster_name(n) for n in range(10)}


async def test_nothing_is_due_but_what_has_work_left(store):
    """A bot that starts on it has nothing to do for what waits for people, nor for cards that are drawn already."""
    lease = timedelta(seconds=30)
    taken = await store.claim(owner="me", limit=1000, lease=lease)
    assert {work.item.state for work in taken} == {State.APPROVED, State.CREATING}
    assert await store.claim_messages(owner="me", limit=1000, lease=lease) == []


@pytest.fixture
def older(tmp_path):
    """One in which what waits is older than what ended."""
    fill(tmp_path / "bot.db", Crowd(waiting=5, ended=50, clusters=10, waiting_older=True))
    return tmp_path / "bot.db"


async def test_what_waits_can_be_older_than_what_ended(older):
    """The order by age is the other way round then."""
    async with open_store(f"sqlite:///{older}", exclusive=False) as store:
        found = await store.find(limit=100)
    assert [r.state for r in found] == [State.AVAILABLE] * 50 + [State.WAITING] * 5


async def test_rights_are_spread(store):
    """Many hold one on each cluster; the measured people have theirs, and their groups what is elsewhere."""
    cluster = NamedCluster(
        ClusterRef(CloudName("default"), ClusterId(universe.cluster_id(0))), universe.cluster_name(0)
    )
    rights = await store.rights(cluster=cluster)
    assert set(rights.people(Role.APPROVE, cluster)) >= {universe.EVERYTHING, universe.TWENTY}
    assert universe.ONE in rights.people(Role.REQUEST, cluster)
    assert len(rights.people(Role.REQUEST, cluster)) > 5
    mine = await store.rights(holders=[Principal(universe.TWENTY)])
    assert len(mine.grants) == 20
    assert await store.names_groups()


def test_the_record_is_whole(database):
    """The chain of the entries is the one that the bot checks."""
    with closing(connect(database)) as connection:
        verdict = audit.check(connection)
    assert (verdict.rows, verdict.findings) == (327, ())


def test_a_column_that_is_gone_is_an_error():
    """A fill that a change of the tables has left behind fails, and fills nothing less."""
    with pytest.raises(ValueError, match=r"grants has no \['hodler'\] any more"):
        numbered("grants", {"holder": "U1"}, {"hodler": "n"}, 3, 0)


def test_ids_are_those_of_requests():
    """Each is another, and of a form that the bot takes."""
    ids = {request_id(number) for number in range(2000)}
    assert len(ids) == 2000
    assert request_id(0) == RequestId("R-222222")
