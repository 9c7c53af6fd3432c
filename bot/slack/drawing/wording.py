"""Sentences about states and clusters that several surfaces show, in mrkdwn.

Long because each state, hold and age has its words here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.access import Action
from bot.core.age import Age, aged_by, how_old, which_are_old
from bot.core.events import Hold
from bot.core.ids import CloudName, ClusterRef, SnapshotId, UserId
from bot.core.message import Facts, ListItem
from bot.core.phrase import Phrase
from bot.core.request import FINAL, Kind, SnapshotRequest, State
from bot.core.restored import Recovery
from bot.slack.drawing import closed, mrkdwn, starting
from bot.words import duration, ended, ordinal, reasons, sentence, size, text, text_of, worded


def marked(phrase: Phrase) -> str:
    """Return the words for *phrase* as mrkdwn, with moments in each reader's own zone."""
    return worded(phrase, when=mrkdwn.when, name=mrkdwn.escape)


_STOPS: Final = (Action.DECLINE, Action.WITHDRAW, Action.CHANGE)


def already(request: SnapshotRequest, *, by: UserId, action: Action, age: Age | None = None) -> str:
    """Say who (or what) was first, and that *by* need do nothing more; *age* is that of the cloud's facts."""
    who = mrkdwn.user(request.decided_by) if request.decided_by else text("the-rule")
    at = mrkdwn.when(request.decided_at or request.updated_at)
    how = status_seen(request, age) if age else status(request)
    match request.state:
        case _ if action is Action.JOIN and request.state in FINAL:
            return f"{text_of(request, 'join-ended', request=request.id)}\n{how}\n{trouble(request)}".rstrip()
        case State.WAITING if (vote := request.vote_of(by)) and vote.approve:
            have, need = request.tally
            return text("already-voted", when=mrkdwn.when(vote.at), count=have, need=need)
        case State.WAITING:
            return text("already-expired", when=mrkdwn.when(request.expires_at))
        case State.EXPIRED:
            return text("already-expired", when=at)
        case _ if request.glass and request.state not in (State.DECLINED, State.WITHDRAWN):
            who, at = mrkdwn.user(request.glass.by), mrkdwn.when(request.glass.at)
            return f"{text('already-glass', who=who, when=at)}\n{how}\n{trouble(request)}".rstrip()
        case State.DECLINED:
            return text("already-declined", who=who, when=at)
        case State.WITHDRAWN:
            return text("already-withdrawn", who=who, when=at)
        case State.SUBMITTING | State.CREATING if action in _STOPS:
            console = f"\n{text('too-late-console')}" if request.state is State.CREATING else ""
            return f"{text('too-late-sent', action=action, who=who, when=at)}\n{how}{console}"
        case State.AVAILABLE if action in _STOPS:
            return text("too-late-made", action=action, who=who, when=at)
        case State.FAILED:
            return f"{text('already-failed', who=who, when=at)}\n{trouble(request)}".rstrip()
        case State.APPROVED if action is Action.CHANGE:
            return text("already-approved-as-is", who=who, when=at)
        case State.APPROVED if action is Action.DECLINE:
            return text("already-approved-for", who=who, when=at, asker=mrkdwn.user(request.requester))
        case State.APPROVED if request.hold is Hold.NONE:
            return text("already-approved", who=who, when=at)
        case State.AVAILABLE | State.DELETED | State.APPROVED | State.SUBMITTING | State.CREATING:
            return f"{text('already-approved', who=who, when=at)}\n{how}"


def status(request: SnapshotRequest, named: closed.Named = mrkdwn.user) -> str:
    """Return the state as an emoji and words, with what matters most about it; *named* writes who froze its cluster."""
    state = f"*{text_of(request, 'status', state=request.state)}*"
    match request.state:
        case _ if request.is_sought:
            return f"🔎 {text('looked-for')}"
        case State.WAITING:
            return f"⏳ {state} · {_tally(request)}"
        case State.APPROVED:
            sign = "" if request.glass else f"{_SIGNS.get(request.hold, '🕒')} "
            return f"{sign}{approved_by(request)} · {_waits(request, named)}"
        case State.SUBMITTING if request.kind is Kind.DELETE and request.accepted_at and request.hold is Hold.NONE:
            return f"🗑️ {text('being-deleted')}"
        case State.SUBMITTING:
            return f"📤 {state} · {_waits(request, named)}"
        case State.CREATING:
            done = request.percent
            return f"📸 {state}" if done is None else f"📸 {state} · {text('percent', count=done)}"
        case State.AVAILABLE:
            if request.keep.gone_at:
                return f"🗑️ {text('gone', when=mrkdwn.when(request.keep.gone_at))}"
            parts = [f"✅ {state}"]
            if request.size_gb:
                parts.append(size(request.size_gb))
            if request.took is not None:
                parts.append(text("took", length=duration(request.took)))
            return " · ".join(parts)
        case State.DELETED:
            return f"🗑️ {state}"
        case State.FAILED:
            return f"❌ {state}"
        case State.DECLINED:
            declined = text("done-by", done=state, people=mrkdwn.user(request.decided_by or ""))
            return f"🚫 {declined}" + (f": {mrkdwn.escape(request.words, most=600)}" if request.words else "")
        case State.WITHDRAWN:
            return f"↩️ {text('done-by', done=state, people=mrkdwn.user(request.decided_by or request.requester))}"
        case State.EXPIRED:
            return f"⌛ {state}, {undecided(request)}"


