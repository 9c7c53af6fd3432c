"""JSON in and out, as aiohttp serves it; what every route shares."""

from __future__ import annotations

import json
import uuid
from typing import Any

from aiohttp import web

from dws_sandbox.refusals import Refusal


def answer(status: int, body: Any = None, *, headers: dict[str, str] | None = None) -> web.Response:
    """Return a JSON answer with a request id; *body* None is an empty answer."""
    identity = {"X-Request-Id": uuid.uuid4().hex}
    text = "" if body is None else json.dumps(body)
    return web.Response(status=status, text=text, content_type="application/json", headers=identity | (headers or {}))


def refusal(refused: Refusal) -> web.Response:
    """Return the answer that *refused* stands for; the gateway's own also carry the request id in the body."""
    response = answer(refused.status, refused.body)
    if str(refused.body.get("error_code", "")).startswith("APIGW."):
        response.text = json.dumps(refused.body | {"request_id": response.headers["X-Request-Id"]})
    return response


async def json_object(request: web.Request, *, empty: Refusal, malformed: Refusal) -> dict[str, Any]:
    """Return the body's JSON object.

    Raises:
        Refusal: *empty* where there is no body, *malformed* where it is no JSON object.
    """
    raw = await request.read()
    if not raw:
        raise empty
    try:
        body = json.loads(raw)
    except ValueError as e:
        raise malformed from e
    if not isinstance(body, dict):
        raise malformed
    return body


def lower_headers(request: web.Request) -> dict[str, str]:
    """Return the headers by lower-case name."""
    return {name.lower(): value for name, value in request.headers.items()}
