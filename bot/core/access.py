"""Grants, roles and `decide()`: a decision always comes with its reason.

Authority comes from grants to principals alone, by their immutable ids; being in a channel is never authority, and what
is not known is refused.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.core.errors import BotError
from bot.core.ids import GrantId, Principal, PrincipalKind, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.phrase import Phrase
from bot.core.scope import Named, Scope

_UNKEPT: Final = GrantId("")  # of a grant that the store doesn't have yet


class Role(enum.StrEnum):
    """What a grant allows, or denies, on its clusters."""

    REQUEST = "request"
    APPROVE = "approve"
    ADMIN = "admin"  # sees every request and hands out grants; neither asks nor approves by that alone
    AUDIT = "audit"  # sees every request and the record


class Action(enum.StrEnum):
    """What somebody wants to do."""

    REQUEST = "request"
    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    VIEW = "view"


@dataclass(frozen=True, slots=True)
class Terms:
    """How a grant is given: until when (UTC; None: for good), why, and whether who has it is to be left in peace."""

    until: datetime | None = None
    reason: str = ""
    quiet: bool = False  # they may do it, and aren't pinged


@dataclass(frozen=True, slots=True)
class Grant:
    """*holder* has *role* on *scope*, or with *denies* hasn't, whatever else gives it: a denial wins.

    *cluster_name* is for reading.
    """

    holder: Principal
    role: Role
    scope: Scope
    granted_by: str
    granted_at: datetime
    cluster_name: str = ""
    denies: bool = False
    terms: Terms = Terms()
    id: GrantId = _UNKEPT

    @property
    def key(self) -> tuple[Principal, Role, Scope, bool]:
        """What is never the same of two grants."""
        return self.holder, self.role, self.scope, self.denies

    def has_ended(self, now: datetime) -> bool:
        """Say whether its time is over."""
        return self.terms.until is not None and self.terms.until <= now


class NoAdminLeft(BotError):
    """A change of grants would leave nobody who is an admin of every cluster."""

    phrase = Phrase("no-admin-left")


class Reason(enum.StrEnum):
    """By which rule a decision fell; also the name under which the audit log has it."""

    GRANTED = "granted"
    DENIED = "denied"
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


_READ_THE_RECORD: Final = (Role.ADMIN, Role.AUDIT)
_NEEDS: Final = {Action.REQUEST: Role.REQUEST, Action.APPROVE: Role.APPROVE, Action.DECLINE: Role.APPROVE}


@dataclass(frozen=True, slots=True)
class Rights:
    """The grants that hold at one moment, none of which has ended, and the admins by setting."""

    grants: tuple[Grant, ...] = ()
    admins: frozenset[UserId] = frozenset()

    def of(self, person: Person) -> tuple[Grant, ...]:
        """Return the grants by which *person* may act; not what denies something."""
        return tuple(g for g in self.grants if g.holder in person.principals and not g.denies)

    def grant_of(self, person: Person, role: Role, cluster: Named) -> Grant | None:
        """Return the grant that gives *person* this *role* on *cluster*, or None."""
        return self._given(person.principals, role, cluster)

    def denial_of(self, person: Person, role: Role, cluster: Named) -> Grant | None:
        """Return what denies *person* this *role* on *cluster*, or None."""
        return self._found(person.principals, role, cluster, denies=True)

    def _found(self, principals: Collection[Principal], role: Role, cluster: Named, *, denies: bool) -> Grant | None:
        there = (g for g in self.grants if g.role is role and g.denies is denies and g.holder in principals)
        return next((g for g in there if g.scope.covers(cluster)), None)

    def _given(self, principals: Collection[Principal], role: Role, cluster: Named) -> Grant | None:
        if self._found(principals, role, cluster, denies=True):
            return None
        return self._found(principals, role, cluster, denies=False)

    def people(self, role: Role, cluster: Named) -> tuple[UserId, ...]:
        """Return the people who have *role* on *cluster* by name, in the order in which they got it, each once."""
        holders = dict.fromkeys(g.holder for g in self.grants if g.role is role and g.scope.covers(cluster))
        named = (h for h in holders if h.kind is PrincipalKind.PERSON)
        return tuple(h.user for h in named if self._given({h, EVERYONE}, role, cluster))

    def quiet(self, role: Role, cluster: Named) -> frozenset[UserId]:
        """Return those who have *role* on *cluster* by quiet grants alone: they are not to be pinged for it."""
        there = [g for g in self.grants if g.role is role and not g.denies and g.scope.covers(cluster)]
        loud = {g.holder for g in there if not g.terms.quiet}
        return frozenset(g.holder.user for g in there if g.holder not in loud)

    def is_everyones(self, role: Role, cluster: Named) -> bool:
        """Say whether every active member has *role* on *cluster*, but who is denied it."""
        return self._given({EVERYONE}, role, cluster) is not None

    @property
    def all_admins(self) -> tuple[UserId, ...]:
        """Return the people who are admins of anything, by setting and by grant, sorted."""
        denied = {g.holder for g in self.grants if g.role is Role.ADMIN and g.denies and g.scope == Scope()}
        found = {g.holder.user for g in self._of_admins() if not {g.holder, EVERYONE} & denied}
        return tuple(sorted(self.admins | found))

    def admins_of(self, cluster: Named | None = None) -> tuple[UserId, ...]:
        """Return the admins of *cluster*, or (None) of every cluster, by setting and by grant, sorted."""
        if cluster is not None:
            return tuple(sorted(self.admins | {*self.people(Role.ADMIN, cluster)}))
        found = {g.holder.user for g in self._of_admins() if self._everywhere({g.holder, EVERYONE}, Role.ADMIN)}
        return tuple(sorted(self.admins | found))

    def everywhere(self, person: Person, role: Role) -> bool:
        """Say whether *person* has *role* on every cluster, and is denied it on none."""
        return self._everywhere(person.principals, role)

    def _everywhere(self, principals: Collection[Principal], role: Role) -> bool:
        theirs = [g for g in self.grants if g.role is role and g.holder in principals]
        return any(g.scope == Scope() for g in theirs) and not any(g.denies for g in theirs)

    def _of_admins(self) -> Iterator[Grant]:
        people = (g for g in self.grants if g.role is Role.ADMIN and g.holder.kind is PrincipalKind.PERSON)
        return (g for g in people if not g.denies)


def keeps_an_admin(before: Rights, after: Rights) -> None:
    """Check that a change leaves an admin of every cluster, where there was one.

    Raises:
        NoAdminLeft: it doesn't.
    """
    if before.admins_of() and not after.admins_of():
        raise NoAdminLeft("nobody would be left who is an admin of every cluster")


def no_member(person: Person, action: Action) -> Decision | None:
    """Return the refusal of somebody who isn't an active member of the workspace, whatever it is about; else None."""
    if person.standing is Standing.MEMBER:
        return None
    return Decision(allowed=False, reason=Reason.NOT_A_MEMBER, action=action, person=person)


