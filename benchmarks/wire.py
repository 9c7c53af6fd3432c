"""HTTP at little cost, for the far ends of a measurement: a server of one handler, and answers as ready bytes.

It reads what well-behaved clients send (a length, no chunks) and nothing else; a framework's server would take as long
for an answer as the bot for its question.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class RawRequest:
    """A request: its method, its target as it was sent, its head in lower case, its body."""

    method: str
    target: str
    head: bytes
    body: bytes


Answering = Callable[[RawRequest], bytes | Awaitable[bytes]]


def answer(document: object, status: int = 200) -> bytes:
    """Return an HTTP answer whose body is *document* as JSON, or as it is where it is bytes."""
    body = document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()
    head = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def length_of(head: bytes) -> int:
    """Return how long the body after *head*, which is in lower case, will be."""
    _, found, rest = head.partition(b"\r\ncontent-length:")
    return int(rest.partition(b"\r\n")[0]) if found else 0


class FastServing(asyncio.Protocol):
    """One connection: each request is answered before the next is looked at."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._buffer = b""
        self._waiting: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Answer nobody any more."""
        if self._waiting is not None:
            self._waiting.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer what is complete by now."""
        self._buffer += data
        self._go_on()

    def _go_on(self) -> None:
        while self._waiting is None and (asked := self._next()):
            given = self._answering(asked)
            if isinstance(given, bytes):
                self._transport.write(given)
            else:
                self._waiting = asyncio.ensure_future(self._later(given))

    def _next(self) -> RawRequest | None:
        end = self._buffer.find(_END)
        if end < 0:
            return None
        head = self._buffer[:end]
        begin = end + len(_END)
        lower = head.lower()
        size = length_of(lower)
        if len(self._buffer) < begin + size:
            return None
        body, self._buffer = self._buffer[begin : begin + size], self._buffer[begin + size :]
        method, target, _ = head.partition(b"\r\n")[0].decode().split(" ", 2)
        return RawRequest(method, target, lower, body)

    async def _later(self, given: Awaitable[bytes]) -> None:
        self._transport.write(await given)
        self._waiting = None
        self._go_on()


async def served(answering: Answering, port: int = 0) -> tuple[asyncio.Server, int]:
    """Listen on *port* (0: any free one) of this machine; return the server and its port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: FastServing(answering), "127.0.0.1", port)
    return server, server.sockets[0].getsockname()[1]
