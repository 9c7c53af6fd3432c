"""Who may decide hears of it: once, in one place, reminded in time, and never after it is decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.approval import ApprovalRule, Stage, Tier
from bot.core.errors import SlackUnavailable
from bot.core.grants import Role, Terms
from bot.core.ids import Principal
from bot.core.message import MessageKind
from bot.core.request import SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service import Ask
from tests.fakes.slack import Posted, refused
from tests.harness.working import ANA, BEA, BEN, CLEO, OPS, Bench, actor

COPY, TURN, REMINDER = MessageKind.COPY, MessageKind.TURN, MessageKind.REMINDER
QUARTER = 15 * 60.0
BY_BEN_THEN_BEA = ApprovalRule(stages=(Stage(1, (Principal(BEN),)), Stage(1, (Principal(BEA),))))


async def ask(bench: Bench, rule: ApprovalRule | None = None) -> SnapshotRequest:
    """Let ana ask, and do what is due then."""
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(rule or ApprovalRule())
    wanted = Ask(cluster=bench.prod.ref, name="nightly-1", description="", channel=OPS)
    request = await bench.service.intake.ask(actor(ANA), wanted, origin="view:1")
    await settle(bench)
    return bench.now(request)


async def settle(bench: Bench) -> None:
    """Do and tell all that is due at this moment."""
    for _ in range(10):
        if not await bench.turn():
            break
    await bench.tell()


async def later(bench: Bench, seconds: float) -> None:
    bench.clock.advance(seconds)
    await settle(bench)


def to(posted: Posted) -> str:
    """Return where a message stands: with whom it is a direct message, or in which channel."""
    return str(posted.ref.channel)


async def test_who_is_in_the_channel_hears_by_the_card_alone(bench: Bench):
    """No message beside it, and the card isn't drawn a second time."""
    request = await ask(bench)
    assert [p.kind for p in bench.messenger.posts] == [MessageKind.CARD]
    assert (request.version, request.asked.rounds, request.asked.directly) == (1, ((BEN, BEA),), ())


async def test_who_is_not_in_the_channel_has_the_card_as_a_direct_message(bench: Bench):
    """It follows the request as the card does: both say by whom it was decided."""
    bench.channels.outside = {BEA}
    request = await ask(bench)
    (copy,) = bench.messenger.of(COPY)
    assert to(copy) == BEA
    await bench.service.approvals.approve(actor(BEN), request.id)
    await settle(bench)
    assert copy.facts.request.decided_by == BEN
    assert len(bench.messenger.of(COPY)) == 1


async def test_nobody_is_asked_for_a_request_that_needs_no_approval(bench: Bench):
    """It starts at once."""
    bench.channels.outside = {BEN, BEA}
    await ask(bench, ApprovalRule.of(0))
    assert bench.messenger.of(COPY) == []


async def test_quiet_people_get_neither_mention_nor_direct_message(bench: Bench):
    """They may decide, and see it on Home and on the card."""
    bench.channels.outside = {BEA}
    bench.store.given = [replace(g, terms=Terms(quiet=g.holder == Principal(BEA))) for g in bench.store.given]
    request = await ask(bench)
    await later(bench, QUARTER)
    assert request.asked.rounds == ((BEN,),)
    assert bench.messenger.of(COPY) == []
    (reminder,) = bench.messenger.of(REMINDER)
    assert to(reminder) == OPS


async def test_the_second_stage_hears_when_it_begins(bench: Bench):
    """In the thread who is in the channel; nobody else, and not before."""
    request = await ask(bench, BY_BEN_THEN_BEA)
    assert request.asked.rounds == ((BEN,),)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await settle(bench)
    (turn,) = bench.messenger.of(TURN)
    assert turn.thread == bench.messenger.cards[0].ref
    assert bench.now(request).asked.rounds == ((BEN,), (BEA,))


