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
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """What requests of one kind go through: which event leads where, and what a saved state owes."""

    transitions: Transitions
    step: Callable[[SnapshotRequest], Step]


_CREATE: Final[Transitions] = {
    (State.WAITING, Approved): State.APPROVED,
    (State.WAITING, GlassBroken): State.APPROVED,
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
    (State.WAITING, FoundAgain): State.CREATING,
    (State.WAITING, LookedBack): State.WAITING,
    (State.APPROVED, FoundAgain): State.CREATING,
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
    (State.SUBMITTING, Accepted): State.CREATING,
    (State.SUBMITTING, Failed): State.FAILED,
    (State.SUBMITTING, FoundAgain): State.CREATING,
    (State.SUBMITTING, LookedBack): State.SUBMITTING,
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
        case State.AVAILABLE | State.FAILED | State.DECLINED | State.WITHDRAWN | State.EXPIRED:
            return Step.NOTHING
        case _:
            assert_never(request.state)


LIFECYCLES: Final[Mapping[Kind, Lifecycle]] = {Kind.CREATE: Lifecycle(_CREATE, _step_to_create)}


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
    lines = [
        "stateDiagram-v2",
        "    [*] --> WAITING: approval needed",
        "    [*] --> APPROVED: none needed, or break-glass",
    ]
    for (before, event), after in LIFECYCLES[kind].transitions.items():
        lines.append(f"    {before} --> {after}: {event.__name__}")
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)
