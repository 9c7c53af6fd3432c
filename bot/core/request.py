"""A request: its states, and everything known of it.

Long because all that is known of one, and what it allows, is one thing that changes as a whole.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from bot.core.access import OF_THE_REQUESTER, Action, Decision, Reason, decide
from bot.core.approval import ApprovalRule, Counted, Vote
from bot.core.asked import NOBODY_ASKED, Asked
from bot.core.errors import Conflict
from bot.core.events import Hold
from bot.core.glass import BreakGlass
from bot.core.grants import Rights, Role
from bot.core.ids import ChannelId, ClusterRef, Principal, RequestId, SnapshotId, TeamId, UserId
from bot.core.joiner import Joiner
from bot.core.keep import NOT_SAID, Keep
from bot.core.person import Person
from bot.core.phrase import Phrase
from bot.core.record import Entry
from bot.core.restored import Recovery
from bot.core.revision import Revision, SeenRequest
from bot.core.scope import NamedCluster
from bot.core.start import Start
from bot.core.why import Why


@enum.unique
class Kind(enum.StrEnum):
    """What a request asks for; its table, its steps and its words are found by it. Series come here."""

    CREATE = "create"
    DELETE = "delete"  # of a snapshot that a request of ours made


@enum.unique
class State(enum.StrEnum):
    """Where a request is; the value is what the database, the logs and `--json` show."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    SUBMITTING = "SUBMITTING"
    CREATING = "CREATING"
    AVAILABLE = "AVAILABLE"
    DELETED = "DELETED"
    FAILED = "FAILED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"
    EXPIRED = "EXPIRED"


