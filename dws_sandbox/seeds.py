"""What the simulated project holds at the start: clusters in every state that matters, and some snapshots."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from dws_sandbox.model import SimCluster, SimSnapshot

DWH_PROD: Final = "11111111-2222-4333-8444-555555555555"
DWH_DEV: Final = "22222222-3333-4444-8555-666666666666"
DWH_STAGE: Final = "33333333-4444-4555-8666-777777777777"
DWH_ARCHIVE: Final = "44444444-5555-4666-8777-888888888888"
DWH_NEW: Final = "55555555-6666-4777-8888-999999999999"
DWH_ANALYTICS: Final = "66666666-7777-4888-8999-aaaaaaaaaaaa"
DWH_LEGACY: Final = "77777777-8888-4999-8aaa-bbbbbbbbbbbb"


def seed_clusters(now: datetime) -> list[SimCluster]:
    """Return the clusters: three that work, one read-only, one being created, one being scaled out, one frozen."""

    def ago(days: float) -> datetime:
        return now - timedelta(days=days)

    return [
        SimCluster(DWH_PROD, "dwh-prod", "8.2.0", 42.7, ago(310), nodes=6, disk_gb=200, tags={"env": "prod"}),
        SimCluster(DWH_DEV, "dwh-dev", "8.3.0.109", 6.2, ago(120), tags={"env": "dev"}),
        SimCluster(DWH_STAGE, "dwh-stage", "8.1.3.336", 18.4, ago(200), tags={"env": "stage"}),
        SimCluster(DWH_ARCHIVE, "dwh-archive", "8.2.0", 96.1, ago(700), sub_status="READONLY"),
        SimCluster(DWH_NEW, "dwh-new", "8.3.0.109", 0.4, ago(0.01), "CREATING", None, "CREATING", task_progress="42%"),
        SimCluster(DWH_ANALYTICS, "dwh-analytics", "8.2.1.230", 61.0, ago(90), task="GROWING", task_progress="30%"),
        SimCluster(DWH_LEGACY, "dwh-legacy", "8.1.1.205", 12.9, ago(900), "FROZEN", None),
    ]


def seed_snapshots(now: datetime) -> list[SimSnapshot]:
    """Return what was made before *now*: automated ones every 8 hours, and a few that somebody asked for."""
    now = now.replace(microsecond=0)

    def made(name: str, cluster: str, hours: float, gb: float, **more: str) -> SimSnapshot:
        started = now - timedelta(hours=hours)
        identity = str(uuid.uuid5(uuid.UUID(cluster), name))
        snapshot = SimSnapshot(identity, name, cluster, started, seconds=60 + 3 * gb, gb=gb)
        for field, value in more.items():
            setattr(snapshot, field, value)
        return snapshot

    full = made("auto-full-1", DWH_PROD, 51, 42.1, kind="AUTO")
    increments = [
        made(f"auto-inc-{n}", DWH_PROD, hours, gb, kind="AUTO", base_key=full.key)
        for n, hours, gb in [(1, 43, 1.8), (2, 35, 2.2), (3, 27, 0.9), (4, 19, 2.6), (5, 11, 1.1), (6, 3.2, 1.4)]
    ]
    return [
        full,
        *increments,
        made("Nightly-1", DWH_PROD, 76, 41.9, description="kept by the DBAs"),
        made("before-migration-41", DWH_PROD, 170, 40.6, description="OPS-41"),
        made("release-7", DWH_PROD, 3, 42.7),
        made("broken-one", DWH_PROD, 172, 0.0, outcome="UNAVAILABLE"),
        made("dev-baseline", DWH_DEV, 400, 5.9, description="fresh test data"),
        made("archive-2025", DWH_ARCHIVE, 5000, 95.8),
    ]
