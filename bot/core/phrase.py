"""What is said to people, as a code with its facts; `bot.words` makes the sentence when it is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, TypeAlias

Fact: TypeAlias = "str | int | float | datetime | date | Phrase | tuple[Phrase, ...]"

COMMAND: Final = "/snapshot"  # what the bot is called by in Slack, unless the settings say otherwise
_AS_TOLD: Final = "as-told"


@dataclass(frozen=True, slots=True)
class Phrase:
    """An entry of the catalogue by its *code*, and the *facts* that stand in it; text from outside isn't escaped."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def told(self) -> str | None:
        """The words themselves, where they aren't the catalogue's; see `as_told`."""
        return str(self.facts["words"]) if self.code == _AS_TOLD else None


def listed(phrases: Sequence[Phrase], *, joiner: str = "and") -> Phrase:
    """Return at least one phrase as a list: "a", "a and b", "a, b and c"; *joiner* is "and" or "or"."""
    first, *others = phrases
    for place, phrase in enumerate(others, 1):
        if place < len(others):
            first = Phrase("list-more", {"first": first, "next": phrase})
        else:
            first = Phrase("list-last", {"first": first, "last": phrase, "joiner": joiner})
    return first


def as_told(words: str) -> Phrase:
    """Return *words* as a phrase: what an operator reads of settings and files, or an old version stored."""
    return Phrase(_AS_TOLD, {"words": words})
