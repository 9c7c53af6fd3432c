"""From `/snapshot` to the card's end, over a real socket, as people see it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.events import Accepted, AttemptStarted, Finished
from bot.core.grants import Role
from bot.core.ids import SnapshotId
from bot.core.keep import Keep
from bot.core.lifecycle import apply
from bot.core.message import RESULT
from bot.core.request import State
from bot.core.snapshot import Cluster
from slack_sandbox.cards import Surface
from slack_sandbox.people import OTHER_TEAM
from tests.fakes.slack_bot import ON_PROD, Bot, Right, no_approval_needed


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for both clusters, ben approves dwh-prod."""
    return (*ON_PROD, ("ana", Role.REQUEST, "dwh-dev"))


def said(place: Surface) -> str:
    """Return the words without the marks for bold and code."""
    return place.text.replace("*", "").replace("`", "")


async def asked(bot: Bot, *, name: str = "before-migration-42", description: str = "OPS-42") -> None:
    """Let ana ask through the form, and the card appear."""
    form = await bot.slack.user("ana").command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name=name, Description=description)
    sent = await form.submit()
    assert sent.errors == {}
    await bot.tell()


async def test_the_form_becomes_a_card_that_mentions_who_must_act(bot: Bot):
    """A submitted form is a committed request, and its card asks the approver by name."""
    await asked(bot)
    request = bot.newest()
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("before-migration-42")
    assert request.state is State.WAITING
    assert "Waiting for approval · 0 of 1" in said(card)
    assert "@ben" in said(card)
    assert "@ben" in card.notification
    assert card.buttons == ["Approve", "Review…", "Why?"]


async def test_the_form_says_what_became_of_it(bot: Bot):
    """After "Request" the modal says that it is kept, where the card is and until when it waits."""
    await asked(bot)
    modal = bot.slack.user("ana").modal
    assert modal is not None
    assert bot.newest().id in said(modal)
    assert "dwh-ops" in said(modal)
    assert modal.shown.spec.get("submit") is None


async def test_an_approval_on_the_card_is_answered_privately_and_shown(bot: Bot):
    """Approve saves first; the approver hears of it alone, and the card follows the row."""
    await asked(bot)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    reply = await ben.click_for_reply(card, "Approve")
    assert bot.newest().state is State.APPROVED
    assert "You approved" in said(reply)
    assert reply.is_private
    await bot.tell()
    assert "Approved by @ben" in said(card)
    assert card.buttons == ["Review…", "Why?"]


async def test_a_no_to_the_question_changes_nothing(bot: Bot):
    """Approve asks once more; a no there is no approval."""
    await asked(bot)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    outcome = await ben.click(card, "Approve", confirm=False)
    assert outcome.status == "cancelled"
    assert bot.newest().state is State.WAITING


async def test_who_clicks_second_hears_who_was_first(bot: Bot, prod: Cluster):
    """Two approvers: one wins, the other hears who did it, and no second approval is kept."""
    bot.grant("bea", Role.APPROVE, prod)
    await asked(bot)
    ben, bea = bot.slack.user("ben"), bot.slack.user("bea")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    await ben.click_for_reply(card, "Approve")
    reply = await bea.click_for_reply(card, "Approve")
    assert "Already approved by @ben" in said(reply)
    assert len(bot.newest().votes) == 1


async def test_clicks_at_the_same_moment_make_one_approval(bot: Bot, prod: Cluster):
    """Two people and a double click at once: one vote is kept, and everybody gets an answer."""
    bot.grant("bea", Role.APPROVE, prod)
    await asked(bot)
    ben, bea = bot.slack.user("ben"), bot.slack.user("bea")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    outcomes = await asyncio.gather(*(user.click(card, "Approve") for user in (ben, bea, ben, bea)))
    await bot.idle()
    assert [o.status for o in outcomes] == ["ok"] * 4
    assert len(bot.newest().votes) == 1
    answers = [m for user in (ben, bea) for m in user.channel("dwh-ops").messages if m.is_private]
    assert len(answers) == 4
    assert sum("You approved R-" in said(m) for m in answers) == 1


