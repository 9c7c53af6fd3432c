"""What channels hear of is posted once, as far as who set it up may see it; a closed channel is left alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from bot.core.errors import Meaning, SlackRefused, SlackUnavailable, StoreUnavailable
from bot.core.ids import ChannelId, MessageRef, Principal, RequestId, UserId
from bot.core.message import MessageKind
from bot.core.notices import Notice, NoticeKind, direct_result
from bot.core.person import Standing
from bot.core.phrase import Phrase
from bot.core.record import Entry
from bot.core.scope import NamedCluster, Scope
from bot.core.snapshot import Cluster
from bot.core.subscriptions import Heard, News, Pause, Subscription
from bot.worker.announcements import Announcements
from tests.fakes.slack import refused
from tests.harness.working import ANA, BEN, CLEO, TEAM, Bench, settled

GENERAL = ChannelId("C0GENERAL")
DEAD = SlackUnavailable("no answer")  # it may have been posted
NOT_DONE = SlackUnavailable("connection refused", maybe_done=False)


@dataclass
class Told:
    """The announcements over the bench; *seconds* is what has passed by the clock of leases."""

    bench: Bench
    seconds: list[float] = field(default_factory=lambda: [0.0])

    def __post_init__(self) -> None:
        bench = self.bench
        self.loop = Announcements(
            store=bench.store,
            messenger=bench.messenger,
            authority=bench.service.authority,
            reviews=bench.service.reviews,
            channels=bench.channels,
            pace=bench.pace,
            metrics=bench.metrics,
            owner="told",
            elapsed=lambda: self.seconds[0],
        )

    async def hear(self, scope: Scope | None = None, *, by: UserId = ANA, channel: ChannelId = GENERAL) -> Subscription:
        """Let *channel* hear of everything on dwh-prod, or on the clusters of *scope*."""
        prod, now = self.bench.prod, self.bench.clock.now()
        name = "" if scope else prod.name
        one = Subscription(channel, scope or Scope.of(prod.ref), frozenset(Heard), by, TEAM, now, name)
        await self.bench.store.subscribe(one, Entry(now, by, "subscription.set"))
        return one

    async def owe(self, name: str = "s-1", *, cluster: Cluster | None = None, channel: ChannelId = GENERAL) -> Notice:
        """Owe *channel* that the snapshot called *name* was made for ana."""
        of = cluster or self.bench.prod
        at = self.bench.clock.now()
        news = News(Heard.MADE, NamedCluster(of.ref, of.name), name, at, snapshot=name, requester=ANA)
        notice = Notice(channel, news.about, NoticeKind.NEWS, news=(news,))
        await self.bench.store.owe_notices([notice])
        return notice

    async def tell(self, seconds: float = 0.0) -> None:
        """Post what is due *seconds* from now."""
        self.bench.clock.advance(seconds)
        for _ in range(10):
            if not await self.loop.turn():
                return
        raise AssertionError("telling never ends")

    async def paused(self) -> list[Pause | None]:
        """Return how each subscription stands, the oldest first."""
        return [one.paused for one in await self.bench.store.subscriptions()]

    @property
    def posted(self) -> list[tuple[str, NoticeKind]]:
        """What was posted where."""
        return [(str(notice.channel), notice.kind) for _, notice in self.bench.messenger.announced]


@pytest.fixture
async def told(bench: Bench) -> Told:
    """Give the announcements, with #general as what hears of dwh-prod."""
    told = Told(bench)
    await told.hear()
    return told


NEWS = (str(GENERAL), NoticeKind.NEWS)


async def test_news_are_posted_once(told: Told):
    """With what people in them are called, since nobody is mentioned; and never again."""
    await told.owe()
    assert await told.loop.turn()
    assert not await told.loop.turn()
    await told.tell(86_400)
    assert told.posted == [NEWS]


async def test_people_in_the_news_are_called_by_name(told: Told, monkeypatch: pytest.MonkeyPatch):
    """Each is looked up once; the text mentions nobody."""
    named: list[dict[UserId, str]] = []

    async def announce(notice: Notice, *, names: dict[UserId, str]) -> MessageRef:
        named.append(names)
        return MessageRef(notice.channel, "1.2")

    monkeypatch.setattr(told.bench.messenger, "announce", announce)
    told.bench.people.add(ANA, name="Ana")
    await told.owe()
    await told.tell()
    assert named == [{ANA: "Ana"}]


