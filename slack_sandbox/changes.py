"""Who wants to know that something changed: the live socket, and tests that wait for a card."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened; *users* are the ids who may see it, None everybody."""

    kind: str
    data: dict[str, Any]
    users: frozenset[str] | None = None


class Changes:
    """Tells listeners at once, and wakes those who wait."""

    def __init__(self) -> None:
        """Start with nobody listening."""
        self._listeners: list[Callable[[Change], None]] = []
        self._waiting: list[asyncio.Future[None]] = []

    def listen(self, listener: Callable[[Change], None]) -> Callable[[], None]:
        """Call *listener* with every change from now on; return what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def publish(self, kind: str, data: dict[str, Any], users: Collection[str] | None = None) -> None:
        """Tell everybody who listens or waits."""
        change = Change(kind, data, None if users is None else frozenset(users))
        for listener in tuple(self._listeners):
            listener(change)
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    async def until(self, ready: Callable[[], T | None], seconds: float) -> T:
        """Return what *ready* returns once that isn't None; it is asked again after every change.

        Raises:
            TimeoutError: it was still None after *seconds* of real time.
        """
        async with asyncio.timeout(seconds):
            while (found := ready()) is None:
                future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future
        return found
