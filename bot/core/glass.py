"""Break-glass: a start without the approvals and hours that its rule wants, in an emergency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.core.ids import UserId


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """Who let a request start so, when, and why.

    Every approver of the cluster is told at once, in one place each: *here* are those whom a reply to the card
    mentions, *directly* those who get a direct message, since they weren't in its channel.
    """

    by: UserId
    at: datetime
    reason: str
    here: tuple[UserId, ...] = ()
    directly: tuple[UserId, ...] = ()
