"""The end of the time for which a snapshot was to be kept: told once, to somebody who can act, and never too early."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.errors import CloudUnavailable
from bot.core.ids import CloudName
from bot.core.keep import Keep
from bot.core.message import MessageKind
from bot.core.person import Standing
from bot.core.request import SnapshotRequest, State
from bot.core.snapshot import Snapshot
from bot.service import Ask
from tests.harness.working import ANA, BEN, CLEO, OPS, Bench, actor

DAY = timedelta(days=1)


async def made(bench: Bench, name: str = "nightly-1", *, days: int | None = 30) -> SnapshotRequest:
    """Return ana's request whose snapshot is available since now."""
    ask = Ask(bench.prod.ref, name, "", OPS, keep_days=days)
    request = await bench.service.intake.ask(actor(ANA), ask, origin=f"view:{name}")
    await bench.service.approvals.approve(actor(BEN), request.id)
    request = await bench.until_final(request)
    await bench.tell()
    return request


async def pass_to(bench: Bench, request: SnapshotRequest, *, late: timedelta = timedelta(0)) -> SnapshotRequest:
    """Let time pass to the end of the term, do what is due, and tell it."""
    assert request.keep.until is not None
    bench.clock.advance((request.keep.until + late - bench.clock.now()).total_seconds())
    await bench.turn()
    await bench.tell()
    return bench.now(request)


async def test_the_requester_is_asked_once_when_it_is_over(bench: Bench):
    """Thirty days after it was available, not after it was asked for; and never again."""
    request = await made(bench)
    assert request.keep == Keep(30, bench.now(request).updated_at + 30 * DAY, terms=1)
    bench.clock.advance(30 * DAY.total_seconds() - 1)
    assert await bench.turn() == []
    after = await pass_to(bench, request)
    assert after.keep.is_asked
    (asked,) = bench.messenger.of(MessageKind.TERM)
    assert (str(asked.ref.channel), asked.thread) == (ANA, None)
    bench.clock.advance(365 * DAY.total_seconds())
    assert await bench.turn() == []
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.TERM)) == 1


async def test_after_a_long_stop_it_is_told_at_once(bench: Bench):
    """Late, and once."""
    request = await made(bench)
    assert (await pass_to(bench, request, late=100 * DAY)).keep.is_asked
    assert len(bench.messenger.of(MessageKind.TERM)) == 1


async def test_kept_longer_it_is_asked_again_at_the_end_of_that(bench: Bench):
    """The message of before is drawn again, the new one is another."""
    request = await pass_to(bench, await made(bench))
    kept = await bench.service.keeping.keep(actor(ANA), request.id, 30, term=1)
    await bench.tell()
    (first,) = bench.messenger.of(MessageKind.TERM)
    assert first.facts.request.keep.until == bench.clock.now() + 30 * DAY
    assert (await pass_to(bench, kept)).keep.is_asked
    assert [p.key for p in bench.messenger.of(MessageKind.TERM)] == [
        f"{request.id}:term:{ANA}:1",
        f"{request.id}:term:{ANA}:2",
    ]


@pytest.mark.parametrize("days", [0, None])
async def test_what_is_kept_until_somebody_says_is_never_asked_about(bench: Bench, days: int | None):
    """Nor where nobody said, and the settings name no days."""
    request = await made(bench, days=days)
    assert (request.keep.until, await bench.turn()) == (None, [])
    bench.clock.advance(1000 * DAY.total_seconds())
    assert await bench.turn() == []


async def test_a_request_that_failed_has_no_clock(bench: Bench):
    """There is nothing to keep."""
    ask = Ask(bench.prod.ref, "nightly-1", "", OPS, keep_days=7)
    request = await bench.service.intake.ask(actor(ANA), ask, origin="view:1")
    bench.clock.advance(9 * 3600)
    await bench.turn()
    assert (bench.now(request).state, bench.now(request).keep) == (State.EXPIRED, Keep(7))
    bench.clock.advance(8 * DAY.total_seconds())
    assert await bench.turn() == []


