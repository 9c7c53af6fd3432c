"""A request's states, events, transition table and next step.

`TRANSITIONS` is the specification: the diagram in the docs is generated from it, and what has no row is refused.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Final, assert_never

from bot.core.approval import Vote
from bot.core.errors import IllegalTransition
from bot.core.ids import ChannelId, ClusterRef, RequestId, SnapshotId, TeamId, UserId
from bot.core.why import Why


@enum.unique
class State(enum.StrEnum):
    """Where a request is; the value is what the database, the logs and `--json` show."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    SUBMITTING = "SUBMITTING"
    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


FINAL: Final = frozenset({State.AVAILABLE, State.FAILED, State.DECLINED, State.WITHDRAWN, State.EXPIRED})
OPEN: Final = frozenset(State) - FINAL
IN_THE_CLOUD: Final = frozenset({State.SUBMITTING, State.CREATING})


@enum.unique
class Hold(enum.StrEnum):
    """Why an approved or submitted request doesn't move just now."""

    NONE = ""
    QUEUE = "queue"  # another request of ours has the cluster
    BUSY = "busy"  # the cloud runs another task on the cluster
    BLOCKED = "blocked"  # the cluster is read-only, frozen, …
    LOGIN = "login"  # 401: an operator's move
    PERMISSION = "permission"  # 403: an operator's move
    CLOUD = "cloud"  # no useful answer from the cloud


OPERATORS_MOVE: Final = frozenset({Hold.LOGIN, Hold.PERMISSION})


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a request; its fields land on the request's fields of the same name."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved(Event):
    """The approvals are enough (or none is needed)."""

    decided_by: UserId | None = None
    decided_at: datetime | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined(Event):
    """An approver said no; *words* is the reason."""

    decided_by: UserId
    decided_at: datetime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(Event):
    """The requester took it back."""

    decided_by: UserId
    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Expired(Event):
    """Nobody decided in time."""

    decided_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Event):
    """It can't go on just now; the cloud surely holds no snapshot of an attempt of ours."""

    hold: Hold
    why: Why | None = None
    place: int = 1
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Event):
    """Saved before each POST: after a crash it says that the cloud may have been asked.

    Of a try that follows failed ones, hold and why stay what they are until there is news.
    """

    attempted_at: datetime  # of the first attempt that isn't settled
    sent_at: datetime
    attempts: int
    looked_at: datetime | None = None  # of the look before that first attempt, in which nothing had the name
    listed_at: datetime | None = None  # when the cloud answered it, by the cloud's clock
    hold: Hold = Hold.NONE
    why: Why | None = None
    place: int = 1
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost(Event):
    """No useful answer to the POST, or no way to look: it stays SUBMITTING, to be settled by listing."""

    hold: Hold
    why: Why | None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Event):
    """The cloud surely did nothing, and may do it later (busy, login, permission, throttled)."""

    hold: Hold
    why: Why | None
    failing_since: datetime | None = None
    attempted_at: datetime | None = None
    sent_at: datetime | None = None
    looked_at: datetime | None = None
    listed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Event):
    """The snapshot's id is known: by the POST's answer, or because the listing has it."""

    snapshot_id: SnapshotId
    accepted_at: datetime
    hold: Hold = Hold.NONE
    why: Why | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed(Event):
    """News while CREATING: how far it is (0 to 100, None unknown), or that the cloud can't be asked just now."""

    percent: int | None
    hold: Hold = Hold.NONE
    why: Why | None = None
    failing_since: datetime | None = None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Event):
    """The cloud says AVAILABLE; *size_gb* in GB, *finished_at* by the cloud's clock where it gives one."""

    finished_at: datetime
    started_at: datetime | None
    size_gb: float
    percent: int = 100
    hold: Hold = Hold.NONE
    why: Why | None = None
    failing_since: datetime | None = None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """It will not come: *why* is what the cloud or a rule said."""

    why: Why
    finished_at: datetime
    hold: Hold = Hold.NONE
    failing_since: datetime | None = None


EVENTS: Final[tuple[type[Event], ...]] = (
    Approved,
    Declined,
    Withdrawn,
    Expired,
    Held,
    AttemptStarted,
    AnswerLost,
    Refused,
    Accepted,
    Progressed,
    Finished,
    Failed,
)

