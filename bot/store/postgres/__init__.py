"""The store on PostgreSQL: a server, which several processes share."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Final

import psycopg

from bot.ports import Clock, Store
from bot.store.postgres import migrating, outages
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import dialled
from bot.store.postgres.listening import Listener
from bot.store.postgres.postgres_store import PostgresStore
from bot.store.postgres.session import Session
from bot.store.postgres.units import Units
from bot.store.server_url import ServerUrl

__all__ = ["made", "opened"]

_SERVING: Final = 4  # connections; one more listens
_BESIDE: Final = 1


@asynccontextmanager
async def opened(
    server: ServerUrl, *, serving: bool, clock: Clock | None, woken: Callable[[], None] | None
) -> AsyncIterator[Store]:
    """Open the database on *server*; see `bot.store.open_store`."""
    await asyncio.to_thread(_prepared, server, make=serving)
    me = secrets.token_hex(8)
    dial = partial(dialled, server)
    async with AsyncExitStack() as stack:
        listeners = []
        if serving and woken is not None:
            loop = asyncio.get_running_loop()
            listener = Listener(dial, partial(_in_the_loop, loop, woken), me=me)
            listener.start()
            stack.push_async_callback(asyncio.to_thread, listener.close)
            listeners.append(listener)
        lanes = [Lane(dial, server, me=me) for _ in range(_SERVING if serving else _BESIDE)]
        units = await stack.enter_async_context(Units(lanes, server, watched=listeners))
        store = PostgresStore(units, clock=clock)
        await store.ask_the_time()
        yield store


async def made(server: ServerUrl) -> bool:
    """Make the tables on *server*; False: they are there, and nothing was changed."""
    return await asyncio.to_thread(_prepared, server, make=True)


def _prepared(server: ServerUrl, *, make: bool) -> bool:
    """See that the server can be used and has the tables of this version; *make* them where it hasn't.

    Return whether there were none.

    Raises:
        ConfigError: it can't be used; the text says how to fix it.
        StoreUnavailable: the same, but it may pass.
    """
    try:
        dialled(server).close()
    except psycopg.Error as error:
        raise outages.refusal(error, server) from error
    lane = Lane(partial(dialled, server), server)

    def unit(session: Session) -> bool:
        migrating.refuse_unfit(session, server)
        if make:
            return migrating.migrate(session, server)
        migrating.refuse_outdated(session, server)
        return False

    try:
        return lane.do(unit, Extent.CHANGE if make else Extent.WHOLE)
    except psycopg.Error as error:
        raise outages.refusal(error, server) from error
    finally:
        lane.close()


def _in_the_loop(loop: asyncio.AbstractEventLoop, woken: Callable[[], None]) -> None:
    """Call *woken* there, from another thread."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(woken)
