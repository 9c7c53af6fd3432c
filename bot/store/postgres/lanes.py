"""What one thread does with one connection: units, each a transaction of its own, and what became of one cut off.

Group commit, as SQLite's writer has it, would be one transaction for many units: each would hold the others' locks.
"""

from __future__ import annotations

import enum
import itertools
import math
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeVar

import psycopg
import structlog
from psycopg import errors

from bot.core.errors import BotError
from bot.store.postgres import outages
from bot.store.postgres.lines import ServerLine
from bot.store.postgres.session import Session
from bot.store.server_url import ServerUrl

log = structlog.stdlib.get_logger()

T = TypeVar("T")
CHANNEL: Final = "snapshot_bot"
_TRIES: Final = 3  # at least: to find a deadlock takes the server a second
_PATIENCE: Final = 2.0  # seconds, for a server that restarts
_PAUSE: Final = 0.3  # seconds between two tries, at most
_ASKED_FOR: Final = 10.0  # seconds, whether a transaction was committed


class Extent(enum.Enum):
    """What a unit does, by which it needs a transaction of several statements or not."""

    READ = enum.auto()  # reads, each statement by itself
    WHOLE = enum.auto()  # reads several things of one moment
    STATEMENT = enum.auto()  # changes something with one statement, which may as well be run twice (a claim that was
    # lost costs as long as its lease)
    CHANGE = enum.auto()  # changes something, once


_ALONE: Final = frozenset({Extent.READ, Extent.STATEMENT})


@dataclass(frozen=True, slots=True)
class _Mark:
    """By what a transaction is known afterwards: its number on this server, and its last entry on record."""

    number: str | None
    chained: tuple[int, str] | None


class _Again(Exception):
    """Nothing was changed, for a reason that may pass."""

    def __init__(self, error: psycopg.Error) -> None:
        super().__init__(str(error))
        self.error = error


