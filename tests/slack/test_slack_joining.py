"""Join what somebody else has asked for, in the form, the review and under the command; and ask for somebody else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.core.grants import Role
from bot.core.message import MessageKind
from bot.core.request import State
from slack_sandbox.sandbox import Card, Modal
from tests.fakes.slack_bot import Bot, Right

CREATE = "/snapshot create dwh-prod before-migration-42 OPS-42"


@pytest.fixture
def rights() -> Sequence[Right]:
    """Ana, ada and bea may ask for every cluster, ben and bea approve, cleo is an admin who may ask."""
    asks = tuple((who, Role.REQUEST, "*") for who in ("ana", "ada", "bea", "cleo"))
    return (*asks, ("ben", Role.APPROVE, "*"), ("bea", Role.APPROVE, "*"))


@pytest.fixture
async def card(bot: Bot) -> Card:
    """The card of a request of ana's that waits, four minutes old."""
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    bot.clock.advance(245)
    return await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")


async def form_of(bot: Bot, who: str) -> Modal:
    """Let *who* open the form and choose dwh-prod."""
    user = bot.slack.user(who)
    form = await user.command("/snapshot")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    return form


async def ended(bot: Bot, *, by: str = "ben") -> None:
    """Let *by* decline what ana has asked for, and tell everybody."""
    user = bot.slack.user(by)
    card = await user.channel("dwh-ops").wait_for("Waiting")
    decline = await user.click_for_modal(await user.click_for_modal(card, "Review…"), "✖ Decline…")
    await decline.fill(Reason="not tonight")
    await decline.submit()
    await bot.idle()
    await bot.tell()


def results(bot: Bot) -> list[str]:
    """Return what was said of ends."""
    return [m.text for m in bot.slack.user("ada").channel("dwh-ops").messages if "was declined by" in m.text]


async def test_the_form_offers_to_join_and_goes_on_by_itself(bot: Bot, card: Card):
    """What was typed stays when the offer comes and when it goes; pressing Request asks for one's own."""
    form = await bot.slack.user("ada").command("/snapshot")
    await form.fill(Description="mine", Name="of-my-own-1")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    first = bot.newest()
    assert f"@ana asked for a snapshot of dwh-prod 4 min ago ({first.id}, waiting for approval)." in form.text
    assert [b for b in form.buttons if b in ("Join it", "Ask for my own")] == ["Join it", "Ask for my own"]
    assert (form.value("Description"), form.value("Name")) == ("mine", "of-my-own-1")
    await bot.slack.user("ada").click(form, "Ask for my own")
    await bot.idle()
    assert "Join it" not in form.buttons
    assert (form.value("Description"), form.value("Name")) == ("mine", "of-my-own-1")
    await form.submit()
    await bot.idle()
    assert (bot.newest().requester, bot.newest().name) == (bot.slack.user("ada").id, "of-my-own-1")
    assert first.joined == ()


async def test_who_joins_in_the_form_is_told_together(bot: Bot, card: Card):
    """The form is answered; the card names both, and one reply tells both how it ends."""
    form = await form_of(bot, "ada")
    await bot.slack.user("ada").click(form, "Join it")
    await bot.idle()
    modal = bot.slack.user("ada").modal
    assert modal is not None
    assert f"You joined {bot.newest().id}: you are told with @ana how it ends, in #dwh-ops." in modal.text
    await bot.tell()
    assert "@ana, with @ada, asks for before-migration-42" in card.text.replace("`", "")
    await ended(bot)
    assert len(results(bot)) == 1
    assert results(bot)[0].startswith("@ana and @ada your request for")


async def test_to_an_approver_it_says_first_what_is_lost(bot: Bot, card: Card):
    """Slack asks once more with those words; a no changes nothing, and after a yes their approval is refused."""
    bea = bot.slack.user("bea")
    form = await form_of(bot, "bea")
    button = next(b for block in form.shown.spec["blocks"] for b in block.get("elements", ()) if b.get("value"))
    asked = button["confirm"]["text"]["text"]
    assert "then you can't approve it, and an approval that you gave falls." in asked
    assert (await bea.click(form, "Join it", confirm=False)).status == "cancelled"
    assert bot.newest().joined == ()
    await bea.click(form, "Join it")
    await bot.idle()
    assert [j.user for j in bot.newest().joined] == [bea.id]
    await bot.tell()
    assert (
        "Nobody approves their own request on dwh-prod. @ben can." in (await bea.click_for_reply(card, "Approve")).text
    )


async def test_who_became_an_approver_meanwhile_is_asked_first(bot: Bot, card: Card):
    """The button was drawn without the question: the form is drawn again with it, and nothing is done yet."""
    ada = bot.slack.user("ada")
    form = await form_of(bot, "ada")
    bot.grant("ada", Role.APPROVE)
    await ada.click(form, "Join it")
    await bot.idle()
    assert bot.newest().joined == ()
    await ada.click(form, "Join it")
    await bot.idle()
    assert [j.user for j in bot.newest().joined] == [ada.id]


async def test_joining_what_has_ended_tells_how(bot: Bot, card: Card):
    """The form stays, with what was typed, for one's own."""
    form = await form_of(bot, "ada")
    await form.fill(Description="mine")
    await ended(bot)
    await bot.slack.user("ada").click(form, "Join it")
    await bot.idle()
    assert f"{bot.newest().id} has ended already, so there is nothing to join." in form.text
    assert "Declined by @ben: not tonight" in form.text.replace("*", "")
    assert form.value("Description") == "mine"


