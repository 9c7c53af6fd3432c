"""Sentences about rights, states and clusters that several surfaces show; in mrkdwn unless a Pen says otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core import wording as words
from bot.core.access import Action, Decision, Reason, Standing
from bot.core.age import Age
from bot.core.approval import approvals
from bot.core.events import Hold
from bot.core.ids import CloudName, ClusterRef, UserId
from bot.core.message import Facts
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Cluster, ClusterState, Snapshot
from bot.core.wording import duration, ended, listing, ordinal, sentence, size
from bot.slack import mrkdwn

WENT_WRONG: Final = (
    "Something went wrong on the bot's side. An operator can see it in the bot's log; try again in a minute."
)
TOO_SLOW: Final = "Slack or the cloud is slow just now. Send it once more: it will not be done twice."
TOO_LATE: Final = "That took too long; type `/snapshot` again."
CLICK_TOO_LATE: Final = "That took too long; press the button again."


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes mrkdwn with mentions, or, where *names* is given, plain text with names (modals' error texts)."""

    names: Mapping[UserId, str] | None = None

    def who(self, ids: Sequence[UserId], joiner: str = "and") -> str:
        """Return people as a list."""
        if self.names is None:
            return mrkdwn.users(ids, joiner=joiner)
        return listing([mrkdwn.plain(self.names.get(i) or i, 40) for i in ids[:5]], joiner=joiner)

    def text(self, words: str) -> str:
        """Return text that isn't ours."""
        return mrkdwn.escape(words, most=300) if self.names is None else mrkdwn.plain(words)

    def strong(self, words: str) -> str:
        """Return text that isn't ours, in bold where there is bold."""
        return mrkdwn.bold(words) if self.names is None else mrkdwn.plain(words)


_WHAT: Final = {
    Action.REQUEST: "request snapshots of",
    Action.APPROVE: "approve snapshots of",
    Action.DECLINE: "decline snapshots of",
    Action.WITHDRAW: "withdraw requests on",
    Action.VIEW: "see requests on",
}
_DO_HERE: Final = {
    Action.REQUEST: "ask",
    Action.APPROVE: "decide",
    Action.DECLINE: "decide",
    Action.WITHDRAW: "withdraw",
    Action.VIEW: "look",
}


def refusal(decision: Decision, *, company: str, pen: Pen | None = None) -> str:
    """Say that *decision* is no: what, by which rule, and who can do it instead. *company* is the workspace's name."""
    pen = pen or Pen()
    cluster = pen.text(decision.cluster_name) or "any cluster"
    others = tuple(u for u in decision.who_can if u != decision.person.user)
    match decision.reason:
        case Reason.NOT_A_MEMBER:
            return _not_a_member(decision, company, pen)
        case Reason.NOBODY_APPROVES_THEIR_OWN:
            can = f"{pen.who(others)} can." if others else _admins(decision, pen, "let somebody else approve it")
            return f"Nobody approves their own request on {cluster}. {can}"
        case Reason.NOT_THE_REQUESTER:
            return "Only the person who asked can withdraw a request; approvers decline it instead."
        case Reason.NO_GRANT if decision.action in (Action.APPROVE, Action.DECLINE) and others:
            return f"You may not {_WHAT[decision.action]} {cluster}. {pen.who(others)} can."
        case Reason.NO_GRANT if decision.action is Action.VIEW and others:
            admins = _admins(decision, pen, "give you that right")
            return f"You may not see requests on {cluster}. {pen.who(others)} can decide on them. {admins}"
        case Reason.NO_GRANT if decision.action is Action.REQUEST and not decision.cluster_name:
            return f"You have no cluster to ask for yet. {_admins(decision, pen, 'give you one')}"
        case Reason.NO_GRANT:
            return f"You may not {_WHAT[decision.action]} {cluster}. {_admins(decision, pen, 'give you that right')}"
        case Reason.GRANTED | Reason.OWN_REQUEST | Reason.ADMIN:
            raise ValueError(f"{decision.reason} is no refusal")


