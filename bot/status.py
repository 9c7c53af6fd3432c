"""How the bot and what it depends on are doing: database, Slack, each cloud, what waits. Since when, and why."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import structlog

from bot import __version__, unawaited
from bot.core.condition import Condition, Sharing
from bot.core.errors import BotError, CloudError, StoreUnavailable
from bot.core.ids import CloudName
from bot.core.request import IN_THE_CLOUD, SnapshotRequest, State
from bot.core.work import OLDEST, Run
from bot.inventory import Inventory
from bot.log import Redaction
from bot.metrics import Metrics
from bot.ports import Clock, Store
from bot.troubles import Troubles

log = structlog.stdlib.get_logger(__name__)

DATABASE: Final = ("database", "")
SLACK: Final = ("slack", "")
LOGIN: Final = "cloud_login"
LOOK: Final = "cloud_look"
Dependency = tuple[str, str]  # what it is, and of which cloud ("": none)

_PATIENCE: Final = 3.0  # seconds for the write that proves that one can be made
_EVERY: Final = 10.0  # seconds between two looks that nobody asked for
_UNSEEN: Final = "nobody has looked yet"
_SHOWN: Final = 50  # requests; how many more there are is told
_RUNNING: Final = {State.APPROVED, *IN_THE_CLOUD}


@dataclass(frozen=True, slots=True)
class About:
    """Which bot this is: the database as the settings name it, how Slack reaches it, and the run before this one."""

    database: str
    slack_mode: str
    started_at: datetime
    before: Run | None = None


class Status:
    """Looks at the dependencies; *slack* says how that one is, *ties* how each of its parts, *workspace* which it is.

    Neither Slack nor a cloud is asked for it. *redact* takes secrets out of what is told; without it, what looks like
    one.
    """

    def __init__(
        self,
        *,
        store: Store,
        inventory: Inventory,
        slack: Callable[[], Condition],
        clock: Clock,
        metrics: Metrics,
        troubles: Troubles,
        about: About,
        ties: Callable[[], Mapping[str, Condition]] = dict,
        workspace: Callable[[], Mapping[str, str] | None] = lambda: None,
        patience: float = _PATIENCE,
        redact: Callable[[object], object] | None = None,
    ) -> None:
        """Take the parts; *patience* is in seconds, for the write that proves that something can be saved."""
        self._store = store
        self._inventory = inventory
        self._slack = slack
        self._ties = ties
        self._workspace = workspace
        self._metrics = metrics
        self._troubles = troubles
        self._about = about
        self._clock = clock
        self._patience = patience
        self._redact = redact or Redaction().value
        self._last: dict[Dependency, Condition] = {}
        self._beating: asyncio.Task[None] | None = None

    async def look(self) -> dict[Dependency, Condition]:
        """Return how each dependency is, after a write to the database just now."""
        found = {DATABASE: await self._database(), SLACK: self._slack()}
        found |= {(f"slack_{what}", ""): condition for what, condition in self._ties().items()}
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
            self._beating.add_done_callback(unawaited.noted)
        beating = self._beating  # once it has ended, another look may begin the next before this one goes on
        done, _ = await asyncio.wait({beating}, timeout=self._patience)
        if not done:
            return self._noted(DATABASE, f"a write has waited for more than {self._patience:g} s", since=began)
        error = beating.exception()
        why = str(error) if error else ""
        if error is not None and not isinstance(error, StoreUnavailable):
            log.error("status.write_failed", exc_info=error)
            why = f"a write failed: {type(error).__name__}"
        return self._noted(DATABASE, why, since=began)

    def _cloud(self, name: CloudName) -> dict[Dependency, Condition]:
        sight = self._inventory.sight(name)
        why = str(sight.error) if sight.error else "" if sight.at else _UNSEEN
        login = str(sight.login) if sight.login else "" if sight.let_in or sight.at else why
        return {
            (LOGIN, name): self._noted((LOGIN, name), login, since=sight.login_failing_since),
            (LOOK, name): self._noted((LOOK, name), why, since=sight.failing_since),
        }

    def _noted(self, what: Dependency, why: str, *, since: datetime | None) -> Condition:
        """Return how *what* is, and since when: *since* (None: now) unless it was so before."""
        before = self._last.get(what)
        same = before is not None and before.ok == (not why)
        at = before.since if before and same else (since if why else None) or self._clock.now()
        now = self._last[what] = Condition(ok=not why, since=at, why=why)
        if not same and (why or before) and what[0] != LOOK:  # who looks says it, with the cloud's words
            report = log.error if why else log.info
            lasted = {"after_seconds": round((at - before.since).total_seconds())} if before else {}
            report("status.changed", dependency=what[0], cloud=what[1], ok=now.ok, why=why, **lasted)
        return now

    async def report(self) -> dict[str, Any]:
        """Return how everything is after a look just now, as `/status` shows it. Times are ISO 8601, ages in seconds.

        Of a cloud, `seen` is when the last look that succeeded began. No person is named.
        """
        found = await self.look()
        before = self._about.before
        return {
            "ok": all(c.ok for c in found.values()),
            "version": __version__,
            "started": self._about.started_at.isoformat(),
            "last_stop": before and {"clean": before.clean, "at": _iso(before.ended_at), "alive": _iso(before.seen_at)},
            "database": self._json(found[DATABASE])
            | {"place": self._redact(self._about.database)}
            | self._sharing_json(await self.sharing()),
            "slack": self._json(found[SLACK])
            | {"mode": self._about.slack_mode, "workspace": self._workspace()}
            | {what: self._json(condition) for what, condition in self._ties().items()},
            "clouds": {name: self._cloud_json(name, found) for name in self._inventory.clouds},
            "answers": self._metrics.answers(),
            **await self._work_json(),
        }

    async def sharing(self) -> Sharing | None:
        """Return how the server is doing on which replicas share their data; None: nobody shares them, or not known."""
        try:
            return await self._store.sharing()
        except BotError:
            return None

    def _sharing_json(self, sharing: Sharing | None) -> dict[str, Any]:
        hears = sharing and sharing.hears
        return {
            "hears_others": hears and self._json(hears),
            "oldest_transaction_seconds": sharing and round(sharing.oldest, 3),
        }

    def _cloud_json(self, name: CloudName, found: Mapping[Dependency, Condition]) -> dict[str, Any]:
        sight = self._inventory.sight(name)
        looked = {"seen": _iso(sight.at), "cloud_request_id": _request_id(sight.error)}
        return {
            "login": self._json(found[LOGIN, name]) | {"cloud_request_id": _request_id(sight.login)},
            "look": self._json(found[LOOK, name]) | looked,
        }

    async def _work_json(self) -> dict[str, Any]:
        try:
            oldest = await self._store.oldest()
            not_sent = await self._store.not_sent()
            running = await self._store.find(states=_RUNNING, limit=_SHOWN, oldest_first=True)
            counts = await self._store.counts()
        except BotError:
            return {"oldest": None, "not_sent": None, "running": None}
        now = self._clock.now()
        ages = {what: round((now - at).total_seconds()) for what, at in oldest.items()}
        return {
            "oldest": {what: {"since": _iso(oldest.get(what)), "seconds": ages.get(what)} for what in OLDEST},
            "not_sent": not_sent,
            "running": [self._request_json(r) for r in running],
            "more_running": max(0, sum(counts[state] for state in _RUNNING) - len(running)),
        }

    def _request_json(self, request: SnapshotRequest) -> dict[str, Any]:
        trouble = self._troubles.of(request.id)
        return {
            "request": request.id,
            "cloud": request.cluster.cloud,
            "cluster": request.cluster.id,
            "state": request.state,
            "approved": _iso(request.decided_at),
            "asked_cloud": _iso(request.attempted_at),
            "snapshot_id": request.snapshot_id,
            "cloud_request_id": request.cloud_request_id or None,
            "percent": request.percent,
            "hold": request.hold or None,
            "failing_since": _iso(request.failing_since),
            "last_failed": trouble
            and {
                "at": _iso(trouble.at),
                "error": self._redact(str(trouble.error)),
                "cloud_request_id": _request_id(trouble.error),
            },
        }

    def _json(self, condition: Condition) -> dict[str, Any]:
        why = self._redact(condition.why) or None
        return {"ok": condition.ok, "since": condition.since.isoformat(), "why": why}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _request_id(error: CloudError | None) -> str | None:
    return (error.request_id or None) if error else None