async def test_it_is_joined_and_left_in_the_review(bot: Bot, card: Card):
    """Who asked has no such button; who joined has the one to leave."""
    ana, ada = bot.slack.user("ana"), bot.slack.user("ada")
    assert "Join it" not in (await ana.click_for_modal(card, "Review…")).buttons
    review = await ada.click_for_modal(card, "Review…")
    await ada.click(review, "Join it")
    await bot.idle()
    assert "You joined" in review.text
    assert "Join it" not in review.buttons
    await ada.click(review, "Leave it")
    await bot.idle()
    assert "goes on without you" in review.text
    assert bot.newest().joined == ()


async def test_the_command_asks_and_offers_to_join_instead(bot: Bot, card: Card):
    """What was typed is asked for; joined instead, it is taken back in the same press."""
    first, ada = bot.newest(), bot.slack.user("ada")
    reply = await ada.command_reply("/snapshot create dwh-prod of-my-own-1")
    own = bot.newest()
    assert f"{own.id} asks for" in reply.text.replace("*", "")
    assert f"({first.id}, waiting for approval)" in reply.text
    answer = await ada.click_for_reply(reply, "Join it instead")
    assert f"You joined {first.id}" in answer.text
    assert f"You withdrew {own.id}" in answer.text
    assert bot.store.requests[own.id].state is State.WITHDRAWN
    assert [j.user for j in bot.store.requests[first.id].joined] == [ada.id]


async def test_who_joined_hears_that_it_was_taken_back(bot: Bot, card: Card):
    """They waited for it still, and can ask for their own from there."""
    ada = bot.slack.user("ada")
    await ada.click(await ada.click_for_modal(card, "Review…"), "Join it")
    await bot.idle()
    await bot.slack.user("ana").command_reply(f"/snapshot withdraw {bot.newest().id}")
    await bot.tell()
    told = await ada.channel("dwh-ops").wait_for("was taken back by @ana")
    assert told.text.startswith("@ada the request for")
    assert told.buttons == ["Ask again"]


async def test_who_is_not_in_the_channel_has_the_end_directly(bot: Bot, card: Card):
    """They are not mentioned where they aren't."""
    bot.slack.site.workspace.channel("dwh-ops").members.remove(bot.slack.user("ada").id)
    ada = bot.slack.user("ada")
    form = await form_of_general(bot, "ada")
    await ada.click(form, "Join it")
    await bot.idle()
    assert bot.newest().joined[0].directly
    assert "you are told by direct message" in (ada.modal.text if ada.modal else "")
    await ended(bot)
    kinds = [(owed.kind, owed.to) for _, owed in bot.store.told if owed.kind is MessageKind.RESULT]
    assert kinds == [(MessageKind.RESULT, None), (MessageKind.RESULT, ada.id)]
    assert any(m.text.startswith("@ada your request for") for m in ada.dm().messages)


async def form_of_general(bot: Bot, who: str) -> Modal:
    """Let *who*, who isn't in dwh-ops, open the form elsewhere and choose dwh-prod."""
    form = await bot.slack.user(who).command("/snapshot", channel="general")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    return form


# -- for somebody else ------------------------------------------------------------------------------------------------


async def test_an_admin_asks_for_somebody_in_the_form(bot: Bot):
    """Both are named on the card and in the result."""
    form = await form_of(bot, "cleo")
    await form.fill(For="ana", Name="for-ana-1")
    await form.submit()
    await bot.idle()
    request = bot.newest()
    assert (request.requester, request.asked_by) == (bot.slack.user("ana").id, bot.slack.user("cleo").id)
    await bot.tell()
    card = await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")
    assert "@cleo, for @ana, asks for for-ana-1" in card.text.replace("`", "")
    await ended(bot)
    assert results(bot)[0].startswith("@ana and @cleo your request for")
    again = await bot.slack.user("cleo").channel("dwh-ops").wait_for("was declined by")
    form = await bot.slack.user("cleo").click_for_modal(again, "Ask again")
    assert form.value("For") == bot.slack.user("ana").id


async def test_the_field_is_for_admins(bot: Bot):
    """Who isn't one doesn't see it."""
    assert "As an admin of the cluster" in (await form_of(bot, "cleo")).text
    assert "As an admin of the cluster" not in (await form_of(bot, "ana")).text


async def test_for_whom_is_an_error_on_its_field(bot: Bot):
    """It says who lacks what, by name."""
    form = await form_of(bot, "cleo")
    await form.fill(For="dan", Name="for-dan-1")
    sent = await form.submit()
    (error,) = sent.errors.values()
    assert error.startswith(
        "@dan may not ask for snapshots of dwh-prod. Give them that right first, or clear the field"
    )
    assert bot.store.requests == {}


async def test_the_transcript_in_the_documents_is_what_people_see(bot: Bot, card: Card):
    """Word by word, but for the ids."""
    form = await form_of(bot, "ada")
    (offered,) = (line for line in form.text.splitlines() if "asked for a snapshot" in line)
    await bot.slack.user("ada").click(form, "Join it")
    await bot.idle()
    modal = bot.slack.user("ada").modal
    assert modal is not None
    await bot.tell()
    (asks,) = (line for line in card.text.splitlines() if "asks for" in line)
    await ended(bot)
    said = [offered, modal.text.splitlines()[1], asks, *results(bot)[0].splitlines()]
    shown = (Path(__file__).parents[2] / "docs" / "asking.md").read_text("utf-8").split("```")[3].splitlines()[1:]
    for line in said:
        assert re.sub(r"R-[0-9A-Z]+", "R-…", line.replace("*", "").replace("`", "")) in [s.strip() for s in shown]
