"""Who writes to the bot in place of a command is answered, where Slack grants the part `messages`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import yaml

from bot.core.phrase import COMMAND
from bot.manifest import written
from bot.parts import MESSAGES
from slack_sandbox import App
from slack_sandbox.cards import Card
from slack_sandbox.inputs import NotPossible
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

APP = App.from_manifest(yaml.safe_load(written(command=COMMAND, parts=[MESSAGES])))


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """A bot whose app has the part."""
    async with bot_in_sandbox(rights=ON_PROD, events=APP.events, messages_read_only=APP.messages_read_only) as running:
        yield running


async def answer(bot: Bot, who: str, channel: str, text: str, *, private: bool) -> Card:
    """Let *who* write, and return the bot's answer."""
    user = bot.slack.user(who)
    said = await user.say(channel, text)
    place = user.channel(said.channel)

    def came() -> Card | None:
        return next((c for c in place.messages if c.ts > said.ts and c.body.get("bot_id")), None)

    found = await bot.slack.site.workspace.changes.until(came, 30)
    await bot.idle()
    assert found.is_private == private
    return found


@pytest.mark.parametrize("text", ["help", "Help", "hello?", "/snapshot help", "`/snapshot help`", ""])
async def test_a_direct_message_is_answered_with_help(bot: Bot, text: str):
    """In the Messages tab, whatever it is."""
    dm = bot.slack.user("ana").dm().channel.id
    reply = await answer(bot, "ana", dm, text or "👋", private=False)
    assert "What you can do now:" in reply.text
    assert "Ask for a snapshot of dwh-prod: /snapshot" in reply.text.replace("`", "")


async def test_the_command_is_answered_in_the_messages_tab(bot: Bot):
    """As in every conversation."""
    ana = bot.slack.user("ana")
    assert "What you can do now:" in (await ana.command_reply("/snapshot help", channel=ana.dm().channel.id)).text


@pytest.mark.parametrize("text", ["<@U00000BOT> help", "hey <@U00000BOT>", "<@U00000BOT>"])
async def test_a_mention_is_answered_to_its_author_alone(bot: Bot, text: str):
    """In the channel, privately."""
    reply = await answer(bot, "ana", "dwh-ops", text, private=True)
    assert "What you can do now:" in reply.text


@pytest.mark.parametrize("text", ["create dwh-prod nightly-1 why", "status", "/snapshot create dwh-prod nightly-1 why"])
async def test_a_command_that_is_written_as_a_message_is_told_how_to_type(bot: Bot, text: str):
    """Nothing is done by it: the line to type stands there."""
    reply = await answer(bot, "ana", "dwh-ops", f"<@U00000BOT> {text}", private=True)
    assert f"Type it so: /snapshot {text.removeprefix('/snapshot ')}" in reply.text.replace("`", "")
    assert bot.store.requests == {}


async def test_who_may_not_act_hears_why(bot: Bot):
    """A guest, by a mention in a channel."""
    reply = await answer(bot, "gus", "dwh-ops", "<@U00000BOT> help", private=True)
    assert "Your account is a guest's" in reply.text


async def test_somebody_of_another_company_hears_why(bot: Bot):
    """In a shared channel: the event carries their own team."""
    reply = await answer(bot, "otto", "partners", "<@U00000BOT> help", private=True)
    assert "Your account belongs to another company" in reply.text


async def test_the_bot_answers_no_app_no_change_and_nobody(bot: Bot):
    """Its own messages, an edited one, one without an author: else two bots would talk for ever."""
    for event in (
        {"bot_id": "B00000BOT", "user": "U00000BOT", "text": "help"},
        {"bot_id": "B0OTHER", "user": "U0OTHER", "text": "help"},
        {"subtype": "message_changed", "message": {"user": "U00000ANA", "text": "help"}},
        {"text": "help"},
        {"user": "U00000ANA", "text": "help", "channel_type": "channel"},
    ):
        told = {"type": "message", "channel": "D00000001", "channel_type": "im", "ts": "1.2", **event}
        body = {"type": "event_callback", "team_id": "T0000ACME", "api_app_id": "A00000APP", "event": told}
        assert (await bot.deliver(body)).status == 200
    await bot.idle()
    assert [e["what"] for e in bot.slack.site.exchanges.list() if e["what"].startswith("chat.")] == []


async def test_without_the_part_nobody_can_write_there():
    """The Messages tab is read-only: no message is left without an answer."""
    async with bot_in_sandbox(rights=ON_PROD) as plain:
        ana = plain.slack.user("ana")
        with pytest.raises(NotPossible):
            await ana.say(ana.dm().channel.id, "help")
