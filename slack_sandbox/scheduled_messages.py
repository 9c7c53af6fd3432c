"""chat.scheduleMessage and its like. Source: Slack, the methods' pages.

At most 120 days ahead, and 30 messages per channel in five minutes. With metadata Slack accepts a message and never
posts it: that is a bug that its page warns of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method, page
from slack_sandbox.messages import check_not_empty, content
from slack_sandbox.posting import target, thread_fields
from slack_sandbox.records import Scheduled
from slack_sandbox.workspace import new_id

_FURTHEST: Final = 120 * 24 * 3600
_WINDOW: Final = 300
_IN_A_WINDOW: Final = 30


async def schedule_message(call: Call) -> dict[str, Any]:
    """Keep a message and post it later."""
    channel, wanted = target(call), call.args.required("post_at")
    if not wanted.isascii() or not wanted.isdecimal():
        raise ApiError("invalid_time")
    post_at, now = int(wanted), int(call.site.workspace.clock.now().timestamp())
    if post_at <= now:
        raise ApiError("time_in_past")
    if post_at > now + _FURTHEST:
        raise ApiError("time_too_far")
    others = [s for s in call.site.workspace.scheduled.values() if s.channel == channel.id]
    if sum(s.post_at // _WINDOW == post_at // _WINDOW for s in others) >= _IN_A_WINDOW:
        raise ApiError("restricted_too_many")
    body = content(call.args, call.site.workspace)
    check_not_empty(body)
    metadata = body.pop("metadata", None)
    scheduled = Scheduled(new_id("Q"), channel.id, post_at, body | thread_fields(call, channel), now, bool(metadata))
    call.site.schedule.add(scheduled)
    shown = {"type": "delayed_message", **{k: v for k, v in body.items() if k != "user"}}
    return {"channel": channel.id, "scheduled_message_id": scheduled.id, "post_at": str(post_at), "message": shown}


async def delete_scheduled(call: Call) -> dict[str, Any]:
    """Take back a message that isn't posted yet."""
    workspace, wanted = call.site.workspace, call.args.required("scheduled_message_id")
    if (channel := workspace.channels.get(call.args.required("channel"))) is None:
        raise ApiError("channel_not_found")
    found = workspace.scheduled.get(wanted)
    if found is None or found.channel != channel.id:
        raise ApiError("invalid_scheduled_message_id")
    del workspace.scheduled[wanted]
    return {}


async def list_scheduled(call: Call) -> dict[str, Any]:
    """Return what is still to be posted, the next first."""
    workspace, wanted = call.site.workspace, call.args.text("channel")
    if wanted and wanted not in workspace.channels:
        raise ApiError("invalid_channel")
    oldest, latest = call.args.number("oldest", 0), call.args.number("latest", 10**12)
    found = [
        {"id": s.id, "channel_id": s.channel, "post_at": s.post_at, "date_created": s.made, "text": s.body["text"]}
        for s in sorted(workspace.scheduled.values(), key=lambda s: s.post_at)
        if wanted in ("", s.channel) and oldest <= s.post_at <= latest
    ]
    some, metadata = page(call, found)
    return {"scheduled_messages": some, "response_metadata": metadata}


METHODS: Final[Mapping[str, Method]] = {
    "chat.scheduleMessage": Method(schedule_message, 50, "chat:write"),
    "chat.deleteScheduledMessage": Method(delete_scheduled, 50, "chat:write"),
    "chat.scheduledMessages.list": Method(list_scheduled, 50),
}
