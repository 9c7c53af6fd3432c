"""DWS's requests and bodies without HTTP: paths, the create body, clusters and snapshots from what the cloud sends.

Sources: DWS API Reference, "Creating a Snapshot", "Querying the Snapshot List", "Querying Snapshot Details", "Querying
the Cluster List", "Querying Cluster Details". Where the reference, its examples and the official clients disagree about
a field, all of them are accepted; what is certain is kept, what is not is left empty.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from bot.core.errors import CloudUnavailable
from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId, canonical_cluster_id
from bot.core.snapshot import Cluster, Snapshot, Storage
from bot.core.text import canonical
from bot.dws import readings
from bot.dws.answers import clean
from bot.dws.statuses import cluster_of, snapshot_of

_NAME_MOST: Final = 256  # characters; DWS has names of 4 to 64


def clusters_path(project: str) -> str:
    """Return where the project's clusters are listed."""
    return f"/v1.0/{_segment(project)}/clusters"


def cluster_path(project: str, cluster: str) -> str:
    """Return where one cluster is shown."""
    return f"{clusters_path(project)}/{_segment(cluster)}"


def snapshots_path(project: str) -> str:
    """Return where snapshots are listed (GET, without pages) and created (POST)."""
    return f"/v1.0/{_segment(project)}/snapshots"


def snapshot_path(project: str, snapshot: str) -> str:
    """Return where one snapshot is shown."""
    return f"{snapshots_path(project)}/{_segment(snapshot)}"


def storage_path(project: str, cluster: str) -> str:
    """Return where the storage that a cluster's snapshots take is shown."""
    return f"{cluster_path(project, cluster)}/snapshots/statistics"


def create_body(cluster: ClusterId, name: str, description: str) -> bytes:
    """Return the create request's body: exact bytes, since they are signed."""
    snapshot = {"name": name, "cluster_id": cluster, "description": description}
    return json.dumps({"snapshot": snapshot}, ensure_ascii=False, separators=(",", ":")).encode()


def created(body: Mapping[str, Any]) -> SnapshotId:
    """Read the id in `{"snapshot": {"id": …}}`.

    Raises:
        CloudUnavailable: it isn't there; the snapshot may exist all the same.
    """
    return SnapshotId(_id(_child(body, "snapshot"), "the created snapshot"))


def clusters(body: Mapping[str, Any], cloud: CloudName) -> list[Cluster]:
    """Read `{"clusters": […], "count": …}`; the count is not relied on, since it can be missing or wrong.

    Raises:
        CloudUnavailable: the list isn't there, or an item in it has no id.
    """
    return [_cluster(item, cloud) for item in _items(body, "clusters")]


def cluster(body: Mapping[str, Any], cloud: CloudName) -> Cluster:
    """Read `{"cluster": {…}}`.

    Raises:
        CloudUnavailable: the cluster isn't there, or has no id.
    """
    return _cluster(_child(body, "cluster"), cloud)


def storage(body: Mapping[str, Any]) -> Storage:
    """Read `{"statistics": [{"name": "storage.used", "value": 128.5, "unit": "GB"}, …]}`.

    Raises:
        CloudUnavailable: the list isn't there, or doesn't say what is used and what is free.
    """
    told = dict[str, float]()
    for item in _items(body, "statistics"):
        value = readings.text(item.get("value"))
        size = readings.size_gb(f"{value}{readings.text(item.get('unit'))}")
        if size or (value and not value.strip("0.")):  # else in a form or a unit that isn't known: not told
            told[readings.text(item.get("name"))] = size
    if not {"storage.used", "storage.free"} <= told.keys():
        raise CloudUnavailable("the answer doesn't say what storage is used and free", maybe_done=True)
    return Storage(told["storage.used"], told["storage.free"], told.get("storage.paid", 0.0))


def snapshots(body: Mapping[str, Any]) -> list[Snapshot]:
    """Read `{"snapshots": […], "count": …}`; the count is not relied on.

    Raises:
        CloudUnavailable: the list isn't there, or an item in it has no id. Never a shorter list: what is missing
            from it would be created a second time.
    """
    return [_snapshot(item) for item in _items(body, "snapshots")]


def ids(body: Mapping[str, Any], name: str) -> set[str]:
    """Return the ids in the list *name*.

    Raises:
        CloudUnavailable: the list isn't there, or an item in it has no id.
    """
    return {_id(item, f"one of {name}") for item in _items(body, name)}


def snapshot(body: Mapping[str, Any]) -> Snapshot:
    """Read `{"snapshot": {…}}`.

    Raises:
        CloudUnavailable: the snapshot isn't there, or has no id.
    """
    return _snapshot(_child(body, "snapshot"))


def _cluster(item: Mapping[str, Any], cloud: CloudName) -> Cluster:
    return cluster_of(
        ClusterRef(cloud, ClusterId(_id(item, "a cluster"))),
        _name(item) or _id(item, "a cluster"),  # people must be able to tell it from others
        status=readings.word(item.get("status")),
        sub_statuses=[
            word for part in readings.text(item.get("sub_status")).split("|") if (word := readings.word(part))
        ],
        task_status=readings.word(item.get("task_status")),
        progress={readings.word(k): readings.text(v) for k, v in readings.mapping(item.get("action_progress")).items()},
        version=readings.text(item.get("version")),
        failure=_failure(item.get("failed_reasons")),
    )


def _name(item: Mapping[str, Any]) -> str:
    """Return what a cluster is called, canonical, and cut where it is far longer than DWS allows.

    Rights go by each beginning of a name: of one without an end, the many would fill the memory at every look.
    """
    called = canonical(readings.text(item.get("name")))
    return called if len(called) <= _NAME_MOST else f"{called[: _NAME_MOST - 1]}…"


def _failure(reasons: object) -> str:
    """Return what the cloud says of the last task that failed: its words, or only its code."""
    found = readings.mapping(reasons)
    if not found:  # nothing, or words of no form
        return clean("" if readings.text(reasons)[:1] in ("{", "[") else readings.text(reasons))
    known = (readings.text(found.get(name)) for name in ("error_msg", "errorMsg", "message", "error_code", "errorCode"))
    return clean(next(filter(None, known), ""))


def _snapshot(item: Mapping[str, Any]) -> Snapshot:
    return snapshot_of(
        SnapshotId(_id(item, "a snapshot")),
        readings.text(item.get("name")),
        canonical_cluster_id(readings.text(item.get("cluster_id"))),
        status=readings.word(item.get("status")),
        description=readings.text(item.get("description"), strip=False),
        started=readings.moment(item.get("started")),
        finished=readings.moment(item.get("finished")),
        size_gb=readings.size_gb(item.get("size")),
        progress=readings.text(item.get("progress")),
        kind=readings.word(item.get("type")),
    )


def _child(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    child = body.get(name)
    if not isinstance(child, dict):
        raise CloudUnavailable(f"the answer has no object {name!r}", maybe_done=True)
    return child


def _items(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return the list; null is an empty one (as some JSON writers have it), an absent one is not an answer."""
    items = body.get(name, "absent")
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise CloudUnavailable(f"the answer has no list of objects {name!r}", maybe_done=True)
    return items


def _id(item: Mapping[str, Any], what: str) -> str:
    if not (found := readings.text(item.get("id"))):
        raise CloudUnavailable(f"{what} in the answer has no id", maybe_done=True)
    return found


def _segment(text: str) -> str:
    return quote(text, safe="")
