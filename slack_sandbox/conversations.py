"""conversations.* and users.conversations. Source: Slack, "conversations.info" and the other methods' pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from slack_sandbox.api_error import ApiError
from slack_sandbox.calls import Call, Method, needs, page
from slack_sandbox.messages import without_metadata
from slack_sandbox.records import Kind, StoredChannel, StoredMessage

_TYPES: Final[Mapping[str, Kind]] = {
    "public_channel": "public",
    "private_channel": "private",
    "im": "im",
    "mpim": "mpim",
}
_WORDS: Final[Mapping[Kind, str]] = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}


def _visible(call: Call, right: str) -> StoredChannel:
    """Return the channel if the app may know of it, and has the scope for its kind: *right* is "read" or "history"."""
    channel = call.site.workspace.channels.get(call.args.required("channel"))
    if channel is None:
        raise ApiError("channel_not_found")
    needs(call, f"{channel.type_word}:{right}")
    if channel.kind != "public" and call.site.app.bot_user_id not in channel.members:
        raise ApiError("channel_not_found")
    return channel


async def info(call: Call) -> dict[str, Any]:
    """Return one conversation."""
    workspace, channel = call.site.workspace, _visible(call, "read")
    more: dict[str, Any] = {}
    if call.args.flag("include_num_members"):
        more["num_members"] = len(channel.members)
    if call.args.flag("include_locale"):
        more["locale"] = "en-US"
    return {"channel": workspace.conversation(channel) | more}


async def members(call: Call) -> dict[str, Any]:
    """Return the ids of a conversation's members, page by page."""
    ids, metadata = page(call, _visible(call, "read").members, strict=True)
    return {"members": ids, "response_metadata": metadata}


async def list_(call: Call) -> dict[str, Any]:
    """Return the conversations of the given types that the app may know of, page by page."""
    answer = _listed(call, call.site.workspace.channels.values())
    for one in answer["channels"]:
        if not one.get("is_im"):
            one["num_members"] = len(call.site.workspace.channels[one["id"]].members)
    return answer


async def of_user(call: Call) -> dict[str, Any]:
    """Return the conversations that a user (the app's own, unless given) is in."""
    user = call.args.text("user") or call.site.app.bot_user_id
    if user not in call.site.workspace.people:
        raise ApiError("user_not_found")
    return _listed(call, [c for c in call.site.workspace.channels.values() if user in c.members])


def _listed(call: Call, channels: Any) -> dict[str, Any]:
    types = [t.strip() for t in call.args.text("types", "public_channel").split(",") if t.strip()]
    if any(t not in _TYPES for t in types):
        raise ApiError("invalid_types")
    kinds = {_TYPES[t] for t in types}
    for kind in sorted(kinds):
        needs(call, f"{_WORDS[kind]}:read")
    bot, no_archived = call.site.app.bot_user_id, call.args.flag("exclude_archived")
    found = [
        call.site.workspace.conversation(c)
        for c in channels
        if c.kind in kinds and not (no_archived and c.archived) and (c.kind == "public" or bot in c.members)
    ]
    some, metadata = page(call, found, strict=True)
    return {"channels": some, "response_metadata": metadata}


async def open_(call: Call) -> dict[str, Any]:
    """Open the direct messages with one person, or a group of up to eight."""
    workspace, app = call.site.workspace, call.site.app
    if wanted := call.args.text("channel"):
        channel = workspace.channels.get(wanted)
        if channel is None or channel.kind not in ("im", "mpim") or app.bot_user_id not in channel.members:
            raise ApiError("channel_not_found")
        return _opened(call, channel, already=True)
    users = [u.strip() for u in call.args.text("users").split(",") if u.strip()]
    if not users:
        raise ApiError("users_list_not_supplied")
    if len(users) > 8:
        raise ApiError("too_many_users")
    needs(call, "im:write" if len(users) == 1 else "mpim:write")
    for user in users:
        person = workspace.people.get(user)
        if person is None:
            raise ApiError("user_not_found")
        if person.deleted:
            raise ApiError("user_disabled")
        if person.is_stranger:
            raise ApiError("user_not_visible")
        if person.is_bot:
            raise ApiError("cannot_dm_bot")
    known = len(workspace.channels)
    channel = workspace.direct([*users, app.bot_user_id])
    return _opened(call, channel, already=len(workspace.channels) == known)


