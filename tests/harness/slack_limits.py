"""Slack's limits for blocks, views and messages, checked strictly; for tests that draw something.

Source: docs.slack.dev, "Block Kit reference", "Views", "chat.postMessage", "chat.update".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

IN_MESSAGES = {"header", "section", "context", "divider", "actions", "rich_text"}
IN_HOME = IN_MESSAGES
IN_MODALS = IN_MESSAGES | {"input"}
_TEXTS = {"section": 3000, "header": 150}
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1f\u200b\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069]|\u200d(?![\u2190-\u2bff\U0001f000-\U0001faff])"
)
_MENTION = re.compile(r"<(@[A-Z0-9]+|#[A-Z0-9]+|!date\^\d+\^[^|>]+\|[^|>]+)>")


def check_message(text: str, blocks: Iterable[dict[str, Any]]) -> None:
    """Fail where a message breaks a limit."""
    drawn = list(blocks)
    assert 1 <= units(text) <= 4000, "chat.update takes at most 4,000 characters"
    assert len(drawn) <= 50
    assert units(json.dumps(drawn, ensure_ascii=False)) < 13_000, "all blocks together: msg_blocks_too_long"
    check_markup(text)
    check_blocks(drawn, IN_MESSAGES)


def check_view(view: dict[str, Any]) -> None:
    """Fail where a modal or Home tab breaks a limit."""
    assert len(json.dumps(view).encode()) < 250_000
    assert 1 <= len(view["blocks"]) <= 100
    if view["type"] == "home":
        assert set(view) == {"type", "blocks"}
        check_blocks(view["blocks"], IN_HOME)
        View(**view).validate_json()
        return
    assert set(view) <= {"type", "callback_id", "title", "close", "submit", "blocks", "private_metadata"}
    for part in ("title", "close", "submit"):
        if part in view:
            check_plain(view[part], 24)
    assert units(view["callback_id"]) <= 255
    assert units(view["private_metadata"]) <= 3000
    if any(b["type"] == "input" for b in view["blocks"]):
        assert "submit" in view, "Slack wants a submit button wherever there is an input"
    ids = [b["block_id"] for b in view["blocks"] if "block_id" in b]
    assert len(ids) == len(set(ids))
    check_blocks(view["blocks"], IN_MODALS)
    View(**view).validate_json()


def check_blocks(blocks: list[dict[str, Any]], allowed: set[str]) -> None:
    """Fail where a block breaks a limit."""
    for block in blocks:
        assert block["type"] in allowed, block["type"]
        check_block(json.dumps(block))


@cache  # the same buttons and lines stand in thousands of cards and views
def check_block(drawn: str) -> None:
    """Fail where a block, as JSON, breaks a limit."""
    block = json.loads(drawn)
    kind = block["type"]
    assert units(block.get("block_id", "")) <= 255
    if kind == "header":
        check_plain(block["text"], 150)
    if kind == "section":
        if "text" in block:
            check_mrkdwn(block["text"], 3000)
        assert ("text" in block) or block["fields"]
        assert len(block.get("fields", [])) <= 10
        for field in block.get("fields", []):
            check_mrkdwn(field, 2000)
    if kind == "context":
        assert 1 <= len(block["elements"]) <= 10
        for element in block["elements"]:
            check_mrkdwn(element, 2000)
    if kind == "actions":
        assert 1 <= len(block["elements"]) <= 25
        ids = [e["action_id"] for e in block["elements"]]
        assert len(ids) == len(set(ids)), "an action id is unique within its block"
        for element in block["elements"]:
            if element["type"] == "button":
                check_button(element)
            else:
                assert element["type"] in ("users_select", "static_select", "external_select"), element["type"]
    if kind == "input":
        check_input(block)
    if kind == "rich_text":
        for leaf in leaves(block):
            assert leaf["type"] == "text", "nothing in a quotation is parsed"
            assert 1 <= units(leaf["text"]) <= 3000
            check_visible(leaf["text"])
    (parsed,) = Block.parse_all([block])
    parsed.validate_json()


def check_button(button: dict[str, Any]) -> None:
    """Fail where a button breaks a limit or has no label for screen readers."""
    assert button["type"] == "button"
    check_plain(button["text"], 75)
    assert 1 <= units(button["accessibility_label"]) <= 75
    assert units(button.get("value", "")) <= 2000
    assert button.get("style") in (None, "primary", "danger")
    if confirm := button.get("confirm"):
        for part, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
            check_plain(confirm[part], most)


def check_input(block: dict[str, Any]) -> None:
    """Fail where an input breaks a limit."""
    check_plain(block["label"], 2000)
    if "hint" in block:
        check_plain(block["hint"], 2000)
    element = block["element"]
    if "placeholder" in element:
        check_plain(element["placeholder"], 150)
    if element["type"] == "plain_text_input":
        assert element.get("max_length", 1) <= 3000
        assert units(element.get("initial_value", "")) <= element.get("max_length", 3000)
    if option := element.get("initial_option"):
        check_plain(option["text"], 75)
        assert 1 <= units(option["value"]) <= 150


def check_plain(text: dict[str, Any], most: int) -> None:
    """Fail where a plain text is none, empty or too long."""
    assert text["type"] == "plain_text"
    assert 1 <= units(text["text"]) <= most, text["text"]
    check_visible(text["text"])


def check_mrkdwn(text: dict[str, Any], most: int) -> None:
    """Fail where a mrkdwn text is empty, too long or holds markup that isn't ours."""
    assert text["type"] == "mrkdwn"
    assert text["verbatim"] is True
    assert 1 <= units(text["text"]) <= most
    check_markup(text["text"])


def check_markup(text: str) -> None:
    """Fail where *text* holds anything but mentions of people and channels, dates, and escaped characters."""
    rest = _MENTION.sub("", text)
    assert "<" not in rest, text
    assert ">" not in rest, text
    assert not re.search(r"&(?!amp;|lt;|gt;)", rest), text
    check_visible(text)


def check_visible(text: str) -> None:
    """Fail where *text* holds characters that hide or turn around what follows."""
    assert not _UNSEEN.search(text), text


def leaves(element: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the innermost elements of a rich text."""
    children = element.get("elements")
    if children is None:
        yield element
    else:
        for child in children:
            yield from leaves(child)


def units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text.encode("utf-16-le")) // 2