async def test_the_requester_cannot_approve_and_hears_who_can(bot: Bot, prod: Cluster):
    """Nobody approves their own request, whatever grants they hold."""
    bot.grant("ana", Role.APPROVE, prod)
    await asked(bot)
    ana = bot.slack.user("ana")
    card = await ana.channel("dwh-ops").wait_for("Waiting")
    reply = await ana.click_for_reply(card, "Approve")
    assert "Nobody approves their own request on dwh-prod. @ben can." in said(reply)
    assert bot.newest().state is State.WAITING


@pytest.mark.parametrize(
    ("who", "words"),
    [
        ("dan", "You may not approve snapshots of dwh-prod. @ben can."),
        ("gil", "Your account is a guest's; only members of Acme can decide here."),
    ],
)
async def test_a_click_without_the_right_is_refused_with_its_rule(bot: Bot, who: str, words: str):
    """Being in the channel is no authority; the refusal names the rule and the next step, privately."""
    await asked(bot)
    user = bot.slack.user(who)
    card = await user.channel("dwh-ops").wait_for("Waiting")
    reply = await user.click_for_reply(card, "Approve")
    assert words in said(reply)
    assert reply.is_private
    assert bot.newest().state is State.WAITING


async def test_an_outsider_in_a_shared_channel_is_refused(bot: Bot, prod: Cluster):
    """Another company's account is refused by its home team, and told whose members decide."""
    await asked(bot)
    bot.grant("otto", Role.APPROVE, prod)
    otto, channel = bot.slack.user("otto"), bot.slack.site.workspace.channel("dwh-ops")
    channel.members.append(otto.id)
    channel.shared_with = (OTHER_TEAM,)  # the card stands there already
    card = await otto.channel("dwh-ops").wait_for("Waiting")
    reply = await otto.click_for_reply(card, "Approve")
    assert "Your account belongs to another company; only members of Acme can decide here." in said(reply)
    assert bot.newest().state is State.WAITING


async def test_a_review_ends_in_a_decline_with_its_reason(bot: Bot):
    """Review… → Decline… → reason: the row is declined, the modal below shows it, the requester is told why."""
    await asked(bot)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    review = await ben.click_for_modal(card, "Review…")
    assert "You can decide because: you may approve dwh-prod (granted by @cleo" in said(review)
    form = await ben.click_for_modal(review, "✖ Decline…")
    await form.fill(Reason="There is one from noon.")
    await form.submit()
    await bot.idle()
    await bot.tell()
    assert bot.newest().state is State.DECLINED
    assert ben.modal is not None
    assert "Declined by @ben: There is one from noon." in said(ben.modal)
    assert "✖ Decline…" not in ben.modal.buttons
    reply = await card.wait_for_reply("There is one from noon.")
    assert "@ana" in said(reply)
    assert card.buttons == ["Ask again"]


async def test_a_blank_reason_is_an_error_on_its_field(bot: Bot):
    """Blanks are no reason: the form stays open and nothing is declined."""
    await asked(bot)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✖ Decline…")
    await form.fill(Reason="   ")
    sent = await form.submit()
    assert set(sent.errors) == {"reason"}
    assert bot.newest().state is State.WAITING


async def test_an_approval_with_a_comment_is_kept_with_it(bot: Bot):
    """Approve… pushes a form with an optional comment; the card shows the comment."""
    await asked(bot)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✔ Approve…")
    await form.fill(Comment="Go, but before 18:00")
    await form.submit()
    await bot.idle()
    await bot.tell()
    assert bot.newest().words == "Go, but before 18:00"
    assert "Go, but before 18:00" in said(card)


async def test_a_review_opened_too_late_decides_nothing(bot: Bot, prod: Cluster):
    """Who decides in a modal that was overtaken hears who was first; the modal below has no buttons any more."""
    bot.grant("bea", Role.APPROVE, prod)
    await asked(bot)
    ben, bea = bot.slack.user("ben"), bot.slack.user("bea")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✖ Decline…")
    await bea.click_for_reply(card, "Approve")
    await form.fill(Reason="Too late")
    sent = await form.submit()
    assert sent.action == "update"
    assert sent.modal is not None
    assert "Already approved by @bea" in said(sent.modal)
    await bot.idle()
    assert ben.modals[0].buttons == []


