"""Answers that clouds really gave (tests/cases/dws.json), through the client, against the worker: what becomes of it.

The simulator is the cloud; on the way a proxy gives some of its answers instead.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from bot.core.events import Hold
from bot.core.ids import ClusterRef
from bot.core.request import State
from bot.core.snapshot import ClusterState
from bot.dws import bodies
from bot.words import reasons, worded
from tests.harness.proxied_cloud import (
    CALLS,
    CLUSTERS,
    CREATE,
    PROD,
    SNAPSHOTS,
    Case,
    Reality,
    a_reality,
    outcome,
)

CASES: dict[str, Any] = json.loads((Path(__file__).parents[1] / "cases/dws.json").read_text("utf-8"))


def label(case: Case) -> str:
    """Name a test by its case."""
    answer = case.get("answer", case)
    if "status" not in answer:
        return json.dumps(case["cluster"])
    code = next(iter(sorted(set(json.dumps(answer.get("body")).split('"')) & CODES)), "")
    return f"{case.get('on', '')} {answer['status']} {code or json.dumps(answer.get('body'))[:30]}".strip()


CODES = {
    part
    for key in CASES
    for case in CASES[key]
    for part in json.dumps(case).split('"')
    if part.startswith(("DWS.", "APIG", "AS."))
}


@pytest.fixture
async def reality() -> AsyncIterator[Reality]:
    """A cloud that answers as it should, so far."""
    async with a_reality() as there:
        yield there


@pytest.mark.parametrize("case", CASES["answers to POST /snapshots"], ids=label)
async def test_an_answer_to_the_create_call_has_its_outcome(reality: Reality, case: Case):
    """Whose move it is follows from who said what; operators hear where it is theirs, and nothing is lost by it."""
    request = await reality.asked()
    reality.proxy.answer(CREATE, case)
    await reality.bench.turn()
    held = reality.bench.now(request)
    assert outcome(held) == case["want"], reasons.problem(held.why)
    theirs = case["want"] in ("permission", "login", "address")
    assert reality.owes_operators(request) is theirs
    if case["want"] == "fail":
        assert "Correct it and ask again." in reasons.problem(held.why) or reasons.advice(held.why)
        return
    reality.proxy.instead.clear()
    for _ in range(3):
        await reality.bench.later()
    assert reality.bench.now(request).state is State.CREATING
    assert len(reality.simulator.project.snapshots) == 1


@pytest.mark.parametrize("case", CASES['answers to a list while CREATING: never "gone"'], ids=label)
async def test_no_answer_to_a_list_means_that_a_snapshot_is_gone(reality: Reality, case: Case):
    """A list names no object: whatever it is answered for ten minutes, the snapshot goes on, and its end is told."""
    request = await reality.creating()
    reality.proxy.answer(CALLS[case["on"]], case)
    until = reality.bench.clock.now() + timedelta(minutes=10)
    while reality.bench.clock.now() < until:
        await reality.bench.later()
        held = reality.bench.now(request)
        assert (held.state, held.hold is Hold.NONE) == (State.CREATING, False)
        assert "ask again" not in reasons.problem(held.why)
    assert ("GET", held.snapshot_id) not in reality.proxy.seen
    reality.proxy.instead.clear()
    reality.simulator.project.force_snapshot(str(held.snapshot_id), "AVAILABLE")
    await reality.bench.later()
    assert reality.bench.now(request).state is State.AVAILABLE


@pytest.mark.parametrize("case", CASES["words that are wrong for it"], ids=label)
async def test_words_that_are_wrong_are_not_said(reality: Reality, case: Case):
    """Nobody is sent to look for what the cloud didn't speak of."""
    request = await reality.asked() if case["on"] == "create" else await reality.creating()
    reality.proxy.answer(CALLS[case["on"]], case["answer"])
    await reality.bench.later()
    held = reality.bench.now(request)
    assert held.hold is Hold.PERMISSION
    for bad in case["bad"]:
        assert bad not in reasons.problem(held.why)
    message = next(part for part in json.dumps(case["answer"]["body"]).split('"') if part.endswith("."))
    action = next((word for word in message.split() if word.count(":") == 2), "")
    assert (action or message.rstrip(".")) in reasons.problem(held.why)


