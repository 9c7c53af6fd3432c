"""Freezes from Slack: who may, what the answer says, what people see meanwhile, and how one is undone."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.core.approval import ApprovalRule, Meanwhile
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.hours import Hours
from bot.core.ids import CloudName, ClusterId, ClusterRef, FreezeId
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from tests.fakes.slack_bot import Bot

MONDAY = datetime(2026, 11, 30, 5, tzinfo=UTC)  # 06:00 in Berlin, where everybody of the sandbox is
FREEZE = "/snapshot freeze dwh-prod until mon 06:00 quarter end"


def on(bot: Bot) -> list[Freeze]:
    return [f for f in bot.store.frozen.values() if f.is_on(bot.clock.now())]


def put(bot: Bot, **changes: object) -> Freeze:
    """Freeze dwh-prod as cleo, without a word."""
    prod = next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-prod")
    freeze = Freeze(FreezeId("F-1"), Scope.of(prod.ref), "quarter end", "U0000CLEO", bot.clock.now(), MONDAY)
    freeze = replace(freeze, **changes)  # type: ignore[arg-type]
    bot.store.frozen[freeze.id] = freeze
    return freeze


async def test_the_answer_says_until_when_and_what_it_holds(bot: Bot):
    """The wall time is of the person's own zone; the button undoes exactly it, once."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-1")
    request = bot.newest()
    cleo = bot.slack.user("cleo")
    reply = await cleo.command_reply(FREEZE)
    assert re.fullmatch(
        rf"🧊 dwh-prod is frozen until .+ \(2026-11-30 06:00 Europe/Berlin\): quarter end\. "
        rf"It holds one request: {request.id}\.\nUndo",
        reply.text.replace("*", ""),
    ), reply.text
    (freeze,) = on(bot)
    assert (freeze.until, freeze.reason, freeze.set_by, freeze.meanwhile) == (
        MONDAY,
        "quarter end",
        cleo.id,
        Meanwhile.HOLD,
    )
    assert [(e.action, e.actor) for e in bot.store.log][-1] == ("freeze.set", cleo.id)
    undone = await cleo.click_for_reply(reply, "Undo")
    assert undone.text.replace("*", "") == "dwh-prod isn't frozen any more (quarter end)."
    assert on(bot) == []
    assert [(e.action, e.actor) for e in bot.store.log][-1] == ("freeze.ended", cleo.id)
    entries = len(bot.store.log)
    again = await cleo.click_for_reply(reply, "Undo")
    assert again.text.replace("*", "") == "That freeze of dwh-prod is over already."
    assert len(bot.store.log) == entries


async def test_undo_leaves_another_freeze_alone(bot: Bot):
    """It ends the one that it stands beside, and says what is still on."""
    cleo = bot.slack.user("cleo")
    reply = await cleo.command_reply(FREEZE)
    await cleo.command_reply("/snapshot freeze dwh-prod incident")
    undone = await cleo.click_for_reply(reply, "Undo")
    assert "One freeze is ended. 🧊 Frozen by @cleo until somebody ends that: incident." in undone.text.replace("*", "")
    assert [f.reason for f in on(bot)] == ["incident"]


async def test_unfreeze_ends_those_of_the_cluster_alone(bot: Bot):
    """A freeze of many clusters stays, and is told."""
    put(bot)
    put(bot, id=FreezeId("F-2"), reason="incident")
    put(bot, id=FreezeId("F-3"), scope=Scope(), reason="the move")
    cleo = bot.slack.user("cleo")
    reply = (await cleo.command_reply("/snapshot unfreeze dwh-prod")).text.replace("*", "")
    assert reply.startswith("2 freezes are ended. 🧊 Frozen by @cleo until ")
    assert [f.reason for f in on(bot)] == ["the move"]
    reply = (await cleo.command_reply("/snapshot unfreeze dwh-prod")).text.replace("*", "")
    assert reply.startswith("No freeze of dwh-prod alone is on. 🧊 Frozen by @cleo until ")


