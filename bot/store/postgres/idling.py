"""How long to wait where something is due that can't be had: another transaction holds it."""

from __future__ import annotations

from typing import Final

_LEAST: Final = 0.05  # seconds
_MOST: Final = 2.0  # seconds


class Idling:
    """Makes the wait after claims that found nothing longer and longer, where it would be none at all."""

    def __init__(self) -> None:
        self._floor = _LEAST
        self._tried = False
        self._found = 0

    def claimed(self, found: int) -> None:
        """Take in how many a claim has *found*."""
        self._tried = True
        self._found += found

    def wait(self, due: float | None) -> float | None:
        """Return after how many seconds to look again, where work is *due* in so many (None: there is none).

        That is *due* itself, unless all claims since the last wait have found nothing of what is due already.
        """
        if not self._tried:
            return due  # somebody only asks, who hasn't tried to have any
        found, self._tried, self._found = self._found, False, 0
        if found or due is None or due >= self._floor:
            self._floor = _LEAST
            return due
        floor, self._floor = self._floor, min(_MOST, self._floor * 2)
        return floor
