"""`/snapshot` and what may follow it: one table, which the bot, its help, the manifest and README read."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.core.phrase import as_told
from bot.slack.drawing.cards import Say
from bot.slack.handlers import commands
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.commands import SUBCOMMANDS, Subcommand, usage_hint
from tests.fakes.slack_bot import Bot

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
TYPED = [row for row in SUBCOMMANDS if row.word]


@pytest.mark.parametrize("row", TYPED, ids=lambda row: row.word)
async def test_every_subcommand_is_answered_and_explained(bot: Bot, row: Subcommand):
    """What the table names isn't "no such command", in capitals neither; help says how it is typed."""
    ana = bot.slack.user("ana")
    for typed in (row.word, row.word.upper()):
        assert "There is no" not in (await ana.command_reply(f"/snapshot {typed}")).text
    assert row.usage in (await ana.command_reply("/snapshot help")).text


async def test_another_row_is_another_subcommand(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """A handler and its row are all that it takes: it is dispatched with the rest of the line, and explained."""

    async def echo(context, command, actor, text: str) -> Answer:
        return Answer(say=Say(f"you said {text}"))

    row = Subcommand("echo", "WORDS", as_told("say it back"), "hello", echo)
    monkeypatch.setattr(commands, "SUBCOMMANDS", (*SUBCOMMANDS, row))
    ana = bot.slack.user("ana")
    assert (await ana.command_reply("/snapshot echo good  morning")).text == "you said good  morning"
    explained = (await ana.command_reply("/snapshot help")).text
    assert "/snapshot echo WORDS say it back, e.g. /snapshot echo hello" in explained.replace("`", "")
    assert usage_hint().endswith(" | help | echo WORDS]")


def test_the_manifest_hints_at_every_subcommand():
    """What Slack shows as somebody types is the table's; what may be left out is left out."""
    (command,) = yaml.safe_load(MANIFEST.read_text())["features"]["slash_commands"]
    assert command["usage_hint"] == usage_hint()
    assert usage_hint() == "[create CLUSTER NAME [DESCRIPTION] | list | status | help]"
    assert len({row.word for row in SUBCOMMANDS}) == len(SUBCOMMANDS)
