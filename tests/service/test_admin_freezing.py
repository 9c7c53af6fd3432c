"""Freezes by admins of whatever they reach: what waits meanwhile goes on afterwards."""

from __future__ import annotations

import pytest

from bot.core.approval import Meanwhile
from bot.core.ids import FreezeId
from bot.core.request import State
from bot.core.scope import Scope
from bot.service.admin_freezing import FreezeWish
from tests.harness.working import CLEO, Bench, actor


@pytest.mark.parametrize("on", [Scope(), Scope(cluster="dwh-*")])
async def test_what_it_holds_goes_on_when_it_is_ended(bench: Bench, on: Scope):
    """An approved request starts at once, and not before; the worker is woken both times."""
    request = await bench.approved()
    wish = FreezeWish(on, "3h", "quarter end", Meanwhile.HOLD, passes_break_glass=False)
    done, _ = await bench.service.admin_freezing.freeze(actor(CLEO), wish, freeze_id=FreezeId("F-V1"))
    assert bench.woken.is_set()
    assert [r.id for r in done.holds] == [request.id]
    await bench.turn()
    assert bench.now(request).state is State.APPROVED
    bench.woken.clear()
    assert (await bench.service.admin_freezing.end(actor(CLEO), done.freeze.id)).was_on
    assert bench.woken.is_set()
    await bench.turn()
    assert bench.now(request).state is State.CREATING
