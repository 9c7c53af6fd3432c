"""A workspace where others ask a lot: nobody's own requests are lost among theirs."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from bot.core.grants import Grant, Role
from bot.core.ids import Actor, Principal, UserId
from bot.core.request import State
from bot.core.scope import Scope
from bot.service import Ask, Listed
from tests.fakes.slack_bot import OPS, Bot, bot_in_sandbox
from tests.harness.working import ANA, BEN, CLEO, Bench, actor

ELSE, APPROVES = UserId("U0000ELSE"), UserId("U0APPROVES")
MANY = 260  # more than are looked at where rights are wide


@pytest.fixture
async def bench(bench: Bench) -> Bench:
    """Ana asked for dwh-prod once; since then somebody else has asked for dwh-dev again and again."""
    bench.people.add(ELSE)
    bench.store.given = [
        g for g in bench.store.given if g.holder.id in (ANA, BEN, CLEO) and g.scope.cluster == bench.prod.ref.id
    ]
    ref = bench.dev.ref
    bench.store.given.append(
        Grant(Principal(ELSE), Role.REQUEST, Scope(ref.cloud, ref.id), CLEO, bench.clock.now(), "dwh-dev")
    )
    bench.people.add(APPROVES)
    bench.grant(APPROVES, Role.APPROVE, bench.dev)
    await bench.ask("hers-1")
    for number in range(MANY):
        bench.clock.advance(1)
        await bench.ask(f"theirs-{number}", by=ELSE, cluster=bench.dev)
    return bench


async def test_ones_own_is_found_however_many_came_after(bench: Bench):
    """`/snapshot status` and the list have the request of somebody who asked long ago."""
    looking = bench.service.reviews
    newest = await looking.newest_of(actor(ANA))
    assert newest is not None
    assert newest.request.name == "hers-1"
    assert [f.request.name for f in (await looking.page(actor(ANA), Listed.ALL)).requests] == ["hers-1"]


@pytest.mark.parametrize("scope", [Scope("*", "dwh-p*"), Scope("default", "dwh-p*")], ids=str)
async def test_rights_by_the_beginning_of_a_name_hide_nothing_either(bench: Bench, scope: Scope):
    """Neither ones own nor what waits for one: the clusters that the names mean now are looked through."""
    bench.store.given = [replace(g, scope=scope) if g.holder.id in (ANA, BEN) else g for g in bench.store.given]
    await bench.inventory.look(bench.cloud.name)
    seen = await bench.service.reviews.overview(actor(BEN))
    assert [f.request.name for f in seen.waiting_for_me] == ["hers-1"]
    for request in list(bench.store.requests.values()):
        await bench.service.approvals.withdraw(actor(request.requester), request.id)
    for person in (ANA, BEN):
        seen = await bench.service.reviews.overview(actor(person))
        assert [f.request.name for f in seen.recent] == ["hers-1"]


async def test_who_never_asked_has_no_newest(bench: Bench):
    """None where somebody never asked."""
    assert await bench.service.reviews.newest_of(actor(BEN)) is None


async def test_what_waits_for_an_approver_is_found_among_what_does_not(bench: Bench):
    """Home has the one request that waits for ben, though hundreds that don't are newer."""
    seen = await bench.service.reviews.overview(actor(BEN))
    assert [f.request.name for f in seen.waiting_for_me] == ["hers-1"]


async def test_what_ended_lately_is_what_one_may_see(bench: Bench):
    """Home's last part has what ended on the clusters of one's rights, whatever ended elsewhere since."""
    for request in list(bench.store.requests.values()):
        await bench.service.approvals.withdraw(actor(request.requester), request.id)
    seen = await bench.service.reviews.overview(actor(BEN))
    assert [(f.request.name, f.request.state) for f in seen.recent] == [("hers-1", State.WITHDRAWN)]


async def test_admins_see_the_newest_of_all(bench: Bench):
    """An admin sees everything, the newest first."""
    seen = (await bench.service.reviews.page(actor(CLEO), Listed.ALL, size=2)).requests
    assert [f.request.name for f in seen] == [f"theirs-{MANY - 1}", f"theirs-{MANY - 2}"]


class TestSixtyWait:
    """Sixty requests of ana's wait for ben, each asked a minute after the one before."""

    @pytest.fixture
    async def bot(self) -> AsyncIterator[Bot]:
        """The bot in the sandbox, where that is so."""
        rights = ("ana", Role.REQUEST, "*"), ("ben", Role.APPROVE, "*")
        async with bot_in_sandbox(rights=rights, rate_limits=False) as running:
            prod = next(iter(running.cloud.known_clusters.values()))
            asker = Actor(running.door.identity.team, ANA)
            for number in range(60):
                ask = Ask(cluster=prod.ref, name=f"nightly-{number:02}", description="", channel=OPS)
                await running.service.intake.ask(asker, ask, origin=f"test:{number}")
                running.clock.advance(60)
            yield running

    async def test_home_shows_what_expires_first_and_says_how_many_more(self, bot: Bot):
        """An approver finds the oldest on top and learns of the other 52; so does who asked, of the newest."""
        waiting = await bot.slack.user("ben").home()
        await waiting.wait_for("Waiting for you")
        names = re.findall(r"nightly-\d\d", waiting.text)
        assert names == [f"nightly-{number:02}" for number in range(8)]
        assert "0 of 1 · expires 2026-11-23 22:05 UTC" in waiting.text
        assert "and 52 more that expire later" in waiting.text
        hers = await bot.slack.user("ana").home()
        await hers.wait_for("Your open requests")
        assert "nightly-59" in hers.text
        assert "and 52 more, older" in hers.text

    async def test_help_counts_them_all(self, bot: Bot):
        """What waits is counted in full."""
        told = await bot.slack.user("ben").command_reply("/snapshot help")
        assert "and 57 more: on the card" in told.text

    async def test_a_list_says_that_it_is_a_part(self, bot: Bot):
        """Ten of more are called the ten newest, in words that make sense alone, too."""
        told = await bot.slack.user("ben").command_reply("/snapshot list")
        assert told.text.startswith("The 10 newest requests for snapshots that you may see:")
        assert told.notification.startswith("The 10 newest requests for snapshots that you may see:")
        assert len(set(re.findall(r"nightly-\d\d", told.text))) == 10

    async def test_what_ended_before_the_last_eight_is_pointed_to(self, bot: Bot):
        """Home's last part says that there are older ones, with a button to see them."""
        for request in list(bot.store.requests.values())[:9]:
            await bot.service.approvals.withdraw(Actor(request.team, request.requester), request.id)
        home = await bot.slack.user("ana").home()
        await home.wait_for("Ended lately")
        assert home.text.count("Withdrawn") == 8
        assert "and older ones" in home.text
