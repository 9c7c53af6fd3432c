"""Block elements: buttons, selects, inputs, pickers, with Slack's limits.

Source: Slack, "Block Kit > Block elements".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from slack_sandbox.composition import (
    CONFIRM,
    DISPATCH,
    FILTER,
    OPTION,
    OPTION_GROUP,
    PICTURE,
    RICH_OPTION,
    TRIGGER,
    known_options,
)
from slack_sandbox.rich_text import rich_text
from slack_sandbox.shapes import (
    Check,
    Report,
    Rule,
    Shape,
    anything,
    boolean,
    check_shape,
    choice,
    exactly_one,
    in_order,
    items,
    matching,
    no_more_than,
    number,
    obj,
    plain,
    string,
)
from slack_sandbox.zones import is_zone

_PLACE: Final[dict[str, Check]] = {"placeholder": plain(150), "focus_on_load": boolean, "confirm": CONFIRM}


_ONE_LIST: Final = exactly_one("options", "option_groups")


def _date(report: Report, value: Any, pointer: str) -> None:
    try:
        known = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        known = False
    if not known:
        report.add("must be a date in the format YYYY-MM-DD", pointer)


def _time(report: Report, value: Any, pointer: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        report.add("must be a time in the format HH:mm", pointer)


def _zone(report: Report, value: Any, pointer: str) -> None:
    if not isinstance(value, str) or not is_zone(value):
        report.add("must be a valid timezone", pointer)


def _whole(report: Report, value: dict[str, Any], pointer: str) -> None:
    """Numbers in a number input are text, without decimals unless they are allowed; the first is in the range."""
    pattern = r"-?\d+(\.\d+)?" if value.get("is_decimal_allowed") else r"-?\d+"
    for name in ("min_value", "max_value", "initial_value"):
        if name in value:
            matching(pattern, "must be a valid number")(report, value[name], f"{pointer}/{name}")


def _within(field: str) -> Rule:
    return no_more_than(field, "max_selected_items")


def _shapes() -> dict[str, Shape]:
    styled = choice("primary", "danger")
    many: dict[str, Check] = {**_PLACE, "max_selected_items": number(1, 1000)}
    static: dict[str, Check] = {"options": items(OPTION, 1, 100), "option_groups": items(OPTION_GROUP, 1, 100)}
    ids, one_id = items(string(255), 0, 1000), string(255)
    rich_options = items(RICH_OPTION, 1, 10)
    typed: dict[str, Check] = {
        "placeholder": plain(150),
        "focus_on_load": boolean,
        "dispatch_action_config": DISPATCH,
        "initial_value": string(3000, 0),
    }
    length: dict[str, Check] = {"min_length": number(0, 3000), "max_length": number(1, 3000)}
    where: dict[str, Check] = {"response_url_enabled": boolean}
    filtered: dict[str, Check] = {"default_to_current_conversation": boolean, "filter": FILTER}
    feedback = obj(
        Shape({"text": plain(75), "value": string(2000), "accessibility_label": string(75)}, ("text", "value"))
    )
    return {
        "button": Shape(
            {
                "text": plain(75),
                "url": string(3000),
                "value": string(2000),
                "style": styled,
                "confirm": CONFIRM,
                "accessibility_label": string(75),
                "agent_prompt": string(4000),
                "agent_prompt_display": string(4000),
            },
            ("text",),
        ),
        "workflow_button": Shape(
            {"text": plain(75), "workflow": TRIGGER, "style": styled, "accessibility_label": string(75)},
            ("text", "workflow"),
        ),
        "icon_button": Shape(
            {
                "icon": choice("trash"),
                "text": plain(75),
                "value": string(2000),
                "confirm": CONFIRM,
                "accessibility_label": string(75),
                "visible_to_user_ids": items(one_id, 1, 10),
            },
            ("icon", "text"),
        ),
        "feedback_buttons": Shape(
            {"positive_button": feedback, "negative_button": feedback}, ("positive_button", "negative_button")
        ),
        "image": PICTURE,
        "overflow": Shape({"options": items(OPTION, 1, 5), "confirm": CONFIRM}, ("options",)),
        "static_select": Shape({**_PLACE, **static, "initial_option": OPTION}, rules=(_ONE_LIST, known_options)),
        "multi_static_select": Shape(
            {**many, **static, "initial_options": items(OPTION, 1, 100)},
            rules=(_ONE_LIST, known_options, _within("initial_options")),
        ),
        "external_select": Shape({**_PLACE, "initial_option": OPTION, "min_query_length": number(0, 255)}),
        "multi_external_select": Shape(
            {**many, "initial_options": items(OPTION, 1, 100), "min_query_length": number(0, 255)},
            rules=(_within("initial_options"),),
        ),
        "users_select": Shape({**_PLACE, "initial_user": one_id}),
        "multi_users_select": Shape({**many, "initial_users": ids}, rules=(_within("initial_users"),)),
        "conversations_select": Shape({**_PLACE, **where, **filtered, "initial_conversation": one_id}),
        "multi_conversations_select": Shape(
            {**many, **filtered, "initial_conversations": ids}, rules=(_within("initial_conversations"),)
        ),
        "channels_select": Shape({**_PLACE, **where, "initial_channel": one_id}),
        "multi_channels_select": Shape({**many, "initial_channels": ids}, rules=(_within("initial_channels"),)),
        "datepicker": Shape({**_PLACE, "initial_date": _date}),
        "timepicker": Shape({**_PLACE, "initial_time": _time, "timezone": _zone}),
        "datetimepicker": Shape(
            {"focus_on_load": boolean, "confirm": CONFIRM, "initial_date_time": number(1_000_000_000, 9_999_999_999)}
        ),
        "checkboxes": Shape(
            {"options": rich_options, "initial_options": rich_options, "confirm": CONFIRM, "focus_on_load": boolean},
            ("options",),
            (known_options,),
        ),
        "radio_buttons": Shape(
            {"options": rich_options, "initial_option": RICH_OPTION, "confirm": CONFIRM, "focus_on_load": boolean},
            ("options",),
            (known_options,),
        ),
        "plain_text_input": Shape(
            {**typed, **length, "multiline": boolean}, rules=(in_order("min_length", "max_length"),)
        ),
        "email_text_input": Shape(typed),
        "url_text_input": Shape(typed),
        "number_input": Shape(
            {**typed, "is_decimal_allowed": boolean, "min_value": anything, "max_value": anything},
            ("is_decimal_allowed",),
            (_whole, in_order("min_value", "max_value")),
        ),
        "rich_text_input": Shape(
            {**typed, "initial_value": rich_text, "min_lines": number(1, 100), "max_lines": number(1, 100)},
            rules=(in_order("min_lines", "max_lines"),),
        ),
        "file_input": Shape({"filetypes": items(string(20), 1, 100), "max_files": number(1, 10)}),
    }


ELEMENTS: Final = _shapes()
_SELECTS: Final = {
    f"{many}{kind}_select"
    for many in ("", "multi_")
    for kind in ("static", "external", "users", "conversations", "channels")
}
_PICKERS: Final = {"datepicker", "timepicker"}
_BOXES: Final = {"checkboxes", "radio_buttons"}
STATEFUL: Final = frozenset(
    _SELECTS
    | _PICKERS
    | _BOXES
    | {"datetimepicker", "plain_text_input", "email_text_input", "url_text_input", "number_input"}
    | {"rich_text_input", "file_input"}
)
IN_SECTION: Final = frozenset({"button", "workflow_button", "image", "overflow"} | _SELECTS | _PICKERS | _BOXES)
IN_ACTIONS: Final = frozenset(
    {"button", "workflow_button", "overflow", "datetimepicker", "rich_text_input"} | _SELECTS | _PICKERS | _BOXES
)
IN_INPUT: Final = STATEFUL
ONLY_IN: Final[Mapping[str, str]] = {  # what doesn't fit on every surface: m(essage), v(iew that is a modal), h(ome)
    "datetimepicker": "mv",
    "workflow_button": "m",
    **dict.fromkeys(("number_input", "email_text_input", "url_text_input", "file_input"), "v"),
    "rich_text_input": "vh",
}
IN_CONTEXT_ACTIONS: Final = frozenset({"feedback_buttons", "icon_button"})


def element(allowed: frozenset[str]) -> Check:
    """Accept an element of one of the *allowed* types; its action id must be new in its block."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        kind = value.get("type")
        if kind is None:
            report.add("missing required field: type", pointer)
        elif kind not in ELEMENTS or kind not in allowed:
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            own: dict[str, Check] = {"type": anything}
            if kind != "image":
                own["action_id"] = string(255)
            check_shape(report, value, pointer, ELEMENTS[kind], own)
            if value.get("focus_on_load") is True:
                if "focus_on_load" in report.seen:
                    report.add("only one element can have focus_on_load", f"{pointer}/focus_on_load")
                report.seen["focus_on_load"] = {kind}
            action_id = value.get("action_id")
            if isinstance(action_id, str):
                known = report.seen.setdefault("action_id", set())
                if action_id in known:
                    report.add(f"duplicate action_id: {action_id}", f"{pointer}/action_id")
                known.add(action_id)

    return check
