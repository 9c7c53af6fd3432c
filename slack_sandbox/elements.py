"""Block elements: buttons, selects, inputs, pickers, with Slack's limits.

Source: Slack, "Block Kit > Block elements".
"""

from __future__ import annotations

import re
from typing import Any, Final

from slack_sandbox.shapes import (
    Check,
    Report,
    Shape,
    anything,
    boolean,
    check_shape,
    choice,
    items,
    number,
    obj,
    plain,
    string,
    text,
)

CONFIRM: Final = obj(
    Shape(
        {
            "title": plain(100),
            "text": text(300),
            "confirm": plain(30),
            "deny": plain(30),
            "style": choice("primary", "danger"),
        },
        required=("title", "text", "confirm", "deny"),
    )
)
_DISPATCH: Final = obj(
    Shape(
        {"trigger_actions_on": items(choice("on_enter_pressed", "on_character_entered"), 1, 2)}, ("trigger_actions_on",)
    )
)
_OPTION: Final = Shape(
    {"text": text(75), "value": string(150), "description": text(75), "url": string(3000)}, ("text", "value")
)
_PLAIN_OPTION: Final = Shape(
    {"text": plain(75), "value": string(150), "description": plain(75), "url": string(3000)}, ("text", "value")
)
OPTION: Final = obj(_PLAIN_OPTION)
OPTION_GROUP: Final = obj(Shape({"label": plain(75), "options": items(OPTION, 1, 100)}, ("label", "options")))
_PLACE: Final[dict[str, Check]] = {"placeholder": plain(150), "focus_on_load": boolean, "confirm": CONFIRM}


def _one_of_options(report: Report, value: dict[str, Any], pointer: str) -> None:
    """Options or groups, not both; what is chosen at first is one of them; values come once."""
    if (value.get("options") is None) == (value.get("option_groups") is None):
        report.add("must define exactly one of: options, option_groups", pointer)
        return
    options = value.get("options") or [o for g in value.get("option_groups") or [] for o in _list(g, "options")]
    chosen = (
        [value["initial_option"]] if value.get("initial_option") is not None else value.get("initial_options") or []
    )
    for one in chosen if isinstance(chosen, list) else []:
        if not any(_same_option(one, o) for o in options if isinstance(o, dict)):
            report.add("initial_option must be one of the options", pointer)


def _same_option(a: Any, b: dict[str, Any]) -> bool:
    def core(o: dict[str, Any]) -> tuple[Any, Any, Any]:
        def words(t: Any) -> Any:
            return t.get("text") if isinstance(t, dict) else t

        return o.get("value"), words(o.get("text")), words(o.get("description"))

    return isinstance(a, dict) and core(a) == core(b)


def _list(value: Any, name: str) -> list[Any]:
    content = value.get(name) if isinstance(value, dict) else None
    return content if isinstance(content, list) else []


