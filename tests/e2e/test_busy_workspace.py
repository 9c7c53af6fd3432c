"""A workspace where others ask a lot: nobody's own requests are lost among theirs."""

from __future__ import annotations

import pytest

from bot.core.access import Grant, Role
from bot.core.ids import UserId
from bot.core.request import State
from tests.harness.working import ANA, BEN, CLEO, Bench, actor

ELSE = UserId("U0000ELSE")
MANY = 260  # more than are looked at where rights are wide


@pytest.fixture
async def bench() -> Bench:
    """Ana asked for dwh-prod once; since then somebody else has asked for dwh-dev again and again."""
    made = Bench()
    made.people.add(ELSE)
    made.store.grants = [g for g in made.store.grants if g.user in (ANA, BEN, CLEO) and g.cluster == made.prod.ref.id]
    ref = made.dev.ref
    made.store.grants.append(Grant(ELSE, Role.REQUEST, ref.cloud, ref.id, CLEO, made.clock.now(), "dwh-dev"))
    await made.ask("hers-1")
    for number in range(MANY):
        made.clock.advance(1)
        await made.ask(f"theirs-{number}", by=ELSE, cluster=made.dev)
    return made


async def test_ones_own_is_found_however_many_came_after(bench: Bench):
    """`/snapshot status` and the list have the request of somebody who asked long ago."""
    looking = bench.service.reviews
    newest = await looking.newest_of(actor(ANA))
    assert newest is not None
    assert newest.request.name == "hers-1"
    assert [f.request.name for f in await looking.visible(actor(ANA))] == ["hers-1"]


async def test_who_never_asked_has_no_newest(bench: Bench):
    """None where somebody never asked."""
    assert await bench.service.reviews.newest_of(actor(BEN)) is None


async def test_what_waits_for_an_approver_is_found_among_what_does_not(bench: Bench):
    """Home has the one request that waits for ben, though hundreds that don't are newer."""
    seen = await bench.service.reviews.overview(actor(BEN))
    assert [f.request.name for f in seen.waiting_for_me] == ["hers-1"]


async def test_what_ended_lately_is_what_one_may_see(bench: Bench):
    """Home's last part has what ended on the clusters of one's rights, whatever ended elsewhere since."""
    for request in list(bench.store.requests.values()):
        await bench.service.approvals.withdraw(actor(request.requester), request.id)
    seen = await bench.service.reviews.overview(actor(BEN))
    assert [(f.request.name, f.request.state) for f in seen.recent] == [("hers-1", State.WITHDRAWN)]


async def test_admins_see_the_newest_of_all(bench: Bench):
    """Whoever administers sees everything, the newest first."""
    seen = await bench.service.reviews.visible(actor(CLEO), limit=2)
    assert [f.request.name for f in seen] == [f"theirs-{MANY - 1}", f"theirs-{MANY - 2}"]
