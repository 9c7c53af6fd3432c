"""A Slack that falters while somebody waits: words and modals still arrive, and no failure is told that is none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from bot.core.access import Role
from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.request import State
from bot.sandbox.slack.cards import Card, Unexpected
from bot.slack.screen import Screen, TooLate
from tests.fakes.slack_bot import Bot, bot_in_sandbox

FALTERS: list[dict[str, Any]] = [
    {"name": "ratelimited", "retry_after": 0},
    {"name": "error_500"},
    {"name": "error_502_html"},
    {"name": "drop_before"},
]
IDS = [str(f["name"]) for f in FALTERS]


@pytest.fixture
async def bot() -> AsyncIterator[Bot]:
    """The bot in the sandbox, whose pauses take no time: ana may ask for dwh-prod, ben approves it."""
    async with bot_in_sandbox() as running:
        prod = next(iter(running.cloud.known_clusters.values()))
        running.grant("ana", Role.REQUEST, prod)
        running.grant("ben", Role.APPROVE, prod)
        yield running


@pytest.fixture
def pauses(bot: Bot) -> list[float]:
    """The pauses between tries, which take no time here."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    assert bot.edge.desk is not None
    object.__setattr__(bot.edge.desk.screen, "_sleep", pause)
    return waited


async def a_card(bot: Bot, who: str = "ben") -> Card:
    """Let ana ask, and return the card as *who* sees it."""
    await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration-42")
    await bot.tell()
    return await bot.slack.user(who).channel("dwh-ops").wait_for("Waiting")


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_a_refusal_arrives_though_slack_falters_twice(bot: Bot, pauses: list[float], fault: dict[str, Any]):
    """A private answer is sent again, so that a click is neither met with silence nor with somebody else's fault."""
    card = await a_card(bot, "ana")
    await bot.slack.fault(**fault, method="chat.postEphemeral", times=2)
    reply = await bot.slack.user("ana").click_for_reply(card, "Approve")
    assert "Nobody approves their own request on dwh-prod." in reply.text
    assert len(pauses) == 2


async def test_an_approval_that_was_kept_is_never_called_a_failure(bot: Bot, pauses: list[float]):
    """Where the private answer fails to the end, the same words are tried once more, not an apology."""
    card = await a_card(bot)
    await bot.slack.fault("error_500", method="chat.postEphemeral", times=3)
    ben = bot.slack.user("ben")
    reply = await ben.click_for_reply(card, "Approve")
    assert reply.text.startswith("👍 You approved")
    await bot.idle()
    assert bot.newest().state is State.APPROVED
    assert not [m for m in ben.channel("dwh-ops").messages if "went wrong" in m.text]


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
@pytest.mark.parametrize("what", ["form", "review"])
async def test_a_modal_opens_though_slack_falters_once(bot: Bot, pauses: list[float], fault: dict[str, Any], what: str):
    """The ticket to open a modal outlives a short fault."""
    card = await a_card(bot)
    await bot.slack.fault(**fault, method="views.open", times=1)
    if what == "form":
        assert (await bot.slack.user("ana").command("/snapshot")).title == "Take a snapshot"
    else:
        assert (await bot.slack.user("ben").click_for_modal(card, "Review…")).title.startswith("Review R-")
    assert len(pauses) == 1


async def test_a_long_throttle_is_no_time_for_a_ticket(bot: Bot, pauses: list[float]):
    """A modal can't wait for minutes: what happened and what next is said privately, and blames nobody."""
    await bot.slack.fault("ratelimited", method="views.open", retry_after=30)
    reply = await bot.slack.user("ana").command_reply("/snapshot")
    assert reply.text == "Slack isn't answering the bot properly just now; try again in a minute."
    assert pauses == []


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_one_moment_never_stays(pauses: list[float], bot: Bot, fault: dict[str, Any]):
    """The modal that opens while facts are gathered turns into the form, though Slack falters at that very moment."""
    assert bot.edge.desk is not None
    object.__setattr__(bot.edge.desk, "patience", 0.0)
    await bot.slack.fault(**fault, method="views.update", times=2)
    ana = bot.slack.user("ana")
    await ana.command("/snapshot")
    await bot.idle()
    assert ana.modal is not None
    assert "One moment" not in ana.modal.text
    assert "dwh-prod" in ana.modal.text


async def test_a_ticket_that_dies_on_a_card_names_the_button(bot: Bot):
    """Whoever pressed a button is told to press it again, not to type a command."""
    card = await a_card(bot)
    await bot.slack.fault("error", method="views.open", error="expired_trigger_id")
    with pytest.raises(Unexpected, match="no modal, but: That took too long; press the button again"):
        await bot.slack.user("ben").click_for_modal(card, "Review…")


class Scripted:
    """A Web API client whose calls end as told, one after the other; the last ending repeats."""

    def __init__(self, *endings: Exception) -> None:
        self.calls = 0
        self._endings = endings

    async def views_open(self, **_: Any) -> Any:
        """Raise the next ending."""
        self.calls += 1
        raise self._endings[min(self.calls, len(self._endings)) - 1]

    chat_postEphemeral = chat_postMessage = views_open


async def test_three_tries_and_no_more():
    """An outage ends in an error that says so; the pauses grow, and Slack's own wish comes first."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    client = Scripted(TimeoutError())
    screen = Screen(client, sleep=pause)  # type: ignore[arg-type]
    with pytest.raises(SlackUnavailable):
        await screen.open("1.2.3", {})
    assert (client.calls, pauses) == (3, [0.3, 1.0])


async def test_a_refusal_by_slack_is_not_tried_again():
    """What Slack says no to stays no."""
    answer = SimpleNamespace(status_code=200, headers={}, data={"ok": False, "error": "view_too_large"})
    client = Scripted(SlackApiError("no", answer))  # type: ignore[no-untyped-call]
    screen = Screen(client)  # type: ignore[arg-type]
    with pytest.raises(SlackRefused):
        await screen.open("1.2.3", {})
    assert client.calls == 1


async def test_a_ticket_used_by_a_try_whose_answer_was_lost_is_too_late():
    """The modal may stand there already: it is not opened twice, and whoever clicked is told to try again."""
    lost = TimeoutError()
    used = SimpleNamespace(status_code=200, headers={}, data={"ok": False, "error": "exchanged_trigger_id"})
    client = Scripted(lost, SlackApiError("no", used))  # type: ignore[no-untyped-call]

    async def pause(_: float) -> None:
        return

    screen = Screen(client, sleep=pause)  # type: ignore[arg-type]
    with pytest.raises(TooLate):
        await screen.open("1.2.3", {})
    assert client.calls == 2