def audits_some(rights: Rights, person: Person) -> bool:
    """Say whether *person* may read the record of some clusters at least."""
    return audits(rights, person) or any(g.role in _READ_THE_RECORD for g in rights.of(person))


def audits(rights: Rights, person: Person, cluster: Named | None = None) -> bool:
    """Say whether *person* may read the record, of *cluster* or of all (None): its admins and auditors may."""
    if person.standing is not Standing.MEMBER:
        return False
    if person.user in rights.admins:
        return True
    if cluster is None:
        return any(rights.everywhere(person, role) for role in _READ_THE_RECORD)
    return any(rights.grant_of(person, role, cluster) for role in _READ_THE_RECORD)


def nothing_to_ask(rights: Rights, person: Person) -> Decision | None:
    """Return why *person* can't ask for any cluster at all, or None if they can."""
    if any(g.role is Role.REQUEST for g in rights.of(person)) and person.standing is Standing.MEMBER:
        return None
    reason = Reason.NO_GRANT if person.standing is Standing.MEMBER else Reason.NOT_A_MEMBER
    return Decision(allowed=False, reason=reason, action=Action.REQUEST, person=person, admins=rights.all_admins)


def others(rights: Rights, role: Role, cluster: Named, owner: Principal | None) -> tuple[UserId, ...]:
    """Return the people with *role* on *cluster* but the *owner*: nobody acts on their own request."""
    return tuple(user for user in rights.people(role, cluster) if Principal(user) != owner)


def decide(
    rights: Rights, person: Person, action: Action, cluster: Named, *, owner: Principal | None = None
) -> Decision:
    """Say whether *person* may take *action* on *cluster*; *owner* is to whom the request belongs, where there is one.

    Rules, the first that applies decides: only active members of the workspace act (not guests, outsiders, bots,
    deactivated or unknown accounts); withdrawing is the requester's alone; nobody approves or declines their own;
    what remains needs a grant, and a denial wins over every grant. Seeing is for the requester, admins of the cluster,
    and who has any role there.
    """

    def answer(allowed: bool, reason: Reason, grant: Grant | None = None) -> Decision:
        return Decision(
            allowed=allowed,
            reason=reason,
            action=action,
            person=person,
            cluster_name=cluster.name or str(cluster.ref),
            grant=grant,
            who_can=others(rights, _NEEDS.get(action, Role.APPROVE), cluster, owner),
            admins=rights.admins_of(cluster),
        )

    if person.standing is not Standing.MEMBER:
        return answer(False, Reason.NOT_A_MEMBER)
    own = owner in person.principals
    if action is Action.WITHDRAW:
        return answer(own, Reason.OWN_REQUEST if own else Reason.NOT_THE_REQUESTER)
    if action is Action.VIEW:
        if own:
            return answer(True, Reason.OWN_REQUEST)
        if person.user in rights.admins_of(cluster):
            return answer(True, Reason.ADMIN)
        grant = next(filter(None, (rights.grant_of(person, role, cluster) for role in Role)), None)
        return answer(grant is not None, Reason.GRANTED if grant else Reason.NO_GRANT, grant)
    if own and action in (Action.APPROVE, Action.DECLINE):
        return answer(False, Reason.NOBODY_APPROVES_THEIR_OWN)
    role = _NEEDS[action]
    if grant := rights.grant_of(person, role, cluster):
        return answer(True, Reason.GRANTED, grant)
    denial = rights.denial_of(person, role, cluster)
    return answer(False, Reason.DENIED if denial else Reason.NO_GRANT, denial)


def hidden(decision: Decision, rights: Rights) -> Decision:
    """Return the refusal *decision* without what would say that the cluster exists, also by who could give the right.

    So it is the same for a cluster that isn't there.
    """
    unknown = replace(decision, reason=Reason.NO_GRANT, grant=None, cluster_name="", who_can=())
    return replace(unknown, admins=rights.admins_of(), hides=True)
