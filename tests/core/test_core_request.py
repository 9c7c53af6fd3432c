"""The transition table: every state with every event."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest

from bot.core.approval import ApprovalRule, Vote
from bot.core.asked import Asked
from bot.core.errors import IllegalTransition
from bot.core.events import (
    Accepted,
    AnswerLost,
    Approved,
    ApproversAsked,
    AttemptStarted,
    Changed,
    Declined,
    Deleted,
    DeletionTaken,
    Escalated,
    Expired,
    Failed,
    Finished,
    FoundAgain,
    GlassBroken,
    Held,
    Hold,
    Joined,
    KeptLonger,
    Left,
    LookedBack,
    Progressed,
    Recounted,
    Refused,
    Reminded,
    ReturnedToWait,
    RuleChanged,
    SnapshotGone,
    StartMoved,
    TermEnded,
    Withdrawn,
)
from bot.core.glass import BreakGlass
from bot.core.ids import SnapshotId, UserId
from bot.core.joiner import Joiner
from bot.core.keep import Keep
from bot.core.lifecycle import LIFECYCLES, Step, apply, begin, diagram, next_step
from bot.core.message import OPERATOR, RESULT, MessageKind, Owed, owed_by
from bot.core.request import FINAL, OPEN, Kind, State
from bot.core.restored import Recovery
from bot.core.revision import RequestPart, Revision
from bot.core.start import Start
from bot.core.why import Code, Why
from tests.harness.facts import NOW, a_request

LATER = NOW + timedelta(minutes=1)
ANA = a_request().requester
BEN, CLEO = UserId("U0BEN"), UserId("U0CLEO")
CHANGE = Revision(1, ANA, LATER, (RequestPart.DESCRIPTION,))
START = Start(datetime.fromisoformat("2027-01-01T02:00"), "UTC", datetime(2027, 1, 1, 2, tzinfo=UTC))
CHANGED: dict[str, Any] = {
    "name": "nightly-2",
    "start": START,
    "expires_at": START.at,
    "revised": CHANGE,
    "asked": Asked(((BEN,), ()), at=LATER),
}
TRANSITIONS = LIFECYCLES[Kind.CREATE].transitions
TABLES = {kind: life.transitions for kind, life in LIFECYCLES.items()}

SAMPLES = [
    Approved(at=LATER, decided_by=BEN, decided_at=LATER),
    GlassBroken(at=LATER, glass=BreakGlass(BEN, LATER, "now"), decided_by=BEN, decided_at=LATER),
    Declined(at=LATER, decided_by=BEN, decided_at=LATER, words="not tonight"),
    Withdrawn(at=LATER, decided_by=ANA, decided_at=LATER),
    Changed(at=LATER, description="for OPS-43", **CHANGED),
    ReturnedToWait(at=LATER, description="", **CHANGED),
    StartMoved(at=LATER, name="nightly-2", start=START, revised=CHANGE, hold=Hold.HOURS, why=START.why),
    Joined(at=LATER, joined=(Joiner(CLEO, LATER),), counted=((BEN,),), votes=(Vote(BEN, True, NOW),)),
    Left(at=LATER, joined=()),
    Expired(at=LATER, decided_at=LATER),
    RuleChanged(at=LATER, rule=ApprovalRule.of(2), counted=((BEN,),), rule_set_by="cli:op", rule_set_at=LATER),
    Escalated(at=LATER, escalated=1),
    Recounted(at=LATER, counted=((BEN,),)),
    ApproversAsked(at=LATER, asked=Asked(((BEN,),), at=LATER)),
    Reminded(at=LATER, asked=Asked(((BEN,),), at=NOW, reminders=1, reminded_at=LATER)),
    Held(at=LATER, hold=Hold.BUSY, why=Why(Code.BUSY, {"obstacle": "snapshot"})),
    AttemptStarted(at=LATER, attempted_at=LATER, sent_at=LATER, attempts=1),
    AnswerLost(at=LATER, hold=Hold.CLOUD, why=Why(Code.NO_ANSWER_YET)),
    Refused(at=LATER, hold=Hold.LOGIN, why=Why(Code.LOGIN_REFUSED)),
    Accepted(at=LATER, snapshot_id=SnapshotId("s1"), accepted_at=LATER),
    FoundAgain(at=LATER, snapshot_id=SnapshotId("s1"), accepted_at=LATER),
    LookedBack(at=LATER, recovery=Recovery.NOT_FOUND),
    Progressed(at=LATER, percent=42),
    Finished(at=LATER, finished_at=LATER, started_at=NOW, size_gb=42.7, keep=Keep()),
    Failed(at=LATER, why=Why(Code.SNAPSHOT_GONE), finished_at=LATER),
    DeletionTaken(at=LATER, accepted_at=LATER, cloud_request_id="r1"),
    Deleted(at=LATER, finished_at=LATER),
    TermEnded(at=LATER, keep=Keep(30, LATER, terms=1, told=1)),
    KeptLonger(at=LATER, keep=Keep(30, LATER, terms=2, told=1, by=BEN, at=NOW)),
    SnapshotGone(at=LATER, keep=Keep(30, LATER, terms=1, gone_at=LATER)),
]
OF_THE_TERM = (TermEnded, KeptLonger, SnapshotGone)


def test_there_is_a_sample_of_every_event():
    """A new event can't be forgotten by the tests below."""
    assert {type(e) for e in SAMPLES} == {event for table in TABLES.values() for _, event in table}


