"""What the use cases and the worker need of the outside, as protocols: Store, Cloud, Messenger, People, Clock. No more.

Each has a fake in `tests/fakes/`; fake and real one pass the same contract suite.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.core.access import Grant, Person, Rights, Role
from bot.core.approval import ClusterRule, Vote
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, MessageRef, RequestId, SnapshotId, TeamId, UserId
from bot.core.message import Facts, Message, MessageKind
from bot.core.record import Entry
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Cluster, Snapshot


class Clock(Protocol):
    """Time, so that tests and the demo can own it."""

    def now(self) -> datetime:
        """Return the present moment, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds* of this clock."""
        ...


class Store(Protocol):
    """Where everything durable is. A method that writes returns after its commit, or raises and wrote nothing."""

    async def rights(self, *, cluster: ClusterRef | None = None, user: UserId | None = None) -> Rights:
        """Return the grants that cover *cluster* or belong to *user* (both None: all), and every admin grant."""
        ...

    async def grant(self, grant: Grant, entry: Entry) -> bool:
        """Keep *grant*; return False if the user had exactly this role there already."""
        ...

    async def revoke(self, user: UserId, role: Role | None, cloud: str, cluster: str, entry: Entry) -> int:
        """Take back the grants of exactly this scope (*role* None: every role); return how many there were."""
        ...

    async def rule(self, cluster: ClusterRef) -> ClusterRule:
        """Return the rule of *cluster*, the default rule where none was set."""
        ...

    async def set_rule(self, cluster: ClusterRef, rule: ClusterRule, entry: Entry) -> None:
        """Set the rule of *cluster*."""
        ...

    async def add(
        self, request: SnapshotRequest, *, origin: str, entries: Sequence[Entry], due_at: datetime | None
    ) -> SnapshotRequest:
        """Keep a new request and owe its card; where *origin* was seen before, return that request instead.

        Raises:
            NameTaken: an open request in the same cloud has the same name (ignoring case).
            KeyError: the id is taken; draw another.
        """
        ...

    async def get(self, request_id: RequestId) -> SnapshotRequest | None:
        """Return the request with its votes, or None."""
        ...

    async def by_origin(self, origin: str) -> SnapshotRequest | None:
        """Return the request that came of this submission, or None."""
        ...

    async def save(
        self,
        request: SnapshotRequest,
        *,
        entries: Sequence[Entry] = (),
        owe: Collection[MessageKind] = (),
        vote: Vote | None = None,
        due_at: datetime | None = None,
    ) -> None:
        """Save *request* if the stored version is the one before; give up its lease; make its card due.

        A frozen card isn't due; where *request* has ended, its RESULT is owed. At most one request per cluster may be
        SUBMITTING or CREATING.

        Raises:
            StaleRequest: the stored version is another, or the cluster has another request in the cloud.
        """
        ...

    async def put_off(self, request_id: RequestId, version: int, due_at: datetime | None) -> None:
        """Give up the lease and come back at *due_at*, with nothing changed; does nothing if *version* is gone."""
        ...

    async def find(
        self,
        *,
        states: Collection[State] | None = None,
        requester: UserId | None = None,
        cluster: ClusterRef | None = None,
        limit: int = 100,
    ) -> list[SnapshotRequest]:
        """Return the requests that fit, the newest first."""
        ...

    async def line(self, cluster: ClusterRef) -> list[SnapshotRequest]:
        """Return the requests on *cluster* that are APPROVED, SUBMITTING or CREATING, by when they were approved."""
        ...

    async def counts(self) -> dict[State, int]:
        """Return how many requests there are in each state."""
        ...

    async def claim(self, *, owner: str, now: datetime, until: datetime, limit: int) -> list[SnapshotRequest]:
        """Lease what is due at *now* to *owner* until *until*, the longest due first."""
        ...

    async def claim_messages(self, *, owner: str, now: datetime, until: datetime, limit: int) -> list[Message]:
        """Lease messages that are due: never sent, or cards that show an older version than the row's."""
        ...

    async def save_message(self, message: Message, *, due_at: datetime | None, release: bool = True) -> None:
        """Save what became of *message*; *due_at* None: nothing owed until the row changes again.

        A card whose row has moved on in the meantime stays due, unless it is frozen: then the RESULT of a request that
        has ended is owed. *release* False keeps the lease (before a post).
        """
        ...

    async def message(self, request_id: RequestId, kind: MessageKind) -> Message | None:
        """Return the message of this kind, or None where it was never owed."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when the earliest work (request or message) is due or its lease ends, or None."""
        ...

    async def hasten(self, *, beyond: datetime, to: datetime) -> None:
        """Make due at *to* the work that would wait until after *beyond*, also where a lease on it lasts longer.

        For a clock that was put back; a request that waits for people keeps the moment when its time is over.
        """
        ...

    async def first_time(self, key: str, now: datetime) -> bool:
        """Remember *key* (for an hour at least); return False where it was known."""
        ...

    async def beat(self, now: datetime) -> None:
        """Commit a row, to prove that something can be saved.

        Raises:
            StoreUnavailable: nothing can; the text says why.
        """
        ...

    async def record(self, entry: Entry) -> None:
        """Append to the audit log."""
        ...

    async def entries(self, *, request_id: RequestId | None = None, limit: int = 100) -> list[Entry]:
        """Return audit entries, the newest first."""
        ...


