"""Cards follow their rows and results are told once, whatever Slack does meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.errors import CloudForbidden, CloudLoginRefused, Meaning, SlackRefused, SlackUnavailable, StaleRequest
from bot.core.events import Hold
from bot.core.grants import Role
from bot.core.ids import ChannelId, Principal, RequestId
from bot.core.message import CARD, OPERATOR, Message, MessageKind
from bot.core.request import SnapshotRequest, State
from bot.core.work import Work
from tests.fakes.slack import refused
from tests.harness.working import ANA, BEA, BEN, CLEO, OPS, OTHER, Bench, actor

THROTTLED = SlackUnavailable("Slack: ratelimited", retry_after=90.0, maybe_done=False)
NO_ANSWER = SlackUnavailable("no answer from Slack: TimeoutError")
NO_CONNECTION = SlackUnavailable("no connection to Slack", maybe_done=False)


async def ended(bench: Bench) -> SnapshotRequest:
    """Return a request whose snapshot is available and whose card was told before; its result is owed."""
    request = await bench.approved()
    await bench.tell()
    await bench.until_final(request)
    return bench.now(request)


async def owe(bench: Bench, kind: MessageKind) -> None:
    """Let a card be owed and nothing else, or a result whose card stands."""
    if kind is MessageKind.CARD:
        await bench.ask()
    else:
        await ended(bench)
        (card,) = [m for m in bench.store.told.values() if m.kind is MessageKind.CARD]
        await bench.outbox.tell(bench.owed(card))


async def test_a_card_is_posted_once_and_then_edited(bench: Bench):
    """The card appears where the requester wanted it and shows each state in place."""
    request = await bench.ask()
    await bench.tell()
    (card,) = bench.messenger.cards
    assert (card.ref.channel, card.key, card.facts.request.state) == (OPS, f"{request.id}:card", State.WAITING)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.tell()
    assert bench.messenger.cards == [card]
    assert card.facts.request.state is State.APPROVED
    assert bench.messages_due() == []


async def test_progress_coalesces(bench: Bench):
    """Whatever happened while nobody told: one update, which shows how it is now."""
    request = await bench.approved()
    await bench.turn()
    await bench.tell()
    (card,) = bench.messenger.cards
    drawn = len(card.shown)
    for percent in (10, 20, 30):
        bench.cloud.advance(bench.snapshot().id, percent)
        await bench.later(bench.pace.poll)
    await bench.tell()
    assert len(card.shown) == drawn + 1
    assert card.facts.request.percent == 30
    assert card.facts.request.version == bench.now(request).version


async def test_a_change_while_the_card_is_being_drawn_is_drawn_next(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A row that moves on during the update leaves its card owed."""
    request = await bench.ask()
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    update = bench.messenger.update

    async def slow(facts, ref, **how):
        monkeypatch.setattr(bench.messenger, "update", update)
        await update(facts, ref, **how)
        await bench.service.approvals.withdraw(actor(ANA), request.id)

    monkeypatch.setattr(bench.messenger, "update", slow)
    await bench.tell()
    assert bench.messenger.cards[0].facts.request.state is State.WITHDRAWN


async def test_the_result_is_a_reply_told_once(bench: Bench):
    """The end is a reply in the card's thread; later looks owe no second one."""
    request = await ended(bench)
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.thread == bench.messenger.cards[0].ref
    assert result.facts.request.state is State.AVAILABLE
    bench.clock.advance(3600)
    await bench.turn()
    await bench.tell()
    assert bench.messenger.of(MessageKind.RESULT) == [result]
    assert request.state is State.AVAILABLE


# Posts whose end isn't known


@pytest.mark.parametrize("kind", [MessageKind.CARD, MessageKind.RESULT])
async def test_a_post_whose_answer_is_lost_is_found_again(bench: Bench, kind: MessageKind):
    """It was posted, only we didn't hear: it is found by its key, and no second one is posted."""
    await owe(bench, kind)
    bench.messenger.lost_with = [NO_ANSWER]
    await bench.tell()
    assert len(bench.messenger.of(kind)) == 1
    bench.clock.advance(bench.pace.slack_most)
    await bench.tell()
    assert len(bench.messenger.of(kind)) == 1
    assert bench.messages_due() == []


