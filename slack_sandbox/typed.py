"""What a person types in Slack's composer, as the rich_text block that Slack makes of it.

Source: Slack, "Block Kit > Rich text block" (every message of a person has one).
"""

from __future__ import annotations

import re
from typing import Any, Final

from slack_sandbox.markup import unescape

_FENCE: Final = re.compile(r"```\n?(.*?)\n?```", re.S)
_SEQUENCE: Final = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")
_STYLED: Final = re.compile(
    r"(?<![\w`])(?:`(?P<code>[^`\n]+)`|\*(?P<bold>[^*\s](?:[^*\n]*[^*\s])?)\*"
    r"|_(?P<italic>[^_\s](?:[^_\n]*[^_\s])?)_|~(?P<strike>[^~\s](?:[^~\n]*[^~\s])?)~)(?![\w`])"
)


def typed_blocks(text: str) -> dict[str, Any]:
    """Return the rich_text block of *text*, which is markup as Slack stores it (entities, sequences in `<>`)."""
    parts: list[dict[str, Any]] = []
    for i, piece in enumerate(_FENCE.split(text)):
        if i % 2:
            parts.append({"type": "rich_text_preformatted", "elements": [_text(piece)], "border": 0})
        else:
            parts += _lines(piece.strip("\n") if len(piece) < len(text) else piece)
    return {"type": "rich_text", "elements": parts}


def _lines(text: str) -> list[dict[str, Any]]:
    """Return sections and quotes: lines that start with `>` are quoted, those next to one another together."""
    parts: list[dict[str, Any]] = []
    kept: list[str] = []
    quoted = False

    def close() -> None:
        if kept and "\n".join(kept):
            kind = "rich_text_quote" if quoted else "rich_text_section"
            parts.append({"type": kind, "elements": _inline("\n".join(kept), {})})
        kept.clear()

    for line in text.split("\n"):
        quote = line.startswith("&gt;")
        if quote != quoted:
            close()
            quoted = quote
        kept.append(line.removeprefix("&gt;").removeprefix(" ") if quote else line)
    close()
    return parts


def _inline(text: str, style: dict[str, bool]) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    end = 0
    for match in _STYLED.finditer(text):
        elements += _sequences(text[end : match.start()], style)
        kind = str(match.lastgroup)
        inner = style | {kind: True}
        elements += [_text(match[kind], inner)] if kind == "code" else _inline(match[kind], inner)
        end = match.end()
    return elements + _sequences(text[end:], style)


def _sequences(text: str, style: dict[str, bool]) -> list[dict[str, Any]]:
    elements: list[dict[str, Any]] = []
    end = 0
    for match in _SEQUENCE.finditer(text):
        if before := text[end : match.start()]:
            elements.append(_text(before, style))
        elements.append(_sequence(*match.groups()) | ({"style": style} if style else {}))
        end = match.end()
    return elements + ([_text(text[end:], style)] if text[end:] else [])


def _sequence(sign: str, target: str, label: str | None) -> dict[str, Any]:
    match sign:
        case "@":
            return {"type": "user", "user_id": target}
        case "#":
            return {"type": "channel", "channel_id": target}
        case "!" if target.startswith("subteam^"):
            return {"type": "usergroup", "usergroup_id": target.removeprefix("subteam^")}
        case "!" if target in ("here", "channel", "everyone"):
            return {"type": "broadcast", "range": target}
        case "!":
            return _text(label or target)
    return {"type": "link", "url": unescape(target)} | ({"text": unescape(label)} if label else {})


def _text(text: str, style: dict[str, bool] | None = None) -> dict[str, Any]:
    return {"type": "text", "text": unescape(text)} | ({"style": style} if style else {})