async def test_a_channel_that_stopped_listening_meanwhile_hears_nothing(told: Told):
    """What was owed before is dropped; Slack isn't asked about the channel."""
    await told.owe()
    one = (await told.bench.store.subscriptions())[0]
    await told.bench.store.unsubscribe(GENERAL, one.scope, Entry(told.bench.clock.now(), ANA, "subscription.ended"))
    await told.tell()
    await told.hear()
    await told.tell(86_400)
    assert told.posted == []
    assert told.bench.channels.asked == []


async def test_who_set_it_up_and_may_not_see_the_cluster_any_more_hears_nothing(told: Told):
    """The channel is told that, once; it stays paused when the right comes back."""
    await told.owe()
    told.bench.revoke(ANA)
    await told.tell()
    assert told.posted == [(GENERAL, NoticeKind.PAUSED)]
    assert await told.paused() == [Pause.RIGHTS]
    await told.owe("s-2")
    await told.tell()
    assert told.posted == [(GENERAL, NoticeKind.PAUSED)]


async def test_who_left_has_no_right(told: Told):
    """Whatever the rights still say of a deactivated account."""
    told.bench.people.add(ANA, Standing.DEACTIVATED)
    await told.owe()
    await told.tell()
    assert await told.paused() == [Pause.RIGHTS]
    assert NEWS not in told.posted


async def test_another_who_set_it_up_and_may_see_the_cluster_is_enough(told: Told):
    """One message, and whose right is lost is paused alone."""
    told.bench.clock.advance(1)
    await told.hear(Scope("*", "dwh-*"), by=BEN)
    told.bench.revoke(ANA)
    await told.owe()
    await told.tell()
    assert await told.paused() == [Pause.RIGHTS, None]
    assert sorted(told.posted) == sorted([NEWS, (str(GENERAL), NoticeKind.PAUSED)])


async def test_clusters_by_name_are_judged_one_by_one(bench: Bench):
    """One that its person may not see is left out of the message, and the others are heard still."""
    told = Told(bench)
    await told.hear(Scope("*", "dwh-*"))
    hidden = bench.dev
    bench.store.given = [g for g in bench.store.given if (g.scope, g.holder) != (Scope.of(hidden.ref), Principal(ANA))]
    seen, unseen = await told.owe("s-1"), await told.owe("s-2", cluster=hidden)
    both = Notice(GENERAL, "look:1", NoticeKind.NEWS, news=(*seen.news, *unseen.news))
    await bench.store.owe_notices([both])
    await told.tell()
    assert sorted([one.name for one in n.news] for _, n in bench.messenger.announced) == [["s-1"], ["s-1"]]
    assert await told.paused() == [None]


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("channel-archived", Pause.ARCHIVED),
        ("channel-shared", Pause.SHARED),
        ("channel-read-only", Pause.CLOSED),
        ("channel-invite-here", Pause.CLOSED),
        ("channel-direct", Pause.CLOSED),
    ],
)
async def test_a_channel_that_cannot_be_written_to_is_left_alone(told: Told, code: str, why: Pause):
    """Nothing is posted there; who set it up is told by direct message, once."""
    told.bench.channels.problems[GENERAL] = Phrase(code)
    await told.owe("s-1")
    await told.owe("s-2")
    await told.tell()
    assert await told.paused() == [why]
    assert told.posted == [(ANA, NoticeKind.PAUSED)]


async def test_a_public_channel_that_became_private_is_paused(told: Told):
    """Others read it now than those for whom it was chosen."""
    told.bench.channels.private = {GENERAL}
    await told.owe()
    await told.tell()
    assert await told.paused() == [Pause.PRIVATE]
    assert told.posted == [(ANA, NoticeKind.PAUSED)]


async def test_a_private_channel_that_was_chosen_as_one_hears(bench: Bench):
    """It was private when somebody chose it."""
    told = Told(bench)
    one = await told.hear()
    await bench.store.subscribe(replace(one, is_private=True), Entry(bench.clock.now(), ANA, "subscription.set"))
    bench.channels.private = {GENERAL}
    await told.owe()
    await told.tell()
    assert told.posted == [NEWS]


async def test_while_slack_does_not_show_the_channel_it_waits(told: Told):
    """That passes: nothing is paused, and it is told later."""
    told.bench.channels.problems[GENERAL] = Phrase("slack-silent")
    await told.owe()
    await told.tell()
    assert (told.posted, await told.paused()) == ([], [None])
    told.bench.channels.problems.clear()
    await told.tell(60)
    assert told.posted == [NEWS]


async def test_while_slack_does_not_say_who_somebody_is_it_waits(told: Told):
    """It is neither told to those who may not hear it, nor paused for an outage."""
    told.bench.people.gone = True
    await told.owe()
    await told.tell()
    assert (told.posted, await told.paused()) == ([], [None])
    told.bench.people.gone = False
    await told.tell(60)
    assert told.posted == [NEWS]


