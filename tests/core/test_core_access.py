"""Who may do what, and by which rule."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.access import Action, Reason, decide
from bot.core.approval import ApprovalRule, Vote
from bot.core.grants import Grant, NoAdminLeft, Rights, Role, keeps_an_admin
from bot.core.groups import Group, Groups
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.scope import EVERY, NamedCluster, Scope

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD = NamedCluster(ClusterRef(CloudName("prod"), ClusterId("c1")), "dwh-prod")
DEV = NamedCluster(ClusterRef(CloudName("prod"), ClusterId("c2")), "dwh-dev")
ANA, BEN, CLEO, DAN = (UserId(f"U0{n}") for n in ("ANA", "BEN", "CLEO", "DAN"))


def a_grant(user, role, on=PROD, *, cloud=None, cluster=None, denies=False):
    scope = Scope(cloud or on.ref.cloud, cluster or on.ref.id)
    holder = user if isinstance(user, Principal) else Principal(user)
    return Grant(holder, role, scope, granted_by=CLEO, granted_at=NOW, denies=denies)


def a_person(user, standing=Standing.MEMBER):
    return Person(user=user, team=TeamId("T1"), standing=standing)


RIGHTS = Rights(
    grants=(a_grant(ANA, Role.REQUEST), a_grant(ANA, Role.APPROVE), a_grant(BEN, Role.APPROVE)),
    admins=frozenset({CLEO}),
)

TABLE = [
    # who, action, whose request, allowed, by which rule
    (ANA, Action.REQUEST, None, True, Reason.GRANTED),
    (BEN, Action.REQUEST, None, False, Reason.NO_GRANT),
    (CLEO, Action.REQUEST, None, False, Reason.NO_GRANT),
    (DAN, Action.REQUEST, None, False, Reason.NO_GRANT),
    (ANA, Action.APPROVE, ANA, False, Reason.NOBODY_APPROVES_THEIR_OWN),
    (ANA, Action.DECLINE, ANA, False, Reason.NOBODY_APPROVES_THEIR_OWN),
    (ANA, Action.APPROVE, DAN, True, Reason.GRANTED),
    (BEN, Action.APPROVE, ANA, True, Reason.GRANTED),
    (BEN, Action.DECLINE, ANA, True, Reason.GRANTED),
    (CLEO, Action.APPROVE, ANA, False, Reason.NO_GRANT),
    (DAN, Action.APPROVE, ANA, False, Reason.NO_GRANT),
    (ANA, Action.WITHDRAW, ANA, True, Reason.OWN_REQUEST),
    (BEN, Action.WITHDRAW, ANA, False, Reason.NOT_THE_REQUESTER),
    (CLEO, Action.WITHDRAW, ANA, False, Reason.NOT_THE_REQUESTER),
    (ANA, Action.VIEW, ANA, True, Reason.OWN_REQUEST),
    (BEN, Action.VIEW, ANA, True, Reason.GRANTED),
    (CLEO, Action.VIEW, ANA, True, Reason.ADMIN),
    (DAN, Action.VIEW, ANA, False, Reason.NO_GRANT),
]


@pytest.mark.parametrize(("user", "action", "requester", "allowed", "reason"), TABLE)
def test_each_kind_of_person_and_action_has_its_rule(user, action, requester, allowed, reason):
    """The decision names the rule by which it fell."""
    decision = decide(RIGHTS, a_person(user), action, PROD, owners=[Principal(requester)] if requester else [])
    assert (decision.allowed, decision.reason) == (allowed, reason)


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
@pytest.mark.parametrize("action", list(Action))
def test_only_active_members_act_whatever_their_grants(standing, action):
    """A guest, outsider, bot, deactivated or unknown account is refused even with every right."""
    person = a_person(ANA, standing)
    decision = decide(RIGHTS, person, action, PROD, owners=[Principal(ANA)])
    assert (decision.allowed, decision.reason) == (False, Reason.NOT_A_MEMBER)


def test_a_refusal_names_who_could_do_it_and_who_could_help():
    """The requester is not among those who could approve."""
    decision = decide(RIGHTS, a_person(DAN), Action.APPROVE, PROD, owners=[Principal(ANA)])
    assert decision.who_can == (BEN,)
    assert decision.admins == (CLEO,)


def test_a_grant_on_one_cluster_says_nothing_of_another():
    """Rights end at their cluster, unless they are for every one."""
    assert not decide(RIGHTS, a_person(BEN), Action.APPROVE, DEV, owners=[Principal(ANA)]).allowed
    everywhere = Rights(grants=(a_grant(BEN, Role.APPROVE, cloud=EVERY, cluster=EVERY),))
    assert decide(everywhere, a_person(BEN), Action.APPROVE, DEV, owners=[Principal(ANA)]).allowed
    elsewhere = Rights(grants=(a_grant(BEN, Role.APPROVE, cloud="dev", cluster=EVERY),))
    assert not decide(elsewhere, a_person(BEN), Action.APPROVE, DEV, owners=[Principal(ANA)]).allowed


def some_grants(denies):
    return st.builds(
        a_grant,
        st.sampled_from([ANA, BEN, CLEO, DAN, EVERYONE]),
        st.sampled_from(Role),
        st.sampled_from([PROD, DEV]),
        cloud=st.sampled_from([None, EVERY, "dev"]),
        cluster=st.sampled_from([None, EVERY, "dwh-*", "dwh-prod*", "lab-*"]),
        denies=denies,
    )


grants, denials = some_grants(st.just(False)), some_grants(st.just(True))
rights = st.builds(
    Rights,
    grants=st.lists(st.one_of(grants, denials), max_size=8).map(tuple),
    admins=st.frozensets(st.sampled_from([CLEO, DAN])),
)


@given(rights, st.sampled_from([ANA, BEN, CLEO, DAN]), st.sampled_from(Standing))
def test_nobody_ever_approves_their_own(rights, user, standing):
    """Whatever the grants."""
    assert not decide(rights, a_person(user, standing), Action.APPROVE, PROD, owners=[Principal(user)]).allowed


DBA, OPS = Principal("S1", PrincipalKind.GROUP), Principal("S2", PrincipalKind.GROUP)
by_groups = st.builds(
    a_grant, st.sampled_from([DBA, OPS]), st.sampled_from(Role), st.sampled_from([PROD, DEV]), denies=st.booleans()
)
groups = st.builds(
    Groups,
    known=st.dictionaries(
        st.sampled_from([DBA.id, OPS.id]),
        st.builds(Group, id=st.just("S"), handle=st.just("x"), members=st.frozensets(st.sampled_from([ANA, BEN]))),
    ),
    is_known=st.booleans(),
)


@given(rights, st.lists(by_groups, max_size=3), groups, st.sampled_from([ANA, BEN, CLEO]), st.sampled_from(Action))
def test_what_other_people_may_decides_nothing(of_all, of_groups, in_groups, user, action):
    """So a decision needs one's own grants, and those of groups and of everyone on the cluster, alone."""
    every = replace(of_all, grants=(*of_all.grants, *of_groups), groups=in_groups)
    few = replace(
        every,
        grants=tuple(
            g
            for g in every.grants
            if g.scope.covers(PROD) and (g.holder.kind is not PrincipalKind.PERSON or g.holder.user == user)
        ),
    )
    for owners in ([], [Principal(ANA)], [Principal(BEN)]):
        by_all, by_few = (decide(r, a_person(user), action, PROD, owners=owners) for r in (every, few))
        assert (by_few.allowed, by_few.reason, by_few.grant) == (by_all.allowed, by_all.reason, by_all.grant)


