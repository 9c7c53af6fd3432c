"""Patience with a database that another process holds for a moment."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from typing import TypeVar

from bot.store.sqlite.failures import is_busy

T = TypeVar("T")


def patiently(step: Callable[[], T], *, patience: float = 5.0) -> T:
    """Do *step*, again and again for *patience* seconds while another connection is in its way. It blocks its thread.

    Raises:
        sqlite3.Error: *step* failed otherwise, or to the end.
    """
    end = time.monotonic() + patience
    while True:
        try:
            return step()
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() >= end:
                raise
        time.sleep(0.02)  # SQLite answers at once where waiting could be a deadlock, so its own timeout isn't enough