def _tally(request: SnapshotRequest) -> str:
    have, need = request.tally
    votes, total = text("votes", count=have, need=need), len(request.rule.stages)
    if total == 1 or request.rule.side_by_side:
        return votes
    return f"{text('stage-of', count=min(request.stages_open, total), need=total)} · {votes}"


def undecided(request: SnapshotRequest) -> str:
    """Return how far a request came whose time is over: "nobody decided in 8 h", "only 1 of 2 approved in 8 h"."""
    waited = duration(request.expires_at - request.created_at)
    have, need = request.tally
    if have:
        return text("too-few-approved", count=have, need=need, length=waited)
    return text("nobody-decided", length=waited)


def approved_by(request: SnapshotRequest, *, bold: bool = True) -> str:
    """Return "Approved by @ben", or that none was needed, or who broke the glass."""
    mark = "*" if bold else ""
    if request.glass:
        return text("glass-by", who=mrkdwn.user(request.glass.by))
    if by := voters(request):
        done = f"{mark}{text_of(request, 'status', state=State.APPROVED)}{mark}"
        return text("done-by", done=done, people=mrkdwn.users(by, joiner="and"))
    if not request.waived:  # found after a restore, or by a change of its rule
        by_change = text("approved-by-change", who=mrkdwn.user(request.rule_set_by)) if request.rule_set_by else ""
        return by_change or text("approved-before-restore")
    return f"{mark}{text('none-needed')}{mark}"


def glass(request: SnapshotRequest) -> str:
    """Return who let it start without what its rule wants, and why; "" where nobody did."""
    broken = request.glass
    return text("glass-said", by=approved_by(request), reason=mrkdwn.bold(broken.reason)) if broken else ""


def recovered(request: SnapshotRequest) -> str:
    """Return what a restore has left unknown of a request, or "" where there is nothing to say."""
    match request.recovery:
        case Recovery.FOUND | Recovery.FOLLOWED:
            return text("found-after-restore")
        case Recovery.NOT_FOUND if request.state is State.WAITING:
            return text("decisions-before-restore")
        case _:
            return ""


def voters(request: SnapshotRequest) -> tuple[UserId, ...]:
    """Return who approved, nobody where no approval was needed, or the glass was broken."""
    if request.glass:
        return ()
    return request.approvals or ((request.decided_by,) if request.decided_by else ())


_SIGNS: Final = {
    Hold.NONE: "👍",
    Hold.FROZEN: "🧊",
    Hold.BLOCKED: "⏸️",
    Hold.LOGIN: "🛠️",
    Hold.PERMISSION: "🛠️",
    Hold.CLOUD: "🌩️",
}


def _waits(request: SnapshotRequest, named: closed.Named) -> str:
    """Return what keeps an approved request, or one of which the cloud's answer was lost."""
    cluster = mrkdwn.escape(request.cluster_name, most=300)
    why = closed.problem(request)
    match request.hold:
        case Hold.NONE:
            return text("waits-for-answer") if request.state is State.SUBMITTING else text("starting")
        case Hold.QUEUE:
            place = text("next") if request.place <= 1 else ordinal(request.place)
            return text("in-line", place=place, cluster=cluster, why=why or text("another-before"))
        case Hold.BUSY if why:
            return text("waits-turn-with", cluster=cluster, task=why)
        case Hold.BUSY:
            return text("waits-turn", cluster=cluster)
        case Hold.BLOCKED:
            return text("waits-until-available", cluster=cluster, situation=why or text("blocked"))
        case Hold.LOGIN | Hold.PERMISSION:
            return text("waits-for-operator")
        case Hold.HOURS if request.start and request.waits_for_its_time:
            return text("starts-at", when=starting.when(request.start))
        case Hold.HOURS:
            until = request.why.facts.get("until") if request.why else None
            when = mrkdwn.when(datetime.fromisoformat(str(until))) if until else text("next")
            return text("waits-for-hours", when=when)
        case Hold.FROZEN:
            return closed.closed(request.why, named) if request.why else text("blocked")
        case Hold.APPROVERS:
            return text("waits-for-approvers")
        case Hold.CLOUD:
            return text("answer-lost") if request.state is State.SUBMITTING else text("delayed")


