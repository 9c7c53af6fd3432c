"""Grants, roles and `decide()`: a decision always comes with its reason.

Authority comes from grants to principals alone, by their immutable ids; being in a channel is never authority, and what
is not known is refused.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core.errors import BotError
from bot.core.ids import ClusterRef, Principal, TeamId, UserId
from bot.core.phrase import Phrase

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
    """Who acts: ids are immutable and decide; *name* is only for reading.

    *zone* ("Europe/Berlin") and *locale* ("en-GB") are how to write to them; "" where Slack doesn't say. *team* is
    their home; in an Enterprise Grid *also_of* has the other workspaces of theirs, and the organisation.
    """

    user: UserId
    team: TeamId
    standing: Standing
    name: str = ""
    zone: str = ""
    locale: str = ""
    also_of: frozenset[TeamId] = frozenset()

    def is_of(self, team: TeamId) -> bool:
        """Say whether they can act as somebody of *team*."""
        return team == self.team or team in self.also_of

    @property
    def principals(self) -> frozenset[Principal]:
        """Return as whom they may act: as themselves. Their groups come here."""
        return frozenset({Principal(self.user)})


@dataclass(frozen=True, slots=True)
class Known:
    """What Slack said of a *person*, and when it was asked."""

    person: Person
    at: datetime


@dataclass(frozen=True, slots=True)
class Grant:
    """*holder* has *role* on *cluster*; `*` as cloud or cluster means every one."""

    holder: Principal
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

    *who_can* are those who could do it instead, or (for a missing grant) those who could give the right. With *hides*
    it isn't theirs to know whether the cluster exists: nothing in the decision depends on that.
    """

    allowed: bool
    reason: Reason
    action: Action
    person: Person
    cluster_name: str = ""
    grant: Grant | None = None
    who_can: tuple[UserId, ...] = ()
    admins: tuple[UserId, ...] = ()
    hides: bool = False


class NotAllowed(BotError):
    """The rights don't allow it. The edge words it, since it names people."""

    phrase = Phrase("refused")

    def __init__(self, decision: Decision) -> None:
        super().__init__(f"refused: {decision.reason}")
        self.decision = decision


_NEEDS: Final = {Action.REQUEST: Role.REQUEST, Action.APPROVE: Role.APPROVE, Action.DECLINE: Role.APPROVE}


@dataclass(frozen=True, slots=True)
class Rights:
    """All grants and admins at one moment."""

    grants: tuple[Grant, ...] = ()
    admins: frozenset[UserId] = frozenset()

    def people(self, role: Role, ref: ClusterRef) -> tuple[UserId, ...]:
        """Return the people who have *role* on *ref*, in the order in which they got it, each once."""
        return tuple(dict.fromkeys(g.holder.user for g in self.grants if g.role is role and g.covers(ref)))

    @property
    def all_admins(self) -> tuple[UserId, ...]:
        """Return the people who are admins of anything, by setting and by grant, sorted."""
        return self._admins_by(lambda grant: True)

    def admins_of(self, ref: ClusterRef | None = None) -> tuple[UserId, ...]:
        """Return the admins of *ref*, or (None) of every cluster, by setting and by grant, sorted."""
        if ref is None:
            return self._admins_by(lambda grant: grant.cloud == grant.cluster == EVERY)
        return self._admins_by(lambda grant: grant.covers(ref))

    def _admins_by(self, counts: Callable[[Grant], bool]) -> tuple[UserId, ...]:
        found = {g.holder.user for g in self.grants if g.role is Role.ADMIN and counts(g)}
        return tuple(sorted(self.admins | found))

    def of(self, person: Person) -> tuple[Grant, ...]:
        """Return the grants by which *person* may act."""
        return tuple(g for g in self.grants if g.holder in person.principals)

    def grant_of(self, person: Person, role: Role, ref: ClusterRef) -> Grant | None:
        """Return the grant that gives *person* this *role* on *ref*, or None."""
        return next((g for g in self.of(person) if g.role is role and g.covers(ref)), None)


def no_member(person: Person, action: Action) -> Decision | None:
    """Return the refusal of somebody who isn't an active member of the workspace, whatever it is about; else None."""
    if person.standing is Standing.MEMBER:
        return None
    return Decision(allowed=False, reason=Reason.NOT_A_MEMBER, action=action, person=person)


def audits(rights: Rights, person: Person) -> bool:
    """Say whether *person* may read the record, of every cluster: admins may."""
    return person.standing is Standing.MEMBER and person.user in rights.admins_of()


def nothing_to_ask(rights: Rights, person: Person) -> Decision | None:
    """Return why *person* can't ask for any cluster at all, or None if they can."""
    if any(g.role is Role.REQUEST for g in rights.of(person)) and person.standing is Standing.MEMBER:
        return None
    reason = Reason.NO_GRANT if person.standing is Standing.MEMBER else Reason.NOT_A_MEMBER
    return Decision(allowed=False, reason=reason, action=Action.REQUEST, person=person, admins=rights.all_admins)


def others(rights: Rights, role: Role, ref: ClusterRef, owner: Principal | None) -> tuple[UserId, ...]:
    """Return the people with *role* on *ref* but the *owner*: nobody acts on their own request."""
    return tuple(user for user in rights.people(role, ref) if Principal(user) != owner)


def decide(
    rights: Rights,
    person: Person,
    action: Action,
    ref: ClusterRef,
    *,
    cluster_name: str = "",
    owner: Principal | None = None,
) -> Decision:
    """Say whether *person* may take *action* on *ref*; *owner* is to whom the request belongs, where there is one.

    Rules, the first that applies decides: only active members of the workspace act (not guests, outsiders, bots,
    deactivated or unknown accounts); withdrawing is the requester's alone; nobody approves or declines their own;
    what remains needs a grant. Seeing is for the requester, admins of the cluster, and holders of any grant on it.
    """

    def answer(allowed: bool, reason: Reason, grant: Grant | None = None) -> Decision:
        return Decision(
            allowed=allowed,
            reason=reason,
            action=action,
            person=person,
            cluster_name=cluster_name or str(ref),
            grant=grant,
            who_can=others(rights, _NEEDS.get(action, Role.APPROVE), ref, owner),
            admins=rights.admins_of(ref),
        )

    if person.standing is not Standing.MEMBER:
        return answer(False, Reason.NOT_A_MEMBER)
    own = owner in person.principals
    if action is Action.WITHDRAW:
        return answer(own, Reason.OWN_REQUEST if own else Reason.NOT_THE_REQUESTER)
    if action is Action.VIEW:
        if own:
            return answer(True, Reason.OWN_REQUEST)
        if person.user in rights.admins_of(ref):
            return answer(True, Reason.ADMIN)
        grant = next((g for g in rights.of(person) if g.covers(ref)), None)
        return answer(grant is not None, Reason.GRANTED if grant else Reason.NO_GRANT, grant)
    if own and action in (Action.APPROVE, Action.DECLINE):
        return answer(False, Reason.NOBODY_APPROVES_THEIR_OWN)
    grant = rights.grant_of(person, _NEEDS[action], ref)
    return answer(grant is not None, Reason.GRANTED if grant else Reason.NO_GRANT, grant)


def hidden(decision: Decision, rights: Rights) -> Decision:
    """Return the refusal *decision* without what would say that the cluster exists, also by who could give the right.

    So it is the same for a cluster that isn't there.
    """
    return replace(decision, cluster_name="", who_can=(), admins=rights.admins_of(), hides=True)
