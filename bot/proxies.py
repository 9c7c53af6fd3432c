"""Which proxy an address is reached by, as the environment says, for the cloud's client and for Slack's alike.

HTTPS_PROXY, HTTP_PROXY and ALL_PROXY, where ALL_PROXY is for what has no variable of its own; NO_PROXY names hosts that
are reached directly. In lower case they win over upper case, as in Python and curl. Loopback is never proxied.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr

from bot.environment import Environment
from bot.values import ip, is_host

_SCHEMES: Final = ("http", "https", "all")
VARIABLES: Final = tuple(
    name for scheme in (*_SCHEMES, "no") for name in (f"{scheme}_proxy", f"{scheme}_proxy".upper())
)
_AS_HTTP: Final = {"ws": "http", "wss": "https"}
_WRITTEN: Final = re.compile(
    r"(?:(?P<scheme>[a-z][a-z0-9+.-]*)://)?"
    r"(?:(?P<user>[^@:/?#\s]*)(?::(?P<password>[^@/?#\s]*))?@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[^\[\]@:/?#\s]+)(?::(?P<port>\d{1,5}))?/?",
    re.I,
)
_NOT_A_PROXY: Final = (
    "is not a proxy's address: write http://host:port, or http://user:password@host:port with the password's special "
    "characters percent-encoded (# is %23, @ is %40), or unset it"
)


@dataclass(frozen=True, slots=True)
class Proxy:
    """What one variable says. *url* None: it can't be used, as *problem* says, which doesn't hold its value."""

    variable: str
    url: SecretStr | None = None
    problem: str = ""
    malformed: bool = False  # nobody could use it; otherwise only this program can't


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies by the scheme that they are for, and the hosts of NO_PROXY; nothing: every address is direct."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict)
    exempt: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()  # mistakes of variables that can't be read

    @classmethod
    def read(cls, environment: Environment) -> Proxies:
        """Read *environment*; what can't be used is kept as such, since nothing may need it."""
        unread: list[str] = []
        found = {}
        for scheme in _SCHEMES:
            variable, value = _set(environment, f"{scheme}_proxy", unread)
            if value:
                found[scheme] = _proxy(variable, value)
        _, exempt = _set(environment, "no_proxy", unread)
        return cls(found, tuple(entry.lower() for entry in re.split(r"[,\s]+", exempt) if entry), (*unread,))

    def of(self, url: str) -> Proxy | None:
        """Return the proxy for *url* (http, https, ws or wss), or None where it is reached directly."""
        try:
            parts = urlsplit(url)
            host, given = (parts.hostname or "").rstrip("."), parts.port
        except ValueError:
            return None  # no address at all: there is nothing to reach
        scheme = _AS_HTTP.get(parts.scheme, parts.scheme)
        proxy = self.by_scheme.get(scheme) or self.by_scheme.get("all")
        if proxy is None or _is_loopback(host):
            return None
        port = given or (443 if scheme == "https" else 80)
        return None if any(_exempts(entry, host, port) for entry in self.exempt) else proxy

    def url(self, url: str) -> str | None:
        """Return the address of the proxy for *url*, password included, or None; one that can't be used is None too."""
        proxy = self.of(url)
        return proxy.url.get_secret_value() if proxy and proxy.url else None

    def mistakes(self, *urls: str | None) -> list[str]:
        """Return what an operator must correct: what nobody could use, and what *urls* need and can't use."""
        needed = [proxy for url in urls if url and (proxy := self.of(url))]
        wrong = [p for p in (*self.by_scheme.values(), *needed) if p.malformed or (p in needed and p.problem)]
        return list(dict.fromkeys((*self.unread, *(f"{p.variable} {p.problem}." for p in wrong))))


def _set(environment: Environment, name: str, mistakes: list[str]) -> tuple[str, str]:
    """Return the variable that counts and its value; an empty one in lower case switches off the one in upper case."""
    variable = name if environment.is_there(name) else name.upper()
    return variable, environment.read(variable, mistakes, str.strip) or ""


def _proxy(variable: str, value: str) -> Proxy:
    written = _WRITTEN.fullmatch(value)
    if written is None or not is_host(written["host"].strip("[]")) or int(written["port"] or 1) not in range(1, 65536):
        return Proxy(variable, problem=_NOT_A_PROXY, malformed=True)
    scheme = (written["scheme"] or "http").lower()
    if scheme not in ("http", "https"):
        kind = "a SOCKS proxy" if scheme.startswith("socks") else "a proxy of a kind"
        return Proxy(
            variable,
            problem=f"names {kind} that the bot can't use: give an http:// one, or name the hosts that need none in "
            "NO_PROXY",
        )
    user, password = unquote(written["user"] or ""), unquote(written["password"] or "")
    if not _fits_basic_auth(user, password):
        return Proxy(variable, problem=_NOT_A_PROXY, malformed=True)
    login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user or password else ""
    port = f":{written['port']}" if written["port"] else ""
    return Proxy(variable, SecretStr(f"{scheme}://{login}{written['host'].lower()}{port}"))


def _fits_basic_auth(user: str, password: str) -> bool:
    """Say whether a header can carry them, in the encoding that both clients use."""
    return ":" not in user and bool(re.fullmatch(r"[\x20-\x7e\xa0-\xff]*", user + password))


def _is_loopback(host: str) -> bool:
    address = ip(host)
    if address is not None:
        return address.is_loopback or address.is_unspecified
    return host == "localhost" or host.endswith(".localhost")


def _exempts(entry: str, host: str, port: int) -> bool:
    """Say whether *entry* of NO_PROXY (`*`, a domain with what is below it, an IP address, a network) fits."""
    if entry == "*":
        return True
    entry = entry.partition("://")[2] or entry
    address = ip(host)
    if address is not None and "/" in entry:
        try:
            return address in ipaddress.ip_network(re.sub(r"[\[\]]", "", entry), strict=False)
        except ValueError:
            return False
    name, wanted = _without_port(entry)
    if wanted and wanted != port:
        return False
    if address is not None:
        return ip(name) == address
    domain = name.removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _without_port(entry: str) -> tuple[str, int]:
    written = re.fullmatch(r"\[([^\]]+)\](?::(\d+))?|([^:]+):(\d+)", entry)
    if written is None:
        return entry, 0
    return (written[1] or written[3]), int(written[2] or written[4] or 0)
