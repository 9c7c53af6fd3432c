"""How `serve` starts, also without Slack and clouds, and how it refuses to: what is wrong, how to fix it.

Exit code 78 for what doesn't pass by itself; no stack trace, no secret.
"""

from __future__ import annotations

import asyncio
import os
import pty
import re
import signal
import sqlite3
import stat
import sys
from collections.abc import Iterator

import httpx
import pytest

from bot.app import running
from bot.config import Settings
from bot.core.errors import ConfigError
from bot.core.request import State
from bot.doctor import examine
from bot.serving import stopping_signals
from tests.harness.running import a_world, started, started_without_slack
from tests.harness.serving import serving, surroundings

SECRETS = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET", "OS_PASSWORD", "OS_SECRET_KEY")


@pytest.fixture
async def world(tmp_path):
    async with a_world(tmp_path, start=False) as world:
        yield world


async def refused(environ, folder, *, code=78) -> str:
    """Run `serve` until it gives up with *code* and return the cause; that it said it decently is checked here."""
    async with serving(environ, folder, up=False) as bot, asyncio.timeout(60):
        assert await bot.wait() == code, bot.err
    assert "Traceback" not in bot.err
    assert [name for name in SECRETS if environ.get(name) and environ[name] in bot.err] == []
    said = bot.events[-1]  # each line is JSON, as the log is
    assert (said["event"], said["level"], said["exit_code"]) == ("bot.not_started", "error", code)
    cause: str = said["cause"]
    return cause


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, r"does not accept SLACK_BOT_TOKEN \(invalid_auth\).*OAuth & Permissions"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, r"does not accept SLACK_APP_TOKEN \(invalid_auth\).*connections:write"),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL: not an address, such as https://slack.com/api/"),
        ({"OS_AUTH_URL": "ftp://iam.example"}, r"OS_AUTH_URL is no usable address.*give one such as"),
        ({"OS_PASSWORD": ""}, r"OS_PASSWORD is missing: set it or OS_PASSWORD_FILE"),
        ({"SNAPSHOT_BOT_DATABASE": "sqlite:////no/such/place/bot.db"}, r"/no/such/place doesn't exist\. Create it"),
        ({"SNAPSHOT_BOT_DATABASE": "mysql://bot:hidden-p4ss@db/bot"}, r"mysql: isn't supported. Give sq"),
        ({"SNAPSHOT_BOT_DATABASE": "postgresql://bot:hidden-p4ss@db.invalid/bot"}, r"no such host\. Correct the name"),
        ({"SNAPSHOT_BOT_LISTEN": "no-such-host.invalid:8080"}, r"can't be listened on \(.*\)\. Choose a free port"),
        ({"SNAPSHOT_BOT_CLOUDS": "prod"}, r"names 'prod', but there is no clouds\.yaml: write one"),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
async def test_a_wrong_setting_is_named_with_its_fix(world, tmp_path, changes, says):
    """Each ends `serve` with 78 and a sentence that names the setting and the next step."""
    said = await refused(world.environ | changes, tmp_path)
    assert re.search(says, said, re.DOTALL), said
    assert "hidden-p4ss" not in said


async def test_where_the_log_is_text_it_is_said_in_words(tmp_path):
    """One line for a person, and no JSON."""
    async with serving({"SNAPSHOT_BOT_LOG_FORMAT": "text"}, tmp_path, up=False) as bot, asyncio.timeout(60):
        assert await bot.wait() == 78
    assert bot.err.startswith("Error: ")
    assert "SLACK_BOT_TOKEN (or SLACK_BOT_TOKEN_FILE) is not set" in bot.err
    assert "bot.not_started" not in bot.err


async def test_at_a_terminal_it_is_said_in_words(tmp_path):
    """Who types `serve` reads words, though the log would be JSON."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "serve"), env=surroundings({}, tmp_path), cwd=tmp_path, stderr=theirs
    )
    os.close(theirs)
    async with asyncio.timeout(60):
        assert await process.wait() == 78
    assert os.read(ours, 10_000).decode().startswith("Error: ")
    os.close(ours)


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
        assert why in warning["error"] or "no answer within 3 s" in warning["error"]  # a busy machine
        assert "snapshot-bot doctor" in warning["fix"]
        assert "not-the-one" not in bot.err
        assert (await bot.get("/readyz")).status_code == 200
        async with asyncio.timeout(60):
            while True:
                status = await bot.get("/status")
                cloud = status.json()["clouds"]["default"]
                if why in cloud["look"]["why"]:
                    break
        assert status.status_code == 503
        assert (cloud["login"]["ok"], cloud["look"]["ok"]) == (False, False)
        assert cloud["look"]["seen"] is None


TOKENS = [
    ("auth.test", "invalid_auth"),
    ("auth.test", "not_authed"),
    ("auth.test", "account_inactive"),
    ("auth.test", "token_revoked"),
    ("auth.test", "token_expired"),
    ("auth.test", "not_allowed_token_type"),
    ("apps.connections.open", "invalid_auth"),
    ("apps.connections.open", "missing_scope"),
    ("apps.connections.open", "not_allowed_token_type"),
]


@pytest.mark.parametrize(("method", "code"), TOKENS)
async def test_a_token_that_slack_refuses_is_the_end(world, method, code):
    """Whatever Slack calls it: waiting can't fix it, and the text says which token and where the right one is."""
    await world.slack.fault("error", method=method, error=code)
    token = "SLACK_BOT_TOKEN" if method == "auth.test" else "SLACK_APP_TOKEN"
    with pytest.raises(ConfigError, match=rf"Slack does not accept {token} \({code}\)\..*api\.slack\.com/apps"):
        async with running(Settings.read(world.environ), world.environ):
            pytest.fail("it starts")


