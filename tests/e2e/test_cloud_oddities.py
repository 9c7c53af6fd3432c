"""Odd but whole answers, through the client and the worker: what the cloud did is found, however it is told."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from bot.core.events import Hold
from bot.core.request import State
from bot.words import reasons
from tests.harness.proxied_cloud import CLUSTERS, CREATE, PROD, SNAPSHOTS, Reality, a_reality

Change = Callable[[httpx.Request, httpx.Response], httpx.Response]


@pytest.fixture
async def reality() -> AsyncIterator[Reality]:
    """A cloud that answers as it should, so far."""
    async with a_reality() as there:
        yield there


def packed(pack: Callable[[bytes], bytes], encoding: str) -> Change:
    """Return what compresses an answer."""

    def change(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        headers = {k: v for k, v in response.headers.items() if k != "content-length"}
        named = {"Content-Encoding": encoding} if encoding else {}
        return httpx.Response(
            response.status_code, headers={**headers, **named}, stream=httpx.ByteStream(pack(response.content))
        )

    return change


def rewritten(items: str, fix: Callable[[dict[str, Any]], dict[str, Any]]) -> Change:
    """Return what puts each of the list's *items* into another form."""

    def change(_: httpx.Request, response: httpx.Response) -> httpx.Response:
        body = response.json()
        body[items] = [fix(item) for item in body[items]]
        headers = {"Date": response.headers["Date"]}
        return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(json.dumps(body).encode()))

    return change


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [
        (gzip.compress, "gzip"),
        (gzip.compress, ""),
        (zlib.compress, "deflate"),
        (lambda plain: b"\xef\xbb\xbf" + plain, ""),
        (lambda plain: plain.decode().encode("utf-16"), ""),
        (lambda plain: b"\r\n \t" + plain + b"\r\n\r\n", "identity"),
    ],
    ids=["gzip", "gzip that isn't told", "deflate", "a byte order mark", "UTF-16", "blanks around it"],
)
async def test_a_snapshot_is_made_and_followed_through_a_gateway_that_packs(
    reality: Reality, pack: Callable[[bytes], bytes], encoding: str
):
    """All its answers come packed, and one snapshot comes of it."""
    for call in (CREATE, SNAPSHOTS, CLUSTERS):
        reality.proxy.changed[call] = packed(pack, encoding)
    request = await reality.creating()
    reality.simulator.project.force_snapshot(str(reality.bench.now(request).snapshot_id), "AVAILABLE")
    await reality.bench.later()
    assert reality.bench.now(request).state is State.AVAILABLE
    assert len(reality.simulator.project.snapshots) == 1


def moved(value: str, form: Callable[[datetime], object]) -> object:
    """Return a time of the reference's form in another one."""
    return form(datetime.fromisoformat(value)) if value else value


FORMS: dict[str, Callable[[datetime], object]] = {
    "no zone": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}",
    "a blank": lambda at: f"{at:%Y-%m-%d %H:%M:%S}.0",
    "milliseconds": lambda at: int(at.timestamp() * 1000),
    "milliseconds in a text": lambda at: str(int(at.timestamp() * 1000)),
    "seconds": lambda at: int(at.timestamp()),
    "another zone": lambda at: (at + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S+0800"),
    "GMT+08:00": lambda at: (at + timedelta(hours=8)).strftime("%Y-%m-%d %H:%M:%S GMT+08:00"),
    "HTTP's": lambda at: f"{at:%a, %d %b %Y %H:%M:%S} GMT",
    "slashes": lambda at: f"{at:%Y/%m/%d %H:%M:%S}",
    "parts": lambda at: [at.year, at.month, at.day, at.hour, at.minute, at.second],
    "null": lambda _: None,
    "what nobody can read": lambda _: "soon",
}


def lost(_: httpx.Request, __: httpx.Response) -> httpx.Response:
    """Do what was asked, and lose the answer."""
    return httpx.Response(502, stream=httpx.ByteStream(b""))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
async def test_a_lost_answer_is_settled_whatever_form_times_have(reality: Reality, form: Callable[[datetime], object]):
    """The snapshot that our attempt made began after the look before it, and is ours: it isn't made twice."""

    def fix(item: dict[str, Any]) -> dict[str, Any]:
        return item | {key: moved(item.get(key) or "", form) for key in ("started", "finished")}

    request = await reality.asked()
    reality.proxy.changed = {CREATE: lost, SNAPSHOTS: rewritten("snapshots", fix)}
    for _ in range(3):
        await reality.bench.later()
    assert reality.bench.now(request).state is State.CREATING
    assert reality.proxy.seen.count(CREATE) == 1


@pytest.mark.parametrize("form", [f for n, f in FORMS.items() if n not in ("null", "what nobody can read")])
async def test_an_older_namesake_is_not_taken_for_ours(reality: Reality, form: Callable[[datetime], object]):
    """Began a day before: whatever form that is told in, it is somebody else's, and shown by the list only later."""

    def fix(item: dict[str, Any]) -> dict[str, Any]:
        began = datetime.fromisoformat(item["started"]) - timedelta(days=1)
        return item | {"started": form(began), "finished": None}

    request = await reality.asked()
    reality.proxy.changed = {CREATE: lost, SNAPSHOTS: rewritten("snapshots", fix)}
    for _ in range(3):
        await reality.bench.later()
    ended = reality.bench.now(request)
    assert (ended.state, reality.proxy.seen.count(CREATE)) == (State.FAILED, 1)
    assert "A snapshot with this name exists" in reasons.problem(ended.why)


