"""What the votes on a request come to by the rights of now."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.core.approval import ApprovalRule, Vote
from bot.core.grants import Grant, Rights, Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, TeamId, UserId
from bot.core.person import Person, Standing
from bot.core.scope import NamedCluster, Scope

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
PROD = ClusterRef(CloudName("prod"), ClusterId("c1"))
ANA, BEN = UserId("U0ANA"), UserId("U0BEN")
RIGHTS = Rights(
    grants=(Grant(Principal(ANA), Role.APPROVE, Scope(PROD.cloud, PROD.id), granted_by=BEN, granted_at=NOW),)
)


def test_a_vote_of_the_owners_own_never_counts():
    """Whatever stands in the database, nobody's own approval carries their request to the create call."""
    votes = [Vote(ANA, approve=True, at=NOW)]
    people = [Person(ANA, TeamId("T1"), Standing.MEMBER)]
    cluster = NamedCluster(PROD, "dwh-prod")
    assert ApprovalRule().standing(RIGHTS, votes, people, cluster, [Principal(BEN)]) == ((ANA,),)
    assert ApprovalRule().standing(RIGHTS, votes, people, cluster, [Principal(ANA)]) == ((),)
