"""What a change of rights or rules would do, before it is saved: by the functions that decide once it is."""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, TypeAlias

from bot.core.access import Reason, by_grants
from bot.core.approval import ApprovalRule, Stage, groups_in
from bot.core.grants import Rights, Role
from bot.core.groups import Group, Groups, is_group
from bot.core.ids import ClusterRef, Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.request import SnapshotRequest
from bot.core.scope import Named, Scope
from bot.core.scoped_rules import ScopeRule, rule_of

People: TypeAlias = Mapping[UserId, Person]  # as far as they are known; whom it lacks counts as an active member
Shifts: TypeAlias = Mapping[Role, Mapping[Principal, Sequence[Named]]]
_Answer: TypeAlias = bool | Principal  # whether somebody has a role, or the group on which that depends

_SOMEBODY: Final = UserId("")  # an active member whom nothing names


@dataclass(frozen=True, slots=True)
class Situation:
    """The rights that hold at one moment, and the rules that were set."""

    rights: Rights
    rules: Mapping[Scope, ScopeRule]

    @property
    def scopes(self) -> set[Scope]:
        """What they speak of."""
        return {g.scope for g in self.rights.grants} | set(self.rules)

    def on(self, cluster: Named) -> There:
        """Return what there is on *cluster* alone."""
        grants = tuple(g for g in self.rights.grants if g.scope.covers(cluster))
        return There(cluster, replace(self.rights, grants=grants), rule_of(cluster, self.rules.items()).approval)


@enum.unique
class Fate(enum.StrEnum):
    """What becomes of a request that waits."""

    WAITS = "waits"
    STARTS = "starts"  # its approvals are enough
    STUCK = "stuck"  # nobody can fill a stage of its rule
    UNCLEAR = "unclear"  # that depends on a group of which Slack doesn't say who is in it


@dataclass(frozen=True, slots=True)
class Outlook:
    """What becomes of a request; where it waits, how many approvals are *missing*, and which *stages* it has."""

    fate: Fate
    missing: int = 0
    stages: tuple[Stage, ...] = ()


