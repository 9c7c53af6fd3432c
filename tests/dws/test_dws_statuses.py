"""What DWS's words for clusters and snapshots mean."""

from __future__ import annotations

import pytest

from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId
from bot.core.snapshot import ClusterState, Outcome
from bot.dws.statuses import cluster_of, percent, snapshot_of
from bot.words import worded

REF = ClusterRef(CloudName("prod"), ClusterId("11111111-2222-4333-8444-555555555555"))


def a_cluster(**facts):
    return cluster_of(REF, "dwh-prod", **({"status": "AVAILABLE"} | facts))


@pytest.mark.parametrize(
    ("facts", "state", "words"),
    [
        ({}, ClusterState.READY, "available"),
        ({"status": "ACTIVE"}, ClusterState.READY, "available"),
        ({"sub_statuses": ("NORMAL",)}, ClusterState.READY, "available"),
        ({"sub_statuses": ("UNBALANCED",)}, ClusterState.READY, "available"),
        ({"sub_statuses": ("READONLY",), "version": "8.2.0"}, ClusterState.BLOCKED, "read-only"),
        ({"sub_statuses": ("READONLY",), "version": "8.1.3.100"}, ClusterState.READY, "available"),
        ({"sub_statuses": ("UNBALANCED", "READONLY"), "version": "8.2.0"}, ClusterState.BLOCKED, "read-only"),
        ({"sub_statuses": ("REDISTRIBUTING",)}, ClusterState.BLOCKED, "redistributing its data"),
        ({"status": "CREATING"}, ClusterState.BLOCKED, "still being created"),
        ({"status": "CREATION FAILED"}, ClusterState.BLOCKED, "not created: its creation failed"),
        ({"status": "DELETED"}, ClusterState.BLOCKED, "deleted"),
        # nobody documented these: the cloud may refuse, the bot doesn't
        ({"status": "NEVER_HEARD_OF"}, ClusterState.READY, "available"),
        ({"status": ""}, ClusterState.READY, "available"),
        ({"sub_statuses": ("NEVER_HEARD_OF",)}, ClusterState.READY, "available"),
        ({"sub_statuses": ("NEVER_HEARD_OF", "READONLY"), "version": "8.2.0"}, ClusterState.BLOCKED, "read-only"),
        ({"task_status": "SOMETHING_NEW"}, ClusterState.READY, "available"),
        ({"task_status": "WAITING_REDISTRIBUTION"}, ClusterState.READY, "available"),
        ({"task_status": "REDISTRIBUTION_PAUSED"}, ClusterState.READY, "available"),
        ({"task_status": "WAITING_FOR_PARTS"}, ClusterState.READY, "available"),
        (
            {"task_status": "SOMETHING_NEW", "progress": {"GROWING": "5%"}},
            ClusterState.BUSY,
            "busy (it is being scaled out)",
        ),
        ({"task_status": "SNAPSHOTTING"}, ClusterState.BUSY, "busy (a snapshot is running)"),
        ({"progress": {"GROWING": "5%"}}, ClusterState.BUSY, "busy (it is being scaled out)"),
        ({"task_status": "ELB_BINDING"}, ClusterState.BUSY, "busy (ELB_BINDING is running)"),
        ({"task_status": "SNAPSHOTTING_FAILED"}, ClusterState.READY, "available"),
        ({"task_status": "REBOOT_FAILURE"}, ClusterState.READY, "available"),
    ],
)
def test_a_cluster_is_ready_busy_or_blocked(facts, state, words):
    """Both vocabularies of the cloud map to three answers, and to words for people."""
    cluster = a_cluster(**facts)
    assert (cluster.state, worded(cluster.situation)) == (state, words)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("16%", 16),
        ("100.00%", 100),
        (" 7 % ", 7),
        ("16", 16),
        ("16.0", 16),
        ("", None),
        ("soon", None),
        ("250%", 100),
        ("-3%", None),
    ],
)
def test_progress_is_read_in_every_spelling(text, expected):
    """What isn't a percentage is unknown, not zero."""
    assert percent(text) == expected
    assert a_cluster(progress={"SNAPSHOTTING": text}).percent == expected


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("AVAILABLE", Outcome.AVAILABLE),
        ("UNAVAILABLE", Outcome.FAILED),
        ("CREATING", Outcome.PENDING),
        ("RESTORING", Outcome.PENDING),
        ("FROZEN", Outcome.PENDING),
        ("", Outcome.PENDING),
        ("BRAND_NEW", Outcome.PENDING),
    ],
)
def test_an_unknown_status_is_pending(status, outcome):
    """Only AVAILABLE is done, and only UNAVAILABLE failed."""
    assert snapshot_of(SnapshotId("s1"), "nightly-1", REF.id, status=status).outcome is outcome


@pytest.mark.parametrize(("status", "running"), [("CREATING", True), ("RESTORING", False), ("AVAILABLE", False)])
def test_a_snapshot_that_is_being_created_holds_its_cluster(status, running):
    """What is pending for another reason doesn't."""
    assert snapshot_of(SnapshotId("s1"), "nightly-1", REF.id, status=status).is_running is running
