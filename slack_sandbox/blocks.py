"""Blocks, checked as Slack checks them: shapes, limits, and what fits on which surface.

Source: Slack, "Block Kit > Blocks".
"""

from __future__ import annotations

from typing import Any, Final, Literal

from slack_sandbox.elements import IN_ACTIONS, IN_CONTEXT_ACTIONS, IN_INPUT, IN_SECTION, element
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
    plain,
    string,
    text,
)

Surface = Literal["message", "modal", "home"]
MARKDOWN_CHARACTERS: Final = 12_000


def _section(report: Report, block: dict[str, Any], pointer: str) -> None:
    if block.get("text") is None and block.get("fields") is None:
        report.add("missing required field: text", pointer)


def _picture(report: Report, block: dict[str, Any], pointer: str) -> None:
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        report.add("must define exactly one of: image_url, slack_file", pointer)


def _card(report: Report, block: dict[str, Any], pointer: str) -> None:
    if not any(block.get(k) for k in ("hero_image", "title", "actions", "body")):
        report.add("must define at least one of: hero_image, title, actions, body", pointer)


def _context_element(report: Report, value: Any, pointer: str) -> None:
    if isinstance(value, dict) and value.get("type") in ("plain_text", "mrkdwn"):
        text(2000)(report, value, pointer)
    else:
        element(frozenset({"image"}))(report, value, pointer)


def _rich_element(report: Report, value: Any, pointer: str) -> None:
    kinds = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    if not isinstance(value, dict) or value.get("type") not in kinds:
        report.add("failed to match all allowed schemas", pointer)
    elif not isinstance(value.get("elements"), list):
        report.add("missing required field: elements", pointer)


def _cell(report: Report, value: Any, pointer: str) -> None:
    if not isinstance(value, dict) or value.get("type") not in ("raw_text", "rich_text", "raw_number"):
        report.add("failed to match all allowed schemas", pointer)


def _shapes() -> dict[str, tuple[Shape, str]]:
    """Return each block's shape and its surfaces: m(essage), v(iew that is a modal), h(ome)."""
    child = _block(frozenset())
    return {
        "section": (
            Shape(
                {
                    "text": text(3000),
                    "fields": items(text(2000), 1, 10),
                    "accessory": element(IN_SECTION),
                    "expand": boolean,
                },
                rule=_section,
            ),
            "mvh",
        ),
        "actions": (Shape({"elements": items(element(IN_ACTIONS), 1, 25)}, ("elements",)), "mvh"),
        "header": (Shape({"text": plain(150)}, ("text",)), "mvh"),
        "context": (Shape({"elements": items(_context_element, 1, 10)}, ("elements",)), "mvh"),
        "divider": (Shape({}), "mvh"),
        "image": (
            Shape(
                {
                    "image_url": string(3000),
                    "slack_file": anything,
                    "alt_text": string(2000),
                    "title": plain(2000),
                },
                ("alt_text",),
                _picture,
            ),
            "mvh",
        ),
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
        "rich_text": (Shape({"elements": items(_rich_element, 1, 1000)}, ("elements",)), "mvh"),
        "video": (
            Shape(
                {
                    "alt_text": string(2000),
                    "title": plain(200),
                    "thumbnail_url": string(3000),
                    "video_url": string(3000),
                    "title_url": string(3000),
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
                dict.fromkeys(("task_id", "title", "status", "details", "output", "sources"), anything),
                ("task_id", "title"),
            ),
            "m",
        ),
        "plan": (Shape({"title": anything, "tasks": anything}, ("title",)), "m"),
        "table": (
            Shape({"rows": items(items(_cell, 1, 20), 1, 100), "column_settings": items(anything, 0, 20)}, ("rows",)),
            "mh",
        ),
        "data_table": (
            Shape(
                {"rows": items(items(_cell, 1, 20), 2, 101), "caption": string(255), "page_size": number(1, 100)},
                ("rows", "caption"),
            ),
            "mh",
        ),
        "card": (
            Shape(
                {
                    "title": text(150),
                    "subtitle": text(150),
                    "body": text(200),
                    "hero_image": anything,
                    "icon": anything,
                    "slack_icon": anything,
                    "subtext": text(200),
                    "actions": items(element(IN_ACTIONS), 1, 3),
                },
                rule=_card,
            ),
            "mvh",
        ),
        "carousel": (Shape({"elements": items(child, 1, 10)}, ("elements",)), "mh"),
        "container": (
            Shape(
                {
                    "title": text(150),
                    "subtitle": text(150),
                    "child_blocks": items(child, 1, 10),
                    "is_collapsible": boolean,
                    "default_collapsed": boolean,
                    "icon": anything,
                    "width": choice("narrow", "standard", "wide", "full"),
                },
                ("title", "child_blocks"),
            ),
            "mh",
        ),
        "alert": (
            Shape({"text": text(200), "level": choice("default", "info", "warning", "error", "success")}, ("text",)),
            "v",
        ),
    }


def _block(surfaces: frozenset[str]) -> Check:
    """Accept a block that fits on one of *surfaces* (none: wherever its parent fits)."""

    def check(report: Report, value: Any, pointer: str) -> None:
        if not isinstance(value, dict):
            report.add("must provide an object", pointer)
            return
        kind = value.get("type")
        known = SHAPES.get(kind) if isinstance(kind, str) else None
        if kind is None:
            report.add("missing required field: type", pointer)
        elif known is None or (surfaces and not surfaces & set(known[1])):
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
    items(_block(frozenset(_LETTER[surface])), least, most)(report, blocks, pointer)
    found = [b for b in blocks if isinstance(b, dict)] if isinstance(blocks, list) else []
    if sum(len(str(b.get("text"))) for b in found if b.get("type") == "markdown") > MARKDOWN_CHARACTERS:
        report.add(f"must be less than {MARKDOWN_CHARACTERS + 1} characters in all markdown blocks", pointer)
    if sum(b.get("type") == "table" for b in found) > 1:
        report.add("only one table is allowed", pointer)
    if surface != "modal":
        for i, b in enumerate(found):
            inner = b.get("element")
            if isinstance(inner, dict) and inner.get("type") == "file_input":
                report.add("unsupported type: file_input", f"{pointer}/{i}/element/type")
    return report.problems