class Lane:
    """Does units, one at a time, on a connection that is made when it is needed, and again where it broke.

    *server* is what errors name, *me* what this process calls itself in what it sends to the others.
    """

    def __init__(
        self, dial: Callable[[], ServerLine], server: ServerUrl, *, me: str = "", patience: float = _PATIENCE
    ) -> None:
        self._dial = dial
        self._server = server
        self._me = me
        self._patience = patience
        self._line: ServerLine | None = None
        self._is_doubted = False
        self._in_vain = False  # whether the last that waited for the server gave up, and no connection was made since
        self._end = math.inf  # by the monotonic clock: then nothing is tried again

    def do(self, unit: Callable[[Session], T], extent: Extent, at: datetime | None = None) -> T:
        """Do *unit* and return its result once it is committed; it may be begun several times, and is done once.

        *at* is the time by which it decides; None: the server's.

        Raises:
            StoreUnavailable: the server can't do it now; nothing was changed, unless the phrase says that it is unsure.
            Exception: what *unit* raised, and nothing was changed.
        """
        began = time.monotonic()
        for attempt in itertools.count(1):
            try:
                return self._once(unit, extent, at)
            except _Again as again:
                now = time.monotonic()
                # One waits for a server that restarts. If it is away for longer, people are to hear so within the
                # seconds that Slack gives them, and each of their acts is several units.
                is_away = self._in_vain or (attempt >= _TRIES and now - began > self._patience)
                if is_away or now > self._end:
                    self._in_vain = self._line is None
                    raise outages.outage(again.error, self._server) from again.error
            pause = min(_PAUSE, 0.02 * 2**attempt)
            time.sleep(pause * random.uniform(0.5, 1))  # noqa: S311 -- so that two that collided part
        raise AssertionError("it is tried until it returns or raises")

    def hush(self, longest: float) -> bool:
        """Cut the connection where the server has owed an answer for *longest* seconds, and say whether that was so.

        Any thread may call it.
        """
        line = self._line
        if line is None or line.silent_for() <= longest:
            return False
        log.warning("store.server_silent", seconds=longest)
        line.cut()
        return True

    def doubt(self) -> None:
        """Let the next unit make a connection of its own: what leads to the server is gone. Any thread may call it."""
        self._is_doubted = True

    def end_within(self, seconds: float) -> None:
        """Try nothing again after so many *seconds*: the process stops. Any thread may call it."""
        self._end = time.monotonic() + seconds

    def close(self) -> None:
        """Close the connection."""
        if self._line is not None:
            self._line.close()
            self._line = None

    def _open(self) -> ServerLine:
        if self._line is not None and (self._line.is_broken or self._is_doubted):
            self.close()
        self._is_doubted = False
        if self._line is None:
            try:
                self._line = self._dial()
            except psycopg.Error as error:
                if (sign := outages.code(error)) and not sign.startswith(("57", "25006", "08")):
                    raise outages.outage(error, self._server) from error
                raise _Again(error) from error
            self._in_vain = False
        return self._line

    def _once(self, unit: Callable[[Session], T], extent: Extent, at: datetime | None) -> T:
        line = self._open()
        session = Session(line, at)
        try:
            if extent in _ALONE and not line.needs_transactions:
                return unit(session)
            line.begin(whole=extent is Extent.WHOLE, reads=extent in (Extent.READ, Extent.WHOLE))
            result = unit(session)
            mark = self._marked(line, session) if extent is Extent.CHANGE else None
        except psycopg.Error as error:
            is_lost = line.is_broken
            self._give_up()
            if is_lost or outages.is_repeated(error):
                if outages.code(error) == "25006":
                    self.close()  # another server is the primary now
                raise _Again(error) from error
            raise outages.outage(error, self._server) from error
        except BaseException:
            self._give_up()
            raise
        self._commit(line, mark)
        return result

    def _marked(self, line: ServerLine, session: Session) -> _Mark:
        said = "SELECT pg_current_xact_id_if_assigned()::text AS number"
        if session.wakes:
            said += ", pg_notify(%(channel)s, %(me)s)"
        row = line.execute(said, {"channel": CHANNEL, "me": self._me}).fetchone()
        return _Mark(row["number"] if row else None, session.chained)

    def _commit(self, line: ServerLine, mark: _Mark | None) -> None:
        try:
            done = line.execute("COMMIT").statusmessage
        except psycopg.Error as error:
            if not line.is_broken:  # the server itself says no, so nothing was changed
                self._give_up()
                if outages.is_repeated(error):
                    raise _Again(error) from error
                raise outages.outage(error, self._server) from error
            if mark is None or not mark.number or not self._is_committed(mark):
                raise _Again(error) from error
            return
        if done != "COMMIT":
            raise RuntimeError(f"{done} in the place of COMMIT: a unit went on after an error")

    def _is_committed(self, mark: _Mark) -> bool:
        """Say whether the transaction of *mark* was committed, of which the connection broke with the answer.

        Raises:
            StoreUnavailable: the server doesn't say.
        """
        end = time.monotonic() + _ASKED_FOR
        while time.monotonic() < min(end, self._end):
            with suppress(psycopg.Error, _Again, BotError):
                line = self._open()
                status = self._status(line, mark)
                if status != "in progress":
                    kept = status == "committed" if mark.chained is None else self._is_recorded(line, mark.chained)
                    log.info("store.read_back", committed=kept)
                    return kept
            time.sleep(0.1)
        raise outages.unsure(self._server)

    def _status(self, line: ServerLine, mark: _Mark) -> str | None:
        try:
            row = line.execute("SELECT pg_xact_status(%(number)s::xid8) AS is", {"number": mark.number}).fetchone()
        except errors.InvalidParameterValue:  # another server, which has never come so far
            return None
        status: str | None = row["is"] if row else None
        return status

    def _is_recorded(self, line: ServerLine, chained: tuple[int, str]) -> bool:
        number, digest = chained
        found = line.execute(
            "SELECT 1 AS yes FROM audit WHERE seq = %(number)s AND hash = %(hash)s", {"number": number, "hash": digest}
        )
        return found.fetchone() is not None

    def _give_up(self) -> None:
        """Roll back, or drop the connection where that can't be done."""
        if self._line is None:
            return
        try:
            if not self._line.is_broken:
                self._line.execute("ROLLBACK")
        except psycopg.Error:
            self._line.cut()
        if self._line.is_broken:
            self.close()