@given(rights, st.lists(by_groups, max_size=3), groups, st.sampled_from([ANA, BEN, CLEO]), st.sampled_from(Role))
def test_a_role_on_many_clusters_is_the_role_on_each(of_all, of_groups, in_groups, user, role):
    """What is asked once for all clusters says of each what is asked for it alone."""
    every = replace(of_all, grants=(*of_all.grants, *of_groups), groups=in_groups)
    for standing in (Standing.MEMBER, Standing.GUEST):
        person = a_person(user, standing)
        has = every.has_on(person, role)
        for cluster in (PROD, DEV, NamedCluster(PROD.ref, "LAB-1"), NamedCluster(PROD.ref, "")):
            assert has(cluster) is (every.grant_of(person, role, cluster) is not None)


@given(rights, grants, st.sampled_from([ANA, BEN]), st.sampled_from(Action))
def test_another_grant_never_takes_a_right_away(rights, grant, user, action):
    """Grants only add."""
    before = decide(rights, a_person(user), action, PROD, owners=[Principal(CLEO)]).allowed
    more = Rights(grants=(*rights.grants, grant), admins=rights.admins)
    assert decide(more, a_person(user), action, PROD, owners=[Principal(CLEO)]).allowed >= before


@given(rights, st.sampled_from([ANA, BEN]), st.sampled_from([Action.REQUEST, Action.APPROVE, Action.DECLINE]))
def test_acting_needs_a_grant_that_covers_the_cluster(rights, user, action):
    """Unknown is no: an allowed act always names its grant, and one that is denied names the denial."""
    decision = decide(rights, a_person(user), action, PROD, owners=[Principal(CLEO)])
    assert decision.allowed == (decision.grant is not None and not decision.grant.denies)
    assert (decision.reason is Reason.DENIED) == (decision.grant is not None and decision.grant.denies)
    if decision.grant:
        assert decision.grant.holder in (Principal(user), EVERYONE)
        assert decision.grant.scope.covers(PROD)


