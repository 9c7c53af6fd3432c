"""Socket Mode's server side: tickets, hello, envelopes and their acks, ping and pong, refresh, several connections.

Source: Slack, "Using Socket Mode".
"""

from __future__ import annotations

import asyncio
import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import WSMsgType, web

from slack_sandbox.app import App
from slack_sandbox.changes import Changes

MOST_CONNECTIONS: Final = 10
TICKET_SECONDS: Final = 30.0


class ConnectionLost(Exception):
    """The connection that carried an envelope ended before its ack."""


@dataclass(eq=False, slots=True)
class Connection:
    """One open WebSocket; *retiring* gets nothing new, *silent* says nothing any more."""

    request: web.Request
    socket: web.WebSocketResponse
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)
    retiring: bool = False
    silent: bool = False
    unanswered_pings: int = 0


class Sockets:
    """The app's Socket Mode connections."""

    def __init__(self, app: App, changes: Changes, *, ping_seconds: float = 10.0, grace_seconds: float = 2.0) -> None:
        """Start with none; *grace_seconds* is how long an old connection lives after its `disconnect` frame."""
        self._app, self._changes = app, changes
        self._ping_seconds, self._grace = ping_seconds, grace_seconds
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._turn = 0
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def open(self) -> int:
        """How many connections can be given work."""
        return len(self._usable())

    def _usable(self) -> list[Connection]:
        """Return the fresh connections, or where there is none those that are about to be closed."""
        alive = [c for c in self._connections if not c.socket.closed]
        return [c for c in alive if not c.retiring] or alive

    def ticket(self) -> str:
        """Return a ticket for one connection."""
        ticket = str(uuid.uuid4())
        self._tickets[ticket] = time.monotonic()
        return ticket

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        issued = self._tickets.pop(request.query.get("ticket", ""), None)
        if issued is None or time.monotonic() - issued > TICKET_SECONDS:
            return web.Response(status=403, text="invalid ticket")
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(request, socket)
        if len(self._usable()) >= MOST_CONNECTIONS:
            await self._disconnect(connection, "too_many_websockets")
            await socket.close()
            return socket
        self._connections.append(connection)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": self.open,
                "debug_info": {"host": "applink-sandbox", "build_number": 10, "approximate_connection_time": 18060},
                "connection_info": {"app_id": self._app.app_id},
            }
        )
        self._changes.publish("sockets", {"open": self.open})
        pings = asyncio.create_task(self._ping(connection))
        try:
            await self._read(connection)
        finally:
            pings.cancel()
            self._lost(connection)
        return socket

    async def _read(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.silent:
                continue
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                connection.unanswered_pings = 0
            elif message.type is WSMsgType.TEXT:
                self._ack(connection, message.data)

    def _ack(self, connection: Connection, text: str) -> None:
        try:
            frame = json.loads(text)
        except json.JSONDecodeError:
            return  # Slack ignores what it can't read; the envelope then times out
        waiting = connection.waiting.get(str(frame.get("envelope_id"))) if isinstance(frame, dict) else None
        if waiting and not waiting.done():
            waiting.set_result(frame.get("payload"))

    async def _ping(self, connection: Connection) -> None:
        while not connection.socket.closed:
            await asyncio.sleep(self._ping_seconds)
            if connection.silent:
                continue
            if connection.unanswered_pings >= 3:
                await connection.socket.close()
                return
            connection.unanswered_pings += 1
            try:
                await connection.socket.ping(f"Ping from applink-sandbox {secrets.token_hex(4)}".encode())
            except ConnectionError:
                return  # it broke just now; the reader notices by itself

    def _lost(self, connection: Connection) -> None:
        if connection in self._connections:
            self._connections.remove(connection)
        for future in connection.waiting.values():
            if not future.done():
                future.set_exception(ConnectionLost())
        self._changes.publish("sockets", {"open": self.open})

    async def send(self, envelope: dict[str, Any], seconds: float) -> Any:
        """Send *envelope* on one of the connections, in turn, and return the payload of its ack (None: a bare ack).

        Raises:
            ConnectionLost: there is no connection, or it ended first.
            TimeoutError: no ack within *seconds*.
        """
        usable = self._usable()
        if not usable:
            raise ConnectionLost
        self._turn += 1
        connection = usable[self._turn % len(usable)]
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope["envelope_id"]] = future
        try:
            if not connection.silent:
                try:
                    await connection.socket.send_json(envelope)
                except ConnectionError as e:
                    raise ConnectionLost from e
            async with asyncio.timeout(seconds):  # wait_for forgets a cancellation where the connection ends just then
                return await future
        finally:
            del connection.waiting[envelope["envelope_id"]]

    async def _disconnect(self, connection: Connection, reason: str) -> None:
        frame = {"type": "disconnect", "reason": reason, "debug_info": {"host": "applink-sandbox"}}
        await connection.socket.send_json(frame)

    async def drop(self) -> int:
        """Break every connection without a closing handshake; return how many there were."""
        broken = list(self._connections)
        for connection in broken:
            connection.retiring = True
            if connection.request.transport is not None:
                connection.request.transport.abort()
        return len(broken)

    async def refresh(self, reason: str = "refresh_requested") -> int:
        """Ask for new connections and close the old ones a little later; return how many there were."""
        old = [c for c in self._usable() if not c.retiring]
        for connection in old:
            connection.retiring = True
            await self._disconnect(connection, reason)
            task = asyncio.create_task(self._close_later(connection))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        return len(old)

    async def _close_later(self, connection: Connection) -> None:
        await asyncio.sleep(self._grace)
        await connection.socket.close()

    def silence(self) -> int:
        """Let every connection fall silent, pongs included; return how many there were."""
        for connection in self._connections:
            connection.silent = True
        return len(self._connections)

    async def close(self) -> None:
        """Close every connection."""
        for task in self._tasks:
            task.cancel()
        for connection in list(self._connections):
            await connection.socket.close()
