"""A change of a request, as people see it: on the card, in the review, and under buttons that were drawn before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.core.approval import ApprovalRule
from bot.core.grants import Role
from bot.core.ids import Actor, UserId
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from slack_sandbox.sandbox import Card, Modal
from tests.fakes.slack_bot import Bot, Right

OLD, NEW = "Before the customer migration", "Before the migration of OPS-43"
SINCE = "was changed after you had it before you, so nothing was done. Look at it as it is now."


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for every cluster, ben and bea approve."""
    return ("ana", Role.REQUEST, "*"), ("ben", Role.APPROVE, "*"), ("bea", Role.APPROVE, "*")


@pytest.fixture
async def card(bot: Bot) -> Card:
    """The card of a request of ana's that waits for two."""
    (prod, *_) = bot.cloud.known_clusters.values()
    bot.store.rules_set[Scope.of(prod.ref)] = ScopeRule(ApprovalRule.of(2))
    await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod before-migration-42 {OLD}")
    await bot.tell()
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


async def changed(bot: Bot, card: Card, description: str = NEW) -> Modal:
    """Let ana change the description in the review; return the review as it stands then."""
    ana = bot.slack.user("ana")
    form = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Change…")
    await form.fill(Description=description)
    await form.submit()
    await bot.idle()
    review = bot.slack.user("ana").modal
    assert review is not None
    return review


async def test_the_requester_changes_the_description(bot: Bot, card: Card):
    """The form has what it says now; the review and the card say who changed what, when."""
    ana = bot.slack.user("ana")
    form = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Change…")
    assert form.value("Description") == OLD
    await form.close()
    review = await changed(bot, card)
    assert f"✏️ You changed {bot.newest().id}. It waits for approval as it is now." in review.text
    assert NEW in review.text
    await bot.tell()
    assert NEW in card.text
    assert OLD not in card.text
    assert "✏️ Changed by @ana" in card.text
    assert ": description." in card.text


async def test_an_approval_falls_and_its_giver_is_called_once(bot: Bot, card: Card):
    """The form says whose approval falls; the card who must look again; the thread calls them, with the new text."""
    ben = bot.slack.user("ben")
    await ben.click_for_reply(card, "Approve")
    await bot.tell()
    assert "1 of 2" in card.text
    ana = bot.slack.user("ana")
    form = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Change…")
    assert "@ben approved it as it is: that approval falls, and they are asked again." in form.text
    await form.close()
    await changed(bot, card)
    for _ in range(2):
        await bot.tell()
    assert "0 of 2" in card.text
    assert "@ben must look again." in card.text
    calls = [m for m in ben.channel("dwh-ops").messages if "look again: your approval" in m.text]
    assert len(calls) == 1
    assert NEW in calls[0].text
    assert "@ana changed the description of" in calls[0].text
    await ben.click_for_reply(card, "Approve")
    await bot.tell()
    assert "must look again" not in card.text
    assert "1 of 2" in card.text


async def test_a_button_drawn_before_the_change_approves_nothing(bot: Bot, card: Card):
    """The answer says what it says now; the card as it is drawn then counts."""
    ben = bot.slack.user("ben")
    await changed(bot, card)
    late = await ben.click_for_reply(card, "Approve")  # the card wasn't drawn again yet
    assert SINCE in late.text
    assert NEW in late.text
    assert late.buttons == ["Review…"]
    assert bot.newest().votes == ()
    await bot.tell()
    assert "You approved" in (await ben.click_for_reply(card, "Approve")).text


async def test_on_home_the_answer_shows_what_it_says_now(bot: Bot, card: Card):
    """The list there names the request, not what it says. (A Home that was open lately is drawn again at once.)"""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("Waiting for you")
    request = bot.newest()
    await bot.service.changing.change(Actor(request.team, UserId(ana.id)), request.as_seen, description=NEW)
    await ben.click(home, "Approve")
    await bot.idle()
    await home.wait_for(SINCE)
    assert NEW in home.text
    assert bot.newest().votes == ()


async def test_a_card_that_shows_the_change_decides_after_it(bot: Bot, card: Card):
    """Its button carries the revision that it shows."""
    await changed(bot, card)
    await bot.tell()
    for who in ("ben", "bea"):
        await bot.slack.user(who).click_for_reply(card, "Approve")
    assert bot.newest().state is State.APPROVED