def _admins(decision: Decision, pen: Pen, deed: str) -> str:
    if decision.admins:
        return f"{pen.who(decision.admins)} can {deed}."
    return f"No admin is set; the bot's operator can {deed}."


def _not_a_member(decision: Decision, company: str, pen: Pen) -> str:
    only = f"only members of {pen.strong(company)} can {_DO_HERE[decision.action]} here."
    match decision.person.standing:
        case Standing.OUTSIDER:
            return f"Your account belongs to another company; {only}"
        case Standing.GUEST:
            return f"Your account is a guest's; {only} Ask one of them to do it."
        case Standing.BOT:
            return f"This account is an app's; {only}"
        case Standing.DEACTIVATED:
            return f"Your account is deactivated; {only}"
        case Standing.MEMBER | Standing.UNKNOWN:
            return f"Slack knows of no such account as yours in this workspace; {only}"


_STOPS: Final = (Action.DECLINE, Action.WITHDRAW)


def already(request: SnapshotRequest, *, by: UserId, action: Action, age: Age | None = None) -> str:
    """Say who (or what) was first, and that *by* need do nothing more; *age* is that of the cloud's facts."""
    who = mrkdwn.user(request.decided_by) if request.decided_by else "the cluster's rule"
    at = mrkdwn.when(request.decided_at or request.updated_at)
    how = status_seen(request, age) if age else status(request)
    match request.state:
        case State.WAITING if any(v.user == by and v.approve for v in request.votes):
            voted = next(v.at for v in request.votes if v.user == by)
            left = f"{len(approvals(request.votes))} of {request.need} approvals so far"
            return f"You approved this already, {mrkdwn.when(voted)}; {left}."
        case State.WAITING:
            return f"This request expired {mrkdwn.when(request.expires_at)}; whoever still needs it can ask again."
        case State.EXPIRED:
            return f"This request expired {at}; whoever still needs it can ask again."
        case State.DECLINED:
            return f"Already declined by {who} {at}; nothing more to do."
        case State.WITHDRAWN:
            return f"Already withdrawn by {who} {at}; nothing more to do."
        case State.SUBMITTING | State.CREATING if action in _STOPS:
            return f"Too late to {action}: approved by {who} {at}, and the cloud has been asked already.\n{how}"
        case State.AVAILABLE if action in _STOPS:
            return f"Already approved by {who} {at}, and the snapshot is made: too late to {action}."
        case State.FAILED:
            return f"Already approved by {who} {at}, and it failed.\n{trouble(request)}".rstrip()
        case State.APPROVED if action is Action.DECLINE:
            asker = mrkdwn.user(request.requester)
            return f"Already approved by {who} {at}; only {asker} can still withdraw it, until the cloud is asked."
        case State.APPROVED if request.hold is Hold.NONE:
            return f"Already approved by {who} {at}; nothing more to do."
        case State.AVAILABLE | State.APPROVED | State.SUBMITTING | State.CREATING:
            return f"Already approved by {who} {at}; nothing more to do.\n{how}"


STATES: Final[Mapping[State, str]] = {
    State.WAITING: "waiting for approval",
    State.APPROVED: "approved",
    State.SUBMITTING: "sent to the cloud",
    State.CREATING: "creating",
    State.AVAILABLE: "available",
    State.FAILED: "failed",
    State.DECLINED: "declined",
    State.WITHDRAWN: "withdrawn",
    State.EXPIRED: "expired",
}


