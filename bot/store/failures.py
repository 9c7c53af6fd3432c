"""What goes wrong with a database file, in words: at opening it is the operator's move, while running it may pass."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Final

from bot.core.errors import BotError, ConfigError, Move

_OTHERS_HOLD_IT: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_NO_ACCESS: Final = frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM})
_OUR_OWN_MISTAKES: Final = frozenset(
    {0, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_MISUSE}
)

_BUSY: Final = "Nothing was saved: another program holds the bot's database. Try again in a minute."
_BROKEN: Final = (
    "Nothing was saved: the bot's database can't be used just now. An operator can see why in the bot's log; "
    "try again later."
)


def code(error: sqlite3.Error) -> int:
    """Return SQLite's primary result code, 0 where the error isn't SQLite's own."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def is_busy(error: sqlite3.Error) -> bool:
    """Say whether another connection holds what was wanted, so that it may be tried again."""
    return code(error) in _OTHERS_HOLD_IT


def outage(error: sqlite3.Error) -> Exception:
    """Return what a method of the store raises for *error*: a BotError, or *error* itself where it is our mistake."""
    if code(error) in _OUR_OWN_MISTAKES:
        return error
    busy = is_busy(error)
    failure = BotError(f"database: {error}", say=_BUSY if busy else _BROKEN)
    failure.move = Move.NOBODY if busy else Move.OPERATOR
    failure.__cause__ = error
    return failure


def refusal(path: Path, error: sqlite3.Error) -> ConfigError:
    """Return why the file at *path* can't be opened as the bot's database, and what to do."""
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
            return ConfigError(f"{path} is locked by another program. End what is writing to it, and start again.")
        case _:
            return ConfigError(f"{path} can't be used as the bot's database: {error}.")


def no_access(path: Path, why: str) -> ConfigError:
    """Return the refusal for a file, or its directory, that may not be written."""
    return ConfigError(
        f"{path} can't be read and written ({why}). Give the user that runs the bot both rights on the file and on "
        f"its directory {path.parent} (SQLite keeps two more files beside it)."
    )
