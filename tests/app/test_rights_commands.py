"""`grant`, `revoke` and `grants`: denials, ends, beginnings of names, everyone, ids, and the admin who must stay."""

from __future__ import annotations

import json
import re
from datetime import datetime
from typing import Any

import pytest

from bot.config import Settings
from bot.core.errors import BotError
from bot.ends import written
from tests.app.test_scopes import ANA, BEN, said
from tests.harness.running import World, a_world, started

BERLIN = "Europe/Berlin"


@pytest.fixture
async def world(tmp_path):
    """Both far ends, and no bot yet."""
    async with a_world(tmp_path, start=False) as world:
        yield world


async def rows(world: World, folder) -> list[dict[str, Any]]:
    """Return the grants as scripts see them."""
    found: list[dict[str, Any]] = json.loads(await said(world, folder, "grants", "--json"))
    return found


async def test_the_beginning_of_names_says_what_it_is_now(world, tmp_path):
    """Which clusters, so that a slip is seen; one that begins no name is a warning, not a refusal."""
    told = await said(world, tmp_path, "grant", ANA, "DWH-d*", "--reason", "team data")
    assert re.fullmatch(rf"{ANA} \(@\w+\) may request on dwh-d\* \(now: 1 clusters, dwh-dev\), team data\n", told), told
    told = await said(world, tmp_path, "grant", ANA, "default/nope-*")
    assert "may request on default/nope-* (no cluster now)" in told
    told = await said(world, tmp_path, "grant", ANA, "elsewhere/dwh-*", code=1)
    assert "No cloud is called elsewhere." in told
    told = await said(world, tmp_path, "grant", ANA, "dwh-x*", "--offline")
    assert "may request on dwh-x* (not checked with the cloud)" in told
    assert await said(world, tmp_path, "revoke", ANA, "dwh-D*") == f"{ANA}: 1 grant on dwh-d* taken back\n"


@pytest.mark.parametrize("scope", ["*-prod", "d*h-*", "**", "de*/x", "*/dwh-*"])
async def test_a_star_elsewhere_is_refused(world, tmp_path, scope):
    """It would look like a pattern and cover nothing, or everything."""
    told = await said(world, tmp_path, "grant", ANA, scope, code=1)
    assert "one star is understood, at the end of a name's beginning" in told


async def test_not_everyone_can_be_an_admin(world, tmp_path):
    """It can be denied to everyone on some clusters, though."""
    told = await said(world, tmp_path, "grant", "everyone", "*", "--role", "admin", code=1)
    assert "Name who gets admin one by one: not everyone can have it." in told


async def test_an_end_that_is_over_is_refused(world, tmp_path):
    """It would look like a right, and give none."""
    told = await said(world, tmp_path, "grant", ANA, "dwh-dev", "--until", "2020-12-31", code=1)
    assert "2020-12-31 is over already, so nothing was changed." in told


async def test_several_people_at_once(world, tmp_path):
    """Each has a line and a grant; where one of them is nobody, none is given."""
    before = await rows(world, tmp_path)
    told = await said(world, tmp_path, "grant", ANA, BEN, "U0NOBODY", "dwh-dev", code=1)
    assert "U0NOBODY" in told
    assert await rows(world, tmp_path) == before
    told = await said(world, tmp_path, "grant", ANA, BEN, "dwh-dev", "--role", "audit")
    assert [line.split()[0] for line in told.splitlines()] == [ANA, BEN]
    assert len(await rows(world, tmp_path)) == len(before) + 2


async def test_given_again_it_has_the_terms_of_then(world, tmp_path):
    """What was so before is told; the id stays, and one id is enough to take it back."""
    world.environ["SNAPSHOT_BOT_TIMEZONE"] = BERLIN
    await said(world, tmp_path, "grant", ANA, "dwh-dev", "--until", "2031-12-31", "--quiet")
    (first,) = [r for r in await rows(world, tmp_path) if r["user"] == ANA]
    assert (first["until"], first["quiet"], first["denies"]) == ("2031-12-31T23:00:00+00:00", True, False)
    told = await said(world, tmp_path, "grant", ANA, "dwh-dev")
    assert told.endswith(" may request on dwh-dev (was: through 2031-12-31 (Europe/Berlin), quiet)\n")
    (now,) = [r for r in await rows(world, tmp_path) if r["user"] == ANA]
    assert (now["id"], now["until"], now["quiet"]) == (first["id"], None, False)
    told = await said(world, tmp_path, "revoke", now["id"].lower())
    assert told == f"{ANA}: grant of request on dwh-dev taken back\n{ANA} loses request on dwh-dev.\n"
    told = await said(world, tmp_path, "revoke", now["id"], code=1)
    assert f"There is no grant {now['id']}" in told


async def test_a_denial_is_told_on_the_form_and_taken_back_as_such(world, tmp_path):
    """It wins over the grant; `revoke` without --deny takes back what was given, never what was denied."""
    ana = world.user("ana").id
    told = await said(world, tmp_path, "grant", "everyone", "dwh-prod", "--deny", "--reason", "personal data")
    names = " and ".join(sorted((ana, world.user("ada").id)))
    lost = f"2 people ({names}) lose request on dwh-prod.\n"
    assert told == f"everyone may not request on dwh-prod, personal data\n{lost}"
    async with started(world):
        reply = await world.user("ana").command_reply("/snapshot create dwh-prod denied-1")
        assert "no cluster called dwh-prod" in reply.text.replace("*", "")  # it isn't there for whom it is denied
    await said(world, tmp_path, "grant", ana, "dwh-prod", "--role", "audit")
    async with started(world):
        reply = await world.user("ana").command_reply("/snapshot create dwh-prod denied-1")
        assert "You may not request snapshots of dwh-prod. That is denied to you: personal data." in reply.text
    told = await said(world, tmp_path, "revoke", "everyone", "dwh-prod", code=1)
    assert "everyone has no such grant on dwh-prod" in told
    told = await said(world, tmp_path, "revoke", "everyone", "dwh-prod", "--deny")
    assert told == "everyone: 1 denial on dwh-prod taken back\n"
    async with started(world):
        card = await world.ask("ana", "allowed-1")
        assert "Waiting for approval" in card.text


