"""The simulated project: its clusters and snapshots, and the rules by which DWS lets them change.

Source: DWS API Reference, "Creating a Snapshot", "Deleting a Manual Snapshot"; User Guide, "Snapshots" (which cluster
states permit one).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from dws_sandbox.descriptions import FORMS
from dws_sandbox.model import TERMINAL, CloudClock, SimCluster, SimSnapshot
from dws_sandbox.refusals import documented, state_conflict

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{3,63}")
_FORBIDDEN: Final = frozenset("!<>'=&\"")
_AVAILABLE: Final = frozenset({"AVAILABLE", "ACTIVE"})
_PERMITTED: Final = frozenset({"NORMAL", "UNBALANCED", "TO-BE-RESTARTED"})
_CHANGEABLE: Final = frozenset({"status", "sub_status", "task", "task_progress"})
_MAY_BE_NONE: Final = frozenset({"sub_status", "task"})
_READONLY_PERMITTED_BELOW: Final = (8, 1, 3, 101)


@dataclass(frozen=True, slots=True)
class Rival:
    """A snapshot that somebody else begins before ours and that is in its way; "" stands for what ours asks."""

    name: str = ""
    description: str = ""
    seconds: float = 0.0  # before ours; nobody sees it in a list until then


@dataclass(frozen=True, slots=True)
class Twist:
    """What is to be unusual about the next snapshot; the default is nothing. Seconds are of the simulator's clock."""

    outcome: str = "AVAILABLE"
    odd_status: str = ""
    odd_seconds: float = 0.0
    unlisted_seconds: float = 0.0
    keeps: str = ""  # the form in which the description is kept, as in `descriptions.FORMS`; "": as it came
    rival: Rival | None = None


