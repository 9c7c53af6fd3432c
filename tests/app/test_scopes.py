"""What `grant`, `revoke` and `rule` are for: a cluster that is there, whichever way its id is written."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner
from sqlite_utils import Database

from bot.cli import cli
from bot.core.approval import ApprovalRule
from bot.core.grants import Role
from bot.core.ids import CloudName, ClusterId, ClusterRef
from bot.core.scope import NamedCluster
from bot.store import open_store
from bot.store.sqlite.schema import migrations
from tests.harness.running import World, a_world, started

ANA, BEN = "U00000DAN", "U0000CLEO"  # members without a grant
LETTERS = "abcdefab-2222-4333-8444-abcdefabcdef"  # an id whose case can be seen
NOWHERE = "99999999-2222-4333-8444-555555555555"


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot yet."""
    async with a_world(tmp_path, start=False) as world:
        yield world


def dev(world: World) -> str:
    """Return the id of dwh-dev, with letters in it."""
    (cluster,) = [c for c in world.cloud.project.clusters.values() if c.name == "dwh-dev"]
    world.cloud.project.clusters.pop(cluster.id)
    cluster.id = LETTERS
    world.cloud.project.clusters[LETTERS] = cluster
    return LETTERS


async def said(world: World, folder, *args: str, code: int = 0, **environ: str) -> str:
    """Run a command and return what it said; a refusal is one decent sentence."""
    runner = CliRunner(env={**dict.fromkeys(os.environ), "HOME": str(folder), **world.environ, **environ})
    done = await asyncio.to_thread(runner.invoke, cli, args, prog_name="snapshot-bot")
    assert done.exit_code == code, done.output
    assert "Traceback" not in done.output
    which, *words = done.output.splitlines(keepends=True)
    assert which == f"Database: {folder}/bot.db\n"
    text = "".join(words)
    assert text.startswith("Error: ") == bool(code)
    return text


async def test_a_rule_holds_however_its_id_is_written(world, tmp_path):
    """An id in upper case is the same cluster: what is set by it is what the next request needs."""
    ident = dev(world)
    shown = await said(world, tmp_path, "rule", f"default/{ident}", "--approvals", "0")
    assert shown.startswith("dwh-dev: as a wider rule says, else one approval → no approval; ")
    shown = await said(world, tmp_path, "rule", f"default/{ident.upper()}", "--approvals", "1")
    assert shown.startswith("dwh-dev: no approval → one approval by anybody who may approve; cards go to ")
    await said(world, tmp_path, "grant", world.user("ana").id, ident.upper())
    await said(world, tmp_path, "grant", world.user("ben").id, ident, "--role", "approve")
    async with started(world):
        card = await world.ask("ana", "needs-one", cluster="dwh-dev")
        assert "Waiting for approval" in card.text


@pytest.mark.parametrize("args", [("grant", ANA), ("revoke", ANA), ("rule",)], ids=lambda a: a[0])
@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (f"default/{NOWHERE}", f"No cluster is called default/{NOWHERE}. The clouds have: dwh-analytics (default/"),
        (NOWHERE, f"No cluster is called {NOWHERE}. The clouds have: "),
        ("default/dwh-nope", "No cluster is called default/dwh-nope. The clouds have: "),
        (f"eu/{NOWHERE}", "No cloud is called eu. Configured: default."),
        ("DEFAULT/dwh-dev", "No cloud is called DEFAULT. Configured: default."),
        ("eu/*", "No cloud is called eu. Configured: default."),
    ],
)
async def test_what_is_not_there_is_refused(world, tmp_path, args, scope, words):
    """A cloud that isn't configured, a cluster that isn't in its list: each command names what there is."""
    told = await said(world, tmp_path, args[0], *args[1:], scope, code=1)
    assert words in told


@pytest.mark.parametrize("args", [("grant", ANA), ("rule", "--approvals", "0")], ids=lambda a: a[0])
async def test_where_the_cloud_is_silent_only_offline_goes_on(world, tmp_path, args):
    """By id too nothing is believed unseen; `--offline` takes it as written and says so."""
    await world.cloud.stop()
    scope = f"default/{LETTERS}"
    told = await said(world, tmp_path, *args, scope, code=1)
    assert f"{scope} must be looked up in the cloud, and that failed: login: ConnectError" in told
    assert "--offline" in told
    told = await said(world, tmp_path, *args, f"default/{LETTERS.upper()}", "--offline")
    assert f"{scope} (not checked with the cloud)" in told
    told = await said(world, tmp_path, *args, "dwh-dev", "--offline", code=1)
    assert "dwh-dev: with --offline write CLOUD/CLUSTER-ID" in told


