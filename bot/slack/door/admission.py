"""The door behind Slack's signature: deliveries for another app or workspace stop here, and events come in once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from slack_bolt.response import BoltResponse
from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.core.errors import BotError
from bot.slack.door.deliveries import (
    Click,
    Delivery,
    EventCallback,
    Interaction,
    MessageShortcut,
    RateLimited,
    Shortcut,
)
from bot.slack.door.identity import Identity
from bot.slack.drawing import views
from bot.words import text

log = structlog.get_logger(__name__)


class Admission:
    """Bolt middleware. *first_time* remembers durably; *tell* says something to who clicked, once Slack is answered."""

    def __init__(
        self,
        identity: Identity,
        *,
        first_time: Callable[[str], Awaitable[bool]],
        tell: Callable[[Interaction, str], None],
    ) -> None:
        self._identity = identity
        self._first_time = first_time
        self._tell = tell

    async def check(self, delivery: Delivery, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        """Pass *delivery* on if it is ours and new; else answer in the form that its kind of delivery wants."""
        # Bolt goes on in this task after we return, so that whatever is logged of this delivery says what it is about.
        clear_contextvars()
        bind_contextvars(delivery=delivery.kind, **({"request_id": delivery.about} if delivery.about else {}))
        app_id = delivery.api_app_id
        if self._identity.app_id and app_id and app_id != self._identity.app_id:
            log.warning("delivery.foreign_app", kind=delivery.kind)
            return self._turned_away(delivery, text("another-app"))
        if not self._is_ours(*delivery.installation):
            log.warning("delivery.foreign_workspace", kind=delivery.kind)
            return self._turned_away(delivery, text("not-ours"))
        if isinstance(delivery, RateLimited):
            log.warning("delivery.events_kept_back")
            return BoltResponse(status=200)
        if isinstance(delivery, EventCallback):
            return await self._once(delivery, next)
        return await next()

    def _turned_away(self, delivery: Delivery, words: str) -> BoltResponse:
        if isinstance(delivery, Click | Shortcut | MessageShortcut):
            self._tell(delivery, words)
        return refusal(delivery.kind, words)

    async def _once(self, event: EventCallback, next: Callable[[], Awaitable[BoltResponse]]) -> BoltResponse:
        if not event.is_known:
            return BoltResponse(status=200)  # taken, or Slack would send it again
        if event.event_id:
            try:
                if not await self._first_time(f"event:{event.event_id}"):
                    return BoltResponse(status=200)
            except BotError as e:
                log.warning("delivery.not_remembered", error=repr(e))
                return BoltResponse(status=503)  # Slack delivers an event again
        return await next()

    def _is_ours(self, team: str, enterprise: str) -> bool:
        return (bool(team) and team == self._identity.team) or self._is_our_grid(enterprise)

    def _is_our_grid(self, enterprise: str) -> bool:
        return bool(enterprise) and enterprise == self._identity.enterprise


def refusal(what: str, words: str) -> BoltResponse:
    """Return the answer to a delivery that isn't for us: *words*, in the form that Slack accepts for its kind."""
    match what:
        case "command":
            return _json({"response_type": "ephemeral", "text": words})
        case "view_submission":
            shown = views.notice(words, title=text("not-for-this-bot"))
            return _json({"response_action": "update", "view": shown})
        case "block_suggestion":
            return _json({"options": []})
        case _:
            return BoltResponse(status=200)  # the answer to buttons, shortcuts and events takes no text


def _json(body: Mapping[str, Any]) -> BoltResponse:
    return BoltResponse(status=200, body=json.dumps(body), headers={"content-type": "application/json"})
