"""Who gains, who loses, whom a request mentions and what becomes of those that wait, before a change is saved."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.core.approval import ApprovalRule, Stage, Tier, Vote, Waiver
from bot.core.grants import Grant, Rights, Role, Terms
from bot.core.groups import NO_GROUPS, UNKNOWN_GROUPS, Group, Groups
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.whatif import Fate, Outlook, Situation, compare
from tests.harness.contract_store import a_request

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD, DEV, LAB = (NamedCluster(ClusterRef(CloudName("eu"), ClusterId(n)), n) for n in ("dwh-prod", "dwh-dev", "lab"))
ANA, BEN, CLEO, DAN = (UserId(f"U0{n}") for n in ("ANA", "BEN", "CLEO", "DAN"))
DBA = Principal("S0DBA", PrincipalKind.GROUP)
IN_DBA = Groups({"S0DBA": Group("S0DBA", "dba", frozenset({BEN, CLEO}))})
DWH, ALL = Scope(cluster="dwh-*"), Scope()


def a_grant(who, role, scope=DWH, *, denies=False, quiet=False):
    holder = who if isinstance(who, Principal) else Principal(who)
    return Grant(holder, role, scope, CLEO, NOW, denies=denies, terms=Terms(quiet=quiet))


def a_change(
    before=(), after=(), *, rules=None, rules_after=None, groups=NO_GROUPS, waiting=(), changer=None, known=None
):
    """Compare what these grants and rules do, on three clusters."""
    rules = rules or {}
    now = rules if rules_after is None else rules_after
    people = {user: Person(user, TeamId("T1"), standing) for user, standing in (known or {}).items()}
    was, then = (
        Situation(Rights(tuple(grants), groups=groups), {s: ScopeRule(r) for s, r in of.items()})
        for grants, of in ((before, rules), (after, now))
    )
    return compare(was, then, clusters=(PROD, DEV, LAB), waiting=waiting, people=people, at=NOW, changer=changer)


def shifts(of):
    """Return a side of a preview without what nobody gains or loses."""
    return {role: {who: [c.name for c in on] for who, on in there.items()} for role, there in of.items() if there}


def test_who_has_it_by_another_grant_gains_nothing():
    """Ben has the right on dwh-prod already."""
    old = [a_grant(BEN, Role.REQUEST, Scope.of(PROD.ref))]
    found = a_change(old, [*old, a_grant(ANA, Role.REQUEST), a_grant(BEN, Role.REQUEST)])
    assert shifts(found.gains) == {Role.REQUEST: {Principal(ANA): ["dwh-prod", "dwh-dev"], Principal(BEN): ["dwh-dev"]}}
    assert (shifts(found.loses), found.requests, found.empty) == ({}, [], [])
    assert [c.name for c in found.covered] == ["dwh-prod", "dwh-dev"]


def test_the_members_of_a_group_gain_by_name():
    """But who has it by name."""
    old = [a_grant(BEN, Role.APPROVE)]
    found = a_change(old, [*old, a_grant(DBA, Role.APPROVE)], groups=IN_DBA)
    assert shifts(found.gains) == {Role.APPROVE: {Principal(CLEO): ["dwh-prod", "dwh-dev"]}}
    assert found.pings == {PROD.ref: 2, DEV.ref: 2}


def test_a_group_of_which_slack_says_nothing_is_never_nobody():
    """It gains as itself; whether Ana does, whom it may be denied, depends on it."""
    found = a_change([], [a_grant(DBA, Role.APPROVE)], groups=UNKNOWN_GROUPS)
    assert shifts(found.gains) == {Role.APPROVE: {DBA: ["dwh-prod", "dwh-dev"]}}
    assert found.pings == {PROD.ref: None, DEV.ref: None}
    denied = [a_grant(DBA, Role.REQUEST, denies=True)]
    found = a_change(denied, [*denied, a_grant(ANA, Role.REQUEST)], groups=UNKNOWN_GROUPS)
    assert (shifts(found.gains), found.unclear[Role.REQUEST]) == ({}, {DBA})
    given = [a_grant(ANA, Role.REQUEST)]
    found = a_change(given, [*given, a_grant(DBA, Role.REQUEST, denies=True)], groups=UNKNOWN_GROUPS)
    assert (shifts(found.loses), found.unclear[Role.REQUEST]) == ({}, {DBA})


def test_everyone_is_counted_as_such_beside_who_is_named():
    """Who is denied it gains nothing; a guest neither."""
    old = [a_grant(BEN, Role.REQUEST, denies=True), a_grant(ANA, Role.REQUEST, ALL), a_grant(DAN, Role.REQUEST, ALL)]
    known = {DAN: Standing.GUEST}
    found = a_change(old, [*old, a_grant(EVERYONE, Role.REQUEST)], known=known)
    assert shifts(found.gains) == {Role.REQUEST: {EVERYONE: ["dwh-prod", "dwh-dev"]}}
    found = a_change(old, [*old, a_grant(EVERYONE, Role.REQUEST, denies=True)], known=known)
    assert shifts(found.loses) == {Role.REQUEST: {Principal(ANA): ["dwh-prod", "dwh-dev"]}}


@pytest.mark.parametrize(("changer", "loses"), [(CLEO, True), (ANA, False), (None, False)])
def test_a_denial_for_everyone_takes_admin_from_who_gives_it(changer, loses):
    """Also where they stay admin of other clusters."""
    old = [a_grant(CLEO, Role.ADMIN, ALL)]
    found = a_change(old, [*old, a_grant(EVERYONE, Role.ADMIN, denies=True)], changer=changer)
    assert found.loses_admin is loses


@pytest.mark.parametrize("scope", [Scope.of(PROD.ref), Scope(cluster="nope-*")], ids=str)
def test_who_is_denied_admin_of_anything_loses_admin(scope):
    """Of one cluster, or of those that may come; not who is an admin by setting."""
    old, new = (a_grant(CLEO, Role.ADMIN, ALL),), (a_grant(CLEO, Role.ADMIN, scope, denies=True),)
    for admins, loses in ((frozenset(), True), (frozenset({CLEO}), False)):
        sides = (Situation(Rights(grants, admins), {}) for grants in (old, old + new))
        found = compare(*sides, clusters=(PROD, DEV), waiting=(), people={}, at=NOW, changer=CLEO)
        assert found.loses_admin is loses
        assert bool(found.loses[Role.ADMIN]) is (loses and scope.covers(PROD))
    own = a_change((a_grant(ANA, Role.ADMIN, Scope.of(PROD.ref)),), (), changer=ANA)
    assert own.loses_admin


@pytest.mark.parametrize(("scope", "empty"), [("dwh-*", []), ("nope-*", ["nope-*"]), ("dwh-nope", ["dwh-nope"])])
def test_a_scope_that_covers_no_cluster_is_told(scope, empty):
    """Of what is given; what is taken back covers what it likes."""
    new = [a_grant(ANA, Role.REQUEST, Scope(cluster=scope), denies=True)]
    assert [str(s) for s in a_change([], new).empty] == empty
    assert a_change(new, []).empty == []
    rule = {Scope(cluster=scope): ApprovalRule.of(2)}
    assert [str(s) for s in a_change(rules_after=rule).empty] == empty


def test_quiet_and_inactive_approvers_are_not_mentioned():
    """Nor anybody where nobody needs an approval."""
    grants = [a_grant(u, Role.APPROVE, quiet=u is CLEO) for u in (ANA, BEN, CLEO, DAN)]
    found = a_change([], grants, known={DAN: Standing.DEACTIVATED})
    assert found.pings == {PROD.ref: 2, DEV.ref: 2}
    only_ben = ApprovalRule((Stage(1, (Principal(BEN),)),))
    assert a_change(grants, grants, rules_after={DWH: only_ben}).pings == {PROD.ref: 1, DEV.ref: 1}
    assert a_change(grants, grants, rules_after={DWH: ApprovalRule.of(0)}).pings == {PROD.ref: 0, DEV.ref: 0}
    capped = ApprovalRule(waiver=Waiver(per_person=1))
    assert a_change(grants, grants, rules_after={DWH: capped}).pings == {PROD.ref: 3, DEV.ref: 3}


VOTED = replace(
    a_request(owner=Principal(ANA), cluster=PROD.ref, cluster_name="dwh-prod", rule=ApprovalRule.of(2)),
    votes=(Vote(BEN, approve=True, at=NOW + timedelta(minutes=1)),),
)
APPROVERS = [a_grant(user, Role.APPROVE) for user in (BEN, CLEO, DAN)]
FATES = [
    # the rule of before and after, who may approve afterwards, what becomes of the request, how many are missing
    (2, 1, (BEN, CLEO, DAN), Fate.STARTS, 0),
    (2, 3, (BEN, CLEO, DAN), Fate.WAITS, 2),
    (2, 2, (CLEO, DAN), Fate.WAITS, 2),  # ben's vote counts no more
    (2, 2, (BEN,), Fate.STUCK, 0),
    (2, 4, (BEN, CLEO, DAN), Fate.STUCK, 0),
    (2, 1, (), Fate.STUCK, 0),
    (3, 2, (BEN, CLEO, DAN), Fate.WAITS, 1),
]


@pytest.mark.parametrize(("was", "now", "able", "fate", "missing"), FATES)
def test_what_becomes_of_a_request_that_waits(was, now, able, fate, missing):
    """By the rule and the rights of then, with the votes that it has."""
    rules, after = {DWH: ApprovalRule.of(was)}, {DWH: ApprovalRule.of(now)}
    grants = [g for g in APPROVERS if g.holder.user in able]
    found = a_change(APPROVERS, grants, rules=rules, rules_after=after, waiting=[VOTED])
    assert [(c.request, c.now.fate, c.now.missing) for c in found.requests] == [(VOTED, fate, missing)]


def test_a_vote_counts_by_the_rule_and_the_standing_of_then():
    """Whatever the rule of the request's time said of it."""
    only_cleo = ApprovalRule((Stage(1, (Principal(CLEO),)),))
    request = replace(VOTED, rule=only_cleo)
    change = {"rules": {DWH: only_cleo}, "rules_after": {DWH: ApprovalRule.of(1)}, "waiting": [request]}
    assert [c.now.fate for c in a_change(APPROVERS, APPROVERS, **change).requests] == [Fate.STARTS]
    found = a_change(APPROVERS, APPROVERS, **change, known={BEN: Standing.GUEST})
    assert [c.now for c in found.requests] == [Outlook(Fate.WAITS, 1, (Stage(),))]


