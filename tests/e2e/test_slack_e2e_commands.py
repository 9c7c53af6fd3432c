"""What people type, the Home tab, and who changes: over a real socket."""

from __future__ import annotations

import json

import pytest

from bot.core.errors import BotError
from bot.core.ids import Actor, TeamId, UserId
from bot.core.person import Standing
from bot.core.phrase import as_told
from bot.core.request import State
from tests.fakes.slack_bot import Bot

CREATE = "/snapshot create dwh-prod before-migration-42 Before the customer migration"


async def test_create_without_the_form(bot: Bot):
    """One line asks for a snapshot; the private answer says what happens next."""
    reply = await bot.slack.user("ana").command_reply(CREATE)
    request = bot.newest()
    assert (request.name, request.description) == ("before-migration-42", "Before the customer migration")
    assert reply.is_private
    assert f"⏳ *{request.id}* asks for `before-migration-42` of dwh-prod. It waits for one approval" in reply.text


@pytest.mark.parametrize(
    "line",
    [
        "/snapshot create\u00a0dwh-prod\u00a0before-migration-42\u00a0OPS-42",
        "/snapshot Create  DWH-Prod   before-migration-42  OPS-42 ",
        "/snapshot \u200ecreate\u200b dwh-prod before-migration-42 OPS-42\u200b",
    ],
    ids=["no-break", "doubled", "marks"],
)
async def test_a_line_as_a_phone_pastes_it_is_understood(bot: Bot, line: str):
    """Blanks of any kind part the words, and what can't be seen around the command is nothing."""
    reply = await bot.slack.user("ana").command_reply(line)
    assert "asks for `before-migration-42` of dwh-prod" in reply.text
    assert (bot.newest().name, bot.newest().description) == ("before-migration-42", "OPS-42")


async def test_create_twice_with_the_same_trigger_makes_one_request(bot: Bot):
    """A command that is delivered twice is kept once."""
    await bot.slack.user("ana").command_reply(CREATE)
    sent = next(e["payload"] for e in bot.slack.site.exchanges.list() if e["direction"] == "slack->app")
    again = await bot.deliver(sent)
    assert bot.newest().id in again.body
    assert len(bot.store.requests) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("create", "Say which cluster and a name"),
        ("create dwh-prod", "Say which cluster and a name"),
        ("create nope before-migration", "*Cluster*: There is no cluster called nope"),
        ("create dwh-prod abc", "*Name*: Too short: 3 characters, at least 4."),
        ("create dwh-prod abcd <!channel>", "*Description*: `<`, `!` and `>` aren't allowed in descriptions."),
        ("create dwh-dev before-migration", "*Cluster*: There is no cluster called dwh-dev that you may ask for."),
        ("status R-2222", "There is no such request that you may see."),
        ("status <!channel>", "There is no such request that you may see."),
        ("status", "You have not asked for a snapshot yet."),
        ("list", "No requests for snapshots that you may see."),
        ("list nope", "There is no cluster called nope"),
        ("nonsense", "There is no `/snapshot nonsense`. What you can do now:"),
        ("HELP", "What you can do now:"),
    ],
)
async def test_every_line_gets_a_private_answer(bot: Bot, line: str, words: str):
    """Whatever is typed is answered, to its author alone, with what to do."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot {line}")
    assert words in reply.text
    assert reply.is_private
    assert bot.store.requests == {}


async def test_help_says_what_this_person_can_do(bot: Bot):
    """Help begins with this person's own next steps."""
    await bot.slack.user("ana").command_reply(CREATE)
    request = bot.newest()
    ana = await bot.slack.user("ana").command_reply("/snapshot help")
    assert "Ask for a snapshot of dwh-prod: `/snapshot`" in ana.text
    assert f"See how {request.id} stands: `/snapshot status {request.id}`" in ana.text
    ben = await bot.slack.user("ben").command_reply("/snapshot help")
    assert f"Decide on {request.id}" in ben.text
    dan = await bot.slack.user("dan").command_reply("/snapshot help")
    assert "You have no cluster to ask for yet. @cleo can give you one." in dan.text


async def test_status_offers_to_ask_again_only_to_who_may(bot: Bot):
    """The private card has the button for ana, who may ask, and not for ben, who only approves."""
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    await ana.command_reply(CREATE)
    by_ben = Actor(TeamId("T0000ACME"), UserId(ben.id))
    declined = await bot.service.approvals.decline(by_ben, bot.newest().id, "not tonight")
    assert (await ana.command_reply("/snapshot status")).buttons == ["Ask again"]
    assert (await ana.command_reply(f"/snapshot status {declined.id}")).buttons == ["Ask again"]
    assert (await ben.command_reply(f"/snapshot status {declined.id}")).buttons == []
    bot.store.given.clear()
    assert (await ana.command_reply("/snapshot status")).buttons == []


async def test_status_shows_the_card_privately(bot: Bot):
    """Without an id: one's own newest; with one, upper or lower case, the request that was named."""
    await bot.slack.user("ana").command_reply(CREATE)
    own = await bot.slack.user("ana").command_reply("/snapshot status")
    assert "Waiting for approval" in own.text
    named = await bot.slack.user("ben").command_reply(f"/snapshot status {bot.newest().id.lower()}")
    assert named.buttons == ["Approve", "Review…", "Why?"]
    stranger = await bot.slack.user("dan").command_reply(f"/snapshot status {bot.newest().id}")
    assert "There is no such request that you may see." in stranger.text
    assert "migration" not in stranger.text


