"""Behind a proxy: what is on this machine is reached without it, everything else through it, Slack and cloud alike."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator

import httpx
import pytest

from bot.app import opened_slack
from bot.clients import HttpClients
from bot.clock import SystemClock
from bot.clouds import opened_clouds
from bot.config import Settings
from bot.core.errors import CloudError, CloudUnavailable, ConfigError, SlackUnavailable
from bot.core.ids import CloudName, ClusterId, TeamId, UserId
from bot.dws.client import unreachable
from bot.environment import Environment
from bot.metrics import Metrics
from bot.proxies import VARIABLES, Proxies
from bot.slack.door import identity
from bot.slack.door.socket_mode import SocketMode
from bot.slack.edge import build_app
from bot.words import say
from tests.harness.certificates import self_signed, served_with, subject_hash
from tests.harness.running import a_world, started
from tests.harness.serving import command, serving

DEAD = {
    name: "socks5://127.0.0.1:9" if "all" in name.lower() else "http://127.0.0.1:9"
    for name in VARIABLES
    if "no" not in name.lower()
}
LOGIN = "Basic " + base64.b64encode(b"us%er:p#ss w@rd").decode()
KEYS = {"OS_ACCESS_KEY": "AK", "OS_SECRET_KEY": "SK", "OS_PROJECT_ID": "p", "OS_REGION_NAME": "eu-de"}
DEFAULT = CloudName("default")
ME = identity.Identity(TeamId("T1"), "t", UserId("U1"), "B1", "b", "")
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


@pytest.fixture
def certificates_are_read_once() -> None:
    """Read them each time: what is read is what some tests here are about."""


class Proxy:
    """Takes whatever is asked of a proxy, keeps the heads, and answers each with *answer*."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[str] = []
        self.answer = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    @property
    def url(self) -> str:
        """Its address, with a user and an odd password."""
        return f"http://us%25er:p%23ss%20w%40rd@127.0.0.1:{self.port}"

    def asked(self) -> list[str]:
        """Return the first lines of what was asked; each came with user and password."""
        assert all(f"Proxy-Authorization: {LOGIN}".lower() in head.lower() for head in self.heads)
        return [head.partition("\r\n")[0] for head in self.heads]


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy on this machine."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        taken.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(taken.answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    taken = Proxy(server.sockets[0].getsockname()[1])
    yield taken
    server.close()


async def test_the_demo_needs_no_proxy(tmp_path):
    """With dead ones in every spelling, SOCKS too, the whole story is played."""
    done = await command(DEAD, tmp_path, "demo", "--no-stay", seconds=60)
    assert done.code == 0, done.err
    assert "That was the main job" in done.out
    assert done.err == ""


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_what_is_on_this_machine_is_reached_directly(tmp_path, http):
    """`doctor`, commands that ask the cloud and `serve`, with Slack and cloud on loopback and every proxy dead."""
    async with a_world(tmp_path, http=http, start=False, environ=DEAD) as world:
        doctor = await command(world.environ, tmp_path, "doctor")
        assert doctor.code == 0, doctor.out
        granted = await command(world.environ, tmp_path, "grant", world.user("ana").id, "dwh-dev")
        assert granted.code == 0, granted.err
        async with serving(world.environ, tmp_path) as bot:
            if http:
                world.slack.app.request_url = f"http://127.0.0.1:{bot.port}/slack/events"
            card = await world.ask("ana", "no-way-out")
            await world.approve("ben", card)
            await card.wait_for("Available", seconds=60)


async def test_what_libraries_find_in_the_environment_is_not_used(tmp_path, monkeypatch):
    """The settings count, not what the process's own environment says to slack_sdk and httpx."""
    async with a_world(tmp_path, start=False) as world:
        for name, value in DEAD.items():
            monkeypatch.setenv(name, value)
        async with started(world):
            card = await world.ask("ana", "own-ways")
            assert "Waiting for approval" in card.text


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_the_cloud_is_reached_by_the_proxy(proxy, variable):
    """With its user and password, whatever characters they have; NO_PROXY leaves it out."""
    environ = KEYS | {"DWS_ENDPOINT": "http://dws.invalid", variable: proxy.url}
    async with opened_clouds(environ, SystemClock()) as clouds:
        proxy.answer = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        with pytest.raises(CloudError):
            await clouds[DEFAULT].clusters()
    assert proxy.asked() == ["GET http://dws.invalid/v1.0/p/clusters HTTP/1.1"]
    async with opened_clouds(environ | {"NO_PROXY": "invalid"}, SystemClock()) as clouds:
        with pytest.raises(CloudUnavailable, match=r"ConnectError \(no such host\)$"):
            await clouds[DEFAULT].clusters()
    assert len(proxy.heads) == 1


async def test_a_proxy_that_refuses_is_named(proxy):
    """By its variable and what it answered, so that nobody looks for the fault at the cloud."""
    environ = KEYS | {"DWS_ENDPOINT": "https://dws.invalid", "https_proxy": proxy.url}
    async with opened_clouds(environ, SystemClock()) as clouds:
        with pytest.raises(CloudUnavailable, match=r"ProxyError \(the proxy answered 502\) \(by the proxy of https_p"):
            await clouds[DEFAULT].create_snapshot(ClusterId("c"), "name-1", "")
    assert set(proxy.asked()) == {"CONNECT dws.invalid:443 HTTP/1.1"}


