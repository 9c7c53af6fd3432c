"""What keeps snapshots from starting, in words: what is the matter, or who froze a cluster, until when, why. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from bot.core.freezes import Closure, told
from bot.core.request import SnapshotRequest
from bot.core.why import Code, Why
from bot.slack.drawing import mrkdwn
from bot.words import by_whom, reasons, text

Named = Callable[[str], str]  # writes who froze a cluster: mrkdwn.user, which pings them in a message that is new


def closed(why: Why, named: Named = mrkdwn.user) -> str:
    """Return "frozen by @cleo until Monday 06:00: *quarter end*", or that a window of its rule is closed."""
    until = str(why.facts.get("until", ""))
    when = mrkdwn.when(datetime.fromisoformat(until)) if until else text("until-ended")
    if why.code is Code.WINDOW_CLOSED:
        return text("window-closed", when=when)
    reason = mrkdwn.bold(str(why.facts.get("reason", "")).rstrip(". "))
    return text("frozen", who=named(str(why.facts.get("by", ""))), when=when, reason=reason)


def problem(request: SnapshotRequest, *, most: int = 1500) -> str:
    """Return what is the matter with *request*, or with its cluster; "" where nothing is."""
    return mrkdwn.ours(reasons.problem(request.why, name=mrkdwn.unmarked), most=most)


def called(name: str) -> Named:
    """Return how to write who froze a cluster and is called *name*, so that it pings nobody."""
    return lambda by: mrkdwn.escape(f"@{name}" if name else by_whom(by), most=100)


def noted(closures: Sequence[Closure], named: Named = mrkdwn.user) -> str:
    """Return what is told of a cluster that is closed, as a sentence: "🧊 Frozen by …"; "" where it isn't."""
    return text("closed-now", closed=closed(told(closures).why, named)) if closures else ""


def asking(closures: Sequence[Closure]) -> str:
    """Return the same for who asks for a snapshot, with what becomes of the request; "" where it isn't closed."""
    if not closures:
        return ""
    return f"{noted(closures)} {text('closed-meanwhile', meanwhile=told(closures).meanwhile)}"
