"""`--what-if` says what a change would do and saves nothing; without it, what to look at is said after the change."""

from __future__ import annotations

import json
import re

import pytest

from slack_sandbox.app import LEAST_SCOPES
from tests.app.test_group_commands import DBA
from tests.app.test_scopes import ANA, BEN, said
from tests.harness.running import a_world, started

UNSAVED = "Nothing was saved.\n"


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot yet."""
    async with a_world(tmp_path, start=False) as world:
        yield world


async def kept(world, folder) -> tuple[str, str]:
    """Return the rights and the rules as scripts see them."""
    return await said(world, folder, "grants", "--json"), await said(world, folder, "rules", "--json")


async def test_a_grant_is_tried_and_not_saved(world, tmp_path):
    """Who gains it on which clusters of now, what it means for requests, whom these ping; then it is as it was."""
    before = await kept(world, tmp_path)
    told = await said(world, tmp_path, "grant", ANA, BEN, "dwh-d*", "--role", "audit", "--what-if")
    assert f"2 people ({ANA} and {BEN}) gain audit on dwh-dev.\nNo request that waits changes.\n" in told
    assert told.endswith(UNSAVED)
    told = await said(world, tmp_path, "grant", ANA, "nope-*", "--what-if")
    assert "nope-* covers no cluster that is known now.\nNobody gains or loses a right.\n" in told
    told = await said(world, tmp_path, "grant", "everyone", "dwh-prod", "--what-if")
    assert "everyone gains request on dwh-prod.\nNo request that waits changes.\nA request there pings " in told
    assert await kept(world, tmp_path) == before


async def test_what_is_refused_is_refused_when_it_is_tried(world, tmp_path):
    """A denial that would leave no admin."""
    await said(world, tmp_path, "grant", ANA, "*", "--role", "admin")
    denial = ("grant", "everyone", "*", "--role", "admin", "--deny", "--what-if")
    told = await said(world, tmp_path, *denial, code=1, SNAPSHOT_BOT_ADMINS="")
    assert "Nobody would be left who is an admin of every cluster" in told


async def test_taking_back_says_who_loses_what(world, tmp_path):
    """Also after it was saved; not where they have it by another right."""
    await said(world, tmp_path, "grant", ANA, "dwh-dev")
    told = await said(world, tmp_path, "revoke", ANA, "dwh-dev", "--what-if")
    lost = f"{ANA}: 1 grant on dwh-dev taken back\n{ANA} loses request on dwh-dev.\n"
    assert told.startswith(lost)
    assert told.endswith(UNSAVED)
    await said(world, tmp_path, "grant", ANA, "dwh-*")
    assert await said(world, tmp_path, "revoke", ANA, "dwh-dev") == f"{ANA}: 1 grant on dwh-dev taken back\n"
    await said(world, tmp_path, "grant", ANA, "dwh-dev")
    await said(world, tmp_path, "revoke", ANA, "dwh-*")
    assert await said(world, tmp_path, "revoke", ANA, "dwh-dev") == lost


async def test_a_rule_says_what_becomes_of_requests_that_wait(world, tmp_path):
    """One vote of two is enough for a rule of one, and for four there are too few people."""
    await said(world, tmp_path, "rule", "dwh-prod", "--approvals", "2")
    async with started(world):
        card = await world.ask("ana", "before-42")
        request = card.text.split("R-")[1].split()[0].strip("·.,:*")
        requested = f"R-{request}"
        told = await said(world, tmp_path, "rule", "dwh-prod", "--approvals", "12", "--what-if")
        assert f"Nobody can approve {requested} any more.\n" in told
        assert "Nobody can approve a request on dwh-prod any more.\n" in told
        told = await said(world, tmp_path, "rule", "dwh-prod", "--approvals", "1", "--what-if")
        assert f"Waiting for other approvals than before: {requested} (one approval instead of two approvals)." in told
        assert told.endswith(UNSAVED)
        rules = json.loads(await said(world, tmp_path, "rules", "--json"))
        assert rules[0]["approval"]["stages"][0]["need"] == 2
        told = await said(world, tmp_path, "rule", "dwh-prod", "--approvals", "12")
        assert told.splitlines()[1:] == [
            f"Nobody can approve {requested} any more.",
            "Nobody can approve a request on dwh-prod any more.",
        ]


async def test_offline_the_clusters_are_those_of_looks_and_rights(world, tmp_path):
    """As when the clouds don't answer; that is said."""
    async with started(world):
        await world.ask("ana", "look-1")
    await world.cloud.stop()
    for offline in ([], ["--offline"]):
        told = await said(world, tmp_path, "grant", ANA, "*", "--role", "audit", "--what-if", *offline)
        assert f"{ANA} gains audit on 7 clusters (" in told
        assert told.endswith(f"The clusters are those that were seen last, and those of rights.\n{UNSAVED}")


async def test_a_group_gains_by_its_members_or_as_nobody_knows_whom(world, tmp_path):
    """Slack is asked who they are; where it isn't, that is said, and nobody is left out in silence."""
    world.slack.app.scopes = (*LEAST_SCOPES, "usergroups:read")
    told = await said(world, tmp_path, "grant", DBA, "dwh-dev", "--role", "audit", "--what-if")
    assert re.search(r"\n2 people \(U\w+ and U\w+\) gain audit on dwh-dev\.\n", told)
    ref = f"default/{world.cloud.cluster_id('dwh-prod')}"
    told = await said(world, tmp_path, "grant", DBA, ref, "--role", "approve", "--what-if", "--offline")
    assert f"those in group {DBA} (Slack doesn't say who they are) gain approve on dwh-prod.\n" in told
    assert "How many people a request there pings depends on who is in a group, and Slack doesn't say that.\n" in told
