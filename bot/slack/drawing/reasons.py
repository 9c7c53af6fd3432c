"""Why a request doesn't move, or how it failed, in words: the only place that makes sentences of codes.

Plain text, not escaped: parameters are other people's words.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.core.events import Hold
from bot.core.snapshot import Obstacle, ObstacleCode
from bot.core.why import Code, Why
from bot.core.wording import blocked, cloud_name, duration, running

_ASK_AGAIN: Final = "Ask again."
_IN_THE_CONSOLE: Final = "Look at the snapshot in the cloud's console; it may yet finish."

# What is the matter, and what to do about it ("": the first says so itself, or nobody has to do anything).
_SENTENCES: Final[Mapping[Code, tuple[str, str]]] = {
    Code.AS_TOLD: ("{problem}", "{advice}"),
    Code.BUSY: ("{obstacle}", ""),
    Code.BLOCKED: ("{obstacle}", ""),
    Code.NO_ANSWER: ("The cloud isn't answering properly just now; the bot tries again by itself.", ""),
    Code.NO_ANSWER_YET: (
        "The cloud isn't answering properly; checking whether the snapshot was made, then trying again.",
        "",
    ),
    Code.THROTTLED: ("The cloud wants to be asked less often; the bot waits and tries again by itself.", ""),
    Code.PEOPLE_UNKNOWN: ("Slack can't say just now who asked and approved.", ""),
    Code.PEOPLE_REFUSED: (
        "Slack refuses to tell the bot who asked and approved. An operator must fix that (`snapshot-bot doctor`); "
        "this request waits.",
        "",
    ),
    Code.CLOUD_NOT_SET: ("The cloud project {cloud} is not among the bot's clouds (SNAPSHOT_BOT_CLOUDS).", ""),
    Code.LOGIN_REFUSED: (
        "The bot's login to the cloud was refused. An operator must renew it (`snapshot-bot doctor`); "
        "this request waits.",
        "",
    ),
    Code.NO_PROJECT: (
        "The bot's login to the cloud works, but not for a project with DWS in it. An operator must correct the "
        "project or the region (`snapshot-bot doctor`); this request waits.",
        "",
    ),
    Code.WRONG_ADDRESS: (
        "The cloud has no DWS interface at the address that the bot uses. An operator must check the region and "
        "DWS_ENDPOINT (`snapshot-bot doctor`); this request waits.",
        "",
    ),
    Code.PERMISSION_MISSING: (
        "The bot's cloud account may not {call} here (needs {action}). An operator must fix that; this request waits.",
        "",
    ),
    Code.GATEWAY_REFUSED: (
        "The cloud's gateway refused the call: {code}. An operator must look; this request waits.",
        "",
    ),
    Code.FORBIDDEN: ("The cloud says no: {no}. An operator must look; this request waits.", ""),
    Code.NOT_FOUND: (
        "The cluster no longer exists in this cloud project. Choose another cluster and ask again.",
        "",
    ),
    Code.REJECTED: ("The cloud refused the request as wrong: {message}. Correct it and ask again.", ""),
    Code.CLUSTER_GONE: ("The cluster no longer exists in {cloud_name}.", "Choose another one."),
    Code.SNAPSHOT_GONE: (
        "The snapshot is gone from the cloud: somebody deleted it, or the cloud gave it up.",
        _ASK_AGAIN,
    ),
    Code.NAME_TAKEN: (
        "A snapshot with this name exists (names ignore case): {name}; it isn't of this request.",
        "Ask again with another name.",
    ),
    Code.NAME_TAKEN_IN_OTHER_CASE: (
        "A snapshot with this name exists (names ignore case): {name}, written differently; it isn't of this request.",
        "Ask again with another name.",
    ),
    Code.NOT_A_MEMBER: (
        "The requester may no longer ask for snapshots of {cluster}: only active members of the workspace can.",
        "Somebody else who has the right can ask for it.",
    ),
    Code.RIGHT_LOST: (
        "The requester may no longer ask for snapshots of {cluster}: the right was taken back.",
        "An admin can give the right back; then ask again.",
    ),
    Code.APPROVAL_LOST: (
        "The approval no longer counts: who approved may not approve {cluster} any more.",
        "Ask again; somebody else can approve it.",
    ),
    Code.UNFINISHED: ("The cloud started the snapshot but could not finish it.{reported}", _ASK_AGAIN),
    Code.ENDLESS: ("The cloud still says {status} after {length}; the bot has stopped watching.", _IN_THE_CONSOLE),
    Code.OUT_OF_SIGHT: (
        "The cloud began the snapshot, and can't be asked what became of it after {length}.",
        _IN_THE_CONSOLE,
    ),
    Code.OUTCOME_UNKNOWN: (
        "The cloud gave no answer for {length}; whether the snapshot was made isn't known.",
        "Look in the cloud's console before you ask again.",
    ),
    Code.NOT_STARTED: ("It could not be started within {length} after the approval{kept}.", _ASK_AGAIN),
}

# What a hold was, once it is over: its own words say what happens next, and nothing does.
_KEPT: Final[Mapping[Hold, str]] = {
    Hold.NONE: "",
    Hold.QUEUE: ": other snapshots of the cluster were before it",
    Hold.BUSY: ": the cluster was busy ({})",
    Hold.BLOCKED: ": the cluster was {}",
    Hold.LOGIN: ": the bot's login to the cloud was refused",
    Hold.PERMISSION: ": an operator had the bot's access to fix",
    Hold.CLOUD: ": the cloud or Slack gave no useful answer",
}
_CALLS: Final[Mapping[str, str]] = {"create": "create snapshots", "look": "look at clusters and snapshots"}


def problem(why: Why | None) -> str:
    """Return what is the matter: a sentence; of a cluster that isn't ready, what it "is" or which task it has."""
    return _SENTENCES[why.code][0].format_map(_parameters(why)) if why else ""


