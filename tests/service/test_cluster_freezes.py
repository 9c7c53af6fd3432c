"""Freezing a cluster: in whose zone, by whom, and with what on record."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bot.core.freezes import Freeze
from bot.core.ids import FreezeId
from bot.core.person import Standing
from bot.core.scope import Scope
from bot.service.cluster_freezes import NoSuchFreeze
from bot.service.freezing import Freezing, NoReason
from tests.harness.working import ANA, CLEO, Bench, actor


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
