"""Messages and views as plain words, the way a person reads them: mentions by name, links by label."""

from __future__ import annotations

import re
from typing import Any, Final

from slack_sandbox.markup import unescape
from slack_sandbox.workspace import Workspace

_SEQUENCE: Final = re.compile(r"<([@#!]?)([^<>|]+)(?:\|([^<>]*))?>")


def render(text: str, workspace: Workspace) -> str:
    """Return *text* (mrkdwn, as Slack returns it) with sequences as a person reads them."""

    def sequence(match: re.Match[str]) -> str:
        sign, target, label = match.groups()
        if sign == "@" and target in workspace.people:
            return f"@{workspace.people[target].name}"
        if sign == "#" and target in workspace.channels:
            return f"#{workspace.channels[target].name}"
        if sign == "!":
            group = workspace.groups.get(target.removeprefix("subteam^"))
            return f"@{group.handle}" if group else str(label or f"@{target}")
        return str(label or target)

    return unescape(_SEQUENCE.sub(sequence, text))


def words(value: Any, workspace: Workspace) -> list[str]:
    """Return every text in *value* (blocks, a view, or a part of them) in the order in which it stands there."""
    if isinstance(value, list):
        return [w for v in value for w in words(v, workspace)]
    if not isinstance(value, dict):
        return []
    kind, text = value.get("type"), value.get("text")
    if isinstance(text, str) and kind in ("plain_text", "mrkdwn", "text", "markdown", "raw_text"):
        return [render(text, workspace) if kind == "mrkdwn" else unescape(text)]
    if kind == "user":
        return [render(f"<@{value.get('user_id')}>", workspace)]
    if kind in ("rich_text_section", "rich_text_quote", "rich_text_preformatted"):
        return ["".join(_leaf(one, workspace) for one in value.get("elements", []))]
    if kind == "image":
        return [str(value.get("alt_text", ""))]
    hidden = ("confirm", "placeholder", "metadata", "initial_option", "initial_options", "options", "option_groups")
    found = [w for k, v in value.items() if k not in hidden for w in words(v, workspace)]
    chosen = value.get("initial_option")
    return found + (words(chosen["text"], workspace) if isinstance(chosen, dict) else [])


def _leaf(value: dict[str, Any], workspace: Workspace) -> str:
    """Return what a person reads of one element of a rich text."""
    match value:
        case {"type": "usergroup", "usergroup_id": target}:
            return render(f"<!subteam^{target}>", workspace)
        case {"type": "channel", "channel_id": target}:
            return render(f"<#{target}>", workspace)
        case {"type": "broadcast", "range": target}:
            return f"@{target}"
        case {"type": "link", "url": url}:
            return str(value.get("text") or url)
        case {"type": "emoji", "name": name}:
            return f":{name}:"
        case {"type": "date", "fallback": words_}:
            return str(words_)
        case {"type": "text", "text": text}:
            return str(text)
    return "".join(words(value, workspace))


def message_text(body: dict[str, Any], workspace: Workspace) -> str:
    """Return what a message says: its blocks and attachments if it has any, else its text."""
    parts = words([body.get("blocks") or [], body.get("attachments") or []], workspace)
    return "\n".join(parts) if parts else render(str(body.get("text", "")), workspace)
