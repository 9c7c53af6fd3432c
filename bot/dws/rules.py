"""What DWS wants of a snapshot's name and description.

Source: DWS API Reference, "Creating a Snapshot".
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

from bot.core.wording import counted

NAME_MIN: Final = 4
NAME_MAX: Final = 64
NAME_HINT: Final = "4–64 characters, starts with a letter; letters, digits, - and _"
DESCRIPTION_MAX: Final = 256
DESCRIPTION_FORBIDDEN: Final = "!<>'=&\""
DESCRIPTION_HINT: Final = "Up to 256 characters, none of ! < > ' = & \""

_LETTER: Final = re.compile(r"[A-Za-z]")
_NOT_IN_NAMES: Final = re.compile(r"[^A-Za-z0-9_-]")


class DwsRules:
    """`bot.ports.SnapshotRules` as DWS has them."""

    name_max: Final = NAME_MAX
    name_hint: Final = NAME_HINT
    description_max: Final = DESCRIPTION_MAX
    description_hint: Final = DESCRIPTION_HINT

    def check_name(self, name: str) -> str | None:
        """Return what is wrong with a snapshot *name*, or None.

        4 to 64 characters; the first a letter; then letters, digits, `-`, `_`.
        """
        if not name:
            return f"A name is needed: {NAME_HINT}."
        if name.isspace():
            return "There are only blanks in it: type a name, or clear the field."
        if bad := _NOT_IN_NAMES.search(name):
            return f"{_shown(bad[0])} isn't allowed: letters a–z, digits, - and _."
        if not _LETTER.match(name):
            found = "a digit" if name[0].isdigit() else f"`{name[0]}`"
            return f"Starts with {found}; the first character must be a letter."
        if len(name) < NAME_MIN:
            return f"Too short: {counted(len(name), 'character')}, at least {NAME_MIN}."
        if len(name) > NAME_MAX:
            return f"Too long: {counted(len(name), 'character')}, at most {NAME_MAX}."
        return None

    def check_description(self, description: str) -> str | None:
        """Return what is wrong with a canonical *description*, or None: at most 256 characters, none forbidden."""
        if bad := next((c for c in description if c in DESCRIPTION_FORBIDDEN), None):
            return f"`{bad}` isn't allowed in descriptions."
        if len(description) > DESCRIPTION_MAX:
            return f"Too long: {counted(len(description), 'character')}, at most {DESCRIPTION_MAX}."
        return None

    def suggest_name(self, cluster_name: str, moment: datetime) -> str:
        """Return a valid name such as "dwh-prod-20261123-140512" (UTC), whatever the cluster is called."""
        stem = _NOT_IN_NAMES.sub("-", cluster_name)
        if not _LETTER.match(stem):
            stem = f"s-{stem}"
        stamp = moment.astimezone(UTC).strftime("%Y%m%d-%H%M%S")
        return f"{stem[: NAME_MAX - len(stamp) - 1]}-{stamp}"


def _shown(char: str) -> str:
    """Return *char* so that it is told from what it looks like: a phone turns `-` into a dash that no name may have."""
    if char == " ":
        return "A space"
    called = unicodedata.name(char, "").lower()
    if not char.isprintable():
        return f"An invisible character ({called})" if called else "An invisible character"
    return f"`{char}`" if char.isascii() or called.startswith("latin ") else f"`{char}` ({called})"
