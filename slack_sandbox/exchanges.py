"""What was said between Slack and the app, both ways: a bounded list for an inspector, without secrets."""

from __future__ import annotations

import itertools
import re
import time
from collections import deque
from dataclasses import dataclass, field, fields
from typing import Any, Final, Literal

from slack_sandbox.changes import Changes
from slack_sandbox.clock import WorkspaceClock

_SECRETS: Final = re.compile(
    r"(xox[a-z]-|xapp-)[\w-]+|(ticket=)[\w-]+|(/(?:commands|actions|app)/[A-Z0-9]+/[0-9]+/)[\w-]+"
)
_SECRET_FIELDS: Final = frozenset({"token", "app_token"})


def redact(value: Any) -> Any:
    """Return a copy of *value* (JSON) without tokens, socket tickets and response URLs' secrets."""
    if isinstance(value, dict):
        return {k: "***" if k in _SECRET_FIELDS and v else redact(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [redact(v) for v in value]
    if isinstance(value, str):
        return _SECRETS.sub(lambda m: f"{next(filter(None, m.groups()))}***", value)
    return value


@dataclass(slots=True)
class Exchange:
    """One call and its answer; *deadline_kept* is None where there is no deadline, *ms* None while it runs."""

    id: int
    at: str
    direction: Literal["app->slack", "slack->app"]
    transport: Literal["web-api", "response-url", "socket", "http"]
    what: str
    payload: Any
    proof: str = ""  # the signature, or the envelope id
    answer: Any = None
    status: str = "open"
    ms: float | None = None
    deadline_kept: bool | None = None
    saw: list[str] = field(default_factory=list)
    started: float = 0.0


class Exchanges:
    """The last *most* exchanges."""

    def __init__(self, clock: WorkspaceClock, changes: Changes, *, most: int = 500) -> None:
        """Start with none."""
        self._clock, self._changes = clock, changes
        self._ring: deque[Exchange] = deque(maxlen=most)
        self._ids = itertools.count(1)

    def begin(
        self,
        direction: Literal["app->slack", "slack->app"],
        transport: Literal["web-api", "response-url", "socket", "http"],
        what: str,
        payload: Any,
        proof: str = "",
    ) -> Exchange:
        """Record that a call started."""
        exchange = Exchange(
            next(self._ids),
            self._clock.now().isoformat(),
            direction,
            transport,
            what,
            redact(payload),
            proof,
            started=time.monotonic(),
        )
        self._ring.append(exchange)
        return exchange

    def end(self, exchange: Exchange, status: str, answer: Any, *, deadline_kept: bool | None = None) -> None:
        """Record how it ended."""
        exchange.status, exchange.answer, exchange.deadline_kept = status, redact(answer), deadline_kept
        exchange.ms = round((time.monotonic() - exchange.started) * 1000, 1)
        self._changes.publish("exchange", {"exchange": self.as_json(exchange)})

    def saw(self, exchange: Exchange | None, what: str) -> None:
        """Record what a person saw because of *exchange*."""
        if exchange is not None:
            exchange.saw.append(what)
            self._changes.publish("exchange", {"exchange": self.as_json(exchange)})

    @staticmethod
    def as_json(exchange: Exchange) -> dict[str, Any]:
        """Return *exchange* as JSON."""
        return {f.name: getattr(exchange, f.name) for f in fields(exchange) if f.name != "started"}

    def list(self, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Return at most *limit* exchanges with ids above *after*, the newest last."""
        return [self.as_json(e) for e in self._ring if e.id > after][-limit:]