@pytest.mark.parametrize("case", CASES["create calls an hour, at most"], ids=label)
async def test_a_cloud_that_fails_is_left_alone_longer_each_time(reality: Reality, case: Case):
    """Few create calls in the first hour, fewer in the second; the record has what changed, not each try."""
    request = await reality.asked()
    reality.proxy.answer(CREATE, case["answer"])
    calls = []
    for _ in range(2):
        until = reality.bench.clock.now() + timedelta(hours=1)
        before = reality.proxy.seen.count(CREATE)
        while reality.bench.clock.now() < until:
            await reality.bench.later()
        calls.append(reality.proxy.seen.count(CREATE) - before)
    assert 3 <= calls[0] <= min(20, case["most"])
    assert 3 <= calls[1] < calls[0]
    assert reality.bench.now(request).attempts == sum(calls)
    record = [e.action for e in reality.bench.store.log if e.request_id == request.id]
    assert record == ["request.asked", "request.attempt_started", "request.answer_lost"]


async def test_words_that_differ_from_try_to_try_are_no_news(reality: Reality):
    """An id or a time in the cloud's own words: told once, and once more where the code is another one."""

    def fail(code: str) -> None:
        number = reality.proxy.seen.count(CREATE)
        body = {"error_code": code, "error_msg": f"Server failure, trace {number}."}
        reality.proxy.answer(CREATE, {"status": 500, "body": body})

    request = await reality.asked()
    for code in ("DWS.0005", "DWS.9999"):
        before = reality.proxy.seen.count(CREATE)
        while reality.proxy.seen.count(CREATE) < before + 4:
            fail(code)
            await reality.bench.later()
    held = reality.bench.now(request)
    assert held.hold is Hold.CLOUD
    assert "The cloud says: DWS.9999, Server failure, trace 4." in reasons.problem(held.why)
    record = [e.action for e in reality.bench.store.log if e.request_id == request.id]
    assert record == ["request.asked", "request.attempt_started", "request.answer_lost", "request.answer_lost"]


@pytest.mark.parametrize("case", CASES["cluster states"], ids=label)
def test_a_clusters_state_is_read_for_what_it_means(case: Case):
    """Ready, busy with something that passes, or blocked until somebody acts."""
    cluster = {
        "id": PROD,
        "name": "dwh-prod",
        "status": "AVAILABLE",
        "sub_status": "NORMAL",
        "task_status": None,
        "action_progress": {},
        "version": "8.2.0",
        **case["cluster"],
    }
    seen = bodies.cluster({"cluster": cluster}, ClusterRef.parse("default/x").cloud)
    assert seen.state is ClusterState(case["want"])
    assert (worded(seen.situation) == "available") is (case["want"] == "ready")


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 403, "body": {"error_code": "DWS.0015", "error_msg": "Resource not found or permission denied."}},
        {"status": 404, "body": {"timestamp": "2021", "status": 404, "error": "Not Found", "path": "/x"}},
        {"status": 404, "body": {"error": {"code": 404, "message": "Could not find it.", "title": "Not Found"}}},
        {"status": 410, "body": {"error_code": "DWS.8888", "error_msg": "Gone."}},
        {"status": 404, "body": {"error_code": "DWS.0047", "error_msg": "The cluster does not exist."}},
        {"status": 404, "body": {"error_code": "DWS.3027", "error_msg": "The cluster was deleted."}},
    ],
    ids=label,
)
async def test_a_cluster_that_a_whole_look_lacks_is_gone(
    reality: Reality, answer: Case, monkeypatch: pytest.MonkeyPatch
):
    """Deleted between the last look and the create call: the requester hears it, and no operator is called."""
    request = await reality.asked()
    reality.proxy.answer(CREATE, answer)
    handle = reality.proxy.handle_async_request

    async def deleted_meanwhile(sent: httpx.Request) -> httpx.Response:
        if sent.method == "POST" and sent.url.path.endswith("/snapshots"):
            reality.simulator.project.clusters.clear()
        return await handle(sent)

    monkeypatch.setattr(reality.proxy, "handle_async_request", deleted_meanwhile)
    await reality.bench.turn()
    ended = reality.bench.now(request)
    assert (ended.state, reasons.problem(ended.why)) == (State.FAILED, "The cluster no longer exists in the cloud.")
    assert not reality.owes_operators(request)


