"""What Slack sends, parsed: every shape that it really has, and nothing that makes no sense."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bot.slack.door.deliveries import Command, Submission
from bot.slack.door.dispatch import Malformed, parse
from bot.slack.drawing.forms import ApproveForm

CLICK = {"type": "block_actions", "user": {"id": "U1"}, "actions": [{"type": "button", "action_id": "approve"}]}
FORM: dict[str, Any] = {"type": "view_submission", "user": {"id": "U1"}, "view": {"id": "V1", "type": "modal"}}
STATES_OF_NOTHING: list[dict[str, Any] | None] = [None, {}, {"values": []}, {"values": None}]
COMMAND = {"command": "/snapshot", "user_id": "U1"}


@pytest.mark.parametrize(
    "body",
    [
        {**CLICK, "team": None, "enterprise": {"id": "E01ABC", "name": "Acme"}, "is_enterprise_install": True},
        {**CLICK, "user": {"id": "W012A3CDE", "team_id": "T061EG9R6", "name": "ann\ud800"}},
        {**CLICK, "user": {"id": "USLACKBOT", "team_id": None}},
        {**CLICK, "channel": None, "view": None, "message": None, "trigger_id": None},
        {**CLICK, "channel": {"id": "GLEGACY01", "name": "privategroup"}, "container": {"type": "message"}},
        {**CLICK, "actions": [{"type": "external_select", "action_id": "cluster", "selected_option": None}]},
        {**CLICK, "bot_access_token": "x", "function_data": {"execution_id": "Fx1"}, "interactivity": {}},
        {**CLICK, "trigger_id": "13345224609.738474920.8088930838d88f008e0"},
        FORM,
        *({**FORM, "view": {**FORM["view"], "state": state}} for state in STATES_OF_NOTHING),
        {**FORM, "view": {**FORM["view"], "previous_view_id": None, "external_id": "", "title": None, "blocks": []}},
        {
            **FORM,
            "view": {**FORM["view"], "app_installed_team_id": "T061EG9R6", "callback_id": ""},
            "response_urls": [],
        },
        {
            **FORM,
            "view": {**FORM["view"], "state": {"values": {"a": {"b": {"type": "datepicker", "selected_date": None}}}}},
        },
        {**FORM, "type": "view_closed", "is_cleared": True},
        {**COMMAND, "text": "", "enterprise_id": "", "enterprise_name": "", "is_enterprise_install": "false"},
        {**COMMAND, "channel_id": "D024BE91L", "channel_name": "directmessage", "text": "x" * 4_000},
        {"type": "block_suggestion", "user": {"id": "U1"}, "action_id": "cluster", "block_id": "cluster", "value": ""},
        {"type": "shortcut", "user": {"id": "U1", "username": "ann"}, "callback_id": "snapshot", "team": None},
        {
            "type": "message_action",
            "callback_id": "x",
            "user": {"id": "U1"},
            "team": {"id": "T1", "domain": None},
            "message": {"type": "message", "text": ["anything"]},
            "channel": {"id": "C1"},
        },
        {"type": "event_callback", "event": {"type": "message", "user": None, "channel": "C1"}, "authorizations": None},
        {"type": "event_callback", "event": {"type": "app_home_opened", "user": "U1"}, "authorizations": []},
        {"type": "something_new", "with": ["anything", {"in": None}]},
    ],
)
def test_what_slack_really_sends_is_understood(body: dict[str, Any]):
    """Fields that are null, empty, left out or new since, in the shapes that its documentation and libraries show."""
    assert parse(body).model_dump()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "type"),
        ({"type": ["block_actions"]}, "type"),
        ({**CLICK, "actions": []}, "actions"),
        ({**CLICK, "actions": [1]}, "actions.0"),
        ({**CLICK, "team": 5}, "team"),
        ({**CLICK, "user": {"id": "U1 OR 1"}}, "user.id"),
        ({**CLICK, "user": {"id": "U1\ud800"}}, "user.id"),
        ({**CLICK, "user": {"id": True}}, "user.id"),
        ({**CLICK, "view": "x"}, "view"),
        ({**FORM, "view": {}}, "view.id"),
        ({**FORM, "view": {**FORM["view"], "state": {"values": {"\ud800": {}}}}}, "view.state.values.?.?"),
        (
            {**FORM, "view": {**FORM["view"], "state": {"values": {"a": {"b": {"value": 1}}}}}},
            "view.state.values.a.b.value",
        ),
        ({**FORM, "view": {**FORM["view"], "blocks": [None]}}, "view.blocks.0"),
        ({**COMMAND, "text": "x" * 40_001}, "text"),
        ({**COMMAND, "trigger_id": "very private"}, "trigger_id"),
        ({"type": "event_callback", "event": "x"}, "event.other"),
        ({"type": "event_callback", "event": {"type": "x"}, "authorizations": [None]}, "authorizations.0"),
        ({**CLICK, "message": json.loads("[" * 200 + "]" * 200)}, ""),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(body: dict[str, Any], field: str):
    """The log says where it is, and never what stood there."""
    with pytest.raises(Malformed) as refused:
        parse(body)
    assert refused.value.field == field
    assert "private" not in str(refused.value)
    assert refused.value.__cause__ is None


def test_what_a_person_typed_is_kept_but_for_what_nothing_holds():
    """Half a character and NUL go, the rest of the text stays; an id is never repaired."""
    answer = {"type": "plain_text_input", "value": "fine\ud83d \ude00with\0 me \U0001f600 é"}
    view = {**FORM["view"], "state": {"values": {"comment": {"answer": answer}}}}
    sent = parse({**FORM, "view": view})
    assert isinstance(sent, Submission)
    assert ApproveForm.read(sent.view).comment == "fine with me \U0001f600 é"
    typed = parse({**COMMAND, "text": "list \ud800dwh"})
    assert isinstance(typed, Command)
    assert typed.text == "list dwh"
