"""A request as core knows it, for tests that need no store."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.approval import ApprovalRule
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, Principal, RequestId, TeamId
from bot.core.request import SnapshotRequest

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


def a_request(**facts: Any) -> SnapshotRequest:
    """Return a request that waits for one approval since NOW; *facts* are what is different."""
    defaults: dict[str, Any] = {
        "id": RequestId("R-7K3F"),
        "team": TeamId("T1"),
        "owner": Principal("U0ANA"),
        "cluster": ClusterRef(CloudName("prod"), ClusterId("c1")),
        "cluster_name": "dwh-prod",
        "name": "before-42",
        "description": "",
        "channel": ChannelId("C1"),
        "rule": ApprovalRule(1),
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + timedelta(hours=8),
    }
    return SnapshotRequest(**(defaults | facts))
