"""Clusters and snapshots as core sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId
from bot.core.snapshot import (
    Outcome,
    Snapshot,
    is_ours,
    latest,
    name_key,
    named,
    namesakes,
)

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
REF = ClusterRef(CloudName("prod"), ClusterId("11111111-2222-4333-8444-555555555555"))


def a_snapshot(**facts):
    defaults = {"id": SnapshotId("s1"), "name": "nightly-1", "cluster_id": REF.id, "outcome": Outcome.AVAILABLE}
    return Snapshot(**(defaults | facts))


def test_names_ignore_case():
    """A cloud takes Nightly-1 and nightly-1 for the same name."""
    assert name_key("Nightly-1") == name_key("NIGHTLY-1")
    assert named([a_snapshot(name="Nightly-1")], "nightly-1") is not None
    assert named([a_snapshot(name="Nightly-1")], "nightly-2") is None


def test_the_latest_snapshot_is_the_usable_one_that_started_last():
    """Failed ones, running ones and other clusters' don't count."""
    old = a_snapshot(id=SnapshotId("old"), started=NOW - timedelta(days=2))
    new = a_snapshot(id=SnapshotId("new"), started=NOW - timedelta(hours=3))
    failed = a_snapshot(id=SnapshotId("failed"), started=NOW, outcome=Outcome.FAILED)
    foreign = a_snapshot(id=SnapshotId("foreign"), started=NOW, cluster_id=ClusterId("other"))
    assert latest([old, new, failed, foreign], REF.id) == new
    assert latest([failed, foreign], REF.id) is None


@pytest.mark.parametrize(
    ("facts", "ours"),
    [
        ({}, True),
        ({"name": "BEFORE-42"}, False),
        ({"started": NOW - timedelta(seconds=2)}, True),
        ({"started": NOW - timedelta(seconds=3)}, False),
        ({"started": datetime.max.replace(tzinfo=UTC)}, True),
        ({"started": datetime.min.replace(tzinfo=UTC)}, False),
        ({"started": None}, True),
        ({"description": "other"}, False),
        ({"description": "ops-42"}, False),
        ({"description": ""}, False),
        ({"description": " OPS-42\r\n"}, True),
        ({"cluster_id": ClusterId("other")}, False),
        ({"name": "before-43"}, False),
    ],
)
def test_a_snapshot_is_adopted_only_if_everything_fits(facts, ours):
    """Cluster, name in its case, description, and a start no earlier than the look before our attempt."""
    fitting = {"name": "before-42", "description": "OPS-42", "started": NOW, "outcome": Outcome.PENDING}
    found = is_ours(
        a_snapshot(**(fitting | facts)),
        cluster=REF.id,
        name="before-42",
        description="OPS-42",
        listed_at=NOW,
    )
    assert found is ours


def test_no_clock_to_compare_with_does_not_speak_against_a_snapshot():
    """A cloud that never says what time it has: cluster, name and description decide."""
    old = a_snapshot(name="before-42", description="OPS-42", started=NOW - timedelta(days=1))
    assert is_ours(old, cluster=REF.id, name="before-42", description="OPS-42", listed_at=None)


def test_all_duplicates_of_a_name_are_found():
    """A cloud that minds case may hold several; the first of them is the one that `named` tells."""
    both = [a_snapshot(name="Nightly"), a_snapshot(name="other"), a_snapshot(name="nightly")]
    assert namesakes(both, "NIGHTLY") == [both[0], both[2]]
    assert named(both, "NIGHTLY") == both[0]
    assert namesakes(both, "else") == []


def test_a_cluster_reference_survives_being_written_and_read():
    """`cloud/id` is what option values and logs carry."""
    assert ClusterRef.parse(str(REF)) == REF
    for text in ("", "prod", "prod/", "/id"):
        with pytest.raises(ValueError, match="is not cloud/cluster-id"):
            ClusterRef.parse(text)
