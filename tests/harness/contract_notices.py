"""What every Store promises of channels that hear of snapshots. A test module gives it the fixture `store`."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import StaleRequest
from bot.core.holdings import Holdings
from bot.core.ids import ChannelId, MessageRef, RequestId, SnapshotId, TeamId
from bot.core.notices import Notice, NoticeKind, direct_result
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.snapshot import Cluster, Outcome, Snapshot, SnapshotKind
from bot.core.subscriptions import Heard, Pause, Subscription
from bot.core.why import Code, Why
from bot.core.work import Work
from bot.ports import Store
from tests.harness.contract_store import ANA, BEN, CHANNEL, DWH, LAB, Hand, a_request, an_entry, at, keep, moved, save

OTHER = ChannelId("C0OTHER")


def a_subscription(scope: Scope | None = None, **changes: object) -> Subscription:
    """Return one of OTHER that hears of how snapshots of DWH end."""
    events = frozenset({Heard.MADE, Heard.FAILED})
    one = Subscription(OTHER, scope or Scope.of(DWH), events, ANA, TeamId("T0ACME"), at(0), "dwh-prod")
    return replace(one, **changes)  # type: ignore[arg-type]


def a_snapshot(number: int, **changes: object) -> Snapshot:
    """Return the usable snapshot s-*number* of DWH."""
    one = Snapshot(SnapshotId(f"s-{number}"), f"s-{number}", DWH.id, Outcome.AVAILABLE, kind=SnapshotKind.MANUAL)
    return replace(one, **changes)  # type: ignore[arg-type]


async def claim(store: Store, seconds: float, owner: str = "a", lease: float = 30) -> list[Work[Notice]]:
    """Claim notices *seconds* after NOW."""
    Hand.at(store, seconds)
    return await store.claim_notices(owner=owner, lease=timedelta(seconds=lease), limit=10)


async def end(store: Store, state: State = State.AVAILABLE, number: int = 1, **changes: object) -> SnapshotRequest:
    """Keep a request and let it end so, a minute after NOW."""
    request = await keep(store, a_request(number, **changes))
    why = Why(Code.SNAPSHOT_GONE) if state is State.FAILED else None
    await save(store, ended := moved(request, state, snapshot_id=SnapshotId(f"s-{number}"), why=why))
    return ended


class NoticeContract:
    """Subscriptions, and notices that are owed once."""

    async def test_every_field_of_a_subscription_is_kept(self, store: Store) -> None:
        """One of a channel and a scope: the next takes its place."""
        pattern = a_subscription(Scope("*", "dwh-*"), events=frozenset(Heard), set_by=BEN, set_at=at(1.5))
        for one in (a_subscription(is_private=True), pattern, a_subscription()):
            await store.subscribe(one, an_entry("subscription.set"))
        assert await store.subscriptions() == (a_subscription(), pattern)
        assert [e.action for e in await store.entries()] == ["subscription.set"] * 3

    async def test_a_subscription_is_ended_once(self, store: Store) -> None:
        """What isn't there is nothing to record."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        ends = [await store.unsubscribe(OTHER, Scope.of(c), an_entry("subscription.ended")) for c in (LAB, DWH, DWH)]
        assert ends == [False, True, False]
        assert await store.subscriptions() == ()
        assert [e.action for e in await store.entries()] == ["subscription.ended", "subscription.set"]

    @pytest.mark.parametrize(
        ("state", "event"), [(State.AVAILABLE, Heard.MADE), (State.FAILED, Heard.FAILED), (State.DECLINED, None)]
    )
    async def test_the_end_is_owed_with_it(self, store: Store, state: State, event: Heard | None) -> None:
        """Once of a channel, on record; not to the card's own, nor to one that is paused or hears of something else."""
        for one in (
            a_subscription(),
            a_subscription(Scope("*", "*")),
            a_subscription(channel=CHANNEL),
            a_subscription(Scope.of(LAB), channel=ChannelId("C0LAB")),
            a_subscription(channel=ChannelId("C0PAUSED"), paused=Pause.ARCHIVED),
            a_subscription(channel=ChannelId("C0ASKED"), events=frozenset({Heard.DELETED})),
        ):
            await store.subscribe(one, an_entry("subscription.set"))
        request = await end(store, state)
        owed = [work.item for work in await claim(store, 61)]
        assert [(n.channel, n.kind, n.news[0].event) for n in owed] == (
            [(OTHER, NoticeKind.NEWS, event)] if event else []
        )
        for notice in owed:
            (news,) = notice.news
            assert (news.cluster, news.name, news.snapshot, news.request) == (request.named, request.name, "s-1", "R-1")
            assert (news.requester, news.at, news.outside) == (ANA, at(60), False)
            assert news.why == request.why
            assert notice.sending_at is None
        recorded = [e for e in await store.entries(request_id=request.id) if '"news"' in e.detail]
        assert len(recorded) == len(owed)

    async def test_what_is_changed_after_the_end_is_no_news(self, store: Store) -> None:
        """Who wants to hear from now on isn't told of what was made before."""
        ended = await end(store)
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        await save(store, moved(ended, State.AVAILABLE, 120))
        assert await claim(store, 121) == []

    async def test_that_it_is_asked_for_is_owed_with_it(self, store: Store) -> None:
        """With the request itself; a submission that comes again owes nothing new."""
        await store.subscribe(a_subscription(events=frozenset({Heard.ASKED})), an_entry("subscription.set"))
        await keep(store, a_request())
        await keep(store, a_request())
        assert [work.item.news[0].event for work in await claim(store, 1)] == [Heard.ASKED]

    async def test_what_a_restore_put_back_may_have_been_told(self, store: Store) -> None:
        """It is looked for first."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        await end(store, as_of=at(-50))
        assert [work.item.sending_at for work in await claim(store, 61)] == [at(-50)]

    async def test_a_notice_is_leased_and_saved(self, store: Store) -> None:
        """By one at a time; before the post the lease stays, and what is due; once posted it is done with."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        await end(store)
        (first,) = await claim(store, 61)
        assert await claim(store, 90) == []
        (second,) = await claim(store, 91.5, "b")
        with pytest.raises(StaleRequest):
            await store.save_notice(first.item, token=first.token, due_in=None)
        begun = replace(second.item, sending_at=at(91.5), attempts=1)
        await store.save_notice(begun, token=second.token, due_in=None, release=False)
        assert await claim(store, 100) == []
        (third,) = await claim(store, 122)
        assert third.item == begun
        await store.save_notice(begun, token=third.token, due_in=timedelta(seconds=60))
        assert await claim(store, 181) == []
        (fourth,) = await claim(store, 183)
        posted = replace(begun, ref=MessageRef(OTHER, "1.2"))
        await store.save_notice(posted, token=fourth.token, due_in=None)
        assert await claim(store, 9999) == []
        with pytest.raises(StaleRequest):
            await store.save_notice(posted, token=fourth.token, due_in=None)

    async def test_a_pause_is_told_once(self, store: Store) -> None:
        """To each who set it up; who did that again meanwhile isn't paused."""
        pattern = a_subscription(Scope("*", "dwh-*"), cluster_name="")
        others = a_subscription(Scope.of(LAB), set_by=BEN, cluster_name="lab")
        again = a_subscription(Scope("*", "*"))
        for one in (a_subscription(), pattern, others, replace(again, set_at=at(9))):
            await store.subscribe(one, an_entry("subscription.set"))
        Hand.at(store, 60)
        for _ in range(2):
            await store.pause([a_subscription(), pattern, others, again], Pause.ARCHIVED)
        paused = {s.scope: s.paused for s in await store.subscriptions()}
        assert [paused[s.scope] for s in (a_subscription(), pattern, others, again)] == [Pause.ARCHIVED] * 3 + [None]
        owed = {work.item.channel: work.item for work in await claim(store, 61)}
        assert {str(user): n.paused.scopes for user, n in owed.items() if n.paused} == {
            ANA: ("dwh-prod", "dwh-*"),
            BEN: ("lab",),
        }
        assert {n.kind for n in owed.values()} == {NoticeKind.PAUSED}
        assert [e.action for e in await store.entries()].count("subscription.paused") == 3

    async def test_a_lost_right_is_told_to_the_channel(self, store: Store) -> None:
        """It can be written to, and who set it up may have left."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        Hand.at(store, 60)
        await store.pause([a_subscription()], Pause.RIGHTS)
        assert [work.item.channel for work in await claim(store, 61)] == [OTHER]

    async def test_a_direct_result_is_owed_once(self, store: Store) -> None:
        """On record, with its request; what was sent isn't owed again."""
        Hand.at(store, 60)
        await store.owe_notices([direct_result(RequestId("R-1"), ANA)])
        (work,) = await claim(store, 61)
        assert work.item == direct_result(RequestId("R-1"), ANA)
        await store.save_notice(work.item, token=work.token, due_in=None)
        await store.owe_notices([direct_result(RequestId("R-1"), ANA)])
        assert await claim(store, 9999) == []
        assert [e.action for e in await store.entries(request_id=RequestId("R-1"))] == ["message.owed"]

    async def test_old_notices_are_dropped(self, store: Store) -> None:
        """Not what is still owed."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        await end(store)
        (work,) = await claim(store, 61)
        await store.save_notice(work.item, token=work.token, due_in=None)
        await end(store, number=2, cluster=DWH)
        assert await store.drop_notices(at(59)) == 0
        assert await store.drop_notices(at(9999)) == 1
        assert len(await claim(store, 62)) == 1

    async def test_a_clock_that_was_put_back_keeps_nothing(self, store: Store) -> None:
        """What would wait for long is due, and its lease is dropped."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        await end(store)
        (work,) = await claim(store, 61)
        await store.save_notice(work.item, token=work.token, due_in=timedelta(hours=1), release=True)
        await store.hasten(beyond=timedelta(0))
        assert len(await claim(store, 62, lease=3600)) == 1
        await store.hasten(beyond=timedelta(0))
        assert len(await claim(store, 63)) == 1

    async def look(self, store: Store, seconds: float, *snapshots: Snapshot) -> None:
        """Look at the cloud of DWH *seconds* after NOW, and see these."""
        Hand.at(store, seconds)
        look = await store.begin_look(DWH.cloud, owner="a", lease=timedelta(seconds=9))
        assert look is not None
        await store.end_look(DWH.cloud, look, Holdings(look.at, {DWH.id: Cluster(DWH, "dwh-prod")}, snapshots))

    async def heard(self, store: Store, seconds: float) -> list[tuple[str, str]]:
        """Return what is owed *seconds* after NOW, each once."""
        works = await claim(store, seconds)
        for work in works:
            await store.save_notice(work.item, token=work.token, due_in=None)
        return [(str(news.event), news.name) for work in works for news in work.item.news]

    async def test_what_happens_elsewhere_is_owed_with_the_look(self, store: Store) -> None:
        """Once, from the second look on: what can be used, has failed, or is gone; not what is still being made."""
        await store.subscribe(a_subscription(events=frozenset(Heard)), an_entry("subscription.set"))
        old, made, failing = (a_snapshot(number) for number in (1, 2, 3))
        runs = replace(made, outcome=Outcome.PENDING)
        await self.look(store, 10, old, failing)
        assert await self.heard(store, 11) == []
        await self.look(store, 20, old, failing, runs)
        assert await self.heard(store, 21) == []
        await self.look(store, 30, replace(failing, outcome=Outcome.FAILED), made)
        assert await self.heard(store, 31) == [("deleted", "s-1"), ("made", "s-2"), ("failed", "s-3")]
        await self.look(store, 40, replace(failing, outcome=Outcome.FAILED), made)
        await self.look(store, 50, old, replace(failing, outcome=Outcome.FAILED), made)
        assert await self.heard(store, 51) == [("made", "s-1")]
        await self.look(store, 60, replace(failing, outcome=Outcome.FAILED), made)
        assert await self.heard(store, 61) == []

    async def test_a_look_that_failed_tells_nothing(self, store: Store) -> None:
        """Nor does one that is older than what is kept."""
        await store.subscribe(a_subscription(events=frozenset(Heard)), an_entry("subscription.set"))
        await self.look(store, 10, a_snapshot(1))
        late = await store.begin_look(DWH.cloud, owner="a", lease=timedelta(seconds=9))
        assert late is not None
        await store.end_look(DWH.cloud, late, None)
        await self.look(store, 20, a_snapshot(1))
        await store.end_look(DWH.cloud, late, Holdings(at(10), {}, ()))
        assert await self.heard(store, 21) == []

    async def test_what_was_asked_for_here_is_told_by_its_request(self, store: Store) -> None:
        """Also while the cloud's answer is still to come; that it is gone later, or fails, happened elsewhere."""
        await store.subscribe(a_subscription(events=frozenset(Heard)), an_entry("subscription.set"))
        await self.look(store, 10)
        request = await keep(store, a_request())
        asked = moved(moved(request, State.APPROVED, 20), State.SUBMITTING, 20)
        await save(store, replace(asked, version=2))
        ours = a_snapshot(1, name=request.name.upper())
        await self.look(store, 30, ours)
        assert await self.heard(store, 31) == [("asked", request.name)]
        await save(store, moved(replace(asked, version=2), State.AVAILABLE, 40, snapshot_id=ours.id))
        assert await self.heard(store, 41) == [("made", request.name)]
        await self.look(store, 50, ours, a_snapshot(2))
        assert await self.heard(store, 51) == [("made", "s-2")]
        await self.look(store, 60, a_snapshot(2))
        (work,) = await claim(store, 61)
        (news,) = work.item.news
        assert (news.event, news.request, news.requester, news.outside) == (Heard.DELETED, request.id, ANA, True)

    async def test_a_schedules_snapshots_come_and_go(self, store: Store) -> None:
        """That one is made is told, as its own; that it goes isn't."""
        await store.subscribe(a_subscription(events=frozenset(Heard)), an_entry("subscription.set"))
        await self.look(store, 10)
        await self.look(store, 20, a_snapshot(1, kind=SnapshotKind.AUTOMATED))
        (work,) = await claim(store, 21)
        assert work.item.news[0].automatic
        await self.look(store, 30)
        assert await claim(store, 31) == []

    async def test_many_of_one_look_are_one_message(self, store: Store) -> None:
        """A channel isn't flooded after a long night."""
        await store.subscribe(a_subscription(), an_entry("subscription.set"))
        await self.look(store, 10)
        await self.look(store, 20, *(a_snapshot(number) for number in range(30)))
        (work,) = await claim(store, 21)
        assert len(work.item.news) == 30
