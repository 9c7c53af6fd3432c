"""Somebody who wants what another has asked for: told together with them how it ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.ids import UserId

JOINED_MOST: Final = 30  # of one request: the reply that tells how it ends names them


@dataclass(frozen=True, slots=True)
class Joiner:
    """Who joined a request, and when; *directly*: they weren't in its channel, and have a message of their own."""

    user: UserId
    at: datetime
    directly: bool = False
