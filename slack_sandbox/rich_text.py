"""The rich_text block: what it may hold. Source: Slack, "Block Kit > Rich text block"."""

from __future__ import annotations

from typing import Final

from slack_sandbox.shapes import (
    Check,
    Report,
    Shape,
    anything,
    boolean,
    choice,
    items,
    matching,
    number,
    obj,
    of_kind,
    string,
)

_MOST: Final = 1000  # parts of one kind; Slack names no limit
_STYLE: Final = obj(
    Shape(dict.fromkeys(("bold", "italic", "strike", "code", "underline", "highlight", "client_highlight"), boolean))
)


def _leaf(*required: str, **fields: Check) -> Shape:
    return Shape({**fields, "style": _STYLE}, required)


_TEXT: Final = _leaf("text", text=string(12_000, 0))
_LINK: Final = _leaf("url", url=string(3000), text=string(12_000, 0), unsafe=boolean)
_LEAVES: Final = {
    "text": _TEXT,
    "link": _LINK,
    "user": _leaf("user_id", user_id=string(255)),
    "usergroup": _leaf("usergroup_id", usergroup_id=string(255)),
    "channel": _leaf("channel_id", channel_id=string(255)),
    "team": _leaf("team_id", team_id=string(255)),
    "emoji": _leaf(
        "name",
        name=string(255),
        unicode=string(255),
        url=string(3000),
        display_url=string(3000),
        skin_tone=number(1, 6),
    ),
    "broadcast": _leaf("range", range=choice("here", "channel", "everyone")),
    "color": _leaf("value", value=matching(r"#[0-9a-fA-F]{6}", "must be a hex color")),
    "date": _leaf(
        "timestamp",
        "format",
        timestamp=number(0, 10**11),
        format=string(1000),
        url=string(3000),
        fallback=string(1000),
        timezone=string(255),
    ),
    "file": _leaf("file_id", file_id=string(255)),
    "canvas": _leaf("file_id", file_id=string(255)),
    "workflow_mention": _leaf("workflow_id", workflow_id=string(255)),
}
_ANY: Final = of_kind(_LEAVES)
_PLAIN: Final = of_kind({"text": _TEXT, "link": _LINK})
_BORDER: Final = choice(0, 1)
_SECTION: Final = Shape({"elements": items(_ANY, 0, _MOST)}, ("elements",))
_PARTS: Final = of_kind(
    {
        "rich_text_section": _SECTION,
        "rich_text_list": Shape(
            {
                "elements": items(of_kind({"rich_text_section": _SECTION}), 1, _MOST),
                "style": choice("bullet", "ordered"),
                "indent": number(0, 8),
                "offset": number(0, 10_000),
                "border": _BORDER,
            },
            ("elements", "style"),
        ),
        "rich_text_quote": Shape({"elements": items(_ANY, 0, _MOST), "border": _BORDER}, ("elements",)),
        "rich_text_preformatted": Shape(
            {"elements": items(_PLAIN, 0, _MOST), "border": _BORDER, "language": string(255)}, ("elements",)
        ),
    }
)
RICH_TEXT: Final = Shape({"elements": items(_PARTS, 0, _MOST)}, ("elements",))


def rich_text(report: Report, value: object, pointer: str) -> None:
    """Accept a whole rich_text block, where another block or element holds one."""
    of_kind({"rich_text": RICH_TEXT}, {"block_id": anything})(report, value, pointer)
