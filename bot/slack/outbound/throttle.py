"""Waits that Slack asks for: after one 429 all calls of the method wait.

Source: docs.slack.dev, "Rate limits": a limit holds for a method and a workspace, and Retry-After for all its calls.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bot.core.errors import SlackUnavailable
from bot.slack.outbound.calls import call


class Throttle:
    """Lets calls of one method through, *at_once* of them at most, and none before the time that Slack named.

    A call waits its turn for *patience* seconds, and as long for Slack's time, but no longer: the holder of a lease on
    what is said must know in good time. *now* counts seconds; it need not be a time of day.
    """

    def __init__(
        self,
        *,
        at_once: int = 2,
        patience: float = 10.0,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._patience = patience
        self._now = now
        self._sleep = sleep
        self._closed_until = 0.0

    async def call(self, ask: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """Make the call that *ask* begins and return Slack's answer.

        Raises:
            SlackUnavailable: as `calls.call`; or Slack was not asked, since that would have had to wait for too long.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError as e:
            raise SlackUnavailable("Slack: not asked, too many calls wait", maybe_done=False) from e
        try:
            left = self._closed_until - self._now()
            if left > self._patience:
                raise SlackUnavailable("Slack: not asked, since it is throttled", retry_after=left, maybe_done=False)
            if left > 0:
                await self._sleep(left)
            return await call(ask())
        except SlackUnavailable as e:
            if e.retry_after:
                self._closed_until = max(self._closed_until, self._now() + e.retry_after)
            raise
        finally:
            self._turns.release()
