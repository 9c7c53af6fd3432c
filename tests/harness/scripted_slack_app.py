"""An app whose every answer the test writes, behind a request URL; it remembers what Slack sent."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import pytest
from aiohttp import web
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from slack_sandbox import Sandbox

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
EVERY_SCOPE = (
    *("commands", "chat:write", "chat:write.public", "users:read", "users:read.email", "usergroups:read", "team:read"),
    *("channels:read", "groups:read", "im:read", "mpim:read", "channels:history", "groups:history", "im:history"),
    *("channels:join", "im:write", "mpim:write", "app_mentions:read", "mpim:history", "chat:write.customize"),
    *("reactions:read", "reactions:write", "files:read", "files:write"),
)
TEXT = {"type": "plain_text", "text": "Text"}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class ScriptedApp:
    """Answers with what *answer* returns: None (empty), a dict (JSON), text, a status, or a whole response."""

    def __init__(self, slack: Sandbox) -> None:
        """Belong to *slack*; *api* is its Web API client, which retries nothing."""
        self.answer: Callable[[dict[str, Any]], Any] = lambda payload: None
        self.takes_challenges = True
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.raw: list[bytes] = []
        self.api = AsyncWebClient(slack.app.bot_token, base_url=slack.api_url, retry_handlers=[])

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Remember the request and answer it; a challenge is answered as every app does, and not remembered."""
        body = await request.read()
        if request.content_type == "application/json":
            payload = json.loads(body)
            if payload.get("type") == "url_verification" and self.takes_challenges:
                return web.json_response({"challenge": payload["challenge"]})
        else:
            form = dict(parse_qsl(body.decode(), keep_blank_values=True))
            payload = json.loads(form["payload"]) if "payload" in form else form
        self.heard.append(payload)
        self.headers.append(dict(request.headers))
        self.raw.append(body)
        answer = self.answer(payload)
        if asyncio.iscoroutine(answer):
            answer = await answer
        match answer:
            case None:
                return web.Response()
            case dict():
                return web.json_response(answer)
            case int():
                return web.Response(status=answer)
            case str():
                return web.Response(text=answer)
            case web.StreamResponse():
                return answer
            case _:
                raise TypeError(f"no answer: {answer!r}")

    def opens(self, view: dict[str, Any]) -> None:
        """Open *view* on every command, before the ack."""

        async def answer(payload: dict[str, Any]) -> None:
            if "command" in payload:
                await self.api.views_open(trigger_id=payload["trigger_id"], view=view)

        self.answer = answer


@contextlib.asynccontextmanager
async def request_url(slack: Sandbox, handle: Handler) -> AsyncIterator[None]:
    """Let *handle* answer whatever *slack* sends."""
    server = web.Application()
    server.router.add_post("/slack/events", handle)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    slack.app.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
    try:
        yield
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def scripted(slack: Sandbox) -> AsyncIterator[ScriptedApp]:
    """Run a scripted app for *slack*."""
    app = ScriptedApp(slack)
    async with request_url(slack, app.handle):
        yield app


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a modal with *blocks*."""
    return {"type": "modal", "title": TEXT, "submit": TEXT, "callback_id": "cb", "blocks": list(blocks), **more}


def field(block_id: str, kind: str = "plain_text_input", *, block: dict[str, Any] | None = None, **more: Any) -> Any:
    """Return an input block with an element of *kind*."""
    element = {"type": kind, "action_id": "v", **more}
    return {"type": "input", "block_id": block_id, "label": TEXT, "element": element, **(block or {})}


def button(action_id: str = "go", **more: Any) -> dict[str, Any]:
    """Return a button."""
    return {"type": "button", "action_id": action_id, "text": {"type": "plain_text", "text": action_id}, **more}


def actions(*elements: dict[str, Any], block_id: str = "row") -> dict[str, Any]:
    """Return an actions block."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def options(*values: str) -> list[dict[str, Any]]:
    """Return options whose labels are their values in capitals."""
    return [{"text": {"type": "plain_text", "text": v.upper()}, "value": v} for v in values]


async def refused(call: Awaitable[Any]) -> Any:
    """Return the answer of a Web API call that Slack refuses."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return caught.value.response
