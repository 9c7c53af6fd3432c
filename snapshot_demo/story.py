"""The story that the demo plays: the main job, by the people of the sandbox, readable as a chat.

It acts through the sandbox alone, as people do; that the bot answers is what it shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from slack_sandbox.cards import Card
from slack_sandbox.sandbox import Sandbox
from snapshot_demo.chat import PATIENCE, Chat
from snapshot_demo.terminal import Terminal

_LINE: Final = "/snapshot create dwh-stage before-upgrade New version on Monday"


class Story:
    """Plays in *slack* and tells in *terminal*; *move* moves the clock of them all forward, by seconds."""

    def __init__(self, slack: Sandbox, terminal: Terminal, *, move: Callable[[float], object]) -> None:
        self._slack = slack
        self._move = move
        self._tell = terminal
        self._chat = Chat(slack, terminal)

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
        modal = await ana.command("/snapshot", seconds=PATIENCE)
        await modal.enter("Cluster", "dwh-prod")
        await modal.wait_for("last snapshot", seconds=PATIENCE)  # the line under the cluster
        await modal.enter("Name", "1st-migration")
        await modal.enter("Description", "Before the customer migration, OPS-42")
        result = await modal.submit()
        self._chat.box(modal)
        if not result.errors:
            raise AssertionError("the form took a name that the API refuses")
        self._tell.does("ana", "changes the name to before-migration-42 and presses Request")
        await modal.enter("Name", "before-migration-42")
        result = await modal.submit()
        if result.errors:
            raise AssertionError(f"the form refuses a good name: {result.errors}")
        if result.modal:
            self._chat.box(result.modal)
            await result.modal.close()
        card = await ana.channel("dwh-ops").wait_for("Snapshot of dwh-prod", seconds=PATIENCE)
        self._chat.says(card)
        return card

    async def _ana_may_not_approve(self, card: Card) -> None:
        self._tell.does("ana", "presses [ Approve ] on her own request")
        reply = await self._slack.user("ana").click_for_reply(card, "Approve", seconds=PATIENCE)
        self._chat.says(reply, only_for="ana")

    async def _ben_approves(self, card: Card) -> None:
        ben = self._slack.user("ben")
        self._tell.does("ben", "presses [ Review… ]")
        review = await ben.click_for_modal(card, "Review…", seconds=PATIENCE)
        self._chat.box(review)
        self._tell.does("ben", "presses [ ✔ Approve… ]")
        approval = await ben.click_for_modal(review, "✔ Approve…", seconds=PATIENCE)
        await approval.enter("Comment", "Go ahead, the batch is through")
        self._chat.box(approval)
        await approval.submit()
        for modal in ben.modals:
            await modal.close()

    async def _the_card_moves(self, card: Card) -> None:
        self._tell.heading("The card, edited in place")
        await self._chat.follow(card)

    async def _dan_is_told_why(self) -> None:
        self._tell.does("dan", "/snapshot")
        modal = await self._slack.user("dan").command("/snapshot", seconds=PATIENCE)
        self._chat.box(modal)
        await modal.close()

    async def _ada_asks_two_teams(self) -> Card:
        ada = self._slack.user("ada")
        self._tell.does("ada", _LINE)
        await ada.command_reply(_LINE, seconds=PATIENCE)
        card = await ada.channel("dwh-ops").wait_for("Snapshot of dwh-stage", seconds=PATIENCE)
        self._chat.says(card)
        return card

    async def _ben_is_the_first(self, card: Card) -> None:
        self._tell.does("ben", "presses [ Approve ]")
        await self._slack.user("ben").click_for_reply(card, "Approve", seconds=PATIENCE)
        await self._chat.in_the_thread(card, "Stage 2 of 2")
        self._chat.says_status(card)

    async def _nobody_is_there(self, card: Card) -> None:
        self._tell.does("the clock", "moves on by 20 minutes")
        self._move(20 * 60)
        await self._chat.in_the_thread(card, "Still waiting for")
        self._tell.does("the clock", "moves on by 40 minutes")
        self._move(40 * 60)
        await self._chat.in_the_thread(card, "Nobody has decided in")

    async def _cleo_is_the_second(self, card: Card) -> None:
        self._tell.does("cleo", "presses [ Approve ]")
        await self._slack.user("cleo").click_for_reply(card, "Approve", seconds=PATIENCE)
        await card.wait_for("by @ben and @cleo", seconds=PATIENCE)
        self._chat.says_status(card)
        await card.wait_for_reply("is available", seconds=PATIENCE)
