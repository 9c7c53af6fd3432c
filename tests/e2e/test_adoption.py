"""Whose snapshot is it? Ours only after a lost answer and only with proof; then whatever the cloud made of its text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.admin import administering
from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.ids import ClusterId
from bot.core.request import SnapshotRequest, State
from bot.dws.client import open_cloud
from bot.dws.credentials import read_clouds
from bot.environment import Environment
from bot.service import Ask
from bot.words import reasons
from bot.worker import Pace
from dws_sandbox import DwsSimulator, SimCluster
from dws_sandbox.descriptions import FORMS
from tests.harness.running import a_world, started
from tests.harness.working import ANA, BEN, OPS, Bench, actor, submitting

LOST = CloudUnavailable("read timeout")
TEXT = "before the migration"
# What the form takes and clouds garble: several lines and blanks, decomposed letters, emoji of one and of more parts.
TYPED = "  Vor dem Umzug:\r\n fu\u0308r\u00a0Ana 🚀 👩🏽‍🚀 ½ ❤️\n"
FILED = "Vor dem Umzug: f\u00fcr Ana 🚀 👩🏽‍🚀 ½ ❤️"


async def asked(bench: Bench, description: str = TYPED, name: str = "nightly-1") -> SnapshotRequest:
    """Return a request for dwh-prod that ben has approved, three seconds later."""
    ask = Ask(cluster=bench.prod.ref, name=name, description=description, channel=OPS)
    request = await bench.service.intake.ask(actor(ANA), ask, origin=f"view:{name}")
    bench.clock.advance(3)
    return await bench.service.approvals.approve(actor(BEN), request.id)


def rival(monkeypatch: pytest.MonkeyPatch, bench: Bench, **facts: Any) -> None:
    """Let somebody else make a snapshot between our next look and our POST, the same in everything but *facts*."""
    create = bench.cloud.create_snapshot

    async def beaten(cluster: ClusterId, name: str, description: str) -> Any:
        theirs = {"name": name, "description": description} | facts
        bench.cloud.add_snapshot(cluster, **theirs)
        return await create(cluster, name, description)

    monkeypatch.setattr(bench.cloud, "create_snapshot", beaten)


# A definite answer to the only attempt


@pytest.mark.parametrize(
    "facts",
    [{}, {"started": None}, {"status": "AVAILABLE", "size_gb": 1.0}, {"name": "NIGHTLY-1"}, {"description": ""}],
    ids=["the same in everything", "no start", "done", "another case", "another description"],
)
async def test_a_strangers_snapshot_that_beat_our_only_attempt_is_not_ours(
    bench: Bench, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    """ "Duplicate name" to the only attempt: the twin is somebody else's, however well it fits."""
    request = await asked(bench)
    rival(monkeypatch, bench, **facts)
    await bench.turn()
    ended = bench.now(request)
    assert (ended.state, ended.snapshot_id) == (State.FAILED, None)
    assert "already exists" in reasons.problem(ended.why)
    assert bench.posts == 1


@pytest.mark.parametrize(
    "refusal",
    [
        CloudRejected("400", status=400, message="wrong"),
        CloudNotFound("404"),
        CloudBusy("409"),
        CloudLoginRefused("401"),
        CloudForbidden("403"),
        CloudUnavailable("429", maybe_done=False),
    ],
    ids=lambda e: type(e).__name__,
)
async def test_after_any_definite_answer_a_fitting_twin_is_a_strangers(bench: Bench, refusal: CloudError):
    """The cloud surely did nothing: what has our name afterwards was made by somebody else, and we ask for nothing."""
    request = await asked(bench)
    bench.cloud.failing_create = [refusal]
    await bench.turn()
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description=FILED)
    for _ in range(3):
        await bench.later()
    assert (bench.now(request).state, bench.now(request).snapshot_id) == (State.FAILED, None)
    assert bench.posts == 1


async def test_a_twin_that_is_there_before_any_attempt_is_a_strangers(bench: Bench):
    """Seen by the look before the first POST: nothing is posted."""
    request = await asked(bench)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description=FILED)
    await bench.turn()
    assert bench.now(request).state is State.FAILED
    assert bench.posts == 0


async def test_a_settled_attempt_proves_nothing_for_the_next(bench: Bench):
    """Refused as busy, then lost: the look that counts is the one before the attempt that was lost."""
    request = await asked(bench)
    bench.cloud.failing_create = [CloudBusy("409")]
    await bench.turn()
    held = bench.now(request)
    assert (held.state, held.looked_at, held.listed_at) == (State.APPROVED, None, None)
    bench.cloud.losing = 1
    await bench.later()
    lost = bench.now(request)
    assert lost.looked_at is not None
    assert lost.attempted_at is not None
    assert held.updated_at < lost.looked_at <= lost.attempted_at
    assert lost.listed_at == lost.looked_at.replace(microsecond=0)
    await bench.later()
    assert bench.now(request).state is State.CREATING