_TOLD_IN_FULL: Final = frozenset({Hold.LOGIN, Hold.PERMISSION, Hold.CLOUD})


def trouble(request: SnapshotRequest) -> str:
    """Return what stands in the way and what to do about it, or "" where nothing does or the status says it all."""
    return "\n".join(troubles(request))


def troubles(request: SnapshotRequest) -> list[str]:
    """Return the same as a list of texts, each with its end."""
    parts: list[str] = []
    match request.state:
        case State.WAITING if request.hold is Hold.APPROVERS:
            parts = [closed.problem(request, most=900)]
        case State.FAILED:
            parts = [closed.problem(request, most=900), mrkdwn.ours(reasons.advice(request.why), most=900)]
        case State.CREATING if request.hold is Hold.CLOUD:
            if request.failing_since is None:
                return [text("goes-on-unseen")]
            return [text("goes-on-unseen-since", when=mrkdwn.when(request.failing_since))]
        case State.APPROVED | State.SUBMITTING | State.CREATING if request.hold in _TOLD_IN_FULL:
            parts = [closed.problem(request, most=900)]
        case _:
            pass
    return [ended(p) for p in parts if p]


def waits_closed(item: ListItem) -> str:
    """Return what keeps a request that waits for approval from starting then, or "": of others their status says it."""
    if item.request.state is not State.WAITING or not item.closures:
        return ""
    return text("waits-closed", closed=closed.noted(item.closures, closed.called(item.freezer)))


def snapshot_of(request: SnapshotRequest, *, name: Callable[[str], str] = mrkdwn.code, most: int = 300) -> str:
    """Return the snapshot's name, as *name* marks it, and whose it is: "`nightly-1` of dwh-prod"."""
    return text("name-of", name=name(request.name), cluster=mrkdwn.escape(request.cluster_name, most=most))


def starts(request: SnapshotRequest) -> list[tuple[str, str]]:
    """Return when *request* is to start, as a field of a card; none where that is at once, or its status says it."""
    if request.start is None or request.state is not State.WAITING:
        return []
    return [(text("starts"), starting.when(request.start))]


def about(request: SnapshotRequest) -> str:
    """Return what a button is about, for a screen reader; plain text."""
    return text_of(request, "about", request=request.id, cluster=request.cluster_name)


def cluster_label(ref: ClusterRef, name: str) -> str:
    """Return the cluster's name, with the cloud's where the bot was told one. Not escaped."""
    return name if ref.cloud == "default" else f"{name} · {ref.cloud}"


def age(facts: Age, cloud: CloudName) -> str:
    """Return how old *facts* are: "as of 14:05", or that the cloud hasn't answered since."""
    return marked(how_old(facts, cloud))


def old_lists(ages: Mapping[CloudName, Age]) -> str:
    """Return which clouds' lists of clusters are old, as sentences; "" where all are as they are now."""
    return " ".join(marked(said) for said in which_are_old(ages))


def no_cluster_seen(ages: Mapping[CloudName, Age]) -> str:
    """Say that none of the clusters that somebody may ask for is seen, or why that isn't known."""
    return old_lists(ages) or text("no-cluster-seen")


def seen(facts: Facts, *, stays: bool) -> str:
    """Return, as a sentence, when the cloud's facts were seen; "" where they are as they are now.

    What *stays* visible, as a card does, says when in any case: it isn't drawn again for its age alone.
    """
    if not (stays or facts.age.is_old):
        return ""
    return sentence(age(_untold(facts.request, facts.age), facts.request.cluster.cloud))


def status_seen(request: SnapshotRequest, age: Age, named: closed.Named = mrkdwn.user) -> str:
    """Return the state; progress that is old with when it was seen."""
    said = status(request, named)
    if request.state is not State.CREATING:
        return said
    shown = _untold(request, age)
    return text(aged_by(shown), words=said, age=marked(how_old(shown, request.cluster.cloud))) if age.is_old else said


def _untold(request: SnapshotRequest, age: Age) -> Age:
    """Return *age* without the cloud's silence where the trouble of *request* tells of it already."""
    return replace(age, is_silent=False) if request.hold is Hold.CLOUD else age


def snapshot_id(snapshot: SnapshotId, console: str) -> str:
    """Return the id by which the cloud knows it, with a link to where its console shows it."""
    shown = mrkdwn.code(snapshot)
    return f"{shown} · {mrkdwn.link(console, text('in-the-console'))}" if console else shown
