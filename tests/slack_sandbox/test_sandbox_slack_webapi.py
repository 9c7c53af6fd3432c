"""The Web API's methods answer as Slack's do: messages, threads, history, conversations, people."""

from __future__ import annotations

from email.utils import format_datetime

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from slack_sandbox import App, Sandbox, SandboxClock
from tests.harness.scripted_slack_app import (
    EVERY_SCOPE,
    NOON,
    ScriptedApp,
    actions,
    button,
    field,
    modal,
    options,
    refused,
    scripted,
)
from tests.harness.unhurried import UNHURRIED

OPS = "C00DWHOPS"


@pytest.fixture
async def slack():
    """A sandbox with every scope, whose clock stands still."""
    async with Sandbox(App(scopes=EVERY_SCOPE), clock=SandboxClock(NOON), **UNHURRIED) as slack:
        yield slack


@pytest.fixture
def api(slack):
    """The Web API client of the installed app."""
    return ScriptedApp(slack).api


async def test_auth_test_names_the_app(slack, api):
    """The token's team, user and bot."""
    answer = await api.auth_test()

    known = {"team_id": "T0000ACME", "user_id": slack.app.bot_user_id, "bot_id": slack.app.bot_id}
    assert answer.data == answer.data | known


async def test_an_answer_is_dated_by_the_sandboxes_clock(slack, api):
    """So an app that compares it with its own clock can be tested."""
    assert (await api.auth_test()).headers["Date"] == format_datetime(NOON, usegmt=True)


async def test_a_posted_message_is_the_bots(slack, api):
    """The answer has channel, ts, and the message as history has it."""
    answer = await api.chat_postMessage(channel=OPS, text="x")

    message = answer["message"]
    assert (answer["channel"], answer["ts"], message["ts"]) == (OPS, message["ts"], answer["ts"])
    assert (message["bot_id"], message["user"], message["app_id"]) == ("B00000BOT", "U00000BOT", "A00000APP")
    assert (await api.conversations_history(channel=OPS))["messages"] == [message]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "no_text"),
        ({"text": ""}, "no_text"),
        ({"text": "x", "blocks": "nonsense"}, "invalid_blocks_format"),
        ({"text": "x", "blocks": [{"type": "x"}]}, "invalid_blocks"),
        ({"text": "x", "metadata": {"event_type": "t"}}, "invalid_metadata_schema"),
        ({"text": "x", "metadata": {"event_type": "t", "event_payload": {"k": "x" * 16_000}}}, "metadata_too_large"),
        ({"text": "x", "attachments": [{"text": "a"}] * 101}, "too_many_attachments"),
        ({"text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
    ],
)
async def test_such_a_message_is_refused(api, arguments, error):
    """Empty, malformed or too large messages are not posted."""
    with pytest.raises(SlackApiError) as caught:
        await api.api_call("chat.postMessage", json={"channel": OPS, **arguments})

    assert caught.value.response["error"] == error


async def test_a_long_text_is_cut_when_posted_and_refused_when_updated(api):
    """chat.postMessage keeps 40,000 characters, chat.update takes 4,000."""
    posted = await api.chat_postMessage(channel=OPS, text="x" * 40_001)
    assert len(posted["message"]["text"]) == 40_000

    assert (await refused(api.chat_update(channel=OPS, ts=posted["ts"], text="x" * 4_001)))["error"] == "msg_too_long"


async def test_an_update_with_text_alone_takes_the_blocks_away(slack, api):
    """Text alone keeps the metadata, not the blocks; {} takes it away; edited says who."""
    metadata = {"event_type": "t", "event_payload": {"id": 1}}
    ts = (await api.chat_postMessage(channel=OPS, text="x", blocks=[actions(button())], metadata=metadata))["ts"]

    kept = (await api.chat_update(channel=OPS, ts=ts, text="y"))["message"]
    assert (kept["text"], "blocks" in kept, kept["metadata"]) == ("y", False, metadata)
    assert kept["edited"]["user"] == slack.app.bot_user_id

    bare = (await api.chat_update(channel=OPS, ts=ts, text="z", blocks=[], metadata={}))["message"]
    assert bare["blocks"] == []
    assert "metadata" not in bare


