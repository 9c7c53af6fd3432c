"""Waiting for what people see: for a change, never for a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar

from slack_sandbox.workspace import Workspace

T = TypeVar("T")
PATIENCE: Final = 30.0  # seconds for what must come: how long a failing test takes, and what a busy machine may need


class Unexpected(AssertionError):
    """Something else happened than the story says; the words are what the person saw."""


async def until(workspace: Workspace, ready: Callable[[], T | None], seconds: float, otherwise: str) -> T:
    """Return what *ready* returns once that isn't None.

    Raises:
        TimeoutError: it was still None after *seconds*; says *otherwise*.
    """
    try:
        return await workspace.changes.until(ready, seconds)
    except TimeoutError as e:
        raise TimeoutError(f"{otherwise} within {seconds} s") from e
