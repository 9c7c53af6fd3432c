"""In an Enterprise Grid people act as of a workspace of theirs, and whether ours is one of them decides."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.core.grants import Role
from bot.core.ids import TeamId, UserId
from bot.core.request import State
from slack_sandbox.people import TEAM
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

GRID2 = TeamId("T000GRID2")


@pytest.fixture(params=[False, True], ids=["socket", "http"])
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    """A bot with wim, whose home is another workspace of the Grid and who may approve, and a card in the channel."""
    rights = (*ON_PROD, ("wim", Role.APPROVE, "dwh-prod"), ("wim", Role.REQUEST, "dwh-prod"))
    async with bot_in_sandbox(rights=rights, http=request.param) as running:
        running.slack.admin.change_person("wim", team_id=GRID2, also_in=(TEAM,))
        await running.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
        await running.tell()
        yield running


async def test_who_belongs_to_our_workspace_too_decides_and_is_on_record_with_their_own(bot: Bot):
    """By the team that Slack names, not by ours in its place."""
    wim = bot.slack.user("wim")
    reply = await wim.click_for_reply(await wim.channel("dwh-ops").wait_for("Waiting"), "Approve")
    assert reply.text.startswith("👍 You approved")
    assert bot.newest().state is State.APPROVED
    assert (bot.store.log[-1].actor, bot.store.log[-1].team) == (UserId(wim.id), GRID2)


async def test_who_does_not_belong_to_our_workspace_is_an_outsider(bot: Bot):
    """Though the organisation is the same, and whatever they hold."""
    wim = bot.slack.user("wim")
    bot.slack.admin.change_person("wim", also_in=())
    reply = await wim.click_for_reply(await wim.channel("dwh-ops").wait_for("Waiting"), "Approve")
    assert "Your account belongs to another company; only members of *Acme* can decide here." in reply.text
    assert bot.newest().state is State.WAITING
    assert (bot.store.log[-1].rule, bot.store.log[-1].team) == ("not-a-member", GRID2)
