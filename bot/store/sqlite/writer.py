"""One thread that writes, with group commit: each unit waits for its own commit, many units share one fsync."""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, NamedTuple, Self, TypeVar

from bot.core.errors import StoreUnavailable
from bot.core.phrase import Phrase
from bot.store.sqlite.failures import outage
from bot.store.sqlite.waiting import patiently

T = TypeVar("T")
Unit = Callable[[sqlite3.Connection], T]

ROOM: Final = 256  # units that may wait; those beyond wait in turn for room, without taking memory in the queue


class _Job(NamedTuple):
    unit: Unit[Any]
    future: asyncio.Future[Any]


class _Outcome(NamedTuple):
    future: asyncio.Future[Any]
    result: Any
    error: Exception | None


class Writer:
    """Runs units of work on its connection; nobody else may use that connection between enter and exit."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        check: Callable[[], None] = lambda: None,
        room: int = ROOM,
        patience: float = 5.0,
    ) -> None:
        """Take the *connection*; *patience* in seconds is for other processes that write at the same time.

        *check* raises where what is written doesn't get into the file that everybody will open.
        """
        self._connection = connection
        self._check = check
        self._patience = patience
        self._room = asyncio.Semaphore(room)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._closed = False

    async def __aenter__(self) -> Self:
        """Start the thread."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits, then end the thread."""
        self._closed = True
        self._jobs.put(None)
        try:
            await asyncio.to_thread(self._thread.join)
        finally:
            self._thread.join()  # also when this task is cancelled: the connection is closed next

    async def run(self, unit: Unit[T]) -> T:
        """Run *unit* in a savepoint of its own and return its result once it is committed.

        Cancelling the caller doesn't stop a unit that waits already.

        Raises:
            StoreUnavailable: the database can't be written, or is closing.
            Exception: what *unit* raised; then nothing of it was written, and no other unit is touched.
        """
        await self._room.acquire()
        if self._closed:
            self._room.release()
            raise StoreUnavailable("the store is closing", phrase=Phrase("database-closing"))
        future: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put(_Job(unit, future))
        return await future

    def _work(self) -> None:
        more = True
        while more:
            jobs, more = self._waiting()
            outcomes = self._commit(jobs) if jobs else []
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more, and the commit stands
                self._loop.call_soon_threadsafe(self._settle, outcomes)
        try:
            self._check()
        except StoreUnavailable:
            self._empty_log()

    def _waiting(self) -> tuple[list[_Job], bool]:
        """Wait for a job and return it with all that came meanwhile; False: that was the end."""
        jobs: list[_Job] = []
        job = self._jobs.get()
        while job is not None:
            jobs.append(job)
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs, True
        return jobs, False

    def _commit(self, jobs: list[_Job]) -> list[_Outcome]:
        connection = self._connection
        try:
            patiently(lambda: connection.execute("BEGIN IMMEDIATE"), patience=self._patience)
            outcomes = [self._attempt(job) for job in jobs]
            self._check()
            connection.execute("COMMIT")
            self._check()  # nobody is told "saved" of what went into a file without a name
        except Exception as error:  # handed to everyone who waits: none of the units was committed
            with suppress(sqlite3.Error):  # a transaction that stays open makes the next BEGIN fail, loudly
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            if isinstance(error, StoreUnavailable):
                self._empty_log()
            return [_Outcome(job.future, None, _for_callers(error)) for job in jobs]
        return outcomes

    def _empty_log(self) -> None:
        """Bring what was saved into the database file itself, as far as it can be, and leave SQLite's log empty.

        Once the names don't lead to the files that are open, SQLite leaves the log behind: lost with the process, or
        found beside a backup that is put in place, to which it doesn't belong.
        """
        with suppress(sqlite3.Error):
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _attempt(self, job: _Job) -> _Outcome:
        connection = self._connection
        connection.execute("SAVEPOINT unit")
        try:
            result = job.unit(connection)
        except Exception as error:  # it belongs to the one who waits for this unit
            if not connection.in_transaction:
                raise  # SQLite has rolled back everything (disk full, I/O error): the units before it are lost as well
            connection.execute("ROLLBACK TO unit")
            connection.execute("RELEASE unit")
            return _Outcome(job.future, None, _for_callers(error))
        connection.execute("RELEASE unit")
        return _Outcome(job.future, result, None)

    def _settle(self, outcomes: list[_Outcome]) -> None:
        for future, result, error in outcomes:
            self._room.release()
            if future.done():
                continue  # its caller was cancelled
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)


def _for_callers(error: Exception) -> Exception:
    return outage(error) if isinstance(error, sqlite3.Error) else error
