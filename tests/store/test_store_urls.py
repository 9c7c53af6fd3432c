"""What is said of a database that isn't supported."""

from __future__ import annotations

import pytest

from bot.core.errors import ConfigError
from bot.store import open_store


@pytest.mark.parametrize(
    ("url", "shown"),
    [("mysql://bot:hunter2@db/bot", "mysql://…"), ("hunter2", "what it holds"), ("sqlite", "what it holds")],
)
def test_another_database_is_named_by_its_scheme_alone(url: str, shown: str):
    """What follows may hold a password, and so may what has no scheme."""
    with pytest.raises(ConfigError) as refused:
        open_store(url, exclusive=True)
    assert str(refused.value) == f"SNAPSHOT_BOT_DATABASE: {shown} isn't supported; give sqlite:///PATH."


@pytest.mark.parametrize(
    ("url", "fix"),
    [
        ("sqlite://", "give sqlite:///PATH, or sqlite:////PATH for a path from the root."),
        ("sqlite:///", "give sqlite:///PATH, or sqlite:////PATH for a path from the root."),
        ("sqlite:///:memory:", "a database in memory would not survive a restart; name a file."),
    ],
)
async def test_a_file_has_to_be_named(url: str, fix: str):
    """The text says how."""
    with pytest.raises(ConfigError) as refused:
        async with open_store(url, exclusive=True):
            pass
    assert str(refused.value) == f"SNAPSHOT_BOT_DATABASE: {fix}"