def advice(why: Why | None) -> str:
    """Return what to do about it as a sentence, "" where there is nothing or the problem says so."""
    return _SENTENCES[why.code][1].format_map(_parameters(why)) if why else ""


def _parameters(why: Why) -> dict[str, str]:
    facts = {name: str(fact) for name, fact in why.facts.items()}
    match why.code:
        case Code.AS_TOLD:
            return {"problem": "", "advice": ""} | facts
        case Code.BUSY:
            return {"obstacle": _obstacle(facts, Hold.BUSY)}
        case Code.BLOCKED:
            return {"obstacle": _obstacle(facts, Hold.BLOCKED)}
        case Code.PERMISSION_MISSING:
            return facts | {"call": _CALLS[facts["call"]]}
        case Code.FORBIDDEN:
            known = filter(None, (facts["code"], facts["message"].rstrip(". ")))
            return {"no": ", ".join(known) or "without a reason"}
        case Code.REJECTED:
            return {"message": (facts["message"] or "no reason given").rstrip(". ")}
        case Code.CLUSTER_GONE:
            return {"cloud_name": cloud_name(facts["cloud"])}
        case Code.UNFINISHED:
            failure = facts.get("failure", "").rstrip(".")
            return {"reported": f" The cluster reports: {failure}." if failure else ""}
        case Code.NOT_STARTED:
            hold = Hold(facts["hold"])
            return {"length": _length(why), "kept": _KEPT[hold].format(_obstacle(facts, hold))}
        case _:
            return facts | {"length": _length(why)}


def _length(why: Why) -> str:
    return duration(timedelta(seconds=int(why.facts.get("seconds", 0))))


def _obstacle(facts: Mapping[str, str], hold: Hold) -> str:
    """Return the task that a cluster has, or what it "is"; an older version told it in words of its own."""
    if "problem" in facts:
        return facts["problem"]
    if "obstacle" not in facts:
        return "another task"
    obstacle = Obstacle(ObstacleCode(facts["obstacle"]), facts.get("word", ""))
    return running(obstacle) if hold is Hold.BUSY else blocked(obstacle)
