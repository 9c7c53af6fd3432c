"""Why a far end can't be reached, as its network and TLS say it, and what an operator does about it."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from bot.causes import chain, refused_certificate
from bot.proxies import Proxies, Proxy

_UNTRUSTED: Final = frozenset({2, 18, 19, 20, 21})  # X509_V_ERR: issuer unknown, self-signed, chain not to be followed
_DATES: Final = frozenset({9, 10})  # not yet, or no longer valid
_HOST: Final = frozenset({62, 64})
_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "UNSUPPORTED_PROTOCOL"})
_BUNDLE: Final = "a file with it and the public ones (cat /etc/ssl/certs/ca-certificates.crt own-ca.pem > all.pem)"


@dataclass(frozen=True, slots=True)
class FarEnd:
    """Slack or a cloud: which settings name its *address*, and by which *urls* it is asked, as far as they are known.

    *trusting* is how to trust a certificate of one's own for it; *trusted* the setting that does so already, or "".
    *public*: its own certificates are signed by a CA that every machine trusts.
    """

    name: str
    address: str
    trusting: str
    trusted: str = ""
    urls: tuple[str, ...] = ()
    proxies: Proxies = field(default_factory=Proxies)
    public: bool = False

    @property
    def proxy(self) -> Proxy | None:
        """The proxy on the way, or None."""
        return next((proxy for url in self.urls if (proxy := self.proxies.of(url))), None)


def slack(url: str, proxies: Proxies, trusted: str, *, public: bool) -> FarEnd:
    """Return Slack at *url*."""
    trusting = f"SSL_CERT_FILE to {_BUNDLE}"
    return FarEnd("Slack", "SLACK_API_URL", trusting, trusted, (url,), proxies, public=public)


def cloud(name: str, urls: Iterable[str], proxies: Proxies, trusted: str, *, public: bool) -> FarEnd:
    """Return the cloud called *name* at *urls*."""
    trusting = (
        f"OS_CACERT (`cacert` in clouds.yaml) to the CA's own file for this cloud alone, or SSL_CERT_FILE to {_BUNDLE}"
    )
    address = "OS_AUTH_URL (or OS_REGION_NAME, DWS_ENDPOINT)"
    return FarEnd(f"The cloud {name}", address, trusting, trusted, tuple(urls), proxies, public=public)


def advice(error: BaseException, end: FarEnd) -> str:
    """Return what to do about *error*, which kept *end* from answering."""
    causes = [*chain(error)]
    for cause in causes:
        if refused := refused_certificate(cause):
            return _certificate(refused, end)
    for cause in causes:
        if isinstance(cause, ssl.SSLError) and hasattr(cause, "reason"):
            if cause.reason in _NO_TLS:
                return f"What answers there speaks no TLS: check scheme and port in {end.address}{_by(end.proxy)}."
            return f"TLS fails ({cause.reason or 'no reason given'}): a firewall or proxy on the way may break it."
    if (refusal := next(filter(None, map(_proxys_status, causes)), 0)) and (proxy := end.proxy):
        if refusal == 407:
            return f"Give the proxy's user and password in {proxy.variable}: http://user:password@host:port."
        return f"The proxy of {proxy.variable} refuses ({refusal}): have it let the bot through, or set NO_PROXY."
    return _network(causes, end)


def _certificate(error: ssl.SSLCertVerificationError, end: FarEnd) -> str:
    code = error.verify_code
    if code in _HOST:
        return (
            f"The certificate is for another host: check {end.address}. If that is right, something else answers in "
            f"its place{_by(end.proxy)}."
        )
    if code in _DATES:
        return (
            "By this machine's clock the certificate isn't valid: check the clock first (date -u). If that is right, "
            f"{end.name}'s certificate must be renewed, or that of what inspects TLS on the way."
        )
    if code not in _UNTRUSTED:
        return f"The certificate isn't accepted: ask who runs {end.name[0].lower()}{end.name[1:]} to correct it."
    which = "Who signed isn't trusted here: it is a private CA, or a firewall that inspects TLS."
    if end.public:
        which = (
            f"{end.name}'s own certificate is one that every machine trusts, so this one is of something on the way "
            f"that inspects TLS{_by(end.proxy)}. Have it let the bot's calls through uninspected, or trust it."
        )
    if end.trusted:
        which = f"{end.trusted} takes the place of the usual certificates and doesn't have who signed this one."
    return f"{which} Get that CA's certificate (PEM) from who runs it, and set {end.trusting}."


def _network(causes: list[BaseException], end: FarEnd) -> str:
    proxy = end.proxy
    where = f"{proxy.variable} (the proxy on the way)" if proxy else end.address
    numbers = {e.errno for e in causes if isinstance(e, OSError)}
    if any(isinstance(e, socket.gaierror) for e in causes):
        return f"Check {where}: there is no such host, or this machine's DNS doesn't answer."
    if errno.ECONNREFUSED in numbers:
        return f"Check {where}: nothing listens there."
    if numbers & {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EACCES, errno.EPERM}:
        return f"Check {where} and this machine's network: there is no way to it, or a firewall forbids it."
    if any(isinstance(e, TimeoutError) or "Timeout" in type(e).__name__ for e in causes):
        need = "" if proxy else " If this network wants a proxy, set HTTPS_PROXY."
        return f"Check {where} and the firewall: no answer came in time.{need}"
    return f"Check {where} and the network; if they are right, it is in trouble itself: try again later."


def _proxys_status(error: BaseException) -> int:
    """Return with which status a proxy refused, 0 where *error* isn't about that."""
    name = type(error).__name__
    if name == "ClientHttpProxyError":  # aiohttp's
        return int(getattr(error, "status", 0))
    found = re.match(r"\d{3}\b", str(error)) if name == "ProxyError" else None
    return int(found[0]) if found else 0


def _by(proxy: Proxy | None) -> str:
    return f" (by the proxy of {proxy.variable})" if proxy else ""
