"""What happened to snapshots that nobody here did, by two looks at a cloud project in a row. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.core.holdings import Holdings
from bot.core.ids import CloudName, ClusterRef, SnapshotId
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.scope import NamedCluster
from bot.core.snapshot import Outcome, Snapshot, SnapshotKind, name_key
from bot.core.subscriptions import Heard, News


def changed(before: Holdings, seen: Holdings) -> dict[SnapshotId, Heard]:
    """Return which snapshots can be used or have failed since the look *before*, and which are gone.

    One that was still being made when it was seen is not called gone: a list may be slow to show what is new. Nor is
    one that its cluster's schedule made: that comes and goes.
    """
    known = {s.id: s for s in before.snapshots}
    found: dict[SnapshotId, Heard] = {}
    for snapshot in seen.snapshots:
        was = known.pop(snapshot.id, None)
        if was is not None and was.outcome is snapshot.outcome:
            continue
        if snapshot.outcome is Outcome.AVAILABLE:
            found[snapshot.id] = Heard.MADE
        elif snapshot.outcome is Outcome.FAILED:
            found[snapshot.id] = Heard.FAILED
    for gone in known.values():
        if gone.outcome is not Outcome.PENDING and gone.kind is not SnapshotKind.AUTOMATED:
            found[gone.id] = Heard.DELETED
    return found


def outside_news(
    cloud: CloudName,
    before: Holdings,
    seen: Holdings,
    *,
    asked: Mapping[SnapshotId, SnapshotRequest],
    running: Collection[SnapshotRequest],
) -> list[News]:
    """Return what is to be told of what is `changed` in *cloud*: the end of a request is told by the request itself.

    *asked* are the requests that these snapshots came of; *running* those of which the cloud was asked for one, whose
    id may not be known yet: a snapshot of such a name isn't somebody else's until that is settled. What one of
    them deletes is told by that.
    """
    there = [request for request in running if request.cluster.cloud == cloud]
    ours = {name_key(request.name) for request in there if request.kind is Kind.CREATE}
    deleted = {request.snapshot_id for request in there if request.kind is Kind.DELETE}
    snapshots = {s.id: s for s in (*before.snapshots, *seen.snapshots)}
    news = []
    for snapshot_id, event in changed(before, seen).items():
        snapshot, request = snapshots[snapshot_id], asked.get(snapshot_id)
        if request is None and name_key(snapshot.name) in ours:
            continue
        if event is Heard.DELETED and snapshot_id in deleted:
            continue
        if request is not None and (event is Heard.MADE or request.state is not State.AVAILABLE):
            continue
        news.append(_news(cloud, snapshot, event, request, before, seen))
    return sorted(news, key=lambda one: (one.cluster.name, one.name))


def _news(
    cloud: CloudName,
    snapshot: Snapshot,
    event: Heard,
    request: SnapshotRequest | None,
    before: Holdings,
    seen: Holdings,
) -> News:
    known = seen.clusters.get(snapshot.cluster_id) or before.clusters.get(snapshot.cluster_id)
    name = known.name if known else request.cluster_name if request else snapshot.cluster_id
    return News(
        event=event,
        cluster=NamedCluster(ClusterRef(cloud, snapshot.cluster_id), name),
        name=snapshot.name,
        at=seen.at,
        snapshot=snapshot.id,
        request=request.id if request else None,
        requester=request.requester if request else None,
        outside=True,
        automatic=snapshot.kind is SnapshotKind.AUTOMATED,
    )
