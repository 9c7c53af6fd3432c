"""Freezing a cluster: in whose zone, by whom, and with what on record."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.errors import InputError
from bot.core.freezes import Freeze
from bot.core.grants import Role
from bot.core.ids import ClusterRef, FreezeId, UserId
from bot.core.person import Standing
from bot.core.scope import Scope
from bot.service.cluster_freezes import NoSuchFreeze
from bot.service.freezing import Freezing, NoReason
from tests.harness.working import ANA, BEN, CLEO, Bench, actor


@pytest.mark.parametrize(
    ("zone", "instant"),
    [
        ("", "2026-11-23T18:00:00+00:00"),  # the bot's
        ("Mars/Olympus", "2026-11-23T18:00:00+00:00"),
        ("../../etc/passwd", "2026-11-23T18:00:00+00:00"),
        ("America/New_York", "2026-11-23T23:00:00+00:00"),
    ],
)
async def test_wall_times_are_of_the_persons_own_zone(bench: Bench, zone: str, instant: str):
    """As Slack says it; where that is nothing that is known here, of the bot's."""
    bench.people._people[CLEO] = replace(bench.people._people[CLEO], zone=zone)
    done = await bench.service.freezing.freeze(actor(CLEO), "dwh-prod", "until 18:00 the move")
    assert done.frozen.freeze.until is not None
    assert done.frozen.freeze.until.isoformat() == instant
    assert bench.woken.is_set()


async def test_it_is_on_record_with_all_that_it_says(bench: Bench):
    """Who, of which team, what, until when, and why; its end, too."""
    await bench.service.freezing.freeze(actor(CLEO), "dwh-prod", "for 3h the move\x00")
    done = await bench.service.freezing.unfreeze(actor(CLEO), "DWH-Prod")
    began, ended = bench.store.log[-2:]
    assert [(e.action, e.actor, e.team, e.cluster) for e in (began, ended)] == [
        (action, CLEO, "T0000ACME", bench.prod.ref) for action in ("freeze.set", "freeze.ended")
    ]
    (freeze,) = done.ended
    assert json.loads(began.detail) == {
        "freeze": freeze.id,
        "cloud": "default",
        "cluster": bench.prod.ref.id,
        "until": "2026-11-23T17:05:00+00:00",
        "reason": "the move",
        "meanwhile": "hold",
    }
    assert began.detail == ended.detail


async def test_an_admin_who_was_deactivated_since_is_none(bench: Bench):
    """Slack is asked again right before."""
    await bench.service.freezing.freeze(actor(CLEO), "dwh-prod", "the move")
    bench.people.add(CLEO, Standing.DEACTIVATED)
    with pytest.raises(Exception, match="refused"):
        await bench.service.freezing.unfreeze(actor(CLEO), "dwh-prod")
    assert all(f.is_on(bench.clock.now()) for f in bench.store.frozen.values())


async def test_the_freeze_of_many_is_not_undone_by_the_admin_of_one(bench: Bench):
    """Nor by anybody from Slack; what isn't there is the same."""
    every = Freeze(FreezeId("F-9"), Scope(), "the move", CLEO, bench.clock.now())
    bench.store.frozen[every.id] = every
    for freeze in (every.id, FreezeId("F-404"), FreezeId("")):
        for who in (CLEO, ANA):
            with pytest.raises(NoSuchFreeze):
                await bench.service.freezing.undo(actor(who), freeze)
    assert every.is_on(bench.clock.now())


async def test_a_reason_is_needed_on_every_way(bench: Bench):
    """Of blanks and what can't be seen there is none."""
    for reason in ("", " \n", "\u200b"):
        with pytest.raises(NoReason):
            await Freezing(store=bench.store, by="cli:root").freeze(Scope(), reason)
    assert bench.store.frozen == {}


def kept(bench: Bench, scope: Scope, number: int = 1, *, name: str = "") -> Freeze:
    """Return a freeze that is on."""
    freeze = Freeze(FreezeId(f"F-{number}"), scope, "the move", CLEO, bench.clock.now(), cluster_name=name)
    bench.store.frozen[freeze.id] = freeze
    return freeze


async def test_exactly_that_freeze_is_undone(bench: Bench):
    """By any admin of the cluster, who hears what still keeps snapshots from starting; the worker looks at once."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    first, second = kept(bench, Scope.of(bench.prod.ref), 1), kept(bench, Scope.of(bench.prod.ref), 2)
    await bench.inventory.clusters()
    done = await bench.service.freezing.undo(actor(BEN), first.id)
    assert (done.cluster.ref, done.cluster.name, done.ended) == (bench.prod.ref, "dwh-prod", (first,))
    assert len(done.still) == 1
    assert bench.woken.is_set()
    assert (bench.store.frozen[first.id].ended_by, bench.store.frozen[second.id]) == (BEN, second)
    assert [(e.action, e.actor, e.cluster) for e in bench.store.log] == [("freeze.ended", BEN, bench.prod.ref)]


async def test_what_is_over_is_not_undone_again(bench: Bench):
    """Nothing is ended, and nothing is on record a second time."""
    freeze = kept(bench, Scope.of(bench.prod.ref))
    await bench.service.freezing.undo(actor(CLEO), freeze.id)
    again = await bench.service.freezing.undo(actor(CLEO), freeze.id)
    assert (again.ended, again.still) == ((), ())
    assert [e.action for e in bench.store.log] == ["freeze.ended"]


@pytest.mark.parametrize("who", [ANA, BEN])
async def test_who_is_no_admin_of_the_cluster_undoes_nothing(bench: Bench, who: UserId):
    """For them it is as if there were none, and what they tried is on record."""
    bench.grant(BEN, Role.ADMIN, bench.dev)
    freeze = kept(bench, Scope.of(bench.prod.ref))
    with pytest.raises(NoSuchFreeze):
        await bench.service.freezing.undo(actor(who), freeze.id)
    assert bench.store.frozen == {freeze.id: freeze}
    refused = [(e.actor, e.rule, e.cluster) for e in bench.store.log if e.action == "freeze.refused"]
    assert refused == [(who, "no-grant", bench.prod.ref)]


async def test_a_cluster_that_is_gone_is_called_as_when_it_was_frozen(bench: Bench):
    """Its freeze can be undone all the same."""
    gone = Scope("default", "0b5e9f0e-0000-4000-8000-000000000000")
    freeze = kept(bench, gone, name="dwh-old")
    done = await bench.service.freezing.undo(actor(CLEO), freeze.id)
    assert (done.cluster.name, done.ended) == ("dwh-old", (freeze,))


async def test_an_admin_who_lost_the_right_meanwhile_freezes_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The name was found by the rights of a moment ago: those of now count, and it is as if it weren't there."""
    bench.grant(BEN, Role.ADMIN, bench.prod)
    resolve = bench.service.freezing._naming.resolve

    async def meanwhile(*which: Any, **how: Any) -> ClusterRef:
        found = await resolve(*which, **how)
        bench.revoke(BEN)
        return found

    monkeypatch.setattr(bench.service.freezing._naming, "resolve", meanwhile)
    with pytest.raises(InputError) as refused:
        await bench.service.freezing.freeze(actor(BEN), "dwh-prod", "the move")
    assert {field: phrase.code for field, phrase in refused.value.fields.items()} == {"cluster": "no-cluster-called"}
    assert bench.store.frozen == {}
    assert [e.actor for e in bench.store.log if e.action == "freeze.refused"] == [BEN]
