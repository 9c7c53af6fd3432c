"""`/_sandbox/live?user=ana`: a WebSocket that pushes a person's state once, and every change after it, as JSON.

A page that sends the text "state" gets the whole state again, in order with the changes: a state that came by another
way could be older than a change that the page has seen already, and undo it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final

from aiohttp import WSMsgType, web

from slack_sandbox.changes import Change
from slack_sandbox.site import Site

MOST_UNREAD: Final = 1000


class Live:
    """Serves the live socket; *state* returns a person's whole state."""

    def __init__(self, site: Site, state: Callable[[str], dict[str, Any]]) -> None:
        """Serve *site*."""
        self._site, self._state = site, state
        self._open: set[web.WebSocketResponse] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one page until it goes."""
        try:
            user = self._site.workspace.person(request.query.get("user", "")).id
        except KeyError as e:
            return web.json_response({"ok": False, "error": str(e.args[0])}, status=404)
        socket = web.WebSocketResponse(heartbeat=20.0)
        await socket.prepare(request)
        queue: asyncio.Queue[Change | None] = asyncio.Queue(MOST_UNREAD)  # None: the whole state

        def put(change: Change | None) -> None:
            if queue.full():  # a page that doesn't read: it gets the whole state again when it comes back
                sender.cancel()
            else:
                queue.put_nowait(change)

        def take(change: Change) -> None:
            if change.users is None or user in change.users:
                put(change)

        stop = self._site.workspace.changes.listen(take)
        self._open.add(socket)
        queue.put_nowait(None)
        sender = asyncio.create_task(self._send(socket, user, queue))
        try:
            async for message in socket:
                if message.type is WSMsgType.ERROR:
                    break
                if message.type is WSMsgType.TEXT and message.data == "state":
                    put(None)
        finally:
            stop()
            sender.cancel()
            self._open.discard(socket)
        return socket

    async def _send(self, socket: web.WebSocketResponse, user: str, queue: asyncio.Queue[Change | None]) -> None:
        try:
            while True:
                change = await queue.get()
                if change is None:
                    await socket.send_json({"type": "state", "state": self._state(user)})
                else:
                    await socket.send_json({"type": change.kind, **change.data})
        except ConnectionError:
            return  # the page went; handle() ends by itself
        finally:
            await socket.close()

    async def close(self) -> None:
        """Close every socket."""
        for socket in list(self._open):
            await socket.close()
