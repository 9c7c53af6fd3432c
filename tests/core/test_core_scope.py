"""What a scope covers, and which of several is the one that counts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.ids import CloudName, ClusterId, ClusterRef
from bot.core.scope import EVERY, NamedCluster, Scope, scopes_of

IDENT = "ABCDEFAB-2222-4333-8444-ABCDEFABCDEF"
PROD = NamedCluster(ClusterRef(CloudName("eu"), ClusterId(IDENT)), "Dwh-Prod")


@pytest.mark.parametrize(
    ("scope", "covers"),
    [
        (Scope(), True),
        (Scope("eu"), True),
        (Scope("us"), False),
        (Scope("eu", IDENT), True),
        (Scope("eu", IDENT.lower()), True),
        (Scope("us", IDENT), False),
        (Scope("*", "dwh-*"), True),
        (Scope("*", "DWH-PROD*"), True),
        (Scope("eu", "dwh-prod*"), True),
        (Scope("us", "dwh-*"), False),
        (Scope("*", "dwh-prod-*"), False),
        (Scope("*", "prod*"), False),
        (Scope("eu", "Dwh-Prod"), False),  # a name isn't an id
    ],
    ids=str,
)
def test_what_a_scope_covers(scope: Scope, covers: bool):
    """By id, by the beginning of the name in any case, by cloud, or all."""
    assert scope.covers(PROD) is covers


def test_of_two_the_closer_one_counts():
    """One cluster, then the longer beginning, then the one that names its cloud; no two are equal."""
    order = [Scope(), Scope("eu"), Scope("*", "dwh-*"), Scope("eu", "dwh-*"), Scope("*", "dwh-p*"), Scope("eu", IDENT)]
    assert sorted({*order}, key=lambda scope: scope.rank) == order
    assert len({scope.rank for scope in order}) == len(order)


names = st.text(st.sampled_from("abAB-*"), max_size=6)


@given(names, names, st.sampled_from(["*", "eu", "us"]))
def test_the_scopes_of_a_cluster_are_those_that_cover_it(name: str, beginning: str, cloud: str):
    """What a database is asked for is what the rule says."""
    cluster, scope = NamedCluster(PROD.ref, name), Scope(cloud, beginning + EVERY)
    found = scope.cloud in (EVERY, cluster.ref.cloud) and scope.cluster in scopes_of(cluster)
    assert found is scope.covers(cluster)


def test_a_scope_is_written_as_it_is_read():
    """The forms that commands understand."""
    scopes = (Scope(), Scope("eu"), Scope("*", "Dwh-*"), Scope("eu", "dwh-*"), Scope("eu", IDENT))
    assert [str(s) for s in scopes] == ["*", "eu/*", "dwh-*", "eu/dwh-*", f"eu/{IDENT.lower()}"]
