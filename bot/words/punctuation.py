"""How a sentence begins and ends, whatever it says."""

from __future__ import annotations

from typing import Final

_ENDS: Final = (".", "!", "?", "…", ":")


def sentence(words: str) -> str:
    """Return *words* with a capital first letter and an end, "" where there are none."""
    return ended(f"{words[:1].upper()}{words[1:]}")


def ended(words: str) -> str:
    """Return *words*, which may be somebody else's, with a full stop where they have no end."""
    stripped = words.rstrip()
    return stripped if not stripped or stripped.endswith(_ENDS) else f"{stripped}."
