"""What a story shows of Slack: cards as messages, forms as boxes, how a card's status goes on. As a person sees it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from slack_sandbox import forms
from slack_sandbox.cards import Card, Modal, Viewer
from slack_sandbox.reading import render, words
from slack_sandbox.sandbox import Sandbox
from snapshot_demo.terminal import Terminal

PATIENCE: Final = 30.0  # seconds for any one thing to happen


class Chat:
    """Tells in *terminal* what people see in *slack*."""

    def __init__(self, slack: Sandbox, terminal: Terminal) -> None:
        self._slack = slack
        self._tell = terminal
        self._bot = slack.app.name

    def says(self, card: Card, *, only_for: str = "") -> None:
        """Tell what *card* says, and its buttons."""
        lines = [line for line in card.text.splitlines() if line not in card.buttons]
        if card.buttons:
            lines.append("  ".join(f"[ {b} ]" for b in card.buttons))
        self._tell.says(self._bot, _paired(lines), only_for=only_for)

    def says_status(self, card: Card) -> None:
        """Tell the line of *card* that says how its request is."""
        self._tell.says(self._bot, [_status(card)])

    def box(self, modal: Modal) -> None:
        """Tell what a form shows."""
        lines, errors, buttons = _modal_lines(modal.user, modal)
        spec = modal.shown.spec
        below = [spec[k]["text"] for k in ("close", "submit") if spec.get(k)]
        self._tell.box(modal.title, lines, [*buttons, *below], errors=errors)

    async def follow(self, card: Card) -> None:
        """Tell each status of *card* until its snapshot is available, then the result.

        Raises:
            AssertionError: the snapshot failed.
            TimeoutError: nothing happens any more.
        """
        shown = ""
        while "Available" not in shown:
            shown = await self._next_status(card, shown)
            self._tell.says(self._bot, [shown])
            if "Failed" in shown:
                raise AssertionError("the snapshot failed")
        result = await card.wait_for_reply("is available", seconds=PATIENCE)
        self._tell.heading("#dwh-ops")
        self._tell.says(self._bot, _first_line(result.text), reply=True)

    async def in_the_thread(self, card: Card, text: str) -> None:
        """Wait for the reply to *card* that says *text*, and tell it."""
        reply = await card.wait_for_reply(text, seconds=PATIENCE)
        self._tell.says(self._bot, _first_line(reply.text), in_thread=True)

    async def _next_status(self, card: Card, shown: str) -> str:
        def changed() -> str | None:
            status = _status(card)
            return status if status != shown else None

        workspace = self._slack.site.workspace
        return str(await workspace.changes.until(changed, PATIENCE))


def _status(card: Card) -> str:
    return card.text.splitlines()[1]


def _first_line(text: str) -> list[str]:
    """Return what is told of a reply: below it are the ids."""
    return text.splitlines()[:1]


def _paired(lines: Iterable[str]) -> list[str]:
    """Put a field's bold title and its value on one line, as Slack shows them side by side."""
    paired: list[str] = []
    for line in lines:
        if paired and paired[-1].startswith("*") and paired[-1].endswith("*") and " " * 3 not in paired[-1]:
            paired[-1] = f"{paired[-1]}   {line}"
        else:
            paired.append(line)
    return paired


def _modal_lines(user: Viewer, modal: Modal) -> tuple[list[str], list[str], list[str]]:
    """Return the lines of a modal, those among them that are errors, and the labels of its buttons."""
    workspace = user.slack.site.workspace
    lines: list[str] = []
    errors: list[str] = []
    for block in modal.shown.blocks:
        if block["type"] == "input":
            value = modal.shown.values[block["block_id"], block["element"]["action_id"]]
            lines.append(f"{block['label']['text']:<18} [ {_value(value, user)} ]")
        elif block["type"] not in ("actions", "divider"):
            lines += _paired(line for text in words(block, workspace) for line in text.splitlines())
        if error := modal.errors.get(block["block_id"]):
            errors.append(f"  ✖ {error}")
            lines.append(errors[-1])
    return lines, errors, modal.buttons


def _value(state: dict[str, object], user: Viewer) -> str:
    """Return what an input holds, as a person reads it."""
    content = state[forms.key_of(str(state["type"]))]
    if isinstance(content, dict):
        return str(content["text"]["text"])
    workspace = user.slack.site.workspace
    if isinstance(content, str) and content in workspace.channels:
        return f"#{workspace.channels[content].name}"
    return render(str(content or ""), workspace)
