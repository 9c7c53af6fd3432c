"""Approve, decline, withdraw: one winner, and every loser hears who was first."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest

from bot.core.access import NotAllowed
from bot.core.errors import Conflict, InputError, NotFound, StaleRequest
from bot.core.ids import Principal, RequestId
from bot.core.message import RESULT
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from tests.harness.working import ADA, ANA, BEA, BEN, Bench, actor


def actions(bench: Bench) -> list[tuple[str, str, str]]:
    """Return who did what by which rule, the asking left out."""
    return [(e.actor, e.action, e.rule) for e in bench.store.log if e.action != "request.asked"]


async def test_an_approval_is_kept_with_its_rule_and_comment(bench: Bench):
    """The vote, the state, the words and the record are one commit, and the worker is woken."""
    request = await bench.ask()
    bench.woken.clear()
    after = await bench.service.approvals.approve(actor(BEN), request.id, "go ahead")
    assert bench.now(request) == after
    assert (after.state, after.decided_by, after.words) == (State.APPROVED, BEN, "go ahead")
    assert [(v.user, v.comment) for v in after.votes] == [(BEN, "go ahead")]
    assert actions(bench) == [(BEN, "request.approved", "granted")]
    assert bench.woken.is_set()


async def test_two_approvals_where_two_are_needed(bench: Bench):
    """One is not enough, one person's second click is none, and the second person's decides."""
    request = await bench.ask(need=2)
    deciding = bench.service.approvals
    assert (await deciding.approve(actor(BEN), request.id)).state is State.WAITING
    with pytest.raises(AlreadyDecided):
        await deciding.approve(actor(BEN), request.id)
    assert (await deciding.approve(actor(BEA), request.id)).state is State.APPROVED
    assert actions(bench) == [
        (BEN, "request.voted", "granted"),
        (BEN, "approve.refused", "already-decided"),
        (BEA, "request.approved", "granted"),
    ]


@pytest.mark.parametrize("need", [1, 2])
async def test_many_clicks_at_once_have_one_winner(bench: Bench, need: int):
    """Two approvers, a decliner and the requester at the same moment: the state is one, and no vote is lost."""
    request = await bench.ask(need=need)
    deciding = bench.service.approvals
    clicks = [deciding.approve(actor(BEN), request.id), deciding.approve(actor(BEA), request.id)]
    clicks += [deciding.decline(actor(BEN), request.id, "no"), deciding.withdraw(actor(ANA), request.id)]
    outcomes = await asyncio.gather(*clicks, return_exceptions=True)
    assert all(isinstance(o, SnapshotRequest | AlreadyDecided) for o in outcomes)
    decided = [e for e in actions(bench) if e[1] in ("request.declined", "request.withdrawn")]
    after = bench.now(request)
    assert after.version == 1 + sum(isinstance(o, SnapshotRequest) for o in outcomes)
    assert len(decided) == (after.state in (State.DECLINED, State.WITHDRAWN))


async def test_who_loses_the_race_looks_again(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """A save that comes too late isn't an error: the loser reads the row again and hears who was first."""
    request = await bench.ask()
    save = bench.store.save

    async def bea_is_faster(*args, **how):
        monkeypatch.setattr(bench.store, "save", save)
        await bench.service.approvals.decline(actor(BEA), request.id, "not tonight")
        await save(*args, **how)

    monkeypatch.setattr(bench.store, "save", bea_is_faster)
    with pytest.raises(AlreadyDecided) as lost:
        await bench.service.approvals.approve(actor(BEN), request.id)
    assert (lost.value.request.decided_by, lost.value.request.state) == (BEA, State.DECLINED)
    assert bench.now(request).votes == ()


@pytest.mark.parametrize("decision", ["approve", "withdraw"])
async def test_a_row_that_never_stands_still_is_given_up(bench: Bench, decision: str, monkeypatch: pytest.MonkeyPatch):
    """Tries are bounded, even against a store that always says no."""
    request = await bench.ask()
    tries = 0

    async def always_stale(*args, **how):
        nonlocal tries
        tries += 1
        raise StaleRequest(request.id)

    monkeypatch.setattr(bench.store, "save", always_stale)
    deciding = bench.service.approvals
    done = (
        deciding.approve(actor(BEN), request.id) if decision == "approve" else deciding.withdraw(actor(ANA), request.id)
    )
    with pytest.raises(Conflict):
        await done
    assert 1 < tries <= 20


