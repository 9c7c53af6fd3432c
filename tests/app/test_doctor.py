"""`snapshot-bot doctor`: a line for each check, and for each that fails the fix."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

import bot
from bot.clouds import CLOUD_VARIABLES
from bot.config import VARIABLES
from bot.doctor import Check, examine
from bot.manifest import needed_scopes
from bot.parts import GROUPS, HISTORY, MESSAGES, PARTS
from dws_sandbox import DwsSimulator
from slack_sandbox.app import LEAST_SCOPES, App
from slack_sandbox.sandbox import Sandbox
from tests.harness.running import World, environment, give_roles, started
from tests.harness.serving import command

HOUSE = Path(bot.__file__).parent
SLACK_LINES = {
    "Slack's bot token",
    "Slack's scopes",
    "Slack's app token",
    "Slack's part history",
    "Slack's part messages",
    "Slack's part groups",
}
SLACK_LINES |= {"Channel", "People"}


@asynccontextmanager
async def a_place(folder, *, app: App | None = None, roles=None):
    """Start both far ends, with grants in the database; the bot itself isn't started."""
    async with DwsSimulator() as cloud, Sandbox(app or App()) as slack:
        environ = environment(slack, cloud, folder)
        await give_roles(environ, slack, {"ana": ["request"], "ben": ["approve"]} if roles is None else roles)
        yield World(slack, cloud, environ)


@pytest.fixture
async def place(tmp_path):
    async with a_place(tmp_path) as place:
        yield place


def failing(checks: list[Check]) -> list[Check]:
    """Return the checks that failed; each of them has a fix, and no other has."""
    assert all(bool(c.fix) != c.ok for c in checks)
    return [c for c in checks if not c.ok]


async def only_failure(environ) -> Check:
    """Return the one check that fails with *environ*."""
    (check,) = failing(await examine(environ))
    return check


async def test_all_is_well(place):
    """Settings, database, both tokens, scopes, channel and cloud: each has its line, with what was found."""
    checks, cloud = await examine(place.environ), place.cloud
    assert failing(checks) == []
    path = place.environ["SNAPSHOT_BOT_DATABASE"].removeprefix("sqlite:///")
    assert [c.what for c in checks] == [
        "Settings: Socket Mode",
        f"Set: {', '.join(n for n in (*VARIABLES, *CLOUD_VARIABLES) if n in place.environ)}",
        "Listening: SNAPSHOT_BOT_LISTEN, 127.0.0.1:0, any free port",
        f"Database: {path}, 2 grants, 2 entries on record, unaltered",
        "Admins of every cluster: only those of SNAPSHOT_BOT_ADMINS",
        "Slack's bot token: snapshots in Acme",
        f"Slack's scopes: {', '.join(sorted(needed_scopes()))}",
        f"Slack's part history: without channels:history, groups:history {HISTORY.without}. {HISTORY.remedy}",
        f"Slack's part messages: without app_mentions:read, im:history {MESSAGES.without}. {MESSAGES.remedy}",
        f"Slack's part groups: without usergroups:read {GROUPS.without}. {GROUPS.remedy}",
        "Slack's app token: Socket Mode can connect",
        f"Channel {place.environ['SNAPSHOT_BOT_CHANNEL']}",
        "People: 3 in settings and grants can act",
        f"Cloud default: {cloud.username} in project eu-de ({cloud.project_id}) at {cloud.url}: 7 clusters",
        "Clock: agrees with that of Slack, cloud default",
    ]


async def test_it_works_beside_a_running_bot(place):
    """The database is open twice and the socket isn't taken away; the bot goes on."""
    async with started(place):
        assert failing(await examine(place.environ)) == []
        card = await place.ask("ana", "beside-1")
        assert "Waiting for approval" in card.text


def test_it_needs_the_scopes_that_are_installed():
    """What doctor asks for is what the manifest's least installation has."""
    assert frozenset(LEAST_SCOPES) == needed_scopes()


