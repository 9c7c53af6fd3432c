"""What people can do and see in the sandbox: inputs of every kind, answers by response URL, waiting, reading."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from slack_sandbox import App, Sandbox, SandboxClock
from slack_sandbox.inputs import NotPossible
from slack_sandbox.waiting import Unexpected
from tests.harness.scripted_slack_app import EVERY_SCOPE, NOON, TEXT, actions, button, field, modal, options, scripted
from tests.harness.unhurried import UNHURRIED


@pytest.fixture
async def slack():
    """A sandbox whose clock stands still."""
    async with Sandbox(App(events=(), scopes=EVERY_SCOPE), clock=SandboxClock(NOON), **UNHURRIED) as slack:
        yield slack


@pytest.fixture
async def app(slack):
    """A scripted app behind a request URL."""
    async with scripted(slack) as app:
        yield app


# inputs


@pytest.mark.parametrize(
    ("block", "answer", "state"),
    [
        (field("f", "datepicker"), "2026-05-04", {"selected_date": "2026-05-04"}),
        (field("f", "timepicker", timezone="Europe/Berlin"), "13:30", {"selected_time": "13:30"}),
        (field("f", "datetimepicker"), 1777896000, {"selected_date_time": 1777896000}),
        (field("f", "users_select"), "ben", {"selected_user": "U00000BEN"}),
        (field("f", "multi_users_select"), ["ben", "W00000WIM"], {"selected_users": ["U00000BEN", "W00000WIM"]}),
        (field("f", "conversations_select"), "#dwh-ops", {"selected_conversation": "C00DWHOPS"}),
        (field("f", "channels_select"), "general", {"selected_channel": "C0GENERAL"}),
        (field("f", "multi_channels_select"), ["general"], {"selected_channels": ["C0GENERAL"]}),
        (field("f", "number_input", is_decimal_allowed=True), 1.5, {"value": "1.5"}),
        (field("f", "radio_buttons", options=options("a")), "A", {"selected_option": options("a")[0]}),
        (field("f", "checkboxes", options=options("a", "b")), ["b"], {"selected_options": options("b")}),
        (field("f", "file_input"), ["F1"], {"files": [{"id": "F1"}]}),
        (
            field("f", "static_select", option_groups=[{"label": TEXT, "options": options("a")}]),
            "a",
            {"selected_option": options("a")[0]},
        ),
    ],
)
async def test_every_input_can_be_filled(slack, app, block, answer, state):
    """People, channels and options go by name; the state has what Slack's has."""
    app.opens(modal(block))
    form = await slack.user("ana").command("/x")
    await form.fill(f=answer)
    await form.submit()

    sent = app.heard[-1]["view"]["state"]["values"]["f"]["v"]
    sent = {k: v for k, v in sent.items() if k not in ("type", "timezone")}
    assert _plain(sent) == _plain(state)


