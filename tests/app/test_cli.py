"""The commands as an operator types them: help, words, exit codes, JSON, and that each starts with what it needs."""

from __future__ import annotations

import asyncio
import getpass
import json
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner, Result

from bot import __version__
from bot.admin_words import request_row
from bot.cli import cli
from bot.core.ids import RequestId
from bot.core.request import SnapshotRequest, State
from bot.core.why import Code, Why
from bot.parts import PARTS
from bot.store import made, open_store
from tests.harness.facts import NOW, REF, a_request, in_state
from tests.harness.running import a_world
from tests.harness.serving import command, surroundings

ROOT = Path(__file__).resolve().parents[2]
ANA, BEN = "U00000ANA", "U00000BEN"
PROD = f"{REF.cloud}/{REF.id}"
COMMANDS = cli.list_commands(click.Context(cli))


@pytest.fixture
def run(tmp_path):
    """Run a command in this process, on a database of its own and with no other settings."""
    url = f"sqlite:///{tmp_path}/bot.db"
    environ = {"SNAPSHOT_BOT_DATABASE": url, "SNAPSHOT_BOT_DATABASE_FILE": None}
    asyncio.run(made(url))

    def run(*args: str, **more: str) -> Result:
        return CliRunner(env=environ | more).invoke(cli, args, prog_name="snapshot-bot")

    return run


def request_number(number: int, **fields: Any) -> SnapshotRequest:
    """Return a waiting request, asked for *number* minutes after the first."""
    asked = NOW + timedelta(minutes=number)
    times = {"created_at": asked, "updated_at": asked, "expires_at": asked + timedelta(hours=8)}
    return a_request(id=RequestId(f"R-TST{number}"), name=f"nightly-{number}", **times, **fields)


def keep(folder, *requests: SnapshotRequest) -> None:
    """Put *requests* into the database, as the bot would."""

    async def kept() -> None:
        async with open_store(f"sqlite:///{folder}/bot.db", exclusive=False) as store:
            for request in requests:
                await store.add(request, origin=request.id, entries=[], due_in=None)

    asyncio.run(kept())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(run, name):
    """`COMMAND --help` says in a sentence what it does, and has a line that can be copied."""
    shown = run(name, "--help")
    assert shown.exit_code == 0
    assert f"snapshot-bot {name}" in shown.output.partition("\n")[2]
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert len(command.get_short_help_str(100)) > 20


def test_the_help_lists_every_command_and_the_first_steps(run):
    """`--help` and `-h` name all commands, the demo first of all."""
    for flag in ("--help", "-h"):
        shown = run(flag)
        assert shown.exit_code == 0
        assert [name for name in COMMANDS if f"\n  {name} " not in shown.output] == []
        assert "snapshot-bot demo" in shown.output


def test_version(run):
    """`--version` prints the name and the version."""
    assert run("--version").output == f"snapshot-bot, version {__version__}\n"


@pytest.mark.parametrize(
    "args",
    [
        ["nonsense"],
        ["grant", ANA],
        ["grant", ANA, PROD, "--role", "owner"],
        ["rule", PROD, "--approvals", "21"],
        ["requests", "--limit", "0"],
        ["grants", "--yaml"],
        ["manifest", "--with", "nonsense"],
        ["manifest", "--http", "http://bot.example.com/slack/events"],
    ],
    ids=" ".join,
)
def test_wrong_use_is_2(run, args):
    """What click itself refuses ends with 2 and says how the command is used."""
    shown = run(*args)
    assert shown.exit_code == 2
    assert "Usage: snapshot-bot" in shown.output


def test_the_manifest_is_printed(run):
    """As the file; with URLs and scopes as they are asked for. What is printed is YAML that can be piped."""
    assert run("manifest").output == (ROOT / "manifest.yml").read_text(encoding="utf-8")
    url = "https://bot.example.com/slack/events"
    made = yaml.safe_load(run("manifest", "--http", url, "--with", "history, history").output)
    assert made["settings"]["event_subscriptions"]["request_url"] == url
    assert made["oauth_config"]["scopes"]["bot_optional"] == ["channels:history", "groups:history"]


