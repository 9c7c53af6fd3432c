"""Who may learn that a request or a cluster exists: everybody tries everything at the door, and the page says it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.harness.who_learns import observed, page

PAGE = Path(__file__).parents[2] / "docs" / "who-may-learn.md"
INVOLVED = ("requester", "other requester who may break glass", "approver", "admin of this cluster")
# members in the channel stand before the card, which itself names the request, its cluster and who decides
BEFORE_THE_CARD = {
    (action, kind)
    for action in ("Approve on the card", "Review… on the card", "Why? on the card")
    for kind in ("member without rights", "admin of another cluster")
}


@pytest.mark.timeout(600)
async def test_the_page_says_what_the_bot_answers_and_nobody_learns_more():
    """Who has nothing to do with the cluster reads the same, byte for byte but for what they typed, there or not."""
    found = await observed()
    differing = {
        (action, kind): (there.words, missing.words)
        for action, by_kind in found.items()
        for kind, (there, missing) in by_kind.items()
        if kind not in INVOLVED and there.but_for_what_was_typed != missing.but_for_what_was_typed
    }
    themselves = {("App Home", "the approver as of another workspace")}  # this event doesn't say as of which
    assert differing.keys() == BEFORE_THE_CARD | themselves, differing
    assert page(found) == PAGE.read_text(encoding="utf-8")