FINAL: Final = frozenset({State.AVAILABLE, State.DELETED, State.FAILED, State.DECLINED, State.WITHDRAWN, State.EXPIRED})
OPEN: Final = frozenset(State) - FINAL
TOO_MANY_OPEN: Final = "too-many-open"  # the rule by which one more is refused, as the record has it
NOT_STARTED: Final = frozenset({State.WAITING, State.APPROVED})
IN_THE_CLOUD: Final = frozenset({State.SUBMITTING, State.CREATING})
_ENDED_IN_VAIN: Final = frozenset({State.FAILED, State.DECLINED, State.EXPIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotRequest:
    """A request for one snapshot, or to delete one, and everything known of what became of it. Times are UTC.

    Of a deletion *name*, *snapshot_id*, *started_at* and *size_gb* are those of the snapshot, as they were recorded.
    """

    id: RequestId
    team: TeamId
    owner: Principal
    cluster: ClusterRef
    cluster_name: str
    name: str
    description: str
    channel: ChannelId
    rule: ApprovalRule  # of its cluster: while it waits, the one of now; then the one by which it was decided
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
    cloud_request_id: str = ""  # of the create call that the cloud answered, for its support; "": its answer was lost
    accepted_at: datetime | None = None
    missing_since: datetime | None = None  # the first of the lists in a row that lack the snapshot
    percent: int | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None
    size_gb: float = 0.0
    kind: Kind = Kind.CREATE
    as_of: datetime | None = None  # a restore put it back to then: what was said since isn't known
    recovery: Recovery = Recovery.NONE
    waived: bool = False  # its rule let it go without an approval
    glass: BreakGlass | None = None  # somebody let it start without what its rule wants
    counted: Counted = ()  # who fills which stage, as it was when somebody voted last; the decision freezes it
    escalated: int = 0  # how many tiers of its rule may decide by now
    asked: Asked = NOBODY_ASKED  # who was asked to decide
    rule_set_by: str = ""  # who changed its rule since it was asked for: as in Entry.actor
    rule_set_at: datetime | None = None
    asked_by: UserId | None = None  # an admin who asked for the owner; None: the owner did
    joined: tuple[Joiner, ...] = ()  # who wants it, too
    revised: Revision | None = None  # the last change by who asked; None: it is as it was first asked for
    keep: Keep = NOT_SAID
    start: Start | None = None  # what was asked for; None: as soon as it may
    deletes: RequestId | None = None  # of a deletion: the request that the snapshot came of
    knows_last: bool = False  # who asked for the deletion was told that no other good snapshot is left
    votes: tuple[Vote, ...] = ()

    @property
    def named(self) -> NamedCluster:
        """Its cluster with the name by which it was known last."""
        return NamedCluster(self.cluster, self.cluster_name)

    @property
    def requester(self) -> UserId:
        """The person who asked, who is told how it ends."""
        return self.owner.user

    @property
    def askers(self) -> tuple[UserId, ...]:
        """Who may change it and take it back: for whom it was asked, and who asked for them."""
        return (self.requester, self.asked_by) if self.asked_by else (self.requester,)

    @property
    def wanted_by(self) -> tuple[UserId, ...]:
        """All who want it: nobody of them approves it, and all are told how it ends."""
        return (*self.askers, *(joiner.user for joiner in self.joined))

    @property
    def owners(self) -> frozenset[Principal]:
        """The same, as decisions about it have them."""
        return frozenset(Principal(user) for user in self.wanted_by)

    @property
    def as_seen(self) -> SeenRequest:
        """It as it is now, for what is drawn of it to carry."""
        return SeenRequest(self.id, self.revised.number if self.revised else 0)

    @property
    def must_look_again(self) -> tuple[UserId, ...]:
        """Whose approval fell by a change of it, and who haven't approved since; nobody once it is decided."""
        again = self.revised.again if self.revised and self.state is State.WAITING else ()
        return tuple(user for user in again if self.vote_of(user) is None)

    @property
    def asks(self) -> ApprovalRule:
        """What it takes now: its rule, with those who may decide, too, since nobody else did in time."""
        return self.rule.widened(self.escalated)

    @property
    def timing(self) -> ApprovalRule:
        """The rule by which it may start at some times, for so long: none of it holds where the glass was broken."""
        return replace(self.rule, hours=(), closed=(), start_within=None) if self.glass else self.rule

    @property
    def not_before(self) -> datetime | None:
        """The moment that was asked for, before which it doesn't start; None where the glass was broken, too."""
        return self.start.at if self.start and not self.glass else None

    @property
    def may_start_since(self) -> datetime:
        """Since when it may start once it is approved: its place in line, and how long it took, count from then."""
        decided = self.decided_at or self.created_at
        return max(decided, self.not_before) if self.not_before else decided

    @property
    def waits_for_its_time(self) -> bool:
        """Whether what holds it up is that the moment that was asked for is still to come."""
        return self.hold is Hold.HOURS and self.start is not None and self.why == self.start.why

    @property
    def next_tier_at(self) -> datetime | None:
        """When the next tier of its rule may decide, too; None where none is left."""
        left = self.rule.tiers[self.escalated :]
        return self.created_at + left[0].after if left else None

    @property
    def looked_at_again(self) -> datetime:
        """When time alone changes something while it waits: a reminder, the next tier, or its time is over."""
        times = (self.expires_at, self.next_tier_at, self.next_reminder_at)
        return min(at for at in times if at is not None)

    @property
    def next_reminder_at(self) -> datetime | None:
        """When those who haven't decided are reminded next; None: they aren't."""
        after = self.rule.reminds_after
        return self.asked.reminder_at(after) if after else None

    @property
    def approvals(self) -> tuple[UserId, ...]:
        """Whose votes count as approvals so far, in order of time."""
        counted = {user for filled in self.counted for user in filled}
        return tuple(v.user for v in sorted(self.votes, key=lambda v: v.at) if v.user in counted)

    @property
    def tally(self) -> tuple[int, int]:
        """How many approvals there are, and how many it takes."""
        return sum(len(filled) for filled in self.counted), self.rule.need

    @property
    def stages_open(self) -> int:
        """How many of its stages, from the first, take votes now."""
        return self.rule.stages_open(self.counted)

    def vote_of(self, user: UserId) -> Vote | None:
        """Return the vote of *user*, or None: a person has one."""
        return next((v for v in self.votes if v.user == user), None)

    @property
    def is_sought(self) -> bool:
        """Whether a restore put it back, and the cloud is still to be looked at: nobody knows how it really stands."""
        return self.recovery in (Recovery.SOUGHT, Recovery.FOLLOWED) and self.state in OPEN

    def has_expired(self, now: datetime) -> bool:
        """Say whether its time is over without a decision, though nobody may have noted it yet."""
        return self.state is State.WAITING and self.expires_at <= now

    def can_be_decided(self, now: datetime) -> bool:
        """Say whether a decision still counts: it waits, and its time is not over."""
        return self.state is State.WAITING and now < self.expires_at

    def can_be_changed(self, now: datetime) -> bool:
        """Say whether who asked may still change what it asks for: nobody has decided, and its time is not over."""
        return self.can_be_decided(now)

    def can_be_joined(self, now: datetime) -> bool:
        """Say whether somebody else can still want it, too: it is open, and not just being sent to the cloud."""
        is_open = self.kind is Kind.CREATE and self.state in OPEN - {State.SUBMITTING}
        return is_open and not (self.has_expired(now) or self.is_sought)

    def can_be_moved(self, now: datetime) -> bool:
        """Say whether who asked may still change when it is to start: while it waits, and until then."""
        if self.kind is not Kind.CREATE:
            return False
        if self.state is State.APPROVED and self.not_before:
            return now < self.not_before
        return self.can_be_decided(now)

    @property
    def can_be_withdrawn(self) -> bool:
        """Whether it can still be taken back: the cloud hasn't been asked."""
        return self.state in NOT_STARTED

    @property
    def can_be_kept(self) -> bool:
        """Whether it is there, so that how long it is wanted can be said."""
        made = self.kind is Kind.CREATE and self.state is State.AVAILABLE
        return made and self.keep.gone_at is None

    def can_be_asked_again(self, now: datetime | None = None) -> bool:
        """Say whether to ask again is a next step: it ended without its snapshot, or its time is over *now*.

        Without *now* by what is noted, as on a card, which is drawn for longer than a moment.
        """
        if self.kind is not Kind.CREATE:
            return False  # the card of the snapshot says what can be done with it
        return self.state in _ENDED_IN_VAIN or (now is not None and self.has_expired(now))

    def decide(self, rights: Rights, person: Person, action: Action) -> Decision:
        """Say whether *person* may take *action* on it; VIEW: whether they may know that it exists.

        Who may approve snapshots of the cluster may not yet, or not here, where no stage of now has a place for them.
        """
        if action is not Action.APPROVE:
            owners = [Principal(user) for user in self.askers] if action in OF_THE_REQUESTER else self.owners
            return decide(rights, person, action, self.named, owners=owners)
        voters = self.voters(rights)
        others = [user for user in voters if user not in self.wanted_by]
        own = person.user in self.wanted_by
        lets_own = own and self.asks.lets_own(rights, others, self.named, self.owners)
        decision = decide(rights, person, action, self.named, owners=self.owners, lets_own=lets_own)
        voted = self.vote_of(person.user) is not None
        if not decision.allowed or voted or self.state is not State.WAITING:
            return decision
        if self.asks.would_count(person.user, voters, rights):
            return decision
        can = self.asks.could_still(decision.who_can, voters, rights)
        return replace(decision, allowed=False, reason=Reason.NO_PLACE, who_can=can)

    def awaited(self, rights: Rights) -> tuple[UserId, ...]:
        """Return whose vote would count now, as far as they are known by name and to be asked: not the quiet."""
        quiet = rights.quiet(Role.APPROVE, self.named)
        loud = [user for user in self.asks.approvers(rights, self.named, self.owners) if user not in quiet]
        return self.asks.could_still(loud, self.voters(rights), rights)

    def voters(self, rights: Rights) -> tuple[UserId, ...]:
        """Return who approved and still may by *rights*, as far as these say who somebody is; in order of time."""
        votes = (v for v in sorted(self.votes, key=lambda v: v.at) if v.approve)
        return tuple(v.user for v in votes if rights.has(v.user, Role.APPROVE, self.named))

    def standing(self, rights: Rights, people: Iterable[Person]) -> Counted:
        """Return who fills which stage by the rights and the *people* of now."""
        return self.asks.standing(rights, self.votes, people, self.named, self.owners)

    def approvals_stand(self, rights: Rights, people: Iterable[Person]) -> bool:
        """Say whether its approvals are enough by the rights and the *people* of now."""
        return self.waived or self.rule.is_enough(self.standing(rights, people))

    def awaits(self, rights: Rights, person: Person) -> bool:
        """Say whether a vote of *person* would count, and they haven't voted yet."""
        return self.decide(rights, person, Action.APPROVE).allowed and self.vote_of(person.user) is None

    @property
    def took(self) -> timedelta | None:
        """How long the cloud needed, by its own clock where it told both times; never negative."""
        start = self.started_at or self.accepted_at
        if start is None or self.finished_at is None:
            return None
        return max(timedelta(0), self.finished_at - start)


@dataclass(frozen=True, slots=True)
class Cap:
    """How many requests go without an approval *since* a moment: of one owner, or (None) on the cluster."""

    most: int
    since: datetime
    owner: Principal | None = None


@dataclass(frozen=True, slots=True)
class Capped:
    """What is kept of a request instead where one of *caps* is reached."""

    caps: tuple[Cap, ...]
    request: SnapshotRequest
    entries: Sequence[Entry]
    due_in: timedelta | None


class AlreadyDecided(Conflict):
    """Somebody (or time) decided first; *request* is the row as it stands, for the edge to word."""

    def __init__(self, request: SnapshotRequest) -> None:
        super().__init__(f"{request.id} is {request.state} already")
        self.request = request


class OtherRevision(Conflict):
    """The requester has changed it since somebody had it before them; *request* is the row as it stands."""

    def __init__(self, request: SnapshotRequest) -> None:
        super().__init__(f"{request.id} was changed since it was looked at")
        self.request = request


class StillSought(Conflict):
    """A restore put the request back, and whether the cloud has its snapshot isn't known yet: nobody decides on it."""

    phrase = Phrase("request-sought")
