"""How long a snapshot is kept, in words that several surfaces show. Pure."""

from __future__ import annotations

from bot.core.request import OPEN, SnapshotRequest, State
from bot.slack.drawing import mrkdwn
from bot.words import text


def kept(request: SnapshotRequest) -> str:
    """Return how long its snapshot is kept, to follow other facts; "" where that isn't said, or there is none."""
    keep = request.keep
    if request.state in OPEN:
        return text("keep-wanted", length=days(keep.days)) if keep.days else ""
    if request.state is not State.AVAILABLE or keep.until is None or keep.gone_at:
        return ""
    return text("keep-until-was" if keep.is_asked else "keep-until", day=mrkdwn.day(keep.until))


def days(count: int) -> str:
    """Return so many days in words; none: until somebody says."""
    return text("keep-days", count=count)
