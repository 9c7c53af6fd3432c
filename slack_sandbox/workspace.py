"""The workspace: its people, channels, messages, views and Home tabs, and who may see what."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from typing import Any

from slack_sandbox import people
from slack_sandbox.app import App
from slack_sandbox.changes import Changes
from slack_sandbox.clock import WorkspaceClock
from slack_sandbox.groups import UserGroup, first_groups
from slack_sandbox.people import OTHER_TEAM, TEAM, SlackUser
from slack_sandbox.records import Kind, Scheduled, StoredChannel, StoredFile, StoredMessage, StoredView


class Workspace:
    """Everything that the workspace holds. Each change is published, with the ids of those who may see it."""

    def __init__(self, app: App, clock: WorkspaceClock) -> None:
        """Open a workspace with everybody in it and *app* installed."""
        self.app = app
        self.clock = clock
        self.changes = Changes()
        bot = SlackUser(app.bot_user_id, app.name, app.name, "the app's bot", is_bot=True, bot_id=app.bot_id)
        self.people = {p.id: p for p in [*people.cast(), bot]}
        self.groups = {g.id: g for g in first_groups()}
        self.channels = {c.id: c for c in self._channels()}
        self.views: dict[str, StoredView] = {}
        self.homes: dict[str, StoredView] = {}
        self.files: dict[str, StoredFile] = {}
        self.scheduled: dict[str, Scheduled] = {}
        self.paid = True  # free plans have no user groups
        self.scan_seconds = 0.2  # real time until a completed file has been scanned, and can be shown

    def _channels(self) -> list[StoredChannel]:
        def ids(names: str) -> list[str]:
            return [self.person(n).id for n in names.split()]

        bot = self.app.bot_user_id
        return [
            StoredChannel("C0GENERAL", "general", "public", ids("ana ada ben bea cleo dan gus wim deploybot")),
            StoredChannel(
                "C00DWHOPS", "dwh-ops", "public", [*ids("ana ada ben bea cleo dan gus gil wim deploybot"), bot]
            ),
            StoredChannel("C0DWHSECR", "dwh-secret", "private", ids("ben cleo")),
            StoredChannel("C0DWHPRIV", "dwh-private", "private", [*ids("ana ben cleo"), bot]),
            StoredChannel("C0PARTNER", "partners", "public", [*ids("ana ben otto"), bot], shared_with=(OTHER_TEAM,)),
            StoredChannel("C000000OLD", "old", "public", [*ids("ana ben"), bot], archived=True),
        ]

    def person(self, who: str) -> SlackUser:
        """Return the person with this id or name.

        Raises:
            KeyError: there is nobody called so.
        """
        name = who.removeprefix("@")
        found = self.people.get(name) or next((p for p in self.people.values() if p.name == name), None)
        if found is None:
            raise KeyError(f"nobody is called {who}")
        return found

    def group(self, which: str) -> UserGroup:
        """Return the user group with this id or handle.

        Raises:
            KeyError: there is none.
        """
        for group in self.groups.values():
            if which.removeprefix("@") in (group.id, group.handle):
                return group
        raise KeyError(f"no user group is called {which}")

    def channel(self, which: str) -> StoredChannel:
        """Return the channel with this id or name, `#` allowed.

        Raises:
            KeyError: there is none.
        """
        name = which.removeprefix("#")
        found = self.channels.get(name) or next((c for c in self.channels.values() if c.name == name != ""), None)
        if found is None:
            raise KeyError(f"no channel is called {which}")
        return found

    def direct(self, users: Iterable[str]) -> StoredChannel:
        """Return the conversation between exactly *users*, opened if there was none yet."""
        members = sorted(set(users))
        kind: Kind = "im" if len(members) < 3 else "mpim"
        for channel in self.channels.values():
            if channel.kind == kind and sorted(channel.members) == members:
                return channel
        name = "" if kind == "im" else "mpdm-" + "--".join(self.people[m].name for m in members) + "-1"
        letter = "D" if kind == "im" else "G"
        channel = StoredChannel(f"{letter}{len(self.channels):08d}", name, kind, members)
        self.channels[channel.id] = channel
        self.show_channel(channel)
        return channel

    def may_see(self, user: str, channel: StoredChannel) -> bool:
        """Say whether *user* can open *channel*: members can, and full members see public channels too."""
        person = self.people[user]
        outsider = person.is_restricted or person.team_id != TEAM
        return user in channel.members or (channel.kind == "public" and not outsider and not person.deleted)

    def bot_may_post(self, channel: StoredChannel) -> bool:
        """Say whether the app can post in *channel*, as far as membership decides."""
        return channel.kind == "public" or self.app.bot_user_id in channel.members

    def is_read_only(self, channel: StoredChannel) -> bool:
        """Say whether *channel* is the app's Messages tab, and only the app writes there."""
        is_tab = channel.kind == "im" and self.app.bot_user_id in channel.members
        return is_tab and (self.app.messages_read_only or not self.app.messages_tab)

    def audience(self, channel: StoredChannel) -> set[str]:
        """Return the ids of those who can see *channel*."""
        return {p for p in self.people if self.may_see(p, channel)}

    def new_ts(self, channel: StoredChannel) -> str:
        """Return the next message time of *channel*: seconds, a dot, six digits; never the same twice."""
        usec = max(int(self.clock.now().timestamp() * 1_000_000), channel.last_usec + 1)
        channel.last_usec = usec
        return f"{usec // 1_000_000}.{usec % 1_000_000:06d}"

    def post(self, channel: StoredChannel, body: dict[str, Any], *, only_for: str | None = None) -> StoredMessage:
        """Keep a new message with Slack's message object *body* (without ts) and show it to those who may see it."""
        ts = self.new_ts(channel)
        message = StoredMessage(channel.id, ts, {"type": "message", "ts": ts, **body}, only_for)
        if only_for is None:
            channel.messages[ts] = message
            if (root := channel.messages.get(body.get("thread_ts", ""))) and root is not message:
                self._count_reply(root, message)
        else:
            channel.private_messages[ts] = message
        self.show(message)
        return message

    def _count_reply(self, root: StoredMessage, reply: StoredMessage) -> None:
        who = reply.body.get("user", "")
        users = root.body.setdefault("reply_users", [])
        if who not in users:
            users.append(who)
        root.body |= {
            "thread_ts": root.ts,
            "reply_count": root.body.get("reply_count", 0) + 1,
            "reply_users_count": len(users),
            "latest_reply": reply.ts,
            "is_locked": False,
            "subscribed": False,
        }
        self.show(root)

    def show(self, message: StoredMessage) -> None:
        """Publish *message* as it is now."""
        channel = self.channels[message.channel]
        users = self.audience(channel) if message.only_for is None else {message.only_for}
        data = {"channel": channel.id, "message": message.body, "ephemeral": message.only_for is not None}
        self.changes.publish("message", data, users)

    def remove(self, message: StoredMessage) -> None:
        """Delete *message*, with nothing left of it."""
        channel = self.channels[message.channel]
        users = self.audience(channel) if message.only_for is None else {message.only_for}
        (channel.messages if message.only_for is None else channel.private_messages).pop(message.ts, None)
        self.changes.publish("message_deleted", {"channel": channel.id, "ts": message.ts}, users)

    def messages_for(self, user: str, channel: StoredChannel) -> list[StoredMessage]:
        """Return what *user* sees in *channel*, threads and private messages included, the oldest first."""
        private = [m for m in channel.private_messages.values() if m.only_for == user]
        return sorted([*channel.messages.values(), *private], key=lambda m: m.ts)

    def find(self, channel: str, ts: str, *, user: str | None = None) -> StoredMessage | None:
        """Return a message, or None; private ones only for their *user*."""
        if (place := self.channels.get(channel)) is None:
            return None
        private = place.private_messages.get(ts)
        return place.messages.get(ts) or (private if private and private.only_for == user else None)

    def archive(self, channel: StoredChannel) -> None:
        """Archive *channel*."""
        channel.archived = True
        self.show_channel(channel)

    def channel_json(self, channel: StoredChannel) -> dict[str, Any]:
        """Return *channel* as a page draws it: Slack's object and its members' ids, without messages."""
        shown = self.conversation(channel) | {"members": list(channel.members)}
        return shown | ({"only_app_writes": True} if self.is_read_only(channel) else {})

    def conversation(self, channel: StoredChannel) -> dict[str, Any]:
        """Return Slack's conversation object as the app sees it."""
        shown = channel.channel_object(self.app.bot_user_id)
        return shown | ({"is_user_deleted": self.people[shown["user"]].deleted} if channel.kind == "im" else {})

    def user_object(self, person: SlackUser, *, with_email: bool, with_locale: bool = False) -> dict[str, Any]:
        """Return Slack's user object of *person* as it is now."""
        user = person.user_object(self.clock.now(), with_email=with_email)
        return user | ({"locale": person.locale} if with_locale and not (person.is_bot or person.is_stranger) else {})

    def show_channel(self, channel: StoredChannel) -> None:
        """Publish *channel* as it is now."""
        self.changes.publish("channel", {"channel": self.channel_json(channel)}, self.audience(channel))

    def new_view(self, user: str, spec: dict[str, Any], *, channel: str | None = None) -> StoredView:
        """Keep a new view for *user*; the caller says where it is shown."""
        view = StoredView(new_id("V"), user, spec, self.new_hash(), channel=channel)
        view.root_id = view.id
        self.views[view.id] = view
        return view

    def new_hash(self) -> str:
        """Return what a view's `hash` looks like: a time, a dot, eight random characters."""
        return f"{int(self.clock.now().timestamp())}.{secrets.token_hex(4)}"

    def external_id_taken(self, external_id: str, *, but: Collection[str] = ()) -> bool:
        """Say whether a view that is still shown has this external id; *but* are view ids that don't count."""
        return any(v.spec.get("external_id") == external_id for v in self.views.values() if v.id not in but)


def new_id(letter: str) -> str:
    """Return a new opaque id that starts with *letter*, like Slack's."""
    return f"{letter}{secrets.token_hex(5).upper()}"