def _plain(value):
    """Return *value* without the switch that Slack adds to plain text."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items() if k != "emoji"}
    return [_plain(v) for v in value] if isinstance(value, list) else value


async def test_rich_text_is_kept_as_blocks(slack, app):
    """Words become a rich text section."""
    app.opens(modal(field("f", "rich_text_input")))
    form = await slack.user("ana").command("/x")
    await form.fill(f="words")

    section = form.value("f")["elements"][0]
    assert section == {"type": "rich_text_section", "elements": [{"type": "text", "text": "words"}]}


@pytest.mark.parametrize(
    ("block", "answer"),
    [
        (field("f", "users_select"), "nobody"),
        (field("f", "conversations_select"), "nowhere"),
        (field("f", "static_select", options=options("a")), "b"),
        (field("f", "static_select", options=options("a", "b")), ["a", "b"]),
    ],
)
async def test_what_is_not_offered_cannot_be_chosen(slack, app, block, answer):
    """A client has nothing else to choose."""
    app.opens(modal(block))
    form = await slack.user("ana").command("/x")

    with pytest.raises(NotPossible):
        await form.fill(f=answer)


async def test_an_input_can_be_emptied(slack, app):
    """None takes the text or choice away."""
    app.opens(modal(field("f", initial_value="x"), field("g", "multi_users_select", initial_users=["U00000BEN"])))
    form = await slack.user("ana").command("/x")
    assert (form.value("f"), form.value("g")) == ("x", ["U00000BEN"])
    await form.fill(f=None, g=None)

    assert (form.value("f"), form.value("g")) == (None, [])


async def test_a_select_of_an_actions_block_in_a_modal_sends_its_choice(slack, app):
    """A choice outside an input is sent at once, with the state of the inputs beside it."""
    select = {"type": "static_select", "action_id": "s", "options": options("a", "b")}
    app.opens(modal(field("f"), actions(select)))
    ana = slack.user("ana")
    form = await ana.command("/x")
    await form.fill(f="typed")
    await ana.click(form, "s", "b")

    values = app.heard[-1]["view"]["state"]["values"]
    assert (values["f"]["v"]["value"], values["row"]["s"]["selected_option"]["value"]) == ("typed", "b")
    assert (app.heard[-1]["container"]["type"], app.heard[-1]["type"]) == ("view", "block_actions")


async def test_a_form_that_is_being_sent_cannot_be_sent_again(slack, app):
    """The button is disabled until the answer comes."""
    app.opens(modal(field("f")))
    form = await slack.user("ana").command("/x")
    await form.fill(f="x")
    answered = asyncio.Event()

    async def answer(payload):
        await answered.wait()

    app.answer = answer
    first = asyncio.create_task(form.submit())
    await asyncio.sleep(0)

    with pytest.raises(NotPossible, match="being sent"):
        await form.submit()
    answered.set()
    assert (await first).action == "closed"
    with pytest.raises(NotPossible, match="isn't on top"):
        await form.submit()


@pytest.mark.parametrize(
    "answer",
    [
        {"response_action": "errors", "errors": {"row": "not an input"}},
        {"response_action": "errors", "errors": {"nowhere": "x"}},
        {"response_action": "errors", "errors": {"f": ""}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "update"},
        {"response_action": "update", "view": {"type": "modal"}},
        {"response_action": "close"},
        {"text": "words"},
        "words",
    ],
)
async def test_an_answer_that_slack_cannot_use_is_trouble(slack, app, answer):
    """Errors must name input blocks, views must be right, and words are no answer to a form."""
    app.opens(modal(field("f"), actions(button())))
    ana = slack.user("ana")
    form = await ana.command("/x")
    await form.fill(f="x")
    app.answer = lambda payload: answer

    result = await form.submit()

    assert (result.outcome.status, result.errors, form.is_open) == ("bad_answer", {}, True)
    assert form.shown.error == "We had some trouble connecting. Try again?"
    assert ana.notices == ["We had some trouble connecting. Try again?"]


async def test_a_view_pushed_before_the_ack_is_closed_by_it(slack, app):
    """An empty ack closes what is on top by then, as Slack's client does."""
    app.opens(modal(field("f")))
    ana = slack.user("ana")
    form = await ana.command("/x")
    await form.fill(f="x")

    async def answer(payload):
        await app.api.views_push(trigger_id=payload["trigger_id"], view=modal(field("g")))

    app.answer = answer
    await form.submit()

    assert [m.shown.id for m in ana.modals] == [form.shown.id]


async def test_a_modal_opened_anew_replaces_the_old(slack, app):
    """There is one stack; its views are gone for views.update."""
    app.opens(modal(field("f")))
    ana = slack.user("ana")
    first = await ana.command("/x")
    second = await ana.command("/x")

    assert [m.shown.id for m in ana.modals] == [second.shown.id]
    assert not first.is_open


# answers


