"""Join what somebody else has asked for: told together, approving it no more; and asking for somebody else."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from bot.admin_words import request_row
from bot.core.access import NotAllowed, Reason
from bot.core.approval import ApprovalRule, OwnApproval
from bot.core.errors import Conflict, InputError, NotFound
from bot.core.grants import Role
from bot.core.ids import Principal, UserId
from bot.core.joiner import JOINED_MOST, Joiner
from bot.core.message import RESULT, MessageKind, Owed
from bot.core.person import Standing
from bot.core.request import AlreadyDecided, SnapshotRequest, State, StillSought
from bot.core.restored import Recovery
from bot.core.scope import Scope
from bot.core.scoped_rules import ScopeRule
from bot.service import Ask, Emergency
from bot.service.joining import LosesApproval, NotToBeJoined
from bot.service.whole_lists import Listed
from tests.harness.working import ADA, ANA, BEA, BEN, CLEO, DAN, OPS, Bench, actor, outrun


async def joined(bench: Bench, request: SnapshotRequest, by: UserId = ADA, *, knows: bool = False) -> SnapshotRequest:
    """Let *by* join *request*."""
    return await bench.service.joining.join(actor(by), request.id, knows=knows)


def entries(bench: Bench, action: str) -> list[tuple[str, str, object]]:
    """Return who did *action*, by which rule, with its facts."""
    return [(e.actor, e.rule, json.loads(e.detail or "{}")) for e in bench.store.log if e.action == action]


async def test_the_form_offers_what_somebody_else_has_asked_for(bench: Bench):
    """The newest that is open; not one's own, nor where one has joined already; a closed one isn't offered."""
    draft = bench.service.intake.draft
    assert (await draft(actor(ADA), bench.prod.ref)).offer is None
    request = await bench.ask()
    offer = (await draft(actor(ADA), bench.prod.ref)).offer
    assert offer
    assert (offer.request, offer.loses_approval) == (request, False)
    assert (await draft(actor(ANA), bench.prod.ref)).offer is None
    assert (await draft(actor(ADA), bench.dev.ref)).offer is None
    await joined(bench, request)
    assert (await draft(actor(ADA), bench.prod.ref)).offer is None
    await bench.service.joining.leave(actor(ADA), request.id)
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    assert (await draft(actor(ADA), bench.prod.ref)).offer is None


async def test_who_joins_is_told_together_once(bench: Bench):
    """The end is one reply, which mentions them all; joining again changes nothing."""
    request = await bench.approved()
    after = await joined(bench, request)
    assert [joiner.user for joiner in after.joined] == [ADA]
    assert await joined(bench, request) == bench.now(request)
    assert entries(bench, "request.joined") == [(ADA, "granted", {"grant": bench.granted(ADA, Role.REQUEST)})]
    await bench.until_final(request)
    await bench.tell()
    told = [owed for about, owed in bench.store.told if about == request.id and owed.kind is MessageKind.RESULT]
    assert told == [RESULT]


@pytest.mark.parametrize("state", [State.WAITING, State.APPROVED, State.CREATING])
async def test_it_is_joined_and_left_while_it_is_open(bench: Bench, state: State):
    """Wherever it is but for the moment in which it is sent; the snapshot goes on and ends as it would."""
    request = await bench.ask()
    if state is not State.WAITING:
        await bench.service.approvals.approve(actor(BEN), request.id)
    while bench.now(request).state is not state:
        await bench.later()
    assert (await joined(bench, request)).state is state
    after = await bench.service.joining.leave(actor(ADA), request.id)
    assert (after.state, after.joined) == (state, ())
    if state is not State.WAITING:
        assert (await bench.until_final(request)).state is State.AVAILABLE
        assert bench.posts == 1


async def test_the_cloud_is_asked_no_more_often_for_those_who_join(bench: Bench):
    """Each makes the next step due, and one look serves them all."""
    request = await bench.approved()
    while bench.now(request).state is not State.CREATING:
        await bench.later()
    await bench.turn()
    asked = len(bench.cloud.calls)
    for number in range(10):
        user = UserId(f"U0000{number:04}")
        bench.people.add(user)
        bench.grant(user, Role.REQUEST, bench.prod)
        await joined(bench, request, user)
        await bench.turn()
    assert len(bench.now(request).joined) == 10
    assert len(bench.cloud.calls) - asked <= 2  # one look is two calls


async def test_while_it_is_sent_nobody_joins(bench: Bench):
    """Who sends it would lose it, and with it the cloud's answer."""
    request = await bench.ask()
    bench.store.requests[request.id] = replace(request, state=State.SUBMITTING)
    with pytest.raises(NotToBeJoined):
        await joined(bench, request)
    assert (await bench.service.intake.draft(actor(ADA), bench.prod.ref)).offer is None


