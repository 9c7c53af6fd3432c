"""Who isn't in a channel, as Slack says: page by page, kept for a minute, and everybody where the bot may not look."""

from __future__ import annotations

import pytest

from bot.core.errors import SlackUnavailable
from bot.core.ids import ChannelId, UserId
from bot.slack.outbound.channels import SlackChannels
from slack_sandbox.records import StoredChannel
from tests.fakes.slack_bot import Bot

OPS = ChannelId("C00DWHOPS")
MEMBERS = "conversations.members"


def asked(bot: Bot) -> int:
    """Return how often Slack was asked who is in a channel."""
    return sum(e["what"] == MEMBERS for e in bot.slack.site.exchanges.list())


@pytest.fixture
def ben(bot: Bot) -> UserId:
    """Somebody who is in #dwh-ops."""
    return UserId(bot.slack.user("ben").id)


async def test_who_is_not_there_is_named_with_one_question_for_a_minute(bot: Bot, ben: UserId):
    """In the order in which they were given; without people nobody is asked."""
    nobody = UserId("U0NOBODY1")
    assert await bot.edge.channels.absent(OPS, []) == []
    assert asked(bot) == 0
    for _ in range(3):
        assert await bot.edge.channels.absent(OPS, [nobody, ben]) == [nobody]
    assert asked(bot) == 1


async def test_a_channel_of_thousands_is_read_page_by_page(bot: Bot):
    """The last of them is in it as the first is."""
    many = [UserId(f"U{number:08d}") for number in range(2_500)]
    bot.slack.site.workspace.channels["C0000MANY"] = StoredChannel("C0000MANY", "many", "public", list(many))
    assert await bot.edge.channels.absent(ChannelId("C0000MANY"), [many[0], many[-1], UserId("U0OUTSIDE")]) == [
        "U0OUTSIDE"
    ]
    assert asked(bot) == 3


@pytest.mark.parametrize("channel", ["C0000GONE", "D0000BEN", "U00000BEN"])
async def test_where_the_bot_may_not_look_everybody_is_outside(bot: Bot, ben: UserId, channel: str):
    """A channel that isn't there, a private one without the bot, a direct message: they get one of their own."""
    assert await bot.edge.channels.absent(ChannelId(channel), [ben]) == [ben]


async def test_while_slack_does_not_answer_nobody_knows(bot: Bot, ben: UserId, monkeypatch: pytest.MonkeyPatch):
    """Nobody is taken for absent; the next question is asked again."""
    await bot.slack.fault("error", method=MEMBERS, error="fatal_error", times=2)
    channels = SlackChannels(bot.edge.web, patience=10)
    with pytest.raises(SlackUnavailable):
        await channels.absent(OPS, [ben])
    assert await channels.absent(OPS, [ben]) == []