def status(request: SnapshotRequest) -> str:
    """Return the state as an emoji and words, with what matters most about it."""
    match request.state:
        case State.WAITING:
            return f"⏳ *Waiting for approval* · {len(approvals(request.votes))} of {request.need}"
        case State.APPROVED:
            return f"{_SIGNS.get(request.hold, '🕒')} {approved_by(request)} · {_waits(request)}"
        case State.SUBMITTING:
            return f"📤 *Sent to the cloud* · {_waits(request)}"
        case State.CREATING:
            return "📸 *Creating*" + ("" if request.percent is None else f" · {request.percent} %")
        case State.AVAILABLE:
            parts = ["✅ *Available*"]
            if request.size_gb:
                parts.append(size(request.size_gb))
            if request.took is not None:
                parts.append(f"took {duration(request.took)}")
            return " · ".join(parts)
        case State.FAILED:
            return "❌ *Failed*"
        case State.DECLINED:
            by = mrkdwn.user(request.decided_by or "")
            return f"🚫 *Declined* by {by}" + (f": {mrkdwn.escape(request.words, most=600)}" if request.words else "")
        case State.WITHDRAWN:
            return f"↩️ *Withdrawn* by {mrkdwn.user(request.decided_by or request.requester)}"
        case State.EXPIRED:
            return f"⌛ *Expired*, {undecided(request)}"


def undecided(request: SnapshotRequest) -> str:
    """Return how far a request came whose time is over: "nobody decided in 8 h", "only 1 of 2 approved in 8 h"."""
    waited = duration(request.expires_at - request.created_at)
    if votes := approvals(request.votes):
        return f"only {len(votes)} of {request.need} approved in {waited}"
    return f"nobody decided in {waited}"


def approved_by(request: SnapshotRequest) -> str:
    """Return "Approved by @ben", or that none was needed."""
    by = voters(request)
    return f"*Approved* by {mrkdwn.users(by, joiner='and')}" if by else "*No approval needed*"


def voters(request: SnapshotRequest) -> tuple[UserId, ...]:
    """Return who approved, nobody where no approval was needed."""
    return approvals(request.votes) or ((request.decided_by,) if request.decided_by else ())


_SIGNS: Final = {Hold.NONE: "👍", Hold.BLOCKED: "⏸️", Hold.LOGIN: "🛠️", Hold.PERMISSION: "🛠️", Hold.CLOUD: "🌩️"}


def _waits(request: SnapshotRequest) -> str:
    """Return what keeps an approved request, or one of which the cloud's answer was lost."""
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    match request.hold:
        case Hold.NONE:
            return "waiting for its answer" if request.state is State.SUBMITTING else "starting"
        case Hold.QUEUE:
            place = "next" if request.place <= 1 else ordinal(request.place)
            why = mrkdwn.escape(request.problem) or "another snapshot is before it"
            return f"{place} in line for {cluster} ({why})"
        case Hold.BUSY:
            task = f" ({mrkdwn.escape(request.problem)})" if request.problem else ""
            return f"{cluster} is busy{task}; waiting its turn"
        case Hold.BLOCKED:
            return f"{cluster} is {mrkdwn.escape(request.problem) or 'blocked'}; waiting until it is available"
        case Hold.LOGIN | Hold.PERMISSION:
            return "waiting for an operator"
        case Hold.CLOUD:
            return "its answer is lost" if request.state is State.SUBMITTING else "delayed, trying again by itself"


_TOLD_IN_FULL: Final = frozenset({Hold.LOGIN, Hold.PERMISSION, Hold.CLOUD})


def trouble(request: SnapshotRequest) -> str:
    """Return what stands in the way and what to do about it, or "" where nothing does or the status says it all."""
    parts: list[str] = []
    match request.state:
        case State.FAILED:
            parts = [request.problem, advice(request)]
        case State.CREATING if request.hold is Hold.CLOUD:
            since = f" (since {mrkdwn.when(request.failing_since)})" if request.failing_since else ""
            return f"The cloud isn't answering just now{since}; the snapshot goes on being made there."
        case State.APPROVED | State.SUBMITTING | State.CREATING if request.hold in _TOLD_IN_FULL:
            parts = [request.problem]
        case _:
            pass
    return "\n".join(ended(mrkdwn.escape(p, most=900)) for p in parts if p)


