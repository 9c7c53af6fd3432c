"""Socket Mode: fails fast on a wrong token, comes back at once, and ends without losing an answer."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from bot.clients import HttpClients
from bot.core.errors import ConfigError, SlackUnavailable
from bot.core.grants import Role
from bot.core.request import SnapshotRequest, State
from bot.metrics import Metrics
from bot.slack.door.identity import connect, open_connection
from bot.slack.door.socket_mode import SocketMode
from bot.slack.edge import build_app, open_edge
from slack_sandbox import App, Sandbox
from slack_sandbox.sockets import Sockets
from tests.fakes.clock import FakeClock
from tests.fakes.slack_bot import bot_in_sandbox
from tests.fakes.store import FakeStore

NO_SERVICE: Any = SimpleNamespace(first_time=None)  # nothing is delivered


async def run_until_refused(**settings: Any) -> None:
    """Connect with Slack until that can't go on."""
    async with open_edge(store=FakeStore(), **settings) as edge, edge.listening(NO_SERVICE) as connection:
        await connection.uplink.run()


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN is empty"),
        ({"bot_token": "xoxb-wrong"}, r"does not accept SLACK_BOT_TOKEN \(invalid_auth\)"),
        ({"app_token": "xapp-wrong"}, r"does not accept SLACK_APP_TOKEN \(invalid_auth\)"),
        ({"app_token": None}, "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP"),
    ],
)
async def test_a_wrong_setting_is_found_before_anything_is_served(tokens: dict[str, str | None], words: str):
    """The start fails with what is wrong and how to fix it, instead of trying for ever."""
    async with Sandbox() as slack:
        given = {"bot_token": slack.app.bot_token, "app_token": slack.app.app_token, **tokens}
        with pytest.raises(ConfigError, match=words):
            await run_until_refused(clock=FakeClock(), base_url=slack.api_url, **given)


@pytest.mark.parametrize("fault", ["socket_drop", "socket_refresh"])
async def test_a_connection_that_ends_is_followed_by_another(fault: str):
    """Broken without a word or on Slack's wish: commands are answered over a new connection."""
    async with bot_in_sandbox() as bot:
        bot.grant("ana", Role.REQUEST)
        sockets = bot.slack.site.sockets
        before = connections(sockets)
        await bot.slack.fault(fault)
        await until(bot.slack, lambda: connections(sockets) - before)
        reply = await bot.slack.user("ana").command_reply("/snapshot help")
        assert "What you can do now" in reply.text
        assert bot.connection.is_connected()
        assert bot.connection.uplink.condition.ok


async def test_between_an_old_connection_and_the_new_there_is_no_gap():
    """Slack asks for another connection before it closes one: the new one is there first."""
    async with bot_in_sandbox() as bot:
        opened: list[int] = []
        bot.slack.site.workspace.changes.listen(
            lambda change: opened.append(change.data["open"]) if change.kind == "sockets" else None
        )
        await bot.slack.fault("socket_refresh")
        await until(bot.slack, lambda: len(opened) >= 2)  # the new one came, the old one went
        assert 0 not in opened


async def test_a_delivery_under_way_is_answered_before_the_socket_closes(monkeypatch: pytest.MonkeyPatch):
    """Closing waits for what was accepted: the approval is kept and acknowledged."""
    async with bot_in_sandbox() as bot:
        cluster = next(iter(bot.cloud.known_clusters.values()))
        bot.grant("ana", Role.REQUEST, cluster)
        bot.grant("ben", Role.APPROVE, cluster)
        await bot.slack.user("ana").command_reply("/snapshot create dwh-prod before-migration")
        await bot.tell()
        ben = bot.slack.user("ben")
        card = await ben.channel("dwh-ops").wait_for("Waiting")
        saving, saved = asyncio.Event(), asyncio.Event()
        save = bot.store.save

        async def slow(request: SnapshotRequest, **how: Any) -> None:
            saving.set()
            await saved.wait()
            await save(request, **how)

        monkeypatch.setattr(bot.store, "save", slow)
        click = asyncio.create_task(ben.click(card, "Approve"))
        await saving.wait()
        closing = asyncio.create_task(bot.connection.close())
        await asyncio.sleep(0)
        saved.set()
        assert (await click).status == "ok"
        await closing
        assert bot.newest().state is State.APPROVED
        assert not bot.connection.is_connected()


async def test_an_answer_goes_out_over_the_connection_that_asked(monkeypatch: pytest.MonkeyPatch):
    """A command that came in just before Slack asked for another connection is answered, though the new one is up."""
    async with bot_in_sandbox() as bot:
        bot.grant("ana", Role.REQUEST)
        asked, go_on = asyncio.Event(), asyncio.Event()
        rights = bot.store.rights

        async def slow(**kwargs: Any) -> Any:
            asked.set()
            await go_on.wait()
            return await rights(**kwargs)

        monkeypatch.setattr(bot.store, "rights", slow)
        sockets = bot.slack.site.sockets
        before = connections(sockets)
        reply = asyncio.create_task(bot.slack.user("ana").command_reply("/snapshot help"))
        await asked.wait()
        await bot.slack.fault("socket_refresh")
        await until(bot.slack, lambda: connections(sockets) - before)
        go_on.set()
        assert "What you can do now" in (await reply).text


