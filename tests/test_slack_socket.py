"""Socket Mode: fails fast on a wrong token, comes back by itself, and ends without losing an answer."""

from __future__ import annotations

import asyncio
import os

import pytest

from bot.core.access import Role
from bot.core.errors import ConfigError, SlackUnavailable
from bot.core.request import State
from bot.sandbox.slack import App, Sandbox
from bot.slack.edge import build_app, open_edge
from bot.slack.identity import Identity, client, connect, session
from bot.slack.socket import SocketMode
from tests.fakes.clock import FakeClock
from tests.fakes.slack_bot import bot_in_sandbox


@pytest.mark.parametrize(
    ("tokens", "words"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN is empty"),
        ({"bot_token": "xoxb-wrong"}, r"does not accept SLACK_BOT_TOKEN \(invalid_auth\)"),
        ({"app_token": "xapp-wrong"}, r"does not accept SLACK_APP_TOKEN \(invalid_auth\)"),
        ({"app_token": None}, "Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET for HTTP"),
        ({"team": "T0OTHER"}, "belongs to the workspace T0000ACME, not to T0OTHER"),
    ],
)
async def test_a_wrong_setting_is_found_before_anything_is_served(tokens: dict[str, str | None], words: str):
    """The start fails with what is wrong and how to mend it, instead of trying for ever."""
    async with Sandbox() as slack:
        given = {"bot_token": slack.app.bot_token, "app_token": slack.app.app_token, **tokens}
        with pytest.raises(ConfigError, match=words):
            async with open_edge(**given, clock=FakeClock(), base_url=slack.api_url):  # type: ignore[arg-type]
                pass


async def test_a_dropped_connection_comes_back():
    """After Slack asks to connect anew, commands are answered over the new connection."""
    async with bot_in_sandbox() as bot:
        bot.grant("ana", Role.REQUEST)
        changes, opened = bot.slack.site.world.changes, []
        changes.listen(lambda change: opened.append(change.data["open"]) if change.kind == "sockets" else None)
        await bot.slack.fault("socket_refresh")
        await changes.until(lambda: opened[-2:] == [0, 1] or None, 5)
        reply = await bot.slack.user("ana").command_reply("/snapshot help")
        assert "What you can do now" in reply.text
        assert await bot.edge.is_connected()


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

        async def slow(*args: object, **kwargs: object) -> None:
            saving.set()
            await saved.wait()
            await save(*args, **kwargs)  # type: ignore[arg-type]

        monkeypatch.setattr(bot.store, "save", slow)
        click = asyncio.create_task(ben.click(card, "Approve"))
        await saving.wait()
        closing = asyncio.create_task(bot.edge.close())
        await asyncio.sleep(0)
        saved.set()
        assert (await click).status == "ok"
        await closing
        assert bot.newest().state is State.APPROVED
        assert not await bot.edge.is_connected()


async def running_socket(
    slack: Sandbox, web_session: object, *, ping: float = 10.0, patience: float = 20.0
) -> SocketMode:
    """Return a socket for a bot without listeners."""
    web = client(slack.app.bot_token, base_url=slack.api_url, http=web_session)  # type: ignore[arg-type]
    me: Identity = await connect(web)
    return SocketMode(build_app(web, me), app_token=slack.app.app_token, ping_interval=ping, patience=patience)


async def test_a_ticket_that_is_refused_is_given_up(caplog: pytest.LogCaptureFixture):
    """The client would try one dead URL for ever; the start gives up with "no WebSocket to Slack"."""
    async with Sandbox() as slack, session() as http:
        socket = await running_socket(slack, http, ping=0.02, patience=0.1)
        with pytest.raises(SlackUnavailable, match="no WebSocket"):
            await socket.connect(slack.origin.replace("http", "ws") + "/link/?ticket=dead")
        assert not await socket.is_connected()


async def test_a_dead_ticket_is_renewed_while_it_runs():
    """Where the connection can't be had back with one URL, a new one is asked for."""
    async with Sandbox() as slack, session() as http:
        socket = await running_socket(slack, http, ping=0.02)
        await socket.connect()
        await slack.wait_for_app()
        assert socket._handler is not None
        inner = socket._handler.client
        issue = inner.issue_new_wss_url
        dead = slack.origin.replace("http", "ws") + "/link/?ticket=dead"
        urls = [dead]

        async def sometimes_dead() -> str:
            return urls.pop() if urls else await issue()

        inner.issue_new_wss_url = sometimes_dead  # type: ignore[method-assign]
        await slack.fault("socket_drop")
        async with asyncio.timeout(5):
            while not (await socket.is_connected() and not urls):  # noqa: ASYNC110 -- the client tells nobody
                await asyncio.sleep(0.01)
        await socket.close()


async def test_the_edge_reads_no_environment(monkeypatch: pytest.MonkeyPatch):
    """Bolt takes tokens from the environment by itself; ours come as parameters, whatever is set there."""
    monkeypatch.setitem(os.environ, "SLACK_BOT_TOKEN", "xoxb-of-another-app")
    app = App()
    async with bot_in_sandbox(app_id=app.app_id) as bot:
        reply = await bot.slack.user("ana").command_reply("/snapshot help")
        assert reply.is_private
