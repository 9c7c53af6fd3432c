"""Stages: who fills which place, who could still, and that no order of votes and no missing person approves anything.

Sources of the situations: gitlab-org/gitlab#29240 (B1), MicrosoftDocs/azure-devops-docs#947 (B5),
kubernetes/test-infra#12693 (B7): a rule that turns green by itself, one person in two groups, asking as a vote.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.approval import ApprovalRule, OwnApproval, Stage, Tier, Vote, Waiver, groups_in
from bot.core.grants import Grant, Rights, Role
from bot.core.groups import UNKNOWN_GROUPS, Group, Groups
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.scope import NamedCluster, Scope

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD = NamedCluster(ClusterRef(CloudName("prod"), ClusterId("c1")), "dwh-prod")
ANA, BEN, BEA, DORA, EVE = (UserId(f"U0{name}") for name in ("ANA", "BEN", "BEA", "DORA", "EVE"))
PEOPLE = (ANA, BEN, BEA, DORA, EVE)
DBA, SEC = (Principal(f"S0{name}", PrincipalKind.GROUP) for name in ("DBA", "SEC"))
GROUPS = Groups(
    {"S0DBA": Group("S0DBA", "dba", frozenset({BEN, BEA})), "S0SEC": Group("S0SEC", "security", frozenset({BEA, EVE}))}
)
RIGHTS = Rights(tuple(Grant(Principal(user), Role.APPROVE, Scope(), "cli:op", NOW) for user in PEOPLE), groups=GROUPS)
TWO_TEAMS = ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1, (SEC,))))


def seats(rule: ApprovalRule, *voters: UserId) -> tuple[tuple[UserId, ...], ...]:
    return rule.count(voters, RIGHTS)


def test_one_person_fills_one_place_by_the_best_fit():
    """Bea is in both groups: she sits where nobody else can (B5)."""
    assert seats(TWO_TEAMS, BEA) == ((BEA,), ())
    assert seats(TWO_TEAMS, BEA, BEN) == ((BEN,), (BEA,))
    assert seats(TWO_TEAMS, BEN, BEA) == ((BEN,), (BEA,))
    assert not TWO_TEAMS.is_enough(seats(TWO_TEAMS, BEA))
    assert TWO_TEAMS.is_enough(seats(TWO_TEAMS, BEA, EVE))
    assert seats(TWO_TEAMS, DORA) == ((), ())


@given(st.permutations(PEOPLE), st.integers(0, 5), st.integers(1, 3), st.integers(1, 3))
def test_the_order_of_votes_never_matters(order, votes, first, second):
    """How many places are filled is the same for each order."""
    rule = ApprovalRule(stages=(Stage(first, (DBA,)), Stage(second, (SEC,)), Stage(1)))
    voters = order[:votes]
    filled = {tuple(len(of) for of in rule.count(found, RIGHTS)) for found in permutations(voters)}
    assert len({sum(of) for of in filled}) == 1
    assert len({rule.is_enough(rule.count(found, RIGHTS)) for found in permutations(voters)}) == 1


def test_stages_in_order_open_one_after_the_other():
    """A vote counts where a place of a stage of now is free; the next stage opens when those before it are full."""
    assert TWO_TEAMS.stages_open(()) == 1
    assert TWO_TEAMS.could_still(PEOPLE, [], RIGHTS) == (BEN, BEA)
    assert TWO_TEAMS.stages_open(seats(TWO_TEAMS, BEN)) == 2
    assert TWO_TEAMS.could_still(PEOPLE, [BEN], RIGHTS) == (BEA, EVE)
    # Bea sits in the first stage; if Ben comes, she moves on to the second
    assert TWO_TEAMS.could_still(PEOPLE, [BEA], RIGHTS) == (BEN, EVE)
    assert TWO_TEAMS.could_still(PEOPLE, [BEA, BEN], RIGHTS) == ()


def test_stages_side_by_side_are_open_at_once():
    """In any order."""
    rule = ApprovalRule(stages=TWO_TEAMS.stages, side_by_side=True)
    assert rule.stages_open(()) == 2
    assert rule.could_still(PEOPLE, [], RIGHTS) == (BEN, BEA, EVE)
    assert rule.could_still(PEOPLE, [EVE], RIGHTS) == (BEN, BEA)


@pytest.mark.parametrize(
    ("rule", "able", "anybody", "stage"),
    [
        (ApprovalRule(), [], False, 0),
        (ApprovalRule(), [BEN], False, None),
        (ApprovalRule(), [], True, None),
        (ApprovalRule.of(2), [BEN], False, 0),
        (TWO_TEAMS, [BEN], False, 1),
        (TWO_TEAMS, [EVE], False, 0),
        (TWO_TEAMS, [BEA], False, 1),
        (TWO_TEAMS, [BEA, EVE], False, None),
        (TWO_TEAMS, [BEA], True, 1),
        (ApprovalRule(stages=(Stage(1, (SEC,)), Stage(3))), [EVE], True, None),
    ],
)
def test_a_stage_that_nobody_can_fill_is_known(rule, able, anybody, stage):
    """Too few people never make a rule smaller (B1)."""
    assert rule.unmet(able, RIGHTS, anybody=anybody) == stage


def test_a_group_that_cannot_be_read_fills_nothing():
    """Nor one that is disabled or gone: its line stays, and can't be met (A1)."""
    for groups in (UNKNOWN_GROUPS, Groups(), Groups({"S0DBA": Group("S0DBA", "dba", frozenset({BEN}), False)})):
        rights = Rights(RIGHTS.grants, groups=groups)
        assert TWO_TEAMS.count(PEOPLE, rights) == ((), ())
        assert TWO_TEAMS.unmet(PEOPLE, rights) == 0
        assert not TWO_TEAMS.is_enough(TWO_TEAMS.count(PEOPLE, rights))


