"""`snapshot-bot health`: what the image asks the bot every half minute."""

from __future__ import annotations

import asyncio
import errno
import re
import socket
from http.client import HTTPConnection

import pytest
from aiohttp import web

from bot import health
from bot.core.errors import BotError, ConfigError
from bot.operations import listening
from tests.harness.running import a_world
from tests.harness.serving import command

DEAD = "http://127.0.0.1:9"
DEAD_PROXIES = {f"{name}_PROXY": DEAD for name in ("HTTP", "HTTPS", "ALL")} | {"http_proxy": DEAD, "all_proxy": DEAD}


def healthz(status: int = 200, text: str = "ok\n") -> list[web.RouteDef]:
    """Return a /healthz that answers so."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=text)

    return [web.get("/healthz", answer)]


async def ask(listen: str) -> str:
    """Ask as the command does, beside the listener's loop."""
    return await asyncio.to_thread(health.ask, {"SNAPSHOT_BOT_LISTEN": listen})


async def test_a_bot_that_works_is_healthy(tmp_path):
    """Exit code 0 and the bot's own word. No other setting is needed, and proxies that lead nowhere don't matter."""
    async with a_world(tmp_path) as world:
        listen = f"127.0.0.1:{world.port}"
        done = await command({"SNAPSHOT_BOT_LISTEN": listen} | DEAD_PROXIES, tmp_path, "health")
    assert (done.code, done.out, done.err) == (0, f"http://{listen}/healthz: ok\n", "")


async def test_a_bot_that_is_gone_is_not(tmp_path):
    """Exit code 1, and what to look at."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # without listening: nobody else takes it meanwhile
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        done = await command({"SNAPSHOT_BOT_LISTEN": listen}, tmp_path, "health")
    assert (done.code, done.out) == (1, "")
    assert f"http://{listen}/healthz: ConnectionRefusedError (Connection refused). The bot doesn't run" in done.err


async def test_a_setting_that_cannot_be_asked_is_the_operators_move(tmp_path):
    """Exit code 78, by the setting's name."""
    done = await command({"SNAPSHOT_BOT_LISTEN": "8080"}, tmp_path, "health")
    assert (done.code, done.out) == (78, "")
    assert "SNAPSHOT_BOT_LISTEN: not host:port" in done.err


@pytest.mark.parametrize(
    ("host", "asked"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("[::]", "[::1]"),
        ("[::1]", "[::1]"),
        ("localhost", "localhost"),
    ],
)
async def test_it_follows_where_the_bot_listens(host, asked):
    """An address of its own, a name, or every address, which is asked at this machine's."""
    async with listening(host.strip("[]"), 0, healthz()) as port:
        assert await ask(f"{host}:{port}") == f"http://{asked}:{port}/healthz: ok"


async def test_the_address_may_stand_in_a_file(tmp_path):
    """As every setting."""
    async with listening("127.0.0.1", 0, healthz()) as port:
        (tmp_path / "listen").write_text(f"127.0.0.1:{port}\n")
        said = await asyncio.to_thread(health.ask, {"SNAPSHOT_BOT_LISTEN_FILE": str(tmp_path / "listen")})
    assert said.endswith(": ok")


def test_without_the_setting_it_asks_where_the_bot_listens_then(monkeypatch):
    """At the setting's default."""

    def refuse(*_: object) -> None:
        raise ConnectionRefusedError(errno.ECONNREFUSED, "")

    monkeypatch.setattr(HTTPConnection, "request", refuse)
    with pytest.raises(BotError, match=re.escape("http://127.0.0.1:8080/healthz")):
        health.ask({})


@pytest.mark.parametrize(
    ("status", "text", "says"),
    [
        (503, "the worker has ended\n", "answers 503: the worker has ended. Start the bot again."),
        (404, "\x1b[31mno\r\nsuch page", "answers 404: [31mno such page."),
        (302, "", "answers 302"),
    ],
)
async def test_any_other_answer_is_not_healthy(status, text, says):
    """What it says is shown in one line, without what a terminal would obey."""
    async with listening("127.0.0.1", 0, healthz(status, text)) as port:
        with pytest.raises(BotError, match=re.escape(says)):
            await ask(f"127.0.0.1:{port}")


async def test_what_speaks_no_http_is_not_healthy():
    """Another program listens there."""

    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        with pytest.raises(BotError, match="BadStatusLine"):
            await ask(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


async def test_a_bot_that_hangs_is_not_healthy(monkeypatch):
    """It is given up before the image's health check would be."""
    monkeypatch.setattr(health, "_PATIENCE", 0.05)

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        with pytest.raises(BotError, match="TimeoutError"):
            await ask(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")


@pytest.mark.parametrize("listen", ["8080", "127.0.0.1:0", "0.0.0.0:0", "host:99999", "http://127.0.0.1:8080"])
def test_what_names_no_address_of_its_own_is_a_mistake(listen: str):
    """The setting's name says where."""
    with pytest.raises(ConfigError, match="SNAPSHOT_BOT_LISTEN"):
        health.ask({"SNAPSHOT_BOT_LISTEN": listen})
