"""After a restore: an open request is looked for first; nothing is decided, made or said before."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.access import NotAllowed
from bot.core.errors import CloudLoginRefused, CloudUnavailable, SlackRefused, SlackUnavailable
from bot.core.events import OPERATORS_MOVE
from bot.core.ids import ChannelId, CloudName, ClusterRef, UserId
from bot.core.message import RESULT, MessageKind
from bot.core.request import SnapshotRequest, State, StillSought
from bot.core.restored import Recovery, Restored
from bot.service.approvals import Approvals
from bot.slack.drawing.cards import card
from bot.slack.drawing.lists import line
from bot.slack.drawing.reviewing import review
from bot.worker.restore_notice import RestoreNotice
from tests.fakes.slack import refused
from tests.harness.working import ANA, BEN, CLEO, Bench, actor, creating, settled, submitting

TEXT = "before the migration"
Making = Callable[[Bench], Awaitable[SnapshotRequest]]


async def waiting(bench: Bench) -> SnapshotRequest:
    """Return a request that waits."""
    return await bench.ask()


async def approved(bench: Bench) -> SnapshotRequest:
    """Return a request that ben approved."""
    return await bench.approved()


async def sent(bench: Bench) -> SnapshotRequest:
    """Return a request whose answer is lost."""
    return await submitting(bench, acted=False)


async def put_back(bench: Bench, request: SnapshotRequest) -> None:
    """Mark the data as of now, then let pass the time in which a list may lack what was made."""
    await bench.tell()
    now = bench.now(request)
    sought = replace(now, version=now.version + 1, as_of=bench.clock.now(), recovery=Recovery.SOUGHT)
    await bench.store.save(sought, due_in=timedelta(0))
    bench.store.restored = Restored(as_of=bench.clock.now(), at=bench.clock.now())
    bench.clock.advance(bench.pace.unlisted)


async def put_back_without_card(bench: Bench, request: SnapshotRequest) -> None:
    """Do the same with data that don't know whether its card was posted, where the bot may not look."""
    now = bench.now(request)
    sought = replace(now, version=now.version + 1, as_of=bench.clock.now(), recovery=Recovery.SOUGHT)
    await bench.store.save(sought, due_in=timedelta(0))
    bench.store.restored = Restored(as_of=bench.clock.now(), at=bench.clock.now())
    bench.clock.advance(bench.pace.unlisted)
    bench.messenger.may_look = False


@pytest.mark.parametrize("make", [waiting, approved, sent], ids=["waiting", "approved", "submitting"])
@pytest.mark.parametrize("ended", [False, True], ids=["running", "ended"])
async def test_what_really_ran_is_found(bench: Bench, make: Making, ended: bool):
    """By cluster, name, description and time: nothing is posted, and the card goes straight to the truth."""
    request = await make(bench)
    await put_back(bench, request)
    posts = bench.posts
    theirs = bench.cloud.add_snapshot(bench.prod.ref.id, request.name, description=TEXT)
    if ended:
        bench.cloud.finish(theirs.id)
    shown = len(bench.messenger.cards[0].shown)
    for _ in range(3):
        await bench.tell()
        await bench.later()
    bench.clock.advance(30)
    await bench.tell()
    found = bench.now(request)
    assert (found.snapshot_id, bench.posts) == (theirs.id, posts)
    states = {facts.request.state for facts in bench.messenger.cards[0].shown[shown:]}
    assert states == ({State.AVAILABLE} if ended else {State.CREATING})
    assert found.recovery is (Recovery.FOLLOWED if ended else Recovery.FOUND)


@pytest.mark.parametrize(
    "facts",
    [
        {"name": "NIGHTLY-1"},
        {"description": "somebody else's"},
        {"older": True},
        {"elsewhere": True},
    ],
    ids=["another case", "another description", "older than the request", "another cluster"],
)
@pytest.mark.parametrize("make", [waiting, approved], ids=["waiting", "approved"])
async def test_what_does_not_fit_is_a_strangers(bench: Bench, make: Making, facts: dict[str, Any]):
    """A request that waits goes on waiting; one that is approved ends with the name taken, and nothing is posted."""
    request = await make(bench)
    await put_back(bench, request)
    facts = dict(facts)
    cluster = bench.dev if facts.pop("elsewhere", False) else bench.prod
    if facts.pop("older", False):
        facts["started"] = request.created_at - timedelta(hours=1)
    bench.cloud.add_snapshot(cluster.ref.id, **{"name": request.name, "description": TEXT} | facts)
    await bench.later()
    if make is approved:
        await bench.later()
        assert bench.now(request).state is State.FAILED
    else:
        assert (bench.now(request).state, bench.now(request).recovery) == (State.WAITING, Recovery.NOT_FOUND)
        await bench.service.approvals.approve(actor(BEN), request.id)
        await bench.later()
        assert bench.now(request).state is State.FAILED
    assert bench.posts == 0