def test_a_rule_asks_for_somebody():
    """None for everybody stands in the waiver, which a reader can't overlook."""
    with pytest.raises(ValueError, match="at least one approval"):
        Stage(0)
    with pytest.raises(ValueError, match="at least one stage"):
        ApprovalRule(stages=())
    assert ApprovalRule.of(0) == ApprovalRule(waiver=Waiver((EVERYONE,)))
    assert groups_in(ApprovalRule(stages=(Stage(1, (DBA, Principal(BEN))),), waiver=Waiver((SEC,)))) == {DBA, SEC}


def standing(rule: ApprovalRule, *voters: UserId, owner: UserId = ANA, rights: Rights = RIGHTS):
    votes = [Vote(user, approve=True, at=NOW + timedelta(seconds=n)) for n, user in enumerate(voters)]
    people = [Person(user, TeamId("T1"), Standing.MEMBER) for user in PEOPLE]
    return rule.standing(rights, votes, people, PROD, [Principal(owner)])


@given(
    st.lists(st.sampled_from(PEOPLE), unique=True),
    st.sampled_from([ApprovalRule(), ApprovalRule.of(3), TWO_TEAMS]),
    st.sampled_from(PEOPLE),
)
def test_no_way_makes_a_requester_their_own_approver(voters, rule, owner):
    """Unless the rule says so."""
    assert all(owner not in filled for filled in standing(rule, *voters, owner=owner))


def test_the_rule_may_let_requesters_approve_their_own():
    """Allowed always counts; else only where nobody else could fill the place (B7)."""
    allowed = ApprovalRule(own=OwnApproval.ALLOWED)
    assert standing(allowed, ANA) == ((ANA,),)
    alone = ApprovalRule(own=OwnApproval.IF_NOBODY_ELSE)
    assert standing(alone, ANA) == ((),)
    only_ana = Rights(RIGHTS.grants[:1], groups=GROUPS)
    assert standing(alone, ANA, rights=only_ana) == ((ANA,),)
    anybody = Grant(EVERYONE, Role.APPROVE, Scope(), "cli:op", NOW)
    assert standing(alone, ANA, rights=Rights((RIGHTS.grants[0], anybody))) == ((),)


def test_a_waiver_names_who_needs_none():
    """By themselves or by a group; not while nobody knows who is in it."""
    rule = ApprovalRule(waiver=Waiver((DBA,)))
    ben, eve = (Person(user, TeamId("T1"), Standing.MEMBER) for user in (BEN, EVE))
    assert rule.waives(ben, RIGHTS)
    assert not rule.waives(eve, RIGHTS)
    assert not rule.waives(ben, Rights(RIGHTS.grants, groups=UNKNOWN_GROUPS))
    assert not ApprovalRule().waives(ben, RIGHTS)


def test_a_tier_may_decide_too_and_those_before_keep_their_say():
    """It widens the stages that name somebody; where anybody may, it adds nobody."""
    rule = ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1)), tiers=(Tier(timedelta(hours=1), (Principal(DORA),)),))
    assert rule.could_still(PEOPLE, [], RIGHTS) == (BEN, BEA)
    wide = rule.widened(1)
    assert wide.could_still(PEOPLE, [], RIGHTS) == (BEN, BEA, DORA)
    assert (rule.widened(0), wide.stages[1]) == (rule, Stage(1))
    assert groups_in(ApprovalRule(tiers=(Tier(timedelta(hours=1), (SEC,)),))) == {SEC}
    with pytest.raises(ValueError, match="later than the one before"):
        ApprovalRule(tiers=(Tier(timedelta(hours=2), (DBA,)), Tier(timedelta(hours=1), (SEC,))))


@given(st.data())
def test_whose_vote_would_still_count_is_asked_once_for_people_alike(data):
    """The answer for many at once is that for each of them."""
    people = [UserId(f"U{n}") for n in range(6)]
    named = st.lists(st.sampled_from([Principal(p) for p in people]), max_size=3).map(tuple)
    stages = data.draw(st.lists(st.builds(Stage, st.integers(1, 2), named), min_size=1, max_size=3).map(tuple))
    rule = ApprovalRule(stages=stages, side_by_side=data.draw(st.booleans()))
    voters = data.draw(st.lists(st.sampled_from(people), max_size=3, unique=True))
    each = tuple(user for user in people if rule.would_count(user, voters, Rights()))
    assert rule.could_still(people, voters, Rights()) == each
