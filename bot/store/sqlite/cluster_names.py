"""What clusters were called when somebody was told of it last."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from bot.core.ids import CloudName, ClusterId


def get(connection: sqlite3.Connection, cloud: CloudName) -> dict[ClusterId, str]:
    """Return the names of the clusters of *cloud*, also of those that are gone."""
    found = connection.execute("SELECT cluster, name FROM cluster_names WHERE cloud = ?", (cloud,))
    return {ClusterId(cluster): name for cluster, name in found.fetchall()}


def put(connection: sqlite3.Connection, cloud: CloudName, names: Mapping[ClusterId, str]) -> list[ClusterId]:
    """Keep *names*; return the clusters that were called something else before."""
    before = get(connection, cloud)
    connection.executemany(
        "INSERT INTO cluster_names (cloud, cluster, name) VALUES (?, ?, ?) "
        "ON CONFLICT (cloud, cluster) DO UPDATE SET name = excluded.name",
        [(cloud, cluster, name) for cluster, name in names.items()],
    )
    return [cluster for cluster, name in names.items() if before.get(cluster, name) != name]