@pytest.mark.parametrize("make", [waiting, approved, sent], ids=["waiting", "approved", "submitting"])
async def test_a_list_is_not_believed_too_soon_after_the_restore(bench: Bench, make: Making):
    """The cloud may list late what the bot's last call before made: it is looked for again and again meanwhile."""
    request = await make(bench)
    await put_back(bench, request)
    posts = bench.posts
    bench.store.restored = Restored(as_of=bench.clock.now(), at=bench.clock.now())
    end = bench.clock.now() + timedelta(seconds=bench.pace.unlisted)
    looks = 0
    while bench.clock.now() + timedelta(seconds=bench.pace.poll) < end:
        await bench.later()
        looks += 1
        assert (bench.now(request).is_sought, bench.posts) == (True, posts)
    assert looks > 10
    late = bench.cloud.add_snapshot(bench.prod.ref.id, request.name, description=TEXT)
    await bench.later()
    assert (bench.now(request).snapshot_id, bench.posts) == (late.id, posts)


async def test_a_list_is_believed_once_it_must_show_what_was_made(bench: Bench):
    """Then an approved request is made, once."""
    request = await bench.approved()
    await put_back(bench, request)
    bench.store.restored = Restored(as_of=bench.clock.now(), at=bench.clock.now())
    await bench.later(bench.pace.unlisted)
    assert (bench.now(request).recovery, bench.posts) == (Recovery.NOT_FOUND, 0)
    await bench.turn()
    assert (bench.now(request).state, bench.posts) == (State.CREATING, 1)


async def test_what_is_sought_is_shown_so(bench: Bench):
    """Neither as waiting nor as sent, with nothing to press, wherever it is drawn."""
    asked = await bench.ask()
    for state in (State.WAITING, State.CREATING):
        request = bench.now(asked)
        sought = replace(request, state=state, recovery=Recovery.SOUGHT)
        say = card(await bench.service.reviews.facts(sought))
        assert "*Looked up in the cloud*: the bot's data was restored" in say.text
        assert "Waiting" not in str(say.blocks)
        assert "actions" not in [block["type"] for block in say.blocks]


async def test_that_later_decisions_are_unknown_is_said_wherever_one_decides(bench: Bench):
    """On the card, in the modal of who reviews it, in Home and in lists: somebody may have declined it since."""
    request = await bench.ask()
    await put_back(bench, request)
    await bench.later()
    seen = await bench.service.reviews.review(actor(BEN), request.id)
    said = "what was decided on this request after the backup isn't known. If it was declined, decline it again"
    assert said in str(card(seen.facts).blocks)
    assert said in str(review(seen, by=BEN, now=bench.clock.now(), company="Acme"))
    assert "restored from a backup: later decisions aren't known" in line(seen.facts)
    await bench.service.approvals.approve(actor(BEN), request.id)
    seen = await bench.service.reviews.review(actor(BEN), request.id)
    assert "backup" not in str(card(seen.facts).blocks) + line(seen.facts)


async def test_what_is_not_there_goes_on(bench: Bench):
    """An approved request is made once; a waiting one waits until its time is over."""
    request, other = await bench.approved(), await bench.ask("other", cluster=bench.dev)
    await put_back(bench, request)
    await put_back(bench, other)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1
    assert bench.now(other).state is State.WAITING
    bench.clock.advance(8 * 3600)
    await bench.later()
    assert bench.now(other).state is State.EXPIRED