@pytest.mark.parametrize("method", ["chat_update", "chat_delete"])
async def test_only_own_messages_are_changed(slack, api, method):
    """Somebody else's message, and one that isn't there, are refused."""
    card = await slack.user("ana").say("dwh-ops", "mine")
    more = {"text": "x"} if method == "chat_update" else {}

    answer = await refused(getattr(api, method)(channel=OPS, ts=card.ts, **more))
    assert answer["error"] == f"cant_{method.removeprefix('chat_')}_message"
    answer = await refused(getattr(api, method)(channel=OPS, ts="1.000000", **more))
    assert answer["error"] == "message_not_found"


async def test_threads_are_counted_and_broadcast(slack, api):
    """Replies stand in the thread, a broadcast one in the channel too; the first message counts them."""
    root = (await api.chat_postMessage(channel=OPS, text="root"))["ts"]
    await api.chat_postMessage(channel=OPS, text="one", thread_ts=root)
    loud = await api.chat_postMessage(channel=OPS, text="two", thread_ts=root, reply_broadcast=True)

    assert loud["message"]["subtype"] == "thread_broadcast"
    assert loud["message"]["root"]["ts"] == root
    history = (await api.conversations_history(channel=OPS))["messages"]
    assert [m["text"] for m in history] == ["two", "root"]
    assert (history[1]["reply_count"], history[1]["latest_reply"]) == (2, loud["ts"])
    replies = (await api.conversations_replies(channel=OPS, ts=root))["messages"]
    assert [m["text"] for m in replies] == ["root", "one", "two"]
    card = slack.user("ana").channel("dwh-ops").messages[0]
    assert [c.text for c in card.thread] == ["one", "two"]
    assert (await api.chat_getPermalink(channel=OPS, message_ts=loud["ts"]))["permalink"].endswith(f"{root}&cid={OPS}")


async def test_a_reply_to_a_reply_belongs_to_the_thread(api):
    """Slack has one level: the thread is the first message's."""
    root = (await api.chat_postMessage(channel=OPS, text="root"))["ts"]
    reply = await api.chat_postMessage(channel=OPS, text="one", thread_ts=root)
    deeper = await api.chat_postMessage(channel=OPS, text="two", thread_ts=reply["ts"])

    assert deeper["message"]["thread_ts"] == root


async def test_history_is_paged_bounded_and_has_metadata_when_asked(slack, api):
    """Newest first, by cursor; oldest is exclusive unless inclusive; metadata only with include_all_metadata."""
    metadata = {"event_type": "t", "event_payload": {"n": 1}}
    times = []
    for n in range(5):
        slack.site.workspace.clock.advance(1)
        times.append((await api.chat_postMessage(channel=OPS, text=str(n), metadata=metadata))["ts"])

    first = await api.conversations_history(channel=OPS, limit=3)
    rest = await api.conversations_history(channel=OPS, limit=3, cursor=first["response_metadata"]["next_cursor"])
    assert [m["text"] for m in first["messages"] + rest["messages"]] == ["4", "3", "2", "1", "0"]
    assert (first["has_more"], rest["has_more"]) == (True, False)

    late = await api.conversations_history(channel=OPS, oldest=times[2])
    assert [m["text"] for m in late["messages"]] == ["4", "3"]
    assert "metadata" not in late["messages"][0]
    both = await api.conversations_history(
        channel=OPS, oldest=times[2], latest=times[3], inclusive=True, include_all_metadata=True
    )
    assert [m["metadata"] for m in both["messages"]] == [metadata] * 2


async def test_a_wrong_cursor_is_refused(api):
    """Cursors are Slack's own."""
    for cursor in ("nonsense", "bmV4dDp4", "bmV4dDotMQ=="):
        assert (await refused(api.users_list(cursor=cursor)))["error"] == "invalid_cursor"


async def test_pages_of_members_and_people_add_up(slack, api):
    """Following the cursors gives everybody once."""
    members = [m async for page in await api.conversations_members(channel=OPS, limit=4) for m in page["members"]]
    people = [u["id"] async for page in await api.users_list(limit=5) for u in page["members"]]

    assert members == slack.site.workspace.channel("dwh-ops").members
    assert people == list(slack.site.workspace.people)


