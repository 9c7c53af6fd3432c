"""chat.*: post, update, delete, whisper, link. Source: Slack, "chat.postMessage" and the other methods' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method
from slack_sandbox.messages import check_not_empty, content
from slack_sandbox.people import TEAM, TEAM_DOMAIN
from slack_sandbox.posting import target, thread_fields
from slack_sandbox.records import StoredMessage

UPDATE_TEXT: Final = 4_000


async def post_message(call: Call) -> dict[str, Any]:
    """Post a message where the app is, in any public channel (chat:write.public), or to a person."""
    channel = target(call)
    body = content(call.args, call.site.workspace)
    check_not_empty(body)
    if body.get("metadata") == {}:
        del body["metadata"]
    message = call.site.workspace.post(channel, body | thread_fields(call, channel))
    call.site.events.message(message)
    return {"channel": channel.id, "ts": message.ts, "message": message.body}


async def post_ephemeral(call: Call) -> dict[str, Any]:
    """Whisper to one member of a channel; nobody can update or delete it later by its ts."""
    workspace = call.site.workspace
    channel = target(call, public_ok=False)
    user = call.args.required("user")
    if user not in channel.members:
        raise ApiError("user_not_in_channel")
    if len(call.args.text("text")) > UPDATE_TEXT:
        raise ApiError("msg_too_long")
    body = content(call.args, workspace)
    check_not_empty(body)
    thread = {k: v for k, v in thread_fields(call, channel).items() if k == "thread_ts"}
    message = workspace.post(channel, body | thread | {"is_ephemeral": True}, only_for=user)
    return {"message_ts": message.ts}


def _own(call: Call, error: str) -> StoredMessage:
    workspace = call.site.workspace
    channel = workspace.channels.get(call.args.required("channel"))
    if channel is None or (channel.kind != "public" and call.site.app.bot_user_id not in channel.members):
        raise ApiError("channel_not_found")
    message = channel.messages.get(call.args.required("ts"))
    if message is None:
        raise ApiError("message_not_found")
    if message.body.get("bot_id") != call.site.app.bot_id:
        raise ApiError(error)
    return message


async def update(call: Call) -> dict[str, Any]:
    """Change a message of the app's own: text alone takes its blocks away, what else isn't given stays."""
    workspace = call.site.workspace
    message = _own(call, "cant_update_message")
    if workspace.channels[message.channel].archived:
        raise ApiError("is_inactive")
    if len(call.args.text("text")) > UPDATE_TEXT:
        raise ApiError("msg_too_long")
    given = content(call.args, workspace)
    if not any(k in given for k in ("text", "blocks", "attachments")):
        raise ApiError("no_text")
    before = dict(message.body)
    changed = {**message.body, **given}
    if "blocks" not in given and "text" in given:
        changed.pop("blocks", None)
    check_not_empty(changed)
    if changed.get("metadata") == {}:
        del changed["metadata"]
    changed["edited"] = {"user": call.site.app.bot_user_id, "ts": f"{int(workspace.clock.now().timestamp())}.000000"}
    message.body = changed
    workspace.show(message)
    _tell_changed(call, message, before)
    return {"channel": message.channel, "ts": message.ts, "text": changed["text"], "message": changed}


def _tell_changed(call: Call, message: StoredMessage, before: dict[str, Any]) -> None:
    ts = call.site.workspace.new_ts(call.site.workspace.channels[message.channel])
    event = {
        "type": "message",
        "subtype": "message_changed",
        "message": message.body,
        "previous_message": before,
        "hidden": True,
        "ts": ts,
    }
    call.site.events.message(message, event)


async def delete(call: Call) -> dict[str, Any]:
    """Delete a message of the app's own."""
    message = _own(call, "cant_delete_message")
    workspace = call.site.workspace
    workspace.remove(message)
    ts = workspace.new_ts(workspace.channels[message.channel])
    event = {
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": message.body,
        "hidden": True,
        "ts": ts,
    }
    call.site.events.message(message, event)
    return {"channel": message.channel, "ts": message.ts}


async def get_permalink(call: Call) -> dict[str, Any]:
    """Return a message's web address."""
    channel = call.site.workspace.channels.get(call.args.required("channel"))
    if channel is None or (channel.kind != "public" and call.site.app.bot_user_id not in channel.members):
        raise ApiError("channel_not_found")
    message = channel.messages.get(call.args.required("message_ts"))
    if message is None:
        raise ApiError("message_not_found")
    link = f"https://{TEAM_DOMAIN}.slack.example/archives/{channel.id}/p{message.ts.replace('.', '')}"
    root = message.body.get("thread_ts", message.ts)
    if root != message.ts:
        link += f"?thread_ts={root}&cid={channel.id}"
    return {"channel": channel.id, "permalink": link}


async def auth_test(call: Call) -> dict[str, Any]:
    """Say who the token belongs to."""
    app = call.site.app
    return {
        "url": f"https://{TEAM_DOMAIN}.slack.example/",
        "team": "Acme",
        "user": app.name,
        "team_id": TEAM,
        "user_id": app.bot_user_id,
        "bot_id": app.bot_id,
        "is_enterprise_install": False,
        **({} if app.token_seconds is None else {"expires_in": app.token_seconds}),
    }


METHODS: Final[Mapping[str, Method]] = {
    "auth.test": Method(auth_test, 600),
    "chat.postMessage": Method(post_message, 300, "chat:write"),
    "chat.postEphemeral": Method(post_ephemeral, 100, "chat:write"),
    "chat.update": Method(update, 50, "chat:write"),
    "chat.delete": Method(delete, 50, "chat:write"),
    "chat.getPermalink": Method(get_permalink, 600),
}
