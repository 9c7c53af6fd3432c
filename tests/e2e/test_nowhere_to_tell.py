"""Where no channel takes a message any more, the requester still hears how it ended."""

from __future__ import annotations

import pytest

from bot.core.errors import SlackUnavailable
from bot.core.ids import ChannelId
from bot.core.message import CARD, MessageKind
from bot.core.request import State
from tests.harness.running import a_world
from tests.harness.working import ANA, BEN, OTHER, Bench, actor

PRIVATELY = ChannelId(ANA)  # a user's id for a channel is a direct message


async def test_a_result_that_no_channel_takes_is_a_direct_message(bench: Bench):
    """The card's channel and the bot's own are closed: the requester is told directly, once."""
    request = await bench.approved()
    await bench.tell()
    bench.messenger.closed = {request.channel, OTHER}
    await bench.until_final(request)
    await bench.tell()
    (result,) = bench.messenger.of(MessageKind.RESULT)
    assert result.ref.channel == PRIVATELY
    assert result.thread is None
    assert result.facts.request.state is State.AVAILABLE
    assert bench.messages_due() == []


async def test_a_request_that_nobody_saw_is_told_once_it_is_over(bench: Bench):
    """Its card found no place from the start: with the end it goes to the requester, and the result beneath it."""
    bench.messenger.closed = {ChannelId("C00DWHOPS"), OTHER}
    request = await bench.ask()
    await bench.tell()
    assert bench.messenger.posts == []
    await bench.service.approvals.decline(actor(BEN), request.id, "not tonight")
    await bench.later(600)
    await bench.tell()
    assert [(p.kind, p.ref.channel) for p in bench.messenger.posts] == [
        (MessageKind.CARD, PRIVATELY),
        (MessageKind.RESULT, PRIVATELY),
    ]
    assert bench.messages_due() == []


async def test_being_throttled_does_not_make_later_waits_long(bench: Bench):
    """After many 429s the first real failure is tried again soon, as any first one is."""
    request = await bench.ask()
    for _ in range(12):
        bench.messenger.failing = [SlackUnavailable("Slack: ratelimited", retry_after=1.0, maybe_done=False)]
        await bench.tell()
        bench.clock.advance(2)
    bench.messenger.failing = [SlackUnavailable("Slack: 500", maybe_done=False)]
    await bench.tell()
    message = await bench.store.message(request.id, CARD)
    assert message is not None
    assert message.attempts == 1
    assert bench.messages_due() == [pytest.approx(2.2, abs=0.3)]


async def test_in_slack_the_result_comes_as_a_direct_message(tmp_path, database_in):
    """The whole bot: the only channel is archived while a request waits; its end reaches the requester all the same."""
    async with a_world(tmp_path, environ={"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}) as world:
        ana, ben = world.user("ana"), world.user("ben")
        await world.ask("ana", "before-42")
        home = await ben.home()
        await home.wait_for("before-42")
        world.slack.admin.archive("dwh-ops")
        await ben.click(home, "Approve")
        told = await ana.dm().wait_for("is available", seconds=60)
        assert "your snapshot *before-42* of dwh-prod is available" in told.text