async def test_slack_is_reached_by_the_same_proxy(proxy):
    """Web API and WebSocket; a proxy for the other scheme isn't taken, as slack_sdk by itself would."""
    settings = Settings.read(SLACK | {"SLACK_API_URL": "https://slack.invalid/api/", "HTTPS_PROXY": proxy.url})
    async with opened_slack(settings) as web:
        with pytest.raises(SlackUnavailable):
            await identity.connect(web)
        app = build_app(web, ME, HttpClients(settings.proxies))
        socket = SocketMode(app, metrics=Metrics(), proxies=settings.proxies, patience=0.5)
        with pytest.raises(SlackUnavailable):
            await socket.connect("wss://wss.invalid/link?ticket=1")
    assert set(proxy.asked()) == {"CONNECT slack.invalid:443 HTTP/1.1", "CONNECT wss.invalid:443 HTTP/1.1"}
    settings = Settings.read(SLACK | {"HTTP_PROXY": proxy.url})
    async with opened_slack(settings) as web:
        assert web.proxy is None


@pytest.mark.parametrize("url", ["https://dws.invalid", "http://dws.invalid"])
async def test_a_proxy_that_the_cloud_needs_and_nobody_can_use(url):
    """Named before anything is sent; where the cloud is on this machine it doesn't matter."""
    environ = KEYS | {"DWS_ENDPOINT": url, "ALL_PROXY": "socks5://user:S3cret@127.0.0.1:1080"}
    with pytest.raises(ConfigError, match="ALL_PROXY names a SOCKS proxy that the bot can't use") as refused:
        async with opened_clouds(environ, SystemClock()):
            pass
    assert "S3cret" not in say(refused.value)
    async with opened_clouds(environ | {"DWS_ENDPOINT": "http://127.0.0.1:9"}, SystemClock()) as clouds:
        with pytest.raises(CloudUnavailable, match="Connection refused"):
            await clouds[DEFAULT].clusters()


async def test_an_address_that_is_known_only_later_is_refused_then():
    """A catalogue may name one that needs a proxy of a kind that can't be used: nothing is sent, the variable named."""
    proxies = Proxies.read(Environment({"ALL_PROXY": "socks5://user:S3cret@127.0.0.1:9"}))
    async with HttpClients(proxies).cloud(timeout=httpx.Timeout(5), headers={}) as http:
        with pytest.raises(httpx.ConnectError) as refused:
            await http.get("https://dws.invalid")
    told = unreachable(refused.value, "GET /", sent=refused.value.request)
    assert isinstance(told, CloudUnavailable)
    assert told.maybe_done is False
    assert str(told).startswith("GET /: ALL_PROXY names a SOCKS proxy that the bot can't use")


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR"])
async def test_certificates_are_trusted_by_the_cloud_and_by_slack_alike(tmp_path, variable):
    """One variable, both clients; without it neither trusts a certificate that its owner made."""
    certificate = self_signed(tmp_path)
    (tmp_path / "by-hash").mkdir()
    (tmp_path / "by-hash" / f"{subject_hash(certificate)}.0").write_bytes(certificate.read_bytes())
    trusts = {variable: str(certificate if variable == "SSL_CERT_FILE" else tmp_path / "by-hash")}

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=served_with(certificate))
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        for environ, reached in (({}, False), (trusts, True)):
            async with opened_clouds(KEYS | environ | {"DWS_ENDPOINT": url}, SystemClock()) as clouds:
                with pytest.raises(CloudError) as of_cloud:
                    await clouds[DEFAULT].clusters()
            async with opened_slack(Settings.read(SLACK | environ | {"SLACK_API_URL": f"{url}/api/"})) as web:
                with pytest.raises(SlackUnavailable) as of_slack:
                    await identity.connect(web)
                socket = SocketMode(build_app(web, ME), metrics=Metrics())
                with pytest.raises(SlackUnavailable) as of_socket:
                    await socket.connect(f"{url.replace('https', 'wss')}/link")
            said = [str(e.value) for e in (of_cloud, of_slack, of_socket)]
            assert ["ertificate" not in text.replace("CERTIFICATE", "certificate") for text in said] == [reached] * 3


async def test_certificates_that_cannot_be_read_are_the_operators(tmp_path):
    """What SSL_CERT_FILE names is a mistake of that variable, not a stack trace, for the cloud and for Slack."""
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        environ = {variable: f"{tmp_path}/nowhere"}
        why = (
            rf"{variable} names .*/nowhere, which holds no certificates that can be read \(No such file or directory\)"
        )
        with pytest.raises(ConfigError, match=why):
            async with opened_clouds(KEYS | environ, SystemClock()):
                pass
        with pytest.raises(ConfigError, match=why):
            async with opened_slack(Settings.read(SLACK | environ)):
                pass


async def test_what_openssl_finds_in_the_process_is_no_setting(tmp_path, monkeypatch):
    """Only the settings say whose certificates count: the process's own variable is another program's."""
    monkeypatch.setenv("SSL_CERT_FILE", f"{tmp_path}/nowhere.pem")
    async with opened_clouds(KEYS, SystemClock()), opened_slack(Settings.read(SLACK)):
        pass