async def test_conversations_are_listed_by_type_and_visibility(api):
    """Private ones only where the app is; archived ones unless excluded."""
    everything = await api.conversations_list(types="public_channel,private_channel", exclude_archived=True)
    own = await api.users_conversations(types="public_channel,private_channel")

    assert [c["name"] for c in everything["channels"]] == ["general", "dwh-ops", "dwh-private", "partners"]
    assert [c["name"] for c in own["channels"]] == ["dwh-ops", "dwh-private", "partners", "old"]
    assert (await refused(api.conversations_list(types="nonsense")))["error"] == "invalid_types"


async def test_a_conversation_says_what_it_is(api):
    """Shared, private, archived, member or not; the app can't see private ones of others."""
    shared = (await api.conversations_info(channel="C0PARTNER"))["channel"]
    assert (shared["is_ext_shared"], shared["connected_team_ids"]) == (True, ["T000OTHER"])
    private = (await api.conversations_info(channel="C0DWHPRIV"))["channel"]
    assert (private["is_private"], private["is_member"]) == (True, True)
    assert (await api.conversations_info(channel="C000000OLD"))["channel"]["is_archived"]
    assert (await refused(api.conversations_info(channel="C0DWHSECR")))["error"] == "channel_not_found"


async def test_direct_messages_are_opened_once(slack, api):
    """The same people have one conversation; a post to a person goes there too."""
    first = await api.conversations_open(users="U00000ANA", return_im=True)
    again = await api.conversations_open(users="U00000ANA")
    posted = await api.chat_postMessage(channel="U00000ANA", text="psst")

    channel = first["channel"]
    assert (channel["is_im"], channel["user"]) == (True, "U00000ANA")
    assert channel["id"].startswith("D")
    assert (again["channel"]["id"], again["already_open"], posted["channel"]) == (channel["id"], True, channel["id"])
    assert [c.text for c in slack.user("ana").dm().messages] == ["psst"]
    group = await api.conversations_open(users=["U00000ANA", "U00000BEN"])
    assert group["channel"]["id"] != channel["id"]


@pytest.mark.parametrize(
    ("users", "error"),
    [
        ("U0000DORA", "user_disabled"),
        ("U0000OTTO", "user_not_visible"),
        ("U0NOBODY0", "user_not_found"),
        ("U00DEPLOY", "cannot_dm_bot"),
        ("", "users_list_not_supplied"),
        (",".join(["U00000ANA"] * 9), "too_many_users"),
    ],
)
async def test_direct_messages_with_some_are_refused(api, users, error):
    """Who left, strangers, nobody, bots, and too many."""
    assert (await refused(api.conversations_open(users=users)))["error"] == error


async def test_a_closed_messages_tab_takes_no_messages(slack, api):
    """With the Messages tab off, direct messages are refused."""
    slack.app.messages_tab = False

    assert (await refused(api.chat_postMessage(channel="U00000ANA", text="x")))["error"] == "messages_tab_disabled"


async def test_people_are_found_by_address_with_its_scope_alone(slack, api):
    """users:read.email shows addresses and finds by them; who left and outsiders are not found."""
    assert (await api.users_lookupByEmail(email="Ana@acme.example"))["user"]["id"] == "U00000ANA"
    assert (await api.users_info(user="U00000ANA"))["user"]["profile"]["email"] == "ana@acme.example"
    assert (await refused(api.users_lookupByEmail(email="dora@acme.example")))["error"] == "users_not_found"

    slack.app.scopes = ("users:read",)
    assert "email" not in (await api.users_info(user="U00000ANA"))["user"]["profile"]
    assert (await refused(api.users_lookupByEmail(email="x")))["needed"] == "users:read.email"


async def test_user_groups_have_members(slack, api):
    """usergroups.list and usergroups.users.list agree, also after a change."""
    (group,) = (await api.usergroups_list(include_users=True))["usergroups"]
    assert (group["handle"], group["users"]) == ("dba", ["U00000BEN", "U00000BEA"])
    slack.admin.set_group("dba", ["bea"])
    assert (await api.usergroups_users_list(usergroup=group["id"]))["users"] == ["U00000BEA"]
    assert (await refused(api.usergroups_users_list(usergroup="S0NONE000")))["error"] == "no_such_subteam"


