"""What happens to the workspace without the app: people change, channels are archived, faults strike."""

from __future__ import annotations

import dataclasses
from typing import Any

from slack_sandbox.faults import FAULTS, NOW_FAULTS, SlackFault
from slack_sandbox.group_admin import GroupAdmin
from slack_sandbox.people import ADMIN
from slack_sandbox.records import StoredMessage
from slack_sandbox.zones import is_zone


class WorkspaceAdmin(GroupAdmin):
    """Changes the workspace. Names or ids everywhere; KeyError where nothing is called so."""

    def change_person(self, who: str, **flags: Any) -> None:
        """Change a person's flags (deleted, is_admin, real_name, tz, locale, status_text, …) and send `user_change`.

        Raises:
            ValueError: a person has no such flag, or it never changes, or there is no such time zone.
        """
        person = self._site.workspace.person(who)
        allowed = {f.name for f in dataclasses.fields(person)} - {"id", "name"}
        if strange := flags.keys() - allowed:
            raise ValueError(f"a person has no {', '.join(sorted(strange))}")
        if "tz" in flags and not is_zone(flags["tz"]):
            raise ValueError(f"there is no time zone {flags['tz']}")
        for name, value in flags.items():
            setattr(person, name, value)
        person.updated = int(self._site.workspace.clock.now().timestamp())
        with_email = self._site.app.has("users:read.email")
        user = self._site.workspace.user_object(person, with_email=with_email, with_locale=True)
        self._site.workspace.changes.publish("person", {"user": user})
        event = {
            "type": "user_change",
            "user": user,
            "cache_ts": person.updated,
            "event_ts": f"{person.updated}.000000",
        }
        self._site.events.emit(event)

    def invite(self, which: str, who: str) -> None:
        """Let a person or the app's bot join a channel."""
        self._membership(which, who, joins=True)

    def remove(self, which: str, who: str) -> None:
        """Take a person or the app's bot out of a channel."""
        self._membership(which, who, joins=False)

    def _membership(self, which: str, who: str, *, joins: bool) -> None:
        workspace = self._site.workspace
        channel, person = workspace.channel(which), workspace.person(who)
        if joins == (person.id in channel.members):
            return
        if not joins:  # the app hears of it while it is still there
            self._site.events.membership(channel, person, joins=False)
            channel.members.remove(person.id)
        else:
            channel.members.append(person.id)
            self._site.events.membership(channel, person, joins=True, inviter=ADMIN)
        workspace.show_channel(channel)

    def archive(self, which: str) -> None:
        """Archive a channel."""
        channel = self._site.workspace.channel(which)
        self._site.workspace.archive(channel)
        kind = "group_archive" if channel.kind == "private" else "channel_archive"
        event = {"type": kind, "channel": channel.id, "user": ADMIN, "is_moved": 0}
        self._site.events.emit(event | {"event_ts": self._site.events.event_ts()}, channel=channel)

    def delete_message(self, channel: str = "", ts: str = "") -> StoredMessage:
        """Delete a message of the app as an administrator would; the latest one unless *channel* and *ts* say which.

        Raises:
            ValueError: there is no such message.
        """
        workspace = self._site.workspace
        place = workspace.channel(channel).id if channel else ""
        own = [
            m
            for c in workspace.channels.values()
            for m in c.messages.values()
            if m.body.get("bot_id") == self._site.app.bot_id and place in ("", c.id) and ts in ("", m.ts)
        ]
        if not own:
            raise ValueError("the app has no such message")
        message = max(own, key=lambda m: m.ts)
        workspace.remove(message)
        event_ts = workspace.new_ts(workspace.channels[message.channel])
        event = {"type": "message", "subtype": "message_deleted", "deleted_ts": message.ts, "ts": event_ts}
        self._site.events.message(message, event | {"previous_message": message.body, "hidden": True})
        return message

    async def fault(self, name: str, **details: Any) -> int:
        """Let a fault of FAULTS strike; return how many calls or connections it concerns.

        For the next calls: *method* ("*" is any), *times*, *seconds*, *retry_after*, *error*. At once: *channel*, *ts*,
        and *reason* of a socket refresh.

        Raises:
            ValueError: there is no such fault, or a detail doesn't belong to it.
        """
        if name not in FAULTS:
            raise ValueError(f"there is no fault {name}; there are {', '.join(FAULTS)}")
        if name not in NOW_FAULTS:
            known = {f.name for f in dataclasses.fields(SlackFault)}
            if strange := details.keys() - known:
                raise ValueError(f"a fault has no {', '.join(sorted(strange))}")
            fault = SlackFault(name, **details)
            self._site.faults.add(fault)
            return fault.times
        match name:
            case "socket_drop":
                return await self._site.sockets.drop()
            case "socket_refresh":
                return await self._site.sockets.refresh(details.get("reason", "refresh_requested"))
            case "socket_silence":
                return self._site.sockets.silence()
            case "release":
                return self._site.faults.release()
            case "message_deleted":
                self.delete_message(details.get("channel", ""), details.get("ts", ""))
            case _:
                if "channel" not in details:
                    raise ValueError("channel_archived needs a channel")
                self.archive(details["channel"])
        return 1
