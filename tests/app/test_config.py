"""Settings: read once, from the environment or from files; every mistake in one message; secrets stay hidden."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pydantic import ValidationError

from bot import config
from bot.command_settings import DatabaseSettings
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.core.ids import ChannelId
from bot.mistakes import SECRET_VARIABLES
from bot.secret_values import secret_values
from bot.words import say

SECRET = "0123456789abcdef" * 2
LEAST = {"SLACK_BOT_TOKEN": "xoxb-1-least", "SLACK_APP_TOKEN": "xapp-1-least"}


def mistakes(**changes: str) -> list[str]:
    """Return what is said of the least settings with *changes*, a line for each mistake."""
    with pytest.raises(ConfigError) as refused:
        Settings.read(LEAST | changes)
    assert say(refused.value) == str(refused.value)
    head, *lines = say(refused.value).splitlines()
    assert head == "The settings can't be used:"
    return [line.removeprefix("  - ") for line in lines]


def test_two_tokens_are_enough():
    """Socket Mode, a file beside the bot, loopback, eight hours: what holds where nothing is said."""
    settings = Settings.read(LEAST)
    assert settings.socket_mode
    assert settings.slack_api_url == "https://slack.com/api/"
    assert settings.database == "sqlite:///snapshot-bot.db"
    assert settings.address == ("127.0.0.1", 8080)
    assert settings.expire_after == timedelta(hours=8)
    assert (settings.admins, settings.channel, settings.clouds) == ((), None, ())
    assert (settings.log_level, settings.log_format) == ("INFO", "json")


def test_a_signing_secret_means_http_mode_unless_there_is_an_app_token():
    """The app token decides; with neither, both are named."""
    http = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": SECRET}
    assert not Settings.read(http).socket_mode
    assert Settings.read(http | {"SLACK_APP_TOKEN": "xapp-1"}).socket_mode
    (said,) = mistakes(SLACK_APP_TOKEN=" ")
    assert said.startswith("Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP mode) is set.")


def test_every_mistake_is_in_one_message():
    """Nobody has to start the bot five times to find five mistakes."""
    said = mistakes(
        SLACK_BOT_TOKEN="",
        SLACK_API_URL="slack.com",
        SNAPSHOT_BOT_LISTEN="8080",
        SNAPSHOT_BOT_ADMINS="U024BE7LH, @cleo",
        SNAPSHOT_BOT_CHANNEL="#dwh-ops",
        SNAPSHOT_BOT_EXPIRE_HOURS="soon",
        SNAPSHOT_BOT_POLL_SECONDS="0",
        SNAPSHOT_BOT_GIVE_UP_HOURS="1000",
        SNAPSHOT_BOT_LOG_LEVEL="LOUD",
    )
    assert [line.partition(" ")[0].rstrip(":,") for line in said] == [
        "SLACK_BOT_TOKEN",
        "SLACK_API_URL",
        "SNAPSHOT_BOT_ADMINS",
        "SNAPSHOT_BOT_CHANNEL",
        "SNAPSHOT_BOT_LISTEN",
        "SNAPSHOT_BOT_EXPIRE_HOURS",
        "SNAPSHOT_BOT_GIVE_UP_HOURS",
        "SNAPSHOT_BOT_POLL_SECONDS",
        "SNAPSHOT_BOT_LOG_LEVEL",
    ]
    assert "SNAPSHOT_BOT_GIVE_UP_HOURS: must be at most 720." in said
    assert "SNAPSHOT_BOT_POLL_SECONDS: must be above 0." in said
    assert "SNAPSHOT_BOT_EXPIRE_HOURS: must be a plain number, such as 8 or 0.5." in said
    assert "SNAPSHOT_BOT_LOG_LEVEL: must be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'." in said
    assert "SNAPSHOT_BOT_LISTEN: not host:port, such as 127.0.0.1:8080 or" in "\n".join(said)
    assert said[2].startswith("SNAPSHOT_BOT_ADMINS, entry 2: not a user id")


@pytest.mark.parametrize("name", [f.alias for f in Settings.model_fields.values() if f.alias != "SLACK_BOT_TOKEN"])
def test_a_token_in_the_wrong_place_is_not_repeated(name):
    """Whatever variable a token was pasted into, it doesn't show in the message or in what is printed of settings."""
    token = "xoxb-12-pasted"
    try:
        shown = repr(Settings.read(LEAST | {name: token}))
    except ConfigError as e:
        shown = say(e)
    assert token not in shown


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SNAPSHOT_BOT_ADMINS", "HTTPS_PROXY"])
@pytest.mark.parametrize("text", ["xoxb-12-pasted", SECRET, f"/{SECRET}", f"/{SECRET}/{SECRET}", f"/{SECRET}" * 9])
def test_what_stands_in_place_of_a_path_is_not_repeated(name, text):
    """NAME_FILE may hold the secret itself: only a path that begins in a folder that is there is shown."""
    said, *_ = mistakes(**{name: "", f"{name}_FILE": text})
    assert said.startswith(f"{name}_FILE names a file that can't be read (")
    assert text not in said
    assert name not in SECRET_VARIABLES or text in secret_values({f"{name}_FILE": text})


