"""Socket Mode: Slack's deliveries over a WebSocket that the bot opens, so that it needs no public URL.

Source: docs.slack.dev, "Using Socket Mode".
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable
from functools import partial
from typing import Final

import structlog
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.core.errors import SlackUnavailable
from bot.proxies import Proxies
from bot.slack.door import Door, Malformed, parse, read
from bot.slack.identity import open_connection

log = structlog.get_logger(__name__)

# Seconds. Short: with the answers under way, the tasks and the worker it must all fit into the ten of a SIGTERM.
_CLOSING: Final = 1.0
# Of a frame that is no JSON; in what people type, quotes have backslashes.
_EVENT: Final = re.compile(r'"type"\s*:\s*"events_api"')
_ENVELOPE: Final = re.compile(r'"envelope_id"\s*:\s*"([0-9A-Za-z-]{1,64})"')


class SocketMode:
    """One connection to Slack, kept up by Bolt's handler. *ping_interval* and *patience* are in seconds."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        app_token: str,
        proxies: Proxies | None = None,
        delivered: Callable[[str], None] = lambda kind: None,
        ping_interval: float = 10,
        patience: float = 20,
    ) -> None:
        self._app = app
        self._proxies = proxies or Proxies()
        self._door = Door(app, delivered=delivered)
        self._app_token = app_token
        self._ping_interval = ping_interval
        self._patience = patience
        self._handler: AsyncSocketModeHandler | None = None
        self._watch: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None] | None] = set()
        self._closing = False

    async def connect(self, url: str | None = None) -> None:
        """Connect; *url* is a WebSocket URL that `open_connection` has just given, if one is at hand.

        The handler by itself would try a wrong token for ever, so the token is tried before.

        Raises:
            ConfigError: Slack doesn't accept the app-level token. SlackUnavailable: Slack can't be asked.
        """
        url = url or await open_connection(self._app.client, self._app_token)
        logger = logging.getLogger("bot.slack.socket.frames")
        logger.setLevel(logging.WARNING)  # below that, frames with people's input are written out
        handler = AsyncSocketModeHandler(self._app, self._app_token, logger=logger, ping_interval=self._ping_interval)
        handler.client.wss_uri = url
        handler.client.proxy = self._proxies.url(url)  # what it found in the environment by itself is not meant
        handler.client.socket_mode_request_listeners[:] = [self._take]  # type: ignore[list-item]
        handler.client.enqueue_message = partial(self._read, handler.client)  # type: ignore[method-assign]
        self._handler = handler
        try:
            async with asyncio.timeout(self._patience):
                await handler.client.connect()  # type: ignore[no-untyped-call]
        except TimeoutError as e:
            await self.close(grace=0)
            raise SlackUnavailable("no WebSocket to Slack") from e
        self._watch = asyncio.create_task(self._renew_tickets(handler.client), name="socket-watch")
        log.info("socket.connected")

    async def _read(self, client: SocketModeClient, frame: str) -> None:
        """Let *client* have a frame that it can read; of others it would write what is in them to the log."""
        try:
            envelope = read(frame) if frame.startswith("{") else {}
            if "envelope_id" in envelope and not isinstance(envelope.get("payload"), dict):
                raise Malformed("no JSON object", field="payload")
        except Malformed as e:
            self._door.refuse(e)
            if _EVENT.search(frame) and (found := _ENVELOPE.search(frame)):
                await client.send_socket_mode_response(SocketModeResponse(envelope_id=found[1]))  # as in _answer
        else:
            await type(client).enqueue_message(client, frame)

    async def _take(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        """Pass a delivery to Bolt; the client holds its tasks only weakly, and knows of none when it closes."""
        if self._closing or self._handler is None:
            return  # not acknowledged: Slack delivers events again, to the bot's next connection
        task = asyncio.current_task()
        self._under_way.add(task)
        try:
            await self._answer(client, request)
        finally:
            self._under_way.discard(task)

    async def _answer(self, client: SocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        try:
            answer = await self._door.pass_on(parse(request.payload))
        except Malformed as e:
            self._door.refuse(e)
            answer = BoltResponse(status=400)
        # An acknowledgement is a promise: what a person did and nobody took gets none, and Slack tells them so, as it
        # does over HTTP. An event would only come again.
        if request.type == "events_api" and answer.status in (400, 404):
            answer = BoltResponse(status=200)
        await send_async_response(client, request, answer, began)

    async def _renew_tickets(self, client: SocketModeClient) -> None:
        """Have a new URL issued while there is no connection: the client tries the same one again, which expires."""
        while True:
            await asyncio.sleep(self._ping_interval * 2)
            if not await client.is_connected():
                log.warning("socket.not_connected")
                client.wss_uri = None

    async def is_connected(self) -> bool:
        """Say whether deliveries can come in just now."""
        return self._handler is not None and await self._handler.client.is_connected()

    async def close(self, grace: float = 3.0) -> None:
        """Take no more deliveries, give those under way *grace* seconds to be answered, then shut the socket."""
        self._closing = True
        if under_way := {task for task in self._under_way if task is not None}:
            await asyncio.wait(under_way, timeout=grace)
        handler, self._handler = self._handler, None
        if handler is None:
            return
        client = handler.client
        own = [client.message_processor, client.current_session_monitor, client.message_receiver, self._watch]
        if self._watch is not None:
            self._watch.cancel()
        # The SDK's tasks are asked to end, and waited for within bounds: whether each hears it is not ours to promise.
        closing = asyncio.ensure_future(client.close())  # type: ignore[no-untyped-call]
        _, late = await asyncio.wait({closing, *(task for task in own if task is not None)}, timeout=_CLOSING)
        for task in late:
            task.cancel()
        if late:
            log.warning("socket.closed_late", tasks=len(late))
            await asyncio.wait(late, timeout=_CLOSING)
        if closing.done() and not closing.cancelled() and (error := closing.exception()) is not None:
            log.warning("socket.closed_badly", error=type(error).__name__)
