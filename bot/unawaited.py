"""Tasks whose end nobody may wait for."""

from __future__ import annotations

import asyncio
from typing import Any


def noted(task: asyncio.Task[Any]) -> None:
    """Take note of an error that nobody waited for, so that the loop doesn't complain of it; a task's callback."""
    if not task.cancelled():
        task.exception()
