"""Isn't there and isn't yours are one answer, for who may not act here at all and for members without a right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bot.core.access import Action, NotAllowed, Reason
from bot.core.errors import CloudUnavailable, InputError, NotFound
from bot.core.grants import Role
from bot.core.ids import ChannelId, CloudName, ClusterId, ClusterRef, MessageRef, RequestId
from bot.core.person import Standing
from bot.core.phrase import Phrase
from bot.core.record import WINDOW
from bot.service import Ask, Listed
from bot.slack.drawing import rights
from bot.words import say, utc
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, DAN, Bench, actor

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
async def test_who_is_no_member_learns_of_nothing_whether_it_is_there(bench: Bench, standing: Standing, name: str):
    """By what they read, and by what is on record, a request or cluster that isn't there is like one that is."""
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


async def refused_as(bench: Bench, name: str, request: RequestId, ref: ClusterRef) -> tuple[str, str]:
    """Return what dan reads where he names *request* or *ref*, and all that it is made of."""
    with pytest.raises((NotAllowed, NotFound)) as refused:
        await NAMED[name](bench, request, ref)
    error = refused.value
    if isinstance(error, NotAllowed):
        return rights.refusal(error.decision, company="Acme"), repr(replace(error.decision, action=Action.VIEW))
    return say(error), type(error).__name__


@pytest.mark.parametrize("right_elsewhere", [False, True], ids=["no right", "a right elsewhere"])
@pytest.mark.parametrize("name", NAMED)
async def test_a_member_without_a_right_there_learns_of_nothing_whether_it_is_there(
    bench: Bench, right_elsewhere: bool, name: str
):
    """One answer for a request or cluster that isn't there, in any cloud, and for one that isn't theirs.

    As much is asked of Slack and the cloud, and as much is written: who measures the time learns as little.
    """
    bench.people.add(DAN)
    if right_elsewhere:
        bench.grant(DAN, Role.REQUEST, bench.dev)
    bench.grant(BEA, Role.ADMIN, bench.prod)  # whose name would say that there is something to administer
    kept = await bench.ask()
    bench.clock.advance(60)
    nowhere = [
        ClusterRef(cloud, ClusterId("11111111-2222-4333-8444-555555555555"))
        for cloud in map(CloudName, ("default", "gone"))
    ]
    told, cost = [], []
    for request, ref in [(kept.id, kept.cluster), *((NO_REQUEST, ref) for ref in nowhere)]:
        bench.clock.advance(WINDOW.total_seconds())  # the same refusal soon after would only be counted
        before = len(bench.people.asked), len(bench.cloud.calls), len(bench.store.log), len(bench.channels.asked)
        told.append(await refused_as(bench, name, request, ref))
        after = len(bench.people.asked), len(bench.cloud.calls), len(bench.store.log), len(bench.channels.asked)
        cost.append([b - a for a, b in zip(before, after, strict=True)])
    assert told == [told[0]] * 3
    assert cost == [cost[0]] * 3
    assert bench.store.log[-1].actor == DAN


@pytest.mark.parametrize("action", [Action.REQUEST, Action.VIEW])
@pytest.mark.parametrize("right_elsewhere", [False, True], ids=["no right", "a right elsewhere"])
@pytest.mark.parametrize("failing", [False, True], ids=["seen", "not seen for hours"])
async def test_a_name_that_is_typed_tells_nothing(action: Action, right_elsewhere: bool, failing: bool):
    """A name, an id, and either with its cloud: the words are the same where the cloud has no such cluster."""
    prod = Bench().prod.ref
    for typed in ("dwh-prod", "DWH-PROD", "prod", prod.id, str(prod), f"elsewhere/{prod.id}"):
        said = []
        for is_there in (True, False):
            bench = Bench()
            bench.people.add(DAN)
            if right_elsewhere:
                bench.grant(DAN, Role.REQUEST, bench.dev)
            if not is_there:
                del bench.cloud.known_clusters[prod.id]
            await bench.inventory.look(bench.cloud.name)
            if failing:
                bench.clock.advance(3600)
                bench.cloud.failing = [CloudUnavailable("503")] * 99
            with pytest.raises(InputError) as refused:
                await bench.service.naming.resolve(actor(DAN), typed, action)
            said.append(say(refused.value, when=utc(bench.clock.now())).replace(typed, "…"))
            assert [(e.actor, e.rule, e.cluster) for e in bench.store.log] == [(DAN, "no-grant", None)]
        assert said[0] == said[1]
        assert ("default" in said[0], "prod" in said[0]) == (False, False)
        assert ("hasn't answered since" in said[0]) is (failing and right_elsewhere)