@pytest.mark.parametrize(
    ("answer", "everybody", "text"),
    [
        ("words", False, "words"),
        ({"text": "words"}, False, "words"),
        ({"text": "words", "response_type": "in_channel"}, True, "words"),
        ({"text": "x", "blocks": [{"type": "header", "text": {"type": "plain_text", "text": "Head"}}]}, False, "Head"),
    ],
)
async def test_the_ack_of_a_command_is_shown(slack, app, answer, everybody, text):
    """Words or a message, privately unless in_channel."""
    app.answer = lambda payload: answer
    outcome = await slack.user("ana").send_command("/x")

    assert [c.text for c in slack.user("ana").channel("dwh-ops").messages] == [text]
    assert bool(slack.user("ben").channel("dwh-ops").messages) == everybody
    assert outcome.ts == slack.user("ana").channel("dwh-ops").messages[0].ts


async def test_an_ack_that_cannot_be_shown_is_said_to_be_wrong(slack, app):
    """Wrong blocks in an ack are named."""
    app.answer = lambda payload: {"text": "x", "blocks": [{"type": "nonsense"}]}
    ana = slack.user("ana")

    assert (await ana.send_command("/x")).status == "bad_answer"
    assert ana.notices == ["/x failed with the error “invalid_blocks”."]


@pytest.mark.parametrize(
    ("body", "status", "seen"),
    [
        ({"text": "new"}, 200, ["card", "new"]),
        ({"text": "new", "replace_original": True}, 200, ["new"]),
        ({"delete_original": True}, 200, []),
        ({"text": "all", "response_type": "in_channel", "thread_ts": "root"}, 200, ["card", "all"]),
        ({}, 404, ["card"]),
        ({"text": "x", "blocks": [{"type": "x"}]}, 404, ["card"]),
        ([], 400, ["card"]),
    ],
)
async def test_the_response_url_of_a_click_acts_on_its_message(slack, app, body, status, seen):
    """It adds unless told to replace; it replaces or deletes the message of the click."""
    ana = slack.user("ana")
    posted = await app.api.chat_postMessage(
        channel="C00DWHOPS", text="card", blocks=[actions(button(action_id="card"))]
    )
    await ana.click(ana.channel("dwh-ops").messages[0], "card")
    url = app.heard[-1]["response_url"]
    if isinstance(body, dict) and "thread_ts" in body:
        body = {**body, "thread_ts": posted["ts"]}

    async with aiohttp.ClientSession() as http, http.post(url, json=body) as response:
        assert response.status == status
        assert (await response.text() == "ok") == (status == 200)

    assert [c.text for c in ana.channel("dwh-ops").messages] == seen


async def test_a_commands_response_url_never_replaces(slack, app):
    """replace_original on it posts a new message, as Slack does."""
    ana = slack.user("ana")
    await ana.send_command("/x")
    async with aiohttp.ClientSession() as http:
        for text in ("one", "two"):
            async with http.post(app.heard[0]["response_url"], json={"text": text, "replace_original": True}) as done:
                assert done.status == 200

    assert [c.text for c in ana.channel("dwh-ops").messages] == ["one", "two"]


async def test_an_invented_response_url_is_refused(slack):
    """Nobody can guess one."""
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{slack.origin}/commands/T0000ACME/1/guess", json={"text": "x"}) as response,
    ):
        assert response.status == 404


@pytest.mark.parametrize(
    ("fault", "status", "shown"),
    [("error_500", 500, 0), ("error_502_html", 502, 0), ("ratelimited", 429, 0), ("slow", 200, 1)],
)
async def test_response_urls_have_faults_too(slack, app, fault, status, shown):
    """The method response_url is theirs."""
    ana = slack.user("ana")
    await ana.send_command("/x")
    await slack.fault(fault, method="response_url", seconds=0.01, retry_after=7)

    async with aiohttp.ClientSession() as http, http.post(app.heard[0]["response_url"], json={"text": "x"}) as response:
        assert response.status == status
        assert response.headers.get("Retry-After") == ("7" if status == 429 else None)
    assert len(ana.channel("dwh-ops").messages) == shown


