"""A lease is judged by a clock that counts what was slept through."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.clock import elapsed
from bot.core.errors import StaleRequest
from bot.core.work import Lease, Work


def test_a_lease_holds_since_before_it_was_asked_for():
    """How long the answer took is a part of it; a renewal counts from its own beginning."""
    now = [100.0]
    lease = Lease(lambda: now[0])
    lease.require()  # nobody has said when it ends
    lease.hold(timedelta(seconds=30), since=now[0])
    for moment, holds in ((129.9, True), (130.0, False), (500.0, False)):
        now[0] = moment
        if holds:
            lease.require()
        else:
            with pytest.raises(StaleRequest):
                lease.require()
    lease.hold(timedelta(seconds=30), since=480.0)
    lease.require()


def test_work_is_what_it_is_about_and_not_how_long_it_is_held():
    """Two claims of the same differ in their token."""
    assert Work("item", 1, Lease(ends=5.0)) == Work("item", 1)
    assert Work("item", 1) != Work("item", 2)


def test_time_goes_on():
    """Forward, in seconds."""
    before = elapsed()
    assert before <= elapsed() < before + 60
