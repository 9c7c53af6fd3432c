"""Slack's client side: what a person's Slack does when they type, click and send, and what they then see.

It refuses what a real client would not let them do, keeps Slack's deadlines, and says what went wrong as Slack does.
"""

from __future__ import annotations

import re
import secrets
import uuid
from typing import Any, Final, Literal

from slack_sandbox import payloads
from slack_sandbox.api_error import ApiError
from slack_sandbox.client_base import ActionResult, place_id
from slack_sandbox.composition import OPTION, OPTION_GROUP
from slack_sandbox.elements import STATEFUL
from slack_sandbox.inputs import NotPossible, read_input, read_options
from slack_sandbox.markup import escape_mrkdwn, escape_plain
from slack_sandbox.modals import ModalClient
from slack_sandbox.people import TEAM, SlackUser
from slack_sandbox.reactions import react, take_back
from slack_sandbox.records import StoredMessage, StoredView
from slack_sandbox.responses import show_answer
from slack_sandbox.shapes import Report, items
from slack_sandbox.surfaces import complete
from slack_sandbox.typed import typed_blocks

_NAMED: Final = re.compile(r"(?<![\w;])(?:(?P<sign>[@#])(?P<name>[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)|https?://[^\s&]+)")


class Clients(ModalClient):
    """Everybody's Slack client. All ids are Slack's; every method may raise NotPossible."""

    async def command(self, user: str, channel_id: str, line: str) -> ActionResult:
        """Send a slash command, e.g. "/snapshot help"."""
        person, channel = self._person(user), self._place(user, channel_id)
        command, _, text = line.partition(" ")
        app, workspace = self.site.app, self.site.workspace
        known = app.has("commands") and person.team_id == TEAM and (app.commands is None or command in app.commands)
        if self.site.workspace.is_read_only(channel):
            raise NotPossible("this person can't write here")
        if not known or channel.archived or user not in channel.members:
            words = f"{command} is not a valid command. In Slack, all messages that start with the / character are"
            words += " interpreted as commands."
            self.site.client_states.notice(user, "slackbot", words, command)
            return ActionResult("blocked", [words])
        text = escape_plain(text.strip())
        text = self._named(text) if app.should_escape else text
        payload = payloads.slash_command(self.site, person, channel, command, text)
        answer = await self.site.transport.send("slash_commands", command, payload, answered=True)
        outcome = self._outcome(answer, user, command, f"{command} failed because the app did not respond.")
        if outcome.status != "ok" or answer.body is None:
            return outcome
        body = {"text": answer.body} if isinstance(answer.body, str) else answer.body
        try:
            message = show_answer(self.site, user, workspace.channels[channel.id], body)
        except ApiError as e:
            words = f"{command} failed with the error “{e.error}”."
            return self._bad(answer, user, outcome, "; ".join(e.messages) or e.error, words)
        outcome.ts = message.ts
        self._saw(answer, outcome, message.body["text"])
        return outcome

    def _named(self, text: str) -> str:
        """Return *text* with people, groups, channels and links as Slack escapes them with `should_escape`."""
        workspace = self.site.workspace

        def named(match: re.Match[str]) -> str:
            sign, name = match["sign"], match["name"]
            if not sign:
                return f"<{match[0]}>"
            if sign == "#":
                channel = next((c for c in workspace.channels.values() if c.name == name), None)
                return f"<#{channel.id}|{name}>" if channel else match[0]
            if name in ("here", "channel", "everyone"):
                return f"<!{name}>"
            person = next((p for p in workspace.people.values() if p.name == name), None)
            group = next((g for g in workspace.groups.values() if g.handle == name), None)
            if person:
                return f"<@{person.id}|{name}>"
            return f"<!subteam^{group.id}|@{name}>" if group else match[0]

        return _NAMED.sub(named, text)

    async def act(
        self,
        user: str,
        place: StoredMessage | StoredView,
        block_id: str,
        action_id: str,
        value: Any = None,
        *,
        confirm: bool = True,
    ) -> ActionResult:
        """Click a button, or choose *value* in a menu, picker or select; *confirm* answers its question, if any."""
        person = self._person(user)
        block, element = self._element(place, block_id, action_id)
        kind = element["type"]
        if "confirm" in element and not confirm:
            return ActionResult("cancelled", [element["confirm"]["title"]["text"]])
        state: dict[str, Any] | None = None
        if kind in STATEFUL:
            values = self._values(user, place)
            state = read_input(self.site.workspace, element, value, self._known(user, place, block_id, action_id))
            values[block_id, action_id] = state
            self._redraw(place)
            if block["type"] == "input" and not block.get("dispatch_action"):
                return ActionResult("ok")
        elif kind == "overflow":
            state = read_options(element, [value])[0]
        return await self._send_action(person, place, block, element, state)

    async def type(
        self, user: str, view: StoredView, block_id: str, action_id: str, value: Any, *, enter: bool
    ) -> ActionResult:
        """Type *value* into an input; it is sent at once where `dispatch_action` asks for that."""
        person = self._person(user)
        block, element = self._element(view, block_id, action_id)
        state = read_input(self.site.workspace, element, value, self._known(user, view, block_id, action_id))
        view.values[block_id, action_id] = state
        view.errors.pop(block_id, None)
        self._redraw(view)
        when = element.get("dispatch_action_config", {}).get("trigger_actions_on", ["on_enter_pressed"])
        due = "on_character_entered" in when or (enter and "on_enter_pressed" in when)
        typed = element["type"].endswith("_input") and element["type"] != "file_input"
        if block["type"] == "input" and (not block.get("dispatch_action") or (typed and not due)):
            return ActionResult("ok")
        return await self._send_action(person, view, block, element, state)

    async def _send_action(
        self,
        person: SlackUser,
        place: StoredMessage | StoredView,
        block: dict[str, Any],
        element: dict[str, Any],
        state: Any,
    ) -> ActionResult:
        workspace = self.site.workspace
        channel = workspace.channels[place.channel] if isinstance(place, StoredMessage) else None
        ts = f"{workspace.clock.now().timestamp():.6f}"
        actions = [payloads.action(block, element, state, ts)]
        if isinstance(place, StoredMessage) and channel:
            values = self._values(person.id, place)
            payload = payloads.block_actions_in_message(self.site, person, channel, place, values, actions)
        else:
            assert isinstance(place, StoredView)
            payload = payloads.block_actions_in_view(self.site, person, place, actions)
        answer = await self.site.transport.send("interactive", "block_actions", payload)
        return self._outcome(answer, person.id, element["action_id"])

    async def search(
        self, user: str, place: StoredMessage | StoredView, block_id: str, action_id: str, typed: str
    ) -> list[dict[str, Any]]:
        """Type into an external select and return the options that the app offers; [] below `min_query_length`."""
        person = self._person(user)
        block, element = self._element(place, block_id, action_id)
        if not element["type"].endswith("external_select"):
            raise NotPossible("only an external select is searched")
        if len(typed) < element.get("min_query_length", 3):
            return []
        payload = payloads.block_suggestion(self.site, person, place, block, element, typed)
        answer = await self.site.transport.send("interactive", "block_suggestion", payload, answered=True)
        outcome = self._outcome(answer, user, action_id, "Couldn't load the options: the app did not respond.")
        if outcome.status != "ok":
            return []
        options = _offered(answer.body)
        if options is None:
            self._bad(answer, user, outcome, "options: 0 to 100 with text and value", "Couldn't load the options.")
            return []
        found = self.site.client_states.of(user).found
        found[place_id(place), block_id, action_id] = options
        self._saw(answer, outcome, f"{len(options)} options" if options else "No results")
        return options

    async def open_home(self, user: str, tab: Literal["home", "messages"] = "home") -> ActionResult:
        """Open the app's Home or Messages tab."""
        person = self._person(user)
        if person.team_id != TEAM or (tab == "home" and not self.site.app.home_tab):
            raise NotPossible("this person has no such tab")
        workspace = self.site.workspace
        channel = workspace.direct((user, self.site.app.bot_user_id))
        event: dict[str, Any] = {"type": "app_home_opened", "user": user, "channel": channel.id, "tab": tab}
        event["event_ts"] = f"{workspace.clock.now().timestamp():.6f}"
        if tab == "home" and (home := workspace.homes.get(user)):
            event["view"] = self.site.client_states.view_object(home)
        self.site.events.emit(event)
        return ActionResult("ok")

    async def shortcut(
        self, user: str, callback_id: str, message: StoredMessage | None = None, *, where: str | None = None
    ) -> ActionResult:
        """Use a global shortcut while looking at the conversation *where*, or one of *message*.

        The app isn't told where, but a select in its modal can start there (`default_to_current_conversation`).
        """
        person, workspace = self._person(user), self.site.workspace
        if not self.site.app.has("commands") or person.team_id != TEAM:
            raise NotPossible("this person has no shortcuts of the app")
        offered = [
            s.get("callback_id") for s in self.site.app.shortcuts if (s.get("type") == "message") == bool(message)
        ]
        if self.site.app.shortcuts and callback_id not in offered:
            raise NotPossible("the app's manifest has no such shortcut")
        ts = f"{workspace.clock.now().timestamp():.6f}"
        if message is None:
            seen = self._place(user, where).id if where else None
            payload = payloads.shortcut(self.site, person, callback_id, ts, seen)
        else:
            channel = self._place(user, message.channel)
            payload = payloads.message_shortcut(self.site, person, channel, message, callback_id, ts)
        answer = await self.site.transport.send("interactive", payload["type"], payload)
        return self._outcome(answer, user, callback_id)

    async def say(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> StoredMessage:
        """Write a message as a person."""
        person, channel = self._person(user), self._place(user, channel_id)
        if user not in channel.members or channel.archived or self.site.workspace.is_read_only(channel):
            raise NotPossible("this person can't write here")
        stored = escape_mrkdwn(text)
        body: dict[str, Any] = {
            "client_msg_id": str(uuid.uuid4()),
            "user": person.id,
            "text": stored,
            "team": person.team_id,
            "blocks": complete([typed_blocks(stored)], lambda: secrets.token_urlsafe(4)[:5]),
        }
        if channel.shared_with:
            body |= {"user_team": person.team_id, "source_team": person.team_id}
        if thread_ts:
            body["thread_ts"] = thread_ts
        message = self.site.workspace.post(channel, body)
        self.site.events.message(message)
        return message

    def react(self, user: str, message: StoredMessage, name: str, *, remove: bool = False) -> None:
        """Put an emoji below a message as a person, or take it away again."""
        person, channel = self._person(user), self._place(user, message.channel)
        if channel.archived or message.only_for or user not in channel.members:
            raise NotPossible("this person can't react here")
        change = take_back if remove else react
        try:
            change(self.site.workspace, self.site.events, message, person.id, name)
        except ApiError as e:
            raise NotPossible(e.error) from e


def _offered(body: Any) -> list[dict[str, Any]] | None:
    """Return the options of an answer to a search, groups flattened; None where Slack couldn't use it."""
    if not isinstance(body, dict):
        return None
    report = Report()
    if isinstance(body.get("options"), list):
        items(OPTION, 0, 100)(report, body["options"], "/options")
        options = body["options"]
    elif isinstance(body.get("option_groups"), list):
        items(OPTION_GROUP, 0, 100)(report, body["option_groups"], "/option_groups")
        options = [] if report.problems else [o for g in body["option_groups"] for o in g["options"]]
    else:
        return None
    return None if report.problems else options
