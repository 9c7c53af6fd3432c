"""Which clusters somebody means by what they typed. Pure."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from typing import Final

from bot.core.snapshot import Cluster
from bot.core.text import lookup_key

_OFFERED: Final = 3  # names at most


def called(text: str, clusters: Collection[Cluster]) -> list[Cluster]:
    """Return those of *clusters* whose name (case ignored) or id *text* is, with any dash where none is exactly so."""
    exactly = [c for c in clusters if text in (c.ref.id, str(c.ref)) or c.name.casefold() == text.casefold()]
    key = lookup_key(text)
    return exactly or [c for c in clusters if key in (c.ref.id, lookup_key(str(c.ref)), lookup_key(c.name))]


def nearest(text: str, names: Iterable[str]) -> list[str]:
    """Return those of *names* that somebody may have meant by *text*: that it is a part of, or else the nearest."""
    by_key = {lookup_key(name): name for name in names}
    key = lookup_key(text)
    if contain := sorted((name for name in by_key if key and key in name), key=len):
        return [by_key[found] for found in contain[:_OFFERED]]
    near = difflib.get_close_matches(key, by_key, n=_OFFERED)
    return [by_key[found] for found in near if _likeness(key, found) == _likeness(key, near[0])]


def _likeness(key: str, name: str) -> float:
    return difflib.SequenceMatcher(None, name, key).ratio()
