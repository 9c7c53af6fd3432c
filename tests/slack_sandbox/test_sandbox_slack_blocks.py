"""Block Kit is checked as Slack checks it: shapes, limits, surfaces; problems come with JSON pointers (point 7)."""

from __future__ import annotations

import pytest
from slack_sdk.models import blocks as sdk

from slack_sandbox.api_error import ApiError
from slack_sandbox.blocks import block_problems
from slack_sandbox.surfaces import check_message_blocks, check_view
from tests.harness.scripted_slack_app import TEXT, actions, button, field, modal, options


def plain(words: str) -> dict[str, str]:
    """Return a plain_text object."""
    return {"type": "plain_text", "text": words}


def section(**more: object) -> dict[str, object]:
    """Return a section with text."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x"}, **more}


ONE = options("a")
DIVIDER = {"type": "divider"}
CONFIRM = {"title": TEXT, "text": TEXT, "confirm": TEXT, "deny": TEXT}
CELL = {"type": "raw_text", "text": "x"}
CARD = {"type": "card", "title": {"type": "mrkdwn", "text": "Text"}}

WRONG = [
    ([section(block_id=None)], "must provide a string", "/0/block_id"),
    ([section(accessory=None)], "must provide an object", "/0/accessory"),
    ([section(fields=None)], "must provide an array", "/0/fields"),
    ([section(expand=None)], "must provide a boolean", "/0/expand"),
    ([section(text={"type": "mrkdwn"})], "missing required field: text", "/0/text"),
    (
        [section(text={"type": "plain_text", "text": "x", "verbatim": True})],
        "invalid additional property: verbatim",
        "/0/text",
    ),
    ([section(accessory={"action_id": "x"})], "missing required field: type", "/0/accessory"),
    ([{"type": "card"}], "must define at least one of: hero_image, title, actions, body", "/0"),
    (
        [{"type": "rich_text", "elements": [{"type": "rich_text_quote"}]}],
        "missing required field: elements",
        "/0/elements/0",
    ),
    ([field("f", min_length="1")], "must provide an integer", "/0/element/min_length"),
    (
        [field("f", "multi_conversations_select", filter={"include": []})],
        "must provide at least one item",
        "/0/element/filter/include",
    ),
    ([{}], "missing required field: type", "/0"),
    (["x"], "must provide an object", "/0"),
    ([{"type": "nonsense"}], "unsupported type: nonsense", "/0/type"),
    ([{"type": "alert", "text": TEXT}], "unsupported type: alert", "/0/type"),
    ([{"type": "section"}], "must define at least one of: text, fields", "/0"),
    ([section(colour="red")], "invalid additional property: colour", "/0"),
    ([DIVIDER] * 51, "no more than 50 items allowed", ""),
    ([section(block_id="b" * 256)], "must be less than 256 characters", "/0/block_id"),
    ([section(block_id="b"), section(block_id="b")], "duplicate block_id: b", "/1/block_id"),
    ([section(text=plain(""))], "must be more than 0 characters", "/0/text/text"),
    ([section(text=plain("x" * 3001))], "must be less than 3001 characters", "/0/text/text"),
    (
        [section(text={"type": "html", "text": "x"})],
        "failed to match all allowed schemas",
        "/0/text",
    ),
    ([section(fields=[TEXT] * 11)], "no more than 10 items allowed", "/0/fields"),
    ([section(fields=[plain("x" * 2001)])], "must be less than 2001 characters", "/0/fields/0/text"),
    (
        [{"type": "header", "text": plain("x" * 151)}],
        "must be less than 151 characters",
        "/0/text/text",
    ),
    (
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        "must be a valid constant",
        "/0/text",
    ),
    ([{"type": "context", "elements": [TEXT] * 11}], "no more than 10 items allowed", "/0/elements"),
    (
        [actions(button(text=plain("x" * 76)))],
        "must be less than 76 characters",
        "/0/elements/0/text/text",
    ),
    (
        [actions(button(value="x" * 2001))],
        "must be less than 2001 characters",
        "/0/elements/0/value",
    ),
    ([actions(button(style="green"))], "must be a valid enum value", "/0/elements/0/style"),
    (
        [actions(*(button(f"a{n}") for n in range(26)))],
        "no more than 25 items allowed",
        "/0/elements",
    ),
    ([actions(button(), button())], "duplicate action_id: go", "/0/elements/1/action_id"),
    ([actions()], "must provide at least one item", "/0/elements"),
    (
        [actions(button(confirm={**CONFIRM, "confirm": plain("x" * 31)}))],
        "must be less than 31 characters",
        "/0/elements/0/confirm/confirm/text",
    ),
    (
        [actions({"type": "plain_text_input", "action_id": "v"})],
        "unsupported type: plain_text_input",
        "/0/elements/0/type",
    ),
    ([field("f", "button", text=TEXT)], "unsupported type: button", "/0/element/type"),
    ([field("f", "file_input")], "unsupported type: file_input", "/0/element/type"),
    (
        [field("f", "static_select", options=options(*map(str, range(101))))],
        "no more than 100 items allowed",
        "/0/element/options",
    ),
    (
        [field("f", "static_select")],
        "must define exactly one of: options, option_groups",
        "/0/element",
    ),
    (
        [field("f", "static_select", options=[{"text": TEXT, "value": "x" * 151}])],
        "must be less than 151 characters",
        "/0/element/options/0/value",
    ),
    (
        [field("f", "static_select", options=options("a"), initial_option=options("b")[0])],
        "initial_option must be one of the options",
        "/0/element",
    ),
    (
        [field("f", "radio_buttons", options=options(*map(str, range(11))))],
        "no more than 10 items allowed",
        "/0/element/options",
    ),
    (
        [actions({"type": "overflow", "action_id": "o", "options": options(*"abcdef")})],
        "no more than 5 items allowed",
        "/0/elements/0/options",
    ),
    ([field("f", max_length=3001)], "must be between 1 and 3000", "/0/element/max_length"),
    (
        [field("f", min_length=5, max_length=4)],
        "min_length must not be greater than max_length",
        "/0/element",
    ),
    (
        [field("f", "datepicker", initial_date="4.5.2026")],
        "must be a date in the format YYYY-MM-DD",
        "/0/element/initial_date",
    ),
    (
        [field("f", "timepicker", initial_time="24:00")],
        "must be a time in the format HH:mm",
        "/0/element/initial_time",
    ),
    (
        [{"type": "image", "alt_text": "x"}],
        "must define exactly one of: image_url, slack_file",
        "/0",
    ),
    (
        [{"type": "markdown", "text": "x" * 6001}] * 2,
        "must be less than 12001 characters in all markdown blocks",
        "",
    ),
    ([{"type": "table", "rows": [[CELL]]}] * 2, "only one table is allowed", ""),
    ([{"type": "table", "rows": [[CELL] * 21]}], "no more than 20 items allowed", "/0/rows/0"),
    (
        [{"type": "carousel", "elements": [CARD] * 11}],
        "no more than 10 items allowed",
        "/0/elements",
    ),
    (
        [{"type": "rich_text", "elements": [{"type": "text"}]}],
        "failed to match all allowed schemas",
        "/0/elements/0",
    ),
]


@pytest.mark.parametrize(("blocks", "problem", "place"), WRONG, ids=[w[1][:40] for w in WRONG])
def test_07_a_message_with_such_blocks_is_refused(blocks, problem, place):
    """Each mistake is named at its place, and nothing else is."""
    with pytest.raises(ApiError) as caught:
        check_message_blocks(blocks)

    assert caught.value.error == "invalid_blocks"
    assert caught.value.messages == [f"[ERROR] {problem} [json-pointer:/blocks{place}]"]


RIGHT = [
    [],
    [section(accessory=button(confirm=CONFIRM, accessibility_label="Approve order 5", url="https://a.example"))],
    [actions(button(style="primary"), {"type": "datepicker", "action_id": "d", "initial_date": "2026-05-04"})],
    [section(block_id="a"), actions(button(), block_id="b"), actions(button(), block_id="c")],
    [
        field(
            "f",
            "static_select",
            option_groups=[{"label": TEXT, "options": options("a")}],
            initial_option=options("a")[0],
        )
    ],
    [
        field(
            "f", "static_select", options=[{**options("a")[0]}], initial_option={**options("a")[0], "text": plain("A")}
        )
    ],
    [field("f", "conversations_select", filter={"include": ["public"], "exclude_bot_users": True})],
    [{"type": "context", "elements": [TEXT, {"type": "image", "image_url": "https://a.example", "alt_text": "x"}]}],
    [{"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}],
    [{"type": "table", "rows": [[CELL, CELL]]}, {"type": "markdown", "text": "**x**"}, CARD],
    [{"type": "container", "title": TEXT, "child_blocks": [section(), DIVIDER]}],
    [section(text={"type": "mrkdwn", "text": "x" * 3000, "verbatim": True})],
]


@pytest.mark.parametrize("blocks", RIGHT)
def test_07_a_message_with_such_blocks_is_accepted(blocks):
    """What Slack takes, the sandbox takes."""
    check_message_blocks(blocks)


def test_07_what_the_sdk_builds_is_accepted():
    """Blocks of slack_sdk's own models pass on their surfaces."""
    made = [
        sdk.HeaderBlock(text="Header"),
        sdk.SectionBlock(text="*x*", fields=["a", "b"], accessory=sdk.OverflowMenuElement(options=_sdk_options())),
        sdk.ActionsBlock(elements=[sdk.ButtonElement(text="Go", action_id="go", value="1", style="danger")]),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="x")]),
        sdk.InputBlock(label="L", element=sdk.PlainTextInputElement(action_id="v", max_length=64), hint="h"),
        sdk.InputBlock(label="L", element=sdk.ExternalDataSelectElement(action_id="v", min_query_length=0)),
        sdk.InputBlock(label="L", element=sdk.CheckboxesElement(action_id="v", options=_sdk_options())),
        sdk.DividerBlock(),
    ]
    for surface in ("message", "modal", "home"):
        assert block_problems([b.to_dict() for b in made], surface) == []


