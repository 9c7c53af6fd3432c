"""Who sees what: single requests, lists, App Home; and rights handed out by the command line."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.core.access import NotAllowed, Reason
from bot.core.approval import ApprovalRule
from bot.core.errors import CloudUnavailable, NotFound
from bot.core.grants import Grant, Role, Terms
from bot.core.ids import ChannelId, Principal, PrincipalKind, RequestId, UserId
from bot.core.person import Standing
from bot.core.request import State
from bot.core.scope import Scope
from bot.service import Listed
from bot.service.administration import Administration
from bot.service.whole_lists import COUNTED, Rest
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, DAN, Bench, actor


async def test_a_review_says_what_one_may_do_and_why(bench: Bench):
    """The approver may approve, the requester withdraw, an admin only look; somebody else not even that."""
    request = await bench.ask()
    looking = bench.service.reviews
    for who, approves, withdraws in ((BEN, True, False), (ANA, False, True), (CLEO, False, False), (ADA, False, False)):
        seen = await looking.review(actor(who), request.id)
        assert (seen.approve.allowed, seen.withdraw.allowed) == (approves, withdraws)
        assert seen.facts.approvers == (BEN, BEA)
    with pytest.raises(NotFound):
        await looking.review(actor(DAN), request.id)
    with pytest.raises(NotFound):
        await looking.review(actor(BEN), RequestId("R-NONE"))


async def test_lists_have_what_one_may_see(bench: Bench):
    """One's own, what one holds a right on, everything for admins, nothing for others; newest first."""
    first = await bench.ask("nightly-1")
    bench.clock.advance(1)
    second = await bench.ask("dev-1", cluster=bench.dev)
    bench.store.given = [
        g for g in bench.store.given if not (g.holder == Principal(BEN) and g.scope.cluster == bench.dev.ref.id)
    ]

    async def sees(who: UserId) -> list[RequestId]:
        return [f.request.id for f in (await bench.service.reviews.page(actor(who), Listed.ALL)).requests]

    assert await sees(ANA) == [second.id, first.id]
    assert await sees(BEN) == [first.id]
    assert await sees(CLEO) == [second.id, first.id]
    assert await sees(DAN) == []
    assert (await bench.service.reviews.page(actor(CLEO), Listed.ALL, cluster=bench.dev.ref)).total == 1
    assert len((await bench.service.reviews.page(actor(CLEO), Listed.ALL, size=1)).requests) == 1


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
async def test_who_is_no_member_is_refused_and_it_is_on_record(bench: Bench, standing: Standing):
    """An empty list would say nothing: the refusal says why."""
    await bench.ask()
    bench.people.add(BEN, standing)
    with pytest.raises(NotAllowed) as refused:
        await bench.service.reviews.page(actor(BEN), Listed.ALL)
    assert refused.value.decision.person.standing is standing
    assert (bench.store.log[-1].actor, bench.store.log[-1].action) == (BEN, "view.refused")


async def test_home_has_what_waits_what_is_mine_and_what_ended(bench: Bench):
    """A request moves from "waits for me" to "ended lately"; what one voted on no longer waits for one."""
    request = await bench.ask(need=2)
    looking = bench.service.reviews
    assert [f.request.id for f in (await looking.overview(actor(BEN))).waiting_for_me] == [request.id]
    await bench.service.approvals.approve(actor(BEN), request.id)
    assert (await looking.overview(actor(BEN))).waiting_for_me == ()
    home = await looking.overview(actor(ANA))
    assert [f.request.id for f in home.mine] == [request.id]
    assert home.may_request
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    ended = await looking.overview(actor(BEA))
    assert (ended.waiting_for_me, [f.request.state for f in ended.recent]) == ((), [State.WITHDRAWN])
    assert not ended.may_request
    assert (await looking.overview(actor(DAN))).recent == ()


async def test_facts_ask_the_cloud_for_nothing(bench: Bench):
    """A card is drawn from what is known: drawing must not wait for the cloud."""
    request = await bench.ask()
    bench.cloud.calls.clear()
    facts = await bench.service.reviews.facts(request)
    assert facts.cluster is not None
    assert bench.cloud.calls == []


