"""What the record has of each use case: who, what, by which rule, of which request and cluster."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import timedelta

import pytest

from bot.core.access import NotAllowed
from bot.core.approval import Stage
from bot.core.grants import NoAdminLeft, Role, Terms
from bot.core.ids import ChannelId, Principal, RequestId, UserId
from bot.core.person import EVERYONE, Standing
from bot.core.record import Entry, Fact, message_owed, stated
from bot.core.request import AlreadyDecided
from bot.core.scope import Scope
from bot.service import Ask
from bot.service.administration import Administration
from tests.harness.working import ADA, ANA, BEA, BEN, DAN, OPS, TEAM, Bench, actor


def entry(bench: Bench, who: str, action: str, rule: str = "", request_id: str | None = None, **more) -> Entry:
    """Return the entry of something that happened just now."""
    found = RequestId(request_id) if request_id else None
    return Entry(bench.clock.now(), who, action, rule, request_id=found, team=TEAM, **more)


async def test_a_request_is_on_record_with_what_was_asked(bench: Bench):
    """The name, and what it takes, by whose rule."""
    request = await bench.ask("nightly-1", need=2)
    rule: Fact = {"stages": [{"need": 2}], "own": "never", "while_closed": "hold"}
    what = stated(name="nightly-1", rule_of=str(Scope.of(bench.prod.ref)), rule=rule)
    assert bench.store.log == [
        entry(bench, ANA, "request.asked", "granted", request.id, cluster=bench.prod.ref, detail=what)
    ]


async def test_each_vote_is_on_record_with_its_comment(bench: Bench):
    """The one that decides as an approval, those before it as votes."""
    request = await bench.ask(need=2)
    bench.clock.advance(60)
    await bench.service.approvals.approve(actor(BEN), request.id, "fine by me")
    of_it = {"cluster": bench.prod.ref}
    said = stated(comment="fine by me", grant=bench.granted(BEN))
    assert bench.store.log[-1] == entry(bench, BEN, "request.voted", "granted", request.id, detail=said, **of_it)
    bench.clock.advance(60)
    await bench.service.approvals.approve(actor(BEA), request.id)
    said = stated(grant=bench.granted(BEA))
    assert bench.store.log[-1] == entry(bench, BEA, "request.approved", "granted", request.id, detail=said, **of_it)


async def test_a_refused_request_is_on_record_with_the_reason(bench: Bench):
    """What the approver wrote."""
    request = await bench.ask()
    bench.clock.advance(60)
    await bench.service.approvals.decline(actor(BEN), request.id, "not tonight")
    declined, owed = bench.store.log[-2:]
    assert owed == message_owed(declined, "result"), "the requester is to be told"
    assert declined == entry(
        bench,
        BEN,
        "request.declined",
        "granted",
        request.id,
        cluster=bench.prod.ref,
        detail='{"reason": "not tonight"}',
    )


async def test_a_withdrawal_is_on_record_as_the_requesters_own(bench: Bench):
    """By the rule that it is theirs."""
    request = await bench.ask()
    bench.clock.advance(60)
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    assert bench.store.log[-1] == entry(
        bench, ANA, "request.withdrawn", "own-request", request.id, cluster=bench.prod.ref
    )


async def test_each_refusal_is_on_record_with_its_rule(bench: Bench):
    """To ask without the right, to approve one's own, to look without an account."""
    request = await bench.ask()
    ask = Ask(cluster=bench.prod.ref, name="other-1", description="", channel=OPS)
    with pytest.raises(NotAllowed):
        await bench.service.intake.ask(actor(BEN), ask, origin="view:1")
    assert bench.store.log[-1] == entry(bench, BEN, "ask.refused", "no-grant", cluster=bench.prod.ref)
    with pytest.raises(NotAllowed):
        await bench.service.approvals.approve(actor(ANA), request.id)
    assert bench.store.log[-1] == entry(
        bench, ANA, "approve.refused", "nobody-approves-their-own", request.id, cluster=bench.prod.ref
    )
    bench.people.add(ADA, Standing.GUEST)
    with pytest.raises(NotAllowed):
        await bench.service.reviews.review(actor(ADA), RequestId("R-NONE"))
    assert bench.store.log[-1] == entry(bench, ADA, "view.refused", "not-a-member")


async def test_who_comes_too_late_is_on_record_once(bench: Bench):
    """Ten clicks on a card that was decided meanwhile are one entry, by the rule that it is decided."""
    request = await bench.ask()
    await bench.service.approvals.approve(actor(BEN), request.id)
    before = len(bench.store.log)
    for _ in range(10):
        with pytest.raises(AlreadyDecided):
            await bench.service.approvals.decline(actor(BEA), request.id, "no")
    late = entry(bench, BEA, "decline.refused", "already-decided", request.id, cluster=bench.prod.ref)
    assert bench.store.log[before:] == [late]


