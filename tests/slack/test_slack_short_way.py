"""The short way answers what Bolt would have answered: for each name that is registered, and over a whole story."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from slack_bolt.context.async_context import AsyncBoltContext
from slack_bolt.request.async_internals import build_async_context
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot.slack.door.deliveries import Delivery
from bot.slack.door.dispatch import parse
from bot.slack.door.short_way import Listeners, ShortWay
from bot.slack.drawing import names
from tests.fakes.slack_bot import ON_PROD, Bot, bot_in_sandbox

NAMES = sorted({value for key, value in vars(names).items() if key.isupper() and isinstance(value, str)})
UNKNOWN = ["", "nobody-has-this", f"{NAMES[0]} ", NAMES[0].upper()]
WHO = {"user": {"id": "U00000ANA", "team_id": "T0000ACME"}, "team": {"id": "T0000ACME"}, "trigger_id": "1.2.3"}
COMMAND = {
    "command": "/snapshot",
    "text": "help",
    "user_id": "U00000ANA",
    "team_id": "T0000ACME",
    "trigger_id": "1.2.3",
}
VIEW = {"id": "V1", "type": "modal", "hash": "1.a", "private_metadata": "", "state": {"values": {}}, "blocks": []}


def deliveries(name: str) -> Iterator[Delivery]:
    """Yield each kind of delivery that names something, about *name*."""
    button = {"type": "button", "action_id": name, "block_id": "b", "value": "R-7K3F", "action_ts": "1.1"}
    yield parse({"type": "block_actions", "actions": [button], **WHO})
    yield parse({"type": "block_actions", "actions": [button, button | {"action_id": names.WHY}], **WHO})
    yield parse({"type": "block_suggestion", "action_id": name, "block_id": "b", "value": "", **WHO})
    for kind in ("view_submission", "view_closed"):
        yield parse({"type": kind, "view": VIEW | {"callback_id": name}, **WHO})
    yield parse({"type": "shortcut", "callback_id": name, **WHO})
    yield parse({"command": name, "text": "", "user_id": "U00000ANA", "team_id": "T0000ACME", "trigger_id": "1.2.3"})


def short_way(bot: Bot) -> ShortWay:
    """Return the short way of *bot*."""
    found = bot.door.transport._dispatcher._short
    assert found is not None
    return found


async def of_bolt(bot: Bot, delivery: Delivery) -> Callable[..., Awaitable[Any]] | None:
    """Return the first listener that Bolt finds to match *delivery*."""
    request = AsyncBoltRequest(body="", mode="socket_mode")
    request.body = delivery.model_dump(exclude_none=True)
    request.context = build_async_context(AsyncBoltContext({"delivery": delivery}), request.body)
    for listener in bot.door.app._async_listeners:
        if await listener.async_matches(req=request, resp=BoltResponse(status=200)):
            return listener.ack_function
    return None


@pytest.mark.parametrize("name", [*NAMES, *UNKNOWN, "/snapshot"])
async def test_it_chooses_the_listener_that_bolt_would_choose(bot: Bot, name: str):
    """Or none, and then Bolt looks itself."""
    listeners: Listeners = short_way(bot)._listeners
    for delivery in deliveries(name):
        ours, bolts = listeners.of(delivery), await of_bolt(bot, delivery)
        assert ours is None or ours is bolts, delivery.kind


async def test_what_is_registered_under_a_name_takes_it(bot: Bot):
    """Commands, buttons, lists and forms: not one of them is left to Bolt by mistake."""
    listeners: Listeners = short_way(bot)._listeners
    kinds = {by: {name for kind, name in listeners._named if kind == by} for by, _ in listeners._named}
    assert kinds["command"] == {"/snapshot"}
    assert {names.APPROVE, names.REVIEW, names.ADMIN_UNDO} <= kinds["action"]
    assert {names.CLUSTER, names.ADMIN_FOR} <= kinds["options"]
    assert {names.REQUEST_FORM, names.ADMIN_SURE_FORM} <= kinds["view"]


async def story(bot: Bot) -> None:
    """Let people do what they do: commands, a form with a mistake, one without, clicks, lists, what isn't theirs."""
    ana, ben, dan = (bot.slack.user(who) for who in ("ana", "ben", "dan"))
    for text in ("help", "list", "status", "nonsense", "create dwh-prod 1st"):
        await ana.command_reply(f"/snapshot {text}")
    form = await ana.command("/snapshot")
    await form.search("Cluster", "dwh")
    await form.fill(Cluster="dwh-prod")
    await bot.idle()
    await form.fill(Name="1st", Description="OPS-42")
    assert (await form.submit()).errors
    await form.fill(Name="nightly-1")
    assert not (await form.submit()).errors
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    await ana.click_for_reply(card, "Approve")
    await dan.click_for_reply(card, "Approve")
    review = await ben.click_for_modal(card, "Review…")
    decline = await ben.click_for_modal(review, "✖ Decline…")
    await decline.submit()
    await decline.fill(Reason="not tonight")
    await decline.submit()
    await bot.idle()
    await ben.home()
    await bot.idle()
    await bot.tell()


def said(bot: Bot) -> list[tuple[str, str, str]]:
    """Return what Slack delivered and was answered, without what differs from run to run."""
    heard = [e for e in bot.slack.site.exchanges.list() if e["direction"] == "slack->app"]
    moving = re.compile(r"R-[2-9A-Z]{4}|\d{6,}[\d.-]*|dwh-prod-[\d-]+")
    return [
        (e["what"], e["status"], moving.sub("…", str(e["answer"]))) for e in heard if e["what"] != "url_verification"
    ]


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_a_story_is_answered_as_by_bolt(http: bool):
    """Each delivery has the same answer both ways, and the same calls to Slack come of it."""
    answers, calls, ways = [], [], []
    for is_short in (True, False):
        async with bot_in_sandbox(rights=ON_PROD, http=http) as bot:
            took: list[bool] = []
            short = short_way(bot)
            answer = short.answer

            async def noted(delivery: Delivery, answer: Any = answer, took: list[bool] = took) -> BoltResponse | None:
                found: BoltResponse | None = await answer(delivery)
                took.append(found is not None)
                return found

            short.answer = noted  # type: ignore[method-assign]
            if not is_short:
                bot.door.transport._dispatcher._short = None
            await story(bot)
            answers.append(said(bot))
            made = [e["what"] for e in bot.slack.site.exchanges.list() if e["direction"] == "app->slack"]
            calls.append(sorted(made))
            ways.append(sum(took))
    assert answers[0] == answers[1]
    assert calls[0] == calls[1]
    assert ways[0] > 15
    assert ways[1] == 0


@pytest.mark.parametrize("where", ["app", "team"])
async def test_what_is_for_another_app_or_workspace_is_turned_away(bot: Bot, where: str):
    """As on Bolt's way."""
    other = {"api_app_id": "A0000OTHER"} if where == "app" else {"team_id": "T0OTHER"}
    body = COMMAND | other
    short = await short_way(bot).answer(parse(body))
    bolts = await bot.deliver(body)
    assert short is not None
    assert (short.status, short.body, short.headers) == (bolts.status, bolts.body, bolts.headers)


async def test_a_listener_that_fails_is_an_error_and_no_acknowledgement(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """500, as Bolt answers: over the socket nothing is acknowledged then."""

    async def fails(*_: Any) -> None:
        raise ValueError("a defect")

    monkeypatch.setitem(short_way(bot)._listeners._named, ("command", "/snapshot"), fails)
    found = await short_way(bot).answer(parse(COMMAND))
    assert found is not None
    assert (found.status, found.body) == (500, "")