async def test_two_attempts_of_which_one_was_lost_keep_the_first_look(bench: Bench):
    """The first may land late, so what the second look saw says nothing against it."""
    request = await asked(bench)
    bench.cloud.failing_create = [LOST, LOST]
    await bench.turn()
    first = bench.now(request)
    await bench.later()
    second = bench.now(request)
    assert (second.attempts, second.attempted_at) == (2, first.attempted_at)
    assert (second.looked_at, second.listed_at) == (first.looked_at, first.listed_at)
    began = first.attempted_at
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description=FILED, started=began)
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert bench.posts == 2


# A lost answer


async def lost(bench: Bench, description: str = TYPED, *, acted: bool = False) -> SnapshotRequest:
    """Return a request whose POST got no answer; *acted* says whether the cloud did it all the same."""
    return await submitting(bench, await asked(bench, description), acted=acted)


@pytest.mark.parametrize("ahead", [-86400, -3600, -61, -1, 0, 1, 61, 3600, 86400], ids=lambda s: f"{s}s")
@pytest.mark.parametrize("restarted", [False, True])
async def test_whatever_the_two_clocks_say_our_own_is_taken(bench: Bench, ahead: int, restarted: bool):
    """The cloud's times are compared with its own clock, and what it showed is kept with the attempt."""
    bench.cloud.ahead = timedelta(seconds=ahead)
    request = await lost(bench, acted=True)
    if restarted:
        bench.start()
    await bench.later()
    assert (bench.now(request).state, bench.now(request).snapshot_id) == (State.CREATING, bench.snapshot().id)
    assert bench.posts == 1


async def test_our_own_clock_may_be_put_right_meanwhile(bench: Bench):
    """Five minutes ahead while it asked, right when it looks again: its own clock plays no part."""
    bench.cloud.ahead = timedelta(minutes=-5)
    request = await lost(bench, acted=True)
    bench.cloud.ahead = timedelta(0)  # ours went back by five minutes: the difference is gone
    await bench.later()
    assert bench.now(request).state is State.CREATING


@pytest.mark.parametrize("ahead", [-600, 0, 600], ids=lambda s: f"{s}s")
@pytest.mark.parametrize(("before", "ours"), [(0, True), (2, True), (3, False), (30, False)], ids=lambda v: str(v))
async def test_what_began_before_our_look_is_a_strangers(bench: Bench, ahead: int, before: int, ours: bool):
    """A list may lag: what it didn't show though it ran already was there before we asked."""
    bench.cloud.ahead = timedelta(seconds=ahead)
    request = await lost(bench)
    listed_at = bench.now(request).listed_at
    assert listed_at is not None
    began = listed_at - timedelta(seconds=before)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description=FILED, started=began)
    await bench.later()
    assert (bench.now(request).state is State.CREATING) is ours
    assert ours or "it isn't of this request" in reasons.problem(bench.now(request).why)


@pytest.mark.parametrize("when", ["at the look", "at the settling", "always"])
async def test_a_cloud_that_does_not_tell_the_time_speaks_against_nothing(bench: Bench, when: str):
    """No `Date`: there is nothing to compare with; cluster, name and description decide."""
    bench.cloud.ahead = timedelta(hours=-2)
    bench.cloud.tells_time = when == "at the settling"
    request = await lost(bench, acted=True)
    assert (bench.now(request).listed_at is None) is (when != "at the settling")
    bench.cloud.tells_time = when == "at the look"
    await bench.later()
    assert bench.now(request).state is State.CREATING


@pytest.mark.parametrize(
    ("name", "ours"), [("nightly-1", True), ("Nightly-1", False), ("NIGHTLY-1", False)], ids=lambda v: str(v)
)
async def test_a_name_in_another_case_is_not_ours(bench: Bench, name: str, ours: bool):
    """DWS takes it for the same name, so ours can't be made; but nobody wrote it so for us, and the words say it."""
    request = await lost(bench)
    bench.cloud.add_snapshot(bench.prod.ref.id, name, description=FILED)
    await bench.later()
    now = bench.now(request)
    assert now.state is (State.CREATING if ours else State.FAILED)
    if not ours:
        assert f"(names ignore case): {name}, written differently; it isn't of this request" in reasons.problem(now.why)
        assert reasons.advice(now.why) == "Ask again with another name."


