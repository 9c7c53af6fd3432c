"""What a person has typed or chosen in a view or message: first values, `state.values`, and checks before sending.

Source: Slack, "Views > view.state.values" and the pages of the input elements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from slack_sandbox.elements import STATEFUL

Values = dict[tuple[str, str], dict[str, Any]]
_REQUIRED: Final = "Please complete this required field."
_FIELDS: Final[Mapping[str, tuple[str, str, Any]]] = {  # type -> (key in state, the element's first value, empty)
    "plain_text_input": ("value", "initial_value", None),
    "email_text_input": ("value", "initial_value", None),
    "url_text_input": ("value", "initial_value", None),
    "number_input": ("value", "initial_value", None),
    "static_select": ("selected_option", "initial_option", None),
    "external_select": ("selected_option", "initial_option", None),
    "radio_buttons": ("selected_option", "initial_option", None),
    "multi_static_select": ("selected_options", "initial_options", []),
    "multi_external_select": ("selected_options", "initial_options", []),
    "checkboxes": ("selected_options", "initial_options", []),
    "users_select": ("selected_user", "initial_user", None),
    "conversations_select": ("selected_conversation", "initial_conversation", None),
    "channels_select": ("selected_channel", "initial_channel", None),
    "multi_users_select": ("selected_users", "initial_users", []),
    "multi_conversations_select": ("selected_conversations", "initial_conversations", []),
    "multi_channels_select": ("selected_channels", "initial_channels", []),
    "datepicker": ("selected_date", "initial_date", None),
    "timepicker": ("selected_time", "initial_time", None),
    "datetimepicker": ("selected_date_time", "initial_date_time", None),
    "rich_text_input": ("rich_text_value", "initial_value", None),
    "file_input": ("files", "", []),
}


def key_of(kind: str) -> str:
    """Return where the state of an element of this type has its value, e.g. "selected_option"."""
    return _FIELDS[kind][0]


def elements(blocks: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield (block, element) for every element with an action id, nested blocks included."""
    for block in blocks:
        inner = [block.get("element"), block.get("accessory"), *(block.get("elements") or [])]
        inner += block.get("actions") or []
        inner += [cell for row in block.get("rows") or [] for cell in row]
        for one in inner:
            if isinstance(one, dict) and "action_id" in one:
                yield block, one
        yield from elements([b for b in block.get("child_blocks") or [] if isinstance(b, dict)])
        if block.get("type") == "carousel":
            yield from elements(block["elements"])


def first(element: dict[str, Any], channel: str | None) -> dict[str, Any]:
    """Return the state of *element* before anybody touched it; *channel* is where the view was opened."""
    kind = element["type"]
    key, initial, empty = _FIELDS[kind]
    value = element.get(initial, empty)
    if kind.endswith("conversations_select") and element.get("default_to_current_conversation") and channel:
        value = channel if value is None else value or [channel]
    state: dict[str, Any] = {"type": kind, key: value if value != "" else None}
    if kind == "timepicker" and "timezone" in element:
        state["timezone"] = element["timezone"]
    return state


def start(blocks: list[dict[str, Any]], channel: str | None, old: Values | None = None) -> Values:
    """Return the values of *blocks* as shown; those of *old* stay where block id, action id and type are the same."""
    values: Values = {}
    for block, element in elements(blocks):
        if element["type"] in STATEFUL:
            key = (block["block_id"], element["action_id"])
            kept = (old or {}).get(key)
            values[key] = kept if kept and kept["type"] == element["type"] else first(element, channel)
    return values


def state_values(values: Values) -> dict[str, dict[str, dict[str, Any]]]:
    """Return `state.values` as payloads carry it."""
    shaped: dict[str, dict[str, dict[str, Any]]] = {}
    for (block_id, action_id), state in values.items():
        shaped.setdefault(block_id, {})[action_id] = state
    return shaped


def problems(blocks: list[dict[str, Any]], values: Values) -> dict[str, str]:
    """Return what Slack's client itself finds wrong before it sends a form: block id -> words; none: {}."""
    found: dict[str, str] = {}
    for block, element in elements(blocks):
        if block["type"] != "input" or element["type"] not in STATEFUL:
            continue
        value = values[block["block_id"], element["action_id"]][key_of(element["type"])]
        if value is None or value == [] or (isinstance(value, str) and not value.strip()):
            if not block.get("optional", False):
                found[block["block_id"]] = _REQUIRED
        elif problem := _problem(element, value):
            found[block["block_id"]] = problem
    return found


def _problem(element: dict[str, Any], value: Any) -> str:
    match element["type"]:
        case "plain_text_input":
            least, most = element.get("min_length", 0), element.get("max_length", 3000)
            if len(value) < least:
                return f"This entry must be at least {least} characters."
            if len(value) > most:
                return f"This entry must be at most {most} characters."
        case "email_text_input" if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
            return "Please enter a valid email address."
        case "url_text_input" if not re.fullmatch(r"https?://\S+", value):
            return "Please enter a valid URL."
        case "number_input":
            return _number_problem(element, value)
        case kind if kind.startswith("multi_") and len(value) > element.get("max_selected_items", len(value)):
            return f"Please choose at most {element['max_selected_items']}."
    return ""


def _number_problem(element: dict[str, Any], value: str) -> str:
    pattern = r"-?\d+(\.\d+)?" if element["is_decimal_allowed"] else r"-?\d+"
    if not re.fullmatch(pattern, value):
        return "Please enter a number." if element["is_decimal_allowed"] else "Please enter a whole number."
    if "min_value" in element and float(value) < float(element["min_value"]):
        return f"Please enter a number of at least {element['min_value']}."
    if "max_value" in element and float(value) > float(element["max_value"]):
        return f"Please enter a number of at most {element['max_value']}."
    return ""
