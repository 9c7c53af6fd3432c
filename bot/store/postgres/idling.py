"""How long to wait where something is due that can't be had: another transaction holds it."""

from __future__ import annotations

from typing import Final

_LEAST: Final = 0.05  # seconds
_MOST: Final = 2.0  # seconds


class Idling:
    """Makes the wait after claims that found nothing longer and longer, where it would be none at all."""

    def __init__(self) -> None:
        self._floor = _LEAST
        self._in_vain = False

    def claimed(self, found: int) -> None:
        """Take in how many a claim has *found*."""
        if found:
            self._floor = _LEAST
        self._in_vain = not found

    def wait(self, due: float | None) -> float | None:
        """Return after how many seconds to look again, where work is *due* in so many (None: there is none)."""
        if due is None or not self._in_vain or due >= self._floor:
            self._floor = _LEAST
            return due
        floor, self._floor = self._floor, min(_MOST, self._floor * 2)
        return floor
