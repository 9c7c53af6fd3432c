"""Events, people and forms are as Slack has them: points 9, 11, 14, 15 and 17 of `test_sandbox_slack_fidelity`."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web

from slack_sandbox.inputs import NotPossible
from slack_sandbox.people import OTHER_TEAM, TEAM
from tests.harness.scripted_slack_app import actions, button, field, modal, options

pytest_plugins = ("tests.harness.strict_sandbox",)


# 9 events


async def test_09_an_event_is_repeated_with_headers_and_the_same_id(slack, app):
    """Up to three more attempts say their number and reason."""
    app.answer = lambda payload: 500
    await slack.clients.open_home("U00000ANA")
    await _heard(slack, app, 4)

    assert len({h["event_id"] for h in app.heard}) == 1
    assert [h.get("X-Slack-Retry-Num") for h in app.headers] == [None, "1", "2", "3"]
    assert {h.get("X-Slack-Retry-Reason") for h in app.headers[1:]} == {"http_error"}


async def _heard(slack, app, number):
    await slack.site.workspace.changes.until(lambda: len(app.heard) >= number or None, 30)
    await asyncio.sleep(0.02)  # one more would have come by now
    assert len(app.heard) == number


async def test_09_an_app_can_decline_the_repeats(slack, app):
    """X-Slack-No-Retry: 1 ends it."""
    app.answer = lambda payload: web.Response(status=500, headers={"X-Slack-No-Retry": "1"})
    await slack.clients.open_home("U00000ANA")

    await _heard(slack, app, 1)


async def test_09_an_event_can_come_twice_or_late(slack, app):
    """events_twice sends the same id again; events_late holds it back."""
    await slack.fault("events_twice")
    await slack.clients.open_home("U00000ANA")
    await _heard(slack, app, 2)
    assert app.heard[0]["event_id"] == app.heard[1]["event_id"]

    await slack.fault("events_late", seconds=0.3)
    await slack.clients.open_home("U00000ANA")
    await _heard(slack, app, 2)
    await _heard(slack, app, 3)


async def test_09_only_subscribed_events_are_sent(slack, app):
    """Without the subscription nothing is sent; with it, a changed person is."""
    slack.admin.change_person("ben", deleted=True)
    await _heard_nothing(app)
    slack.app.events = ("user_change",)
    slack.admin.change_person("ben", deleted=False)
    await _heard(slack, app, 1)

    event = app.heard[0]["event"]
    assert (event["type"], event["user"]["id"], event["user"]["deleted"]) == ("user_change", "U00000BEN", False)
    assert (app.heard[0]["type"], app.heard[0]["team_id"]) == ("event_callback", TEAM)


async def _heard_nothing(app):
    await asyncio.sleep(0.02)
    assert app.heard == []


# 11 people


@pytest.mark.parametrize(
    ("who", "facts"),
    [
        ("ana", {"id": "U00000ANA", "team_id": TEAM, "deleted": False, "is_bot": False, "is_restricted": False}),
        ("gus", {"is_restricted": True, "is_ultra_restricted": False}),
        ("gil", {"is_restricted": True, "is_ultra_restricted": True}),
        ("otto", {"team_id": OTHER_TEAM, "is_stranger": True}),
        ("dora", {"deleted": True}),
        ("wim", {"id": "W00000WIM", "team_id": TEAM}),
        ("slackbot", {"id": "USLACKBOT", "is_bot": False}),
        ("deploybot", {"is_bot": True}),
        ("cleo", {"is_admin": True}),
    ],
)
async def test_11_every_kind_of_account_is_there(slack, app, who, facts):
    """users.info tells them apart by the flags that Slack gives."""
    user = (await app.api.users_info(user=slack.user(who).id))["user"]

    assert user == user | facts


@pytest.mark.parametrize("who", ["dora", "slackbot", "deploybot"])
async def test_11_nobody_sits_behind_some_accounts(slack, who):
    """Who left, Slackbot and bots can't do anything."""
    with pytest.raises(NotPossible):
        await slack.user(who).send_command("/x", channel="general")


