"""Keeps the garbage collector out while a command loads what it needs: it would look at all of it, and free nothing."""

from __future__ import annotations

import gc
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


def begin() -> None:
    """Hold the collector back until `run`; what doesn't run is over soon, and the system takes back all at once."""
    gc.disable()


def run(work: Coroutine[Any, Any, _T]) -> _T:
    """Run *work*, for which all is loaded now, to its end and return its result.

    What was loaded stays, so that the collector needn't look at it again, nor as the process ends.
    """
    import asyncio  # here: `--help` has no use for it, and all commands are read for that

    if not gc.isenabled():
        gc.freeze()
        gc.enable()
    return asyncio.run(work)
