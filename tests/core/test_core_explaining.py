"""Why somebody may or may not: the explanation says what was decided, and by which check."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.access import Action, Reason, audits, decide
from bot.core.approval import ApprovalRule, OwnApproval, Stage, Vote
from bot.core.explaining import FAILED_BY, CheckKind, Explanation, PlaceState, explain, roles_held
from bot.core.grants import Grant, Rights, Role, Terms
from bot.core.groups import UNKNOWN_GROUPS, Group, Groups
from bot.core.ids import Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.request import SnapshotRequest, State
from bot.core.scope import NamedCluster, Scope
from tests.harness.facts import REF, a_request

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD = NamedCluster(REF, "dwh-prod")
ANA, BEN, BEA, EVE, DAN = (UserId(f"U0{n}") for n in ("ANA", "BEN", "BEA", "EVE", "DAN"))
DBA, SEC = (Principal(f"S0{n}", PrincipalKind.GROUP) for n in ("DBA", "SEC"))
GROUPS = Groups(
    {"S0DBA": Group("S0DBA", "dba", frozenset({BEN, BEA})), "S0SEC": Group("S0SEC", "sec", frozenset({EVE}))}
)


def a_grant(
    holder: UserId | Principal,
    role: Role = Role.APPROVE,
    scope: str = "dwh-*",
    *,
    denies: bool = False,
    quiet: bool = False,
) -> Grant:
    principal = holder if isinstance(holder, Principal) else Principal(holder)
    return Grant(principal, role, Scope("*", scope), "U0CLEO", NOW, denies=denies, terms=Terms(quiet=quiet))


def a_person(user: UserId, standing: Standing = Standing.MEMBER) -> Person:
    return Person(user, TeamId("T1"), standing)


def asked(rule: ApprovalRule | None = None, *voters: UserId, state: State = State.WAITING) -> SnapshotRequest:
    votes = tuple(Vote(user, True, NOW + timedelta(minutes=n)) for n, user in enumerate(voters))
    return a_request(owner=Principal(ANA), rule=rule or ApprovalRule(), votes=votes, state=state)


RIGHTS = Rights((a_grant(DBA), a_grant(EVE, quiet=True), a_grant(ANA, Role.REQUEST), a_grant(ANA)), groups=GROUPS)
TWO = ApprovalRule(stages=(Stage(1, (DBA,)), Stage(1, (SEC,))))
OWN = ApprovalRule(own=OwnApproval.ALLOWED)
APPROVE, DECLINE = Action.APPROVE, Action.DECLINE
MEMBER, OWNED, RIGHT, PLACE = CheckKind


@pytest.mark.parametrize(
    ("who", "action", "request_", "held", "failed"),
    [
        (a_person(BEN), APPROVE, asked(), [MEMBER, OWNED, RIGHT, PLACE], None),
        (a_person(BEN), APPROVE, asked(state=State.APPROVED), [MEMBER, OWNED, RIGHT], None),
        (a_person(BEN), DECLINE, asked(), [MEMBER, OWNED, RIGHT], None),
        (a_person(BEN, Standing.GUEST), APPROVE, asked(), [], MEMBER),
        (a_person(ANA), APPROVE, asked(), [MEMBER], OWNED),
        (a_person(ANA), APPROVE, asked(OWN), [MEMBER, OWNED, RIGHT, PLACE], None),
        (a_person(ANA), DECLINE, asked(OWN), [MEMBER], OWNED),
        (a_person(DAN), APPROVE, asked(), [MEMBER, OWNED], RIGHT),
        (a_person(EVE), APPROVE, asked(TWO), [MEMBER, OWNED, RIGHT], PLACE),
        (a_person(EVE), APPROVE, asked(TWO, BEN), [MEMBER, OWNED, RIGHT, PLACE], None),
        (a_person(ANA), Action.WITHDRAW, asked(), [MEMBER, OWNED], None),
        (a_person(BEN), Action.WITHDRAW, asked(), [MEMBER], OWNED),
        (a_person(ANA), Action.REQUEST, None, [MEMBER, RIGHT], None),
        (a_person(BEN), Action.REQUEST, None, [MEMBER], RIGHT),
    ],
)
def test_the_checks_are_those_of_the_decision(
    who: Person, action: Action, request_: SnapshotRequest | None, held: list[CheckKind], failed: CheckKind | None
):
    """In their order; the one that didn't hold is the last, since nothing is checked after it."""
    found = explain(RIGHTS, who, action, PROD, request_)
    assert [c.kind for c in found.checks if c.held] == held
    assert next((c.kind for c in found.checks if not c.held), None) == failed


