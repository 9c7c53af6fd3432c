"""A rule with two stages and a group, on the sandbox: one person from each team, from the cards and forms."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.core.approval import ApprovalRule, OwnApproval, Stage
from bot.core.grants import Grant, Role
from bot.core.ids import Principal, PrincipalKind
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
DBA = Principal("S00000DBA", PrincipalKind.GROUP)  # of the sandbox: ben and bea


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana asks; who approves comes by groups."""
    return (("ana", Role.REQUEST, "*"),)


@pytest.fixture
def security(bot: Bot) -> Principal:
    """@security has bea and ada; it may approve, as @dba may."""
    group = bot.slack.admin.create_group("security", ["bea", "ada"])
    holder = Principal(group.id, PrincipalKind.GROUP)
    for who in (DBA, holder):
        bot.store.given.append(Grant(who, Role.APPROVE, Scope(), "U0000CLEO", bot.clock.now()))
    return holder


def rule(bot: Bot, approval: ApprovalRule) -> None:
    bot.store.rules_set[Scope(cluster="dwh-*")] = ScopeRule(approval, set_by="U0000CLEO", set_at=bot.clock.now())


async def ask(bot: Bot) -> Card:
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


async def looked_at(bot: Bot) -> None:
    """Do the worker's step of what waits, as after a change of a rule, until nothing is new."""
    waiting = Waiting(store=bot.store, authority=bot.service.authority, channels=bot.edge.channels, pace=Pace())
    for _ in range(3):
        request = bot.newest()
        found = await waiting.look(request)
        work = Work(request, bot.store._work[request.id].token)
        if found.event is None or request.state is not State.WAITING:
            break
        await Commits(store=bot.store, metrics=bot.metrics, troubles=Troubles()).commit(work, found)
    await bot.tell()


async def test_one_from_each_team_approves(bot: Bot, security: Principal):
    """The card says whose turn it is; who isn't there yet is told who is; the decision is both of theirs."""
    rule(bot, ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1, (security,)))))
    form = await bot.slack.user("ana").command("/snapshot")
    await form.enter("Cluster", "dwh-prod")
    await bot.idle()
    assert "one approval by @dba, then one approval by @security needed" in form.text
    card = await ask(bot)
    assert "Waiting for approval* · stage 1 of 2 · 0 of 2" in card.text or "stage 1 of 2" in card.text
    assert "⏳ @dba: 0 of 1" in card.text
    assert "@security: 0 of 1, once the stage before is done" in card.text
    early = await bot.slack.user("ada").click_for_reply(card, "Approve")
    assert "has no place for your approval just now" in early.text
    assert "@ben" in early.text
    said = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert "1 of 2 approvals; it waits for the next" in said.text
    await bot.tell()
    card = await bot.slack.user("ada").channel("dwh-ops").wait_for("stage 2 of 2")
    assert "✓ @dba: 1 of 1 · @ben" in card.text
    assert "⏳ @security: 0 of 1" in card.text
    await bot.slack.user("ada").click_for_reply(card, "Approve")
    request = bot.newest()
    assert (request.state, request.counted) == (
        State.APPROVED,
        ((bot.slack.user("ben").id,), (bot.slack.user("ada").id,)),
    )
    await bot.tell()
    await bot.slack.user("ada").channel("dwh-ops").wait_for("*Approved* by @ben and @ada")


async def test_who_left_the_group_between_the_stages_counts_no_more(bot: Bot, security: Principal):
    """Slack is asked again at each vote."""
    rule(bot, ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1, (security,)))))
    card = await ask(bot)
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    bot.slack.admin.set_group("dba", ["bea"])
    said = await bot.slack.user("ada").click_for_reply(card, "Approve")
    assert "has no place for your approval just now" in said.text
    assert "@bea" in said.text
    await bot.slack.user("bea").click_for_reply(card, "Approve")
    assert bot.newest().state is State.WAITING
    await bot.slack.user("ada").click_for_reply(card, "Approve")
    assert bot.newest().state is State.APPROVED


async def test_while_slack_does_not_say_who_is_in_the_group_nobody_approves(bot: Bot, security: Principal):
    """It is said whose fault that is, and a minute later it works."""
    rule(bot, ApprovalRule(stages=(Stage(1, (DBA,)),)))
    card = await ask(bot)
    await bot.slack.fault("error", method="usergroups.list", error="internal_error", times=2)
    said = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert "Slack can't say just now who is in @dba; try again in a minute." in said.text
    assert bot.newest().votes == ()
    bot.clock.advance(60)
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert bot.newest().state is State.APPROVED


async def test_an_approver_who_asks_may_only_where_the_rule_says_so(bot: Bot, security: Principal):
    """Asking is no vote; the click of their own is marked in the record."""
    bot.grant("ben", Role.REQUEST)
    rule(bot, ApprovalRule())
    await bot.slack.user("ben").command_reply(CREATE)
    await bot.tell()
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")
    said = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert "Nobody approves their own request on dwh-prod" in said.text
    rule(bot, ApprovalRule(own=OwnApproval.ALLOWED))
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert bot.newest().state is State.APPROVED
    assert bot.store.log[-1].rule == "own-approval"


async def test_a_rule_changed_meanwhile_is_on_the_card(bot: Bot, security: Principal):
    """Who changed it, what it takes now, and whose approval counts; it starts when that is enough."""
    rule(bot, ApprovalRule.of(3))
    card = await ask(bot)
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    bot.clock.advance(60)
    rule(bot, ApprovalRule.of(2))
    await looked_at(bot)
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("The rule of dwh-prod changed")
    assert "(@cleo): two approvals now. The approval by @ben counts." in card.text
    bot.clock.advance(60)
    rule(bot, ApprovalRule.of(1))
    await looked_at(bot)
    assert bot.newest().state is State.APPROVED
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("*Approved* by @ben")


async def test_a_rule_that_wants_reasons_opens_the_form(bot: Bot, security: Principal):
    """From the card; without a reason the form stays, with one it counts, and the answer comes privately."""
    rule(bot, ApprovalRule(needs_reason=True, decide_within=timedelta(hours=1)))
    card = await ask(bot)
    ben = bot.slack.user("ben")
    form = await ben.click_for_modal(card, "Approve…")
    assert "The rule wants a reason" in form.text
    await form.fill(Comment="OPS-42 was agreed")
    await form.submit()
    await bot.idle()
    request = bot.newest()
    assert (request.state, request.words) == (State.APPROVED, "OPS-42 was agreed")


async def test_a_card_of_before_opens_the_form_too(bot: Bot, security: Principal):
    """The rule wants reasons since it was drawn: the plain button leads to the form."""
    rule(bot, ApprovalRule())
    card = await ask(bot)
    rule(bot, ApprovalRule(needs_reason=True))
    form = await bot.slack.user("ben").click_for_modal(card, "Approve")
    await form.fill(Comment="fine")
    await form.submit()
    assert bot.newest().state is State.APPROVED


async def test_a_reason_given_from_home_is_seen_there(bot: Bot, security: Principal):
    """The form opens on Home, too; what waited there for this person is gone from it, and their answer is told."""
    rule(bot, ApprovalRule(needs_reason=True))
    await ask(bot)
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("before-migration-42")
    form = await ben.click_for_modal(home, "Approve…")
    await form.fill(Comment="OPS-42 was agreed")
    await form.submit()
    await home.wait_for("Nothing waits for your decision")
    assert bot.newest().state is State.APPROVED
