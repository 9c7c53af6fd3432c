"""reactions.*: what people and the app put below messages. Source: Slack, "reactions.add" and the methods' pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method, page
from slack_sandbox.events import Events
from slack_sandbox.people import TEAM_DOMAIN
from slack_sandbox.records import StoredMessage
from slack_sandbox.workspace import Workspace

_NAME: Final = re.compile(r"[a-z0-9_+'-]{1,100}(::skin-tone-[2-6])?")
_EMOJI_PER_MESSAGE: Final = 50
_EMOJI_PER_PERSON: Final = 23


def react(workspace: Workspace, events: Events, message: StoredMessage, user: str, name: str) -> None:
    """Put the emoji *name* below *message* as *user* and tell the app.

    Raises:
        ApiError: invalid_name, already_reacted, too_many_emoji or too_many_reactions.
    """
    if not _NAME.fullmatch(name):
        raise ApiError("invalid_name")
    reactions = message.body.setdefault("reactions", [])
    one = next((r for r in reactions if r["name"] == name), None)
    if one and user in one["users"]:
        raise ApiError("already_reacted")
    if one is None and len(reactions) >= _EMOJI_PER_MESSAGE:
        raise ApiError("too_many_emoji")
    if sum(user in r["users"] for r in reactions) >= _EMOJI_PER_PERSON:
        raise ApiError("too_many_reactions")
    if one is None:
        reactions.append({"name": name, "users": [user], "count": 1})
    else:
        one["users"].append(user)
        one["count"] += 1
    _tell(workspace, events, message, user, name, "reaction_added")


def take_back(workspace: Workspace, events: Events, message: StoredMessage, user: str, name: str) -> None:
    """Take the emoji of *user* away and tell the app.

    Raises:
        ApiError: invalid_name or no_reaction.
    """
    if not _NAME.fullmatch(name):
        raise ApiError("invalid_name")
    reactions = message.body.get("reactions", [])
    one = next((r for r in reactions if r["name"] == name and user in r["users"]), None)
    if one is None:
        raise ApiError("no_reaction")
    one["users"].remove(user)
    one["count"] -= 1
    if not one["users"]:
        reactions.remove(one)
    if not reactions:
        del message.body["reactions"]
    _tell(workspace, events, message, user, name, "reaction_removed")


def _tell(workspace: Workspace, events: Events, message: StoredMessage, user: str, name: str, what: str) -> None:
    workspace.show(message)
    event: dict[str, Any] = {"type": what, "user": user, "reaction": name}
    if author := message.body.get("user"):
        event["item_user"] = author
    event["item"] = {"type": "message", "channel": message.channel, "ts": message.ts}
    event["event_ts"] = events.event_ts()
    events.emit(event, channel=workspace.channels[message.channel])


def _item(call: Call, *, writes: bool = True) -> StoredMessage:
    """Return the message that a call is about."""
    workspace, bot = call.site.workspace, call.site.app.bot_user_id
    wanted, ts = call.args.text("channel"), call.args.text("timestamp")
    if not wanted or not ts:
        raise ApiError("no_item_specified")
    channel = workspace.channels.get(wanted)
    if channel is None or (channel.kind != "public" and bot not in channel.members):
        raise ApiError("channel_not_found")
    if not re.fullmatch(r"\d+\.\d{6}", ts):
        raise ApiError("bad_timestamp")
    message = channel.messages.get(ts)
    if message is None:
        raise ApiError("message_not_found")
    if writes and channel.archived:
        raise ApiError("is_archived")
    if writes and bot not in channel.members:
        raise ApiError("not_in_channel")
    return message


async def add(call: Call) -> dict[str, Any]:
    """React as the app."""
    react(call.site.workspace, call.site.events, _item(call), call.site.app.bot_user_id, call.args.required("name"))
    return {}


async def remove(call: Call) -> dict[str, Any]:
    """Take the app's own reaction away."""
    take_back(call.site.workspace, call.site.events, _item(call), call.site.app.bot_user_id, call.args.required("name"))
    return {}


def _shown(message: StoredMessage) -> dict[str, Any]:
    link = f"https://{TEAM_DOMAIN}.slack.example/archives/{message.channel}/p{message.ts.replace('.', '')}"
    body = {k: v for k, v in message.body.items() if k != "metadata"}
    return {"type": "message", "channel": message.channel, "message": body | {"permalink": link}}


async def get(call: Call) -> dict[str, Any]:
    """Return a message with its reactions."""
    return _shown(_item(call, writes=False))


async def list_(call: Call) -> dict[str, Any]:
    """Return what a user (the app itself, unless given) has reacted to, the newest message first."""
    workspace, bot = call.site.workspace, call.site.app.bot_user_id
    user = call.args.text("user") or bot
    if user not in workspace.people:
        raise ApiError("user_not_found")
    found = [
        m
        for c in workspace.channels.values()
        if bot in c.members or c.kind == "public"
        for m in c.messages.values()
        if any(user in r["users"] for r in m.body.get("reactions", []))
    ]
    some, metadata = page(call, [_shown(m) for m in sorted(found, key=lambda m: m.ts, reverse=True)])
    return {"items": some, "response_metadata": metadata}


METHODS: Final[Mapping[str, Method]] = {
    "reactions.add": Method(add, 50, "reactions:write"),
    "reactions.remove": Method(remove, 20, "reactions:write"),
    "reactions.get": Method(get, 50, "reactions:read"),
    "reactions.list": Method(list_, 20, "reactions:read"),
}