def _opened(call: Call, channel: StoredChannel, *, already: bool) -> dict[str, Any]:
    full = call.site.workspace.conversation(channel) if call.args.flag("return_im") else {"id": channel.id}
    return {"channel": full} | ({"no_op": True, "already_open": True} if already else {})


async def join(call: Call) -> dict[str, Any]:
    """Join a public channel."""
    workspace, bot = call.site.workspace, call.site.app.bot_user_id
    channel = workspace.channels.get(call.args.required("channel"))
    if channel is None or (channel.kind != "public" and bot not in channel.members):
        raise ApiError("channel_not_found")
    if channel.kind != "public":
        raise ApiError("method_not_supported_for_channel_type")
    if channel.archived:
        raise ApiError("is_archived")
    already = bot in channel.members
    if not already:
        channel.members.append(bot)
        workspace.show_channel(channel)
        call.site.events.membership(channel, workspace.people[bot], joins=True)
    return {"channel": workspace.conversation(channel)} | ({"warning": "already_in_channel"} if already else {})


def _time(text: str, error: str) -> float:
    try:
        return float(text)
    except ValueError as e:
        raise ApiError(error) from e


def _between(call: Call, messages: list[StoredMessage]) -> list[StoredMessage]:
    oldest, latest = call.args.text("oldest", "0"), call.args.text("latest") or "9" * 12
    inclusive = call.args.flag("inclusive")
    low, high = _time(oldest, "invalid_ts_oldest"), _time(latest, "invalid_ts_latest")

    def fits(ts: float) -> bool:
        return (low <= ts <= high) if inclusive else (low < ts < high)

    return [m for m in messages if fits(float(m.ts))]


def _bodies(call: Call, messages: list[StoredMessage]) -> list[dict[str, Any]]:
    full = call.args.flag("include_all_metadata")
    return [m.body if full else without_metadata(m.body) for m in messages]


def _readable(call: Call) -> StoredChannel:
    channel = _visible(call, "history")
    if call.site.app.bot_user_id not in channel.members:
        raise ApiError("not_in_channel")
    return channel


async def history(call: Call) -> dict[str, Any]:
    """Return a channel's messages without those that stand only in threads, the newest first."""
    messages = [m for m in _readable(call).messages.values() if m.in_channel]
    some, metadata = page(call, _between(call, messages)[::-1], most=999)
    more = bool(metadata["next_cursor"])
    answer = {"messages": _bodies(call, some), "has_more": more, "pin_count": 0}
    return answer | ({"response_metadata": metadata} if more else {})


async def replies(call: Call) -> dict[str, Any]:
    """Return a thread, its first message included, the oldest first."""
    channel, ts = _readable(call), call.args.required("ts")
    if ts not in channel.messages:
        raise ApiError("thread_not_found")
    root = channel.messages[ts].body.get("thread_ts", ts)
    thread = [m for m in channel.messages.values() if m.ts == root or m.body.get("thread_ts") == root]
    first, rest = thread[:1], _between(call, thread[1:])
    some, metadata = page(call, [*first, *rest], most=1000)
    more = bool(metadata["next_cursor"])
    return {"messages": _bodies(call, some), "has_more": more} | ({"response_metadata": metadata} if more else {})


METHODS: Final[Mapping[str, Method]] = {
    "conversations.info": Method(info, 50),
    "conversations.members": Method(members, 100),
    "conversations.list": Method(list_, 20),
    "users.conversations": Method(of_user, 50),
    "conversations.open": Method(open_, 50),
    "conversations.join": Method(join, 50, "channels:join"),
    "conversations.history": Method(history, 50),
    "conversations.replies": Method(replies, 50),
}
