"""The Store over PostgreSQL, which several processes share: each method is one unit in one of the store's threads.

Long because the port is: each method says what is read or committed together; the SQL is in modules beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from psycopg.errors import UniqueViolation

from bot.core.approval import Vote
from bot.core.condition import Condition, Sharing
from bot.core.errors import IdTaken, NameTaken, TooManyOpen
from bot.core.freezes import Freeze
from bot.core.grants import Grant, Rights, Role
from bot.core.holdings import Holdings, Look
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, FreezeId, Principal, RequestId, SnapshotId, UserId
from bot.core.message import Message, MessageKind, Owed, alarms
from bot.core.notices import Notice, paused_entry, paused_notices
from bot.core.person import Known, Person
from bot.core.record import BOT, WINDOW, Entry, Head, Recorded, Selection, Verdict, dropped, message_owed
from bot.core.request import FINAL, Capped, SnapshotRequest, State
from bot.core.restored import Restored
from bot.core.right_changes import ACTIONS, RightsPart, RightsState, RuleChange
from bot.core.scope import Named, NamedCluster, Scope
from bot.core.scoped_rules import ClusterRule, ScopeRule, rule_of
from bot.core.subscriptions import Pause, Subscription
from bot.core.visible import Portion, Turn, Visible
from bot.core.work import Run, Work
from bot.ports import Clock, Plan
from bot.store.look_bodies import written
from bot.store.postgres import (
    due_statements,
    freeze_statements,
    list_statements,
    look_statements,
    message_statements,
    notice_statements,
    old_statements,
    person_statements,
    record_statements,
    request_statements,
    right_statements,
    run_statements,
)
from bot.store.postgres.idling import Idling
from bot.store.postgres.server_clock import ServerClock
from bot.store.postgres.session import Session
from bot.store.postgres.units import Units

T = TypeVar("T")


class PostgresStore:
    """`bot.ports.Store`; the caller starts and ends the threads."""

    def __init__(
        self, units: Units, *, clock: Clock | None = None, hears: Callable[[], Condition] | None = None
    ) -> None:
        """Take the started *units*; *clock* says what is due, where it isn't the server's (tests).

        *hears* says how this process hears of the others' commits, where it tries to.
        """
        self._hears = hears
        self._own = ServerClock()
        self.clock: Clock = clock or self._own
        self._units = units
        self._idling = Idling()
        self._owner = ""  # who serves here, once it has begun a run

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
        return await self._read(lambda s: right_statements.rights(s, cluster, roles, holders))

    async def rights_among(self, cluster: Named, users: Collection[UserId]) -> Rights:
        """Return the grants of now that cover *cluster* and are *users*' own, a group's or everyone's."""
        return await self._read(lambda s: right_statements.among(s, cluster, users))

    async def grants(self) -> tuple[Grant, ...]:
        """Return every grant, those that have ended, too, the oldest first."""
        return await self._read(right_statements.every)

    async def rights_state(self, part: RightsPart | None = None) -> RightsState:
        """Return the grants and rules of *part* (None: all), and the number of the last change of any on record."""
        return await self._read(lambda s: _rights_state(s, part), whole=True)

    async def grants_page(
        self, *, scopes: Collection[Scope] | None, holder: str = "", skip: int, limit: int, counted: int
    ) -> tuple[list[Grant], int]:
        """Return a page of the grants on exactly *scopes* (None: on any) to *holder* ("": to anybody), by scope.

        And how many there are, of which at most *counted* are counted. Those that have ended are in it, too.
        """
        return await self._read(lambda s: right_statements.page(s, scopes, holder, skip, limit, counted))

    async def granted_scopes(self) -> tuple[Scope, ...]:
        """Return what grants speak of, each once."""
        return await self._read(right_statements.scopes)

    async def change_rights(self, plan: Plan, *, part: RightsPart | None = None) -> None:
        """Make what *plan* returns, all or nothing, each on record; what waits for people or time is due at once."""

        def unit(session: Session) -> None:
            right_statements.one_changes(session)
            planned = plan(_rights_state(session, part))
            for made, _ in planned:
                right_statements.change(session, made)
            if scopes := {made.scope for made, _ in planned}:
                there = None if Scope() in scopes else list_statements.clusters(session, scopes)
                due_statements.wake_waiting(session, there)
            if any(isinstance(made, RuleChange) for made, _ in planned):
                freeze_statements.look_again(session, frozen=True)
            record_statements.append(session, [entry for _, entry in planned])

        await self._change(unit)

    async def rule(self, cluster: Named) -> ClusterRule:
        """Return what holds for *cluster* by the closest scopes, one approval where nothing was set."""
        return await self._read(lambda s: rule_of(cluster, right_statements.covering_rules(s, cluster)))

    async def rules(self) -> dict[Scope, ScopeRule]:
        """Return every rule that was set."""
        return await self._read(right_statements.rules)

    async def names_groups(self) -> bool:
        """Say whether a grant or a rule names a user group."""
        return await self._read(right_statements.name_groups)

    async def freezes(self, *, cluster: Named | None = None) -> tuple[Freeze, ...]:
        """Return every freeze, those that have ended, too, or those that cover *cluster*; the oldest first."""
        if cluster is None:
            return await self._read(freeze_statements.every)
        return await self._read(lambda s: freeze_statements.covering(s, cluster))

    async def freeze(self, freeze: Freeze, entry: Entry) -> bool:
        """Keep *freeze*, if its id is new; what it covers and hasn't started is looked at again at once."""

        def unit(session: Session) -> bool:
            if not freeze_statements.add(session, freeze):
                return False
            freeze_statements.look_again(session, freeze.scope, frozen=False)
            record_statements.append(session, [entry])
            return True

        return await self._change(unit)

    async def unfreeze(self, freeze: FreezeId, entry: Entry) -> bool:
        """End a freeze; False, with nothing recorded, if it isn't on."""

        def unit(session: Session) -> bool:
            if (scope := freeze_statements.end(session, freeze, entry)) is None:
                return False
            freeze_statements.look_again(session, scope, frozen=True)
            record_statements.append(session, [entry])
            return True

        return await self._change(unit)

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
        """Keep a new request, owe its card, and the alarms of break-glass; where *origin* was seen before, return that.

        Where one of its caps is reached, what *capped* has is kept in the place of it.

        Raises:
            TooManyOpen: as many requests of its owner as *most_open* are open.
            NameTaken: an open request in the same cloud has the same name (ignoring case).
            IdTaken: the id is taken; draw another.
        """

        def unit(session: Session) -> SnapshotRequest:
            if known := request_statements.from_origin(session, origin):
                return known
            if most_open is not None:
                request_statements.refuse_too_many(session, request.owner, most_open)
            kept, recorded, due = request, entries, due_in
            if capped and request_statements.is_reached(session, request.cluster, capped.caps):
                kept, recorded, due = capped.request, capped.entries, capped.due_in
            request_statements.add(session, kept, origin, due)
            message_statements.owe_card(session, kept)
            owed = message_statements.owe(session, kept, alarms(kept.glass)) if kept.glass else []
            also = [message_owed(recorded[-1], o.kind, o.to) for o in owed]
            record_statements.append(session, [*recorded, *also, *notice_statements.owe_news_of(session, None, kept)])
            return kept

        try:
            return await self._change(unit)
        except (NameTaken, IdTaken, TooManyOpen, UniqueViolation):
            # Perhaps the same submission reached another process at the same time, and that one was first.
            if known := await self.by_origin(origin):
                return known
            raise

    async def drop_ended(self, before: datetime, *, limit: int) -> int:
        """Delete at most *limit* requests that ended before *before*, with all that belongs to them, on record."""

        def unit(session: Session) -> int:
            counts = old_statements.drop(session, before, limit)
            if counts["requests"]:
                record_statements.append(session, [dropped(session.now(), before, **counts)])
            return counts["requests"]

        return await self._change(unit)

    async def get(self, request_id: RequestId) -> SnapshotRequest | None:
        """Return the request with its votes, or None."""
        return await self._read(lambda s: request_statements.get(s, request_id))

    async def by_origin(self, origin: str) -> SnapshotRequest | None:
        """Return the request that came of this submission, or None."""
        return await self._read(lambda s: request_statements.from_origin(s, origin))

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

        The votes that *request* carries aren't written; *vote* is added to those stored, and those of *fallen* go.

        Raises:
            StaleRequest: the stored version is another, the lease was lost, the cluster has another request in the
                cloud, or *vote* is its person's second.
        """

        def unit(session: Session) -> None:
            if wake:
                request_statements.lock(session, {request.id, *wake})
            before = request_statements.get(session, request.id) if request.state in FINAL else None
            request_statements.save(session, request, token, vote, due_in, release, fallen)
            due_statements.wake(session, wake)
            owed = message_statements.owe(session, request, owe)
            cause = entries[-1] if entries else _cause(session, request) if owed else None
            also = [message_owed(cause, o.kind, o.to) for o in owed] if cause else []
            news = notice_statements.owe_news_of(session, before, request) if before else []
            record_statements.append(session, [*entries, *also, *news])

        await self._change(unit)

    async def renew(self, work: Work[SnapshotRequest], *, lease: timedelta) -> None:
        """Let the lease on *work* end *lease* from now, also where it is over and nobody has taken it.

        Raises:
            StaleRequest: the lease was lost.
        """
        await self._change_again(lambda s: due_statements.renew(s, work, lease))

    async def put_off(self, work: Work[SnapshotRequest], due_in: timedelta | None) -> None:
        """Give up the lease and come back after *due_in*.

        Raises:
            StaleRequest: the lease was lost, or the request was saved since.
        """
        await self._change_again(lambda s: due_statements.put_off(s, work, due_in))

    async def find(
        self,
        *,
        states: Collection[State] | None = None,
        cluster: ClusterRef | None = None,
        limit: int = 100,
        oldest_first: bool = False,
    ) -> list[SnapshotRequest]:
        """Return the requests that fit, the newest first, or with *oldest_first* the oldest."""
        return await self._read(lambda s: request_statements.find(s, states, cluster, limit, oldest_first=oldest_first))

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

        With *since*, those that were asked for then or later. It takes as long as *limit* asks for, however many
        requests there are.
        """
        return await self._read(lambda s: list_statements.newest(s, visible, portion, cluster, since, limit))

    async def turns(self, visible: Visible, user: UserId, *, after: Turn | None = None, limit: int = 100) -> list[Turn]:
        """Return what is *visible* and waits for people now, as *user* sees it; what expires first comes first.

        With *after*, what comes after that.
        """
        return await self._read(lambda s: list_statements.turns(s, visible, user, after, limit))

    async def load(self, ids: Sequence[RequestId]) -> list[SnapshotRequest]:
        """Return the requests *ids* in this order; what isn't there is left out."""
        return await self._read(lambda s: request_statements.load(s, ids))

    async def asked_clusters(self, scopes: Collection[Scope]) -> frozenset[NamedCluster]:
        """Return the clusters on which there are requests, by each name that these have or had, that *scopes* cover."""
        return await self._read(lambda s: list_statements.clusters(s, scopes))

    async def clusters_of(self, owner: Principal) -> set[ClusterRef]:
        """Return the clusters for which *owner* has asked, whatever became of it."""
        return await self._read(lambda s: list_statements.clusters_of(s, owner))

    async def requests_of(
        self, cloud: CloudName, snapshots: Collection[SnapshotId]
    ) -> dict[SnapshotId, SnapshotRequest]:
        """Return the requests that *snapshots* of *cloud* came of, by snapshot; others aren't in it."""
        return await self._read(lambda s: request_statements.of_snapshots(s, cloud, snapshots))

    async def deletions_of(self, cloud: CloudName, snapshot: SnapshotId) -> list[SnapshotRequest]:
        """Return the requests to delete *snapshot* of *cloud*, the newest first."""
        return await self._read(lambda s: request_statements.deletions_of(s, cloud, snapshot))

    async def line(self, cluster: ClusterRef) -> list[SnapshotRequest]:
        """Return the requests on *cluster* that are APPROVED, SUBMITTING or CREATING, in their order."""
        return await self._read(lambda s: request_statements.line(s, cluster))

    async def counts(self) -> dict[State, int]:
        """Return how many requests there are in each state, 0 included."""
        return await self._read(request_statements.counts)

    async def oldest(self) -> Mapping[str, datetime]:
        """Return since when the oldest of each of `work.OLDEST` has been so; what there is none of is left out."""
        return await self._read(run_statements.oldest)

    async def begin_run(self, owner: str) -> Run | None:
        """Remember that the process *owner* serves from now on; return the run before it on its machine, or None.

        Raises:
            StoreUnavailable: it can't be remembered just now.
        """
        before = await self._change(lambda s: run_statements.begin(s, owner))
        self._owner = owner
        return before

    async def end_run(self, owner: str, *, clean: bool) -> None:
        """Remember that *owner* has ended, and whether what was under way was finished."""
        await self._change_again(lambda s: run_statements.end(s, owner, clean))

    async def frozen_cards(self) -> int:
        """Return how many open requests have a card that can't be drawn again."""
        return await self._read(message_statements.frozen_cards)

    async def unreached(self) -> tuple[UserId, ...]:
        """Return who should have a direct message about a request that waits, and can't be sent one."""
        return await self._read(message_statements.unreached)

    async def not_sent(self) -> int:
        """Return how many requests have a message that a restore left unsent, since it may have been sent before."""
        return await self._read(message_statements.not_sent)

    async def claim(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[SnapshotRequest]]:
        """Lease what is due to *owner*, the longest due first."""
        claimed = await self._change_again(lambda s: due_statements.claim(s, owner, lease, limit))
        self._idling.claimed(len(claimed))
        return claimed

    async def claim_messages(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Message]]:
        """Lease messages that are due; a reply only once its card is posted."""
        claimed = await self._change_again(lambda s: message_statements.claim(s, owner, lease, limit))
        self._idling.claimed(len(claimed))
        return claimed

    async def renew_message(self, work: Work[Message], *, lease: timedelta) -> None:
        """Let the lease on *work* end *lease* from now, also where it is over and nobody has taken it.

        Raises:
            StaleRequest: the lease was lost.
        """
        await self._change_again(lambda s: message_statements.renew(s, work, lease))

    async def save_message(
        self, message: Message, *, token: int, due_in: timedelta | None, release: bool = True
    ) -> None:
        """Save what became of *message*; *due_in* None: nothing owed until the row changes again.

        A card whose row has moved on in the meantime stays due. *due_in* is a back-off as well: a change of the row
        doesn't make the card due sooner. *release* False (before a post) keeps the lease, and with *due_in* None also
        what was due, so that a crash leaves the message owed.

        Raises:
            NotFound: it was never owed. StaleRequest: the lease was lost.
        """

        def unit(session: Session) -> None:
            if ended := message_statements.save(session, message, token, due_in, release):
                record_statements.append(session, [message_owed(_cause(session, ended), MessageKind.RESULT)])

        await self._change(unit)

    async def draw_again(self, request_id: RequestId, owed: Owed) -> None:
        """Make due what stands in Slack and may show less than it should; who has it now loses it."""
        await self._change(lambda s: message_statements.draw_again(s, request_id, owed))

    async def message(self, request_id: RequestId, owed: Owed) -> Message | None:
        """Return the message, or None where it was never owed."""
        return await self._read(lambda s: message_statements.get(s, request_id, owed))

    async def messages(self, request_id: RequestId) -> list[Message]:
        """Return all messages about a request."""
        return await self._read(lambda s: message_statements.about(s, request_id))

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return every subscription, paused ones, too, the oldest first."""
        return await self._read(notice_statements.every)

    async def subscribe(self, subscription: Subscription, entry: Entry) -> None:
        """Keep *subscription* in the place of the one of its channel and scope, if there is one."""

        def unit(session: Session) -> None:
            notice_statements.put(session, subscription)
            record_statements.append(session, [entry])

        await self._change(unit)

    async def unsubscribe(self, channel: ChannelId, scope: Scope, entry: Entry) -> bool:
        """End one; False, with nothing recorded, if there is none."""

        def unit(session: Session) -> bool:
            if not notice_statements.end(session, channel, scope):
                return False
            record_statements.append(session, [entry])
            return True

        return await self._change(unit)

    async def pause(self, subscriptions: Sequence[Subscription], why: Pause) -> None:
        """Let *subscriptions* of one channel hear nothing any more, on record, and owe the word of it once."""

        def unit(session: Session) -> None:
            now = session.now()
            paused = [one for one in subscriptions if notice_statements.pause(session, replace(one, paused=why))]
            owed = notice_statements.tell(session, paused_notices(paused, why, now))
            record_statements.append(session, [*(paused_entry(one, why, now) for one in paused), *owed])

        await self._change(unit)

    async def owe_notices(self, notices: Sequence[Notice]) -> None:
        """Owe *notices*, on record; one that was owed before is nothing new, whatever became of it."""
        await self._change(lambda s: record_statements.append(s, notice_statements.tell(s, notices)))

    async def claim_notices(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Notice]]:
        """Lease notices that are due to *owner*, the longest due first."""
        return await self._change_again(lambda s: notice_statements.claim(s, owner, lease, limit))

    async def save_notice(self, notice: Notice, *, token: int, due_in: timedelta | None, release: bool = True) -> None:
        """Save what became of *notice*; *due_in* None: nothing is owed any more.

        Raises:
            StaleRequest: the lease was lost.
        """
        await self._change(lambda s: notice_statements.save(s, notice, token, due_in, release))

    async def drop_notices(self, before: datetime) -> int:
        """Forget the notices that were owed before *before* and aren't any more; return how many there were."""
        return await self._change_again(lambda s: notice_statements.drop(s, before))

    async def save_person(self, person: Person, *, asked_at: datetime) -> None:
        """Keep what Slack said of *person*, unless they changed since it was asked."""
        await self._change(lambda s: person_statements.save(s, person, asked_at))

    async def person(self, user: UserId) -> Known | None:
        """Return what Slack said of *user* last; None where nothing is kept, or they changed since."""
        return await self._read(lambda s: person_statements.get(s, user))

    async def person_changed(self, user: UserId) -> None:
        """Mark what is kept of *user* as old."""
        await self._change_again(lambda s: person_statements.changed(s, user))

    async def begin_look(self, cloud: CloudName, *, owner: str, lease: timedelta) -> Look | None:
        """Begin a look at *cloud*; None: somebody else looks just now, and their lease isn't over."""
        return await self._change_again(lambda s: look_statements.begin(s, cloud, owner, lease))

    async def renew_look(self, cloud: CloudName, look: Look, *, lease: timedelta) -> None:
        """Let the lease on *look* end *lease* from now.

        Raises:
            StaleRequest: another look was begun since, or this one was ended.
        """
        await self._change_again(lambda s: look_statements.renew(s, cloud, look, lease))

    async def end_look(self, cloud: CloudName, look: Look, seen: Holdings | None) -> None:
        """Give up the lease, where *look* still has it; keep what was *seen*, unless what a later look saw is kept."""
        body = written(seen) if seen else None

        def unit(session: Session) -> None:
            before = notice_statements.before(session, cloud) if seen else None
            if look_statements.end(session, cloud, look, body) and before and seen:
                record_statements.append(session, notice_statements.owe_outside_news(session, cloud, before, seen))

        await self._change(unit)

    async def look(self, cloud: CloudName, *, after: datetime | None = None) -> Holdings | None:
        """Return what was seen of *cloud* last; None where no look is kept, or none that began *after*."""
        return await self._read(lambda s: look_statements.get(s, cloud, after))

    async def cluster_names(self, cloud: CloudName) -> dict[ClusterId, str]:
        """Return what the clusters of *cloud* were called when that was kept last, also of those that are gone."""
        return await self._read(lambda s: look_statements.names(s, cloud))

    async def name_clusters(
        self, cloud: CloudName, names: Mapping[ClusterId, str], *, entries: Sequence[Entry] = ()
    ) -> None:
        """Keep what clusters are called; requests on them that the cloud wasn't asked for yet go by that name."""

        def unit(session: Session) -> None:
            for cluster in look_statements.put_names(session, cloud, names):
                for request in request_statements.rename(session, ClusterRef(cloud, cluster), names[cluster]):
                    message_statements.owe(session, request, ())
                due_statements.wake_waiting(session)
                freeze_statements.look_again(session, frozen=True)
            record_statements.append(session, entries)

        await self._change(unit)

    async def throttled_for(self, key: str) -> float:
        """Return for how many seconds from now nobody may do what *key* names; 0 where anybody may."""
        return await self._read(lambda s: look_statements.throttled_for(s, key))

    async def throttle(self, key: str, seconds: float) -> None:
        """Let no process do what *key* names for *seconds* from now; a longer time that was given before stands."""
        await self._change_again(lambda s: look_statements.throttle(s, key, seconds))

    async def sharing(self) -> Sharing:
        """Return how the server is doing on which several processes share the data."""
        oldest = await self._read(run_statements.oldest_transaction)
        return Sharing(self._hears() if self._hears else None, oldest)

    async def last_restore(self) -> Restored | None:
        """Return the mark of the last restore of the data, with who was told; None where there was none."""
        return await self._read(run_statements.last_restore)

    async def told_of_restore(self, restored: Restored, user: UserId) -> None:
        """Remember that *user* was told of *restored*."""
        await self._change_again(lambda s: run_statements.told_of_restore(s, restored, user))

    async def next_due(self) -> float | None:
        """Return in how many seconds the earliest work (request or message) is due or its lease ends, or None."""
        return self._idling.wait(await self._read(run_statements.next_due))

    async def hasten(self, *, beyond: timedelta) -> None:
        """Make due at once the work that would wait for longer than *beyond*, also where a lease on it lasts longer."""

        def unit(session: Session) -> None:
            due_statements.hasten(session, beyond)
            message_statements.hasten(session, beyond)
            notice_statements.hasten(session, beyond)
            look_statements.hasten(session, beyond)

        await self._change(unit)

    async def first_time(self, key: str) -> bool:
        """Remember *key* for two hours; return False where it was known."""
        return await self._change(lambda s: person_statements.first_time(s, key))

    async def beat(self) -> None:
        """Commit a row, to prove that something can be saved; learn what the server's clock shows.

        Raises:
            StoreUnavailable: nothing can; the text says why.
        """
        await self._change(lambda s: record_statements.beat(s, self._owner, WINDOW))
        await self.ask_the_time()

    async def record(self, entry: Entry) -> None:
        """Append to the audit log."""
        await self._change(lambda s: record_statements.append(s, [entry]))

    async def refuse(self, entry: Entry) -> None:
        """Append the refusal *entry* to the audit log, or count it, where the same was appended lately."""
        await self._change(lambda s: record_statements.refuse(s, entry, WINDOW))

    async def verify_chain(self, noted: Sequence[Head] = ()) -> Verdict:
        """Check the audit log from its first entry, also while another process writes to it."""
        return await self._read(lambda s: record_statements.check(s, noted), whole=True)

    async def head(self) -> Head:
        """Return where the audit log ends."""
        return await self._read(record_statements.head)

    async def recorded(
        self, selection: Selection, *, after: int = 0, limit: int = 1000, newest_first: bool = False
    ) -> list[Recorded]:
        """Return at most *limit* entries that fit, as they are kept, with a higher number than *after*."""
        return await self._read(
            lambda s: record_statements.recorded(s, selection, after, limit, newest_first=newest_first)
        )

    async def record_page(
        self, selection: Selection, *, skip: int, limit: int, counted: int = 0
    ) -> tuple[list[tuple[int, Entry]], int]:
        """Return a page of the entries that fit, the newest first, with their numbers; and how many fit."""
        return await self._read(lambda s: record_statements.page(s, selection, skip, limit, counted), whole=True)

    async def prune(self, last: Head, entry: Entry) -> int:
        """Delete the entries up to *last* and append *entry*, which says so; return how many there were.

        Raises:
            Conflict: the entry of that number isn't the one that was meant.
        """
        return await self._change(lambda s: record_statements.prune(s, last, entry))

    async def entries(self, *, request_id: RequestId | None = None, limit: int = 100) -> list[Entry]:
        """Return audit entries, the newest first."""
        return await self._read(lambda s: record_statements.read(s, request_id, limit))

    async def ask_the_time(self) -> None:
        """Learn what the server's clock shows."""
        await self._units.read(self._own.ask, None)

    async def _read(self, query: Callable[[Session], T], *, whole: bool = False) -> T:
        return await self._units.read(query, self._given(), whole=whole)

    async def _change(self, unit: Callable[[Session], T]) -> T:
        return await self._units.change(unit, self._given())

    async def _change_again(self, unit: Callable[[Session], T]) -> T:
        return await self._units.change_again(unit, self._given())

    def _given(self) -> datetime | None:
        """Return the time by which statements decide, where it isn't the server's."""
        return None if self.clock is self._own else self.clock.now()


def _cause(session: Session, request: SnapshotRequest) -> Entry:
    """Return what a message is owed for, where nobody did anything just now."""
    return Entry(session.now(), BOT, "", request_id=request.id, cluster=request.cluster)


def _rights_state(session: Session, part: RightsPart | None) -> RightsState:
    number = record_statements.last_of(session, ACTIONS)
    if part is None:
        return RightsState.of(right_statements.every(session), right_statements.rules(session), number)
    grants, rules = right_statements.some(session, part), right_statements.rules(session, part.rules)
    return RightsState.of(grants, rules, number)