async def test_facts_say_when_the_cloud_was_seen(bench: Bench):
    """As it is within the poll time; then since when nobody looked; then since when the cloud hasn't answered."""
    request = await bench.ask()
    seen_at = bench.clock.now()
    for seconds, old in ((15, False), (1, True)):
        bench.clock.advance(seconds)
        age = (await bench.service.reviews.facts(request)).age
        assert (age.seen_at, age.is_old, age.is_silent) == (seen_at, old, False)
    bench.cloud.failing = [CloudUnavailable("503")] * 9
    assert (await bench.service.reviews.overview(actor(ANA))).mine[0].age == age, "Home asks no cloud"
    await bench.inventory.glance(bench.cloud.name)
    home = await bench.service.reviews.overview(actor(ANA))
    for age in (home.mine[0].age, home.ages[bench.cloud.name], (await bench.service.reviews.facts(request)).age):
        assert (age.seen_at, age.is_old, age.is_silent) == (seen_at, True, True)
    bench.start()
    never = (await bench.service.reviews.facts(request)).age
    assert (never.seen_at, never.started_at, never.is_old) == (None, bench.clock.now(), True)


async def test_who_asks_is_named_where_no_mention_can_stand(bench: Bench):
    """The confirmation of a waiting request names its requester; Slack isn't asked for others, nor needed."""
    bench.people.add(ANA, name="Ana")
    request = await bench.ask()
    assert (await bench.service.reviews.facts(request)).asker == "Ana"
    assert (await bench.service.reviews.overview(actor(BEN))).waiting_for_me[0].asker == "Ana"
    bench.people.gone = True
    assert (await bench.service.reviews.facts(request)).asker == ""


async def test_home_says_why_there_is_nothing_to_ask_for(bench: Bench):
    """No right, or a cloud that isn't seen: two reasons, and never the one for the other."""
    bench.cloud.failing = [CloudUnavailable("503")] * 99
    ana = await bench.service.reviews.overview(actor(ANA))
    dan = await bench.service.reviews.overview(actor(DAN))
    assert (ana.may_request, ana.nothing) == (False, None)
    assert dan.nothing is not None
    assert dan.nothing.reason is Reason.NO_GRANT


async def test_a_delivery_is_new_once(bench: Bench):
    """The second copy of an inbound event is known."""
    assert await bench.service.first_time("event:1")
    assert not await bench.service.first_time("event:1")


async def test_rights_and_rules_are_changed_on_record(bench: Bench):
    """Each change names who did it; what changes nothing leaves no entry."""
    admin = Administration(store=bench.store, by="cli:root")
    dan, scope = Principal(DAN), Scope(bench.prod.ref.cloud, bench.prod.ref.id)
    _, given = await admin.grant(dan, Role.APPROVE, scope, Terms(), cluster_name="dwh-prod")
    request = await bench.ask()
    assert (await bench.service.approvals.approve(actor(DAN), request.id)).state is State.APPROVED
    assert await admin.revoke(dan, None, scope) == 1
    assert await admin.revoke(dan, None, scope) == 0
    both = ApprovalRule.of(2)
    before, after = await admin.rule(scope, stages=both.stages)
    assert (before.approval, after.approval) == (ApprovalRule.of(1), both)
    before, after = await admin.rule(scope, channel=ChannelId("C1"))
    assert (before.channel, after.channel, after.approval) == (None, "C1", both)
    assert (await admin.rule(scope, stages=both.stages))[0] == after
    mine = [(e.action, json.loads(e.detail)) for e in bench.store.log if e.actor == "cli:root"]
    (none, there), (was, gone) = ((facts.pop("before", None), facts.pop("after", None)) for _, facts in mine[:2])
    assert (none, gone, was) == (None, None, there)  # the whole grant, so that it can be put back
    place = {"cloud": bench.prod.ref.cloud, "cluster": bench.prod.ref.id}
    granted = {"grant": given.id, "holder": DAN, "role": "approve", **place}
    one, two = ({"stages": [{"need": n}], "own": "never", "while_closed": "hold"} for n in (1, 2))
    when = bench.clock.now().isoformat()
    last = {"approval": two, "set_by": "cli:root", "set_at": when}
    assert mine == [
        ("grant.added", granted),
        ("grant.removed", granted),
        ("rule.set", place | {"before": {"approval": one}, "after": last}),
        ("rule.set", place | {"before": last, "after": last | {"channel": "C1"}}),
    ]


async def many(bench: Bench, number: int) -> list[RequestId]:
    """Let so many requests wait on dwh-prod, and return them in the order in which they expire."""
    made = []
    for n in range(number):
        made.append((await bench.ask(f"nightly-{n}")).id)
        bench.clock.advance(1)
    return made