@pytest.mark.parametrize(
    ("no", "why"),
    [
        (refused("not_in_channel"), Pause.CLOSED),
        (SlackRefused("ours", code="channel-shared", meaning=Meaning.SHARED), Pause.SHARED),
    ],
)
async def test_a_channel_that_refuses_the_post_is_paused(told: Told, no: SlackRefused, why: Pause):
    """It was open when the bot looked; it isn't tried again."""
    told.bench.messenger.failing = [no]
    await told.owe()
    await told.tell()
    assert await told.paused() == [why]
    assert told.posted == [(ANA, NoticeKind.PAUSED)]


async def test_a_post_whose_answer_is_lost_is_looked_for(told: Told):
    """A while later, when Slack's history shows it; it isn't posted twice."""
    told.bench.messenger.lost_with = [DEAD]
    await told.owe()
    await told.tell()
    for _ in range(4):
        await told.tell(told.bench.pace.settle)
    assert told.posted == [NEWS]


async def test_a_post_that_did_not_happen_is_made_once_the_bot_has_looked(told: Told):
    """Not before Slack's history can be believed, and then once."""
    told.bench.messenger.failing = [DEAD]
    await told.owe()
    await told.tell()
    await told.tell(told.bench.pace.settle / 2)
    assert told.posted == []
    await told.tell(told.bench.pace.settle)
    assert told.posted == [NEWS]


async def test_a_post_that_surely_did_not_happen_needs_no_look(told: Told, monkeypatch: pytest.MonkeyPatch):
    """It is made again as soon as it is due; so it is told once also where the bot may not look."""
    looked: list[str] = []

    async def find(key: str, **_: object) -> None:
        looked.append(key)

    monkeypatch.setattr(told.bench.messenger, "find", find)
    told.bench.messenger.failing = [NOT_DONE]
    await told.owe()
    await told.tell()
    assert told.posted == []
    await told.tell(3)
    assert (told.posted, looked) == ([NEWS], [])


async def test_what_slack_names_as_its_wait_is_kept(told: Told):
    """Not sooner, however often we would try ourselves."""
    told.bench.messenger.failing = [SlackUnavailable("ratelimited", retry_after=100, maybe_done=False)]
    await told.owe()
    await told.tell()
    await told.tell(99)
    assert told.posted == []
    await told.tell(22)
    assert told.posted == [NEWS]


async def test_a_refusal_without_a_known_reason_is_tried_for_so_long_and_no_longer(bench: Bench):
    """Then it is given up; what comes later is told."""
    bench.pace = replace(bench.pace, slack_tries=3)
    told = Told(bench)
    await told.hear()
    bench.messenger.failing = [refused("brand_new_code") for _ in range(3)]
    await told.owe()
    for _ in range(5):
        await told.tell(600)
    assert (told.posted, bench.messenger.failing) == ([], [])
    assert await told.paused() == [None]
    await told.owe("s-2")
    await told.tell()
    assert told.posted == [NEWS]


@pytest.mark.parametrize("code", ["user_not_found", "cannot_dm_bot"])
async def test_who_cannot_be_told_by_direct_message_is_not_tried_again(told: Told, code: str):
    """Nobody else is told in their place, and no channel is paused for it."""
    request = await told.bench.ask()
    await told.tell()  # the channel hears that it is asked for
    told.bench.messenger.failing = [refused(code)]
    await told.bench.store.owe_notices([direct_result(request.id, ANA)])
    for _ in range(3):
        await told.tell(600)
    assert told.bench.messenger.of(MessageKind.RESULT) == []
    assert (told.posted, await told.paused()) == ([NEWS], [None])


async def test_the_end_of_a_request_comes_by_direct_message(told: Told):
    """As it stands when it is told, to the person who is owed it; once."""
    request = await told.bench.ask()
    await told.bench.store.owe_notices([direct_result(request.id, CLEO)])
    await told.tell()
    await told.tell(600)
    (result,) = told.bench.messenger.of(MessageKind.RESULT)
    assert (str(result.ref.channel), result.facts.request.id) == (CLEO, request.id)
    assert result.key == direct_result(request.id, CLEO).key


async def test_the_end_of_a_request_that_was_dropped_is_told_to_nobody(told: Told):
    """There is nothing to tell it from; it isn't owed for ever."""
    await told.bench.store.owe_notices([direct_result(RequestId("R-GONE"), ANA)])
    await told.tell()
    assert not await told.loop.turn()
    await told.tell(86_400)
    assert told.bench.messenger.of(MessageKind.RESULT) == []


