"""What can happen to a request, and what can hold it up.

Long because each thing that can happen stands here once, and the table of transitions reads them together.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.approval import ApprovalRule, Counted, Vote
from bot.core.asked import Asked
from bot.core.glass import BreakGlass
from bot.core.ids import SnapshotId, UserId
from bot.core.joiner import Joiner
from bot.core.keep import Keep
from bot.core.restored import Recovery
from bot.core.revision import Revision
from bot.core.start import Start
from bot.core.why import Why


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
    APPROVERS = "approvers"  # it waits, and nobody can fill a stage of its rule: an admin's move
    HOURS = "hours"  # its rule lets it start later
    FROZEN = "frozen"  # a freeze, or a closed window of its cluster's rule, lets nothing start


OPERATORS_MOVE: Final = frozenset({Hold.LOGIN, Hold.PERMISSION})
ADMINS_MOVE: Final = frozenset({Hold.APPROVERS})
NOT_BEFORE: Final = frozenset({Hold.HOURS, Hold.FROZEN})  # nothing fails: it may start at another time


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
    counted: Counted = ()
    hold: Hold = Hold.NONE
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GlassBroken(Event):
    """Somebody let it start without what its rule wants: break-glass."""

    glass: BreakGlass
    decided_by: UserId
    decided_at: datetime
    hold: Hold = Hold.NONE
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted(Event):
    """While it waits: other votes count than before, by the rights or the rule of now."""

    counted: Counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalated(Event):
    """Nobody decided in time: the next tier may, too. *escalated* is how many may by now."""

    escalated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproversAsked(Event):
    """While it waits: more people may decide, or some who may aren't in the channel of its card."""

    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminded(Event):
    """While it waits: those who may decide and haven't are reminded."""

    asked: Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanged(Event):
    """While it waits: another rule holds for its cluster now."""

    rule: ApprovalRule
    counted: Counted
    rule_set_by: str
    rule_set_at: datetime | None
    escalated: int = 0  # its tiers may decide by their own times


@dataclass(frozen=True, slots=True, kw_only=True)
class StartMoved(Event):
    """The requester changed when it is to start, of what needs no approval; a name that goes by that changes, too."""

    name: str
    start: Start | None
    revised: Revision
    hold: Hold = Hold.NONE
    why: Why | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Event):
    """While it waits: the requester changed what it asks for, so nobody has approved that yet."""

    name: str
    description: str
    start: Start | None
    expires_at: datetime
    revised: Revision
    asked: Asked
    counted: Counted = ()
    votes: tuple[Vote, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined(Event):
    """Somebody else wants it, too; an approval of theirs counts no more while it waits."""

    joined: tuple[Joiner, ...]
    counted: Counted
    votes: tuple[Vote, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Left(Event):
    """Who had joined doesn't want it any more."""

    joined: tuple[Joiner, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnedToWait(Changed):
    """The same after it was approved, before it has started: it waits for approval once more."""

    decided_by: None = None
    decided_at: None = None
    words: str = ""
    hold: Hold = Hold.NONE
    why: None = None
    place: int = 1


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
class Kept(Event):
    """An event that may say what holds the request up, and since when every try has failed."""

    hold: Hold = Hold.NONE
    why: Why | None = None
    failing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held(Kept):
    """It can't go on just now; the cloud surely holds no snapshot of an attempt of ours."""

    place: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptStarted(Kept):
    """Saved before each POST: after a crash it says that the cloud may have been asked.

    Of a try that follows failed ones, hold and why stay what they are until there is news.
    """

    attempted_at: datetime  # of the first attempt that isn't settled
    sent_at: datetime
    attempts: int
    looked_at: datetime | None = None  # of the look before that first attempt, in which nothing had the name
    listed_at: datetime | None = None  # when the cloud answered it, by the cloud's clock
    place: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLost(Kept):
    """No useful answer to the POST, or no way to look: it stays SUBMITTING, to be settled by listing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused(Kept):
    """The cloud surely did nothing, and may do it later (busy, login, permission, throttled)."""

    attempted_at: datetime | None = None
    sent_at: datetime | None = None
    looked_at: datetime | None = None
    listed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Kept):
    """The snapshot's id is known: by the POST's answer, or because the listing has it."""

    snapshot_id: SnapshotId
    accepted_at: datetime
    cloud_request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundAgain(Kept):
    """After a restore: the cloud has its snapshot, of an attempt that the data don't know."""

    snapshot_id: SnapshotId
    accepted_at: datetime
    recovery: Recovery = Recovery.FOLLOWED


@dataclass(frozen=True, slots=True, kw_only=True)
class LookedBack(Event):
    """After a restore: the cloud was looked at, and says nothing else than the data."""

    recovery: Recovery


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed(Kept):
    """News while CREATING: how far it is (0 to 100, None unknown), or that the cloud can't be asked just now."""

    percent: int | None
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Kept):
    """The cloud says AVAILABLE; *size_gb* in GB, *finished_at* by the cloud's clock where it gives one."""

    finished_at: datetime
    started_at: datetime | None
    size_gb: float
    keep: Keep
    percent: int = 100
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TermEnded(Event):
    """Its snapshot was to be kept until now: somebody is asked, once, what is next."""

    keep: Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLonger(Event):
    """Somebody said how much longer its snapshot is wanted."""

    keep: Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotGone(Event):
    """The cloud has its snapshot no more: nothing is left to decide."""

    keep: Keep


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletionTaken(Kept):
    """The cloud has taken the deletion and says so; it isn't over before the snapshot is gone."""

    accepted_at: datetime
    cloud_request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted(Kept):
    """The cloud has the snapshot no more."""

    finished_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """There will be no snapshot, or it isn't deleted: *why* is what the cloud or a rule said."""

    why: Why
    finished_at: datetime
    hold: Hold = Hold.NONE
    failing_since: datetime | None = None
