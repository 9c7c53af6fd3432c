"""What every Store promises. A test module subclasses `StoreContract` and gives it the fixture `store`."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import MISSING, fields, replace
from datetime import UTC, datetime, time, timedelta
from itertools import product
from typing import Any

import pytest

from bot.core.approval import ApprovalRule, Meanwhile, OwnApproval, Stage, Tier, Vote, Waiver
from bot.core.asked import Asked
from bot.core.errors import Conflict, IdTaken, NameTaken, NotFound, StaleRequest, TooManyOpen
from bot.core.events import Hold
from bot.core.freezes import Freeze
from bot.core.glass import BreakGlass
from bot.core.grants import Grant, NoAdminLeft, Role, Terms
from bot.core.holdings import Holdings, Look
from bot.core.hours import Hours
from bot.core.ids import (
    ChannelId,
    CloudName,
    ClusterId,
    ClusterRef,
    FreezeId,
    GrantId,
    MessageRef,
    Principal,
    PrincipalKind,
    RequestId,
    SnapshotId,
    TeamId,
    UserId,
)
from bot.core.joiner import Joiner
from bot.core.keep import Keep
from bot.core.loudness import Loudness
from bot.core.message import CARD, OPERATOR, RESULT, Message, MessageKind, Owed
from bot.core.person import EVERYONE, Known, Person, Standing
from bot.core.phrase import Phrase
from bot.core.record import DROPPED, PRUNED, Entry, Head, Selection, stated
from bot.core.request import IN_THE_CLOUD, OPEN, Cap, Capped, Kind, SnapshotRequest, State
from bot.core.restored import Recovery
from bot.core.revision import RequestPart, Revision
from bot.core.right_changes import ACTIONS, GrantChange, RightChange, RightsPart, RightsState, RuleChange
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ClusterRule, ScopeRule
from bot.core.snapshot import Cluster, Obstacle, ObstacleCode, Outcome, Snapshot
from bot.core.start import Start
from bot.core.visible import Portion, Visible
from bot.core.why import Code, Why
from bot.core.work import Work
from bot.ports import Store
from tests.fakes.clock import FakeClock

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
DWH = ClusterRef(CloudName("prod"), ClusterId("44b277eb-39be-4921-be31-3d61b43651d7"))
LAB = ClusterRef(CloudName("prod"), ClusterId("9a1c0fd6-8d5e-4f0b-a2cb-f0c4b0a3b1aa"))
DEV = ClusterRef(CloudName("dev"), DWH.id)
SEES_ALL = Visible(clusters=None)
ANA, BEN, CLEO = UserId("U0ANA"), UserId("U0BEN"), UserId("U0CLEO")
TEAM = TeamId("T0ACME")
CHANNEL = ChannelId("C0OPS")
POSTED = MessageRef(CHANNEL, "1763906700.000100")


def at(seconds: float) -> datetime:
    """Return the moment *seconds* after NOW."""
    return NOW + timedelta(seconds=seconds)


def a_request(number: int = 1, **changes: Any) -> SnapshotRequest:
    """Return a new request R-*number* with a name of its own."""
    request = SnapshotRequest(
        id=RequestId(f"R-{number}"),
        team=TeamId("T0ACME"),
        owner=Principal(ANA),
        cluster=DWH,
        cluster_name="dwh-prod",
        name=f"before-migration-{number}",
        description="Before the customer migration, OPS-42",
        channel=CHANNEL,
        rule=ApprovalRule.of(1),
        created_at=NOW,
        expires_at=at(8 * 3600),
        updated_at=NOW,
    )
    return replace(request, **changes)


def moved(request: SnapshotRequest, state: State, seconds: float = 60, **changes: Any) -> SnapshotRequest:
    """Return *request* one version on, in *state*, changed *seconds* after NOW."""
    return replace(request, state=state, version=request.version + 1, updated_at=at(seconds), **changes)


def an_entry(action: str = "request.added", **changes: Any) -> Entry:
    """Return an audit entry of Ana's."""
    return replace(Entry(at=NOW, actor=ANA, action=action), **changes)


def a_grant(
    user: UserId = ANA, role: Role = Role.REQUEST, on: ClusterRef | Scope = DWH, seconds: float = 0, **changes: Any
) -> Grant:
    """Return a grant that Cleo gave."""
    scope = on if isinstance(on, Scope) else Scope(on.cloud, on.id)
    grant = Grant(Principal(user), role, scope, CLEO, at(seconds), "dwh-prod")
    grant = replace(grant, id=GrantId(f"G-{user}-{role}-{scope}"))
    return replace(grant, **changes)


def a_freeze(number: int = 1, scope: Scope = Scope(), **changes: Any) -> Freeze:  # noqa: B008 -- it is frozen
    """Return a freeze F-*number* of Cleo's, until an hour after NOW."""
    freeze = Freeze(FreezeId(f"F-{number}"), scope, "quarter end", CLEO, at(number), at(3600))
    return replace(freeze, **changes)


async def make(store: Store, *made: RightChange) -> None:
    """Make changes of rights or rules together, on record."""
    await store.change_rights(lambda state: [(change, an_entry(change.action)) for change in made])


async def give(store: Store, *grants: Grant) -> None:
    """Give *grants*, on record."""
    await make(store, *(GrantChange(None, grant) for grant in grants))


async def set_rule(store: Store, scope: Scope, rule: ScopeRule | None) -> None:
    """Set the rule of *scope*, or remove it, on record."""
    await make(store, RuleChange(scope, None, rule))


async def keep(store: Store, request: SnapshotRequest, due_at: datetime | None = None) -> SnapshotRequest:
    """Add *request* with an origin of its own and no entries, at the moment of which it says that it was made."""
    Hand.at(store, (request.created_at - NOW).total_seconds())
    due_in = Hand.of(store).until(due_at)
    return await store.add(request, origin=f"view:{request.id}", entries=[], due_in=due_in)


async def save(store: Store, request: SnapshotRequest, *, due_at: datetime | None = None, **how: Any) -> None:
    """Save *request* at the moment of which it says that it was changed."""
    Hand.at(store, (request.updated_at - NOW).total_seconds())
    await store.save(request, due_in=Hand.of(store).until(due_at), **how)


class Hand(FakeClock):
    """The time that a test gives a store, and the tokens of what was claimed there last."""

    def __init__(self) -> None:
        super().__init__(NOW)
        self.tokens: dict[str, int] = {}

    @classmethod
    def of(cls, store: Any) -> Hand:
        """Return the one of *store*, which has it from now on."""
        if not isinstance(store.clock, Hand):
            store.clock = cls()
        return store.clock

    @classmethod
    def at(cls, store: Any, seconds: float) -> Hand:
        """Let it be *seconds* after NOW in *store*."""
        hand = cls.of(store)
        hand.advance(at(seconds) - hand.now())
        return hand

    def until(self, moment: datetime | None) -> timedelta | None:
        """Return how long it is until *moment*, as a store is told when something is due."""
        return None if moment is None else moment - self.now()


async def claim(
    store: Store, seconds: float, owner: str = "a", lease: float = 30, limit: int = 10
) -> list[Work[SnapshotRequest]]:
    """Claim requests *seconds* after NOW."""
    hand = Hand.at(store, seconds)
    claimed = await store.claim(owner=owner, lease=timedelta(seconds=lease), limit=limit)
    hand.tokens.update({work.item.id: work.token for work in claimed})
    return claimed


async def take(store: Store, seconds: float, owner: str = "a", lease: float = 30, limit: int = 10) -> list[RequestId]:
    """Claim requests *seconds* after NOW; return their ids."""
    return [work.item.id for work in await claim(store, seconds, owner, lease, limit)]


async def put_off(store: Store, request: SnapshotRequest, due_at: datetime | None) -> None:
    """Put *request* off as who claimed it last."""
    hand = Hand.of(store)
    await store.put_off(Work(request, hand.tokens[request.id]), hand.until(due_at))


async def claim_messages(
    store: Store, seconds: float, owner: str = "a", lease: float = 30, limit: int = 10
) -> list[Work[Message]]:
    """Claim messages *seconds* after NOW."""
    Hand.at(store, seconds)
    return await store.claim_messages(owner=owner, lease=timedelta(seconds=lease), limit=limit)


async def take_messages(
    store: Store, seconds: float, owner: str = "a", lease: float = 30, limit: int = 10
) -> list[Message]:
    """Claim messages *seconds* after NOW, as one that goes on with `save_message`."""
    claimed = await claim_messages(store, seconds, owner, lease, limit)
    Hand.of(store).tokens.update({work.item.key: work.token for work in claimed})
    return [work.item for work in claimed]


async def save_message(store: Store, message: Message, *, due_at: datetime | None, release: bool = True) -> None:
    """Save *message* as who claimed it last."""
    hand = Hand.of(store)
    token = hand.tokens.get(message.key, 0)
    await store.save_message(message, token=token, due_in=hand.until(due_at), release=release)


async def begin_look(
    store: Store, seconds: float, owner: str, *, lease: float = 30, cloud: CloudName = DWH.cloud
) -> Look | None:
    """Begin a look *seconds* after NOW."""
    Hand.at(store, seconds)
    return await store.begin_look(cloud, owner=owner, lease=timedelta(seconds=lease))


async def next_due(store: Store) -> datetime | None:
    """Return when the store wants to be asked for work again."""
    hand, seconds = Hand.of(store), await store.next_due()
    return None if seconds is None else hand.now() + timedelta(seconds=seconds)


async def post_card(store: Store, seconds: float = 0) -> Message:
    """Take the one message that is due, a card, and save it as posted at the version that the row has."""
    (card,) = await take_messages(store, seconds)
    request = await store.get(card.request_id)
    assert request is not None
    posted = replace(card, ref=POSTED, shown_version=request.version)
    await save_message(store, posted, due_at=None)
    return posted


def keys(messages: Sequence[Message]) -> list[str]:
    """Return the messages' keys, for comparing."""
    return [m.key for m in messages]