TRANSITIONS: Final[Mapping[tuple[State, type[Event]], State]] = {
    (State.WAITING, Approved): State.APPROVED,
    (State.WAITING, Declined): State.DECLINED,
    (State.WAITING, Withdrawn): State.WITHDRAWN,
    (State.WAITING, Expired): State.EXPIRED,
    (State.APPROVED, Withdrawn): State.WITHDRAWN,
    (State.APPROVED, Held): State.APPROVED,
    (State.APPROVED, AttemptStarted): State.SUBMITTING,
    (State.APPROVED, Failed): State.FAILED,
    (State.SUBMITTING, AttemptStarted): State.SUBMITTING,
    (State.SUBMITTING, AnswerLost): State.SUBMITTING,
    (State.SUBMITTING, Refused): State.APPROVED,
    (State.SUBMITTING, Accepted): State.CREATING,
    (State.SUBMITTING, Failed): State.FAILED,
    (State.CREATING, Progressed): State.CREATING,
    (State.CREATING, Finished): State.AVAILABLE,
    (State.CREATING, Failed): State.FAILED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRequest:
    """One person's wish for one snapshot, and everything known of what became of it. Times are UTC."""

    id: RequestId
    team: TeamId
    requester: UserId
    cluster: ClusterRef
    cluster_name: str
    name: str
    description: str
    channel: ChannelId
    need: int
    created_at: datetime
    expires_at: datetime
    updated_at: datetime
    state: State = State.WAITING
    version: int = 1
    decided_by: UserId | None = None
    decided_at: datetime | None = None
    words: str = ""  # the approver's comment or reason
    hold: Hold = Hold.NONE
    place: int = 1  # in line for the cluster, 1 = next
    why: Why | None = None  # of its hold or its failure; None where these say it all
    attempted_at: datetime | None = None  # first POST that isn't settled
    sent_at: datetime | None = None  # latest POST
    attempts: int = 0
    looked_at: datetime | None = None  # last look before attempted_at: it lacked the name
    listed_at: datetime | None = None  # when the cloud answered that look, by its own clock
    failing_since: datetime | None = None  # every try since then has failed: it decides how long to wait for the next
    snapshot_id: SnapshotId | None = None
    accepted_at: datetime | None = None
    missing_since: datetime | None = None  # the first of the lists in a row that lack the snapshot
    percent: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    size_gb: float = 0.0
    votes: tuple[Vote, ...] = ()

    @property
    def took(self) -> timedelta | None:
        """How long the cloud needed, by its own clock where it told both times; never negative."""
        start = self.started_at or self.accepted_at
        if start is None or self.finished_at is None:
            return None
        return max(timedelta(0), self.finished_at - start)


def apply(request: SnapshotRequest, event: Event) -> SnapshotRequest:
    """Return *request* as it is after *event*, one version on.

    Raises:
        IllegalTransition: the table has no row for this state and event.
    """
    state = TRANSITIONS.get((request.state, type(event)))
    if state is None:
        raise IllegalTransition(f"{request.id}: {type(event).__name__} while {request.state}")
    facts = {f.name: getattr(event, f.name) for f in fields(event) if f.name != "at"}
    return replace(request, state=state, version=request.version + 1, updated_at=event.at, **facts)


def begin(request: SnapshotRequest) -> SnapshotRequest:
    """Return a new *request* in the state in which it starts: APPROVED where no approval is needed."""
    if request.need == 0:
        return replace(request, state=State.APPROVED, decided_at=request.created_at)
    return request


class Step(enum.StrEnum):
    """What the worker owes a request."""

    EXPIRE = "expire"
    CREATE = "create"
    SETTLE = "settle"
    POLL = "poll"
    NOTHING = "nothing"


def next_step(state: State) -> Step:
    """Say what is owed next by the saved state alone: the only function that decides what follows a restart."""
    match state:
        case State.WAITING:
            return Step.EXPIRE
        case State.APPROVED:
            return Step.CREATE
        case State.SUBMITTING:
            return Step.SETTLE  # look for our name before a second POST
        case State.CREATING:
            return Step.POLL
        case State.AVAILABLE | State.FAILED | State.DECLINED | State.WITHDRAWN | State.EXPIRED:
            return Step.NOTHING
        case _:
            assert_never(state)


def diagram() -> str:
    """Return the transition table as a Mermaid state diagram, for the README."""
    lines = ["stateDiagram-v2", "    [*] --> WAITING: approval needed", "    [*] --> APPROVED: none needed"]
    for (before, event), after in TRANSITIONS.items():
        lines.append(f"    {before} --> {after}: {event.__name__}")
    lines += [f"    {state} --> [*]" for state in State if state in FINAL]
    return "\n".join(lines)
