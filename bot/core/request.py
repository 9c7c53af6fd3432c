"""A request: its states, and everything known of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.core.approval import Vote
from bot.core.errors import Conflict
from bot.core.events import Hold
from bot.core.ids import ChannelId, ClusterRef, RequestId, SnapshotId, TeamId, UserId


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
    problem: str = ""
    advice: str = ""
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


class AlreadyDecided(Conflict):
    """Somebody (or time) decided first; *request* is the row as it stands, for the edge to word."""

    def __init__(self, request: SnapshotRequest) -> None:
        super().__init__(f"{request.id} is {request.state} already")
        self.request = request
