"""The driver's HTTP API and the live socket: a page acts as a person; no other page can."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import aiohttp
import pytest

from slack_sandbox import FAULTS, App, Sandbox, SandboxClock
from slack_sandbox.changes import Changes
from slack_sandbox.exchanges import Exchanges
from tests.harness.scripted_slack_app import NOON, actions, button, field, modal, options, scripted
from tests.harness.unhurried import UNHURRIED

DOCS = (Path(__file__).parents[2] / "slack_sandbox" / "README.md").read_text()


@pytest.fixture
async def slack():
    """A sandbox whose clock stands still."""
    async with Sandbox(App(events=("app_home_opened", "user_change")), clock=SandboxClock(NOON), **UNHURRIED) as slack:
        yield slack


@pytest.fixture
async def app(slack):
    """A scripted app behind a request URL."""
    async with scripted(slack) as app:
        yield app


@pytest.fixture
async def page(slack):
    """What a page does: calls with the sandbox's own origin."""
    async with aiohttp.ClientSession(slack.origin, headers={"Origin": slack.origin}) as http:
        yield Page(http)


class Page:
    """Calls the driver and returns status and answer."""

    def __init__(self, http):
        self.http = http

    async def get(self, name, /, **args):
        """Read something."""
        async with self.http.get(f"/_sandbox/{name}", params=args) as response:
            return await response.json()

    async def post(self, name, /, **args):
        """Do something that must succeed."""
        async with self.http.post(f"/_sandbox/{name}", json=args) as response:
            answer = await response.json()
            assert (response.status, answer["ok"]) == (200, True), answer
            return answer

    async def refused(self, name, /, **args):
        """Do something that must be refused; return the status and the words."""
        async with self.http.post(f"/_sandbox/{name}", json=args) as response:
            answer = await response.json()
            assert answer["ok"] is False
            return response.status, answer["error"]

    async def live(self, user):
        """Open the live socket, and return it and the state."""
        socket = await self.http.ws_connect(f"/_sandbox/live?user={user}")
        first = await socket.receive_json(timeout=2)
        assert first["type"] == "state"
        return socket, first["state"]


async def of_type(socket, kind):
    """Return the next change of *kind*."""
    while (change := await socket.receive_json(timeout=2))["type"] != kind:
        pass
    return change


async def test_a_page_goes_the_whole_way(app, page):
    """Command, search, type, submit, click: all over HTTP, as one person and another."""
    search = field("what", "external_select", min_query_length=0, block={"optional": True})
    app.opens(modal(field("name"), search))
    await page.post("command", user="ana", channel="dwh-ops", text="/x")
    (form,) = (await page.get("state", user="ana"))["state"]["modals"]
    ids = {"user": "ana", "view_id": form["id"]}

    blocked = (await page.post("submit", **ids))["outcome"]
    assert (blocked["status"], list(blocked["errors"])) == ("blocked", ["name"])

    app.answer = lambda payload: {"options": options("a")} if payload["type"] == "block_suggestion" else None
    found = await page.post("search", **ids, block_id="what", action_id="v", value="")
    await page.post("type", **ids, block_id="what", action_id="v", value=found["options"][0]["value"])
    await page.post("type", **ids, block_id="name", action_id="v", value="typed")
    assert (await page.post("submit", **ids))["outcome"]["action"] == "closed"
    values = app.heard[-1]["view"]["state"]["values"]
    assert (values["name"]["v"]["value"], values["what"]["v"]["selected_option"]["value"]) == ("typed", "a")

    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="x", blocks=[actions(button())])
    where = {"channel": posted["channel"], "ts": posted["ts"], "block_id": "row", "action_id": "go"}
    assert (await page.post("click", user="ben", **where))["outcome"]["status"] == "ok"
    assert app.heard[-1]["user"]["id"] == "U00000BEN"


async def test_a_question_before_a_click_can_be_denied(app, page):
    """With confirm false nothing reaches the app."""
    words = {"type": "plain_text", "text": "Sure?"}
    confirm = dict.fromkeys(("title", "text", "confirm", "deny"), words)
    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="x", blocks=[actions(button(confirm=confirm))])
    where = {"channel": "dwh-ops", "ts": posted["ts"], "block_id": "row", "action_id": "go", "user": "ben"}

    assert (await page.post("click", **where, confirm=False))["outcome"]["status"] == "cancelled"
    assert app.heard == []
    await page.post("click", **where)
    assert app.heard[0]["actions"][0]["confirm"]["title"]["text"] == "Sure?"


