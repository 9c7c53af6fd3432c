"""Tasks whose end nobody may wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any


def noted(task: asyncio.Task[Any]) -> None:
    """Take note of an error that nobody waited for, so that the loop doesn't complain of it; a task's callback."""
    if not task.cancelled():
        task.exception()


async def given_up(tasks: Collection[asyncio.Task[Any]]) -> None:
    """End *tasks*, and return when they have ended, in whichever way."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
