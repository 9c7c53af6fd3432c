"""Sending a modal: the client's own checks, the app's answer within its deadline, and what the person then sees.

Source: Slack, "Modals > Handling and responding to interactions".
"""

from __future__ import annotations

from typing import Any

from slack_sandbox import forms, payloads
from slack_sandbox.api_error import ApiError
from slack_sandbox.client_base import TROUBLE, ActionResult, ClientBase
from slack_sandbox.client_state import STACK
from slack_sandbox.inputs import NotPossible
from slack_sandbox.records import StoredView
from slack_sandbox.transport import AppResponse
from slack_sandbox.views import new_view, read_view, redraw


class ModalClient(ClientBase):
    """Sends and closes modals."""

    async def submit(self, user: str, view: StoredView) -> ActionResult:
        """Press a modal's submit button."""
        person = self._person(user)
        if view is not self.site.client_states.top(user) or "submit" not in view.spec:
            raise NotPossible("this modal isn't on top, or has no submit button")
        if view.busy:
            raise NotPossible("it is being sent already; the button is disabled")
        view.error = ""
        view.errors = forms.problems(view.blocks, view.values)
        if view.errors:
            self.site.client_states.show(user)
            return ActionResult("blocked", list(view.errors.values()), dict(view.errors))
        view.busy = True
        self.site.client_states.show(user)
        try:
            payload = payloads.view_submission(self.site, person, view)
            answer = await self.site.transport.send("interactive", "view_submission", payload, answered=True)
        finally:
            view.busy = False
        outcome = self._outcome(answer, user, view.spec.get("callback_id", ""))
        if outcome.status == "ok":
            self._apply(user, view, answer, outcome)
        if outcome.status in ("no_response", "bad_answer"):
            view.error = TROUBLE
        self.site.client_states.show(user)
        return outcome

    def _apply(self, user: str, view: StoredView, answer: AppResponse, outcome: ActionResult) -> None:
        """Do what the app's answer to a submitted form says."""
        client_states, body = self.site.client_states, answer.body
        if body is None:
            # Slack's client closes what is on top by then, even a view that was opened or pushed before the ack
            # (slack-go/slack#683, slackapi/bolt-js#639)
            outcome.action = "closed"
            if top := client_states.top(user):
                client_states.pop(top)
            return
        action = body.get("response_action") if isinstance(body, dict) else None
        try:
            match action, body:
                case "clear", _:
                    client_states.clear(user)
                case "errors", {"errors": dict(errors)} if errors:
                    self._show_errors(user, view, answer, outcome, errors)
                case "update", {"view": spec}:
                    redraw(self.site, view, read_view(self.site, spec, "modal", but=(view.id,)))
                case "push", {"view": spec}:
                    checked = read_view(self.site, spec, "modal")
                    if len(client_states.of(user).stack) >= STACK:
                        raise ApiError("push_limit_reached")
                    client_states.push(new_view(self.site, user, checked, view.channel))
                case _:
                    raise ApiError("invalid_response", ["an empty answer, or a response_action with what it needs"])
        except ApiError as e:
            self._bad(answer, user, outcome, "; ".join([e.error, *e.messages]))
            return
        if outcome.status == "ok":
            outcome.action = str(action)

    def _show_errors(
        self, user: str, view: StoredView, answer: AppResponse, outcome: ActionResult, errors: dict[str, Any]
    ) -> None:
        inputs = {b["block_id"] for b in view.blocks if b["type"] == "input"}
        strange = [k for k, v in errors.items() if k not in inputs or not isinstance(v, str) or not v]
        if strange:
            self._bad(answer, user, outcome, f"errors name no input block: {', '.join(map(str, strange))}")
            return
        view.errors = dict(errors)
        outcome.status, outcome.action, outcome.errors = "errors", "errors", dict(errors)
        for text in errors.values():
            self._saw(answer, outcome, text)

    async def close(self, user: str, view: StoredView, *, all_: bool = False) -> ActionResult:
        """Close a modal (cancel), or with *all_* the whole stack (the cross); the app hears if it asked to."""
        person = self._person(user)
        client_states = self.site.client_states
        if view is not client_states.top(user):
            raise NotPossible("this modal isn't on top")
        cleared = all_ or bool(view.spec.get("clear_on_close"))
        told = [v for v in (client_states.of(user).stack if cleared else [view]) if v.spec.get("notify_on_close")]
        closed = [payloads.view_closed(self.site, person, v, cleared=cleared) for v in told]
        if cleared:
            client_states.clear(user)
        else:
            client_states.pop(view)
        for payload in closed:
            await self.site.transport.send("interactive", "view_closed", payload)
        return ActionResult("ok", action="closed")
