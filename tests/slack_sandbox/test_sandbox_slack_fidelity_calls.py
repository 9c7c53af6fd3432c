"""The sandbox's Web API refuses what Slack refuses: points 5, 6, 8, 12 and 16 of `test_sandbox_slack_fidelity`."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from slack_sandbox.rates import Rates
from tests.harness.scripted_slack_app import actions, field, modal, refused

pytest_plugins = ("tests.harness.strict_sandbox",)


# 5 scopes and membership


async def test_05_a_missing_scope_is_named(slack, app):
    """The answer says what is needed and what is there, and the headers too."""
    slack.app.scopes = ("chat:write",)

    answer = await refused(app.api.users_info(user="U00000ANA"))

    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "users:read", "chat:write")
    assert answer.headers["x-oauth-scopes"] == "chat:write"
    assert answer.headers["x-accepted-oauth-scopes"] == "users:read"


@pytest.mark.parametrize(
    ("types", "needed"), [("public_channel", "channels:read"), ("private_channel", "groups:read"), ("im", "im:read")]
)
async def test_05_each_kind_of_conversation_has_its_scope(slack, app, types, needed):
    """conversations.list needs the scope of each type that it is asked for."""
    slack.app.scopes = ("chat:write",)

    assert (await refused(app.api.conversations_list(types=types)))["needed"] == needed


@pytest.mark.parametrize(
    ("channel", "public", "error"),
    [
        ("C0GENERAL", False, "not_in_channel"),
        ("C0DWHSECR", True, "channel_not_found"),
        ("C000000OLD", True, "is_archived"),
        ("C0NOWHERE", True, "channel_not_found"),
        ("USLACKBOT", True, "channel_not_found"),
    ],
)
async def test_05_posting_is_refused_where_slack_refuses_it(slack, app, channel, public, error):
    """Not in a channel, in a private one of others, in an archived one, nowhere, to somebody who left."""
    slack.app.scopes = ("chat:write", "chat:write.public") if public else ("chat:write",)

    assert (await refused(app.api.chat_postMessage(channel=channel, text="x")))["error"] == error


@pytest.mark.parametrize("channel", ["C0GENERAL", "#general", "C0DWHPRIV", "C00DWHOPS", "U00000ANA"])
async def test_05_posting_is_allowed_where_slack_allows_it(app, channel):
    """In any public channel with chat:write.public, in one's own channels, and to a person."""
    assert (await app.api.chat_postMessage(channel=channel, text="x"))["ok"]


async def test_05_whispering_needs_membership_on_both_sides(slack, app):
    """chat:write.public doesn't let an app whisper where it isn't, nor to somebody who isn't there."""
    here = app.api.chat_postEphemeral(channel="C0GENERAL", user="U00000ANA", text="x")
    assert (await refused(here))["error"] == "not_in_channel"
    there = app.api.chat_postEphemeral(channel="C00DWHOPS", user="U0000OTTO", text="x")
    assert (await refused(there))["error"] == "user_not_in_channel"


async def test_05_history_needs_membership(app):
    """An app reads the history of its own channels alone."""
    assert (await refused(app.api.conversations_history(channel="C0GENERAL")))["error"] == "not_in_channel"
    assert (await app.api.conversations_join(channel="C0GENERAL"))["channel"]["is_member"]
    assert (await app.api.conversations_history(channel="C0GENERAL"))["messages"] == []


async def test_05_tokens_are_checked(slack, app):
    """No token, a wrong one, and one of the wrong kind each have their error."""
    bot, socket = slack.app.bot_token, slack.app.app_token
    async with aiohttp.ClientSession() as http:
        errors = [
            await _error(http, slack, "auth.test", ""),
            await _error(http, slack, "auth.test", "xoxb-other"),
            await _error(http, slack, "auth.test", socket),
            await _error(http, slack, "apps.connections.open", bot),
        ]

    assert errors == ["not_authed", "invalid_auth", "not_allowed_token_type", "not_allowed_token_type"]


async def _error(http, slack, method, token):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with http.post(f"{slack.api_url}{method}", headers=headers) as response:
        assert response.status == 200
        return (await response.json())["error"]


# 6 arguments


@pytest.mark.parametrize("how", ["query", "form", "json", "get"])
async def test_06_arguments_come_by_query_form_or_json(slack, app, how):
    """All encodings mean the same; team_id is ignored; blocks may be JSON in text."""
    args = {"channel": "C00DWHOPS", "text": "x", "team_id": "T1", "blocks": '[{"type": "divider"}]'}
    url, headers = f"{slack.api_url}chat.postMessage", {"Authorization": f"Bearer {slack.app.bot_token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        kinds: dict[str, dict[str, Any]] = {
            "query": {"params": args},
            "form": {"data": args},
            "json": {"json": args},
            "get": {"params": args},
        }
        async with http.request("GET" if how == "get" else "POST", url, **kinds[how]) as response:
            answer = await response.json()

    assert answer["message"]["blocks"][0]["type"] == "divider"
    assert answer["message"]["blocks"][0]["block_id"]


