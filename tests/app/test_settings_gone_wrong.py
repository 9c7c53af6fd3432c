"""Settings gone wrong, by tests/cases/settings.json: what is printed of each; and variables that nobody reads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.core.errors import ConfigError
from bot.environment import Environment
from bot.misspelt import misspelt
from bot.serving import read_settings
from bot.store import open_store

DATA = json.loads((Path(__file__).parents[1] / "cases" / "settings.json").read_text(encoding="utf-8"))
CASES = DATA["cases"]
PLAIN = ("0", "true", "8080")  # stand in words that aren't about them


@pytest.mark.parametrize("case", CASES, ids=[f"{next(iter(c['given']))}: {c['what']}" for c in CASES])
async def test_each_mistake_is_printed_by_name_and_without_its_value(case, tmp_path, monkeypatch):
    """A line for each, as docs/settings-gone-wrong.md has it; where there is none, the setting is taken.

    What SNAPSHOT_BOT_DATABASE says is known once it is opened, which is tried where it alone is given.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.txt").write_text("Not a database, and nobody's to lose.\n" * 99, encoding="utf-8")
    text = ""
    try:
        read_settings(DATA["least"] | case["given"])
        if [*case["given"]] == ["SNAPSHOT_BOT_DATABASE"]:
            async with open_store(case["given"]["SNAPSHOT_BOT_DATABASE"], exclusive=True):
                assert len(list(tmp_path.iterdir())) > 1
    except ConfigError as e:
        text = str(e).replace(str(tmp_path), "/srv/bot")  # where it runs
    told = text.splitlines()
    told = [line.strip(" -") for line in told if line.strip().startswith("-")] if len(told) > 1 else told
    assert told == case["says"]
    secrets = [v for n, v in case["given"].items() if any(w in n for w in ("TOKEN", "SECRET", "KEY", "PROXY")) and v]
    assert [value for value in secrets if value in text] == []
    assert "secret-word" not in text


def test_the_cases_know_every_kind_of_setting():
    """Each of the bot's variables that has a form of its own is there, and so are files, proxies and the cloud's."""
    given = {name for case in CASES for name in case["given"]}
    assert {"SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_API_URL", "SLACK_APP_ID"} <= given
    named = {f"SNAPSHOT_BOT_{name}" for name in ("COMMAND", "DATABASE", "ADMINS", "CHANNEL", "LISTEN", "LOG_LEVEL")}
    assert named | {"SLACK_BOT_TOKEN_FILE", "HTTPS_PROXY", "ALL_PROXY", "OS_SECRET_KEY", "OS_CACERT"} <= given


SERVICE = {
    "SERVICE_HOST": "10.0.0.1",
    "SERVICE_PORT": "8080",
    "SERVICE_PORT_HTTP": "8080",
    "PORT": "tcp://10.0.0.1:8080",
    "PORT_8080_TCP": "tcp://10.0.0.1:8080",
    "PORT_8080_TCP_PROTO": "tcp",
    "PORT_8080_TCP_PORT": "8080",
    "PORT_8080_TCP_ADDR": "10.0.0.1",
}


@pytest.mark.parametrize("prefix", ["SNAPSHOT_BOT_", "SNAPSHOT_BOT_METRICS_"])
def test_what_kubernetes_sets_beside_a_service_is_nobodys_slip(prefix):
    """A Service called snapshot-bot, or snapshot-bot-metrics, gives every container such variables."""
    assert list(misspelt(Environment({f"{prefix}{name}": value for name, value in SERVICE.items()}))) == []


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("SNAPSHOT_BOT_CHANEL", "SNAPSHOT_BOT_CHANNEL"),
        ("SNAPSHOT_BOT_ADMIN", "SNAPSHOT_BOT_ADMINS"),
        ("SNAPSHOT_BOT_POLL_SECOND_FILE", "SNAPSHOT_BOT_POLL_SECONDS"),
        ("snapshot_bot_channel", "SNAPSHOT_BOT_CHANNEL"),
        ("SNAPSHOT_BOT_SLACK_BOT_TOKEN", "SLACK_BOT_TOKEN"),
        ("SNAPSHOT_BOT_SIGNING_SECRET", "SLACK_SIGNING_SECRET"),
        ("SNAPSHOT_BOT_LISTEN_PORT", "SNAPSHOT_BOT_LISTEN"),
        ("SNAPSHOT_BOT_XYZZY", ""),
    ],
)
def test_a_variable_that_looks_like_ours_has_its_nearest(name, near):
    """By its name with or without what it begins with; a port that is no address is somebody's own."""
    assert list(misspelt(Environment({name: "8080"}))) == [(name.removesuffix("_FILE"), near)]


def test_the_bots_own_variables_are_no_slip():
    """As they are, and as files."""
    names = [name for case in CASES for name in case["given"]]
    assert list(misspelt(Environment(dict.fromkeys(names, "x")))) == []