@pytest.mark.parametrize("kind", [MessageKind.CARD, MessageKind.RESULT])
async def test_a_crash_between_post_and_save_is_found_again(
    bench: Bench, kind: MessageKind, monkeypatch: pytest.MonkeyPatch
):
    """The intent to post is stored first, so that a process that dies after the post leaves a trace to follow."""
    await owe(bench, kind)
    save = bench.store.save_message

    async def die(message: Message, **how) -> None:
        if message.ref is not None:
            raise KeyboardInterrupt
        await save(message, **how)

    monkeypatch.setattr(bench.store, "save_message", die)
    with pytest.raises(KeyboardInterrupt):
        await bench.tell()
    assert len(bench.messenger.of(kind)) == 1
    monkeypatch.setattr(bench.store, "save_message", save)
    bench.start()
    bench.clock.advance(max(bench.pace.lease, bench.pace.settle))
    await bench.tell()
    assert len(bench.messenger.of(kind)) == 1
    assert bench.messages_due() == []


async def test_a_card_that_was_found_again_is_drawn_anew(bench: Bench):
    """What the found card shows isn't known: it may be older than the row."""
    request = await bench.ask()
    bench.messenger.lost_with = [NO_ANSWER]
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    bench.clock.advance(bench.pace.slack_most)
    await bench.tell()
    (card,) = bench.messenger.cards
    assert card.facts.request.state is State.APPROVED


@pytest.mark.parametrize("fault", [THROTTLED, NO_CONNECTION, NO_ANSWER, refused("internal_surprise")], ids=str)
async def test_a_look_that_fails_does_not_lead_to_a_second_post(bench: Bench, fault: Exception):
    """As long as Slack can't say whether the message is there, nothing is posted; then it is found."""
    await bench.ask()
    bench.messenger.lost_with = [NO_ANSWER]
    await bench.tell()
    for _ in range(3):
        bench.messenger.failing = [fault]
        bench.clock.advance(2 * bench.pace.slack_most)
        await bench.tell()
    assert len(bench.messenger.posts) == 1
    bench.clock.advance(2 * bench.pace.slack_most)
    await bench.tell()
    assert len(bench.messenger.posts) == 1
    assert bench.messages_due() == []


