"""Connections that haven't sent the head of a request yet: who sends it a byte at a time can't use up all there are.

aiohttp waits for a head as long as the other side likes, and a process has only so many files. So a connection gets a
handler once its first head is there; until then it has *seconds*. Where *most* wait, a new one ends the oldest if that
has waited for *spared* seconds: a head that is on its way is read before that, however many ask at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

_HEAD_ENDS: Final = b"\r\n\r\n"
_LONGEST_HEAD: Final = 64 * 1024  # bytes; far more than the handler takes, which says so itself
_OVERLAP: Final = len(_HEAD_ENDS) - 1


class Heads:
    """Waits for the first head of each connection, and hands it over to a handler that *make* makes."""

    def __init__(self, make: Callable[[], asyncio.Protocol], *, seconds: float, most: int, spared: float) -> None:
        self._make = make
        self._seconds = seconds
        self._most = most
        self._spared = spared
        self._waiting: dict[_Head, asyncio.TimerHandle] = {}  # the oldest first

    def __call__(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return _Head(self)

    def __len__(self) -> int:
        """Return how many connections have sent no head yet."""
        return len(self._waiting)

    def close(self) -> None:
        """Give up all that wait."""
        for head in list(self._waiting):
            head.give_up()

    def _began(self, head: _Head) -> None:
        loop = asyncio.get_running_loop()
        while len(self._waiting) >= self._most:
            oldest, timer = next(iter(self._waiting.items()))
            if timer.when() - self._seconds + self._spared > loop.time():
                break
            oldest.give_up()
        self._waiting[head] = loop.call_later(self._seconds, head.give_up)

    def _ended(self, head: _Head) -> None:
        if (timer := self._waiting.pop(head, None)) is not None:
            timer.cancel()


class _Head(asyncio.Protocol):
    """One connection until its first head is there."""

    def __init__(self, heads: Heads) -> None:
        self._heads = heads
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport), "a TCP connection's"
        self._transport = transport
        self._heads._began(self)

    def data_received(self, data: bytes) -> None:
        searched = max(0, len(self._received) - _OVERLAP)
        self._received += data
        if _HEAD_ENDS in self._received[searched:] or len(self._received) > _LONGEST_HEAD:
            self._hand_over()

    def connection_lost(self, exc: Exception | None) -> None:
        self._heads._ended(self)

    def give_up(self) -> None:
        """End the connection; nothing was asked, so nothing is answered."""
        self._heads._ended(self)
        if self._transport is not None:
            self._transport.abort()

    def _hand_over(self) -> None:
        self._heads._ended(self)
        assert self._transport is not None
        handler = self._heads._make()
        self._transport.set_protocol(handler)
        handler.connection_made(self._transport)
        handler.data_received(bytes(self._received))
