"""A primary that dies, and a standby that takes its place: what was acknowledged is there, and writing goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from bot.core.errors import StoreUnavailable
from bot.core.ids import RequestId
from bot.core.request import State
from bot.ports import Store
from bot.store import open_store
from tests.harness.contract_store import a_request, an_entry, moved
from tests.harness.relay import Relay, relayed
from tests.harness.serving import until
from tests.harness.standby import Pair

MINUTE = timedelta(minutes=1)
NOW = timedelta(0)
PATIENCE = 60.0  # seconds


@asynccontextmanager
async def by_one_address(pair: Pair, more: str = "") -> AsyncIterator[tuple[Relay, str]]:
    """Give an address that leads to the primary, and the URL by it with *more*."""
    async with relayed(pair.primary.port) as relay:
        yield relay, pair.primary.url("shared").replace(f":{pair.primary.port}/", f":{relay.port}/") + more


class Writers:
    """Several stores that go on adding requests, each again until it is acknowledged, and know which were."""

    def __init__(self, stores: list[Store]) -> None:
        self._stores = stores
        self._over = asyncio.Event()
        self.acknowledged: list[RequestId] = []
        self.outages: list[StoreUnavailable] = []

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Let two of each store write until the block ends."""
        working = [asyncio.create_task(self._work(n)) for n in range(2 * len(self._stores))]
        try:
            yield
        finally:
            self._over.set()
            await asyncio.gather(*working)

    async def more(self, count: int) -> None:
        """Return once so many more were acknowledged."""
        wanted = len(self.acknowledged) + count
        assert await until(lambda: len(self.acknowledged) >= wanted, seconds=PATIENCE), self.outages[-1:]

    async def _work(self, number: int) -> None:
        store, asked = self._stores[number % len(self._stores)], number * 100_000
        while not self._over.is_set():
            asked += 1
            request = a_request(asked)
            while not self._over.is_set():
                try:
                    kept = await store.add(request, origin=f"o{asked}", entries=[an_entry(request.id)], due_in=NOW)
                except StoreUnavailable as outage:
                    self.outages.append(outage)
                else:
                    self.acknowledged.append(kept.id)
                    break


async def each_is_there_once(store: Store, acknowledged: list[RequestId]) -> None:
    """See that what was acknowledged is there, what there is has one entry on record, and the record is one chain."""
    entries = [entry.action for entry in await store.entries(limit=100_000)]
    there = {request.id for request in await store.find(limit=100_000)}
    assert len(acknowledged) == len({*acknowledged})
    assert {*acknowledged} - there == set()
    assert sorted(entries) == sorted(there)
    assert (await store.verify_chain()).findings == ()


async def test_what_was_acknowledged_survives_the_primary(postgres_pair: Pair) -> None:
    """Of two hosts in the URL the standby is the one to write to, once it is promoted; nobody starts again."""
    async with AsyncExitStack() as stack:
        stores = [
            await stack.enter_async_context(open_store(postgres_pair.url("shared"), exclusive=True)) for _ in range(2)
        ]
        writers = Writers(stores)
        async with writers.at_work():
            await writers.more(40)
            postgres_pair.primary.kill()
            assert await until(lambda: bool(writers.outages), seconds=PATIENCE)
            await asyncio.to_thread(postgres_pair.promote)
            await writers.more(40)
        await each_is_there_once(stores[0], writers.acknowledged)
        assert {outage.phrase.code for outage in writers.outages} <= {"database-broken", "database-unsure"}
        # What one has in hand and what is due are of the same database as the rest.
        (work,) = await stores[0].claim(owner="a", lease=MINUTE, limit=1)
        assert work.item.id not in {w.item.id for w in await stores[1].claim(owner="b", lease=MINUTE, limit=999)}
        await stores[0].save(moved(work.item, State.DECLINED), token=work.token)


async def test_so_it_does_where_one_address_leads_to_who_is_the_primary(postgres_pair: Pair) -> None:
    """Its machine is gone without a word: the old connections are silent for good, and aren't waited for."""
    async with by_one_address(postgres_pair) as (relay, url), open_store(url, exclusive=True) as store:
        writers = Writers([store])
        async with writers.at_work():
            await writers.more(20)
            relay.cut()
            postgres_pair.primary.kill()
            relay.lead(postgres_pair.standby.port)
            await asyncio.to_thread(postgres_pair.promote)
            await writers.more(40)
        await each_is_there_once(store, writers.acknowledged)


@pytest.mark.parametrize("more", ["", "?target_session_attrs=any"], ids=["asked for", "any taken"])
async def test_a_standby_that_only_reads_is_an_outage(postgres_pair: Pair, more: str) -> None:
    """A write that reaches it says that the database is away, and whose move it is; promoted, it is the database."""
    async with by_one_address(postgres_pair, more) as (relay, url), open_store(url, exclusive=True) as store:
        await store.add(a_request(1), origin="o1", entries=[an_entry()], due_in=NOW)
        postgres_pair.primary.kill()
        relay.lead(postgres_pair.standby.port)
        writes = (
            store.add(a_request(2), origin="o2", entries=[], due_in=None),
            store.claim(owner="a", lease=MINUTE, limit=9),
            store.beat(),
        )
        for outage in await asyncio.gather(*writes, return_exceptions=True):
            assert isinstance(outage, StoreUnavailable), outage
            assert "It only reads: it is a standby. Name the primary" in str(outage)
            assert outage.phrase.code == "database-broken"
        with pytest.raises(StoreUnavailable, match=r"It only reads: it is a standby\. Name the primary"):
            async with open_store(postgres_pair.standby.url("shared"), exclusive=True):
                pass
        await asyncio.to_thread(postgres_pair.promote)
        await store.add(a_request(2), origin="o2", entries=[an_entry()], due_in=None)
        assert [w.item.id for w in await store.claim(owner="a", lease=MINUTE, limit=9)] == ["R-1"]
        assert (await store.verify_chain()).findings == ()
