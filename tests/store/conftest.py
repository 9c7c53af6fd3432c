"""A PostgreSQL server for the tests that want one, and a database each."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.postgres_server import PostgresServer, binaries, served


@pytest.fixture(scope="session")
def postgres_binaries() -> Path:
    """Return the folder with the server; where none is installed the test is skipped, but not in CI."""
    if (found := binaries()) is None:
        why = "no PostgreSQL server is installed here, so that its store isn't tested: run `scripts/setup tests`"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return found


@pytest.fixture(scope="session")
def postgres(postgres_binaries: Path) -> Iterator[PostgresServer]:
    """Run a server, the same for all tests of a process."""
    with served(postgres_binaries) as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> str:
    """Give a database with the bot's tables and nothing in them."""
    return postgres.emptied()
