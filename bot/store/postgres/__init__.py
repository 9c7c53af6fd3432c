"""The store on PostgreSQL: a server, which several processes share."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final, TypeVar

import psycopg

from bot.core.condition import Condition
from bot.core.errors import ConfigError, StoreUnavailable
from bot.core.phrase import as_told
from bot.core.restored import Restored
from bot.ports import Clock, Store
from bot.store.moving import Moved, Source
from bot.store.postgres import arriving, migrating, outages, run_statements
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import dialled
from bot.store.postgres.listening import Listener
from bot.store.postgres.postgres_store import PostgresStore
from bot.store.postgres.session import Session
from bot.store.postgres.units import Units
from bot.store.restoring import mark_of
from bot.store.server_url import ServerUrl

__all__ = ["made", "mark_restored", "opened", "receive"]

T = TypeVar("T")

_SERVING: Final = 4  # connections; one more listens
_BESIDE: Final = 1
_GONE: Final = 1.0  # seconds: the server sees a moment later that a process has ended


@asynccontextmanager
async def opened(
    server: ServerUrl, *, serving: bool, clock: Clock | None, woken: Callable[[], None] | None
) -> AsyncIterator[Store]:
    """Open the database on *server*; see `bot.store.open_store`."""
    await asyncio.to_thread(_prepared, server, make=serving)
    me = secrets.token_hex(8)
    dial = partial(dialled, server)
    async with AsyncExitStack() as stack:
        lanes = [Lane(dial, server, me=me) for _ in range(_SERVING if serving else _BESIDE)]
        units = await stack.enter_async_context(Units(lanes, server))
        hears: Callable[[], Condition] | None = None
        if serving and woken is not None:
            loop = asyncio.get_running_loop()
            listener = Listener(dial, partial(_in_the_loop, loop, woken), me=me, send=units.tell)
            units.watch(listener)
            listener.start()
            hears = partial(_condition, listener)
            stack.push_async_callback(asyncio.to_thread, listener.close)
        store = PostgresStore(units, clock=clock, hears=hears)
        await store.ask_the_time()
        yield store


async def made(server: ServerUrl) -> bool:
    """Make the tables on *server*; False: they are there, and nothing was changed."""
    return await asyncio.to_thread(_prepared, server, make=True)


def mark_restored(server: ServerUrl, *, as_of: datetime | None, by: str) -> Restored:
    """Mark the database on *server*; see `bot.store.mark_restored`."""

    def unit(session: Session) -> Restored:
        if session.is_lent:
            raise ConfigError(
                f"{server} is reached by a pooler, which hides whether bots still run. Name the server itself in "
                "SNAPSHOT_BOT_DATABASE for this command."
            )
        migrating.migrate(session, server)  # what was put back may be of an older version
        end = time.monotonic() + _GONE
        while (others := run_statements.bots(session)) and time.monotonic() < end:
            time.sleep(0.05)
        if others:
            text = (
                f"{server} has {others} connections of bots. Stop every bot, then try again. A pooler keeps those of "
            )
            text += "bots that have ended until it is told to RECONNECT."
            raise StoreUnavailable(text, phrase=as_told(text))
        before = run_statements.last_restore(session)
        changed = run_statements.last_change(session)
        restored = mark_of(changed, before, as_of, session.now().astimezone(UTC))
        if restored is not before:
            run_statements.mark_restored(session, restored, by)
        return restored

    return _alone(server, unit, Extent.CHANGE)


def receive(server: ServerUrl, source: Source) -> Moved:
    """Keep on *server* all that *source* has, or nothing; see `bot.store.move`."""

    def unit(session: Session) -> Moved:
        migrating.refuse_unfit(session, server)
        migrating.migrate(session, server)
        return arriving.arrive(session, source, server)

    return _alone(server, unit, Extent.CHANGE)


def _prepared(server: ServerUrl, *, make: bool) -> bool:
    """See that the server can be used and has the tables of this version; *make* them where it hasn't.

    Return whether there were none.

    Raises:
        ConfigError: it can't be used; the text says how to fix it.
        StoreUnavailable: the same, but it may pass.
    """

    def unit(session: Session) -> bool:
        migrating.refuse_unfit(session, server)
        if make:
            return migrating.migrate(session, server)
        migrating.refuse_outdated(session, server)
        return False

    return _alone(server, unit, Extent.CHANGE if make else Extent.WHOLE)


def _alone(server: ServerUrl, unit: Callable[[Session], T], extent: Extent) -> T:
    """Do *unit* on a connection of its own.

    Raises:
        ConfigError: the server can't be used; the text says how to fix it.
        StoreUnavailable: the same, but it may pass.
    """
    with ExitStack() as stack:
        try:
            lines = [dialled(server)]
            stack.callback(lines[0].close)
            lane = Lane(lambda: lines.pop() if lines else dialled(server), server)
            stack.callback(lane.close)
            return lane.do(unit, extent)
        except psycopg.Error as error:
            raise outages.refusal(error, server) from error
        except StoreUnavailable as error:
            if isinstance(error.__cause__, psycopg.Error):
                raise outages.refusal(error.__cause__, server) from error
            raise


def _condition(listener: Listener) -> Condition:
    return listener.condition


def _in_the_loop(loop: asyncio.AbstractEventLoop, woken: Callable[[], None]) -> None:
    """Call *woken* there, from another thread."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(woken)
