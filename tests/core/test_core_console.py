"""Where a cloud's console shows a snapshot, by the address that an operator gives."""

from __future__ import annotations

import pytest

from bot.core.console import NO_CONSOLE, Console
from bot.core.ids import CloudName, ClusterId, ClusterRef, SnapshotId

PROD = ClusterRef(CloudName("prod"), ClusterId("c-1"))


def test_each_place_gets_what_belongs_there():
    """In any order, and as often as it stands."""
    console = Console("https://console/{cloud}/{cluster}?open={snapshot}&back={cluster}")
    assert console.address(PROD, SnapshotId("s-1")) == "https://console/prod/c-1?open=s-1&back=c-1"


def test_what_is_put_in_stays_in_its_place():
    """No id can lead to another address, or bring a place of its own."""
    odd = ClusterRef(CloudName("a/b"), ClusterId("{snapshot}"))
    address = Console("https://console/{cloud}/{cluster}/{snapshot}").address(odd, SnapshotId("s&t#?"))
    assert address == "https://console/a%2Fb/%7Bsnapshot%7D/s%26t%23%3F"


def test_without_an_address_nothing_is_linked():
    """Nobody gave one: nothing is guessed."""
    assert NO_CONSOLE.address(PROD, SnapshotId("s-1")) == ""


@pytest.mark.parametrize("template", ["https://c/{region}", "https://c/{", "https://c/}", "https://c/{{cloud}}", "{}"])
def test_other_braces_are_refused(template: str):
    """A typing error isn't found by who presses the link."""
    with pytest.raises(ValueError, match="can stand in braces"):
        Console(template)
