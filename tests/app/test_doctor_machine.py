"""`snapshot-bot doctor` and the machine: where it will listen, what it writes to, who can read secrets, what is set."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from types import SimpleNamespace

import pytest

from bot import file_modes
from bot.admin import administering
from bot.checks import Check
from bot.core.ids import ChannelId
from bot.doctor import examine
from tests.harness.certificates import self_signed
from tests.harness.running import a_world, give_roles, started
from tests.harness.serving import serving


@pytest.fixture
async def place(tmp_path):
    """Both far ends, and no bot."""
    async with a_world(tmp_path, start=False) as world:
        yield world


@pytest.fixture
def in_the_open() -> Iterator[Path]:
    """A folder that everybody on this machine can go into, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


async def only(environ: dict[str, str], code: str) -> Check:
    """Return the one check that fails."""
    found = [c for c in await examine(environ) if not c.ok]
    assert [c.code for c in found] == [code], found
    return found[0]


# Where it listens


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which something else listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


async def test_a_port_that_another_program_has(place, taken):
    """It is found by listening, and whose setting it is, is said."""
    check = await only(place.environ | {"SNAPSHOT_BOT_LISTEN": f"127.0.0.1:{taken}"}, "listen")
    assert check.what == f"Listening: SNAPSHOT_BOT_LISTEN, 127.0.0.1:{taken}: can't be listened on"
    assert check.fix == "Another program listens there: stop it, or choose another port in SNAPSHOT_BOT_LISTEN."


async def test_the_port_for_operators_is_tried_as_well(tmp_path, taken):
    """In HTTP mode there are two."""
    async with a_world(tmp_path, start=False, http=True) as world:
        check = await only(world.environ | {"SNAPSHOT_BOT_OPERATIONS_LISTEN": f"127.0.0.1:{taken}"}, "listen")
    assert "SNAPSHOT_BOT_OPERATIONS_LISTEN" in check.fix


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_the_ports_of_the_bot_that_runs_are_no_failure(tmp_path, http):
    """It is said who has them; without it they are free."""
    variables = ("SNAPSHOT_BOT_LISTEN", "SNAPSHOT_BOT_OPERATIONS_LISTEN")[: 2 if http else 1]
    with ExitStack() as servers:
        tried = [servers.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in variables]
        addresses = {v: f"127.0.0.1:{s.getsockname()[1]}" for v, s in zip(variables, tried, strict=True)}
    async with a_world(tmp_path, start=False, http=http, environ=addresses) as world:
        async with serving(world.environ, tmp_path) as bot:
            found = await examine(world.environ)
            assert all(c.ok for c in found), found
            assert [c.what for c in found if c.code == "listen"] == [
                f"Listening: {v}, {a}: taken by the bot that runs (process {bot.process.pid})"
                for v, a in addresses.items()
            ]
        free = [c.what for c in await examine(world.environ) if c.code == "listen"]
        assert free == [f"Listening: {v}, {a} is free" for v, a in addresses.items()]