async def test_the_requester_withdraws_from_the_review(bot: Bot):
    """Withdraw is in the requester's own review, which then shows the new state."""
    await asked(bot)
    ana = bot.slack.user("ana")
    card = await ana.channel("dwh-ops").wait_for("Waiting")
    review = await ana.click_for_modal(card, "Review…")
    assert review.buttons == ["Change…", "Withdraw", "Why?"]
    assert "Nobody approves their own request on dwh-prod." in said(review)
    await ana.click(review, "Withdraw")
    await bot.idle()
    assert bot.newest().state is State.WITHDRAWN
    assert ana.modal is not None
    assert "Withdrawn by @ana" in said(ana.modal)


async def test_ask_again_opens_the_form_with_what_was_asked(bot: Bot):
    """Ask again brings the cluster and the description along, and suggests a new name."""
    await asked(bot, description="Before the customer migration")
    in_two_lines = replace(bot.newest(), description="Before the\n customer migration")  # as older versions kept it
    bot.store.requests[in_two_lines.id] = in_two_lines
    bot.clock.advance(timedelta(hours=9))
    ana = bot.slack.user("ana")
    card = await ana.channel("dwh-ops").wait_for("Waiting")
    ben = bot.slack.user("ben")
    late = await ben.click_for_reply(card, "Approve")
    assert "This request expired" in said(late)
    assert late.buttons == []  # ben may approve, not ask
    bot.grant("ben", Role.REQUEST, next(iter(bot.cloud.known_clusters.values())))
    assert (await ben.click_for_reply(card, "Approve")).buttons == ["Ask again"]
    form = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Ask again")
    assert form.value("Cluster") == str(bot.newest().cluster)
    assert form.value("Description") == "Before the customer migration"
    assert form.placeholder("Name") == "dwh-prod-20261123-230500"


async def test_ask_again_has_the_name_that_is_free_again(bot: Bot):
    """What was declined took no name; it is filed as it stands there."""
    await asked(bot)
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    decline = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✖ Decline…")
    await decline.fill(Reason="not tonight")
    await decline.submit()
    await bot.idle()
    await bot.tell()
    declined = bot.newest()
    form = await ana.click_for_modal(await ana.channel("dwh-ops").wait_for("was declined by"), "Ask again")
    assert (form.value("Name"), form.value("Description")) == ("before-migration-42", "OPS-42")
    await form.submit()
    await bot.idle()
    assert bot.newest().id != declined.id
    assert bot.newest().name == "before-migration-42"


async def test_the_result_is_a_reply_that_the_channel_sees(bot: Bot, prod: Cluster):
    """The end is told once, as a broadcast reply that mentions the requester."""
    no_approval_needed(bot, prod)
    await asked(bot)
    request, now = bot.newest(), bot.clock.now()
    for event in (
        AttemptStarted(at=now, attempted_at=now, sent_at=now, attempts=1),
        Accepted(at=now, snapshot_id=SnapshotId("s1"), accepted_at=now),
        Finished(at=now, started_at=now, finished_at=now + timedelta(seconds=250), size_gb=42.7, keep=Keep()),
    ):
        request = apply(request, event)
        owe = [RESULT] if request.state is State.AVAILABLE else []
        await bot.store.save(request, owe=owe)
        await bot.tell()
    card = await bot.slack.user("ana").channel("dwh-ops").wait_for("Available")
    assert "✅ Available · 42.7 GB · took 4 min 10 s" in said(card)
    assert card.buttons == []
    reply = await card.wait_for_reply("is available: 42.7 GB, 4 min 10 s.")
    assert said(reply).startswith("@ana your snapshot before-migration-42 of dwh-prod")
    assert reply.body["subtype"] == "thread_broadcast"