async def test_choices_in_messages_are_kept_and_sent(app, page):
    """A select in a message sends its choice at once; the state remembers it for that person."""
    select = {"type": "static_select", "action_id": "s", "options": options("a", "b")}
    menu = {"type": "overflow", "action_id": "o", "options": options("c")}
    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="x", blocks=[actions(select, menu)])
    where = {"channel": "dwh-ops", "ts": posted["ts"], "block_id": "row", "user": "ben"}

    await page.post("click", **where, action_id="s", value="b")
    assert app.heard[-1]["actions"][0]["selected_option"]["value"] == "b"
    assert app.heard[-1]["state"]["values"]["row"]["s"]["selected_option"]["value"] == "b"
    await page.post("click", **where, action_id="o", value="C")
    assert app.heard[-1]["actions"][0]["selected_option"]["value"] == "c"

    (chosen,) = (await page.get("state", user="ben"))["state"]["chosen"]
    assert (chosen["ts"], chosen["values"]["row"]["s"]["selected_option"]["value"]) == (posted["ts"], "b")
    assert (await page.get("state", user="ana"))["state"]["chosen"] == []


async def test_shortcuts_tabs_words_and_notices(app, page):
    """The rest of what a person can do."""
    said = await page.post("say", user="ana", channel="dwh-ops", text="hi")
    await page.post("say", user="ben", channel="dwh-ops", text="oh", thread_ts=said["ts"])
    await page.post("shortcut", user="ana", callback_id="global")
    await page.post("shortcut", user="ben", callback_id="of-message", channel="dwh-ops", ts=said["ts"])
    assert [(h["type"], h["callback_id"]) for h in app.heard] == [
        ("shortcut", "global"),
        ("message_action", "of-message"),
    ]
    assert app.heard[1]["message"]["user"] == "U00000ANA"
    assert "channel" not in app.heard[0]

    await page.post("home", user="ana", tab="messages")
    await page.post("command", user="otto", channel="partners", text="/x")
    assert (await page.get("state", user="otto"))["state"]["notices"][0]["kind"] == "slackbot"
    await page.post("dismiss", user="otto")
    assert (await page.get("state", user="otto"))["state"]["notices"] == []


@pytest.mark.parametrize(
    ("name", "args", "status", "words"),
    [
        ("command", {"user": "nobody", "channel": "dwh-ops", "text": "/x"}, 404, "nobody is called nobody"),
        ("command", {"user": "ana", "channel": "nowhere", "text": "/x"}, 404, "no channel is called nowhere"),
        ("command", {"user": "ana", "channel": "dwh-ops"}, 400, "text is missing"),
        ("command", {"user": "dan", "channel": "dwh-private", "text": "/x"}, 409, "no such channel"),
        ("command", {"user": "dora", "channel": "dwh-ops", "text": "/x"}, 409, "no person sits"),
        ("submit", {"user": "ana", "view_id": "V1"}, 409, "no such view"),
        (
            "click",
            {"user": "ana", "channel": "dwh-ops", "ts": "1.0", "block_id": "b", "action_id": "a"},
            409,
            "no such",
        ),
        ("home", {"user": "ana", "tab": "about"}, 400, "tab is"),
        ("home", {"user": "otto"}, 409, "no such tab"),
        ("say", {"user": "ana", "channel": "old", "text": "x"}, 409, "can't write"),
        ("fault", {"name": "earthquake"}, 400, "no fault earthquake"),
        ("fault", {"name": "slow", "colour": "red"}, 400, "a fault has no colour"),
        ("fault", {"name": "slow", "times": 0}, 400, "at least 1"),
        ("fault", {"name": "channel_archived"}, 400, "needs a channel"),
        ("fault", {"name": "message_deleted"}, 400, "no such message"),
        ("forge", {"forgery": "nice"}, 400, "forgery is one of"),
        ("forge", {"forgery": "replayed"}, 400, "nothing was sent"),
        ("forge", {"forgery": "stale"}, 400, "no request URL"),
        ("send", {"envelope": "letter"}, 400, "envelope is one of"),
        ("workspace", {"do": "nothing"}, 400, "do:"),
        ("workspace", {"do": "change_person", "person": "ben", "flags": {"id": "U1"}}, 400, "a person has no id"),
        ("workspace", {"do": "invite", "channel": "x", "person": "ben"}, 404, "no channel"),
        ("clock", {"advance": "soon"}, 400, "could not convert"),
    ],
)
async def test_such_a_call_is_refused_with_words(page, name, args, status, words):
    """The status tells a wrong call from an unknown name and from what Slack wouldn't allow."""
    answered, said = await page.refused(name, **args)

    assert answered == status
    assert words in said


