"""The door behind Slack's signature: deliveries for another app or workspace stop here, and events come in once."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import structlog
from slack_bolt.response import BoltResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.core.errors import BotError
from bot.slack import views
from bot.slack.identity import Identity

log = structlog.get_logger(__name__)

_REQUEST: Final = re.compile(r"R-[2-9A-Z]{4,8}")
_NOT_OURS: Final = "This bot serves another workspace. Ask your own workspace's administrators for one."


class Guard:
    """Bolt middleware. *first_time* remembers durably; *delivered* counts deliveries by kind."""

    def __init__(
        self,
        identity: Identity,
        *,
        first_time: Callable[[str], Awaitable[bool]],
        delivered: Callable[[str], None] = lambda kind: None,
    ) -> None:
        self._identity = identity
        self._first_time = first_time
        self._delivered = delivered

    async def check(self, body: dict[str, Any], next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        """Pass *body* on if it is ours and new; else answer in the form that its kind of delivery wants."""
        what = kind(body)
        # Bolt goes on in this task after we return, so that whatever is logged of this delivery says what it is about.
        clear_contextvars()
        bind_contextvars(delivery=what, **({"request_id": found} if (found := about(body)) else {}))
        self._delivered(what)
        app_id = body.get("api_app_id")
        if self._identity.app_id and app_id and app_id != self._identity.app_id:
            log.warning("delivery.foreign_app", kind=what)
            return refusal(what)
        if not self._is_ours(body):
            log.warning("delivery.foreign_workspace", kind=what)
            return refusal(what)
        if what == "event" and (event_id := body.get("event_id")):
            try:
                if not await self._first_time(f"event:{event_id}"):
                    return BoltResponse(status=200)
            except BotError as e:
                log.warning("delivery.not_remembered", error=repr(e))
                return BoltResponse(status=503)  # Slack delivers an event again
        return await next()

    def _is_ours(self, body: Mapping[str, Any]) -> bool:
        team, enterprise = installation(body)
        if team:
            return team == self._identity.team or self._is_our_grid(enterprise)
        return self._is_our_grid(enterprise)

    def _is_our_grid(self, enterprise: str) -> bool:
        return bool(enterprise) and enterprise == self._identity.enterprise


def installation(body: Mapping[str, Any]) -> tuple[str, str]:
    """Return the (team id, enterprise id) for whose installation Slack delivers; "" where the payload has none.

    In a modal that was opened from the other side of a shared channel the payload's team is theirs, and the view's
    `app_installed_team_id` is the bot's. Source: docs.slack.dev, "Slack Connect: using it with apps".
    """
    view = body.get("view")
    installed = view.get("app_installed_team_id") if isinstance(view, Mapping) else None
    granted = body.get("authorizations")
    first = granted[0] if isinstance(granted, list) and granted and isinstance(granted[0], Mapping) else {}
    team = installed or first.get("team_id") or _id(body.get("team")) or body.get("team_id")
    enterprise = first.get("enterprise_id") or _id(body.get("enterprise")) or body.get("enterprise_id")
    return str(team or ""), str(enterprise or "")


def about(body: Mapping[str, Any]) -> str:
    """Return the id of the request whose button was pressed or whose form was sent, or ""."""
    pressed, view = body.get("actions"), body.get("view")
    first = pressed[0] if isinstance(pressed, list) and pressed and isinstance(pressed[0], Mapping) else {}
    carried = (first.get("value"), view.get("private_metadata") if isinstance(view, Mapping) else None)
    return next((c for c in carried if isinstance(c, str) and _REQUEST.fullmatch(c)), "")


def kind(body: Mapping[str, Any]) -> str:
    """Return what is delivered: "command", "event", or the payload's own type."""
    if "command" in body:
        return "command"
    found = str(body.get("type") or "other")
    return "event" if found == "event_callback" else found


def refusal(what: str) -> BoltResponse:
    """Return the answer to a delivery that isn't for us, in the form that Slack accepts for its kind."""
    match what:
        case "command":
            return _json({"response_type": "ephemeral", "text": _NOT_OURS})
        case "view_submission":
            return _json({"response_action": "update", "view": views.notice(_NOT_OURS, title="Another workspace")})
        case "block_suggestion":
            return _json({"options": []})
        case _:
            return BoltResponse(status=200)  # buttons, shortcuts and events take no text in their answer


def _json(body: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers={"content-type": "application/json"})


def _id(found: object) -> str:
    return str(found.get("id") or "") if isinstance(found, Mapping) else ""
