"""What somebody typed or pasted after `/snapshot`, read as they meant it. Pure.

People copy from help, cards, code and documents: with marks around words, blanks and hyphens of other kinds, and
characters that can't be seen. Source: docs.slack.dev, "Slash commands > Escaping users, channels and links".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from bot import values
from bot.core.text import canonical
from bot.slack.drawing import mrkdwn

_MARKS: Final = values.QUOTES + "*"
_UNDERLINED: Final = re.compile(r"^([_~])(.+)\1$")
_ESCAPED: Final = re.compile(
    r"<(?:(?P<sign>[@#])(?P<id>[A-Z0-9]{2,})|!(?P<special>[a-z]+(?:\^[^<>|]*)?)|(?P<link>[a-z]+:[^<>|\s]+))"
    r"(?:\|(?P<label>[^<>]*))?>"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A sub-command's *word* in lower case, and the *rest*; *raw* is the word as it came.

    *references* are the people, groups and channels among the words that Slack itself has found: of people their id, ""
    of groups, channels, and where two are called the same. *channels* are the ids of channels, in the same way.
    """

    word: str
    rest: str = ""
    raw: str = ""
    references: Mapping[str, str] = field(default_factory=dict)
    channels: Mapping[str, str] = field(default_factory=dict)

    @property
    def first(self) -> str:
        """Return the first word of the rest, or ""."""
        return argument(next(iter(self.rest.split(None, 1)), ""))

    @property
    def is_reference(self) -> bool:
        """Say whether that is a person, a group or a channel, as Slack has found them."""
        return self.first in self.references

    @property
    def rest_with_person(self) -> str:
        """Return the rest with the person that it begins with by id, `<@U…>`, as people's names may change; or ""."""
        user = self.references.get(self.first, "")
        return " ".join([f"<@{user}>", *self.rest.split(None, 1)[1:]]) if user else ""

    @property
    def rest_with_channels(self) -> str:
        """Return the rest with each channel in it by id, `<#C…>`, as channels' names may change."""
        ids = ((word, self.channels.get(argument(word), "")) for word in self.rest.split())
        return " ".join(f"<#{channel}>" if channel else word for word, channel in ids)

    @property
    def is_unread_reference(self) -> bool:
        """Say whether that looks like one, and came as mere text: then a name says nothing, for people choose it."""
        return self.first[:1] in ("@", "#") and not self.is_reference


def read(text: str, *, command: str) -> Line:
    """Read what came after *command*; the command itself may stand there again, as in a line that was pasted."""
    references: dict[str, str] = {}
    channels: dict[str, str] = {}

    def shown(match: re.Match[str]) -> str:
        label = match["label"]
        if link := match["link"]:
            return label or link.removeprefix("mailto:")
        sign = match["sign"] or "@"
        named = sign + (label or match["id"] or match["special"].rpartition("^")[2]).lstrip(sign)
        if match["id"] or match["special"].startswith("subteam^"):
            user = match["id"] if sign == "@" and match["id"] else ""
            references[named] = user if references.get(named, user) == user else ""
            if sign == "#" and match["id"]:
                channels[named] = match["id"] if channels.get(named, match["id"]) == match["id"] else ""
        return named

    line = unwrapped(mrkdwn.unescape(_ESCAPED.sub(shown, text)))
    word, rest = "", line
    while rest:
        word, rest = (*rest.split(None, 1), "")[:2]
        if argument(word).lower() != command.lower():
            return Line(canonical(argument(word)).lower(), values.stripped(rest), word, references, channels)
        word, rest = "", unwrapped(rest)
    return Line(word)


def argument(word: str) -> str:
    """Return *word* without quotation marks and other marks around it, and what can't be seen there."""
    while (bare := _UNDERLINED.sub(r"\2", values.stripped(word).strip(_MARKS))) != word:
        word = bare
    return word


def unwrapped(text: str) -> str:
    """Return *text* without the marks that stand around all of it, and nowhere in it."""
    text = values.stripped(text)
    marks = {text[:1], text[-1:]}
    inner = text.strip("".join(marks))
    return inner if marks <= set(_MARKS) and not marks & set(inner) else text