async def test_a_process_that_slept_past_its_lease_posts_nothing(told: Told, monkeypatch: pytest.MonkeyPatch):
    """Another may have posted it meanwhile: who takes it over looks for it first."""
    save = told.bench.store.save_notice

    async def slow(*args: object, **options: object) -> None:
        await save(*args, **options)  # type: ignore[arg-type]
        told.seconds[0] += 36

    monkeypatch.setattr(told.bench.store, "save_notice", slow)
    await told.owe()
    await told.loop.turn()
    assert told.posted == []
    monkeypatch.undo()
    await told.tell(61)
    assert told.posted == [NEWS]


async def test_who_lost_its_lease_while_it_asked_leaves_it_to_the_other(told: Told, monkeypatch: pytest.MonkeyPatch):
    """What the late one knows isn't saved over what the other did."""
    seen = told.bench.channels.seen
    other = Told(told.bench)

    async def late(channel: ChannelId):
        monkeypatch.undo()
        await other.tell(61)
        return await seen(channel)

    monkeypatch.setattr(told.bench.channels, "seen", late)
    await told.owe()
    await told.loop.turn()
    assert told.posted == [NEWS]


async def test_a_delay_that_cannot_be_saved_ends_with_its_lease(told: Told, monkeypatch: pytest.MonkeyPatch):
    """The other notices of the turn are told all the same."""
    full = StoreUnavailable("disk full", phrase=Phrase("fault"))

    async def never(*_: object, **__: object) -> None:
        raise full

    monkeypatch.setattr(told.bench.store, "save_notice", never)
    told.bench.channels.problems[GENERAL] = Phrase("slack-silent")
    await told.owe()
    await told.loop.turn()
    monkeypatch.undo()
    told.bench.channels.problems.clear()
    await told.tell(50)
    assert told.posted == []
    await told.tell(11)
    assert told.posted == [NEWS]


async def test_a_post_that_takes_too_long_may_have_happened(told: Told, monkeypatch: pytest.MonkeyPatch):
    """It is looked for and found."""
    announce = told.bench.messenger.announce

    async def endless(notice: Notice, *, names: dict[UserId, str]) -> MessageRef:
        await announce(notice, names=names)
        raise TimeoutError

    monkeypatch.setattr(told.bench.messenger, "announce", endless)
    await told.owe()
    await told.tell()
    monkeypatch.undo()
    await told.tell(60)
    assert told.posted == [NEWS]


async def test_what_is_under_way_is_finished_before_the_process_stops(told: Told, monkeypatch: pytest.MonkeyPatch):
    """A post that isn't noted would come twice where the bot may not look for it."""
    begun, go_on = asyncio.Event(), asyncio.Event()
    announce = told.bench.messenger.announce

    async def slow(notice: Notice, *, names: dict[UserId, str]) -> MessageRef:
        ref = await announce(notice, names=names)
        begun.set()
        await go_on.wait()
        return ref

    monkeypatch.setattr(told.bench.messenger, "announce", slow)
    told.bench.messenger.may_look = False
    await told.owe()
    turn = asyncio.create_task(told.loop.turn())
    await begun.wait()
    turn.cancel()
    await settled()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await turn
    await told.tell(600)
    assert told.posted == [NEWS]


async def test_the_loop_tells_goes_on_after_an_outage_and_forgets_what_is_old(
    told: Told, monkeypatch: pytest.MonkeyPatch
):
    """While the database is away it waits; what was told is known for a month, so that it isn't told again."""
    turns = told.bench.store.claim_notices
    away = [StoreUnavailable("locked", phrase=Phrase("fault"))]

    async def claim(**options: object):
        if away:
            raise away.pop()
        return await turns(**options)  # type: ignore[arg-type]

    monkeypatch.setattr(told.bench.store, "claim_notices", claim)
    await told.owe()
    running = asyncio.create_task(told.loop.watch())
    try:
        await settled()
        assert told.posted == []
        told.bench.clock.advance(5)
        await settled()
        assert told.posted == [NEWS]
        told.bench.clock.advance(timedelta(days=29))
        await settled()
        await told.owe()
        told.bench.clock.advance(5)
        await settled()
        assert told.posted == [NEWS]
        told.bench.clock.advance(timedelta(days=2))
        await settled()
        await told.owe()
        told.bench.clock.advance(5)
        await settled()
        assert told.posted == [NEWS, NEWS]
    finally:
        running.cancel()
        await asyncio.wait([running])
