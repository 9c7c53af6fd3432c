"""The sandbox refuses what Slack refuses and fails as Slack fails; the tests are numbered by point of fidelity.

1 signing, 2 deadlines, 3 triggers and views, 4 response URLs, 5 scopes and membership, 6 arguments, 7 Block Kit, 8 rate
limits and faults, 9 event retries, 10 Socket Mode, 11 kinds of people, 12 message times, 14 form state, 15 searching,
16 escaping, 17 own messages. (13 is the page's rendering.) 7 and 10 have files of their own;
5 to 17 go on in the two files beside this one.
"""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

from slack_sandbox.waiting import Unexpected
from tests.harness.scripted_slack_app import actions, button, field, modal, refused

pytest_plugins = ("tests.harness.strict_sandbox",)


# 1 signing


async def test_01_requests_are_signed_with_the_signing_secret(slack, app):
    """Slack's own verifier accepts the signature, and only with the signing secret."""
    await slack.user("ana").send_command("/x some text & more")

    assert SignatureVerifier(slack.app.signing_secret).is_valid_request(app.raw[0], app.headers[0])
    assert not SignatureVerifier(slack.app.app_token).is_valid_request(app.raw[0], app.headers[0])


@pytest.mark.parametrize(
    ("forgery", "genuine"),
    [
        ("stale", False),
        ("future", False),
        ("bad_signature", False),
        ("wrong_secret", False),
        ("unsigned", False),
        ("replayed", True),
    ],
)
async def test_01_requests_can_be_forged(slack, app, forgery, genuine):
    """A stale, unsigned or wrongly signed request can be sent; a replayed one is genuine, byte for byte."""
    await slack.user("ana").send_command("/x")
    app.answer = lambda payload: web_status(app, slack)

    status, _ = await slack.forge(forgery, {"command": "/x", "text": ""})

    assert status == (200 if genuine else 401)
    assert genuine == (app.raw[0] == app.raw[-1])


def web_status(app, slack):
    """Answer as an app does that verifies signatures."""
    valid = SignatureVerifier(slack.app.signing_secret).is_valid_request(app.raw[-1], app.headers[-1])
    return 200 if valid else 401


# 2 deadlines


async def test_02_a_late_command_is_said_to_have_failed(slack, app):
    """Three seconds (here fewer) without an answer show that the app did not respond."""
    app.answer = lambda payload: asyncio.sleep(0.5)
    slack.site.transport.ack_seconds = 0.1
    ana = slack.user("ana")

    outcome = await ana.send_command("/x")

    assert outcome.status == "no_response"
    assert ana.notices == ["/x failed because the app did not respond."]
    assert slack.site.exchanges.list()[-1]["deadline_kept"] is False


@pytest.mark.parametrize("status", [404, 500])
async def test_02_a_command_that_is_answered_with_an_error_has_failed(slack, app, status):
    """Any status but 200 counts as no response."""
    app.answer = lambda payload: status

    assert (await slack.user("ana").send_command("/x")).status == "no_response"


async def test_02_without_an_app_everything_fails_visibly(slack):
    """With neither a socket nor a request URL the person is told at once."""
    ana = slack.user("ana")

    with pytest.raises(Unexpected, match="did not respond"):
        await ana.command("/x")


async def test_02_a_late_form_stays_open_with_its_text(slack, app):
    """A form without an answer stays open and says that there is trouble; it can be sent again."""
    app.opens(modal(field("name")))
    ana = slack.user("ana")
    form = await ana.command("/x")
    await form.fill(name="kept")
    app.answer = lambda payload: 500

    assert (await form.submit()).outcome.status == "no_response"
    assert form.is_open
    assert form.value("name") == "kept"
    assert form.shown.error == "We had some trouble connecting. Try again?"

    app.answer = lambda payload: None
    assert (await form.submit()).action == "closed"


# 3 triggers, views


async def test_03_a_trigger_opens_one_view(slack, app):
    """The second use of a trigger is refused."""
    await slack.user("ana").send_command("/x")
    trigger = app.heard[0]["trigger_id"]
    await app.api.views_open(trigger_id=trigger, view=modal(field("a")))

    answer = await refused(app.api.views_open(trigger_id=trigger, view=modal(field("a"))))
    assert answer["error"] == "exchanged_trigger_id"


async def test_03_a_trigger_lives_three_seconds(slack, app):
    """Later than three seconds a trigger has expired."""
    await slack.user("ana").send_command("/x")
    slack.site.workspace.clock.advance(3.1)

    answer = await refused(app.api.views_open(trigger_id=app.heard[0]["trigger_id"], view=modal(field("a"))))
    assert answer["error"] == "expired_trigger_id"


async def test_03_an_invented_trigger_is_invalid(app):
    """A trigger must be one of Slack's."""
    answer = await refused(app.api.views_open(trigger_id="1.2.3", view=modal(field("a"))))

    assert answer["error"] == "invalid_trigger_id"


async def test_03_a_view_that_is_refused_does_not_use_up_the_trigger(slack, app):
    """The app may correct its view and open it with the same trigger."""
    await slack.user("ana").send_command("/x")
    trigger = app.heard[0]["trigger_id"]
    await refused(app.api.views_open(trigger_id=trigger, view=modal()))

    assert (await app.api.views_open(trigger_id=trigger, view=modal(field("a"))))["ok"]