def test_who_may_decide_later_counts_once_that_time_has_come():
    """A request that waited for so long already starts by a rule whose tier the one who voted is in."""
    only_cleo = Stage(1, (Principal(CLEO),))
    rules = [ApprovalRule((only_cleo,), tiers=(Tier(timedelta(hours=n), (Principal(BEN),)),)) for n in (1, 3)]
    request = replace(VOTED, rule=rules[1], created_at=NOW - timedelta(hours=2))
    sides = {"rules": {DWH: rules[1]}, "rules_after": {DWH: rules[0]}, "waiting": [request]}
    found = a_change(APPROVERS, APPROVERS, **sides)
    assert [(c.was.fate, c.now.fate) for c in found.requests] == [(Fate.WAITS, Fate.STARTS)]
    assert found.pings == {PROD.ref: 2, DEV.ref: 2}


def test_a_request_of_which_nothing_changes_is_not_told():
    """One that waits elsewhere, and one for which a right to ask is none to approve."""
    elsewhere = replace(VOTED, cluster=LAB.ref, cluster_name="lab")
    rules = {DWH: ApprovalRule.of(2)}
    assert a_change(APPROVERS, APPROVERS, rules_after=rules, waiting=[elsewhere]).requests == []
    unknown = {"groups": UNKNOWN_GROUPS, "waiting": [VOTED], "rules": rules}
    grants = [*APPROVERS, a_grant(DBA, Role.APPROVE)]
    assert a_change(grants, [*grants, a_grant(ANA, Role.REQUEST)], **unknown).requests == []
    (told,) = a_change(grants, [*grants, a_grant(ANA, Role.APPROVE)], **unknown).requests
    assert told.now.fate is Fate.UNCLEAR


@pytest.mark.parametrize(("left", "closed"), [((BEN, CLEO), []), ((BEN,), ["dwh-prod", "dwh-dev"])])
def test_clusters_on_which_nobody_can_approve_any_more_are_told(left, closed):
    """By the rule's own number; once, when it becomes so."""
    rules = {DWH: ApprovalRule.of(2)}
    grants = [g for g in APPROVERS if g.holder.user in left]
    assert [c.name for c in a_change(APPROVERS, grants, rules=rules).closed] == closed
    assert a_change(grants, [], rules=rules).closed == ([] if closed else [PROD, DEV])
