"""Who may do what to a request: its owner, its cluster and its votes decide."""

from __future__ import annotations

import pytest

from bot.core.access import Action, Reason
from bot.core.approval import Vote
from bot.core.grants import Grant, Rights, Role
from bot.core.ids import Principal, TeamId, UserId
from bot.core.person import Person, Standing
from bot.core.scope import Scope
from tests.harness.facts import ANA, BEN, NOW, REF, a_request

RIGHTS = Rights(
    grants=tuple(Grant(Principal(user), Role.APPROVE, Scope(REF.cloud, REF.id), BEN, NOW) for user in (ANA, BEN)),
)


def a_person(user: str, standing: Standing = Standing.MEMBER) -> Person:
    return Person(UserId(user), TeamId("T1"), standing)


def test_a_decision_on_a_request_knows_its_owner_and_cluster():
    """Nobody approves their own, and what is said of it names the cluster as the request does."""
    own = a_request().decide(RIGHTS, a_person(ANA), Action.APPROVE)
    assert (own.allowed, own.reason) == (False, Reason.NOBODY_APPROVES_THEIR_OWN)
    others = a_request().decide(RIGHTS, a_person(BEN), Action.APPROVE)
    assert (others.allowed, others.reason, others.cluster_name) == (True, Reason.GRANTED, "dwh-prod")


@pytest.mark.parametrize(
    ("who", "votes", "awaited"),
    [
        (a_person(BEN), (), True),
        (a_person(BEN), (Vote(BEN, approve=True, at=NOW),), False),
        (a_person(BEN), (Vote(UserId("U0BEA"), approve=True, at=NOW),), True),
        (a_person(ANA), (), False),
        (a_person("U0DAN"), (), False),
        (a_person(BEN, Standing.DEACTIVATED), (), False),
    ],
    ids=["an approver", "has voted", "another has voted", "the owner", "no right", "no member"],
)
def test_a_request_awaits_those_who_may_approve_and_have_not(who: Person, votes: tuple[Vote, ...], awaited: bool):
    """A right and a vote that is still to be given."""
    assert a_request(votes=votes).awaits(RIGHTS, who) is awaited
