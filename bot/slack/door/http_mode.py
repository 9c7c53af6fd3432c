"""`POST /slack/events`: what is checked before Bolt sees a request.

The signature comes first, and what Bolt 1.30 trips over is settled here: malformed headers, a body that isn't what it
says, the same request sent twice, and commands whose text holds the word "payload" (Bolt takes their form for JSON).
What the body means is for dispatch.py to say.

Source: docs.slack.dev, "Verifying requests from Slack".
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier

from bot.core.errors import BotError, ConfigError
from bot.metrics import Metrics
from bot.slack.door.deliveries import EventCallback
from bot.slack.door.dispatch import LARGEST, Dispatcher, Malformed, parse, read

log = structlog.get_logger(__name__)

PATH: Final = "/slack/events"
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_SIGNATURE: Final = 67  # "v0=" and 64 hex digits
_PROOF: Final = ("X-Slack-Request-Timestamp", "X-Slack-Signature")
_SENT_TWICE: Final = "signature"
_READING: Final = 3.0  # seconds; Slack waits no longer for the answer
_REMEMBERING: Final = 0.4  # seconds; what an answer takes after it must fit into Slack's three, too
_FIELDS: Final = 100  # of a form; Slack's commands have about 15


class SlackHttp:
    """Takes Slack's signed requests. *first_time* remembers durably which signatures were seen."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        signing_secret: str,
        first_time: Callable[[str], Awaitable[bool]],
        metrics: Metrics,
    ) -> None:
        if not signing_secret.strip():
            raise ConfigError("SLACK_SIGNING_SECRET is empty. Copy it from api.slack.com/apps > Basic Information.")
        self._dispatcher = Dispatcher(app, metrics=metrics)
        self._verifier = SignatureVerifier(signing_secret)
        self._first_time = first_time

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; 401 where it isn't provably Slack's, 400, 408, 413 or 415 where its body is wrong."""
        if request.content_length is not None and request.content_length > LARGEST:
            return _no(413, "too large")
        try:
            async with asyncio.timeout(_READING):
                raw = await _read(request)
        except TimeoutError:
            return _no(408, "too slow")
        except web.HTTPRequestEntityTooLarge:
            return _no(413, "too large")
        except (web.RequestPayloadError, ConnectionError):
            return _no(400, "broken off")  # badly packed, or gone: no fault of ours that needs a traceback
        timestamp, signature = (request.headers.get(name, "") for name in _PROOF)
        if request.content_type == _FORM and _is_ssl_check(raw):
            return web.Response()  # Slack checks our certificate so, signed or not; it asks for nothing
        if not self._is_signed(raw, timestamp, signature):
            log.warning("http.unsigned", remote=request.remote)
            return _no(401, "invalid signature")
        if request.content_type not in (_FORM, _JSON):
            return _no(415, "unsupported content type")
        try:
            delivery = parse(body_of(raw, request.content_type))
        except Malformed as e:
            self._dispatcher.refuse(e)
            return _no(400, "malformed body")
        try:
            async with asyncio.timeout(_REMEMBERING):
                if not await self._first_time(f"{_SENT_TWICE}:{signature}"):
                    log.warning("http.replayed", remote=request.remote)
                    return _no(401, "seen before")
        except (BotError, TimeoutError) as e:
            log.warning("http.not_remembered", error=repr(e))
            if isinstance(delivery, EventCallback):
                return _no(503, "try again")  # Slack delivers an event again
            # Somebody waits for words. What they ask for can't be saved either, unless that has just become possible.
        headers = dict(zip(_PROOF, (timestamp, signature), strict=True))
        return await to_aiohttp_response(await self._dispatcher.pass_on(delivery, signed=raw.decode(), headers=headers))

    def _is_signed(self, raw: bytes, timestamp: str, signature: str) -> bool:
        """Say whether Slack signed *raw* within the last 5 minutes; nothing malformed gets as far as the arithmetic."""
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        if not (signature.isascii() and len(signature) == _SIGNATURE):
            return False
        try:
            return self._verifier.is_valid(raw, timestamp, signature)
        except UnicodeDecodeError:
            return False  # Slack sends UTF-8 only


async def _read(request: web.Request) -> bytes:
    """Read the body in pieces, so that one without a length can't fill the memory."""
    pieces: list[bytes] = []
    size = 0
    async for piece in request.content.iter_chunked(64 * 1024):
        size += len(piece)
        if size > LARGEST:
            raise web.HTTPRequestEntityTooLarge(max_size=LARGEST, actual_size=size)
        pieces.append(piece)
    return b"".join(pieces)


def body_of(raw: bytes, content_type: str) -> Mapping[str, Any]:
    """Return the JSON object or the form fields that Slack has sent.

    Raises:
        Malformed: it can be neither.
    """
    text = raw.decode()  # no signature fits anything but UTF-8
    if content_type == _JSON:
        return read(text)
    try:
        fields = parse_qsl(text, keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=_FIELDS)
    except ValueError as e:
        raise Malformed(f"no form ({type(e).__name__})") from None
    form = dict(fields)
    if len(form) < len(fields):
        raise Malformed("a form with a field twice")
    if "command" in form:
        return form
    if "payload" not in form:
        raise Malformed("neither a command nor a payload")
    return read(form["payload"])


def _is_ssl_check(raw: bytes) -> bool:
    return b"ssl_check=1" in raw.split(b"&") and len(raw) < 1024


def _no(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
