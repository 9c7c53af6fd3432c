"""What becomes of an error of SQLite: our own mistake, or an outage in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.core.errors import BotError, ConfigError, StoreUnavailable
from bot.store import made, open_store
from bot.store.sqlite.failures import code, is_busy, outage, refusal

HOLDER = "End the program that holds it."
BACKUP = "Stop the bot and restore the file from a backup."


def an_error(number: int | None) -> sqlite3.Error:
    """Return an error as SQLite raises it, or (None) one that isn't SQLite's own."""
    error = sqlite3.OperationalError("it failed")
    if number is not None:
        error.sqlite_errorcode = number
    return error


@pytest.mark.parametrize(
    ("number", "fix", "phrase"),
    [
        (sqlite3.SQLITE_BUSY, f". {HOLDER}", "database-busy"),
        (sqlite3.SQLITE_LOCKED, f". {HOLDER}", "database-busy"),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, f". {HOLDER}", "database-busy"),
        (sqlite3.SQLITE_READONLY, ". Make the file and its directory writable again.", "database-broken"),
        (sqlite3.SQLITE_FULL, ". Free some space on its disk.", "database-broken"),
        (sqlite3.SQLITE_IOERR, ". Check the disk, and that there is space on it.", "database-broken"),
        (sqlite3.SQLITE_CORRUPT, f". {BACKUP}", "database-broken"),
        (sqlite3.SQLITE_NOTADB, f". {BACKUP}", "database-broken"),
        (sqlite3.SQLITE_PROTOCOL, "", "database-broken"),
    ],
)
def test_an_outage_says_what_happened_and_the_fix(number: int, fix: str, phrase: str):
    """For the operator; people hear only whether it passes by itself. SQLite's own error is kept as the cause."""
    error = an_error(number)
    failure = outage(error)
    assert isinstance(failure, StoreUnavailable)
    assert (str(failure), failure.phrase.code) == (f"database: it failed{fix}", phrase)
    assert failure.__cause__ is error
    assert is_busy(error) is (phrase == "database-busy")


@pytest.mark.parametrize(
    "number", [None, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_MISUSE]
)
def test_a_mistake_of_ours_stays_what_it_is(number: int | None):
    """It is no outage, and must not be called one."""
    error = an_error(number)
    assert outage(error) is error
    assert not is_busy(error)
    assert code(error) == ((number or 0) & 0xFF)


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (sqlite3.SQLITE_NOTADB, ConfigError, "is not a SQLite database. It was left as it is; name another file"),
        (sqlite3.SQLITE_CORRUPT, ConfigError, f"is damaged (it failed). {BACKUP}"),
        (
            sqlite3.SQLITE_CANTOPEN,
            ConfigError,
            "can't be read and written (it failed). Give the user that runs the bot",
        ),
        (sqlite3.SQLITE_BUSY, StoreUnavailable, "is locked by another program. End what is writing to it, and start"),
        (sqlite3.SQLITE_LOCKED, StoreUnavailable, "is locked by another program. End what is writing to it, and start"),
        (sqlite3.SQLITE_FULL, StoreUnavailable, "can't be used just now: it failed. Free some space on its disk."),
        (sqlite3.SQLITE_ERROR, ConfigError, "can't be used as the bot's database: it failed."),
    ],
)
def test_a_file_that_cannot_be_opened_is_refused_with_the_fix(number: int, kind: type[BotError], text: str):
    """What may pass is worth another start; the rest is the operator's move."""
    refused = refusal(Path("/data/bot.db"), an_error(number))
    assert type(refused) is kind
    assert str(refused).startswith(f"/data/bot.db {text}")
    assert refused.phrase.told == str(refused)


async def test_what_stands_in_the_lock_file_keeps_nobody_out(tmp_path: Path):
    """Only the kernel's lock does: other bytes in it are read as they are, and are gone once a bot serves."""
    url = f"sqlite:///{tmp_path}/bot.db"
    await made(url)
    (tmp_path / "bot.db.lock").write_bytes(b"\xff\xfe one two\n")
    async with open_store(url, exclusive=False) as store:
        await store.beat()
    async with open_store(url, exclusive=True) as store:
        await store.beat()
        assert b"\xff" not in (tmp_path / "bot.db.lock").read_bytes()
