"""Where requests, rights and the record are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.errors import ConfigError
from bot.ports import Store
from bot.store import audit, file, lock
from bot.store.audit import Verdict
from bot.store.place import Place, beside
from bot.store.sqlite import SqliteStore
from bot.store.writer import Writer

__all__ = ["Verdict", "open_store", "verify_chain"]


@asynccontextmanager
async def open_store(url: str, *, exclusive: bool) -> AsyncIterator[Store]:
    """Open the database that *url* names (`sqlite:///PATH`), made or brought up to date where needed, and close it.

    *exclusive* is for the one process that serves; commands open the file beside it with False.

    Raises:
        ConfigError: it can't be opened; the text says how to mend it.
        StoreUnavailable: the same, but it may pass: (exclusive) it is served already, it is locked, its disk is full.
    """
    path = file.path_of(url)
    with file.opened(path, exclusive=exclusive) as (writing, reading):
        place = Place(file.name_of(url), path, *beside(path), *([lock.beside(path)] if exclusive else []))
        async with Writer(writing, check=place.check) as writer:
            yield SqliteStore(reading, writer)


def verify_chain(url: str) -> Verdict:
    """Check the audit log of the database that *url* names, also while the bot serves it.

    Raises:
        ConfigError: there is no such database of ours.
    """
    path = file.path_of(url)
    if not path.exists():
        raise ConfigError(f"There is no database at {path}. Name the one to check in SNAPSHOT_BOT_DATABASE.")
    with file.opened(path, exclusive=False) as (_, reading):
        return audit.verify_chain(reading)
