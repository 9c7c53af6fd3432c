"""The API's own rules for names, descriptions, clusters and snapshots."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId
from bot.core.snapshot import (
    Cluster,
    ClusterState,
    Outcome,
    Snapshot,
    check_description,
    check_name,
    is_ours,
    latest,
    name_key,
    named,
    namesakes,
    percent,
    suggest_name,
)

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
REF = ClusterRef(CloudName("prod"), ClusterId("11111111-2222-4333-8444-555555555555"))


def a_cluster(**facts):
    return Cluster(ref=REF, name="dwh-prod", **({"status": "AVAILABLE"} | facts))


def a_snapshot(**facts):
    defaults = {"id": SnapshotId("s1"), "name": "nightly-1", "cluster_id": REF.id, "status": "AVAILABLE"}
    return Snapshot(**(defaults | facts))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "A name is needed"),
        ("abc", "Too short: 3 characters, at least 4."),
        ("a" * 65, "Too long: 65 characters, at most 64."),
        ("1abc", "Starts with a digit; the first character must be a letter."),
        ("-abc", "Starts with `-`; the first character must be a letter."),
        ("nächtlich", "`ä` isn't allowed: letters a–z, digits, - and _."),
        ("my name", "A space isn't allowed"),
        ("abc\u202edef", "An invisible character (right-to-left override) isn't allowed"),
        ("abcd\n", "An invisible character isn't allowed"),
        ("12", "Starts with a digit"),
    ],
)
def test_a_bad_name_is_refused_with_the_rule_it_breaks(name, words):
    """Each rule has its own words, so that the person knows what to change."""
    assert words in (check_name(name) or "")


@pytest.mark.parametrize("name", ["abcd", "A-_9", "a" * 64, "Nightly-1"])
def test_a_good_name_passes(name):
    """The shortest, the longest and the ordinary are fine."""
    assert check_name(name) is None


@given(st.text(max_size=80))
def test_names_are_accepted_exactly_by_the_documented_pattern(name):
    """check_name and the API's pattern agree on every text."""
    assert (check_name(name) is None) == (re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{3,63}", name) is not None)


@given(st.text(max_size=300))
def test_descriptions_are_accepted_exactly_by_the_documented_rule(text):
    """At most 256 characters and none of the seven forbidden ones."""
    good = len(text) <= 256 and not set(text) & set("!<>'=&\"")
    assert (check_description(text) is None) == good


@pytest.mark.parametrize("character", "!<>'=&\"")
def test_each_forbidden_character_is_named(character):
    """The text says which character it is."""
    assert check_description(f"a{character}b") == f"`{character}` isn't allowed in descriptions."


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("before\u2011migration", "`\u2011` (non-breaking hyphen) isn't allowed: letters a–z, digits, - and _."),
        ("before—migration", "`—` (em dash) isn't allowed: letters a–z, digits, - and _."),
        ("before−migration", "`−` (minus sign) isn't allowed: letters a–z, digits, - and _."),
        ("\u0430bcd", "`\u0430` (cyrillic small letter a) isn't allowed: letters a–z, digits, - and _."),
        ("café", "`é` isn't allowed: letters a–z, digits, - and _."),
        ("a.bcd", "`.` isn't allowed: letters a–z, digits, - and _."),
        ("night ly", "A space isn't allowed: letters a–z, digits, - and _."),
        ("night\u00a0ly", "An invisible character (no-break space) isn't allowed: letters a–z, digits, - and _."),
        ("night\u200bly", "An invisible character (zero width space) isn't allowed: letters a–z, digits, - and _."),
        ("night\tly", "An invisible character isn't allowed: letters a–z, digits, - and _."),
        (" \u00a0 ", "There are only blanks in it: type a name, or clear the field."),
        ("x", "Too short: 1 character, at least 4."),
        ("abc", "Too short: 3 characters, at least 4."),
        ("x" * 65, "Too long: 65 characters, at most 64."),
    ],
)
def test_what_is_wrong_with_a_name_is_said_so_that_it_is_found(name, words):
    """What a phone or a document makes of a hyphen looks like one: such a character is called by its name."""
    assert check_name(name) == words


def test_half_a_character_is_refused_in_names():
    """JSON can carry a lone surrogate, UTF-8 can't: better an error at the field than one in the database."""
    assert check_name("abc\ud800d") is not None


def test_a_long_description_says_how_long_it_is():
    """257 characters are one too many."""
    assert check_description("x" * 257) == "Too long: 257 characters, at most 256."


@given(st.text(max_size=100))
def test_a_suggested_name_is_always_valid(cluster_name):
    """Whatever the cluster is called, the suggestion can be sent as it is."""
    assert check_name(suggest_name(cluster_name, NOW)) is None


def test_a_suggested_name_says_cluster_and_second():
    """It sorts by time and needs no thinking; UTC, whatever zone the moment is in."""
    moment = datetime(2026, 11, 23, 15, 5, 12, tzinfo=timezone(timedelta(hours=1)))
    assert suggest_name("dwh-prod", moment) == "dwh-prod-20261123-140512"


def test_names_ignore_case():
    """DWS takes Nightly-1 and nightly-1 for the same name."""
    assert name_key("Nightly-1") == name_key("NIGHTLY-1")
    assert named([a_snapshot(name="Nightly-1")], "nightly-1") is not None
    assert named([a_snapshot(name="Nightly-1")], "nightly-2") is None


@pytest.mark.parametrize(
    ("facts", "state", "situation"),
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
        ({"status": "NEVER_HEARD_OF"}, ClusterState.BLOCKED, "never heard of"),
        ({"status": ""}, ClusterState.BLOCKED, "in an unknown state"),
        ({"task_status": "SNAPSHOTTING"}, ClusterState.BUSY, "busy (a snapshot is running)"),
        ({"progress": {"GROWING": "5%"}}, ClusterState.BUSY, "busy (it is being scaled out)"),
        ({"task_status": "ELB_BINDING"}, ClusterState.BUSY, "busy (ELB_BINDING is running)"),
        ({"task_status": "SNAPSHOTTING_FAILED"}, ClusterState.READY, "available"),
        ({"task_status": "REBOOT_FAILURE"}, ClusterState.READY, "available"),
    ],
)
def test_a_cluster_is_ready_busy_or_blocked(facts, state, situation):
    """Both vocabularies of the cloud map to three answers, and to words for people."""
    cluster = a_cluster(**facts)
    assert (cluster.state, cluster.situation) == (state, situation)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("16%", 16), ("100.00%", 100), (" 7 % ", 7), ("", None), ("soon", None), ("250%", 100), ("-3%", None)],
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
    assert a_snapshot(status=status).outcome is outcome


def test_the_latest_snapshot_is_the_usable_one_that_started_last():
    """Failed ones, running ones and other clusters' don't count."""
    old = a_snapshot(id=SnapshotId("old"), started=NOW - timedelta(days=2))
    new = a_snapshot(id=SnapshotId("new"), started=NOW - timedelta(hours=3))
    failed = a_snapshot(id=SnapshotId("failed"), started=NOW, status="UNAVAILABLE")
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
    fitting = {"name": "before-42", "description": "OPS-42", "started": NOW, "status": "CREATING"}
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
