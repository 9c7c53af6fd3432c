"""Bolt's AsyncApp() without a name looks at the source of every frame on the stack to find one.

Exit code: 0 where it does, 1 where it doesn't any more.
"""

from __future__ import annotations

import inspect
import sys
import time
from typing import Any

from slack_bolt.async_app import AsyncApp

looks: list[int] = []
stack = inspect.stack


def counted(context: int = 1) -> list[inspect.FrameInfo]:
    """Count, and do as inspect.stack does."""
    found = stack(context)
    looks.append(len(found))
    return found


def made(**given: Any) -> tuple[int, float]:
    """Make an app; return how often the stack was looked at, and how many milliseconds that took."""
    looks.clear()
    began = time.perf_counter()
    AsyncApp(token="xoxb-0", signing_secret="0", **given)
    return len(looks), (time.perf_counter() - began) * 1000


inspect.stack = counted
made(name="first")  # what is loaded with the first app is no part of this
without, named = made(), made(name="here")
print(f"AsyncApp()           looks at the stack {without[0]} times, {without[1]:6.2f} ms")
print(f"AsyncApp(name='here') looks at it       {named[0]} times, {named[1]:6.2f} ms")
sys.exit(0 if without[0] and not named[0] else 1)