async def test_what_an_administrator_changes_is_on_record(bench: Bench):
    """Who did it, and what was so before; what changes nothing leaves no entry."""
    admin = Administration(store=bench.store, by="cli:root")
    dan, scope = Principal(DAN), Scope(bench.prod.ref.cloud, bench.prod.ref.id)
    terms = Terms(until=bench.clock.now() + timedelta(days=1), reason="on call", quiet=True)
    _, given = await admin.grant(dan, Role.REQUEST, scope, Terms(), cluster_name="dwh-prod")
    assert await admin.grant(dan, Role.REQUEST, scope, Terms()) == (given, given)
    await admin.grant(dan, Role.REQUEST, scope, terms)
    assert await admin.revoke(dan, Role.APPROVE, scope) == 0
    assert await admin.revoke(dan, None, scope) == 1
    _, wide = await admin.grant(dan, Role.ADMIN, Scope(), Terms())
    _, denial = await admin.grant(EVERYONE, Role.APPROVE, scope, Terms(), denies=True)
    assert await admin.revoke_one(denial.id) == denial
    assert await admin.revoke_one(denial.id) is None
    await admin.rule(scope, stages=(Stage(2),))
    await admin.rule(scope, stages=(Stage(2),))
    await admin.rule(scope, channel=ChannelId("C1"))
    ref = bench.prod.ref
    own = {"grant": given.id, "holder": DAN, "role": "request", "cloud": ref.cloud, "cluster": ref.id}
    later = {"until": terms.until and terms.until.isoformat(), "reason": "on call", "quiet": "yes"}
    all_of_them = own | {"grant": denial.id, "holder": "everyone", "role": "approve", "denies": "yes"}
    place = {"cloud": ref.cloud, "cluster": ref.id}
    by = {"set_by": "cli:root", "set_at": bench.clock.now().isoformat()}
    two = {"approval": {"stages": [{"need": 2}], "own": "never", "while_closed": "hold"}, **by}
    stated = [(e.action, e.cluster, json.loads(e.detail)) for e in bench.store.log]
    sides = [(facts.pop("before", None), facts.pop("after", None)) for _, ref_, facts in stated if ref_ is None]
    granted = {"holder": {"id": DAN, "kind": "person"}, "role": "request", "granted_by": "cli:root"}
    assert sides[0] == (None, sides[1][0])
    assert sides[0][1].items() >= (granted | {"cluster_name": "dwh-prod", "terms": {}, "id": given.id}).items()
    assert sides[1][1] == sides[2][0]
    assert stated == [
        ("grant.added", None, own),
        ("grant.added", None, own | later),
        ("grant.removed", None, own | later),
        ("grant.added", None, {"grant": wide.id, "holder": DAN, "role": "admin", "cloud": "*", "cluster": "*"}),
        ("grant.added", None, all_of_them),
        ("grant.removed", None, all_of_them),
        ("rule.set", ref, place | {"before": {}, "after": two}),
        ("rule.set", ref, place | {"before": two, "after": two | {"channel": "C1"}}),
    ]
    assert {(e.actor, e.at) for e in bench.store.log} == {("cli:root", bench.clock.now())}


async def test_a_grant_says_who_gave_it_and_when(bench: Bench):
    """And what the cluster was called then, where that is known."""
    admin = Administration(store=bench.store, by="cli:root")
    bench.clock.advance(60)
    scope = Scope(bench.prod.ref.cloud, bench.prod.ref.id)
    await admin.grant(Principal(BEN), Role.REQUEST, scope, Terms(), cluster_name="dwh-prod")
    given = bench.store.given[-1]
    assert (given.granted_by, given.granted_at, given.cluster_name) == ("cli:root", bench.clock.now(), "dwh-prod")
    await admin.grant(Principal(BEN), Role.ADMIN, Scope(), Terms())
    assert bench.store.given[-1].cluster_name == ""


async def test_a_deactivated_admin_is_none_who_stays(bench: Bench):
    """By what Slack says when the change is made; where nobody is asked, all count."""
    ben, dan = Principal(BEN), Principal(DAN)

    async def able(users: Collection[UserId]) -> Collection[UserId]:
        return [user for user in users if user != DAN]

    asked = Administration(store=bench.store, by="cli:root", able=able)
    for who in (ben, dan):
        await asked.grant(who, Role.ADMIN, Scope(), Terms())
    with pytest.raises(NoAdminLeft):
        await asked.revoke(ben, Role.ADMIN, Scope())
    assert await Administration(store=bench.store, by="cli:root").revoke(ben, Role.ADMIN, Scope()) == 1
