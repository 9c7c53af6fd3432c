"""Messages about a request: which there are, what is known of one, and what they are drawn from."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, assert_never

from bot.core.age import Age
from bot.core.asked import Asked
from bot.core.events import (
    ADMINS_MOVE,
    OPERATORS_MOVE,
    AnswerLost,
    ApproversAsked,
    Changed,
    Declined,
    Deleted,
    Event,
    Expired,
    Failed,
    Finished,
    GlassBroken,
    Held,
    Progressed,
    Refused,
    Reminded,
    Withdrawn,
)
from bot.core.freezes import Closure
from bot.core.glass import BreakGlass
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import ChannelId, MessageRef, RequestId, UserId
from bot.core.request import OPEN, SnapshotRequest, State
from bot.core.restored import Recovery, Restored
from bot.core.snapshot import Cluster, Snapshot


class MessageKind(enum.StrEnum):
    """What a message about a request is."""

    CARD = "card"  # the one card, edited in place
    COPY = "copy"  # the card as a direct message, to who may decide and isn't in its channel; edited in place, too
    RESULT = "result"  # reply that mentions all who wait: available, failed, … (see also Message.frozen); or directly
    OPERATOR = "operator"  # thread reply that mentions the admins: they must fix something
    TURN = "turn"  # thread reply that mentions those who may decide from now on, by a stage, a tier or a right
    REMINDER = "reminder"  # thread reply that mentions those who may decide and haven't
    TERM = "term"  # to the requester: its time to be kept is over; edited in place once they have said what is next
    ALARM = "alarm"  # break-glass: thread reply that mentions who may approve, or a direct message to one of them


CARDS: Final = frozenset({MessageKind.CARD, MessageKind.COPY})
FOLLOWS: Final = CARDS | {MessageKind.TERM}  # drawn again whenever the request changes
ASKS: Final = frozenset({MessageKind.COPY, MessageKind.TURN, MessageKind.REMINDER})  # for a decision; pointless after


@dataclass(frozen=True, slots=True)
class Owed:
    """Which message about a request; of each there is one. *to* has it as a direct message; None: the channel."""

    kind: MessageKind
    to: UserId | None = None
    number: int = 0  # of several of a kind


CARD: Final = Owed(MessageKind.CARD)
RESULT: Final = Owed(MessageKind.RESULT)
OPERATOR: Final = Owed(MessageKind.OPERATOR)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is owed or was sent.

    *shown_version* is the request's version that a sent card shows (0: not sent). *sending_at* is saved before the
    post: where it is set and *ref* is not, the post may have happened. *reposted* is how often a card that was deleted
    was posted again. A *frozen* card can't be drawn again and none takes its place: it stays as it is, and the end of
    its request is told as a RESULT, whichever end it is.
    """

    request_id: RequestId
    owed: Owed
    channel: ChannelId
    ref: MessageRef | None = None
    shown_version: int = 0
    sending_at: datetime | None = None
    attempts: int = 0
    reposted: int = 0
    frozen: bool = False

    @property
    def kind(self) -> MessageKind:
        """What it is."""
        return self.owed.kind

    @property
    def key(self) -> str:
        """What the posted message carries in its metadata, so that it can be found again."""
        which = [self.owed.to, str(self.owed.number or "")]
        return ":".join([self.request_id, self.kind, *filter(None, which)])


@dataclass(frozen=True, slots=True)
class ListItem:
    """What a request in a list is drawn from; fetched first, drawn after. *age* is that of the cloud's facts."""

    request: SnapshotRequest
    age: Age = field(kw_only=True)
    closures: tuple[Closure, ...] = field(default=(), kw_only=True)  # what keeps it from starting, while it waits
    freezer: str = field(default="", kw_only=True)  # what who froze its cluster is called: they have nothing to do
    asker: str = field(default="", kw_only=True)  # what the requester is called; "": not known
    console: str = field(default="", kw_only=True)  # where the cloud's console shows its snapshot; "": not known


@dataclass(frozen=True, slots=True)
class Facts(ListItem):
    """What a card or a message is drawn from."""

    approvers: tuple[UserId, ...] = ()  # who may approve it now, the requester not among them
    admins: tuple[UserId, ...] = ()
    cluster: Cluster | None = None  # None: never seen, or not there when the cloud was seen
    last_snapshot: Snapshot | None = None
    card: MessageRef | None = None
    quiet: tuple[UserId, ...] = ()  # those who may approve it as well, and aren't pinged
    anyone: bool = False  # whether every active member but the requester may approve it
    could_still: tuple[UserId, ...] = ()  # those of *approvers* whose vote would count now
    groups: Groups = NO_GROUPS  # what those are called that the rule names
    is_last: bool = False  # its snapshot is the last good one of its cluster
    deletes: bool = False  # the bot may delete snapshots
    deletion: SnapshotRequest | None = None  # the open request to delete its snapshot


