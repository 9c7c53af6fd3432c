"""Trigger ids and response URLs: short-lived rights to answer somebody.

Source: Slack, "Handling user interaction" (a trigger: 3 seconds, one use; a response URL: 5 uses in 30 minutes).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from slack_sandbox.api_error import ApiError
from slack_sandbox.clock import WorkspaceClock
from slack_sandbox.people import TEAM


@dataclass(slots=True)
class Trigger:
    """The right to open one view for *user*; *channel* is where they were."""

    id: str
    user: str
    channel: str | None
    at: datetime
    used: bool = False


@dataclass(slots=True)
class ResponseUrl:
    """The right to answer *user* in *channel*; *source* is the ts of the message that it came from, if any."""

    secret: str
    kind: str
    user: str
    channel: str
    source: str | None
    at: datetime
    uses: int = 0


class Tickets:
    """All that were handed out; they expire by the sandbox's clock, a trigger after *trigger_seconds*."""

    URL_LIFE = timedelta(minutes=30)
    URL_USES = 5

    def __init__(self, clock: WorkspaceClock, *, trigger_seconds: float = 3.0) -> None:
        """Start with none; *origin* is set once the server knows its port."""
        self._clock = clock
        self._trigger_life = timedelta(seconds=trigger_seconds)
        self._triggers: dict[str, Trigger] = {}
        self._urls: dict[str, ResponseUrl] = {}
        self.origin = ""

    def trigger(self, user: str, channel: str | None) -> str:
        """Return a new trigger id."""
        now = self._clock.now()
        stamp = int(now.timestamp() * 1000)
        trigger = Trigger(f"{stamp}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}", user, channel, now)
        self._triggers[trigger.id] = trigger
        return trigger.id

    def redeem(self, trigger_id: str) -> Trigger:
        """Use up a trigger and return it.

        Raises:
            ApiError: invalid_trigger_id, exchanged_trigger_id or expired_trigger_id.
        """
        trigger = self.peek(trigger_id)
        trigger.used = True
        return trigger

    def peek(self, trigger_id: str) -> Trigger:
        """Return a trigger that could be redeemed now.

        Raises:
            ApiError: invalid_trigger_id, exchanged_trigger_id or expired_trigger_id.
        """
        trigger = self._triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self._clock.now() - trigger.at > self._trigger_life:
            raise ApiError("expired_trigger_id")
        return trigger

    def response_url(self, kind: str, user: str, channel: str, source: str | None = None) -> str:
        """Return a new response URL; *kind* is "commands", "actions" or "app"."""
        url = ResponseUrl(secrets.token_urlsafe(18), kind, user, channel, source, self._clock.now())
        self._urls[url.secret] = url
        return f"{self.origin}/{kind}/{TEAM}/{len(self._urls)}/{url.secret}"

    def use_url(self, secret: str) -> ResponseUrl:
        """Count one use of a response URL and return it.

        Raises:
            ApiError: invalid_url, expired_url or used_url.
        """
        url = self._urls.get(secret)
        if url is None:
            raise ApiError("invalid_url")
        if self._clock.now() - url.at > self.URL_LIFE:
            raise ApiError("expired_url")
        if url.uses >= self.URL_USES:
            raise ApiError("used_url")
        url.uses += 1
        return url