async def test_06_an_unknown_method_is_named_so(app):
    """A method that Slack doesn't have answers unknown_method."""
    assert (await refused(app.api.api_call("chat.postMesage")))["error"] == "unknown_method"


# 8 rate limits and faults


async def test_08_a_burst_passes_and_then_429(slack, app):
    """After its burst a method answers 429 with Retry-After."""
    for _ in range(40):
        await app.api.users_list()
    answer = await refused(app.api.users_list())

    assert (answer.status_code, answer["error"]) == (429, "ratelimited")
    assert 1 <= int(answer.headers["Retry-After"]) <= 3  # one call in three seconds; time goes on meanwhile


def test_08_a_method_recovers_at_its_tiers_pace():
    """A tier of 20 a minute gives a call back every three seconds; switched off, everything passes."""
    time = [0.0]
    rates = Rates(now=lambda: time[0])
    assert [rates.wait("users.list", 20) for _ in range(41)] == [0] * 40 + [3]
    time[0] = 2.9
    assert rates.wait("users.list", 20) == 1
    time[0] = 3.1
    assert rates.wait("users.list", 20) == 0
    rates.on = False
    assert rates.wait("users.list", 20) == 0


async def test_08_one_channel_takes_a_message_a_second(slack, app):
    """After its burst a channel is full while another still takes messages."""

    async def status() -> int:
        try:
            await app.api.chat_postMessage(channel="C00DWHOPS", text="x")
        except SlackApiError as e:
            return int(e.response.status_code)
        return 200

    taken = 0
    while (answered := await status()) == 200:
        taken += 1  # it refills as time passes, so that a slow machine gets some more in

    assert answered == 429
    assert taken >= 60
    assert (await app.api.chat_postMessage(channel="C0DWHPRIV", text="x"))["ok"]


async def test_08_a_dropped_answer_leaves_the_message_behind(slack, app):
    """drop_after: the connection breaks, yet the message is there; the next call works."""
    await slack.fault("drop_after", method="chat.postMessage")

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await app.api.chat_postMessage(channel="C00DWHOPS", text="once")
    await app.api.chat_postMessage(channel="C00DWHOPS", text="twice")

    assert [c.text for c in slack.user("ana").channel("dwh-ops").messages] == ["once", "twice"]


async def test_08_a_dropped_call_leaves_nothing(slack, app):
    """drop_before: the connection breaks and nothing was posted."""
    await slack.fault("drop_before", method="chat.postMessage")

    with pytest.raises(aiohttp.ServerDisconnectedError):
        await app.api.chat_postMessage(channel="C00DWHOPS", text="never")

    assert slack.user("ana").channel("dwh-ops").messages == []


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        ({"name": "ratelimited", "retry_after": 7}, 429, "ratelimited"),
        ({"name": "error_500"}, 500, "internal_error"),
        ({"name": "error", "error": "fatal_error"}, 200, "fatal_error"),
        ({"name": "error_502_html"}, 502, None),
    ],
)
async def test_08_faults_answer_as_asked(slack, app, fault, status, error):
    """Each fault strikes the next calls of its method, as often as asked, and no other method."""
    await slack.fault(method="chat.postMessage", times=2, **fault)
    await app.api.auth_test()

    for _ in range(2):
        answer = await refused(app.api.chat_postMessage(channel="C00DWHOPS", text="x"))
        assert (answer.status_code, answer.get("error")) == (status, error)
    assert (await app.api.chat_postMessage(channel="C00DWHOPS", text="x"))["ok"]


async def test_08_slow_calls_are_done_after_all(slack, app):
    """A slow call takes its time, then does what it should."""
    await slack.fault("slow", method="chat.postMessage", seconds=0.05)
    started = asyncio.get_running_loop().time()

    await app.api.chat_postMessage(channel="C00DWHOPS", text="x")

    assert asyncio.get_running_loop().time() - started >= 0.05


async def test_08_held_calls_are_done_when_they_are_let_go(slack, app):
    """A held call does nothing until the release, which says how many it let go; then it does what it should."""
    await slack.fault("hold", method="chat.postMessage", times=2)
    calls = [asyncio.create_task(app.api.chat_postMessage(channel="C00DWHOPS", text=text)) for text in "ab"]
    await slack.site.workspace.changes.until(lambda: slack.site.faults.held == 2 or None, 30)
    await app.api.chat_postMessage(channel="C00DWHOPS", text="c")
    assert [m.text for m in slack.user("ana").channel("dwh-ops").messages] == ["c"]

    assert await slack.fault("release") == 2
    assert all(answer["ok"] for answer in await asyncio.gather(*calls))
    assert await slack.fault("release") == 0
    assert sorted(m.text for m in slack.user("ana").channel("dwh-ops").messages) == ["a", "b", "c"]