class Cloud(Protocol):
    """One cloud project. Every method may raise any CloudError."""

    @property
    def name(self) -> CloudName:
        """The name in `clouds.yaml`, or "default"."""
        ...

    async def clusters(self) -> list[Cluster]:
        """Return every cluster of the project."""
        ...

    async def cluster(self, cluster: ClusterId) -> Cluster:
        """Return one cluster; CloudNotFound where it is gone."""
        ...

    async def snapshots(self) -> list[Snapshot]:
        """Return every snapshot of the project."""
        ...

    @property
    def listed_at(self) -> datetime | None:
        """When the cloud answered the last `snapshots()`, by its own clock; None where it didn't say."""
        ...

    async def snapshot(self, snapshot: SnapshotId) -> Snapshot:
        """Return one snapshot; CloudNotFound where it is gone."""
        ...

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> SnapshotId:
        """Ask for a snapshot and return its id; it is not usable yet.

        Not idempotent: after a CloudUnavailable with `maybe_done` the snapshot may exist all the same.
        """
        ...


class Messenger(Protocol):
    """Says things in Slack. Every method may raise SlackUnavailable (SlackRefused where Slack says no)."""

    async def post(
        self, kind: MessageKind, facts: Facts, *, channel: ChannelId, key: str, thread: MessageRef | None = None
    ) -> MessageRef:
        """Post a message, as a reply in *thread* where given; *key* goes along in its metadata.

        Not idempotent: after a SlackUnavailable with `maybe_done` the message may be there all the same.
        """
        ...

    async def update(self, facts: Facts, ref: MessageRef) -> None:
        """Draw the card at *ref* again."""
        ...

    async def find(
        self, key: str, *, channel: ChannelId, since: datetime, thread: MessageRef | None = None
    ) -> MessageRef | None:
        """Look for a message of ours that carries *key*; None where it isn't there or may not be looked for."""
        ...


class People(Protocol):
    """Who Slack users are."""

    @property
    def team(self) -> TeamId | None:
        """The bot's workspace; None until Slack has said which that is."""
        ...

    async def person(self, user: UserId, *, fresh: bool = False) -> Person:
        """Return who *user* is, UNKNOWN where Slack knows of nobody; *fresh* asks Slack anew.

        Raises:
            SlackUnavailable: Slack doesn't say, so that nobody may act on it; `say` names whose fault that is.
        """
        ...