def _date(report: Report, value: Any, pointer: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        report.add("must be a date in the format YYYY-MM-DD", pointer)


def _time(report: Report, value: Any, pointer: str) -> None:
    if not isinstance(value, str) or not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        report.add("must be a time in the format HH:mm", pointer)


def _lengths(report: Report, value: dict[str, Any], pointer: str) -> None:
    least, most = value.get("min_length"), value.get("max_length")
    if isinstance(least, int) and isinstance(most, int) and least > most:
        report.add("min_length must not be greater than max_length", pointer)


def _shapes() -> dict[str, Shape]:
    styled = choice("primary", "danger")
    many: dict[str, Check] = {**_PLACE, "max_selected_items": number(1, 1000)}
    static: dict[str, Check] = {"options": items(OPTION, 1, 100), "option_groups": items(OPTION_GROUP, 1, 100)}
    ids, one_id = items(string(255), 0, 1000), string(255)
    rich_options = items(obj(_OPTION), 1, 10)
    typed: dict[str, Check] = {
        "placeholder": plain(150),
        "focus_on_load": boolean,
        "dispatch_action_config": _DISPATCH,
        "initial_value": string(3000, 0),
    }
    length: dict[str, Check] = {"min_length": number(0, 3000), "max_length": number(1, 3000)}
    where: dict[str, Check] = {"response_url_enabled": boolean}
    filtered: dict[str, Check] = {
        "default_to_current_conversation": boolean,
        "filter": obj(
            Shape(
                {
                    "include": items(choice("im", "mpim", "private", "public"), 1, 4),
                    "exclude_external_shared_channels": boolean,
                    "exclude_bot_users": boolean,
                }
            )
        ),
    }
    return {
        "button": Shape(
            {
                "text": plain(75),
                "url": string(3000),
                "value": string(2000),
                "style": styled,
                "confirm": CONFIRM,
                "accessibility_label": string(75),
            },
            ("text",),
        ),
        "workflow_button": Shape(
            {"text": plain(75), "workflow": anything, "style": styled, "accessibility_label": string(75)},
            ("text", "workflow"),
        ),
        "icon_button": Shape(
            {
                "icon": string(255),
                "text": plain(75),
                "value": string(2000),
                "confirm": CONFIRM,
                "accessibility_label": string(75),
                "visible_to_user_ids": ids,
            },
            ("icon", "text"),
        ),
        "feedback_buttons": Shape({"positive_button": anything, "negative_button": anything}, ("positive_button",)),
        "image": Shape({"image_url": string(3000), "slack_file": anything, "alt_text": string(2000)}, ("alt_text",)),
        "overflow": Shape({"options": items(obj(_PLAIN_OPTION), 1, 5), "confirm": CONFIRM}, ("options",)),
        "static_select": Shape({**_PLACE, **static, "initial_option": OPTION}, rule=_one_of_options),
        "multi_static_select": Shape(
            {**many, **static, "initial_options": items(OPTION, 1, 100)}, rule=_one_of_options
        ),
        "external_select": Shape({**_PLACE, "initial_option": OPTION, "min_query_length": number(0, 255)}),
        "multi_external_select": Shape(
            {**many, "initial_options": items(OPTION, 1, 100), "min_query_length": number(0, 255)}
        ),
        "users_select": Shape({**_PLACE, "initial_user": one_id}),
        "multi_users_select": Shape({**many, "initial_users": ids}),
        "conversations_select": Shape({**_PLACE, **where, **filtered, "initial_conversation": one_id}),
        "multi_conversations_select": Shape({**many, **filtered, "initial_conversations": ids}),
        "channels_select": Shape({**_PLACE, **where, "initial_channel": one_id}),
        "multi_channels_select": Shape({**many, "initial_channels": ids}),
        "datepicker": Shape({**_PLACE, "initial_date": _date}),
        "timepicker": Shape({**_PLACE, "initial_time": _time, "timezone": string(255)}),
        "datetimepicker": Shape(
            {"focus_on_load": boolean, "confirm": CONFIRM, "initial_date_time": number(1_000_000_000, 9_999_999_999)}
        ),
        "checkboxes": Shape(
            {"options": rich_options, "initial_options": rich_options, "confirm": CONFIRM, "focus_on_load": boolean},
            ("options",),
            _one_of_options,
        ),
        "radio_buttons": Shape(
            {"options": rich_options, "initial_option": obj(_OPTION), "confirm": CONFIRM, "focus_on_load": boolean},
            ("options",),
            _one_of_options,
        ),
        "plain_text_input": Shape({**typed, **length, "multiline": boolean}, rule=_lengths),
        "email_text_input": Shape(typed),
        "url_text_input": Shape(typed),
        "number_input": Shape(
            {**typed, "is_decimal_allowed": boolean, "min_value": anything, "max_value": anything},
            ("is_decimal_allowed",),
        ),
        "rich_text_input": Shape({**typed, "initial_value": anything}),
        "file_input": Shape({"filetypes": items(string(20), 1, 100), "max_files": number(1, 10)}),
    }


SHAPES: Final = _shapes()
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
        elif kind not in SHAPES or kind not in allowed:
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            own: dict[str, Check] = {"type": anything}
            if kind != "image":
                own["action_id"] = string(255)
            check_shape(report, value, pointer, SHAPES[kind], own)
            action_id = value.get("action_id")
            if isinstance(action_id, str):
                known = report.seen.setdefault("action_id", set())
                if action_id in known:
                    report.add(f"duplicate action_id: {action_id}", f"{pointer}/action_id")
                known.add(action_id)

    return check
