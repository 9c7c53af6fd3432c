"""What `doctor` says of rights and rules that don't do what their giver meant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from bot.core.approval import ApprovalRule, Stage
from bot.core.grants import Grant, Rights, Role, Terms
from bot.core.groups import UNKNOWN_GROUPS, Group, Groups
from bot.core.holdings import Holdings
from bot.core.ids import CloudName, ClusterId, ClusterRef, GrantId, Principal, PrincipalKind, UserId
from bot.core.person import EVERYONE
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from bot.rights_checks import admin_checks, gone_checks, unmet_checks

NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
ANA, BEN = UserId("U00000ANA"), UserId("U00000BEN")
NEW = ClusterRef(CloudName("prod"), ClusterId("61b71bdd-4ad3-5bd9-8311-04219c062eac"))
OLD = ClusterRef(CloudName("prod"), ClusterId("44b277eb-39be-4921-be31-3d61b43651d7"))
PROD = Cluster(ref=NEW, name="dwh-prod")
SEEN = {"prod": Holdings(NOW, MappingProxyType({NEW.id: PROD}), ())}
DBA = Principal("S0DBA", PrincipalKind.GROUP)


def a_grant(role: Role, scope: Scope, holder: Principal | None = None, name: str = "", **terms) -> Grant:
    return Grant(
        holder or Principal(ANA), role, scope, "cli:op", NOW, cluster_name=name, terms=Terms(**terms), id=GrantId("G-1")
    )


def test_a_grant_on_a_cluster_that_came_back_under_another_id_does_nothing():
    """Both commands are there: to give it again, and to take the old one back."""
    back = a_grant(Role.APPROVE, Scope.of(OLD), name="dwh-prod")
    (check,) = gone_checks([back], [], SEEN)
    assert (check.code, check.ok) == ("rights-gone", False)
    assert f"came back under another id ({NEW.id})" in check.what
    assert f"snapshot-bot grant {ANA} {NEW} --role approve" in check.fix
    assert "snapshot-bot revoke G-1" in check.fix


def test_a_grant_or_a_rule_on_a_cluster_that_is_gone():
    """What is there, by name or of a cloud that wasn't seen, isn't."""
    gone = a_grant(Role.REQUEST, Scope.of(OLD), name="dwh-old")
    well = [
        a_grant(Role.REQUEST, Scope.of(NEW)),
        a_grant(Role.REQUEST, Scope(cluster="dwh-*")),
        a_grant(Role.REQUEST, Scope("else", OLD.id)),
    ]
    found = gone_checks([gone, *well], [Scope.of(OLD), Scope.of(NEW)], SEEN)
    assert [check.code for check in found] == ["rights-gone", "rule-gone"]
    assert found[0].fix == "Take it back: `snapshot-bot revoke G-1`."
    assert f"snapshot-bot rule {Scope.of(OLD)} --remove" in found[1].fix
    assert len(gone_checks([gone] * 30, [], SEEN)) == 11


def test_admins_by_the_setting_alone_and_the_end_of_the_last_one():
    """The setting needs no end; a right that ends within two weeks does, where it is the last."""
    ends = a_grant(Role.ADMIN, Scope(), until=NOW + timedelta(days=3))
    for_good = a_grant(Role.ADMIN, Scope(), Principal(BEN))
    assert [c.code for c in admin_checks([], [BEN], NOW)] == ["admins-by-setting"]
    (check,) = admin_checks([ends], [], NOW)
    assert (check.code, "2026-11-26 14:05 UTC" in check.what) == ("admins-end", True)
    for grants, admins in (([ends, for_good], []), ([ends], [BEN]), ([], [])):
        assert admin_checks(grants, admins, NOW) == []


def test_a_rule_that_nobody_can_satisfy_is_named_with_its_clusters():
    """By the people who can act; not while nobody knows who is in the group."""
    asks = a_grant(Role.REQUEST, Scope())
    both = [asks, a_grant(Role.APPROVE, Scope(), Principal(BEN))]
    rules = {Scope(cluster="dwh-*"): ScopeRule(ApprovalRule(stages=(Stage(), Stage(1, (DBA,)))))}
    groups = Groups({"S0DBA": Group("S0DBA", "dba", frozenset())})
    (check,) = unmet_checks(Rights(tuple(both), groups=groups), rules, [PROD], [BEN])
    assert (check.code, "stage 2" in check.what, "the rule of dwh-*" in check.what) == ("rule-unmet", True, True)
    assert unmet_checks(Rights(tuple(both), groups=UNKNOWN_GROUPS), rules, [PROD], [BEN]) == []
    assert unmet_checks(Rights(tuple(both)), {}, [PROD], [BEN]) == []
    (check,) = unmet_checks(Rights(tuple(both)), {}, [PROD], [])  # ben is deactivated
    assert "without a rule it takes one approval" in check.what
    anybody = a_grant(Role.APPROVE, Scope(), EVERYONE)
    assert unmet_checks(Rights((asks, anybody)), {}, [PROD], []) == []
    assert unmet_checks(Rights((both[1],)), {}, [PROD], []) == []  # nobody asks
