"""The Store in dictionaries; it passes `tests/harness/contract_store.py` like the real one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from bot.core.approval import Vote, name_groups
from bot.core.condition import Sharing
from bot.core.errors import Conflict, IdTaken, NameTaken, NotFound, StaleRequest, StoreUnavailable, TooManyOpen
from bot.core.events import NOT_BEFORE, OPERATORS_MOVE, Hold
from bot.core.freezes import Freeze
from bot.core.grants import Grant, Rights, Role
from bot.core.holdings import Holdings, Look
from bot.core.ids import (
    ChannelId,
    CloudName,
    ClusterId,
    ClusterRef,
    FreezeId,
    Principal,
    PrincipalKind,
    RequestId,
    SnapshotId,
    UserId,
)
from bot.core.message import ASKS, CARD, FOLLOWS, OPERATOR, RESULT, Message, Owed, alarms
from bot.core.notices import Notice, notices_of, owed_entry, paused_entry, paused_notices
from bot.core.outside import changed, outside_news
from bot.core.person import Known, Person
from bot.core.record import BOT, WINDOW, Entry, Head, Recorded, Selection, Verdict, counted, dropped, message_owed
from bot.core.request import FINAL, IN_THE_CLOUD, NOT_STARTED, OPEN, Cap, Capped, Kind, SnapshotRequest, State
from bot.core.restored import Restored
from bot.core.right_changes import ACTIONS, RightsPart, RightsState, RuleChange
from bot.core.scope import Named, NamedCluster, Scope
from bot.core.scoped_rules import ClusterRule, ScopeRule, rule_of
from bot.core.snapshot import name_key
from bot.core.subscriptions import Pause, Subscription, news_of
from bot.core.visible import Portion, Turn, Visible
from bot.core.work import Run, Work
from bot.ports import Clock, Plan
from bot.store import chain
from bot.store.checking import ChainCheck, verify
from tests.fakes.clock import FakeClock


@dataclass
class _Work:
    """What a row owes: when, and who has it until when."""

    due: datetime | None
    leased_until: datetime | None = None
    not_before: datetime | None = None
    claimed_version: int = 0
    token: int = 0

    @property
    def wakes(self) -> datetime | None:
        return self.due and max(self.due, self.leased_until or self.due)

    def is_free(self, now: datetime) -> bool:
        return self.wakes is not None and self.wakes <= now

    def renew(self, token: int, until: datetime) -> None:
        if self.leased_until is None or self.token != token:
            raise StaleRequest("the lease was lost")
        self.leased_until = until

    def lease(self, until: datetime) -> int:
        self.leased_until = until
        self.token += 1
        return self.token


@dataclass
class FakeStore:
    """Everything in memory; what a test wants to see is public."""

    given: list[Grant] = field(default_factory=list)
    rules_set: dict[Scope, ScopeRule] = field(default_factory=dict)
    frozen: dict[FreezeId, Freeze] = field(default_factory=dict)
    named: dict[CloudName, dict[ClusterId, str]] = field(default_factory=dict)
    requests: dict[RequestId, SnapshotRequest] = field(default_factory=dict)
    told: dict[tuple[RequestId, Owed], Message] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)
    restored: Restored | None = None
    people: dict[UserId, tuple[datetime, Person | None]] = field(default_factory=dict)
    seen: dict[CloudName, Holdings] = field(default_factory=dict)
    clock: Clock = field(default_factory=FakeClock)
    runs: dict[str, Run] = field(default_factory=dict)
    broken: StoreUnavailable | None = None  # what `beat` and looks raise
    beaten_at: datetime | None = None
    subscribed: dict[tuple[ChannelId, Scope], Subscription] = field(default_factory=dict)
    notices: dict[tuple[ChannelId, str], Notice] = field(default_factory=dict)
    _noticing: dict[tuple[ChannelId, str], tuple[_Work, datetime]] = field(default_factory=dict)  # and since when
    _origins: dict[str, RequestId] = field(default_factory=dict)
    _work: dict[RequestId, _Work] = field(default_factory=dict)
    _telling: dict[tuple[RequestId, Owed], _Work] = field(default_factory=dict)
    _looks: dict[CloudName, tuple[_Work, str]] = field(default_factory=dict)
    _let_go: dict[RequestId, datetime] = field(default_factory=dict)
    _throttles: dict[str, datetime] = field(default_factory=dict)
    _seen: dict[str, datetime] = field(default_factory=dict)
    pruned: int = 0  # entries
    _refusals: dict[Entry, tuple[Entry, int, datetime]] = field(default_factory=dict)

    async def rights(
        self,
        *,
        cluster: Named | None = None,
        roles: Collection[Role] = tuple(Role),
        holders: Collection[Principal] = (),
    ) -> Rights:
        def fits(grant: Grant) -> bool:
            return (
                (cluster is None and not holders)
                or grant.role is Role.ADMIN
                or (grant.denies and grant.holder.kind is PrincipalKind.GROUP)
                or grant.holder in holders
                or (cluster is not None and grant.role in roles and grant.scope.covers(cluster))
            )

        now = self.clock.now()
        return Rights(grants=tuple(g for g in await self.grants() if fits(g) and not g.has_ended(now)))

    async def rights_among(self, cluster: Named, users: Collection[UserId]) -> Rights:
        there = (await self.rights(cluster=cluster)).grants
        own = [g for g in there if g.holder.kind is not PrincipalKind.PERSON or g.holder.user in users]
        return Rights(grants=tuple(g for g in own if g.scope.covers(cluster)))

    async def grants(self) -> tuple[Grant, ...]:
        return tuple(sorted(self.given, key=lambda g: g.granted_at))

    async def rights_state(self, part: RightsPart | None = None) -> RightsState:
        numbers = (n for n, entry in enumerate(self.log, 1) if entry.action in ACTIONS and n > self.pruned)
        state = RightsState.of(await self.grants(), self.rules_set, max(numbers, default=0))
        return state if part is None else state.part(part)

    async def grants_page(
        self, *, scopes: Collection[Scope] | None, holder: str = "", skip: int, limit: int, counted: int
    ) -> tuple[list[Grant], int]:
        there = [g for g in self.given if scopes is None or g.scope in scopes]
        found = [g for g in there if not holder or g.holder.id == holder]
        found.sort(key=lambda g: (g.scope.cloud, g.scope.cluster, g.role))
        return found[skip : skip + limit], min(len(found), counted)

    async def granted_scopes(self) -> tuple[Scope, ...]:
        return tuple({g.scope for g in self.given})

    async def change_rights(self, plan: Plan, *, part: RightsPart | None = None) -> None:
        planned = plan(await self.rights_state(part))
        for made, entry in planned:
            if isinstance(made, RuleChange):
                self.rules_set = {s: r for s, r in self.rules_set.items() if s != made.scope}
                self.rules_set |= {made.scope: made.after} if made.after else {}
            else:
                self.given = [g for g in self.given if g.key != made.grant.key] + ([made.after] if made.after else [])
            self.log.append(entry)
        if scopes := {made.scope for made, _ in planned}:
            self._wake_waiting(scopes)
        if any(isinstance(made, RuleChange) for made, _ in planned):
            self._look_again(_is_frozen)

    async def rule(self, cluster: Named) -> ClusterRule:
        return rule_of(cluster, self.rules_set.items())

    async def rules(self) -> dict[Scope, ScopeRule]:
        return dict(self.rules_set)

    async def names_groups(self) -> bool:
        rules = [rule.approval for rule in self.rules_set.values() if rule.approval]
        return name_groups(self.given, rules)

    async def freezes(self, *, cluster: Named | None = None) -> tuple[Freeze, ...]:
        found = sorted(self.frozen.values(), key=lambda f: f.set_at)
        return tuple(f for f in found if cluster is None or f.scope.covers(cluster))

    async def freeze(self, freeze: Freeze, entry: Entry) -> bool:
        if freeze.id in self.frozen:
            return False
        self.frozen[freeze.id] = freeze
        self._look_again(lambda r: freeze.scope.covers(r.named))
        self.log.append(entry)
        return True

    async def unfreeze(self, freeze: FreezeId, entry: Entry) -> bool:
        kept = self.frozen.get(freeze)
        if kept is None or not kept.is_on(self.clock.now()):
            return False
        self.frozen[freeze] = replace(kept, ended_at=entry.at, ended_by=entry.actor)
        self._look_again(lambda r: _is_frozen(r) or kept.scope.covers(r.named))
        self.log.append(entry)
        return True

    def _look_again(self, fits: Callable[[SnapshotRequest], bool]) -> None:
        now = self.clock.now()
        for request in [r for r in self.requests.values() if r.state in NOT_STARTED | {State.SUBMITTING} and fits(r)]:
            work = self._work[request.id]
            work.due = work.due and min(work.due, now)
            if request.state in NOT_STARTED:
                self.requests[request.id] = replace(request, version=request.version + 1, updated_at=now)
                work.leased_until = None
                self._owe_cards(request.id)

    def _wake_waiting(self, scopes: Collection[Scope] = (Scope(),)) -> None:
        now = self.clock.now()
        there = [r for r in self.requests.values() if any(scope.covers(r.named) for scope in scopes)]
        for waiting in (self._work[r.id] for r in there if r.state is State.WAITING):
            waiting.due = waiting.due and min(waiting.due, now)

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
        if origin in self._origins:
            return self.requests[self._origins[origin]]
        is_open = sum(r.owner == request.owner and r.state in OPEN for r in self.requests.values())
        if most_open is not None and is_open >= most_open:
            raise TooManyOpen(is_open)
        if request.id in self.requests:
            raise IdTaken(request.id)
        if capped and any(self._is_reached(request.cluster, cap) for cap in capped.caps):
            request, entries, due_in = capped.request, capped.entries, capped.due_in
        name = (request.cluster.cloud, name_key(request.name))
        if any((r.cluster.cloud, name_key(r.name)) == name and r.state in OPEN for r in self.requests.values()):
            raise NameTaken(request.id)
        self._only_one_in_the_cloud(request)
        self.requests[request.id] = replace(request, votes=())
        self._origins[origin] = request.id
        self._work[request.id] = _Work(self._after(due_in))
        card = (request.id, CARD)
        self.told[card] = Message(*card, request.channel)
        self._telling[card] = _Work(self.clock.now())
        owed = alarms(request.glass) if request.glass else ()
        for one in owed:
            key = (request.id, one)
            self.told[key] = Message(*key, ChannelId(one.to) if one.to else request.channel)
            self._telling[key] = _Work(self.clock.now())
        self.log += [*entries, *(message_owed(entries[-1], o.kind, o.to) for o in owed)]
        self._owe_news_of(None, request)
        return request

    def _is_reached(self, cluster: ClusterRef, cap: Cap) -> bool:
        waived = [r for r in self.requests.values() if r.waived and r.created_at >= cap.since]
        return sum(r.cluster == cluster if cap.owner is None else r.owner == cap.owner for r in waived) >= cap.most

    async def drop_ended(self, before: datetime, *, limit: int) -> int:
        made = [r for r in self.requests.values() if r.state is State.AVAILABLE]
        last = {r.cluster: r.id for r in sorted(made, key=lambda r: r.created_at)}
        owing = {about for (about, _), work in self._telling.items() if work.due or work.leased_until}
        old = [
            r.id
            for r in sorted(self.requests.values(), key=lambda r: r.created_at)
            if r.state in FINAL and max(r.created_at, r.updated_at) < before and last.get(r.cluster) != r.id
            if r.id not in owing and self._work[r.id] == replace(self._work[r.id], due=None, leased_until=None)
        ][:limit]
        told = [key for key in self.told if key[0] in old]
        votes = sum(len(self.requests[i].votes) for i in old)
        for key in told:
            del self.told[key], self._telling[key]
        for i in old:
            del self.requests[i], self._work[i]
        self._origins = {origin: i for origin, i in self._origins.items() if i not in old}
        if old:
            counts = {"requests": len(old), "votes": votes, "messages": len(told)}
            self.log.append(dropped(self.clock.now(), before, **counts))
        return len(old)

    async def by_origin(self, origin: str) -> SnapshotRequest | None:
        return self.requests.get(self._origins.get(origin, RequestId("")))

    async def cluster_names(self, cloud: CloudName) -> dict[ClusterId, str]:
        return dict(self.named.get(cloud, {}))

    async def name_clusters(
        self, cloud: CloudName, names: Mapping[ClusterId, str], *, entries: Sequence[Entry] = ()
    ) -> None:
        before = await self.cluster_names(cloud)
        self.named[cloud] = {**before, **names}
        now = self.clock.now()
        for cluster in (c for c, name in names.items() if before.get(c, name) != name):
            ref = ClusterRef(cloud, cluster)
            for r in [r for r in self.requests.values() if r.cluster == ref and r.state in NOT_STARTED]:
                self.requests[r.id] = replace(r, cluster_name=names[cluster], version=r.version + 1, updated_at=now)
                self._owe_cards(r.id)
            self._wake_waiting()
            self._look_again(_is_frozen)
        self.log += entries

    async def get(self, request_id: RequestId) -> SnapshotRequest | None:
        return self.requests.get(request_id)

    async def save(
        self,
        request: SnapshotRequest,
        *,
        entries: Sequence[Entry] = (),
        owe: Collection[Owed] = (),
        vote: Vote | None = None,
        fallen: Collection[UserId] = (),
        due_in: timedelta | None = None,
        token: int | None = None,
        wake: Collection[RequestId] = (),
        release: bool = True,
    ) -> None:
        stored = self.requests.get(request.id)
        if stored is None or stored.version != request.version - 1:
            raise StaleRequest(request.id)
        if token not in (None, self._work[request.id].token):
            raise StaleRequest(request.id)
        if vote and stored.vote_of(vote.user):
            raise StaleRequest(request.id)
        if request.not_before and request.sent_at and request.sent_at < request.not_before:
            raise StaleRequest(request.id)
        self._only_one_in_the_cloud(request)
        votes = tuple(v for v in stored.votes if v.user not in fallen) + ((vote,) if vote else ())
        self.requests[request.id] = replace(request, votes=tuple(sorted(votes, key=lambda v: v.at)))
        if stored.hold in NOT_BEFORE and request.hold not in NOT_BEFORE:
            self._let_go[request.id] = request.updated_at
        work = self._work[request.id]
        now = self.clock.now()
        work.due = self._after(due_in)
        if release:
            work.leased_until = None
        for waiting in (self._work[i] for i in wake):
            waiting.due = waiting.due and min(waiting.due, now)
        self._owe_cards(request.id)
        owed = []
        for one in owe:
            key = (request.id, one)
            new = key not in self.told
            self.told.setdefault(key, Message(*key, ChannelId(one.to) if one.to else request.channel))
            work = self._telling.setdefault(key, _Work(now))
            if self.told[key].ref is None and work.due is None:
                work.due = now
                new = True
            owed += [one] * new
        owed += self._owe_end(request)
        cause = entries[-1] if entries else Entry(now, BOT, "", request_id=request.id, cluster=request.cluster)
        self.log += [*entries, *(message_owed(cause, o.kind, o.to) for o in owed)]
        self._owe_news_of(stored, request)

    async def renew(self, work: Work[SnapshotRequest], *, lease: timedelta) -> None:
        self._work[work.item.id].renew(work.token, self.clock.now() + lease)

    async def put_off(self, work: Work[SnapshotRequest], due_in: timedelta | None) -> None:
        kept = self._work[work.item.id]
        if (self.requests[work.item.id].version, kept.token) != (work.item.version, work.token):
            raise StaleRequest(work.item.id)
        kept.due = self._after(due_in)
        kept.leased_until = None

    async def find(
        self,
        *,
        states: Collection[State] | None = None,
        cluster: ClusterRef | None = None,
        limit: int = 100,
        oldest_first: bool = False,
    ) -> list[SnapshotRequest]:
        found = sorted(self.requests.values(), key=lambda r: r.created_at)[:: 1 if oldest_first else -1]
        return [r for r in found if (states is None or r.state in states) and cluster in (None, r.cluster)][:limit]

    async def newest(
        self,
        visible: Visible,
        *,
        portion: Portion = Portion.ALL,
        cluster: ClusterRef | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> list[RequestId]:
        found = await self.find(states=portion.value, cluster=cluster, limit=len(self.requests))
        theirs = {r.id for r in found if portion is Portion.OPEN and visible.owner in r.owners}
        found = [r for r in found if visible.has(r) or r.id in theirs]
        return [r.id for r in found if since is None or r.created_at >= since][:limit]

    async def turns(self, visible: Visible, user: UserId, *, after: Turn | None = None, limit: int = 100) -> list[Turn]:
        now, turns = self.clock.now(), []
        for number, r in enumerate(self.requests.values()):
            place = (r.expires_at.isoformat(), number)
            is_behind = after is None or place > after.place
            if visible.has(r) and r.can_be_decided(now) and is_behind:
                special = bool(r.votes or r.joined or r.asked_by) or r.requester == user
                alike = (r.rule, r.escalated, *((r.named, r.votes, r.wanted_by) if special else ()))
                turns.append(Turn(r.id, r.named, alike, special, place))
        return sorted(turns, key=lambda t: t.place)[:limit]

    async def load(self, ids: Sequence[RequestId]) -> list[SnapshotRequest]:
        return [self.requests[i] for i in ids if i in self.requests]

    async def asked_clusters(self, scopes: Collection[Scope]) -> frozenset[NamedCluster]:
        named = {r.named for r in self.requests.values()}
        return frozenset(n for n in named if any(scope.covers(n) for scope in scopes))

    async def clusters_of(self, owner: Principal) -> set[ClusterRef]:
        return {r.cluster for r in self.requests.values() if r.owner == owner}

    async def requests_of(
        self, cloud: CloudName, snapshots: Collection[SnapshotId]
    ) -> dict[SnapshotId, SnapshotRequest]:
        of_cloud = [r for r in self.requests.values() if r.cluster.cloud == cloud]
        made = [r for r in of_cloud if r.kind is Kind.CREATE]
        return {r.snapshot_id: r for r in made if r.snapshot_id in snapshots and r.snapshot_id}

    async def deletions_of(self, cloud: CloudName, snapshot: SnapshotId) -> list[SnapshotRequest]:
        deletes = [r for r in self.requests.values() if r.cluster.cloud == cloud and r.kind is Kind.DELETE]
        return sorted((r for r in deletes if r.snapshot_id == snapshot), key=lambda r: r.created_at, reverse=True)

    async def line(self, cluster: ClusterRef) -> list[SnapshotRequest]:
        waiting = [r for r in self.requests.values() if r.cluster == cluster and r.state in OPEN - {State.WAITING}]

        def place(r: SnapshotRequest) -> tuple[int, datetime]:
            return (0 if r.state is not State.APPROVED else 1 if r.glass else 2), r.may_start_since

        return sorted(waiting, key=place)

    async def counts(self) -> dict[State, int]:
        return {state: sum(r.state is state for r in self.requests.values()) for state in State}

    async def oldest(self) -> dict[str, datetime]:
        telling = self._telling.items()
        unsent = [key for key, work in telling if work.due and self.told[key].ref is None and self._is_ready(key)]
        owed = [(self.requests[request_id], one) for request_id, one in unsent]
        rows = self.requests.values()
        may_start = [r for r in rows if r.hold not in NOT_BEFORE]
        in_cloud = [r for r in may_start if r.state in IN_THE_CLOUD]

        def late(request: SnapshotRequest, since: datetime) -> datetime:
            return max(since, self._let_go.get(request.id, since))

        since: dict[str, list[datetime]] = {
            "waiting": [r.created_at for r in rows if r.state is State.WAITING],
            "approved": [late(r, r.decided_at or r.created_at) for r in may_start if r.state is State.APPROVED],
            "in_cloud": [r.accepted_at or late(r, r.attempted_at or r.updated_at) for r in in_cloud],
            "unsent": [r.created_at if one == CARD else r.failing_since or r.updated_at for r, one in owed],
        }
        return {what: min(times) for what, times in since.items() if times}

    async def begin_run(self, owner: str) -> Run | None:
        before = list(self.runs.values())[-1] if self.runs else None
        self.runs[owner] = Run(self.clock.now())
        return before and replace(before, seen_at=self.beaten_at)

    async def end_run(self, owner: str, *, clean: bool) -> None:
        self.runs[owner] = replace(self.runs[owner], ended_at=self.clock.now(), clean=clean)

    async def frozen_cards(self) -> int:
        cards = (m for (_, one), m in self.told.items() if one == CARD and m.frozen)
        return sum(self.requests[m.request_id].state in OPEN for m in cards)

    async def unreached(self) -> tuple[UserId, ...]:
        waiting = {r.id for r in self.requests.values() if r.state is State.WAITING}
        lost = (m.owed.to for m in self.told.values() if m.request_id in waiting and m.frozen and m.ref is None)
        return tuple(sorted({user for user in lost if user is not None}))

    async def not_sent(self) -> int:
        dropped = [key for key, w in self._telling.items() if w.wakes is None and self.told[key].ref is None]
        told = [(self.requests[request_id], one) for request_id, one in dropped if one.kind not in ASKS]
        held = [r for r, one in told if one != OPERATOR or r.hold in OPERATORS_MOVE]
        return len({r.id for r in held if r.as_of is not None})

    async def claim(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[SnapshotRequest]]:
        now = self.clock.now()
        free = sorted((w.due, i) for i, w in enumerate(self._work.values()) if w.due and w.is_free(now))[:limit]
        ids = list(self._work)
        return [Work(self.requests[ids[i]], self._work[ids[i]].lease(now + lease)) for _, i in free]

    async def claim_messages(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Message]]:
        now = self.clock.now()
        keys = [key for key, work in self._telling.items() if self._is_ready(key) and work.is_free(now)]
        keys = sorted(keys, key=lambda key: self._telling[key].due or now)[:limit]
        for key in keys:
            self._telling[key].claimed_version = self.requests[key[0]].version
        return [Work(self.told[key], self._telling[key].lease(now + lease)) for key in keys]

    async def renew_message(self, work: Work[Message], *, lease: timedelta) -> None:
        self._telling[work.item.request_id, work.item.owed].renew(work.token, self.clock.now() + lease)

    async def save_message(
        self, message: Message, *, token: int, due_in: timedelta | None, release: bool = True
    ) -> None:
        due_at = self._after(due_in)
        key = (message.request_id, message.owed)
        if key not in self.told:
            raise NotFound(message.key)
        if self._telling[key].token != token:
            raise StaleRequest(message.key)
        self.told[key] = message
        work, version = self._telling[key], self.requests[message.request_id].version
        follows = message.kind in FOLLOWS
        moved_on = follows and version > max(work.claimed_version, message.shown_version)
        lags = follows and not message.frozen and message.shown_version < version
        if message.frozen or (message.ref is not None and not lags):
            work.due = None
        elif due_at is not None:
            work.due = due_at
        elif release and not moved_on:
            work.due = None
        work.not_before = due_at
        if release:
            work.leased_until = None
        if message.owed == CARD:
            ended = self.requests[message.request_id]
            cause = Entry(self.clock.now(), BOT, "", request_id=ended.id, cluster=ended.cluster)
            self.log += [message_owed(cause, o.kind) for o in self._owe_end(ended)]

    async def draw_again(self, request_id: RequestId, owed: Owed) -> None:
        found = self.told.get((request_id, owed))
        if found is None or found.ref is None or found.frozen:
            return
        self.told[request_id, owed] = replace(found, shown_version=0)
        work = self._telling[request_id, owed]
        work.due = max(self.clock.now(), work.not_before or self.clock.now())
        work.leased_until = None
        work.token += 1

    async def message(self, request_id: RequestId, owed: Owed) -> Message | None:
        return self.told.get((request_id, owed))

    async def messages(self, request_id: RequestId) -> list[Message]:
        return [message for (about, _), message in self.told.items() if about == request_id]

    async def subscriptions(self) -> tuple[Subscription, ...]:
        return tuple(sorted(self.subscribed.values(), key=lambda s: s.set_at))

    async def subscribe(self, subscription: Subscription, entry: Entry) -> None:
        self.subscribed[subscription.channel, subscription.scope] = subscription
        self.log.append(entry)

    async def unsubscribe(self, channel: ChannelId, scope: Scope, entry: Entry) -> bool:
        if self.subscribed.pop((channel, scope), None) is None:
            return False
        self.log.append(entry)
        return True

    async def pause(self, subscriptions: Sequence[Subscription], why: Pause) -> None:
        now, kept = self.clock.now(), self.subscribed
        paused = [s for s in subscriptions if kept.get((s.channel, s.scope)) == s and s.paused is None]
        kept.update({(s.channel, s.scope): replace(s, paused=why) for s in paused})
        self.log += [paused_entry(one, why, now) for one in paused]
        self._owe_notices(paused_notices(paused, why, now))

    def _owe_notices(self, notices: Sequence[Notice]) -> None:
        now = self.clock.now()
        for notice in notices:
            key = (notice.channel, notice.about)
            if key not in self.notices:
                self.notices[key] = notice
                self._noticing[key] = (_Work(now), now)
                self.log.append(owed_entry(notice, now))

    def _owe_news_of(self, before: SnapshotRequest | None, request: SnapshotRequest) -> None:
        if news := news_of(before, request):
            owed = notices_of(self.subscribed.values(), [news], but=request.channel)
            self._owe_notices([notice.begun(request.as_of) for notice in owed])

    async def owe_notices(self, notices: Sequence[Notice]) -> None:
        self._owe_notices(notices)

    async def claim_notices(self, *, owner: str, lease: timedelta, limit: int) -> list[Work[Notice]]:
        now = self.clock.now()
        free = [key for key, (work, _) in self._noticing.items() if work.is_free(now)]
        free.sort(key=lambda key: self._noticing[key][0].due or now)
        return [Work(self.notices[key], self._noticing[key][0].lease(now + lease)) for key in free[:limit]]

    async def save_notice(self, notice: Notice, *, token: int, due_in: timedelta | None, release: bool = True) -> None:
        key = (notice.channel, notice.about)
        work, _ = self._noticing[key]
        if work.token != token or work.leased_until is None:
            raise StaleRequest(notice.key)
        self.notices[key] = notice
        if release:
            work.due, work.leased_until = self._after(due_in), None

    async def drop_notices(self, before: datetime) -> int:
        old = [key for key, (work, owed_at) in self._noticing.items() if work.due is None and owed_at < before]
        for key in old:
            del self.notices[key], self._noticing[key]
        return len(old)

    async def save_person(self, person: Person, *, asked_at: datetime) -> None:
        now = self.clock.now()
        self.people = {user: known for user, known in self.people.items() if known[0] >= now - timedelta(days=2)}
        kept = self.people.get(person.user)
        if kept is None or kept[0] < asked_at or kept[0] > now:
            self.people[person.user] = (asked_at, person)

    async def person(self, user: UserId) -> Known | None:
        at, person = self.people.get(user, (None, None))
        return Known(person, at) if at and person else None

    async def person_changed(self, user: UserId) -> None:
        at = self.people.get(user, (self.clock.now(), None))[0]
        self.people[user] = (max(at, self.clock.now()), None)

    async def begin_look(self, cloud: CloudName, *, owner: str, lease: timedelta) -> Look | None:
        if self.broken is not None:
            raise self.broken
        now = self.clock.now()
        looking, held_by = self._looks.setdefault(cloud, (_Work(now), ""))
        if looking.leased_until and looking.leased_until > now and held_by != owner:
            return None
        self._looks[cloud] = (looking, owner)
        return Look(now, looking.lease(now + lease))

    async def renew_look(self, cloud: CloudName, look: Look, *, lease: timedelta) -> None:
        self._looks[cloud][0].renew(look.token, self.clock.now() + lease)

    async def end_look(self, cloud: CloudName, look: Look, seen: Holdings | None) -> None:
        if self.broken is not None:
            raise self.broken
        looking, _ = self._looks[cloud]
        if looking.token == look.token:
            looking.leased_until = None
        kept = self.seen.get(cloud)
        if seen and (kept is None or kept.at <= seen.at or kept.at > self.clock.now()):
            self.seen[cloud] = seen
            if kept and not (self.restored and self.restored.at >= kept.at):
                asked = await self.requests_of(cloud, [*changed(kept, seen)])
                running = [r for r in self.requests.values() if r.state in IN_THE_CLOUD]
                news = outside_news(cloud, kept, seen, asked=asked, running=running)
                self._owe_notices(notices_of(self.subscribed.values(), news, look=f"{cloud}:{seen.at.isoformat()}"))

    async def look(self, cloud: CloudName, *, after: datetime | None = None) -> Holdings | None:
        seen = self.seen.get(cloud)
        return seen if seen and (after is None or seen.at > after) else None

    async def throttled_for(self, key: str) -> float:
        now = self.clock.now()
        return (max(now, self._throttles.get(key, now)) - now).total_seconds()

    async def throttle(self, key: str, seconds: float) -> None:
        until = self.clock.now() + timedelta(seconds=seconds)
        self._throttles[key] = max(until, self._throttles.get(key, until))

    async def sharing(self) -> Sharing | None:
        """As the port says."""
        return None

    async def last_restore(self) -> Restored | None:
        return self.restored

    async def told_of_restore(self, restored: Restored, user: UserId) -> None:
        self.restored = replace(restored, told=restored.told | {user})

    async def next_due(self) -> float | None:
        telling = [work for key, work in self._telling.items() if self._is_ready(key)]
        due = min((at for work in [*self._work.values(), *telling] if (at := work.wakes)), default=None)
        return None if due is None else (due - self.clock.now()).total_seconds()

    async def hasten(self, *, beyond: timedelta) -> None:
        now = self.clock.now()
        last = now + beyond
        self._throttles = {key: until for key, until in self._throttles.items() if until <= last}
        states = (State.WAITING, State.AVAILABLE)
        waiting = [self._work[r.id] for r in self.requests.values() if r.state in states]
        noticing, looking = (dict(kept).values() for kept in (self._noticing, self._looks))
        others = [work for work, _ in (*noticing, *looking)]
        for work in [*self._work.values(), *self._telling.values(), *others]:
            if work.due and work.due > last and not any(work is w for w in waiting):
                work.due = now
            if work.leased_until and work.leased_until > last:
                work.leased_until = None
            if work.not_before and work.not_before > last:
                work.not_before = None

    async def first_time(self, key: str) -> bool:
        now = self.clock.now()
        self._seen = {k: at for k, at in self._seen.items() if at >= now - timedelta(hours=2)}
        new = key not in self._seen
        self._seen.setdefault(key, now)
        return new

    async def beat(self) -> None:
        if self.broken is not None:
            raise self.broken
        self.beaten_at = self.clock.now()
        self._close_refusals(self.beaten_at)

    async def record(self, entry: Entry) -> None:
        self.log.append(entry)

    async def refuse(self, entry: Entry) -> None:
        self._close_refusals(entry.at)
        same = replace(entry, at=datetime.min.replace(tzinfo=UTC))
        if found := self._refusals.get(same):
            self._refusals[same] = (found[0], found[1] + 1, entry.at)
        else:
            self.log.append(entry)
            self._refusals[same] = (entry, 0, entry.at)

    def _close_refusals(self, now: datetime) -> None:
        for same, (first, again, last) in list(self._refusals.items()):
            if not first.at <= now < first.at + WINDOW:
                del self._refusals[same]
                if again:
                    self.log.append(counted(first, again, now=now, last=last))

    def _chain(self) -> list[Recorded]:
        """The log as it would be kept."""
        kept: list[Recorded] = []
        head = Head(0, chain.START)
        for entry in self.log:
            kept.append(row := chain.following(head, entry))
            head = Head(row.number, row.hash)
        return kept[self.pruned :]

    async def verify_chain(self, noted: Sequence[Head] = ()) -> Verdict:
        return verify(self._chain(), ChainCheck(begins=None, end=await self.head(), noted=noted))

    async def head(self) -> Head:
        kept = self._chain()
        return Head(kept[-1].number, kept[-1].hash) if kept else Head(0, chain.START)

    def _selected(self, selection: Selection) -> list[Recorded]:
        def fits(entry: Entry) -> bool:
            return (
                (selection.since is None or entry.at >= selection.since)
                and (selection.until is None or entry.at < selection.until)
                and selection.cluster in (None, entry.cluster)
                and selection.request_id in (None, entry.request_id)
                and selection.actor in ("", entry.actor)
                and (not selection.actions or entry.action in selection.actions)
            )

        return [row for row in self._chain() if fits(self.log[row.number - 1])]

    async def recorded(
        self, selection: Selection, *, after: int = 0, limit: int = 1000, newest_first: bool = False
    ) -> list[Recorded]:
        found = [row for row in self._selected(selection) if row.number > after]
        return (found[::-1] if newest_first else found)[:limit]

    async def record_page(
        self, selection: Selection, *, skip: int, limit: int, counted: int = 0
    ) -> tuple[list[tuple[int, Entry]], int]:
        found = [(row.number, self.log[row.number - 1]) for row in reversed(self._selected(selection))]
        return found[skip : skip + limit], min(len(found), counted)

    async def prune(self, last: Head, entry: Entry) -> int:
        if last not in [Head(row.number, row.hash) for row in self._chain()]:
            raise Conflict(f"entry {last.number} isn't the one that was exported")
        self.log.append(entry)
        count, self.pruned = last.number - self.pruned, last.number
        return count

    async def entries(self, *, request_id: RequestId | None = None, limit: int = 100) -> list[Entry]:
        return [e for e in reversed(self.log[self.pruned :]) if request_id in (None, e.request_id)][:limit]

    def _after(self, span: timedelta | None) -> datetime | None:
        return None if span is None else self.clock.now() + span

    def _owe_cards(self, request_id: RequestId) -> None:
        """What follows the request is due, no earlier than its back-off ends."""
        now = self.clock.now()
        for (about, one), message in self.told.items():
            if about == request_id and one.kind in FOLLOWS and not message.frozen:
                work = self._telling[about, one]
                work.due = max(now, work.not_before or now)

    def _owe_end(self, request: SnapshotRequest) -> list[Owed]:
        """The end of a request whose card is frozen is told as a result, whichever end it is; return what is new."""
        result = (request.id, RESULT)
        owes = self.told[request.id, CARD].frozen and request.state in FINAL
        if not owes or result in self.told:
            return []
        self.told[result] = Message(*result, request.channel)
        self._telling[result] = _Work(self.clock.now())
        return [RESULT]

    def _is_ready(self, key: tuple[RequestId, Owed]) -> bool:
        """A reply in the channel goes into its card's thread, so the card comes first."""
        return key[1] == CARD or key[1].to is not None or self.told[key[0], CARD].ref is not None

    def _only_one_in_the_cloud(self, request: SnapshotRequest) -> None:
        others = (r for r in self.requests.values() if r.id != request.id and r.cluster == request.cluster)
        if request.state in IN_THE_CLOUD and any(r.state in IN_THE_CLOUD for r in others):
            raise StaleRequest(request.id)


def _is_frozen(request: SnapshotRequest) -> bool:
    return request.hold is Hold.FROZEN
