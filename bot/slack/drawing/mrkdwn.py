"""The one place where text becomes Slack markup: user text is data here and never a mention, a link or a command.

Source: docs.slack.dev, "Formatting message text": `&`, `<` and `>` are escaped, in this order, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Final

from bot.core.ids import ChannelId, UserId
from bot.core.text import canonical
from bot.service.authority import NAMED
from bot.words import by_whom, listing, text

_ID: Final = re.compile(r"[A-Z0-9]{2,}")
_LOOK_ALIKES: Final = {"`": "ˋ", "*": "∗", "_": "ˍ", "~": "∼"}
_BEGINS: Final = re.compile(r"`|(?<!\w)[*_~](?=\S)")  # code; bold, italics and struck text, before a word
_HALF_ENTITY: Final = re.compile(r"&[a-z]{0,4}\Z")


def units(text: str) -> int:
    """Return the length of *text* as Slack counts it at the strictest: in UTF-16 code units."""
    return len(text) if text.isascii() else len(text) + sum(1 for c in text if ord(c) > 0xFFFF)


def cut(text: str, most: int) -> str:
    """Return *text* in at most *most* UTF-16 units, with an ellipsis where something is gone, never half an entity."""
    if units(text) <= most:
        return text
    kept: list[str] = []
    room = most - 1
    for char in text[:most]:  # each takes one unit or two
        room -= units(char)
        if room < 0:
            break
        kept.append(char)
    return _HALF_ENTITY.sub("", "".join(kept)) + "…"


def unmarked(text: str) -> str:
    """Return user text with look-alikes for what would begin code, bold, italics or struck text, there or after it.

    Slack has no way to escape these. What doesn't begin anything stays: "dwh_prod", "dwh-*", "2 * 3".
    """
    return _BEGINS.sub(lambda found: _LOOK_ALIKES[found[0]], canonical(text, lines=True))


def escape(text: str, *, most: int = 1500, lines: bool = False) -> str:
    """Return user text for a mrkdwn field: canonical, without marks, escaped, then cut to *most* units."""
    return ours(unmarked(text) if lines else unmarked(canonical(text)), most=most, lines=lines)


def ours(words: str, *, most: int = 1500, lines: bool = False) -> str:
    """Return a sentence of ours for a mrkdwn field, whose code stays code: what isn't ours in it is `unmarked`."""
    safe = canonical(words, lines=lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return cut(safe, most)


def plain(text: str, most: int = 150) -> str:
    """Return user text for a plain_text field, which parses nothing: canonical and cut; never empty."""
    return cut(canonical(text), most) or "–"


def code(text: str) -> str:
    """Return user text as a code span; its backticks would end the span, so they become look-alikes."""
    return f"`{ours(canonical(text).replace('`', 'ˋ'), most=300) or '–'}`"


def bold(text: str) -> str:
    """Return user text in bold; its asterisks would end the bold, so they become look-alikes."""
    return f"*{escape(canonical(text).replace('*', '∗'), most=300) or '–'}*"


def scope(called: str) -> str:
    """Return what clusters are *called*: a name in bold, or the beginning of names as a code span, for its star."""
    return code(called) if called.endswith("*") else bold(called)


def user(user_id: str) -> str:
    """Return a mention of a Slack user; who isn't one ("cli:root") is shown in words."""
    return f"<@{user_id}>" if _ID.fullmatch(user_id) else escape(by_whom(user_id))


def users(ids: Sequence[UserId], *, joiner: str = "or") -> str:
    """Return mentions as a list, ten where there are more: "@ben, @dba or 3 more"."""
    return some(ids, user, joiner=joiner)


def some(ids: Sequence[UserId], named: Callable[[UserId], str], *, joiner: str) -> str:
    """Return people as a list, each as *named* writes them: ten, and how many more there are."""
    shown = [named(i) for i in ids[:NAMED]]
    if (more := len(ids) - len(shown)) > 0:
        shown.append(text("more", count=more))
    return listing(shown, joiner=joiner)


def channel(channel_id: ChannelId) -> str:
    """Return a link to a channel."""
    return f"<#{channel_id}>" if _ID.fullmatch(channel_id) else escape(channel_id)


def link(address: str, label: str) -> str:
    """Return a link that reads *label*; *address* is an operator's, and has none of `<`, `>` and `|`."""
    return f"<{ours(address)}|{label}>"


def when(moment: datetime) -> str:
    """Return *moment* so that each reader sees it in their own zone: "today at 14:07"; fallback in UTC."""
    fallback = moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
    shown = text("day-at-time", day="{date_short_pretty}", time="{time}")  # Slack fills these in
    return f"<!date^{int(moment.timestamp())}^{shown}|{fallback}>"


def day(moment: datetime) -> str:
    """Return the day of *moment* in each reader's own zone; fallback in UTC."""
    fallback = moment.astimezone(UTC).strftime("%Y-%m-%d")
    return f"<!date^{int(moment.timestamp())}^{{date_short_pretty}}|{fallback}>"


def unescape(text: str) -> str:
    """Undo Slack's escaping of what somebody typed, once: `&amp;lt;` becomes `&lt;`."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
