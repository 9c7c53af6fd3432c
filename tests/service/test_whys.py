"""Explanations are for those who may see what they are about; to the others it is as if it weren't there."""

from __future__ import annotations

import pytest

from bot.core.access import Action, NotAllowed, Reason
from bot.core.approval import ApprovalRule, Stage
from bot.core.errors import InputError, NotFound
from bot.core.grants import Grant, Role
from bot.core.ids import ClusterId, ClusterRef, RequestId
from bot.core.person import Standing
from bot.core.request import State
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.words import say
from tests.harness.working import ANA, BEA, BEN, CLEO, DAN, Bench, actor

NEVER = RequestId("R-2222")


async def test_an_approver_is_told_the_grant_through_their_group_and_who_else_can(bench: Bench):
    """By the rights and the rule of now; who has left the company isn't named."""
    group = bench.groups.put("S0DBA", BEN, BEA, handle="dba")
    bench.store.given = [Grant(group, Role.APPROVE, Scope("*", "dwh-*"), CLEO, bench.clock.now())]
    bench.grant(ANA, Role.REQUEST, bench.prod)
    request = await bench.ask()
    seen = await bench.service.whys.of_request(actor(BEN), request.id, Action.APPROVE)
    assert seen.why.decision.allowed
    assert seen.why.decision.grant == bench.store.given[0]
    assert (seen.why.others, seen.groups.handle(group)) == ((BEA,), "@dba")
    assert (seen.rule.scope, seen.request) == (Scope.of(bench.prod.ref), bench.now(request))
    bench.people.add(BEA, Standing.DEACTIVATED)
    assert (await bench.service.whys.of_request(actor(BEN), request.id, Action.APPROVE)).why.others == ()


async def test_the_rule_of_now_counts_while_it_waits_and_the_decided_one_after(bench: Bench):
    """A rule that was changed later isn't the one by which it was decided."""
    request = await bench.ask()
    two = ScopeRule(ApprovalRule(stages=(Stage(2),)), set_by=CLEO, set_at=bench.clock.now())
    bench.store.rules_set[Scope.of(bench.prod.ref)] = two
    seen = await bench.service.whys.of_request(actor(BEN), request.id, Action.APPROVE)
    assert (seen.why.place and seen.why.place.stage, seen.rule.set_by) == (Stage(2), CLEO)
    bench.store.rules_set.clear()
    await bench.service.approvals.approve(actor(BEN), request.id)
    bench.store.rules_set[Scope.of(bench.prod.ref)] = two
    seen = await bench.service.whys.of_request(actor(BEA), request.id, Action.APPROVE)
    assert bench.now(request).state is State.APPROVED
    assert (seen.rule.approval, seen.rule.scope, seen.why.place) == (ApprovalRule(), None, None)


async def test_a_request_that_isnt_theirs_to_see_is_as_if_it_werent_there(bench: Bench):
    """The same error, and each is on record."""
    bench.people.add(DAN, Standing.MEMBER)
    request = await bench.ask()
    for asked in (request.id, NEVER):
        with pytest.raises(NotFound):
            await bench.service.whys.of_request(actor(DAN), asked, Action.APPROVE)
    refused = [e.rule for e in bench.store.log if e.action == "view.refused"]
    assert refused == ["no-grant", "no-grant"]


async def test_a_cluster_that_isnt_theirs_to_see_is_as_if_it_werent_there(bench: Bench):
    """The refusal hides which it was."""
    bench.people.add(DAN, Standing.MEMBER)
    nowhere = ClusterRef(bench.prod.ref.cloud, ClusterId("11111111-2222-4333-8444-555555555555"))
    found = []
    for ref in (bench.prod.ref, nowhere):
        with pytest.raises(NotAllowed) as e:
            await bench.service.whys.of_cluster(actor(DAN), ref)
        found.append(e.value.decision)
    assert found[0] == found[1]
    assert (found[0].hides, found[0].about) == (True, "")
    seen = await bench.service.whys.of_cluster(actor(BEN), bench.prod.ref)
    assert (seen.why.decision.action, seen.why.decision.reason) == (Action.REQUEST, Reason.NO_GRANT)


@pytest.mark.parametrize("action", [Action.APPROVE, Action.DECLINE, Action.WITHDRAW])
async def test_a_refusal_says_of_what_it_may_be_explained(bench: Bench, action: Action):
    """Of a request to who may see it, in a channel full of others too; never to whom it is hidden."""
    bench.people.add(DAN, Standing.MEMBER)
    request = await bench.ask()
    with pytest.raises(NotAllowed) as e:
        await bench.service.authority.request(actor(CLEO), request.id, action)
    assert e.value.decision.about == request.id
    await bench.tell()
    (card,) = bench.store.told.values()
    with pytest.raises(NotAllowed) as e:
        await bench.service.authority.request(actor(DAN), request.id, action, at=card.ref)
    assert e.value.decision.about == ""


async def test_a_refusal_to_ask_may_be_explained_to_who_sees_the_cluster(bench: Bench):
    """An approver there; a stranger hears nothing of it."""
    bench.people.add(DAN, Standing.MEMBER)
    for who, about in ((BEN, str(bench.prod.ref)), (DAN, "")):
        with pytest.raises(NotAllowed) as e:
            await bench.service.authority.require(actor(who), Action.REQUEST, bench.prod)
        assert e.value.decision.about == about


async def test_what_others_may_do_is_for_admins_of_the_cluster(bench: Bench):
    """Of one's own rights everybody reads; of others' an admin, of that cluster and of no other."""
    seen = await bench.service.whys.of_person(actor(ANA), "DWH-PROD")
    assert (seen.own, seen.person.user, seen.cluster.ref) == (True, ANA, bench.prod.ref)
    assert [r.role for r in seen.roles if r.is_held] == [Role.REQUEST]
    bench.grant(BEA, Role.ADMIN, bench.prod)
    seen = await bench.service.whys.of_person(actor(BEA), "dwh-prod", ANA)
    assert (seen.own, seen.person.user, seen.admins) == (False, ANA, (BEA, CLEO))
    assert (await bench.service.whys.of_person(actor(BEN), "dwh-prod", BEN)).own
    for who, called, missing in ((BEN, "dwh-prod", "dwh-prad"), (BEA, "dwh-dev", "dwh-dex")):
        said = []
        for typed in (called, missing):
            with pytest.raises(InputError) as e:
                await bench.service.whys.of_person(actor(who), typed, ANA)
            said.append(say(e.value).replace(typed, "…"))
        assert said[0] == said[1]
        assert said[0].startswith("There is no cluster called …")


async def test_who_is_no_member_is_told_nothing_but_that(bench: Bench):
    """Before anything is looked up."""
    bench.people.add(ANA, Standing.GUEST)
    for user in (None, BEN):
        with pytest.raises(NotAllowed) as e:
            await bench.service.whys.of_person(actor(ANA), "dwh-prod", user)
        assert e.value.decision.reason is Reason.NOT_A_MEMBER
