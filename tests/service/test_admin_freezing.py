"""Freezes by admins of whatever they reach: what waits meanwhile goes on afterwards."""

from __future__ import annotations

import pytest

from bot.core.access import NotAllowed
from bot.core.approval import Meanwhile
from bot.core.errors import InputError
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import ClusterId, FreezeId
from bot.core.request import State
from bot.core.scope import Scope
from bot.service.admin_freezing import FreezeWish
from bot.service.cluster_freezes import NoSuchFreeze
from tests.harness.working import ANA, BEN, CLEO, Bench, actor


def wish(on: Scope | None, *, until: str = "3h", reason: str = "quarter end") -> FreezeWish:
    """Return what a form asks for."""
    return FreezeWish(on, until, reason, Meanwhile.HOLD, passes_break_glass=False)


def refusals(bench: Bench) -> list[tuple[str, str, object]]:
    """Return who was refused by which rule, and of what cluster."""
    return [(e.actor, e.rule, e.cluster) for e in bench.store.log if e.action == "freeze.refused"]


@pytest.mark.parametrize("on", [Scope(), Scope(cluster="dwh-*")])
async def test_what_it_holds_goes_on_when_it_is_ended(bench: Bench, on: Scope):
    """An approved request starts at once, and not before; the worker is woken both times."""
    request = await bench.approved()
    done, _ = await bench.service.admin_freezing.freeze(actor(CLEO), wish(on), freeze_id=FreezeId("F-V1"))
    assert bench.woken.is_set()
    assert [r.id for r in done.holds] == [request.id]
    await bench.turn()
    assert bench.now(request).state is State.APPROVED
    bench.woken.clear()
    assert (await bench.service.admin_freezing.end(actor(CLEO), done.freeze.id)).was_on
    assert bench.woken.is_set()
    await bench.turn()
    assert bench.now(request).state is State.CREATING


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        (wish(None), {"on": "no-clusters-chosen"}),
        (wish(Scope(), until="whenever"), {"ends": "no-moment"}),
        (wish(Scope(), until="2020-01-01"), {"ends": "moment-over"}),
        (wish(Scope(), reason=" \u200b\n"), {"reason": "admin-freeze-why"}),
        (
            wish(None, until="91d", reason=""),
            {"on": "no-clusters-chosen", "ends": "no-span", "reason": "admin-freeze-why"},
        ),
    ],
)
async def test_what_is_wrong_is_said_on_its_field(bench: Bench, typed: FreezeWish, codes: dict[str, str]):
    """All of it at once, and nothing is frozen."""
    with pytest.raises(InputError) as refused:
        await bench.service.admin_freezing.freeze(actor(CLEO), typed, freeze_id=FreezeId("F-V1"))
    assert {field: phrase.code for field, phrase in refused.value.fields.items()} == codes
    assert bench.store.frozen == {}
    assert not bench.woken.is_set()


async def test_without_an_end_it_holds_until_it_is_ended(bench: Bench):
    """A form of which the end is left empty; sent twice, it is frozen once."""
    use = bench.service.admin_freezing
    for _ in range(2):
        await use.freeze(actor(CLEO), wish(Scope.of(bench.prod.ref), until=" "), freeze_id=FreezeId("F-V1"))
    (freeze,) = bench.store.frozen.values()
    assert (freeze.id, freeze.until, freeze.cluster_name, freeze.set_by) == ("F-V1", None, "dwh-prod", CLEO)
    assert [e.action for e in bench.store.log] == ["freeze.set"]


async def test_what_is_not_theirs_is_not_frozen(bench: Bench):
    """An admin of one cluster freezes neither another nor all; what they tried is on record."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    for on in (Scope(), Scope.of(bench.dev.ref)):
        with pytest.raises(InputError) as refused:
            await bench.service.admin_freezing.freeze(actor(BEN), wish(on), freeze_id=FreezeId("F-V1"))
        assert {field: phrase.code for field, phrase in refused.value.fields.items()} == {"on": "not-yours-to-change"}
    assert refusals(bench) == [(BEN, "no-grant", None), (BEN, "no-grant", bench.dev.ref)]
    assert bench.store.frozen == {}


async def test_a_cluster_that_is_not_there_is_not_frozen(bench: Bench):
    """Also by who is an admin of everything: a form may be older than the cluster's end."""
    gone = Scope("default", ClusterId("0b5e9f0e-0000-4000-8000-000000000000"))
    with pytest.raises(InputError) as refused:
        await bench.service.admin_freezing.freeze(actor(CLEO), wish(gone), freeze_id=FreezeId("F-V1"))
    assert set(refused.value.fields) == {"on"}
    assert bench.store.frozen == {}


async def test_who_is_no_admin_neither_freezes_nor_ends(bench: Bench):
    """Whatever they name."""
    freeze = Freeze(FreezeId("F-1"), Scope(), "the move", CLEO, bench.clock.now())
    bench.store.frozen[freeze.id] = freeze
    with pytest.raises(NotAllowed):
        await bench.service.admin_freezing.freeze(actor(ANA), wish(Scope()), freeze_id=FreezeId("F-V1"))
    with pytest.raises(NotAllowed):
        await bench.service.admin_freezing.end(actor(ANA), freeze.id)
    assert bench.store.frozen == {freeze.id: freeze}


async def test_what_is_not_theirs_is_not_ended(bench: Bench):
    """It is for them as if it weren't there; that they tried is on record, as what isn't there isn't."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    freeze = Freeze(FreezeId("F-1"), Scope.of(bench.dev.ref), "the move", CLEO, bench.clock.now())
    bench.store.frozen[freeze.id] = freeze
    for freeze_id in (freeze.id, FreezeId("F-404")):
        with pytest.raises(NoSuchFreeze):
            await bench.service.admin_freezing.end(actor(BEN), freeze_id)
    assert refusals(bench) == [(BEN, "no-grant", bench.dev.ref)]
    assert bench.store.frozen == {freeze.id: freeze}
    assert not bench.woken.is_set()


async def test_an_end_that_came_before_is_told_as_that(bench: Bench):
    """The second who ends it hears that it was over, with the name of what it was of."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    freeze = Freeze(FreezeId("F-1"), Scope.of(bench.prod.ref), "the move", CLEO, bench.clock.now())
    bench.store.frozen[freeze.id] = freeze
    first = await bench.service.admin_freezing.end(actor(BEN), freeze.id)
    second = await bench.service.admin_freezing.end(actor(CLEO), freeze.id)
    assert (first.was_on, first.name, first.freeze.ended_by) == (True, "dwh-prod", BEN)
    assert (second.was_on, second.freeze) == (False, first.freeze)
    assert [(e.action, e.actor) for e in bench.store.log] == [("freeze.ended", BEN)]
