"""`grant` and `rule` ask Slack who that is, refuse who could never act, and say so where Slack can't be asked."""

from __future__ import annotations

import pytest

from bot.admin import administering
from slack_sandbox.app import App
from tests.harness.running import World, a_world
from tests.harness.serving import Finished, command

PROD = "dwh-prod"


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot."""
    async with a_world(tmp_path, start=False) as world:
        yield world


async def refused(world: World, folder, *args: str) -> Finished:
    """Run a command that refuses, and return what it said; nothing was changed."""
    async with administering(world.environ) as admin:
        before = await admin.grants()
    done = await command(world.environ, folder, *args)
    assert (done.code, done.out) == (1, "")
    assert "Traceback" not in done.err
    async with administering(world.environ) as admin:
        assert await admin.grants() == before
    return done


async def granted(world: World, folder, *args: str, **environ: str) -> str:
    """Run `grant` and return what it said."""
    done = await command(world.environ | environ, folder, "grant", *args)
    assert done.code == 0, done.err
    return done.out


async def test_a_grant_shows_the_name(world, tmp_path):
    """An id says nothing to a reader; Slack knows whose it is."""
    dan = world.user("dan").id
    assert await granted(world, tmp_path, dan, PROD) == f"{dan} (@dan) may request on {PROD}\n"


@pytest.mark.parametrize(
    ("who", "standing"),
    [
        ("U0NOBODY", "U0NOBODY: Slack knows of no such account here"),
        ("gus", "(@gus): a guest's account, which the bot refuses"),
        ("otto", "(@otto): another company's account, which the bot refuses"),
        ("deploybot", "(@deploybot): an app's account, which the bot refuses"),
        ("dora", "(@dora): a deactivated account"),
    ],
)
async def test_who_could_never_act_gets_no_right(world, tmp_path, who, standing):
    """Such a grant would hold for nobody, and look as if it did."""
    user = who if who.startswith("U0") else world.user(who).id
    done = await refused(world, tmp_path, "grant", user, PROD)
    assert f"{standing}, so nothing was changed. Copy the member ID" in done.err


async def test_offline_asks_nobody(world, tmp_path):
    """Neither the cloud nor Slack, and says so of both."""
    ref = f"default/{world.cloud.cluster_id(PROD)}"
    said = await granted(world, tmp_path, "U0NOBODY", ref, "--offline")
    assert said == f"U0NOBODY (not checked with Slack) may request on {ref} (not checked with the cloud)\n"
    assert world.slack.site.exchanges.list() == []


@pytest.mark.parametrize(
    ("environ", "why"),
    [
        ({"SLACK_BOT_TOKEN": ""}, "SLACK_BOT_TOKEN is not set"),
        ({"SLACK_BOT_TOKEN": "xoxb-wrong"}, "Slack does not accept SLACK_BOT_TOKEN (invalid_auth)"),
        ({"SLACK_BOT_TOKEN": "xapp-other"}, "SLACK_BOT_TOKEN: this is an app-level token, not a bot token (xoxb-…)"),
        ({"SLACK_API_URL": "http://127.0.0.1:9/"}, "no connection to Slack: ClientConnectorError"),
    ],
    ids=["unset", "refused", "another kind", "away"],
)
async def test_where_slack_cannot_be_asked_the_grant_is_given_and_says_so(world, tmp_path, environ, why):
    """Rights must be given before Slack is set up, too."""
    said = await granted(world, tmp_path, "U0NOBODY", "*", **environ)
    assert said == f"U0NOBODY (not checked with Slack: {why}) may request on every cluster\n"


async def test_a_missing_scope_is_no_answer(tmp_path):
    """Without users:read Slack says nothing of anybody."""
    async with a_world(tmp_path, start=False) as world:
        world.slack.app.scopes = tuple(s for s in App().scopes if s != "users:read")
        said = await granted(world, tmp_path, "U0NOBODY", "*")
    assert "U0NOBODY (not checked with Slack: Slack: missing_scope (needs the scope users:read)) may request" in said


async def test_a_rules_channel_is_tried(world, tmp_path):
    """One that there isn't, one that is archived, one that can be posted to, and one that wasn't asked about."""
    done = await refused(world, tmp_path, "rule", PROD, "--channel", "C0NOWHERE")
    assert "C0NOWHERE: " in done.err
    assert "/invite @snapshots" in done.err
    ops = world.slack.site.workspace.channel("dwh-ops").id
    well = await command(world.environ, tmp_path, "rule", PROD, "--channel", ops)
    assert well.out.endswith(f"cards go to the channel of a wider rule, or the default one → {ops}\n")
    ref = f"default/{world.cloud.cluster_id(PROD)}"
    offline = await command(world.environ, tmp_path, "rule", ref, "--channel", "C0NOWHERE", "--offline")
    assert offline.out.endswith(f"cards go to {ops} → C0NOWHERE (C0NOWHERE was not checked with Slack)\n")
    world.slack.admin.archive("dwh-ops")
    assert "archived" in (await refused(world, tmp_path, "rule", PROD, "--channel", ops)).err


async def test_taking_back_asks_nobody(world, tmp_path):
    """Who has left keeps no right because Slack no longer knows them."""
    await granted(world, tmp_path, "U0NOBODY", "*", SLACK_BOT_TOKEN="")
    done = await command(world.environ, tmp_path, "revoke", "U0NOBODY", "*")
    lost = "U0NOBODY loses request on dwh-prod."  # on the cluster that the rights name
    assert done.out == f"U0NOBODY: 1 grant on every cluster taken back\n{lost}\n"