HICCUPS = [
    {"name": "error_500"},
    {"name": "error_502_html"},
    {"name": "ratelimited", "retry_after": 1},
    {"name": "drop_before"},
    {"name": "drop_after"},
    {"name": "error", "error": "team_added_to_org"},
    {"name": "error", "error": "a_code_of_next_year"},
]


@pytest.mark.parametrize("hiccup", HICCUPS, ids=lambda h: h.get("error", h["name"]))
@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
async def test_it_starts_while_slack_hiccups(world, method, hiccup):
    """It is up at once, says in /status what Slack said, and comes in by itself as soon as Slack answers."""
    await world.slack.fault(**hiccup, method=method, times=2)
    async with started(world):
        await world.slack.wait_for_app()
        reply = await world.user("ana").command_reply("/snapshot help")
        assert "What you can do now" in reply.text
        async with asyncio.timeout(60):  # a busy machine may have said meanwhile that it can't save
            while (status := await world.get("/status")).status_code != 200:
                pass
        assert status.json()["slack"]["ok"] is True


@pytest.mark.parametrize("hiccup", HICCUPS[:4], ids=lambda h: h["name"])
async def test_it_starts_over_http_while_slack_hiccups(tmp_path, hiccup):
    """Until Slack has said who the bot is, deliveries are put off with 503 and it isn't ready; then they are taken."""
    async with a_world(tmp_path, http=True, start=False) as world:
        await world.slack.fault(**hiccup, method="auth.test", times=10_000)
        async with started(world, http=True):
            ready, status = await world.get("/readyz"), await world.get("/status")
            assert (ready.status_code, status.status_code) == (503, 503)
            assert status.json()["database"]["ok"] is True
            assert world.slack.app.request_url is not None
            async with httpx.AsyncClient(verify=False) as http:
                assert (await http.post(world.slack.app.request_url)).status_code == 503
            world.slack.site.faults.clear()
            async with asyncio.timeout(60):
                ready = await world.get("/readyz")
                while ready.status_code != 200:
                    ready = await world.get("/readyz")
            reply = await world.user("ana").command_reply("/snapshot help")
            assert "What you can do now" in reply.text