async def test_the_second_stage_hears_in_a_direct_message_alone(bench: Bench):
    """Who isn't in the channel isn't called in its thread."""
    bench.channels.outside = {BEA}
    request = await ask(bench, BY_BEN_THEN_BEA)
    await bench.service.approvals.approve(actor(BEN), request.id)
    await settle(bench)
    assert bench.messenger.of(TURN) == []
    assert [to(p) for p in bench.messenger.of(COPY)] == [BEA]


async def test_a_tier_hears_when_it_may_decide(bench: Bench):
    """Once; those before it aren't called again."""
    bench.grant(CLEO, Role.APPROVE, bench.prod)
    tier = Tier(timedelta(hours=1), (Principal(CLEO),))
    rule = ApprovalRule(stages=(Stage(1, (Principal(BEN),)),), tiers=(tier,), without_reminders=True)
    request = await ask(bench, rule)
    await later(bench, 3600)
    assert len(bench.messenger.of(TURN)) == 1
    assert bench.now(request).asked.rounds == ((BEN,), (CLEO,))
    await later(bench, 3600)
    assert len(bench.messenger.of(TURN)) == 1


async def test_who_is_given_the_right_while_it_waits_hears_of_it(bench: Bench):
    """As who joins a group."""
    bench.revoke(BEA)
    request = await ask(bench)
    bench.grant(BEA, Role.APPROVE, bench.prod)
    await later(bench, QUARTER)
    assert bench.now(request).asked.rounds == ((BEN,), (BEA,))
    assert len(bench.messenger.of(TURN)) == 1
    assert bench.messenger.of(REMINDER) == []  # they were asked just now


async def test_those_who_have_not_decided_are_reminded_ever_more_rarely(bench: Bench):
    """After 15, 30, 60 minutes, in the thread; who has voted isn't in it."""
    request = await ask(bench, ApprovalRule.of(2))
    await later(bench, QUARTER)
    assert bench.messenger.of(REMINDER)[0].facts.could_still == (BEN, BEA)
    await bench.service.approvals.approve(actor(BEN), request.id)
    for seconds in (QUARTER, 2 * QUARTER):
        await later(bench, seconds)
    reminders = bench.messenger.of(REMINDER)
    assert [p.facts.could_still for p in reminders] == [(BEN, BEA), (BEA,), (BEA,)]
    assert {p.thread for p in reminders} == {bench.messenger.cards[0].ref}
    assert bench.now(request).asked.reminders == 3


async def test_who_has_a_direct_message_is_reminded_under_it(bench: Bench):
    """And not in the channel; one row each."""
    bench.channels.outside = {BEA}
    await ask(bench)
    await later(bench, QUARTER)
    (copy,) = bench.messenger.of(COPY)
    assert [(to(p), p.thread) for p in bench.messenger.of(REMINDER)] == [
        (OPS, bench.messenger.cards[0].ref),
        (to(copy), copy.ref),
    ]


async def test_after_an_outage_there_is_one_reminder(bench: Bench):
    """Not one for each that was missed; the next follows in the series from now."""
    request = await ask(bench)
    await later(bench, 7 * QUARTER)
    assert len(bench.messenger.of(REMINDER)) == 1
    await later(bench, QUARTER - 1)
    assert len(bench.messenger.of(REMINDER)) == 1
    await later(bench, 1)
    assert len(bench.messenger.of(REMINDER)) == 2
    assert bench.now(request).state is State.WAITING


async def test_what_expired_meanwhile_gets_its_end_and_no_reminder(bench: Bench):
    """The bot was down for longer than the request had."""
    await ask(bench)
    await later(bench, 9 * 3600)
    assert bench.messenger.of(REMINDER) == []
    assert len(bench.messenger.of(MessageKind.RESULT)) == 1


