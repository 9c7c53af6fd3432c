"""The Events API: envelopes with one id each, delivered in the background and repeated where the app didn't answer.

Source: Slack, "The Events API > Error handling" (3 more attempts: at once, after 1 minute, after 5 minutes).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from slack_sandbox.app import LEGACY_TOKEN, App
from slack_sandbox.faults import SlackFaults
from slack_sandbox.people import TEAM, SlackUser
from slack_sandbox.records import StoredChannel, StoredMessage
from slack_sandbox.transport import AppResponse, Transport
from slack_sandbox.workspace import Workspace, new_id

RETRY_DELAYS: Final = (0.0, 60.0, 300.0)
_REASONS: Final = {"timeout": "http_timeout", "http_error": "http_error"}

# Without the scope Slack sends nothing. Source: docs.slack.dev, the events' pages, "Required scopes".
_SCOPES: Final = {
    "app_mention": "app_mentions:read",
    "user_change": "users:read",
    **dict.fromkeys(("subteam_created", "subteam_updated", "subteam_members_changed"), "usergroups:read"),
    **dict.fromkeys(("reaction_added", "reaction_removed"), "reactions:read"),
    **dict.fromkeys(("file_shared", "file_deleted"), "files:read"),
    "channel_archive": "channels:read",
    "group_archive": "groups:read",
    "message.channels": "channels:history",
    "message.groups": "groups:history",
    "message.im": "im:history",
    "message.mpim": "mpim:history",
}


class Events:
    """Sends the events that the app has subscribed to."""

    def __init__(
        self,
        app: App,
        workspace: Workspace,
        transport: Transport,
        faults: SlackFaults,
        *,
        retry_delays: Sequence[float] = RETRY_DELAYS,
    ) -> None:
        """Be ready; *retry_delays* are seconds of real time before each further attempt."""
        self._app, self._workspace, self._transport, self._faults = app, workspace, transport, faults
        self._delays = tuple(retry_delays)
        self._tasks: set[asyncio.Task[None]] = set()

    def emit(
        self, event: dict[str, Any], *, subscription: str = "", scope: str = "", channel: StoredChannel | None = None
    ) -> str | None:
        """Send *event* if the app subscribed to it (and is in *channel*); return its event id, else None.

        *subscription* and *scope* stand for what the event's type asks for.
        """
        subscribed = subscription or event["type"]
        scope = scope or _SCOPES.get(subscribed, "")
        if subscribed not in self._app.events or (scope and not self._app.has(scope)):
            return None
        if channel and self._app.bot_user_id not in channel.members:
            return None
        now = self._workspace.clock.now()
        envelope = {
            "token": LEGACY_TOKEN,
            "team_id": TEAM,
            "context_team_id": TEAM,
            "context_enterprise_id": None,
            "api_app_id": self._app.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": new_id("Ev"),
            "event_time": int(now.timestamp()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM,
                    "user_id": self._app.bot_user_id,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": bool(channel and channel.shared_with),
            "event_context": f"4-{new_id('')}",
        }
        late = self._faults.take_event("events_late")
        copies = 2 if self._faults.take_event("events_twice") else 1
        for _ in range(copies):
            self._start(envelope, late.seconds if late else 0.0)
        return str(envelope["event_id"])

    def _start(self, envelope: dict[str, Any], delay: float) -> None:
        task = asyncio.create_task(self._deliver(envelope, delay))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, envelope: dict[str, Any], delay: float) -> None:
        await asyncio.sleep(delay)
        answer = await self._attempt(envelope, 0, "")
        for number, pause in enumerate(self._delays, 1):
            if answer.status == "ok" or answer.no_retry:
                return
            await asyncio.sleep(pause)
            answer = await self._attempt(envelope, number, _REASONS.get(answer.status, "connection_failed"))

    async def _attempt(self, envelope: dict[str, Any], number: int, reason: str) -> AppResponse:
        what = f"event {envelope['event']['type']}"
        return await self._transport.send("events_api", what, envelope, attempt=number, reason=reason)

    def message(self, message: StoredMessage, event: dict[str, Any] | None = None) -> None:
        """Send a message event, *event* or else the message itself; the app's own come back with its bot_id."""
        channel = self._workspace.channels[message.channel]
        place = {"channel": channel.id, "channel_type": "channel" if channel.kind == "public" else channel.kind}
        if channel.kind == "private":
            place["channel_type"] = "group"
        body = {**(event or message.body), **place, "event_ts": (event or message.body)["ts"]}
        subscription = f"message.{channel.type_word}"
        self.emit(body, subscription=subscription, channel=channel)
        if not event and channel.kind != "im" and f"<@{self._app.bot_user_id}>" in message.body.get("text", ""):
            mention = {k: v for k, v in body.items() if k != "channel_type"} | {"type": "app_mention"}
            self.emit(mention, channel=channel)

    def membership(self, channel: StoredChannel, person: SlackUser, *, joins: bool, inviter: str = "") -> None:
        """Say that *person* joins *channel*, or leaves it; *inviter* is who let them in, if it wasn't themselves."""
        event: dict[str, Any] = {
            "type": "member_joined_channel" if joins else "member_left_channel",
            "user": person.id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind == "private" else "C",
            "team": person.team_id,
        }
        if joins and inviter:
            event["inviter"] = inviter
        event["event_ts"] = self.event_ts()
        self.emit(event, scope=f"{channel.type_word}:read", channel=channel)

    def event_ts(self) -> str:
        """Return the present moment as events give it."""
        return f"{self._workspace.clock.now().timestamp():.6f}"

    async def close(self) -> None:
        """Give up what is still to be delivered."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
