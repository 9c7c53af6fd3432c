"""What channels hear of a deletion: that it is done, once, and not as something that was done elsewhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.holdings import Holdings
from bot.core.ids import RequestId, SnapshotId
from bot.core.outside import outside_news
from bot.core.request import Kind, State
from bot.core.snapshot import Outcome, Snapshot
from bot.core.subscriptions import Heard, news_of
from tests.harness.facts import NOW, REF, in_state

MADE = in_state(State.AVAILABLE, snapshot_id=SnapshotId("s1"))
THERE = Snapshot(SnapshotId("s1"), MADE.name, REF.id, Outcome.AVAILABLE)
DELETION = in_state(State.SUBMITTING, id=RequestId("R-9QW2"), kind=Kind.DELETE, snapshot_id=THERE.id, deletes=MADE.id)


@pytest.mark.parametrize("state", State)
def test_only_that_it_is_done_is_told(state: State):
    """Neither that it was asked for, nor that it failed: the snapshot is what it was."""
    news = news_of(DELETION, replace(DELETION, state=state))
    assert (news.event if news else None) == (Heard.DELETED if state is State.DELETED else None)
    assert news_of(None, replace(DELETION, state=State.WAITING)) is None


def test_what_we_delete_nobody_did_elsewhere():
    """The look that shows it no more comes before the end of its request, which tells it."""
    before, seen = Holdings(NOW, {}, (THERE,)), Holdings(NOW, {}, ())
    asked = {THERE.id: MADE}
    (told,) = outside_news(REF.cloud, before, seen, asked=asked, running=[])
    assert (told.event, told.outside) == (Heard.DELETED, True)
    assert outside_news(REF.cloud, before, seen, asked=asked, running=[DELETION]) == []
