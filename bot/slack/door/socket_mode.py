"""Socket Mode: Slack's deliveries over a WebSocket that the bot opens, so that it needs no public URL.

Source: docs.slack.dev, "Using Socket Mode".
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from typing import Final

import aiohttp
import structlog
from slack_bolt.adapter.socket_mode.async_internals import send_async_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.response import BoltResponse
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from bot.core.errors import SlackUnavailable
from bot.metrics import Metrics
from bot.proxies import Proxies
from bot.slack.door.dispatch import Dispatcher, Malformed, parse, read
from bot.slack.door.tasks import Tasks

log = structlog.get_logger(__name__)

# Seconds. Short: with the answers under way, the tasks and the worker it must all fit into the ten of a SIGTERM.
_CLOSING: Final = 1.0
_LEAVING: Final = 30.0  # for Slack to close a connection that it asked us to leave
# Of a frame that is no JSON; in what people type, quotes have backslashes.
_EVENT: Final = re.compile(r'"type"\s*:\s*"events_api"')
_ENVELOPE: Final = re.compile(r'"envelope_id"\s*:\s*"([0-9A-Za-z-]{1,64})"')


class SocketMode:
    """The connections of one Bolt app: the one that counts, and older ones that Slack is about to close.

    A connection whose end can be seen is lost at once; one that died without a word when its pong is missing, half a
    *ping_interval* after the ping. *patience* is for opening one. Both are in seconds.
    """

    def __init__(
        self,
        app: AsyncApp,
        *,
        proxies: Proxies | None = None,
        metrics: Metrics,
        ping_interval: float = 5.0,
        patience: float = 10.0,
    ) -> None:
        self._app = app
        self._proxies = proxies or Proxies()
        self._dispatcher = Dispatcher(app, metrics=metrics)
        self._ping_interval = ping_interval
        self._patience = patience
        self._current: _Link | None = None
        self._lost = asyncio.Event()
        self._why_lost = ""
        self._readers: set[asyncio.Task[None]] = set()
        self._under_way = Tasks()
        self._frames = logging.getLogger("bot.slack.socket.frames")
        self._frames.setLevel(logging.WARNING)  # below that, Bolt's adapter writes out what it answers

    async def connect(self, url: str) -> None:
        """Open a connection at *url*, a secret that holds for one try; it counts from now on, older ones run out.

        Raises:
            SlackUnavailable: there is no WebSocket to be had there.
        """
        client = self._app.client
        assert client.session is not None, "build_app gives its client the session"
        try:
            async with asyncio.timeout(self._patience):
                socket = await client.session.ws_connect(
                    url,
                    heartbeat=self._ping_interval,
                    timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSING),
                    proxy=self._proxies.url(url),
                    ssl=client.ssl if client.ssl is not None else True,
                )
        except (aiohttp.ClientError, TimeoutError, OSError) as e:
            raise SlackUnavailable(f"no WebSocket to Slack: {type(e).__name__}") from e
        link = self._current = _Link(self, socket, self._frames)
        self._lost.clear()
        reader = asyncio.create_task(self._read(link), name="socket")
        self._readers.add(reader)
        reader.add_done_callback(self._readers.discard)
        log.info("socket.connected")

    async def lost(self) -> str:
        """Return once there is no connection that counts; the text says why it ended."""
        await self._lost.wait()
        return self._why_lost

    def is_connected(self) -> bool:
        """Say whether deliveries can come in just now."""
        return self._current is not None

    async def send(self, text: str) -> None:
        """Send *text* over the connection that counts: the one that an answer belongs to has gone.

        Raises:
            ConnectionError: there is none.
        """
        if self._current is None:
            raise ConnectionResetError("no connection to Slack")
        await self._current.socket.send_str(text)

    async def _read(self, link: _Link) -> None:
        why = "Slack closed the connection, or it broke"
        try:
            async with asyncio.timeout(None) as life:
                async for message in link.socket:
                    if message.type is aiohttp.WSMsgType.TEXT and (reason := self._heard(link, message.data)):
                        self._forget(link, f"Slack asked for another connection ({reason})")
                        life.reschedule(asyncio.get_running_loop().time() + _LEAVING)
        except TimeoutError:
            why = "Slack did not close the connection that it asked us to leave"
        finally:
            self._forget(link, why)
            await link.socket.close()

    def _forget(self, link: _Link, why: str) -> None:
        if self._current is link:
            log.info("socket.lost", why=why)
            self._current, self._why_lost = None, why
            self._lost.set()

    def _heard(self, link: _Link, text: str) -> str:
        """Take what a frame delivers; return the reason where Slack asks to leave this connection, else ""."""
        try:
            frame = read(text) if text.startswith("{") else {}
            if "envelope_id" in frame and not isinstance(frame.get("payload"), dict):
                raise Malformed("no JSON object", field="payload")
        except Malformed as e:
            self._dispatcher.refuse(e)
            if _EVENT.search(text) and (found := _ENVELOPE.search(text)):  # as in _answer
                self._under_way.spawn(self._acknowledge(link, found[1]), name="acknowledgement")
            return ""
        if frame.get("type") == "disconnect":
            return str(frame.get("reason") or "no reason given")
        if (request := SocketModeRequest.from_dict(frame)) is not None:
            # Once it closes nothing starts: not acknowledged, Slack delivers events again, to the next connection.
            self._under_way.spawn(self._answer(link, request), name="delivery")
        return ""

    async def _acknowledge(self, link: _Link, envelope: str) -> None:
        await link.send_socket_mode_response(SocketModeResponse(envelope_id=envelope))

    async def _answer(self, link: _Link, request: SocketModeRequest) -> None:
        """Answer a delivery over the connection that it came on."""
        began = time.time()
        try:
            answer = await self._dispatcher.pass_on(parse(request.payload))
        except Malformed as e:
            self._dispatcher.refuse(e)
            answer = BoltResponse(status=400)
        # An acknowledgement is a promise: what a person did and nobody took gets none, and Slack tells them so, as it
        # does over HTTP. An event would only come again.
        if request.type == "events_api" and answer.status in (400, 404):
            answer = BoltResponse(status=200)
        await send_async_response(link, request, answer, began)

    async def close(self, grace: float = 3.0) -> None:
        """Take no more deliveries, give those under way *grace* seconds to be answered, then shut the connections."""
        await self._under_way.close(grace)
        self._current = None
        for reader in self._readers:
            reader.cancel()
        if self._readers:
            await asyncio.wait(set(self._readers), timeout=_CLOSING * 2)


class _Link(AsyncBaseSocketModeClient):
    """One connection, as Bolt's adapter wants it to send an answer."""

    def __init__(self, owner: SocketMode, socket: aiohttp.ClientWebSocketResponse, logger: logging.Logger) -> None:
        self.socket = socket
        self.logger = logger
        self._owner = owner

    async def send_message(self, message: str) -> None:
        """Send it here, or over the newer connection where this one has ended, as Slack's own client does."""
        try:
            await self.socket.send_str(message)
        except ConnectionError:
            try:
                await self._owner.send(message)
            except ConnectionError as e:
                log.warning("socket.answer_lost", error=type(e).__name__)
