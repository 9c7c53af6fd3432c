"""A Bolt app that knows nothing of the sandbox goes all the way through it, over Socket Mode and over HTTP."""

from __future__ import annotations

import pytest

from slack_sandbox import Sandbox
from slack_sandbox.waiting import Unexpected
from tests.harness.foreign_bolt_app import over_http, over_socket
from tests.harness.unhurried import UNHURRIED


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
async def connected(request):
    """Give a sandbox, and the foreign app that is connected to it."""
    async with Sandbox(**UNHURRIED) as slack, request.param(slack) as app:
        yield slack, app


@pytest.fixture
def slack(connected):
    """Give the sandbox."""
    return connected[0]


@pytest.fixture
def foreign(connected):
    """Give the foreign app."""
    return connected[1]


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


@pytest.mark.parametrize("how", ["again", "deeper", "clear"])
async def test_a_form_may_be_updated_pushed_or_cleared(slack, how):
    """response_action update redraws the modal, push lays one on top, clear closes all."""
    ana = slack.user("ana")
    first = await ana.command("/order")
    await first.fill(name=how)

    result = await first.submit()

    titles = {"again": ["Again"], "deeper": ["Order", "Deeper"], "clear": []}
    assert [m.title for m in ana.modals] == titles[how]
    assert result.action == {"again": "update", "deeper": "push", "clear": "clear"}[how]


async def test_errors_stand_at_their_inputs_and_the_text_is_kept(slack):
    """response_action errors leaves the form open; the next try goes through."""
    modal = await slack.user("ana").command("/order")
    await modal.fill(name="wrong")

    assert (await modal.submit()).errors == {"name": "Not that one"}
    assert modal.errors == {"name": "Not that one"}
    assert modal.value("name") == "wrong"

    await modal.fill(name="right")
    assert (await modal.submit()).action == "closed"


async def test_a_button_in_a_modal_pushes_another_and_closing_is_told(slack, foreign):
    """views.push from a click works; cancelling takes the top away, the cross all of them, and the app hears."""
    ana = slack.user("ana")
    first = await ana.command("/order")
    second = await ana.click_for_modal(first, "Details")

    await second.close()
    assert [m.title for m in ana.modals] == ["Order"]
    await ana.click_for_modal(first, "Details")
    await ana.modal.close(all_=True)

    assert ana.modals == []
    assert foreign.heard == [("closed", False), ("closed", True), ("closed", True)]


async def test_the_home_tab_is_published_when_it_is_opened(slack):
    """app_home_opened reaches the app, which publishes a view for that person alone."""
    home = await slack.user("ana").home()
    await home.wait_for("Home of @ana")

    assert "U00000BEN" not in slack.site.workspace.homes


async def test_an_unhandled_command_is_seen_to_fail(slack):
    """Bolt answers 404 over HTTP and nothing over a socket; the person is told either way."""
    slack.site.transport.ack_seconds = 0.1
    ana = slack.user("ana")

    with pytest.raises(Unexpected, match="/nothing failed because the app did not respond"):
        await ana.command("/nothing")


async def test_the_word_payload_in_a_command_is_lost_by_bolt_over_http_alone(slack, request):
    """Bolt 1.30 takes a form with "payload" in it for an interaction; the sandbox sends what Slack sends."""
    outcome = await slack.user("ana").send_command("/hello new payload limits")

    over_http = request.node.callspec.params["connected"].__name__ == "over_http"
    assert outcome.status == ("no_response" if over_http else "ok")
