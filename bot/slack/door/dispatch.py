"""The one way in behind both transports: a delivery is understood as a whole, or it goes no further.

Bolt gets what was understood in place of what was sent, and listeners the parsed model, as `delivery`.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any, Final

import structlog
from pydantic import ValidationError
from slack_bolt.async_app import AsyncApp
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_internals import build_async_context
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse
from structlog.contextvars import clear_contextvars

from bot.metrics import Metrics
from bot.slack.door.deliveries import (
    Click,
    Closed,
    Command,
    Delivery,
    EventCallback,
    MessageShortcut,
    RateLimited,
    Search,
    Shortcut,
    Submission,
    Unknown,
    Verification,
)

log = structlog.get_logger(__name__)

LARGEST: Final = 1024 * 1024  # bytes; Slack's own payloads stay far below
_DEEPEST: Final = 100  # levels; rich text in a message in a payload has about 20
_NAME: Final = re.compile(r"[A-Za-z0-9_:-]{1,64}")
_KINDS: Final[Mapping[str, type[Delivery]]] = {
    **{
        kind.kind: kind
        for kind in (Click, Submission, Closed, Search, Shortcut, MessageShortcut, Verification, RateLimited)
    },
    "event_callback": EventCallback,
}


class Malformed(ValueError):
    """A delivery that can't be understood: of which *kind*, *why*, and in which *field*; never what stood there."""

    def __init__(self, why: str, *, kind: str = "other", field: str = "") -> None:
        super().__init__(f"{kind} {field}: {why}")
        self.kind, self.field, self.why = kind, field, why


class Dispatcher:
    """Passes deliveries on to *app*; *metrics* counts each, as "malformed" where it isn't understood."""

    def __init__(self, app: AsyncApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    def refuse(self, error: Malformed) -> None:
        """Note that something was delivered that can't be understood."""
        clear_contextvars()  # whatever this connection has brought before
        log.warning("delivery.malformed", kind=error.kind, field=error.field, why=error.why)
        self._metrics.delivery("malformed")

    async def pass_on(
        self, delivery: Delivery, *, signed: str = "", headers: Mapping[str, str] | None = None
    ) -> BoltResponse:
        """Return the bot's answer; over HTTP, *signed* is what the signature in *headers* covers, which Bolt checks."""
        began = time.monotonic()
        self._metrics.delivery(delivery.kind)
        request = AsyncBoltRequest(body="", headers={**(headers or {})}, mode="http" if headers else "socket_mode")
        request.raw_body, request.body = signed, delivery.model_dump(exclude_none=True)
        request.context = build_async_context(AsyncBoltContext({"delivery": delivery}), request.body)
        try:
            return await self._app.async_dispatch(request)
        finally:
            self._metrics.answered(delivery.kind, time.monotonic() - began)


def parse(body: Mapping[str, Any]) -> Delivery:
    """Return what *body* is: Slack's JSON object, or a command's form fields.

    Raises:
        Malformed: it isn't what Slack sends.
    """
    found = body.get("type")
    model = Command if "command" in body else _KINDS.get(found, Unknown) if isinstance(found, str) else Unknown
    if _is_too_deep(body):
        raise Malformed("too deep", kind=model.kind)
    try:
        return model.model_validate(body)
    except ValidationError as e:
        first = e.errors(include_url=False, include_context=False, include_input=False)[0]
        raise Malformed(first["type"], kind=model.kind, field=_place(first["loc"])) from None


def read(text: str) -> dict[str, Any]:
    """Return the JSON object that *text* is.

    Raises:
        Malformed: it is none, or too large or too deep to be read.
    """
    if len(text) > LARGEST:
        raise Malformed("too large")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as e:
        raise Malformed(f"no JSON ({type(e).__name__})") from None
    if not isinstance(found, dict):
        raise Malformed("no JSON object")
    return found


def _is_too_deep(body: object) -> bool:
    level = [body]
    for _ in range(_DEEPEST):
        nested = [value for value in level if isinstance(value, Mapping | list)]
        level = [child for value in nested for child in (value.values() if isinstance(value, Mapping) else value)]
        if not level:
            return False
    return True


def _place(loc: tuple[int | str, ...]) -> str:
    """Return where in a delivery something is, for the log: a key that no app gives is shown as "?"."""
    return ".".join(part if _NAME.fullmatch(part) else "?" for part in map(str, loc))
