"""Where the record ends, told to the log once a day, at start and at stop: there it outlives a change of the database.

`snapshot-bot audit verify --head NUMBER:HASH` compares.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog

from bot.core.errors import BotError
from bot.ports import Store

log = structlog.stdlib.get_logger(__name__)


@asynccontextmanager
async def told_to_the_log(store: Store) -> AsyncIterator[None]:
    """Tell the head of *store* now, at each midnight UTC, and in the end."""
    await _tell(store, "start")
    daily = asyncio.create_task(_every_day(store), name="heads")
    try:
        yield
    finally:
        daily.cancel()
        await asyncio.wait({daily})
        await _tell(store, "stop")


async def _every_day(store: Store) -> None:
    told = store.clock.now()
    while True:
        now = store.clock.now()
        if now.date() != told.date():
            await _tell(store, "day")
            told = now
        await store.clock.sleep((_midnight_after(now) - now).total_seconds())


def _midnight_after(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


async def _tell(store: Store, when: str) -> None:
    try:
        head = await store.head()
    except BotError as e:
        log.warning("audit.head_unknown", error=str(e), when=when)
    else:
        log.info("audit.head", head=str(head), number=head.number, when=when)
