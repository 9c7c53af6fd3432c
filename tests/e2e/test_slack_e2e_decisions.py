"""The small forms that decide: what somebody typed there stays, no matter who was first and which answer got lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from bot.core.grants import Role
from bot.core.request import State
from bot.core.restored import Recovery
from slack_sandbox.sandbox import Card, Modal
from tests.fakes.slack_bot import Bot, Right

REASON = "The batch runs until six; ask Ada first."
CREATE = "/snapshot create dwh-prod before-migration-42 OPS-42"


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana may ask for every cluster, ben and bea approve."""
    return ("ana", Role.REQUEST, "*"), ("ben", Role.APPROVE, "*"), ("bea", Role.APPROVE, "*")


@pytest.fixture
async def card(bot: Bot) -> Card:
    """The card of a request of ana's that waits."""
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


async def decision_form(bot: Bot, card: Card, button: str, **answers: Any) -> Modal:
    """Let ben open the form behind *button* of the review modal, and fill it in."""
    ben = bot.slack.user("ben")
    form = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), button)
    await form.fill(**answers)
    return form


def submissions(bot: Bot) -> list[dict[str, Any]]:
    """Return the payloads of the forms that were sent."""
    payloads = [e["payload"] for e in bot.slack.site.exchanges.list() if e["direction"] == "slack->app"]
    return [p for p in payloads if p.get("type") == "view_submission"]


@pytest.mark.parametrize(("button", "field"), [("✖ Decline…", "Reason"), ("✔ Approve…", "Comment")])
async def test_what_was_typed_stays_when_somebody_else_was_first(bot: Bot, card: Card, button: str, field: str):
    """The form says who was first and that the words were not sent; they stand there, press after press."""
    form = await decision_form(bot, card, button, **{field: REASON})
    await bot.slack.user("bea").click_for_reply(card, "Approve")
    for _ in range(2):
        sent = await form.submit()
        assert (sent.action, sent.errors, form.value(field)) == ("update", {}, REASON)
        assert form.text.count("Already approved by @bea") == 1
        assert "What you typed was not sent" in form.text
    await bot.idle()
    below = bot.slack.user("ben").modals[0]
    assert "Approved* by @bea" in below.text
    assert below.buttons == []


async def test_what_was_typed_stays_when_the_right_is_gone(bot: Bot, card: Card):
    """Why it was refused stands above the words."""
    form = await decision_form(bot, card, "✖ Decline…", Reason=REASON)
    bot.store.given = [g for g in bot.store.given if g.role is not Role.APPROVE]
    await form.submit()
    assert "There is no such request that you may see." in form.text
    assert form.value("Reason") == REASON
    assert bot.newest().state is State.WAITING


async def test_an_empty_comment_needs_no_words_about_it(bot: Bot, card: Card):
    """Nothing was typed, so nothing is said to be lost."""
    form = await decision_form(bot, card, "✔ Approve…")
    await bot.slack.user("bea").click_for_reply(card, "Approve")
    await form.submit()
    assert "Already approved by @bea" in form.text
    assert "not sent" not in form.text


@pytest.mark.parametrize(
    ("button", "answers", "said"),
    [
        ("✖ Decline…", {"Reason": REASON}, "You declined R-"),
        ("✔ Approve…", {"Comment": REASON}, "You approved R-"),
        ("✔ Approve…", {}, "You approved R-"),
    ],
)
async def test_a_decision_sent_again_is_the_same_decision(
    bot: Bot, card: Card, button: str, answers: dict[str, str], said: str
):
    """The answer to the first one got lost on its way: the second closes the form, and nothing is decided twice."""
    form = await decision_form(bot, card, button, **answers)
    await form.submit()
    await bot.idle()
    decided = bot.newest()
    again = await bot.deliver(submissions(bot)[-1])
    await bot.idle()
    assert (again.status, again.body) == (200, "")
    assert bot.newest() == decided
    assert said in bot.slack.user("ben").modals[0].text


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (State.APPROVED, "; only @ana can still withdraw it, until the cloud is asked."),
        (State.SUBMITTING, "Too late to decline: approved by @bea"),
        (State.CREATING, "Too late to decline: approved by @bea"),
        (State.AVAILABLE, "and the snapshot is made: too late to decline."),
    ],
)
async def test_who_declines_too_late_hears_what_still_can_be_done(bot: Bot, card: Card, state: State, words: str):
    """To somebody who wanted to stop it, "nothing more to do" is no answer."""
    form = await decision_form(bot, card, "✖ Decline…", Reason=REASON)
    await bot.slack.user("bea").click_for_reply(card, "Approve")
    request = bot.newest()
    bot.store.requests[request.id] = replace(request, state=state)
    await form.submit()
    assert words in form.text
    assert "nothing more to do" not in form.text


@pytest.mark.parametrize("button", ["✖ Decline…", "✔ Approve…"])
async def test_nobody_decides_on_what_a_restore_put_back_before_the_cloud_was_looked_at(
    bot: Bot, card: Card, button: str
):
    """By the card's button and by the forms: it is said why nothing was done, and what was typed stays."""
    field = "Reason" if "Decline" in button else "Comment"
    form = await decision_form(bot, card, button, **{field: REASON})
    request = bot.newest()
    bot.store.requests[request.id] = replace(request, as_of=request.created_at, recovery=Recovery.SOUGHT)
    reply = await bot.slack.user("bea").click_for_reply(card, "Approve")
    assert "the bot must look into the cloud first" in reply.text
    assert (await form.submit()).errors
    assert form.value(field) == REASON
    assert bot.newest().state is State.WAITING
