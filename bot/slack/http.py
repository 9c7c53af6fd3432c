"""`POST /slack/events`: our thin door in front of Bolt.

The signature comes first, and what Bolt 1.30 trips over is settled here: malformed headers, a body that isn't what it
says, the same request sent twice, and commands whose text holds the word "payload" (Bolt takes their form for JSON).

Source: docs.slack.dev, "Verifying requests from Slack".
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_internals import build_async_context
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.core.errors import BotError, ConfigError

log = structlog.get_logger(__name__)

PATH: Final = "/slack/events"
LARGEST: Final = 1024 * 1024  # bytes; Slack's own payloads stay far below
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_SIGNATURE: Final = 67  # "v0=" and 64 hex digits
_SENT_TWICE: Final = "signature"
_REMEMBERING: Final = 0.4  # seconds; what an answer takes after it must fit into Slack's three, too


class SlackHttp:
    """Takes Slack's signed requests. *first_time* remembers durably which signatures were seen."""

    def __init__(
        self,
        app: AsyncApp,
        *,
        signing_secret: str,
        first_time: Callable[[str], Awaitable[bool]],
    ) -> None:
        if not signing_secret.strip():
            raise ConfigError("SLACK_SIGNING_SECRET is empty. Copy it from api.slack.com/apps > Basic Information.")
        self._app = app
        self._verifier = SignatureVerifier(signing_secret)
        self._first_time = first_time

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one request; 401 where it isn't provably Slack's, 400, 413 or 415 where its body is wrong."""
        if request.content_length is not None and request.content_length > LARGEST:
            return _no(413, "too large")
        try:
            raw = await _read(request)
        except web.HTTPRequestEntityTooLarge:
            return _no(413, "too large")
        signature = request.headers.get("X-Slack-Signature", "")
        if not self._is_signed(raw, request.headers.get("X-Slack-Request-Timestamp", ""), signature):
            if request.content_type == _FORM and _is_ssl_check(raw):
                return web.Response()  # Slack checks our certificate so, unsigned; it asks for nothing
            log.warning("http.unsigned", remote=request.remote)
            return _no(401, "invalid signature")
        if request.content_type not in (_FORM, _JSON):
            return _no(415, "unsupported content type")
        try:
            form, delivery = _parse(raw.decode("utf-8"), request.content_type)
        except ValueError:
            return _no(400, "malformed body")
        try:
            async with asyncio.timeout(_REMEMBERING):
                if not await self._first_time(f"{_SENT_TWICE}:{signature}"):
                    log.warning("http.replayed", remote=request.remote)
                    return _no(401, "seen before")
        except (BotError, TimeoutError) as e:
            log.warning("http.not_remembered", error=repr(e))
            if delivery.get("type") == "event_callback":
                return _no(503, "try again")  # Slack delivers an event again
            # Somebody waits for words. What they ask for can't be saved either, unless that has just become possible.
        return await self._dispatch(request, raw.decode("utf-8"), form, delivery)

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

    async def _dispatch(
        self, request: web.Request, raw: str, form: dict[str, str], delivery: Mapping[str, Any]
    ) -> web.Response:
        headers: dict[str, str | Sequence[str]] = {name: request.headers.getall(name) for name in request.headers}
        asked = AsyncBoltRequest(body=raw if "command" not in form else "", headers=headers)
        if "command" in form:
            asked.raw_body = raw
            asked.body = form
            asked.context = build_async_context(AsyncBoltContext({}), asked.body)
        return await to_aiohttp_response(await self._app.async_dispatch(asked))


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


def _parse(body: str, content_type: str) -> tuple[dict[str, str], Mapping[str, Any]]:
    """Return (form fields, payload); a ValueError where the body isn't what Slack sends."""
    if content_type == _JSON:
        return {}, _mapping(body)
    form = dict(parse_qsl(body, keep_blank_values=True, strict_parsing=True, errors="strict"))
    if "command" in form:
        return form, form
    if "payload" not in form:
        raise ValueError("neither a command nor a payload")
    payload = _mapping(form["payload"])
    if payload.get("type") in ("view_submission", "view_closed") and "type" not in (payload.get("view") or {}):
        raise ValueError("a view without a type")
    return {}, payload


def _mapping(text: str) -> Mapping[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")
    return found


def _is_ssl_check(raw: bytes) -> bool:
    return b"ssl_check=1" in raw.split(b"&") and len(raw) < 1024


def _no(status: int, why: str) -> web.Response:
    return web.json_response({"error": why}, status=status)