@pytest.mark.telling
async def test_without_slack_it_follows_what_is_in_the_cloud(tmp_path, database_in):
    """A snapshot that was begun is followed to its end in the record, and told once Slack is there again."""
    database = {"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with a_world(tmp_path, start=False, snapshot_seconds=0.3, environ=database) as world:
        async with started(world):
            world.cloud.break_next("slow", on="create", seconds=0.1)
            card = await world.ask("ana", "while-slack-is-away")
            await world.approve("ben", card)
            await card.wait_for("Creating", seconds=60)
        for method in ("auth.test", "apps.connections.open", "chat.postMessage", "chat.update"):
            await world.slack.fault("error_500", method=method, times=10_000)
        async with started_without_slack(world):
            async with asyncio.timeout(60):
                metrics = await world.get("/metrics")
                while f'snapshot_bot_requests{{state="{State.AVAILABLE}"}} 1.0' not in metrics.text:
                    metrics = await world.get("/metrics")
            slack = (await world.get("/status")).json()["slack"]
            assert (slack["ok"], slack["why"]) == (False, "Slack: internal_error (HTTP 500)")
            assert (await world.get("/readyz")).status_code == 200
            assert "Available" not in card.text
            world.slack.site.faults.clear()
            await world.slack.wait_for_app(seconds=60)
            await card.wait_for("Available", seconds=60)


async def test_with_a_dead_address_for_slack_it_starts_and_stays(world, tmp_path):
    """No name, no route, no listener: that may pass, so the bot stays up and says so; SIGTERM ends it with 0."""
    async with serving(world.environ | {"SLACK_API_URL": "http://127.0.0.1:9/"}, tmp_path) as bot:
        status = await bot.get("/status")
        assert status.status_code == 503
        assert status.json()["slack"]["why"] == "no connection to Slack: ClientConnectorError"
        assert (await bot.get("/healthz")).status_code == 200
        assert (await bot.get("/readyz")).status_code == 200
        assert await bot.end(signal.SIGTERM) == 0
        assert "Traceback" not in bot.err
        assert (bot.events[-1]["event"], bot.events[-1]["clean"]) == ("bot.stopped", True)


@pytest.fixture
def a_terminal() -> Iterator[None]:
    """Let SIGHUP mean what it means at a terminal, also where the tests themselves run under `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("a_terminal")
async def test_a_lost_terminal_stops_it_as_sigterm_does(world, tmp_path):
    """SIGHUP: everything is closed, the log says so last, and the exit code is 0."""
    async with serving(world.environ, tmp_path) as bot:
        assert await bot.end(signal.SIGHUP) == 0
    assert [event["event"] for event in bot.events if event["event"].startswith("bot.")] == [
        "bot.started",
        "bot.stopping",
        "bot.stopped",
    ]
    assert bot.events[-1]["clean"] is True


@pytest.mark.usefixtures("a_terminal")
def test_nohup_is_respected():
    """Who starts it with `nohup` wants it to outlive the terminal."""
    assert signal.SIGHUP in stopping_signals()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert [*stopping_signals()] == [signal.SIGTERM, signal.SIGINT]


async def test_a_token_refused_after_an_outage_ends_it_with_78(world, tmp_path):
    """Slack was away at the start; the first time that it answers it refuses the token: an operator must act."""
    await world.slack.fault("error_500", method="auth.test", times=2)
    async with serving(world.environ | {"SLACK_BOT_TOKEN": "xoxb-wrong"}, tmp_path) as bot:
        async with asyncio.timeout(60):
            assert await bot.wait() == 78
        ended = bot.events[-1]
        assert (ended["event"], ended["exit_code"]) == ("bot.ended", 78)
        assert "Slack does not accept SLACK_BOT_TOKEN (invalid_auth)" in ended["cause"]
        assert "Traceback" not in bot.err


async def test_a_database_that_is_locked_or_served_may_be_free_again(world, tmp_path):
    """That passes, so it is worth another start: exit code 1, not 78."""
    holder = sqlite3.connect(tmp_path / "bot.db")
    holder.execute("BEGIN IMMEDIATE")
    said = await refused(world.environ, tmp_path, code=1)
    holder.close()
    assert "is locked by another program. End what is writing to it, and start again." in said


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
        assert (await bot.get("/status")).status_code == 200


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
async def test_with_nothing_but_the_environment_a_request_becomes_available(tmp_path, database_in, http, login):
    """Both ways to Slack, all three ways into the cloud: from the form to AVAILABLE, in a process of its own."""
    database = {"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with a_world(tmp_path, http=http, start=False, snapshot_seconds=0.2, environ=database) as world:
        environ = {k: v for k, v in world.environ.items() if not k.startswith("OS_")} | LOGINS[login](world.cloud)
        async with serving(environ, tmp_path, forked=False) as bot:
            if http:
                world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            card = await world.ask("ana", "by-environment")
            await world.approve("ben", card)
            await card.wait_for("Available", seconds=60)
            assert f'snapshot_bot_requests{{state="{State.AVAILABLE}"}} 1.0' in (await bot.get("/metrics")).text
        world.slack.app.request_url = None
    (made,) = [s for s in world.cloud.project.snapshots.values() if s.name == "by-environment"]
    assert made.outcome == "AVAILABLE"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            {"SLACK_APP_ID": "A0000WRONG"},
            r"SLACK_APP_ID is A0000WRONG, but SLACK_BOT_TOKEN belongs to the app A00000APP\.",
        ),
        (
            {"SLACK_APP_TOKEN": "xapp-1-A0000OTHER-1-f0"},
            r"SLACK_APP_TOKEN belongs to the app A0000OTHER, and SLACK_BOT_T",
        ),
    ],
    ids=["id", "app token"],
)
async def test_another_apps_id_or_token_is_refused(world, tmp_path, change, says):
    """Deliveries of the right app would all be taken for another's; doctor says the same, in one line."""
    said = await refused(world.environ | change, tmp_path)
    assert re.search(says, said), said
    (wrong,) = [c for c in await examine(world.environ | change) if not c.ok and "app" in c.fix]
    assert re.search(says, wrong.fix)


async def test_an_app_id_that_slack_does_not_tell_is_taken_from_the_settings(tmp_path):
    """Without the right to ask (bots.info), what the settings say holds, and the bot works."""
    async with a_world(tmp_path, http=True, start=False) as world:
        await world.slack.fault("error", method="bots.info", error="missing_scope", times=10)
        async with started(world, http=True):
            assert "What you can do now" in (await world.user("ana").command_reply("/snapshot help")).text


async def test_a_variable_that_nobody_reads_is_a_warning(world, tmp_path):
    """A slip keeps nothing from starting: the log has the nearest name, and nothing of the value; so has doctor."""
    environ = world.environ | {"SNAPSHOT_BOT_CHANEL": "secret-word", "SNAPSHOT_BOT_PORT": "tcp://10.0.0.1:8080"}
    async with serving(environ, tmp_path) as bot:
        (warning,) = [e for e in bot.events if e["event"] == "setting.unknown"]
    assert (warning["variable"], warning["nearest"]) == ("SNAPSHOT_BOT_CHANEL", "SNAPSHOT_BOT_CHANNEL")
    assert "secret-word" not in bot.err
    (line,) = [c.what for c in await examine(environ) if "CHANEL" in c.what]
    assert line.endswith("has no effect; did you mean SNAPSHOT_BOT_CHANNEL?")
