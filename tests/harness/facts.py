"""A request in each state, and what cards, forms and lists are drawn from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.core.access import Action, Decision, Reason
from bot.core.age import Age
from bot.core.approval import ApprovalRule, Vote
from bot.core.asked import Asked
from bot.core.events import Hold
from bot.core.grants import Grant, Role
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, Principal, RequestId, SnapshotId, TeamId, UserId
from bot.core.message import Facts
from bot.core.person import Person, Standing
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import Cluster, Outcome, Snapshot
from bot.core.why import Why
from bot.service import Draft, Overview, Review
from bot.service.shown import Summary

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
ANA, BEN, CLEO = UserId("U00000ANA"), UserId("U00000BEN"), UserId("U0000CLEO")
REF = ClusterRef(CloudName("default"), ClusterId("61b71bdd-4ad3-5bd9-8311-04219c062eac"))
# by which a decision is a yes, so that no refusal has them
ALLOWS = frozenset(
    {Reason.GRANTED, Reason.OWN_REQUEST, Reason.ADMIN, Reason.OWN_APPROVAL, Reason.CHANGED, Reason.WAIVED}
)
HOSTILE = "<!channel> <@U1> <https://evil|good> & &amp; `x` \u202egnp\u202c \u200bhid\x00den \n line"
# every parameter that a reason may have
FACTS: dict[str, str | int] = {
    "action": "dws:openAPISnapshot:create",
    "call": "create",
    "cloud": "eu",
    "cluster": "dwh-prod",
    "code": "DWS.0020",
    "failure": "DWS.6010: no space in OBS.",
    "hold": Hold.BUSY,
    "message": "Restricted account.",
    "name": "before-migration-42",
    "what": "name",
    "seconds": 86_400,
    "stage": 2,
    "stages": 2,
    "need": 1,
    "by": "U0000CLEO",
    "reason": "Quarter end.",
    "until": "2026-11-23T19:00:00+00:00",
    "status": "VERIFYING",
    "obstacle": "restore",
}


def a_request(**changes: Any) -> SnapshotRequest:
    """Return ana's request on dwh-prod."""
    request = SnapshotRequest(
        id=RequestId("R-7K3F"),
        team=TeamId("T0000ACME"),
        owner=Principal(ANA),
        cluster=REF,
        cluster_name="dwh-prod",
        name="before-migration-42",
        description="Before the customer migration, OPS-42",
        channel=ChannelId("C00DWHOPS"),
        rule=ApprovalRule.of(1),
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(hours=8),
        asked=Asked(((BEN,),), at=NOW),
    )
    return counting(replace(request, **changes), given=changes)


def counting(request: SnapshotRequest, *, given: Collection[str] = ()) -> SnapshotRequest:
    """Return *request* with its votes counted in its first stage, and waived where its rule lets everybody go."""
    if "counted" not in given and request.votes:
        approvals = tuple(v.user for v in sorted(request.votes, key=lambda v: v.at) if v.approve)
        request = replace(request, counted=(approvals,))
    return replace(request, waived=True) if request.rule.waiver and "waived" not in given else request


def in_state(state: State, **changes: Any) -> SnapshotRequest:
    """Return a request as it is in *state*, with everything that this state knows."""
    known: dict[str, Any] = {"state": state}
    if state not in (State.WAITING, State.EXPIRED):
        known |= {"decided_by": BEN, "decided_at": NOW, "votes": (Vote(BEN, True, NOW),)}
    if state is State.CREATING:
        known |= {"percent": 42, "accepted_at": NOW}
    if state is State.AVAILABLE:
        known |= {"started_at": NOW, "finished_at": NOW + timedelta(seconds=250), "size_gb": 42.7}
    if state is State.DELETED:
        known |= {"kind": Kind.DELETE, "snapshot_id": SnapshotId("s1"), "started_at": NOW, "size_gb": 42.7}
        known |= {"deletes": RequestId("R-2M4P")}
    if state is State.FAILED:
        known |= {"why": Why.as_told("The cloud could not finish it.", "Ask again.")}
    if state is State.DECLINED:
        known |= {"words": "There is one from noon."}
    return a_request(**known | changes)


