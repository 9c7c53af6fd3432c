"""`/api/<method>`: merge the arguments, check token, rate and scope, let faults strike, run the method, record it all.

Source: Slack, "Using the Slack Web API".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from email.utils import format_datetime
from typing import Any, Final

from aiohttp import web

from slack_sandbox import chat, conversations, files, reactions, scheduled_messages, usergroups, users, views
from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Args, Call, Method
from slack_sandbox.faults import SlackFault
from slack_sandbox.rates import Rates
from slack_sandbox.site import Site

METHODS: Final[Mapping[str, Method]] = {
    **chat.METHODS,
    **scheduled_messages.METHODS,
    **views.METHODS,
    **conversations.METHODS,
    **users.METHODS,
    **usergroups.METHODS,
    **reactions.METHODS,
    **files.METHODS,
}
BAD_GATEWAY: Final = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


async def read_args(request: web.Request) -> tuple[dict[str, Any], str]:
    """Return the arguments from query, form or JSON body (the body wins), and the token without its "Bearer".

    A token is taken from the header or a form; Slack takes none from a JSON body, and none from a query string of apps
    made since February 2021.

    Raises:
        ApiError: invalid_json, json_not_object or invalid_post_type.
    """
    values: dict[str, Any] = dict(request.query)
    kind, in_form = request.content_type, ""
    if request.method == "POST" and request.can_read_body:
        if kind == "application/json":
            try:
                body = json.loads(await request.read() or b"{}")
            except ValueError as e:
                raise ApiError("invalid_json") from e
            if not isinstance(body, dict):
                raise ApiError("json_not_object")
            values |= body
        elif kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
            values |= {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
            in_form = str((await request.post()).get("token", ""))
        elif await request.read():
            raise ApiError("invalid_post_type")
    header = request.headers.get("Authorization", "")
    values.pop("token", None)
    return values, (header.removeprefix("Bearer ") if header.startswith("Bearer ") else in_form).strip()


def warning_of(request: web.Request) -> str:
    """Return what Slack warns of in a request that it takes all the same: a charset that is missing, or has no use."""
    if request.method != "POST":
        return ""
    if request.content_type == "application/json" and request.charset is None:
        return "missing_charset"
    form = request.content_type == "application/x-www-form-urlencoded"
    return "superfluous_charset" if form and request.charset is not None else ""


class WebApi:
    """Answers the app's Web API calls."""

    def __init__(self, site: Site, rates: Rates) -> None:
        """Answer for *site*."""
        self._site, self._rates = site, rates

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one call, whatever it is."""
        name, token = request.match_info["method"], ""
        values: dict[str, Any] = {}
        refused: ApiError | None = None
        try:
            values, token = await read_args(request)
        except ApiError as e:
            refused = e
        exchange = self._site.exchanges.begin("app->slack", "web-api", name, values)
        fault = self._site.faults.take(name)
        await self._site.faults.delay(fault)
        if fault and (struck := self._strike(fault, request)) is not None:
            self._site.exchanges.end(exchange, f"fault {fault.name}", None)
            return struck
        try:
            if refused:
                raise refused
            if fault and fault.name in ("hash_conflict", "error"):
                raise ApiError("hash_conflict" if fault.name == "hash_conflict" else fault.error)
            answer = {"ok": True, **await self._run(name, values, token)}
        except ApiError as e:
            answer = e.answer()
        if warning := warning_of(request):
            answer = _warned(answer, warning)
        if fault and fault.name == "drop_after":
            self._site.exchanges.end(exchange, "fault drop_after", answer)
            return drop(request)
        method = METHODS.get(name)
        headers = {
            "Date": format_datetime(self._site.workspace.clock.now().astimezone(UTC), usegmt=True),
            "x-oauth-scopes": ",".join(self._site.app.scopes),
            "x-slack-req-id": f"sandbox-{exchange.id}",
        }
        if method and method.scope:
            headers["x-accepted-oauth-scopes"] = method.scope
        status = 200
        if answer.get("error") == "ratelimited":
            status = 429
            if "retry_after" in answer:  # a fault may leave it out
                headers["Retry-After"] = str(answer.pop("retry_after"))
        self._site.exchanges.end(exchange, str(status) if answer["ok"] else f"{status} {answer['error']}", answer)
        return web.json_response(answer, status=status, headers=headers)

    @staticmethod
    def _strike(fault: SlackFault, request: web.Request) -> web.Response | None:
        match fault.name:
            case "ratelimited":
                headers = {"Retry-After": str(fault.retry_after)}
                return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=headers)
            case "error_500":
                return web.json_response({"ok": False, "error": "internal_error"}, status=500)
            case "error_503":
                return web.json_response({"ok": False, "error": "service_unavailable"}, status=503)
            case "error_502_html":
                return web.Response(status=502, text=BAD_GATEWAY, content_type="text/html")
            case "drop_before":
                return drop(request)
            case _:
                return None

    async def _run(self, name: str, values: dict[str, Any], token: str) -> dict[str, Any]:
        method, app = METHODS.get(name), self._site.app
        if method is None:
            raise ApiError("unknown_method", req_method=name)
        if method.open:
            return await method.run(Call(self._site, Args(values)))
        if not token:
            raise ApiError("not_authed")
        if token not in (app.bot_token, app.app_token):
            raise ApiError("invalid_auth")
        if (token == app.app_token) != method.for_app:
            raise ApiError("not_allowed_token_type")
        if wait := self._rates.wait(name, method.per_minute, str(values.get("channel", ""))):
            raise ApiError("ratelimited", retry_after=wait)
        if method.scope and not app.has(method.scope):
            raise ApiError("missing_scope", needed=method.scope, provided=",".join(app.scopes))
        return await method.run(Call(self._site, Args(values)))


def _warned(answer: dict[str, Any], warning: str) -> dict[str, Any]:
    both = ",".join(filter(None, [answer.get("warning"), warning]))
    metadata = {**answer.get("response_metadata", {}), "warnings": both.split(",")}
    return {**answer, "warning": both, "response_metadata": metadata}


def drop(request: web.Request) -> web.Response:
    """Break the connection that *request* came on; what is returned can't be sent any more."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
