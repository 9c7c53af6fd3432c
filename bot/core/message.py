"""Messages about a request: which there are, what is known of one, and what they are drawn from."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime
from typing import assert_never

from bot.core.age import Age
from bot.core.events import (
    ADMINS_MOVE,
    OPERATORS_MOVE,
    AnswerLost,
    Declined,
    Event,
    Expired,
    Failed,
    Finished,
    Held,
    Progressed,
    Refused,
)
from bot.core.freezes import Closure
from bot.core.groups import NO_GROUPS, Groups
from bot.core.ids import ChannelId, MessageRef, RequestId, UserId
from bot.core.request import OPEN, SnapshotRequest, State
from bot.core.restored import Recovery, Restored
from bot.core.snapshot import Cluster, Snapshot


class MessageKind(enum.StrEnum):
    """What a message about a request is; a request owes each kind at most once."""

    CARD = "card"  # the one card, edited in place
    RESULT = "result"  # thread reply with a mention: available, failed, declined or expired (see also Message.frozen)
    OPERATOR = "operator"  # thread reply that mentions the admins: they must fix something


@dataclass(frozen=True, slots=True)
class Message:
    """A message that is owed or was sent.

    *shown_version* is the request's version that a sent card shows (0: not sent). *sending_at* is saved before the
    post: where it is set and *ref* is not, the post may have happened. *reposted* is how often a card that was deleted
    was posted again. A *frozen* card can't be drawn again and none takes its place: it stays as it is, and the end of
    its request is told as a RESULT, whichever end it is.
    """

    request_id: RequestId
    kind: MessageKind
    channel: ChannelId
    ref: MessageRef | None = None
    shown_version: int = 0
    sending_at: datetime | None = None
    attempts: int = 0
    reposted: int = 0
    frozen: bool = False

    @property
    def key(self) -> str:
        """What the posted message carries in its metadata, so that it can be found again."""
        return f"{self.request_id}:{self.kind}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a card or a message is drawn from; fetched first, drawn after. *age* is that of the cloud's facts."""

    request: SnapshotRequest
    approvers: tuple[UserId, ...] = ()  # who may approve it now, the requester not among them
    admins: tuple[UserId, ...] = ()
    cluster: Cluster | None = None  # None: never seen, or not there when the cloud was seen
    last_snapshot: Snapshot | None = None
    card: MessageRef | None = None
    age: Age = field(kw_only=True)
    quiet: tuple[UserId, ...] = ()  # those who may approve it as well, and aren't pinged
    anyone: bool = False  # whether every active member but the requester may approve it
    could_still: tuple[UserId, ...] = ()  # those of *approvers* whose vote would count now
    groups: Groups = NO_GROUPS  # what those are called that the rule names
    closures: tuple[Closure, ...] = ()  # what keeps it from starting now, while it waits for people
    freezer: str = ""  # what who froze its cluster is called: a card mentions only who has to act
    asker: str = ""  # what the requester is called, for texts that take no mention; "" where it isn't known


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
        case _:
            assert_never(kind)


def _end_is_news(request: SnapshotRequest, restored: Restored) -> bool:
    """Say whether *request* ended after the restore: its snapshot did, or somebody decided on it since, or no one."""
    if request.recovery in (Recovery.FOUND, Recovery.RUNNING):
        return True
    if request.recovery is not Recovery.NOT_FOUND:
        return False
    decided_at = request.expires_at if request.state is State.EXPIRED else request.decided_at
    return request.state is State.AVAILABLE or (decided_at is not None and decided_at > restored.at)


def owed(event: Event) -> tuple[MessageKind, ...]:
    """Return who is to be told of *event*, beside the card that shows it: the requester or the operators.

    Who takes a request back waits for nothing.
    """
    match event:
        case Declined() | Expired() | Failed() | Finished():
            return (MessageKind.RESULT,)
        case Held(hold=hold) | AnswerLost(hold=hold) | Refused(hold=hold) | Progressed(hold=hold):
            return (MessageKind.OPERATOR,) if hold in OPERATORS_MOVE | ADMINS_MOVE else ()
        case _:
            return ()