def _sdk_options():
    return [sdk.Option(value=v, text=v) for v in ("a", "b")]


VIEWS = [
    ({}, "must be a valid view type: expected modal", "/type"),
    (modal(), "must provide at least one item", "/blocks"),
    (modal(section(), title=plain("x" * 25)), "must be less than 25 characters", "/title/text"),
    ({k: v for k, v in modal(section()).items() if k != "title"}, "missing required field: title", ""),
    (
        {k: v for k, v in modal(field("f")).items() if k != "submit"},
        "missing required field: submit",
        "",
    ),
    (
        modal(section(), private_metadata="x" * 3001),
        "must be less than 3001 characters",
        "/private_metadata",
    ),
    (modal(section(), callback_id="x" * 256), "must be less than 256 characters", "/callback_id"),
    (modal(section(), external_id="x" * 256), "must be less than 256 characters", "/external_id"),
    (modal(section(), titel=TEXT), "invalid additional property: titel", ""),
    (modal(*[DIVIDER] * 101), "no more than 100 items allowed", "/blocks"),
    (modal({"type": "markdown", "text": "x"}), "unsupported type: markdown", "/blocks/0/type"),
]


@pytest.mark.parametrize(("view", "problem", "place"), VIEWS)
def test_07_such_a_modal_is_refused(view, problem, place):
    """Each mistake is named at its place, and nothing else is."""
    with pytest.raises(ApiError) as caught:
        check_view(view, "modal")

    assert caught.value.error == "invalid_arguments"
    assert caught.value.messages == [f"[ERROR] {problem} [json-pointer:/view{place}]"]


def test_07_alerts_are_for_modals_and_titles_not_for_home():
    """A modal takes an alert; a Home tab has no title."""
    check_view(modal({"type": "alert", "text": TEXT, "level": "warning"}), "modal")
    with pytest.raises(ApiError) as caught:
        check_view({"type": "home", "title": TEXT, "blocks": [section()]}, "home")

    assert caught.value.messages == ["[ERROR] invalid additional property: title [json-pointer:/view]"]


def test_07_a_view_of_more_than_250_kb_is_too_large():
    """The whole view counts, before anything else is looked at."""
    with pytest.raises(ApiError, match="view_too_large"):
        check_view(modal(*[section(text=plain("x" * 2990))] * 100), "modal")


def test_07_a_message_has_a_limit_in_all():
    """Blocks that are fine one by one can be too long together."""
    with pytest.raises(ApiError, match="msg_blocks_too_long"):
        check_message_blocks([section(text=plain("x" * 2990))] * 5)


def test_blocks_must_be_a_list():
    """Anything else has a wrong format."""
    with pytest.raises(ApiError, match="invalid_blocks_format"):
        check_message_blocks({"type": "section"})
