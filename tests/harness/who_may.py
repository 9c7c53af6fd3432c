"""Every action × every kind of person, at a rule with two stages, by what decides: docs/who-may-do.md is made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.core.access import Action, administers, audits
from bot.core.approval import ApprovalRule, Stage, Vote
from bot.core.grants import Grant, Rights, Role
from bot.core.groups import Group, Groups
from bot.core.ids import (
    ChannelId,
    CloudName,
    ClusterId,
    ClusterRef,
    Principal,
    PrincipalKind,
    RequestId,
    TeamId,
    UserId,
)
from bot.core.person import EVERYONE, Person, Standing
from bot.core.request import SnapshotRequest
from bot.core.scope import Scope

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD = ClusterRef(CloudName("eu"), ClusterId("c-prod"))
OTHER = ClusterRef(CloudName("eu"), ClusterId("c-other"))
DBA, SECURITY = (Principal(group, PrincipalKind.GROUP) for group in ("S0DBA", "S0SEC"))
TEAM = TeamId("T1")

# kind -> who, what they are, and what they were given: a role, on which scope, or a denial
KINDS: Final[dict[str, tuple[str, Standing]]] = {
    "requester": ("U0REQ", Standing.MEMBER),
    "requester who may approve": ("U0BOTH", Standing.MEMBER),
    "approver of stage 1": ("U0ONE", Standing.MEMBER),
    "approver of stage 2": ("U0TWO", Standing.MEMBER),
    "approver of both": ("U0ANY", Standing.MEMBER),
    "approver whom no stage names": ("U0NONE", Standing.MEMBER),
    "approver who is denied it": ("U0DENY", Standing.MEMBER),
    "admin of this cluster": ("U0ADMIN", Standing.MEMBER),
    "admin of another cluster": ("U0ELSE", Standing.MEMBER),
    "auditor": ("U0AUDIT", Standing.MEMBER),
    "who may break glass": ("U0GLASS", Standing.MEMBER),
    "member without rights": ("U0NEW", Standing.MEMBER),
    "guest": ("U0GUEST", Standing.GUEST),
    "outsider": ("U0OUT", Standing.OUTSIDER),
    "bot": ("U0BOT", Standing.BOT),
    "deactivated": ("U0GONE", Standing.DEACTIVATED),
    "unknown to Slack": ("U0WHO", Standing.UNKNOWN),
}
_REFUSED: Final = ("U0GUEST", "U0OUT", "U0BOT", "U0GONE", "U0WHO")  # with every right, which counts for nothing
GROUPS: Final = Groups(
    {
        "S0DBA": Group("S0DBA", "dba", frozenset(map(UserId, ("U0ONE", "U0FIRST", "U0ANY", "U0BOTH", *_REFUSED)))),
        "S0SEC": Group("S0SEC", "security", frozenset(map(UserId, ("U0TWO", "U0ANY")))),
    }
)
RULE: Final = ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1, (SECURITY,))))


def rights() -> Rights:
    """Return who was given what."""

    def give(holder: Principal | str, role: Role, scope: Scope, *, denies: bool = False) -> Grant:
        who = Principal(holder) if isinstance(holder, str) else holder
        return Grant(who, role, scope, "cli:op", NOW, denies=denies)

    here = Scope.of(PROD)
    given = [
        give(DBA, Role.APPROVE, here),
        give(SECURITY, Role.APPROVE, here),
        *(give(who, Role.APPROVE, here) for who in ("U0BOTH", "U0NONE", "U0DENY")),
        give("U0DENY", Role.APPROVE, here, denies=True),
        *(give(who, Role.REQUEST, here) for who in ("U0REQ", "U0BOTH")),
        give("U0ADMIN", Role.ADMIN, here),
        give("U0ELSE", Role.ADMIN, Scope.of(OTHER)),
        give("U0AUDIT", Role.AUDIT, here),
        give("U0GLASS", Role.BREAK_GLASS, here),
        *(give(who, role, here) for who in _REFUSED for role in Role),
        give(EVERYONE, Role.REQUEST, Scope.of(OTHER)),
    ]
    return Rights(tuple(given), groups=GROUPS)


def request(*votes: str, owner: str = "U0REQ") -> SnapshotRequest:
    """Return a request on the cluster that *owner* made and that has *votes*."""
    cast = tuple(Vote(UserId(user), True, NOW + timedelta(seconds=n)) for n, user in enumerate(votes))
    made = SnapshotRequest(
        id=RequestId("R-7K3F"),
        team=TEAM,
        owner=Principal(owner),
        cluster=PROD,
        cluster_name="dwh-prod",
        name="nightly-1",
        description="",
        channel=ChannelId("C1"),
        rule=RULE,
        created_at=NOW,
        updated_at=NOW,
        expires_at=NOW + timedelta(hours=8),
        votes=cast,
    )
    return replace(made, counted=RULE.count([v.user for v in cast], rights()))


def table() -> dict[str, dict[str, str]]:
    """Return for each action and kind of person "yes", or by which rule not."""
    found: dict[str, dict[str, str]] = {}
    held = rights()
    for kind, (user, standing) in KINDS.items():
        person = Person(UserId(user), TEAM, standing)
        owner = user if kind.startswith("requester") else "U0REQ"
        first, second = request(owner=owner), request("U0FIRST", owner=owner)
        for what, asked, action in (
            ("ask for a snapshot", first, Action.REQUEST),
            ("see the request", first, Action.VIEW),
            ("approve, stage 1 open", first, Action.APPROVE),
            ("approve, stage 2 open", second, Action.APPROVE),
            ("decline", first, Action.DECLINE),
            ("withdraw", first, Action.WITHDRAW),
            ("change the description", first, Action.CHANGE),
            ("join it", first, Action.JOIN),
            ("start without approval", first, Action.BREAK_GLASS),
            ("keep its snapshot longer", first, Action.KEEP),
            ("ask to delete its snapshot", first, Action.DELETE),
        ):
            decision = asked.decide(held, person, action)
            found.setdefault(what, {})[kind] = "**yes**" if decision.allowed else decision.reason.value
        may_read = audits(held, person, asked.named)
        found.setdefault("read the record of the cluster", {})[kind] = "**yes**" if may_read else "no"
        may_freeze = administers(held, person, asked.named)
        found.setdefault("freeze the cluster", {})[kind] = "**yes**" if may_freeze else "no"
    return found


def page(found: dict[str, dict[str, str]]) -> str:
    """Return docs/who-may-do.md."""

    def row(cells: Iterable[str]) -> str:
        return f"| {' | '.join(cells)} |"

    return "\n".join(
        [
            "# Who may do what",
            "",
            "Each kind of person and each action, on a cluster whose rule has two stages: one of @dba, then one of",
            "@security. What isn't allowed names the rule by which, as the record has it. The guest, the outsider, the",
            "bot, the deactivated account and the one that Slack doesn't know hold every right there, which counts for",
            "nothing. What each of them learns by trying stands in [who-may-learn.md](who-may-learn.md). `make docs`",
            "writes this page from what decides, and a test compares them.",
            "",
            row(["who", *found]),
            row(["---"] * (len(found) + 1)),
            *(row([kind, *(by_kind[kind] for by_kind in found.values())]) for kind in KINDS),
            "",
        ]
    )
