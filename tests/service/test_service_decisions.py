"""What a decision leaves in the row, from which its next steps follow."""

from __future__ import annotations

import re

from bot.core.request import State
from tests.harness.working import ANA, BEA, BEN, Bench, actor


async def test_an_approval_says_who_decided_when_and_why(bench: Bench):
    """By when it was approved it stands in line, and is given up: the moment of the vote that decided."""
    request = await bench.ask(need=2)
    bench.clock.advance(60)
    voted = await bench.service.approvals.approve(actor(BEN), request.id, "the first")
    assert (voted.state, voted.decided_by, voted.decided_at, voted.words) == (State.WAITING, None, None, "")
    assert (voted.version, voted.updated_at) == (2, bench.clock.now())
    bench.clock.advance(60)
    after = await bench.service.approvals.approve(actor(BEA), request.id, "the second")
    assert (after.decided_by, after.decided_at, after.words) == (BEA, bench.clock.now(), "the second")
    assert [(v.user, v.approve, v.comment) for v in after.votes] == [
        (BEN, True, "the first"),
        (BEA, True, "the second"),
    ]
    assert [v.at for v in after.votes] == [voted.updated_at, after.updated_at]


async def test_a_refusal_says_who_decided_when_and_why(bench: Bench):
    """The reason is the approver's."""
    request = await bench.ask()
    bench.clock.advance(60)
    after = await bench.service.approvals.decline(actor(BEN), request.id, "not tonight")
    assert (after.decided_by, after.decided_at, after.words) == (BEN, bench.clock.now(), "not tonight")
    assert bench.now(request) == after


async def test_a_withdrawal_says_who_and_when(bench: Bench):
    """It is the requester's own."""
    request = await bench.ask()
    bench.clock.advance(60)
    after = await bench.service.approvals.withdraw(actor(ANA), request.id)
    assert (after.decided_by, after.decided_at, after.words) == (ANA, bench.clock.now(), "")
    assert bench.now(request) == after


async def test_a_request_has_an_id_that_can_be_read_aloud(bench: Bench):
    """R- and four characters, none of which is taken for another."""
    request = await bench.ask()
    assert re.fullmatch(r"R-[2-9A-HJKMNP-TV-Z]{4}", request.id)
