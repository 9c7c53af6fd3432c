"""What is checked on this machine alone: where settings come from, who can read them, where the bot will listen."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bot import config, file_modes, health
from bot.certificates import VARIABLES as CERTIFICATES
from bot.checks import Check
from bot.clouds import CLOUD_SECRETS, CLOUD_VARIABLES, cloud_files
from bot.config import Settings
from bot.core.errors import BotError, ConfigError
from bot.environment import Environment
from bot.misspelt import misspelt
from bot.mistakes import SECRET_VARIABLES
from bot.proxies import VARIABLES as PROXIES
from bot.proxies import Proxies
from bot.store import served_by

_ANY_PORT: Final = 0
_SECRET_VARIABLES: Final = (*SECRET_VARIABLES, *CLOUD_SECRETS, *PROXIES, "SNAPSHOT_BOT_DATABASE")
_KEY: Final = b"PRIVATE KEY-----"


def source_checks(environ: Mapping[str, str]) -> list[Check]:
    """Say which variables and files are used, by name and never with what they hold; and which are nobody's."""
    environment = Environment(environ)
    ours = filter(None, map(environment.given_as, (*config.VARIABLES, *CLOUD_VARIABLES)))
    checks = [Check("settings-used", f"Set: {', '.join(dict.fromkeys(ours)) or 'nothing'}")]
    if files := [file.path for file in cloud_files(environment)]:
        checks.append(Check("cloud-files", f"Cloud files: {', '.join(map(str, files))}"))
    if proxies := [*_proxies(environment)]:
        checks.append(Check("proxies", f"Proxies: {', '.join(proxies)}"))
    if trusted := [f"{name} ({path})" for name, path in _certificates(environment).items()]:
        checks.append(Check("certificates", f"Certificates: {', '.join(trusted)}"))
    return [*checks, *(Check("setting-unknown", f"Settings: {_unknown(*found)}") for found in misspelt(environment))]


def _unknown(variable: str, near: str) -> str:
    meant = f"; did you mean {near}?" if near else ""
    return f"{variable} is not one of the bot's and has no effect{meant}"


def _proxies(environment: Environment) -> Iterator[str]:
    """Yield the variable and the host of each proxy, without its login."""
    proxies = Proxies.read(environment)
    for proxy in proxies.by_scheme.values():
        host = urlsplit(proxy.url.get_secret_value()).netloc.rpartition("@")[2] if proxy.url else "not usable"
        yield f"{proxy.variable} ({host})"
    if proxies.by_scheme and proxies.exempt:
        yield f"none for {' '.join(proxies.exempt)}"


def _certificates(environment: Environment) -> dict[str, Path]:
    given = {name: environment.read(name, []) for name in (*CERTIFICATES, "OS_CACERT")}
    return {name: environment.path(text) for name, text in given.items() if text}


def secret_checks(environ: Mapping[str, str]) -> list[Check]:
    """Find the files with a secret that everybody can read: of `NAME_FILE`, of clouds, of certificates with a key."""
    environment = Environment(environ)
    held = {path: name for name in _SECRET_VARIABLES if (path := environment.file_of(name))}
    held |= {file.path: "a cloud's secret" for file in cloud_files(environment) if file.has_secret}
    held |= {path: "a private key" for path in _certificates(environment).values() if _has_key(path)}
    return [
        Check("secret-file", f"{path} holds {held[path]}, and {file_modes.told(path)}", _closed(path))
        for path in file_modes.open_to_all(*held)
    ]


def _closed(path: Path) -> str:
    return f"Run `{file_modes.closing(path)}`. If anybody else works on this machine, change the secret as well."


def _has_key(path: Path) -> bool:
    try:
        return _KEY in path.read_bytes()
    except OSError:
        return False  # a folder, or what the far end's check says


async def listen_checks(settings: Settings) -> list[Check]:
    """Try to listen where the bot will, for a moment."""
    wanted = {"SNAPSHOT_BOT_LISTEN": settings.address, "SNAPSHOT_BOT_OPERATIONS_LISTEN": settings.operations_address}
    usable = {name: address for name, address in wanted.items() if address and name not in settings.unusable}
    return [await _listen_check(settings, name, *address) for name, address in usable.items()]


async def _listen_check(settings: Settings, name: str, host: str, port: int) -> Check:
    what = f"Listening: {name}, {f'[{host}]' if ':' in host else host}:{port}"
    try:
        server = await asyncio.get_running_loop().create_server(asyncio.Protocol, host, port)  # as the bot does
        server.close()
        await server.wait_closed()
    except OSError as e:
        if e.errno == errno.EADDRINUSE and (holder := _holder(settings)) is not None and await _is_a_bot(host, port):
            return Check("listen", f"{what}: taken by the bot that runs (process {holder or 'unknown'})")
        return Check("listen", f"{what}: can't be listened on", _fix(e, name, host))
    return Check("listen", f"{what} is free" if port != _ANY_PORT else f"{what}, any free port")


def _holder(settings: Settings) -> str | None:
    try:
        return served_by(settings.database)
    except ConfigError:
        return None


async def _is_a_bot(host: str, port: int) -> bool:
    """Say whether what listens there answers `/healthz` as a bot does."""
    try:
        return (await asyncio.to_thread(health.ask_at, host, port)).endswith(": ok")
    except BotError:
        return False


def _fix(error: OSError, name: str, host: str) -> str:
    if isinstance(error, socket.gaierror):
        return f"There is no host {host}: give an address of this machine in {name}, or 0.0.0.0 for all of them."
    match error.errno:
        case errno.EADDRINUSE:
            return f"Another program listens there: stop it, or choose another port in {name}."
        case errno.EACCES | errno.EPERM:
            return (
                f"Only root may listen on a port below 1024: choose a higher one in {name}, or give the bot the right "
                "(systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE)."
            )
        case errno.EADDRNOTAVAIL:
            return f"{host} is not an address of this machine: give one in {name}, or 0.0.0.0 for all of them."
        case _:
            return f"{os.strerror(error.errno or 0)}: correct {name}."