async def test_a_long_list_is_counted_as_far_as_its_words_need(bench: Bench):
    """Up to a hundred exactly, then "more than"; every page is there all the same, also the last."""
    made = await many(bench, COUNTED + 15)
    looking = bench.service.reviews
    home = await looking.overview(actor(BEN))
    assert [f.request.id for f in home.waiting_for_me] == made[:8]
    assert home.more_waiting == Rest(COUNTED - 8, goes_on=True)
    assert (await looking.overview(actor(ANA))).more_mine == Rest(COUNTED - 8, goes_on=True)
    first = await looking.page(actor(BEN), Listed.WAITING)
    assert (first.total, first.goes_on, first.more) == (COUNTED, True, Rest(COUNTED - 10, goes_on=True))
    last = await looking.page(actor(BEN), Listed.WAITING, first=COUNTED + 10)
    assert [f.request.id for f in last.requests] == made[COUNTED + 10 :]
    assert (last.total, last.goes_on, bool(last.more)) == (COUNTED + 15, False, False)
    shorter = await looking.page(actor(BEN), Listed.ALL, first=500)
    assert [f.request.id for f in shorter.requests] == made[4::-1]
    assert (shorter.first, shorter.total) == (COUNTED + 10, COUNTED + 15)


async def test_what_one_has_voted_on_doesnt_hide_what_waits(bench: Bench):
    """Who has voted on a hundred that expire sooner still sees the others; their own never wait for them."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    await bench.ask("bens", by=BEN)
    made = [(await bench.ask(f"nightly-{n}", need=2)).id for n in range(COUNTED + 5)]
    for request in made[: COUNTED + 3]:
        await bench.service.approvals.approve(actor(BEN), request)
    page = await bench.service.reviews.page(actor(BEN), Listed.WAITING)
    assert [f.request.id for f in page.requests] == made[COUNTED + 3 :]
    assert (await bench.service.reviews.page(actor(BEA), Listed.WAITING)).goes_on


@pytest.mark.parametrize("where", ["*", "dwh-*", "one by one"])
async def test_a_denial_leaves_the_rest_visible(bench: Bench, where: str):
    """Who may see all, or names that begin alike, or two clusters, sees all but the one that is denied to them."""
    await bench.ask("nightly-1")
    dev = await bench.ask("dev-1", cluster=bench.dev)
    bench.revoke(BEN)
    scopes = [Scope.of(c.ref) for c in (bench.prod, bench.dev)] if where == "one by one" else [Scope(cluster=where)]
    given = [Grant(Principal(BEN), Role.APPROVE, s, CLEO, bench.clock.now()) for s in scopes]
    denied = replace(given[0], scope=Scope.of(bench.prod.ref), denies=True)
    bench.store.given += [*given, denied]
    for what in (Listed.ALL, Listed.WAITING):
        page = await bench.service.reviews.page(actor(BEN), what)
        assert [f.request.id for f in page.requests] == [dev.id]


async def test_what_is_denied_to_a_group_that_is_gone_is_in_no_list(bench: Bench):
    """Nobody knows who was in it, so it is denied to all, in lists as in a review."""
    request = await bench.ask("nightly-1")
    dev = await bench.ask("dev-1", cluster=bench.dev)
    gone = Principal("S0GONE", PrincipalKind.GROUP)
    scope, now = Scope.of(bench.prod.ref), bench.clock.now()
    bench.store.given += [Grant(gone, role, scope, CLEO, now, denies=True) for role in Role]
    for what in (Listed.ALL, Listed.WAITING):
        page = await bench.service.reviews.page(actor(BEN), what)
        assert [f.request.id for f in page.requests] == [dev.id]
    with pytest.raises(NotFound):
        await bench.service.reviews.review(actor(BEN), request.id)


@pytest.mark.parametrize("standing", [s for s in Standing if s is not Standing.MEMBER])
async def test_who_is_no_member_has_nothing_on_home_whatever_they_were_given(bench: Bench, standing: Standing):
    """Rights on everything, being an admin by the settings, requests of their own: none of it counts now."""
    await bench.ask()
    await bench.service.approvals.withdraw(actor(ANA), (await bench.ask("nightly-2")).id)
    bench.store.given += [
        Grant(Principal(user), role, Scope(), CLEO, bench.clock.now()) for user in (ANA, CLEO) for role in Role
    ]
    for user in (ANA, CLEO):
        bench.people.add(user, standing)
        home = await bench.service.reviews.overview(actor(user))
        assert (home.waiting_for_me, home.recent, home.more_waiting) == ((), (), Rest(0))
        assert (await bench.service.reviews.summary(actor(user))).waiting == ()