@given(rights, denials, st.sampled_from([ANA, BEN, CLEO]), st.sampled_from(Action))
def test_a_denial_never_gives_a_right(rights, denial, user, action):
    """And it wins over whatever gives one, wherever it stands among them."""
    decision = decide(rights, a_person(user), action, PROD, owners=[Principal(DAN)])
    for more in ((*rights.grants, denial), (denial, *rights.grants)):
        now = decide(Rights(more, rights.admins), a_person(user), action, PROD, owners=[Principal(DAN)])
        assert now.allowed <= decision.allowed
        hits = denial.holder in a_person(user).principals and denial.scope.covers(PROD)
        if hits and {Action.REQUEST: Role.REQUEST}.get(action, Role.APPROVE) is denial.role:
            assert not now.allowed or action is Action.VIEW


@given(rights, st.sampled_from(Role), st.sampled_from([PROD, DEV]))
def test_who_is_named_for_a_role_has_it(rights, role, cluster):
    """The list of people and the check of one of them are the same rule."""
    named = rights.people(role, cluster)
    assert [u for u in (ANA, BEN, CLEO, DAN) if u in named and not rights.grant_of(a_person(u), role, cluster)] == []
    held = {g.holder.user for g in rights.grants if g.role is role and not g.denies}
    assert {u for u in held if u != "*" and rights.grant_of(a_person(UserId(u)), role, cluster)} >= {*named}


def test_everyone_is_every_member_and_nobody_else():
    """A guest and an outsider get nothing by it, and are denied nothing more by it."""
    rights = Rights(grants=(a_grant(EVERYONE, Role.REQUEST, cluster="dwh-*"),))
    assert decide(rights, a_person(DAN), Action.REQUEST, PROD).allowed
    for standing in set(Standing) - {Standing.MEMBER}:
        refused = decide(rights, a_person(DAN, standing), Action.REQUEST, PROD)
        assert (refused.allowed, refused.reason) == (False, Reason.NOT_A_MEMBER)
    assert rights.people(Role.REQUEST, PROD) == ()