def advice(request: SnapshotRequest) -> str:
    """Return what to do about a failure, "" where the problem says so itself. Not escaped."""
    said = request.advice.strip().rstrip(".").casefold()
    return "" if said in request.problem.casefold() else request.advice


_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six")


def approvals_needed(need: int) -> str:
    """Return "one approval", "two approvals"."""
    count = _NUMBERS[need] if need < len(_NUMBERS) else str(need)
    return f"{count} approval{'' if need == 1 else 's'}"


def rule(need: int, approvers: Sequence[UserId]) -> str:
    """Return "one approval by @dba"; says so where nobody could give it."""
    if need == 0:
        return "no approval needed"
    by = f"by {mrkdwn.users(approvers)}" if approvers else "needed, and nobody may give it yet"
    return f"{approvals_needed(need)} {by}"


def cluster_label(ref: ClusterRef, name: str) -> str:
    """Return the cluster's name, with the cloud's where the bot was told one. Not escaped."""
    return name if ref.cloud == "default" else f"{name} · {ref.cloud}"


_LIGHTS: Final = {ClusterState.READY: "🟢", ClusterState.BUSY: "🟡", ClusterState.BLOCKED: "🔴"}
_OLD_LIGHT: Final = "⚪"


def cluster_state(cluster: Cluster, age: Age) -> str:
    """Return a light and the situation in words: "🟢 Available"; the light is out where that is old."""
    situation = cluster.situation
    light = _OLD_LIGHT if age.is_old else _LIGHTS[cluster.state]
    return f"{light} {mrkdwn.escape(situation[:1].upper() + situation[1:])}"


def last_snapshot(snapshot: Snapshot | None, age: Age, now: datetime | None = None) -> str:
    """Return when the newest snapshot started and its size; *now* gives "3 h ago" in place of a date."""
    if age.seen_at is None:
        return "not known"
    if snapshot is None or snapshot.started is None:
        return "none yet"
    ago = f"{duration(now - snapshot.started)} ago" if now else mrkdwn.when(snapshot.started)
    return f"{ago}, {size(snapshot.size_gb)}" if snapshot.size_gb else ago


def age(facts: Age, cloud: CloudName) -> str:
    """Return how old *facts* are: "as of 14:05", or that the cloud hasn't answered since."""
    return words.age(facts, mrkdwn.when, mrkdwn.escape(words.cloud_name(cloud)))


def old_lists(ages: Mapping[CloudName, Age]) -> str:
    """Return which clouds' lists of clusters are old, as sentences; "" where all are as they are now."""
    return words.old_lists(ages, mrkdwn.when, mrkdwn.escape)


def no_cluster_seen(ages: Mapping[CloudName, Age]) -> str:
    """Say that none of the clusters that somebody may ask for is seen, or why that isn't known."""
    return old_lists(ages) or "The cloud shows no cluster of yours just now."


def seen(facts: Facts, *, stays: bool) -> str:
    """Return, as a sentence, when the cloud's facts were seen; "" where they are as they are now.

    What *stays* on the screen, as a card does, has its time in any case: it isn't drawn again for its age alone.
    """
    if not (stays or facts.age.is_old):
        return ""
    return sentence(age(_untold(facts.request, facts.age), facts.request.cluster.cloud))


def status_seen(request: SnapshotRequest, age: Age) -> str:
    """Return the state; progress that is old with when it was seen."""
    said = status(request)
    if request.state is not State.CREATING:
        return said
    cloud = mrkdwn.escape(words.cloud_name(request.cluster.cloud))
    return words.aged(said, _untold(request, age), mrkdwn.when, cloud)


def _untold(request: SnapshotRequest, age: Age) -> Age:
    """Return *age* without the cloud's silence where the trouble of *request* tells of it already."""
    return replace(age, is_silent=False) if request.hold is Hold.CLOUD else age
