"""What DWS's words for clusters and snapshots mean to the bot.

Source: DWS API Reference, "Querying Cluster Details" (statuses), "Querying the Snapshot List"; where its vocabularies
disagree between versions, all of them are accepted. They are open sets: upper case here. A word that nobody documented
keeps nobody from trying: the cloud refuses what it can't do, and says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from bot.core.ids import ClusterId, ClusterRef, SnapshotId
from bot.core.snapshot import Cluster, Obstacle, ObstacleCode, Outcome, Snapshot, SnapshotKind

_UNPAID: Final = "ORDER_PENDING"
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
    "DELETED": ObstacleCode.OTHER_STATUS,
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
    **dict.fromkeys(
        (
            "ACTIVE_STANDY_SWITCHOVER",  # as DWS spells it
            "ADD_CN_ING",
            "CLUSTER_SHRINKING",
            "CONFIGURING_EXT_DATASOURCE",
            "CREATING",
            "CREATING_NODE",
            "DELETING_EXT_DATASOURCE",
            "DELETING_NODE",
            "DEL_CN_ING",
            "DISK_EXPANDING",
            "ELB_BINDING",
            "ELB_SWITCHING",
            "ELB_UNBINDING",
            "FINE_GRAINED_RESTORING",
            "FLAVOR_RESIZING",
            "FREEZING",
            "MANAGE_IP_BINDING",
            "NETWORK_CONFIGURING",
            "REDISTRIBUTING",
            "REPAIRING",
            "UNFREEZING",
        ),
        ObstacleCode.OTHER_TASK,
    ),
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
        task=Obstacle(_TASKS[task], task) if task else None,
        percent=percent(progress.get(_SNAPSHOTTING, "")),
        failure=failure,
    )


def _block(status: str, sub_statuses: Sequence[str], task_status: str, version: str) -> Obstacle | None:
    """Return what keeps the cluster from a snapshot: of the words that are known, those that DWS refuses."""
    numbers = _numbers(version)
    for word in (status, *sub_statuses, *([_UNPAID] if task_status == _UNPAID else [])):
        if word == "READONLY" and numbers and numbers < _READONLY_ALLOWED_BELOW:
            continue
        if word in _BLOCKS:
            return Obstacle(_BLOCKS[word], word)
    return None


def _task(task_status: str, progress: Mapping[str, str]) -> str:
    """Return the task under way ("SNAPSHOTTING"), or "". A result (SNAPSHOTTING_FAILED) or a state is not a task."""
    return next((task for task in (task_status, *progress) if task in _TASKS), "")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")) if re.fullmatch(r"\d+(\.\d+)*", version) else ()


def snapshot_of(
    snapshot: SnapshotId,
    name: str,
    cluster: ClusterId,
    *,
    status: str,
    progress: str = "",
    kind: str = "",
    **facts: Any,
) -> Snapshot:
    """Return the snapshot that DWS shows with these words; *facts* are fields of Snapshot."""
    running = status == "CREATING"
    done, made = percent(progress), _kind(kind)
    return Snapshot(snapshot, name, cluster, _outcome(status), running, status, percent=done, kind=made, **facts)


def _kind(word: str) -> SnapshotKind:
    """MANUAL; an automatic one is AUTO in some references, and AUTOMATED in others."""
    if word in ("AUTO", "AUTOMATED"):
        return SnapshotKind.AUTOMATED
    return SnapshotKind.MANUAL if word == "MANUAL" else SnapshotKind.UNKNOWN


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
    """Read "16%", "100.00%" or "16" as 16 or 100; None where it is none of these."""
    match = re.fullmatch(r"\s*(\d{1,3})(?:\.\d+)?\s*%?\s*", text)
    return min(100, int(match[1])) if match else None