async def test_what_has_ended_is_joined_no_more(bench: Bench):
    """Who tries hears how it ended."""
    request = await bench.ask()
    ended = await bench.service.approvals.decline(actor(BEN), request.id, "not tonight")
    with pytest.raises(AlreadyDecided) as e:
        await joined(bench, request)
    assert e.value.request == ended


async def test_an_approver_is_told_first_and_approves_it_no_more(bench: Bench):
    """They join once they know; then their click is refused by the rule that nobody approves their own."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    request = await bench.ask()
    offer = (await bench.service.intake.draft(actor(BEN), bench.prod.ref)).offer
    assert offer
    assert offer.loses_approval
    with pytest.raises(LosesApproval):
        await joined(bench, request, BEN)
    assert bench.now(request).joined == ()
    await joined(bench, request, BEN, knows=True)
    for late in (
        bench.service.approvals.approve(actor(BEN), request.id),
        bench.service.approvals.decline(actor(BEN), request.id, "no"),
    ):
        with pytest.raises(NotAllowed) as e:
            await late
        assert e.value.decision.reason is Reason.NOBODY_APPROVES_THEIR_OWN
    assert (await bench.service.approvals.approve(actor(BEA), request.id)).state is State.APPROVED


async def test_an_approval_of_who_joins_falls(bench: Bench):
    """It counts no more, and is on record; that of others stands. Who leaves may approve again."""
    for user in (BEN, DAN):
        bench.grant(user, Role.REQUEST, bench.prod)
        bench.grant(user, Role.APPROVE, bench.prod)
    request = await bench.ask(need=3)
    deciding = bench.service.approvals
    for user in (BEN, BEA):
        await deciding.approve(actor(user), request.id)
    with pytest.raises(NotToBeJoined):  # two are left, and three are needed
        await joined(bench, request, BEN, knows=True)
    bench.people.add(CLEO)
    bench.grant(CLEO, Role.APPROVE, bench.prod)
    after = await joined(bench, request, BEN, knows=True)
    assert ([vote.user for vote in after.votes], after.counted, after.tally) == ([BEA], ((BEA,),), (1, 3))
    assert bench.now(request) == after
    assert entries(bench, "request.joined")[0][2] == {"fallen": [BEN], "grant": bench.granted(BEN, Role.REQUEST)}
    await bench.service.joining.leave(actor(BEN), request.id)
    assert (await deciding.approve(actor(BEN), request.id)).tally == (2, 3)


async def test_the_last_approval_that_falls_leaves_none(bench: Bench):
    """The count is empty, not that of before."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    bench.grant(DAN, Role.APPROVE, bench.prod)
    request = await bench.ask(need=2)
    await bench.service.approvals.approve(actor(BEN), request.id)
    after = await joined(bench, request, BEN, knows=True)
    assert (after.votes, after.tally) == ((), (0, 2))


async def test_who_approved_what_is_decided_does_not_join(bench: Bench):
    """It stands on their approval."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    request = await bench.approved()
    with pytest.raises(NotToBeJoined):
        await joined(bench, request, BEN, knows=True)
    bench.grant(BEA, Role.REQUEST, bench.prod)
    assert (await joined(bench, request, BEA)).state is State.APPROVED
    assert (await bench.until_final(request)).state is State.AVAILABLE


async def test_the_only_approver_does_not_join(bench: Bench):
    """Nobody could approve it then; where the rule lets people approve their own, they may."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    bench.revoke(BEA)
    request = await bench.ask()
    with pytest.raises(NotToBeJoined):
        await joined(bench, request, BEN, knows=True)
    rule = ApprovalRule(own=OwnApproval.ALLOWED)
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(rule)
    await joined(bench, request, BEN)
    assert (await bench.service.approvals.approve(actor(BEN), request.id)).state is State.APPROVED


