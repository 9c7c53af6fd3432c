"""What a refusal carries, so that it can be worded: whose it is, of what, and who can help."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.core.access import Action, Reason, decide, no_member, nothing_to_ask
from bot.core.grants import Grant, Rights, Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, TeamId, UserId
from bot.core.person import Person, Standing
from bot.core.scope import NamedCluster, Scope

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD = NamedCluster(ClusterRef(CloudName("prod"), ClusterId("c1")), "dwh-prod")
ANA, BEN, CLEO = UserId("U0ANA"), UserId("U0BEN"), UserId("U0CLEO")
GRANTS = tuple(
    Grant(Principal(user), role, Scope(PROD.ref.cloud, PROD.ref.id), granted_by=CLEO, granted_at=NOW)
    for user, role in ((ANA, Role.REQUEST), (BEN, Role.APPROVE))
)
RIGHTS = Rights(grants=GRANTS, admins=frozenset({CLEO}))


def a_person(user, standing=Standing.MEMBER):
    return Person(user=user, team=TeamId("T1"), standing=standing)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        (a_person(ANA), None),
        (a_person(BEN), Reason.NO_GRANT),
        (a_person(CLEO), Reason.NO_GRANT),
        (a_person(ANA, Standing.GUEST), Reason.NOT_A_MEMBER),
        (a_person(BEN, Standing.GUEST), Reason.NOT_A_MEMBER),
    ],
)
def test_why_there_is_nothing_to_ask_for(person: Person, reason: Reason | None):
    """It takes the right to ask, and an active account; the refusal names the admins, who could give the right."""
    decision = nothing_to_ask(RIGHTS, person)
    assert (decision.reason if decision else None) == reason
    if decision:
        assert (decision.allowed, decision.action, decision.person) == (False, Action.REQUEST, person)
        assert decision.admins == (CLEO,)


@pytest.mark.parametrize("action", Action)
def test_who_is_no_member_is_refused_whatever_it_is_about(action: Action):
    """The refusal says who it was and what they wanted; a member is refused nothing by it."""
    guest = a_person(ANA, Standing.GUEST)
    decision = no_member(guest, action)
    assert decision is not None
    assert (decision.allowed, decision.reason) == (False, Reason.NOT_A_MEMBER)
    assert (decision.action, decision.person) == (action, guest)
    assert no_member(a_person(ANA), action) is None


def test_a_decision_names_the_cluster():
    """By its name where that is known, else by its id."""
    assert decide(RIGHTS, a_person(ANA), Action.REQUEST, PROD).cluster_name == "dwh-prod"
    nameless = NamedCluster(PROD.ref, "")
    assert decide(RIGHTS, a_person(ANA), Action.REQUEST, nameless).cluster_name == "prod/c1"


def test_a_refusal_to_ask_names_who_may_ask():
    """And a refusal to see names those who approve."""
    assert decide(RIGHTS, a_person(BEN), Action.REQUEST, PROD).who_can == (ANA,)
    assert decide(Rights(GRANTS[:1]), a_person(BEN), Action.VIEW, PROD).who_can == ()
    assert decide(RIGHTS, a_person(CLEO), Action.WITHDRAW, PROD).who_can == (BEN,)


def test_a_decision_carries_its_person_and_action():
    """Whatever the answer, it says whose it is and what they wanted."""
    for action in Action:
        decision = decide(RIGHTS, a_person(BEN), action, PROD, owners=[Principal(ANA)])
        assert (decision.person, decision.action) == (a_person(BEN), action)


@pytest.mark.parametrize("action", [Action.VIEW, Action.APPROVE, Action.DECLINE])
def test_a_decision_by_a_grant_names_it(action: Action):
    """To see, too."""
    assert decide(RIGHTS, a_person(BEN), action, PROD, owners=[Principal(ANA)]).grant == GRANTS[1]