@pytest.mark.parametrize(
    ("kind", "state", "event"),
    list(product(Kind, State, SAMPLES)),
    ids=lambda v: getattr(v, "value", type(v).__name__),
)
def test_every_state_and_event_is_in_the_table_or_refused(kind, state, event):
    """What the table allows lands in its state, one version on; anything else raises and changes nothing."""
    request = a_request(state=state, kind=kind)
    expected = TABLES[kind].get((state, type(event)))
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
    """Done is done; how long an available snapshot is kept changes nothing of that."""
    assert not {state for state, event in TRANSITIONS if event not in OF_THE_TERM} & FINAL
    assert {(state, after) for (state, event), after in TRANSITIONS.items() if event in OF_THE_TERM} == {
        (State.AVAILABLE, State.AVAILABLE)
    }
    assert set(State) == OPEN | FINAL


def test_a_snapshot_is_available_only_by_the_clouds_word():
    """Nothing but Finished leads to AVAILABLE, and only from CREATING."""
    leads = [row for row, after in TRANSITIONS.items() if after is State.AVAILABLE and row[1] not in OF_THE_TERM]
    assert leads == [(State.CREATING, Finished)]


def test_every_state_is_reachable():
    """No state is in the table in vain."""
    assert {state for table in TABLES.values() for state in table.values()} == set(State)


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.WAITING, Step.AWAIT),
        (State.APPROVED, Step.CREATE),
        (State.SUBMITTING, Step.SETTLE),
        (State.CREATING, Step.POLL),
        *((state, Step.NOTHING) for state in sorted(FINAL)),
    ],
)
def test_a_restart_owes_each_state_its_step(state, step):
    """After a crash in SUBMITTING we look before we POST again."""
    assert next_step(a_request(state=state)) is step


@pytest.mark.parametrize(
    ("keep", "step"),
    [
        (Keep(30, LATER, terms=1), Step.TERM),
        (Keep(30, LATER, terms=1, told=1), Step.NOTHING),
        (Keep(30, LATER, terms=2, told=1), Step.TERM),
        (Keep(30, LATER, terms=1, gone_at=LATER), Step.NOTHING),
        (Keep(0, None, terms=1, told=1), Step.NOTHING),
    ],
)
def test_a_term_that_runs_is_a_step(keep, step):
    """Until somebody was told of its end; a snapshot that is gone, or kept for good, owes nothing."""
    assert next_step(a_request(state=State.AVAILABLE, keep=keep)) is step
    assert next_step(a_request(state=State.FAILED, keep=keep)) is Step.NOTHING


