"""Block Kit's pieces with Slack's limits kept. Texts that come in are markup already (see mrkdwn.py), labels are plain.

Source: docs.slack.dev, "Block Kit reference".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.core.text import canonical
from bot.slack.drawing import mrkdwn
from bot.words import text

Block = dict[str, Any]
View = dict[str, Any]


def markup_text(markup: str) -> Block:
    """Return a mrkdwn text; verbatim, so that Slack links nothing that we did not link."""
    return {"type": "mrkdwn", "text": markup, "verbatim": True}


def label(words: str, most: int) -> Block:
    """Return a plain text of at most *most* characters."""
    return {"type": "plain_text", "text": mrkdwn.plain(words, most), "emoji": True}


def header(words: str) -> Block:
    """Return a headline of plain text."""
    return {"type": "header", "text": label(words, 150)}


def section(markup: str, *, accessory: Block | None = None) -> Block:
    """Return a paragraph, with *accessory*, such as a button, beside it."""
    return {"type": "section", "text": markup_text(markup)} | _given(accessory=accessory)


def fields(pairs: Sequence[tuple[str, str]]) -> Block:
    """Return up to ten (name, markup) pairs in two columns."""
    return {"type": "section", "fields": [markup_text(f"*{name}*\n{markup}") for name, markup in pairs[:10]]}


def context(markup: str, block_id: str | None = None) -> Block:
    """Return small print."""
    return {"type": "context", "elements": [markup_text(markup)]} | _given(block_id=block_id)


def divider() -> Block:
    """Return a line."""
    return {"type": "divider"}


def quote(user_text: str) -> Block:
    """Return a quotation of user text; rich text parses nothing in it."""
    shown = mrkdwn.cut(canonical(user_text, lines=True), 2500) or "–"
    element = {"type": "rich_text_quote", "elements": [{"type": "text", "text": shown}]}
    return {"type": "rich_text", "elements": [element]}


def actions(buttons: Sequence[Block]) -> list[Block]:
    """Return the row of *buttons* as a list of one block, or of none where there is nothing to press."""
    return [{"type": "actions", "elements": list(buttons)}] if buttons else []


def channel_select(action_id: str) -> Block:
    """Return the list of the channels that can take cards: none that another company reads."""
    return {
        "type": "conversations_select",
        "action_id": action_id,
        "filter": {
            "include": ["public", "private"],
            "exclude_bot_users": True,
            "exclude_external_shared_channels": True,
        },
    }


def button(
    words: str, action: str, *, means: str, value: str = "", style: str | None = None, confirm: Block | None = None
) -> Block:
    """Return a button; *means* is what a screen reader says, such as "Approve R-7K3F"."""
    made = {
        "type": "button",
        "text": label(words, 75),
        "action_id": action,
        "accessibility_label": mrkdwn.plain(means, 75),
    }
    return made | _given(value=value, style=style, confirm=confirm)


def _given(**parts: object) -> Block:
    """Return the optional *parts* of a block that are there."""
    return {name: part for name, part in parts.items() if part}


def confirm(title: str, question: str, yes: str, no: str = "") -> Block:
    """Return the dialog that asks once more."""
    return {
        "title": label(title, 100),
        "text": label(question, 300),
        "confirm": label(yes, 30),
        "deny": label(no or text("cancel"), 30),
    }


def entry(
    block_id: str, words: str, element: Block, *, hint: str = "", optional: bool = False, dispatch: bool = False
) -> Block:
    """Return an input block; its *block_id* begins with the form field's name."""
    block = {
        "type": "input",
        "block_id": block_id,
        "label": label(words, 2000),
        "element": element,
        "optional": optional,
    }
    return block | _given(hint=label(hint, 2000) if hint else None, dispatch_action=dispatch)


def modal(
    title: str,
    blocks: Sequence[Block],
    *,
    callback_id: str = "notice",
    submit: str | None = None,
    close: str = "",
    metadata: str = "",
) -> View:
    """Return a modal view; *metadata* comes back with every click in it and is no secret."""
    view = {
        "type": "modal",
        "callback_id": callback_id,
        "title": label(title, 24),
        "close": label(close or text("close"), 24),
        "blocks": list(blocks),
        "private_metadata": metadata,
    }
    return view | _given(submit=label(submit, 24) if submit else None)