async def test_03_the_stack_holds_three_views(slack, app):
    """A fourth view is refused by views.push and as a response_action."""
    view = modal(field("a"), actions(button()))

    async def answer(payload):
        if "command" in payload:
            await app.api.views_open(trigger_id=payload["trigger_id"], view=view)
        elif payload["type"] == "block_actions":
            await app.api.views_push(trigger_id=payload["trigger_id"], view=view)
        return

    app.answer = answer
    ana = slack.user("ana")
    first = await ana.command("/x")
    second = await ana.click_for_modal(first, "go")
    third = await ana.click_for_modal(second, "go")

    assert (third.shown.previous_id, third.shown.root_id) == (second.shown.id, first.shown.id)
    trigger = (await _clicked(slack, app, ana, third))["trigger_id"]
    assert (await refused(app.api.views_push(trigger_id=trigger, view=view)))["error"] == "push_limit_reached"

    app.answer = lambda payload: {"response_action": "push", "view": view}
    await third.fill(a="x")
    assert (await third.submit()).outcome.status == "bad_answer"


async def _clicked(slack, app, person, place):
    app.answer = lambda payload: None
    await person.click(place, "go")
    return app.heard[-1]


async def test_03_an_outdated_hash_conflicts(slack, app):
    """views.update with the hash of an earlier state is refused."""
    app.opens(modal(field("a")))
    form = await slack.user("ana").command("/x")
    before = form.shown.hash
    await app.api.views_update(view_id=form.shown.id, view=modal(field("b")), hash=before)

    answer = await refused(app.api.views_update(view_id=form.shown.id, view=modal(field("c")), hash=before))
    assert answer["error"] == "hash_conflict"


async def test_03_external_ids_are_unique_while_shown(slack, app):
    """A second view with the same external id is refused until the first is closed; updates may name it."""
    view = modal(field("a"), external_id="order-1")
    app.opens(view)
    form = await slack.user("ana").command("/x")
    app.answer = lambda payload: None
    await slack.user("ben").send_command("/x")
    trigger = app.heard[-1]["trigger_id"]

    assert (await refused(app.api.views_open(trigger_id=trigger, view=view)))["error"] == "duplicate_external_id"
    assert (await app.api.views_update(external_id="order-1", view=view))["view"]["id"] == form.shown.id

    await form.close()
    assert (await app.api.views_open(trigger_id=trigger, view=view))["ok"]


async def test_03_a_closed_view_is_not_found(slack, app):
    """views.update on a view that its person closed answers not_found."""
    app.opens(modal(field("a")))
    form = await slack.user("ana").command("/x")
    await form.close()

    assert (await refused(app.api.views_update(view_id=form.shown.id, view=modal(field("a")))))["error"] == "not_found"


# 4 response URLs


async def test_04_a_response_url_serves_five_times(slack, app):
    """The sixth use is refused."""
    await slack.user("ana").send_command("/x")
    url = app.heard[0]["response_url"]
    async with aiohttp.ClientSession() as http:
        answers = [await _status(http, url, {"text": str(n)}) for n in range(6)]

    assert answers == [200] * 5 + [404]
    assert [c.text for c in slack.user("ana").channel("dwh-ops").messages] == ["0", "1", "2", "3", "4"]
    assert slack.user("ben").channel("dwh-ops").messages == []


async def _status(http, url, body):
    async with http.post(url, json=body) as response:
        return response.status


async def test_04_a_response_url_lives_thirty_minutes(slack, app):
    """Later it has expired."""
    await slack.user("ana").send_command("/x")
    slack.site.workspace.clock.advance(30 * 60 + 1)

    async with aiohttp.ClientSession() as http, http.post(app.heard[0]["response_url"], json={"text": "x"}) as answer:
        assert (answer.status, (await answer.json())["error"]) == (404, "expired_url")


async def test_04_a_private_message_is_changed_by_its_response_url_alone(slack, app):
    """chat.update doesn't find a private message; the response URL of a click on it replaces or deletes it."""
    app.answer = lambda payload: {"text": "ask", "blocks": [actions(button())]} if "command" in payload else None
    ana = slack.user("ana")
    card = await ana.command_reply("/x")
    answer = await refused(app.api.chat_update(channel=card.channel, ts=card.ts, text="no"))
    assert answer["error"] == "message_not_found"

    await ana.click(card, "go")
    payload = app.heard[-1]
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload
    async with aiohttp.ClientSession() as http:
        assert await _status(http, payload["response_url"], {"text": "done", "replace_original": True}) == 200
        assert (card.text, card.buttons) == ("done", [])
        assert await _status(http, payload["response_url"], {"delete_original": True}) == 200
    assert card.gone


async def test_04_a_form_may_ask_for_response_urls(slack, app):
    """A conversations_select with response_url_enabled gives one for the chosen channel."""
    select = field("where", "conversations_select", response_url_enabled=True, default_to_current_conversation=True)
    app.opens(modal(select))
    form = await slack.user("ana").command("/x")
    await form.submit()

    (url,) = app.heard[-1]["response_urls"]
    assert (url["block_id"], url["action_id"], url["channel_id"]) == ("where", "v", "C00DWHOPS")
    async with aiohttp.ClientSession() as http:
        await _status(http, url["response_url"], {"text": "to all", "response_type": "in_channel"})
    assert slack.user("ben").channel("dwh-ops").messages[0].text == "to all"