async def test_a_post_that_may_still_land_is_given_time(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Right after a restart the message may not be there yet: nothing is posted before it had time to appear."""
    await bench.ask()
    post = bench.messenger.post

    async def die(*args, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr(bench.messenger, "post", die)
    with pytest.raises(KeyboardInterrupt):
        await bench.tell()
    monkeypatch.setattr(bench.messenger, "post", post)
    (card,) = bench.store.told.values()
    bench.clock.advance(bench.pace.settle / 2)
    await bench.outbox.tell(bench.owed(card))
    assert bench.messenger.posts == []
    assert bench.messages_due() == [bench.pace.settle / 2]
    bench.clock.advance(bench.pace.settle / 2)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


async def test_nobody_else_takes_a_message_while_it_is_being_posted(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """However long Slack takes for it, up to the lease: it has been saved that it was begun, and it stays leased."""
    await bench.ask()
    post = bench.messenger.post

    async def slowly(*args, **how):
        bench.clock.advance(bench.pace.lease - 1)
        assert await bench.store.claim_messages(owner="another", lease=timedelta(0), limit=10) == []
        return await post(*args, **how)

    monkeypatch.setattr(bench.messenger, "post", slowly)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


async def test_a_post_that_surely_did_not_happen_is_posted_without_looking(bench: Bench):
    """Where Slack wasn't reached there is nothing to find."""
    await bench.ask()
    bench.messenger.failing = [NO_CONNECTION]
    await bench.tell()
    bench.messenger.may_look = False
    bench.clock.advance(bench.pace.slack_most)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


# Slack says later, or no


async def test_a_rate_limit_is_honoured(bench: Bench):
    """Slack says how long to wait, and so long nothing is said."""
    await bench.ask()
    bench.messenger.failing = [THROTTLED]
    await bench.tell()
    (due,) = bench.messages_due()
    assert 90 <= due <= 108
    bench.clock.advance(89)
    await bench.tell()
    assert bench.messenger.cards == []
    bench.clock.advance(20)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


async def test_waits_grow_while_slack_is_away_and_end_with_it(bench: Bench):
    """Each failure doubles the wait, up to five minutes; news of the row doesn't shorten it."""
    request = await bench.ask()
    waits = []
    for _ in range(12):
        bench.messenger.failing = [NO_CONNECTION]
        bench.clock.advance(max(0.0, *bench.messages_due()))
        await bench.tell()
        waits += bench.messages_due()
    assert waits[0] < 3
    assert waits[-1] >= bench.pace.slack_most
    assert max(waits) <= bench.pace.slack_most * 1.2
    await bench.service.approvals.approve(actor(BEN), request.id)
    assert bench.messages_due() == waits[-1:]
    bench.clock.advance(waits[-1])
    await bench.tell()
    assert bench.messenger.cards[0].facts.request.state is State.APPROVED


async def test_a_slack_outage_delays_but_drops_nothing(bench: Bench):
    """The snapshot is made meanwhile; once Slack is back, card and result are told."""
    request = await bench.approved()
    for _ in range(4):
        bench.messenger.failing = [NO_CONNECTION] * 5
        await bench.tell()
        await bench.later()
    await bench.until_final(request)
    bench.messenger.failing = []
    bench.clock.advance(2 * bench.pace.slack_most)
    await bench.tell()
    assert [p.kind for p in bench.messenger.posts] == [MessageKind.CARD, MessageKind.RESULT]
    assert bench.messenger.cards[0].facts.request.state is State.AVAILABLE


async def test_a_card_whose_channel_is_closed_goes_to_the_bots_own(bench: Bench):
    """The bot was put out of the channel after the request was kept: the card appears in the default channel."""
    await bench.ask()
    bench.messenger.closed = {OPS}
    await bench.tell()
    assert [p.ref.channel for p in bench.messenger.cards] == [OTHER]


async def test_a_result_whose_channel_was_closed_meanwhile_is_told_in_the_bots_own(bench: Bench):
    """The card's channel was archived: the result is told elsewhere, since somebody waits for it."""
    await ended(bench)
    bench.messenger.closed = {OPS}
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert (result.ref.channel, result.thread) == (OTHER, None)
    assert bench.messages_due() == []


async def test_results_of_a_redirected_card_are_in_its_thread(bench: Bench):
    """A card that stands in the default channel has its thread there."""
    bench.messenger.closed = {OPS}
    request = await bench.approved()
    await bench.tell()
    await bench.until_final(request)
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.thread == bench.messenger.cards[0].ref


async def test_where_no_channel_is_open_it_is_tried_again(bench: Bench):
    """With nowhere to post the card stays owed, at a slow pace, and appears once a channel opens."""
    await bench.ask()
    bench.messenger.closed = {OPS, OTHER}
    await bench.tell()
    assert bench.messenger.posts == []
    assert len(bench.messages_due()) == 1
    bench.messenger.closed = set()
    bench.clock.advance(bench.pace.slack_most)
    await bench.tell()
    assert len(bench.messenger.cards) == 1


# Deleted things


def spoil_card(bench: Bench, how: str) -> None:
    """Let the card be such that nobody can edit it: deleted, or in a channel that is archived."""
    if how == "deleted":
        bench.messenger.delete(bench.messenger.cards[0].ref)
    else:
        bench.messenger.failing = [refused("is_archived")]


@pytest.mark.parametrize(("how", "channels"), [("deleted", [OPS]), ("archived", [OPS, OTHER])])
async def test_a_spoilt_card_is_posted_again_while_the_request_is_open(
    bench: Bench, how: str, channels: list[ChannelId]
):
    """People still must decide, so it comes back at the next change, where it can be seen."""
    request = await bench.ask()
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    spoil_card(bench, how)
    await bench.tell()
    assert [p.ref.channel for p in bench.messenger.cards] == channels
    assert bench.messenger.cards[-1].facts.request.state is State.APPROVED


@pytest.mark.parametrize(("how", "left"), [("deleted", 0), ("archived", 1)])
async def test_a_spoilt_card_of_an_ended_request_stays_as_it_is(bench: Bench, how: str, left: int):
    """Who cleans up after the end is left alone, and nothing is tried for ever."""
    request = await bench.ask()
    await bench.tell()
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    spoil_card(bench, how)
    await bench.tell()
    assert len(bench.messenger.cards) == left
    assert bench.messages_due() == []


async def test_where_the_thread_is_gone_the_result_goes_to_the_channel(bench: Bench):
    """The card was deleted: the result is told in the channel itself."""
    await ended(bench)
    bench.messenger.delete(bench.messenger.cards[0].ref)
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert (result.thread, result.ref.channel) == (None, OPS)


# Calls for an operator


async def test_an_operator_is_not_called_for_what_was_mended_meanwhile(bench: Bench):
    """Slack was away while the cloud refused the bot; by now it is fixed, and nobody is called."""
    request = await bench.approved()
    await bench.tell()
    bench.cloud.failing_create = [CloudLoginRefused("401")]
    await bench.turn()
    assert (request.id, OPERATOR) in bench.store.told
    await bench.until_final(request)
    await bench.tell()
    assert bench.messenger.of(MessageKind.OPERATOR) == []
    assert bench.messages_due() == []


async def test_an_operator_is_called_when_it_breaks_again_after_a_call_that_was_spared(bench: Bench):
    """What was fixed before anybody was called may break again: then they are called."""
    request = await bench.approved()
    await bench.tell()
    bench.cloud.failing_create = [CloudLoginRefused("401")]
    await bench.turn()
    await bench.later()
    assert bench.now(request).state is State.CREATING
    await bench.tell()
    assert bench.messenger.of(MessageKind.OPERATOR) == []
    bench.cloud.failing = [CloudForbidden("403")] * 1000
    for _ in range(10):
        await bench.later()
        await bench.tell()
    assert bench.now(request).hold is Hold.PERMISSION
    assert len(bench.messenger.of(MessageKind.OPERATOR)) == 1


async def test_a_message_of_no_request_is_an_error(bench: Bench):
    """A message without its request means a broken database: it is reported, not ignored."""
    with pytest.raises(LookupError):
        await bench.outbox.tell(Work(Message(RequestId("R-NONE"), CARD, OPS), 1))


async def test_a_card_knows_who_may_approve_now(bench: Bench):
    """Approvers are looked up when the card is drawn, the requester never among them."""
    request = await bench.ask(by=ANA)
    bench.store.given = [
        replace(g, holder=Principal(ANA)) if g.holder == Principal(BEN) else g for g in bench.store.given
    ]
    await bench.tell()
    assert bench.messenger.cards[0].facts.approvers == ("U00000BEA",)
    assert request.requester == ANA


async def test_who_lost_the_lease_posts_nothing(bench: Bench):
    """Another took the message while its holder was away; only the other one posts, and what it saved stays."""
    await bench.ask()
    (late,) = await bench.store.claim_messages(owner="a", lease=timedelta(seconds=1), limit=1)
    bench.clock.advance(1)
    await bench.tell()
    posted = dict(bench.store.told)
    with pytest.raises(StaleRequest):
        await bench.outbox.tell(late)
    assert len(bench.messenger.of(MessageKind.CARD)) == 1
    assert bench.store.told == posted


async def outlived(bench: Bench, monkeypatch: pytest.MonkeyPatch, call: str, meanwhile: Callable[[], Any]) -> None:
    """Tell what is owed by a process of which Slack holds the *call* for longer than its lease; *meanwhile* is done."""
    real = getattr(bench.messenger, call)
    held: list[bool] = []

    async def slow(*args: Any, **how: Any) -> Any:
        done = await real(*args, **how)
        if not held:
            held.append(True)
            bench.clock.advance(bench.pace.lease + 1)
            found = meanwhile()
            if found is not None:
                await found
        return done

    monkeypatch.setattr(bench.messenger, call, slow)
    (late,) = await bench.store.claim_messages(owner="late", lease=timedelta(seconds=bench.pace.lease), limit=1)
    with pytest.raises(StaleRequest):
        await bench.outbox.tell(late)
    monkeypatch.undo()


async def test_what_was_drawn_late_is_drawn_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Another process drew the card meanwhile; what shows by now may be older, so it is drawn once more."""
    request = await bench.ask()
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    (card,) = bench.messenger.cards
    await outlived(bench, monkeypatch, "update", bench.tell)
    before = len(card.shown)
    await bench.tell()
    assert len(card.shown) == before + 1
    assert card.facts.request.state is State.APPROVED
    assert bench.messages_due() == []


async def test_what_was_posted_late_and_is_there_already_stays_one(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Who has it now found the post again: it isn't removed."""
    await bench.ask()
    await outlived(bench, monkeypatch, "post", bench.tell)
    assert len(bench.messenger.cards) == 1
    await bench.tell()
    assert len(bench.messenger.cards) == 1


async def test_while_slack_does_not_say_who_is_in_the_channel_no_result_is_told(bench: Bench):
    """Those who aren't there would hear nothing; it is told once, a little later."""
    await ended(bench)
    bench.channels.gone = True
    await bench.tell()
    assert bench.messenger.of(MessageKind.RESULT) == []
    bench.channels.gone = False
    assert bench.messages_due() != []
    bench.clock.advance(max(bench.messages_due()))
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.RESULT)) == 1


