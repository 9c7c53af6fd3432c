"""Behind PgBouncer in transaction mode: all that holds on a server holds, but hearing of others' changes at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import dict_row
from structlog.testing import capture_logs

from bot.core.errors import ConfigError, StaleRequest, StoreUnavailable
from bot.core.request import Cap, Capped, State
from bot.ports import Store
from bot.store import made, mark_restored, open_store
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import dialled
from bot.store.postgres.session import Session
from bot.store.server_url import ServerUrl
from tests.harness.contract_store import DWH, LAB, StoreContract, a_request, an_entry, at, moved
from tests.harness.engines import ALL
from tests.harness.pooler import CONNECTIONS, pooled
from tests.harness.postgres_server import PostgresServer
from tests.harness.serving import until

MINUTE = timedelta(minutes=1)
NOW = timedelta(0)
SETTINGS = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "TimeZone")


@pytest.fixture(scope="module")
def port(pgbouncer: Path, postgres: PostgresServer) -> Iterator[int]:
    """Run a pooler before the server, as it comes."""
    with pooled(pgbouncer, postgres) as port:
        yield port


@pytest.fixture
def pooled_url(port: int, postgres: PostgresServer, postgres_url: str) -> str:
    """Give an empty database by the pooler."""
    return through(postgres_url, postgres, port)


@pytest.fixture
async def replicas(pooled_url: str) -> AsyncIterator[list[Store]]:
    """Give two stores behind the pooler, each with more connections than the pooler has."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_store(pooled_url, exclusive=True)) for _ in range(2)]


def through(url: str, server: PostgresServer, port: int) -> str:
    """Return the URL of the same database by *port*."""
    return url.replace(f":{server.port}/", f":{port}/")


async def test_what_is_due_is_split_between_two_and_the_record_is_one_chain(
    replicas: list[Store], postgres: PostgresServer
) -> None:
    """Everything is taken once, while both append; no statement is prepared on a connection that others use."""
    for number in range(60):
        request = a_request(number, cluster=(DWH, LAB)[number % 2])
        await replicas[number % 2].add(request, origin=f"o{number}", entries=[an_entry()], due_in=NOW)
    taken: list[list[str]] = [[], []]

    async def work(mine: int) -> None:
        while found := await replicas[mine].claim(owner=f"{mine}", lease=MINUTE, limit=3):
            for work in found:
                saved = moved(work.item, State.DECLINED)
                await replicas[mine].save(saved, token=work.token, entries=[an_entry(work.item.id)])
                taken[mine].append(work.item.id)

    await asyncio.gather(work(0), work(1), *(replicas[n % 2].record(an_entry(f"a{n}")) for n in range(100)))
    assert sorted(taken[0] + taken[1]) == sorted(f"R-{n}" for n in range(60))
    assert taken[0]
    assert taken[1]
    verdict = await replicas[0].verify_chain()
    assert (verdict.findings, verdict.rows) == ((), 60 + 60 + 100)
    theirs = "SELECT count(*) AS n FROM pg_stat_activity WHERE datname = 'shared' AND usename = 'bot'"
    assert 1 <= postgres.admin(theirs)[0]["n"] <= CONNECTIONS


async def test_who_comes_late_is_kept_off(replicas: list[Store]) -> None:
    """Its lease is over, and another has it."""
    await replicas[0].add(a_request(1), origin="o1", entries=[], due_in=NOW)
    (late,) = await replicas[0].claim(owner="a", lease=timedelta(0), limit=9)
    (held,) = await replicas[1].claim(owner="b", lease=MINUTE, limit=9)
    with pytest.raises(StaleRequest):
        await replicas[0].save(moved(late.item, State.APPROVED), token=late.token)
    await replicas[1].save(moved(held.item, State.DECLINED), token=held.token)


async def test_what_one_at_a_time_may_do_is_done_by_one(replicas: list[Store]) -> None:
    """The lock is the transaction's, so that no connection keeps it: of many at once the cap lets one through."""

    async def ask(number: int) -> bool:
        goes = a_request(number, state=State.APPROVED, waived=True)
        waits = a_request(number, state=State.WAITING)
        capped = Capped((Cap(1, at(-60)),), waits, [], None)
        kept = await replicas[number % 2].add(goes, origin=f"o{number}", entries=[], due_in=None, capped=capped)
        return kept.waived

    assert sum(await asyncio.gather(*(ask(n) for n in range(12)))) == 1


