"""Clusters and snapshots as the API shows them.

Times carry a `Z` in some fields and none in others, progress is "16%" here and "16.00%" there, and what is not known
yet is absent here and null there: as the service has it.
Source: DWS API Reference, "Querying the Snapshot List", "Querying Snapshot Details", "Querying Cluster Details".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dws_sandbox.model import SimCluster, SimSnapshot
from dws_sandbox.project import Project

_IN_V2: Final = {"AVAILABLE": "ACTIVE", "UNAVAILABLE": "FAILED", "CREATION FAILED": "CREATE_FAILED"}


def _with_z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _without_z(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S")


def snapshot_basic(project: Project, snapshot: SimSnapshot) -> dict[str, Any]:
    """Return an item of the project's list: nine fields, of which `finished` and `size` come only at the end."""
    now = project.now()
    item: dict[str, Any] = {
        "id": snapshot.id,
        "name": snapshot.name,
        "description": snapshot.description,
        "started": _with_z(snapshot.started),
        "status": snapshot.status(now),
        "type": snapshot.kind,
        "cluster_id": snapshot.cluster_id,
    }
    if snapshot.finished(now):
        item["finished"] = _with_z(snapshot.done_at)
        item["size"] = snapshot.gb if item["status"] == "AVAILABLE" else 0
    return item


def snapshot_full(project: Project, snapshot: SimSnapshot) -> dict[str, Any]:
    """Return the details set: the basic fields and what the service knows of the backup behind them."""
    now = project.now()
    automated = snapshot.kind != "MANUAL"
    item = snapshot_basic(project, snapshot) | {
        "updated": _without_z(snapshot.done_at if snapshot.finished(now) else now),
        "progress": f"{snapshot.percent(now):.2f}%",
        "bak_expected_start_time": str(int(snapshot.started.timestamp() * 1000)) if automated else None,
        "bak_keep_day": 7 if automated else None,
        "bak_period": "0 0 0/8 * * ?" if automated else None,
        "db_user": "dbadmin",
        "backup_key": snapshot.key,
        "prior_backup_key": snapshot.base_key or "FULL",
        "base_backup_key": snapshot.base_key or snapshot.key,
        "backup_device": "OBS",
        "backup_level": "cluster",
        "fine_grained_backup": False,
        "support_inplace_restore": True,
    }
    if snapshot.finished(now):
        item["total_backup_size"] = int(snapshot.gb * 1024)
    if cluster := project.clusters.get(snapshot.cluster_id):
        task = project.task(cluster)
        item |= {
            "datastore": {"type": "dws", "version": cluster.version},
            "cluster_name": cluster.name,
            "cluster_status": cluster.status,
            "cluster_task_status": task[0] if task else None,
        }
    return item


def cluster_v1(project: Project, cluster: SimCluster) -> dict[str, Any]:
    """Return a cluster as the v1.0 calls show it."""
    task = project.task(cluster)
    item: dict[str, Any] = {
        "id": cluster.id,
        "name": cluster.name,
        "status": cluster.status,
        # While a cluster is made, that shows in its status and its progress, not as a task.
        "task_status": task[0] if task and task[0] != "CREATING" else None,
        "action_progress": {task[0]: task[1]} if task and task[1] else {},
        "version": cluster.version,
        "created": _without_z(cluster.created),
        "updated": _without_z(project.now() if task else cluster.created),
        "number_of_node": cluster.nodes,
        "enterprise_project_id": cluster.enterprise_project_id,
        "recent_event": 0,
        "failed_reasons": {},
        "tags": [{"key": key, "value": value} for key, value in cluster.tags.items()],
        "nodes": [
            {"id": f"{cluster.id[:-2]}{n:02d}", "status": "100" if cluster.status == "CREATING" else "200"}
            for n in range(cluster.nodes)
        ],
        "maintain_window": {"day": "Thu", "start_time": "22:00", "end_time": "02:00"},
        "port": 8000,
        "user_name": "dbadmin",
        "node_type": "dws.m3.xlarge",
        "availability_zone": "eu-de-01",
        "endpoints": [{"connect_info": f"{cluster.name}.dws.example:8000", "jdbc_url": ""}],
        "public_endpoints": [],
    }
    if cluster.sub_status is not None:
        item["sub_status"] = cluster.sub_status
    return item


def cluster_v2(project: Project, cluster: SimCluster) -> dict[str, Any]:
    """Return a cluster as the v2 list shows it: the same facts in a newer vocabulary."""
    item = cluster_v1(project, cluster)
    return item | {"status": _IN_V2.get(cluster.status, cluster.status)}


def statistics(project: Project, cluster: SimCluster) -> list[dict[str, Any]]:
    """Return the snapshot storage of *cluster*: as much as its disks is free of charge."""
    now = project.now()
    free = cluster.disk_gb * cluster.nodes
    sizes = [s.gb for s in project.snapshots.values() if s.cluster_id == cluster.id and s.status(now) == "AVAILABLE"]
    used = round(sum(sizes), 2)
    values = {"storage.free": free, "storage.paid": max(0, used - free), "storage.used": used}
    return [{"name": name, "value": value, "unit": "GB"} for name, value in values.items()]
