"""Socket Mode as slack_sdk's own client lives it: hello, pings, refresh, drops, silence, sharing."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse
from slack_sdk.web.async_client import AsyncWebClient

from slack_sandbox import Sandbox


@pytest.fixture
async def slack():
    """A sandbox that repeats events soon."""
    async with Sandbox(retry_delays=(0.05, 0.05, 0.05), grace_seconds=0.1) as slack:
        yield slack


class Client(SocketModeClient):
    """slack_sdk's, with what it *heard*."""

    heard: list[SocketModeRequest]


@contextlib.asynccontextmanager
async def sdk_client(slack):
    """Give slack_sdk's Socket Mode client, impatient, that acks and remembers everything."""
    web = AsyncWebClient(base_url=slack.api_url)
    client = Client(slack.app.app_token, web_client=web, ping_interval=0.05)
    client.heard = []

    async def listen(client, request):
        client.heard.append(request)
        await client.send_socket_mode_response(SocketModeResponse(request.envelope_id))

    client.socket_mode_request_listeners.append(listen)
    await client.connect_to_new_endpoint()
    await slack.wait_for_app()
    try:
        yield client
    finally:
        await client.close()


async def raw_socket(slack, http):
    """Open a connection by hand and return it after its hello."""
    headers = {"Authorization": f"Bearer {slack.app.app_token}"}
    async with http.post(f"{slack.api_url}apps.connections.open", headers=headers) as response:
        url = (await response.json())["url"]
    socket = await http.ws_connect(url, autoping=False)
    hello = await socket.receive_json()
    assert hello["type"] == "hello"
    assert hello["connection_info"] == {"app_id": slack.app.app_id}
    socket.hello = hello
    return socket, url


async def next_json(socket):
    """Return the next frame that isn't a ping or pong."""
    while True:
        message = await socket.receive(timeout=2)
        if message.type is aiohttp.WSMsgType.TEXT:
            return message.json()
        assert message.type in (aiohttp.WSMsgType.PING, aiohttp.WSMsgType.PONG), message


async def command_arrives(slack):
    """Send commands until one is acknowledged."""
    for _ in range(20):
        if (await slack.user("ana").send_command("/x")).status == "ok":
            return True
        await asyncio.sleep(0.05)
    return False


async def test_10_envelopes_are_what_slack_sends(slack):
    """A command has an id, a type, accepts an answer, and is done with its ack."""
    async with aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        sending = asyncio.create_task(slack.user("ana").send_command("/x hello"))
        envelope = await next_json(socket)
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "hi"}})
        outcome = await sending

    assert envelope["type"] == "slash_commands"
    assert envelope["accepts_response_payload"] is True
    assert (envelope["payload"]["command"], envelope["payload"]["text"]) == ("/x", "hello")
    assert outcome.saw == ["hi"]


async def test_10_a_ping_is_answered_with_its_own_words():
    """The SDK sends a time and wants it back; Slack sends pings of its own too."""
    async with Sandbox(ping_seconds=0.01) as slack, aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        await socket.ping(b"sdk-ping-pong:1.5")
        seen: dict[aiohttp.WSMsgType, Any] = {}
        while len(seen) < 2:
            message = await socket.receive(timeout=2)
            seen[message.type] = message.data

    assert seen[aiohttp.WSMsgType.PONG] == b"sdk-ping-pong:1.5"
    assert seen[aiohttp.WSMsgType.PING].startswith(b"Ping from")


async def test_10_a_client_that_never_pongs_is_closed():
    """Three pings without an answer, and Slack closes the connection."""
    async with Sandbox(ping_seconds=0.01) as slack, aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        seen = [(await socket.receive(timeout=2)).type for _ in range(4)]

    assert seen == [aiohttp.WSMsgType.PING] * 3 + [aiohttp.WSMsgType.CLOSE]


async def test_a_ticket_opens_one_connection(slack):
    """The address of a connection can't be used again, nor invented."""
    async with aiohttp.ClientSession() as http:
        _, url = await raw_socket(slack, http)
        for bad in (url, url.replace("ticket=", "ticket=x")):
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await http.ws_connect(bad)


@pytest.mark.parametrize("fault", ["socket_drop", "socket_refresh", "socket_silence"])
async def test_10_the_sdk_connects_again(slack, fault):
    """After a drop, a refresh and a silence slack_sdk's client comes back, and commands arrive again."""
    async with sdk_client(slack) as client:
        first = client.current_session
        assert await command_arrives(slack)

        assert await slack.fault(fault) == 1
        until = time.monotonic() + 5
        while client.current_session is first and time.monotonic() < until:  # noqa: ASYNC110 -- the SDK has no event
            await asyncio.sleep(0.02)

        assert client.current_session is not first
        assert await command_arrives(slack)


