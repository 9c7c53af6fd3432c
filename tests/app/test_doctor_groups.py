"""`snapshot-bot doctor` and user groups: those that give nobody anything, and those that give too much."""

from __future__ import annotations

import pytest

from bot.admin import administering
from bot.clients import HttpClients
from bot.core.approval import ApprovalRule, Stage
from bot.core.ids import Principal, PrincipalKind
from bot.doctor import Check, examine
from bot.parts import GROUPS
from bot.slack.door import identity
from bot.slack_checks import group_checks
from slack_sandbox.app import LEAST_SCOPES, App
from tests.app.test_doctor import a_place

DBA, NOWHERE = (Principal(group, PrincipalKind.GROUP) for group in ("S00000DBA", "S0NOWHERE"))
NAME = "User group S00000DBA (@dba)"


@pytest.fixture
async def place(tmp_path):
    """Both far ends, whose app may read user groups."""
    async with a_place(tmp_path, app=App(scopes=(*LEAST_SCOPES, "usergroups:read"))) as place:
        yield place


async def given(place, group: Principal, role: str = "approve", *, denies: bool = False) -> str:
    """Give *role* on dwh-prod to *group*, and return the grant's id."""
    async with administering(place.environ) as admin:
        _, grant = await admin.grant(group, role, await admin.scope("dwh-prod"), denies=denies)
        return grant.id


async def of_groups(place) -> list[Check]:
    """Return the lines about user groups; all else is well."""
    checks = await examine(place.environ)
    assert [c.code for c in checks if not c.ok and c.code != "slack-group"] == []
    return [c for c in checks if c.code == "slack-group"]


async def test_where_nothing_names_a_group_slack_is_not_asked(place):
    """Most workspaces have none."""
    assert await of_groups(place) == []
    assert [e for e in place.slack.site.exchanges.list() if e["what"] == "usergroups.list"] == []


async def test_a_group_that_is_well(place):
    """It is there and has members."""
    await given(place, DBA)
    assert await of_groups(place) == [Check("slack-group", f"{NAME}: a user group of 2")]


async def test_a_missing_scope_is_named_with_where_it_is_added(place):
    """Without it no group gives anybody anything."""
    await given(place, DBA)
    place.slack.app.scopes = LEAST_SCOPES
    [check] = await of_groups(place)
    assert check.what == "User groups: Slack doesn't say who is in them"
    assert check.fix == f"Slack: missing_scope (needs the scope usergroups:read). {GROUPS.remedy}"


async def test_a_slack_that_does_not_say(place):
    """Later it may."""
    await given(place, DBA)
    await place.slack.fault("error_500", method="usergroups.list", times=9)
    [check] = await of_groups(place)
    assert check.fix.endswith("Try again in a minute.")


async def test_a_group_that_is_gone(place):
    """The command takes back what it was given, by the grant's id; a denial holds for everybody meanwhile."""
    grant = await given(place, NOWHERE)
    [check] = await of_groups(place)
    assert check.what == "User group S0NOWHERE: Slack has no such user group here"
    assert check.fix == f"Take back what it was given: `snapshot-bot revoke {grant}`."
    denial = await given(place, NOWHERE, denies=True)
    [check] = await of_groups(place)
    assert check.what.endswith(", so that what is denied to it is denied to everybody")
    assert f"`snapshot-bot revoke {denial}`" in check.fix


async def test_a_group_that_gives_nobody_anything(place):
    """Disabled, or empty: it can be put right in Slack, or taken back here."""
    grant = await given(place, DBA)
    place.slack.site.workspace.group("dba").users = []
    [check] = await of_groups(place)
    assert check.what == f"{NAME}: a user group with nobody in it"
    back = f"Or: Take back what it was given: `snapshot-bot revoke {grant}`."
    assert check.fix == f"Add somebody to it in Slack. {back}"
    place.slack.admin.disable_group("dba")
    [check] = await of_groups(place)
    assert check.what == f"{NAME}: a disabled user group, which gives nobody anything"
    assert check.fix == f"Enable it again in Slack. {back}"


async def test_what_is_given_by_name_is_warned_of(place):
    """Slack doesn't say who may edit groups, so that it can't be known to be wrong."""
    await given(place, DBA)
    await given(place, DBA, "break-glass")
    await given(place, DBA, "admin", denies=True)
    well, risk = await of_groups(place)
    assert (well.ok, risk.ok) == (True, True)
    assert risk.what.startswith(f"{NAME} has break-glass: Slack can be set to let all members edit user groups: then")


async def test_many_grants_are_one_line(place):
    """Five commands, and how many more there are."""
    roles = ("request", "approve", "admin", "audit")
    ids = [await given(place, NOWHERE, role, denies=denies) for role in roles for denies in (False, True)]
    [check] = [c for c in await of_groups(place) if not c.ok]
    assert [i for i in ids if i in check.fix] == ids[:5]
    assert "3 more (`snapshot-bot grants`)" in check.fix


async def test_a_group_of_a_rule_is_asked_about_too(place):
    """Its rule is named, since nobody could meet it."""
    rule = ApprovalRule(stages=(Stage(by=(NOWHERE, DBA)),))
    async with HttpClients().opened_web(place.slack.app.bot_token, base_url=place.slack.api_url) as web:
        me = await identity.introduce(web, app_token=place.slack.app.app_token)
        dba, nowhere = await group_checks(web, me, [], [("dwh-prod", rule)])
    assert (dba.ok, nowhere.fix) == (True, "Name somebody else in the rule of dwh-prod.")
