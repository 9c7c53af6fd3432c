"""Every Store keeps the same promises."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.ports import Store
from bot.store import open_store
from bot.store.postgres.units import Units
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
    async def store(self, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
        """A new database, served, by a machine that may be busy: what waits for a thread isn't given up."""
        defaults = Units.__init__.__kwdefaults__
        assert defaults is not None
        monkeypatch.setitem(defaults, "longest", 60.0)
        async with open_store(postgres_url, exclusive=True) as store:
            yield store


class TestFakeStore(StoreContract, NoticeContract):
    """The fake that other tests use."""

    @pytest.fixture
    def store(self) -> Store:
        """An empty fake."""
        return FakeStore()