async def test_10_a_refresh_announces_itself_and_closes_later(slack):
    """First a disconnect frame with its reason, then the end."""
    async with aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        await slack.fault("socket_refresh", reason="warning")

        frame = await next_json(socket)
        assert (frame["type"], frame["reason"]) == ("disconnect", "warning")
        while (message := await socket.receive(timeout=2)).type is not aiohttp.WSMsgType.CLOSE:
            assert message.type is aiohttp.WSMsgType.PING


async def test_10_work_is_shared_among_connections_each_once(slack):
    """Each payload goes to one connection, in turn."""
    async with sdk_client(slack) as one, sdk_client(slack) as two:
        for n in range(4):
            await slack.user("ana").send_command(f"/x {n}")

    assert sorted(r.payload["text"] for r in one.heard + two.heard) == ["0", "1", "2", "3"]
    assert (len(one.heard), len(two.heard)) == (2, 2)


async def test_an_app_of_several_processes_is_waited_for(slack):
    """Until as many connections are open as it has processes; one isn't enough."""
    async with sdk_client(slack):
        with pytest.raises(TimeoutError, match="the app doesn't connect"):
            await slack.wait_for_app(connections=2, seconds=0.01)
        waiting = asyncio.create_task(slack.wait_for_app(connections=2))
        async with sdk_client(slack):
            await waiting
            assert slack.site.sockets.open == 2


async def test_an_eleventh_connection_is_refused(slack):
    """Ten are served; one more is told that there are too many."""
    async with aiohttp.ClientSession() as http:
        sockets = [(await raw_socket(slack, http))[0] for _ in range(10)]
        assert [s.hello["num_connections"] for s in sockets] == list(range(1, 11))
        headers = {"Authorization": f"Bearer {slack.app.app_token}"}
        async with http.post(f"{slack.api_url}apps.connections.open", headers=headers) as response:
            url = (await response.json())["url"]
        async with http.ws_connect(url) as socket:
            assert (await socket.receive_json())["reason"] == "too_many_websockets"


async def test_10_an_event_without_ack_is_sent_again(slack):
    """The same event id comes with retry_attempt and retry_reason; an ack ends it."""
    slack.site.transport.ack_seconds = 0.3

    def attempts():
        return [(e["status"], e["deadline_kept"]) for e in slack.site.exchanges.list()]

    async with aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        await slack.clients.open_home("U00000ANA")
        first, second = await next_json(socket), await next_json(socket)
        await socket.send_json({"envelope_id": second["envelope_id"]})
        await slack.site.workspace.changes.until(lambda: ("ok", True) in attempts()[1:] or None, 30)
        await asyncio.sleep(0.1)  # a third attempt would have begun by now

    assert first["payload"]["event_id"] == second["payload"]["event_id"]
    assert (first["retry_attempt"], second["retry_attempt"], second["retry_reason"]) == (0, 1, "http_timeout")
    assert attempts()[1:] == [("timeout", False), ("ok", True)]


async def test_an_event_reaches_the_connection_that_comes_after_a_drop(slack):
    """An event that was on a broken connection is sent on the next one."""
    async with aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        await slack.clients.open_home("U00000ANA")
        await next_json(socket)
        await slack.fault("socket_drop")
        again, _ = await raw_socket(slack, http)
        envelope = await next_json(again)

    assert envelope["retry_attempt"] >= 1


async def test_a_command_on_a_broken_connection_is_seen_to_fail(slack):
    """Commands are never repeated: the person is told."""
    async with aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        ana = slack.user("ana")
        sending = asyncio.create_task(ana.send_command("/x"))
        await next_json(socket)
        await slack.fault("socket_drop")

        assert (await sending).status == "no_response"
        assert ana.notices == ["/x failed because the app did not respond."]


async def test_nonsense_on_the_socket_is_ignored(slack):
    """What isn't an ack neither ends the connection nor anything that waits."""
    async with aiohttp.ClientSession() as http:
        socket, _ = await raw_socket(slack, http)
        for words in ("{", "[]", '"x"', '{"envelope_id": "unknown"}', '{"envelope_id": []}'):
            await socket.send_str(words)
        sending = asyncio.create_task(slack.user("ana").send_command("/x"))
        envelope = await next_json(socket)
        await socket.send_json({"envelope_id": envelope["envelope_id"]})

        assert (await sending).status == "ok"