@pytest.mark.parametrize(
    ("user", "request_", "state", "number", "have"),
    [
        (BEN, asked(TWO), PlaceState.OPEN, 1, 0),
        (EVE, asked(TWO), PlaceState.LATER, 2, 0),
        (EVE, asked(TWO, BEN), PlaceState.OPEN, 2, 0),
        (BEA, asked(TWO, BEN), PlaceState.FULL, 1, 1),
        (BEN, asked(TWO, BEN), PlaceState.VOTED, 1, 1),
        (BEA, asked(ApprovalRule(stages=(Stage(2, (DBA,)),)), BEN), PlaceState.OPEN, 1, 1),
        (EVE, asked(ApprovalRule(stages=(Stage(1, (DBA,)),))), PlaceState.NONE, 0, 0),
    ],
)
def test_a_place_is_told_with_its_stage(
    user: UserId, request_: SnapshotRequest, state: PlaceState, number: int, have: int
):
    """Which stage takes the approval, how many it has, and why there is no place."""
    place = explain(RIGHTS, a_person(user), APPROVE, PROD, request_).place
    assert place is not None
    assert (place.state, place.number, place.have) == (state, number, have)
    assert place.stage == (request_.rule.stages[number - 1] if number else None)


def test_the_grant_behind_it_is_told():
    """The one that gives it, through a group, too, or the one that denies it, or on which nobody knows who is."""
    assert explain(RIGHTS, a_person(BEN), APPROVE, PROD, asked()).decision.grant == a_grant(DBA)
    denial = a_grant(SEC, denies=True)
    denied = Rights((*RIGHTS.grants, denial), groups=GROUPS)
    found = explain(denied, a_person(EVE), APPROVE, PROD, asked()).decision
    assert (found.reason, found.grant) == (Reason.DENIED, denial)
    unclear = explain(Rights((a_grant(DBA),), groups=UNKNOWN_GROUPS), a_person(BEN), APPROVE, PROD, asked()).decision
    assert (unclear.reason, unclear.group) == (Reason.GROUPS_UNKNOWN, "S0DBA")


def test_others_who_can_are_those_for_whom_there_is_a_place():
    """Not the person, the requester or who has voted; who isn't pinged is marked; of an ended request nobody can."""
    found = explain(RIGHTS, a_person(BEN), APPROVE, PROD, asked())
    assert (set(found.others), found.quiet, found.anyone) == ({BEA, EVE}, frozenset({EVE}), False)
    assert explain(RIGHTS, a_person(DAN), APPROVE, PROD, asked(TWO, BEN)).others == (EVE,)
    assert explain(RIGHTS, a_person(BEN), APPROVE, PROD, asked(state=State.APPROVED)).others == ()
    assert explain(RIGHTS, a_person(BEN), Action.WITHDRAW, PROD, asked()).others == ()
    assert explain(Rights((a_grant(EVERYONE),)), a_person(DAN), APPROVE, PROD, asked()).anyone


def test_every_reason_to_refuse_belongs_to_a_check():
    """All but that nobody can approve, which is no decision on a person."""
    yes = {Reason.GRANTED, Reason.OWN_REQUEST, Reason.ADMIN, Reason.CHANGED, Reason.WAIVED, Reason.OWN_APPROVAL}
    assert FAILED_BY.keys() == set(Reason) - yes - {Reason.NOBODY_CAN_APPROVE}