@pytest.mark.parametrize(("fault", "shown"), [("drop_before", 0), ("drop_after", 1)])
async def test_an_answer_to_a_response_url_can_be_lost(slack, app, fault, shown):
    """Before or after it was shown."""
    ana = slack.user("ana")
    await ana.send_command("/x")
    await slack.fault(fault, method="response_url")

    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await http.post(app.heard[0]["response_url"], json={"text": "x"})
    assert len(ana.channel("dwh-ops").messages) == shown


# events of people


async def test_mentions_reach_the_app(slack, app):
    """app_mention comes with the message event, each once."""
    slack.app.events = ("app_mention", "message.channels")
    await slack.user("ana").say("dwh-ops", f"<@{slack.app.bot_user_id}> help")
    await slack.site.workspace.changes.until(lambda: len(app.heard) == 2 or None, 30)

    assert {h["event"]["type"] for h in app.heard} == {"message", "app_mention"}


async def test_messages_in_shared_channels_say_so(slack, app):
    """An outsider's message has the other team, and the envelope says that the channel is shared."""
    slack.app.events = ("message.channels",)
    await slack.user("otto").say("partners", "hi")
    await slack.site.workspace.changes.until(lambda: app.heard or None, 30)

    assert app.heard[0]["is_ext_shared_channel"] is True
    assert app.heard[0]["event"]["user_team"] == "T000OTHER"


async def test_private_channels_and_direct_messages_have_their_events(slack, app):
    """message.groups and message.im, with the channel's type."""
    slack.app.events = ("message.groups", "message.im")
    await slack.user("ana").say("dwh-private", "a")
    await slack.user("ana").say(slack.user("ana").dm().channel.id, "b")
    await slack.user("ana").say("dwh-ops", "c")
    await slack.site.workspace.changes.until(lambda: len(app.heard) == 2 or None, 30)

    assert {h["event"]["channel_type"] for h in app.heard} == {"group", "im"}


async def test_what_is_said_is_told_by_scope_and_in_a_direct_message_once(slack, app):
    """Without its scope no event comes; a mention in a direct message is that message alone."""
    slack.app.events = ("app_mention", "message.channels", "message.im")
    slack.app.scopes = ("im:history",)
    await slack.user("ana").say("dwh-ops", f"<@{slack.app.bot_user_id}> help")
    await slack.user("ana").say(slack.user("ana").dm().channel.id, f"<@{slack.app.bot_user_id}> help")
    await slack.site.workspace.changes.until(lambda: app.heard or None, 30)
    await asyncio.sleep(0.02)  # another would have come by now

    assert [(h["event"]["type"], h["event"]["channel_type"]) for h in app.heard] == [("message", "im")]


async def test_where_the_messages_tab_is_read_only_nobody_writes_there(slack, app):
    """Neither messages nor commands: there is nowhere to type them."""
    slack.app.messages_read_only = True
    ana = slack.user("ana")
    tab = ana.dm().channel.id
    with pytest.raises(NotPossible):
        await ana.say(tab, "help")
    with pytest.raises(NotPossible):
        await ana.send_command("/x", channel=tab)


# stories


async def test_a_story_that_goes_another_way_says_what_was_seen(slack, app):
    """A modal instead of words, words instead of a modal, no such button: each with what there was."""
    ana = slack.user("ana")
    app.answer = lambda payload: "only words"
    with pytest.raises(Unexpected, match="only words"):
        await ana.command("/x")
    app.opens(modal(field("f")))
    with pytest.raises(Unexpected, match="a modal: Text"):
        await ana.command_reply("/x")
    with pytest.raises(Unexpected, match="there is no 'Approve', only: "):
        await ana.click(ana.modal, "Approve")


