"""The transition table: every state with every event."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from bot.core.errors import IllegalTransition
from bot.core.events import (
    EVENTS,
    Accepted,
    AnswerLost,
    Approved,
    AttemptStarted,
    Declined,
    Expired,
    Failed,
    Finished,
    Held,
    Hold,
    Progressed,
    Refused,
    Withdrawn,
)
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, RequestId, SnapshotId, TeamId, UserId
from bot.core.lifecycle import TRANSITIONS, Step, apply, begin, diagram, next_step
from bot.core.request import FINAL, OPEN, SnapshotRequest, State

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
BEN = UserId("U0BEN")

SAMPLES = [
    Approved(at=LATER, decided_by=BEN, decided_at=LATER),
    Declined(at=LATER, decided_by=BEN, decided_at=LATER, words="not tonight"),
    Withdrawn(at=LATER, decided_by=BEN, decided_at=LATER),
    Expired(at=LATER, decided_at=LATER),
    Held(at=LATER, hold=Hold.BUSY, problem="a snapshot is running"),
    AttemptStarted(at=LATER, attempted_at=LATER, sent_at=LATER, attempts=1),
    AnswerLost(at=LATER, hold=Hold.CLOUD, problem="timeout"),
    Refused(at=LATER, hold=Hold.LOGIN, problem="401"),
    Accepted(at=LATER, snapshot_id=SnapshotId("s1"), accepted_at=LATER),
    Progressed(at=LATER, percent=42),
    Finished(at=LATER, finished_at=LATER, started_at=NOW, size_gb=42.7),
    Failed(at=LATER, problem="no", advice="ask again", finished_at=LATER),
]


def a_request(**facts):
    defaults = {
        "id": RequestId("R-7K3F"),
        "team": TeamId("T1"),
        "requester": UserId("U0ANA"),
        "cluster": ClusterRef(CloudName("prod"), ClusterId("c1")),
        "cluster_name": "dwh-prod",
        "name": "before-42",
        "description": "",
        "channel": ChannelId("C1"),
        "need": 1,
        "created_at": NOW,
        "updated_at": NOW,
        "expires_at": NOW + timedelta(hours=8),
    }
    return SnapshotRequest(**(defaults | facts))


def test_there_is_a_sample_of_every_event():
    """A new event can't be forgotten by the tests below."""
    assert tuple(type(e) for e in SAMPLES) == EVENTS


@pytest.mark.parametrize(
    ("state", "event"), list(product(State, SAMPLES)), ids=lambda v: getattr(v, "value", type(v).__name__)
)
def test_every_state_and_event_is_in_the_table_or_refused(state, event):
    """What the table allows lands in its state, one version on; anything else raises and changes nothing."""
    request = a_request(state=state)
    expected = TRANSITIONS.get((state, type(event)))
    if expected is None:
        with pytest.raises(IllegalTransition):
            apply(request, event)
        return
    after = apply(request, event)
    assert (after.state, after.version, after.updated_at) == (expected, request.version + 1, LATER)
    for field in fields(event):
        if field.name != "at":
            assert getattr(after, field.name) == getattr(event, field.name)


def test_nothing_leaves_a_final_state():
    """Done is done."""
    assert not {state for state, _ in TRANSITIONS} & FINAL
    assert set(State) == OPEN | FINAL


def test_a_snapshot_is_available_only_by_the_clouds_word():
    """Nothing but Finished leads to AVAILABLE, and only from CREATING."""
    assert [row for row, after in TRANSITIONS.items() if after is State.AVAILABLE] == [(State.CREATING, Finished)]


def test_every_state_is_reachable():
    """No state is in the table in vain."""
    assert set(TRANSITIONS.values()) | {State.WAITING} == set(State)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.WAITING, Step.EXPIRE),
        (State.APPROVED, Step.CREATE),
        (State.SUBMITTING, Step.SETTLE),
        (State.CREATING, Step.POLL),
        *((state, Step.NOTHING) for state in sorted(FINAL)),
    ],
)
def test_a_restart_owes_each_state_its_step(state, step):
    """After a crash in SUBMITTING we look before we POST again."""
    assert next_step(state) is step


def test_a_request_that_needs_no_approval_starts_approved():
    """Otherwise it waits."""
    assert begin(a_request(need=0)).state is State.APPROVED
    assert begin(a_request(need=1)).state is State.WAITING


def test_the_time_taken_is_never_negative():
    """The cloud's documentation itself shows a snapshot that finished before it started."""
    assert a_request(started_at=LATER, finished_at=NOW).took == timedelta(0)
    assert a_request(started_at=NOW, finished_at=LATER).took == timedelta(minutes=1)
    assert a_request(accepted_at=NOW, finished_at=LATER).took == timedelta(minutes=1)
    assert a_request().took is None


def test_the_diagram_shows_every_transition():
    """The README's picture is drawn from the table."""
    drawn = diagram()
    assert all(f"{before} --> {after}: {event.__name__}" in drawn for (before, event), after in TRANSITIONS.items())


def test_an_event_keeps_what_it_does_not_speak_of():
    """Only the fields of the event change."""
    before = a_request(state=State.CREATING, percent=10, description="x")
    after = apply(before, Progressed(at=LATER, percent=20))
    assert after == replace(before, percent=20, version=2, updated_at=LATER)
