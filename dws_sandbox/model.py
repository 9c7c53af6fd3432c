"""Clusters and snapshots of the simulated cloud; everything that changes with time is computed from the clock.

Source: DWS API Reference, "Creating a Snapshot", "Querying Cluster Details".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

TERMINAL: Final = ("AVAILABLE", "UNAVAILABLE")


class CloudClock(Protocol):
    """What the simulator needs of a clock."""

    def now(self) -> datetime:
        """Return the present moment, aware."""
        ...


class RealClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class OwnClock:
    """The cloud's own clock: *ahead* seconds before (negative: behind) the one that others may go by."""

    clock: CloudClock
    ahead: float = 0.0

    def now(self) -> datetime:
        """Return the present moment as the cloud has it, in UTC."""
        return self.clock.now().astimezone(UTC) + timedelta(seconds=self.ahead)


@dataclass(slots=True)
class SimCluster:
    """A cluster; *data_gb* is how large a full snapshot of it becomes, *disk_gb* the storage of one node.

    *task* and *task_progress* ("30%") tell of work other than our snapshots, which the project adds by itself.
    """

    id: str
    name: str
    version: str
    data_gb: float
    created: datetime
    status: str = "AVAILABLE"
    sub_status: str | None = "NORMAL"
    task: str | None = None
    task_progress: str = "30%"
    nodes: int = 3
    disk_gb: float = 100.0
    enterprise_project_id: str = "0"
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def sub_statuses(self) -> tuple[str, ...]:
        """Return the parts of a combined sub-status such as "READONLY | UNBALANCED"."""
        return tuple(part.strip() for part in (self.sub_status or "").split("|") if part.strip())


@dataclass(slots=True)
class SimSnapshot:
    """A snapshot that runs for *seconds* from *started* and then is *outcome*, *gb* large.

    *forced* overrides the status. For *odd_seconds* after its run it shows *odd_status*, which nobody documented,
    before it is *outcome*. Lists show it only *unlisted_seconds* after its start.
    """

    id: str
    name: str
    cluster_id: str
    started: datetime
    seconds: float
    gb: float
    description: str | None = ""
    kind: str = "MANUAL"
    outcome: str = "AVAILABLE"
    forced: str | None = None
    odd_status: str = ""
    odd_seconds: float = 0.0
    unlisted_seconds: float = 0.0
    base_key: str | None = None  # of the full snapshot that an incremental one builds on

    @property
    def ran_until(self) -> datetime:
        """Return when the copying ends."""
        return self.started + timedelta(seconds=self.seconds)

    @property
    def done_at(self) -> datetime:
        """Return when the status becomes final."""
        return self.ran_until + timedelta(seconds=self.odd_seconds)

    @property
    def key(self) -> str:
        """Return the backup key, `YYYYMMDD_HHMMSS`."""
        return self.started.strftime("%Y%m%d_%H%M%S")

    def status(self, now: datetime) -> str:
        """Return the status at *now*."""
        if self.forced:
            return self.forced
        if now < self.ran_until:
            return "CREATING"
        return self.odd_status if now < self.done_at else self.outcome

    def finished(self, now: datetime) -> bool:
        """Say whether the status at *now* is a final one."""
        return self.status(now) in TERMINAL

    def percent(self, now: datetime) -> float:
        """Return how far it is at *now*, 0 to 100."""
        if self.finished(now) or self.seconds <= 0:
            return 100.0
        return 100.0 * max(0.0, min(1.0, (now - self.started).total_seconds() / self.seconds))

    def listed(self, now: datetime) -> bool:
        """Say whether lists show it at *now*."""
        return now >= self.started + timedelta(seconds=self.unlisted_seconds)

    def end(self, outcome: str, now: datetime) -> None:
        """Make it *outcome*; one that still runs ends at *now*."""
        self.seconds = min(self.seconds, max(0.0, (now - self.started).total_seconds()))
        self.odd_seconds = 0.0
        self.forced = None
        self.outcome = outcome
