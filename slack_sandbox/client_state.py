"""What stands on each person's screen: the stack of modals, notices, and what they chose in messages."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from typing import Any, Final

from slack_sandbox.forms import Values, state_values
from slack_sandbox.people import TEAM
from slack_sandbox.records import StoredView
from slack_sandbox.workspace import Workspace

STACK: Final = 3


@dataclass(slots=True)
class ClientState:
    """What one person sees in Slack; *stack* has the modals, the top one last."""

    stack: list[StoredView] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    chosen: dict[tuple[str, str], Values] = field(default_factory=dict)  # (channel, ts) -> values in that message
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = field(default_factory=dict)  # results of searches


class ClientStates:
    """Everybody's Slack client."""

    def __init__(self, workspace: Workspace) -> None:
        """Start with empty ones."""
        self._workspace = workspace
        self._states: dict[str, ClientState] = {}
        self._numbers = itertools.count(1)

    def of(self, user: str) -> ClientState:
        """Return what *user* (an id) sees."""
        return self._states.setdefault(user, ClientState())

    def top(self, user: str) -> StoredView | None:
        """Return the modal that *user* sees, or None."""
        stack = self.of(user).stack
        return stack[-1] if stack else None

    def open(self, view: StoredView) -> None:
        """Show *view* as the only modal; one that was open is replaced."""
        self.clear(view.user, publish=False)
        self.of(view.user).stack.append(view)
        self.show(view.user)

    def push(self, view: StoredView) -> None:
        """Show *view* on top of the modal that is open; the caller has checked that there is one, and room."""
        stack = self.of(view.user).stack
        view.previous_id, view.root_id = stack[-1].id, stack[0].id
        stack.append(view)
        self.show(view.user)

    def pop(self, view: StoredView) -> None:
        """Close *view*, the one on top."""
        self.of(view.user).stack.remove(view)
        self._workspace.views.pop(view.id, None)
        self.show(view.user)

    def clear(self, user: str, *, publish: bool = True) -> None:
        """Close every modal of *user*."""
        stack = self.of(user).stack
        for view in stack:
            self._workspace.views.pop(view.id, None)
        stack.clear()
        if publish:
            self.show(user)

    def notice(self, user: str, kind: str, text: str, about: str = "") -> None:
        """Show a short notice; *kind* is "no_response", "bad_answer", "refused" or "slackbot"."""
        notice = {"id": next(self._numbers), "kind": kind, "text": text, "about": about}
        self.of(user).notices.append(notice)
        self._workspace.changes.publish("notice", {"notice": notice}, {user})

    def dismiss(self, user: str) -> None:
        """Take all notices of *user* away."""
        self.of(user).notices.clear()
        self._workspace.changes.publish("notices_dismissed", {}, {user})

    def show(self, user: str) -> None:
        """Publish the modals of *user* as they are now."""
        modals = [self.as_json(v) for v in self.of(user).stack]
        self._workspace.changes.publish("modals", {"modals": modals}, {user})

    def show_home(self, view: StoredView) -> None:
        """Publish the Home tab of a person as it is now."""
        self._workspace.changes.publish("home", {"home": self.as_json(view)}, {view.user})

    def as_json(self, view: StoredView) -> dict[str, Any]:
        """Return a view as a page draws it: Slack's view object and what only the client knows."""
        client = {"errors": view.errors, "error": view.error, "busy": view.busy}
        return {**self.view_object(view), "client": client}

    def view_object(self, view: StoredView) -> dict[str, Any]:
        """Return Slack's view object. Source: Slack, "Views > StoredView object"."""
        app, spec = self._workspace.app, view.spec
        return {
            "id": view.id,
            "team_id": self._workspace.people[view.user].team_id,
            "type": spec["type"],
            "blocks": spec["blocks"],
            "private_metadata": spec.get("private_metadata", ""),
            "callback_id": spec.get("callback_id", ""),
            "state": {"values": state_values(view.values)},
            "hash": view.hash,
            "title": spec.get("title", {"type": "plain_text", "text": "View Title", "emoji": True}),
            "clear_on_close": spec.get("clear_on_close", False),
            "notify_on_close": spec.get("notify_on_close", False),
            "close": spec.get("close"),
            "submit": spec.get("submit"),
            "previous_view_id": view.previous_id,
            "root_view_id": view.root_id,
            "app_id": app.app_id,
            "external_id": spec.get("external_id", ""),
            "app_installed_team_id": TEAM,
            "bot_id": app.bot_id,
        }