def test_the_manifest_has_the_command_of_the_settings(run):
    """For a second bot in one workspace; one that Slack wouldn't take is a mistake of the settings."""
    made = yaml.safe_load(run("manifest", SNAPSHOT_BOT_COMMAND="/snapshot-dev").output)
    assert [command["command"] for command in made["features"]["slash_commands"]] == ["/snapshot-dev"]
    wrong = run("manifest", SNAPSHOT_BOT_COMMAND="snapshot-dev")
    assert (wrong.exit_code, "SNAPSHOT_BOT_COMMAND" in wrong.output) == (78, True)


def test_what_the_manifest_is_made_for_is_told(run):
    """Help has every part with its scopes; a wrong one hears which there are, and a wrong address how it is written."""
    shown = " ".join(run("manifest", "--help").output.split())
    assert [scope for part in PARTS for scope in (part.name, *part.scopes) if scope not in shown] == []
    refused = run("manifest", "--with", "history,nonsense,").output
    assert "no part is called nonsense. There are: history, messages, groups." in refused
    assert "Write it as https://HOST/slack/events." in run("manifest", "--http", "https://bot.example.com").output


def test_grants_from_the_first_to_the_last(run):
    """Given, given again, listed as table and as JSON, and taken back; each in a sentence.

    Here no cloud can be asked, so what is given isn't checked, and says so; taking back needs no cloud.
    """
    unchecked = "(not checked with the cloud)"
    ana, ben = (f"{user} (not checked with Slack)" for user in (ANA, BEN))
    assert "No grants yet. Give the first one: snapshot-bot grant" in run("grants").stdout
    assert json.loads(run("grants", "--json").stdout) == []
    assert run("grant", ANA, PROD, "--offline").stdout == f"{ana} may request on {PROD} {unchecked}\n"
    again = run("grant", ANA, PROD, "--offline").stdout
    assert again == f"{ana} may request on {PROD} {unchecked} (had that already)\n"
    no_token = "(not checked with Slack: SLACK_BOT_TOKEN is not set)"
    assert run("grant", BEN, "*", "--role", "approve").stdout == f"{BEN} {no_token} may approve on every cluster\n"
    every = run("grant", BEN, "default/*", "--role", "admin", "--offline").stdout
    assert every == f"{ben} may admin on every cluster of default {unchecked}\n"

    rows = json.loads(run("grants", "--json").stdout)
    assert {(r["user"], r["role"], r["cloud"], r["cluster_id"]) for r in rows} == {
        (ANA, "request", *PROD.split("/")),
        (BEN, "approve", "*", "*"),
        (BEN, "admin", "default", "*"),
    }
    assert {r["granted_by"] for r in rows} == {f"cli:{getpass.getuser()}"}
    table = run("grants").stdout.splitlines()
    assert table[0].split() == ["who", "role", "cluster", "until", "granted_by", "granted_at", "reason", "id"]
    assert len(table) == 4

    gone = run("revoke", BEN, "*", "--role", "approve").stdout.splitlines()
    assert gone == [
        f"{BEN}: 1 grant on every cluster taken back",
        f"{BEN} loses approve on {PROD}.",
        f"Nobody can approve a request on {PROD} any more.",
    ]
    nothing = run("revoke", BEN, "*")
    assert nothing.exit_code == 1
    assert f"{BEN} has no such grant on every cluster. `snapshot-bot grants` lists them." in nothing.output
    assert run("grant", ANA, PROD, "--role", "approve", "--offline").exit_code == 0
    gone = run("revoke", ANA, PROD).stdout.splitlines()
    assert gone[:2] == [f"{ANA}: 2 grants on {PROD} taken back", f"{ANA} loses request on {PROD}."]


