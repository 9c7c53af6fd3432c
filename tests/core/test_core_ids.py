"""How clusters are written, read and compared."""

from __future__ import annotations

import pytest

from bot.core.ids import CloudName, ClusterId, ClusterRef, canonical_cluster_id, is_cluster_id

UUID = "11111111-2222-4333-8444-55555555abcd"


@pytest.mark.parametrize(
    ("text", "is_one"),
    [(UUID, True), (UUID.upper(), True), (UUID[:-1], False), (f"{UUID}0", False), ("dwh-prod", False), ("", False)],
)
def test_an_id_is_known_by_how_it_is_written(text: str, is_one: bool):
    """36 characters, hexadecimal digits in either case."""
    assert is_cluster_id(text) is is_one


def test_two_spellings_of_one_id_are_one_cluster():
    """Digits have no case; what isn't an id keeps its own."""
    assert canonical_cluster_id(UUID.upper()) == UUID
    assert canonical_cluster_id("Not-An-Id") == "Not-An-Id"
    assert ClusterRef(CloudName("prod"), ClusterId(UUID.upper())) == ClusterRef(CloudName("prod"), ClusterId(UUID))


def test_a_cluster_is_read_as_it_was_written():
    """The first slash ends the cloud's name; each side has something."""
    for ref in (ClusterRef(CloudName("prod"), ClusterId(UUID)), ClusterRef(CloudName("prod"), ClusterId("a/b"))):
        assert ClusterRef.parse(str(ref)) == ref
    for text in ("prod", "prod/", "/c1", "/", ""):
        with pytest.raises(ValueError, match="is not cloud/cluster-id"):
            ClusterRef.parse(text)