async def test_08_a_caller_that_gives_up_is_held_no_more(slack, app):
    """Its connection is gone; what is cleared lets go of the rest."""
    await slack.fault("hold", method="auth.test", times=2)
    gone, waits = (asyncio.create_task(app.api.auth_test()) for _ in "ab")
    await slack.site.workspace.changes.until(lambda: slack.site.faults.held == 2 or None, 30)
    gone.cancel()
    slack.site.faults.clear()
    assert (await waits)["ok"]
    assert slack.site.faults.held == 0


async def test_08_a_hash_conflict_can_be_had(slack, app):
    """hash_conflict strikes views.publish though the hash is right."""
    await slack.fault("hash_conflict")
    view = {"type": "home", "blocks": [{"type": "divider"}]}
    await app.api.auth_test()

    assert (await refused(app.api.views_publish(user_id="U00000ANA", view=view)))["error"] == "hash_conflict"
    assert (await app.api.views_publish(user_id="U00000ANA", view=view))["ok"]


async def test_08_a_message_can_vanish_and_a_channel_be_archived(slack, app):
    """What administrators do meets the app's next update."""
    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="x")
    await slack.fault("message_deleted")
    answer = await refused(app.api.chat_update(channel=posted["channel"], ts=posted["ts"], text="y"))
    assert answer["error"] == "message_not_found"

    await slack.fault("channel_archived", channel="dwh-ops")
    assert (await refused(app.api.chat_postMessage(channel="C00DWHOPS", text="x")))["error"] == "is_archived"


# 12 message times


async def test_12_message_times_are_unique_in_their_channel(slack, app):
    """A time is seconds, a dot and six digits, and never comes twice though the clock stands still."""
    times = [(await app.api.chat_postMessage(channel="C00DWHOPS", text="x"))["ts"] for _ in range(3)]

    assert times == ["1777896000.000000", "1777896000.000001", "1777896000.000002"]


# 16 escaping


async def test_16_texts_come_back_entity_escaped(slack, app):
    """Bare & < > become entities; Slack's own sequences and entities stay; URLs are linked unless parse is none."""
    text = "a & b <x> &lt; <@U00000ANA> <!here> https://a.example/?q=1&r=2."
    answer = await app.api.chat_postMessage(channel="C00DWHOPS", text=text)
    plain = await app.api.chat_postMessage(channel="C00DWHOPS", text="https://a.example", parse="none")

    linked = "a &amp; b &lt;x&gt; &lt; <@U00000ANA> <!here> <https://a.example/?q=1&amp;r=2>."
    assert answer["message"]["text"] == linked
    assert plain["message"]["text"] == "https://a.example"


async def test_16_blocks_come_back_escaped_and_complete(app):
    """Text objects are escaped and have their switches; every block and element has an id; values stay."""
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "a & b"}}
    element = {"type": "button", "text": {"type": "plain_text", "text": "<go>"}, "value": "a & b"}
    answer = await app.api.chat_postMessage(channel="C00DWHOPS", text="x", blocks=[section, actions(element)])

    first, second = answer["message"]["blocks"]
    assert first["text"] == {"type": "mrkdwn", "text": "a &amp; b", "verbatim": False}
    assert second["elements"][0]["text"] == {"type": "plain_text", "text": "&lt;go&gt;", "emoji": True}
    assert second["elements"][0]["value"] == "a & b"
    assert first["block_id"]
    assert second["elements"][0]["action_id"]


async def test_16_text_from_people_is_escaped_where_slack_does_it(slack, app):
    """Commands and messages arrive escaped, inputs of a modal as they were typed."""
    app.opens(modal(field("f")))
    form = await slack.user("ana").command("/x a & <b>")
    await form.fill(f="a & <b>")
    await form.submit()

    assert app.heard[0]["text"] == "a &amp; &lt;b&gt;"
    assert app.heard[-1]["view"]["state"]["values"]["f"]["v"]["value"] == "a & <b>"


async def test_16_commands_name_people_by_id_where_asked(slack, app):
    """With should_escape, @ana and #dwh-ops arrive as ids."""
    slack.app.should_escape = True
    await slack.user("ana").send_command("/x grant @ben in #dwh-ops to @nobody")

    assert app.heard[0]["text"] == "grant <@U00000BEN|ben> in <#C00DWHOPS|dwh-ops> to @nobody"
