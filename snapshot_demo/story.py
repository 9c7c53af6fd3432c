"""The story that the demo plays: the main job, by the people of the sandbox, readable as a chat.

It acts through the sandbox alone, as people do; that the bot answers is what it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from slack_sandbox import forms
from slack_sandbox.cards import Card, Modal, Viewer
from slack_sandbox.reading import render, words
from slack_sandbox.sandbox import Sandbox
from snapshot_demo.terminal import Terminal

_LINE: Final = "/snapshot create dwh-stage before-upgrade New version on Monday"
_PATIENCE: Final = 30.0  # seconds for any one thing to happen


class Story:
    """Plays in *slack* and tells in *terminal*; *move* moves the clock of them all forward, by seconds."""

    def __init__(self, slack: Sandbox, terminal: Terminal, *, move: Callable[[float], object]) -> None:
        self._slack = slack
        self._move = move
        self._tell = terminal
        self._bot = slack.app.name

    async def play(self) -> None:
        """Play it from `/snapshot` to the posted result, then a night in which two teams have to decide.

        Raises:
            TimeoutError, Unexpected: something else happened; the words say what.
        """
        self._tell.heading("#dwh-ops")
        card = await self._ana_asks()
        await self._ana_may_not_approve(card)
        await self._ben_approves(card)
        await self._the_card_moves(card)
        await self._dan_is_told_why()
        self._tell.heading("dwh-stage: first @dba, then bea; after an hour cleo, too")
        card = await self._ada_asks_two_teams()
        await self._ben_is_the_first(card)
        await self._nobody_is_there(card)
        await self._cleo_is_the_second(card)

    async def _ana_asks(self) -> Card:
        ana = self._slack.user("ana")
        self._tell.does("ana", "/snapshot")
        modal = await ana.command("/snapshot", seconds=_PATIENCE)
        await modal.enter("Cluster", "dwh-prod")
        await modal.wait_for("last snapshot", seconds=_PATIENCE)  # the line under the cluster
        await modal.enter("Name", "1st-migration")
        await modal.enter("Description", "Before the customer migration, OPS-42")
        result = await modal.submit()
        self._box(modal)
        if not result.errors:
            raise AssertionError("the form took a name that the API refuses")
        self._tell.does("ana", "changes the name to before-migration-42 and presses Request")
        await modal.enter("Name", "before-migration-42")
        result = await modal.submit()
        if result.errors:
            raise AssertionError(f"the form refuses a good name: {result.errors}")
        if result.modal:
            self._box(result.modal)
            await result.modal.close()
        card = await ana.channel("dwh-ops").wait_for("Snapshot of dwh-prod", seconds=_PATIENCE)
        self._says(card)
        return card

    async def _ana_may_not_approve(self, card: Card) -> None:
        self._tell.does("ana", "presses [ Approve ] on her own request")
        reply = await self._slack.user("ana").click_for_reply(card, "Approve", seconds=_PATIENCE)
        self._says(reply, only_for="ana")

    async def _ben_approves(self, card: Card) -> None:
        ben = self._slack.user("ben")
        self._tell.does("ben", "presses [ Review… ]")
        review = await ben.click_for_modal(card, "Review…", seconds=_PATIENCE)
        self._box(review)
        self._tell.does("ben", "presses [ ✔ Approve… ]")
        approval = await ben.click_for_modal(review, "✔ Approve…", seconds=_PATIENCE)
        await approval.enter("Comment", "Go ahead, the batch is through")
        self._box(approval)
        await approval.submit()
        for modal in ben.modals:
            await modal.close()

    async def _the_card_moves(self, card: Card) -> None:
        self._tell.heading("The card, edited in place")
        shown = ""
        while "Available" not in shown:
            shown = await self._next_status(card, shown)
            self._tell.says(self._bot, [shown])
            if "Failed" in shown:
                raise AssertionError("the snapshot failed")
        result = await card.wait_for_reply("is available", seconds=_PATIENCE)
        self._tell.heading("#dwh-ops")
        self._tell.says(self._bot, _without_id(result.text), reply=True)

    async def _next_status(self, card: Card, shown: str) -> str:
        def changed() -> str | None:
            status = _status(card)
            return status if status != shown else None

        workspace = self._slack.site.workspace
        return str(await workspace.changes.until(changed, _PATIENCE))

    async def _dan_is_told_why(self) -> None:
        self._tell.does("dan", "/snapshot")
        modal = await self._slack.user("dan").command("/snapshot", seconds=_PATIENCE)
        self._box(modal)
        await modal.close()

    async def _ada_asks_two_teams(self) -> Card:
        ada = self._slack.user("ada")
        self._tell.does("ada", _LINE)
        await ada.command_reply(_LINE, seconds=_PATIENCE)
        card = await ada.channel("dwh-ops").wait_for("Snapshot of dwh-stage", seconds=_PATIENCE)
        self._says(card)
        return card

    async def _ben_is_the_first(self, card: Card) -> None:
        self._tell.does("ben", "presses [ Approve ]")
        await self._slack.user("ben").click_for_reply(card, "Approve", seconds=_PATIENCE)
        await self._in_the_thread(card, "Stage 2 of 2")
        self._tell.says(self._bot, card.text.splitlines()[1:2])

    async def _nobody_is_there(self, card: Card) -> None:
        self._tell.does("the clock", "moves on by 20 minutes")
        self._move(20 * 60)
        await self._in_the_thread(card, "Still waiting for")
        self._tell.does("the clock", "moves on by 40 minutes")
        self._move(40 * 60)
        await self._in_the_thread(card, "Nobody has decided in")

    async def _cleo_is_the_second(self, card: Card) -> None:
        self._tell.does("cleo", "presses [ Approve ]")
        await self._slack.user("cleo").click_for_reply(card, "Approve", seconds=_PATIENCE)
        await card.wait_for("by @ben and @cleo", seconds=_PATIENCE)
        self._tell.says(self._bot, card.text.splitlines()[1:2])
        await card.wait_for_reply("is available", seconds=_PATIENCE)

    async def _in_the_thread(self, card: Card, text: str) -> None:
        reply = await card.wait_for_reply(text, seconds=_PATIENCE)
        self._tell.says(self._bot, _without_id(reply.text), in_thread=True)

    def _says(self, card: Card, *, only_for: str = "") -> None:
        lines = [line for line in card.text.splitlines() if line not in card.buttons]
        if card.buttons:
            lines.append("  ".join(f"[ {b} ]" for b in card.buttons))
        self._tell.says(self._bot, _paired(lines), only_for=only_for)

    def _box(self, modal: Modal) -> None:
        lines, errors, buttons = _modal_lines(modal.user, modal)
        spec = modal.shown.spec
        below = [spec[k]["text"] for k in ("close", "submit") if spec.get(k)]
        self._tell.box(modal.title, lines, [*buttons, *below], errors=errors)


def _status(card: Card) -> str:
    return card.text.splitlines()[1]


def _without_id(text: str) -> list[str]:
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