async def test_a_vote_and_a_join_of_one_person_at_once(bench: Bench):
    """Whichever is first: no approval of who wants it counts."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    bench.grant(DAN, Role.APPROVE, bench.prod)
    request = await bench.ask(need=2)
    vote = bench.service.approvals.approve(actor(BEN), request.id)
    await asyncio.gather(vote, joined(bench, request, BEN, knows=True), return_exceptions=True)
    assert bench.now(request).votes == ()
    assert [joiner.user for joiner in bench.now(request).joined] == [BEN]


async def test_joining_takes_the_right_to_ask(bench: Bench):
    """Who may see it and not ask for it is refused by that; who may not see it hears that there is none."""
    request = await bench.ask()
    with pytest.raises(NotAllowed) as e:
        await joined(bench, request, BEN)
    assert e.value.decision.reason is Reason.NO_GRANT
    with pytest.raises(NotFound):
        await joined(bench, request, DAN)
    with pytest.raises(NotFound):
        await bench.service.joining.leave(actor(DAN), request.id)


async def test_so_many_join_and_no_more(bench: Bench):
    """The reply that names them has an end."""
    request = await bench.ask()
    crowd = tuple(Joiner(UserId(f"U0000{n:04}"), bench.clock.now()) for n in range(JOINED_MOST))
    bench.store.requests[request.id] = replace(request, joined=crowd)
    with pytest.raises(NotToBeJoined):
        await joined(bench, request)
    assert (await bench.service.intake.draft(actor(ADA), bench.prod.ref)).offer is None


async def test_who_is_not_in_the_channel_is_told_directly(bench: Bench):
    """Beside the reply in the channel, which mentions who is there."""
    bench.channels.outside.add(ADA)
    request = await bench.approved()
    assert (await joined(bench, request)).joined[0].directly
    await bench.until_final(request)
    told = [owed for about, owed in bench.store.told if about == request.id and owed.kind is MessageKind.RESULT]
    assert told == [RESULT, Owed(MessageKind.RESULT, ADA)]
    await bench.tell()


async def test_who_joined_hears_that_it_was_taken_back(bench: Bench):
    """They still waited; where nobody else did, nobody is told."""
    request = await bench.ask()
    await joined(bench, request)
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    assert (request.id, RESULT) in bench.store.told
    alone = await bench.ask("nightly-2")
    await bench.service.approvals.withdraw(actor(ANA), alone.id)
    assert (alone.id, RESULT) not in bench.store.told


async def test_a_request_that_was_joined_waits_for_those_who_may(bench: Bench):
    """In the list of what waits for somebody, who joined doesn't find it; others do."""
    bench.grant(BEN, Role.REQUEST, bench.prod)
    request, other = await bench.ask(), await bench.ask("nightly-2")
    await joined(bench, request, BEN, knows=True)
    reviews = bench.service.reviews
    assert [item.request.id for item in (await reviews.overview(actor(BEN))).waiting_for_me] == [other.id]
    assert len((await reviews.overview(actor(BEA))).waiting_for_me) == 2


async def test_what_one_joined_is_among_ones_open_requests(bench: Bench):
    """On Home, and in the list behind it; not once they left."""
    request = await bench.ask()
    await joined(bench, request)
    reviews = bench.service.reviews
    assert [item.request.id for item in (await reviews.overview(actor(ADA))).mine] == [request.id]
    assert (await reviews.page(actor(ADA), Listed.MINE)).requests[0].request.id == request.id
    await bench.service.joining.leave(actor(ADA), request.id)
    assert (await reviews.overview(actor(ADA))).mine == ()


async def test_who_joined_is_in_the_list_for_programs(bench: Bench):
    """`snapshot-bot requests --json` has them, and who asked for somebody else."""
    row = json.loads(json.dumps(request_row(await joined(bench, await bench.ask()))))
    assert [joiner["user"] for joiner in row["joined"]] == [ADA]
    assert row["asked_by"] is None


async def test_what_one_sees_is_offered_to_who_can_join_it(bench: Bench):
    """Not to who asked for it or joined it, nor to who may only see it, nor once it is over."""
    request = await bench.ask()
    offer = bench.service.joining.offer
    found = await offer(actor(ADA), request)
    assert found
    assert (found.request, found.loses_approval) == (request, False)
    assert await offer(actor(ANA), request) is None
    assert await offer(actor(BEN), request) is None
    bench.grant(BEN, Role.REQUEST, bench.prod)
    found = await offer(actor(BEN), request)
    assert found
    assert found.loses_approval
    assert await offer(actor(ADA), await joined(bench, request)) is None
    ended = await bench.service.approvals.decline(actor(BEA), request.id, "not tonight")
    assert await offer(actor(BEN), ended) is None


