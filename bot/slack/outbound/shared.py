"""One call for all who wait: who wants a fresh answer shares the next call, which begins after they asked."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from bot import unawaited

T = TypeVar("T")


class SharedCall(Generic[T]):
    """Makes the call *ask* for everybody who wants its answer, one at a time. What it raises, all of them get."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask
        self._running: asyncio.Task[T] | None = None
        self._next: asyncio.Task[T] | None = None

    @property
    def is_idle(self) -> bool:
        """Say whether no call runs or is to come."""
        return self._running is None and self._next is None

    async def answer(self, *, fresh: bool) -> T:
        """Return the answer of the call that runs, if one does; *fresh*: of the next one, which begins after that.

        Who goes away takes the answer from nobody else.
        """
        return await asyncio.shield(self._call(fresh))

    def _call(self, fresh: bool) -> asyncio.Task[T]:
        if self._running is not None and not fresh:
            return self._running
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
            self._next.add_done_callback(unawaited.noted)
        return self._next

    async def _after(self, before: asyncio.Task[T] | None) -> T:
        if before is not None:
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        try:
            return await self._ask()
        finally:
            self._running = None