@pytest.mark.parametrize(
    ("changes", "without"),
    [
        ({"SNAPSHOT_BOT_LISTEN": "8080"}, {"Listening"}),
        ({"SNAPSHOT_BOT_DATABASE": "xoxb-1-2"}, {"Database", "Admins of every cluster"}),
        ({"SLACK_BOT_TOKEN": "nonsense"}, SLACK_LINES),
        ({"SLACK_BOT_TOKEN": ""}, SLACK_LINES),
        ({"SLACK_API_URL": "no address"}, SLACK_LINES),
        ({"SLACK_APP_TOKEN": ""}, {"Slack's app token"}),
        ({"SLACK_APP_TOKEN": "nonsense"}, {"Slack's app token"}),
        ({"SNAPSHOT_BOT_CHANNEL": "dwh-ops"}, {"Channel"}),
        ({"SNAPSHOT_BOT_ADMINS": "cleo"}, {"Admins of every cluster"}),
        ({"SNAPSHOT_BOT_POLL_SECONDS": "often"}, set()),
    ],
    ids=lambda v: " ".join(v) if isinstance(v, dict) else "",
)
async def test_what_can_be_used_of_wrong_settings_is_checked_all_the_same(place, changes, without):
    """A setting that can't be used is said first, and ends only the checks that need it: no other line is untrue."""
    names = {check.what.partition(":")[0].split(" C")[0] for check in await examine(place.environ)}
    checks = await examine(place.environ | changes)
    (settings,) = failing(checks)
    assert (checks[0], settings.what) == (settings, "Settings")
    assert next(iter(changes)) in settings.fix
    found = {check.what.partition(":")[0].split(" C")[0] for check in checks}
    assert found - {"Channels"} == names - without