async def test_a_body_must_be_an_object(page):
    """Anything but a JSON object is a mistake in the call."""
    for body in (b"{", b"[]"):
        async with page.http.post("/_sandbox/command", data=body) as response:
            assert response.status == 400


async def test_the_workspace_changes_by_hand(slack, app, page):
    """People, groups, channels and messages change, and the app hears what it subscribed to."""
    await page.post("workspace", do="change_person", person="ben", flags={"deleted": True})
    await slack.site.workspace.changes.until(lambda: app.heard or None, 30)
    assert app.heard[0]["event"]["user"]["deleted"] is True
    await page.post("workspace", do="set_group", group="dba", users=["bea"])
    await page.post("workspace", do="invite", channel="dwh-secret", person=slack.app.bot_user_id)
    posted = await app.api.chat_postMessage(channel="C0DWHSECR", text="x")
    await page.post("workspace", do="delete_message", channel="dwh-secret", ts=posted["ts"])
    await page.post("workspace", do="remove", channel="dwh-secret", person="cleo")
    await page.post("workspace", do="archive", channel="dwh-secret")

    state = (await page.get("state", user="ben"))["state"]
    (secret,) = [c for c in state["channels"] if c["name"] == "dwh-secret"]
    assert (secret["is_archived"], secret["messages"]) == (True, [])
    assert secret["members"] == ["U00000BEN", slack.app.bot_user_id]
    assert state["groups"][0]["users"] == ["U00000BEA"]
    assert "dwh-secret" not in [c["name"] for c in (await page.get("state", user="cleo"))["state"]["channels"]]


async def test_the_clock_can_be_moved(slack, page):
    """By seconds, forward; a clock of somebody else's is left alone."""
    before = slack.site.workspace.clock.now()
    await page.post("clock", advance=90)

    assert (slack.site.workspace.clock.now() - before).total_seconds() == 90


async def test_faults_can_be_set_seen_and_forgotten(page):
    """All are listed with a line each; those that wait are shown until they struck or are cleared."""
    listed = await page.get("faults")
    assert listed["faults"] == dict(FAULTS)
    assert set(listed["kinds"].values()) == {"calls", "events", "now"}

    await page.post("fault", name="slow", method="views.open", times=2, seconds=0.1)
    (waiting,) = (await page.get("faults"))["waiting"]
    assert (waiting["name"], waiting["method"], waiting["times"]) == ("slow", "views.open", 2)
    await page.post("fault", clear=True)
    assert (await page.get("faults"))["waiting"] == []
    assert (await page.get("faults"))["held"] == 0
    assert (await page.post("fault", name="release"))["concerns"] == 0


async def test_any_payload_can_be_sent_and_any_body_forged(slack, app, page):
    """A foreign team's payload, and a body that is no payload, reach the app rightly signed."""
    sent = await page.post("send", envelope="interactive", payload={"type": "block_actions", "team": {"id": "T666"}})
    assert (sent["status"], app.heard[-1]["team"]["id"]) == ("ok", "T666")

    app.answer = lambda payload: "heard"
    forged = await page.post("forge", forgery="genuine", raw="command=%2Fx&text=payload")
    assert (forged["status"], forged["answer"], app.raw[-1]) == (200, "heard", b"command=%2Fx&text=payload")


async def test_a_forged_request_may_find_no_answer(slack, app, page):
    """Too late, or nobody there: both are said and recorded."""
    app.answer = lambda payload: asyncio.sleep(0.3)
    slack.site.transport.ack_seconds = 0.1
    assert (await page.refused("forge", forgery="stale"))[0] == 502
    slack.site.transport.ack_seconds = 3.0
    slack.app.request_url = "http://127.0.0.1:1/"
    assert (await page.refused("forge", forgery="stale"))[0] == 502

    assert [e["status"] for e in slack.site.exchanges.list()] == ["timeout", "connection_failed"]


