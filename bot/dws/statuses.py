"""What DWS's words for clusters and snapshots mean to the bot.

Source: DWS API Reference, "Querying Cluster Details" (statuses), "Querying the Snapshot List"; where its vocabularies
disagree between versions, all of them are accepted. They are open sets: upper case here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from bot.core.ids import ClusterId, ClusterRef, SnapshotId
from bot.core.snapshot import Cluster, Obstacle, ObstacleCode, Outcome, Snapshot

_AVAILABLE: Final = {"AVAILABLE", "ACTIVE"}
_PERMITTED_SUB_STATUSES: Final = {"", "NORMAL", "UNBALANCED", "TO-BE-RESTARTED", "TO_BE_RESTARTED"}
_UNPAID: Final = "ORDER_PENDING"
_IDLE_TASKS: Final = {"WAITING_REDISTRIBUTION", _UNPAID}  # a task's name, and nothing runs
_SNAPSHOTTING: Final = "SNAPSHOTTING"
_READONLY_ALLOWED_BELOW: Final = (8, 1, 3, 101)
_BLOCKS: Final[Mapping[str, ObstacleCode]] = {
    "READONLY": ObstacleCode.READ_ONLY,
    "REDISTRIBUTING": ObstacleCode.REDISTRIBUTING,
    "REDISTRIBUTION-FAILURE": ObstacleCode.REDISTRIBUTION_FAILED,
    "DEGRADED": ObstacleCode.DEGRADED,
    "CREATING": ObstacleCode.BEING_CREATED,
    "CREATION FAILED": ObstacleCode.CREATION_FAILED,
    "CREATE_FAILED": ObstacleCode.CREATION_FAILED,
    "UNAVAILABLE": ObstacleCode.UNAVAILABLE,
    "FAILED": ObstacleCode.UNAVAILABLE,
    "DELETING": ObstacleCode.BEING_DELETED,
    "DELETE_FAILED": ObstacleCode.DELETION_FAILED,
    "FROZEN": ObstacleCode.FROZEN,
    "POLICE_FROZEN": ObstacleCode.FROZEN,
    _UNPAID: ObstacleCode.UNPAID,
}
_TASKS: Final[Mapping[str, ObstacleCode]] = {
    _SNAPSHOTTING: ObstacleCode.SNAPSHOT,
    "RESTORING": ObstacleCode.RESTORE,
    "GROWING": ObstacleCode.SCALING_OUT,
    "REBOOTING": ObstacleCode.RESTARTING,
    "SETTING_CONFIGURATION": ObstacleCode.NEW_SETTINGS,
}
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


def cluster_of(
    ref: ClusterRef,
    name: str,
    *,
    status: str,
    sub_statuses: Sequence[str] = (),
    task_status: str = "",
    progress: Mapping[str, str] = _NOTHING,
    version: str = "",
    failure: str = "",
) -> Cluster:
    """Return the cluster that DWS shows with these words; *progress* is by task, such as {"GROWING": "16%"}."""
    task = _task(task_status, progress)
    return Cluster(
        ref=ref,
        name=name,
        block=_block(status, sub_statuses, task_status, version),
        task=Obstacle(_TASKS.get(task, ObstacleCode.OTHER_TASK), task) if task else None,
        percent=percent(progress.get(_SNAPSHOTTING, "")),
        failure=failure,
    )


def _block(status: str, sub_statuses: Sequence[str], task_status: str, version: str) -> Obstacle | None:
    """Return what keeps the cluster from a snapshot: DWS wants an available, to-be-restarted or unbalanced one."""
    if status not in _AVAILABLE:
        hindrances = [status]
    else:
        numbers = _numbers(version)
        allowed = {*_PERMITTED_SUB_STATUSES, *(["READONLY"] if numbers and numbers < _READONLY_ALLOWED_BELOW else [])}
        hindrances = [s for s in sub_statuses if s not in allowed] + [_UNPAID] * (task_status == _UNPAID)
    if not hindrances:
        return None
    return Obstacle(_BLOCKS.get(hindrances[0], ObstacleCode.OTHER_STATUS), hindrances[0])


def _task(task_status: str, progress: Mapping[str, str]) -> str:
    """Return the task under way ("SNAPSHOTTING"), or "". A result such as SNAPSHOTTING_FAILED is not a task."""
    for task in (task_status, *progress):
        if task in _IDLE_TASKS or "FAIL" in task:
            continue
        if "ING" in task or task in {"REPAIRING", "ACTIVE_STANDY_SWITCHOVER"}:
            return task
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if re.fullmatch(r"\d+(\.\d+)*", version) else ()


def snapshot_of(
    snapshot: SnapshotId, name: str, cluster: ClusterId, *, status: str, progress: str = "", **facts: Any
) -> Snapshot:
    """Return the snapshot that DWS shows with these words; *facts* are fields of Snapshot."""
    running = status == "CREATING"
    return Snapshot(snapshot, name, cluster, _outcome(status), running, status, percent=percent(progress), **facts)


def _outcome(status: str) -> Outcome:
    """AVAILABLE is a success, UNAVAILABLE a failure (or a cancellation), anything else is still pending."""
    match status:
        case "AVAILABLE":
            return Outcome.AVAILABLE
        case "UNAVAILABLE":
            return Outcome.FAILED
        case _:
            return Outcome.PENDING


def percent(text: str) -> int | None:
    """Read "16%" or "100.00%" as 16 or 100; None where it is neither."""
    match = re.fullmatch(r"\s*(\d{1,3})(?:\.\d+)?\s*%\s*", text)
    return min(100, int(match[1])) if match else None
