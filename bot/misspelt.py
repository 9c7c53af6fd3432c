"""Variables that look like the bot's and are none of its: most likely misspelt."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Final

from bot import config
from bot.environment import Environment

_OURS: Final = "SNAPSHOT_BOT_"
# What Kubernetes sets in every container beside a Service whose name begins so. Source: kubernetes.io, "Service".
_SERVICES: Final = re.compile(
    rf"{_OURS}(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?)"
)
_SERVICES_PORT: Final = re.compile(rf"{_OURS}(\w+_)?PORT=(tcp|udp|sctp)://.*")


def misspelt(environment: Environment) -> Iterator[tuple[str, str]]:
    """Yield each variable that begins like ours and that nobody reads, and the nearest that somebody does, or ""."""
    known = {name.removeprefix(_OURS): name for name in config.VARIABLES}
    known |= {name.removeprefix("SLACK_"): name for name in config.VARIABLES} | {n: n for n in config.VARIABLES}
    for name in (*environment.beginning_with(_OURS), *environment.beginning_with(_OURS.lower())):
        if name in config.VARIABLES or _is_kubernetes(name, environment):
            continue
        near = get_close_matches(name.upper().removeprefix(_OURS), known, n=1, cutoff=0.5)
        yield name, known[near[0]] if near else ""


def _is_kubernetes(name: str, environment: Environment) -> bool:
    """Say whether it is a Service's; `…_PORT=8080` is somebody's own, for there it is an address."""
    return bool(_SERVICES.fullmatch(name) or _SERVICES_PORT.fullmatch(f"{name}={environment.read(name, [])}"))