async def test_team_and_bots_are_known(slack, api):
    """team.info and bots.info."""
    assert (await api.team_info())["team"]["domain"] == "acme"
    assert (await api.bots_info(bot=slack.app.bot_id))["bot"]["app_id"] == slack.app.app_id
    assert (await api.bots_info(bot="B00DEPLOY"))["bot"]["name"] == "deploybot"
    assert (await refused(api.bots_info(bot="B0")))["error"] == "bot_not_found"


async def test_a_home_tab_may_be_switched_off(slack, api):
    """views.publish then answers not_enabled."""
    slack.app.home_tab = False

    view = {"type": "home", "blocks": [{"type": "divider"}]}
    assert (await refused(api.views_publish(user_id="U00000ANA", view=view)))["error"] == "not_enabled"


def test_an_app_is_installed_from_its_manifest():
    """Scopes, events, commands and tabs come from Slack's own format."""
    manifest = {
        "display_information": {"name": "Snapshots"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "bot_user": {"display_name": "snap"},
            "slash_commands": [{"command": "/snapshot", "should_escape": True}],
        },
        "oauth_config": {"scopes": {"bot": ["commands"]}},
        "settings": {"event_subscriptions": {"bot_events": ["user_change"]}},
    }
    app = App.from_manifest(manifest, bot_token="xoxb-other")

    assert (app.name, app.scopes, app.events, app.commands) == ("snap", ("commands",), ("user_change",), ("/snapshot",))
    assert (app.should_escape, app.home_tab, app.messages_tab, app.bot_token) == (True, True, False, "xoxb-other")
    with pytest.raises(TypeError, match="colour"):
        App.from_manifest(manifest, colour="red")


@pytest.mark.parametrize(
    ("method", "arguments", "error"),
    [
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postEphemeral", {"channel": OPS, "user": "U00000ANA", "text": "x" * 4_001}, "msg_too_long"),
        ("chat.update", {"channel": "C0DWHSECR", "ts": "1.0", "text": "x"}, "channel_not_found"),
        ("chat.getPermalink", {"channel": "C0DWHSECR", "message_ts": "1.0"}, "channel_not_found"),
        ("chat.getPermalink", {"channel": OPS, "message_ts": "1.0"}, "message_not_found"),
        ("conversations.info", {"channel": "C0NOWHERE"}, "channel_not_found"),
        ("conversations.join", {"channel": "C0DWHSECR"}, "channel_not_found"),
        ("conversations.join", {"channel": "C0DWHPRIV"}, "method_not_supported_for_channel_type"),
        ("conversations.join", {"channel": "C000000OLD"}, "is_archived"),
        ("conversations.open", {"channel": OPS}, "channel_not_found"),
        ("conversations.history", {"channel": OPS, "oldest": "yesterday"}, "invalid_ts_oldest"),
        ("conversations.history", {"channel": OPS, "limit": "many"}, "invalid_arguments"),
        ("conversations.history", {"channel": OPS, "latest": "tomorrow"}, "invalid_ts_latest"),
        ("conversations.list", {"limit": "many"}, "invalid_limit"),
        ("conversations.members", {"channel": OPS, "limit": "1001"}, "invalid_limit"),
        ("conversations.replies", {"channel": OPS, "ts": "1.0"}, "thread_not_found"),
        ("users.conversations", {"user": "U0NOBODY0"}, "user_not_found"),
        ("users.info", {"user": "U0NOBODY0"}, "user_not_found"),
        ("team.info", {"team": "T0"}, "team_not_found"),
        ("views.open", {"trigger_id": "1", "view": "{"}, "invalid_arguments"),
        ("views.open", {"trigger_id": "1"}, "invalid_arguments"),
        ("views.update", {"view": {}}, "invalid_arguments"),
        ("views.update", {"view_id": "V0", "view": {}}, "not_found"),
        ("views.publish", {"user_id": "U0NOBODY0", "view": {}}, "invalid_arguments"),
        ("chat.postMessage", {"channel": OPS, "attachments": {}}, "invalid_attachments"),
        ("chat.postMessage", {"channel": OPS, "text": "x", "metadata": "words"}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": OPS, "text": "x", "metadata": []}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": OPS, "attachments": [{"blocks": [{"type": "x"}]}]}, "invalid_blocks"),
    ],
)
async def test_such_a_call_is_refused(api, method, arguments, error):
    """Each with Slack's own code."""
    assert (await refused(api.api_call(method, json=arguments)))["error"] == error


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{", "application/json", "invalid_json"),
        (b"[]", "application/json", "json_not_object"),
        (b"<x/>", "text/xml", "invalid_post_type"),
    ],
)
async def test_a_body_that_slack_cannot_read_is_refused(slack, body, kind, error):
    """Only forms and JSON objects are arguments."""
    headers = {"Authorization": f"Bearer {slack.app.bot_token}", "Content-Type": kind}
    async with (
        aiohttp.ClientSession(slack.origin) as http,
        http.post("/api/auth.test", data=body, headers=headers) as response,
    ):
        assert (await response.json())["error"] == error


