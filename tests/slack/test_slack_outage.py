"""A Slack that falters while somebody waits: words and modals still arrive, and no failure is told that is none."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.request import State
from bot.slack.outbound.surfaces import Surfaces, TooLate
from slack_sandbox.cards import Card
from slack_sandbox.waiting import Unexpected
from tests.fakes.slack_bot import Bot

FALTERS: list[dict[str, Any]] = [
    {"name": "ratelimited", "retry_after": 0},
    {"name": "error", "error": "ratelimited"},  # 429 without Retry-After
    {"name": "error_500"},
    {"name": "error_502_html"},
    {"name": "error_503"},
    {"name": "drop_before"},
    {"name": "drop_after"},
]
IDS = [str(f.get("error", f["name"])) for f in FALTERS]
MANY = 9  # the HTTP client itself asks once more where a kept connection breaks, and a read may be asked again


@pytest.fixture
def pauses(bot: Bot) -> list[float]:
    """The pauses between tries, which take no time here."""
    waited: list[float] = []

    async def pause(seconds: float) -> None:
        waited.append(seconds)

    bot.edge.surfaces._sleep = pause
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
    await bot.idle()
    assert len(pauses) >= 2


async def test_an_approval_that_was_kept_is_never_called_a_failure(bot: Bot, pauses: list[float]):
    """Where the private answer fails to the end, the same words go as a direct message, not an apology."""
    card = await a_card(bot)
    await bot.slack.fault("error_500", method="chat.postEphemeral", times=3)
    ben = bot.slack.user("ben")
    await ben.click(card, "Approve")
    await bot.idle()
    assert [m.text[:14] for m in ben.dm().messages] == ["👍 You approved"]
    assert bot.newest().state is State.APPROVED
    assert not [m for m in ben.channel("dwh-ops").messages if "went wrong" in m.text]


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "error_500", "times": 99},
        {"name": "error", "error": "fatal_error", "times": 99},
        {"name": "ratelimited", "retry_after": 60, "times": 99},
        {"name": "error", "error": "missing_scope", "times": 99},
    ],
    ids=lambda f: f"{f['name']} {f.get('error', '')}".strip(),
)
async def test_a_click_is_answered_while_slack_takes_no_private_words(bot: Bot, pauses: list[float], fault: Any):
    """A refusal goes as a direct message where the channel can't show it, whatever Slack has against that."""
    card = await a_card(bot, "ana")
    await bot.slack.fault(**fault, method="chat.postEphemeral")
    ana = bot.slack.user("ana")
    await ana.click(card, "Approve")
    await bot.idle()
    assert [m.text for m in ana.dm().messages] == ["Nobody approves their own request on dwh-prod. @ben can.\nWhy?"]


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
    await bot.idle()
    assert pauses  # one, where the machine isn't so busy that a second try takes too long as well


async def test_a_long_throttle_is_no_time_for_a_ticket(bot: Bot, pauses: list[float]):
    """A modal can't wait for minutes: what happened and what next is said privately, and blames nobody."""
    await bot.slack.fault("ratelimited", method="views.open", retry_after=30)
    reply = await bot.slack.user("ana").command_reply("/snapshot")
    assert reply.text == "Slack isn't answering the bot properly just now; try again in a minute."
    assert pauses == []


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_one_moment_never_stays(pauses: list[float], bot: Bot, fault: dict[str, Any]):
    """The modal that opens while facts are gathered turns into the form, though Slack falters at that very moment."""
    bot.runner.patience = 0.0
    await bot.slack.fault(**fault, method="views.update", times=2)
    ana = bot.slack.user("ana")
    await ana.command("/snapshot")
    await bot.idle()
    assert ana.modal is not None
    assert "One moment" not in ana.modal.text
    assert "dwh-prod" in ana.modal.text


async def test_a_ticket_that_dies_on_a_card_names_the_button(bot: Bot):
    """A person who pressed a button is told to press it again, not to type a command."""
    card = await a_card(bot)
    await bot.slack.fault("error", method="views.open", error="expired_trigger_id")
    with pytest.raises(Unexpected, match="no modal, but: That took too long; press the button again"):
        await bot.slack.user("ben").click_for_modal(card, "Review…")