def test_secrets_do_not_show():
    """Printing the settings prints no secret."""
    settings = Settings.read(LEAST | {"SLACK_SIGNING_SECRET": SECRET})
    assert [s for s in ("xoxb-1-least", "xapp-1-least", SECRET) if s in f"{settings!r} {settings} "] == []
    assert settings.slack_bot_token.get_secret_value() == "xoxb-1-least"


def test_a_file_may_hold_any_setting(tmp_path):
    """NAME_FILE is read, without the blanks around; NAME beside it is a mistake, since they may differ."""
    for name, text in {"token": "xoxb-from-file\n", "admins": "U024BE7LH\nW012A3CDE\n"}.items():
        (tmp_path / name).write_text(text)
    files = {
        "SLACK_BOT_TOKEN_FILE": str(tmp_path / "token"),
        "SLACK_APP_TOKEN": "xapp-1",
        "SNAPSHOT_BOT_ADMINS_FILE": str(tmp_path / "admins"),
    }
    settings = Settings.read(files)
    assert settings.slack_bot_token.get_secret_value() == "xoxb-from-file"
    assert settings.admins == ("U024BE7LH", "W012A3CDE")
    both = {"SLACK_BOT_TOKEN_FILE": str(tmp_path / "token")}
    assert mistakes(**both) == ["SLACK_BOT_TOKEN and SLACK_BOT_TOKEN_FILE are both set: unset one of them."]


def test_what_can_t_be_used_is_told_once():
    """A required variable whose file isn't there isn't called missing as well, nor are both ways to reach Slack."""
    files = {"SLACK_BOT_TOKEN_FILE": "/nowhere", "SLACK_APP_TOKEN_FILE": "/nowhere"}
    said = mistakes(SLACK_BOT_TOKEN="", SLACK_APP_TOKEN="", **files)
    assert [line.partition(" ")[0] for line in said] == [*files]


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    """Missing, a directory, or not text: the variable and the path are in the message, the content isn't."""
    (tmp_path / "binary").write_bytes(b"\xff\xfexoxb-1")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "binary"):
        said = mistakes(SLACK_APP_TOKEN="", SLACK_APP_TOKEN_FILE=str(path), SLACK_SIGNING_SECRET=SECRET)
        assert said[0].startswith(f"SLACK_APP_TOKEN_FILE names {path}, which can't be read (")
        assert "xoxb" not in said[0]


@pytest.mark.parametrize(
    "text", ["U024BE7LH,W012A3CDE", " U024BE7LH , W012A3CDE ", "U024BE7LH W012A3CDE", "U024BE7LH\nW012A3CDE,"]
)
def test_lists_are_words(text):
    """Commas and blanks of any kind part them."""
    assert Settings.read(LEAST | {"SNAPSHOT_BOT_ADMINS": text}).admins == ("U024BE7LH", "W012A3CDE")


@pytest.mark.parametrize(
    ("text", "address"),
    [("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:8080", ("::1", 8080)), ("localhost:0", ("localhost", 0))],
)
def test_an_address_is_host_and_port(text, address):
    """IPv6 in brackets, names, and port 0 for any free one."""
    assert Settings.read(LEAST | {"SNAPSHOT_BOT_LISTEN": text}).address == address


@pytest.mark.parametrize(
    "text", ["https://slack.example/api", "https://slack.example/api/", "https://slack.example/api//"]
)
def test_another_slacks_address_ends_in_one_slash(text):
    """Method names are appended to it."""
    assert Settings.read(LEAST | {"SLACK_API_URL": text}).slack_api_url == "https://slack.example/api/"


def test_settings_do_not_change():
    """They are read once."""
    with pytest.raises(ValidationError, match="frozen"):
        Settings.read(LEAST).channel = ChannelId("C1")


def test_commands_beside_the_bot_need_the_database_only(tmp_path):
    """Without any token the same database is found, from a file too."""
    assert DatabaseSettings.read({}).database == Settings.read(LEAST).database
    (tmp_path / "url").write_text("sqlite:////data/bot.db\n")
    assert DatabaseSettings.read({"SNAPSHOT_BOT_DATABASE_FILE": f"{tmp_path}/url"}).database == "sqlite:////data/bot.db"
    with pytest.raises(ConfigError, match=r"SNAPSHOT_BOT_DATABASE_FILE names .*nowhere, which can't be read"):
        DatabaseSettings.read({"SNAPSHOT_BOT_DATABASE_FILE": f"{tmp_path}/nowhere"})


def test_the_table_documents_every_setting():
    """Each has a row with its default and a sentence; secrets have no default."""
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in config.table().splitlines()[2:]]
    assert [r[0] for r in rows] == [f"`{f.alias}`" for f in Settings.model_fields.values()]
    assert all(r[2].endswith(".") for r in rows)
    assert {r[1] for r in rows if "TOKEN" in r[0] or "SECRET" in r[0]} == {""}