async def test_the_token_may_be_an_argument(slack):
    """As in old clients; it never shows among the exchanges."""
    async with (
        aiohttp.ClientSession(slack.origin) as http,
        http.post("/api/auth.test", data={"token": slack.app.bot_token}) as response,
    ):
        assert (await response.json())["ok"]

    assert slack.site.exchanges.list()[0]["payload"] == {}


async def test_an_update_must_say_something_and_its_channel_be_open(slack, api):
    """Neither nothing, nor emptiness, nor in an archived channel."""
    where = {"channel": OPS, "ts": (await api.chat_postMessage(channel=OPS, text="x"))["ts"]}
    assert (await refused(api.api_call("chat.update", json=where)))["error"] == "no_text"
    assert (await refused(api.api_call("chat.update", json={**where, "text": ""})))["error"] == "no_text"
    slack.admin.archive("dwh-ops")
    assert (await refused(api.chat_update(**where, text="y")))["error"] == "is_inactive"


async def test_attachments_are_kept_and_their_buttons_work(slack, api):
    """Old-style attachments with blocks can be clicked like any others."""
    await api.chat_postMessage(channel=OPS, attachments=[{"blocks": [actions(button())]}], text="x")
    async with scripted(slack) as app:
        ben = slack.user("ben")
        await ben.click(ben.channel("dwh-ops").messages[0], "go")

    assert app.heard[0]["message"]["attachments"][0]["id"] == 1


async def test_a_home_tab_is_replaced_with_its_hash(api):
    """The hash of the shown one passes, an older one doesn't; the external id may stay."""
    view = {"type": "home", "external_id": "home-ana", "blocks": [{"type": "divider"}]}
    first = (await api.views_publish(user_id="U00000ANA", view=view))["view"]
    second = (await api.views_publish(user_id="U00000ANA", view=view, hash=first["hash"]))["view"]

    assert second["id"] == first["id"]
    answer = await refused(api.views_publish(user_id="U00000ANA", view=view, hash=first["hash"]))
    assert answer["error"] == "hash_conflict"


async def test_nothing_is_pushed_without_a_modal(slack, api):
    """views.push needs one that is open."""
    async with scripted(slack) as app:
        await slack.user("ana").send_command("/x")
    view = modal(field("f"))

    assert (await refused(api.views_push(trigger_id=app.heard[0]["trigger_id"], view=view)))["error"] == "not_found"


async def test_an_external_select_of_a_message_is_searched(slack, api):
    """Its block_suggestion has the message and channel; what was found can be chosen."""
    select = {"type": "external_select", "action_id": "s", "min_query_length": 1}
    await api.chat_postMessage(channel=OPS, text="x", blocks=[actions(select)])
    group = {"label": {"type": "plain_text", "text": "Group"}, "options": options("a")}
    async with scripted(slack) as app:
        app.answer = lambda payload: {"option_groups": [group]} if payload["type"] == "block_suggestion" else None
        ben = slack.user("ben")
        card = ben.channel("dwh-ops").messages[0]
        found = await slack.clients.search(ben.id, card.target(ben), "row", "s", "a")
        await ben.click(card, "s", "a")

    assert found == options("a")
    assert (app.heard[0]["container"]["type"], app.heard[0]["channel"]["id"]) == ("message", OPS)
    assert app.heard[0]["message"]["ts"] == card.ts
    assert app.heard[1]["actions"][0]["selected_option"]["value"] == "a"