async def test_a_card_that_slack_lets_nobody_edit_is_left_as_it_is(bench: Bench):
    """For good: no other is posted, and the end is told in its thread."""
    request = await bench.ask()
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    bench.messenger.refuse_updates = refused("edit_window_closed")
    await bench.tell()
    (card,) = bench.messenger.cards
    assert bench.store.told[request.id, CARD].frozen
    assert (card.facts.request.state, bench.messages_due()) == (State.WAITING, [])
    bench.messenger.refuse_updates = None
    await bench.until_final(request)
    await bench.tell()
    assert (len(card.shown), bench.messenger.cards) == (1, [card])
    assert [result.thread for result in bench.messenger.of(MessageKind.RESULT)] == [card.ref]


async def test_who_deletes_each_card_is_not_met_by_card_after_card(bench: Bench):
    """It comes back once."""
    request = await bench.ask(need=2)
    await bench.tell()
    bench.grant(CLEO, Role.APPROVE, bench.prod)
    for user in (BEN, BEA):
        await bench.service.approvals.approve(actor(user), request.id)
        bench.messenger.delete(bench.messenger.cards[0].ref)
        await bench.tell()
    assert bench.messenger.cards == []
    assert bench.store.told[request.id, CARD].frozen
    assert bench.messages_due() == []