async def test_a_cloud_that_minds_case_after_all(bench: Bench):
    """With two that differ in case only, ours is the one of our writing, in whatever order they are listed."""
    request = await lost(bench, acted=True)
    made = bench.snapshot()
    theirs = replace(made, id=type(made.id)("theirs"), name="Nightly-1")
    bench.cloud.known_snapshots = {theirs.id: theirs, made.id: made}
    await bench.later()
    assert (bench.now(request).state, bench.now(request).snapshot_id) == (State.CREATING, made.id)


@pytest.mark.parametrize("form", FORMS)
async def test_our_own_is_taken_whatever_form_its_description_has(bench: Bench, form: str):
    """The text as it came back is another; what it says is the same."""
    bench.cloud.keeps = lambda text: FORMS[form](text) or ""
    request = await lost(bench, acted=True)
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert bench.posts == 1


@pytest.mark.parametrize("description", ["", " ", "\u200b"])
async def test_no_description_is_an_empty_one(bench: Bench, description: str):
    """Blank, invisible or none: nothing is filed, and nothing is what comes back."""
    request = await lost(bench, description, acted=True)
    assert bench.now(request).description == ""
    await bench.later()
    assert bench.now(request).state is State.CREATING


async def test_a_duplicate_name_after_a_lost_answer_may_be_our_own(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The first attempt landed late: the second is refused, and the proof says whose it is."""
    for facts, state in (({}, State.CREATING), ({"description": "theirs"}, State.FAILED)):
        bench = Bench()
        request = await lost(bench)
        rival(monkeypatch, bench, **facts)
        await bench.later()
        assert bench.now(request).state is state
        assert bench.posts == 2


# Rows of before looks were saved


@pytest.mark.parametrize("ahead", [-3600, 0, 3600], ids=lambda s: f"{s}s")
@pytest.mark.parametrize(("before", "ours"), [(0, True), (10, False)], ids=lambda v: str(v))
async def test_an_attempt_without_a_look_is_put_on_the_clouds_clock(bench: Bench, ahead: int, before: int, ours: bool):
    """What was under way at the upgrade: when it was sent is known by our clock, and by how much the two differ."""
    bench.cloud.ahead = timedelta(seconds=ahead)
    request = await lost(bench)
    attempted_at = bench.now(request).attempted_at
    assert attempted_at is not None
    bench.store.requests[request.id] = replace(
        bench.now(request), looked_at=None, listed_at=None, description="Vor dem Umzug:\n für Ana 🚀"
    )
    began = attempted_at + bench.cloud.ahead - timedelta(seconds=before)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description="Vor dem Umzug: für Ana ?", started=began)
    await bench.later()
    assert bench.now(request).state is (State.CREATING if ours else State.FAILED)


async def test_an_attempt_without_a_look_and_a_cloud_without_a_clock(bench: Bench):
    """Neither is known, so neither speaks against it; nor does a second attempt invent a look for the first."""
    bench.cloud.ahead, bench.cloud.tells_time = timedelta(hours=-2), False
    request = await lost(bench)
    bench.store.requests[request.id] = replace(bench.now(request), looked_at=None, listed_at=None)
    bench.cloud.failing_create = [LOST]
    await bench.later()
    assert (bench.now(request).attempts, bench.now(request).looked_at) == (2, None)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description=FILED)
    await bench.later()
    assert bench.now(request).state is State.CREATING


# The real client against the simulator


@asynccontextmanager
async def wired(*, ahead: float = 0.0) -> AsyncIterator[tuple[Bench, DwsSimulator]]:
    """Put the bench on the real client and a simulator whose clock is *ahead* of the bot's."""
    bench = Bench(pace=Pace())
    created = datetime(2026, 1, 1, tzinfo=UTC)
    clusters = [SimCluster(c.ref.id, c.name, "8.3.0.109", 6.2, created) for c in (bench.prod, bench.dev)]
    nowhere = Path("/nonexistent")
    async with DwsSimulator(clock=bench.clock, ahead=ahead, clusters=clusters, snapshots=[]) as simulator:
        (settings,) = read_clouds(Environment(simulator.env(), cwd=nowhere, home=nowhere, etc=nowhere))
        async with open_cloud(settings, clock=bench.clock) as client:
            assert client.name == bench.cloud.name
            bench.more_clouds = [client]  # by its name it takes the fake one's place
            bench.start()
            yield bench, simulator


@pytest.mark.parametrize("form", [None, *FORMS], ids=str)
async def test_over_http_our_own_is_taken_whatever_form_its_description_has(form: str | None):
    """One canonical line goes out; the connection breaks after the cloud has done it; the list shows another text."""
    async with wired(ahead=-90) as (bench, simulator):
        request = await asked(bench)
        simulator.break_next("drop_after", on="create")
        if form:
            simulator.break_next("rewords", form=form)
        await bench.turn()
        assert bench.now(request).state is State.SUBMITTING
        await bench.later()
        (made,) = simulator.project.snapshots.values()
        assert (bench.now(request).state, bench.now(request).snapshot_id) == (State.CREATING, made.id)
        assert made.description == (FORMS[form](FILED) if form else FILED)
        assert simulator.calls.counts["create"] == 1


@pytest.mark.parametrize("ahead", [-400, 0, 400])
@pytest.mark.parametrize("description", ["", TEXT])
async def test_over_http_a_strangers_twin_that_beat_us_is_not_ours(ahead: float, description: str):
    """Between our look and our POST somebody makes the very same: 400 "duplicate name" is a failure with its words."""
    async with wired(ahead=ahead) as (bench, simulator):
        request = await asked(bench, description)
        simulator.break_next("rival")
        await bench.turn()
        ended = bench.now(request)
        assert (ended.state, ended.snapshot_id) == (State.FAILED, None)
        assert "the snapshot name nightly-1 already exists" in reasons.problem(ended.why)
        assert simulator.calls.counts["create"] == 1


@pytest.mark.parametrize("ahead", [-400, 0, 400])
@pytest.mark.parametrize(
    ("options", "state"),
    [
        ({}, State.CREATING),  # the very same, begun after our look, and our answer lost: nobody can tell them apart
        ({"seconds": 30}, State.FAILED),
        ({"name": "Nightly-1"}, State.FAILED),
        ({"description": "theirs"}, State.FAILED),
    ],
    ids=["same", "began before", "another case", "another description"],
)
async def test_over_http_after_a_lost_answer_the_proof_decides(ahead: float, options: dict[str, Any], state: State):
    """A list that lagged, another case, another text: each shows that the twin isn't what our attempt made."""
    async with wired(ahead=ahead) as (bench, simulator):
        request = await asked(bench, TEXT)
        simulator.break_next("rival", **options)
        simulator.break_next("drop_after", on="create")
        await bench.turn()
        assert bench.now(request).state is State.SUBMITTING
        await bench.later()
        assert bench.now(request).state is state
        assert simulator.calls.counts["create"] == 1


async def test_what_one_client_is_told_of_the_time_is_of_its_last_list():
    """Only lists of snapshots count, and one that fails leaves nothing known."""
    async with wired(ahead=100) as (bench, simulator):
        client = bench.inventory.cloud(bench.cloud.name)
        await client.clusters()
        assert client.listed_at is None
        await client.snapshots()
        assert client.listed_at == (bench.clock.now() + timedelta(seconds=100)).replace(microsecond=0)
        simulator.break_next("denied", on="list")
        with pytest.raises(CloudForbidden):
            await client.snapshots()
        assert client.listed_at is None


# The whole bot


@pytest.mark.telling
async def test_on_the_card_a_strangers_twin_is_a_failure_and_our_own_is_available(tmp_path: Path, database_in):
    """Through Slack, HTTP and the database, with a cloud whose clock is two minutes behind the bot's."""
    database = {"SNAPSHOT_BOT_DATABASE": database_in(tmp_path)}
    async with a_world(tmp_path, start=False, environ=database) as world:
        world.cloud.clock.ahead = -120
        async with started(world):
            world.cloud.break_next("rival")
            beaten = await world.ask("ana", "beaten", description=TYPED)
            await world.approve("ben", beaten)
            await beaten.wait_for("Failed")
            assert "already exists" in beaten.text
            assert "Available" not in beaten.text

            world.cloud.break_next("rewords", form="question_marks")
            world.cloud.break_next("drop_after", on="create")
            ours = await world.ask("ana", "our-own", description=TYPED)
            assert FILED in ours.text
            await world.approve("ben", ours)
            await ours.wait_for("Available", seconds=60)
            async with administering(world.environ) as admin:
                kept = {r.name: r for r in await admin.requests(only_open=False, limit=10)}
            made = {s.name: s for s in world.cloud.project.snapshots.values()}
            assert kept["our-own"].description == FILED
            assert kept["our-own"].snapshot_id == made["our-own"].id
            assert kept["our-own"].listed_at is not None
            assert kept["our-own"].looked_at is not None
            behind = kept["our-own"].looked_at - kept["our-own"].listed_at
            assert timedelta(seconds=115) < behind < timedelta(seconds=125)
            assert kept["beaten"].snapshot_id is None