async def test_list_shows_only_what_one_may_see(bot: Bot):
    """Somebody without a right on a cluster sees none of its requests."""
    await bot.slack.user("ana").command_reply(CREATE)
    assert bot.newest().id in (await bot.slack.user("ben").command_reply("/snapshot list dwh-prod")).text
    assert "No requests" in (await bot.slack.user("dan").command_reply("/snapshot list")).text


async def test_a_store_that_fails_is_answered_not_accepted(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """What can't be kept is answered with words, and the ack promises nothing."""

    async def full(*args: object, **kwargs: object) -> None:
        raise BotError("disk full", phrase=as_told("The bot can't keep anything just now."))

    monkeypatch.setattr(bot.store, "add", full)
    reply = await bot.slack.user("ana").command_reply(CREATE)
    assert "The bot can't keep anything just now." in reply.text


async def test_a_fault_of_ours_is_answered_without_internals(bot: Bot, monkeypatch: pytest.MonkeyPatch):
    """Even an unexpected exception is answered; no trace of it reaches people."""

    async def broken(*args: object, **kwargs: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(bot.store, "get", broken)
    reply = await bot.slack.user("ana").command_reply("/snapshot status R-2222")
    assert "Something went wrong on the bot's side." in reply.text
    assert "secret" not in reply.text


async def test_the_home_tab_shows_what_waits_and_approves_there(bot: Bot):
    """Home has the requests that wait for this person; Approve there redraws it with what was done."""
    await bot.slack.user("ana").command_reply(CREATE)
    ben = bot.slack.user("ben")
    home = await ben.home()
    await home.wait_for("Waiting for you")
    assert bot.newest().id in home.text
    await ben.click(home, "Approve")
    await bot.idle()
    assert bot.newest().state is State.APPROVED
    assert "You approved" in home.text
    assert "Nothing waits for your decision." in home.text


async def test_the_home_tab_opens_form_and_review(bot: Bot):
    """Home's buttons open the same modals as everywhere."""
    await bot.slack.user("ana").command_reply(CREATE)
    ana = bot.slack.user("ana")
    home = await ana.home()
    await home.wait_for("Your open requests")
    form = await ana.click_for_modal(home, "Take a snapshot")
    assert form.title == "Take a snapshot"
    await form.close()
    review = await ana.click_for_modal(home, "Review…")
    assert review.title == f"Review {bot.newest().id}"


async def test_a_guest_sees_the_rule_on_home(bot: Bot):
    """Who may not act sees why, and no requests."""
    await bot.slack.user("ana").command_reply(CREATE)
    home = await bot.slack.user("gus").home()
    await home.wait_for("Your account is a guest's")
    assert home.buttons == []


async def test_somebody_deactivated_is_forgotten_at_once(bot: Bot):
    """user_change makes the bot ask Slack again, before its memory of a day is over."""
    user = UserId(bot.slack.user("ben").id)
    assert (await bot.edge.people.person(user)).standing is Standing.MEMBER
    bot.slack.admin.change_person("ben", deleted=True)
    await bot.slack.site.workspace.changes.until(lambda: "event" in bot.delivered or None, 30)
    assert (await bot.edge.people.person(user)).standing is Standing.DEACTIVATED


async def test_an_event_that_comes_twice_is_handled_once(bot: Bot):
    """Slack delivers events again; the second copy draws nothing."""
    await bot.slack.fault("events_twice")
    home = await bot.slack.user("ana").home()
    await home.wait_for("Your open requests")
    await bot.slack.site.workspace.changes.until(lambda: bot.delivered.count("event") == 2 or None, 30)
    await bot.idle()
    published = [e for e in bot.slack.site.exchanges.list() if e["what"] == "views.publish"]
    assert len(published) == 1


async def test_where_slack_refuses_private_words_they_come_as_a_direct_message(bot: Bot):
    """An ephemeral message needs the bot in the conversation; else the answer comes as a direct message."""
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    await bot.slack.fault("error", method="chat.postEphemeral", error="user_not_in_channel")
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    await ben.click(card, "Approve")
    await bot.idle()
    await ben.dm().wait_for("You approved")


async def test_slack_out_of_reach_loses_words_but_not_the_decision(bot: Bot):
    """The decision is kept before any words; where Slack takes none, nothing else breaks."""
    await bot.slack.user("ana").command_reply(CREATE)
    await bot.tell()
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Waiting")
    await bot.slack.fault("error_502_html", method="chat.postEphemeral", times=1)
    outcome = await ben.click(card, "Approve")
    await bot.idle()
    assert outcome.status == "ok"
    assert bot.newest().state is State.APPROVED


def delivery(**changes: object) -> dict[str, object]:
    """Return a command as Slack sends it."""
    body = {"command": "/snapshot", "text": "help", "team_id": "T0000ACME", "api_app_id": "A00000APP"}
    return {**body, "user_id": "U00000ANA", "trigger_id": "1.2.3", **changes}


@pytest.mark.parametrize(
    ("change", "words"),
    [({"api_app_id": "A0OTHER"}, "belongs to another app"), ({"team_id": "T000OTHER"}, "serves another workspace")],
)
async def test_another_app_or_workspace_gets_no_further(bot: Bot, change: dict[str, str], words: str):
    """A delivery for somebody else's installation is refused in the form its kind wants, before any use case."""
    answer = await bot.deliver(delivery(**change))
    assert answer.status == 200
    assert words in json.loads(answer.body)["text"]
    assert "What you can do now" in (await bot.deliver(delivery())).body


async def test_the_app_id_comes_from_the_socket(bot: Bot):
    """Slack names the app in the WebSocket's address, so that no setting is needed for it."""
    assert bot.door.identity.app_id == bot.slack.app.app_id
