"""The whole path from `/snapshot` to the channel, over Socket Mode and over signed HTTP."""

from __future__ import annotations

import pytest

from tests.harness.running import a_world


@pytest.fixture(params=[False, True], ids=["socket", "http"])
async def world(request, tmp_path):
    async with a_world(tmp_path, http=request.param) as world:
        yield world


async def test_a_snapshot_from_the_form_to_the_channel(world):
    """Asked, refused once in the form, approved by somebody else, created, and told to the requester in the channel."""
    ana, ben = world.user("ana"), world.user("ben")
    modal = await ana.command("/snapshot")
    assert await modal.search("Cluster", "prod") == ["dwh-prod"]
    await modal.enter("Cluster", "dwh-prod")
    assert "one approval by @ben or @bea needed" in modal.text
    await modal.enter("Name", "1bad")
    refused = await modal.submit()
    assert list(refused.errors.values()) == ["Starts with a digit; the first character must be a letter."]
    await modal.enter("Name", "before-42")
    await modal.enter("Description", "Before the customer migration, OPS-42")
    assert not (await modal.submit()).errors

    card = await ana.channel("dwh-ops").wait_for("before-42")
    assert "Waiting for approval" in card.text
    assert "Before the customer migration, OPS-42" in card.text
    own = await ana.click_for_reply(card, "Approve")
    assert "Nobody approves their own request on dwh-prod." in own.text

    review = await ben.click_for_modal(card, "Review…")
    assert "You can decide because: you may approve dwh-prod" in review.text
    approval = await ben.click_for_modal(review, "✔ Approve…")
    await approval.enter("Comment", "go ahead")
    assert not (await approval.submit()).errors
    await card.wait_for("Available", seconds=60)
    assert card.buttons == ["Review…"]  # where one says how long it is kept
    result = await card.wait_for_reply("is available")
    assert "@ana your snapshot" in result.text
    assert "Approved by @ben" in result.text
    assert result.body["subtype"] == "thread_broadcast"
    assert [s.name for s in world.cloud.project.snapshots.values() if s.name == "before-42"] == ["before-42"]


async def test_a_declined_request_says_who_and_why(world):
    """Decline needs a reason; the card and a mention carry it; nothing is created."""
    ana, ben = world.user("ana"), world.user("ben")
    card = await world.ask("ana", "not-tonight")
    review = await ben.click_for_modal(card, "Review…")
    decline = await ben.click_for_modal(review, "✖ Decline…")
    blank = await decline.submit()
    assert blank.errors
    await decline.enter("Reason", "The batch runs until six")
    assert not (await decline.submit()).errors
    await card.wait_for("*Declined* by @ben")
    assert "The batch runs until six" in card.text
    reply = await card.wait_for_reply("The batch runs until six")
    assert "@ana" in reply.text
    late = await ana.click_for_modal(card, "Ask again")
    (prod,) = (c.id for c in world.cloud.project.clusters.values() if c.name == "dwh-prod")
    assert late.value("Cluster").endswith(prod)


async def test_two_approvers_at_once_have_one_winner(world):
    """Both click; one approval counts, the other hears who was first."""
    bea = world.user("bea")
    card = await world.ask("ana", "race-1")
    review = await bea.click_for_modal(card, "Review…")
    approval = await bea.click_for_modal(review, "✔ Approve…")
    await world.approve("ben", card)
    lost = await approval.submit()
    assert "Already approved by @ben" in (lost.modal.text if lost.modal else "")
    await card.wait_for("Available", seconds=60)


async def test_the_requester_withdraws(world):
    """Withdraw is the requester's alone, in the review modal."""
    ana = world.user("ana")
    card = await world.ask("ana", "never-mind")
    review = await ana.click_for_modal(card, "Review…")
    assert "Nobody approves their own request" in review.text
    assert "✔ Approve…" not in review.buttons
    await ana.click(review, "Withdraw")
    await card.wait_for("*Withdrawn* by @ana")
    assert card.buttons == []


async def test_commands_without_the_form(world):
    """`create` keeps the request before it answers; `status` and `list` show it; `help` is about this person."""
    ana = world.user("ana")
    created = await ana.command_reply("/snapshot create dwh-prod by-hand-1 new payload limits")
    assert "R-" in created.text
    card = await ana.channel("dwh-ops").wait_for("Snapshot of dwh-prod")
    assert "new payload limits" in card.text
    assert "by-hand-1" in (await ana.command_reply("/snapshot status")).text
    assert "by-hand-1" in (await ana.command_reply("/snapshot list dwh-prod")).text
    assert "Ask for a snapshot of dwh-prod" in (await ana.command_reply("/snapshot help")).text
    taken = await ana.command_reply("/snapshot create dwh-prod BY-HAND-1")
    assert "Another open request asks for a snapshot with this name" in taken.text


async def test_home_and_shortcut(world):
    """App Home shows what waits for whom with the same buttons; the global shortcut opens the same form."""
    card = await world.ask("ana", "from-home-1")
    home = await world.user("ben").home()
    await home.wait_for("from-home-1")
    await world.user("ben").click(home, "Approve")
    await card.wait_for("Available", seconds=60)
    modal = await world.user("ana").shortcut("snapshot")
    assert modal.title == "Take a snapshot"
