"""One connection in the hands of one unit: statements, and the time by which they decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from bot.store.postgres.lines import Kept as Kept
from bot.store.postgres.lines import ServerLine

_NOW: Final = "clock_timestamp()"
_GIVEN: Final = "%(clock_now)s::timestamptz"


class Session:
    """Runs statements on a *line*, within the caller's transaction.

    In a statement the time is `clock_timestamp()`, the server's own, whatever clock its processes have; in a condition
    it is `(SELECT clock_timestamp())`, which is asked once, so that an index can be used. Where the store was given a
    clock, *at* is its time, and stands in the place of the server's.
    """

    def __init__(self, line: ServerLine, at: datetime | None = None) -> None:
        self._line = line
        self._at = at
        self.wakes = False  # whether other processes are to hear of the commit: something is due now
        self.chained: tuple[int, str] | None = None  # number and hash of the last entry put on record

    @property
    def is_lent(self) -> bool:
        """Whether a pooler lends the connection, which others use as well."""
        return self._line.needs_transactions

    def rows(self, statement: str, values: Mapping[str, object] | None = None) -> list[Kept]:
        """Run *statement*, whose `%(name)s` stand for *values*, and return its rows."""
        found = self._line.execute(*self._timed(statement, values))
        return found.fetchall() if found.description else []

    def row(self, statement: str, values: Mapping[str, object] | None = None) -> Kept | None:
        """Run *statement*; return its first row, None where it has none."""
        return next(iter(self.rows(statement, values)), None)

    def count(self, statement: str, values: Mapping[str, object] | None = None) -> int:
        """Run *statement* and return how many rows it has changed."""
        return self._line.execute(*self._timed(statement, values)).rowcount

    def each(self, statement: str, values: Sequence[Mapping[str, object]]) -> None:
        """Run *statement* with each of *values*."""
        for one in values:
            self.count(statement, one)

    def now(self) -> datetime:
        """Return the time by which this unit decides."""
        if self._at is not None:
            return self._at
        found: datetime = self.rows("SELECT clock_timestamp() AS at")[0]["at"]
        return found

    def _timed(self, statement: str, values: Mapping[str, object] | None) -> tuple[str, dict[str, object]]:
        given = dict(values or {})
        if self._at is None or _NOW not in statement:
            return statement, given
        return statement.replace(_NOW, _GIVEN), {**given, "clock_now": self._at}
