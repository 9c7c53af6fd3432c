"""What SNAPSHOT_BOT_DATABASE may say, and what is said where it names no file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.store import open_store
from bot.store.location import file_of


@pytest.mark.parametrize(
    "url",
    [
        "bot.db",
        "/var/lib/bot.db",
        "~/bot.db",
        "",
        "sqlite:bot.db",
        "sqlite:/bot.db",
        "sqlite://bot.db",
        "sqlite:///",
        "sqlite:///bot.db?mode=wal",
        "sqlite:////bot.db?hunter2",
        "sqlite:///file:bot.db",
        "file:bot.db",
        "file:///bot.db",
        "sqlite+aiosqlite:///bot.db",
        "postgresql://bot:hunter2@db/bot",
        "hunter2:bot.db",
    ],
)
def test_what_names_no_file_is_refused_with_the_right_form(url: str):
    """Nothing is guessed, and nothing that may be a password is repeated."""
    with pytest.raises(ConfigError, match=r"^SNAPSHOT_BOT_DATABASE: .* Give sqlite:///PATH") as refused:
        file_of(url)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///bot.db", "/work/bot.db"),
        ("sqlite:////data/bot.db", "/data/bot.db"),
        ("sqlite:///~/bot.db", "/home/op/bot.db"),
        ("SQLite:///a b#c.db", "/work/a b#c.db"),
    ],
)
def test_a_path_is_understood(url: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Below the working directory, from the root, from home; any scheme's case."""
    monkeypatch.setenv("HOME", str(tmp_path / "home/op"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    expected = path if path.startswith("/data") else f"{tmp_path}{path}"
    assert file_of(url) == Path(expected)


def test_a_home_that_is_not_known_is_said(monkeypatch: pytest.MonkeyPatch):
    """A user without a home can't use ~."""
    monkeypatch.setattr(Path, "expanduser", _no_home)
    with pytest.raises(ConfigError, match=r"no home for the ~ in it; write the path from the root"):
        file_of("sqlite:///~/bot.db")


def _no_home(*_: object) -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_a_database_in_memory_is_none():
    """It would break the promise that an accepted request is kept, and so it is said before anything is opened."""
    with pytest.raises(ConfigError) as refused:
        open_store("sqlite:///:memory:", exclusive=True)
    assert str(refused.value) == (
        "SNAPSHOT_BOT_DATABASE: a database in memory would not survive a restart; name a file."
    )