class StoreContract:
    """Requests, votes, leases, messages, rights and the record."""

    # -- a request is kept and changed --------------------------------------------------------------------------------

    async def test_the_requests_that_snapshots_came_of(self, store: Store) -> None:
        """By their ids, in one cloud: an id is the cloud's, and another cloud may have the same."""
        made = SnapshotId("S-1")
        await keep(store, a_request(1, snapshot_id=made))
        await keep(store, a_request(2))
        elsewhere = ClusterRef(CloudName("other"), ClusterId("c-9"))
        await keep(store, a_request(3, cluster=elsewhere, snapshot_id=made))
        cloud = a_request(1).cluster.cloud
        found = await store.requests_of(cloud, [made, SnapshotId("S-2")])
        assert {snapshot: request.id for snapshot, request in found.items()} == {made: a_request(1).id}
        assert await store.requests_of(cloud, []) == {}

    async def test_the_deletions_of_a_snapshot_are_found(self, store: Store) -> None:
        """The newest first; of the same snapshot in another cloud, or by the request that made it, there are none."""
        made = SnapshotId("S-1")
        await keep(store, a_request(1, state=State.AVAILABLE, snapshot_id=made))
        asked = {"kind": Kind.DELETE, "snapshot_id": made, "deletes": RequestId("R-1")}
        await keep(store, a_request(2, state=State.DECLINED, created_at=at(2), **asked))
        await keep(store, a_request(3, created_at=at(3), **asked))
        elsewhere = ClusterRef(CloudName("other"), LAB.id)
        await keep(store, a_request(4, cluster=elsewhere, created_at=at(4), **asked))
        cloud = a_request(1).cluster.cloud
        assert [r.id for r in await store.deletions_of(cloud, made)] == ["R-3", "R-2"]
        assert await store.deletions_of(cloud, SnapshotId("S-2")) == []
        assert {s: r.id for s, r in (await store.requests_of(cloud, [made])).items()} == {made: "R-1"}

    async def test_a_beat_is_kept_and_changes_nothing_else(self, store: Store) -> None:
        """It proves that something can be saved, again and again, also twice at the same moment."""
        before = (await store.counts(), await store.entries(), await next_due(store))
        for _ in range(3):
            await store.beat()
        assert (await store.counts(), await store.entries(), await next_due(store)) == before

    async def test_how_a_server_is_doing_is_told_where_there_is_one(self, store: Store) -> None:
        """Nobody shares a file; on a server the store's own question isn't the transaction that runs."""
        sharing = await store.sharing()
        assert sharing is None or 0 <= sharing.oldest < 60

    async def test_what_is_added_can_be_read(self, store: Store) -> None:
        """The same request comes back, and None for an id that isn't there."""
        request = a_request()

        assert await keep(store, request) == request

        assert await store.get(request.id) == request
        assert await store.get(RequestId("R-2")) is None

    async def test_no_field_of_a_request_is_forgotten(self, store: Store) -> None:
        """Every optional field comes back as saved, down to the microsecond."""
        request = await keep(store, a_request())
        odd = NOW.replace(microsecond=123_456)
        facts: dict[str, Any] = {
            "state": State.AVAILABLE,
            "version": 2,
            "decided_by": BEN,
            "decided_at": odd,
            "words": "Go; it's “urgent” 🚀",
            "hold": Hold.CLOUD,
            "place": 3,
            "why": Why(
                Code.NOT_STARTED,
                {"hold": Hold.BUSY, "obstacle": "other-task", "word": "“GROWING” 🚀", "seconds": 86_400},
            ),
            "attempted_at": odd + timedelta(seconds=1),
            "sent_at": odd + timedelta(seconds=2),
            "attempts": 4,
            "looked_at": odd - timedelta(seconds=1),
            "listed_at": odd.replace(microsecond=0) - timedelta(minutes=5),
            "failing_since": odd + timedelta(seconds=6),
            "as_of": odd - timedelta(hours=1),
            "recovery": Recovery.FOUND,
            "snapshot_id": SnapshotId("2a4d0f86"),
            "cloud_request_id": "7c1e9d3f",
            "accepted_at": odd + timedelta(seconds=3),
            "missing_since": odd + timedelta(seconds=8),
            "percent": 42,
            "started_at": odd + timedelta(seconds=4),
            "finished_at": odd + timedelta(seconds=5),
            "size_gb": 42.7,
            "waived": True,
            "counted": ((BEN, CLEO), ()),
            "escalated": 2,
            "glass": BreakGlass(BEN, odd, "ünder <!here>\"'", here=(CLEO,), directly=(ANA, BEN)),
            "rule_set_by": "cli:root",
            "rule_set_at": odd,
            "revised": Revision(3, ANA, odd, (RequestPart.DESCRIPTION,), (BEN, CLEO)),
            "keep": Keep(30, odd + timedelta(days=30), 2, 1, CLEO, odd, odd + timedelta(seconds=11)),
            "asked_by": CLEO,
            "joined": (Joiner(BEN, odd), Joiner(CLEO, odd, directly=True)),
            "asked": Asked(((BEN, CLEO), (ANA,)), 2, (CLEO,), odd, 3, odd + timedelta(seconds=9)),
            "start": Start(odd.replace(tzinfo=None) + timedelta(hours=1), "Europe/Berlin", odd),
            "kind": Kind.DELETE,
            "deletes": RequestId("R-9"),
            "knows_last": True,
        }
        assert set(facts) == {f.name for f in fields(SnapshotRequest) if f.default is not MISSING} - {"votes"}

        await save(store, saved := replace(request, updated_at=odd, **facts))

        assert await store.get(request.id) == saved

    async def test_a_repeated_origin_returns_the_first_request(self, store: Store) -> None:
        """Slack sends a submission again: nothing new is kept or recorded, and the answer is the row as it stands."""
        first = await store.add(a_request(1), origin="view:V1", entries=[an_entry()], due_in=None)
        await save(store, now := moved(first, State.WITHDRAWN))

        again = await store.add(a_request(2), origin="view:V1", entries=[an_entry("again")], due_in=None)

        assert again == now
        assert await store.get(RequestId("R-2")) is None
        assert [e.action for e in await store.entries()] == ["request.added"]

    async def test_a_request_is_found_by_its_origin(self, store: Store) -> None:
        """What a submission became can be asked for without sending it again."""
        kept = await keep(store, a_request())
        assert await store.by_origin(f"view:{kept.id}") == kept
        assert await store.by_origin("view:another") is None

    async def test_a_taken_id_is_refused(self, store: Store) -> None:
        """The caller draws another; the row that has the id stays as it was."""
        request = await keep(store, a_request())

        with pytest.raises(IdTaken):
            await store.add(replace(request, name="other"), origin="view:other", entries=[an_entry()], due_in=None)

        assert await store.get(request.id) == request
        assert await store.entries() == []

    async def test_names_of_open_requests_are_unique_whatever_their_case(self, store: Store) -> None:
        """A second open request of the same cloud is refused and leaves nothing behind; another cloud may have it."""
        await keep(store, a_request(1, name="Nightly"))

        with pytest.raises(NameTaken):
            await store.add(a_request(2, name="nIGHTLY", cluster=LAB), origin="o", entries=[an_entry()], due_in=None)

        assert await store.get(RequestId("R-2")) is None
        assert await store.message(RequestId("R-2"), CARD) is None
        assert await store.entries() == []
        await keep(store, a_request(3, name="nightly", cluster=DEV))

    @pytest.mark.parametrize("state", list(State), ids=str)
    async def test_a_name_is_free_again_once_its_request_is_closed(self, store: Store, state: State) -> None:
        """Only WAITING, APPROVED, SUBMITTING and CREATING hold it."""
        first = await keep(store, a_request(1, name="nightly"))
        await save(store, moved(first, state))

        if state in OPEN:
            with pytest.raises(NameTaken):
                await keep(store, a_request(2, name="nightly"))
        else:
            await keep(store, a_request(2, name="nightly"))

    async def test_of_two_saves_one_wins(self, store: Store) -> None:
        """Both read version 1; the loser, whichever it is, hears that it is stale and has written nothing."""
        request = await keep(store, a_request())
        approved = moved(request, State.APPROVED, decided_by=BEN)
        declined = moved(request, State.WITHDRAWN, decided_by=CLEO)
        tried = [(approved, Vote(BEN, True, NOW), OPERATOR), (declined, Vote(CLEO, False, NOW), RESULT)]

        results = await asyncio.gather(
            *(save(store, to, entries=[an_entry(to.state)], vote=vote, owe=[owed]) for to, vote, owed in tried),
            return_exceptions=True,
        )

        assert {type(result) for result in results} == {type(None), StaleRequest}
        (to, vote, owed), (_, _, never) = tried if results[0] is None else reversed(tried)
        assert await store.get(request.id) == replace(to, votes=(vote,))
        assert [e.action for e in await store.entries()] == ["message.owed", to.state]
        assert await store.message(request.id, owed) is not None
        assert await store.message(request.id, never) is None

    async def test_saving_what_was_never_added_is_stale(self, store: Store) -> None:
        """Nothing is made of it."""
        with pytest.raises(StaleRequest):
            await save(store, moved(a_request(), State.APPROVED), entries=[an_entry()])

        assert await store.get(a_request().id) is None
        assert await store.entries() == []

    async def test_a_version_cannot_be_skipped(self, store: Store) -> None:
        """What was computed from a version that was never stored is stale."""
        request = await keep(store, a_request())

        with pytest.raises(StaleRequest):
            await save(store, moved(moved(request, State.APPROVED), State.WITHDRAWN))

        assert await store.get(request.id) == request

    @pytest.mark.parametrize("state", sorted(IN_THE_CLOUD), ids=str)
    async def test_a_cluster_has_one_request_in_the_cloud(self, store: Store, state: State) -> None:
        """A second one is stale, until the first has ended; other clusters don't mind."""
        first, second, other, abroad = [
            await keep(store, a_request(n, cluster=c)) for n, c in enumerate((DWH, DWH, LAB, DEV), 1)
        ]
        await save(store, first := moved(first, State.CREATING))
        await save(store, moved(other, state))
        await save(store, moved(abroad, state))

        with pytest.raises(StaleRequest):
            await save(store, moved(second, state), entries=[an_entry()], owe=[RESULT])

        assert await store.get(second.id) == second
        assert await store.entries() == []
        await save(store, moved(first, State.AVAILABLE))
        await save(store, moved(second, state))

    # -- votes --------------------------------------------------------------------------------------------------------

    async def test_votes_come_back_in_the_order_of_time(self, store: Store) -> None:
        """A save adds its vote; the votes that the request carries are not written again."""
        request = await keep(store, a_request(rule=ApprovalRule.of(2)))
        late, early = Vote(BEN, True, at(20), "fine"), Vote(CLEO, True, at(10))

        await save(store, one := moved(request, State.WAITING), vote=late)
        await save(store, two := moved(one, State.APPROVED, votes=()), vote=early)

        assert await store.get(request.id) == replace(two, votes=(early, late))
        assert (await store.find())[0].votes == (early, late)

    async def test_a_person_has_one_vote(self, store: Store) -> None:
        """The second is stale and the save that carried it is undone."""
        request = await keep(store, a_request(rule=ApprovalRule.of(2)))
        await save(store, one := moved(request, State.WAITING), vote=Vote(BEN, True, NOW))

        with pytest.raises(StaleRequest):
            await save(store, moved(one, State.APPROVED), entries=[an_entry()], vote=Vote(BEN, True, at(1)))

        assert await store.get(request.id) == replace(one, votes=(Vote(BEN, True, NOW),))
        assert await store.entries() == []

    async def test_votes_that_have_fallen_go(self, store: Store) -> None:
        """Theirs alone; who had one may vote again. Where the save is stale, they stay."""
        request = await keep(store, a_request(rule=ApprovalRule.of(3)))
        votes = Vote(BEN, True, at(1)), Vote(CLEO, True, at(2))
        await save(store, one := moved(request, State.WAITING), vote=votes[0])
        await save(store, two := moved(one, State.WAITING), vote=votes[1])
        with pytest.raises(StaleRequest):
            await save(store, moved(one, State.WAITING), fallen=[BEN, CLEO])
        assert await store.get(request.id) == replace(two, votes=votes)

        await save(store, three := moved(two, State.WAITING), fallen=[BEN, ANA])
        assert await store.get(request.id) == replace(three, votes=votes[1:])
        await save(store, four := moved(three, State.WAITING), vote=(again := Vote(BEN, True, at(9))))

        assert await store.get(request.id) == replace(four, votes=(votes[1], again))

    # -- finding ------------------------------------------------------------------------------------------------------

    async def test_find_filters_and_shows_the_newest_first(self, store: Store) -> None:
        """By state, requester, cluster and any mixture; an empty choice of states fits nothing."""
        one = await keep(store, a_request(1, created_at=at(1)))
        two = await keep(store, a_request(2, created_at=at(2), owner=Principal(BEN)))
        three = await keep(store, a_request(3, created_at=at(2), cluster=LAB))
        await save(store, two := moved(two, State.DECLINED))

        assert await store.find() == [three, two, one]
        assert await store.find(limit=2) == [three, two]
        assert await store.find(states=[State.WAITING]) == [three, one]
        assert await store.find(states={State.WAITING, State.DECLINED}, cluster=DWH) == [two, one]
        assert await store.find(oldest_first=True, limit=2) == [one, two]
        assert await store.find(cluster=LAB) == [three]
        assert await store.find(states=[]) == []

    async def test_only_what_is_visible_is_listed(self, store: Store) -> None:
        """One's own, and what is on the clusters of one's rights by the name that the request has; of each portion."""
        one = await keep(store, a_request(1, created_at=at(1)))
        two = await keep(store, a_request(2, created_at=at(2), owner=Principal(BEN)))
        three = await keep(store, a_request(3, created_at=at(2), owner=Principal(BEN), cluster=LAB))
        four = await keep(store, a_request(4, created_at=at(3), owner=Principal(BEN), cluster_name="dwh-old"))
        await save(store, moved(two, State.DECLINED))
        await save(store, moved(four, State.EXPIRED))
        dwh, lab, old = one.named, three.named, four.named

        async def shown(visible: Visible, portion: Portion = Portion.ALL, **more: Any) -> list[int]:
            ids = await store.newest(visible, portion=portion, **more)
            return [[one.id, two.id, three.id, four.id].index(i) + 1 for i in ids]

        assert await shown(SEES_ALL) == [4, 3, 2, 1]
        assert await shown(SEES_ALL, limit=2) == [4, 3]
        assert await shown(SEES_ALL, Portion.ENDED) == [4, 2]
        assert await shown(SEES_ALL, Portion.OPEN) == [3, 1]
        assert await shown(SEES_ALL, cluster=DWH) == [4, 2, 1]
        assert await shown(SEES_ALL, since=at(2)) == [4, 3, 2]
        assert await shown(Visible(Principal(BEN)), Portion.ENDED, since=at(3)) == [4]
        assert await shown(Visible(None, frozenset({dwh, old})), since=at(2)) == [4, 2]
        assert await shown(Visible()) == []
        assert await shown(Visible(Principal(ANA))) == [1]
        assert await shown(Visible(Principal(BEN)), Portion.OPEN) == [3]
        assert await shown(Visible(Principal(BEN)), cluster=DWH) == [4, 2]
        assert await shown(Visible(Principal(CLEO)), Portion.OPEN) == []
        assert await shown(Visible(Principal(ANA), frozenset({dwh}))) == [2, 1]
        assert await shown(Visible(Principal(ANA), frozenset({dwh, lab, old})), limit=3) == [4, 3, 2]
        assert await shown(Visible(None, frozenset({old, lab})), Portion.ENDED) == [4]
        assert await shown(Visible(Principal(ANA), frozenset({lab, dwh})), cluster=LAB) == [3]
        assert await store.load([three.id, RequestId("R-NONE"), one.id]) == [three, one]
        assert await store.clusters_of(Principal(BEN)) == {DWH, LAB}
        assert await store.clusters_of(Principal(CLEO)) == set()

    async def test_what_is_open_and_wanted_with_others_is_ones_own_too(self, store: Store) -> None:
        """What one has joined, or asked for somebody else; in its place among the others, and on one cluster."""
        one = await keep(store, a_request(1, created_at=at(1), joined=(Joiner(CLEO, at(1)), Joiner(BEN, at(2)))))
        two = await keep(store, a_request(2, created_at=at(2), owner=Principal(CLEO)))
        three = await keep(store, a_request(3, created_at=at(3), cluster=LAB, asked_by=CLEO))
        four = await keep(store, a_request(4, created_at=at(4), joined=(Joiner(CLEO, at(4)),)))
        await keep(store, a_request(5, created_at=at(5), joined=(Joiner(BEN, at(5)),), asked_by=BEN))
        await save(store, moved(four, State.DECLINED))
        theirs = Visible(Principal(CLEO))

        assert await store.newest(theirs, portion=Portion.OPEN) == [three.id, two.id, one.id]
        assert await store.newest(theirs, portion=Portion.OPEN, limit=1) == [three.id]
        assert await store.newest(theirs, portion=Portion.OPEN, cluster=DWH) == [two.id, one.id]
        assert await store.newest(theirs, portion=Portion.OPEN, since=at(3)) == [three.id]
        assert await store.newest(theirs) == [two.id]
        on_lab = Visible(Principal(CLEO), frozenset({three.named}))
        assert await store.newest(on_lab, portion=Portion.OPEN) == [three.id, two.id, one.id]
        assert await store.newest(SEES_ALL, portion=Portion.OPEN, limit=2) == [RequestId("R-5"), three.id]

    async def test_the_clusters_of_requests_are_known_by_scope(self, store: Store) -> None:
        """By id, by the beginning of a name in any case, in one cloud or every one; perhaps also by names of before."""
        await keep(store, a_request(1, cluster_name="Straße-1"))
        await keep(store, a_request(2, cluster=LAB, cluster_name="lab"))
        await keep(store, a_request(3, cluster=DEV, cluster_name="lab"))
        for name in ("Straße-1", "hof-1"):
            await store.name_clusters(DWH.cloud, {DWH.id: name})

        async def asked(*scopes: Scope) -> set[tuple[ClusterRef, str]]:
            return {(c.ref, c.name) for c in await store.asked_clusters(scopes)}

        assert await asked(Scope.of(DWH)) >= {(DWH, "hof-1")}
        assert await asked(Scope(cluster="HOF*")) == {(DWH, "hof-1")}
        assert await asked(Scope(cluster="lab*")) == {(LAB, "lab"), (DEV, "lab")}
        assert await asked(Scope(DEV.cloud, "lab*"), Scope(DEV.cloud, "x*")) == {(DEV, "lab")}
        assert (await asked(Scope())) >= {(LAB, "lab"), (DEV, "lab"), (DWH, "hof-1")}
        assert await asked() == set()

    async def test_what_waits_is_in_the_order_in_which_it_expires(self, store: Store) -> None:
        """Nothing whose time is over; those that wait for the votes of the same people are alike."""
        spans = [timedelta(seconds=s) for s in (30, 10, 20, 40)]
        made = [await keep(store, a_request(n, expires_at=NOW + s)) for n, s in enumerate(spans, 1)]
        await save(store, moved(made[3], State.WAITING), vote=Vote(BEN, True, NOW))
        later = await keep(store, a_request(5, cluster=LAB, expires_at=at(50)))
        await keep(store, a_request(6, expires_at=NOW))

        async def waits(user: UserId, visible: Visible = SEES_ALL, **more: Any) -> list[RequestId]:
            return [t.id for t in await store.turns(visible, user, **more)]

        assert await waits(CLEO) == [made[1].id, made[2].id, made[0].id, made[3].id, later.id]
        assert await waits(CLEO, Visible(None, frozenset({later.named}))) == [later.id]
        assert await waits(CLEO, Visible()) == []
        first, second = await store.turns(SEES_ALL, CLEO, limit=2)
        assert first.alike == second.alike
        assert await waits(CLEO, after=second, limit=2) == [made[0].id, made[3].id]
        turns = {t.id: t.alike for t in await store.turns(SEES_ALL, CLEO)}
        assert turns[made[3].id] != turns[made[0].id], "somebody has voted"
        assert turns[later.id] == turns[made[0].id], "the rights on a cluster are another question"
        (hers, *_) = await store.turns(SEES_ALL, ANA)
        assert hers.alike != first.alike, "her own"
        special = {t.id for t in await store.turns(SEES_ALL, CLEO) if t.is_special}
        assert (special, hers.is_special) == ({made[3].id}, True)
        assert {t.cluster for t in await store.turns(SEES_ALL, CLEO)} == {made[0].named, later.named}

    async def test_the_line_is_in_the_order_of_approval(self, store: Store) -> None:
        """What the cloud was asked for comes first. What waits for approval or has ended isn't in it."""
        kept = [await keep(store, a_request(n, cluster=LAB if n == 6 else DWH)) for n in range(1, 7)]
        states = [State.APPROVED, State.CREATING, State.APPROVED, State.WAITING, State.AVAILABLE, State.APPROVED]
        for n, (request, state) in enumerate(zip(kept, states, strict=True)):
            await save(store, moved(request, state, decided_at=at(100 - n)))

        assert [r.id for r in await store.line(DWH)] == ["R-2", "R-3", "R-1"]
        assert [r.id for r in await store.line(LAB)] == ["R-6"]
        assert await store.line(DEV) == []

    async def test_what_is_to_start_later_is_in_the_line_by_its_time(self, store: Store) -> None:
        """However early it was approved; the wall time and the zone come back as they were kept."""
        start = Start(at(50).replace(tzinfo=None) + timedelta(hours=1), "Europe/Berlin", at(50))
        first = await keep(store, a_request(1, start=start))
        second = await keep(store, a_request(2))
        await save(store, moved(first, State.APPROVED, decided_at=at(1)))
        await save(store, moved(second, State.APPROVED, decided_at=at(2)))

        assert [(r.id, r.start) for r in await store.line(DWH)] == [("R-2", None), ("R-1", start)]

    async def test_no_attempt_is_kept_before_its_time(self, store: Store) -> None:
        """Not by a version either that knows nothing of later starts: what isn't kept isn't sent."""
        start = Start(at(50).replace(tzinfo=None), "UTC", at(50))
        request = await keep(store, a_request(1, start=start))
        with pytest.raises(StaleRequest):
            await save(store, moved(request, State.SUBMITTING, attempted_at=at(49), sent_at=at(49)))
        assert await store.get(request.id) == request
        await save(store, moved(request, State.SUBMITTING, attempted_at=at(50), sent_at=at(50)))
        glass = BreakGlass(ANA, at(3), "now")
        broken = await keep(store, a_request(2, start=start, cluster=LAB, glass=glass))
        await save(store, moved(broken, State.SUBMITTING, attempted_at=at(4), sent_at=at(4)))

    async def test_in_the_line_break_glass_comes_after_what_the_cloud_was_asked_for(self, store: Store) -> None:
        """And before all that is only approved, however long it has waited."""
        glass = BreakGlass(ANA, at(3), "now")
        given = [(State.APPROVED, None), (State.APPROVED, glass), (State.CREATING, None), (State.APPROVED, glass)]
        for n, (state, broken) in enumerate(given, 1):
            request = await keep(store, a_request(n))
            await save(store, moved(request, state, glass=broken, decided_at=at(n)))

        assert [r.id for r in await store.line(DWH)] == ["R-3", "R-2", "R-4", "R-1"]

    async def test_a_request_that_begins_by_break_glass_owes_its_alarms(self, store: Store) -> None:
        """With the card, in the transaction that keeps it, on record; a reply waits for the card, a person doesn't."""
        glass = BreakGlass(ANA, NOW, "now", here=(BEN,), directly=(CLEO,))
        request = a_request(state=State.APPROVED, glass=glass)
        entries = [an_entry(), an_entry("request.break-glass", request_id=request.id)]
        kept = await store.add(request, origin="view:1", entries=entries, due_in=None)
        assert await store.add(request, origin="view:1", entries=entries, due_in=None) == kept == request

        here, directly = Owed(MessageKind.ALARM), Owed(MessageKind.ALARM, CLEO)
        assert {(m.owed, m.channel) for m in await store.messages(kept.id)} == {
            (CARD, CHANNEL),
            (here, CHANNEL),
            (directly, CLEO),
        }
        recorded = [(e.action, e.detail) for e in await store.entries()]
        assert recorded[:3] == [
            ("message.owed", stated(message="alarm", to=CLEO)),
            ("message.owed", stated(message="alarm")),
            ("request.break-glass", ""),
        ]
        now = await store.claim_messages(owner="a", lease=timedelta(minutes=1), limit=9)
        assert {w.item.owed for w in now} == {CARD, directly}

    async def test_where_a_cap_is_reached_the_alarms_are_those_of_what_is_kept(self, store: Store) -> None:
        """Within it nobody is alarmed."""
        for number in (1, 2):
            plain = a_request(number, state=State.APPROVED)
            glass = BreakGlass(ANA, NOW, "now", directly=(CLEO,))
            capped = Capped((Cap(1, at(-60)),), replace(plain, glass=glass), [an_entry("broken")], None)
            goes = replace(plain, waived=True)
            kept = await store.add(goes, origin=f"o{number}", entries=[an_entry("goes")], due_in=None, capped=capped)
            assert (kept.waived, kept.glass) == ((True, None) if number == 1 else (False, glass))
            assert len(await store.messages(kept.id)) == number

    async def test_counts_have_every_state(self, store: Store) -> None:
        """States without requests are 0."""
        assert await store.counts() == dict.fromkeys(State, 0)
        await keep(store, a_request(1))
        await keep(store, a_request(2))
        await save(store, moved(await keep(store, a_request(3)), State.EXPIRED))

        assert await store.counts() == dict.fromkeys(State, 0) | {State.WAITING: 2, State.EXPIRED: 1}

    # -- work that is due ---------------------------------------------------------------------------------------------

    async def test_what_is_due_is_claimed_longest_due_first(self, store: Store) -> None:
        """What isn't due yet, or never, stays; a claim changes neither version nor state."""
        for number, due in enumerate([at(9), at(5), at(11), None, at(10)], 1):
            await keep(store, a_request(number), due)

        claimed = await claim(store, 10)

        assert [work.item for work in claimed] == [a_request(2), a_request(1), a_request(5)]
        assert await store.get(RequestId("R-2")) == a_request(2)

    async def test_two_owners_never_get_the_same(self, store: Store) -> None:
        """Claims at the same time are disjoint, and between them everything is taken."""
        for number in range(20):
            await keep(store, a_request(number), NOW)

        a, b = await asyncio.gather(take(store, 0, "a", limit=12), take(store, 0, "b", limit=12))

        assert max(len(a), len(b)) <= 12
        assert len(a) + len(b) == len({*a, *b}) == 20

    async def test_a_lease_ends(self, store: Store) -> None:
        """To the second: until then nobody else gets the request, after it anybody does."""
        await keep(store, a_request(), NOW)

        assert await take(store, 0, "a", lease=30) == ["R-1"]
        assert await take(store, 29.9, "b") == []
        assert await take(store, 30, "b") == ["R-1"]

    async def test_a_save_gives_up_the_lease(self, store: Store) -> None:
        """It is due when the save says, to anybody; without a time never again."""
        request = await keep(store, a_request(), NOW)
        await take(store, 0)

        await save(store, one := moved(request, State.APPROVED), due_at=at(5))
        assert await take(store, 4) == []
        assert await take(store, 5, "b") == ["R-1"]

        await save(store, moved(one, State.WITHDRAWN))
        assert await take(store, 10**6) == []

    async def test_putting_off_gives_up_the_lease_and_changes_nothing_else(self, store: Store) -> None:
        """Version and record stay; a version that is gone is refused."""
        request = await keep(store, a_request(), NOW)
        await take(store, 0)

        with pytest.raises(StaleRequest):
            await put_off(store, replace(request, version=2), at(1))
        assert await take(store, 5, "b") == []
        await put_off(store, request, at(7))

        assert await take(store, 6, "b") == []
        assert await take(store, 7, "b") == ["R-1"]
        assert await store.get(request.id) == request
        await put_off(store, request, None)
        assert await take(store, 10**6) == []

    async def test_what_would_wait_too_long_is_hastened(self, store: Store) -> None:
        """By its due time or by a lease on it; the rest stays, and what waits for people, or is kept so long."""
        day = 86_400.0
        soon, late, leased = [
            await keep(store, a_request(n, rule=ApprovalRule.of(0), state=State.APPROVED), at(s))
            for n, s in enumerate((60, day, 5), 1)
        ]
        waiting = await keep(store, a_request(4), at(day))
        kept = await keep(store, a_request(5, state=State.AVAILABLE, cluster=LAB), at(day))
        await take(store, 10, lease=day)

        Hand.at(store, 30)
        await store.hasten(beyond=timedelta(seconds=3570))

        assert await take(store, 29, lease=900) == [leased.id]
        assert await take(store, 30, lease=900) == [late.id]
        assert await take(store, 60, lease=0) == [soon.id]
        assert not {waiting.id, kept.id} & {*await take(store, day - 1)}
        assert {waiting.id, kept.id} <= {*await take(store, day)}

    async def test_messages_that_would_wait_too_long_are_hastened(self, store: Store) -> None:
        """A back-off, a lease, and a reply whose card isn't there yet."""
        day = 86_400.0
        one = await keep(store, a_request(1))
        (card,) = await take_messages(store, 0, lease=day)
        await save(store, moved(one, State.EXPIRED, seconds=day), owe=[RESULT])
        await keep(store, a_request(2))
        (backed_off,) = await take_messages(store, 0)
        await save_message(store, backed_off, due_at=at(day))

        Hand.at(store, 30)
        await store.hasten(beyond=timedelta(seconds=3570))

        assert keys(await take_messages(store, 29)) == []
        assert sorted(keys(await take_messages(store, 30))) == ["R-1:card", "R-2:card"]
        await save_message(store, replace(card, ref=MessageRef(CHANNEL, "1.1"), shown_version=2), due_at=None)
        assert keys(await take_messages(store, 30)) == ["R-1:result"]

    async def test_the_clock_of_the_store_decides_what_is_due(self, store: Store) -> None:
        """What comes from a process whose own clock is an hour ahead or behind is due as if it were right."""
        for number, hour in enumerate((3600, -3600), 1):
            made = a_request(number, created_at=at(hour), updated_at=at(hour))
            Hand.at(store, 0)
            await store.add(made, origin=f"view:{number}", entries=[], due_in=timedelta(seconds=10))
            assert keys(await take_messages(store, 0)) == [f"{made.id}:card"]
            assert await take(store, 9.9) == []
            assert await take(store, 10) == [made.id]

            Hand.at(store, 20)
            ended = replace(made, state=State.DECLINED, version=2, updated_at=at(hour + 20))
            card = Message(made.id, CARD, CHANNEL, POSTED, shown_version=1)
            await save_message(store, card, due_at=None)
            await store.save(ended, owe=[RESULT], due_in=timedelta(seconds=10))
            assert keys(await take_messages(store, 20)) == [card.key, f"{made.id}:result"]
            assert await take(store, 29.9) == []
            assert await take(store, 30, lease=1e6) == [made.id]

    async def test_a_late_save_of_a_lost_lease_is_stale(self, store: Store) -> None:
        """The version fences it, once the next owner has saved."""
        request = await keep(store, a_request(rule=ApprovalRule.of(0), state=State.APPROVED), NOW)
        await take(store, 0, "a")
        await take(store, 30, "b")
        await save(store, moved(request, State.SUBMITTING))

        with pytest.raises(StaleRequest):
            await save(store, moved(request, State.SUBMITTING))

    async def test_a_late_holder_changes_nothing(self, store: Store) -> None:
        """The lease was taken by another: saving and putting off are refused, and the other goes on."""
        await keep(store, a_request(state=State.APPROVED), NOW)
        (late,) = await claim(store, 0, "a")
        (held,) = await claim(store, 30, "b")

        with pytest.raises(StaleRequest):
            await store.put_off(late, timedelta(seconds=1))
        with pytest.raises(StaleRequest):
            await save(store, moved(late.item, State.SUBMITTING), token=late.token, entries=[an_entry()])

        assert await take(store, 59, "c") == []
        assert await store.get(held.item.id) == held.item
        assert await store.entries() == []
        await save(store, moved(held.item, State.SUBMITTING), token=held.token)

    async def test_a_lease_is_renewed_by_its_holder(self, store: Store) -> None:
        """It ends so long after the renewal, also where it was over and nobody had taken the request."""
        await keep(store, a_request(), NOW)
        (held,) = await claim(store, 0, lease=30)
        for seconds in (20, 60):
            Hand.at(store, seconds)
            await store.renew(held, lease=timedelta(seconds=30))
            assert await take(store, seconds + 29.9, "b") == []
        assert await store.get(held.item.id) == held.item
        await save(store, one := moved(held.item, State.APPROVED), token=held.token, due_at=at(80), release=False)
        Hand.at(store, 85)
        await store.renew(replace(held, item=one), lease=timedelta(seconds=30))

        assert await take(store, 114.9, "b") == []
        assert await take(store, 115, "b") == [one.id]

    async def test_a_lease_that_was_lost_is_not_renewed(self, store: Store) -> None:
        """Another has taken the request, a person has changed it, or it was given up; the other goes on as before."""
        span = timedelta(seconds=100)
        await keep(store, a_request(), NOW)
        (late,) = await claim(store, 0, "a")
        (held,) = await claim(store, 30, "b")
        with pytest.raises(StaleRequest):
            await store.renew(late, lease=span)
        await store.put_off(held, timedelta(seconds=5))
        with pytest.raises(StaleRequest):
            await store.renew(held, lease=span)

        (held,) = await claim(store, 60, "c")
        await save(store, one := moved(held.item, State.APPROVED), due_at=at(61))
        with pytest.raises(StaleRequest):
            await store.renew(held, lease=span)
        assert await take(store, 61, "d") == [one.id]

    async def test_the_lease_on_a_message_is_renewed_by_its_holder_alone(self, store: Store) -> None:
        """As the lease on a request is."""
        await keep(store, a_request())
        (late,) = await claim_messages(store, 0, "a")
        (held,) = await claim_messages(store, 30, "b")
        with pytest.raises(StaleRequest):
            await store.renew_message(late, lease=timedelta(seconds=100))
        Hand.at(store, 50)
        await store.renew_message(held, lease=timedelta(seconds=30))
        assert await take_messages(store, 79.9, "c") == []
        await store.save_message(held.item, token=held.token, due_in=timedelta(0))
        with pytest.raises(StaleRequest):
            await store.renew_message(held, lease=timedelta(seconds=100))
        assert keys(await take_messages(store, 80, "c")) == [held.item.key]

    async def test_a_person_takes_the_lease_from_its_holder(self, store: Store) -> None:
        """A click needs no token; what the holder saves or puts off afterwards is refused, and stays due."""
        await keep(store, a_request(), NOW)
        (held,) = await claim(store, 0)

        await save(store, withdrawn := moved(held.item, State.WITHDRAWN), due_at=at(1))
        with pytest.raises(StaleRequest):
            await store.put_off(held, timedelta(seconds=500))
        with pytest.raises(StaleRequest):
            await save(store, moved(held.item, State.EXPIRED), token=held.token)

        assert await take(store, 1, "b") == [withdrawn.id]

    async def test_a_save_may_keep_the_lease(self, store: Store) -> None:
        """Its holder saves again with the same token; the next one may have it once it is due and the lease over."""
        await keep(store, a_request(state=State.APPROVED), NOW)
        (held,) = await claim(store, 0, lease=10)
        await save(store, one := moved(held.item, State.SUBMITTING), token=held.token, due_at=at(40), release=False)
        assert await take(store, 39, "b") == []

        await save(store, two := moved(one, State.CREATING), token=held.token, due_at=at(41), release=False)
        assert await take(store, 41, "b") == [two.id]
        with pytest.raises(StaleRequest):
            await save(store, moved(two, State.AVAILABLE), token=held.token)
        (held,) = await claim(store, 100, lease=30)
        await save(store, moved(two, State.CREATING, 101), token=held.token, due_at=at(102), release=False)
        assert await take(store, 129, "b") == []
        assert await take(store, 130, "b") == [two.id]

    async def test_a_save_wakes_others(self, store: Store) -> None:
        """They are due at once; what has nothing to do, or is held, isn't, and what was due stays so."""
        first, *others = [
            await keep(store, a_request(n, cluster=LAB if n < 3 else DWH), due)
            for n, due in enumerate([None, at(90), None, at(-5), at(2)])
        ]
        (held,) = [work for work in await claim(store, 2, lease=60) if work.item.id == "R-4"]
        Hand.at(store, 10)

        await save(store, moved(first, State.DECLINED, 10), wake=[r.id for r in others])

        assert await take(store, 10, "b") == ["R-1"]
        await store.put_off(held, None)
        assert await take(store, 10**6, "b", limit=1) == ["R-3"]

    # -- messages -----------------------------------------------------------------------------------------------------

    async def test_a_new_request_owes_its_card_at_once(self, store: Store) -> None:
        """In the request's channel, as a message that was never sent."""
        await keep(store, a_request())

        assert await store.message(RequestId("R-1"), CARD) == Message(RequestId("R-1"), CARD, CHANNEL)
        assert await store.message(RequestId("R-1"), RESULT) is None
        assert await take_messages(store, -1) == []
        assert keys(await take_messages(store, 0)) == ["R-1:card"]

    async def test_a_posted_card_is_owed_again_when_the_row_changes(self, store: Store) -> None:
        """Nothing is due between; the claim brings what was saved."""
        request = await keep(store, a_request())
        posted = await post_card(store)
        assert await take_messages(store, 3600) == []

        await save(store, moved(request, State.APPROVED, seconds=60))

        assert await take_messages(store, 59) == []
        assert await take_messages(store, 60) == [posted]

    async def test_every_field_of_a_message_is_kept(self, store: Store) -> None:
        """The reference's channel may be another than the one named (a direct message to a user id)."""
        await keep(store, a_request())
        message = Message(
            request_id=RequestId("R-1"),
            owed=CARD,
            channel=ChannelId("U0ANA"),
            ref=MessageRef(ChannelId("D0ANA"), "1.2"),
            shown_version=1,
            sending_at=at(1.5),
            attempts=3,
            reposted=1,
            frozen=True,
        )

        await save_message(store, message, due_at=None)

        assert await store.message(RequestId("R-1"), CARD) == message

    async def test_messages_are_leased_like_requests(self, store: Store) -> None:
        """Disjoint, the longest due first, until the lease ends or the message is saved."""
        for number in range(1, 5):
            await keep(store, a_request(number, created_at=at(-number)))

        a, b = await take_messages(store, 0, "a", limit=3), await take_messages(store, 0, "b", limit=3)

        assert keys(a) == ["R-4:card", "R-3:card", "R-2:card"]
        assert keys(b) == ["R-1:card"]
        assert await take_messages(store, 29) == []
        await save_message(store, replace(a[0], attempts=1), due_at=at(29))
        assert keys(await take_messages(store, 29)) == ["R-4:card"]
        assert keys(await take_messages(store, 30)) == ["R-3:card", "R-2:card", "R-1:card"]

    async def test_a_card_whose_row_moves_on_while_it_is_drawn_stays_due(self, store: Store) -> None:
        """Version 1 was shown, version 2 is stored: it is taken again at once."""
        request = await keep(store, a_request())
        (card,) = await take_messages(store, 0)
        await save(store, moved(request, State.APPROVED, seconds=1))
        assert await take_messages(store, 2) == []

        await save_message(store, shown := replace(card, ref=POSTED, shown_version=1), due_at=None)

        assert await take_messages(store, 2) == [shown]

    async def test_a_card_given_up_is_due_again_only_when_the_row_changes(self, store: Store) -> None:
        """Saved unsent with no time: nothing until the next version, also where that came while it was drawn."""
        request = await keep(store, a_request())
        (card,) = await take_messages(store, 0)
        await save_message(store, card, due_at=None)
        assert await take_messages(store, 3600) == []

        await save(store, request := moved(request, State.WAITING, seconds=60))
        assert await take_messages(store, 60) == [card]
        await save(store, moved(request, State.WITHDRAWN, seconds=61))
        await save_message(store, card, due_at=None)

        assert await take_messages(store, 61) == [card]

    async def test_a_back_off_holds_for_later_versions_too(self, store: Store) -> None:
        """While Slack wants quiet, a change of the row doesn't make the card due sooner; afterwards it does."""
        request = await keep(store, a_request())
        (card,) = await take_messages(store, 0)
        await save_message(store, replace(card, attempts=1), due_at=at(300))

        await save(store, request := moved(request, State.APPROVED, seconds=60))
        assert await take_messages(store, 299) == []
        await post_card(store, 300)

        await save(store, moved(request, State.WITHDRAWN, seconds=310))
        assert keys(await take_messages(store, 310)) == ["R-1:card"]

    async def test_a_posted_card_can_ask_for_quiet(self, store: Store) -> None:
        """It shows the newest version, so nothing is due; the next version waits for the named moment."""
        request = await keep(store, a_request())
        (card,) = await take_messages(store, 0)
        await save_message(store, replace(card, ref=POSTED, shown_version=1), due_at=at(90))
        assert await take_messages(store, 3600) == []
        assert await next_due(store) is None

        await save(store, moved(request, State.APPROVED, seconds=60))

        assert await take_messages(store, 89) == []
        assert keys(await take_messages(store, 90)) == ["R-1:card"]

    async def test_a_late_holder_of_a_message_changes_nothing(self, store: Store) -> None:
        """Another has taken it and posted it: what the late one saves would have the message posted twice."""
        await keep(store, a_request())
        (late,) = await claim_messages(store, 0, "a")
        (held,) = await claim_messages(store, 30, "b")
        posted = replace(held.item, ref=POSTED, shown_version=1)
        await store.save_message(posted, token=held.token, due_in=None)

        for release in (True, False):
            with pytest.raises(StaleRequest):
                await store.save_message(late.item, token=late.token, due_in=timedelta(seconds=1), release=release)

        assert await store.message(RequestId("R-1"), CARD) == posted
        assert await take_messages(store, 10**6) == []

    async def test_what_may_show_too_little_is_drawn_again(self, store: Store) -> None:
        """Who has it just now loses it: what they draw may be overtaken by what was sent late."""
        await keep(store, a_request())
        posted = await post_card(store)
        assert await take_messages(store, 30) == []

        await store.draw_again(RequestId("R-1"), CARD)

        (held,) = await claim_messages(store, 60, "b")
        assert held.item == replace(posted, shown_version=0)
        await store.draw_again(RequestId("R-1"), CARD)
        with pytest.raises(StaleRequest):
            await store.save_message(replace(held.item, shown_version=1), token=held.token, due_in=None)
        assert keys(await take_messages(store, 90)) == ["R-1:card"]

    async def test_what_is_not_posted_or_stays_as_it_is_is_not_drawn_again(self, store: Store) -> None:
        """The first has nothing to show more of, and the other can't be drawn."""
        await keep(store, a_request())
        (card,) = await take_messages(store, 0, lease=30)
        await store.draw_again(RequestId("R-1"), CARD)
        await save_message(store, replace(card, ref=POSTED, shown_version=1, frozen=True), due_at=None)
        await store.draw_again(RequestId("R-1"), CARD)
        await store.draw_again(RequestId("R-2"), CARD)
        assert await take_messages(store, 10**6) == []

    async def test_what_is_being_sent_stays_owed_until_it_is_settled(self, store: Store) -> None:
        """The intent is saved before the post and keeps the lease; when that ends after a crash, the intent shows."""
        await keep(store, a_request())
        (card,) = await take_messages(store, 0, "a", lease=30)
        sending = replace(card, sending_at=at(1), attempts=1)

        await save_message(store, sending, due_at=None, release=False)

        assert await store.message(card.request_id, CARD) == sending
        assert await take_messages(store, 29, "b") == []
        assert await next_due(store) == at(30)
        assert await take_messages(store, 30, "b") == [sending]

    async def test_a_reply_waits_for_its_card(self, store: Store) -> None:
        """It goes into the card's thread; until the card is posted it isn't due, so nobody wakes for it in vain."""
        request = await keep(store, a_request())
        (card,) = await take_messages(store, 0)
        await save(store, moved(request, State.DECLINED, seconds=1), owe=[RESULT, OPERATOR])
        assert await take_messages(store, 1) == []
        await save_message(store, card, due_at=at(300))
        assert await take_messages(store, 299) == []
        assert await next_due(store) == at(300)

        assert keys(await take_messages(store, 300)) == ["R-1:card"]
        await save_message(store, replace(card, ref=POSTED, shown_version=2), due_at=None)

        replies = await take_messages(store, 300)
        assert sorted(keys(replies)) == ["R-1:operator", "R-1:result"]
        assert {m.channel for m in replies} == {CHANNEL}
        for reply in replies:
            await save_message(store, replace(reply, ref=MessageRef(CHANNEL, "2.0")), due_at=None)
        assert await take_messages(store, 10**6) == []

    async def test_a_reply_waits_again_when_its_card_is_lost(self, store: Store) -> None:
        """A card that was deleted in Slack is saved unsent; the reply follows the new one."""
        request = await keep(store, a_request())
        posted = await post_card(store)
        await save(store, moved(request, State.DECLINED, seconds=1), owe=[RESULT])
        await save_message(store, replace(posted, ref=None, shown_version=0), due_at=at(2))

        assert keys(await take_messages(store, 5)) == ["R-1:card"]
        await save_message(store, replace(posted, shown_version=2), due_at=None)

        assert keys(await take_messages(store, 5)) == ["R-1:result"]

    async def test_a_message_of_a_kind_goes_to_several_people(self, store: Store) -> None:
        """Each is due, leased and saved by itself, whether the card is there or not; none twice."""
        request = await keep(store, a_request())
        copies = [Owed(MessageKind.COPY, user) for user in (BEN, CLEO)]
        second = Owed(MessageKind.REMINDER, BEN, 2)
        asked = Asked(((BEN, CLEO),), directly=(BEN, CLEO), at=at(1))
        await save(store, one := replace(moved(request, State.WAITING, seconds=1), asked=asked), owe=copies)
        await save(store, two := moved(one, State.WAITING, seconds=2), owe=[*copies, second])
        told = {m.key: m for m in await take_messages(store, 2)}
        assert sorted(told) == ["R-1:card", f"R-1:copy:{BEN}", f"R-1:copy:{CLEO}", f"R-1:reminder:{BEN}:2"]
        assert {m.channel for m in told.values()} == {CHANNEL, BEN, CLEO}
        for number, message in enumerate(told.values()):
            ref = MessageRef(ChannelId(f"D{number}"), "1.0")
            await save_message(store, replace(message, ref=ref, shown_version=two.version), due_at=None)
        assert await take_messages(store, 10**6) == []
        assert {m.key for m in await store.messages(request.id)} == set(told)
        assert (await store.message(request.id, copies[1])) == replace(
            told[f"R-1:copy:{CLEO}"], ref=MessageRef(ChannelId("D2"), "1.0"), shown_version=two.version
        )
        found = await store.get(request.id)
        assert found is not None
        assert found.asked == asked

    async def test_copies_follow_their_request_and_replies_do_not(self, store: Store) -> None:
        """As the card does; one that can't be sent at all is never due again, and counted while it waits."""
        request = await keep(store, a_request())
        copies = [Owed(MessageKind.COPY, user) for user in (BEN, CLEO)]
        await save(
            store, one := moved(request, State.WAITING, seconds=1), owe=[*copies, Owed(MessageKind.REMINDER, BEN, 1)]
        )
        for message in await take_messages(store, 1):
            lost = message.owed == copies[1]
            ref = None if lost else MessageRef(ChannelId("D0"), "1.0")
            after = replace(message, ref=ref, frozen=lost, shown_version=one.version)
            await save_message(store, after, due_at=None)
        assert await store.unreached() == (CLEO,)
        await save(store, moved(one, State.DECLINED, seconds=2))
        assert keys(await take_messages(store, 2)) == ["R-1:card", f"R-1:copy:{BEN}"]
        assert await store.unreached() == ()

    async def test_each_kind_is_owed_once(self, store: Store) -> None:
        """Owing it again doesn't send it again."""
        request = await keep(store, a_request())
        await post_card(store)
        await save(store, one := moved(request, State.APPROVED, seconds=1), owe=[OPERATOR])
        card, operator = sorted(await take_messages(store, 1), key=lambda m: m.kind)
        await save_message(store, replace(card, shown_version=2), due_at=None)
        await save_message(store, sent := replace(operator, ref=MessageRef(CHANNEL, "2.0")), due_at=None)

        await save(store, moved(one, State.APPROVED, seconds=2), owe=[OPERATOR])

        assert keys(await take_messages(store, 2)) == ["R-1:card"]
        assert await store.message(request.id, OPERATOR) == sent

    async def test_what_was_given_up_before_it_was_sent_can_be_owed_again(self, store: Store) -> None:
        """An operator fixed it in time, so nothing was said; when it breaks again they must hear of it."""
        request = await keep(store, a_request())
        await post_card(store)
        await save(store, one := moved(request, State.APPROVED, seconds=1), owe=[OPERATOR])
        card, operator = sorted(await take_messages(store, 1), key=lambda m: m.kind)
        await save_message(store, replace(card, shown_version=2), due_at=None)
        await save_message(store, operator, due_at=None)

        await save(store, moved(one, State.APPROVED, seconds=2), owe=[OPERATOR])

        assert keys(await take_messages(store, 2)) == ["R-1:card", "R-1:operator"]

    @pytest.mark.parametrize("owed", [[], [RESULT]])
    async def test_a_frozen_card_is_never_due_again_and_the_end_is(self, store: Store, owed: list[Owed]) -> None:
        """Later versions don't make it due; with the end a result is owed, once, no matter who else owes it."""
        request = await keep(store, a_request())
        posted = await post_card(store)
        await save(store, request := moved(request, State.APPROVED, seconds=1))
        await take_messages(store, 1)
        await save_message(store, frozen := replace(posted, frozen=True), due_at=None)
        assert await take_messages(store, 3600) == []
        assert await next_due(store) is None
        assert await store.frozen_cards() == 1

        await save(store, request := moved(request, State.APPROVED, seconds=2))
        assert await take_messages(store, 3600) == []
        await save(store, request := moved(request, State.WITHDRAWN, seconds=3), owe=owed)

        (result,) = await take_messages(store, 3)
        assert (result.key, result.channel) == ("R-1:result", CHANNEL)
        assert await store.message(RequestId("R-1"), CARD) == frozen
        assert await store.frozen_cards() == 0  # what has ended needs no card
        await save_message(store, replace(result, ref=MessageRef(CHANNEL, "2.0")), due_at=None)
        await save_message(store, frozen, due_at=None)
        assert await take_messages(store, 10**6) == []

    @pytest.mark.parametrize("owed", [[], [RESULT]])
    async def test_a_card_that_freezes_at_the_end_owes_the_result(self, store: Store, owed: list[Owed]) -> None:
        """Whichever is saved first, the end or the freezing: the result is owed once."""
        request = await keep(store, a_request())
        posted = await post_card(store)
        await save(store, moved(request, State.WITHDRAWN, seconds=1), owe=owed)
        await take_messages(store, 1)

        await save_message(store, replace(posted, frozen=True), due_at=None)

        assert keys(await take_messages(store, 3600)) == ["R-1:result"]

    async def test_saving_a_message_that_nobody_owes_is_an_error(self, store: Store) -> None:
        """NotFound, whether the request is missing or only the kind."""
        await keep(store, a_request())

        for request_id in ("R-1", "R-404"):
            with pytest.raises(NotFound):
                await save_message(store, Message(RequestId(request_id), RESULT, CHANNEL), due_at=None)

    # -- people -------------------------------------------------------------------------------------------------------

    async def test_what_slack_said_of_a_person_is_kept_with_when(self, store: Store) -> None:
        """Every field, the latest answer; one that was asked for earlier and came later isn't."""
        Hand.at(store, 60)
        guest = Person(ANA, TEAM, Standing.GUEST, "Ana", zone="Asia/Tokyo", locale="ja-JP")
        member = replace(guest, standing=Standing.MEMBER, zone="", locale="")
        assert await store.person(ANA) is None

        await store.save_person(guest, asked_at=at(10))
        await store.save_person(member, asked_at=at(9))
        assert await store.person(ANA) == Known(guest, at(10))
        await store.save_person(member, asked_at=at(60))

        assert await store.person(ANA) == Known(member, at(60))
        assert await store.person(BEN) is None

    async def test_who_changed_is_not_known_until_asked_about_again(self, store: Store) -> None:
        """Nor by an answer to a question from before, whether or not something was kept of them."""
        member = Person(ANA, TEAM, Standing.MEMBER, "Ana")
        await store.save_person(member, asked_at=NOW)
        Hand.at(store, 60)

        for person in (member, replace(member, user=BEN)):
            await store.person_changed(person.user)
            await store.save_person(person, asked_at=at(59))
            assert await store.person(person.user) is None
            await store.save_person(person, asked_at=at(61))
            assert await store.person(person.user) == Known(person, at(61))

    async def test_what_nobody_may_use_any_more_goes(self, store: Store) -> None:
        """Two days after it was said. Where the clock was put back, what is said now is kept."""
        ana, ben = (Person(user, TEAM, Standing.MEMBER) for user in (ANA, BEN))
        Hand.at(store, 0)
        await store.save_person(ana, asked_at=NOW)
        Hand.at(store, 2 * 86_400 + 1)
        await store.save_person(ben, asked_at=at(2 * 86_400 + 1))
        assert await store.person(ANA) is None

        Hand.at(store, 60)
        await store.save_person(replace(ben, name="Ben"), asked_at=at(60))
        assert await store.person(BEN) == Known(replace(ben, name="Ben"), at(60))

    # -- what the clouds hold ---------------------------------------------------------------------------------------

    async def test_a_look_is_kept_as_it_was(self, store: Store) -> None:
        """Every field of clusters and snapshots, with when it began and what the cloud's clock said then."""
        Hand.at(store, 60)
        task, block = Obstacle(ObstacleCode.SNAPSHOT), Obstacle(ObstacleCode.OTHER_STATUS, "NEW-WORD")
        busy = Cluster(DWH, "dwh-prod", task=task, percent=40, failure="no: “x”")
        blocked = Cluster(LAB, "dwh-lab", block=block)
        said = (Outcome.AVAILABLE, False, "AVAILABLE", "d", at(1), at(9), 4.2, 99)
        ended = Snapshot(SnapshotId("s1"), "nightly", DWH.id, *said)
        runs = Snapshot(SnapshotId("s2"), "nightly-2", LAB.id, Outcome.PENDING, is_running=True)
        seen = Holdings(at(1.5), {c.ref.id: c for c in (busy, blocked)}, (ended, runs), listed_at=at(-3))
        assert await store.look(DWH.cloud) is None

        Hand.at(store, 1.5)
        look = await store.begin_look(DWH.cloud, owner="a", lease=timedelta(seconds=30))
        assert look is not None
        assert look.at == at(1.5)
        assert await store.look(DWH.cloud) is None
        await store.end_look(DWH.cloud, look, seen)

        assert await store.look(DWH.cloud) == seen
        assert await store.look(DEV.cloud) is None
        assert await store.look(DWH.cloud, after=at(1.5)) is None
        assert await store.look(DWH.cloud, after=at(1.4)) == seen

    async def test_the_latest_look_is_kept(self, store: Store) -> None:
        """One that began earlier and ended later is forgotten, but not where a clock was put back since."""
        early, late, future = [await begin_look(store, seconds, "a") for seconds in (10, 20, 61)]
        Hand.at(store, 60)
        for ends, kept in ((late, late), (early, late), (future, future), (late, late)):
            assert ends is not None
            assert kept is not None
            await store.end_look(DWH.cloud, ends, Holdings(ends.at, {}, ()))
            assert await store.look(DWH.cloud) == Holdings(kept.at, {}, ())

    async def test_one_process_looks_at_a_time(self, store: Store) -> None:
        """Another hears that somebody is at it, until that look has ended or its lease is over; clouds are apart."""
        one = await begin_look(store, 0, "a", lease=30)
        assert one is not None
        assert await begin_look(store, 29.9, "b") is None
        assert await begin_look(store, 29.9, "b", cloud=CloudName("elsewhere")) is not None
        await store.end_look(DWH.cloud, one, None)
        assert await store.look(DWH.cloud) is None

        two = await begin_look(store, 29.9, "b", lease=30)
        assert two is not None
        assert await begin_look(store, 59.8, "a") is None
        assert await begin_look(store, 59.9, "a") is not None

    async def test_a_process_may_look_again_while_what_it_saw_is_saved(self, store: Store) -> None:
        """Its own lease isn't in its way, and the end of the first look doesn't let others into the second."""
        first = await begin_look(store, 0, "a")
        second = await begin_look(store, 1, "a")
        assert first is not None
        assert second is not None
        await store.end_look(DWH.cloud, first, Holdings(first.at, {}, ()))
        assert await store.look(DWH.cloud) == Holdings(first.at, {}, ())
        assert await begin_look(store, 2, "b") is None
        await store.end_look(DWH.cloud, second, None)
        assert await begin_look(store, 2, "b") is not None

    async def test_the_lease_on_a_look_is_renewed(self, store: Store) -> None:
        """By who looks; not once it was ended, or another look was begun."""
        span = timedelta(seconds=30)
        one = await begin_look(store, 0, "a", lease=30)
        assert one is not None
        Hand.at(store, 20)
        await store.renew_look(DWH.cloud, one, lease=span)
        assert await begin_look(store, 49.9, "b") is None
        two = await begin_look(store, 50, "b")
        assert two is not None
        with pytest.raises(StaleRequest):
            await store.renew_look(DWH.cloud, one, lease=span)
        await store.end_look(DWH.cloud, two, None)
        with pytest.raises(StaleRequest):
            await store.renew_look(DWH.cloud, two, lease=span)

    async def test_a_look_that_a_wrong_clock_leased_for_too_long_is_hastened(self, store: Store) -> None:
        """Nobody waits a day for a look."""
        assert await begin_look(store, 86_400, "a") is not None
        Hand.at(store, 0)
        assert await begin_look(store, 0, "b") is None
        await store.hasten(beyond=timedelta(hours=1))
        assert await begin_look(store, 0, "b") is not None

    # -- quiet that the other side asked for -------------------------------------------------------------------------

    async def test_nobody_may_do_what_is_throttled(self, store: Store) -> None:
        """To the second, and the longest time that was named holds; other keys are free."""
        Hand.at(store, 0)
        assert await store.throttled_for("post") == 0
        await store.throttle("post", 30)
        await store.throttle("post", 7)
        for seconds, left in ((0, 30), (29.5, 0.5), (30, 0), (99, 0)):
            Hand.at(store, seconds)
            assert await store.throttled_for("post") == left
            assert await store.throttled_for("update") == 0
        await store.throttle("post", 5)
        assert await store.throttled_for("post") == 5

    async def test_what_a_wrong_clock_throttled_for_too_long_is_hastened(self, store: Store) -> None:
        """It is free at once; what was throttled for as long as may be is so still."""
        Hand.at(store, 86_400)
        await store.throttle("post", 1)
        Hand.at(store, 0)
        await store.throttle("update", 60)
        await store.hasten(beyond=timedelta(hours=1))
        assert (await store.throttled_for("post"), await store.throttled_for("update")) == (0, 60)

    # -- when to wake -------------------------------------------------------------------------------------------------

    async def test_next_due_is_the_earliest_of_all_work(self, store: Store) -> None:
        """Requests, messages and the ends of leases; None where nothing is left to do."""
        assert await next_due(store) is None
        request = await keep(store, a_request(1, created_at=at(10)), at(20))
        assert await next_due(store) == at(10)

        posted = await post_card(store, 10)
        assert await next_due(store) == at(20)
        await take(store, 20, lease=30)
        assert await next_due(store) == at(50)

        await save(store, request := moved(request, State.APPROVED, seconds=25), due_at=at(70))
        assert await next_due(store) == at(25)
        await save_message(store, replace(posted, shown_version=2), due_at=None)
        assert await next_due(store) == at(70)

        await put_off(store, request, None)
        assert await next_due(store) is None

    # -- rights -------------------------------------------------------------------------------------------------------

    async def test_rights_are_those_of_the_cluster_of_the_user_and_of_admins(self, store: Store) -> None:
        """A cluster's include those for every cluster; both None: all, in the order in which they were given."""
        here = a_grant(ANA, Role.REQUEST, DWH, 3)
        there = a_grant(ANA, Role.REQUEST, LAB, 2)
        cloudwide = a_grant(BEN, Role.APPROVE, Scope("prod"), 1)
        everywhere = a_grant(BEN, Role.REQUEST, Scope(), 0)
        admin = a_grant(CLEO, Role.ADMIN, DEV, 4)
        for grant in (here, there, cloudwide, everywhere, admin):
            await give(store, grant)

        async def seen(**of: Any) -> tuple[Grant, ...]:
            rights = await store.rights(**of)
            assert rights.admins == frozenset()  # those by setting aren't the store's
            return rights.grants

        prod, lab, dev = (NamedCluster(ref, "dwh-x") for ref in (DWH, LAB, DEV))
        assert await seen() == (everywhere, cloudwide, there, here, admin)
        assert await seen(cluster=prod) == (everywhere, cloudwide, here, admin)
        assert await seen(cluster=dev) == (everywhere, admin)
        assert await seen(cluster=prod, roles=[Role.APPROVE]) == (cloudwide, admin)
        assert await seen(cluster=prod, roles=[Role.APPROVE], holders=[Principal(ANA)]) == (
            cloudwide,
            there,
            here,
            admin,
        )
        assert await seen(holders=[Principal(ANA)]) == (there, here, admin)
        assert await seen(holders=[Principal("U0NEW")]) == (admin,)
        assert await seen(cluster=lab, holders=[Principal(ANA)]) == (everywhere, cloudwide, there, here, admin)
        denied, given = (
            a_grant(
                role=Role.AUDIT, on=DEV, seconds=5, holder=Principal(group, PrincipalKind.GROUP), denies=denies, id=id
            )
            for group, denies, id in (("S1", True, GrantId("G-8")), ("S2", False, GrantId("G-9")))
        )
        await give(store, denied)
        await give(store, given)
        assert await seen(holders=[Principal("U0NEW")]) == (admin, denied)

    async def test_rights_by_the_beginning_of_a_name_follow_the_name(self, store: Store) -> None:
        """Whatever its case; in one cloud or in each; a right of everyone is somebody's by that."""
        beginnings = ("dwh-*", "DWH-Prod*", "dwh-prod-*", "lab-*", "d*")
        given = [a_grant(ANA, Role.REQUEST, Scope("*", b), n) for n, b in enumerate(beginnings)]
        given += [
            a_grant(ANA, Role.REQUEST, Scope("prod", "dwh-*"), 7),
            a_grant(ANA, Role.REQUEST, Scope("dev", "d*"), 8),
        ]
        given += [a_grant(UserId("*"), Role.APPROVE, Scope("*", "lab-*"), 9, holder=EVERYONE)]
        for grant in given:
            await give(store, grant)

        async def seen(name: str) -> list[str]:
            rights = await store.rights(cluster=NamedCluster(DWH, name))
            return [str(g.scope) for g in rights.grants]

        assert await seen("Dwh-Prod") == ["dwh-*", "dwh-prod*", "d*", "prod/dwh-*"]
        assert await seen("lab-prod") == ["lab-*", "lab-*"]
        assert await seen("") == []
        assert [g.holder for g in (await store.rights(holders=[EVERYONE])).grants] == [EVERYONE]

    async def test_rights_among_users_leave_out_other_people(self, store: Store) -> None:
        """Their own on the cluster, denials, too, and those of groups and everyone there; no others, nor elsewhere."""
        given = [
            a_grant(ANA, Role.REQUEST, DWH, 1),
            a_grant(ANA, Role.REQUEST, LAB, 2),
            a_grant(BEN, Role.APPROVE, Scope("*", "dwh-*"), 3),
            a_grant(BEN, Role.REQUEST, Scope(), 4, denies=True),
            a_grant(CLEO, Role.ADMIN, Scope(), 5),
            a_grant(UserId("*"), Role.APPROVE, Scope("prod"), 6, holder=EVERYONE),
            a_grant(UserId("S1"), Role.APPROVE, DWH, 7, holder=Principal("S1", PrincipalKind.GROUP)),
            a_grant(UserId("S1"), Role.APPROVE, DEV, 8, holder=Principal("S1", PrincipalKind.GROUP)),
            a_grant(ANA, Role.AUDIT, DWH, 9, terms=Terms(until=NOW)),
        ]
        for grant in given:
            await give(store, grant)

        async def among(*users: UserId) -> list[int]:
            rights = await store.rights_among(NamedCluster(DWH, "DWH-prod"), users)
            return [given.index(grant) + 1 for grant in rights.grants]

        assert await among(ANA) == [1, 6, 7]
        assert await among(ANA, BEN) == [1, 3, 4, 6, 7]
        assert await among(CLEO) == [5, 6, 7]
        assert await among() == [6, 7]

    async def test_a_grant_is_kept_once_of_each_key(self, store: Store) -> None:
        """Another role, another scope, a denial are others; each is on record."""
        others = (a_grant(role=Role.APPROVE), a_grant(denies=True, id=GrantId("G-3")))
        for grant in (a_grant(), *others):
            await give(store, grant)
        assert (await store.rights()).grants == (a_grant(), *others)
        assert len(await store.entries()) == 3

    async def test_a_grant_given_again_has_the_terms_of_then(self, store: Store) -> None:
        """Who gave it so, and when, is who did it last."""
        await give(store, a_grant())
        again = a_grant(seconds=5, terms=Terms(until=at(3600), reason="on call", quiet=True), granted_by=BEN)
        await make(store, GrantChange(a_grant(), again))
        assert await store.grants() == (again,)
        assert len(await store.entries()) == 2

    async def test_a_grant_that_has_ended_gives_nothing(self, store: Store) -> None:
        """At the very moment of its end; it is still listed."""
        grant = a_grant(role=Role.ADMIN, terms=Terms(until=at(60)))
        await give(store, grant)
        cluster = NamedCluster(DWH, "dwh-prod")
        Hand.at(store, 59.999)
        assert (await store.rights(cluster=cluster)).grants == (await store.rights()).grants == (grant,)
        Hand.at(store, 60)
        for of in ({"cluster": cluster}, {"holders": [Principal(ANA)]}, {}):
            assert (await store.rights(**of)).grants == ()
        assert await store.grants() == (grant,)

    async def test_revoking_takes_exactly_that_grant(self, store: Store) -> None:
        """By its id."""
        for grant in (a_grant(), a_grant(role=Role.APPROVE), a_grant(on=Scope("prod")), a_grant(BEN)):
            await give(store, grant)
        await make(store, GrantChange(a_grant(), None))
        assert (await store.rights()).grants == (a_grant(role=Role.APPROVE), a_grant(on=Scope("prod")), a_grant(BEN))
        assert (await store.entries(limit=1))[0].action == "grant.removed"

    async def test_a_change_of_rights_is_made_of_what_there_is(self, store: Store) -> None:
        """What it plans gets every grant, ended or not, every rule, and the number of the last change on record."""
        seen: list[RightsState] = []

        def look(state: RightsState) -> list[tuple[RightChange, Entry]]:
            seen.append(state)
            return []

        await store.change_rights(look)
        ended, rule = a_grant(terms=Terms(until=at(-60))), ScopeRule(ApprovalRule.of(2), set_by=CLEO, set_at=NOW)
        await give(store, ended)
        await set_rule(store, Scope(), rule)
        await store.record(an_entry("request.asked"))
        await store.change_rights(look)
        assert await store.rights_state() == seen[-1]
        assert seen == [RightsState({}, {}), RightsState({ended.key: ended}, {Scope(): rule}, 2)]
        assert len(await store.entries()) == 3

    async def test_a_part_of_rights_is_what_is_asked_for_and_all_of_admins(self, store: Store) -> None:
        """By keys, ids and scopes, ended or not, with its rules and the number of the last change; for a plan alike."""
        on_dev, on_lab = Scope("prod", "dwh-*"), Scope("eu", "lab-*")
        ones = [
            a_grant(seconds=0, id=GrantId("G-22222222")),
            a_grant(BEN, seconds=1, denies=True, id=GrantId("G-33333333")),
            a_grant(BEN, seconds=2, id=GrantId("G-44444444"), terms=Terms(until=at(-60))),
            a_grant(seconds=3, on=on_dev, id=GrantId("G-55555555")),
            a_grant(CLEO, seconds=4, on=on_lab, role=Role.ADMIN, id=GrantId("G-66666666")),
        ]
        for grant in ones:
            await give(store, grant)
        for scope in (on_dev, on_lab):
            await set_rule(store, scope, ScopeRule(channel=CHANNEL))
        parts = {
            RightsPart(): ones[4:],
            RightsPart(keys=frozenset({ones[1].key})): [ones[1], ones[4]],
            RightsPart(ids=frozenset({ones[2].id, GrantId("G-NOTHING0")})): [ones[2], ones[4]],
            RightsPart(scopes=frozenset({on_dev, Scope("nowhere")})): [ones[3], ones[4]],
            RightsPart(keys=frozenset({ones[0].key}), scopes=frozenset({ones[0].scope})): [*ones[:3], ones[4]],
            RightsPart(rules=frozenset({on_lab, Scope()})): ones[4:],
        }
        seen: list[RightsState] = []

        def look(state: RightsState) -> list[tuple[RightChange, Entry]]:
            seen.append(state)
            return []

        for part, grants in parts.items():
            rules = {scope: ScopeRule(channel=CHANNEL) for scope in part.rules if scope == on_lab}
            assert await store.rights_state(part) == RightsState.of(grants, rules, 7)
            await store.change_rights(look, part=part)
            assert seen.pop() == RightsState.of(grants, rules, 7)
            assert list((await store.rights_state(part)).grants.values()) == grants

    async def test_grants_are_paged_by_scope(self, store: Store) -> None:
        """On every scope or some, to anybody or one; counted as far as is asked."""
        every = {
            (who, on): a_grant(who, seconds=number, on=on, id=GrantId(f"G-2222222{number}"))
            for number, (on, who) in enumerate(
                product((Scope("prod", "dwh-*"), Scope("eu", "lab-*"), Scope("prod", "abc-*")), (BEN, ANA))
            )
        }
        for grant in every.values():
            await give(store, grant)
        lab, abc, dwh = Scope("eu", "lab-*"), Scope("prod", "abc-*"), Scope("prod", "dwh-*")
        ordered = [every[who, on] for on in (lab, abc, dwh) for who in (BEN, ANA)]
        assert set(await store.granted_scopes()) == {lab, abc, dwh}
        assert len(await store.granted_scopes()) == 3
        for skip, limit in ((0, 2), (1, 3), (5, 9), (6, 2)):
            page = await store.grants_page(scopes=None, skip=skip, limit=limit, counted=4)
            assert page == (ordered[skip : skip + limit], 4)
        some = await store.grants_page(scopes={dwh, lab, Scope()}, skip=1, limit=2, counted=100)
        assert some == ([every[ANA, lab], every[BEN, dwh]], 4)
        bens = await store.grants_page(scopes=None, holder=BEN, skip=0, limit=2, counted=100)
        assert bens == ([every[BEN, lab], every[BEN, abc]], 3)
        assert await store.grants_page(scopes={abc}, holder=BEN, skip=0, limit=2, counted=100) == ([every[BEN, abc]], 1)
        assert await store.grants_page(scopes=(), skip=0, limit=2, counted=100) == ([], 0)

    async def test_a_change_of_rights_is_made_whole_or_not_at_all(self, store: Store) -> None:
        """Several grants and rules with their entries; what the plan raises leaves everything, on record as well."""
        await give(store, a_grant())

        def refused(state: RightsState) -> list[tuple[RightChange, Entry]]:
            raise NoAdminLeft("no")

        with pytest.raises(NoAdminLeft):
            await store.change_rights(refused)
        assert await store.grants() == (a_grant(),)
        assert len(await store.entries()) == 1
        several = (
            GrantChange(a_grant(), None),
            GrantChange(None, a_grant(BEN)),
            RuleChange(Scope(), None, ScopeRule(channel=CHANNEL)),
        )
        await make(store, *several)
        assert await store.grants() == (a_grant(BEN),)
        assert await store.rules() == {Scope(): ScopeRule(channel=CHANNEL)}
        assert [e.action for e in await store.entries(limit=3)] == ["rule.set", "grant.added", "grant.removed"]

    async def test_changes_of_rights_are_found_in_the_record(self, store: Store) -> None:
        """By what the entries are called, the newest first, with how many there are."""
        await give(store, a_grant())
        await store.record(an_entry("request.asked"))
        await set_rule(store, Scope(), ScopeRule(channel=CHANNEL))
        found, total = await store.record_page(Selection(actions=ACTIONS), skip=0, limit=1, counted=9)
        assert ([(number, entry.action) for number, entry in found], total) == ([(3, "rule.set")], 2)

    async def test_a_cluster_has_the_default_rule_until_one_is_set(self, store: Store) -> None:
        """The last one set holds, for that cluster alone, and each setting is on record; removed, it never was."""
        one, other = NamedCluster(DWH, "dwh-prod"), NamedCluster(DEV, "dwh-dev")
        scope, last = Scope.of(DWH), ScopeRule(ApprovalRule.of(0), set_by=CLEO, set_at=NOW)
        assert await store.rule(one) == ClusterRule()

        await set_rule(store, scope, ScopeRule(ApprovalRule.of(2), channel=CHANNEL))
        await set_rule(store, scope, last)

        assert await store.rule(one) == ClusterRule(ApprovalRule.of(0), None, scope, CLEO, NOW)
        assert await store.rule(other) == ClusterRule()
        assert await store.rules() == {scope: last}
        await set_rule(store, scope, None)
        assert await store.rule(one) == ClusterRule()
        assert len(await store.entries()) == 3

    async def test_the_closest_scope_says_each_thing(self, store: Store) -> None:
        """The longest beginning, then the one that names its cloud; a channel may come from a wider one."""
        cluster = NamedCluster(DWH, "dwh-prod")
        scopes = (Scope(), Scope(DWH.cloud), Scope(cluster="dwh-*"), Scope(DWH.cloud, "dwh-*"), Scope.of(DWH))
        for need, scope in enumerate(scopes, 1):
            await set_rule(store, scope, ScopeRule(ApprovalRule.of(need)))
            assert await store.rule(cluster) == ClusterRule(ApprovalRule.of(need), None, scope)
        await set_rule(store, Scope(cluster="dwh-p*"), ScopeRule(channel=CHANNEL))
        assert await store.rule(cluster) == ClusterRule(ApprovalRule.of(5), CHANNEL, Scope.of(DWH))
        assert (await store.rule(NamedCluster(DEV, "other"))).approval == ApprovalRule.of(
            2 if DEV.cloud == DWH.cloud else 1
        )

    async def test_every_field_of_a_rule_is_kept(self, store: Store) -> None:
        """With a cluster, and with a request."""
        group = Principal("S0DBA", PrincipalKind.GROUP)
        rule = ApprovalRule(
            stages=(Stage(2, (group,)), Stage(1, (Principal(BEN), EVERYONE))),
            side_by_side=True,
            tiers=(Tier(timedelta(hours=1), (group,)),),
            needs_reason=True,
            own=OwnApproval.IF_NOBODY_ELSE,
            loud=Loudness.FAILURE,
            waiver=Waiver((group,), 5, 10),
            hours=(Hours((0, 6), time(22), time(4, 30)),),
            closed=(Hours((4,), time(22), time(6)),),
            while_closed=Meanwhile.REFUSE,
            zone="Europe/Berlin",
            decide_within=timedelta(hours=8),
            start_within=timedelta(days=2),
        )
        await set_rule(store, Scope(), ScopeRule(rule))
        request = a_request(rule=rule, counted=((BEN,), ()), rule_set_by="cli:root", rule_set_at=at(1))
        await keep(store, request)
        assert (await store.rule(NamedCluster(DWH, "dwh-prod"))).approval == rule
        assert await store.get(request.id) == request

    async def test_groups_are_asked_for_only_where_they_are_named(self, store: Store) -> None:
        """In a grant, or in a rule."""
        group = Principal("S0DBA", PrincipalKind.GROUP)
        assert not await store.names_groups()
        await set_rule(store, Scope(), ScopeRule(ApprovalRule(stages=(Stage(1, (group,)),))))
        assert await store.names_groups()
        await set_rule(store, Scope(), None)
        await give(store, replace(a_grant(), holder=group))
        assert await store.names_groups()

    async def test_a_change_of_rules_or_rights_wakes_what_waits_for_people(self, store: Store) -> None:
        """Who decides on it may be others now; what was decided goes on as it was."""
        waiting = await keep(store, a_request(1), at(600))
        await keep(store, a_request(2, rule=ApprovalRule.of(0), state=State.APPROVED), at(600))
        assert await take(store, 10) == []
        await set_rule(store, Scope(), ScopeRule(ApprovalRule.of(2)))
        assert await take(store, 11) == [waiting.id]
        await put_off(store, waiting, at(600))
        await give(store, a_grant())
        assert await take(store, 12) == [waiting.id]

    @pytest.mark.parametrize("scope", [Scope.of(DWH), Scope(DWH.cloud), Scope(cluster="dwh-p*"), Scope("*", DWH.id)])
    async def test_a_change_on_some_clusters_wakes_what_waits_there(self, store: Store, scope: Scope) -> None:
        """And nothing elsewhere, whatever the scope is: a cluster, a cloud, the beginning of a name."""
        other = ClusterRef(CloudName("eu"), LAB.id)
        there = await keep(store, a_request(1, cluster_name="dwh-prod"), at(600))
        await keep(store, a_request(2, cluster=other, cluster_name="lab"), at(600))
        await give(store, a_grant(on=scope))
        assert await take(store, 12) == [there.id]
        await put_off(store, there, at(600))
        await set_rule(store, Scope.of(LAB), ScopeRule(ApprovalRule.of(2)))
        assert await take(store, 13) == []

    async def test_every_field_of_a_freeze_is_kept(self, store: Store) -> None:
        """Those that cover a cluster are found by its id, its name and its cloud; what is over stays."""
        assert await store.freezes() == ()
        plain = a_freeze(1, Scope.of(DWH), until=None)
        full = a_freeze(
            2,
            Scope(DWH.cloud, "dwh-*"),
            meanwhile=Meanwhile.REFUSE,
            passes_break_glass=True,
            cluster_name="dwh-prod",
        )
        every = a_freeze(3, Scope(), until=at(-1))
        for freeze in (plain, full, every):
            await store.freeze(freeze, an_entry("freeze.set"))
        assert await store.freezes() == (plain, full, every)
        assert await store.freezes(cluster=NamedCluster(DWH, "DWH-prod")) == (plain, full, every)
        assert await store.freezes(cluster=NamedCluster(LAB, "dwh-lab")) == (full, every)
        assert await store.freezes(cluster=NamedCluster(DEV, "dwh-dev")) == (every,)
        assert [e.action for e in await store.entries()] == ["freeze.set"] * 3

    async def test_a_freeze_is_kept_once(self, store: Store) -> None:
        """Another with its id changes nothing and isn't on record, also once it has ended."""
        freeze = a_freeze(1, until=None)
        assert await store.freeze(freeze, an_entry("freeze.set"))
        assert not await store.freeze(replace(freeze, reason="another"), an_entry("freeze.set"))
        assert await store.freezes() == (freeze,)
        assert await store.unfreeze(freeze.id, an_entry("freeze.ended", at=at(5)))
        assert not await store.freeze(freeze, an_entry("freeze.set"))
        assert await store.freezes() == (replace(freeze, ended_at=at(5), ended_by=ANA),)
        assert [e.action for e in await store.entries()] == ["freeze.ended", "freeze.set"]

    async def test_a_freeze_is_ended_once(self, store: Store) -> None:
        """By whom and when the entry says; what is over, or isn't there, is left as it is, and off the record."""
        freeze, over = a_freeze(1, until=None), a_freeze(2, until=at(-1))
        for kept in (freeze, over):
            await store.freeze(kept, an_entry("freeze.set"))
        ids = [FreezeId(f"F-{n}") for n in (1, 1, 2, 3)]
        ends = [await store.unfreeze(f, an_entry("freeze.ended", at=at(5))) for f in ids]
        assert ends == [True, False, False, False]
        assert await store.freezes() == (replace(freeze, ended_at=at(5), ended_by=ANA), over)
        assert [e.action for e in await store.entries()] == ["freeze.ended", "freeze.set", "freeze.set"]

    async def test_a_freeze_and_its_end_make_what_they_cover_due(self, store: Store) -> None:
        """With its card, and out of the hands of who looked at it before; a snapshot that runs is nobody's business."""
        waiting = await keep(store, a_request(1), at(600))
        approved = await keep(store, a_request(2, rule=ApprovalRule.of(0), state=State.APPROVED), NOW)
        other = await keep(store, a_request(3, cluster=LAB, state=State.APPROVED), at(600))
        await keep(store, a_request(4, state=State.CREATING, rule=ApprovalRule.of(0)), at(600))
        for card in await take_messages(store, 0):
            await save_message(store, replace(card, ref=POSTED, shown_version=1), due_at=None)
        (held,) = await store.claim(owner="w", lease=timedelta(minutes=1), limit=9)
        await store.freeze(a_freeze(1, Scope.of(DWH)), an_entry("freeze.set"))
        with pytest.raises(StaleRequest):
            await store.put_off(held, timedelta(hours=1))
        assert {*await take(store, 10)} == {approved.id, waiting.id}
        assert {card.request_id for card in await take_messages(store, 10)} == {waiting.id, approved.id}
        assert (await store.get(waiting.id)) == replace(waiting, version=2, updated_at=at(0))
        assert (await store.get(other.id)) == other
        for request in (waiting, approved):
            await put_off(store, replace(request, version=2), at(600))
        assert await store.unfreeze(FreezeId("F-1"), an_entry("freeze.ended"))
        assert set(await take(store, 11)) == {waiting.id, approved.id}

    async def test_what_a_freeze_held_is_due_when_it_may_have_ended(self, store: Store) -> None:
        """Also by a change of rules, or a new name; of a lost answer, too, which keeps its holder."""
        held = await keep(store, a_request(1, cluster=LAB, state=State.APPROVED, hold=Hold.FROZEN), at(600))
        lost = await keep(store, a_request(2, state=State.SUBMITTING, hold=Hold.FROZEN), at(600))
        await set_rule(store, Scope(), ScopeRule(ApprovalRule.of(2)))
        assert set(await take(store, 10)) == {held.id, lost.id}
        await put_off(store, replace(held, version=2), at(600))
        await put_off(store, lost, at(600))
        await store.name_clusters(DWH.cloud, {DWH.id: "dwh-prod"})
        await store.name_clusters(DWH.cloud, {DWH.id: "secret"})
        assert set(await take(store, 11)) == {held.id, lost.id}

    @pytest.mark.parametrize("of", ["owner", "cluster"])
    async def test_a_cap_is_counted_as_the_request_is_kept(self, store: Store, of: str) -> None:
        """So many of a person, or on a cluster, go without an approval since then; the next waits."""

        async def ask(number: int, **changes: Any) -> SnapshotRequest:
            asked = a_request(number, waived=True, state=State.APPROVED, **changes)
            waits = replace(asked, waived=False, state=State.WAITING)
            caps = (Cap(1, at(-60), asked.owner if of == "owner" else None),)
            capped = Capped(caps, waits, [an_entry("waits")], timedelta(hours=8))
            return await store.add(
                asked, origin=f"o{number}", entries=[an_entry("goes")], due_in=timedelta(0), capped=capped
            )

        before = a_request(9, waived=True, state=State.FAILED, created_at=at(-61))
        await keep(store, before)
        assert (await ask(1)).waived
        assert (await ask(2)).state is State.WAITING
        other = {"owner": Principal(BEN)} if of == "owner" else {"cluster": DEV}
        assert (await ask(3, **other)).waived
        assert [e.action for e in await store.entries()].count("waits") == 1

    async def test_so_many_of_a_person_are_open_at_once(self, store: Store) -> None:
        """Of ten sent together so many are kept; what has ended, others, and what is sent again don't count."""

        async def ask(number: int, **changes: Any) -> SnapshotRequest:
            asked = a_request(number, **changes)
            return await store.add(asked, origin=f"o{number}", entries=[an_entry()], due_in=None, most_open=3)

        await keep(store, a_request(90, state=State.FAILED))
        await keep(store, a_request(91, owner=Principal(BEN)))
        results = await asyncio.gather(*(ask(number) for number in range(10)), return_exceptions=True)
        kept = [found for found in results if isinstance(found, SnapshotRequest)]
        refused = [found for found in results if isinstance(found, TooManyOpen)]
        assert (len(kept), len(refused)) == (3, 7)
        assert refused[0].phrase == Phrase("too-many-open", {"count": 3})
        assert [e.action for e in await store.entries()].count("request.added") == 3
        again = int(kept[0].id.removeprefix("R-"))
        assert (await ask(again)).id == kept[0].id
        assert (await ask(92, owner=Principal(BEN))).requester == BEN
        await save(store, moved(kept[0], State.WITHDRAWN))
        assert (await ask(93)).id == "R-93"

    async def test_what_ended_long_ago_is_dropped_with_what_belongs_to_it(self, store: Store) -> None:
        """In batches, the oldest first, each on record with its counts; ids, names and origins are free again."""
        for number in range(1, 6):
            await keep(store, a_request(number, created_at=at(number)))
            await post_card(store, number)
        vote = Vote(BEN, False, at(10), "no")
        for number in range(1, 5):
            asked = await store.get(RequestId(f"R-{number}"))
            assert asked is not None
            await save(store, moved(asked, State.DECLINED, 10 + number), vote=replace(vote, at=at(10 + number)))
            (card,) = await take_messages(store, 10 + number)
            await save_message(store, replace(card, shown_version=2), due_at=None)
        Hand.at(store, 100)
        assert await store.drop_ended(at(13), limit=1) == 1
        assert await store.drop_ended(at(13), limit=5) == 1
        assert await store.drop_ended(at(13), limit=5) == 0
        assert sorted(r.id for r in await store.find()) == ["R-3", "R-4", "R-5"]
        assert await store.messages(RequestId("R-1")) == []
        counts = await store.counts()
        assert (counts[State.DECLINED], counts[State.WAITING]) == (2, 1)
        entries = [e for e in await store.entries() if e.action == DROPPED]
        assert [json.loads(e.detail) for e in entries] == [
            {"requests": 1, "votes": 1, "messages": 1, "before": at(13).isoformat()}
        ] * 2
        assert (entries[0].at, entries[0].actor) == (at(100), "bot")
        assert (await store.verify_chain()).findings == ()
        assert await store.by_origin("view:R-1") is None
        assert await keep(store, a_request(1, created_at=at(100))) == a_request(1, created_at=at(100))

    @pytest.mark.parametrize("state", State)
    async def test_what_is_open_is_never_dropped(self, store: Store, state: State) -> None:
        """However old it is; nor what made the last snapshot of its cluster."""
        await keep(store, a_request(1, state=state))
        await post_card(store)
        stays = state in OPEN or state is State.AVAILABLE
        assert await store.drop_ended(at(10**8), limit=9) == (0 if stays else 1)

    async def test_the_last_snapshot_of_a_cluster_stays(self, store: Store) -> None:
        """By when it was asked for; those before it go, and of what failed since everything."""
        for number in range(1, 4):
            await keep(store, a_request(number, state=State.AVAILABLE, created_at=at(number), updated_at=at(number)))
        await keep(store, a_request(4, state=State.AVAILABLE, cluster=LAB))
        await keep(store, a_request(5, state=State.FAILED, created_at=at(5), updated_at=at(5)))
        for card in await take_messages(store, 5):
            await save_message(store, replace(card, ref=POSTED, shown_version=1), due_at=None)
        assert await store.drop_ended(at(100), limit=9) == 3
        assert sorted(r.id for r in await store.find()) == ["R-3", "R-4"]

    async def test_what_is_kept_until_some_day_is_not_dropped(self, store: Store) -> None:
        """Its requester is still to be asked, however long ago the snapshot was made."""
        for number in (1, 2):
            one = a_request(number, state=State.AVAILABLE, created_at=at(number), updated_at=at(number))
            await keep(store, one, at(10**9) if number == 1 else None)
        for card in await take_messages(store, 5):
            await save_message(store, replace(card, ref=POSTED, shown_version=1), due_at=None)
        assert await store.drop_ended(at(10**8), limit=9) == 0

    async def test_what_is_still_owed_is_not_dropped(self, store: Store) -> None:
        """Neither where its card waits to be posted, nor while somebody posts it, nor where the request is due."""
        await keep(store, a_request(1, state=State.FAILED))
        await keep(store, a_request(2, state=State.FAILED, cluster=LAB), at(50))
        assert await store.drop_ended(at(10**8), limit=9) == 0
        cards = await take_messages(store, 0)
        assert await store.drop_ended(at(10**8), limit=9) == 0
        for card in cards:
            await save_message(store, replace(card, ref=POSTED, shown_version=1), due_at=None)
        assert await store.drop_ended(at(10**8), limit=9) == 1
        assert [r.id for r in await store.find()] == ["R-2"]

    # -- inbound repeats and the record -------------------------------------------------------------------------------

    async def test_a_key_is_new_once_an_hour(self, store: Store) -> None:
        """A repeat is known for an hour at least, and forgotten in the end."""
        for seconds, key, new in ((0, "Ev1", 1), (0, "Ev1", 0), (1, "Ev2", 1), (3600, "Ev1", 0), (3 * 3600, "Ev1", 1)):
            Hand.at(store, seconds)
            assert await store.first_time(key) == bool(new)

    async def test_the_record_shows_the_newest_first(self, store: Store) -> None:
        """All of it or one request's, with every field, in the order of writing whatever the times say."""
        request = await store.add(
            a_request(), origin="o", entries=[an_entry("a", request_id=RequestId("R-1"))], due_in=None
        )
        full = Entry(at(-5.000001), "U1", "b", rule="no-grant", cluster=DWH, detail="naïve “<@U1>” 🙂", team="T1")
        await store.record(full)
        mine = [an_entry(action, request_id=request.id) for action in ("c", "d")]
        await save(store, moved(request, State.APPROVED), entries=mine)

        assert [e.action for e in await store.entries()] == ["d", "c", "b", "a"]
        assert (await store.entries())[2] == full
        assert [e.action for e in await store.entries(request_id=request.id)] == ["d", "c", "a"]
        assert [e.action for e in await store.entries(limit=2)] == ["d", "c"]
        assert [e.action for e in await store.entries(request_id=request.id, limit=1)] == ["d"]

    async def test_a_refusal_that_repeats_is_counted(self, store: Store) -> None:
        """One entry, and one that says how often it came again; another person, rule, cluster or request is another."""
        refused = an_entry("ask.refused", rule="no-grant", cluster=DWH)
        for seconds in (0, 1, 599):
            Hand.at(store, seconds)
            await store.refuse(replace(refused, at=at(seconds)))
        others: list[dict[str, Any]] = [
            {"actor": BEN},
            {"rule": "x"},
            {"cluster": LAB},
            {"request_id": RequestId("R-1")},
        ]
        for other in others:
            await store.refuse(replace(refused, at=at(599), **other))
        assert len(await store.entries()) == 1 + len(others)
        Hand.at(store, 600)
        await store.beat()
        (closed, *rest) = await store.entries()
        assert len(rest) == 1 + len(others)
        assert (closed.actor, closed.action, closed.rule, closed.cluster) == (ANA, "ask.refused", "no-grant", DWH)
        assert json.loads(closed.detail) == {
            "again": 2,
            "since": at(0).isoformat(timespec="seconds"),
            "last": at(599).isoformat(timespec="seconds"),
        }
        Hand.at(store, 2000)
        await store.beat()
        assert len(await store.entries()) == 2 + len(others), "those that came once are closed without a word"
        await store.refuse(replace(refused, at=at(2000)))
        assert len(await store.entries()) == 3 + len(others)

    async def test_a_clock_that_was_put_back_ends_what_was_counted(self, store: Store) -> None:
        """A window that would end in years is over."""
        refused = an_entry("ask.refused", rule="no-grant", cluster=DWH)
        for moment in (at(10**7), at(10**7), NOW):
            await store.refuse(replace(refused, at=moment))
        assert [e.at for e in await store.entries()] == [NOW, NOW, at(10**7)]

    async def test_a_message_that_is_owed_is_on_record_once(self, store: Store) -> None:
        """With the rule by which it came to that; owed again while it is, it is no second entry."""
        await keep(store, request := a_request())
        declined = an_entry("request.declined", rule="granted", request_id=request.id, cluster=DWH)
        await save(store, ended := moved(request, State.DECLINED), entries=[declined], owe=[RESULT])
        await save(store, replace(ended, version=ended.version + 1), owe=[RESULT])
        assert [(e.action, e.rule, e.detail) for e in await store.entries()] == [
            ("message.owed", "granted", '{"message": "result"}'),
            ("request.declined", "granted", ""),
        ]

    async def test_the_record_is_read_by_pages_and_selections(self, store: Store) -> None:
        """The newest first with how many there are, and the oldest first as they are kept; each filter leaves out."""
        for n in range(7):
            await store.record(an_entry(f"a{n}", at=at(n), actor=(ANA, BEN)[n % 2], cluster=DWH if n > 2 else None))
        for counted, told in ((9, 4), (4, 4), (3, 3), (0, 0)):
            page, total = await store.record_page(Selection(cluster=DWH), skip=1, limit=2, counted=counted)
            assert ([(number, entry.action) for number, entry in page], total) == ([(6, "a5"), (5, "a4")], told)
        assert [r.number for r in await store.recorded(Selection(actor=BEN), after=2, limit=2)] == [4, 6]
        assert [r.number for r in await store.recorded(Selection(since=at(2), until=at(4)))] == [3, 4]
        assert [r.number for r in await store.recorded(Selection(), limit=2, newest_first=True)] == [7, 6]
        assert (await store.head()).number == 7
        assert (await store.verify_chain([await store.head()])).findings == ()

    async def test_the_record_is_pruned_by_an_entry_of_it(self, store: Store) -> None:
        """It goes on from where it was, and is sound; of another hash nothing is pruned."""
        for n in range(5):
            await store.record(an_entry(f"a{n}"))
        third = (await store.recorded(Selection(), after=2, limit=1))[0]
        last = Head(third.number, third.hash)
        says = an_entry(PRUNED, detail=stated(last=last.number, hash=last.hash))
        with pytest.raises(Conflict):
            await store.prune(Head(3, "0" * 64), says)
        assert await store.prune(last, says) == 3
        assert [e.action for e in await store.entries()] == [PRUNED, "a4", "a3"]
        verdict = await store.verify_chain([last])
        assert (verdict.first, verdict.rows, verdict.findings) == (4, 3, ())
        await store.record(an_entry("later"))
        assert (await store.verify_chain()).findings == ()

    async def test_two_hundred_at_once_are_all_kept(self, store: Store) -> None:
        """Each add returns its own request, and those whose name is taken fail alone."""
        requests = [a_request(n, name=f"name-{n % 190}") for n in range(200)]

        results = await asyncio.gather(*(keep(store, r, NOW) for r in requests), return_exceptions=True)

        assert results[:190] == requests[:190]
        assert [type(r) for r in results[190:]] == [NameTaken] * 10
        assert len(await store.find(limit=1000)) == 190

    async def test_a_renamed_cluster_is_in_other_scopes_with_its_open_requests(self, store: Store) -> None:
        """What isn't in the cloud yet goes by the new name, its card is due; a new cluster changes nothing."""
        waiting = await keep(store, a_request(1), at(600))
        creating = await keep(store, a_request(2, state=State.CREATING, rule=ApprovalRule.of(0)), at(600))
        await store.name_clusters(DWH.cloud, {DWH.id: "dwh-prod", LAB.id: "lab"})
        assert await take(store, 10) == []
        for work in await store.claim_messages(owner="w", lease=timedelta(minutes=1), limit=9):
            shown = replace(work.item, ref=POSTED, shown_version=1)
            await store.save_message(shown, token=work.token, due_in=None)
        await store.name_clusters(DWH.cloud, {DWH.id: "secret-1"}, entries=[an_entry("cluster.renamed")])
        assert await store.cluster_names(DWH.cloud) == {DWH.id: "secret-1", LAB.id: "lab"}
        assert await store.cluster_names(CloudName("else")) == {}
        changed = await store.get(waiting.id)
        assert changed is not None
        assert (changed.cluster_name, changed.version) == ("secret-1", waiting.version + 1)
        assert await store.get(creating.id) == creating
        due = await store.claim_messages(owner="w", lease=timedelta(minutes=1), limit=9)
        assert [work.item.request_id for work in due] == [waiting.id]
        assert await take(store, 11) == [waiting.id]
        assert [e.action for e in await store.entries()] == ["cluster.renamed"]

    async def test_the_oldest_of_each_is_told(self, store: Store) -> None:
        """Since when requests wait, are approved, are in the cloud; since when a message is owed and wasn't sent."""
        assert await store.oldest() == {}
        waiting = await keep(store, a_request(1, created_at=at(-50)), NOW)
        await keep(store, a_request(2, cluster=LAB, created_at=at(-40)), NOW)
        assert await store.oldest() == {"waiting": at(-50), "unsent": at(-50)}
        approved = moved(waiting, State.APPROVED, decided_at=at(-30))
        await save(store, approved)
        assert await store.oldest() == {"waiting": at(-40), "approved": at(-30), "unsent": at(-50)}
        out_of_hours = moved(approved, State.APPROVED, hold=Hold.HOURS)  # it isn't late: its rule lets it start later
        await save(store, out_of_hours)
        assert "approved" not in await store.oldest()
        frozen = moved(out_of_hours, State.APPROVED, 70, hold=Hold.FROZEN)
        await save(store, frozen)
        assert "approved" not in await store.oldest()
        free = moved(frozen, State.APPROVED, 80, hold=Hold.QUEUE)  # it is late as of when it could start
        await save(store, free)
        assert (await store.oldest())["approved"] == at(80)
        free = moved(free, State.SUBMITTING, 90, hold=Hold.FROZEN, attempted_at=at(-20))
        await save(store, free)
        assert {"approved", "in_cloud"} & {*await store.oldest()} == set()
        free = moved(free, State.SUBMITTING, 95, hold=Hold.NONE)
        await save(store, free)
        assert (await store.oldest())["in_cloud"] == at(95)
        creating = moved(free, State.CREATING, hold=Hold.NONE, attempted_at=at(-20), accepted_at=at(-10))
        await save(store, creating)
        assert (await store.oldest())["in_cloud"] == at(-10)
        for work in await store.claim_messages(owner="w", lease=timedelta(minutes=1), limit=9):
            shown = replace(work.item, ref=POSTED, shown_version=9)
            await store.save_message(shown, token=work.token, due_in=None)
        assert "unsent" not in await store.oldest()
        await save(store, moved(creating, State.FAILED, 99), owe=[RESULT])
        assert await store.oldest() == {"waiting": at(-40), "unsent": at(99)}

    async def test_what_a_restore_left_unsent_is_counted(self, store: Store) -> None:
        """By requests; not what is still owed, nor a call to operators who have nothing to fix any more."""
        request = await keep(store, a_request())
        posted = await post_card(store)
        held = replace(moved(request, State.APPROVED, 1, hold=Hold.LOGIN), as_of=at(-50))
        await save(store, held, owe=[OPERATOR])
        for message in await take_messages(store, 2):
            assert await store.not_sent() == 0
            card = replace(posted, shown_version=held.version)
            await save_message(store, card if message.owed == CARD else message, due_at=None)
        assert await store.not_sent() == 1
        await save(store, moved(held, State.APPROVED, 3, hold=Hold.NONE))
        assert await store.not_sent() == 0

        other = await keep(store, a_request(2, cluster=LAB))
        await save(store, replace(moved(other, State.APPROVED, 4), as_of=at(-50)))
        (card,) = [m for m in await take_messages(store, 5) if m.request_id == other.id]
        await save_message(store, card, due_at=None)
        assert await store.not_sent() == 1

    async def test_a_run_is_remembered_with_how_it_ended(self, store: Store) -> None:
        """The next process hears whether the one before it ended by itself, and when it was last seen alive."""
        assert await store.begin_run("one") is None
        await store.beat()
        killed = await store.begin_run("two")
        assert killed is not None
        assert killed.seen_at is not None
        assert killed.began_at <= killed.seen_at
        assert (killed.ended_at, killed.clean) == (None, False)
        for owner, clean in (("two", True), ("three", False)):
            await store.end_run(owner, clean=clean)
            ended = await store.begin_run("three" if clean else "four")
            assert ended is not None
            assert ended.ended_at is not None
            assert (ended.ended_at >= ended.began_at, ended.clean) == (True, clean)
