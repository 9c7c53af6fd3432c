"""Whether the bot on this machine works, as its `/healthz` says. Imports little: an image asks every half minute."""

from __future__ import annotations

from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Final

from bot import values
from bot.causes import reason
from bot.core.errors import BotError, ConfigError
from bot.core.text import canonical
from bot.environment import Environment

_PATIENCE: Final = 3.0  # seconds; the image's health check waits for five
_THIS_MACHINE: Final = {4: "127.0.0.1", 6: "::1"}  # where what listens on every address is asked, by IP version


def ask(environ: Mapping[str, str]) -> str:
    """Return what the bot that listens at SNAPSHOT_BOT_LISTEN says of itself. It is asked directly, by no proxy.

    Raises:
        ConfigError: the setting names no address that can be asked.
        BotError: it says that it doesn't work, or nothing.
    """
    return ask_at(*_address(environ))


def ask_at(host: str, port: int) -> str:
    """Return what the bot that listens there says of itself.

    Raises:
        BotError: it says that it doesn't work, or nothing, or is none.
    """
    address = values.ip(host)
    host = _THIS_MACHINE[address.version] if address and address.is_unspecified else host
    url = f"http://{f'[{host}]' if ':' in host else host}:{port}/healthz"
    connection = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        said = answer.read(200).decode(errors="replace")
    except (OSError, HTTPException) as e:
        raise BotError(f"{url}: {reason(e)}. The bot doesn't run, or SNAPSHOT_BOT_LISTEN is another one there.") from e
    finally:
        connection.close()
    if answer.status != 200:
        raise BotError(f"{url} answers {answer.status}: {canonical(said)}. Start the bot again.")
    return f"{url}: {canonical(said)}"


def _address(environ: Mapping[str, str]) -> tuple[str, int]:
    mistakes: list[str] = []
    text = Environment(environ).read("SNAPSHOT_BOT_LISTEN", mistakes)
    if text is None:
        raise ConfigError(*mistakes)
    try:
        host, port = values.host_and_port(text or values.LISTEN)
    except ValueError as e:
        raise ConfigError(f"SNAPSHOT_BOT_LISTEN: {e}.") from None
    if port == 0:
        raise ConfigError("SNAPSHOT_BOT_LISTEN has port 0, which is any free one: only a port of its own can be asked.")
    return host, port