class Project:
    """State and rules; the routes only translate.

    A snapshot takes *snapshot_seconds*, or *seconds_per_gb* for each GB of its cluster where that is None. The cluster
    stays SNAPSHOTTING for *settle_seconds* after it, since the two don't flip at the same moment.
    """

    def __init__(
        self,
        clock: CloudClock,
        *,
        clusters: Iterable[SimCluster] = (),
        snapshots: Iterable[SimSnapshot] = (),
        seconds_per_gb: float = 3.0,
        snapshot_seconds: float | None = None,
        settle_seconds: float = 0.0,
    ) -> None:
        """Start with *clusters* and *snapshots*."""
        self._clock = clock
        self.clusters = {c.id: c for c in clusters}
        self.snapshots = {s.id: s for s in snapshots}
        self.seconds_per_gb = seconds_per_gb
        self.snapshot_seconds = snapshot_seconds
        self.settle_seconds = settle_seconds

    def now(self) -> datetime:
        """Return the simulator's time, in UTC."""
        return self._clock.now().astimezone(UTC)

    def cluster(self, cluster_id: object) -> SimCluster:
        """Return the cluster.

        Raises:
            Refusal: 400 DWS.0001 where the id is no UUID, 404 DWS.0047 where there is no such cluster.
        """
        key = _uuid(cluster_id, "cluster_id")
        if key not in self.clusters:
            raise documented(404, "DWS.0047", f"Cluster {key} does not exist.")
        return self.clusters[key]

    def snapshot(self, snapshot_id: object) -> SimSnapshot:
        """Return the snapshot.

        Raises:
            Refusal: 400 DWS.0001 where the id is no UUID, 400 DWS.5149 where there is no such snapshot.
        """
        key = _uuid(snapshot_id, "snapshot_id")
        if key not in self.snapshots:
            raise documented(400, "DWS.5149", f"The snapshot ID {key} is invalid.")
        return self.snapshots[key]

    def listed(self, cluster_id: str | None = None) -> list[SimSnapshot]:
        """Return what a list shows now (of one cluster, or of all), the newest first."""
        now = self.now()
        shown = [s for s in self.snapshots.values() if s.listed(now) and cluster_id in (None, s.cluster_id)]
        return sorted(shown, key=lambda s: s.started, reverse=True)

    def task(self, cluster: SimCluster) -> tuple[str, str] | None:
        """Return the management task of *cluster* now and its progress ("SNAPSHOTTING", "16%"), or None.

        A failed one (RESIZE_FAILURE) is a result that stays until the next task, without progress.
        """
        if cluster.task and not _failed(cluster.task):
            return cluster.task, cluster.task_progress
        now = self.now()
        settle = timedelta(seconds=self.settle_seconds)
        for snapshot in self.snapshots.values():
            runs = snapshot.status(now) == "CREATING" or now < snapshot.done_at + settle
            if runs and snapshot.cluster_id == cluster.id:
                return "SNAPSHOTTING", f"{int(snapshot.percent(now))}%"
        return (cluster.task, "") if cluster.task else None

    def create_snapshot(self, asked: dict[str, Any], twist: Twist) -> SimSnapshot:
        """Begin the snapshot that the request's `snapshot` object asks for.

        Raises:
            Refusal: name, description or cluster are not acceptable, or the cluster's state forbids it.
        """
        name, description = asked.get("name"), asked.get("description", "")
        _check_name(name)
        _check_description(description)
        cluster = self.cluster(asked.get("cluster_id"))
        if (rival := twist.rival) and not self._is_taken(rival.name or str(name)):
            theirs = rival.description or description or ""
            self._begin(cluster, rival.name or str(name), theirs, Twist(), ago=rival.seconds)
        if self._is_taken(str(name)):
            raise documented(400, "DWS.5039", f"Parameter duplicate: the snapshot name {name} already exists.")
        self._check_state(cluster)
        return self._begin(cluster, str(name), description or "", twist)

    def _is_taken(self, name: str) -> bool:
        return any(s.name.casefold() == name.casefold() for s in self.snapshots.values())

    def _begin(
        self, cluster: SimCluster, name: str, description: str, twist: Twist, *, ago: float = 0.0
    ) -> SimSnapshot:
        seconds = cluster.data_gb * self.seconds_per_gb if self.snapshot_seconds is None else self.snapshot_seconds
        snapshot = SimSnapshot(
            id=str(uuid.uuid4()),
            name=name,
            cluster_id=cluster.id,
            description=FORMS[twist.keeps](description) if twist.keeps else description,
            started=self.now() - timedelta(seconds=ago),
            seconds=seconds,
            gb=cluster.data_gb,
            outcome=twist.outcome,
            odd_status=twist.odd_status,
            odd_seconds=twist.odd_seconds,
            unlisted_seconds=twist.unlisted_seconds,
        )
        self.snapshots[snapshot.id] = snapshot
        return snapshot

    def delete_snapshot(self, snapshot_id: object) -> None:
        """Delete a manual snapshot.

        Raises:
            Refusal: 400 where it isn't there (DWS.0001) or is an automated one (DWS.5095), 403 while it is created.
        """
        key = _uuid(snapshot_id, "snapshot_id")
        if key not in self.snapshots:
            raise documented(400, "DWS.0001", "Invalid parameter: the snapshot has been deleted.")
        snapshot = self.snapshots[key]
        if snapshot.kind != "MANUAL":
            raise documented(400, "DWS.5095", "Automated snapshots cannot be deleted.")
        if not snapshot.finished(self.now()):
            raise state_conflict("The snapshot is being created and cannot be deleted.")
        del self.snapshots[key]

    def change_cluster(self, cluster_id: str, **changes: str | None) -> SimCluster:
        """Set any of *status*, *sub_status*, *task* and *task_progress* of a cluster, given by id or name.

        Raises:
            KeyError: there is no such cluster.
            ValueError: a change names another field, or sets None where there must be something.
        """
        cluster = self.clusters.get(cluster_id) or next(
            (c for c in self.clusters.values() if c.name == cluster_id), None
        )
        if cluster is None:
            raise KeyError(cluster_id)
        for name, value in changes.items():
            if name not in _CHANGEABLE or (value is None and name not in _MAY_BE_NONE):
                raise ValueError(f"{name} of a cluster cannot be set to {value!r}")
        for name, value in changes.items():
            setattr(cluster, name, value)
        return cluster

    def force_snapshot(self, snapshot_id: str, status: str | None) -> SimSnapshot:
        """Give a snapshot a *status*: a final one ends it now, any other one stays; None lets it go its own way again.

        Raises:
            KeyError: there is no such snapshot.
        """
        snapshot = self.snapshots[snapshot_id]
        if status in TERMINAL:
            snapshot.end(status, self.now())
        else:
            snapshot.forced = status
        return snapshot

    def _check_state(self, cluster: SimCluster) -> None:
        allowed = set(_PERMITTED)
        if _version(cluster.version) < _READONLY_PERMITTED_BELOW:
            allowed.add("READONLY")
        hindrances = [s for s in cluster.sub_statuses if s not in allowed]
        if cluster.status not in _AVAILABLE or hindrances:
            state = " | ".join(hindrances) or cluster.status
            raise state_conflict(f"The cluster status {state} does not allow this operation.")
        task = self.task(cluster)
        if task is not None and not _failed(task[0]):
            raise state_conflict(f"The cluster task status {task[0]} does not allow this operation.")


def _failed(task: str) -> bool:
    return "FAIL" in task


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def _uuid(value: object, field: str) -> str:
    if not isinstance(value, str) or not _UUID.fullmatch(value):
        raise documented(400, "DWS.0001", f"Invalid parameter: {field} is not a UUID.")
    return value.lower()


def _check_name(name: object) -> None:
    if name is None:
        raise documented(400, "DWS.5037", "Parameter missing: name.")
    if not isinstance(name, str) or not 4 <= len(name) <= 64:
        raise documented(400, "DWS.5056", "The length of the snapshot name must be 4 to 64 characters.")
    if not _NAME.fullmatch(name):
        raise documented(400, "DWS.5057", "The snapshot name does not match the required pattern.")


def _check_description(description: object) -> None:
    if description is None:
        return
    if not isinstance(description, str) or len(description) > 256:
        raise documented(400, "DWS.5056", "The description contains more than 256 characters.")
    if _FORBIDDEN.intersection(description):
        raise documented(400, "DWS.5057", "The description contains one of the characters !<>'=&\".")
