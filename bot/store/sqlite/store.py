"""The Store over SQLite: reads are direct calls on one held connection, writes go through the one writer.

A read takes about 20 µs, flat to a million grants; a hop to a thread would cost ten times that.
Long because the port is: each method says what is read or committed together; the SQL is in modules beside it.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from bot.core.approval import Vote
from bot.core.condition import Sharing
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
from bot.store import columns
from bot.store.look_bodies import written
from bot.store.sqlite import (
    audit,
    cluster_names,
    ended_requests,
    failures,
    frozen_scopes,
    limits,
    looks,
    messages,
    people,
    permissions,
    repeats,
    requests,
    restores,
    rows,
    runs,
    subscribed_channels,
    throttles,
    visible_rows,
)
from bot.store.sqlite.connecting import connect
from bot.store.sqlite.writer import Writer

T = TypeVar("T")

REMEMBERED: Final = timedelta(hours=2)  # Slack repeats an event for about an hour
_NEXT_DUE: Final = """
    SELECT min(at) FROM (
        SELECT min(wake_at) AS at FROM requests WHERE wake_at IS NOT NULL
        UNION ALL SELECT min(wake_at) FROM messages WHERE wake_at IS NOT NULL
    )
"""


class SqliteStore:
    """`bot.ports.Store`; the caller opens and closes the connection and the writer."""

    def __init__(self, reading: sqlite3.Connection, writer: Writer, *, clock: Clock) -> None:
        """Take a connection for this thread's reads, and the started *writer*; *clock* says what is due."""
        self.clock = clock
        self._reading = reading
        self._writer = writer

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
        return self._read(lambda c: permissions.rights(c, self.clock.now(), cluster, roles, holders))

    async def rights_among(self, cluster: Named, users: Collection[UserId]) -> Rights:
        """Return the grants of now that cover *cluster* and are *users*' own, a group's or everyone's."""
        return self._read(lambda c: permissions.among(c, self.clock.now(), cluster, users))

    async def grants(self) -> tuple[Grant, ...]:
        """Return every grant, those that have ended, too, the oldest first."""
        return self._read(permissions.every)

    async def rights_state(self, part: RightsPart | None = None) -> RightsState:
        """Return the grants and rules of *part* (None: all), and the number of the last change of any on record."""
        if part is None:  # a second for some ten thousand: others aren't to wait for it
            return await self._read_apart(_rights_state)
        return self._read(lambda c: _rights_state(c, part))

    async def grants_page(
        self, *, scopes: Collection[Scope] | None, holder: str = "", skip: int, limit: int, counted: int
    ) -> tuple[list[Grant], int]:
        """Return a page of the grants on exactly *scopes* (None: on any) to *holder* ("": to anybody), by scope.

        And how many there are, of which at most *counted* are counted. Those that have ended are in it, too.
        """
        return self._read(lambda c: permissions.page(c, scopes, holder, skip, limit, counted))

    async def granted_scopes(self) -> tuple[Scope, ...]:
        """Return what grants speak of, each once."""
        return self._read(permissions.scopes)

    async def change_rights(self, plan: Plan, *, part: RightsPart | None = None) -> None:
        """Make what *plan* returns, all or nothing, each on record; what waits for people or time is due at once."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            planned = plan(_rights_state(connection, part))
            for made, entry in planned:
                permissions.change(connection, made)
                audit.append(connection, [entry])
            if scopes := {made.scope for made, _ in planned}:
                there = None if Scope() in scopes else visible_rows.clusters(connection, scopes)
                requests.wake_waiting(connection, now, there)
            if any(isinstance(made, RuleChange) for made, _ in planned):
                frozen_scopes.look_again(connection, now, frozen=True)

        await self._writer.run(unit)

    async def rule(self, cluster: Named) -> ClusterRule:
        """Return what holds for *cluster* by the closest scopes, one approval where nothing was set."""
        return self._read(lambda c: rule_of(cluster, permissions.covering_rules(c, cluster)))

    async def rules(self) -> dict[Scope, ScopeRule]:
        """Return every rule that was set."""
        return self._read(permissions.rules)

    async def names_groups(self) -> bool:
        """Say whether a grant or a rule names a user group."""
        return self._read(permissions.name_groups)

    async def freezes(self, *, cluster: Named | None = None) -> tuple[Freeze, ...]:
        """Return every freeze, those that have ended, too, or those that cover *cluster*; the oldest first."""
        return self._read(lambda c: frozen_scopes.covering(c, cluster) if cluster else frozen_scopes.every(c))

    async def freeze(self, freeze: Freeze, entry: Entry) -> bool:
        """Keep *freeze*, if its id is new; what it covers and hasn't started is looked at again at once."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> bool:
            if not frozen_scopes.add(connection, freeze):
                return False
            frozen_scopes.look_again(connection, now, freeze.scope, frozen=False)
            audit.append(connection, [entry])
            return True

        return await self._writer.run(unit)

    async def unfreeze(self, freeze: FreezeId, entry: Entry) -> bool:
        """End a freeze; False, with nothing recorded, if it isn't on."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> bool:
            if (scope := frozen_scopes.end(connection, freeze, entry, now)) is None:
                return False
            frozen_scopes.look_again(connection, now, scope, frozen=True)
            audit.append(connection, [entry])
            return True

        return await self._writer.run(unit)

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

        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> SnapshotRequest:
            if known := requests.from_origin(connection, origin):
                return known
            if most_open is not None:
                limits.refuse_too_many(connection, request.owner, most_open)
            kept, recorded, due = request, entries, due_in
            if capped and limits.is_reached(connection, request.cluster, capped.caps):
                kept, recorded, due = capped.request, capped.entries, capped.due_in
            requests.add(connection, kept, origin, _after(now, due))
            messages.owe_card(connection, kept, now)
            owed = messages.owe(connection, kept, alarms(kept.glass) if kept.glass else (), now)
            news = subscribed_channels.owe_news_of(connection, None, kept, now)
            audit.append(connection, [*recorded, *(message_owed(recorded[-1], o.kind, o.to) for o in owed), *news])
            return kept

        return await self._writer.run(unit)

    async def drop_ended(self, before: datetime, *, limit: int) -> int:
        """Delete at most *limit* requests that ended before *before*, with all that belongs to them, on record."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> int:
            counts = ended_requests.drop(connection, before, limit)
            if counts["requests"]:
                audit.append(connection, [dropped(now, before, **counts)])
            return counts["requests"]

        return await self._writer.run(unit)

    async def get(self, request_id: RequestId) -> SnapshotRequest | None:
        """Return the request with its votes, or None."""
        return self._read(lambda c: requests.get(c, request_id))

    async def by_origin(self, origin: str) -> SnapshotRequest | None:
        """Return the request that came of this submission, or None."""
        return self._read(lambda c: requests.from_origin(c, origin))

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
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            before = requests.get(connection, request.id) if request.state in FINAL else None
            requests.save(connection, request, token, vote, _after(now, due_in), release, fallen)
            requests.wake(connection, wake, now)
            owed = messages.owe(connection, request, owe, now)
            cause = entries[-1] if entries else Entry(now, BOT, "", request_id=request.id, cluster=request.cluster)
            news = subscribed_channels.owe_news_of(connection, before, request, now) if before else []
            audit.append(connection, [*entries, *(message_owed(cause, o.kind, o.to) for o in owed), *news])

        await self._writer.run(unit)

    async def renew(self, work: Work[SnapshotRequest], *, lease: timedelta) -> None:
        """Let the lease on *work* end *lease* from now, also where it is over and nobody has taken it.

        Raises:
            StaleRequest: the lease was lost.
        """
        until = self.clock.now() + lease
        await self._writer.run(lambda c: requests.renew(c, work, until))

    async def put_off(self, work: Work[SnapshotRequest], due_in: timedelta | None) -> None:
        """Give up the lease and come back after *due_in*.

        Raises:
            StaleRequest: the lease was lost, or the request was saved since.
        """
        due_at = _after(self.clock.now(), due_in)
        await self._writer.run(lambda c: requests.put_off(c, work, due_at))

    async def find(
        self,
        *,
        states: Collection[State] | None = None,
        cluster: ClusterRef | None = None,
        limit: int = 100,
        oldest_first: bool = False,
    ) -> list[SnapshotRequest]:
        """Return the requests that fit, the newest first, or with *oldest_first* the oldest."""
        return self._read(lambda c: requests.find(c, states, cluster, limit, oldest_first=oldest_first))

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
        return self._read(lambda c: visible_rows.newest(c, visible, portion, cluster, since, limit))

    async def turns(self, visible: Visible, user: UserId, *, after: Turn | None = None, limit: int = 100) -> list[Turn]:
        """Return what is *visible* and waits for people now, as *user* sees it; what expires first comes first.

        With *after*, what comes after that.
        """
        now = self.clock.now()
        return self._read(lambda c: visible_rows.turns(c, visible, user, now, after, limit))

    async def load(self, ids: Sequence[RequestId]) -> list[SnapshotRequest]:
        """Return the requests *ids* in this order; what isn't there is left out."""
        return self._read(lambda c: requests.load(c, ids))

    async def asked_clusters(self, scopes: Collection[Scope]) -> frozenset[NamedCluster]:
        """Return the clusters on which there are requests, by each name that these have or had, that *scopes* cover."""
        return self._read(lambda c: visible_rows.clusters(c, scopes))

    async def clusters_of(self, owner: Principal) -> set[ClusterRef]:
        """Return the clusters for which *owner* has asked, whatever became of it."""
        return self._read(lambda c: visible_rows.clusters_of(c, owner))

    async def requests_of(
        self, cloud: CloudName, snapshots: Collection[SnapshotId]
    ) -> dict[SnapshotId, SnapshotRequest]:
        """Return the requests that *snapshots* of *cloud* came of, by snapshot; others aren't in it."""
        return self._read(lambda c: requests.of_snapshots(c, cloud, snapshots))

    async def deletions_of(self, cloud: CloudName, snapshot: SnapshotId) -> list[SnapshotRequest]:
        """Return the requests to delete *snapshot* of *cloud*, the newest first."""
        return self._read(lambda c: requests.deletions_of(c, cloud, snapshot))

    async def line(self, cluster: ClusterRef) -> list[SnapshotRequest]:
        """Return the requests on *cluster* that are APPROVED, SUBMITTING or CREATING, in their order."""
        return self._read(lambda c: requests.line(c, cluster))

    async def counts(self) -> dict[State, int]:
        """Return how many requests there are in each state, 0 included."""
        return self._read(requests.counts)

    async def oldest(self) -> Mapping[str, datetime]:
        """Return since when the oldest of each of `work.OLDEST` has been so; what there is none of is left out."""
        return self._read(runs.oldest)

    async def begin_run(self, owner: str) -> Run | None:
        """Remember that the process *owner* serves from now on; return the run before it, None where it is the first.

        Raises:
            StoreUnavailable: it can't be remembered just now.
        """
        now = self.clock.now()
        return await self._writer.run(lambda c: runs.begin(c, owner, now))

    async def end_run(self, owner: str, *, clean: bool) -> None:
        """Remember that *owner* has ended, and whether what was under way was finished."""
        now = self.clock.now()
        await self._writer.run(lambda c: runs.end(c, owner, now, clean))

    async def frozen_cards(self) -> int:
        """Return how many open requests have a card that can't be drawn again."""
        return self._read(messages.frozen_cards)

    async def unreached(self) -> tuple[UserId, ...]:
        """Return who should have a direct message about a request that waits, and can't be sent one."""
        return self._read(messages.unreached)

    async def not_sent(self) -> int:
        """Return how many requests have a message that a restore left unsent, since it may have been sent before."""
        return self._read(messages.not_sent)

    async def claim(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[SnapshotRequest]]:
        """Lease what is due to *owner*, the longest due first."""
        now = self.clock.now()
        return await self._writer.run(lambda c: requests.claim(c, owner, now, now + lease, limit))

    async def claim_messages(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Message]]:
        """Lease messages that are due; a reply only once its card is posted."""
        now = self.clock.now()
        return await self._writer.run(lambda c: messages.claim(c, owner, now, now + lease, limit))

    async def renew_message(self, work: Work[Message], *, lease: timedelta) -> None:
        """Let the lease on *work* end *lease* from now, also where it is over and nobody has taken it.

        Raises:
            StaleRequest: the lease was lost.
        """
        until = self.clock.now() + lease
        await self._writer.run(lambda c: messages.renew(c, work, until))

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
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            if ended := messages.save(connection, message, token, _after(now, due_in), now, release):
                cause = Entry(now, BOT, "", request_id=ended.id, cluster=ended.cluster)
                audit.append(connection, [message_owed(cause, MessageKind.RESULT)])

        await self._writer.run(unit)

    async def draw_again(self, request_id: RequestId, owed: Owed) -> None:
        """Make due what stands in Slack and may show less than it should; who has it now loses it."""
        now = self.clock.now()
        await self._writer.run(lambda c: messages.draw_again(c, request_id, owed, now))

    async def message(self, request_id: RequestId, owed: Owed) -> Message | None:
        """Return the message, or None where it was never owed."""
        return self._read(lambda c: messages.get(c, request_id, owed))

    async def messages(self, request_id: RequestId) -> list[Message]:
        """Return all messages about a request."""
        return self._read(lambda c: messages.about(c, request_id))

    async def subscriptions(self) -> tuple[Subscription, ...]:
        """Return every subscription, paused ones, too, the oldest first."""
        return self._read(subscribed_channels.every)

    async def subscribe(self, subscription: Subscription, entry: Entry) -> None:
        """Keep *subscription* in the place of the one of its channel and scope, if there is one."""

        def unit(connection: sqlite3.Connection) -> None:
            subscribed_channels.put(connection, subscription)
            audit.append(connection, [entry])

        await self._writer.run(unit)

    async def unsubscribe(self, channel: ChannelId, scope: Scope, entry: Entry) -> bool:
        """End one; False, with nothing recorded, if there is none."""

        def unit(connection: sqlite3.Connection) -> bool:
            if not subscribed_channels.end(connection, channel, scope):
                return False
            audit.append(connection, [entry])
            return True

        return await self._writer.run(unit)

    async def pause(self, subscriptions: Sequence[Subscription], why: Pause) -> None:
        """Let *subscriptions* of one channel hear nothing any more, on record, and owe the word of it once."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            paused = [one for one in subscriptions if subscribed_channels.pause(connection, replace(one, paused=why))]
            owed = subscribed_channels.tell(connection, paused_notices(paused, why, now), now)
            audit.append(connection, [*(paused_entry(one, why, now) for one in paused), *owed])

        await self._writer.run(unit)

    async def owe_notices(self, notices: Sequence[Notice]) -> None:
        """Owe *notices*, on record; one that was owed before is nothing new, whatever became of it."""
        now = self.clock.now()
        await self._writer.run(lambda c: audit.append(c, subscribed_channels.tell(c, notices, now)))

    async def claim_notices(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Notice]]:
        """Lease notices that are due to *owner*, the longest due first."""
        now = self.clock.now()
        return await self._writer.run(lambda c: subscribed_channels.claim(c, owner, now, now + lease, limit))

    async def save_notice(self, notice: Notice, *, token: int, due_in: timedelta | None, release: bool = True) -> None:
        """Save what became of *notice*; *due_in* None: nothing is owed any more.

        Raises:
            StaleRequest: the lease was lost.
        """
        due_at = _after(self.clock.now(), due_in)
        await self._writer.run(lambda c: subscribed_channels.save(c, notice, token, due_at, release))

    async def drop_notices(self, before: datetime) -> int:
        """Forget the notices that were owed before *before* and aren't any more; return how many there were."""
        return await self._writer.run(lambda c: subscribed_channels.drop(c, before))

    async def save_person(self, person: Person, *, asked_at: datetime) -> None:
        """Keep what Slack said of *person*, unless they changed since it was asked."""
        now = self.clock.now()
        await self._writer.run(lambda c: people.save(c, person, asked_at, now))

    async def person(self, user: UserId) -> Known | None:
        """Return what Slack said of *user* last; None where nothing is kept, or they changed since."""
        return self._read(lambda c: people.get(c, user))

    async def person_changed(self, user: UserId) -> None:
        """Mark what is kept of *user* as old."""
        now = self.clock.now()
        await self._writer.run(lambda c: people.changed(c, user, now))

    async def begin_look(self, cloud: CloudName, *, owner: str, lease: timedelta) -> Look | None:
        """Begin a look at *cloud*; None: somebody else looks just now, and their lease isn't over."""
        now = self.clock.now()
        return await self._writer.run(lambda c: looks.begin(c, cloud, owner, now, now + lease))

    async def renew_look(self, cloud: CloudName, look: Look, *, lease: timedelta) -> None:
        """Let the lease on *look* end *lease* from now.

        Raises:
            StaleRequest: another look was begun since, or this one was ended.
        """
        until = self.clock.now() + lease
        await self._writer.run(lambda c: looks.renew(c, cloud, look, until))

    async def end_look(self, cloud: CloudName, look: Look, seen: Holdings | None) -> None:
        """Give up the lease, where *look* still has it; keep what was *seen*, unless what a later look saw is kept."""
        now = self.clock.now()
        body = written(seen) if seen else None

        def unit(connection: sqlite3.Connection) -> None:
            before = subscribed_channels.before(connection, cloud) if seen else None
            if looks.end(connection, cloud, look, body, now) and before and seen:
                audit.append(connection, subscribed_channels.owe_outside_news(connection, cloud, before, seen, now))

        await self._writer.run(unit)

    async def look(self, cloud: CloudName, *, after: datetime | None = None) -> Holdings | None:
        """Return what was seen of *cloud* last; None where no look is kept, or none that began *after*."""
        return self._read(lambda c: looks.get(c, cloud, after))

    async def cluster_names(self, cloud: CloudName) -> dict[ClusterId, str]:
        """Return what the clusters of *cloud* were called when that was kept last, also of those that are gone."""
        return self._read(lambda c: cluster_names.get(c, cloud))

    async def name_clusters(
        self, cloud: CloudName, names: Mapping[ClusterId, str], *, entries: Sequence[Entry] = ()
    ) -> None:
        """Keep what clusters are called; requests on them that the cloud wasn't asked for yet go by that name."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            for cluster in cluster_names.put(connection, cloud, names):
                for request in requests.rename(connection, ClusterRef(cloud, cluster), names[cluster], now):
                    messages.owe(connection, request, (), now)
                requests.wake_waiting(connection, now)
                frozen_scopes.look_again(connection, now, frozen=True)
            audit.append(connection, entries)

        await self._writer.run(unit)

    async def throttled_for(self, key: str) -> float:
        """Return for how many seconds from now nobody may do what *key* names; 0 where anybody may."""
        now = self.clock.now()
        until = self._read(lambda c: throttles.until(c, key))
        return max(0.0, (until - now).total_seconds()) if until else 0.0

    async def throttle(self, key: str, seconds: float) -> None:
        """Let no process do what *key* names for *seconds* from now; a longer time that was given before stands."""
        until = self.clock.now() + timedelta(seconds=seconds)
        await self._writer.run(lambda c: throttles.add(c, key, until))

    async def sharing(self) -> Sharing | None:
        """Return None: no other process serves what is here."""
        return None

    async def last_restore(self) -> Restored | None:
        """Return the mark of the last restore of the data, with who was told; None where there was none."""
        return self._read(restores.last)

    async def told_of_restore(self, restored: Restored, user: UserId) -> None:
        """Remember that *user* was told of *restored*."""
        await self._writer.run(lambda c: restores.told(c, restored, user))

    async def next_due(self) -> float | None:
        """Return in how many seconds the earliest work (request or message) is due or its lease ends, or None."""
        due = self._read(lambda c: columns.maybe_time(c.execute(_NEXT_DUE).fetchone()[0]))
        return None if due is None else (due - self.clock.now()).total_seconds()

    async def hasten(self, *, beyond: timedelta) -> None:
        """Make due at once the work that would wait for longer than *beyond*, also where a lease on it lasts longer."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            requests.hasten(connection, now + beyond, now)
            messages.hasten(connection, now + beyond, now)
            subscribed_channels.hasten(connection, now + beyond, now)
            looks.hasten(connection, now + beyond)
            throttles.hasten(connection, now + beyond)

        await self._writer.run(unit)

    async def first_time(self, key: str) -> bool:
        """Remember *key* for two hours; return False where it was known."""
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM seen WHERE at < ?", (rows.text(now - REMEMBERED),))
            done = connection.execute(
                "INSERT INTO seen (key, at) VALUES (?, ?) ON CONFLICT DO NOTHING", (key, rows.text(now))
            )
            return done.rowcount == 1

        return await self._writer.run(unit)

    async def beat(self) -> None:
        """Commit a row, to prove that something can be saved.

        Raises:
            StoreUnavailable: nothing can; the text says why.
        """
        now = self.clock.now()

        def unit(connection: sqlite3.Connection) -> None:
            connection.execute(
                "INSERT INTO heartbeat (one, at, beats) VALUES (1, ?, 1) "
                "ON CONFLICT (one) DO UPDATE SET at = excluded.at, beats = beats + 1",
                (rows.text(now),),
            )
            repeats.close(connection, now, WINDOW)

        await self._writer.run(unit)

    async def record(self, entry: Entry) -> None:
        """Append to the audit log."""
        await self._writer.run(lambda c: audit.append(c, [entry]))

    async def refuse(self, entry: Entry) -> None:
        """Append the refusal *entry* to the audit log, or count it, where the same was appended lately."""
        await self._writer.run(lambda c: repeats.refuse(c, entry, WINDOW))

    async def verify_chain(self, noted: Sequence[Head] = ()) -> Verdict:
        """Check the audit log from its first entry, also while another process writes to it."""
        return self._read(lambda c: audit.check(c, noted))

    async def head(self) -> Head:
        """Return where the audit log ends."""
        return self._read(audit.head)

    async def recorded(
        self, selection: Selection, *, after: int = 0, limit: int = 1000, newest_first: bool = False
    ) -> list[Recorded]:
        """Return at most *limit* entries that fit, as they are kept, with a higher number than *after*."""
        return self._read(lambda c: audit.recorded(c, selection, after, limit, newest_first=newest_first))

    async def record_page(
        self, selection: Selection, *, skip: int, limit: int, counted: int = 0
    ) -> tuple[list[tuple[int, Entry]], int]:
        """Return a page of the entries that fit, the newest first, with their numbers; and how many fit."""
        return self._read(lambda c: audit.page(c, selection, skip, limit, counted))

    async def prune(self, last: Head, entry: Entry) -> int:
        """Delete the entries up to *last* and append *entry*, which says so; return how many there were.

        Raises:
            Conflict: the entry of that number isn't the one that was meant.
        """
        return await self._writer.run(lambda c: audit.prune(c, last, entry))

    async def entries(self, *, request_id: RequestId | None = None, limit: int = 100) -> list[Entry]:
        """Return audit entries, the newest first."""
        return self._read(lambda c: audit.read(c, request_id, limit))

    async def _read_apart(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Read what takes long: in a thread, on a connection of its own, in one view of the file."""
        file = self._read(lambda c: c.execute("PRAGMA database_list").fetchone()["file"])

        def read() -> T:
            with closing(connect(Path(file), read_only=True)) as connection:
                connection.execute("BEGIN")
                return query(connection)

        try:
            return await asyncio.to_thread(read)
        except sqlite3.Error as error:
            raise failures.outage(error) from error

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return query(self._reading)
        except sqlite3.Error as error:  # a damaged file is no OperationalError
            raise failures.outage(error) from error


def _after(now: datetime, span: timedelta | None) -> datetime | None:
    return None if span is None else now + span


def _rights_state(connection: sqlite3.Connection, part: RightsPart | None = None) -> RightsState:
    number = audit.last_of(connection, ACTIONS)
    if part is None:
        return RightsState.of(permissions.every(connection), permissions.rules(connection), number)
    return RightsState.of(permissions.some(connection, part), permissions.rules(connection, part.rules), number)