@pytest.mark.parametrize(
    ("button", "field", "state"),
    [("✔ Approve…", "Comment", State.WAITING), ("✖ Decline…", "Reason", State.DECLINED)],
)
async def test_what_was_typed_stays_for_a_second_look(bot: Bot, card: Card, button: str, field: str, state: State):
    """The small form says what has changed and keeps the words; pressed again it decides on what it shows."""
    ben = bot.slack.user("ben")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), button)
    answers: dict[str, Any] = {field: "Ask Ada first."}
    await form.fill(**answers)
    await changed(bot, card)
    sent = await form.submit()
    assert (sent.action, sent.errors, form.value(field)) == ("update", {}, "Ask Ada first.")
    assert SINCE in form.text
    assert NEW in form.text
    assert (bot.newest().state, bot.newest().votes) == (State.WAITING, ())
    await form.submit()
    await bot.idle()
    assert bot.newest().state is state
    assert (bot.newest().words or bot.newest().votes[0].comment) == "Ask Ada first."


async def test_a_review_drawn_before_the_change_is_drawn_again(bot: Bot, card: Card):
    """Its buttons put the review of now on top, which says why."""
    ben = bot.slack.user("ben")
    review = await ben.click_for_modal(card, "Review…")
    await changed(bot, card)
    now = await ben.click_for_modal(review, "✔ Approve…")
    assert SINCE in now.text
    assert NEW in now.text
    form = await ben.click_for_modal(now, "✔ Approve…")
    await form.submit()
    await bot.idle()
    assert [vote.user for vote in bot.newest().votes] == [ben.id]


async def test_only_the_requester_is_offered_it_and_only_while_it_waits(bot: Bot, card: Card):
    """Others have no such button; once it is decided there is none."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    assert "Change…" not in (await ben.click_for_modal(card, "Review…")).buttons
    review = await ana.click_for_modal(card, "Review…")
    assert "Change…" in review.buttons
    form = await ana.click_for_modal(review, "Change…")
    await form.fill(Description=NEW)
    for who in ("ben", "bea"):
        await bot.slack.user(who).click_for_reply(card, "Approve")
    await form.submit()
    assert "Already approved by @bea" in form.text
    assert "as it is. To change it, withdraw it and ask again." in form.text
    assert bot.newest().description == OLD


async def test_a_description_that_the_cloud_refuses_is_an_error_on_its_field(bot: Bot, card: Card):
    """As in the form behind `/snapshot`."""
    ana = bot.slack.user("ana")
    form = await ana.click_for_modal(await ana.click_for_modal(card, "Review…"), "Change…")
    await form.fill(Description="a < b")
    sent = await form.submit()
    assert list(sent.errors.values()) == ["`<` isn't allowed in descriptions."]
    assert bot.newest().revised is None


async def test_what_says_so_already_is_left_as_it_is(bot: Bot, card: Card):
    """The answer says so, and nobody's approval falls."""
    await bot.slack.user("ben").click_for_reply(card, "Approve")
    review = await changed(bot, card, OLD)
    assert "says that already; nothing was changed." in review.text
    assert len(bot.newest().votes) == 1


async def test_the_transcript_in_the_documents_is_what_people_see(bot: Bot, card: Card):
    """Word by word, but for the ids: the call, the card, and the answer to a button that was drawn before."""
    ben, bea = bot.slack.user("ben"), bot.slack.user("bea")
    await ben.click_for_reply(card, "Approve")
    await changed(bot, card)
    late = await bea.click_for_reply(card, "Approve")
    await bot.tell()
    (call,) = (m for m in ben.channel("dwh-ops").messages if "look again: your approval" in m.text)
    shown = (Path(__file__).parents[2] / "docs" / "asking.md").read_text("utf-8").split("```")[1].splitlines()[1:]
    for message in (call.text, card.text, late.text):
        for line in message.splitlines():
            assert re.sub(r"R-[0-9A-Z]+", "R-…", line.replace("*", "").replace("`", "")) in [s.strip() for s in shown]