async def test_the_newest_that_can_be_joined_is_offered(bench: Bench):
    """One that is just being sent, and the one that is asked about, are passed over."""
    old, middle = await bench.ask("nightly-1"), await bench.ask("nightly-2", by=ANA)
    bench.clock.advance(1)
    new = await bench.ask("nightly-3")
    bench.store.requests[new.id] = replace(new, state=State.SUBMITTING)
    bench.store.requests[old.id] = replace(old, created_at=old.created_at.replace(year=2025))
    offered = bench.service.joining.offered
    found = await offered(actor(ADA), bench.prod)
    assert found
    assert found.request.id == middle.id
    found = await offered(actor(ADA), bench.prod, without=middle.id)
    assert found
    assert found.request.id == old.id


async def test_what_one_may_not_join_is_not_offered(bench: Bench):
    """Who may approve it and not ask for it opens no form in vain."""
    await bench.ask()
    assert await bench.service.joining.offered(actor(BEN), bench.prod) is None


async def test_who_has_not_joined_leaves_nothing(bench: Bench):
    """They get it as it is, and nothing is on record."""
    request = await bench.ask()
    assert await bench.service.joining.leave(actor(ADA), request.id) == request
    assert entries(bench, "request.left") == []
    assert bench.now(request) == request


async def test_what_a_restore_put_back_is_neither_joined_nor_left_yet(bench: Bench):
    """Nobody knows before the cloud was looked at how it stands."""
    request = await joined(bench, await bench.ask())
    bench.store.requests[request.id] = sought = replace(request, recovery=Recovery.SOUGHT)
    bench.grant(DAN, Role.REQUEST, bench.prod)
    with pytest.raises(StillSought):
        await joined(bench, request, DAN)
    with pytest.raises(StillSought):
        await bench.service.joining.leave(actor(ADA), request.id)
    assert bench.now(request) == sought


async def test_where_slack_does_not_say_who_is_there_they_are_told_directly(bench: Bench):
    """Twice is better than not at all; joining waits for no answer."""
    request = await bench.ask()
    bench.channels.gone = True
    assert (await joined(bench, request)).joined == (Joiner(ADA, bench.clock.now(), directly=True),)


async def test_who_was_outrun_joins_and_leaves_all_the_same(bench: Bench):
    """They look again, and are there once."""
    request = await bench.ask()
    lost = outrun(bench, request, times=1)
    assert [joiner.user for joiner in (await joined(bench, request)).joined] == [ADA]
    again = outrun(bench, request, times=1)
    assert (await bench.service.joining.leave(actor(ADA), request.id)).joined == ()
    assert (lost, again) == ([request.id], [request.id])
    assert len(entries(bench, "request.joined")) == len(entries(bench, "request.left")) == 1


async def test_who_is_always_outrun_is_told(bench: Bench):
    """Nothing goes on for ever, and what wasn't saved isn't on record."""
    request = await joined(bench, await bench.ask())
    bench.grant(DAN, Role.REQUEST, bench.prod)
    outrun(bench, request, times=99)
    with pytest.raises(Conflict, match="too much at once"):
        await joined(bench, request, DAN)
    with pytest.raises(Conflict, match="too much at once"):
        await bench.service.joining.leave(actor(ADA), request.id)
    assert [joiner.user for joiner in bench.now(request).joined] == [ADA]
    assert (len(entries(bench, "request.joined")), entries(bench, "request.left")) == (1, [])


# -- for somebody else ------------------------------------------------------------------------------------------------


async def asked_for(bench: Bench, user: UserId, *, by: UserId = CLEO, name: str = "nightly-1") -> SnapshotRequest:
    """Let *by* ask for *user*."""
    ask = Ask(bench.prod.ref, name, "", OPS, on_behalf=user)
    return await bench.service.intake.ask(actor(by), ask, origin=f"view:{name}")