async def test_what_slack_refuses_without_a_reason_that_is_known_is_given_up(bench: Bench):
    """After so many tries, with growing waits; nothing is left due."""
    request = await bench.ask()
    bench.messenger.failing = [refused("no_such_error")] * bench.pace.slack_tries
    waits: list[float] = []
    for _ in range(bench.pace.slack_tries):
        await bench.tell()
        waits += bench.messages_due()
        bench.clock.advance(max(bench.messages_due(), default=0.0))
    assert len(waits) == bench.pace.slack_tries - 1
    assert waits[-1] > waits[0]
    assert bench.messenger.posts == []
    assert bench.store.told[request.id, CARD].ref is None


async def test_a_channel_that_is_shared_waits_for_an_operator(bench: Bench, caplog: pytest.LogCaptureFixture):
    """Where no other channel is open to it; the log says what to do, and it is never given up."""
    bench.outbox._channel = None
    await bench.ask()
    shared = SlackRefused("shared with another organization", code="shared", meaning=Meaning.SHARED)
    bench.messenger.failing = [shared] * (bench.pace.slack_tries + 3)
    for _ in range(bench.pace.slack_tries + 3):
        await bench.tell()
        (due,) = bench.messages_due()
        assert due >= bench.pace.operator
        bench.clock.advance(due)
    assert "SNAPSHOT_BOT_CHANNEL" in caplog.text
    await bench.tell()
    assert [card.ref.channel for card in bench.messenger.cards] == [OPS]