def facts_of(request: SnapshotRequest, **changes: Any) -> Facts:
    """Return what a card of *request* is drawn from."""
    cluster = Cluster(ref=REF, name="dwh-prod")
    last = Snapshot(SnapshotId("s0"), "old", REF.id, outcome=Outcome.AVAILABLE, started=NOW, size_gb=42.7)
    facts = Facts(request, (BEN,), (CLEO,), cluster, last, age=Age(NOW, NOW, is_old=False), asker="Ana")
    facts = replace(facts, **changes)
    if "could_still" in changes or request.state is not State.WAITING:
        return facts
    return replace(facts, could_still=tuple(user for user in facts.approvers if not request.vote_of(user)))


def a_refusal(reason: Reason, action: Action, **changes: Any) -> Decision:
    """Return a decision that says no."""
    person = Person(BEN, TeamId("T0000ACME"), changes.pop("standing", Standing.MEMBER))
    return Decision(
        **{
            "allowed": False,
            "reason": reason,
            "action": action,
            "person": person,
            "cluster_name": "dwh-prod",
            "who_can": (UserId("U00000BEA"), UserId("U00000DBA")),
            "admins": (CLEO,),
            **changes,
        }
    )


def a_draft(**changes: Any) -> Draft:
    """Return what the form shows of dwh-prod."""
    cluster = Cluster(ref=REF, name="dwh-prod")
    age = Age(NOW, NOW, is_old=False)
    draft = replace(Draft(cluster, ClusterRule(), None, (BEN,), ChannelId("C00DWHOPS"), age), **changes)
    return replace(draft, waived=True) if draft.rule.approval.waiver else draft


def a_review(state: State, *, approve: bool = True, own: bool = False, **changes: Any) -> Review:
    """Return what somebody sees who may decide (*approve*) or asked (*own*)."""
    request = in_state(state, **changes)
    grant = Grant(Principal(BEN), Role.APPROVE, Scope("default", REF.id), CLEO, NOW)
    reason = Reason.NOBODY_APPROVES_THEIR_OWN if own else Reason.NO_GRANT
    no = a_refusal(reason, Action.APPROVE, cluster_name=request.cluster_name)
    yes = replace(no, allowed=True, reason=Reason.GRANTED, grant=grant)
    mine = a_refusal(Reason.OWN_REQUEST if own else Reason.NOT_THE_REQUESTER, Action.WITHDRAW)
    change = a_refusal(Reason.GRANTED if own else Reason.NOT_THE_REQUESTER, Action.CHANGE, allowed=own)
    ask = replace(a_refusal(Reason.NO_GRANT, Action.REQUEST), allowed=own)
    may = yes if approve else no
    glass = a_refusal(Reason.NO_GRANT, Action.BREAK_GLASS)
    keep = replace(a_refusal(Reason.NOT_THE_REQUESTER, Action.KEEP), allowed=own)
    delete = replace(a_refusal(Reason.NOT_THE_REQUESTER, Action.DELETE), allowed=own)
    return Review(facts_of(request), may, may, replace(mine, allowed=own), change, ask, glass, keep, delete)


def an_overview(**changes: Any) -> Overview:
    """Return ben's Home: one request waits, one is open, one ended."""
    person = Person(BEN, TeamId("T0000ACME"), Standing.MEMBER, "ben")
    waiting, mine, done = (facts_of(in_state(s)) for s in (State.WAITING, State.CREATING, State.FAILED))
    overview = Overview(person, (waiting,), (mine,), (done,), True, None, {}, frozenset({REF}))
    return replace(overview, **changes)


def a_summary(**changes: Any) -> Summary:
    """Return what help says of ben: one request waits for him, one of his own is open."""
    person = Person(BEN, TeamId("T0000ACME"), Standing.MEMBER, "ben")
    return replace(Summary(person, None, {}, (RequestId("R-7K3F"),), newest=RequestId("R-8M4G")), **changes)


def ends(text: str) -> bool:
    """Say whether *text* ends as a sentence does."""
    return text.endswith((".", "!", "?", "…"))
