"""Grants, roles and `decide()`: always a decision with its reason, never a bare bool.

Authority comes from grants to an immutable (team id, user id) alone; being in a channel is never authority, and what is
not known is refused.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.errors import BotError
from bot.core.ids import ClusterRef, TeamId, UserId

EVERY: Final = "*"


class Role(enum.StrEnum):
    """What a grant allows on its cluster."""

    REQUEST = "request"
    APPROVE = "approve"
    ADMIN = "admin"  # sees every request and hands out grants; neither asks nor approves by that alone


class Action(enum.StrEnum):
    """What somebody wants to do."""

    REQUEST = "request"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    VIEW = "view"


class Standing(enum.StrEnum):
    """What a Slack account is; only a MEMBER may act."""

    MEMBER = "member"
    GUEST = "guest"
    OUTSIDER = "outsider"
    BOT = "bot"
    DEACTIVATED = "deactivated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts: ids are immutable and decide; *name* is only for reading."""

    user: UserId
    team: TeamId
    standing: Standing
    name: str = ""


@dataclass(frozen=True, slots=True)
class Grant:
    """*user* has *role* on *cluster*; `*` as cloud or cluster means every one."""

    user: UserId
    role: Role
    cloud: str
    cluster: str
    granted_by: str
    granted_at: datetime
    cluster_name: str = ""

    def covers(self, ref: ClusterRef) -> bool:
        """Say whether the grant speaks of this cluster."""
        return self.cloud in (EVERY, ref.cloud) and self.cluster in (EVERY, ref.id)


class Reason(enum.StrEnum):
    """By which rule a decision fell; also the name under which the audit log has it."""

    GRANTED = "granted"
    OWN_REQUEST = "own-request"  # allowed: the requester's own (view, withdraw)
    ADMIN = "admin"
    NOT_A_MEMBER = "not-a-member"
    NO_GRANT = "no-grant"
    NOBODY_APPROVES_THEIR_OWN = "nobody-approves-their-own"
    NOT_THE_REQUESTER = "not-the-requester"


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to "may they?", with what a person needs to understand it.

    *who_can* are those who could do it instead, or (for a missing grant) those who could give the right.
    """

    allowed: bool
    reason: Reason
    action: Action
    person: Person
    cluster_name: str = ""
    grant: Grant | None = None
    who_can: tuple[UserId, ...] = ()
    admins: tuple[UserId, ...] = ()


class NotAllowed(BotError):
    """The rights don't allow it. The edge words it, since it names people."""

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"refused: {decision.reason}", say="You may not do that.")
        self.decision = decision


_NEEDS: Final = {Action.REQUEST: Role.REQUEST, Action.APPROVE: Role.APPROVE, Action.DECLINE: Role.APPROVE}


@dataclass(frozen=True, slots=True)
class Rights:
    """All grants and admins at one moment."""

    grants: tuple[Grant, ...] = ()
    admins: frozenset[UserId] = frozenset()

    def holders(self, role: Role, ref: ClusterRef) -> tuple[UserId, ...]:
        """Return who has *role* on *ref*, in the order in which they got it, each once."""
        return tuple(dict.fromkeys(g.user for g in self.grants if g.role is role and g.covers(ref)))

    @property
    def all_admins(self) -> tuple[UserId, ...]:
        """Return the admins by setting and by grant, sorted."""
        return tuple(sorted(self.admins | {g.user for g in self.grants if g.role is Role.ADMIN}))

    def grant_of(self, user: UserId, role: Role, ref: ClusterRef) -> Grant | None:
        """Return the grant that gives *user* this *role* on *ref*, or None."""
        return next((g for g in self.grants if g.user == user and g.role is role and g.covers(ref)), None)


def decide(
    rights: Rights,
    person: Person,
    action: Action,
    ref: ClusterRef,
    *,
    cluster_name: str = "",
    requester: UserId | None = None,
) -> Decision:
    """Say whether *person* may take *action* on *ref*; *requester* is whose request it is, where there is one.

    Rules, the first that applies decides: only active members of the workspace act (not guests, outsiders, bots,
    deactivated or unknown accounts); withdrawing is the requester's alone; nobody approves or declines their own;
    what remains needs a grant. Seeing is for the requester, admins, and holders of any grant on the cluster.
    """

    def answer(allowed: bool, reason: Reason, grant: Grant | None = None) -> Decision:
        return Decision(
            allowed=allowed,
            reason=reason,
            action=action,
            person=person,
            cluster_name=cluster_name or str(ref),
            grant=grant,
            who_can=tuple(u for u in rights.holders(_NEEDS.get(action, Role.APPROVE), ref) if u != requester),
            admins=rights.all_admins,
        )

    if person.standing is not Standing.MEMBER:
        return answer(False, Reason.NOT_A_MEMBER)
    own = requester is not None and person.user == requester
    if action is Action.WITHDRAW:
        return answer(own, Reason.OWN_REQUEST if own else Reason.NOT_THE_REQUESTER)
    if action is Action.VIEW:
        if own:
            return answer(True, Reason.OWN_REQUEST)
        if person.user in rights.all_admins:
            return answer(True, Reason.ADMIN)
        grant = next((g for g in rights.grants if g.user == person.user and g.covers(ref)), None)
        return answer(grant is not None, Reason.GRANTED if grant else Reason.NO_GRANT, grant)
    if own and action in (Action.APPROVE, Action.DECLINE):
        return answer(False, Reason.NOBODY_APPROVES_THEIR_OWN)
    grant = rights.grant_of(person.user, _NEEDS[action], ref)
    return answer(grant is not None, Reason.GRANTED if grant else Reason.NO_GRANT, grant)