async def test_an_admin_of_one_cluster_is_none_of_another(bench: Bench):
    """They see the requests of theirs, in lists as one by one; nobody is told that they could help with another."""
    bench.people.add(DAN)
    bench.grant(DAN, Role.ADMIN, bench.dev)
    theirs, other = await bench.ask("nightly-1", cluster=bench.dev), await bench.ask("nightly-2")
    seen = await bench.service.reviews.page(actor(DAN), Listed.ALL)
    assert [f.request.id for f in seen.requests] == [theirs.id]
    assert (await bench.service.reviews.review(actor(DAN), theirs.id)).facts.admins == (DAN, CLEO)
    assert (await bench.service.reviews.facts(other)).admins == (CLEO,)
    with pytest.raises(NotFound):
        await bench.service.reviews.review(actor(DAN), other.id)
    assert await bench.service.naming.resolve(actor(DAN), "dwh-dev", Action.VIEW) == bench.dev.ref
    with pytest.raises(InputError):
        await bench.service.naming.resolve(actor(DAN), "dwh-prod", Action.VIEW)


async def test_who_has_a_request_of_their_own_may_name_its_cluster(bench: Bench):
    """Without any right on it left: they see that request in the list by its cluster, as in the list of all."""
    kept = await bench.ask()
    bench.revoke(ANA)
    assert await bench.service.naming.resolve(actor(ANA), "dwh-prod", Action.VIEW) == kept.cluster
    with pytest.raises(InputError):
        await bench.service.naming.resolve(actor(ANA), "dwh-dev", Action.VIEW)
    with pytest.raises(InputError):
        await bench.service.naming.resolve(actor(ANA), "dwh-prod")


async def test_who_stands_before_the_card_reads_who_can(bench: Bench):
    """The card in the channel names request and cluster already; the same click from anywhere else says nothing."""
    bench.people.add(DAN)
    kept, other = await bench.ask("nightly-1"), await bench.ask("nightly-2")
    await bench.tell()
    at = {p.facts.request.id: p.ref for p in bench.messenger.cards}
    with pytest.raises(NotAllowed) as refused:
        await bench.service.approvals.approve(actor(DAN), kept.id, at=at[kept.id])
    assert refused.value.decision.who_can == (BEN, BEA)
    with pytest.raises(NotAllowed):
        await bench.service.reviews.review(actor(DAN), kept.id, at=at[kept.id])
    for elsewhere in (None, at[other.id], MessageRef(at[kept.id].channel, "1.000000")):
        with pytest.raises(NotFound):
            await bench.service.approvals.approve(actor(DAN), kept.id, at=elsewhere)


async def test_the_second_copy_of_a_form_answers_only_who_sent_the_first(bench: Bench):
    """Another person's form with the id of one that was sent is a form of its own."""
    first = await bench.ask("nightly-1")
    assert await bench.ask("nightly-1") == first
    ask = Ask(bench.prod.ref, "nightly-9", "", None)
    second = await bench.service.intake.ask(actor(ADA), ask, origin="view:nightly-1")
    assert (second.requester, second.id != first.id) == (ADA, True)
    bench.people.add(DAN)
    with pytest.raises(NotAllowed):
        await bench.service.intake.ask(actor(DAN), ask, origin="view:nightly-1")
    bench.people.add(ANA, Standing.GUEST)
    with pytest.raises(NotAllowed):
        await bench.ask("nightly-1")


async def test_a_channel_is_looked_at_only_for_who_may_ask(bench: Bench):
    """How a channel is called and whether it can be used isn't said to who has no right on the cluster."""
    bench.people.add(DAN)
    secret = ChannelId("C0SECRET")
    bench.channels.problems[secret] = Phrase("channel-archived", {"channel": "#secret"})
    with pytest.raises(NotAllowed):
        await bench.service.intake.ask(actor(DAN), Ask(bench.prod.ref, "nightly-9", "", secret), origin="view:9")
    with pytest.raises(InputError) as refused:
        await bench.service.intake.ask(actor(DAN), Ask(None, "nightly-9", "", secret), origin="view:9")
    assert refused.value.fields.keys() == {"cluster"}
    assert bench.channels.asked == []
