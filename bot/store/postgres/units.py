"""A few threads with a connection each, which do the units that wait in one queue.

Threads and not the driver's asyncio: a caller who is cancelled leaves its unit alone, and with it the driver.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar

from bot.store.postgres import outages
from bot.store.postgres.lanes import CHANNEL, Extent, Lane
from bot.store.postgres.listening import Listener
from bot.store.postgres.session import Session
from bot.store.server_url import ServerUrl

T = TypeVar("T")

ROOM: Final = 256  # units that may wait; those beyond wait in turn for room, without taking memory in the queue
_LONGEST: Final = 5.0  # seconds that a unit may wait for a thread
_AT_THE_END: Final = 3.0  # seconds for a server that doesn't answer while the process stops: supervisors wait for ten
_SILENCE: Final = 10.0  # seconds after which an answer isn't waited for any more: twice what a statement may take


class _Errand(NamedTuple):
    unit: Callable[[Session], Any]
    extent: Extent
    at: datetime | None
    since: float
    future: asyncio.Future[Any] | None  # None: nobody waits for it


class Units:
    """Does units on *lanes*, a thread for each, between enter and exit."""

    def __init__(
        self,
        lanes: Sequence[Lane],
        server: ServerUrl,
        *,
        longest: float = _LONGEST,
        silence: float = _SILENCE,
    ) -> None:
        """Take the *lanes*; *longest* and *silence* are in seconds: for a thread, and for an answer of the server."""
        self._lanes = lanes
        self._watched: list[Lane | Listener] = [*lanes]
        self._server = server
        self._longest = longest
        self._silence = silence
        self._room = asyncio.Semaphore(ROOM)
        self._errands: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, args=[lane], name=f"store-{number}", daemon=True)
            for number, lane in enumerate(lanes, 1)
        ]
        self._watch = threading.Thread(target=self._hush, name="store-watch", daemon=True)
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start the threads."""
        self._loop = asyncio.get_running_loop()
        for thread in (*self._threads, self._watch):
            thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do what waits, then end the threads; a server that is gone isn't waited for."""
        self._closed = True
        self._silence = min(self._silence, _AT_THE_END)
        for lane in self._lanes:
            lane.end_within(_AT_THE_END)
        for _ in self._threads:
            self._errands.put(None)
        try:
            await asyncio.to_thread(self._join)
        finally:
            self._join()  # also when this task is cancelled

    def tell(self, note: str) -> None:
        """Let every process that listens hear *note*, once a thread is free. Any thread may call it."""
        statement, values = "SELECT pg_notify(%(channel)s, %(note)s)", {"channel": CHANNEL, "note": note}
        self._errands.put(_Errand(lambda s: s.rows(statement, values), Extent.STATEMENT, None, time.monotonic(), None))

    def watch(self, listener: Listener) -> None:
        """Cut what *listener* listens by where the server is silent, too."""
        self._watched.append(listener)

    async def read(self, query: Callable[[Session], T], at: datetime | None, *, whole: bool = False) -> T:
        """Return what *query* returns; *whole*: its statements see one moment of the database.

        Raises:
            StoreUnavailable: the server doesn't answer, or the store is closing.
        """
        return await self._done(query, Extent.WHOLE if whole else Extent.READ, at)

    async def change(self, unit: Callable[[Session], T], at: datetime | None) -> T:
        """Do *unit* in a transaction of its own and return its result once it is committed.

        Cancelling the caller doesn't stop a unit that waits already. It may be begun more than once.

        Raises:
            StoreUnavailable: the server can't be written, or the store is closing.
            Exception: what *unit* raised; then nothing of it was written.
        """
        return await self._done(unit, Extent.CHANGE, at)

    async def change_again(self, unit: Callable[[Session], T], at: datetime | None) -> T:
        """Do *unit*, one statement that may as well be run twice, and return its result once it is committed.

        Raises:
            StoreUnavailable, Exception: as `change`.
        """
        return await self._done(unit, Extent.STATEMENT, at)

    async def _done(self, unit: Callable[[Session], T], extent: Extent, at: datetime | None) -> T:
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise outages.closing()
        future: asyncio.Future[T] = self._loop.create_future()
        self._errands.put(_Errand(unit, extent, at, time.monotonic(), future))
        return await future

    def _work(self, lane: Lane) -> None:
        while (errand := self._errands.get()) is not None:
            result: Any = None
            error: Exception | None = None
            try:
                if time.monotonic() - errand.since > self._longest:
                    raise outages.crowded(self._server)
                result = lane.do(errand.unit, errand.extent, errand.at)
            except Exception as raised:  # it belongs to the one who waits for this unit
                error = raised
            if errand.future is None:
                continue
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more, and the commit stands
                self._loop.call_soon_threadsafe(self._settle, errand.future, result, error)
        lane.close()

    def _settle(self, future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
        self._room.release()
        if future.done():
            return  # its caller was cancelled
        if error is None:
            future.set_result(result)
        else:
            future.set_exception(error)

    def _hush(self) -> None:
        while not self._over.wait(min(0.5, self._silence / 4)):
            cut = [watched.hush(self._silence) for watched in self._watched]
            if any(cut):
                # Where a machine is gone without a word, each connection would be waited for, one after the other.
                for lane in self._lanes:
                    lane.doubt()

    def _join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._over.set()
        self._watch.join()