@asynccontextmanager
async def a_socket(slack: Sandbox, *, ping: float = 60.0, patience: float = 20.0) -> AsyncIterator[SocketMode]:
    """Open a socket for a bot without listeners; one that isn't pinged unless a test says so."""
    async with HttpClients().slack() as http:
        web = HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http)
        socket = SocketMode(
            build_app(web, await connect(web)), metrics=Metrics(), ping_interval=ping, patience=patience
        )
        try:
            yield socket
        finally:
            await socket.close(grace=0)


async def a_url(slack: Sandbox) -> str:
    """Return a WebSocket URL that Slack has just given."""
    async with HttpClients().slack() as http:
        web = HttpClients().web(slack.app.bot_token, base_url=slack.api_url, session=http)
        return await open_connection(web, slack.app.app_token)


def connections(sockets: Sockets) -> set[object]:
    """Return the connections that Slack has now."""
    return set(sockets._connections)


async def until(slack: Sandbox, ready: Callable[[], object]) -> None:
    """Wait for the change of the sandbox after which *ready* is true."""
    await slack.site.workspace.changes.until(lambda: ready() or None, 30)


async def test_a_ticket_that_is_refused_is_said_without_it():
    """A URL that Slack doesn't take any more is one failed try; it is a secret, so the error doesn't hold it."""
    async with Sandbox() as slack, a_socket(slack) as socket:
        with pytest.raises(SlackUnavailable, match="no WebSocket to Slack: WSServerHandshakeError") as refused:
            await socket.connect(slack.origin.replace("http", "ws") + "/link/?ticket=dead")
        assert "dead" not in str(refused.value)
        assert not socket.is_connected()


async def test_a_socket_that_is_never_answered_is_given_up():
    """A server that takes the connection and says nothing costs the patience, no more."""
    given_up, gone = asyncio.Event(), asyncio.Event()

    async def hang(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await given_up.wait()
        writer.close()
        gone.set()

    server = await asyncio.start_server(hang, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with Sandbox() as slack, a_socket(slack, patience=0.05) as socket:
        with pytest.raises(SlackUnavailable, match="no WebSocket to Slack: TimeoutError"):
            await socket.connect(f"ws://127.0.0.1:{port}/link")
    given_up.set()
    await gone.wait()
    server.close()
    await server.wait_closed()


@pytest.mark.parametrize(
    ("end", "why"),
    [
        ("drop", "Slack closed the connection, or it broke"),
        ("close", "Slack closed the connection, or it broke"),
        ("warning", r"Slack asked for another connection \(warning\)"),
        ("refresh_requested", r"Slack asked for another connection \(refresh_requested\)"),
        ("too_many_websockets", r"Slack asked for another connection \(too_many_websockets\)"),
        ("link_disabled", r"Slack asked for another connection \(link_disabled\)"),
    ],
)
async def test_an_end_that_can_be_seen_is_noticed_at_once(end: str, why: str):
    """Reset, close frame, or Slack's word for each reason: no ping is waited for, since there is none for a minute."""
    async with Sandbox() as slack, a_socket(slack, ping=60) as socket:
        await socket.connect(await a_url(slack))
        await slack.wait_for_app()
        sockets = slack.site.sockets
        match end:
            case "drop":
                await sockets.drop()
            case "close":
                await sockets.close()
            case reason:
                await sockets.refresh(reason)
        async with asyncio.timeout(60):
            assert re.fullmatch(why, await socket.lost())
        assert not socket.is_connected()


async def test_a_silent_death_is_noticed_by_the_missing_pong():
    """The connection stays open, but nobody is there any more."""
    async with Sandbox() as slack, a_socket(slack, ping=0.05) as socket:
        await socket.connect(await a_url(slack))
        await slack.wait_for_app()
        await slack.fault("socket_silence")
        async with asyncio.timeout(60):
            await socket.lost()
        assert not socket.is_connected()


@pytest.mark.parametrize("frame", ["", "not json", "[1]", "null", '{"type": "hello"}', '{"envelope_id": "e"}'])
async def test_a_frame_that_delivers_nothing_harms_nothing(frame: str):
    """What can't be read, and what Slack only tells, leaves the connection as it is."""
    async with Sandbox() as slack, a_socket(slack) as socket:
        await socket.connect(await a_url(slack))
        await slack.wait_for_app()
        (connection,) = slack.site.sockets._connections
        await connection.socket.send_str(frame)
        await slack.site.sockets.refresh()
        async with asyncio.timeout(60):
            assert "refresh_requested" in await socket.lost()


async def test_the_edge_reads_no_environment(monkeypatch: pytest.MonkeyPatch):
    """Bolt takes tokens from the environment by itself; ours come as parameters, whatever is set there."""
    monkeypatch.setitem(os.environ, "SLACK_BOT_TOKEN", "xoxb-of-another-app")
    app = App()
    async with bot_in_sandbox(app_id=app.app_id) as bot:
        reply = await bot.slack.user("ana").command_reply("/snapshot help")
        assert reply.is_private
