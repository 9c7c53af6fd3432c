"""Work that goes on after the answer to Slack: each piece is held, so that a shutdown can wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

import structlog

log = structlog.get_logger(__name__)


class Tasks:
    """Background tasks of one process; asyncio itself holds them only weakly."""

    def __init__(self) -> None:
        self.cut_off = 0  # how many were cancelled in the end
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False
        self._grace_is_over = False

    def __len__(self) -> int:
        """Return how many are under way."""
        return len(self._running)

    def spawn(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any] | None:
        """Start *work*; what it raises is logged. After `close` nothing starts any more, and None is returned.

        Only what is under way then may start what belongs to it, such as the words about what it did.
        """
        if self._closed and (self._grace_is_over or asyncio.current_task() not in self._running):
            work.close()
            log.warning("task.not_started", task=name)
            return None
        task = asyncio.create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task.failed", task=task.get_name(), exc_info=error)

    async def idle(self) -> None:
        """Return when nothing is under way."""
        while self._running:
            await asyncio.wait(set(self._running))

    async def close(self, grace: float) -> None:
        """Start nothing more, wait *grace* seconds for what is under way, then cancel the rest."""
        self._closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                await self.idle()
        self._grace_is_over = True
        late = set(self._running)
        self.cut_off += len(late)
        for task in late:
            task.cancel()
        if late:
            log.warning("tasks.cancelled", tasks=sorted(t.get_name() for t in late))
            await asyncio.wait(late)
