"""What the days before brought: so that the page has lists, a record and a Home to look at when somebody comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Final

from slack_sandbox.cards import Card
from slack_sandbox.sandbox import Sandbox
from snapshot_demo.chat import PATIENCE

LENGTH: Final = timedelta(days=3)
_STEP: Final = 2.0  # seconds by which the clock is moved while a snapshot is being made


class _End(Enum):
    MADE = auto()
    DECLINED = auto()
    WITHDRAWN = auto()
    EXPIRED = auto()


@dataclass(frozen=True, slots=True)
class _Asked:
    who: str
    line: str  # as typed after `/snapshot create`
    end: _End
    by: str = ""  # who decided; "": nobody had to, or nobody did
    why: str = ""
    hours: float = 9.0  # until the next

    @property
    def name(self) -> str:
        return self.line.split()[1]


_DAYS: Final = (
    _Asked("ana", "dwh-prod before-release-17 Release 17, OPS-31", _End.MADE, "ben", hours=16),
    _Asked("ada", "dwh-dev new-test-data", _End.MADE, hours=7),
    _Asked("ana", "dwh-prod year-end-check", _End.DECLINED, "bea", "The batch runs until six; ask again after it", 12),
    _Asked("ada", "dwh-prod before-vacuum VACUUM FULL of the sales tables", _End.EXPIRED, hours=11),
    _Asked("ana", "dwh-dev wrong-cluster", _End.MADE, hours=1),
    _Asked("ada", "dwh-prod before-vacuum-2 VACUUM FULL of the sales tables", _End.MADE, "ben", hours=13),
    _Asked("ana", "dwh-prod second-thoughts", _End.WITHDRAWN, hours=2),
)


class PastDays:
    """Plays them in *slack*; *move* moves the clock of all forward by seconds, and returns what it shows then."""

    def __init__(self, slack: Sandbox, *, move: Callable[[float], datetime]) -> None:
        self._slack = slack
        self._move = move

    async def play(self) -> None:
        """Play them; the clock is moved on by `LENGTH`.

        Raises:
            TimeoutError: something else happened.
        """
        begun = self._move(0.0)
        for asked in _DAYS:
            await self._one(asked)
            self._move(asked.hours * 3600)
        self._move(max(0.0, (begun + LENGTH - self._move(0.0)).total_seconds()))

    async def _one(self, asked: _Asked) -> None:
        who = self._slack.user(asked.who)
        await who.command_reply(f"/snapshot create {asked.line}", seconds=PATIENCE)
        other = self._slack.user("bea")  # who sees the card alone, and not the answer to the command
        card = await other.channel("dwh-ops").wait_for(asked.name, seconds=PATIENCE)
        match asked.end:
            case _End.MADE:
                if asked.by:
                    await self._slack.user(asked.by).click_for_reply(card, "Approve", seconds=PATIENCE)
                await self._until(card, "Available", every=_STEP)
            case _End.DECLINED:
                await self._decline(card, asked)
            case _End.WITHDRAWN:
                review = await who.click_for_modal(card, "Review…", seconds=PATIENCE)
                await who.click(review, "Withdraw")
                await card.wait_for("Withdrawn", seconds=PATIENCE)
                await review.close()
            case _End.EXPIRED:
                await self._until(card, "Expired", every=3600.0)

    async def _decline(self, card: Card, asked: _Asked) -> None:
        by = self._slack.user(asked.by)
        review = await by.click_for_modal(card, "Review…", seconds=PATIENCE)
        form = await by.click_for_modal(review, "✖ Decline…", seconds=PATIENCE)
        await form.enter("Reason", asked.why)
        await form.submit()
        await card.wait_for("Declined", seconds=PATIENCE)
        for modal in by.modals:
            await modal.close()

    async def _until(self, card: Card, text: str, *, every: float) -> None:
        """Wait for *text* on *card*, and move the clock meanwhile."""
        async with asyncio.timeout(PATIENCE):
            while text not in card.text:
                self._move(every)
                await asyncio.sleep(0.1)
