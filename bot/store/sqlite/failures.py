"""What goes wrong with a database file, in words: for people in Slack that nothing was saved, for operators the fix."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from bot.core.errors import BotError, ConfigError, StoreUnavailable
from bot.core.phrase import Phrase, as_told

_OTHERS_HOLD_IT: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_NO_ACCESS: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_OUR_OWN_MISTAKES: Final = frozenset(
    {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_MISUSE}
)
_MAY_PASS: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
_FIXES: Final = {
    sqlite3.SQLITE_BUSY: ". End the program that holds it.",
    sqlite3.SQLITE_LOCKED: ". End the program that holds it.",
    sqlite3.SQLITE_READONLY: ". Make the file and its directory writable again.",
    sqlite3.SQLITE_FULL: ". Free some space on its disk.",
    sqlite3.SQLITE_IOERR: ". Check the disk, and that there is space on it.",
    sqlite3.SQLITE_CORRUPT: ". Stop the bot and restore the file from a backup.",
    sqlite3.SQLITE_NOTADB: ". Stop the bot and restore the file from a backup.",
}

_BUSY: Final = Phrase("database-busy")
_LOST: Final = Phrase("database-lost")
_BROKEN: Final = Phrase("database-broken")


def code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where the error isn't SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_busy(error: sqlite3.Error) -> bool:
    """Say whether another connection holds what was wanted, so that it may be tried again."""
    return code(error) in _OTHERS_HOLD_IT


def outage(error: sqlite3.Error) -> Exception:
    """Return what a store raises for *error*: StoreUnavailable, or *error* itself where it is our own mistake."""
    if code(error) in _OUR_OWN_MISTAKES:
        return error
    fix = _FIXES.get(code(error), "")
    failure = StoreUnavailable(f"database: {error}{fix}", phrase=_BUSY if is_busy(error) else _BROKEN)
    failure.__cause__ = error
    return failure


def lost(path: Path, holder: str = "") -> StoreUnavailable:
    """Return what is raised where *path* no longer leads to the file that is open (in the process *holder*)."""
    who = f"the bot (process {holder})" if holder else "the bot"
    return StoreUnavailable(
        f"{path} was deleted or replaced while {who} had it open. Nothing is saved any more. "
        "Stop the bot, put the file (or a backup) back, then start it again.",
        phrase=_LOST,
    )


def out_of_sight(path: Path, why: str) -> StoreUnavailable:
    """Return what is raised where it can't be seen whether *path* leads to the file that is open."""
    return StoreUnavailable(
        f"{path} can't be seen ({why}). Give the user that runs the bot its directory back.", phrase=_BROKEN
    )


def refusal(path: Path, error: sqlite3.Error) -> BotError:
    """Return why the file at *path* can't be opened as the bot's database, and what to do.

    StoreUnavailable where that may pass, so that it is worth another start; else ConfigError.
    """
    match code(error):
        case sqlite3.SQLITE_NOTADB:
            return ConfigError(
                f"{path} is not a SQLite database. It was left as it is; "
                "name another file in SNAPSHOT_BOT_DATABASE, or move this one away."
            )
        case sqlite3.SQLITE_CORRUPT:
            return ConfigError(f"{path} is damaged ({error}). Stop the bot and restore the file from a backup.")
        case number if number in _NO_ACCESS:
            return no_access(path, str(error))
        case number if number in _OTHERS_HOLD_IT:
            text = f"{path} is locked by another program. End what is writing to it, and start again."
            return StoreUnavailable(text, phrase=as_told(text))
        case number if number in _MAY_PASS:
            text = f"{path} can't be used just now: {error}{_FIXES[number]}"
            return StoreUnavailable(text, phrase=as_told(text))
        case _:
            return ConfigError(f"{path} can't be used as the bot's database: {error}.")


def no_access(path: Path, why: str) -> ConfigError:
    """Return the refusal for a file, or its directory, that may not be written."""
    return ConfigError(
        f"{path} can't be read and written ({why}). Give the user that runs the bot both rights on the file and on "
        f"its directory {path.parent} (SQLite keeps two more files beside it)."
    )
