"""How a cluster is, and what its last snapshot was, in mrkdwn."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from bot.core.age import Age
from bot.core.snapshot import Cluster, ClusterState, Snapshot
from bot.slack.drawing import mrkdwn
from bot.slack.drawing.wording import marked
from bot.words import duration, size, text

_LIGHTS: Final = {ClusterState.READY: "🟢", ClusterState.BUSY: "🟡", ClusterState.BLOCKED: "🔴"}
_OLD_LIGHT: Final = "⚪"


def cluster_state(cluster: Cluster, age: Age) -> str:
    """Return a light and the situation in words: "🟢 Available"; the light is out where that is old."""
    how = marked(cluster.situation)
    light = _OLD_LIGHT if age.is_old else _LIGHTS[cluster.state]
    return f"{light} {how[:1].upper()}{how[1:]}"


def last_snapshot(snapshot: Snapshot | None, age: Age, now: datetime | None = None) -> str:
    """Return when the newest snapshot started, its size, and how long it took; *now* gives "3 h ago", not a date."""
    if age.seen_at is None:
        return text("not-known")
    if snapshot is None or snapshot.started is None:
        return text("none-yet")
    parts = [text("ago", length=duration(now - snapshot.started)) if now else mrkdwn.when(snapshot.started)]
    if snapshot.size_gb:
        parts.append(size(snapshot.size_gb))
    if snapshot.finished is not None and snapshot.finished > snapshot.started:
        parts.append(text("took", length=duration(snapshot.finished - snapshot.started)))
    return ", ".join(parts)