async def test_exchanges_tell_what_was_said_and_seen(slack, app, page):
    """Both directions, with answer, deadline and what the person saw; newer ones by id; no secret among it."""

    async def answer(payload):
        await app.api.auth_test()
        return "words for ana"

    app.answer = answer
    await page.post("command", user="ana", channel="dwh-ops", text="/x")
    command, test = (await page.get("exchanges"))["exchanges"]

    assert (command["direction"], command["transport"], command["what"]) == ("slack->app", "http", "/x")
    assert (command["status"], command["answer"], command["saw"]) == ("200", "words for ana", ["words for ana"])
    assert command["deadline_kept"] is True
    assert command["proof"].startswith("v0=")
    assert command["ms"] > 0
    assert (test["direction"], test["what"], test["answer"]["user_id"]) == ("app->slack", "auth.test", "U00000BOT")
    assert (await page.get("exchanges", after=command["id"]))["exchanges"] == [test]

    everything = json.dumps(await page.get("exchanges"))
    secret = app.heard[0]["response_url"].rsplit("/", 1)[1]
    for hidden in (slack.app.bot_token, slack.app.app_token, slack.app.signing_secret, app.heard[0]["token"], secret):
        assert hidden not in everything


async def test_a_sockets_ticket_is_not_among_the_exchanges(slack, page):
    """The address that apps.connections.open answers is a secret."""
    headers = {"Authorization": f"Bearer {slack.app.app_token}"}
    async with page.http.post("/api/apps.connections.open", headers=headers) as response:
        url = (await response.json())["url"]

    shown = (await page.get("exchanges"))["exchanges"][0]["answer"]["url"]
    assert shown != url
    assert "ticket=***" in shown


def test_exchanges_are_bounded():
    """The oldest go; ids go on."""
    exchanges = Exchanges(SandboxClock(NOON), Changes(), most=3)
    for n in range(5):
        exchanges.end(exchanges.begin("app->slack", "web-api", f"method {n}", {}), "200", {})

    assert [(e["id"], e["what"]) for e in exchanges.list()] == [(3, "method 2"), (4, "method 3"), (5, "method 4")]
    assert [e["id"] for e in exchanges.list(limit=1)] == [5]


# the live socket


async def test_the_live_socket_pushes_what_a_person_sees(slack, app, page):
    """First everything, then each change: messages, private ones, modals, Home, notices, deletions, channels."""
    socket, state = await page.live("ana")
    assert {c["name"] for c in state["channels"]} == {"general", "dwh-ops", "dwh-private", "partners", "old"}
    assert {p["name"] for p in state["people"]} >= {"ana", "ben", "otto"}

    posted = await app.api.chat_postMessage(channel="C00DWHOPS", text="x")
    change = await of_type(socket, "message")
    assert (change["channel"], change["message"]["text"], change["ephemeral"]) == ("C00DWHOPS", "x", False)
    await app.api.chat_update(channel="C00DWHOPS", ts=posted["ts"], text="y")
    assert (await of_type(socket, "message"))["message"]["text"] == "y"
    await app.api.chat_delete(channel="C00DWHOPS", ts=posted["ts"])
    assert (await of_type(socket, "message_deleted"))["ts"] == posted["ts"]
    await app.api.chat_postEphemeral(channel="C00DWHOPS", user="U00000ANA", text="psst")
    assert (await of_type(socket, "message"))["ephemeral"] is True
    await app.api.chat_postMessage(channel="U00000ANA", text="x")
    assert (await of_type(socket, "channel"))["channel"]["is_im"] is True
    await app.api.views_publish(user_id="U00000ANA", view={"type": "home", "blocks": [{"type": "divider"}]})
    assert (await of_type(socket, "home"))["home"]["type"] == "home"

    app.opens(modal(field("f")))
    form = await slack.user("ana").command("/x")
    assert [m["id"] for m in (await of_type(socket, "modals"))["modals"]] == [form.shown.id]
    app.answer = lambda payload: 500
    await form.fill(f="x")
    await form.submit()
    assert (await of_type(socket, "notice"))["notice"]["kind"] == "no_response"
    while not (modals := (await of_type(socket, "modals"))["modals"])[0]["client"]["error"]:
        pass
    assert modals[0]["state"]["values"]["f"]["v"]["value"] == "x"


async def test_the_live_socket_keeps_what_others_see_to_them(slack, app, page):
    """Neither private messages, nor private channels, nor modals of others are pushed."""
    socket, state = await page.live("dan")
    assert "dwh-private" not in [c["name"] for c in state["channels"]]

    await app.api.chat_postEphemeral(channel="C00DWHOPS", user="U00000ANA", text="psst")
    await app.api.chat_postMessage(channel="C0DWHPRIV", text="secret")
    app.opens(modal(field("f")))
    await slack.user("ana").command("/x")
    await app.api.chat_postMessage(channel="C00DWHOPS", text="for all")

    assert (await of_type(socket, "message"))["message"]["text"] == "for all"
    assert (await page.get("state", user="dan"))["state"]["modals"] == []


