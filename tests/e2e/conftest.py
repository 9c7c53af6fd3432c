"""The whole bot, on either engine where a request's life is what is tested."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.harness.engines import ALL, is_telling
from tests.harness.postgres_server import PostgresServer

DatabaseIn = Callable[[Path], str]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let what asks for an engine run on a file, and in the long form, or where it tells most, on a server, too."""
    if "engine" in metafunc.fixturenames:
        both = ALL or is_telling(metafunc)
        metafunc.parametrize("engine", ["file", "server"] if both else ["file"], scope="module")


@pytest.fixture(scope="module")
def database_in(engine: str, request: pytest.FixtureRequest) -> DatabaseIn:
    """Return what gives the URL of an empty database: a file in a folder, or one of the server."""

    server: PostgresServer | None = request.getfixturevalue("postgres") if engine == "server" else None

    def given(folder: Path) -> str:
        return server.emptied() if server else f"sqlite:///{folder}/bot.db"

    return given