async def test_a_decline_needs_a_reason(bench: Bench):
    """Blanks are no reason; with one, the requester is told."""
    request = await bench.ask()
    with pytest.raises(InputError) as error:
        await bench.service.approvals.decline(actor(BEN), request.id, "  \n")
    assert error.value.fields.keys() == {"reason"}
    after = await bench.service.approvals.decline(actor(BEN), request.id, " the batch runs ")
    assert (after.state, after.words, after.decided_by) == (State.DECLINED, "the batch runs", BEN)
    assert (request.id, RESULT) in bench.store.told
    assert actions(bench) == [(BEN, "request.declined", "granted"), ("bot", "message.owed", "granted")]


def recorded(bench: Bench) -> object:
    """Return the facts of the newest entry of the record that is about a request."""
    return json.loads([e for e in bench.store.log if e.action.startswith("request.")][-1].detail)


async def test_reasons_and_comments_are_kept_in_canonical_text(bench: Bench):
    """They may have lines; on the card, in the vote and on the record they are the same, without what can't be seen."""
    typed, kept = " nu\u0308r\u00a0zu\x00\r\n\n \u202ejetzt\ud83d ", "nür zu\njetzt"
    approved = await bench.ask()
    after = await bench.service.approvals.approve(actor(BEN), approved.id, typed)
    assert (after.words, after.votes[0].comment, recorded(bench)) == (
        kept,
        kept,
        {"comment": kept, "grant": bench.granted(BEN)},
    )
    declined = await bench.ask("nightly-2")
    after = await bench.service.approvals.decline(actor(BEN), declined.id, typed)
    assert (after.words, recorded(bench)) == (kept, {"reason": kept})


@pytest.mark.parametrize("reason", ["\u200b", "\u2800 \u3164", "\ud800", "\u00a0\n\u2028"])
async def test_a_reason_that_nobody_can_see_is_none(bench: Bench, reason: str):
    """What looks blank is blank."""
    request = await bench.ask()
    with pytest.raises(InputError):
        await bench.service.approvals.decline(actor(BEN), request.id, reason)
    assert bench.now(request).state is State.WAITING


@pytest.mark.parametrize("decision", ["approve", "decline"])
async def test_an_expired_request_is_not_decided(bench: Bench, decision: str):
    """Its time is over whether or not the worker has noted it."""
    request = await bench.ask()
    bench.clock.advance(timedelta(hours=8))
    deciding, ben = bench.service.approvals, actor(BEN)
    done = deciding.approve(ben, request.id) if decision == "approve" else deciding.decline(ben, request.id, "no")
    with pytest.raises(AlreadyDecided):
        await done
    assert bench.now(request).state is State.WAITING


async def test_a_withdrawal_is_the_requesters_alone_and_ends_with_the_post(bench: Bench):
    """Until the cloud was asked one's own request can be taken back; nobody else's ever."""
    request = await bench.approved()
    with pytest.raises(NotAllowed):
        await bench.service.approvals.withdraw(actor(ADA), request.id)
    assert (await bench.service.approvals.withdraw(actor(ANA), request.id)).state is State.WITHDRAWN
    other = await bench.approved("nightly-2")
    await bench.turn()
    with pytest.raises(AlreadyDecided):
        await bench.service.approvals.withdraw(actor(ANA), other.id)


async def test_nobody_decides_on_their_own(bench: Bench):
    """Whatever they hold; the refusal is on record with its rule."""
    request = await bench.ask(by=ANA)
    bench.store.given = [g for g in bench.store.given if g.holder == Principal(ANA)]
    for decision in (
        bench.service.approvals.approve(actor(ANA), request.id),
        bench.service.approvals.decline(actor(ANA), request.id, "no"),
    ):
        with pytest.raises(NotAllowed):
            await decision
    assert [rule for _, _, rule in actions(bench)] == ["nobody-approves-their-own"] * 2


async def test_what_does_not_exist_is_not_found(bench: Bench):
    """No request of this id."""
    with pytest.raises(NotFound):
        await bench.service.approvals.approve(actor(BEN), RequestId("R-NONE"))