async def test_another_bots_port_is_not_ours(place, tmp_path):
    """Of two with a database each, only one can have it."""
    (other := tmp_path / "other").mkdir()
    async with serving(place.environ | {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{other}/bot.db"}, tmp_path) as bot:
        check = await only(place.environ | {"SNAPSHOT_BOT_LISTEN": f"127.0.0.1:{bot.port}"}, "listen")
    assert check.fix.startswith("Another program listens there")


@pytest.mark.parametrize(
    ("host", "fix"),
    [
        ("192.0.2.1", "192.0.2.1 is not an address of this machine: give one in SNAPSHOT_BOT_LISTEN, or 0.0.0.0"),
        ("nobody.invalid", "There is no host nobody.invalid: give an address of this machine"),
    ],
)
async def test_an_address_of_no_machine_or_another(place, host, fix):
    """Documentation's own addresses and names are nobody's."""
    assert fix in (await only(place.environ | {"SNAPSHOT_BOT_LISTEN": f"{host}:8080"}, "listen")).fix


async def test_a_port_for_root_alone(place, monkeypatch):
    """What the system says to anybody else below 1024."""

    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.create_server", refuse)
    check = await only(place.environ | {"SNAPSHOT_BOT_LISTEN": "127.0.0.1:80"}, "listen")
    assert "Only root may listen on a port below 1024" in check.fix


# What it writes to


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.EROFS, "It is mounted read-only"),
        (errno.ENOSPC, "The disk is full"),
        (errno.EDQUOT, "has used up the disk quota"),
        (errno.EIO, "Look at the disk"),
    ],
)
async def test_a_folder_that_takes_no_data(place, monkeypatch, tmp_path, number, fix):
    """Found by writing there, whatever its rights say."""

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("bot.database_checks.os.fsync", refuse)
    check = await only(place.environ, "database-folder")
    assert check.what == f"Database: nothing can be written to {tmp_path} ({os.strerror(number)})"
    assert fix in check.fix


async def test_nothing_is_left_in_the_folder(place, tmp_path):
    """What was written to try it is gone again."""
    before = {f.name for f in tmp_path.iterdir()}
    assert all(c.ok for c in await examine(place.environ))
    assert {f.name for f in tmp_path.iterdir()} - before <= {"bot.db-wal", "bot.db-shm"}


async def test_a_disk_that_is_nearly_full(place, monkeypatch):
    """With how much there is and how much it should be."""
    monkeypatch.setattr(
        "bot.database_checks.os.statvfs", lambda _: SimpleNamespace(f_bavail=9000, f_frsize=1000, f_flag=0)
    )
    check = await only(place.environ, "disk-room")
    assert check.what.startswith("Disk: 9 MB are free beside ")
    assert "Make room for 100 MB at least" in check.fix


# Who can read it


async def test_a_database_that_everybody_can_read(tmp_path, in_the_open):
    """All that people asked for and why is in it; the command that closes it does."""
    async with a_world(in_the_open, start=False) as world:
        (file := in_the_open / "bot.db").chmod(0o644)
        check = await only(world.environ, "database-mode")
        assert check.what == f"Database: {file}: everybody on this machine can open it (mode 644)"
        assert check.fix == f"Run `chmod 600 {file}`."
        file.chmod(0o600)
        assert all(c.ok for c in await examine(world.environ))
        file.chmod(0o644)
        in_the_open.chmod(0o700)  # nobody gets to it
        assert all(c.ok for c in await examine(world.environ))


async def test_secrets_in_files_that_everybody_can_read(place, in_the_open):
    """Of `NAME_FILE`, of clouds, and a key beside a certificate: each by its path, with what is in it."""
    token = in_the_open / "bot token"
    token.write_text(place.environ["SLACK_BOT_TOKEN"])
    clouds = in_the_open / "clouds.yaml"
    clouds.write_text("clouds: {other: {auth: {password: geheim}}}")
    harmless = in_the_open / "channel"
    harmless.write_text(place.environ["SNAPSHOT_BOT_CHANNEL"])
    key = self_signed(in_the_open)
    for file in (token, clouds, harmless, key):
        file.chmod(0o644)
    environ = {k: v for k, v in place.environ.items() if k not in ("SLACK_BOT_TOKEN", "SNAPSHOT_BOT_CHANNEL")} | {
        "SLACK_BOT_TOKEN_FILE": str(token),
        "SNAPSHOT_BOT_CHANNEL_FILE": str(harmless),
        "OS_CLIENT_CONFIG_FILE": str(clouds),
        "OS_CACERT": str(key),
    }
    found = [c for c in await examine(environ) if not c.ok]
    assert {c.code for c in found} == {"secret-file"}
    assert {c.what for c in found} == {
        f"{token} holds SLACK_BOT_TOKEN, and everybody on this machine can open it (mode 644)",
        f"{clouds} holds a cloud's secret, and everybody on this machine can open it (mode 644)",
        f"{key} holds a private key, and everybody on this machine can open it (mode 644)",
    }
    assert any(f"Run `chmod 600 '{token}'`. If anybody" in c.fix for c in found)
    for file in (token, clouds, key):
        file.chmod(0o600)
    assert all(c.ok for c in await examine(environ))


