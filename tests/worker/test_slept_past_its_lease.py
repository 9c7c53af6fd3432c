"""A process that was stopped, or whose machine slept, past the end of its lease: another may have gone on."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest.mock import patch

import pytest

from bot.core.message import CARD
from bot.core.request import State
from bot.worker import Worker
from tests.harness.working import ANA, PACE, Bench, actor


class Sleeper:
    """A worker over *bench* that sleeps past its lease when it has made the call *after* of the store, if any."""

    def __init__(self, bench: Bench, after: str = "") -> None:
        self.bench, self.after, self.slept = bench, after, 0.0
        self.worker = Worker(
            store=bench.store,
            steps=bench.steps,
            outbox=bench.outbox,
            pace=PACE,
            owner="sleeper",
            wake=bench.woken,
            elapsed=lambda: self.slept,
        )

    async def work(self) -> None:
        """Take what is due, and do it."""
        if not self.after:
            await self._work()
            return
        call = getattr(self.bench.store, self.after)

        async def sleeping(*args: Any, **how: Any) -> Any:
            found = await call(*args, **how)
            self.slept += PACE.lease
            return found

        with patch.object(self.bench.store, self.after, sleeping):
            await self._work()

    async def _work(self) -> None:
        await self.worker._take()
        await asyncio.gather(*self.worker._requests, *self.worker._messages)


async def test_the_cloud_is_not_asked(bench: Bench):
    """The attempt was saved, so another process looks whether it was made, and makes it."""
    request = await bench.approved()
    await Sleeper(bench, after="save").work()
    assert (bench.posts, bench.now(request).state) == (0, State.SUBMITTING)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1


@pytest.mark.parametrize("after", ["save_message", "claim_messages"])
async def test_nothing_is_posted(bench: Bench, after: str):
    """Whether the intent was saved already or not."""
    request = await bench.ask()
    await Sleeper(bench, after).work()
    assert bench.messenger.posts == []
    bench.clock.advance(2 * PACE.lease)
    await bench.tell()
    assert [post.key for post in bench.messenger.posts] == [f"{request.id}:card"]


async def test_no_card_is_drawn(bench: Bench):
    """What it would show is older than what another may have drawn."""
    request = await bench.ask()
    await bench.tell()
    (card,) = bench.messenger.cards
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    await Sleeper(bench, after="message").work()
    assert len(card.shown) == 1
    bench.clock.advance(2 * PACE.lease)
    await bench.tell()
    assert card.facts.request.state is State.WITHDRAWN


async def test_what_was_posted_late_is_taken_away(bench: Bench):
    """Another process has posted meanwhile: of two cards the one that nobody knows of goes."""
    request = await bench.ask()
    post = bench.messenger.post

    async def late(*args: Any, **how: Any) -> Any:
        bench.clock.advance(2 * PACE.lease)
        with patch.object(bench.messenger, "post", post):
            await bench.tell()
            bench.clock.advance(PACE.settle)
            await bench.tell()
        return await post(*args, **how)

    with patch.object(bench.messenger, "post", late):
        await Sleeper(bench).work()
    (card,) = bench.messenger.cards
    known = await bench.store.message(request.id, CARD)
    assert known is not None
    assert (card.ref, len(bench.messenger.posts)) == (known.ref, 2)