async def refusals(bot: Bot) -> list[str]:
    """Return the rules of the refusals on record."""
    return [e.rule for e in await bot.store.entries() if e.action.endswith(".refused")]


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_one_failure_of_slack_refuses_no_approver(bot: Bot, fault: dict[str, Any]):
    """Who they are is asked a second time, and the approval counts."""
    card = await a_card(bot)
    await bot.slack.fault(**fault, method="users.info", times=1)
    reply = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert reply.text.startswith("👍 You approved")
    assert bot.newest().state is State.APPROVED


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_a_silent_slack_is_named_and_is_no_refusal(bot: Bot, fault: dict[str, Any]):
    """Where Slack doesn't say who clicked, nothing is done or on record, and nobody's membership is doubted."""
    card = await a_card(bot)
    await bot.slack.fault(**fault, method="users.info", times=MANY)
    reply = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert reply.text == (
        "Slack isn't answering the bot's question about who you are just now, so nothing was done. "
        "Try again in a minute."
    )
    assert bot.newest().state is State.WAITING
    assert await refusals(bot) == []


async def test_an_account_that_slack_does_not_know_is_refused_by_rule(bot: Bot):
    """That Slack says "no such user" is an answer: a refusal, on record, that promises nothing for later."""
    card = await a_card(bot)
    await bot.slack.fault("error", method="users.info", error="user_not_found")
    reply = await bot.slack.user("ben").click_for_reply(card, "Approve")
    assert reply.text == (
        "Slack knows of no such account as yours in this workspace; only members of *Acme* can decide here."
    )
    assert await refusals(bot) == ["not-a-member"]


@pytest.mark.parametrize("method", ["users.info", "conversations.info"])
@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_a_complete_form_survives_one_failure_of_slack(bot: Bot, fault: dict[str, Any], method: str):
    """One failure is asked away; with two the form stays, with all that was typed, and names Slack."""
    ana = bot.slack.user("ana")
    form = await ana.command("/snapshot")
    await form.fill(Name="before-migration-42", Description="OPS-42")
    await bot.slack.fault(**fault, method=method, times=MANY)
    sent = await form.submit()
    (words,) = sent.errors.values()
    assert words.startswith("Slack isn't answering the bot's question about ")
    assert words.endswith("just now, so nothing was done. Try again in a minute.")
    assert (form.value("Name"), form.value("Description")) == ("before-migration-42", "OPS-42")
    assert bot.store.requests == {}
    bot.slack.site.faults.clear()
    await bot.slack.fault(**fault, method=method, times=1)
    assert not (await form.submit()).errors
    assert bot.newest().name == "before-migration-42"
    assert await refusals(bot) == []


@pytest.mark.parametrize("losses", [1, 2, 3])
@pytest.mark.parametrize("slow", [False, True], ids=["at once", "one moment first"])
async def test_a_form_that_opened_is_never_called_too_late(bot: Bot, pauses: list[float], losses: int, slow: bool):
    """The answer to views.open is lost: the form stands there, once and filled in, and no words say that it failed."""
    if slow:
        bot.runner.patience = 0.0
    await bot.slack.fault("drop_after", method="views.open", times=losses)
    ana = bot.slack.user("ana")
    await ana.command("/snapshot")
    await bot.idle()
    assert [m.title for m in ana.modals] == ["Take a snapshot"]
    assert "dwh-prod" in ana.modals[0].text
    assert ana.channel("dwh-ops").messages == []


async def test_a_form_pushed_on_a_review_is_never_called_too_late(bot: Bot, pauses: list[float]):
    """The same for a modal on top of another: the stack is three at most, so a second one would be refused."""
    card = await a_card(bot)
    ben = bot.slack.user("ben")
    review = await ben.click_for_modal(card, "Review…")
    await bot.slack.fault("drop_after", method="views.push", times=1)
    form = await ben.click_for_modal(review, "✔ Approve…")
    await bot.idle()
    assert [m.title.split()[0] for m in ben.modals] == ["Review", "Approve"]
    assert not [m for m in ben.channel("dwh-ops").messages if "too long" in m.text]
    assert not (await form.submit()).errors
    assert bot.newest().state is State.APPROVED


@pytest.mark.parametrize("code", ["expired_trigger_id", "push_limit_reached", "internal_surprise"])
async def test_whatever_the_second_try_is_answered_the_form_is_looked_for(bot: Bot, pauses: list[float], code: str):
    """Slack may name something else than the used ticket: a form that can be drawn again is open."""
    await bot.slack.fault("drop_after", method="views.open", times=1)
    await bot.slack.fault("error", method="views.open", error=code)
    ana = bot.slack.user("ana")
    await ana.command("/snapshot")
    await bot.idle()
    assert [m.title for m in ana.modals] == ["Take a snapshot"]
    assert ana.channel("dwh-ops").messages == []


