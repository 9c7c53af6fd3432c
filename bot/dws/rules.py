"""What DWS wants of a snapshot's name and description.

Source: DWS API Reference, "Creating a Snapshot".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from bot.core.phrase import Phrase, listed
from bot.core.text import name_of

NAME_MIN: Final = 4
NAME_MAX: Final = 64
NAME_HINT: Final = Phrase("name-hint", {"least": NAME_MIN, "most": NAME_MAX})
DESCRIPTION_MAX: Final = 256
DESCRIPTION_FORBIDDEN: Final = "!<>'=&\""
DESCRIPTION_HINT: Final = Phrase(
    "description-hint", {"most": DESCRIPTION_MAX, "forbidden": " ".join(DESCRIPTION_FORBIDDEN)}
)

_LETTER: Final = re.compile(r"[A-Za-z]")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")
_STAMP: Final = re.compile(r"-[0-9]{8}-[0-9]{6}\Z")
_SHOWN: Final = 6  # characters that are told one by one


class DwsRules:
    """`bot.ports.SnapshotRules` as DWS has them."""

    name_max: Final = NAME_MAX
    name_hint: Final = NAME_HINT
    description_max: Final = DESCRIPTION_MAX
    description_hint: Final = DESCRIPTION_HINT

    def check_name(self, name: str) -> Phrase | None:
        """Return what is wrong with a snapshot *name*, or None.

        4 to 64 characters; the first a letter; then letters, digits, `-`, `_`.
        """
        if not name:
            return Phrase("name-missing", {"hint": NAME_HINT})
        if name.isspace():
            return Phrase("name-blank")
        if bad := list(dict.fromkeys(_NOT_IN_NAMES.findall(name))):
            characters = [_shown(char, name, is_first=char == bad[0]) for char in bad]
            return Phrase("name-character", _told(characters))
        if not _LETTER.match(name):
            digit = name[0].isdigit()
            return Phrase("name-starts-with-digit") if digit else Phrase("name-start", {"character": name[0]})
        if len(name) < NAME_MIN:
            return Phrase("too-short", {"count": len(name), "least": NAME_MIN})
        if len(name) > NAME_MAX:
            return Phrase("too-long", {"count": len(name), "most": NAME_MAX})
        return None

    def check_description(self, description: str) -> Phrase | None:
        """Return what is wrong with a canonical *description*, or None: at most 256 characters, none forbidden."""
        if bad := list(dict.fromkeys(c for c in description if c in DESCRIPTION_FORBIDDEN)):
            return Phrase("description-character", _told([Phrase("character", {"character": c}) for c in bad]))
        if len(description) > DESCRIPTION_MAX:
            return Phrase("too-long", {"count": len(description), "most": DESCRIPTION_MAX})
        return None

    def suggest_name(self, cluster_name: str, moment: datetime) -> str:
        """Return a valid name such as "dwh-prod-20261123-140512" (UTC), whatever the cluster is called."""
        stem = _NOT_IN_NAMES.sub("-", cluster_name)
        if not _LETTER.match(stem):
            stem = f"s-{stem}"
        stamp = moment.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
        return f"{stem[: NAME_MAX - len(stamp) - 1]}-{stamp}"

    def is_suggestion(self, name: str) -> bool:
        """Say whether *name* ends as the names do that are suggested: in a moment."""
        return _STAMP.search(name) is not None


def _told(characters: list[Phrase]) -> dict[str, Phrase | int]:
    """Return the facts for words about *characters*: all of them at once, the first few one by one."""
    shown = characters[:_SHOWN]
    if more := len(characters) - len(shown):
        shown.append(Phrase("more", {"count": more}))
    return {"characters": listed(shown), "count": len(characters)}


def _shown(char: str, name: str, *, is_first: bool) -> Phrase:
    """Return *char* so that it is told from what it looks like: a phone turns `-` into a dash that no name may have.

    One that can't be seen is told with its place in *name*; the first one of a list begins the sentence.
    """
    at = "start" if is_first else "within"
    if char == " ":
        return Phrase("space", {"at": at})
    called = name_of(char)
    if not char.isprintable():
        before = "".join(c for c in name[: name.index(char)] if c.isprintable())[-12:]
        place = Phrase("after", {"text": before}) if before else Phrase("at-the-start")
        return Phrase("invisible-character", {"at": at, "called": called, "place": place})
    if char.isascii() or called.startswith("latin "):
        return Phrase("character", {"character": char})
    return Phrase("character-called", {"character": char, "called": called})