@pytest.mark.parametrize(
    ("us", "group", "command"),
    [
        ("owner", "another", "chmod 600 {file}"),
        ("another", "owner", "chmod 640 {file}"),
        ("another", "another", "chown 4711 {file} && chmod 600 {file}"),
    ],
)
def test_a_file_is_closed_so_that_the_bot_can_still_read_it(tmp_path, monkeypatch, us, group, command):
    """Its own by mode alone, a group's for the group, another's by taking it over."""
    (file := tmp_path / "token").touch(0o644)
    os.chown(file, os.geteuid(), os.getegid())
    found = file.stat()
    monkeypatch.setattr("bot.file_modes.os.geteuid", lambda: found.st_uid if us == "owner" else 4711)
    monkeypatch.setattr("bot.file_modes.os.getegid", lambda: found.st_gid if group == "owner" else 4711)
    monkeypatch.setattr("bot.file_modes.os.getgroups", list)
    assert file_modes.closing(file) == command.format(file=file)


# What is set


async def test_what_is_set_is_told_by_name_alone(place, tmp_path):
    """Variables, the paths of files, proxies by their host; never what is secret."""
    (file := tmp_path / "token").write_text(place.environ["SLACK_BOT_TOKEN"])
    environ = {k: v for k, v in place.environ.items() if k != "SLACK_BOT_TOKEN"} | {
        "SLACK_BOT_TOKEN_FILE": str(file),
        "HTTPS_PROXY": "http://me:geheim@proxy.example:3128",
        "NO_PROXY": "intern.example,10.0.0.0/8",
    }
    checks = {c.code: c.what for c in await examine(environ)}
    assert f"SLACK_BOT_TOKEN_FILE ({file}), SLACK_APP_TOKEN, " in checks["settings-used"]
    assert "OS_PASSWORD" in checks["settings-used"]
    assert checks["proxies"] == "Proxies: HTTPS_PROXY (proxy.example:3128), none for intern.example 10.0.0.0/8"
    told = " ".join(checks.values())
    assert not [secret for secret in ("geheim", place.cloud.password, "xoxb-", "xapp-") if secret in told]


async def test_what_is_set_is_told_where_the_settings_are_wrong(place):
    """Then it matters most; a token in the place of a path isn't repeated."""
    environ = place.environ | {"SLACK_BOT_TOKEN": "", "SLACK_BOT_TOKEN_FILE": "xoxb-pasted"}
    checks = await examine(environ)
    assert "SLACK_BOT_TOKEN_FILE, " in next(c.what for c in checks if c.code == "settings-used")
    assert "pasted" not in str(checks)


# Whom it names


async def test_people_who_cannot_act_are_named_once_each(place):
    """In settings and grants: nobody, a guest, an app, another company's, one who left; with whose move it is."""
    await give_roles(place.environ, place.slack, {"gus": ["request", "approve"], "dora": ["request"]})
    ids = {who: place.user(who).id for who in ("gus", "dora", "otto", "deploybot")}
    admins = f"{place.environ['SNAPSHOT_BOT_ADMINS']},U0NOBODY,{ids['otto']},{ids['deploybot']},{ids['gus']}"
    found = {c.what: c.fix for c in await examine(place.environ | {"SNAPSHOT_BOT_ADMINS": admins}) if not c.ok}
    assert list(found) == [
        "U0NOBODY: Slack knows of no such account here",
        f"{ids['otto']} (@otto): another company's account, which the bot refuses",
        f"{ids['deploybot']} (@deploybot): an app's account, which the bot refuses",
        f"{ids['gus']} (@gus): a guest's account, which the bot refuses",
        f"{ids['dora']} (@dora): a deactivated account",
    ]
    assert found["U0NOBODY: Slack knows of no such account here"] == (
        "Correct U0NOBODY in SNAPSHOT_BOT_ADMINS, or take it out."
    )
    gus = found[f"{ids['gus']} (@gus): a guest's account, which the bot refuses"]
    assert "SNAPSHOT_BOT_ADMINS" in gus
    assert f"snapshot-bot revoke {ids['gus']} CLUSTER" in gus


