"""`grant`, `revoke` and `grants` with user groups: by their ids, which Slack knows by name."""

from __future__ import annotations

import json

import pytest

from bot.core.errors import BotError
from bot.core.ids import Principal, PrincipalKind
from bot.scopes import holder
from slack_sandbox.app import LEAST_SCOPES
from slack_sandbox.faults import SlackFault
from tests.app.test_scopes import ANA, said
from tests.harness.running import a_world

DBA = "S00000DBA"


@pytest.fixture
async def world(tmp_path):
    """Both far ends, whose app may read user groups, and no bot."""
    async with a_world(tmp_path, start=False) as world:
        world.slack.app.scopes = (*LEAST_SCOPES, "usergroups:read")
        yield world


async def test_a_group_gets_a_role_and_loses_it(world, tmp_path):
    """Its name is shown, since the id says nothing to a reader; scripts see what holds the grant."""
    told = await said(world, tmp_path, "grant", DBA, ANA, "dwh-dev", "--role", "break-glass", "--deny")
    assert told.startswith(f"{DBA} (@dba) may not break-glass on dwh-dev\n{ANA} (@")
    rows = {r["holder"]: r for r in json.loads(await said(world, tmp_path, "grants", "--json"))}
    assert (rows[DBA]["user"], rows[DBA]["role"], rows[DBA]["denies"]) == (None, "break-glass", True)
    assert (rows[ANA]["user"], rows[ANA]["role"]) == (ANA, "break-glass")
    shown = await said(world, tmp_path, "grants")
    assert f"group {DBA}" in shown
    told = await said(world, tmp_path, "revoke", DBA, "dwh-dev", "--deny")
    assert told == f"{DBA}: 1 denial on dwh-dev taken back\n"
    await said(world, tmp_path, "grant", DBA, "dwh-dev")
    rows = {r["holder"]: r for r in json.loads(await said(world, tmp_path, "grants", "--json"))}
    told = await said(world, tmp_path, "revoke", rows[DBA]["id"])
    assert told.startswith(f"group {DBA}: grant of request on dwh-dev taken back\n2 people (")
    assert told.endswith(") lose request on dwh-dev.\n")


async def test_everyone_is_still_everyone(world, tmp_path):
    """For scripts of before, too."""
    await said(world, tmp_path, "grant", "everyone", "dwh-dev")
    [row] = [r for r in json.loads(await said(world, tmp_path, "grants", "--json")) if r["holder"] == "everyone"]
    assert row["user"] == "everyone"


async def test_a_group_that_gives_nobody_anything_is_refused(world, tmp_path):
    """One that isn't there, and one that is disabled; --offline takes any."""
    told = await said(world, tmp_path, "grant", "S0NOWHERE", "dwh-dev", code=1)
    assert "S0NOWHERE: Slack has no such user group here, so nothing was changed. Copy the group ID" in told
    told = await said(world, tmp_path, "grant", "S0NOWHERE", "*", "--offline")
    assert told == "S0NOWHERE (not checked with Slack) may request on every cluster\n"
    world.slack.admin.disable_group("dba")
    told = await said(world, tmp_path, "grant", DBA, "dwh-dev", code=1)
    assert f"{DBA} (@dba): a disabled user group, which gives nobody anything, so nothing was changed." in told


async def test_where_slack_does_not_say_the_grant_is_given_and_says_so(world, tmp_path):
    """No token, no scope, no answer: rights must be given before Slack is set up, too."""
    world.slack.app.scopes = LEAST_SCOPES
    told = await said(world, tmp_path, "grant", DBA, "*")
    assert f"{DBA} (not checked with Slack: Slack: missing_scope (needs the scope usergroups:read)) may request" in told
    world.slack.site.faults.add(SlackFault("error_500", method="usergroups.list", times=9))
    assert f"{DBA} (not checked with Slack: Slack: internal_error" in await said(world, tmp_path, "grant", DBA, "*")
    told = await said(world, tmp_path, "grant", DBA, "*", SLACK_BOT_TOKEN="")
    assert f"{DBA} (not checked with Slack: SLACK_BOT_TOKEN is not set) may request" in told


@pytest.mark.parametrize("role", ["admin", "break-glass"])
async def test_a_role_to_be_given_by_name_warns(world, tmp_path, role):
    """Who may edit the group says who has it; a denial gives nobody anything, and everyone is refused."""
    warning = f"Warning: Slack can be set to let all members edit user groups: then anybody can give themselves {role}."
    told = await said(world, tmp_path, "grant", DBA, "dwh-dev", "--role", role)
    assert f"{DBA} (@dba) may {role} on dwh-dev\n" in told
    assert warning in told
    assert "Warning" not in await said(world, tmp_path, "grant", ANA, "dwh-dev", "--role", role)
    assert "Warning" not in await said(world, tmp_path, "grant", DBA, "dwh-prod", "--role", role, "--deny")
    told = await said(world, tmp_path, "grant", "everyone", "dwh-dev", "--role", role, code=1)
    assert f"Name who gets {role} one by one" in told


def test_a_group_is_named_by_its_id_alone():
    """Its handle can go to another group; the refusal says where the id is found."""
    assert holder(DBA) == Principal(DBA, PrincipalKind.GROUP)
    for text in ("@dba", "dba", "s00000dba", "S"):
        with pytest.raises(BotError, match=r"A user group's begins with S: its profile, ⋮, Copy group ID\."):
            holder(text)
