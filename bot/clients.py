"""Makes every HTTP client: the cloud's (DWS and IAM) and Slack's (Web API and WebSocket).

By which proxy an address is reached, and whose certificates are trusted, is decided here for all of them. What
libraries find in the environment by themselves is not used.
"""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import httpx

from bot.aiohttp_transport import AiohttpTransport
from bot.certificates import Certificates
from bot.ports import Called
from bot.proxies import Proxies

if TYPE_CHECKING:  # Slack's come late, so that commands that only ask the cloud start without them
    from slack_sdk.web.async_client import AsyncWebClient
    from slack_sdk.web.async_slack_response import AsyncSlackResponse

CALL: Final = "call"  # in a request's extensions: as what it is counted; without it, a login
VIA: Final = "proxy_variable"  # in a request's extensions: the name of the variable whose proxy it went by
_MOST: Final = 24  # connections to a cloud: what the worker does at once, and some that people wait for
_SLACK_TOTAL: Final = 10.0  # seconds for one call, all in all
_SLACK_CONNECT: Final = 3.0


class HttpClients:
    """Makes clients; the caller closes what it opens. Without *proxies* every address is reached directly."""

    def __init__(self, proxies: Proxies | None = None, certificates: Certificates | None = None) -> None:
        self.proxies = proxies or Proxies()
        self._certificates = certificates or Certificates()
        self._usual: ssl.SSLContext | None = None

    def cloud(
        self,
        *,
        timeout: httpx.Timeout,
        headers: Mapping[str, str],
        on_response: Sequence[Callable[[httpx.Response], Awaitable[None]]] = (),
        ca_file: Path | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        called: Called | None = None,
    ) -> httpx.AsyncClient:
        """Return a client that follows no redirect; *transport* stands in for the network in tests.

        *called* counts each exchange, logins included.

        Raises:
            ConfigError: the file with the certificates to trust holds none, or can't be read.
        """
        verify = self._certificates.context(ca_file) if ca_file else self._trusted()
        way = transport or Outward(self.proxies, verify=verify)
        return httpx.AsyncClient(
            timeout=timeout,
            transport=Counted(way, called) if called else way,
            follow_redirects=False,
            trust_env=False,
            headers=dict(headers),
            event_hooks={"response": [*on_response]},
        )

    def slack(self) -> aiohttp.ClientSession:
        """Return a session with time limits, for all calls to Slack and for its WebSockets.

        Raises:
            ConfigError: what the certificates to trust are in holds none, or can't be read.
        """
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=self._trusted()),
            timeout=aiohttp.ClientTimeout(total=_SLACK_TOTAL, connect=_SLACK_CONNECT),
            trust_env=False,
        )

    def _trusted(self) -> ssl.SSLContext:
        """Return the one context of all its clients: to read hundreds of certificates takes long."""
        if self._usual is None:
            self._usual = self._certificates.context()
        return self._usual

    def web(
        self,
        token: str | None,
        *,
        base_url: str,
        session: aiohttp.ClientSession,
        logger: str = "bot.slack.web",
        called: Called | None = None,
    ) -> AsyncWebClient:
        """Return a Web API client that never repeats a call by itself: a repeated post is a second message.

        *logger* is the name of its logger, which is quiet: below WARNING every call's arguments are put into words.
        *called* counts each call.
        """
        from slack_sdk.web.async_client import AsyncWebClient

        kind = _counting(called) if called else AsyncWebClient
        quiet = logging.getLogger(logger)
        quiet.setLevel(logging.WARNING)
        web = kind(token=token, base_url=base_url, session=session, retry_handlers=[], logger=quiet)
        web.proxy = self.proxies.url(base_url)  # what it found in the environment by itself is not meant
        return web

    @asynccontextmanager
    async def opened_web(self, token: str, *, base_url: str) -> AsyncIterator[AsyncWebClient]:
        """Open a Web API client with a session of its own; nothing is sent before the first call."""
        async with self.slack() as session:
            yield self.web(token, base_url=base_url, session=session)


def _counting(called: Called) -> type[AsyncWebClient]:
    """Return a Web API client whose calls are counted by Slack's method and what came of them."""
    from slack_sdk.errors import SlackApiError
    from slack_sdk.web.async_client import AsyncWebClient

    class CountingWebClient(AsyncWebClient):
        async def api_call(self, api_method: str, **options: Any) -> AsyncSlackResponse:
            began, outcome = time.monotonic(), "no_answer"
            try:
                answer = await super().api_call(api_method, **options)
                outcome = "ok"
            except SlackApiError as e:
                status = getattr(e.response, "status_code", None) or 0
                outcome = "refused" if status == HTTPStatus.OK else outcome_of(status)
                raise
            finally:
                called(api_method, outcome, time.monotonic() - began)
            return answer

    return CountingWebClient


def outcome_of(status: int) -> str:
    """Return as what an answer with this HTTP *status* is counted, see `bot.ports.Called`."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "throttled"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "failed"
    return "refused" if status >= HTTPStatus.BAD_REQUEST else "ok"


class Counted(httpx.AsyncBaseTransport):
    """Counts what goes by *way*, from the request to the head of its answer."""

    def __init__(self, way: httpx.AsyncBaseTransport, called: Called) -> None:
        self._way = way
        self._called = called

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*; raises what *way* raises."""
        began, outcome = time.monotonic(), "no_answer"
        try:
            response = await self._way.handle_async_request(request)
            outcome = outcome_of(response.status_code)
        finally:
            self._called(request.extensions.get(CALL, "login"), outcome, time.monotonic() - began)
        return response

    async def aclose(self) -> None:
        """Close the way."""
        await self._way.aclose()


class ProxyUnusable(httpx.ConnectError):
    """The proxy for an address can't be used, as the text says; nothing was sent."""


class Outward(httpx.AsyncBaseTransport):
    """Sends each request by the proxy for its address, or directly; nothing is opened before that."""

    def __init__(self, proxies: Proxies, *, verify: ssl.SSLContext) -> None:
        self._proxies = proxies
        self._verify = verify
        self._ways: dict[str | None, AiohttpTransport] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*.

        Raises:
            httpx.TransportError: it could not be sent, or got no answer.
        """
        address: str | None = None
        if proxy := self._proxies.of(str(request.url)):
            if proxy.url is None:
                raise ProxyUnusable(f"{proxy.variable} {proxy.problem}", request=request)
            request.extensions[VIA] = proxy.variable
            address = proxy.url.get_secret_value()
        if (way := self._ways.get(address)) is None:
            way = self._ways[address] = AiohttpTransport(verify=self._verify, most=_MOST, proxy=address)
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            await way.aclose()