@pytest.mark.parametrize(
    ("changes", "what", "fix"),
    [
        (
            {"SNAPSHOT_BOT_DATABASE": "sqlite:////no/such/bot.db"},
            "Database",
            "no database at /no/such/bot.db",
        ),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack's bot token", "Copy the Bot User OAuth Token"),
        ({"SLACK_APP_TOKEN": "xapp-wrong"}, "Slack's app token", "Generate an app-level token"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/"}, "Slack's bot token", "Slack isn't answering"),
        ({"SNAPSHOT_BOT_CHANNEL": ""}, "Channel: no default for cards", "Set SNAPSHOT_BOT_CHANNEL, or give each"),
        ({"SNAPSHOT_BOT_CHANNEL": "C0000NOPE"}, "Channel C0000NOPE", "invite me with /invite @snapshots"),
        ({"OS_PASSWORD": "wrong"}, "Cloud default: ", "Check user, password and domain"),
        ({"OS_AUTH_URL": "http://127.0.0.1:9/v3"}, "Cloud default: ", "Check OS_AUTH_URL"),
        ({"OS_PROJECT_NAME": "eu-nl"}, "Cloud default: ", "that the project and the region exist"),
        ({"DWS_ENDPOINT": "{slack}"}, "Cloud default: ", "what answers there is no DWS"),
        ({"OS_USERNAME": ""}, "Cloud", "OS_USERNAME is missing"),
    ],
    ids=lambda v: next(iter(v)) if isinstance(v, dict) else "",
)
async def test_each_fault_is_found_with_its_fix(place, changes, what, fix):
    """One thing is wrong: one line says so, and says how to fix it."""
    changes = {name: value.format(slack=place.slack.origin) for name, value in changes.items()}
    check = await only_failure(place.environ | changes)
    assert check.what.startswith(what)
    assert "this request waits" not in check.fix
    assert fix in check.fix
    assert "xoxb-" not in check.what + check.fix.replace("(xoxb-…)", "")


async def test_missing_scopes_are_named(tmp_path):
    """Scopes that the installation lacks, and where they are added."""
    app = App(scopes=("commands", "chat:write", "users:read", "channels:read"))
    async with a_place(tmp_path, app=app) as place:
        check = await only_failure(place.environ)
    assert check.what == "Slack's scopes: chat:write.public, groups:read missing"
    assert "install the app again" in check.fix


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
async def test_each_part_is_there_or_says_what_it_lacks(tmp_path, part):
    """A part that Slack didn't grant whole is no failure: the line has its scope, what follows, and how to get it."""
    for granted in (part.scopes, part.scopes[1:]):
        async with a_place(tmp_path, app=App(scopes=(*LEAST_SCOPES, *granted))) as place:
            checks = await examine(place.environ)
        assert failing(checks) == []
        [line] = [c.what for c in checks if c.what.startswith(f"Slack's part {part.name}:")]
        assert ("install the app again" in line) is (granted != part.scopes)
        assert ("without" in line) is (granted != part.scopes)
        assert part.scopes[0] in line
        assert (f"snapshot-bot manifest --with {part.name}" in line) is (granted != part.scopes)


async def test_an_archived_channel_is_found(place):
    """A default channel that nobody can post to any more."""
    place.slack.admin.archive("dwh-ops")
    assert "archived" in (await only_failure(place.environ)).fix


async def test_a_permission_that_the_cloud_account_lacks(place):
    """403 from the cloud: the login is good, the right is missing."""
    for kind in ("clusters", "list"):
        place.cloud.break_next("denied", on=kind)
        check = await only_failure(place.environ)
        assert check.what.startswith("Cloud default: ")
        assert "dws:openAPICluster:list and dws:openAPISnapshot:list" in check.fix


async def test_access_keys(place):
    """With AK/SK the cloud's line says so without showing a key."""
    environ = {k: v for k, v in place.environ.items() if not k.startswith("OS_")} | place.cloud.env_aksk()
    (cloud,) = [c for c in await examine(environ) if c.what.startswith("Cloud")]
    assert cloud.ok
    assert place.cloud.sk not in cloud.what


async def test_nobody_has_rights_yet(tmp_path):
    """A fresh database: who is missing, and the command for the first grant; with a `*` grant all is well."""
    async with a_place(tmp_path, roles={}) as place:
        found = failing(await examine(place.environ | {"SNAPSHOT_BOT_ADMINS": ""}))
        assert [c.what for c in found] == [
            "Admins of every cluster: nobody",
            "Rights: nobody may request yet",
            "Rights: nobody may approve yet",
        ]
        assert "SNAPSHOT_BOT_ADMINS" in found[0].fix
        assert "snapshot-bot grant U… CLUSTER --role approve" in found[2].fix
        await give_roles(place.environ, place.slack, {"ana": ["request", "approve", "admin"]}, cluster="*")
        assert failing(await examine(place.environ | {"SNAPSHOT_BOT_ADMINS": ""})) == []


async def test_as_a_command(place, tmp_path):
    """Marks and fixes for people, JSON for scripts; 0 where all is well, else 1; no colours into a pipe."""
    well = await command(place.environ, tmp_path, "doctor")
    assert (well.code, well.err) == (0, "")
    assert all(line.startswith("✔ ") for line in well.out.splitlines())
    ill = await command(place.environ | {"SLACK_BOT_TOKEN": "xoxb-wrong"}, tmp_path, "doctor")
    assert ill.code == 1
    assert "✖ Slack's bot token\n  Slack does not accept SLACK_BOT_TOKEN" in ill.out
    assert "\x1b" not in ill.out
    shown = await command(place.environ | {"OS_PASSWORD": "wrong-one"}, tmp_path, "doctor", "--json")
    assert shown.code == 1
    checks = json.loads(shown.out)
    assert [c["ok"] for c in checks].count(False) == 1
    assert {tuple(c) for c in checks} == {("code", "ok", "what", "fix")}
    assert [c["code"] for c in checks if not c["ok"]] == ["cloud"]
    assert "wrong-one" not in shown.out + shown.err
    assert "Traceback" not in well.err + ill.err + shown.err


async def test_a_record_that_was_altered_is_found(place):
    """The entries are chained: a changed one is named, with what to do."""
    database = sqlite3.connect(place.environ["SNAPSHOT_BOT_DATABASE"].removeprefix("sqlite:///"))
    try:
        for (trigger,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute("UPDATE audit SET actor = 'somebody else' WHERE rowid = 1")
        database.commit()
    finally:
        database.close()
    (broken,) = failing(await examine(place.environ))
    assert broken.what == "Record: broken at entry 1"
    assert "Compare with a backup" in broken.fix


def test_every_check_is_in_the_documents():
    """Each has a code, and the page says what it stands for."""
    sources = "".join(file.read_text("utf-8") for file in HOUSE.glob("*.py"))
    codes = {*re.findall(r'(?:Check|guarded)\(\s*"([a-z-]+)"', sources), "clock"}
    page = (HOUSE.parent / "docs" / "doctor.md").read_text("utf-8")
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| `")]
    assert {code for row in rows for code in re.findall(r"`([a-z-]+)`", row)} == codes