def test_a_request_that_needs_no_approval_starts_approved():
    """Otherwise it waits."""
    assert begin(a_request(rule=ApprovalRule.of(0))).state is State.APPROVED
    assert begin(a_request(rule=ApprovalRule.of(1))).state is State.WAITING


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


@pytest.mark.parametrize(
    ("state", "step"),
    [
        (State.WAITING, Step.AWAIT),
        (State.APPROVED, Step.DELETE),
        (State.SUBMITTING, Step.SETTLE_DELETION),
        (State.DELETED, Step.NOTE_GONE),
        *((state, Step.NOTHING) for state in sorted(FINAL - {State.DELETED})),
    ],
)
def test_a_restart_owes_a_deletion_its_step(state, step):
    """After a crash in SUBMITTING we look whether it is gone before we call again."""
    assert next_step(a_request(state=state, kind=Kind.DELETE)) is step


def test_nothing_is_deleted_in_an_emergency():
    """There is no way around the approvals, and none back once it is gone."""
    table = TABLES[Kind.DELETE]
    assert GlassBroken not in {event for _, event in table}
    assert State.DELETED not in {state for state, _ in table}


def test_every_kind_of_request_has_its_lifecycle():
    """A kind without a table could be asked for and would never end."""
    assert set(LIFECYCLES) == set(Kind)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("kind", Kind)
def test_what_the_rules_allow_is_what_the_table_has(kind, state):
    """Deciding, taking back and running out of time are in the table exactly where the rules allow them."""
    request, table = a_request(state=state, kind=kind), LIFECYCLES[kind].transitions
    assert request.can_be_decided(NOW) == ((state, Approved) in table) == ((state, Declined) in table)
    assert request.can_be_withdrawn == ((state, Withdrawn) in table)
    assert request.has_expired(request.expires_at) == ((state, Expired) in table)


@pytest.mark.parametrize(("late", "decided", "expired"), [(-1, True, False), (0, False, True), (1, False, True)])
def test_a_decision_counts_until_the_time_is_over(late, decided, expired):
    """To the second: at that moment it is over, also while nobody has noted it."""
    request = a_request()
    now = request.expires_at + timedelta(seconds=late)
    assert (request.can_be_decided(now), request.has_expired(now)) == (decided, expired)
    assert request.can_be_asked_again(now) is expired
    assert not request.can_be_asked_again()


@pytest.mark.parametrize("state", State)
def test_what_ended_without_its_snapshot_can_be_asked_again(state):
    """What was taken back by who asked isn't offered to them again."""
    again = {State.FAILED, State.DECLINED, State.EXPIRED}
    assert a_request(state=state).can_be_asked_again() is (state in again)
    assert a_request(state=state).can_be_asked_again(NOW) is (state in again)


def test_a_vote_is_known_by_who_gave_it():
    """A decline is a vote and no approval."""
    ben, dan = Vote(BEN, True, NOW), Vote(UserId("U0DAN"), False, NOW)
    request = a_request(rule=ApprovalRule.of(2), votes=(ben, dan))
    assert (request.vote_of(BEN), request.vote_of(dan.user), request.vote_of(UserId("U0NEW"))) == (ben, dan, None)
    assert (request.approvals, request.tally) == ((BEN,), (1, 2))


@pytest.mark.parametrize("event", SAMPLES, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("hold", Hold)
def test_who_is_told_follows_from_what_happened(event, hold):
    """The requester hears of an end that isn't their own doing; operators of what waits for them alone."""
    held = isinstance(event, Held | AnswerLost | Refused | Progressed)
    event = replace(event, hold=hold) if held else event
    wanted = [RESULT] if type(event) in {Declined, Deleted, Expired, Failed, Finished} else []
    wanted += [OPERATOR] if held and hold in {Hold.LOGIN, Hold.PERMISSION, Hold.APPROVERS} else []
    wanted += [Owed(MessageKind.REMINDER, number=1)] if isinstance(event, Reminded) else []
    assert list(owed_by(event, a_request())) == wanted