async def test_a_wait_gives_up_with_words(slack):
    """TimeoutError says what was waited for."""
    ana = slack.user("ana")
    with pytest.raises(TimeoutError, match=r"nothing in #dwh-ops says 'Waiting' within 0\.01 s"):
        await ana.channel("dwh-ops").wait_for("Waiting", seconds=0.01)
    with pytest.raises(TimeoutError, match="no modal says"):
        await ana.wait_for_modal("x", seconds=0.01)
    with pytest.raises(TimeoutError, match="the app doesn't connect"):
        await slack.wait_for_app(seconds=0.01)
    with pytest.raises(Unexpected, match="no Home tab"):
        _ = (await ana.home()).text


async def test_waits_end_with_the_change(slack, app):
    """Modals, notices, replies and Home are waited for."""
    ana = slack.user("ana")
    app.opens(modal(field("f")))
    opened = asyncio.create_task(ana.wait_for_modal("Text"))
    form = await ana.command("/x")
    assert (await opened).shown is form.shown

    app.answer = lambda payload: 500
    noticed = asyncio.create_task(ana.wait_for_notice("did not respond"))
    await ana.send_command("/x")
    await noticed

    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="root")
    card = ana.channel("dwh-ops").messages[-1]
    replied = asyncio.create_task(card.wait_for_reply("reply"))
    await app.api.chat_postMessage(channel="C00DWHOPS", text="a reply", thread_ts=posted["ts"])
    assert (await replied).text == "a reply"


async def test_texts_read_as_people_read_them(slack, app):
    """Mentions by name, links and dates by label, entities as characters."""
    text = (
        "<@U00000BEN> <#C00DWHOPS> <!subteam^S00000DBA> <!date^1^{date}|today> <!here> <https://a.example|a> &lt;b&gt;"
    )
    await app.api.chat_postMessage(channel="C00DWHOPS", text=text)

    assert slack.user("ana").channel("dwh-ops").messages[0].text == "@ben #dwh-ops @dba today @here a <b>"


async def test_a_shortcut_opens_a_modal(slack, app):
    """From anywhere, or from a message."""

    async def answer(payload):
        await app.api.views_open(trigger_id=payload["trigger_id"], view=modal(field("f")))

    app.answer = answer
    ana = slack.user("ana")
    assert (await ana.shortcut("make")).title == "Text"
    card = await ana.say("dwh-ops", "make one of this")
    assert (await ana.shortcut("make", card)).title == "Text"
    assert app.heard[-1]["message"]["text"] == "make one of this"
    with pytest.raises(NotPossible):
        await slack.user("otto").shortcut("make")


async def test_a_click_may_be_answered_privately(slack, app):
    """click_for_reply returns the private answer, click_for_modal the modal."""

    async def answer(payload):
        if payload["actions"][0]["action_id"] == "say":
            await app.api.chat_postEphemeral(channel="C00DWHOPS", user=payload["user"]["id"], text="psst")
        else:
            await app.api.views_open(trigger_id=payload["trigger_id"], view=modal(field("f")))

    await app.api.chat_postMessage(channel="C00DWHOPS", text="x", blocks=[actions(button("say"), button("open"))])
    app.answer = answer
    ben = slack.user("ben")
    card = ben.channel("dwh-ops").messages[0]

    assert (await ben.click_for_reply(card, "say")).text == "psst"
    assert (await ben.click_for_modal(card, "open")).title == "Text"


async def test_a_page_may_be_installed():
    """What *install* adds is served beside the rest."""
    from aiohttp import web

    async def hello(request: web.Request) -> web.Response:
        return web.Response(text="hello")

    def install(application: web.Application) -> None:
        application.router.add_get("/", hello)

    async with (
        Sandbox(install=[install]) as slack,
        aiohttp.ClientSession() as http,
        http.get(slack.origin) as response,
    ):
        assert await response.text() == "hello"
