"""The life of a request, by its kind: the table of transitions, and the worker's step for each state.

The table is the specification: the diagram in the docs is generated from it, and what has no row is refused.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Final, assert_never

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
    Event,
    Expired,
    Failed,
    Finished,
    FoundAgain,
    GlassBroken,
    Held,
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
from bot.core.request import FINAL, Kind, SnapshotRequest, State

Transitions = Mapping[tuple[State, type[Event]], State]


class Step(enum.StrEnum):
    """What the worker owes a request."""

    AWAIT = "await"
    CREATE = "create"
    SETTLE = "settle"
    POLL = "poll"
    LOOK_BACK = "look-back"
    TERM = "term"
    DELETE = "delete"
    SETTLE_DELETION = "settle-deletion"
    NOTE_GONE = "note-gone"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What requests of one kind go through: which event leads where, and what a saved state owes."""

    transitions: Transitions
    step: Callable[[SnapshotRequest], Step]


_DECIDED: Final[Transitions] = {
    (State.WAITING, Approved): State.APPROVED,
    (State.WAITING, Declined): State.DECLINED,
    (State.WAITING, Withdrawn): State.WITHDRAWN,
    (State.WAITING, Expired): State.EXPIRED,
    (State.WAITING, Changed): State.WAITING,
    (State.WAITING, Joined): State.WAITING,
    (State.WAITING, Left): State.WAITING,
    (State.WAITING, RuleChanged): State.WAITING,
    (State.WAITING, Recounted): State.WAITING,
    (State.WAITING, Escalated): State.WAITING,
    (State.WAITING, ApproversAsked): State.WAITING,
    (State.WAITING, Reminded): State.WAITING,
    (State.WAITING, Held): State.WAITING,
    (State.WAITING, LookedBack): State.WAITING,
    (State.APPROVED, LookedBack): State.APPROVED,
    (State.APPROVED, Withdrawn): State.WITHDRAWN,
    (State.APPROVED, Joined): State.APPROVED,
    (State.APPROVED, Left): State.APPROVED,
    (State.APPROVED, StartMoved): State.APPROVED,
    (State.APPROVED, ReturnedToWait): State.WAITING,
    (State.APPROVED, Held): State.APPROVED,
    (State.APPROVED, AttemptStarted): State.SUBMITTING,
    (State.APPROVED, Failed): State.FAILED,
    (State.SUBMITTING, AttemptStarted): State.SUBMITTING,
    (State.SUBMITTING, AnswerLost): State.SUBMITTING,
    (State.SUBMITTING, Refused): State.APPROVED,
    (State.SUBMITTING, Failed): State.FAILED,
    (State.SUBMITTING, LookedBack): State.SUBMITTING,
}
_CREATE: Final[Transitions] = {
    **_DECIDED,
    (State.WAITING, GlassBroken): State.APPROVED,
    (State.WAITING, FoundAgain): State.CREATING,
    (State.APPROVED, FoundAgain): State.CREATING,
    (State.SUBMITTING, Accepted): State.CREATING,
    (State.SUBMITTING, FoundAgain): State.CREATING,
    (State.CREATING, LookedBack): State.CREATING,
    (State.CREATING, Joined): State.CREATING,
    (State.CREATING, Left): State.CREATING,
    (State.CREATING, Progressed): State.CREATING,
    (State.CREATING, Finished): State.AVAILABLE,
    (State.CREATING, Failed): State.FAILED,
    (State.AVAILABLE, TermEnded): State.AVAILABLE,
    (State.AVAILABLE, KeptLonger): State.AVAILABLE,
    (State.AVAILABLE, SnapshotGone): State.AVAILABLE,
}
_DELETE: Final[Transitions] = {
    **_DECIDED,
    (State.APPROVED, Deleted): State.DELETED,
    (State.SUBMITTING, DeletionTaken): State.SUBMITTING,
    (State.SUBMITTING, Deleted): State.DELETED,
}


def _step_to_create(request: SnapshotRequest) -> Step:
    match request.state:
        case State.WAITING:
            return Step.AWAIT
        case State.APPROVED:
            return Step.CREATE
        case State.SUBMITTING:
            return Step.SETTLE  # look for our name before a second POST
        case State.CREATING:
            return Step.POLL
        case State.AVAILABLE if request.keep.runs:
            return Step.TERM
        case State.AVAILABLE | State.DELETED | State.FAILED | State.DECLINED | State.WITHDRAWN | State.EXPIRED:
            return Step.NOTHING
        case _:
            assert_never(request.state)


def _step_to_delete(request: SnapshotRequest) -> Step:
    match request.state:
        case State.WAITING:
            return Step.AWAIT
        case State.APPROVED:
            return Step.DELETE
        case State.SUBMITTING:
            return Step.SETTLE_DELETION  # look whether it is gone before a second call
        case State.DELETED:
            return Step.NOTE_GONE  # with the request that it came of
        case _:
            return Step.NOTHING


LIFECYCLES: Final[Mapping[Kind, Lifecycle]] = {
    Kind.CREATE: Lifecycle(_CREATE, _step_to_create),
    Kind.DELETE: Lifecycle(_DELETE, _step_to_delete),
}


def apply(request: SnapshotRequest, event: Event) -> SnapshotRequest:
    """Return *request* as it is after *event*, one version on.

    Raises:
        IllegalTransition: the table has no row for this state and event.
    """
    state = LIFECYCLES[request.kind].transitions.get((request.state, type(event)))
    if state is None:
        raise IllegalTransition(f"{request.id}: {type(event).__name__} while {request.state}")
    facts = {f.name: getattr(event, f.name) for f in fields(event) if f.name != "at"}
    return replace(request, state=state, version=request.version + 1, updated_at=event.at, **facts)


def begin(request: SnapshotRequest) -> SnapshotRequest:
    """Return a new *request* in the state in which it starts: APPROVED where it goes without an approval."""
    if request.glass:
        by, at = request.glass.by, request.glass.at
        return replace(request, state=State.APPROVED, decided_by=by, decided_at=at)
    if request.waived:
        return replace(request, state=State.APPROVED, decided_at=request.created_at)
    return request


def next_step(request: SnapshotRequest) -> Step:
    """Say what is owed next, by what is saved alone: the only function that decides what follows a restart.

    After a restore that is a look, whatever the state.
    """
    return Step.LOOK_BACK if request.is_sought else LIFECYCLES[request.kind].step(request)


def diagram(kind: Kind = Kind.CREATE) -> str:
    """Return the transition table of *kind* as a Mermaid state diagram, for the README."""
    table = LIFECYCLES[kind].transitions
    at_once = "none needed, or break-glass" if (State.WAITING, GlassBroken) in table else "none needed"
    lines = ["stateDiagram-v2", "    [*] --> WAITING: approval needed", f"    [*] --> APPROVED: {at_once}"]
    for (before, event), after in table.items():
        lines.append(f"    {before} --> {after}: {event.__name__}")
    lines += [f"    {state} --> [*]" for state in State if state in FINAL & {*table.values()}]
    return "\n".join(lines)
