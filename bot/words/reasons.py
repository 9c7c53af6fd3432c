"""Why a request doesn't move, or how it failed, in words: the catalogue's `why-…` entries, by code.

Plain text, not escaped: parameters are other people's words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from bot.core.events import Hold
from bot.core.snapshot import Obstacle, ObstacleCode
from bot.core.why import Code, Why
from bot.words import cloud_name, duration, text, worded

# After these stands what the cloud itself says, where it says something.
_THEN_QUOTED: Final = frozenset(
    {
        Code.NO_ANSWER,
        Code.NO_ANSWER_YET,
        Code.THROTTLED,
        Code.LOGIN_REFUSED,
        Code.NO_PROJECT,
        Code.WRONG_ADDRESS,
        Code.PERMISSION_MISSING,
    }
)


def problem(why: Why | None, *, name: Callable[[str], str] = str) -> str:
    """Return what is the matter: a sentence; of a cluster that isn't ready, what it "is" or which task it has.

    *name* writes what isn't ours in it.
    """
    if why is None:
        return ""
    facts = {key: name(str(fact)) for key, fact in why.facts.items()}
    match why.code:
        case Code.AS_TOLD:
            return facts.get("problem", "")
        case Code.BUSY | Code.BLOCKED:
            return _obstacle(why, name)
        case Code.FORBIDDEN:
            return text("why-forbidden", said=_said(facts) or text("without-reason"))
        case Code.GATEWAY_REFUSED:
            return text("why-gateway-refused", said=_said(facts))
        case Code.REJECTED:
            return text("why-rejected", said=(facts["message"] or text("none-given")).rstrip(". "))
        case Code.CLUSTER_GONE:
            return text("why-cluster-gone", cloud=cloud_name(facts["cloud"]))
        case Code.UNFINISHED if failure := facts.get("failure", "").rstrip("."):
            return text("why-unfinished-reported", failure=failure)
        case Code.NOT_STARTED:
            hold = Hold(facts["hold"])
            obstacle = _obstacle(why, name) if hold in (Hold.BUSY, Hold.BLOCKED) else ""
            return text("why-not-started", length=_length(why), hold=hold or "none", obstacle=obstacle)
        case _:
            given = facts | {"length": _length(why)} if "seconds" in facts else facts
            told = text(f"why-{why.code}", **given)
            said = _said(facts) if why.code in _THEN_QUOTED else ""
            return text("why-and-said", problem=told, said=said) if said else told


def advice(why: Why | None) -> str:
    """Return what to do about it as a sentence, "" where there is nothing or the problem says so."""
    if why is None:
        return ""
    return str(why.facts.get("advice", "")) if why.code is Code.AS_TOLD else text(f"why-{why.code}.advice")


def _said(facts: Mapping[str, str]) -> str:
    """Return the cloud's own code and words."""
    return ", ".join(filter(None, (facts.get("code", ""), facts.get("message", "").rstrip(". "))))


def _length(why: Why) -> str:
    return duration(timedelta(seconds=int(why.facts["seconds"])))


def _obstacle(why: Why, name: Callable[[str], str]) -> str:
    """Return the task that a cluster has, or what it "is"; an older version told it in words of its own."""
    if "problem" in why.facts:
        return name(str(why.facts["problem"]))
    if "obstacle" not in why.facts:
        return text("another-task")
    return worded(Obstacle(ObstacleCode(str(why.facts["obstacle"])), str(why.facts.get("word", ""))).phrase, name=name)
