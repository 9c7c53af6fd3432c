"""What keeps snapshots of a cluster from starting, in words: who froze it, until when, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.core.freezes import Closure, refusing
from bot.core.why import Code, Why
from bot.slack.drawing import mrkdwn
from bot.words import text


def closed(why: Why) -> str:
    """Return "frozen by @cleo until Monday 06:00: *quarter end*", or that a window of its rule is closed."""
    until = str(why.facts.get("until", ""))
    when = mrkdwn.when(datetime.fromisoformat(until)) if until else text("until-ended")
    if why.code is Code.WINDOW_CLOSED:
        return text("window-closed", when=when)
    reason = mrkdwn.bold(str(why.facts.get("reason", "")).rstrip(". "))
    return text("frozen", who=mrkdwn.user(str(why.facts.get("by", ""))), when=when, reason=reason)


def noted(closures: Sequence[Closure]) -> str:
    """Return what is told of a cluster that is closed, as a sentence: "🧊 Frozen by …"; "" where it isn't."""
    return text("closed-now", closed=closed(_told(closures).why)) if closures else ""


def asking(closures: Sequence[Closure]) -> str:
    """Return the same for who asks for a snapshot, with what becomes of the request; "" where it isn't closed."""
    if not closures:
        return ""
    meanwhile = _told(closures).meanwhile
    return f"{noted(closures)} {text('closed-meanwhile', meanwhile=meanwhile)}"


def _told(closures: Sequence[Closure]) -> Closure:
    return refusing(closures) or closures[0]
