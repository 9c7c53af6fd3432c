"""Rate limits: one 429 answers for all that wait, and nobody asks before the time that Slack named."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.core.errors import SlackUnavailable, StoreUnavailable
from bot.core.phrase import Phrase
from bot.slack.outbound.throttle import Throttle
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore


class Slack:
    """Answers calls of one method; while *wait* is set, with 429 and that many seconds."""

    def __init__(self) -> None:
        self.calls = 0
        self.most_at_once = 0
        self.wait: int | None = None
        self._under_way = 0

    def ask(self) -> Callable[[], Awaitable[Any]]:
        """Return a call."""
        return self._answer

    async def _answer(self) -> Any:
        self.calls += 1
        self._under_way += 1
        self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            await asyncio.sleep(0)
            if self.wait is not None:
                headers = {"Retry-After": str(self.wait)}
                answer = SimpleNamespace(status_code=429, headers=headers, data={"ok": False, "error": "ratelimited"})
                raise SlackApiError("slow down", answer)
            return SimpleNamespace(data={"ok": True})
        finally:
            self._under_way -= 1


async def test_one_refusal_answers_for_all_that_wait():
    """Thirty messages at once cost two refused calls, not thirty; each hears how long to stay away."""
    slack, throttle = Slack(), Throttle("chat.postMessage", FakeStore(), at_once=2, patience=20)
    slack.wait = 70
    ends = await asyncio.gather(*(throttle.call(slack.ask()) for _ in range(30)), return_exceptions=True)
    assert slack.calls == 2
    assert {type(e) for e in ends} == {SlackUnavailable}
    assert {(e.retry_after, e.maybe_done) for e in ends if isinstance(e, SlackUnavailable)} == {(70.0, False)}


async def test_a_short_time_is_waited_for():
    """Slack is asked again at the moment that it named, not before."""
    slack, clock, slept = Slack(), FakeClock(), []

    async def sleep(seconds: float) -> None:
        assert slack.calls == 1
        slept.append(seconds)
        slack.wait = None

    throttle = Throttle("chat.postMessage", FakeStore(clock=clock), sleep=sleep)
    slack.wait = 7
    with pytest.raises(SlackUnavailable):
        await throttle.call(slack.ask())
    clock.advance(2)
    assert await throttle.call(slack.ask()) == {"ok": True}
    assert slept == [5]


async def test_a_call_that_would_wait_for_too_long_is_not_made():
    """The holder of a lease on a message hears in time that Slack wasn't asked, so that nobody posts it twice."""
    throttle, never = Throttle("chat.update", FakeStore(), at_once=1, patience=0.01), asyncio.Event()
    first = asyncio.create_task(throttle.call(never.wait))
    await asyncio.sleep(0)
    slack = Slack()
    with pytest.raises(SlackUnavailable) as refused:
        await throttle.call(slack.ask())
    assert not refused.value.maybe_done
    assert slack.calls == 0
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await throttle.call(slack.ask()) == {"ok": True}


async def test_a_few_at_once_and_no_more():
    """However much is owed, Slack sees a few calls at once."""
    slack = Slack()
    throttle = Throttle("chat.update", FakeStore(), at_once=2)
    await asyncio.gather(*(throttle.call(slack.ask()) for _ in range(30)))
    assert (slack.calls, slack.most_at_once) == (30, 2)


async def test_what_slack_told_one_process_holds_for_all():
    """Two that share a store, and the next start: none asks before the time; another method is free."""
    slack, clock = Slack(), FakeClock()
    store = FakeStore(clock=clock)
    one, other = (Throttle("chat.postMessage", store) for _ in range(2))
    slack.wait = 70
    with pytest.raises(SlackUnavailable):
        await one.call(slack.ask())
    slack.wait = None
    clock.advance(50)
    with pytest.raises(SlackUnavailable) as refused:
        await other.call(slack.ask())
    assert (refused.value.retry_after, slack.calls) == (20, 1)
    assert await Throttle("chat.update", store).call(slack.ask()) == {"ok": True}
    clock.advance(20)
    assert await other.call(slack.ask()) == {"ok": True}


async def test_a_store_that_fails_keeps_nobody_from_calling():
    """What Slack answers is said as ever, also that it wants quiet."""

    class Broken(FakeStore):
        async def throttled_for(self, key: str) -> float:
            raise StoreUnavailable("disk full", phrase=Phrase("database-closing"))

        async def throttle(self, key: str, seconds: float) -> None:
            raise StoreUnavailable("disk full", phrase=Phrase("database-closing"))

    slack, throttle = Slack(), Throttle("chat.postMessage", Broken())
    assert await throttle.call(slack.ask()) == {"ok": True}
    slack.wait = 7
    with pytest.raises(SlackUnavailable) as refused:
        await throttle.call(slack.ask())
    assert refused.value.retry_after == 7
