"""Lists of what the cloud has of a cluster: for whom, in which order, and how old they are."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.core.access import Action, NotAllowed
from bot.core.errors import CloudForbidden, CloudUnavailable, InputError
from bot.core.ids import CloudName
from bot.core.person import Standing
from bot.core.phrase import Phrase
from bot.core.snapshot import Snapshot, Storage
from bot.service import SnapshotPage
from tests.harness.working import ADA, ANA, BEN, CLEO, DAN, Bench, actor


def put(bench: Bench, name: str, *, size_gb: float = 10.0, dev: bool = False) -> Snapshot:
    """Let the cloud have a finished snapshot, begun a minute after the one before."""
    bench.clock.advance(60)
    made = bench.cloud.add_snapshot((bench.dev if dev else bench.prod).ref.id, name)
    bench.cloud.finish(made.id, size_gb=size_gb)
    return bench.cloud.known_snapshots[made.id]


def names(page: SnapshotPage) -> list[str]:
    """Return the names of what *page* shows."""
    return [line.snapshot.name for line in page.lines]


async def test_those_of_the_cluster_are_listed_the_newest_first(bench: Bench):
    """Whatever made them; those of another cluster neither show nor count."""
    for name, size in (("first", 1.5), ("second", 40.0)):
        put(bench, name, size_gb=size)
    put(bench, "of-dev", dev=True)
    page = await bench.service.snapshots.newest(actor(BEN), "DWH-prod")
    assert names(page) == ["second", "first"]
    assert (page.cluster, page.name) == (bench.prod.ref, "dwh-prod")
    assert (page.first, page.total, page.more, page.size_gb) == (0, 2, 0, 41.5)
    assert (page.age.is_old, page.age.seen_at) == (False, bench.clock.now())


async def test_one_without_a_time_comes_last(bench: Bench):
    """The cloud tells no time of some: they are listed, too."""
    odd = put(bench, "odd")
    bench.cloud.known_snapshots[odd.id] = replace(odd, started=None)
    bench.cloud.known_snapshots = dict(reversed(bench.cloud.known_snapshots.items()))
    put(bench, "usual")
    assert names(await bench.service.snapshots.newest(actor(ANA), "dwh-prod")) == ["usual", "odd"]


async def test_what_was_asked_for_here_comes_with_its_request(bench: Bench):
    """By the snapshot's id: one that was made elsewhere has none."""
    request = await bench.approved()
    await bench.until_final(request)
    put(bench, "elsewhere")
    page = await bench.service.snapshots.newest(actor(ADA), "dwh-prod")
    assert names(page) == ["elsewhere", "nightly-1"]
    assert [line.request for line in page.lines] == [None, bench.now(request)]
    assert [line.console for line in page.lines] == ["", ""]


async def test_what_they_take_comes_from_the_cloud(bench: Bench):
    """Used, free and paid for; a cloud that doesn't let the bot ask leaves the list as it is."""
    put(bench, "big", size_gb=310.0)
    page = await bench.service.snapshots.newest(actor(ANA), "dwh-prod")
    assert page.storage == Storage(310.0, 300.0, 10.0)
    bench.start()
    bench.cloud.failing_storage = [CloudForbidden("no", status=403)]
    page = await bench.service.snapshots.newest(actor(ANA), "dwh-prod")
    assert page.storage is None
    assert names(page) == ["big"]


async def test_pages_have_ten_and_say_how_many_come_after(bench: Bench):
    """None twice and none left out; a place behind the end is the last page."""
    for number in range(23):
        put(bench, f"n-{number}")
    page = bench.service.snapshots.page
    pages = [await page(actor(ANA), bench.prod.ref, first=first) for first in (0, 10, 20)]
    assert [name for one in pages for name in names(one)] == [f"n-{n}" for n in range(22, -1, -1)]
    assert [(one.first, one.more) for one in pages] == [(0, 13), (10, 3), (20, 0)]
    assert {(one.total, one.size_gb) for one in pages} == {(23, 230.0)}
    behind = await page(actor(ANA), bench.prod.ref, first=70)
    assert (behind.first, names(behind)) == (20, names(pages[2]))


