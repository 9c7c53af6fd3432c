"""What the form and the review offer to join."""

from __future__ import annotations

from dataclasses import dataclass

from bot.core.request import SnapshotRequest


@dataclass(frozen=True, slots=True)
class Offer:
    """A *request* of somebody else's that can be joined; *loses_approval*: who joins can't approve it any more."""

    request: SnapshotRequest
    loses_approval: bool = False