async def test_11_an_outsider_clicks_but_has_no_commands(slack, app):
    """A Connect stranger sees no command of ours, yet can press buttons in a shared channel, as of the other team."""
    otto = slack.user("otto")
    assert (await otto.send_command("/x", channel="partners")).status == "blocked"

    await app.api.chat_postMessage(channel="C0PARTNER", text="x", blocks=[actions(button())])
    await otto.click(await otto.channel("partners").wait_for("go"), "go")

    assert (app.heard[-1]["user"]["team_id"], app.heard[-1]["team"]["id"]) == (OTHER_TEAM, TEAM)


async def test_11_people_see_their_own_channels_alone(slack, app):
    """Somebody outside a private channel can neither see nor press what is in it."""
    await app.api.chat_postMessage(channel="C0DWHPRIV", text="x", blocks=[actions(button())])
    card = slack.user("ana").channel("dwh-private").messages[0]

    with pytest.raises(NotPossible, match="no such channel"):
        await slack.user("dan").click(card, "go")


# 14 form state


async def test_14_the_state_has_every_stateful_element(slack, app):
    """Empty ones are null or [], inputs and others alike; buttons have no state."""
    others = actions({"type": "datepicker", "action_id": "day"}, button(), block_id="others")
    form = modal(
        field("text", block={"optional": True}),
        field("number", "number_input", is_decimal_allowed=False, initial_value="5"),
        field(
            "one", "static_select", options=options("a", "b"), initial_option=options("b")[0], block={"optional": True}
        ),
        field("many", "checkboxes", options=options("a", "b"), block={"optional": True}),
        field("people", "multi_users_select", block={"optional": True}),
        others,
    )
    app.opens(form)
    await (await slack.user("ana").command("/x")).submit()

    chosen = app.heard[-1]["view"]["state"]["values"]["one"]["v"]["selected_option"]
    assert (chosen["value"], chosen["text"]["text"]) == ("b", "B")
    assert app.heard[-1]["view"]["state"]["values"] == {
        "text": {"v": {"type": "plain_text_input", "value": None}},
        "number": {"v": {"type": "number_input", "value": "5"}},
        "one": {"v": {"type": "static_select", "selected_option": chosen}},
        "many": {"v": {"type": "checkboxes", "selected_options": []}},
        "people": {"v": {"type": "multi_users_select", "selected_users": []}},
        "others": {"day": {"type": "datepicker", "selected_date": None}},
    }


@pytest.mark.parametrize(
    ("block", "answer", "problem"),
    [
        (field("f"), None, "Please complete this required field."),
        (field("f"), "  ", "Please complete this required field."),
        (field("f", min_length=4), "abc", "This entry must be at least 4 characters."),
        (field("f", max_length=4), "abcde", "This entry must be at most 4 characters."),
        (field("f", "number_input", is_decimal_allowed=False), "1.5", "Please enter a whole number."),
        (
            field("f", "number_input", is_decimal_allowed=True, max_value="3"),
            "3.5",
            "Please enter a number of at most 3.",
        ),
        (field("f", "email_text_input"), "ana", "Please enter a valid email address."),
        (field("f", "url_text_input"), "ana", "Please enter a valid URL."),
        (field("f", "static_select", options=options("a")), None, "Please complete this required field."),
        (
            field("f", "multi_static_select", options=options("a", "b"), max_selected_items=1),
            ["a", "b"],
            "Please choose at most 1.",
        ),
    ],
)
async def test_14_the_client_keeps_a_form_that_is_not_right(slack, app, block, answer, problem):
    """A required, too short, too long or malformed input never reaches the app."""
    app.opens(modal(block))
    form = await slack.user("ana").command("/x")
    await form.fill(f=answer)
    before = len(app.heard)

    result = await form.submit()

    assert (result.outcome.status, result.errors, form.errors) == ("blocked", {"f": problem}, {"f": problem})
    assert len(app.heard) == before
    assert form.is_open


