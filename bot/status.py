"""How everything that the bot depends on is doing: its database, Slack, each cloud. Since when, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import structlog

from bot import __version__
from bot.core.condition import Condition
from bot.core.errors import CloudLoginRefused, StoreUnavailable
from bot.core.ids import CloudName
from bot.inventory import Inventory
from bot.log import Redaction
from bot.ports import Clock, Store

log = structlog.stdlib.get_logger(__name__)

DATABASE: Final = ("database", "")
SLACK: Final = ("slack", "")
LOGIN: Final = "cloud_login"
LOOK: Final = "cloud_look"
Dependency = tuple[str, str]  # what it is, and of which cloud ("": none)

_PATIENCE: Final = 3.0  # seconds for the write that proves that one can be made
_EVERY: Final = 10.0  # seconds between two looks that nobody asked for


class Status:
    """Looks at the dependencies; *slack* says how that one is. Neither Slack nor a cloud is asked for it.

    *redact* takes secrets out of what is told; without it, what looks like one.
    """

    def __init__(
        self,
        *,
        store: Store,
        inventory: Inventory,
        slack: Callable[[], Condition],
        clock: Clock,
        patience: float = _PATIENCE,
        redact: Callable[[object], object] | None = None,
    ) -> None:
        """Take the parts; *patience* is in seconds, for the write that proves that something can be saved."""
        self._store = store
        self._inventory = inventory
        self._slack = slack
        self._clock = clock
        self._patience = patience
        self._redact = redact or Redaction().value
        self._last: dict[Dependency, Condition] = {}
        self._beating: asyncio.Task[None] | None = None

    async def look(self) -> dict[Dependency, Condition]:
        """Return how each dependency is, after a write to the database just now."""
        found = {DATABASE: await self._database(), SLACK: self._slack()}
        for name in self._inventory.clouds:
            found |= self._cloud(name)
        return found

    async def watch(self) -> None:
        """Look every few seconds, so that *since* is right and the log tells, though nobody asks."""
        while True:
            await self.look()
            await self._clock.sleep(_EVERY)

    async def _database(self) -> Condition:
        began = self._clock.now()
        if self._beating is None or self._beating.done():  # writes that hang don't pile up
            self._beating = asyncio.create_task(self._store.beat(), name="heartbeat")
        done, _ = await asyncio.wait({self._beating}, timeout=self._patience)
        if not done:
            return self._noted(DATABASE, f"a write has waited for more than {self._patience:g} s", since=began)
        error = self._beating.exception()
        why = str(error) if error else ""
        if error is not None and not isinstance(error, StoreUnavailable):
            log.error("status.write_failed", exc_info=error)
            why = f"a write failed: {type(error).__name__}"
        return self._noted(DATABASE, why, since=began)

    def _cloud(self, name: CloudName) -> dict[Dependency, Condition]:
        sight = self._inventory.sight(name)
        why = str(sight.error) if sight.error else "" if sight.at else "nobody has looked yet"
        let_in = sight.at is not None and not isinstance(sight.error, CloudLoginRefused)
        return {
            (LOGIN, name): self._noted((LOGIN, name), "" if let_in else why, since=sight.failing_since),
            (LOOK, name): self._noted((LOOK, name), why, since=sight.failing_since),
        }

    def _noted(self, what: Dependency, why: str, *, since: datetime | None) -> Condition:
        """Return how *what* is, and since when: *since* (None: now) unless it was so before."""
        before = self._last.get(what)
        same = before is not None and before.ok == (not why)
        at = before.since if before and same else (since if why else None) or self._clock.now()
        now = self._last[what] = Condition(ok=not why, since=at, why=why)
        if not same and (why or before):
            report = log.error if why else log.info
            report("status.changed", dependency=what[0], cloud=what[1], ok=now.ok, why=why)
        return now

    def as_json(self, found: Mapping[Dependency, Condition]) -> dict[str, Any]:
        """Return what `look` *found* as `/status` shows it; `seen` is when the last look that succeeded began."""
        clouds = {}
        for name in self._inventory.clouds:
            seen = self._inventory.sight(name).at
            clouds[name] = {
                "login": self._json(found[LOGIN, name]),
                "look": self._json(found[LOOK, name]) | {"seen": seen.isoformat() if seen else None},
            }
        return {
            "ok": all(c.ok for c in found.values()),
            "version": __version__,
            "database": self._json(found[DATABASE]),
            "slack": self._json(found[SLACK]),
            "clouds": clouds,
        }

    def _json(self, condition: Condition) -> dict[str, Any]:
        why = self._redact(condition.why) or None
        return {"ok": condition.ok, "since": condition.since.isoformat(), "why": why}