def test_an_auditor_sees_everything_and_does_nothing():
    """On the clusters that the role is for."""
    rights = Rights(grants=(a_grant(DAN, Role.AUDIT, cloud=EVERY, cluster="dwh-p*"),))
    allowed = [a for a in Action if decide(rights, a_person(DAN), a, PROD, owners=[Principal(ANA)]).allowed]
    assert allowed == [Action.VIEW]
    assert not decide(rights, a_person(DAN), Action.VIEW, DEV, owners=[Principal(ANA)]).allowed


ADMIN_OF_ALL = a_grant(BEN, Role.ADMIN, cloud=EVERY, cluster=EVERY)


@pytest.mark.parametrize(
    ("after", "is_kept"),
    [
        ([ADMIN_OF_ALL], True),
        ([], False),
        ([a_grant(BEN, Role.ADMIN)], False),
        ([ADMIN_OF_ALL, a_grant(EVERYONE, Role.ADMIN, cloud=EVERY, cluster=EVERY, denies=True)], False),
        ([ADMIN_OF_ALL, a_grant(BEN, Role.ADMIN, denies=True)], False),
        ([ADMIN_OF_ALL, a_grant(CLEO, Role.ADMIN, cloud=EVERY, cluster=EVERY, denies=True)], True),
        ([a_grant(CLEO, Role.ADMIN, cloud=EVERY, cluster=EVERY)], True),
    ],
)
def test_somebody_stays_admin_of_every_cluster(after, is_kept):
    """Who is so by setting counts; where nobody was before, nobody is asked for."""
    before, now = Rights(grants=(ADMIN_OF_ALL,)), Rights(grants=tuple(after))
    if is_kept:
        keeps_an_admin(before, now)
    else:
        with pytest.raises(NoAdminLeft):
            keeps_an_admin(before, now)
    keeps_an_admin(replace(before, admins=frozenset({CLEO})), replace(now, admins=frozenset({CLEO})))
    keeps_an_admin(Rights(), now)


def a_vote(user, *, approve=True, minute=0):
    return Vote(user=user, approve=approve, at=NOW.replace(minute=minute))


@pytest.mark.parametrize(
    ("rights", "standing", "stands"),
    [
        (RIGHTS, Standing.MEMBER, True),
        (Rights(), Standing.MEMBER, False),
        (RIGHTS, Standing.DEACTIVATED, False),
    ],
)
def test_an_approval_counts_only_while_the_approver_may_approve(rights, standing, stands):
    """Checked again just before the create call."""
    counted = ApprovalRule().standing(rights, [a_vote(BEN)], [a_person(BEN, standing)], PROD, [Principal(ANA)])
    assert ApprovalRule().is_enough(counted) is stands


def test_an_approver_who_is_not_known_does_not_count():
    """Fail closed."""
    assert ApprovalRule().standing(RIGHTS, [a_vote(BEN)], [], PROD, [Principal(ANA)]) == ((),)


def test_who_could_still_approve_has_not_voted():
    """The owner isn't among those who may, nor who has voted among those who still could."""
    rights = Rights(grants=(a_grant(ANA, Role.APPROVE), a_grant(BEN, Role.APPROVE), a_grant(DAN, Role.APPROVE)))
    rule = ApprovalRule.of(2)
    approvers = rule.approvers(rights, PROD, [Principal(ANA)])
    assert approvers == (BEN, DAN)
    assert rule.could_still(approvers, [BEN], rights) == (DAN,)


def test_a_right_is_its_holders_alone():
    """A person acts as themselves; the grant of another principal gives them nothing."""
    rights = Rights(grants=(a_grant(ANA, Role.REQUEST), a_grant(BEN, Role.APPROVE)))
    assert [g.holder for g in rights.of(a_person(BEN))] == [Principal(BEN)]
    assert rights.grant_of(a_person(BEN), Role.REQUEST, PROD) is None
