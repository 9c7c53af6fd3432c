"""The store on SQLite: one file, which one process serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.ports import Clock, Store
from bot.store.sqlite import file, lock
from bot.store.sqlite.place import Place, beside
from bot.store.sqlite.store import SqliteStore
from bot.store.sqlite.writer import Writer

__all__ = ["file_of", "opened", "served_by"]

file_of = file.name_of


def served_by(path: Path) -> str | None:
    """Return the process id of the bot that serves the database at *path*; see `bot.store.served_by`."""
    return lock.holder(path.resolve())


@asynccontextmanager
async def opened(url: str, *, exclusive: bool, clock: Clock) -> AsyncIterator[Store]:
    """Open the file that *url* names; see `bot.store.open_store`."""
    path = file.path_of(url)
    with file.opened(path, exclusive=exclusive) as (writing, reading):
        place = Place(file.name_of(url), path, *beside(path), *([lock.beside(path)] if exclusive else []))
        async with Writer(writing, check=place.check) as writer:
            yield SqliteStore(reading, writer, clock=clock)
