"""Text as Slack stores and returns it: bare `& < >` as entities, its own `<…>` sequences kept.

Source: Slack, "Formatting message text > Escaping text".
"""

from __future__ import annotations

import re
from typing import Any, Final

_ENTITY: Final = re.compile(r"&(?!(?:amp|lt|gt);)")
_SEQUENCE: Final = re.compile(
    r"<(?:@[UW][A-Z0-9]+|#[CG][A-Z0-9]+|![a-z]+(?:\^[^<>|]*)*|(?:https?://|mailto:|tel:|slack:)[^<>|\s]+)(?:\|[^<>]*)?>"
)
_BARE_URL: Final = re.compile(r"(?<![<|\w])https?://[^\s<>|]+[^\s<>|.,;:!?)\]}'\"*_~]")


def _entities(text: str) -> str:
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;").replace(">", "&gt;")


def escape_plain(text: str) -> str:
    """Return *text* with every bare `& < >` as an entity; what is an entity already stays one."""
    return _entities(text)


def escape_mrkdwn(text: str, *, links: bool = True) -> str:
    """Return *text* as Slack returns it: sequences kept, the rest as entities, bare URLs linked where *links*."""

    def outside(part: str) -> str:
        part = _entities(part)
        return _BARE_URL.sub(lambda m: f"<{m[0]}>", part) if links else part

    pieces, end = [], 0
    for match in _SEQUENCE.finditer(text):
        pieces += [outside(text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*pieces, outside(text[end:])])


def unescape(text: str) -> str:
    """Return *text* with entities as characters, as a person reads it."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def escape_blocks(value: Any) -> Any:
    """Return *value* (blocks or a part of them) with all text objects escaped as Slack returns them."""
    if isinstance(value, list):
        return [escape_blocks(v) for v in value]
    if not isinstance(value, dict):
        return value
    kind, text = value.get("type"), value.get("text")
    if kind == "plain_text" and isinstance(text, str):
        return {**value, "text": escape_plain(text)}
    if kind == "mrkdwn" and isinstance(text, str):
        return {**value, "text": escape_mrkdwn(text, links=not value.get("verbatim", False))}
    return {key: v if key in ("value", "private_metadata") else escape_blocks(v) for key, v in value.items()}