@pytest.mark.parametrize("what", ["approve", "decline", "withdraw"])
async def test_nobody_decides_before_the_look(bench: Bench, what: str):
    """It may be over in truth: who clicks hears that, and rights still come first."""
    request = await bench.ask()
    await put_back(bench, request)
    bench.cloud.failing = [CloudUnavailable("503")] * 3
    await bench.later()
    approvals: Approvals = bench.service.approvals

    def act(who: UserId) -> Awaitable[SnapshotRequest]:
        match what:
            case "approve":
                return approvals.approve(actor(who), request.id)
            case "decline":
                return approvals.decline(actor(who), request.id, "no")
            case _:
                return approvals.withdraw(actor(who), request.id)

    with pytest.raises(StillSought):
        await act(ANA if what == "withdraw" else BEN)
    with pytest.raises(NotAllowed):
        await act(BEN if what == "withdraw" else ANA)


@pytest.mark.parametrize("make", [waiting, approved, sent, creating], ids=["waiting", "approved", "sent", "creating"])
async def test_a_silent_cloud_is_asked_again_and_nothing_is_said(bench: Bench, make: Making):
    """Neither time that is over nor days of failure end a request of which nobody knows how it stands."""
    request = await make(bench)
    await put_back(bench, request)
    posts, shown = bench.posts, len(bench.messenger.cards[0].shown)
    bench.cloud.failing = [CloudUnavailable("503")] * 40
    for _ in range(5):
        await bench.later(3 * 3600 if make is not creating else 60)
        for work in await bench.store.claim_messages(owner="t", lease=timedelta(seconds=9), limit=10):
            await bench.outbox.tell(work)
    assert bench.now(request).state is request.state or bench.now(request).is_sought
    assert bench.now(request).is_sought
    assert (bench.posts, len(bench.messenger.cards[0].shown)) == (posts, shown)


async def test_a_cloud_that_is_not_set_any_more_is_waited_for(bench: Bench):
    """It may have made the snapshot: the operator sets it again."""
    request = await bench.ask()
    gone = ClusterRef(CloudName("gone"), request.cluster.id)
    bench.store.requests[request.id] = replace(request, cluster=gone)
    await put_back(bench, request)
    await bench.later()
    assert bench.now(request).is_sought


async def test_a_snapshot_that_was_deleted_meanwhile_is_told_so(bench: Bench):
    """Its id is known, and the cloud knows of none."""
    request = await creating(bench)
    await put_back(bench, request)
    bench.cloud.known_snapshots.clear()
    for _ in range(4):
        await bench.later()
    ended = bench.now(request)
    assert ended.state is State.FAILED
    assert ended.why is not None
    assert ended.why.code == "snapshot-gone"


# -- messages that may have been sent ---------------------------------------------------------------------------------


async def ended_in_both_lives(bench: Bench) -> SnapshotRequest:
    """Return a request that was put back while it waited, whose result of before stands in the channel."""
    request = await bench.ask()
    await put_back(bench, request)
    card = bench.messenger.cards[0].ref
    facts = await bench.service.reviews.facts(bench.now(request))
    key = f"{request.id}:result"
    await bench.messenger.post(RESULT, facts, channel=card.channel, key=key, thread=card)
    made = bench.cloud.add_snapshot(bench.prod.ref.id, request.name, description=TEXT)
    bench.cloud.finish(made.id)
    await bench.until_final(request)
    return request


async def test_a_result_that_stands_is_brought_up_to_date(bench: Bench):
    """There is one, and it tells of the end that is so."""
    request = await ended_in_both_lives(bench)
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.facts.request.state is State.AVAILABLE
    said = bench.store.told[request.id, RESULT]
    assert said.ref == result.ref


async def test_what_may_not_be_looked_for_is_not_sent(bench: Bench):
    """Neither now nor later, though the card is drawn again."""
    request = await ended_in_both_lives(bench)
    bench.messenger.may_look = False
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.RESULT)) == 1
    assert bench.store.told[request.id, RESULT].ref is None
    assert bench.messenger.cards[0].facts.request.state is State.AVAILABLE
    assert bench.messages_due() == []


@pytest.mark.parametrize("make", [waiting, approved, creating], ids=["waiting", "approved", "creating"])
async def test_an_end_that_is_new_is_told_though_the_bot_may_not_look(bench: Bench, make: Making):
    """What had no end after the restore can't have been told before it."""
    request = await make(bench)
    await put_back(bench, request)
    bench.messenger.may_look = False
    await bench.later()
    if make is waiting:
        await bench.service.approvals.approve(actor(BEN), request.id)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    bench.clock.advance(60)
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.RESULT)) == 1