async def test_a_right_by_the_beginning_of_a_name_works_in_slack(world, tmp_path):
    """Offered in the form, asked for, approved by a right of the same kind, and gone when its end has come."""
    dora = world.user("dan").id
    await said(world, tmp_path, "grant", dora, "dwh-*", "--until", "2031-12-31")
    await said(world, tmp_path, "grant", world.user("ben").id, "dwh-d*", "--role", "approve")
    async with started(world):
        form = await world.user("dan").command("/snapshot")
        assert "dwh-dev" in await form.search("Cluster", "dwh-")
        card = await world.ask("dan", "by-beginning", cluster="dwh-dev")
        assert "Waiting for approval" in card.text


async def test_the_last_admin_of_everything_stays(world, tmp_path):
    """Neither taken back nor denied, unless the settings name one; a denial for everyone counts, too."""
    await said(world, tmp_path, "grant", BEN, "*", "--role", "admin")
    ways = (["revoke", BEN, "*"], ["grant", "everyone", "*", "--role", "admin", "--deny"])
    for way in (*ways, ["grant", BEN, "dwh-prod", "--role", "admin", "--deny"]):
        told = await said(world, tmp_path, *way, code=1, SNAPSHOT_BOT_ADMINS="")
        assert "Nobody would be left who is an admin of every cluster, so nothing was changed." in told
    await said(world, tmp_path, *ways[0], SNAPSHOT_BOT_ADMINS=ANA)


@pytest.mark.parametrize(
    ("instant", "told"),
    [
        ("2026-12-31T23:00:00+00:00", "through 2026-12-31 (Europe/Berlin)"),
        ("2026-03-29T22:00:00+00:00", "through 2026-03-29 (Europe/Berlin)"),  # a day of 23 hours
        ("2026-12-31T17:00:00+00:00", "until 2026-12-31 18:00 (Europe/Berlin)"),
    ],
)
def test_until_when(instant, told):
    """A day that is over at its end is told as that day."""
    zone = Settings.model_validate({**LEAST, "SNAPSHOT_BOT_TIMEZONE": BERLIN}).zone
    assert written(datetime.fromisoformat(instant), zone) == told


LEAST = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


def test_a_zone_that_is_none():
    """Named as a setting, with an example."""
    with pytest.raises(BotError, match=r"SNAPSHOT_BOT_TIMEZONE.*not a time zone that this machine knows"):
        Settings.read({**LEAST, "SNAPSHOT_BOT_TIMEZONE": "Mars/Olympus"})


async def test_quiet_approvers_are_counted_and_not_mentioned(world, tmp_path):
    """They may approve; the card says that they can, and pings those who aren't quiet alone."""
    dan = world.user("dan").id
    await said(world, tmp_path, "grant", dan, "dwh-prod", "--role", "approve", "--quiet")
    async with started(world):
        card = await world.ask("ana", "quietly-1")
        assert f"<@{dan}>" not in str(card.body)
        assert "or one person who is not pinged" in card.text
        await world.approve("dan", card)
        await card.wait_for("Approved by @dan")


async def test_everyone_may_approve_but_who_asks(world, tmp_path):
    """The card says so in a word, and names nobody of a whole company."""
    await said(world, tmp_path, "grant", "everyone", "dwh-dev", "--role", "approve")
    await said(world, tmp_path, "grant", world.user("ana").id, "dwh-dev")
    async with started(world):
        card = await world.ask("ana", "by-anybody-1", cluster="dwh-dev")
        assert "one approval by anybody else" in card.text
        await world.user("ana").click(card, "Approve")
        await world.user("ana").channel("dwh-ops").wait_for("Nobody approves their own request")
        await world.approve("dan", card)
        await card.wait_for("Approved by @dan")


async def test_the_last_change_is_undone(world, tmp_path):
    """What it restores is said, tried first, and undone in turn; who did it is on record."""
    before = await rows(world, tmp_path)
    await said(world, tmp_path, "grant", ANA, "dwh-dev", "--reason", "team data")
    told = await said(world, tmp_path, "undo", "--what-if")
    assert re.match(r"The change of \d{4}-\d\d-\d\d \d\d:\d\d UTC by .* on the command line is undone:\n", told), told
    assert f"\n− {ANA} may request on dwh-dev, team data\n{ANA} loses request on dwh-dev.\n" in told
    assert told.endswith("Nothing was saved.\n")
    assert len(await rows(world, tmp_path)) == len(before) + 1
    await said(world, tmp_path, "undo")
    assert await rows(world, tmp_path) == before
    told = await said(world, tmp_path, "undo")
    assert f"\n+ {ANA} may request on dwh-dev, team data\n" in told
    assert "undone and done again already" in await said(world, tmp_path, "undo", code=1)
    await said(world, tmp_path, "rule", "dwh-dev", "--approvals", "2")
    await said(
        world, tmp_path, "rule", "dwh-dev", "--approvals", "3", "--channel", world.environ["SNAPSHOT_BOT_CHANNEL"]
    )
    told = await said(world, tmp_path, "undo")
    assert "~ rule of " in told
    assert "three approvals by anybody who may approve; cards go to" in told
    assert "→ two approvals by anybody who may approve\n" in told
