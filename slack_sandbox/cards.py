"""What a story's people look at and click: cards, modals, the Home tab, conversations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from slack_sandbox import forms
from slack_sandbox.client_base import ActionResult, blocks_of
from slack_sandbox.reading import message_text, render, words
from slack_sandbox.records import StoredChannel, StoredMessage, StoredView
from slack_sandbox.server import Server
from slack_sandbox.waiting import PATIENCE, Unexpected, until
from slack_sandbox.workspace import Workspace


class Viewer:
    """One person in front of their Slack; *who* is an id or name."""

    def __init__(self, slack: Server, who: str) -> None:
        """Be *who*.

        Raises:
            KeyError: nobody is called so.
        """
        self.slack = slack
        self.person = slack.site.workspace.person(who)
        self.id = self.person.id

    @property
    def modal(self) -> Modal | None:
        """The modal on top, if any."""
        view = self.slack.site.client_states.top(self.id)
        return Modal(self, view) if view else None


class Surface:
    """Something with blocks that a person sees."""

    def __init__(self, user: Viewer) -> None:
        """Be what *user* sees."""
        self.user = user

    @property
    def workspace(self) -> Workspace:
        """The workspace."""
        return self.user.slack.site.workspace

    def target(self, user: Viewer) -> StoredMessage | StoredView:
        """Return the message or view as it is now, as *user* sees it."""
        raise NotImplementedError

    def _blocks(self, user: Viewer) -> list[dict[str, Any]]:
        target = self.target(user)
        return target.blocks if isinstance(target, StoredView) else blocks_of(target)

    @property
    def text(self) -> str:
        """All its words, as a person reads them."""
        return "\n".join(words(self._blocks(self.user), self.workspace))

    @property
    def buttons(self) -> list[str]:
        """The labels of its buttons."""
        found = [e for _, e in forms.elements(self._blocks(self.user)) if e["type"] == "button"]
        return [render(e["text"]["text"], self.workspace) for e in found]

    def find(self, what: str, user: Viewer) -> tuple[str, str]:
        """Return the block id and action id of the element called *what*: a button's label or value, an action id,
        a block id, or an input's label.

        Raises:
            Unexpected: there is none.
        """
        names = []
        for block, element in forms.elements(self._blocks(user)):
            label = (element.get("text") or block.get("label") or {}).get("text", "")
            known = [render(label, self.workspace), element["action_id"], block["block_id"], element.get("value", "")]
            if what in known:
                return block["block_id"], element["action_id"]
            names.append(known[0] or known[1])
        raise Unexpected(f"there is no {what!r}, only: {', '.join(names) or 'nothing to click'}")

    async def wait_for(self, text: str, *, seconds: float = PATIENCE) -> None:
        """Return once it says *text*."""
        await until(self.workspace, lambda: text in self.text or None, seconds, f"it doesn't say {text!r}")


class Card(Surface):
    """A message, wherever it stands; what it says is always what it says now."""

    def __init__(self, user: Viewer, channel: str, ts: str) -> None:
        """Be the message *ts* of *channel* (an id)."""
        super().__init__(user)
        self.channel, self.ts = channel, ts

    def target(self, user: Viewer) -> StoredMessage:
        """Return the message as it is now."""
        return self.user.slack.clients.message(user.id, self.channel, self.ts)

    @property
    def body(self) -> dict[str, Any]:
        """Slack's message object."""
        return self.target(self.user).body

    @property
    def is_private(self) -> bool:
        """Say whether only this person sees it."""
        return self.target(self.user).only_for is not None

    @property
    def text(self) -> str:
        """What it says: its blocks if it has any, else its text."""
        return message_text(self.body, self.workspace)

    @property
    def notification(self) -> str:
        """What a notification or screen reader says: its `text`."""
        return render(self.body.get("text", ""), self.workspace)

    @property
    def thread(self) -> list[Card]:
        """The replies, the oldest first."""
        messages = self.workspace.messages_for(self.user.id, self.workspace.channels[self.channel])
        return [Card(self.user, self.channel, m.ts) for m in messages if self._replies(m)]

    def _replies(self, message: StoredMessage) -> bool:
        return message.body.get("thread_ts") == self.ts != message.ts

    @property
    def gone(self) -> bool:
        """Say whether it was deleted."""
        return self.workspace.find(self.channel, self.ts, user=self.user.id) is None

    async def wait_for_reply(self, text: str = "", *, seconds: float = PATIENCE) -> Card:
        """Return the first reply that says *text*."""
        return await until(
            self.workspace,
            lambda: next((c for c in self.thread if text in c.text), None),
            seconds,
            f"no reply says {text!r}",
        )


