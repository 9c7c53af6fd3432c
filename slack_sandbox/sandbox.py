"""A sandbox with people in it, for tests and stories in Python.

    async with Sandbox() as slack:                       # start the app with slack.api_url and slack.app's tokens
        ana, ben = slack.user("ana"), slack.user("ben")
        modal = await ana.command("/snapshot")
        await modal.fill(name="nightly-1", cluster="dwh-prod")
        result = await modal.submit()
        assert not result.errors
        card = await ben.channel("dwh-ops").wait_for("Waiting")
        await ben.click(card, "Approve")
        await card.wait_for("Approved")

Every wait is for a change, never for a time; *seconds* is when it gives up (TimeoutError), in real time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from slack_sandbox.app import App
from slack_sandbox.cards import Card, Conversation, Home, Modal, Submitted, Viewer
from slack_sandbox.client_base import ActionResult
from slack_sandbox.server import Server
from slack_sandbox.transport import AppResponse, Envelope, Forgery
from slack_sandbox.waiting import PATIENCE, Unexpected, until

T = TypeVar("T")


class UserSession(Viewer):
    """What a person does in their Slack."""

    async def send_command(self, line: str, *, channel: str = "dwh-ops") -> ActionResult:
        """Send a slash command and return as soon as it is acknowledged."""
        return await self.slack.clients.command(self.id, self.slack.site.workspace.channel(channel).id, line)

    async def command(self, line: str, *, channel: str = "dwh-ops", seconds: float = PATIENCE) -> Modal:
        """Send a slash command and return the modal that it opens.

        Raises:
            Unexpected: something else was shown instead.
            TimeoutError: nothing was shown.
        """
        seen = self._looks()
        return self._modal(seen, await self.send_command(line, channel=channel)) or await self._opened(seen, seconds)

    async def command_reply(self, line: str, *, channel: str = "dwh-ops", seconds: float = PATIENCE) -> Card:
        """Send a slash command and return its private answer.

        Raises:
            Unexpected: a notice or a modal was shown instead.
            TimeoutError: nothing was shown.
        """
        seen = self._looks()
        self._check(await self.send_command(line, channel=channel))
        return await self._private(seen, seconds)

    async def click(
        self, place: Card | Modal | Home, what: str, value: Any = None, *, confirm: bool = True
    ) -> ActionResult:
        """Click the button (or choose *value* in the menu) called *what*: a label, action id or button value."""
        target = place.target(self)
        block_id, action_id = place.find(what, self)
        return await self.slack.clients.act(self.id, target, block_id, action_id, value, confirm=confirm)

    async def click_for_modal(
        self, place: Card | Modal | Home, what: str, value: Any = None, *, seconds: float = PATIENCE
    ) -> Modal:
        """Click, and return the modal that opens (or is pushed); raises like `command`."""
        seen = self._looks()
        return self._modal(seen, await self.click(place, what, value)) or await self._opened(seen, seconds)

    async def click_for_reply(
        self, place: Card | Modal | Home, what: str, value: Any = None, *, seconds: float = PATIENCE
    ) -> Card:
        """Click, and return the private answer; raises like `command_reply`."""
        seen = self._looks()
        self._check(await self.click(place, what, value))
        return await self._private(seen, seconds)

    @property
    def modals(self) -> list[Modal]:
        """The stack of modals, the top one last."""
        return [Modal(self, v) for v in self.slack.site.client_states.of(self.id).stack]

    @property
    def notices(self) -> list[str]:
        """The words of the notices on the screen."""
        return [n["text"] for n in self.slack.site.client_states.of(self.id).notices]

    def channel(self, name: str) -> Conversation:
        """Return a channel as this person sees it."""
        return Conversation(self, self.slack.site.workspace.channel(name))

    def dm(self) -> Conversation:
        """Return this person's direct messages with the app."""
        return Conversation(self, self.slack.site.workspace.direct((self.id, self.slack.site.app.bot_user_id)))

    async def home(self) -> Home:
        """Open the app's Home tab."""
        await self.slack.clients.open_home(self.id)
        return Home(self)

    async def open_messages(self) -> Conversation:
        """Open the app's Messages tab."""
        await self.slack.clients.open_home(self.id, "messages")
        return self.dm()

    async def say(self, channel: str, text: str, *, thread: Card | None = None) -> Card:
        """Write a message."""
        where = self.slack.site.workspace.channel(channel)
        message = await self.slack.clients.say(self.id, where.id, text, thread.ts if thread else None)
        return Card(self, message.channel, message.ts)

    def react(self, card: Card, name: str, *, remove: bool = False) -> None:
        """Put the emoji *name* (without colons) below a message, or take it away again."""
        self.slack.clients.react(self.id, card.target(self), name, remove=remove)

    async def shortcut(
        self, callback_id: str, card: Card | None = None, *, channel: str = "", seconds: float = PATIENCE
    ) -> Modal:
        """Use a global shortcut in *channel*, or one of *card*, and return the modal; raises like `command`."""
        seen = self._looks()
        message = card.target(self) if card else None
        where = self.slack.site.workspace.channel(channel).id if channel else None
        outcome = await self.slack.clients.shortcut(self.id, callback_id, message, where=where)
        return self._modal(seen, outcome) or await self._opened(seen, seconds)

    async def wait_for_modal(self, text: str = "", *, seconds: float = PATIENCE) -> Modal:
        """Return the modal on top once it says *text*."""

        def ready() -> Modal | None:
            modal = self.modal
            return modal if modal and text in modal.text else None

        return await self._until(ready, seconds, f"no modal says {text!r}")

    async def wait_for_notice(self, text: str = "", *, seconds: float = PATIENCE) -> str:
        """Return the words of a notice once there is one that says *text*."""
        return await self._until(
            lambda: next((n for n in self.notices if text in n), None), seconds, f"no notice says {text!r}"
        )

    def _looks(self) -> frozenset[str]:
        """Return marks of all that is on the screen: view ids and private messages."""
        screen, workspace = self.slack.site.client_states.of(self.id), self.slack.site.workspace
        private = {c.id + ts for c in workspace.channels.values() for ts, m in c.private_messages.items()}
        return frozenset(private | {v.id for v in screen.stack})

    def _check(self, outcome: ActionResult) -> None:
        if outcome.status != "ok":
            raise Unexpected(f"{outcome.status}: {'; '.join(outcome.saw)}")

    def _modal(self, seen: frozenset[str], outcome: ActionResult) -> Modal | None:
        modal = self._new_modal(seen)
        if modal is None:
            self._check(outcome)
        return modal

    def _new_modal(self, seen: frozenset[str]) -> Modal | None:
        top = self.slack.site.client_states.top(self.id)
        return Modal(self, top) if top and top.id not in seen else None

    def _new_private(self, seen: frozenset[str]) -> Card | None:
        for channel in self.slack.site.workspace.channels.values():
            for message in channel.private_messages.values():
                if message.only_for == self.id and channel.id + message.ts not in seen:
                    return Card(self, channel.id, message.ts)
        return None

    async def _opened(self, seen: frozenset[str], seconds: float) -> Modal:
        def ready() -> Modal | Card | None:
            return self._new_modal(seen) or self._new_private(seen)

        found: Modal | Card = await self._until(ready, seconds, "no modal opened")
        if isinstance(found, Card):
            raise Unexpected(f"no modal, but: {found.text}")
        return found

    async def _private(self, seen: frozenset[str], seconds: float) -> Card:
        def ready() -> Modal | Card | None:
            return self._new_private(seen) or self._new_modal(seen)

        found: Modal | Card = await self._until(ready, seconds, "no private answer came")
        if isinstance(found, Modal):
            raise Unexpected(f"no private answer, but a modal: {found.text}")
        return found

    async def _until(self, ready: Callable[[], T | None], seconds: float, otherwise: str) -> T:
        return await until(self.slack.site.workspace, ready, seconds, otherwise)


