"""Every Store keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store import open_store
from tests.fakes.store import FakeStore
from tests.harness.contract_notices import NoticeContract
from tests.harness.contract_store import StoreContract


class TestSqliteStore(StoreContract, NoticeContract):
    """The file."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[Store]:
        """A new file, served."""
        async with open_store(f"sqlite:///{tmp_path}/bot.db", exclusive=True) as store:
            yield store


class TestPostgresStore(StoreContract, NoticeContract):
    """The server."""

    @pytest.fixture
    async def store(self, postgres_url: str) -> AsyncIterator[Store]:
        """A new database, served."""
        async with open_store(postgres_url, exclusive=True) as store:
            yield store


class TestFakeStore(StoreContract, NoticeContract):
    """The fake that other tests use."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty fake."""
        return FakeStore()
