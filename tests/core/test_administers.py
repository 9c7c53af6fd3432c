"""Of which scopes somebody is an admin: of all that they may cover, whatever clusters will be called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.grants import Grant, Rights, Role
from bot.core.groups import Group, Groups
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, PrincipalKind, TeamId, UserId
from bot.core.person import EVERYONE, Person, Standing
from bot.core.scope import NamedCluster, Scope
from tests.harness.contract_store import NOW

ANA = Person(UserId("U0ANA"), TeamId("T1"), Standing.MEMBER)
DBA = Principal("S0DBA", PrincipalKind.GROUP)
PROD = NamedCluster(ClusterRef(CloudName("eu"), ClusterId("c-1")), "DWH-prod")


def rights(*scopes: Scope, denied: Scope | None = None, holder: Principal | None = None) -> Rights:
    """Return rights by which Ana is an admin on *scopes*, but on what is *denied* to everyone."""
    who = holder or Principal(ANA.user)
    grants = [Grant(who, Role.ADMIN, scope, "cli:root", NOW) for scope in scopes]
    grants += [Grant(EVERYONE, Role.ADMIN, denied, "cli:root", NOW, denies=True)] if denied else []
    return Rights(tuple(grants), groups=Groups({DBA.id: Group(DBA.id, "dba", frozenset({ANA.user}))}))


WITHIN = [
    (Scope(), Scope()),
    (Scope("eu", "dwh-*"), Scope()),
    (Scope("eu"), Scope("eu")),
    (Scope("eu", "dwh-p*"), Scope(cluster="dwh-*")),
    (Scope("eu", "dwh-*"), Scope("eu", "DWH-*")),
]
BEYOND = [
    (Scope(), Scope("eu")),
    (Scope(cluster="dwh-*"), Scope("eu", "dwh-*")),
    (Scope("us", "dwh-*"), Scope("eu", "dwh-*")),
    (Scope(cluster="dwh*"), Scope(cluster="dwh-*")),
    (Scope(cluster="lab-*"), Scope(cluster="dwh-*")),
    (Scope(cluster="dwh-*"), Scope.of(PROD.ref)),
]


@pytest.mark.parametrize(
    ("scope", "given", "is_theirs"), [(s, g, True) for s, g in WITHIN] + [(s, g, False) for s, g in BEYOND]
)
def test_of_the_beginning_of_names(scope, given, is_theirs):
    """By their own grant or their group's; not where they are denied it anywhere, and never as a guest."""
    assert rights(given).administers(ANA, scope, None) is is_theirs
    assert rights(given, holder=DBA).administers(ANA, scope, None) is is_theirs
    assert not rights(given, denied=Scope("eu", "secret-*")).administers(ANA, scope, None)
    assert not rights(given).administers(replace(ANA, standing=Standing.GUEST), scope, None)


def test_of_one_cluster_by_what_it_is_called_now():
    """A denial elsewhere doesn't matter there."""
    for given in (Scope.of(PROD.ref), Scope(cluster="dwh-*"), Scope("eu"), Scope()):
        assert rights(given).administers(ANA, Scope.of(PROD.ref), PROD)
        assert rights(given, denied=Scope(cluster="lab-*")).administers(ANA, Scope.of(PROD.ref), PROD)
        assert not rights(given, denied=Scope(cluster="dwh-*")).administers(ANA, Scope.of(PROD.ref), PROD)
    assert not rights(Scope("us")).administers(ANA, Scope.of(PROD.ref), PROD)


def test_of_everything_by_setting():
    """Whatever is denied; not as a guest."""
    by_setting = replace(rights(denied=Scope()), admins=frozenset({ANA.user}))
    assert by_setting.administers(ANA, Scope(), None)
    assert by_setting.administers_some(ANA)
    assert not by_setting.administers_some(replace(ANA, standing=Standing.GUEST))
    assert rights(Scope("eu")).administers_some(ANA)
    assert not Rights().administers_some(ANA)
