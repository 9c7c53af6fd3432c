"""A private channel is known to its members: the bot suggests it to nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.grants import Role
from bot.core.ids import ChannelId
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

PRIVATE = ChannelId("C0DWHPRIV")  # ana, ben and cleo are in it; ada is not


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """The bot without a channel of its own: ana and ada may ask for dwh-prod, ben approves it."""
    rights = (*ON_PROD, ("ada", Role.REQUEST, "dwh-prod"))
    async with bot_in_sandbox(channel=None, rights=rights) as running:
        yield running


async def declined_in_private(bot: Bot) -> None:
    """Let ana ask in the private channel, and ben say no."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    form = await ana.command("/snapshot", channel="dwh-private")
    assert form.value("Tell this channel") == PRIVATE
    await form.fill(Name="before-migration-42")
    assert not (await form.submit()).errors
    await bot.tell()
    card = await ben.channel("dwh-private").wait_for("Waiting")
    decline = await ben.click_for_modal(await ben.click_for_modal(card, "Review…"), "✖ Decline…")
    await decline.fill(Reason="not tonight")
    await decline.submit()
    await bot.tell()


async def test_asking_again_for_somebody_elses_request_suggests_no_channel_of_theirs(bot: Bot):
    """Ada may ask again for what ana asked, but chooses the channel herself: she isn't in ana's."""
    await declined_in_private(bot)
    ada = bot.slack.user("ada")
    home = await ada.home()
    await home.wait_for("before-migration-42")
    form = await ada.click_for_modal(home, "Ask again")
    assert not form.value("Tell this channel")


async def test_asking_again_suggests_ones_own_channel(bot: Bot):
    """Ana asked there herself; and a person who presses the button in that channel is in it."""
    await declined_in_private(bot)
    ana, cleo = bot.slack.user("ana"), bot.slack.user("cleo")
    home = await ana.home()
    await home.wait_for("before-migration-42")
    form = await ana.click_for_modal(home, "Ask again")
    assert form.value("Tell this channel") == PRIVATE
    bot.grant("cleo", Role.REQUEST)
    card = await cleo.channel("dwh-private").wait_for("Declined")
    assert (await cleo.click_for_modal(card, "Ask again")).value("Tell this channel") == PRIVATE


@pytest.mark.parametrize(
    ("channel", "called", "suggested"),
    [
        ("C0DWHPRIV", "privategroup", "C0DWHPRIV"),
        ("C00DWHOPS", "dwh-ops", "C00DWHOPS"),
        ("D0000ANA1", "directmessage", None),
        ("C0MPIM001", "mpdm-ana--ben--cleo-1", None),
        ("G0MPIM001", "mpdm-ana--ben--cleo-1", None),
    ],
)
async def test_direct_messages_are_no_place_for_a_card(bot: Bot, channel: str, called: str, suggested: str | None):
    """The form suggests the channel where the command was typed, but never a conversation of a few people."""
    where = {"channel_id": channel, "channel_name": called}
    who = {"user_id": bot.slack.user("ana").id, "team_id": "T0000ACME", "api_app_id": "A00000APP"}
    command = {"command": "/snapshot", "text": "", "trigger_id": "1.2.3", **where, **who}
    await bot.deliver(command)
    await bot.idle()
    opened = next(e["payload"]["view"] for e in bot.slack.site.exchanges.list() if e["what"] == "views.open")
    assert opened["blocks"][-1]["element"].get("initial_conversation") == suggested
