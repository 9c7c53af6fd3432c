"""A cloud project in memory; it passes `tests/harness/contract_cloud.py` like the real client."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bot.core.errors import CloudBusy, CloudNotFound, CloudRejected, CloudUnavailable
from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId
from bot.core.login_life import LoginLife
from bot.core.snapshot import (
    Cluster,
    ClusterState,
    Created,
    Obstacle,
    ObstacleCode,
    Outcome,
    Snapshot,
    SnapshotKind,
    Storage,
    name_key,
    named,
)
from bot.dws.rules import DwsRules
from bot.dws.statuses import cluster_of, snapshot_of
from bot.ports import Clock
from bot.words import worded


class FakeCloud:
    """Behaves as DWS does and remembers every call; snapshots move only by `advance` and `finish`.

    Each item of *failing* is raised once, before acting; *failing_create*, *failing_delete* and *failing_storage* only
    by these calls. While *losing* is above 0, a call that changes something acts and its answer is lost; while
    *lingering* is, what is deleted shows so and stays. Its own clock is *ahead* of the other; where it *tells_time* its
    answers say what it shows. *keeps* is what becomes of a description.
    """

    def __init__(self, clock: Clock, *, name: str = "default", clusters: Iterable[Cluster] = ()) -> None:
        self._clock = clock
        self._name = CloudName(name)
        self.known_clusters: dict[ClusterId, Cluster] = {c.ref.id: c for c in clusters}
        self._words: dict[ClusterId, dict[str, Any]] = {}  # what DWS would say of each
        self.known_snapshots: dict[SnapshotId, Snapshot] = {}
        self.failing: list[Exception] = []
        self.failing_create: list[Exception] = []
        self.failing_storage: list[Exception] = []
        self.failing_delete: list[Exception] = []
        self.losing = 0
        self.lingering = 0
        self.storage_gb = 300.0  # for the snapshots of a cluster, free of charge
        self.ahead = timedelta(0)
        self.tells_time = True
        self.keeps: Callable[[str], str] = str
        self.listed_at: datetime | None = None
        self.login_life = LoginLife()
        self.clock_ahead: timedelta | None = None
        self.calls: list[tuple[str, ...]] = []

    @property
    def name(self) -> CloudName:
        return self._name

    async def clusters(self) -> list[Cluster]:
        self._begin("clusters")
        return [self._shown(c) for c in self.known_clusters.values()]

    async def cluster(self, cluster: ClusterId) -> Cluster:
        self._begin("cluster", cluster)
        return self._shown(self._known(cluster))

    async def snapshots(self) -> list[Snapshot]:
        self._begin("snapshots")
        self.listed_at = self._now() if self.tells_time else None
        return list(self.known_snapshots.values())

    async def snapshot(self, snapshot: SnapshotId) -> Snapshot:
        self._begin("snapshot", snapshot)
        if snapshot not in self.known_snapshots:
            raise CloudNotFound(f"no snapshot {snapshot}", status=400, code="DWS.5149")
        return self.known_snapshots[snapshot]

    async def storage(self, cluster: ClusterId) -> Storage:
        self._begin("storage", cluster)
        if self.failing_storage:
            raise self.failing_storage.pop(0)
        self._known(cluster)
        theirs = [s for s in self.known_snapshots.values() if s.cluster_id == cluster]
        used = sum(s.size_gb for s in theirs if s.outcome is Outcome.AVAILABLE)
        return Storage(round(used, 2), self.storage_gb, max(0.0, used - self.storage_gb))

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> Created:
        self._begin("create_snapshot", cluster, name, description)
        if self.failing_create:
            raise self.failing_create.pop(0)
        if wrong := DwsRules().check_name(name) or DwsRules().check_description(description):
            raise CloudRejected(wrong.code, status=400, code="DWS.5057", message=worded(wrong))
        found = self._shown(self._known(cluster))
        if named(self.known_snapshots.values(), name):
            message = f"the snapshot name {name} already exists"
            raise CloudRejected(message, status=400, code="DWS.5039", message=message)
        if found.state is not ClusterState.READY:
            raise CloudBusy(f"{cluster} is {worded(found.situation)}", status=403, code="DWS.7023")
        made = self.add_snapshot(cluster, name, description=self.keeps(description))
        if self.losing:
            self.losing -= 1
            raise CloudUnavailable("read timeout", maybe_done=True)
        return Created(made.id, f"req-{made.id}")

    async def delete_snapshot(self, snapshot: SnapshotId) -> str:
        self._begin("delete_snapshot", snapshot)
        if self.failing_delete:
            raise self.failing_delete.pop(0)
        found = self.known_snapshots.get(snapshot)
        if found is None:
            raise CloudNotFound(f"no snapshot {snapshot}", status=400, code="DWS.0001")
        if found.kind is SnapshotKind.AUTOMATED:
            raise CloudRejected("automated", status=400, code="DWS.5095", message="Automated ones cannot be deleted.")
        if found.outcome is Outcome.PENDING:
            raise CloudBusy(f"{snapshot} is being created", status=403, code="DWS.7023")
        if self.lingering:
            self.lingering -= 1
            self.known_snapshots[snapshot] = replace(found, outcome=Outcome.PENDING, status="DELETING")
        else:
            del self.known_snapshots[snapshot]
        if self.losing:
            self.losing -= 1
            raise CloudUnavailable("read timeout", maybe_done=True)
        return f"req-delete-{snapshot}"

    async def whoami(self) -> str:
        self._begin("whoami")
        return f"nobody in project {self._name}: {len(self.known_clusters)} clusters"

    def add_cluster(self, name: str, **fields: Any) -> Cluster:
        """Add an available cluster; *fields* are those of `cluster_of`."""
        ref = ClusterRef(self._name, ClusterId(str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{self._name}/{name}"))))
        self._words[ref.id] = {"status": "AVAILABLE", "version": "8.2.0", **fields}
        self.known_clusters[ref.id] = cluster_of(ref, name, **self._words[ref.id])
        return self.known_clusters[ref.id]

    def change_cluster(self, cluster: ClusterId, **fields: Any) -> None:
        """Change *fields* of a cluster, such as `task_status="GROWING"`."""
        self._words[cluster] |= fields
        known = self.known_clusters[cluster]
        self.known_clusters[cluster] = cluster_of(known.ref, known.name, **self._words[cluster])

    def add_snapshot(self, cluster: ClusterId, name: str, **fields: Any) -> Snapshot:
        """Add a snapshot that is being created just now, by somebody; *fields* are those of `snapshot_of`."""
        assert name_key(name) not in {name_key(s.name) for s in self.known_snapshots.values()}
        first = {"status": "CREATING", "started": self._now(), "progress": "0%"}
        known = fields.pop("id", SnapshotId(str(uuid.uuid4())))
        made = snapshot_of(known, name, cluster, **{**first, **fields})
        self.known_snapshots[made.id] = made
        return made

    def advance(self, snapshot: SnapshotId, percent: int, *, status: str = "CREATING") -> None:
        """Let *snapshot* be *percent* done, or show a *status* that is not a final one."""
        self._show(snapshot, status, progress=f"{percent}%")

    def finish(self, snapshot: SnapshotId, *, ok: bool = True, size_gb: float = 42.7) -> None:
        """End *snapshot* now, usable or not."""
        self._show(snapshot, "AVAILABLE" if ok else "UNAVAILABLE", progress="100%" if ok else "")
        ended = replace(self.known_snapshots[snapshot], finished=self._now(), size_gb=size_gb if ok else 0.0)
        self.known_snapshots[snapshot] = ended

    def _show(self, snapshot: SnapshotId, status: str, *, progress: str) -> None:
        known = self.known_snapshots[snapshot]
        seen = snapshot_of(known.id, known.name, known.cluster_id, status=status, progress=progress)
        says = {f: getattr(seen, f) for f in ("outcome", "is_running", "status", "percent")}
        self.known_snapshots[snapshot] = replace(known, **says)

    def _now(self) -> datetime:
        return (self._clock.now() + self.ahead).replace(microsecond=0)  # the cloud shows whole seconds

    def _begin(self, *call: str) -> None:
        self.calls.append(call)
        self.clock_ahead = self.ahead if self.tells_time else None
        if self.failing:
            raise self.failing.pop(0)

    def _known(self, cluster: ClusterId) -> Cluster:
        if cluster not in self.known_clusters:
            raise CloudNotFound(f"no cluster {cluster}", status=404, code="DWS.0047")
        return self.known_clusters[cluster]

    def _shown(self, cluster: Cluster) -> Cluster:
        """Return *cluster* with the snapshot that runs on it, as its one task."""
        of_it = (s for s in self.known_snapshots.values() if s.cluster_id == cluster.ref.id)
        if running := next((s for s in of_it if s.outcome is Outcome.PENDING), None):
            return replace(cluster, task=Obstacle(ObstacleCode.SNAPSHOT), percent=running.percent)
        return cluster
