"""A channel that another company reads, or is invited to, isn't written to, and nothing is lost for it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from bot.core.errors import Meaning, SlackRefused
from bot.core.ids import ChannelId, UserId
from bot.core.message import RESULT
from bot.slack.outbound.channels import SlackChannels
from slack_sandbox.people import OTHER_TEAM
from tests.fakes.slack_bot import ON_PROD, OPS, Bot, bot_in_sandbox
from tests.harness.working import actor


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """A bot whose default channel is dwh-ops."""
    async with bot_in_sandbox(rights=ON_PROD) as running:
        yield running


def share(bot: Bot, *, shared: bool = True) -> None:
    """Share dwh-ops with the other company, or end that; what the bot has heard of it is over a minute old."""
    bot.slack.site.workspace.channel("dwh-ops").shared_with = (OTHER_TEAM,) if shared else ()
    bot.edge.channels._ours.clear()


def posted(bot: Bot) -> int:
    """Return how many messages of the bot's the channel has."""
    return len(bot.slack.site.workspace.channel("dwh-ops").messages)


async def test_a_card_waits_while_its_only_channel_is_shared(bot: Bot):
    """The operator reads what to do; once the sharing has ended the card appears."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
    share(bot)
    before = posted(bot)
    with capture_logs() as logs:
        await bot.tell()
    assert posted(bot) == before
    (refused,) = [e for e in logs if e["event"] == "message.refused"]
    assert "is shared with another company" in refused["error"]
    assert "SNAPSHOT_BOT_CHANNEL" in refused["fix"]
    share(bot, shared=False)
    for _ in range(30):  # it is never given up
        bot.clock.advance(3600)
        await bot.tell()
    assert "before-migration-42" in (await bot.slack.user("ben").channel("dwh-ops").wait_for("Waiting")).text


async def test_how_it_ends_is_told_directly_where_the_channel_has_become_shared(bot: Bot):
    """The card stands there as it was; who asked hears in private, and nothing more is written into the channel."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    await ana.command_reply("/snapshot create dwh-prod before-migration-42")
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    share(bot)
    before = posted(bot)
    await bot.service.approvals.decline(actor(UserId(ben.id)), bot.newest().id, "not tonight")
    await bot.tell()
    assert posted(bot) == before
    assert "Waiting for approval" in card.text
    message = await bot.store.message(bot.newest().id, RESULT)
    assert message is not None
    assert message.ref is not None
    assert message.ref.channel.startswith("D")


@pytest.mark.parametrize("channel", ["U00000ANA", "D0000001"])
async def test_a_direct_message_is_nobody_elses(bot: Bot, channel: str):
    """Slack isn't asked about it."""
    await bot.edge.channels.only_ours(ChannelId(channel))


async def test_slack_is_asked_once_a_minute_at_most(bot: Bot):
    """A card may be drawn again each second; that a channel is shared is never taken for granted."""
    channels = SlackChannels(bot.edge.web, patience=10)
    asked = bot.slack.site.exchanges.list

    def count() -> int:
        return sum(1 for e in asked() if e["what"] == "conversations.info")

    before = count()
    for _ in range(3):
        await channels.only_ours(OPS)
    assert count() == before + 1
    share(bot)
    channels._ours.clear()
    for _ in range(2):
        with pytest.raises(SlackRefused) as refused:
            await channels.only_ours(OPS)
        assert refused.value.meaning is Meaning.SHARED
    assert count() == before + 3
