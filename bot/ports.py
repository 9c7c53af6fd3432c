"""What the use cases and the worker need of the outside, as protocols: Store, Cloud, Messenger, People, Clock. No more.

Each has a fake in `tests/fakes/`; fake and real one pass the same contract suite.
Long because each method says what an implementation owes: what it commits together, and what it raises.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, TypeAlias

from bot.core.approval import Vote
from bot.core.channel import ChannelSeen
from bot.core.condition import Sharing
from bot.core.freezes import Freeze
from bot.core.grants import Grant, Rights, Role
from bot.core.groups import Groups
from bot.core.holdings import Holdings, Look
from bot.core.ids import (
    ChannelId,
    CloudName,
    ClusterId,
    ClusterRef,
    FreezeId,
    MessageRef,
    Principal,
    RequestId,
    SnapshotId,
    TeamId,
    UserId,
)
from bot.core.login_life import LoginLife
from bot.core.message import CARD, Facts, Message, Owed
from bot.core.notices import Notice
from bot.core.person import Known, Person
from bot.core.phrase import Phrase
from bot.core.record import Entry, Head, Recorded, Selection, Verdict
from bot.core.request import Capped, SnapshotRequest, State
from bot.core.restored import Restored
from bot.core.right_changes import RightChange, RightsPart, RightsState
from bot.core.scope import Named, NamedCluster, Scope
from bot.core.scoped_rules import ClusterRule, ScopeRule
from bot.core.snapshot import Cluster, Created, Snapshot, Storage
from bot.core.subscriptions import Pause, Subscription
from bot.core.visible import Portion, Turn, Visible
from bot.core.work import Run, Work


class Clock(Protocol):
    """Time, so that tests and the demo can own it."""

    def now(self) -> datetime:
        """Return the present moment, aware, UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Return after *seconds* of this clock."""
        ...


# Gets what there is, in the transaction that changes it, and returns what is changed; what it raises changes nothing.
Plan: TypeAlias = Callable[[RightsState], Sequence[tuple[RightChange, Entry]]]


class RightsStore(Protocol):
    """Where rights and rules are kept, as far as a change of them needs it."""

    @property
    def clock(self) -> Clock:
        """The store's clock: what is compared with a time in a row is compared with its time."""
        ...

    async def rights_state(self, part: RightsPart | None = None) -> RightsState:
        """Return the grants and rules of *part* (None: all), and the number of the last change of any on record."""
        ...

    async def change_rights(self, plan: Plan, *, part: RightsPart | None = None) -> None:
        """Make what *plan* returns for *part* (None: all), all or nothing, each on record with its entry.

        Where something is changed, what waits for people there is due at once.
        So is what a freeze or a closed window has held, where a rule is.
        """
        ...


