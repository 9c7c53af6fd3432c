"""Why a request doesn't move, or how it failed, in words: the catalogue's `why-…` entries, by code.

Plain text, not escaped: parameters are other people's words.
"""

from __future__ import annotations

from datetime import timedelta

from bot.core.events import Hold
from bot.core.snapshot import Obstacle, ObstacleCode
from bot.core.why import Code, Why
from bot.words import cloud_name, duration, text, worded


def problem(why: Why | None) -> str:
    """Return what is the matter: a sentence; of a cluster that isn't ready, what it "is" or which task it has."""
    if why is None:
        return ""
    facts = {name: str(fact) for name, fact in why.facts.items()}
    match why.code:
        case Code.AS_TOLD:
            return facts.get("problem", "")
        case Code.BUSY | Code.BLOCKED:
            return _obstacle(why)
        case Code.FORBIDDEN:
            known = ", ".join(filter(None, (facts["code"], facts["message"].rstrip(". "))))
            return text("why-forbidden", said=known or text("without-reason"))
        case Code.REJECTED:
            return text("why-rejected", said=(facts["message"] or text("none-given")).rstrip(". "))
        case Code.CLUSTER_GONE:
            return text("why-cluster-gone", cloud=cloud_name(facts["cloud"]))
        case Code.UNFINISHED if failure := facts.get("failure", "").rstrip("."):
            return text("why-unfinished-reported", failure=failure)
        case Code.NOT_STARTED:
            hold = Hold(facts["hold"])
            obstacle = _obstacle(why) if hold in (Hold.BUSY, Hold.BLOCKED) else ""
            return text("why-not-started", length=_length(why), hold=hold or "none", obstacle=obstacle)
        case _:
            given = facts | {"length": _length(why)} if "seconds" in facts else facts
            return text(f"why-{why.code}", **given)


def advice(why: Why | None) -> str:
    """Return what to do about it as a sentence, "" where there is nothing or the problem says so."""
    if why is None:
        return ""
    return str(why.facts.get("advice", "")) if why.code is Code.AS_TOLD else text(f"why-{why.code}.advice")


def _length(why: Why) -> str:
    return duration(timedelta(seconds=int(why.facts["seconds"])))


def _obstacle(why: Why) -> str:
    """Return the task that a cluster has, or what it "is"; an older version told it in words of its own."""
    if "problem" in why.facts:
        return str(why.facts["problem"])
    if "obstacle" not in why.facts:
        return text("another-task")
    return worded(Obstacle(ObstacleCode(str(why.facts["obstacle"])), str(why.facts.get("word", ""))).phrase)
