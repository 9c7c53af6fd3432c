"""Waits that Slack asks for: after one 429 all calls of the method wait.

Source: docs.slack.dev, "Rate limits": a limit holds for a method and a workspace, and Retry-After for all its calls. So
the time that Slack named is kept in the store, for every process; how many calls each makes at once is its own matter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

from bot.core.errors import SlackUnavailable, StoreUnavailable
from bot.ports import Store
from bot.slack.outbound.calls import call

T = TypeVar("T")


class Throttle:
    """Lets calls of *method* through, *at_once* of them at most, and none before the time that Slack named.

    A call waits its turn for *patience* seconds, and as long for Slack's time, but no longer: the holder of a lease on
    what is said must know in good time. A store that can't be asked keeps nobody from calling.
    """

    def __init__(
        self,
        method: str,
        store: Store,
        *,
        at_once: int = 2,
        patience: float = 10.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._key = f"slack:{method}"
        self._store = store
        self._turns = asyncio.Semaphore(at_once)
        self._patience = patience
        self._sleep = sleep

    async def call(self, ask: Callable[[], Awaitable[Any]]) -> dict[str, Any]:
        """Make the call that *ask* begins and return Slack's answer.

        Raises:
            SlackUnavailable: as `calls.call`; or Slack was not asked, since that would have had to wait for too long.
        """
        return await self.through(lambda: call(ask()))

    async def through(self, made: Callable[[], Awaitable[T]]) -> T:
        """Let *made* make its calls of the method, and return what it returns; raises as it does, and as `call`."""
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError as e:
            raise SlackUnavailable("Slack: not asked, too many calls wait", maybe_done=False) from e
        try:
            await self._wait()
            return await self._noting(made)
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        left = 0.0
        with suppress(StoreUnavailable):
            left = await self._store.throttled_for(self._key)
        if left > self._patience:
            raise SlackUnavailable("Slack: not asked, since it is throttled", retry_after=left, maybe_done=False)
        if left > 0:
            await self._sleep(left)

    async def _noting(self, made: Callable[[], Awaitable[T]]) -> T:
        try:
            return await made()
        except SlackUnavailable as e:
            if e.retry_after:
                with suppress(StoreUnavailable):
                    await self._store.throttle(self._key, e.retry_after)
            raise
