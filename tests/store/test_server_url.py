"""Which server SNAPSHOT_BOT_DATABASE names; what may be a password is never shown."""

from __future__ import annotations

import pytest

from bot.core.errors import ConfigError
from bot.store import back_up, names_server, place_of, restore, served_by, shown
from bot.store.server_url import ServerUrl


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://bot:hunter2@db.example:5433/bot", "PostgreSQL at db.example:5433, database bot"),
        ("postgres://bot:hunter2%40@db/snapshots?sslmode=verify-full", "PostgreSQL at db, database snapshots"),
        ("PostgreSQL://bot@[::1]:5432", "PostgreSQL at [::1]:5432, database bot"),
        ("postgresql://one:5432,two:5433/bot", "PostgreSQL at one:5432,two:5433, database bot"),
        ("postgresql://%2Fvar%2Frun%2Fpostgresql/bot", "PostgreSQL at /var/run/postgresql, database bot"),
        ("postgresql:///bot", "PostgreSQL at the usual socket, database bot"),
        ("postgresql://", "PostgreSQL at the usual socket"),
    ],
)
def test_a_server_is_shown_without_its_password(url: str, place: str):
    """By its hosts and its database, wherever people may read it; nobody asks it who serves it."""
    assert names_server(url)
    assert shown(url) == place_of(url) == str(ServerUrl.parse(url)) == place
    assert "hunter2" not in repr(ServerUrl.parse(url))
    assert served_by(url) is None


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://bot:hun@ter2@db/bot",
        "postgresql://bot:hun/ter2@db/bot",
        "postgresql://bot:hun?ter2@db/bot",
        "postgresql://bot:hun#ter2@db/bot",
        "postgresql://bot:hun:ter2@db/bot",
        "postgresql://bot:hun ter2@db/bot",
        "postgresql://bot@db/bot?password=hunter2",
        "postgresql://bot@db/bot?sslmode=require&sslpassword=hunter2",
        "postgresql://db:port-hunter2/bot",
    ],
)
def test_what_libpq_could_take_apart_wrongly_is_refused(url: str):
    """It would look for a host called like the end of a password, and name it in its error."""
    with pytest.raises(
        ConfigError, match=r"^SNAPSHOT_BOT_DATABASE: .* Give postgresql://USER:PASSWORD@HOST"
    ) as refused:
        shown(url)
    assert not {"ter2", "hunter2"} & {*str(refused.value).replace(":", " ").split()}
    assert "ter2" not in str(refused.value)


def test_a_server_is_copied_and_put_back_with_its_own_tools(tmp_path):
    """The commands for a file say with which, and change nothing."""
    url = "postgresql://bot:hunter2@127.0.0.1:9/bot"
    with pytest.raises(ConfigError, match=r"is a server, and this command is for a file\. Copy it .* pg_dump "):
        back_up(url, None, overwrite=False)
    with pytest.raises(ConfigError, match=r"Stop every bot, .* pg_restore, then .*: snapshot-bot restored$"):
        restore(url, tmp_path / "copy", by="cli:op")
