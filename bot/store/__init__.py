"""Where requests, rights and the record are kept. Which engine that is, is chosen here and nowhere else."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.clock import SystemClock
from bot.core.errors import ConfigError
from bot.ports import Clock, Store
from bot.store import sqlite

__all__ = ["file_of", "open_store", "served_by"]


def file_of(url: str) -> Path:
    """Return the absolute path of the file that *url* names, which may be a link.

    Raises:
        ConfigError: it names no file.
    """
    return sqlite.file_of(url)


def served_by(url: str) -> str | None:
    """Return the process id of the bot on this machine that serves the database ("" if unknown); None: nobody does.

    Raises:
        ConfigError: *url* names no file.
    """
    return sqlite.served_by(file_of(url))


def open_store(url: str, *, exclusive: bool, clock: Clock | None = None) -> AbstractAsyncContextManager[Store]:
    """Open the database that *url* names (`sqlite:///PATH`), made or brought up to date where needed, and close it.

    *exclusive* is for the process that serves; commands open the database beside it with False. *clock* says what is
    due, where the engine has no clock of its own (None: the machine's).

    Raises:
        ConfigError: it can't be opened; the text says how to fix it, and never repeats what follows the scheme, since
            that may hold a password.
        StoreUnavailable: the same, but it may pass: (exclusive) it is served already, it is locked, its disk is full.
    """
    scheme, separator, _ = url.partition("://")
    if separator and scheme == "sqlite":
        return sqlite.opened(url, exclusive=exclusive, clock=clock or SystemClock())
    shown = f"{scheme}://…" if separator else "what it holds"
    raise ConfigError(f"SNAPSHOT_BOT_DATABASE: {shown} isn't supported; give sqlite:///PATH.")
