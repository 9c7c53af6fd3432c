"""Blocks, checked as Slack checks them: shapes, limits, and what fits on which surface.

Source: Slack, "Block Kit > Blocks".
"""

from __future__ import annotations

from typing import Any, Final, Literal

from slack_sandbox.composition import IMAGE, PICTURE
from slack_sandbox.elements import IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION, ONLY_IN, element
from slack_sandbox.rich_text import RICH_TEXT, rich_text
from slack_sandbox.shapes import (
    Check,
    Report,
    Shape,
    anything,
    at_least_one,
    boolean,
    check_shape,
    choice,
    items,
    matching,
    mrkdwn,
    not_both,
    obj,
    of_kind,
    only_with,
    plain,
    string,
    text,
)
from slack_sandbox.tables import TABLES, check_tables

Surface = Literal["message", "modal", "home"]
MARKDOWN_CHARACTERS: Final = 12_000
IN_CONTAINER: Final = (
    *("actions", "context", "divider", "file", "header", "image", "input", "rich_text", "section", "table", "video"),
)
_SOURCE: Final = of_kind({"url": Shape({"url": string(3000), "text": string(3000)}, ("url", "text"))})


def _context_element(report: Report, value: Any, pointer: str) -> None:
    if isinstance(value, dict) and value.get("type") in ("plain_text", "mrkdwn"):
        text(2000)(report, value, pointer)
    else:
        element(frozenset({"image"}))(report, value, pointer)


def _not_pending(report: Report, block: dict[str, Any], pointer: str) -> None:
    if block.get("status") == "pending" and "/tasks/" not in pointer:
        report.add("a task that stands alone can't be pending", f"{pointer}/status")


def _unique_tasks(report: Report, block: dict[str, Any], pointer: str) -> None:
    tasks = block.get("tasks")
    ids = [t.get("task_id") for t in tasks if isinstance(t, dict)] if isinstance(tasks, list) else []
    if len(set(map(str, ids))) != len(ids):
        report.add("task_id must be unique", f"{pointer}/tasks")


def _shapes() -> dict[str, tuple[Shape, str]]:
    """Return each block's shape and its surfaces: m(essage), v(iew that is a modal), h(ome)."""
    https = matching(r"https://\S{1,2992}", "must be an https URL")
    return {
        "section": (
            Shape(
                {
                    "text": text(3000),
                    "fields": items(text(2000), 1, 10),
                    "accessory": element(IN_SECTION),
                    "expand": boolean,
                },
                rules=(at_least_one("text", "fields"),),
            ),
            "mvh",
        ),
        "actions": (Shape({"elements": items(element(IN_ACTIONS), 1, 25)}, ("elements",)), "mvh"),
        "header": (Shape({"text": plain(150), "level": choice(1, 2, 3, 4)}, ("text",)), "mvh"),
        "context": (Shape({"elements": items(_context_element, 1, 10)}, ("elements",)), "mvh"),
        "divider": (Shape({}), "mvh"),
        "image": (Shape({**PICTURE.fields, "title": plain(2000)}, PICTURE.required, PICTURE.rules), "mvh"),
        "input": (
            Shape(
                {
                    "label": plain(2000),
                    "element": element(IN_INPUT),
                    "hint": plain(2000),
                    "optional": boolean,
                    "dispatch_action": boolean,
                },
                ("label", "element"),
            ),
            "mvh",
        ),
        "rich_text": (RICH_TEXT, "mvh"),
        "video": (
            Shape(
                {
                    "alt_text": string(200),
                    "title": plain(200),
                    "thumbnail_url": string(3000),
                    "video_url": https,
                    "title_url": https,
                    "author_name": string(50),
                    "description": plain(200),
                    "provider_name": string(50),
                    "provider_icon_url": string(3000),
                },
                ("alt_text", "title", "thumbnail_url", "video_url"),
            ),
            "mvh",
        ),
        "markdown": (Shape({"text": string(MARKDOWN_CHARACTERS)}, ("text",)), "m"),
        "file": (Shape({"external_id": string(255), "source": choice("remote")}, ("external_id", "source")), "m"),
        "context_actions": (Shape({"elements": items(element(IN_CONTEXT_ACTIONS), 1, 5)}, ("elements",)), "m"),
        "task_card": (
            Shape(
                {
                    "task_id": string(255),
                    "title": string(3000),
                    "status": choice("pending", "in_progress", "complete", "error"),
                    "details": rich_text,
                    "output": rich_text,
                    "sources": items(_SOURCE, 0, 100),
                },
                ("task_id", "title", "status"),
                (_not_pending,),
            ),
            "m",
        ),
        "plan": (
            Shape(
                {"title": string(3000), "tasks": items(_block(only=("task_card",)), 0, 50)},
                ("title",),
                (_unique_tasks,),
            ),
            "m",
        ),
        **TABLES,
        "card": (
            Shape(
                {
                    "title": mrkdwn(150),
                    "subtitle": mrkdwn(150),
                    "body": mrkdwn(200),
                    "hero_image": IMAGE,
                    "icon": IMAGE,
                    "slack_icon": obj(Shape({"type": choice("icon"), "name": string(255)}, ("type", "name"))),
                    "subtext": mrkdwn(200),
                    "actions": items(element(frozenset({"button"})), 1, 3),
                },
                rules=(at_least_one("hero_image", "title", "actions", "body"), not_both("icon", "slack_icon")),
            ),
            "mvh",
        ),
        "carousel": (Shape({"elements": items(_block(only=("card",)), 1, 10)}, ("elements",)), "mh"),
        "container": (
            Shape(
                {
                    "title": plain(150),
                    "rich_text_title": rich_text,
                    "subtitle": text(150),
                    "child_blocks": items(_block(only=IN_CONTAINER), 1, 10),
                    "is_collapsible": boolean,
                    "default_collapsed": boolean,
                    "has_header_divider": boolean,
                    "icon": IMAGE,
                    "width": choice("narrow", "standard", "wide", "full"),
                },
                ("child_blocks",),
                (
                    at_least_one("title", "rich_text_title"),
                    only_with("default_collapsed", "is_collapsible"),
                    not_both("has_header_divider", "is_collapsible"),
                ),
            ),
            "mh",
        ),
        "alert": (
            Shape({"text": text(200), "level": choice("default", "info", "warning", "error", "success")}, ("text",)),
            "v",
        ),
    }


