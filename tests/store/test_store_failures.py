"""What becomes of an error of SQLite: our own mistake, or an outage in words."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from bot.core.errors import StoreUnavailable
from bot.store import open_store
from bot.store.sqlite.failures import code, is_busy, outage

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


async def test_what_stands_in_the_lock_file_keeps_nobody_out(tmp_path: Path):
    """Only the kernel's lock does: other bytes in it are read as they are, and are gone once a bot serves."""
    (tmp_path / "bot.db.lock").write_bytes(b"\xff\xfe one two\n")
    url = f"sqlite:///{tmp_path}/bot.db"
    async with open_store(url, exclusive=False) as store:
        await store.beat()
    async with open_store(url, exclusive=True) as store:
        await store.beat()
        assert b"\xff" not in (tmp_path / "bot.db.lock").read_bytes()
