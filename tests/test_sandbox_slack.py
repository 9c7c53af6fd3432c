"""A Bolt app that knows nothing of the sandbox goes all the way through it, over Socket Mode and over HTTP."""

from __future__ import annotations

import pytest
from foreign_bolt_app import over_http, over_socket

from bot.sandbox.slack import Sandbox


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
async def slack(request):
    """Give a sandbox with the foreign app connected."""
    async with Sandbox() as slack, request.param(slack) as app:
        slack.foreign = app
        yield slack


async def test_command_modal_message_button_ephemeral_and_response_url(slack):
    """The whole path of an interactive app works, from the command to the answers on a click."""
    ana, ben = slack.user("ana"), slack.user("ben")

    modal = await ana.command("/order")
    await modal.fill(name="tea & <scones>", what="gr-2")
    result = await modal.submit()
    card = await ben.channel("dwh-ops").wait_for("Waiting")

    assert (result.errors, result.action, result.modal) == ({}, "closed", None)
    assert card.text == "Waiting: tea & <scones> gr-2\nApprove"
    assert card.body["text"] == "Waiting: tea &amp; &lt;scones&gt;"
    assert card.buttons == ["Approve"]

    assert (await ben.click(card, "Approve")).status == "ok"
    await card.wait_for("Approved")
    await ben.channel("dwh-ops").wait_for("By response URL")
    await ben.channel("dwh-ops").wait_for("Only you see this")

    assert card.buttons == []
    assert [c.text for c in ana.channel("dwh-ops").messages] == ["Approved"]
    assert ben.notices == []


async def test_a_command_may_answer_in_its_ack(slack):
    """Text in the ack of a command is shown to the person alone."""
    card = await slack.user("ana").command_reply("/hello you & me")

    assert card.text == "Hello ana, you said you & me"
    assert card.is_private
