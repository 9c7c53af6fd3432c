"""What isn't ours gets words, not silence: another app's clicks, and buttons and forms that the bot doesn't have."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from slack_sandbox import payloads
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox


@pytest.fixture(params=[False, True], ids=["socket", "http"])
async def bot(request: pytest.FixtureRequest) -> AsyncIterator[Bot]:
    """A bot with a request whose card is in the channel."""
    async with bot_in_sandbox(rights=ON_PROD, http=request.param) as running:
        await running.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
        await running.tell()
        yield running


async def pressed(bot: Bot, **changes: Any) -> dict[str, Any]:
    """Return ben's click on Approve as Slack sends it, but for *changes*."""
    site, ben = bot.slack.site, bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    target = card.target(card.user)
    action = {"type": "button", "action_id": "approve", "block_id": "b", "value": bot.newest().id, "action_ts": "1.0"}
    channel = site.workspace.channels[card.channel]
    click = payloads.block_actions_in_message(site, site.workspace.person("ben"), channel, target, {}, [action])
    return {**click, **changes, "actions": [{**action, **changes.get("actions", {})}]}


def told(bot: Bot) -> list[str]:
    """Return what only ben reads in the channel."""
    channel = bot.slack.site.workspace.channel("dwh-ops")
    return [m.body["text"] for m in channel.private_messages.values() if m.only_for == bot.slack.user("ben").id]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"api_app_id": "A0OTHERAPP"}, "This belongs to another app, and nothing was done."),
        ({"team": {"id": "T0THIRD", "domain": "third"}}, "This bot serves another workspace."),
        ({"actions": {"action_id": "launch"}}, "The bot doesn't know this button (any more), and nothing was done."),
    ],
    ids=["another app's", "another workspace's", "no button of ours"],
)
async def test_a_click_that_is_not_ours_gets_words(bot: Bot, changes: dict[str, Any], words: str):
    """In private, and the request goes on waiting."""
    answer = await bot.slack.site.transport.send("interactive", "block_actions", await pressed(bot, **changes))
    assert answer.status == "ok"
    await bot.idle()
    assert [text.startswith(words) for text in told(bot)] == [True]
    assert bot.newest().votes == ()


async def test_a_form_that_is_not_ours_gets_words(bot: Bot):
    """In the form, which stays with what was typed."""
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    await form.enter("Name", "nightly-7")
    payload = payloads.view_submission(bot.slack.site, bot.slack.site.workspace.person("ana"), form.shown)
    payload["view"]["callback_id"] = "launch"
    answer = await bot.slack.site.transport.send("interactive", "view_submission", payload, answered=True)
    assert isinstance(answer.body, dict)
    assert "doesn't know this form" in str(answer.body["view"])
    assert "nightly-7" in str(answer.body["view"])
