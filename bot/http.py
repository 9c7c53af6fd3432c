"""How the cloud's HTTP client goes out: by which proxy, and whose certificates it trusts."""

from __future__ import annotations

import ssl
from pathlib import Path

import httpx

from bot.core.errors import ConfigError
from bot.proxies import Proxies

VIA = "proxy_variable"  # in a request's extensions: the name of the variable whose proxy it went by


class ProxyUnusable(httpx.ConnectError):
    """The proxy for an address can't be used, as the text says; nothing was sent."""


class Outward(httpx.AsyncBaseTransport):
    """Sends each request by the proxy for its address, or directly; nothing is opened before that."""

    def __init__(self, proxies: Proxies, *, verify: ssl.SSLContext, limits: httpx.Limits) -> None:
        self._proxies = proxies
        self._verify = verify
        self._limits = limits
        self._ways: dict[str | None, httpx.AsyncHTTPTransport] = {}

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
            way = httpx.AsyncHTTPTransport(
                verify=self._verify, limits=self._limits, proxy=address, trust_env=False, retries=0
            )
            self._ways[address] = way
        return await way.handle_async_request(request)

    async def aclose(self) -> None:
        """Close every connection."""
        for way in self._ways.values():
            await way.aclose()


def trusted(ca_file: Path | None) -> ssl.SSLContext:
    """Return a context that trusts the certificates in *ca_file*; without one, the usual ones (or SSL_CERT_FILE's).

    Raises:
        ConfigError: the file holds no certificates, or can't be read.
    """
    try:
        return ssl.create_default_context(cafile=str(ca_file)) if ca_file else httpx.create_ssl_context()
    except OSError as e:  # ssl.SSLError among them
        named = f"{ca_file} (OS_CACERT or `cacert`)" if ca_file else "What SSL_CERT_FILE or SSL_CERT_DIR names"
        raise ConfigError(f"{named} holds no certificates that can be read.") from e
