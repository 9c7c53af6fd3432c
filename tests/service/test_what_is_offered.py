"""What somebody is offered: to ask (again), their own newest request, a form that was sent."""

from __future__ import annotations

import pytest

from bot.core.access import NotAllowed
from bot.core.grants import Grant, Role
from bot.core.ids import Principal
from bot.core.person import Standing
from bot.core.scope import Scope
from tests.harness.working import ADA, ANA, BEN, CLEO, Bench, actor


async def test_to_ask_is_offered_to_those_who_may(bench: Bench):
    """It takes the right to ask on that very cluster, and an active account."""
    bench.store.given = [
        g for g in bench.store.given if (g.holder, g.scope.cluster) != (Principal(ADA), bench.dev.ref.id)
    ]
    offered = bench.service.reviews.may_ask
    assert await offered(actor(ANA), bench.dev.ref)
    assert await offered(actor(ADA), bench.prod.ref)
    assert not await offered(actor(ADA), bench.dev.ref)
    assert not await offered(actor(BEN), bench.prod.ref)
    bench.people.add(ANA, Standing.DEACTIVATED)
    assert not await offered(actor(ANA), bench.dev.ref)


async def test_an_admin_is_offered_nothing_by_that_alone(bench: Bench):
    """An admin by setting or by grant hands out the right to ask; they don't have it."""
    bench.store.given.append(Grant(Principal(BEN), Role.ADMIN, Scope(), CLEO, bench.clock.now()))
    assert not await bench.service.reviews.may_ask(actor(CLEO), bench.prod.ref)
    assert not await bench.service.reviews.may_ask(actor(BEN), bench.prod.ref)


async def test_the_newest_is_the_last_of_ones_own(bench: Bench):
    """Of two requests the later one, and nobody else's."""
    await bench.ask("first-1")
    bench.clock.advance(1)
    second = await bench.ask("second-1")
    bench.clock.advance(1)
    await bench.ask("hers-1", by=ADA)
    found = await bench.service.reviews.newest_of(actor(ANA))
    assert found is not None
    assert found.request.id == second.id


async def test_the_newest_is_refused_to_who_is_no_member(bench: Bench):
    """A deactivated account learns nothing of its own requests either, and the refusal is on record as a look."""
    await bench.ask()
    bench.people.add(ANA, Standing.DEACTIVATED)
    with pytest.raises(NotAllowed):
        await bench.service.reviews.newest_of(actor(ANA))
    assert [(e.actor, e.action, e.rule) for e in bench.store.log][-1] == (ANA, "view.refused", "not-a-member")