@pytest.mark.parametrize("name", ["grant", "revoke"])
@pytest.mark.parametrize("user", ["@ana", "ana", "C024BE91L", "u024be7lh", "U024BE7LH "])
def test_a_wrong_user_id_says_where_the_right_one_is(run, name, user):
    """Names and channels aren't user ids; the message says where Slack shows one."""
    shown = run(name, user, PROD)
    assert shown.exit_code == 1
    assert f"{user} is not a Slack user id (U… or W…). In Slack: the person's profile" in shown.output
    assert "Traceback" not in shown.output
    assert json.loads(run("grants", "--json").stdout) == []


@pytest.mark.parametrize("scope", ["/", "default/", "/x"])
def test_a_wrong_scope_says_how_to_write_one(run, scope):
    """What is neither a name nor CLOUD/CLUSTER-ID is refused with the forms that are."""
    shown = run("grant", ANA, scope)
    assert shown.exit_code == 1
    assert "Write CLOUD/CLUSTER-ID, a cluster's name, or '*'." in shown.output


def test_rules_are_shown_and_set(run):
    """Without options the rule is shown, with them it is set, for a cluster or for more; it is listed and removed."""
    shown = f"{PROD} (not checked with the cloud):"
    wider, default = "as a wider rule says, else one approval", "the channel of a wider rule, or the default one"
    one = "one approval by anybody who may approve"
    offline = ("rule", PROD, "--offline")
    assert run(*offline).stdout == f"{shown} {wider}; cards go to {default}\n"
    assert run(*offline, "--approvals", "0", "--channel", "C024BE91L").stdout == (
        f"{shown} {wider} → no approval; cards go to {default} → C024BE91L (C024BE91L was not checked with Slack)\n"
    )
    assert run(*offline).stdout == f"{shown} no approval; cards go to C024BE91L\n"
    upper = f"default/{PROD.partition('/')[2].upper()}"
    assert run("rule", upper, "--offline", "--approvals", "1").stdout == (
        f"{shown} no approval → {one}; cards go to C024BE91L\n"
    )
    assert run(*offline).stdout == f"{shown} {one}; cards go to C024BE91L\n"
    staged = ("--stage", "1 of S024BE7LH", "--stage", "2 of any", "--escalate", "1h: U024BE7LH", "--reason")
    every = run("rule", "*", *staged, "--hours", "mon-fri 20:00-06:00", "--zone", "Europe/Berlin")
    said = (
        "one approval by group S024BE7LH, then two approvals by anybody who may approve; after 1 h also U024BE7LH; "
        "each approval with a reason; starts Mon, Tue, Wed, Thu and Fri 20:00–06:00; times in Europe/Berlin"
    )
    assert said in every.stdout
    listed = json.loads(run("rules", "--json").stdout)
    assert [row["cluster"] for row in listed] == ["*", PROD]
    assert f"*: {said}" in run("rules").stdout
    for wrong, why in (
        (("--escalate", "1h: U024BE7LH", "--escalate", "60m: S024BE7LH"), "Two tiers would come at the same time"),
        (("--stage", "0 of any"), "is no stage"),
        (("--hours", "mon-fri 8-18"), "are no hours"),
        (("--zone", "Mars"), "There is no time zone 'Mars'"),
        (("--decide-within", "100d"), "is no length of time"),
        (("--remind", "now"), "is no length of time"),
        (("--per-person", "5"), "give it, too"),
        (("--approvals", "1", "--stage", "1 of any"), "either that or --stage"),
    ):
        refused = run("rule", "*", *wrong)
        assert (refused.exit_code, why in refused.output) == (1, True), refused.output
    assert (
        "none for requests by everyone, at most 2 a person and day"
        in run("rule", "*", "--none-for", "everyone", "--per-person", "2").stdout.partition("→")[2]
    )
    assert "none for" not in run("rule", "*", "--none-for", "nobody").stdout.partition("→")[2]
    assert "reminders after 30 min" in run("rule", "*", "--remind", "30m").stdout.partition("→")[2]
    assert "no reminders" in run("rule", "*", "--remind", "never").stdout.partition("→")[2]
    removed = run("rule", "*", "--remove")
    assert (removed.exit_code, "removed" in removed.stdout) == (0, True)
    again = run("rule", "*", "--remove")
    assert (again.exit_code, "has no rule of its own" in again.output) == (1, True)
    name = run("rule", PROD, "--channel", "#dwh-ops")
    assert (name.exit_code, "#dwh-ops is not a Slack channel id (C… or G…)" in name.output) == (1, True)


