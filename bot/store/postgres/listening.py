"""Hears of other processes' commits, to look for work sooner; who hears nothing looks every few seconds anyway."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

import psycopg
import structlog

from bot.core.condition import Condition
from bot.core.errors import BotError
from bot.store.postgres.lanes import CHANNEL
from bot.store.postgres.lines import ServerLine

log = structlog.stdlib.get_logger()

_PROBED: Final = 10.0  # seconds between two notes to itself: a connection may be dead without a word
_ANSWER: Final = 5.0  # seconds in which such a note must come
_AT_THE_END: Final = 2.0  # seconds, for one that is about to connect: it ends by itself
_PAUSES: Final = (0.2, 60.0)  # seconds before it connects again: at first, and at most
_UNHEARD: Final = "not even its own notes come: a pooler lends connections for a transaction, or it is cut off"
_LOST: Final = "the connection was lost"


class _Deaf(psycopg.OperationalError):
    """A note to itself never came."""


class Listener:
    """A thread with a connection of its own, which calls *woken* for each commit of another process.

    It is there to be quick, never to be relied upon: where it fails it begins again, and the log says so. *me* is what
    this process calls itself; its own notes are told from the others' by that. *send* has one sent by another
    connection: behind a pooler the listening one may hear what it sends itself, and nothing else.
    """

    def __init__(
        self,
        dial: Callable[[], ServerLine],
        woken: Callable[[], None],
        *,
        me: str,
        send: Callable[[str], None],
        probed: float = _PROBED,
        answer: float = _ANSWER,
    ) -> None:
        self._dial = dial
        self._woken = woken
        self._me = me
        self._send = send
        self._probe = f"{me} hears itself"
        self._probed = probed
        self._answer = answer
        self._over = threading.Event()
        self._line: ServerLine | None = None
        self._thread = threading.Thread(target=self._work, name="store-listener", daemon=True)
        self.condition = Condition(ok=False, since=datetime.now(UTC), why="it has not begun yet")

    @property
    def is_up(self) -> bool:
        """Whether it hears what others commit."""
        return self.condition.ok

    def _is(self, *, up: bool, why: str = "") -> None:
        if self.condition.ok != up or self.condition.why != why:
            since = self.condition.since if self.condition.ok == up else datetime.now(UTC)
            self.condition = Condition(ok=up, since=since, why=why)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def hush(self, longest: float) -> bool:
        """Cut the connection where the server has owed an answer for *longest* seconds, and say whether that was so.

        Any thread may call it.
        """
        line = self._line
        if line is None or line.silent_for() <= longest:
            return False
        line.cut()
        return True

    def close(self) -> None:
        """End the thread."""
        self._over.set()
        if self._line is not None:
            self._line.cut()
        self._thread.join(_AT_THE_END)

    def _work(self) -> None:
        pause, most = _PAUSES
        while not self._over.is_set():
            try:
                self._line = line = self._dial()
                try:
                    self._listen(line)
                finally:
                    if self.is_up:
                        pause = _PAUSES[0]
                    self._is(up=False, why=_LOST)
                    line.close()
            except (psycopg.Error, BotError) as error:
                self._is(up=False, why=_UNHEARD if isinstance(error, _Deaf) else _LOST)
                if not self._over.is_set():
                    why = self.condition.why
                    log.warning("store.not_listening", error=type(error).__name__, why=why, again_in=pause)
            self._over.wait(pause)
            pause = min(most, pause * 2)

    def _listen(self, line: ServerLine) -> None:
        """Listen until nothing comes any more, not even a note to itself.

        Raises:
            psycopg.Error: the connection is lost.
        """
        line.listen(CHANNEL)
        self._woken()  # what came due while nobody listened
        sent, heard = -math.inf, True
        while not self._over.is_set():
            now = time.monotonic()
            if not heard and now - sent > self._answer:
                raise _Deaf
            if heard and now - sent > self._probed:
                self._send(self._probe)
                sent, heard = now, False
            for note in line.wait(min(self._answer, self._probed) / 2):
                if note == self._probe:
                    heard = True
                    self._is(up=True)
                elif note != self._me:
                    self._woken()