class Store(RightsStore, Protocol):
    """Where everything durable is. A method that writes returns after its commit, or raises and wrote nothing.

    Several processes may share it, each with a clock of its own: what is due, how long a lease is good and what has
    expired is decided by the store's clock. So a due time is given as a duration, which begins with the commit
    (None: nothing is due; negative: it has been due for so long).
    """

    async def rights(
        self,
        *,
        cluster: Named | None = None,
        roles: Collection[Role] = tuple(Role),
        holders: Collection[Principal] = (),
    ) -> Rights:
        """Return the grants of now of *roles* on *cluster*, or of *holders* (neither: all), and all of admins.

        And what is denied to a group: nobody may know who is in it.
        """
        ...

    async def rights_among(self, cluster: Named, users: Collection[UserId]) -> Rights:
        """Return the grants of now that cover *cluster* and are *users*' own, a group's or everyone's.

        They say all that decides what *users* may do there, and nothing of what others may.
        """
        ...

    async def grants(self) -> tuple[Grant, ...]:
        """Return every grant, those that have ended, too, the oldest first."""
        ...

    async def rules(self) -> dict[Scope, ScopeRule]:
        """Return every rule that was set."""
        ...

    async def grants_page(
        self, *, scopes: Collection[Scope] | None, holder: str = "", skip: int, limit: int, counted: int
    ) -> tuple[list[Grant], int]:
        """Return a page of the grants on exactly *scopes* (None: on any) to *holder* ("": to anybody), by scope.

        And how many there are, of which at most *counted* are counted. Those that have ended are in it, too.
        """
        ...

    async def granted_scopes(self) -> tuple[Scope, ...]:
        """Return what grants speak of, each once."""
        ...

    async def rule(self, cluster: Named) -> ClusterRule:
        """Return what holds for *cluster* by the closest scopes, one approval where nothing was set."""
        ...

    async def freezes(self, *, cluster: Named | None = None) -> tuple[Freeze, ...]:
        """Return every freeze, those that have ended, too, or those that cover *cluster*; the oldest first."""
        ...

    async def freeze(self, freeze: Freeze, entry: Entry) -> bool:
        """Keep *freeze*; False, with nothing recorded, if one with its id is kept already, over or not.

        What it covers and hasn't started is due at once, with its card, and in nobody's hands.
        """
        ...

    async def unfreeze(self, freeze: FreezeId, entry: Entry) -> bool:
        """End a freeze, by whom and when *entry* says; False, with nothing recorded, if it isn't on (any more).

        What it covers, and whatever is held by one, is due at once as for `freeze`.
        """
        ...

    async def names_groups(self) -> bool:
        """Say whether a grant or a rule names a user group."""
        ...

    async def add(
        self,
        request: SnapshotRequest,
        *,
        origin: str,
        entries: Sequence[Entry],
        due_in: timedelta | None,
        capped: Capped | None = None,
        most_open: int | None = None,
    ) -> SnapshotRequest:
        """Keep a new request, owe its card, the alarms of break-glass, and what channels hear of it.

        Where *origin* was seen before, return the request that came of that.

        With *capped*, where as many requests as one of its caps allows went without an approval, what *capped* has is
        kept in the place of it. *most_open* is how many requests of its owner may be open with it (None: any number).
        Both are counted in the transaction that keeps it.

        Raises:
            TooManyOpen: as many as *most_open* are open.
            NameTaken: an open request in the same cloud has the same name (ignoring case).
            IdTaken: the id is taken; draw another.
        """
        ...

    async def drop_ended(self, before: datetime, *, limit: int) -> int:
        """Delete at most *limit* requests that ended before *before*, the oldest first, with all that belongs to them.

        One entry says how many. What is owed stays, and of each cluster the last request that became a snapshot. Return
        how many went: as many as *limit* where there may be more.
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
        token: int | None = None,
        entries: Sequence[Entry] = (),
        owe: Collection[Owed] = (),
        vote: Vote | None = None,
        fallen: Collection[UserId] = (),
        due_in: timedelta | None = None,
        wake: Collection[RequestId] = (),
        release: bool = True,
    ) -> None:
        """Save *request* if the stored version is the one before; give up its lease; make its card due.

        *vote* is kept with its votes; those of *fallen* go, and only the record has them.
        *token* is that of its claim; None: by a person, who takes the lease from its holder. A frozen card isn't due;
        where *request* has ended, its RESULT is owed, and once to each channel that wants to hear of that. The requests
        *wake* are due at once. *release* False keeps the lease (before a call that can't be taken back); should its
        holder die, it is due once both are over, *due_in* and the lease. At most one request per cluster may be
        SUBMITTING or CREATING.

        Raises:
            StaleRequest: the stored version is another, the lease was lost, or the cluster has another request in the
                cloud.
        """
        ...

    async def renew(self, work: Work[SnapshotRequest], *, lease: timedelta) -> None:
        """Let the lease on *work* end *lease* from now, for a step that takes longer than it was leased for.

        Raises:
            StaleRequest: the lease was lost: another has it, or a person has changed the request.
        """
        ...

    async def put_off(self, work: Work[SnapshotRequest], due_in: timedelta | None) -> None:
        """Give up the lease and come back after *due_in*, with nothing changed.

        Raises:
            StaleRequest: the lease was lost, or the request was saved since.
        """
        ...

    async def find(
        self,
        *,
        states: Collection[State] | None = None,
        cluster: ClusterRef | None = None,
        limit: int = 100,
        oldest_first: bool = False,
    ) -> list[SnapshotRequest]:
        """Return the requests that fit, the newest first, or with *oldest_first* the oldest."""
        ...

    async def newest(
        self,
        visible: Visible,
        *,
        portion: Portion = Portion.ALL,
        cluster: ClusterRef | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[RequestId]:
        """Return which requests of *portion* are *visible*, or those of them on *cluster*, the newest first.

        Of those that are open, what their owner has joined or asked for somebody else is theirs, too. With *since*,
        those that were asked for then or later. It takes as long as *limit* asks for, however many requests there are.
        """
        ...

    async def turns(self, visible: Visible, user: UserId, *, after: Turn | None = None, limit: int = 100) -> list[Turn]:
        """Return what is *visible* and waits for people now, as *user* sees it; what expires first comes first.

        With *after*, what comes after that.
        """
        ...

    async def load(self, ids: Sequence[RequestId]) -> list[SnapshotRequest]:
        """Return the requests *ids* in this order; what isn't there is left out."""
        ...

    async def asked_clusters(self, scopes: Collection[Scope]) -> frozenset[NamedCluster]:
        """Return the clusters on which there are requests, by each name that these have or had, that *scopes* cover."""
        ...

    async def clusters_of(self, owner: Principal) -> set[ClusterRef]:
        """Return the clusters for which *owner* has asked, whatever became of it."""
        ...

    async def requests_of(
        self, cloud: CloudName, snapshots: Collection[SnapshotId]
    ) -> dict[SnapshotId, SnapshotRequest]:
        """Return the requests that *snapshots* of *cloud* came of, by snapshot; others aren't in it."""
        ...

    async def deletions_of(self, cloud: CloudName, snapshot: SnapshotId) -> list[SnapshotRequest]:
        """Return the requests to delete *snapshot* of *cloud*, the newest first."""
        ...

    async def line(self, cluster: ClusterRef) -> list[SnapshotRequest]:
        """Return the requests on *cluster* that are APPROVED, SUBMITTING or CREATING, in the order in which they start.

        What the cloud was asked for is first, then what was begun by break-glass; each by when it was approved, what
        is to start later by that time.
        """
        ...

    async def counts(self) -> dict[State, int]:
        """Return how many requests there are in each state."""
        ...

    async def oldest(self) -> Mapping[str, datetime]:
        """Return since when the oldest of each of `work.OLDEST` has been so; what there is none of is left out.

        What may not start yet isn't there; it is late as of when it was let go.
        """
        ...

    async def begin_run(self, owner: str) -> Run | None:
        """Remember that the process *owner* serves from now on; return the run before it, None where it is the first.

        Raises:
            StoreUnavailable: it can't be remembered just now.
        """
        ...

    async def end_run(self, owner: str, *, clean: bool) -> None:
        """Remember that *owner* has ended, and whether what was under way was finished."""
        ...

    async def claim(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[SnapshotRequest]]:
        """Lease what is due by the store's clock to *owner*, the longest due first."""
        ...

    async def claim_messages(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Message]]:
        """Lease messages that are due: never sent, or cards that show an older version than the row's."""
        ...

    async def renew_message(self, work: Work[Message], *, lease: timedelta) -> None:
        """Let the lease on *work* end *lease* from now.

        Raises:
            StaleRequest: the lease was lost.
        """
        ...

    async def save_message(
        self, message: Message, *, token: int, due_in: timedelta | None, release: bool = True
    ) -> None:
        """Save what became of *message*; *due_in* None: nothing owed until the row changes again.

        *token* is that of its claim. A card whose row has moved on in the meantime stays due, unless it is frozen:
        then the RESULT of a request that has ended is owed. *release* False keeps the lease (before a post).

        Raises:
            StaleRequest: the lease was lost.
        """
        ...

    async def draw_again(self, request_id: RequestId, owed: Owed) -> None:
        """Make due what stands in Slack and may show less than it should; who has it now loses it."""
        ...

    async def message(self, request_id: RequestId, owed: Owed) -> Message | None:
        """Return the message, or None where it was never owed."""
        ...

    async def messages(self, request_id: RequestId) -> list[Message]:
        """Return all messages about a request."""
        ...

    async def frozen_cards(self) -> int:
        """Return how many open requests have a card that can't be drawn again."""
        ...

    async def unreached(self) -> tuple[UserId, ...]:
        """Return who should have a direct message about a request that waits, and can't be sent one."""
        ...

    async def not_sent(self) -> int:
        """Return how many requests have a message that a restore left unsent, since it may have been sent before."""
        ...

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return every subscription, paused ones, too, the oldest first."""
        ...

    async def subscribe(self, subscription: Subscription, entry: Entry) -> None:
        """Keep *subscription* in the place of the one of its channel and scope, if there is one."""
        ...

    async def unsubscribe(self, channel: ChannelId, scope: Scope, entry: Entry) -> bool:
        """End one; False, with nothing recorded, if there is none."""
        ...

    async def pause(self, subscriptions: Sequence[Subscription], why: Pause) -> None:
        """Let *subscriptions* of one channel hear nothing any more, on record, and owe the word of it once.

        One that was paused, ended or set up again meanwhile stays as it is.
        """
        ...

    async def owe_notices(self, notices: Sequence[Notice]) -> None:
        """Owe *notices*, on record; one that was owed before is nothing new, whatever became of it."""
        ...

    async def claim_notices(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Notice]]:
        """Lease notices that are due to *owner*, the longest due first."""
        ...

    async def save_notice(self, notice: Notice, *, token: int, due_in: timedelta | None, release: bool = True) -> None:
        """Save what became of *notice*; *due_in* None: nothing is owed any more.

        *token* is that of its claim. *release* False keeps the lease and what is due (before a post).

        Raises:
            StaleRequest: the lease was lost.
        """
        ...

    async def drop_notices(self, before: datetime) -> int:
        """Forget the notices that were owed before *before* and aren't any more; return how many there were."""
        ...

    async def save_person(self, person: Person, *, asked_at: datetime) -> None:
        """Keep what Slack said of *person*, unless they changed since it was asked."""
        ...

    async def person(self, user: UserId) -> Known | None:
        """Return what Slack said of *user* last; None where nothing is kept, or they changed since."""
        ...

    async def person_changed(self, user: UserId) -> None:
        """Mark what is kept of *user* as old."""
        ...

    async def begin_look(self, cloud: CloudName, *, owner: str, lease: timedelta) -> Look | None:
        """Begin a look at *cloud*; None: somebody else looks just now, and their lease isn't over.

        An *owner* looks once at a time, so that what it has leased already doesn't keep it from the next look, which
        may begin while what the one before saw is saved.
        """
        ...

    async def renew_look(self, cloud: CloudName, look: Look, *, lease: timedelta) -> None:
        """Let the lease on *look* end *lease* from now.

        Raises:
            StaleRequest: another look was begun since, or this one was ended.
        """
        ...

    async def end_look(self, cloud: CloudName, look: Look, seen: Holdings | None) -> None:
        """Give up the lease, where *look* still has it; keep what was *seen*, unless what a later look saw is kept.

        What happened to snapshots since the look that was kept before, and nobody here did, is owed to the channels
        that hear of it. Nothing is after the first look, nor after one from before a restore.
        """
        ...

    async def look(self, cloud: CloudName, *, after: datetime | None = None) -> Holdings | None:
        """Return what was seen of *cloud* last; None where no look is kept, or none that began *after*."""
        ...

    async def cluster_names(self, cloud: CloudName) -> dict[ClusterId, str]:
        """Return what the clusters of *cloud* were called when that was kept last, also of those that are gone."""
        ...

    async def name_clusters(
        self, cloud: CloudName, names: Mapping[ClusterId, str], *, entries: Sequence[Entry] = ()
    ) -> None:
        """Keep what clusters are called; requests on them that the cloud wasn't asked for yet go by that name.

        What waits for people, or for a freeze to end, is due at once, as after a change of rules.
        """
        ...

    async def throttled_for(self, key: str) -> float:
        """Return for how many seconds from now nobody may do what *key* names; 0 where anybody may."""
        ...

    async def throttle(self, key: str, seconds: float) -> None:
        """Let no process do what *key* names for *seconds* from now; a longer time that was given before stands."""
        ...

    async def sharing(self) -> Sharing | None:
        """Return how the server is doing on which several processes share the data; None: nobody shares them."""
        ...

    async def last_restore(self) -> Restored | None:
        """Return the mark of the last restore of the data, with who was told; None where there was none."""
        ...

    async def told_of_restore(self, restored: Restored, user: UserId) -> None:
        """Remember that *user* was told of *restored*."""
        ...

    async def next_due(self) -> float | None:
        """Return in how many seconds the earliest work (request or message) is due or its lease ends, or None."""
        ...

    async def hasten(self, *, beyond: timedelta) -> None:
        """Make due at once the work that would wait for longer than *beyond*, also where a lease on it lasts longer.

        For a clock that was put back; a request that waits for people, or whose snapshot is kept until some day, keeps
        the moment when that is over.
        """
        ...

    async def first_time(self, key: str) -> bool:
        """Remember *key* (for an hour at least); return False where it was known."""
        ...

    async def beat(self) -> None:
        """Commit a row, to prove that something can be saved; what was refused again and again is recorded then.

        Raises:
            StoreUnavailable: nothing can; the text says why.
        """
        ...

    async def record(self, entry: Entry) -> None:
        """Append to the audit log."""
        ...

    async def refuse(self, entry: Entry) -> None:
        """Append the refusal *entry* to the audit log; within `record.WINDOW` of the same one it is only counted.

        The same has actor, action, rule, request and cluster. How many they were is appended once the window is over,
        at the next refusal or `beat`, whichever process that is.
        """
        ...

    async def verify_chain(self, noted: Sequence[Head] = ()) -> Verdict:
        """Check the audit log from its first entry: that none was changed, put in or taken away.

        *noted* are heads that were written down elsewhere: their entries must be the same still.
        """
        ...

    async def head(self) -> Head:
        """Return where the audit log ends."""
        ...

    async def recorded(
        self, selection: Selection, *, after: int = 0, limit: int = 1000, newest_first: bool = False
    ) -> list[Recorded]:
        """Return at most *limit* entries that fit, as they are kept, with a higher number than *after*."""
        ...

    async def record_page(
        self, selection: Selection, *, skip: int, limit: int, counted: int = 0
    ) -> tuple[list[tuple[int, Entry]], int]:
        """Return at most *limit* of the entries that fit, with their numbers, and how many fit, up to *counted*.

        The newest first, without the first *skip*.
        """
        ...

    async def prune(self, last: Head, entry: Entry) -> int:
        """Delete the entries up to *last* and append *entry*, which says so; return how many there were.

        Raises:
            Conflict: the entry of that number isn't the one that was meant.
        """
        ...

    async def entries(self, *, request_id: RequestId | None = None, limit: int = 100) -> list[Entry]:
        """Return audit entries, the newest first."""
        ...


