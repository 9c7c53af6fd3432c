"""Isn't there and isn't yours are one answer for who may not act here at all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from bot.core.access import NotAllowed, Reason, Standing
from bot.core.ids import CloudName, ClusterId, ClusterRef, RequestId
from bot.service import Ask
from bot.words import say
from tests.harness.working import DAN, Bench, actor

NO_REQUEST = RequestId("R-NONE")


def a_form(bench: Bench, ref: ClusterRef) -> Awaitable[object]:
    """Send the form for *ref*."""
    return bench.service.intake.ask(actor(DAN), Ask(ref, "nightly-9", "", None), origin="view:9")


NAMED: dict[str, Callable[[Bench, RequestId, ClusterRef], Awaitable[object]]] = {
    "look": lambda bench, request, _: bench.service.reviews.review(actor(DAN), request),
    "approve": lambda bench, request, _: bench.service.approvals.approve(actor(DAN), request),
    "decline": lambda bench, request, _: bench.service.approvals.decline(actor(DAN), request, "not tonight"),
    "withdraw": lambda bench, request, _: bench.service.approvals.withdraw(actor(DAN), request),
    "choose": lambda bench, _, ref: bench.service.intake.draft(actor(DAN), ref),
    "ask": lambda bench, _, ref: a_form(bench, ref),
}


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
@pytest.mark.parametrize("name", NAMED)
async def test_who_is_no_member_learns_of_nothing_whether_it_is_there(standing: Standing, name: str):
    """By what they read, and by what is on record, a request or cluster that isn't there is like one that is."""
    bench = Bench()
    bench.people.add(DAN, standing)
    kept = await bench.ask()
    clouds = (kept.cluster.cloud, CloudName("gone"))
    nowhere = [ClusterRef(cloud, ClusterId("11111111-2222-4333-8444-555555555555")) for cloud in clouds]
    told, recorded = [], []
    for request, ref in [(kept.id, kept.cluster), *((NO_REQUEST, ref) for ref in nowhere)]:
        with pytest.raises(NotAllowed) as refused:
            await NAMED[name](bench, request, ref)
        told.append((say(refused.value), refused.value.decision.reason, refused.value.decision.action))
        recorded.append((bench.store.log[-1].actor, bench.store.log[-1].action, bench.store.log[-1].rule))
    assert told == [told[0]] * 3
    assert recorded == [recorded[0]] * 3
    assert told[0][1] is Reason.NOT_A_MEMBER