def test_requests_are_listed_newest_first(run, tmp_path):
    """As a table, as JSON with ISO 8601 times in UTC, only the open ones, and no more than wanted."""
    assert "No requests yet. Somebody types /snapshot in Slack." in run("requests").stdout
    assert json.loads(run("requests", "--json").stdout) == []
    keep(tmp_path, *(request_number(n) for n in range(3)))
    rows = json.loads(run("requests", "--json").stdout)
    assert [r["id"] for r in rows] == ["R-TST2", "R-TST1", "R-TST0"]
    assert (rows[2]["cluster"], rows[2]["cluster_id"]) == ("dwh-prod", PROD)
    assert (rows[2]["state"], rows[2]["created_at"]) == ("WAITING", "2026-11-23T14:05:00+00:00")
    assert [r["id"] for r in json.loads(run("requests", "--limit", "1", "--open", "--json").stdout)] == ["R-TST2"]
    table = run("requests").stdout.splitlines()
    assert table[0].split() == ["id", "state", "cluster", "name", "requester", "created_at", "why"]
    assert table[1].split()[:4] == ["R-TST2", "WAITING", "dwh-prod", "nightly-2"]


def test_requests_say_why_by_code_and_parameters(run, tmp_path):
    """What scripts can compare: as an object in JSON, in the record's form in the table; null where nothing is."""
    keep(tmp_path, request_number(0), replace(request_number(1), why=Why(Code.BUSY, {"obstacle": "restore"})))
    rows = json.loads(run("requests", "--json").stdout)
    assert [r["why"] for r in rows] == [{"code": "busy", "facts": {"obstacle": "restore"}}, None]
    table = run("requests").stdout.splitlines()
    assert table[1].endswith('busy {"obstacle": "restore"}')
    assert table[2].endswith("+00:00")


@pytest.mark.parametrize("args", [["grants"], ["requests", "--json"], ["grant", ANA, PROD]], ids=" ".join)
def test_a_database_that_cannot_be_opened_is_78(run, args):
    """An operator must change something; the message names the place and the setting."""
    shown = run(*args, SNAPSHOT_BOT_DATABASE="sqlite:////no/such/place/bot.db")
    assert shown.exit_code == 78
    assert "There is no database at /no/such/place/bot.db. Set SNAPSHOT_BOT_DATABASE to the one that" in shown.output


async def test_clusters_are_found_by_name_in_the_cloud(tmp_path):
    """Names ignore case; an unknown one is answered with those that exist; without the cloud, CLOUD/ID still works."""
    async with a_world(tmp_path, start=False) as world:
        ana = world.user("ana").id
        by_name = await command(world.environ, tmp_path, "grant", ana, "DWH-Dev")
        assert (by_name.code, by_name.out) == (0, f"{ana} (@ana) may request on dwh-dev\n")
        in_cloud = await command(world.environ, tmp_path, "grant", ana, "default/dwh-stage")
        assert (in_cloud.code, in_cloud.out) == (0, f"{ana} (@ana) may request on dwh-stage\n")
        elsewhere = await command(world.environ, tmp_path, "grant", ANA, "other/dwh-stage")
        assert elsewhere.code == 1
        assert "No cloud is called other. Configured: default." in elsewhere.err
        unknown = await command(world.environ, tmp_path, "grant", ANA, "dwh-nope")
        assert unknown.code == 1
        assert "No cluster is called dwh-nope. The clouds have: dwh-analytics (default/6666" in unknown.err
        await world.cloud.stop()
        silent = await command(world.environ, tmp_path, "grant", ANA, "dwh-dev")
        assert silent.code == 1
        assert "dwh-dev must be looked up in the cloud, and that failed: login: ConnectError" in silent.err
        assert "write CLOUD/CLUSTER-ID with --offline, which skips the look." in silent.err
        by_id = await command(world.environ, tmp_path, "grant", ANA, PROD, "--role", "approve", "--offline")
        assert by_id.code == 0
    assert "Traceback" not in by_name.err + unknown.err + silent.err + by_id.err


