"""What people are shown of their own: their rights, the request of theirs that is newest, and lists of some days."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.access import NotAllowed
from bot.core.grants import Grant, Role
from bot.core.ids import GrantId, Principal, UserId
from bot.core.person import Standing
from bot.core.scope import Scope
from bot.service import Listed, ListPage
from tests.harness.working import ADA, ANA, BEN, CLEO, DAN, Bench, actor

DAY = 86_400  # seconds


def give(bench: Bench, holder: Principal, scope: str) -> None:
    """Let *holder* ask for snapshots in *scope*."""
    given = Grant(holder, Role.REQUEST, Scope.parse(scope), CLEO, bench.clock.now())
    bench.store.given.append(replace(given, id=GrantId(f"{holder.id}-{scope}")))


def ids(page: ListPage) -> list[str]:
    """Return the ids of what *page* shows."""
    return [item.request.id for item in page.requests]


async def test_ones_own_rights_are_listed_by_what_they_speak_of(bench: Bench):
    """Those through a group as well, with what it is called; never those of others."""
    group = bench.groups.put("S000TEAM", DAN, handle="dwh-team")
    give(bench, Principal(DAN), "z-*")
    give(bench, group, "m-*")
    give(bench, Principal(DAN), "a-*")
    page = await bench.service.reviews.own_rights(actor(DAN))
    assert [(g.holder, str(g.scope)) for g in page.rights.grants] == [
        (Principal(DAN), "a-*"),
        (group, "m-*"),
        (Principal(DAN), "z-*"),
    ]
    assert page.rights.groups.called == {"S000TEAM": "dwh-team"}
    assert (page.first, page.total, page.rights.more, page.rights.by_setting) == (0, 3, 0, False)


async def test_many_rights_are_ten_a_page(bench: Bench):
    """None twice and none left out; where they became fewer, the last page."""
    for number in range(23):
        give(bench, Principal(DAN), f"c{number:02}-*")
    pages = [await bench.service.reviews.own_rights(actor(DAN), first=first) for first in (0, 10, 20)]
    shown = [str(g.scope) for page in pages for g in page.rights.grants]
    assert shown == [f"c{number:02}-*" for number in range(23)]
    assert [(page.first, page.total, page.rights.more) for page in pages] == [(0, 23, 13), (10, 23, 3), (20, 23, 0)]
    assert await bench.service.reviews.own_rights(actor(DAN), first=60) == pages[2]


async def test_an_admin_by_the_settings_is_said_to_be_one(bench: Bench):
    """Though nobody gave them a right."""
    page = await bench.service.reviews.own_rights(actor(CLEO))
    assert (page.rights.by_setting, page.rights.grants, page.total) == (True, (), 0)


async def test_who_is_no_member_is_shown_nothing_of_their_own(bench: Bench):
    """Neither rights nor requests, whatever they had before."""
    await bench.ask()
    bench.people.add(ANA, Standing.GUEST)
    reviews = bench.service.reviews
    for look in (reviews.own_rights, reviews.newest_of, lambda who: reviews.page(who, Listed.OWN)):
        with pytest.raises(NotAllowed):
            await look(actor(ANA))
    assert not await reviews.may_see_some(actor(ANA))


async def test_there_is_something_to_see_by_a_right_or_a_request(bench: Bench):
    """An admin has it by the settings; who never asked and has no right has nothing, and then their request is left."""
    sees = bench.service.reviews.may_see_some
    assert [await sees(actor(who)) for who in (ANA, BEN, CLEO, DAN)] == [True, True, True, False]
    await bench.ask()
    for who in (ANA, BEN):
        bench.revoke(who)
    assert [await sees(actor(who)) for who in (ANA, BEN)] == [True, False]


async def test_ones_newest_request_is_found_behind_those_of_others(bench: Bench):
    """However it stands; who never asked has none."""
    await bench.ask("first")
    bench.clock.advance(60)
    mine = await bench.ask("second", cluster=bench.dev)
    for number in range(3):
        bench.clock.advance(60)
        await bench.ask(f"hers-{number}", by=ADA)
    await bench.service.approvals.withdraw(actor(ANA), mine.id)
    found = await bench.service.reviews.newest_of(actor(ANA))
    assert found is not None
    assert found.request == bench.now(mine)
    assert await bench.service.reviews.newest_of(actor(BEN)) is None


@pytest.mark.parametrize(("what", "who"), [(Listed.OWN, ANA), (Listed.OPEN, BEN), (Listed.ALL, BEN)])
async def test_a_list_of_some_days_has_what_was_asked_for_within_them(bench: Bench, what: Listed, who: UserId):
    """Up to now, the newest first; without days it has everything."""
    asked = []
    for number in range(3):
        asked.append((await bench.ask(f"nightly-{number}")).id)
        bench.clock.advance(DAY)
    page = bench.service.reviews.page
    assert ids(await page(actor(who), what, days=1)) == asked[:1:-1]
    assert ids(await page(actor(who), what, days=2)) == asked[:0:-1]
    assert ids(await page(actor(who), what)) == asked[::-1]


async def test_ones_own_list_has_one_cluster_where_it_is_named(bench: Bench):
    """And ended ones, too; those of others never."""
    prod = await bench.ask("on-prod")
    dev = await bench.ask("on-dev", cluster=bench.dev)
    await bench.ask("hers", by=ADA)
    await bench.service.approvals.withdraw(actor(ANA), prod.id)
    page = bench.service.reviews.page
    assert ids(await page(actor(ANA), Listed.OWN, cluster=bench.prod.ref)) == [prod.id]
    assert set(ids(await page(actor(ANA), Listed.OWN))) == {prod.id, dev.id}


async def test_how_old_what_is_known_of_a_cloud_is_is_told_without_asking_it(bench: Bench):
    """Before a look that nothing was seen, then when it was."""
    cloud = bench.prod.ref.cloud
    assert bench.service.reviews.age(cloud).seen_at is None
    assert bench.cloud.calls == []
    await bench.inventory.look(cloud)
    age = bench.service.reviews.age(cloud)
    assert (age.seen_at, age.is_old) == (bench.clock.now(), False)
