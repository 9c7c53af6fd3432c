"""Who may decide hears of it, on the sandbox's Slack: direct messages with the same buttons, reminders, stages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.core.approval import ApprovalRule, Stage
from bot.core.grants import Role
from bot.core.ids import Principal, UserId
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.work import Work
from bot.troubles import Troubles
from bot.worker.commits import Commits
from bot.worker.pace import Pace
from bot.worker.undecided import Waiting
from slack_sandbox.sandbox import Card
from tests.fakes.slack_bot import Bot, Right

CREATE = "/snapshot create dwh-prod before-migration-42 OPS-42"
QUARTER = 15 * 60


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana asks, ben and bea approve."""
    return ("ana", Role.REQUEST, "*"), ("ben", Role.APPROVE, "*"), ("bea", Role.APPROVE, "*")


@pytest.fixture
def bot(bot: Bot) -> Bot:
    """Bea isn't in the channel of the cards."""
    workspace = bot.slack.site.workspace
    workspace.channels["C00DWHOPS"].members.remove(bot.slack.user("bea").id)
    return bot


async def go_on(bot: Bot, seconds: float = 0) -> None:
    """Let time pass, and do what the worker does with what waits, until nothing is new; then tell."""
    bot.clock.advance(seconds)
    waiting = Waiting(store=bot.store, authority=bot.service.authority, channels=bot.edge.channels, pace=Pace())
    for _ in range(5):
        request = bot.newest()
        if request.state is not State.WAITING:
            break
        found = await waiting.look(request)
        if found.event is None:
            break
        work = Work(request, bot.store._work[request.id].token)
        await Commits(store=bot.store, metrics=bot.metrics, troubles=Troubles()).commit(work, found)
    await bot.tell()


async def asked(bot: Bot, approval: ApprovalRule | None = None) -> Card:
    """Let ana ask; return the card."""
    if approval is not None:
        bot.store.rules_set[Scope(cluster="dwh-*")] = ScopeRule(approval)
    await bot.slack.user("ana").command_reply(CREATE)
    await go_on(bot)
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


async def test_who_is_not_in_the_channel_decides_in_a_direct_message(bot: Bot):
    """The same card with the same buttons; when it is decided, both say by whom."""
    card = await asked(bot)
    bea = bot.slack.user("bea")
    copy = await bea.dm().wait_for("Waiting for approval")
    assert copy.text == card.text
    assert copy.buttons == card.buttons
    said = await bea.click_for_reply(copy, "Approve")
    assert "You approved" in said.text
    assert bot.newest().approvals == (bea.id,)
    await go_on(bot)
    for shown in (copy, card):
        assert "*Approved* by @bea" in shown.text
        assert "Approve" not in shown.buttons


async def test_the_forms_open_from_a_direct_message_too(bot: Bot):
    """Review, decline with a reason."""
    card = await asked(bot)
    bea = bot.slack.user("bea")
    copy = await bea.dm().wait_for("Waiting for approval")
    review = await bea.click_for_modal(copy, "Review…")
    decline = await bea.click_for_modal(review, "✖ Decline…")
    await decline.fill(Reason="not tonight")
    await decline.submit()
    await go_on(bot)
    assert "*Declined* by @bea" in copy.text
    assert "*Declined* by @bea" in card.text


async def test_the_direct_message_says_who_decided_in_the_channel(bot: Bot):
    """The click that comes after hears who was first."""
    card = await asked(bot)
    bea = bot.slack.user("bea")
    copy = await bea.dm().wait_for("Waiting for approval")
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    late = await bea.click_for_reply(copy, "Approve")
    assert "Already approved by @ben" in late.text
    await go_on(bot)
    assert "*Approved* by @ben" in copy.text


async def test_a_right_taken_back_leaves_nothing_to_press_from_the_direct_message(bot: Bot):
    """It was shown to them, so they hear why not."""
    await asked(bot)
    bea = bot.slack.user("bea")
    copy = await bea.dm().wait_for("Waiting for approval")
    bot.store.given = [g for g in bot.store.given if g.holder != Principal(UserId(bea.id))]
    refused = await bea.click_for_reply(copy, "Approve")
    assert "You may not approve snapshots of dwh-prod" in refused.text
    assert bot.newest().votes == ()


async def test_those_who_have_not_decided_are_reminded_each_where_they_are(bot: Bot):
    """Ben in the thread, bea under her direct message; neither is told twice, and nobody else is mentioned."""
    card = await asked(bot, ApprovalRule.of(2))
    bea = bot.slack.user("bea")
    copy = await bea.dm().wait_for("Waiting for approval")
    await go_on(bot, QUARTER)
    (reply,) = card.thread
    assert reply.text.startswith("Still waiting for @ben: 15 min.")
    (own,) = copy.thread
    assert own.text.startswith("Still waiting for @bea: 15 min.")
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    await go_on(bot, QUARTER)
    assert len(card.thread) == 1  # who voted isn't reminded
    assert [r.text.partition(".")[0] for r in copy.thread] == [
        "Still waiting for @bea: 15 min",
        "Still waiting for @bea: 30 min",
    ]


async def test_the_next_stage_is_called_when_it_begins(bot: Bot):
    """In the thread, with a mention of those alone who can decide now."""
    stages = (
        Stage(1, (Principal(UserId(bot.slack.user("bea").id)),)),
        Stage(1, (Principal(UserId(bot.slack.user("ben").id)),)),
    )
    card = await asked(bot, ApprovalRule(stages=stages))
    copy = await bot.slack.user("bea").dm().wait_for("Waiting for approval")
    assert card.thread == []
    await bot.slack.user("bea").click_for_reply(copy, "Approve")
    await go_on(bot)
    (reply,) = card.thread
    assert reply.text.startswith("Stage 2 of 2 has begun. @ben, you can decide now.")
    assert "waits until" in reply.text


async def test_home_shows_it_when_the_stage_begins(bot: Bot):
    """Also to those who are quiet; it was open before."""
    bea, ben = (UserId(bot.slack.user(who).id) for who in ("bea", "ben"))
    await asked(bot, ApprovalRule(stages=(Stage(1, (Principal(ben),)), Stage(1, (Principal(bea),)))))
    home = await bot.slack.user("bea").home()
    await home.wait_for("Snapshots of")
    assert "before-migration-42" not in home.text
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    await home.wait_for("before-migration-42")