async def test_several_may_start_at_once_on_an_empty_database(port: int, postgres: PostgresServer) -> None:
    """One makes the tables; the lock for it is its transaction's, too, and nothing is locked afterwards."""
    with postgres.database(empty=True) as direct:
        url = through(direct, postgres, port)
        assert sorted(await asyncio.gather(*(made(url) for _ in range(3)))) == [False, False, True]
        assert postgres.admin("SELECT 1 FROM pg_locks WHERE locktype = 'advisory'") == []


async def test_who_hears_nothing_behind_it_says_so_and_looks_by_itself(pooled_url: str) -> None:
    """Notes don't come through; what another makes due is found at the next look, which is seconds away."""
    with capture_logs() as logged:
        async with (
            open_store(pooled_url, exclusive=True, woken=lambda: None) as one,
            open_store(pooled_url, exclusive=True) as other,
        ):
            await other.add(a_request(1), origin="o1", entries=[an_entry()], due_in=NOW)
            assert [work.item.id for work in await one.claim(owner="a", lease=MINUTE, limit=9)] == ["R-1"]
            assert await until(lambda: any(e["event"] == "store.not_listening" for e in logged), seconds=60)


async def test_data_that_were_put_back_are_not_marked_by_it(pooled_url: str, postgres_url: str) -> None:
    """Whether bots run can't be seen there: by the server's own address it is, and a pooler's connections count."""
    async with open_store(pooled_url, exclusive=True) as bot:
        await bot.beat()
        with pytest.raises(
            ConfigError, match=r"reached by a pooler, .* Name the server itself in SNAPSHOT_BOT_DATABASE"
        ):
            await asyncio.to_thread(mark_restored, pooled_url, as_of=None, by="cli:op")
        with pytest.raises(StoreUnavailable, match=r"Stop every bot, .* until it is told to RECONNECT\."):
            await asyncio.to_thread(mark_restored, postgres_url, as_of=None, by="cli:op")


@pytest.mark.parametrize("ignored", ["", "options"], ids=["refused", "left out"])
def test_the_limits_are_each_transactions(
    pgbouncer: Path, postgres: PostgresServer, postgres_url: str, ignored: str
) -> None:
    """Whether the pooler refuses them at a connection's start or leaves them out; nobody else gets them."""

    def limits(session: Session) -> list[str]:
        return [session.rows(f"SHOW {name}")[0][name] for name in SETTINGS]

    with pooled(pgbouncer, postgres, ignored=ignored) as port:
        url = through(postgres_url, postgres, port)
        server = ServerUrl.parse(url)
        lane = Lane(partial(dialled, server), server)
        try:
            for extent in Extent:
                assert lane.do(limits, extent) == ["5s", "3s", "3s", "UTC"]
        finally:
            lane.close()
        with psycopg.connect(url, row_factory=dict_row) as another:
            assert another.execute("SHOW lock_timeout").fetchone() == {"lock_timeout": "0"}


def test_what_others_listen_for_is_not_kept(port: int, pooled_url: str, postgres: PostgresServer) -> None:
    """A connection of the pooler on which somebody listened hands its notes to whom it is lent to."""
    server = ServerUrl.parse(pooled_url)
    line = dialled(server)
    try:
        for _ in range(4 * CONNECTIONS):
            line.execute("LISTEN others")
        line.begin()
        postgres.admin("NOTIFY others", "shared")
        line.execute("SELECT 1")
        line.execute("COMMIT")
        line.execute("SELECT 1")
        assert not line._connection._notifies_backlog
    finally:
        line.close()


@pytest.mark.skipif(not ALL, reason="a part of the long form, `make faults`")
class TestPooledStore(StoreContract):
    """All that a store promises."""

    @pytest.fixture
    async def store(self, pooled_url: str) -> AsyncIterator[Store]:
        """A new database behind the pooler, served."""
        async with open_store(pooled_url, exclusive=True) as store:
            yield store
