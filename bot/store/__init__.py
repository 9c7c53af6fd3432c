"""Where requests, rights and the record are kept. Which engine that is, is chosen here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from pathlib import Path
from types import ModuleType

from bot.clock import SystemClock
from bot.core.errors import ConfigError
from bot.core.record import Entry, Recorded, Verdict
from bot.core.restored import Restored
from bot.ports import Clock, Store
from bot.store import chain, sqlite
from bot.store.location import file_of
from bot.store.moving import Moved
from bot.store.server_url import ServerUrl, names_server

__all__ = [
    "back_up",
    "entry_of",
    "file_of",
    "made",
    "mark_restored",
    "move",
    "names_server",
    "open_store",
    "place_of",
    "restore",
    "served_by",
    "shown",
]


def entry_of(kept: Recorded) -> Entry:
    """Return the entry that *kept* states, by the text that was hashed.

    Raises:
        ValueError: it states none, since it was changed.
    """
    return chain.entry_of(chain.read(kept.layout, kept.text))


def shown(url: str) -> str:
    """Return which database *url* names: a file as its URL, a server in words without a secret.

    Raises:
        ConfigError: it names none.
    """
    return str(ServerUrl.parse(url)) if names_server(url) else url


def place_of(url: str) -> str:
    """Return where the database is, for people: the path of a file, a server as `shown` has it.

    Raises:
        ConfigError: *url* names none.
    """
    return shown(url) if names_server(url) else str(file_of(url))


def served_by(url: str) -> str | None:
    """Return the process id of the bot on this machine that serves the database ("" if unknown); None: nobody does.

    A server isn't asked: it may serve several, on any machine.

    Raises:
        ConfigError: *url* names no database.
    """
    return None if names_server(url) else sqlite.served_by(file_of(url))


def open_store(
    url: str, *, exclusive: bool, clock: Clock | None = None, woken: Callable[[], None] | None = None
) -> AbstractAsyncContextManager[Store]:
    """Open the database that *url* names (`sqlite:///PATH` or `postgresql://…`), and close it.

    *exclusive* is for the process that serves (on a server, one of those): a missing database is made, an older one
    brought up to date. Commands open the database beside it with False, and take what is there. *clock* says what is
    due; None, or the machine's: the server's, where there is one. *woken* is called where another process that serves
    has made something due; not every time, so that it is worth looking now and then.

    Raises:
        ConfigError: it can't be opened; the text says how to fix it, and never repeats what follows the scheme, since
            that may hold a password.
        StoreUnavailable: the same, but it may pass: (exclusive) it is served already, it is locked, its disk is full.
    """
    if names_server(url):
        given = None if isinstance(clock, SystemClock) else clock
        opening: AbstractAsyncContextManager[Store] = _postgres().opened(
            ServerUrl.parse(url), serving=exclusive, clock=given, woken=woken
        )
        return opening
    return sqlite.opened(file_of(url), exclusive=exclusive, clock=clock or SystemClock())


def move(url: str, to: str) -> Moved:
    """Move all that is in the file that *url* names to the server that *to* names, or nothing; the file is marked.

    The record keeps its very bytes. Where an earlier try had moved it and was cut off, only the mark is made.

    Raises:
        ConfigError, StoreUnavailable: a bot serves the file, it can't be read, or the server has data already.
    """
    if names_server(url) or not names_server(to):
        raise ConfigError(
            "Data move from a file to a server: SNAPSHOT_BOT_DATABASE is to name the file, as sqlite:///PATH, and --to "
            "the server, as postgresql://USER:PASSWORD@HOST/DATABASE."
        )
    server = ServerUrl.parse(to)
    receive = _postgres().receive
    with sqlite.leaving(file_of(url)) as source:
        moved: Moved = receive(server, source)
        source.mark(str(server))
    return moved


def _postgres() -> ModuleType:
    """Return the engine, which isn't installed where nobody needs it."""
    try:
        from bot.store import postgres
    except ImportError as error:
        raise ConfigError(
            "SNAPSHOT_BOT_DATABASE names a PostgreSQL server, for which psycopg is needed, and it can't be loaded "
            f"({error.name or type(error).__name__}). Install the bot with it: pip install 'dws-snapshot-bot[postgres]'"
        ) from None
    return postgres


def _refuse_server(url: str, instead: str) -> None:
    if names_server(url):
        raise ConfigError(f"{shown(url)} is a server, and this command is for a file. {instead}")


async def made(url: str) -> bool:
    """Make the database that *url* names; False: it is there, can be used, and nothing was changed.

    Raises:
        ConfigError, StoreUnavailable: as `open_store`.
    """
    if names_server(url):
        are_new: bool = await _postgres().made(ServerUrl.parse(url))
        return are_new
    path = file_of(url)
    is_new = not path.exists() or not path.stat().st_size
    async with open_store(url, exclusive=is_new):
        return is_new


def back_up(url: str, target: Path | None, *, overwrite: bool) -> tuple[Path, Verdict]:
    """Copy the database to *target* (None: beside it; a folder: into it), also while a bot serves it; check the copy.

    Return the file that was written, and what its record is like.

    Raises:
        ConfigError, StoreUnavailable: there is no database, or it can't be read, or the copy can't be written.
    """
    _refuse_server(url, "Copy it with its own tools, also while bots serve it: pg_dump --format=custom --file=FILE")
    return sqlite.back_up(file_of(url), target, overwrite=overwrite)


def restore(url: str, copy: Path, *, by: str) -> tuple[Restored, Path | None]:
    """Put *copy* in the place of the database, marked as such; return the mark, and where what was there is now.

    Raises:
        ConfigError, StoreUnavailable: a bot serves the database, or *copy* isn't sound; nothing was changed.
    """
    _refuse_server(url, "Stop every bot, put a copy back with pg_restore, then tell the bot so: snapshot-bot restored")
    return sqlite.restore(file_of(url), copy, by=by)


def mark_restored(url: str, *, as_of: datetime | None, by: str) -> Restored:
    """Mark the database as one that another tool restored; *as_of* None: as of the last change in it.

    Raises:
        ConfigError, StoreUnavailable: a bot serves it, there is none, or *as_of* can't be.
    """
    if names_server(url):
        marked: Restored = _postgres().mark_restored(ServerUrl.parse(url), as_of=as_of, by=by)
        return marked
    return sqlite.mark_restored(file_of(url), as_of=as_of, by=by)