@pytest.mark.parametrize("fault", FALTERS, ids=IDS)
async def test_home_is_drawn_though_slack_falters_twice(bot: Bot, pauses: list[float], fault: dict[str, Any]):
    """The Home tab is drawn again: nobody can ask for it but by opening it again."""
    await bot.slack.fault(**fault, method="views.publish", times=2)
    home = await bot.slack.user("ana").home()
    await home.wait_for("Take a snapshot")
    await bot.idle()
    assert len(pauses) >= 2


async def test_home_of_somebody_whom_slack_does_not_name_says_whose_fault_it_is(bot: Bot, pauses: list[float]):
    """Nothing is shown to somebody who isn't known, and the words name Slack."""
    await bot.slack.fault("error_500", method="users.info", times=2)
    home = await bot.slack.user("ana").home()
    await home.wait_for("Slack isn't answering the bot's question about who you are")


async def test_a_ticket_that_ran_out_before_anything_opened_is_too_late(bot: Bot, pauses: list[float]):
    """The first try did nothing, the second came too late: no form stands there, and the words say so."""
    await bot.slack.fault("error_500", method="views.open", times=1)
    await bot.slack.fault("error", method="views.open", error="expired_trigger_id")
    reply = await bot.slack.user("ana").command_reply("/snapshot")
    assert reply.text == "That took too long; type `/snapshot` again."


class Scripted(AsyncWebClient):
    """A Web API client whose calls end as told, one after the other; the last ending repeats; no view stands there."""

    def __init__(self, *endings: Exception | None) -> None:
        super().__init__("xoxb-scripted")
        self.calls = 0
        self._endings = endings

    async def views_open(self, *_: Any, **__: Any) -> Any:
        """Take the next ending; None hangs."""
        self.calls += 1
        ending = self._endings[min(self.calls, len(self._endings)) - 1]
        if ending is None:
            await asyncio.Event().wait()
        raise ending or AssertionError("it never wakes")

    async def views_update(self, *_: Any, **__: Any) -> Any:
        """Say that no such view is open."""
        raise a_refusal("not_found")

    chat_postEphemeral = chat_postMessage = views_open


def a_refusal(code: str) -> SlackApiError:
    """Return the SDK's error for *code*."""
    answer = SimpleNamespace(status_code=200, headers={}, data={"ok": False, "error": code})
    return SlackApiError("no", answer)


async def no_pause(_: float) -> None:
    """Return at once."""


async def test_three_tries_and_no_more():
    """An outage ends in an error that says so; the pauses grow, and Slack's own wish comes first."""
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    client = Scripted(TimeoutError())
    screen = Surfaces(client, sleep=pause)
    with pytest.raises(SlackUnavailable):
        await screen.open("1.2.3", {})
    assert (client.calls, pauses) == (3, [0.3, 1.0])


async def test_a_refusal_by_slack_is_not_tried_again():
    """What Slack says no to stays no."""
    client = Scripted(a_refusal("view_too_large"))
    screen = Surfaces(client)
    with pytest.raises(SlackRefused):
        await screen.open("1.2.3", {})
    assert client.calls == 1


@pytest.mark.parametrize("code", ["exchanged_trigger_id", "duplicate_external_id"])
@pytest.mark.parametrize("lost", [TimeoutError(), None], ids=["lost", "hangs"])
async def test_a_ticket_used_by_a_try_whose_answer_was_lost_has_opened(
    code: str, lost: Exception | None, monkeypatch: pytest.MonkeyPatch
):
    """Nobody but us has the ticket: the modal stood there, though its answer was lost or never came."""
    monkeypatch.setattr("bot.slack.outbound.surfaces._TICKET_TRY", 0.02)
    client = Scripted(lost, a_refusal(code))
    screen = Surfaces(client, sleep=no_pause)
    assert list(await screen.open("1.2.3", {})) == ["external_id"]
    assert client.calls == 2


@pytest.mark.parametrize("code", ["exchanged_trigger_id", "expired_trigger_id", "invalid_trigger_id"])
async def test_a_ticket_that_is_gone_at_the_first_try_is_too_late(code: str):
    """Then nothing of ours has opened."""
    client = Scripted(a_refusal(code))
    screen = Surfaces(client)
    with pytest.raises(TooLate):
        await screen.open("1.2.3", {})
    assert client.calls == 1


async def test_a_throttled_try_surely_opened_nothing():
    """429 did nothing: a used ticket after it was used by somebody else."""
    throttled = SimpleNamespace(status_code=429, headers={}, data={"ok": False, "error": "ratelimited"})
    client = Scripted(SlackApiError("no", throttled), a_refusal("exchanged_trigger_id"))
    screen = Surfaces(client, sleep=no_pause)
    with pytest.raises(TooLate):
        await screen.open("1.2.3", {})
