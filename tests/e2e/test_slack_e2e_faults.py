"""When something is slow, broken or overtaken: every click still gets an answer, and nothing is done twice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.core.errors import BotError
from bot.core.events import Failed
from bot.core.grants import Role
from bot.core.ids import Actor, ChannelId, TeamId, UserId
from bot.core.lifecycle import apply
from bot.core.message import RESULT
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from bot.core.why import Why
from slack_sandbox.cards import Card
from tests.fakes.slack_bot import Bot, bot_in_sandbox, no_approval_needed

CREATE = "/snapshot create dwh-prod before-migration-42 OPS-42"


async def a_card(bot: Bot, who: str = "ben") -> Card:
    """Let ana ask, and return the card as *who* sees it."""
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    return await bot.slack.user(who).channel("dwh-ops").wait_for("Waiting")


async def broken(*args: object, **kwargs: object) -> None:
    """Fail in a way that nobody planned."""
    raise RuntimeError("secret detail")


async def test_a_slow_approval_is_acknowledged_in_time_and_goes_on(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Slack waits 3 s at most: past the deadline the click is acknowledged, the work goes on and is answered."""
    card = await a_card(bot)
    let_go, save = asyncio.Event(), bot.store.save

    async def slow(*args: Any, **kwargs: Any) -> None:
        await let_go.wait()
        await save(*args, **kwargs)

    monkeypatch.setattr(bot.store, "save", slow)
    bot.hurry(0.02)
    ben = bot.slack.user("ben")
    assert (await ben.click(card, "Approve")).status == "ok"
    assert bot.newest().state is State.WAITING
    let_go.set()
    await bot.idle()
    assert bot.newest().state is State.APPROVED
    await ben.channel("dwh-ops").wait_for("You approved")


async def test_a_form_that_took_too_long_may_be_sent_again(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """A slow store is an error in the open form; the second try finds what the first one kept."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Name="before-migration-42")
    add = bot.store.add

    async def kept_but_slow(*args: Any, **kwargs: Any) -> None:
        await add(*args, **kwargs)
        raise TimeoutError

    monkeypatch.setattr(bot.store, "add", kept_but_slow)
    sent = await form.submit()
    assert "Send it once more: it will not be done twice." in sent.errors["cluster"]
    monkeypatch.setattr(bot.store, "add", add)
    await form.fill(Name="another-name")
    sent = await form.submit()
    assert len(bot.store.requests) == 1
    assert sent.modal is not None
    assert "This form was sent before, and its request was kept." in sent.modal.text
    assert "before-migration-42" in sent.modal.text


async def test_a_list_that_fails_is_empty_and_logged(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Slack shows no words of ours in a list: it is empty, and the operator finds why."""
    form = await bot.slack.user("ana").command("/snapshot")
    monkeypatch.setattr(bot.store, "rights", broken)
    with capture_logs() as logs:
        assert await form.search("Cluster", "dwh") == []
    assert [e["event"] for e in logs] == ["options.failed"]

    async def unavailable(*args: object, **kwargs: object) -> None:
        raise BotError("disk full")

    monkeypatch.setattr(bot.store, "rights", unavailable)
    assert await form.search("Cluster", "dwh") == []


@pytest.mark.parametrize(
    ("trouble", "words"),
    [
        ("revoked", "🚫 There is no such cluster that you may ask for. @cleo can give you that right."),
        ("gone", "🔴 This cluster isn't in the cloud project (any more)."),
        ("broken", "Something went wrong on the bot's side."),
    ],
)
async def test_the_line_says_why_a_cluster_cannot_be_chosen(
    bot: Bot, prod: Cluster, monkeypatch: pytest.MonkeyPatch, trouble: str, words: str
):
    """Between the list and the choice things change: the line under the cluster says so, and the form stays."""
    bot.grant("ana", Role.REQUEST, list(bot.cloud.known_clusters.values())[1])
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Description="kept")
    await form.search("Cluster", "dwh-prod")
    match trouble:
        case "revoked":
            bot.store.given.clear()
        case "gone":
            del bot.cloud.known_clusters[prod.ref.id]
            bot.clock.advance(121)
        case _:
            monkeypatch.setattr(bot.store, "rule", broken)
    user = bot.slack.user("ana")
    block_id, action_id = form.find("Cluster", user)
    await bot.slack.clients.type(user.id, form.shown, block_id, action_id, str(prod.ref), enter=True)
    await bot.idle()
    assert words in form.text
    assert form.value("Description") == "kept"


