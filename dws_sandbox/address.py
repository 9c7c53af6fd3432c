"""The address that the sandbox listens on, and how URLs name it."""

from __future__ import annotations

import ipaddress
import socket
from typing import Final

HOST: Final = "127.0.0.1"
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - recognised, never a default


def is_loopback(host: str) -> bool:
    """Say whether only this machine can reach a server on *host*, an address or name."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def in_url(host: str) -> str:
    """Return *host* as URLs name it; where it is every address of the machine, the machine's name."""
    name = socket.gethostname() if host in _EVERYWHERE else host
    return f"[{name}]" if ":" in name else name
