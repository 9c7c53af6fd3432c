"""The log of the calls that reached the simulator."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(slots=True)
class CallRecord:
    """One call; *status* is None while it is served, 0 where the connection was closed instead of an answer.

    *path* has no query; *at* is the simulator's time.
    """

    kind: str
    method: str
    path: str
    query: str
    at: datetime
    status: int | None = None

    def as_json(self) -> dict[str, Any]:
        """Return `{"kind", "method", "path", "query", "status", "at"}`."""
        return {
            "kind": self.kind,
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "status": self.status,
            "at": self.at.astimezone(UTC).isoformat(),
        }


class CallLog:
    """The calls, the oldest first; at most *keep* of them, while the counts go on."""

    def __init__(self, *, keep: int = 10_000) -> None:
        """Start empty."""
        self._keep = keep
        self._calls: list[CallRecord] = []
        self._counts: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many there were."""
        return self._counts.total()

    @property
    def all(self) -> tuple[CallRecord, ...]:
        """Return what is kept."""
        return tuple(self._calls)

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of calls by kind."""
        return dict(self._counts)

    def count(self, kind: str) -> int:
        """Return the number of calls of *kind*."""
        return self._counts[kind]

    def add(self, call: CallRecord) -> None:
        """Keep *call*."""
        self._calls.append(call)
        self._counts[call.kind] += 1
        del self._calls[: -self._keep]

    def clear(self) -> None:
        """Forget all."""
        self._calls.clear()
        self._counts.clear()