users = st.sampled_from([ANA, BEN, BEA, EVE, DAN])
holders = st.one_of(users, st.sampled_from([DBA, SEC, EVERYONE]))
grants = st.builds(
    a_grant, holders, st.sampled_from(Role), st.sampled_from(["*", "dwh-*", REF.id, "lab-*"]), denies=st.booleans()
)
disabled = Groups({"S0DBA": Group("S0DBA", "dba", frozenset({BEN, BEA}), is_enabled=False)})
all_rights = st.builds(
    Rights,
    st.lists(grants, max_size=8).map(tuple),
    st.frozensets(users, max_size=1),
    st.sampled_from([GROUPS, disabled, UNKNOWN_GROUPS, Groups()]),
)
stages = st.builds(
    Stage, st.integers(1, 2), st.lists(st.sampled_from([DBA, SEC, Principal(DAN)]), max_size=2).map(tuple)
)
rules = st.builds(
    ApprovalRule, st.lists(stages, min_size=1, max_size=3).map(tuple), st.booleans(), own=st.sampled_from(OwnApproval)
)
requests = st.builds(
    lambda rule, voters, state: asked(rule, *voters, state=state),
    rules,
    st.lists(users, unique=True, max_size=4),
    st.sampled_from([State.WAITING, State.APPROVED, State.EXPIRED]),
)
people = st.builds(a_person, users, st.sampled_from([Standing.MEMBER] * 5 + [*Standing]))


@given(all_rights, people, st.sampled_from(Action), st.none() | requests)
@example(RIGHTS, a_person(EVE), APPROVE, asked(TWO))
def test_an_explanation_never_says_anything_else_than_the_decision(
    rights: Rights, person: Person, action: Action, request_: SnapshotRequest | None
):
    """All of it held exactly where it is allowed; else what didn't hold is by what the decision fell."""
    decision = request_.decide(rights, person, action) if request_ else decide(rights, person, action, PROD)
    found = explain(rights, person, action, PROD, request_)
    assert found.decision == decision
    assert all(check.held for check in found.checks) == decision.allowed
    failed = next((check.kind for check in found.checks if not check.held), None)
    assert failed == (None if decision.allowed else FAILED_BY[decision.reason])
    _check_facts(found, rights, person, request_)


def _check_facts(found: Explanation, rights: Rights, person: Person, request_: SnapshotRequest | None) -> None:
    """Check each fact by itself, without the decision."""
    decision, held = found.decision, {check.kind for check in found.checks if check.held}
    assert (MEMBER in held) == (person.standing is Standing.MEMBER)
    if RIGHT in held and decision.action is not Action.VIEW:
        assert decision.grant is not None
        assert not decision.grant.denies
        assert decision.grant.scope.covers(PROD)
        assert rights.denial_of(person, decision.grant.role, PROD) is None
    if found.place and request_:
        counted = request_.rule.count(request_.voters(rights), rights)
        place, stage = found.place, found.place.stage
        assert (place.state in (PlaceState.OPEN, PlaceState.VOTED)) == (PLACE in held)
        if stage:
            assert (stage, place.have) == (request_.rule.stages[place.number - 1], len(counted[place.number - 1]))
        if stage and place.state is PlaceState.OPEN:
            assert place.have < stage.need
            assert place.number <= request_.rule.stages_open(counted)
        if stage and place.state is PlaceState.FULL:
            assert place.have == stage.need
    for user in found.others:
        assert user != person.user
        if request_ is None or decision.action is APPROVE:
            action = decision.action
            other = a_person(user)
            assert (request_.decide(rights, other, action) if request_ else decide(rights, other, action, PROD)).allowed


@given(all_rights, people)
def test_the_roles_that_are_told_are_those_that_count(rights: Rights, person: Person):
    """Each is what the checks go by: of asking and approving, of the record, and of who is an admin."""
    held = {found.role: found.is_held for found in roles_held(rights, person, PROD)}
    assert held[Role.REQUEST] == decide(rights, person, Action.REQUEST, PROD).allowed
    assert held[Role.APPROVE] == decide(rights, person, APPROVE, PROD).allowed
    assert held[Role.AUDIT] == audits(rights, person, PROD)
    is_member = person.standing is Standing.MEMBER
    assert held[Role.BREAK_GLASS] == (is_member and rights.has(person.user, Role.BREAK_GLASS, PROD))
    by_everyone = any(g.role is Role.ADMIN and g.holder == EVERYONE for g in rights.grants)  # which nobody can give
    assert by_everyone or held[Role.ADMIN] == (is_member and person.user in rights.admins_of(PROD))