@pytest.mark.parametrize("who", ["ana", "ben", "dan", "gus"])
async def test_only_an_admin_of_the_cluster_may(bot: Bot, who: str):
    """For others it is as if the cluster weren't there; a guest hears that they are one."""
    for role in (Role.REQUEST, Role.APPROVE, Role.AUDIT):
        bot.grant(who, role, bot.cloud.known_clusters[put(bot).scope.cluster])  # type: ignore[index]
    bot.grant("ana", Role.ADMIN, next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-dev"))
    user = bot.slack.user(who)
    for line in (FREEZE, "/snapshot unfreeze dwh-prod"):
        there = (await user.command_reply(line)).text
        missing = (await user.command_reply(line.replace("dwh-prod", "dwh-prad"))).text
        assert there.replace("dwh-prod", "…") == missing.replace("dwh-prad", "…")
    assert len(bot.store.frozen) == 1
    assert len(on(bot)) == 1


async def test_a_right_that_was_taken_meanwhile_is_none(bot: Bot):
    """The button in an old answer is checked again, and so is a forged one for a wider freeze."""
    bea = bot.slack.user("bea")
    prod = next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-prod")
    bot.grant("bea", Role.ADMIN, prod)
    reply = await bea.command_reply(FREEZE)
    bot.store.given = []
    refused = await bea.click_for_reply(reply, "Undo")
    assert refused.text.startswith("There is no such freeze of yours.")
    assert len(on(bot)) == 1
    assert [e.action for e in bot.store.log][-1] == "freeze.refused"
    bot.grant("bea", Role.ADMIN, prod)
    kept = replace(on(bot)[0], scope=Scope(cluster="dwh-*"))
    bot.store.frozen[kept.id] = kept
    assert (await bea.click_for_reply(reply, "Undo")).text.startswith("There is no such freeze of yours.")
    assert len(on(bot)) == 1


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Say which cluster and why, e.g. /snapshot freeze dwh-prod until mon 06:00 quarter end."),
        ("dwh-prod", "Say why: those whose requests wait read it."),
        ("dwh-prod until mon 06:00", "Say why: those whose requests wait read it."),
        ("dwh-prod \u200b\u2060", "Say why: those whose requests wait read it."),
        ("dwh-prod until 2020-01-01 the end", "2020-01-01 is over already, so nothing was changed."),
        ("dwh-prod until 2027-03-28 02:30 it", "'2027-03-28 02:30' doesn't exist in Europe/Berlin"),
        ("dwh-prod until further notice", "'until further notice' is no day and no moment."),
        ("dwh-prod for 91d it", "'91d' is no length of time."),
    ],
)
async def test_what_is_not_understood_freezes_nothing(bot: Bot, typed: str, said: str):
    """The answer says what is missing or wrong."""
    reply = await bot.slack.user("cleo").command_reply(f"/snapshot freeze {typed}")
    assert said in reply.text.replace("`", "")
    assert bot.store.frozen == {}


async def test_a_reason_is_data(bot: Bot):
    """Whatever stands in it mentions nobody and breaks nothing."""
    hostile = "<!channel> *bold* `code` <@U00000BEN> & " + "x" * 900
    cleo = bot.slack.user("cleo")
    await cleo.command_reply(f"/snapshot freeze dwh-prod {hostile}")
    assert len(on(bot)) == 1
    form = await bot.slack.user("ana").command("/snapshot")
    assert "Frozen by @cleo" in form.text
    bot.grant("ada", Role.REQUEST)
    await bot.slack.user("ada").command_reply("/snapshot create dwh-prod before-1")
    await bot.tell()
    card = await bot.slack.user("ana").channel("dwh-ops").wait_for("before-1")
    assert "Frozen by @cleo" in card.text


async def test_the_form_says_it_and_the_request_is_kept(bot: Bot):
    """On the cluster's line, in the answer, on the card, in the list and by Why."""
    put(bot)
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    assert "🧊 Frozen by @cleo until " in form.text
    assert "quarter end" in form.text
    assert "Your request will wait until then." in form.text
    await form.enter("Name", "before-1")
    assert "Your request will wait until then." in (await form.submit()).modal.text  # type: ignore[union-attr]
    assert bot.newest().state is State.WAITING
    await bot.tell()
    card = await ana.channel("dwh-ops").wait_for("before-1")
    assert "It starts then at the earliest, once it is approved." in card.text
    assert "Approve" in card.buttons
    for line in ("list", f"status {bot.newest().id}"):
        assert "🧊 Frozen by @cleo" in (await ana.command_reply(f"/snapshot {line}")).text
    assert "🧊 Frozen by @cleo" in (await ana.command_reply("/snapshot why dwh-prod")).text
    await (await ana.home()).wait_for("🧊 Frozen by @cleo")
    assert "🧊 Frozen by" in (await ana.command_reply("/snapshot create dwh-prod before-2")).text


