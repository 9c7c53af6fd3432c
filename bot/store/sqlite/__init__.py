"""The store on SQLite: one file, which one process serves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.core.record import Verdict
from bot.ports import Clock, Store
from bot.store.sqlite import copies, file, lock
from bot.store.sqlite.leaving import leaving
from bot.store.sqlite.place import Place, beside
from bot.store.sqlite.putting_back import mark_restored, restore
from bot.store.sqlite.store import SqliteStore
from bot.store.sqlite.writer import Writer

__all__ = ["back_up", "leaving", "mark_restored", "opened", "restore", "served_by"]


def served_by(path: Path) -> str | None:
    """Return the process id of the bot that serves the database at *path*; see `bot.store.served_by`."""
    return lock.holder(path.resolve())


@asynccontextmanager
async def opened(name: Path, *, exclusive: bool, clock: Clock) -> AsyncIterator[Store]:
    """Open the file at *name*, which may be a link; see `bot.store.open_store`."""
    path = name.resolve()  # noqa: ASYNC240 -- as quick as everything else that is done with a local file
    with file.opened(path, exclusive=exclusive) as (writing, reading):
        place = Place(name, path, *beside(path), *([lock.beside(path)] if exclusive else []))
        async with Writer(writing, check=place.check) as writer:
            yield SqliteStore(reading, writer, clock=clock)


def back_up(name: Path, target: Path | None, *, overwrite: bool) -> tuple[Path, Verdict]:
    """Copy the file at *name*; see `bot.store.back_up`."""
    path = name.resolve()
    file.refuse_missing(path)
    lock.refuse_lost(path)
    called = f"{path.name}.backup-{copies.stamp()}"
    target = path.with_name(called) if target is None else target.absolute()
    target = target / called if target.is_dir() else target
    return target, copies.copy(path, target, overwrite=overwrite)
