"""`/snapshot withdraw`: a requester takes one request back by its number, and nobody takes another's."""

from __future__ import annotations

import pytest

from bot.core.request import State
from tests.fakes.slack_bot import Bot

WITHDRAWN = "↩️ You withdrew {}. No snapshot will be created."


async def asked(bot: Bot) -> str:
    """Let ana ask, and return the request's id."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
    return str(bot.newest().id)


@pytest.mark.parametrize("typed", ["withdraw {}", "WITHDRAW  {}", "withdraw {.lower}", "withdraw {.short}"])
async def test_ones_own_request_is_taken_back(bot: Bot, typed: str):
    """By its number, in either case, with `R-` or without."""
    request = await asked(bot)
    named = typed.replace("{.lower}", request.lower()).replace("{.short}", request[2:]).format(request)
    reply = await bot.slack.user("ana").command_reply(f"/snapshot {named}")
    assert reply.text == WITHDRAWN.format(request)
    assert bot.newest().state is State.WITHDRAWN


async def test_nothing_is_taken_back_by_default(bot: Bot):
    """Without a number the command says what is missing, and every request stands."""
    await asked(bot)
    reply = await bot.slack.user("ana").command_reply("/snapshot withdraw")
    assert reply.text.replace("`", "") == "Say which of your requests, e.g. /snapshot withdraw R-7K3F."
    assert bot.newest().state is State.WAITING


async def test_an_approver_declines_rather_than_withdraws(bot: Bot):
    """Who may see the request hears whose move it is; it stands."""
    request = await asked(bot)
    reply = await bot.slack.user("ben").command_reply(f"/snapshot withdraw {request}")
    assert reply.text == "Only the person who asked can withdraw a request; approvers decline it instead.\nWhy?"
    assert bot.newest().state is State.WAITING


@pytest.mark.parametrize("named", ["{}", "R-2222", "nonsense", "R-7K3F please"])
async def test_who_may_not_see_it_learns_nothing(bot: Bot, named: str):
    """For a person without rights there a request that exists, one that doesn't, and no number at all are the same."""
    request = await asked(bot)
    reply = await bot.slack.user("dan").command_reply(f"/snapshot withdraw {named.format(request)}")
    assert "There is no such request that you may see." in reply.text
    assert bot.newest().state is State.WAITING


async def test_it_is_withdrawn_once(bot: Bot):
    """The second time says who did it and when."""
    request = await asked(bot)
    ana = bot.slack.user("ana")
    await ana.command_reply(f"/snapshot withdraw {request}")
    assert "Already withdrawn by" in (await ana.command_reply(f"/snapshot withdraw {request}")).text