class SnapshotRules(Protocol):
    """What the clouds want of a snapshot's name and description."""

    @property
    def name_max(self) -> int:
        """How many characters a name may have."""
        ...

    @property
    def name_hint(self) -> Phrase:
        """The rule for names in a line."""
        ...

    @property
    def description_max(self) -> int:
        """How many characters a description may have."""
        ...

    @property
    def description_hint(self) -> Phrase:
        """The rule for descriptions in a line."""
        ...

    def check_name(self, name: str) -> Phrase | None:
        """Return what is wrong with a snapshot *name*, or None."""
        ...

    def check_description(self, description: str) -> Phrase | None:
        """Return what is wrong with a canonical *description*, or None."""
        ...

    def suggest_name(self, cluster_name: str, moment: datetime) -> str:
        """Return a valid name, whatever the cluster is called.

        *moment* is one form's own (see `Timing.moment`), so that two forms never suggest the same.
        """
        ...

    def is_suggestion(self, name: str) -> bool:
        """Say whether *name* ends as the names do that are suggested: in a moment."""
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

    async def storage(self, cluster: ClusterId) -> Storage:
        """Return what storage the snapshots of one cluster take; CloudNotFound where it is gone."""
        ...

    async def create_snapshot(self, cluster: ClusterId, name: str, description: str) -> Created:
        """Ask for a snapshot and return which it is; it is not usable yet.

        Not idempotent: after a CloudUnavailable with `maybe_done` the snapshot may exist all the same.
        """
        ...

    async def delete_snapshot(self, snapshot: SnapshotId) -> str:
        """Ask for a snapshot to be deleted, and return the cloud's own id of the call ("": it gave none).

        It is gone once no look shows it any more; CloudNotFound where it was gone before.
        """
        ...

    @property
    def login_life(self) -> LoginLife:
        """How long the login lasts, as far as it is known by now."""
        ...

    @property
    def clock_ahead(self) -> timedelta | None:
        """By how much the cloud's clock was ahead of ours in its last answer, whatever that was; None: not known."""
        ...

    async def whoami(self) -> str:
        """Say who is logged in where: one line for the operator, without secrets."""
        ...