async def test_a_decision_that_is_new_is_told_though_the_bot_may_not_look(bench: Bench):
    """Nobody decides on it before the look: what somebody says after it wasn't told before."""
    request = await bench.ask()
    await put_back(bench, request)
    bench.messenger.may_look = False
    await bench.later()
    bench.clock.advance(1)
    await bench.service.approvals.decline(actor(BEN), request.id, "not today")
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.facts.request.state is State.DECLINED


@pytest.mark.parametrize(("hours", "told"), [(1, 1), (9, 0)], ids=["after the restore", "before it"])
async def test_a_time_that_was_over_before_the_restore_may_have_been_told(bench: Bench, hours: int, told: int):
    """Then it isn't told again; one that ended since is."""
    request = await bench.ask()
    bench.clock.advance(hours * 3600)
    await put_back(bench, request)
    bench.messenger.may_look = False
    assert (await bench.until_final(request)).state is State.EXPIRED
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.RESULT)) == told


async def test_a_call_to_operators_that_is_new_is_told_though_the_bot_may_not_look(bench: Bench):
    """The trouble began after the restore; of one that is older they may have heard."""
    request = await bench.approved()
    await put_back(bench, request)
    bench.messenger.may_look = False
    await bench.later()
    bench.clock.advance(1)
    bench.cloud.failing = [CloudLoginRefused("401")]
    await bench.later()
    assert bench.now(request).hold in OPERATORS_MOVE
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.OPERATOR)) == 1


async def test_a_card_that_may_be_in_the_channel_goes_to_the_requester_alone(bench: Bench):
    """One who knows what became of it hears that it waits; the channel gets no second card, nobody is called twice."""
    request = await bench.ask()
    await put_back_without_card(bench, request)
    await bench.later()
    await bench.tell()
    (card,) = bench.messenger.cards
    assert (card.ref.channel, card.facts.request.state) == (ChannelId(ANA), State.WAITING)
    await bench.service.approvals.approve(actor(BEN), request.id)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert (result.thread, bench.messenger.cards[0].facts.request.state) == (card.ref, State.AVAILABLE)
    assert await bench.store.not_sent() == 0


async def test_an_end_that_may_have_been_told_is_not_sent_to_anybody(bench: Bench):
    """Found as ended long ago: the channel heard it, or its card says it; that nothing was sent is counted."""
    request = await bench.ask()
    await put_back_without_card(bench, request)
    made = bench.cloud.add_snapshot(bench.prod.ref.id, request.name, description=TEXT)
    bench.cloud.finish(made.id)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    await bench.tell()
    assert bench.messenger.posts == []
    assert await bench.store.not_sent() == 1
    assert "unsent" not in await bench.store.oldest()


async def test_what_was_not_sent_is_sent(bench: Bench):
    """Looked for in vain, where the bot may look."""
    request = await bench.ask()
    bench.store.requests[request.id] = replace(request, as_of=bench.clock.now())
    bench.clock.advance(60)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


# -- the admins -------------------------------------------------------------------------------------------------------


def notice(bench: Bench) -> RestoreNotice:
    """Return what tells the admins."""
    return RestoreNotice(
        store=bench.store, messenger=bench.messenger, authority=bench.service.authority, pace=bench.pace
    )


async def test_the_admins_are_told_as_of_when_the_data_are(bench: Bench):
    """Each once, also when Slack fails in between, and nobody where nothing was restored."""
    await notice(bench).tell()
    assert bench.messenger.told == []
    as_of = bench.clock.now() - timedelta(days=1)
    bench.store.restored = Restored(as_of=as_of, at=bench.clock.now())
    bench.messenger.failing = [SlackUnavailable("503", maybe_done=False)]
    for _ in range(2):
        telling = asyncio.create_task(notice(bench).tell())
        await settled()
        bench.clock.advance(60)
        await telling
    ((who, said),) = bench.messenger.told
    assert (who, said.code, said.facts) == (CLEO, "restored", {"when": as_of})


async def test_an_admin_whom_slack_refuses_holds_up_nobody(bench: Bench):
    """It is logged; the others hear it."""
    refusal: SlackRefused = refused("cannot_dm_bot")
    bench.store.restored = Restored(as_of=bench.clock.now(), at=bench.clock.now())
    bench.messenger.failing = [refusal]
    await notice(bench).tell()
    assert bench.messenger.told == []
