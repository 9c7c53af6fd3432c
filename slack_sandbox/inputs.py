"""From what a person types or picks to the state that Slack keeps of it: words for people, ids for Slack."""

from __future__ import annotations

from typing import Any

from slack_sandbox.forms import key_of
from slack_sandbox.workspace import Workspace


class NotPossible(Exception):
    """What a real Slack client would not let this person do."""


def read_options(element: dict[str, Any], wanted: list[Any], found: list[dict[str, Any]] | None = None) -> list[Any]:
    """Return the options of *element* (or the *found* ones) that *wanted* names, by value or by label.

    Raises:
        NotPossible: one of them isn't offered.
    """
    offered = [*(element.get("options") or []), *(found or [])]
    for group in element.get("option_groups") or []:
        offered += group["options"]
    first = element.get("initial_option")
    offered += [first] if first else element.get("initial_options") or []
    options = []
    for one in wanted:
        value = one.get("value") if isinstance(one, dict) else one
        by_value = next((o for o in offered if o["value"] == value), None)
        option = by_value or next((o for o in offered if o["text"]["text"] == value), None)
        if option is None:
            raise NotPossible(f"{value!r} isn't offered; there are {', '.join(o['value'] for o in offered) or 'none'}")
        options.append(option)
    return options


def read_input(
    workspace: Workspace, element: dict[str, Any], value: Any, found: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the new state of *element* once a person put *value* in; None or "" empties it.

    Options are named by value or label, people and channels by id or name; *found* are the results of a search.

    Raises:
        NotPossible: nothing so named is offered, or the value doesn't suit the element.
    """
    kind = element["type"]
    key = key_of(kind)
    many = key.endswith("s")
    if value is None or value in ("", []):
        return {"type": kind, key: [] if many else None}
    wanted = list(value) if isinstance(value, list | tuple) else [value]
    if not many and len(wanted) != 1:
        raise NotPossible("only one can be chosen")
    content: Any
    match key:
        case "selected_option" | "selected_options":
            chosen = read_options(element, wanted, found)
            content = chosen if many else chosen[0]
        case "selected_user" | "selected_users":
            content = _ids(many, wanted, lambda w: workspace.person(w).id)
        case "selected_conversation" | "selected_conversations" | "selected_channel" | "selected_channels":
            content = _ids(many, wanted, lambda w: workspace.channel(w).id)
        case "selected_date_time":
            content = int(value)
        case "rich_text_value":
            section = {"type": "rich_text_section", "elements": [{"type": "text", "text": str(value)}]}
            content = value if isinstance(value, dict) else {"type": "rich_text", "elements": [section]}
        case "files":
            content = [f if isinstance(f, dict) else {"id": str(f)} for f in wanted]
        case _:
            content = str(value)
    state = {"type": kind, key: content}
    if kind == "timepicker" and "timezone" in element:
        state["timezone"] = element["timezone"]
    return state


def _ids(many: bool, wanted: list[Any], find: Any) -> Any:
    try:
        ids = [find(str(w)) for w in wanted]
    except KeyError as e:
        raise NotPossible(str(e.args[0])) from e
    return ids if many else ids[0]