async def test_where_the_snapshot_is_gone_nobody_is_asked(bench: Bench):
    """Somebody deleted it in the console: the card says so, and the term is over."""
    request = await made(bench)
    assert request.snapshot_id is not None
    del bench.cloud.known_snapshots[request.snapshot_id]
    after = await pass_to(bench, request)
    assert after.keep.gone_at == bench.clock.now()
    assert bench.messenger.of(MessageKind.TERM) == []
    (card,) = bench.messenger.cards
    assert card.facts.request.keep.gone_at is not None
    assert await bench.turn() == []


async def test_what_a_list_lacks_for_a_while_is_not_gone(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Lists lag: the id decides, and its requester is asked."""
    request = await made(bench)
    whole = bench.cloud.snapshots

    async def without_it() -> list[Snapshot]:
        return [s for s in await whole() if s.id != request.snapshot_id]

    monkeypatch.setattr(bench.cloud, "snapshots", without_it)
    after = await pass_to(bench, request)
    assert after.keep.gone_at is None
    assert after.keep.is_asked
    assert len(bench.messenger.of(MessageKind.TERM)) == 1


@pytest.mark.parametrize("standing", [Standing.DEACTIVATED, Standing.GUEST, Standing.UNKNOWN])
async def test_where_the_requester_is_gone_the_channel_is_told(bench: Bench, standing: Standing):
    """In the thread of the card, where the cluster's admins are mentioned."""
    request = await made(bench)
    bench.people.add(ANA, standing)
    await pass_to(bench, request)
    (told,) = bench.messenger.of(MessageKind.TERM)
    (card,) = bench.messenger.cards
    assert (told.ref.channel, told.thread) == (OPS, card.ref)
    assert told.facts.admins == (CLEO,)


async def test_where_slack_does_not_say_who_they_are_it_waits(bench: Bench):
    """Nobody is told in a wrong place meanwhile."""
    request = await made(bench)
    bench.people.gone = True
    assert not (await pass_to(bench, request)).keep.is_asked
    bench.people.gone = False
    await bench.later()
    assert bench.now(request).keep.is_asked


async def test_while_the_cloud_is_silent_it_waits_without_hurry(bench: Bench):
    """Whether there is something to decide isn't known; the cloud is asked each ten minutes, by all together."""
    first, second = await made(bench), await made(bench, "nightly-2")
    bench.cloud.failing = [CloudUnavailable("503")] * 2
    bench.cloud.calls.clear()
    await pass_to(bench, second)
    assert not bench.now(first).keep.is_asked
    assert len(bench.cloud.calls) == 2
    before = bench.clock.now()
    await bench.later()
    assert bench.clock.now() - before >= timedelta(seconds=bench.pace.most)
    assert bench.now(first).keep.is_asked
    assert bench.now(second).keep.is_asked
    assert len(bench.cloud.calls) == 4


async def test_many_that_end_together_are_one_look(bench: Bench):
    """What the cloud is asked depends on its projects, not on requests."""
    requests = [await made(bench, f"nightly-{n}") for n in range(5)]
    bench.cloud.calls.clear()
    await pass_to(bench, requests[-1])
    assert all(bench.now(request).keep.is_asked for request in requests)
    assert len(bench.cloud.calls) == 2


async def test_a_cloud_that_is_set_no_more_keeps_nobody_from_being_asked(bench: Bench):
    """Nobody can look; what is to be decided is the same."""
    request = await made(bench)
    other = replace(bench.now(request), cluster=replace(request.cluster, cloud=CloudName("gone")))
    bench.store.requests[request.id] = other
    assert (await pass_to(bench, request)).keep.is_asked


async def test_those_in_line_are_not_woken_by_it(bench: Bench):
    """The end of a term frees no cluster."""
    request = await made(bench)
    line = await bench.approved("nightly-2")
    work = bench.store._work[line.id]
    work.due = much_later = bench.clock.now() + 90 * DAY
    await pass_to(bench, request)
    assert work.due == much_later
