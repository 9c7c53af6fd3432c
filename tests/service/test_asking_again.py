"""Ask again: the form opens with the name of then, where a new request may have it."""

from __future__ import annotations

from tests.harness.working import ANA, Bench, actor


async def test_the_name_that_is_free_again_is_offered_again(bench: Bench):
    """Not while it is taken in the cloud or by what is open; and a suggestion of then is of then."""
    again = bench.service.asking_again
    ended = await bench.service.approvals.withdraw(actor(ANA), (await bench.ask()).id)
    assert await again.name(ended) == "nightly-1"
    await bench.ask("Nightly-1")
    assert await again.name(ended) == ""
    made = await bench.until_final(await bench.approved("nightly-2"))
    await bench.inventory.look(bench.prod.ref.cloud)
    assert await again.name(made) == ""
    suggested = await bench.ask("dwh-prod-20261123-140512")
    assert await again.name(await bench.service.approvals.withdraw(actor(ANA), suggested.id)) == ""
