"""Response URLs: answering a command or click without a token. Source: Slack, "Handling user interaction"."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Args
from slack_sandbox.messages import check_not_empty, content
from slack_sandbox.records import StoredChannel, StoredMessage
from slack_sandbox.site import Site
from slack_sandbox.tickets import ResponseUrl
from slack_sandbox.webapi import BAD_GATEWAY, drop

_STATUS: Final[Mapping[str, int]] = {"error_500": 500, "error_502_html": 502, "error_503": 503, "error": 500}


def show_answer(site: Site, user: str, channel: StoredChannel, answer: dict[str, Any]) -> StoredMessage:
    """Show what the app answered to *user*: privately, or to the whole channel with `response_type: in_channel`.

    Raises:
        ApiError: there is nothing to show, or its blocks are wrong.
    """
    body = content(Args(answer), site.workspace, limited=False)
    check_not_empty(body)
    if body.get("metadata") == {}:
        del body["metadata"]
    if thread_ts := answer.get("thread_ts"):
        body["thread_ts"] = thread_ts
    if answer.get("response_type") == "in_channel":
        message = site.workspace.post(channel, body)
        site.events.message(message)
        return message
    return site.workspace.post(channel, body | {"is_ephemeral": True}, only_for=user)


class Responses:
    """Answers posts to response URLs."""

    def __init__(self, site: Site) -> None:
        """Answer for *site*."""
        self._site = site

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one post."""
        try:
            answer = json.loads(await request.read())
        except ValueError:
            answer = None
        exchange = self._site.exchanges.begin("app->slack", "response-url", "response_url", answer)
        fault = self._site.faults.take("response_url")
        await self._site.faults.delay(fault)
        name = fault.name if fault else ""
        if name == "drop_before":
            self._site.exchanges.end(exchange, "fault drop_before", None)
            return drop(request)
        try:
            if name == "ratelimited" and fault:
                raise ApiError("ratelimited", http=429, after=fault.retry_after)
            if fault and (status := _STATUS.get(name)):
                raise ApiError(fault.error, http=status)
            if not isinstance(answer, dict):
                raise ApiError("invalid_payload", http=400)
            self._use(self._site.tickets.use_url(request.match_info["secret"]), answer)
        except ApiError as e:
            return self._refuse(exchange, e)
        if name == "drop_after":
            self._site.exchanges.end(exchange, "fault drop_after", "ok")
            return drop(request)
        self._site.exchanges.end(exchange, "200", "ok")
        return web.Response(text="ok")

    def _refuse(self, exchange: Any, error: ApiError) -> web.Response:
        status = int(error.more.get("http", 404))
        self._site.exchanges.end(exchange, f"{status} {error.error}", error.error)
        if status == 502:
            return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
        headers = {"Retry-After": str(error.more["after"])} if "after" in error.more else None
        body = {"ok": False, "error": error.error}
        if error.messages:
            body["response_metadata"] = {"messages": error.messages}
        return web.json_response(body, status=status, headers=headers)

    def _use(self, url: ResponseUrl, answer: dict[str, Any]) -> None:
        workspace = self._site.workspace
        channel = workspace.channels[url.channel]
        source = workspace.find(url.channel, url.source, user=url.user) if url.source else None
        own = source is not None and source.body.get("bot_id") == self._site.app.bot_id
        if answer.get("delete_original"):
            if source is None or not own:
                raise ApiError("message_not_found")
            workspace.remove(source)
            return
        # a click on a private message replaces it unless told otherwise; a command has nothing to replace, so it is
        # always answered by a new message (slackapi/bolt-python#1268)
        replace = answer.get("replace_original", bool(source and source.only_for))
        if not replace or url.source is None:
            show_answer(self._site, url.user, channel, answer)
            return
        if source is None or not own:
            raise ApiError("message_not_found")
        given = content(Args(answer), workspace, limited=False)
        check_not_empty(given)
        source.body = {**source.body, **given}
        if "blocks" not in given:
            source.body.pop("blocks", None)
        workspace.show(source)