async def test_a_fault_while_a_modal_is_filled_shows_in_the_modal(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Where the facts can't be had, the modal opens all the same and says so."""
    card = await a_card(bot)
    monkeypatch.setattr(bot.store, "get", broken)
    modal = await bot.slack.user("ben").click_for_modal(card, "Review…")
    assert "Something went wrong on the bot's side." in modal.text
    assert "secret" not in modal.text


async def test_a_review_without_a_right_names_the_rule_and_who_decides(bot: Bot):
    """Somebody without any right on the cluster hears who can decide, and who gives rights."""
    card = await a_card(bot, "dan")
    modal = await bot.slack.user("dan").click_for_modal(card, "Review…")
    assert "You may not see requests on dwh-prod. @ben can decide on them. @cleo can give you that right." in modal.text


async def test_a_decision_form_is_not_opened_for_what_was_decided(bot: Bot, prod: Cluster):
    """Approve… in a modal that was overtaken shows the present state instead of a form that can't work."""
    bot.grant("bea", Role.APPROVE, prod)
    card = await a_card(bot)
    ben = bot.slack.user("ben")
    review = await ben.click_for_modal(card, "Review…")
    await bot.slack.user("bea").click_for_reply(card, "Approve")
    modal = await ben.click_for_modal(review, "✔ Approve…")
    assert "Approved* by @bea" in modal.text
    assert modal.buttons == []


async def test_a_withdrawal_that_lost_is_answered_in_the_modal(bot: Bot):
    """Who withdraws what was declined sees the present state and who was first."""
    card = await a_card(bot, "ana")
    ana = bot.slack.user("ana")
    review = await ana.click_for_modal(card, "Review…")
    await bot.service.approvals.decline(bot_actor(bot, "ben"), bot.newest().id, "No")
    await ana.click(review, "Withdraw")
    await bot.idle()
    assert "Already declined by @ben" in review.text
    assert bot.newest().state is State.DECLINED


async def test_a_decision_without_the_right_is_answered_with_the_rule(bot: Bot):
    """A right that was taken back while the form was open decides nothing."""
    card = await a_card(bot)
    ben = bot.slack.user("ben")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✔ Approve…")
    bot.store.given = [g for g in bot.store.given if g.role is not Role.APPROVE]
    sent = await form.submit()
    assert sent.modal is not None
    assert "There is no such request that you may see." in sent.modal.text
    assert bot.newest().state is State.WAITING


async def test_ask_again_on_a_result_opens_the_form(bot: Bot, prod: Cluster):
    """The result of a failure has the button as well, for people who find it in the channel."""
    no_approval_needed(bot, prod)
    await bot.slack.user("ana").command_reply(CREATE)
    now = bot.clock.now()
    failed = apply(bot.newest(), Failed(at=now, why=Why.as_told("No.", "Ask again."), finished_at=now))
    await bot.store.save(failed, owe=[RESULT])
    await bot.tell()
    ana = bot.slack.user("ana")
    result = await ana.channel("dwh-ops").wait_for("failed. No. Ask again.")
    form = await ana.click_for_modal(result, "Ask again")
    assert form.value("Description") == "OPS-42"


async def test_create_where_the_bot_cannot_post_is_refused(bot: Bot, prod: Cluster):
    """The channel is checked for typed requests, too."""
    bot.store.rules_set[Scope.of(prod.ref)] = ScopeRule(channel=ChannelId("C0DWHSECR"))
    reply = await bot.slack.user("ana").command_reply(CREATE)
    assert "*Channel*: I'm not in this channel: invite me with /invite @snapshots" in reply.text
    assert bot.store.requests == {}


async def test_a_cloud_that_says_nothing_opens_no_empty_form():
    """With nothing to choose from there is no form, but what to do."""
    async with bot_in_sandbox() as bot:
        bot.grant("ana", Role.REQUEST)
        bot.cloud.known_clusters.clear()
        modal = await bot.slack.user("ana").command("/snapshot")
        assert "The cloud shows no cluster of yours just now." in modal.text


async def test_the_messages_tab_draws_no_home(bot: Bot):
    """Only the Home tab is drawn when it is opened."""
    await bot.slack.user("ana").open_messages()
    await bot.slack.site.workspace.changes.until(lambda: "event" in bot.delivered or None, 30)
    await bot.idle()
    assert not [e for e in bot.slack.site.exchanges.list() if e["what"] == "views.publish"]


async def test_words_that_cannot_be_told_are_logged(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Where even the words fail, the log has both faults and the bot goes on."""
    card = await a_card(bot)
    monkeypatch.setattr(bot.store, "get", broken)
    monkeypatch.setattr(bot.edge.web, "chat_postEphemeral", broken)
    with capture_logs() as logs:
        await bot.slack.user("ben").click(card, "Approve")
        await bot.idle()
    assert [e["event"] for e in logs if e["log_level"] == "error"] == [
        "listener.failed",
        "listener.failed",
        "person.not_told",
    ]


async def test_a_modal_that_was_closed_needs_no_words(bot: Bot):
    """A form that was closed while its line was redrawn is nobody's trouble."""
    bot.grant("ana", Role.REQUEST, list(bot.cloud.known_clusters.values())[1])
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    await bot.slack.fault("error", method="views.update", error="not_found")
    with capture_logs() as logs:
        await form.fill(Cluster="dwh-prod")
        await bot.idle()
    assert [e for e in logs if e["log_level"] in ("warning", "error")] == []


async def test_a_redraw_that_fails_is_told_in_the_modal_below(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """The decision is kept; that the modal below can't show it is said there."""
    card = await a_card(bot)
    ben = bot.slack.user("ben")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✔ Approve…")
    save = bot.store.save

    async def last(*args: Any, **kwargs: Any) -> None:
        await save(*args, **kwargs)
        monkeypatch.setattr(bot.store, "get", broken)

    monkeypatch.setattr(bot.store, "save", last)
    await form.submit()
    await bot.idle()
    assert bot.newest().state is State.APPROVED
    assert ben.modal is not None
    assert "Something went wrong on the bot's side." in ben.modal.text


async def test_a_modal_that_slack_refuses_is_answered_privately(bot: Bot):
    """For whatever reason Slack refuses a modal, the person who clicked hears that it didn't work."""
    card = await a_card(bot)
    await bot.slack.fault("error", method="views.open", error="view_too_large")
    reply = await bot.slack.user("ben").click_for_reply(card, "Review…")
    assert "Something went wrong on the bot's side." in reply.text


async def test_a_line_that_slack_refuses_is_said_in_the_form(bot: Bot):
    """A form that can't be redrawn says so in its line, and can still be sent."""
    bot.grant("ana", Role.REQUEST, list(bot.cloud.known_clusters.values())[1])
    form = await bot.slack.user("ana").command("/snapshot")
    await bot.slack.fault("error", method="views.update", error="view_too_large")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    assert "Something went wrong on the bot's side." in form.text
    await form.fill(Name="my-own-name")
    assert (await form.submit()).errors == {}


async def test_while_shutting_down_what_was_let_in_is_finished(bot: Bot):
    """A click that is in is kept, though no background work starts any more."""
    card = await a_card(bot)
    await bot.connection.tasks.close(grace=1)
    with capture_logs():
        assert (await bot.slack.user("ben").click(card, "Approve")).status == "ok"
    assert bot.newest().state is State.APPROVED


def bot_actor(bot: Bot, who: str) -> Actor:
    """Return a person as the use cases know them."""
    return Actor(TeamId("T0000ACME"), UserId(bot.slack.user(who).id))