def _block(surface: str = "", *, only: tuple[str, ...] = ()) -> Check:
    """Accept a block that fits on *surface*, or inside another one: of the types in *only*."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        kind = value.get("type")
        known = SHAPES.get(kind) if isinstance(kind, str) else None
        if kind is None:
            report.add("missing required field: type", pointer)
        elif known is None or (kind not in only if only else surface not in known[1]):
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        else:
            report.seen["action_id"] = set()
            check_shape(report, value, pointer, known[0], {"type": anything, "block_id": string(255)})
            block_id, ids = value.get("block_id"), report.seen.setdefault("block_id", set())
            if isinstance(block_id, str) and block_id in ids:
                report.add(f"duplicate block_id: {block_id}", f"{pointer}/block_id")
            elif isinstance(block_id, str):
                ids.add(block_id)

    return check


SHAPES: Final = _shapes()
_LETTER: Final[dict[Surface, str]] = {"message": "m", "modal": "v", "home": "h"}


def block_problems(blocks: Any, surface: Surface, *, pointer: str = "/blocks") -> list[str]:
    """Return what is wrong with *blocks* on *surface*, in Slack's words; none: []."""
    report = Report()
    most, least = (50, 0) if surface == "message" else (100, 1)
    letter = _LETTER[surface]
    items(_block(letter), least, most)(report, blocks, pointer)
    found = [b for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    if sum(len(str(b.get("text"))) for b in found if b.get("type") == "markdown") > MARKDOWN_CHARACTERS:
        report.add(f"must be less than {MARKDOWN_CHARACTERS + 1} characters in all markdown blocks", pointer)
    check_tables(report, found, pointer)
    if not report.problems:
        _check_places(report, found, letter, pointer)
    return report.problems


def _check_places(report: Report, value: Any, letter: str, pointer: str) -> None:
    """Refuse elements that don't fit on this surface, in whatever block they stand."""
    if isinstance(value, list):
        for i, one in enumerate(value):
            _check_places(report, one, letter, f"{pointer}/{i}")
    elif isinstance(value, dict):
        kind = value.get("type")
        if isinstance(kind, str) and letter not in ONLY_IN.get(kind, letter):
            report.add(f"unsupported type: {kind}", f"{pointer}/type")
        for name in ("element", "elements", "accessory", "child_blocks"):
            _check_places(report, value.get(name), letter, f"{pointer}/{name}")