class Sandbox(Server):
    """A sandbox, and the people in it; constructor arguments are the Server's."""

    @property
    def app(self) -> App:
        """The installed app: ids, tokens, scopes, request URL."""
        return self.site.app

    def env(self) -> dict[str, str]:
        """Return the variables by which an app finds this Slack, as Bolt's examples name them.

        Slack's SDKs don't read SLACK_API_URL by themselves: it is their clients' `base_url`.
        """
        return {
            "SLACK_BOT_TOKEN": self.app.bot_token,
            "SLACK_APP_TOKEN": self.app.app_token,
            "SLACK_SIGNING_SECRET": self.app.signing_secret,
            "SLACK_API_URL": self.api_url,
        }

    def user(self, who: str) -> UserSession:
        """Return a person by name or id.

        Raises:
            KeyError: nobody is called so.
        """
        return UserSession(self, who)

    async def fault(self, name: str, **details: Any) -> int:
        """Let a fault strike, e.g. `fault("drop_after", method="chat.postMessage")`; see `WorkspaceAdmin.fault`."""
        return await self.admin.fault(name, **details)

    async def wait_for_held(self, *, seconds: float = PATIENCE) -> None:
        """Return once a call is held by the fault "hold"; the fault "release" lets go of it."""
        await until(self.site.workspace, lambda: self.site.faults.held or None, seconds, "no call is held")

    async def forge(
        self,
        forgery: Forgery,
        payload: dict[str, Any] | None = None,
        *,
        envelope: Envelope = "slash_commands",
        raw: bytes | None = None,
    ) -> tuple[int, str]:
        """Send the app an HTTP request that it must not believe; return its status and answer."""
        return await self.site.transport.forge(forgery, envelope, payload or {}, raw=raw)

    async def send(self, envelope: Envelope, payload: dict[str, Any], *, answered: bool = True) -> AppResponse:
        """Send the app any payload, e.g. of a foreign team, the way that all others go; return its answer."""
        return await self.site.transport.send(envelope, str(payload.get("type", envelope)), payload, answered=answered)

    async def wait_for_app(self, *, connections: int = 1, seconds: float = PATIENCE) -> None:
        """Return once the app has so many Socket Mode connections."""
        sockets = self.site.sockets
        await until(
            self.site.workspace, lambda: sockets.open >= connections or None, seconds, "the app doesn't connect"
        )


__all__ = ["Card", "Conversation", "Home", "Modal", "Sandbox", "Submitted", "Unexpected", "UserSession"]