async def test_who_has_no_right_is_told_that_there_is_no_such_cluster(bench: Bench):
    """In the same words as of one that isn't there."""
    put(bench, "secret")
    for text in ("dwh-prod", "nowhere"):
        with pytest.raises(InputError) as error:
            await bench.service.snapshots.newest(actor(DAN), text)
        why = Phrase("no-cluster-called", {"called": text, "action": Action.VIEW})
        assert error.value.fields == {"cluster": why}


async def test_a_request_of_ones_own_opens_no_list(bench: Bench):
    """Who had a right once can name the cluster, and learns nothing of what others made."""
    await bench.ask()
    put(bench, "secret")
    bench.revoke(ANA)
    with pytest.raises(InputError) as error:
        await bench.service.snapshots.newest(actor(ANA), "dwh-prod")
    why = Phrase("no-cluster-called", {"called": "dwh-prod", "action": Action.VIEW})
    assert error.value.fields == {"cluster": why}


async def test_a_right_that_was_taken_empties_the_next_page(bench: Bench):
    """Neither a line nor a number is left, and the cloud isn't asked."""
    for number in range(12):
        put(bench, f"n-{number}")
    assert (await bench.service.snapshots.page(actor(ANA), bench.prod.ref, first=10)).total == 12
    bench.revoke(ANA)
    bench.cloud.calls.clear()
    bench.clock.advance(3600)
    page = await bench.service.snapshots.page(actor(ANA), bench.prod.ref, first=10)
    assert (page.lines, page.first, page.total, page.size_gb, page.storage) == ((), 0, 0, 0.0, None)
    assert page.age.seen_at is None
    assert bench.cloud.calls == []


async def test_a_cloud_that_is_set_no_more_has_an_empty_list(bench: Bench):
    """Its buttons are still in somebody's channel: a press is no failure, for an admin as well."""
    put(bench, "n-1")
    gone = replace(bench.prod.ref, cloud=CloudName("gone"))
    page = await bench.service.snapshots.page(actor(CLEO), gone)
    assert (page.cluster, page.name, page.lines, page.total) == (gone, "", (), 0)
    assert names(await bench.service.snapshots.page(actor(CLEO), bench.prod.ref)) == ["n-1"]


async def test_a_guest_sees_no_list(bench: Bench):
    """Whatever rights they were given."""
    put(bench, "secret")
    bench.people.add(ANA, Standing.GUEST)
    with pytest.raises(NotAllowed):
        await bench.service.snapshots.newest(actor(ANA), "dwh-prod")
    assert (await bench.service.snapshots.page(actor(ANA), bench.prod.ref)).lines == ()


async def test_while_the_cloud_is_silent_what_was_seen_last_is_shown(bench: Bench):
    """With its age; where nothing was seen yet, an empty list that says so."""
    bench.cloud.failing = [CloudUnavailable("503")] * 99
    page = await bench.service.snapshots.page(actor(ANA), bench.prod.ref)
    assert (page.lines, page.age.seen_at, page.age.is_silent) == ((), None, True)
    bench.cloud.failing = []
    bench.clock.advance(60)
    put(bench, "n-1")
    seen_at = bench.clock.now()
    assert names(await bench.service.snapshots.page(actor(ANA), bench.prod.ref)) == ["n-1"]
    bench.cloud.failing = [CloudUnavailable("503")] * 99
    put(bench, "n-2")
    bench.clock.advance(timedelta(hours=1).total_seconds())
    page = await bench.service.snapshots.page(actor(ANA), bench.prod.ref)
    assert (names(page), page.age.seen_at, page.age.is_silent) == (["n-1"], seen_at, True)