@pytest.mark.parametrize("scope", [f"default/{LETTERS}", LETTERS.upper(), "DWH-Dev", f"default/{LETTERS.upper()}"])
async def test_what_was_granted_on_a_deleted_cluster_can_be_taken_back(world, tmp_path, scope):
    """By its id in any case, or by the name that it had; by id it needs no cloud."""
    dev(world)
    await said(world, tmp_path, "grant", ANA, "dwh-dev")
    world.cloud.project.clusters.pop(LETTERS)
    if scope != "DWH-Dev":
        await world.cloud.stop()
    lost = f"{ANA}: 1 grant on dwh-dev taken back\n{ANA} loses request on dwh-dev.\n"
    assert await said(world, tmp_path, "revoke", ANA, scope) == lost
    assert ANA not in await said(world, tmp_path, "grants", "--json")


async def test_a_name_that_went_to_another_cluster_is_asked_back(world, tmp_path):
    """Somebody who has both grants is told both ids; nobody believes one to be gone that still holds."""
    ident = dev(world)
    await said(world, tmp_path, "grant", ANA, "dwh-dev")
    cluster = world.cloud.project.clusters.pop(ident)
    cluster.id = NOWHERE
    world.cloud.project.clusters[NOWHERE] = cluster
    await said(world, tmp_path, "grant", ANA, "dwh-dev")
    told = await said(world, tmp_path, "revoke", ANA, "dwh-dev", code=1)
    assert f"dwh-dev (default/{NOWHERE})" in told
    assert f"dwh-dev (default/{ident})" in told
    lost = f"{ANA}: 1 grant on dwh-dev taken back\n{ANA} loses request on dwh-dev.\n"
    assert await said(world, tmp_path, "revoke", ANA, NOWHERE) == lost
    assert await said(world, tmp_path, "revoke", ANA, "dwh-dev") == lost


async def test_a_whole_cloud_that_is_no_longer_configured(world, tmp_path):
    """Given unseen, it is taken back without a look."""
    await said(world, tmp_path, "grant", ANA, "old/*", "--offline")
    told = await said(world, tmp_path, "revoke", ANA, "old/*")
    assert told == f"{ANA}: 1 grant on every cluster of old taken back\n"


def old_database(folder, statements: list[str]) -> str:
    """Return the URL of a database of before ids were canonical, with *statements* carried out in it."""
    path = folder / "old.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        db = Database(connection, execute_plugins=False)
        migrations().apply(db, stop_before="m006_canonical_cluster_ids")
        for statement in statements:
            connection.execute(statement)
    return f"sqlite:///{path}"


async def test_old_rows_come_into_one_spelling(tmp_path):
    """Grants are united; of two rules of one cluster the stricter holds; what isn't such an id stays as it was."""
    upper, grant = LETTERS.upper(), "INSERT INTO grants VALUES ('{}', '{}', 'eu', '{}', 'dwh', 'cli:op', '{}')"
    at = "2026-11-23T14:05:00.000000Z"
    rule = "INSERT INTO cluster_rules VALUES ('{}', '{}', {}, {})"
    url = old_database(
        tmp_path,
        [
            grant.format(ANA, "request", LETTERS, at),
            grant.format(ANA, "request", upper, at),
            grant.format(BEN, "approve", upper, at),
            grant.format(BEN, "request", "Not-An-Id", at),
            rule.format("eu", LETTERS, 0, "NULL"),
            rule.format("eu", upper, 1, "'C1'"),
            rule.format("us", LETTERS, 1, "'C2'"),
            rule.format("us", upper, 0, "'C3'"),
            rule.format("cn", upper, 0, "NULL"),
        ],
    )
    async with open_store(url, exclusive=True) as store:
        assert [(g.holder.id, g.role, g.scope.cluster) for g in (await store.rights()).grants] == [
            (ANA, Role.REQUEST, LETTERS),
            (BEN, Role.APPROVE, LETTERS),
            (BEN, Role.REQUEST, "Not-An-Id"),
        ]
        verdict = await store.verify_chain()
        rules = [
            await store.rule(NamedCluster(ClusterRef(CloudName(cloud), ClusterId(ident)), "dwh"))
            for cloud in ("eu", "us", "cn")
            for ident in (LETTERS, upper)
        ]
    kept = [(r.approval, r.channel) for r in rules]
    one, none = ApprovalRule.of(1), ApprovalRule.of(0)
    assert kept == [(one, "C1"), (one, "C1"), (one, "C2"), (one, "C2"), (none, None), (none, None)]
    assert verdict.broken is None


async def test_grants_show_the_id_that_holds(world, tmp_path):
    """`grants --json` names the cluster as the cloud does, whatever was typed."""
    dev(world)
    await said(world, tmp_path, "grant", ANA, f"default/{LETTERS.upper()}", "--offline")
    rows = json.loads(await said(world, tmp_path, "grants", "--json"))
    assert [r["cluster_id"] for r in rows if r["user"] == ANA] == [LETTERS]