def whom(owed: Owed, facts: Facts) -> tuple[UserId, ...]:
    """Return those whom a message that asks for a decision is for, of those whose decision would count now.

    Who has a direct message isn't mentioned in the channel as well.
    """
    asked = facts.request.asked
    if owed.to is not None:
        return tuple(user for user in facts.could_still if user == owed.to)
    rounds = asked.rounds[owed.number :][:1] if owed.kind is MessageKind.TURN else asked.rounds
    return tuple(user for user in facts.could_still if user not in asked.directly and any(user in r for r in rounds))


def is_news(kind: MessageKind, request: SnapshotRequest, restored: Restored) -> bool:
    """Say whether a message of *kind* can't have told before *restored*, which put *request* back, what it tells now.

    An open request has its end still to come, so its card does; so has trouble that began after the restore.
    """
    match kind:
        case MessageKind.CARD:
            return request.state in OPEN or _end_is_news(request, restored)
        case MessageKind.RESULT:
            return _end_is_news(request, restored)
        case MessageKind.OPERATOR:
            return request.failing_since is not None and request.failing_since > restored.at
        case MessageKind.COPY | MessageKind.TURN:
            return request.asked.at is not None and request.asked.at > restored.at
        case MessageKind.REMINDER:
            return request.asked.reminded_at is not None and request.asked.reminded_at > restored.at
        case MessageKind.TERM:
            return request.keep.until is not None and request.keep.until > restored.at
        case MessageKind.ALARM:
            return request.glass is not None and request.glass.at > restored.at
        case _:
            assert_never(kind)


def _end_is_news(request: SnapshotRequest, restored: Restored) -> bool:
    """Say whether *request* ended after the restore: its snapshot did, or somebody decided on it since, or no one."""
    if request.recovery in (Recovery.FOUND, Recovery.RUNNING):
        return True
    if request.recovery is not Recovery.NOT_FOUND:
        return False
    decided_at = request.expires_at if request.state is State.EXPIRED else request.decided_at
    return request.state in (State.AVAILABLE, State.DELETED) or (decided_at is not None and decided_at > restored.at)


def owed_by(event: Event, before: SnapshotRequest) -> tuple[Owed, ...]:
    """Return who is to be told of *event*, beside the card that shows it: requester, operators, or who may decide.

    *before* is the request as it was. Who takes a request back waits for nothing, but others who want it do.
    """
    match event:
        case Withdrawn(decided_by=by):
            return _ends(before) if {*before.wanted_by} - {by} else ()
        case Declined() | Expired() | Failed() | Finished() | Deleted():
            return _ends(before)
        case GlassBroken(glass=glass):
            return alarms(glass)
        case Held(hold=hold) | AnswerLost(hold=hold) | Refused(hold=hold) | Progressed(hold=hold):
            return (OPERATOR,) if hold in OPERATORS_MOVE | ADMINS_MOVE else ()
        case ApproversAsked(asked=asked):
            copies = [Owed(MessageKind.COPY, user) for user in asked.directly if user not in before.asked.directly]
            return (*copies, *_turns(asked, before.asked))
        case Changed(asked=asked):
            return _turns(asked, before.asked)
        case Reminded(asked=asked):
            left = [user for user in asked.everybody if before.vote_of(user) is None]
            number = asked.reminders
            directly = [Owed(MessageKind.REMINDER, user, number) for user in asked.directly if user in left]
            in_channel = not {*left} <= {*asked.directly}
            return (*((Owed(MessageKind.REMINDER, number=number),) if in_channel else ()), *directly)
        case _:
            return ()


def _ends(request: SnapshotRequest) -> tuple[Owed, ...]:
    """Return who is told how *request* ended: its channel, and those who joined and aren't in that."""
    return (RESULT, *(Owed(MessageKind.RESULT, joiner.user) for joiner in request.joined if joiner.directly))


def _turns(asked: Asked, before: Asked) -> tuple[Owed, ...]:
    """Return who is told that it is their turn where *asked* has one round more than *before*; the card is the first.

    Who had no direct message before has the card as one now, which says it.
    """
    number = len(asked.rounds) - 1
    if number < 1 or number < len(before.rounds):
        return ()
    them = asked.rounds[number]
    turns = [Owed(MessageKind.TURN, user, number) for user in them if user in before.directly]
    if not {*them} <= {*asked.directly}:
        turns.append(Owed(MessageKind.TURN, number=number))
    return tuple(turns)


def alarms(glass: BreakGlass) -> tuple[Owed, ...]:
    """Return who is to be told that somebody broke the *glass*."""
    in_channel = (Owed(MessageKind.ALARM),) if glass.here else ()
    return (*in_channel, *(Owed(MessageKind.ALARM, user) for user in glass.directly))
