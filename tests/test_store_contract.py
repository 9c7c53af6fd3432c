"""Every Store keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

pytest.register_assert_rewrite("tests.contract_store")

from bot.ports import Store  # noqa: E402 -- the asserts of the suite are to explain themselves
from bot.store import open_store  # noqa: E402
from tests.contract_store import StoreContract  # noqa: E402
from tests.fakes.store import FakeStore  # noqa: E402


class TestSqliteStore(StoreContract):
    """The file."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        """A new file, served."""
        async with open_store(f"sqlite:///{tmp_path}/bot.db", exclusive=True) as store:
            yield store


class TestFakeStore(StoreContract):
    """The fake that other tests use."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty fake."""
        return FakeStore()