async def test_an_unknown_person_has_no_live_socket(page):
    """Nobody is nobody."""
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await page.live("nobody")
    assert caught.value.status == 404


async def test_a_page_that_does_not_read_is_cut_off(slack, page):
    """It loses its socket rather than pile up changes, and gets the whole state when it comes back."""
    socket, _ = await page.live("ana")
    for _ in range(1001):
        slack.site.workspace.changes.publish("person", {})
    while (message := await socket.receive(timeout=2)).type is aiohttp.WSMsgType.TEXT:
        pass

    assert message.type is aiohttp.WSMsgType.CLOSE
    _, state = await page.live("ana")
    assert state["me"] == "U00000ANA"


async def test_the_sandbox_stops_with_pages_open(page, slack):
    """Closing doesn't wait for a page to go."""
    socket, _ = await page.live("ana")
    await asyncio.wait_for(slack.close(), 30)

    assert (await socket.receive(timeout=2)).type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)


# security


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "null"},
        {"Host": "evil.example"},
        {"Host": "127.0.0.1"},
    ],
)
async def test_other_pages_are_kept_out(slack, headers):
    """The driver and the live socket refuse a foreign Origin or Host (a page that was rebound to 127.0.0.1)."""
    async with aiohttp.ClientSession(slack.origin, headers=headers) as http:
        async with http.get("/_sandbox/state?user=ana") as response:
            assert response.status == 403
        async with http.post("/_sandbox/say", json={"user": "ana", "channel": "dwh-ops", "text": "x"}) as response:
            assert response.status == 403
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect("/_sandbox/live?user=ana")

    assert caught.value.status == 403
    assert slack.user("ana").channel("dwh-ops").messages == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_the_sandboxs_own_page_is_let_in(slack, host):
    """By either name of this computer, with or without an Origin."""
    own = f"{host}:{slack.origin.rsplit(':', 1)[1]}"
    for headers in ({"Host": own}, {"Host": own, "Origin": f"http://{own}"}):
        async with (
            aiohttp.ClientSession(slack.origin, headers=headers) as http,
            http.get("/_sandbox/people") as response,
        ):
            assert response.status == 200


async def test_it_listens_on_this_computer_alone(slack):
    """Unless told otherwise."""
    assert slack.origin.startswith("http://127.0.0.1:")


async def test_a_taken_port_is_said_and_nothing_stays_open(slack):
    """Two sandboxes can't share a port."""
    with pytest.raises(OSError, match="address already in use"):
        await Sandbox(port=int(slack.origin.rsplit(":", 1)[1])).start()


# the documentation


async def test_the_documentation_names_every_call(slack):
    """Each route of the driver is in its README.md, and nothing else is."""
    routes = {(r.method, r.resource.canonical.removeprefix("/_sandbox/")) for r in slack.routes().router.routes()}
    calls = {(m, n) for m, n in routes if "/" not in n and m != "HEAD"}

    assert calls - {("GET", "live")} == set(re.findall(r"^\| `(GET|POST) (\w+)`", DOCS, re.MULTILINE))


def test_the_documentation_names_every_fault_and_person():
    """FAULTS, the people and the channels are in its README.md with their ids."""
    workspace = Sandbox().site.workspace
    for name in FAULTS:
        assert f"`{name}`" in DOCS
    for person in workspace.people.values():
        assert person.id in DOCS
    for channel in workspace.channels.values():
        assert f"| #{channel.name} " in DOCS
        assert channel.id in DOCS


async def test_the_documentation_names_every_field_of_the_state(slack, page):
    """The keys of a state are in its README.md."""
    for key in (await page.get("state", user="ana"))["state"]:
        assert f'"{key}"' in DOCS


async def test_a_page_may_ask_for_its_state_again_and_gets_it_in_order(app, page):
    """The state that a page asks for comes by the live socket, before the changes that are not in it."""
    socket, _ = await page.live("ana")
    await socket.send_str("state")
    again = await of_type(socket, "state")
    assert again["state"]["home"] is None
    await app.api.views_publish(user_id="U00000ANA", view={"type": "home", "blocks": [{"type": "divider"}]})
    assert (await of_type(socket, "home"))["home"]["blocks"]
    await socket.send_str("state")
    assert (await of_type(socket, "state"))["state"]["home"]["blocks"]