class Called(Protocol):
    """Takes in that a call to a far end was made: of which method, how it ended, and how many seconds it took."""

    def __call__(self, method: str, outcome: str, seconds: float) -> None:
        """Take it in; *outcome* is one of "ok", "refused", "throttled", "failed", "no_answer"."""
        ...


class Messenger(Protocol):
    """Says things in Slack. Every method may raise SlackUnavailable (SlackRefused where Slack says no)."""

    async def post(
        self, owed: Owed, facts: Facts, *, channel: ChannelId, key: str, thread: MessageRef | None = None
    ) -> MessageRef:
        """Post a message, as a reply in *thread* where given; *key* goes along in its metadata.

        Not idempotent: after a SlackUnavailable with `maybe_done` the message may be there all the same.
        """
        ...

    async def update(self, facts: Facts, ref: MessageRef, *, owed: Owed = CARD) -> None:
        """Draw the card, or the other message that is *owed*, at *ref* again."""
        ...

    async def find(
        self, key: str, *, channel: ChannelId, since: datetime, thread: MessageRef | None = None, sure: bool = False
    ) -> MessageRef | None:
        """Look for a message of ours that carries *key*; None where it isn't there or may not be looked for.

        *sure*: where it may not be looked for, SlackRefused is raised instead.
        """
        ...

    async def remove(self, ref: MessageRef) -> None:
        """Take away the bot's own message at *ref*.

        Raises:
            SlackRefused: Slack said no. SlackUnavailable: no useful answer.
        """
        ...

    async def announce(self, notice: Notice, *, names: Mapping[UserId, str]) -> MessageRef:
        """Post *notice* where it is owed; *names* are what the people in it are called: nobody is mentioned.

        Not idempotent, as `post`.
        """
        ...

    async def tell(self, user: UserId, said: Phrase) -> None:
        """Say something to one person, by direct message; *said* is put into their language."""
        ...