async def test_an_admin_asks_for_somebody_else(bench: Bench):
    """Both are named and on record, both may take it back and change it, and neither may approve it."""
    for role in (Role.REQUEST, Role.APPROVE):
        bench.grant(CLEO, role, bench.prod)
    bench.grant(ANA, Role.APPROVE, bench.prod)
    request = await asked_for(bench, ANA)
    assert (request.requester, request.asked_by, request.wanted_by) == (ANA, CLEO, (ANA, CLEO))
    ((who, _, facts),) = entries(bench, "request.asked")
    assert isinstance(facts, dict)
    assert (who, facts["on_behalf"]) == (CLEO, ANA)
    for user in (ANA, CLEO):
        with pytest.raises(NotAllowed) as e:
            await bench.service.approvals.approve(actor(user), request.id)
        assert e.value.decision.reason is Reason.NOBODY_APPROVES_THEIR_OWN
    await bench.service.changing.change(actor(CLEO), request.as_seen, description="for ana")
    await bench.service.changing.change(actor(ANA), bench.now(request).as_seen, description="for me")
    assert (await bench.service.approvals.withdraw(actor(CLEO), request.id)).state is State.WITHDRAWN
    assert (request.id, RESULT) in bench.store.told  # ana didn't take it back
    second = await asked_for(bench, ANA, name="nightly-2")
    assert (await bench.service.approvals.withdraw(actor(ANA), second.id)).state is State.WITHDRAWN


async def test_both_need_the_right_to_ask(bench: Bench):
    """The admin's own, as by themself; the other's is an error on the field. Naming oneself is no asking for others."""
    with pytest.raises(NotAllowed):
        await asked_for(bench, ANA)  # cleo is an admin, and has no right to ask
    bench.grant(CLEO, Role.REQUEST, bench.prod)
    with pytest.raises(InputError) as e:
        await asked_for(bench, BEN)
    assert e.value.fields["behalf"].code == "behalf-no-right"
    bench.people.add(UserId("U00000GIL"), Standing.GUEST)
    with pytest.raises(InputError) as e:
        await asked_for(bench, UserId("U00000GIL"))
    assert e.value.fields["behalf"].code == "behalf-not-a-member"
    assert [r.asked_by for r in bench.store.requests.values()] == []
    assert (await asked_for(bench, CLEO)).asked_by is None
    refused = [
        (e.rule, json.loads(e.detail)) for e in bench.store.log if "on_behalf" in e.detail and "refused" in e.action
    ]
    assert refused == [("no-grant", {"on_behalf": BEN}), ("not-a-member", {"on_behalf": "U00000GIL"})]


async def test_only_admins_ask_for_others(bench: Bench):
    """Anybody else who names somebody is refused on that field; an admin of another cluster, too."""
    bench.grant(ADA, Role.ADMIN, bench.dev)
    with pytest.raises(InputError) as e:
        await asked_for(bench, ANA, by=ADA)
    assert e.value.fields["behalf"].code == "behalf-not-an-admin"
    assert bench.store.requests == {}


async def test_an_admin_gets_round_no_approval_by_asking_for_others(bench: Bench):
    """It needs none only where neither would; and it is no emergency of theirs."""
    bench.grant(CLEO, Role.REQUEST, bench.prod)
    bench.grant(CLEO, Role.BREAK_GLASS, bench.prod)
    free = ApprovalRule.of(0).waiver
    assert free
    rule = ApprovalRule(waiver=replace(free, by=(Principal(ANA),)))
    bench.store.rules_set[Scope.of(bench.prod.ref)] = ScopeRule(rule)
    assert (await asked_for(bench, ANA)).state is State.WAITING
    ask = Ask(bench.prod.ref, "nightly-2", "", OPS, on_behalf=ANA)
    emergency = Emergency("now", aware=True)
    with pytest.raises(InputError) as e:
        await bench.service.intake.ask(actor(CLEO), ask, origin="view:2", emergency=emergency)
    assert e.value.fields["behalf"].code == "behalf-no-glass"


async def test_the_form_has_the_field_for_admins_alone(bench: Bench):
    """Of the cluster that is chosen."""
    bench.grant(CLEO, Role.REQUEST, bench.prod)
    assert (await bench.service.intake.draft(actor(CLEO), bench.prod.ref)).administers
    assert not (await bench.service.intake.draft(actor(ANA), bench.prod.ref)).administers