async def test_channels_of_rules_are_tried_too(place):
    """Each once, with whose rule names it."""
    async with administering(place.environ) as admin:
        for name in ("dwh-dev", "dwh-prod"):
            await admin.rule(await admin.scope(name), channel=ChannelId("C0NOWHERE"))
    check = await only(place.environ, "slack-channel")
    assert check.what.startswith("Channel C0NOWHERE (by the rule of default/")
    assert check.what.count("default/") == 2
    assert "/invite" in check.fix


async def test_so_many_are_not_asked_about_all(place):
    """Slack takes so many questions a minute, and the bot that runs has its own; that some are left out is said."""
    many = ",".join(f"U{number:07}" for number in range(60))
    people = [c for c in await examine(place.environ | {"SNAPSHOT_BOT_ADMINS": many}) if c.code == "slack-person"]
    assert people[0].what == "People: 0 in settings and grants can act; 24 more were not asked about"
    assert len(people) == 41
    assert sum(e["what"] == "users.info" for e in place.slack.site.exchanges.list()) == 40


async def test_cards_that_cannot_be_edited_are_counted(place, tmp_path):
    """The bot goes on without them, and an operator can change what Slack's settings forbid."""
    async with started(place):
        await place.ask("ana", "frozen-1")
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database:
        database.execute("UPDATE messages SET frozen = 1")
        database.commit()
    (check,) = [c for c in await examine(place.environ) if c.code == "cards"]
    assert check.ok
    assert check.what.startswith("Cards: 1 open request has a card that Slack doesn't let the bot edit")


async def test_what_a_restore_left_unsent_is_counted(place, tmp_path):
    """By `doctor` and by `/status`: the log alone is read by nobody."""
    async with started(place):
        await place.ask("ana", "unsent-1")
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database, database:
        database.execute("UPDATE requests SET as_of = created_at, state = 'AVAILABLE', due_at = NULL")
        database.execute("UPDATE messages SET ts = NULL, due_at = NULL, lease_until = NULL")
    (check,) = [c for c in await examine(place.environ) if c.code == "messages-not-sent"]
    assert check.ok
    assert check.what.startswith("Messages: of 1 request one was not sent after a restore, since the bot may not look")
    assert "channels:history" in check.what
    async with started(place):
        assert (await place.get("/status")).json()["not_sent"] == 1


async def test_approvers_whom_nobody_can_tell_are_named(place, tmp_path):
    """While a request waits for them; an admin can ask them, or give the right to somebody else."""
    async with started(place):
        await place.ask("ana", "untold-1")
    with closing(sqlite3.connect(tmp_path / "bot.db")) as database, database:
        for user in ("U0LOST001", "U0LOST002"):
            row = "SELECT request_id, 'copy', ?, ?, 1, 1 FROM messages WHERE kind = 'card'"
            into = "INSERT INTO messages (request_id, kind, recipient, channel, ready, frozen)"
            database.execute(f"{into} {row}", (user, user))
    (check,) = [c for c in await examine(place.environ) if c.code == "approvers-not-told"]
    assert not check.ok
    assert check.what.startswith("Approvers: U0LOST001, U0LOST002 can't be sent a direct message")
    assert "somebody else" in check.fix
