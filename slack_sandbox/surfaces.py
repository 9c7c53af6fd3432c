"""Messages' blocks and views, checked as a whole and completed as Slack keeps them. Source: Slack, "Views"."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Literal

from slack_sandbox.api_error import ApiError
from slack_sandbox.blocks import block_problems
from slack_sandbox.elements import IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUT
from slack_sandbox.shapes import Check, Report, Shape, anything, boolean, check_shape, plain, string
from slack_sandbox.tables import characters

VIEW_BYTES: Final = 250_000
MESSAGE_CHARACTERS: Final = 13_200  # tables have limits of their own


def invalid_blocks(problems: list[str]) -> ApiError:
    """Return how Slack refuses a message's blocks for *problems*."""
    return ApiError("invalid_blocks", problems, errors=[p.removeprefix("[ERROR] ") for p in problems])


def check_message_blocks(blocks: Any, *, limited: bool = True) -> None:
    """Check a message's blocks; *limited* says that they may have only so many characters together.

    Raises:
        ApiError: invalid_blocks_format, invalid_blocks (with Slack's messages) or msg_blocks_too_long.
    """
    if not isinstance(blocks, list):
        raise ApiError("invalid_blocks_format")
    if problems := block_problems(blocks, "message"):
        raise invalid_blocks(problems)
    if limited and characters([b for b in blocks if b["type"] != "data_table"]) > MESSAGE_CHARACTERS:
        raise ApiError("msg_blocks_too_long")


def _view_shape(kind: str) -> Shape:
    common: dict[str, Check] = {
        "type": anything,
        "blocks": anything,
        "private_metadata": string(3000, 0),
        "callback_id": string(255, 0),
        "external_id": string(255, 0),
    }
    if kind == "home":
        return Shape(common, ("type", "blocks"))
    bare = dict.fromkeys(("clear_on_close", "notify_on_close", "submit_disabled"), boolean)
    return Shape(
        {**common, **bare, "title": plain(24), "submit": plain(24), "close": plain(24)}, ("type", "title", "blocks")
    )


def check_view(view: Any, surface: Literal["modal", "home"]) -> dict[str, Any]:
    """Check a view and return it.

    Raises:
        ApiError: view_too_large, or invalid_arguments with Slack's messages (pointers start with /view).
    """
    if not isinstance(view, dict):
        raise ApiError("invalid_arguments", ["[ERROR] missing required field: view"])
    if len(json.dumps(view).encode()) > VIEW_BYTES:
        raise ApiError("view_too_large")
    report = Report()
    given: dict[str, Any] = {name: value for name, value in view.items() if value is not None}
    if given.get("type") != surface:
        report.add(f"must be a valid view type: expected {surface}", "/view/type")
    else:
        check_shape(report, given, "/view", _view_shape(surface), {})
        if "blocks" in given:
            report.problems += block_problems(given["blocks"], surface, pointer="/view/blocks")
        inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in _as_list(given.get("blocks")))
        if surface == "modal" and inputs and not given.get("submit"):
            report.add("missing required field: submit", "/view")
    if report.problems:
        raise ApiError("invalid_arguments", report.problems)
    return given


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def complete(blocks: list[dict[str, Any]], new: Callable[[], str]) -> list[dict[str, Any]]:
    """Return *blocks* as Slack keeps them: every block and element has an id, text objects have their switches."""

    def fill(value: Any, parent: str) -> Any:
        if isinstance(value, list):
            return [fill(v, parent) for v in value]
        if not isinstance(value, dict):
            return value
        done = {k: fill(v, k) for k, v in value.items() if v is not None}
        if done.get("type") == "plain_text" and "text" in done:
            done.setdefault("emoji", True)
        elif done.get("type") == "mrkdwn" and "text" in done:
            done.setdefault("verbatim", False)
        elif parent in ("accessory", "element", "elements", "actions", "rows") and _has_action_id(done):
            done.setdefault("action_id", new())
        return done

    result: list[dict[str, Any]] = []
    for block in blocks:
        done: dict[str, Any] = fill(block, "")
        done.setdefault("block_id", new())
        result.append(done)
    return result


def _has_action_id(value: dict[str, Any]) -> bool:
    return value.get("type") in IN_ACTIONS | IN_INPUT | IN_CONTEXT_ACTIONS
