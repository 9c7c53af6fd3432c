"""Why a request doesn't move, or how it failed: a code with its parameters. The sentence is made when it is shown."""

from __future__ import annotations

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@enum.unique
class Code(enum.StrEnum):
    """The reasons, each with the parameters that it may have. The values are stored, so they never change."""

    AS_TOLD = "as-told"  # problem, advice: the sentences of a row that an older version wrote

    # it waits; what the cloud said itself is there as `code` and `message`, where it said something
    BUSY = "busy"  # obstacle: the ObstacleCode of the task, where it is known; word: the cloud's, of another one
    BLOCKED = "blocked"  # obstacle: the ObstacleCode; word: the cloud's, of another one
    NO_ANSWER = "no-answer"
    NO_ANSWER_YET = "no-answer-yet"  # whether an attempt made the snapshot is still to be found out
    THROTTLED = "throttled"
    NOBODY_APPROVES = "nobody-approves"  # stage: the number of the first that nobody can fill; stages: how many; need
    OUT_OF_HOURS = "out-of-hours"  # until: when its hours begin, ISO 8601
    FROZEN = "frozen"  # by: as in Entry.actor; reason; until: ISO 8601, where it ends by itself
    WINDOW_CLOSED = "window-closed"  # by: who set the rule, where that is known; until: ISO 8601
    PEOPLE_UNKNOWN = "people-unknown"  # Slack doesn't say who asked and approved
    PEOPLE_REFUSED = "people-refused"  # Slack refuses to say it
    CLOUD_NOT_SET = "cloud-not-set"  # cloud: it isn't among those of the settings
    LOGIN_REFUSED = "login-refused"
    NO_PROJECT = "no-project"  # the login is good, but for no project with DWS
    WRONG_ADDRESS = "wrong-address"
    PERMISSION_MISSING = "permission-missing"  # call: "create", "delete" or "look"; action: the permission's name
    GATEWAY_REFUSED = "gateway-refused"  # code: the gateway's, or the HTTP status; message
    FORBIDDEN = "forbidden"  # code: the cloud's, or the HTTP status, or ""; message: the cloud's words
    NOT_FOUND = "not-found"

    # it failed
    REJECTED = "rejected"  # message: the cloud's words
    CLUSTER_GONE = "cluster-gone"  # cloud
    SNAPSHOT_GONE = "snapshot-gone"
    NAME_TAKEN = "name-taken"  # name: of the snapshot that has it
    NAME_TAKEN_IN_OTHER_CASE = "name-taken-in-other-case"  # name: as that snapshot has it
    NOT_A_MEMBER = "not-a-member"  # cluster: of which the requester may no longer ask for snapshots
    RIGHT_LOST = "right-lost"  # cluster: of which the requester may no longer ask for snapshots
    APPROVAL_LOST = "approval-lost"  # cluster: which who approved may not approve any more
    GLASS_LOST = "glass-lost"  # cluster: which who broke the glass may not start without approval any more
    UNFINISHED = "unfinished"  # failure: what the cluster reports, where it does
    ENDLESS = "endless"  # status: what the cloud still says; seconds
    OUT_OF_SIGHT = "out-of-sight"  # seconds: for which the cloud couldn't be asked what became of it
    OUTCOME_UNKNOWN = "outcome-unknown"  # seconds: for which the cloud gave no answer to the create call
    # a deletion waits, or isn't done
    DELETION_UNANSWERED = "deletion-unanswered"
    DELETION_UNKNOWN = "deletion-unknown"  # seconds: for which the cloud gave no answer to the delete call
    DELETING_IS_OFF = "deleting-is-off"
    NOT_OURS = "not-ours"  # no request of ours is on record from which it came
    NOT_AS_RECORDED = "not-as-recorded"  # what: name, cluster, time, kind or status
    LAST_GOOD = "last-good"  # cluster: it became the last good one since the deletion was asked for
    KEPT_LONGER = "kept-longer"  # by: who said meanwhile that it is kept longer
    DELETION_RESTORED = "deletion-restored"  # the bot's data was restored: nobody knows whether it is still wanted

    NOT_STARTED = "not-started"  # seconds: since the approval; hold: what kept it last, with its parameters


@dataclass(frozen=True, slots=True)
class Why:
    """A code and its parameters, e.g. `Why(Code.BUSY, {"obstacle": "restore"})`."""

    code: Code
    facts: Mapping[str, str | int] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the one form in which the record and the log carry it: `busy {"obstacle": "restore"}`."""
        return f"{self.code} {json.dumps(self.facts, sort_keys=True, ensure_ascii=False)}" if self.facts else self.code

    @classmethod
    def as_told(cls, problem: str, advice: str = "") -> Why:
        """Return the sentences of an older version; an advice that the problem ends with is kept once."""
        said = advice.strip().rstrip(".").casefold()
        told = {"problem": problem, "advice": "" if said in problem.casefold() else advice}
        return cls(Code.AS_TOLD, {fact: words for fact, words in told.items() if words})
