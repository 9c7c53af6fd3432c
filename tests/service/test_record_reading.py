"""Who may read the record in Slack, and of which clusters; to the others it is as if there were none."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.access import NotAllowed
from bot.core.errors import InputError
from bot.core.grants import Grant, Role
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, UserId
from bot.core.person import EVERYONE, Standing
from bot.core.record import Entry
from bot.core.scope import Scope
from bot.words import worded
from tests.harness.working import ADA, ANA, BEA, CLEO, DAN, Bench, actor

GONE = ClusterRef(CloudName("default"), ClusterId("99999999-2222-4333-8444-555555555555"))


@pytest.fixture
async def bench(bench: Bench) -> Bench:
    """Fakes, a look at the cloud, and entries about two clusters, one that is gone, and none."""
    await bench.inventory.look(bench.cloud.name)
    for ref in (bench.prod.ref, bench.dev.ref, GONE, None):
        for number in range(11 if ref == bench.prod.ref else 1):
            bench.store.log.append(Entry(bench.clock.now(), ANA, f"noted.{number}", cluster=ref))
    return bench


def give(bench: Bench, user: UserId, role: Role, scope: Scope, *, denies: bool = False) -> None:
    """Give *user* a role, or deny it."""
    holder = EVERYONE if user == "*" else Principal(user)
    bench.store.given.append(Grant(holder, role, scope, CLEO, bench.clock.now(), denies=denies))


async def reads(bench: Bench, user: UserId, cluster: ClusterRef | None) -> int:
    """Return how many entries *user* reads of *cluster*, or of all."""
    return (await bench.service.record.page(actor(user), cluster)).total


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDIT])
async def test_admins_and_auditors_read_what_their_role_is_for(bench: Bench, role: Role):
    """Of every cluster all that there is; of some, what is about them; and nothing where it is denied."""
    bench.people.add(DAN)
    assert await reads(bench, DAN, None) == 0
    give(bench, DAN, role, Scope("*", "dwh-p*"))
    assert (await reads(bench, DAN, bench.prod.ref), await reads(bench, DAN, bench.dev.ref)) == (11, 0)
    assert (await reads(bench, DAN, None), await reads(bench, DAN, GONE)) == (0, 0)
    give(bench, DAN, role, Scope())
    assert (await reads(bench, DAN, None), await reads(bench, DAN, GONE)) == (15, 1)  # with the refusals
    give(bench, UserId("*"), role, Scope("*", "dwh-prod*"), denies=True)
    assert (await reads(bench, DAN, bench.prod.ref), await reads(bench, DAN, bench.dev.ref)) == (0, 1)
    assert await reads(bench, DAN, None) == 0  # it would have what is denied in it


async def test_an_admin_by_setting_reads_everything(bench: Bench):
    """Whatever the database says."""
    give(bench, UserId("*"), Role.ADMIN, Scope(), denies=True)
    assert await reads(bench, CLEO, None) == 14


async def test_a_page_past_the_end_is_the_last_one(bench: Bench):
    """The record may have been pruned since the button was drawn."""
    page = await bench.service.record.page(actor(CLEO), bench.prod.ref, first=40)
    assert (page.first, len(page.lines), page.more.count) == (10, 1, 0)
    assert page.lines[0].cluster_name == "dwh-prod"


async def test_a_cluster_is_named_as_people_call_it(bench: Bench):
    """By name or id; one that is gone by CLOUD/ID; what is none is told as it is to anybody."""
    reading = bench.service.record
    assert await reading.cluster(actor(CLEO), "DWH-Prod") == bench.prod.ref
    assert await reading.cluster(actor(CLEO), str(GONE)) == GONE
    with pytest.raises(InputError) as unknown:
        await reading.cluster(actor(CLEO), "dwh-prd")
    assert "dwh-prod" in worded(unknown.value.fields["cluster"])


@pytest.mark.parametrize("called", ["dwh-prod", "dwh-nope", str(GONE), "default/none"])
async def test_who_may_not_read_it_hears_the_same_of_every_cluster(bench: Bench, called: str):
    """Also of one that they may ask for; the refusal is on record, and who is no member is refused as such."""
    with pytest.raises(InputError) as refused:
        await bench.service.record.cluster(actor(ANA), called)
    assert worded(refused.value.fields["cluster"]).replace(called, "X") == worded(
        replace(refused.value.fields["cluster"], facts={"called": "X", "action": "view"})
    )
    assert bench.store.log[-1].action == "audit.refused"
    bench.people.add(ADA, Standing.GUEST)
    with pytest.raises(NotAllowed):
        await bench.service.record.cluster(actor(ADA), called)
    assert await reads(bench, BEA, None) == 0