class People(Protocol):
    """Who Slack users are."""

    @property
    def team(self) -> TeamId | None:
        """The bot's workspace; None until Slack has said which that is."""
        ...

    async def person(self, user: UserId, *, fresh: bool = False) -> Person:
        """Return who *user* is, UNKNOWN where Slack knows of nobody; *fresh* asks Slack again.

        Raises:
            SlackUnavailable: Slack doesn't say, so that nobody may act on it; `say` names whose fault that is.
        """
        ...


class UserGroups(Protocol):
    """Who is in which user group of the workspace."""

    async def groups(self, *, fresh: bool = False) -> Groups:
        """Return the user groups; unknown ones (never an error) where Slack doesn't say.

        To draw, what was asked for up to five minutes ago will do. *fresh* asks Slack again: with one call for all who
        wait, begun after they asked.
        """
        ...


class Channels(Protocol):
    """Where the bot may post."""

    async def problem(self, channel: ChannelId) -> Phrase | None:
        """Return why the bot can't post into *channel* and what to do about it; None where it can."""
        ...

    async def seen(self, channel: ChannelId) -> ChannelSeen:
        """Return what Slack says of *channel* now; what it doesn't say is a problem as well."""
        ...

    def not_here(self) -> Phrase:
        """Return what is said of a channel that isn't there, as far as the bot or who asks may know."""
        ...

    async def absent(self, channel: ChannelId, users: Sequence[UserId]) -> Sequence[UserId]:
        """Return those of *users* who aren't in *channel*, as Slack said within the last minute.

        All of them where the bot may not look.

        Raises:
            SlackUnavailable: Slack doesn't say just now.
        """
        ...