async def test_a_no_that_cannot_be_looked_after_stands(reality: Reality, monkeypatch: pytest.MonkeyPatch):
    """ "Not found or permission denied", and the lists fail, too: held for the operator; no cluster is called gone."""
    request = await reality.asked()
    reality.proxy.answer(CREATE, {"status": 403, "body": {"error_code": "DWS.0015", "error_msg": "Not found."}})
    handle = reality.proxy.handle_async_request

    async def then_blind(sent: httpx.Request) -> httpx.Response:
        if sent.method == "POST" and sent.url.path.endswith("/snapshots"):
            reality.proxy.answer(CLUSTERS, {"status": 503})
        return await handle(sent)

    monkeypatch.setattr(reality.proxy, "handle_async_request", then_blind)
    await reality.bench.turn()
    held = reality.bench.now(request)
    assert (held.state, held.hold) == (State.APPROVED, Hold.PERMISSION)
    assert "DWS.0015, Not found" in reasons.problem(held.why)


# Deleted in the console while it is being created


@pytest.mark.parametrize(
    "gone",
    [
        None,  # what the simulator says
        {"status": 404, "body": {"error_code": "DWS.0047", "error_msg": "The snapshot does not exist."}},
        {"status": 400, "body": {"error_code": "DWS.5149", "error_msg": "The snapshot ID is invalid."}},
        {"status": 400, "body": {"error_code": "DWS.0001", "error_msg": "Incorrect parameter."}},
        {"status": 403, "body": {"error_code": "DWS.0015", "error_msg": "Resource not found or permission denied."}},
    ],
    ids=lambda gone: label(gone) if gone else "as the simulator",
)
async def test_a_snapshot_deleted_in_the_console_is_told_within_two_polls(reality: Reality, gone: Case | None):
    """Missing from two lists in a row, and by its id: it is gone; who is next in line goes on."""
    request = await reality.creating()
    following = await reality.asked("nightly-2")
    await reality.bench.turn()
    assert reality.bench.now(following).hold is Hold.QUEUE
    made = reality.bench.now(request).snapshot_id
    del reality.simulator.project.snapshots[str(made)]
    if gone:
        reality.proxy.answer(("GET", str(made)), gone)
    deleted = reality.bench.clock.now()
    while reality.bench.now(request).state is State.CREATING:
        await reality.bench.later()
    assert (reality.bench.clock.now() - deleted).total_seconds() <= 2 * reality.bench.pace.poll
    ended = reality.bench.now(request)
    assert (ended.state, reasons.advice(ended.why)) == (State.FAILED, "Ask again.")
    assert "gone from the cloud" in reasons.problem(ended.why)
    await reality.bench.turn()
    assert reality.bench.now(following).state is State.CREATING


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404, "body": {"timestamp": "2021", "status": 404, "error": "Not Found", "path": "/x"}},
        {"status": 404, "body": {"error_code": "APIGW.0103", "error_msg": "The backend does not exist."}},
        {"status": 403, "body": {"error": {"code": "403", "message": "Policy doesn't allow dws:x:y to be performed."}}},
        {"status": 404},
        {"status": 503},
    ],
    ids=label,
)
async def test_what_only_lists_lack_is_not_gone(reality: Reality, answer: Case):
    """Lists lag, and by its id something before DWS answers: held, asked again, and followed to its end."""
    request = await reality.creating()
    made = str(reality.bench.now(request).snapshot_id)
    reality.proxy.answer(SNAPSHOTS, {"status": 200, "body": {"snapshots": [], "count": 0}})
    reality.proxy.answer(("GET", made), answer)
    for _ in range(10):
        await reality.bench.later()
        assert reality.bench.now(request).state is State.CREATING
    assert reality.bench.now(request).hold is not Hold.NONE
    del reality.proxy.instead["GET", made]
    reality.simulator.project.force_snapshot(made, "AVAILABLE")
    await reality.bench.later()
    assert reality.bench.now(request).state is State.AVAILABLE
