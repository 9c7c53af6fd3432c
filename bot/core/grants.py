"""Grants and roles: who has which right on which clusters.

Authority comes from grants to principals alone, by their immutable ids; what is not known gives nobody anything.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.core.errors import BotError
from bot.core.groups import NO_GROUPS, Groups, is_group
from bot.core.ids import GrantId, Principal, PrincipalKind, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.phrase import Phrase
from bot.core.scope import Named, Scope, Scopes

_UNKEPT: Final = GrantId("")  # of a grant that the store doesn't have yet


class Role(enum.StrEnum):
    """What a grant allows, or denies, on its clusters."""

    REQUEST = "request"
    APPROVE = "approve"
    ADMIN = "admin"  # sees every request and hands out grants; neither asks nor approves by that alone
    AUDIT = "audit"  # sees every request and the record
    BREAK_GLASS = "break-glass"  # starts without approval; nothing else implies it


WHO_DECIDES: Final = frozenset({Role.APPROVE, Role.ADMIN})  # who approves, and who can change who does
# To be given to people by name: who may edit a user group says who is in it, and everyone is too many.
BY_NAME: Final = frozenset({Role.ADMIN, Role.BREAK_GLASS})


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


@dataclass(frozen=True, slots=True)
class Rights:
    """The grants that hold at one moment, none of which has ended, the admins by setting, and who is in which group."""

    grants: tuple[Grant, ...] = ()
    admins: frozenset[UserId] = frozenset()
    groups: Groups = NO_GROUPS

    def of(self, person: Person) -> tuple[Grant, ...]:
        """Return the grants by which *person* may act; not what denies something."""
        return tuple(g for g in self.reaching(person) if not g.denies)

    def reaching(self, person: Person) -> tuple[Grant, ...]:
        """Return the grants that give *person* something, or deny it."""
        return tuple(g for g in self.grants if self._reaches(g, person.user, _is_member(person)))

    def grant_of(self, person: Person, role: Role, cluster: Named) -> Grant | None:
        """Return the grant that gives *person* this *role* on *cluster*, or None."""
        return self._given(person.user, role, cluster, member=_is_member(person))

    def has_on(self, person: Person, role: Role) -> Callable[[Named], bool]:
        """Return what says of a cluster whether *person* has *role* there, as `grant_of` does: for very many."""
        theirs = [g for g in self.grants if g.role is role and self._reaches(g, person.user, _is_member(person))]
        given, denied = (Scopes(g.scope for g in theirs if g.denies is denies) for denies in (False, True))
        return (lambda cluster: given.covers(cluster) and not denied.covers(cluster)) if denied else given.covers

    def denial_of(self, person: Person, role: Role, cluster: Named) -> Grant | None:
        """Return what denies *person* this *role* on *cluster*, or else may, for nobody knows; None: nothing does."""
        there = (g for g in self.grants if g.role is role and g.denies and g.scope.covers(cluster))
        reaching = [g for g in there if self._reaches(g, person.user, _is_member(person))]
        return min(reaching, key=lambda g: is_group(g.holder) and self.groups.is_unclear(g.holder), default=None)

    def unclear_for(self, person: Person, role: Role, cluster: Named) -> Grant | None:
        """Return the grant to a group that decides whether *person* has *role*, while Slack doesn't say who is in it.

        None: none does.
        """
        member = _is_member(person)
        given = [g for g in self.grants if g.role is role and not g.denies and g.scope.covers(cluster)]
        maybe = next((g for g in given if is_group(g.holder) and self.groups.is_unclear(g.holder)), None)
        surely = any(self._reaches(g, person.user, member) for g in given)
        if denial := self.denial_of(person, role, cluster):
            unclear = is_group(denial.holder) and self.groups.is_unclear(denial.holder)
            return denial if unclear and (surely or maybe) else None
        return None if surely else maybe

    def is_one_of(self, user: UserId, principals: Collection[Principal]) -> bool:
        """Say whether *user*, an active member, surely is one of *principals*, by themselves or by a group."""
        if Principal(user) in principals or EVERYONE in principals:
            return True
        return any(is_group(p) and self.groups.has(p, user) for p in principals)

    def _reaches(self, grant: Grant, user: UserId, member: bool) -> bool:
        match grant.holder.kind:
            case PrincipalKind.PERSON:
                return grant.holder.id == user
            case PrincipalKind.EVERYONE:
                return member
            case PrincipalKind.GROUP if grant.denies:
                return self.groups.may_have(grant.holder, user)
            case PrincipalKind.GROUP:
                return self.groups.has(grant.holder, user)

    def _found(self, user: UserId, role: Role, cluster: Named, *, member: bool, denies: bool) -> Grant | None:
        there = (g for g in self.grants if g.role is role and g.denies is denies and g.scope.covers(cluster))
        return next((g for g in there if self._reaches(g, user, member)), None)

    def _given(self, user: UserId, role: Role, cluster: Named, *, member: bool = True) -> Grant | None:
        if self._found(user, role, cluster, member=member, denies=True):
            return None
        return self._found(user, role, cluster, member=member, denies=False)

    def has(self, user: UserId, role: Role, cluster: Named) -> bool:
        """Say whether *user* has *role* on *cluster*, if they are an active member."""
        return self._given(user, role, cluster) is not None

    def people(self, role: Role, cluster: Named) -> tuple[UserId, ...]:
        """Return the people who have *role* on *cluster*, by name or by a group, by when they got it, each once."""
        there = [g for g in self.grants if g.role is role and g.scope.covers(cluster)]
        found = dict.fromkeys(user for g in there if not g.denies for user in self.members(g.holder))
        denials = [g for g in there if g.denies]
        return tuple(user for user in found if not any(self._reaches(g, user, True) for g in denials))

    def members(self, holder: Principal) -> Collection[UserId]:
        """Return who *holder* is, by name: a person, or the members of a group; nobody for everyone."""
        match holder.kind:
            case PrincipalKind.PERSON:
                return (holder.user,)
            case PrincipalKind.GROUP:
                return sorted(self.groups.members(holder))
            case PrincipalKind.EVERYONE:
                return ()

    def quiet(self, role: Role, cluster: Named) -> frozenset[UserId]:
        """Return those who have *role* on *cluster* by quiet grants alone: they are not to be pinged for it."""
        there = [g for g in self.grants if g.role is role and not g.denies and g.scope.covers(cluster)]
        if not any(g.terms.quiet for g in there):
            return frozenset()
        loud = {user for g in there if not g.terms.quiet for user in self.members(g.holder)}
        return frozenset(user for g in there for user in self.members(g.holder)) - loud

    def is_everyones(self, role: Role, cluster: Named) -> bool:
        """Say whether every active member has *role* on *cluster*, but who is denied it."""
        there = [g for g in self.grants if g.role is role and g.holder == EVERYONE and g.scope.covers(cluster)]
        return bool(there) and not any(g.denies for g in there)

    @property
    def all_admins(self) -> tuple[UserId, ...]:
        """Return the people who are admins of anything, by setting and by grant, sorted."""
        denials = [g for g in self.grants if g.role is Role.ADMIN and g.denies and g.scope == Scope()]
        found = {user for user in self._of_admins() if not any(self._reaches(g, user, True) for g in denials)}
        return tuple(sorted(self.admins | found))

    def admins_of(self, cluster: Named | None = None) -> tuple[UserId, ...]:
        """Return the admins of *cluster*, or (None) of every cluster, by setting and by grant, sorted."""
        if cluster is not None:
            return tuple(sorted(self.admins | {*self.people(Role.ADMIN, cluster)}))
        found = {user for user in self._of_admins() if self._everywhere(user, Role.ADMIN, member=True)}
        return tuple(sorted(self.admins | found))

    def everywhere(self, person: Person, role: Role) -> bool:
        """Say whether *person* has *role* on every cluster, and is denied it on none."""
        return self._everywhere(person.user, role, member=_is_member(person))

    def administers(self, person: Person, scope: Scope, cluster: Named | None) -> bool:
        """Say whether *person* is an admin of all that *scope* may cover; *cluster* is the one that it is, if any.

        Who is denied it anywhere is an admin of single clusters alone: nobody knows which others will be called so.
        """
        if not _is_member(person):
            return False
        if person.user in self.admins:
            return True
        if cluster is not None:
            return self.has(person.user, Role.ADMIN, cluster)
        theirs = [g for g in self.grants if g.role is Role.ADMIN and self._reaches(g, person.user, True)]
        return any(scope.is_within(g.scope) for g in theirs) and not any(g.denies for g in theirs)

    def administers_some(self, person: Person) -> bool:
        """Say whether *person* is an admin of anything; with a denial, of some cluster perhaps."""
        if not _is_member(person):
            return False
        return person.user in self.admins or any(g.role is Role.ADMIN for g in self.of(person))

    def _everywhere(self, user: UserId, role: Role, *, member: bool) -> bool:
        theirs = [g for g in self.grants if g.role is role and self._reaches(g, user, member)]
        return any(g.scope == Scope() for g in theirs) and not any(g.denies for g in theirs)

    def _of_admins(self) -> Iterator[UserId]:
        given = (g for g in self.grants if g.role is Role.ADMIN and not g.denies)
        return (user for g in given for user in self.members(g.holder))


def _is_member(person: Person) -> bool:
    return person.standing is Standing.MEMBER


def keeps_an_admin(before: Rights, after: Rights, able: Collection[UserId] | None = None) -> None:
    """Check that a change leaves an admin of every cluster, where there was one.

    *able* are who can act now, of those who are admins of anything; None: nobody was asked, so all count.

    Raises:
        NoAdminLeft: it doesn't.
    """
    had, has = ([user for user in r.admins_of() if able is None or user in able] for r in (before, after))
    if had and not has:
        raise NoAdminLeft("nobody would be left who is an admin of every cluster")
