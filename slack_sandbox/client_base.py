"""What every action of a person in Slack's client shares: may they, what do they see, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal

from slack_sandbox import forms
from slack_sandbox.inputs import NotPossible
from slack_sandbox.people import SlackUser
from slack_sandbox.records import StoredChannel, StoredMessage, StoredView
from slack_sandbox.site import Site
from slack_sandbox.transport import AppResponse

TROUBLE: Final = "We had some trouble connecting. Try again?"
NO_RESPONSE: Final = "The app did not respond."


@dataclass(slots=True)
class ActionResult:
    """What came of an action.

    *status*: "ok"; "no_response" (late, never, or an HTTP error); "bad_answer" (Slack can't use it); "errors" (the
    app refused the form); "blocked" (the client didn't send the form); "cancelled" (the person said no to a question).
    *action* is a submitted form's fate: closed, errors, update, push or clear.
    """

    status: Literal["ok", "no_response", "bad_answer", "errors", "blocked", "cancelled"]
    saw: list[str] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    action: str = ""
    exchange: int | None = None
    ts: str | None = None


class ClientBase:
    """Everybody's Slack client. All ids are Slack's; every method may raise NotPossible."""

    def __init__(self, site: Site) -> None:
        """Act on *site*."""
        self.site = site

    def _person(self, user: str) -> SlackUser:
        person = self.site.workspace.people[user]
        if not person.is_human:
            raise NotPossible(f"{person.name} can't do anything: no person sits in front of this account")
        return person

    def _place(self, user: str, channel_id: str) -> StoredChannel:
        channel = self.site.workspace.channels.get(channel_id)
        if channel is None or not self.site.workspace.may_see(user, channel):
            raise NotPossible("no such channel for this person")
        return channel

    def _message(self, user: str, channel_id: str, ts: str) -> tuple[StoredChannel, StoredMessage]:
        channel = self._place(user, channel_id)
        message = self.site.workspace.find(channel_id, ts, user=user)
        if message is None:
            raise NotPossible("this person sees no such message")
        return channel, message

    def _saw(self, answer: AppResponse, outcome: ActionResult, what: str) -> None:
        outcome.saw.append(what)
        self.site.exchanges.saw(answer.exchange, what)

    def _outcome(self, answer: AppResponse, user: str, about: str, words: str = NO_RESPONSE) -> ActionResult:
        """Return the outcome of *answer*, with a notice where the app didn't respond."""
        number = answer.exchange.id if answer.exchange else None
        if answer.status == "ok":
            return ActionResult("ok", exchange=number)
        outcome = ActionResult("no_response", exchange=number)
        self.site.client_states.notice(user, "no_response", words, about)
        self._saw(answer, outcome, words)
        return outcome

    def _bad(
        self, answer: AppResponse, user: str, outcome: ActionResult, why: str, words: str = TROUBLE
    ) -> ActionResult:
        outcome.status = "bad_answer"
        self.site.client_states.notice(user, "bad_answer", words, why)
        self._saw(answer, outcome, words)
        return outcome

    def view(self, user: str, view_id: str) -> StoredView:
        """Return a view that this person has open: a modal, or their Home tab."""
        home = self.site.workspace.homes.get(user)
        shown = [*self.site.client_states.of(user).stack, *([home] if home else [])]
        view = next((v for v in shown if v.id == view_id), None)
        if view is None:
            raise NotPossible("this person has no such view open")
        return view

    def message(self, user: str, channel_id: str, ts: str) -> StoredMessage:
        """Return a message that this person sees."""
        return self._message(user, channel_id, ts)[1]

    def _element(
        self, place: StoredMessage | StoredView, block_id: str, action_id: str
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        blocks = place.blocks if isinstance(place, StoredView) else blocks_of(place)
        for block, element in forms.elements(blocks):
            if block["block_id"] == block_id and element["action_id"] == action_id:
                return block, element
        what = "view" if isinstance(place, StoredView) else "message"
        raise NotPossible(f"{action_id} isn't in this {what} any more: the app has changed it meanwhile")

    def _values(self, user: str, place: StoredMessage | StoredView) -> forms.Values:
        if isinstance(place, StoredView):
            return place.values
        chosen = self.site.client_states.of(user).chosen
        key = (place.channel, place.ts)
        chosen[key] = forms.start(blocks_of(place), place.channel, chosen.get(key))
        return chosen[key]

    def _known(
        self, user: str, place: StoredMessage | StoredView, block_id: str, action_id: str
    ) -> list[dict[str, Any]]:
        return self.site.client_states.of(user).found.get((place_id(place), block_id, action_id), [])

    def _redraw(self, place: StoredMessage | StoredView) -> None:
        if isinstance(place, StoredView) and place.spec["type"] == "modal":
            self.site.client_states.show(place.user)
        elif isinstance(place, StoredView):
            self.site.client_states.show_home(place)


def place_id(place: StoredMessage | StoredView) -> str:
    """Return one name for a view or message."""
    return place.id if isinstance(place, StoredView) else f"{place.channel}/{place.ts}"


def blocks_of(message: StoredMessage) -> list[dict[str, Any]]:
    """Return the blocks of a message, its attachments included."""
    own = message.body.get("blocks") or []
    return [*own, *(b for a in message.body.get("attachments") or [] for b in a.get("blocks") or [])]
