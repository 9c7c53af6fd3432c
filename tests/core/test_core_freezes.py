"""What keeps snapshots from starting: freezes and closed windows, alone and together."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.core.approval import ApprovalRule, Meanwhile
from bot.core.freezes import Closure, Freeze, closed_time, closures, refusing
from bot.core.hours import Hours, open_time
from bot.core.ids import FreezeId
from bot.core.scope import Scope
from bot.core.scoped_rules import ClusterRule
from bot.core.why import Code, Why

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = datetime(2026, 11, 27, 17, 5, tzinfo=UTC)
MONDAY = datetime(2026, 11, 30, 5, tzinfo=UTC)
FREEZE = Freeze(FreezeId("F-1"), Scope(), "quarter end", "U0CLEO", FRIDAY, MONDAY)
NIGHTS = ClusterRule(ApprovalRule(closed=(Hours(tuple(range(7)), time(22), time(6)),)), set_by="cli:root")


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def test_a_freeze_is_on_until_its_end_or_until_somebody_ends_it():
    """Half open; a clock that shows less than when it was made doesn't lift it."""
    assert [FREEZE.is_on(at) for at in (FRIDAY - hours(99), FRIDAY, MONDAY - hours(0.01), MONDAY)] == [True] * 3 + [
        False
    ]
    assert replace(FREEZE, until=None).is_on(MONDAY + timedelta(days=999))
    assert not replace(FREEZE, ended_at=MONDAY).is_on(FRIDAY)  # whatever the clock shows: it was ended


def test_what_is_told_ends_last():
    """Of several, and a freeze that nobody has given an end before all; what is over isn't among them."""
    endless = replace(FREEZE, until=None, reason="incident")
    sooner = replace(FREEZE, until=FRIDAY + hours(1))
    over = replace(FREEZE, until=FRIDAY)
    found = closures([sooner, over, endless, FREEZE], ClusterRule(), FRIDAY, UTC)
    assert [c.freeze for c in found] == [endless, FREEZE, sooner]
    assert found[0].why == Why(Code.FROZEN, {"by": "U0CLEO", "reason": "incident"})
    until = MONDAY.isoformat()
    assert found[1].why == Why(Code.FROZEN, {"by": "U0CLEO", "reason": "quarter end", "until": until})


def test_a_closed_window_is_one_too():
    """By the rule's zone, over midnight; beside a freeze."""
    assert closures([], NIGHTS, FRIDAY, BERLIN) == ()
    night = FRIDAY + hours(4)
    (window,) = closures([], NIGHTS, night, BERLIN)
    assert window == Closure(datetime(2026, 11, 28, 5, tzinfo=UTC), Meanwhile.HOLD, "cli:root")
    assert window.why == Why(Code.WINDOW_CLOSED, {"by": "cli:root", "until": "2026-11-28T05:00:00+00:00"})
    assert [c.freeze for c in closures([FREEZE], NIGHTS, night, BERLIN)] == [FREEZE, None]


def test_one_that_refuses_is_enough():
    """Requests are held only where everything says so."""
    refuses = replace(FREEZE, meanwhile=Meanwhile.REFUSE, until=FRIDAY + hours(1))
    found = closures([FREEZE, refuses], ClusterRule(), FRIDAY, UTC)
    assert (refused := refusing(found)) is not None
    assert refused.freeze == refuses
    assert refusing(closures([FREEZE], ClusterRule(), FRIDAY, UTC)) is None


def test_time_that_was_closed_is_known_afterwards():
    """Until a freeze's end, or until somebody has ended it; with the windows of the rule, what overlaps once."""
    ended = replace(FREEZE, until=None, ended_at=FRIDAY + hours(2))
    for freezes, rule, passed in (
        ([FREEZE], ClusterRule(), hours(0)),
        ([ended], ClusterRule(), MONDAY - FRIDAY - hours(2)),
        ([ended, ended], ClusterRule(), MONDAY - FRIDAY - hours(2)),
        ([], NIGHTS, MONDAY - FRIDAY - hours(3 * 8)),
        ([ended], NIGHTS, MONDAY - FRIDAY - hours(3 * 8 + 2)),
    ):
        closed = closed_time(freezes, rule, FRIDAY, MONDAY, BERLIN)
        assert open_time((), FRIDAY, MONDAY, BERLIN, closed=closed) == passed