async def test_what_is_decided_before_it_is_sent_is_not_sent(bench: Bench):
    """A reminder, a call and a copy that were owed when it was decided."""
    bench.channels.outside = {BEA}
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(ApprovalRule())
    wanted = Ask(cluster=bench.prod.ref, name="nightly-1", description="", channel=OPS)
    request = await bench.service.intake.ask(actor(ANA), wanted, origin="view:1")
    await bench.turn()
    bench.clock.advance(QUARTER)
    for _ in range(2):
        await bench.turn()
    await bench.service.approvals.decline(actor(BEN), request.id, "not tonight")
    await settle(bench)
    assert {p.kind for p in bench.messenger.posts} == {MessageKind.CARD, MessageKind.RESULT}
    assert bench.messages_due() == []


async def test_a_reminder_whose_people_voted_meanwhile_is_not_sent(bench: Bench):
    """State is read again right before the post."""
    request = await ask(bench, ApprovalRule.of(2))
    await bench.service.approvals.approve(actor(BEN), request.id)
    await settle(bench)
    bench.clock.advance(QUARTER)
    await bench.turn()
    bench.revoke(BEA)
    await bench.tell()
    assert bench.messenger.of(REMINDER) == []


@pytest.mark.parametrize("code", ["cannot_dm_bot", "user_not_found", "messages_tab_disabled", "is_inactive"])
async def test_who_cannot_be_told_ends_their_own_message_alone(
    bench: Bench, code: str, monkeypatch: pytest.MonkeyPatch
):
    """The others hear; nobody else gets it in their place, and it isn't tried at each change again."""
    bench.channels.outside = {BEN, BEA}
    tried: list[str] = []
    post = bench.messenger.post

    async def to_ben_never(*args, channel, **kwargs):
        tried.append(channel)
        if channel == BEN:
            raise refused(code)
        return await post(*args, channel=channel, **kwargs)

    monkeypatch.setattr(bench.messenger, "post", to_ben_never)
    await ask(bench, ApprovalRule.of(2))
    assert [to(p) for p in bench.messenger.of(COPY)] == [BEA]
    await bench.service.approvals.approve(actor(BEA), next(iter(bench.store.requests)))
    await settle(bench)
    assert tried.count(BEN) == 1
    assert await bench.store.unreached() == (BEN,)


async def test_while_slack_does_not_say_who_is_in_the_channel_it_is_asked_again(bench: Bench):
    """Nobody is told in a wrong place; approvals go on."""
    bench.channels.outside = {BEA}
    bench.channels.gone = True
    request = await ask(bench)
    assert bench.messenger.of(COPY) == []
    bench.channels.gone = False
    await later(bench, 75)
    assert [to(p) for p in bench.messenger.of(COPY)] == [BEA]
    assert (await bench.service.approvals.approve(actor(BEN), request.id)).state is State.APPROVED


async def test_a_copy_whose_answer_is_lost_is_not_sent_twice(bench: Bench):
    """It is looked for by its key, as the card is."""
    bench.channels.outside = {BEA}
    bench.messenger.lost_with = [SlackUnavailable("no answer")] * 2
    await ask(bench)
    await later(bench, 120)
    assert len(bench.messenger.of(COPY)) == len(bench.messenger.cards) == 1


async def test_a_rule_without_reminders_sends_none(bench: Bench):
    """Nor is it looked at for them."""
    request = await ask(bench, ApprovalRule(without_reminders=True))
    await later(bench, 4 * 3600)
    assert bench.messenger.of(REMINDER) == []
    assert bench.now(request).version == 1


async def test_with_nobody_left_to_remind_there_is_no_reminder(bench: Bench):
    """One voted and the other lost the right: admins hear of it, nobody is called."""
    request = await ask(bench, ApprovalRule.of(2))
    await bench.service.approvals.approve(actor(BEN), request.id)
    bench.revoke(BEA)
    await later(bench, QUARTER)
    await later(bench, 4 * QUARTER)
    assert bench.messenger.of(REMINDER) == []
    assert len(bench.messenger.of(MessageKind.OPERATOR)) == 1
