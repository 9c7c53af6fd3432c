"""`/snapshot` and what may follow it: one table, which the bot, its help, the manifest and README read."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml

from bot.core.grants import Role
from bot.core.phrase import COMMAND, as_told
from bot.slack.drawing.cards import Say
from bot.slack.handlers import commands
from bot.slack.handlers.answer import Answer
from bot.slack.handlers.commands import SUBCOMMANDS, Subcommand, usage_hint
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

MANIFEST = Path(__file__).parents[2] / "manifest.yml"
TYPED = [row for row in SUBCOMMANDS if row.word]


@pytest.mark.parametrize("row", TYPED, ids=lambda row: row.word)
async def test_every_subcommand_is_answered_and_explained(bot: Bot, row: Subcommand):
    """What the table names isn't "no such command", in capitals neither; help says how it is typed."""
    ana = bot.slack.user("ana")
    bot.grant("ana", Role.ADMIN)
    for typed in (row.word, row.word.upper()):
        if row.word == "admin":
            await (await ana.command(f"/snapshot {typed}")).close()
            continue
        assert "There is no" not in (await ana.command_reply(f"/snapshot {typed}")).text
    assert row.usage(COMMAND) in (await ana.command_reply("/snapshot help")).text


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
    assert usage_hint() == (
        "[create CLUSTER NAME [at 02:00] [keep 30d] [DESCRIPTION] | list | snapshots CLUSTER | status | "
        "withdraw REQUEST | audit | why | freeze CLUSTER [until …] REASON | unfreeze CLUSTER | notify | admin | help]"
    )
    assert len({row.word for row in SUBCOMMANDS}) == len(SUBCOMMANDS)


ANOTHER = "/snapshot-dev"
SAID = [
    "help",
    "nonsense",
    "create",
    "create dwh-nope nightly-1",
    "list",
    "list dwh-nope",
    "status",
    "status R-2222",
    "status nonsense",
]


@pytest.fixture
async def another() -> AsyncIterator[Bot]:
    """A second bot in a workspace, with a command of its own."""
    async with bot_in_sandbox(command=ANOTHER, rights=ON_PROD) as running:
        yield running


@pytest.mark.parametrize("typed", SAID)
async def test_what_is_said_names_the_bots_own_command(another: Bot, typed: str):
    """SNAPSHOT_BOT_COMMAND is what the bot answers to, and what it tells people to type: in help, usage, refusals."""
    reply = (await another.slack.user("ana").command_reply(f"{ANOTHER} {typed}")).text
    assert ANOTHER in reply
    assert "/snapshot" not in reply.replace(ANOTHER, "")


async def test_home_names_the_bots_own_command(another: Bot):
    """The Home tab's last line says what to type."""
    home = await another.slack.user("ana").home()
    await home.wait_for(f"{ANOTHER} help")
    assert "/snapshot" not in home.text.replace(ANOTHER, "")


async def test_a_form_that_opens_too_late_names_the_bots_own_command(another: Bot):
    """Slack's ticket has run out: what is said privately is the next step, by the right name."""
    await another.slack.fault("error", method="views.open", error="expired_trigger_id")
    reply = await another.slack.user("ana").command_reply(ANOTHER)
    assert f"type `{ANOTHER}` again" in reply.text


def test_every_place_that_puts_errors_into_words_says_by_which_command():
    """Where people in Slack read it: `say` and `worded` know the command only from who calls them."""
    handlers = Path(commands.__file__).parent
    for path in handlers.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) in ("say", "worded"):
                named = {keyword.arg for keyword in call.keywords}
                assert "command" in named or ast.unparse(call) == "worded(r.does)", f"{path.name}:{call.lineno}"
