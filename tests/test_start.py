"""How `serve` starts, and how it refuses to: exit code 1, what is wrong, how to mend it; no stack trace, no secret."""

from __future__ import annotations

import asyncio
import re
import sqlite3
import stat

import pytest

from bot.core.request import State
from tests.running import a_world
from tests.serving import serving

SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OS_PASSWORD", "OS_SECRET_KEY")


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path, start=False) as world:
        yield world


async def refused(environ, folder) -> str:
    """Run `serve` until it gives up and return what it said; that it did so decently is checked here."""
    async with serving(environ, folder, up=False) as bot, asyncio.timeout(20):
        assert await bot.wait() == 1, bot.err
    assert "Traceback" not in bot.err
    assert "\nError: " in f"\n{bot.err}"
    assert [name for name in SECRETS if environ.get(name) and environ[name] in bot.err] == []
    return bot.err


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, r"does not accept SLACK_BOT_TOKEN \(invalid_auth\).*OAuth & Permissions"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, r"does not accept SLACK_APP_TOKEN \(invalid_auth\).*connections:write"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/"}, r"Slack isn't answering at http://127.0.0.1:9/ .*SLACK_API_URL"),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL: not an address, such as https://slack.com/api/"),
        ({"OS_AUTH_URL": "ftp://iam.example"}, r"OS_AUTH_URL is no usable address.*give one such as"),
        ({"OS_PASSWORD": ""}, r"OS_PASSWORD is missing: set it or OS_PASSWORD_FILE"),
        ({"SNAPSHOT_BOT_DATABASE": "sqlite:////no/such/place/bot.db"}, r"/no/such/place doesn't exist\. Create it"),
        ({"SNAPSHOT_BOT_DATABASE": "postgresql://bot:hidden-p4ss@db/bot"}, r"postgresql://… isn't supported; give sq"),
        ({"SNAPSHOT_BOT_LISTEN": "no-such-host.invalid:8080"}, r"can't be listened on \(.*\)\. Choose a free port"),
        ({"SNAPSHOT_BOT_CLOUDS": "prod"}, r"names 'prod', but there is no clouds\.yaml: write one"),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
async def test_a_wrong_setting_is_named_with_its_fix(world, tmp_path, changes, says):
    """Each ends `serve` with 1 and a sentence that names the setting and the next step."""
    said = await refused(world.environ | changes, tmp_path)
    assert re.search(says, said, re.DOTALL), said
    assert "hidden-p4ss" not in said


async def test_missing_settings_are_all_in_one_message(tmp_path):
    """With nothing set at all, one message names everything that is needed for Slack, and where it is found."""
    said = await refused({}, tmp_path)
    assert "SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE) is not set" in said
    assert "Neither SLACK_APP_TOKEN (Socket Mode) nor SLACK_SIGNING_SECRET (HTTP mode) is set" in said
    assert list(tmp_path.iterdir()) == []


async def test_no_cloud_configured_says_how_to_configure_one(world, tmp_path):
    """Without OS_*, keys or clouds.yaml the message has both ways to give them."""
    said = await refused({k: v for k, v in world.environ.items() if not k.startswith("OS_")}, tmp_path)
    assert "No cloud is configured. Either set OS_AUTH_URL" in said
    assert "clouds.yaml" in said


async def test_the_port_is_taken(world, tmp_path):
    """The address is named, and the system's reason once."""
    address = world.slack.origin.removeprefix("http://")
    said = await refused(world.environ | {"SNAPSHOT_BOT_LISTEN": address}, tmp_path)
    assert f"SNAPSHOT_BOT_LISTEN: {address} can't be listened on (Address already in use). Choose a free port" in said


async def test_a_database_of_a_newer_version_is_refused_and_left_as_it_is(world, tmp_path):
    """An older bot names the migration that it doesn't know, and doesn't change a byte of the file."""
    database = tmp_path / "bot.db"  # made by the fixture's grants
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES (?, ?, ?)",
            ("snapshot-bot", "m999_from_the_future", "2031-01-01"),
        )
    connection.close()
    before = database.read_bytes()
    said = await refused(world.environ, tmp_path)
    assert "used by a newer version of the bot (it has m999_from_the_future)" in said
    assert "Install that version again, or restore the backup" in said
    assert database.read_bytes() == before


@pytest.mark.parametrize(
    ("change", "why"),
    [({"OS_PASSWORD": "not-the-one"}, "401"), ({"OS_AUTH_URL": "http://127.0.0.1:9/v3"}, "ConnectError")],
    ids=["password", "address"],
)
async def test_a_cloud_that_does_not_let_us_in_is_a_warning(world, tmp_path, change, why):
    """Neither a wrong password nor a wrong address keeps the bot from serving Slack; the log says what to do."""
    async with serving(world.environ | change, tmp_path) as bot:
        (warning,) = [e for e in bot.events if e["event"] == "cloud.not_seen"]
        assert why in warning["error"]
        assert "snapshot-bot doctor" in warning["fix"]
        assert "not-the-one" not in bot.err
        assert (await bot.get("/readyz")).status_code == 200


async def test_secrets_come_from_files(world, tmp_path):
    """Each secret may be given as NAME_FILE; a trailing newline doesn't matter."""
    environ = dict(world.environ)
    for name in ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "OS_PASSWORD"):
        file = tmp_path / name.lower()
        file.write_text(environ.pop(name) + "\n")
        environ[f"{name}_FILE"] = str(file)
    async with serving(environ, tmp_path) as bot:
        assert [e for e in bot.events if e["event"] == "cloud.not_seen"] == []
        assert (await bot.get("/readyz")).text == "ready\n"


async def test_the_database_is_made_for_its_owners_eyes_only(world, tmp_path):
    """A first start makes the file, readable by the bot's user alone."""
    async with serving(world.environ | {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{tmp_path}/new.db"}, tmp_path):
        assert stat.S_IMODE((tmp_path / "new.db").stat().st_mode) == 0o600


def huawei(cloud):
    """Return the variables of Huawei's SDK alone."""
    return {k: v for k, v in cloud.env_aksk().items() if k.startswith("HUAWEICLOUD_")}


def otc(cloud):
    """Return the variables of otcextensions' access keys alone."""
    return {k: v for k, v in cloud.env_aksk().items() if not k.startswith("HUAWEICLOUD_")}


LOGINS = {"password": lambda cloud: cloud.env(), "huawei": huawei, "otc": otc}


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_with_nothing_but_the_environment_a_request_becomes_available(tmp_path, http, login):
    """Both ways to Slack, all three ways into the cloud: from the form to AVAILABLE, in a process of its own."""
    async with a_world(tmp_path, http=http, start=False, snapshot_seconds=0.2) as world:
        environ = {k: v for k, v in world.environ.items() if not k.startswith("OS_")} | LOGINS[login](world.cloud)
        async with serving(environ, tmp_path) as bot:
            if http:
                world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            card = await world.ask("ana", "by-environment")
            await world.approve("ben", card)
            await card.wait_for("Available", seconds=10)
            assert f'snapshot_bot_requests{{state="{State.AVAILABLE}"}} 1.0' in (await bot.get("/metrics")).text
        world.slack.app.request_url = None
    (made,) = [s for s in world.cloud.world.snapshots.values() if s.name == "by-environment"]
    assert made.outcome == "AVAILABLE"
