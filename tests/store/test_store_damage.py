"""A database file that is damaged while the bot runs: an outage that an operator fixes, not the end of the worker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.errors import BotError
from bot.core.grants import Grant, Role
from bot.core.ids import GrantId, Principal, UserId
from bot.core.scope import Scope
from bot.store import open_store
from bot.words import say
from tests.fakes.clock import FakeClock
from tests.harness.contract_store import give

PAGE = 4096  # bytes, SQLite's default


@pytest.mark.no_cover  # 500 grants are kept first
async def test_reading_a_damaged_file_is_the_operators_move(tmp_path: Path):
    """What is read from damaged pages raises the same kind of error as any outage, in words for people."""
    url, now = f"sqlite:///{tmp_path}/bot.db", FakeClock().now()
    async with open_store(url, exclusive=True) as store:
        for number in range(500):
            user = UserId(f"U{number:08}")
            grant = Grant(
                Principal(user), Role.REQUEST, Scope("*", "*"), "cli:root", now, "every cluster, said at some length"
            )
            grant = replace(grant, id=GrantId(f"G-{number}"))
            await give(store, grant)
    file = tmp_path / "bot.db"
    sound = file.read_bytes()
    first = sound.index(b"every cluster, said at some length") // PAGE
    file.write_bytes(sound[: first * PAGE] + b"\xff" * PAGE + sound[(first + 1) * PAGE :])
    async with open_store(url, exclusive=True) as store:
        with pytest.raises(BotError, match="malformed") as damaged:
            await store.rights()
    assert say(damaged.value).startswith("Nothing was saved: the bot's database can't be used just now.")