async def test_14_an_update_keeps_what_was_typed_under_the_same_ids(slack, app):
    """The same block and action id keep the text; a new block id starts with its initial value."""
    app.opens(modal(field("same"), field("old")))
    form = await slack.user("ana").command("/x")
    await form.fill(same="typed", old="typed too")

    changed = modal(field("same", initial_value="ignored"), field("new", initial_value="fresh"))
    await app.api.views_update(view_id=form.shown.id, view=changed)

    assert (form.value("same"), form.value("new")) == ("typed", "fresh")


async def test_14_dispatching_inputs_tell_the_app_at_once(slack, app):
    """An input with dispatch_action sends block_actions on Enter, or on every character if it asks so."""
    config = {"trigger_actions_on": ["on_character_entered"]}
    enter = field("enter", block={"dispatch_action": True})
    every = field("every", dispatch_action_config=config, block={"dispatch_action": True})
    app.opens(modal(enter, every, field("quiet")))
    ana = slack.user("ana")
    form = await ana.command("/x")

    async def types(block_id, *, with_enter):
        before = len(app.heard)
        await slack.clients.type(ana.id, form.shown, block_id, "v", "t", enter=with_enter)
        return len(app.heard) > before

    assert not await types("enter", with_enter=False)
    assert await types("enter", with_enter=True)
    assert await types("every", with_enter=False)
    assert not await types("quiet", with_enter=True)
    payload = app.heard[-1]
    assert (payload["type"], payload["actions"][0]["value"]) == ("block_actions", "t")
    assert payload["view"]["state"]["values"]["every"]["v"]["value"] == "t"
    assert "channel" not in payload
    assert "response_url" not in payload


# 15 searching


async def test_15_a_search_waits_for_its_least_length(slack, app):
    """Below min_query_length (3 unless said) nothing is sent; 0 loads at once."""
    app.opens(modal(field("three", "external_select"), field("none", "external_select", min_query_length=0)))
    form = await slack.user("ana").command("/x")
    app.answer = lambda payload: {"options": options("alpha")}

    assert await form.search("three", "al") == []
    assert len(app.heard) == 1
    assert await form.search("three", "alp") == ["ALPHA"]
    assert await form.search("none", "") == ["ALPHA"]
    assert (app.heard[-1]["type"], app.heard[-1]["value"]) == ("block_suggestion", "")
    assert "trigger_id" not in app.heard[-1]


@pytest.mark.parametrize(
    "answer", [{}, {"options": [{"value": "no text"}]}, {"options": options(*map(str, range(101)))}]
)
async def test_15_options_that_slack_cannot_use_are_an_error(slack, app, answer):
    """Options without text, more than a hundred, or none at all are not shown."""
    app.opens(modal(field("f", "external_select")))
    ana = slack.user("ana")
    form = await ana.command("/x")
    app.answer = lambda payload: answer

    assert await form.search("f", "abc") == []
    assert ana.notices == ["Couldn't load the options."]


async def test_15_only_what_was_offered_can_be_chosen(slack, app):
    """A choice must be among the results of the search; it is kept whole."""
    app.opens(modal(field("f", "external_select")))
    form = await slack.user("ana").command("/x")
    app.answer = lambda payload: {"options": options("alpha")}

    with pytest.raises(NotPossible, match="isn't offered"):
        await form.enter("f", "beta")
    await form.enter("f", "alpha")
    assert form.shown.values["f", "v"]["selected_option"] == options("alpha")[0]


# 17 own messages


async def test_17_the_app_hears_its_own_messages(slack, app):
    """With message.channels, its posts, updates and deletions come back with its bot id."""
    slack.app.events = ("message.channels",)
    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="x")
    await _heard(slack, app, 1)
    await app.api.chat_update(channel=posted["channel"], ts=posted["ts"], text="y")
    await _heard(slack, app, 2)
    await app.api.chat_delete(channel=posted["channel"], ts=posted["ts"])
    await _heard(slack, app, 3)

    events = [h["event"] for h in app.heard]
    assert [e.get("subtype") for e in events] == [None, "message_changed", "message_deleted"]
    assert (events[0]["bot_id"], events[0]["channel_type"]) == (slack.app.bot_id, "channel")
