"""Where the app may post. Source: Slack, "chat.postMessage"."""

from __future__ import annotations

from typing import Any

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call
from slack_sandbox.messages import without_metadata
from slack_sandbox.people import SLACKBOT
from slack_sandbox.records import StoredChannel


def target(call: Call, name: str = "", *, public_ok: bool = True) -> StoredChannel:
    """Return the channel to post in: an id, a name, or a person's id (their direct messages with the app).

    Who has left still has their direct messages, and Slack posts there. *name* stands for the argument `channel`.

    Raises:
        ApiError: the app may not post there.
    """
    wanted, workspace, app = name or call.args.required("channel"), call.site.workspace, call.site.app
    if wanted in workspace.people:
        person = workspace.people[wanted]
        if person.is_bot or person.id == SLACKBOT or person.is_stranger:
            raise ApiError("channel_not_found")
        channel = workspace.direct((person.id, app.bot_user_id))
    else:
        try:
            channel = workspace.channel(wanted)
        except KeyError as e:
            raise ApiError("channel_not_found") from e
    member = app.bot_user_id in channel.members
    if not member and channel.kind != "public":
        raise ApiError("channel_not_found")
    if channel.archived:
        raise ApiError("is_archived")
    if not member and not (public_ok and app.has("chat:write.public")):
        raise ApiError("not_in_channel")
    if channel.kind == "im" and not app.messages_tab:
        raise ApiError("messages_tab_disabled")
    return channel


def thread_fields(call: Call, channel: StoredChannel) -> dict[str, Any]:
    """Return the fields that make a message a reply, by the arguments `thread_ts` and `reply_broadcast`.

    Raises:
        ApiError: thread_not_found.
    """
    if not (root_ts := call.args.text("thread_ts")):
        return {}
    root = channel.messages.get(root_ts)
    if root is None:
        raise ApiError("thread_not_found")
    top = root.body.get("thread_ts", root.ts)
    fields = {"thread_ts": top, "parent_user_id": channel.messages[top].body.get("user", "")}
    if call.args.flag("reply_broadcast"):
        origin = channel.messages[top].body
        fields |= {"subtype": "thread_broadcast", "root": without_metadata(origin)}
    return fields
