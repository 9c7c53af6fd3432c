"""Sends httpx's requests over aiohttp's connections, which take a fifth of the time that httpx's own take.

The library httpx-aiohttp does the same, but reports a connection that broke after the request was on its way as
httpx.ConnectTimeout: as if nothing had been sent. A create call whose answer was lost would be sent again then, so what
each failure means is decided here.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
import httpx
from yarl import URL

_LONGEST_HEADER: Final = 100 * 1024  # bytes; a token of IAM's comes in one, and can be longer than aiohttp's 8 KiB
_KEPT: Final = 15.0  # seconds that a connection is kept for the next request
_OURS_ALONE: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")  # httpx says what is to be said


class AiohttpTransport(httpx.AsyncBaseTransport):
    """At most *most* connections, opened when they are needed; *proxy* is an address with user and password, or None.

    Raises httpx's errors. ConnectError and ConnectTimeout (which also stands for a wait for a free connection) mean
    that nothing was sent; no other does.
    """

    def __init__(self, *, verify: ssl.SSLContext, most: int, proxy: str | None = None) -> None:
        self._verify = verify
        self._most = most
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send *request*, once, and return its answer as soon as its head is there."""
        waits = request.extensions.get("timeout", {})
        body = await request.aread()
        with _as_httpx(request):
            answer = await self._opened().request(
                request.method,
                URL(str(request.url), encoded=True),  # as it was signed
                headers=[(name.decode("ascii"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=body or None,
                allow_redirects=False,
                proxy=self._proxy,
                timeout=aiohttp.ClientTimeout(
                    connect=waits.get("pool"), sock_connect=waits.get("connect"), sock_read=waits.get("read")
                ),
            )
        return httpx.Response(
            answer.status, headers=answer.raw_headers, stream=_Streamed(answer, request), request=request
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(ssl=self._verify, limit=self._most, keepalive_timeout=_KEPT),
                cookie_jar=aiohttp.DummyCookieJar(),
                skip_auto_headers=_OURS_ALONE,
                auto_decompress=False,
                trust_env=False,
                max_line_size=_LONGEST_HEADER,
                max_field_size=_LONGEST_HEADER,
            )
            self._session._retry_connection = False  # it would send reads again by itself, which nobody counts
        return self._session

    async def aclose(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()


class _Streamed(httpx.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, answer: aiohttp.ClientResponse, request: httpx.Request) -> None:
        self._answer = answer
        self._request = request

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _as_httpx(self._request):
            async for piece in self._answer.content.iter_any():
                yield piece

    async def aclose(self) -> None:
        """Give the connection back; one with an answer that isn't read to its end is closed."""
        self._answer.release()


@contextmanager
def _as_httpx(request: httpx.Request) -> Iterator[None]:
    """Raise aiohttp's errors as httpx's; the text is never shown, but a proxy's, which is its status."""
    try:
        yield
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as e:
        told = str(e.status) if isinstance(e, aiohttp.ClientHttpProxyError) else type(e).__name__
        raise _kind(e)(told, request=request) from e


def _kind(error: Exception) -> type[httpx.TransportError]:
    match error:
        case aiohttp.ClientConnectorError() | aiohttp.ServerFingerprintMismatch():
            return httpx.ConnectError
        case aiohttp.ConnectionTimeoutError():
            return httpx.ConnectTimeout
        case aiohttp.ClientHttpProxyError():
            return httpx.ProxyError
        case aiohttp.InvalidURL():
            return httpx.UnsupportedProtocol
        case TimeoutError():
            return httpx.ReadTimeout
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | aiohttp.ClientResponseError():
            return httpx.RemoteProtocolError
        case ValueError():
            return httpx.LocalProtocolError
        case _:
            return httpx.ReadError