async def test_where_it_says_so_requests_are_refused(bot: Bot):
    """At the form with who, why and until when; on record with its rule, and nothing is kept."""
    put(bot, meanwhile=Meanwhile.REFUSE)
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    assert "Your request is refused until then." in form.text
    await form.enter("Name", "before-1")
    sent = await form.submit()
    assert sent.errors == {
        "cluster": "dwh-prod is frozen by @cleo: quarter end. Requests are refused until 30 Nov 05:00 UTC."
    }
    assert bot.store.requests == {}
    last = bot.store.log[-1]
    assert (last.action, last.rule) == ("ask.refused", "frozen")
    put(bot, meanwhile=Meanwhile.REFUSE, until=None, set_by="cli:root")
    reply = (await ana.command_reply("/snapshot create dwh-prod before-1")).text
    assert "frozen by root on the command line: quarter end. Requests are refused until somebody ends that." in reply


async def test_who_may_not_ask_learns_nothing_of_it(bot: Bot):
    """Neither that the cluster is there nor that it is frozen."""
    put(bot, meanwhile=Meanwhile.REFUSE)
    dan = bot.slack.user("dan")
    there = (await dan.command_reply("/snapshot create dwh-prod before-1")).text
    assert there == (await dan.command_reply("/snapshot create dwh-prad before-1")).text.replace("prad", "prod")
    assert "rozen" not in there


@pytest.mark.parametrize("meanwhile", Meanwhile)
async def test_a_closed_window_is_told_like_a_freeze(bot: Bot, meanwhile: Meanwhile):
    """Without a person: it is of the rule."""
    closed = (Hours((0,), time(14), time(20)),)
    bot.store.rules_set[Scope()] = ScopeRule(ApprovalRule(closed=closed, while_closed=meanwhile), set_by="cli:root")
    form = await bot.slack.user("ana").command("/snapshot")
    assert "🧊 Closed by its rule until " in form.text
    await form.enter("Name", "before-1")
    sent = await form.submit()
    said = "Nothing may start on dwh-prod now, by a closed window of its rule. Requests are refused until 20:00 UTC."
    assert sent.errors == ({"cluster": said} if meanwhile is Meanwhile.REFUSE else {})


async def test_the_card_is_drawn_again_when_it_begins_and_ends(bot: Bot):
    """Of a request that waits for people, too."""
    ana, cleo = bot.slack.user("ana"), bot.slack.user("cleo")
    await ana.command_reply("/snapshot create dwh-prod before-1")
    await bot.tell()
    card = await ana.channel("dwh-ops").wait_for("before-1")
    assert "Frozen" not in card.text
    await cleo.command_reply(FREEZE)
    await bot.tell()
    assert "Frozen by @cleo" in card.text
    await cleo.command_reply("/snapshot unfreeze dwh-prod")
    await bot.tell()
    assert "Frozen" not in card.text


async def test_a_name_in_two_clouds_is_ambiguous(bot: Bot):
    """It is frozen by its full name."""
    prod = next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-prod")
    twin = ClusterRef(CloudName(prod.ref.cloud), ClusterId("11111111-2222-4333-8444-555555555555"))
    bot.cloud.known_clusters[twin.id] = replace(prod, ref=twin)
    await bot.inventory.look(prod.ref.cloud, max_age=timedelta(0))
    cleo = bot.slack.user("cleo")
    assert "Several clusters are called dwh-prod" in (await cleo.command_reply(FREEZE)).text
    await cleo.command_reply(f"/snapshot freeze {twin} it")
    assert [f.scope for f in on(bot)] == [Scope.of(twin)]


async def test_a_card_names_who_froze_it_and_pings_nobody(bot: Bot):
    """A new card comes for each request: who froze the cluster has nothing to do about any."""
    put(bot)
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    bot.store.rules_set[Scope()] = ScopeRule(ApprovalRule.of(0))
    said = (await ana.command_reply("/snapshot create dwh-prod before-1")).text
    assert "🧊 No approval needed · frozen by @cleo until " in said.replace("*", "")
    assert "starting" not in said
    bot.store.rules_set.clear()
    await ana.command_reply("/snapshot create dwh-prod before-2")
    await bot.tell()
    channel = bot.slack.site.workspace.channel("dwh-ops")
    first, second = (str(m.body) for m in channel.messages.values())
    for body in (first, second):
        assert "rozen by @cleo until" in body
        assert "U0000CLEO" not in body
    assert (ben.id in first, ben.id in second) == (False, True)