@dataclass(frozen=True, slots=True)
class RequestChange:
    """What becomes of a request *now*, and before."""

    request: SnapshotRequest
    was: Outlook
    now: Outlook


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a change does. *covered* are the clusters that it is about, *empty* the scopes in it that cover none.

    Who surely *gains* and *loses* which role where: people by name where a right there names them or a known group of
    theirs; every other member as EVERYONE; who is in a group of which Slack doesn't say it, as that group. On *unclear*
    groups it depends who else does. *pings* is how many people a request mentions, at most (None: nobody knows). On
    *closed* clusters nobody can approve a new request any more. With *loses_admin* who makes the change is no admin
    afterwards, of some cluster at least.
    """

    covered: Sequence[Named]
    empty: Sequence[Scope]
    gains: Shifts
    loses: Shifts
    unclear: Mapping[Role, Collection[Principal]]
    requests: Sequence[RequestChange]
    pings: Mapping[ClusterRef, int | None]
    closed: Sequence[Named]
    loses_admin: bool


def compare(
    before: Situation,
    after: Situation,
    *,
    clusters: Collection[Named],
    waiting: Iterable[SnapshotRequest],
    people: People,
    at: datetime,
    changer: UserId | None = None,
) -> Preview:
    """Return what is otherwise *after* than *before*, on *clusters* and for the requests that are *waiting*."""
    old, new = set(before.rights.grants), set(after.rights.grants)
    rules = {s for s in {*before.rules, *after.rules} if before.rules.get(s) != after.rules.get(s)}
    scopes = rules | {g.scope for g in old ^ new}
    judging = rules | {g.scope for g in old ^ new if g.role is Role.APPROVE}
    given = {g.scope for g in new - old} | (rules & {*after.rules})
    covered = [c for c in clusters if any(scope.covers(c) for scope in scopes)]
    gains, loses = ({role: defaultdict[Principal, list[Named]](list) for role in Role} for _ in (True, False))
    unclear: dict[Role, set[Principal]] = {role: set() for role in Role}
    pings: dict[ClusterRef, int | None] = {}
    closed: list[Named] = []
    for same in _alike(covered, before.scopes | after.scopes):
        was, now = before.on(same[0]), after.on(same[0])
        for role in {g.role for g in old ^ new if g.scope.covers(now.cluster)}:
            for holder, had, has in _answers(was, now, role, people):
                if has is True is not had:
                    gains[role][holder] += same
                elif had is True and has is False:
                    loses[role][holder] += same
                unclear[role] |= {answer for answer in (had, has) if had != has and isinstance(answer, Principal)}
            denied = {g.holder for g in old ^ new if g.role is role and g.denies and g.scope.covers(now.cluster)}
            unclear[role] |= {holder for holder in denied if now.is_unclear(holder)}  # who else is in it, too
        pings |= dict.fromkeys((c.ref for c in same), now.pings(people))
        closed += same if now.is_closed(people) and not was.is_closed(people) else ()
    outlooks = (
        RequestChange(r, *(side.on(r.named).outlook(r, people, at) for side in (before, after)))
        for r in waiting
        if any(scope.covers(r.named) for scope in judging)
    )
    no_admin = {*before.rights.admins_of()} - {*after.rights.admins_of()} | {h.user for h in loses[Role.ADMIN]}
    return Preview(
        covered=covered,
        empty=sorted((s for s in given if not any(map(s.covers, clusters))), key=str),
        gains=gains,
        loses=loses,
        unclear={role: groups - {*gains[role], *loses[role]} for role, groups in unclear.items()},
        requests=[o for o in outlooks if o.was != o.now or o.now.fate is Fate.UNCLEAR],
        pings=pings,
        closed=closed,
        loses_admin=changer in no_admin,
    )


@dataclass(frozen=True, slots=True)
class There:
    """The rights on a cluster, and the rule of requests there."""

    cluster: Named
    rights: Rights
    rule: ApprovalRule

    def has(self, user: UserId, role: Role) -> _Answer:
        """Say whether *user*, a member, has *role*."""
        if role is Role.ADMIN and user in self.rights.admins:
            return True
        reason, grant = by_grants(self.rights, _member(user), role, self.cluster)
        return grant.holder if grant and reason is Reason.GROUPS_UNKNOWN else reason is Reason.GRANTED

    def is_unclear(self, who: Principal) -> bool:
        """Say whether *who* is a group of which nobody knows who is in it."""
        return is_group(who) and self.rights.groups.is_unclear(who)

    def pings(self, people: People) -> int | None:
        """Return how many people a request mentions, at most; None: nobody knows."""
        if self._asks_nobody():
            return 0
        quiet = self.rights.quiet(Role.APPROVE, self.cluster)
        rule = self.rule.widened(len(self.rule.tiers))  # who may decide later is called then
        loud = [user for user in self._approvers(rule, people, [Principal(_SOMEBODY)]) if user not in quiet]
        return None if self._depends() else len(loud)

    def is_closed(self, people: People) -> bool:
        """Say whether a new request needs approvals that nobody can give."""
        return not (self._asks_nobody() or self._depends()) and self._lacks(self.rule, people, [Principal(_SOMEBODY)])

    def outlook(self, request: SnapshotRequest, people: People, at: datetime) -> Outlook:
        """Return what becomes of *request*, which waits, by who may decide *at* this moment."""
        if self._depends():
            return Outlook(Fate.UNCLEAR)
        judged = replace(request, rule=self.rule)
        while judged.next_tier_at is not None and judged.next_tier_at <= at:
            judged = replace(judged, escalated=judged.escalated + 1)
        rule, voters = judged.asks, [people.get(vote.user, _member(vote.user)) for vote in request.votes]
        counted = judged.standing(self.rights, voters)
        if rule.is_enough(counted):
            return Outlook(Fate.STARTS)
        if self._lacks(rule, people, request.owners):
            return Outlook(Fate.STUCK)
        return Outlook(Fate.WAITS, rule.need - sum(map(len, counted)), rule.stages)

    def _approvers(self, rule: ApprovalRule, people: People, owners: Collection[Principal]) -> list[UserId]:
        return [u for u in rule.approvers(self.rights, self.cluster, owners) if _is_active(u, people)]

    def _lacks(self, rule: ApprovalRule, people: People, owners: Collection[Principal]) -> bool:
        anybody = self.rights.is_everyones(Role.APPROVE, self.cluster)
        return rule.unmet(self._approvers(rule, people, owners), self.rights, anybody=anybody) is not None

    def _depends(self) -> bool:
        named = groups_in(self.rule) | {g.holder for g in self.rights.grants if g.role is Role.APPROVE}
        return any(map(self.is_unclear, named))

    def _asks_nobody(self) -> bool:
        waiver = self.rule.waiver
        return waiver is not None and EVERYONE in waiver.by and waiver.per_person is waiver.per_cluster is None


def _answers(was: There, now: There, role: Role, people: People) -> Iterator[tuple[Principal, _Answer, _Answer]]:
    """Yield for each whom rights name, and for who stands for others, whether they had and have *role*.

    For EVERYONE stands a member who is in no unclear group, for an unclear group one who is in that alone.
    """
    groups = now.rights.groups
    holders = {g.holder for g in (*was.rights.grants, *now.rights.grants) if g.role is role}
    unclear = sorted(filter(now.is_unclear, holders))
    members = {holder: groups.known[holder.id].members for holder in holders if holder.id in groups.known}
    named = {holder.user for holder in holders if holder.kind is PrincipalKind.PERSON}
    alike = defaultdict[frozenset[str], list[UserId]](list)  # who is in the same groups has the same, if not by name
    for user in sorted(named.union(*members.values())):
        if _is_active(user, people):
            own = {user} & (named | now.rights.admins)
            alike[frozenset({holder.id for holder, those in members.items() if user in those} | own)].append(user)
    for users in alike.values():
        had, has = was.has(users[0], role), now.has(users[0], role)
        yield from ((Principal(user), had, has) for user in users)
    for inside in (EVERYONE, *unclear):
        sure = {g.id: Group(g.id, g.id, frozenset({_SOMEBODY} if g == inside else ())) for g in unclear}
        all_known = Groups({**groups.known, **sure})
        sides = (replace(there, rights=replace(there.rights, groups=all_known)) for there in (was, now))
        had, has = (there.has(_SOMEBODY, role) for there in sides)
        yield inside, had, has


def _alike(clusters: Iterable[Named], scopes: Collection[Scope]) -> Iterable[list[Named]]:
    """Return *clusters*, those together that the same *scopes* cover: they have the same rights and rule."""
    found = defaultdict[frozenset[Scope], list[Named]](list)
    for cluster in clusters:
        found[frozenset(scope for scope in scopes if scope.covers(cluster))].append(cluster)
    return found.values()


def _member(user: UserId) -> Person:
    return Person(user, TeamId(""), Standing.MEMBER)


def _is_active(user: UserId, people: People) -> bool:
    return user not in people or people[user].standing is Standing.MEMBER
