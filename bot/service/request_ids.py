"""Ids of requests: short enough to be read aloud, drawn at random."""

from __future__ import annotations

import secrets

from bot.core.ids import RequestId

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U: read aloud at night


def drawn(length: int) -> RequestId:
    """Return an id with so many characters after its `R-`; it may be taken."""
    return RequestId("R-" + "".join(secrets.choice(_ALPHABET) for _ in range(length)))