@pytest.mark.parametrize(
    ("args", "spared"),
    [
        (
            ["--help"],
            ["asyncio", "slack_bolt", "slack_sdk", "aiohttp", "httpx", "pydantic", "sqlite_utils", "structlog"],
        ),
        (["health"], ["slack_bolt", "slack_sdk", "aiohttp", "httpx", "sqlite_utils"]),
        (
            ["grants", "--json"],
            ["slack_bolt", "slack_sdk", "aiohttp", "httpx", "sqlite_utils", "yaml", "prometheus_client"],
        ),
        (["requests", "--json"], ["slack_bolt", "slack_sdk", "aiohttp", "httpx", "sqlite_utils", "yaml"]),
        (["rule", PROD, "--offline"], ["slack_bolt", "slack_sdk", "aiohttp", "httpx"]),
        (["grant", ANA, PROD, "--offline"], ["slack_bolt", "slack_sdk", "aiohttp", "httpx"]),
        (["grant", ANA, "dwh-prod"], ["slack_bolt", "slack_sdk", "aiohttp"]),
    ],
    ids=lambda v: " ".join(v[:3]) if v[0].startswith(("-", "g", "h", "r")) else "",
)
def test_a_command_imports_only_what_it_needs(tmp_path, args, spared):
    """What a command has no use for is never loaded, so that it starts quickly."""
    program = (
        "import sys\n"
        "from bot.cli import cli\n"
        "try: cli(sys.argv[1:], prog_name='snapshot-bot')\n"
        "except SystemExit: pass\n"
        f"print(*[m for m in {spared!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *args],
        env=surroundings({"SNAPSHOT_BOT_DATABASE": f"sqlite:///{tmp_path}/bot.db"}, tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    assert done.stderr.splitlines()[-1] == "", done.stderr


async def test_python_m_bot_is_the_command(tmp_path):
    """`python -m bot` calls itself snapshot-bot and does the same."""
    shown = await command({}, tmp_path, "--version", forked=False)
    assert (shown.code, shown.out, shown.err) == (0, f"snapshot-bot, version {__version__}\n", "")


def test_without_the_demo_installed_one_line_says_so(monkeypatch):
    """The image has the product alone: the command is there, and says where the demo is."""
    monkeypatch.setattr("importlib.metadata.entry_points", lambda **_: ())
    done = CliRunner().invoke(cli, ["demo", "--stay"])
    assert (done.exit_code, "make demo" in done.output, done.output.count("\n")) == (1, True, 1)


HOSTILE = "dwh\x1b[31m\u202egnp.exe\u2066\nU0MALLORY may admin on every cluster\r\x9b2J\x07"


async def test_names_of_others_cannot_write_on_the_terminal(tmp_path):
    """A cluster's name with escapes, directions and line ends is plain words within its line, whatever says it."""
    async with a_world(tmp_path, start=False) as world:
        cluster = next(iter(world.cloud.project.clusters.values()))
        cluster.name, ana = HOSTILE, world.user("ana").id
        shown = [
            await command(world.environ, tmp_path, *args)
            for args in (
                ("grant", ana, f"default/{cluster.id}", "--role", "admin"),
                ("grants",),
                ("rule", f"default/{cluster.id}"),
                ("revoke", "U000000TWO", f"default/{cluster.id}"),
                ("grant", ana, "dwh-nope"),
            )
        ]
    for done in shown:
        text = done.out + done.err
        assert [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf")] == []
        assert not any(line.startswith("U0MALLORY") for line in text.splitlines())
        assert "U0MALLORY may admin on every cluster" in text


@pytest.mark.parametrize("state", State)
def test_each_request_can_be_shown_as_json(state: State):
    """Everything that is known of one, by its names."""
    row = json.loads(json.dumps(request_row(in_state(state))))
    assert (row["id"], row["asked"]["rounds"]) == ("R-7K3F", [["U00000BEN"]])
