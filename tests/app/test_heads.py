"""Where the record ends is in the log: at start, once a day, at stop."""

from __future__ import annotations

import asyncio

from structlog.testing import capture_logs

from bot.core.errors import StoreUnavailable
from bot.core.phrase import Phrase
from bot.heads import told_to_the_log
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.harness.contract_store import an_entry


async def test_the_head_is_told_at_start_each_day_and_at_stop():
    """With number and hash, as `audit verify --head` takes them."""
    clock = FakeClock()
    store = FakeStore(clock=clock)
    await store.record(an_entry())
    with capture_logs() as logs:
        async with told_to_the_log(store):
            first = await store.head()
            await store.record(an_entry())
            for _ in range(48):
                clock.advance(3600)
                await asyncio.sleep(0.01)
            last = await store.head()
    told = [(e["when"], e["head"]) for e in logs if e["event"] == "audit.head"]
    assert told == [("start", str(first)), ("day", str(last)), ("day", str(last)), ("stop", str(last))]


async def test_a_database_that_cannot_be_read_keeps_nothing_from_starting():
    """The log says that the head isn't known."""

    class Unread(FakeStore):
        async def head(self):
            raise StoreUnavailable("gone", phrase=Phrase("database-closing"))

    with capture_logs() as logs:
        async with told_to_the_log(Unread()):
            pass
    assert [e["event"] for e in logs] == ["audit.head_unknown"] * 2
