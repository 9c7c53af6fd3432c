"""A refusal's next step is one that this person can take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.approval import ApprovalRule
from bot.core.grants import Role
from bot.core.ids import Actor, ChannelId, TeamId, UserId
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster, Obstacle, ObstacleCode
from bot.service import card_channels
from tests.fakes.slack_bot import Bot

OLD = ChannelId("C000000OLD")


@pytest.mark.parametrize("where", ["the bot's", "the cluster's"])
async def test_an_archived_channel_is_neither_preset_nor_a_dead_end(bot: Bot, prod: Cluster, where: str):
    """The form offers the channel where the command was typed, and `create` uses it."""
    if where == "the bot's":
        bot.service.intake.card_channels.default = OLD
    else:
        bot.store.rules_set[Scope.of(prod.ref)] = ScopeRule(ApprovalRule.of(1), OLD)
        bot.service.intake.card_channels.default = None
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    await bot.idle()
    assert form.value("Tell this channel") == "C00DWHOPS"
    await form.fill(Name="by-the-form")
    assert (await form.submit()).errors == {}
    assert bot.newest().channel == "C00DWHOPS"
    assert "asks for" in (await ana.command_reply("/snapshot create dwh-prod by-the-line")).text
    assert bot.newest().channel == "C00DWHOPS"


async def test_a_channel_of_which_slack_is_slow_to_say_how_it_is_stays_preset(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
):
    """Somebody waits for the form, so the look may take only so long."""
    monkeypatch.setattr(card_channels, "_SECONDS", 0.01)
    await bot.slack.fault("hold", method="conversations.info")
    form = await bot.slack.user("ana").command("/snapshot")
    bot.slack.site.faults.clear()
    assert form.value("Tell this channel") == "C00DWHOPS"


async def test_an_archived_channel_of_a_cluster_gives_way_to_the_bots(bot: Bot, prod: Cluster):
    """The default channel is the next that is meant."""
    bot.store.rules_set[Scope.of(prod.ref)] = ScopeRule(ApprovalRule.of(1), OLD)
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod nightly-1", channel="general")
    assert bot.newest().channel == "C00DWHOPS"


async def test_asking_again_does_not_preset_an_archived_channel(bot: Bot):
    """The channel of the earlier request was archived meanwhile."""
    ana, ben = bot.slack.user("ana"), Actor(TeamId("T0000ACME"), UserId(bot.slack.user("ben").id))
    await ana.command_reply("/snapshot create dwh-prod nightly-1")
    await bot.service.approvals.decline(ben, bot.newest().id, "not tonight")
    bot.service.intake.card_channels.default = None
    bot.slack.admin.archive("dwh-ops")
    card = await ana.command_reply("/snapshot status", channel="general")
    form = await ana.click_for_modal(card, "Ask again")
    assert form.value("Tell this channel") is None


@pytest.mark.parametrize(
    ("typed", "near"),
    [("dwh-prd", "dwh-prod"), ("DWH-PRODD", "dwh-prod"), ("prod", "dwh-prod"), ("dwh_prod", "dwh-prod")],
)
@pytest.mark.parametrize("command", ["create {} nightly-1", "list {}"])
async def test_a_misspelt_cluster_is_answered_with_the_nearest(bot: Bot, typed: str, near: str, command: str):
    """Of those that one may ask for, and of no others."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot {command.format(typed)}")
    what = "whose requests you may see" if command.startswith("list") else "that you may ask for"
    assert f"There is no cluster called {typed} {what}. Did you mean {near}?" in reply.text
    stranger = await bot.slack.user("dan").command_reply(f"/snapshot {command.format(typed)}")
    assert "There is no cluster called" in stranger.text
    assert "prod" not in stranger.text.replace(typed, "")


async def test_only_the_nearest_is_offered_and_the_rest_is_told_at_once(bot: Bot):
    """Of several that one may ask for; what is wrong with the name is told in the same answer."""
    bot.grant("ana", Role.REQUEST)
    reply = await bot.slack.user("ana").command_reply("/snapshot create dwh-prd nä a<b")
    assert "Did you mean dwh-prod? " in reply.text
    assert "*Name*: `ä` isn't allowed" in reply.text
    assert "*Description*: `<` isn't allowed" in reply.text


async def test_a_cluster_that_one_may_not_ask_for_is_offered_to_nobody(bot: Bot):
    """Ana has rights on dwh-prod: dwh-dev isn't named."""
    reply = await bot.slack.user("ana").command_reply("/snapshot list dwh-dve")
    assert "dwh-dev" not in reply.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (
            "create dwh-prod nightly-1",
            "give yourself that right where the bot runs: `snapshot-bot grant U0000CLEO dwh-",
        ),
        ("help", "give yourself one where the bot runs: `snapshot-bot grant U0000CLEO CLUSTER --role request`"),
        ("status", "give yourself one where the bot runs"),
    ],
)
async def test_an_admin_is_not_told_to_ask_themself(bot: Bot, typed: str, words: str):
    """They hear how they do it."""
    reply = await bot.slack.user("cleo").command_reply(f"/snapshot {typed}")
    assert words in reply.text
    assert "@cleo can" not in reply.text


USES = {
    "dan": ["help"],
    "gus": [],
    "ana": ["", "create", "list", "snapshots", "status", "withdraw", "why", "notify", "help"],
    "ben": ["list", "snapshots", "status", "why", "notify", "help"],
    "cleo": ["list", "snapshots", "status", "audit", "why", "freeze", "unfreeze", "notify", "admin", "help"],
}


@pytest.mark.parametrize("who", USES)
async def test_help_has_the_commands_that_one_can_use(bot: Bot, who: str):
    """Without rights none but help, to a guest none; only who may ask is told how to."""
    said = (await bot.slack.user(who).command_reply("/snapshot help")).text.replace("`", "")
    listed = [line.split(" ")[1] for line in said.splitlines() if line.startswith("/snapshot ")]
    assert listed == [{"": "ask"}.get(word, word) for word in USES[who]]


async def test_who_may_ask_for_nothing_is_not_told_to_ask(bot: Bot):
    """`list`, `status` and a request that isn't there: no command that wouldn't help."""
    dan = bot.slack.user("dan")
    for typed in ("list", "status", "status R-2222", "withdraw R-2222"):
        assert "/snapshot" not in (await dan.command_reply(f"/snapshot {typed}")).text
    bot.grant("dan", Role.APPROVE)
    assert "/snapshot" not in (await dan.command_reply("/snapshot list")).text


async def test_withdraw_helps_who_has_an_open_request_though_the_right_is_gone(bot: Bot):
    """They can still take it back."""
    ana = bot.slack.user("ana")
    await ana.command_reply("/snapshot create dwh-prod nightly-1")
    bot.store.given.clear()
    assert "/snapshot withdraw REQUEST" in (await ana.command_reply("/snapshot help")).text.replace("`", "")


async def test_the_list_of_clusters_shows_which_cannot_be_used(bot: Bot, prod: Cluster):
    """Before anything is pressed; one that is busy can be asked for."""
    bot.grant("ana", Role.REQUEST)
    prod = replace(prod, block=Obstacle(ObstacleCode.READ_ONLY))
    bot.cloud.known_clusters[prod.ref.id] = prod
    form = await bot.slack.user("ana").command("/snapshot")
    options = await bot.slack.clients.search(form.user.id, form.shown, "cluster", "cluster", "")
    offered = {o["text"]["text"]: o.get("description", {}).get("text") for o in options}
    assert offered == {"dwh-dev": None, "dwh-prod": "⛔ read-only: no snapshot just now"}
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert "🔴 Read-only" in form.text