class Home(Surface):
    """A person's Home tab."""

    def target(self, user: Viewer) -> StoredView:
        """Return the view as it is now.

        Raises:
            Unexpected: none was published.
        """
        view = self.workspace.homes.get(user.id)
        if view is None:
            raise Unexpected("no Home tab was published")
        return view

    async def wait_for(self, text: str, *, seconds: float = PATIENCE) -> None:
        """Return once it is there and says *text*."""

        def ready() -> bool | None:
            return (self.user.id in self.workspace.homes and text in self.text) or None

        await until(self.workspace, ready, seconds, f"the Home tab doesn't say {text!r}")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What came of sending a form: *errors* by block id, *action* as in ActionResult, and what modal is then on top."""

    outcome: ActionResult
    errors: dict[str, str]
    action: str
    modal: Modal | None


class Modal(Surface):
    """A modal that was opened for a person."""

    def __init__(self, user: Viewer, view: StoredView) -> None:
        """Be *view*."""
        super().__init__(user)
        self.shown = view

    def target(self, user: Viewer) -> StoredView:
        """Return the view as it is now."""
        return self.shown

    @property
    def title(self) -> str:
        """Its title."""
        return str(self.shown.spec["title"]["text"])

    @property
    def text(self) -> str:
        """Its title, all its words, and the buttons below."""
        spec = self.shown.spec
        return "\n".join(words([spec["title"], spec["blocks"], spec.get("close"), spec.get("submit")], self.workspace))

    @property
    def errors(self) -> dict[str, str]:
        """The errors at its inputs, by block id."""
        return dict(self.shown.errors)

    @property
    def is_open(self) -> bool:
        """Say whether it is still in the person's stack."""
        return self.shown in self.user.slack.site.client_states.of(self.user.id).stack

    def value(self, what: str) -> Any:
        """Return what an input holds now: text, an option's value, an id, or a list of those."""
        state = self.shown.values[self.find(what, self.user)]
        content = state[forms.key_of(state["type"])]
        if isinstance(content, list):
            return [c["value"] if isinstance(c, dict) and "value" in c else c for c in content]
        return content["value"] if isinstance(content, dict) and "value" in content else content

    async def _found(self, what: str) -> tuple[str, str]:
        """Return what `find` does, once it is there: a form may still be drawn again, as a person would see."""

        def there() -> tuple[str, str] | None:
            try:
                return self.find(what, self.user)
            except Unexpected:
                return None

        try:
            return await until(self.workspace, there, PATIENCE, f"there is no {what!r}")
        except TimeoutError:
            return self.find(what, self.user)

    def placeholder(self, what: str) -> str:
        """Return what an input shows in grey while nothing is in it, or ""."""
        return str((self._element(what).get("placeholder") or {}).get("text", ""))

    def _element(self, what: str) -> dict[str, Any]:
        ids = self.find(what, self.user)
        return next(e for b, e in forms.elements(self.shown.blocks) if (b["block_id"], e["action_id"]) == ids)

    async def fill(self, **answers: Any) -> None:
        """Fill inputs by block id, action id or label: text as it is, options by value or label, people by name.

        An external select is searched for the answer first.
        """
        for what, answer in answers.items():
            await self.enter(what, answer)

    async def enter(self, what: str, answer: Any, *, search: str | None = None) -> ActionResult:
        """Fill one input and press Enter; *search* is what is typed to find the answer of an external select."""
        block_id, action_id = await self._found(what)
        element = self._element(what)
        clients, user = self.user.slack.clients, self.user.id
        if element["type"].endswith("external_select") and answer:
            typed = search if search is not None else str(answer[0] if isinstance(answer, list) else answer)
            await clients.search(user, self.shown, block_id, action_id, typed)
        return await clients.type(user, self.shown, block_id, action_id, answer, enter=True)

    async def search(self, what: str, typed: str) -> list[str]:
        """Type into an external select and return the labels on offer."""
        ids = await self._found(what)
        options = await self.user.slack.clients.search(self.user.id, self.shown, *ids, typed)
        return [o["text"]["text"] for o in options]

    async def submit(self) -> Submitted:
        """Press the submit button."""
        outcome = await self.user.slack.clients.submit(self.user.id, self.shown)
        return Submitted(outcome, outcome.errors, outcome.action, self.user.modal)

    async def close(self, *, all_: bool = False) -> ActionResult:
        """Cancel, or close the whole stack."""
        return await self.user.slack.clients.close(self.user.id, self.shown, all_=all_)


class Conversation:
    """A channel or direct messages as one person sees them."""

    def __init__(self, user: Viewer, channel: StoredChannel) -> None:
        """Be *channel* for *user*."""
        self.user, self.channel = user, channel

    @property
    def messages(self) -> list[Card]:
        """What the person sees, replies and private messages included, the oldest first."""
        workspace = self.user.slack.site.workspace
        return [Card(self.user, self.channel.id, m.ts) for m in workspace.messages_for(self.user.id, self.channel)]

    async def wait_for(self, text: str, *, seconds: float = PATIENCE) -> Card:
        """Return the newest message that says *text*, once there is one."""

        def ready() -> Card | None:
            return next((c for c in reversed(self.messages) if text in c.text or text in c.notification), None)

        workspace = self.user.slack.site.workspace
        return await until(workspace, ready, seconds, f"nothing in #{self.channel.name} says {text!r}")