async def test_a_snapshot_on_a_later_page_is_found(reality: Reality):
    """The answer to the create call is lost, and ours is on the second page: it is adopted, and not made again."""
    request = await reality.asked()
    others = [{"id": f"o-{n}", "name": f"other-{n}", "status": "AVAILABLE", "cluster_id": PROD} for n in range(10)]

    def page(asked: httpx.Request, response: httpx.Response) -> httpx.Response:
        items = response.json()["snapshots"]
        first = "marker" not in asked.url.params
        body = {"snapshots": others if first else items, "page_info": {"next_marker": "o-9" if first else None}}
        return httpx.Response(200, headers={"Date": response.headers["Date"]}, content=json.dumps(body))

    def lost(_: httpx.Request, __: httpx.Response) -> httpx.Response:
        return httpx.Response(504, stream=httpx.ByteStream(b""))

    reality.proxy.changed = {CREATE: lost, SNAPSHOTS: page}
    for _ in range(3):
        await reality.bench.later()
    assert reality.bench.now(request).state is State.CREATING
    assert reality.proxy.seen.count(CREATE) == 1


@pytest.mark.parametrize(
    ("reported", "said"),
    [
        ({"error_code": "DWS.6000", "error_msg": "No room."}, "The cluster reports: No room."),
        ({"error_code": "DWS.6000"}, "The cluster reports: DWS.6000."),
        ({"error_code": "DWS.6000", "error_msg": None}, "The cluster reports: DWS.6000."),
        ([{"error_code": "DWS.6000", "error_msg": ""}], "The cluster reports: DWS.6000."),
        ('{"error_code": "DWS.6000"}', "The cluster reports: DWS.6000."),
        ({}, "could not finish it."),
        (None, "could not finish it."),
        ("", "could not finish it."),
    ],
)
async def test_a_failed_snapshot_is_told_with_what_the_cluster_reports(reality: Reality, reported: object, said: str):
    """Its words, or else its code; nothing where it reports nothing."""
    request = await reality.creating()
    reality.proxy.changed[CLUSTERS] = rewritten("clusters", lambda item: item | {"failed_reasons": reported})
    reality.simulator.project.force_snapshot(str(reality.bench.now(request).snapshot_id), "UNAVAILABLE")
    for _ in range(3):
        await reality.bench.later()
    ended = reality.bench.now(request)
    assert ended.state is State.FAILED
    assert reasons.problem(ended.why).endswith(said)


@pytest.mark.parametrize(
    "shown",
    [
        {"task_status": "WAITING_REDISTRIBUTION"},
        {"task_status": "REDISTRIBUTION_PAUSED"},
        {"task_status": "PATCHING_SOMETHING"},
        {"status": "RESIZED"},
        {"status": None},
        {"sub_status": "BRAND-NEW"},
        {"action_progress": {"WARMING": "1%"}},
        {"status": "Available", "sub_status": None, "task_status": "", "action_progress": [], "version": 9},
    ],
    ids=json.dumps,
)
async def test_a_state_that_nobody_documented_is_tried(reality: Reality, shown: dict[str, object]):
    """And made, where the cloud makes it."""
    reality.proxy.changed[CLUSTERS] = rewritten("clusters", lambda item: item | shown)
    request = await reality.asked()
    await reality.bench.turn()
    assert reality.bench.now(request).state is State.CREATING


async def test_a_state_that_nobody_documented_may_be_refused_for_long(reality: Reality):
    """The refusal is "busy": it waits its turn, asks at most once a minute, and the record doesn't grow by it."""
    reality.proxy.changed[CLUSTERS] = rewritten("clusters", lambda item: item | {"task_status": "PATCHING"})
    no = {"error_code": "DWS.7023", "error_msg": "Cluster status is not allowed to operation."}
    reality.proxy.answer(CREATE, {"status": 403, "body": no})
    request = await reality.asked()
    until = reality.bench.clock.now() + timedelta(hours=1)
    while reality.bench.clock.now() < until:
        await reality.bench.later()
    held = reality.bench.now(request)
    assert (held.state, held.hold) == (State.APPROVED, Hold.BUSY)
    assert reality.proxy.seen.count(CREATE) <= 60
    assert len([e for e in reality.bench.store.log if e.request_id == request.id]) <= 4
    reality.proxy.instead.clear()
    for _ in range(8):
        await reality.bench.later()
    assert reality.bench.now(request).state is State.CREATING


@pytest.mark.parametrize(
    "fix",
    [
        lambda item: {k: v for k, v in item.items() if k in ("id", "name", "status", "cluster_id")},
        lambda item: dict.fromkeys(item) | {k: item[k] for k in ("id", "name", "status", "cluster_id")},
        lambda item: {k: str(v) for k, v in item.items()},
        lambda item: item | {"size": "42.7 GB", "status": item["status"].lower(), "cluster_id": str(PROD).upper()},
        lambda item: item | {"progress": 16, "size": -1, "finished": "", "description": None, "type": ["MANUAL"]},
        lambda item: item | {"new_field": {"a": [1, {"b": None}]}},
    ],
    ids=["few fields", "null", "texts", "other writing", "odd values", "new fields"],
)
async def test_a_snapshot_is_followed_whatever_its_fields_hold(
    reality: Reality, fix: Callable[[dict[str, Any]], dict[str, Any]]
):
    """Only id, name, status and cluster are needed."""
    reality.proxy.changed[SNAPSHOTS] = rewritten("snapshots", fix)
    request = await reality.creating()
    reality.simulator.project.force_snapshot(str(reality.bench.now(request).snapshot_id), "AVAILABLE")
    await reality.bench.later()
    assert reality.bench.now(request).state is State.AVAILABLE
