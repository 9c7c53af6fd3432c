"""The simulator's control API: what it does, and whom it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dws_sandbox import DWH_DEV, DWH_PROD, FAULTS, DwsSimulator
from dws_sandbox.project import Twist
from tests.fakes.clock import FakeClock
from tests.harness.plain_http import NO_TLS


@pytest.fixture
async def http(cloud: DwsSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=cloud.url, verify=NO_TLS) as http:
        yield http


async def test_faults_are_armed_listed_and_cleared(http: httpx.AsyncClient) -> None:
    """POST arms one, GET shows what is armed and what there is, DELETE disarms."""
    wish = {"fault": "throttled", "times": 2, "on": "list", "acts": True, "options": {"retry_after": 3}}
    armed = await http.post("/_sim/faults", json=wish)
    assert armed.status_code == 201
    assert armed.json() == {"fault": "throttled", "on": "list", "left": 2, "acts": True, "options": {"retry_after": 3}}

    shown = (await http.get("/_sim/faults")).json()
    assert shown["armed"] == [armed.json()]
    assert [(f["name"], f["line"]) for f in shown["faults"]] == [(f.name, f.line) for f in FAULTS]
    assert (await http.delete("/_sim/faults")).json() == {"cleared": 1}
    assert (await http.get("/_sim/faults")).json()["armed"] == []


async def test_a_fault_armed_over_http_strikes(http: httpx.AsyncClient) -> None:
    """Only its name is needed; control calls themselves are never struck."""
    await http.post("/_sim/faults", json={"fault": "server_error"})

    assert (await http.get("/_sim/time")).status_code == 200
    assert (await http.get("/v3")).status_code == 500
    assert (await http.get("/v3")).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"fault": 1}',
        '{"fault": "busy", "times": "2"}',
        '{"fault": "gremlins"}',
        '{"fault": "busy", "x": 1}',
    ],
)
async def test_a_wrong_wish_is_400_with_its_reason(http: httpx.AsyncClient, cloud: DwsSimulator, body: str) -> None:
    """`{"error": …}`, and nothing is armed."""
    response = await http.post("/_sim/faults", content=body)

    assert response.status_code == 400
    assert response.json()["error"]
    assert cloud.faults.armed == ()


@pytest.mark.parametrize("method", ["PATCH", "POST"])
async def test_a_cluster_changes_by_name_or_id(http: httpx.AsyncClient, method: str) -> None:
    """What is named changes, the rest stays."""
    by_name = await http.request(method, "/_sim/clusters/dwh-dev", json={"sub_status": "READONLY", "task": "REBOOTING"})
    assert by_name.status_code == 200
    by_id = await http.request(method, f"/_sim/clusters/{DWH_DEV}", json={"task": None, "status": "UNAVAILABLE"})
    cluster = by_id.json()["cluster"]

    assert by_name.json()["cluster"]["action_progress"] == {"REBOOTING": "30%"}
    assert (cluster["status"], cluster["sub_status"], cluster["task_status"]) == ("UNAVAILABLE", "READONLY", None)
    clusters = (await http.get("/_sim/clusters")).json()["clusters"]
    assert next(c for c in clusters if c["id"] == DWH_DEV) == cluster


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("clusters/nobody", {"status": "X"}, 404),
        ("clusters/dwh-dev", {"status": None}, 400),
        ("clusters/dwh-dev", {"name": "other"}, 400),
        ("snapshots/nobody", {"status": "X"}, 404),
        ("snapshots/nobody", {}, 400),
        ("snapshots/nobody", {"status": 1}, 400),
    ],
)
async def test_changes_that_cannot_be(http: httpx.AsyncClient, path: str, body: dict[str, Any], status: int) -> None:
    """404 where there is no such thing, 400 where the change makes no sense."""
    response = await http.patch(f"/_sim/{path}", json=body)

    assert (response.status_code, bool(response.json()["error"])) == (status, True)


def test_a_clusters_other_fields_stay() -> None:
    """The Python door refuses them, too."""
    project = DwsSimulator().project
    with pytest.raises(ValueError, match="name of a cluster"):
        project.change_cluster("dwh-dev", name="other")


async def test_a_running_snapshot_is_forced_to_fail(
    http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock
) -> None:
    """UNAVAILABLE at once, finished now, and the cluster is free."""
    snapshot = cloud.project.create_snapshot({"name": "doomed", "cluster_id": DWH_PROD}, Twist())
    clock.advance(30)
    shown = (await http.patch(f"/_sim/snapshots/{snapshot.id}", json={"status": "UNAVAILABLE"})).json()["snapshot"]

    assert (shown["status"], shown["finished"]) == ("UNAVAILABLE", "2026-11-23T14:05:30Z")
    assert cloud.project.task(cloud.project.clusters[DWH_PROD]) is None


async def test_a_snapshot_shows_any_status_until_let_go(
    http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock
) -> None:
    """A forced CREATING hangs and occupies its cluster beyond its time; null lets the clock decide again."""
    snapshot = cloud.project.create_snapshot({"name": "hanging", "cluster_id": DWH_PROD}, Twist())
    await http.patch(f"/_sim/snapshots/{snapshot.id}", json={"status": "CREATING"})
    clock.advance(5000)
    assert cloud.project.task(cloud.project.clusters[DWH_PROD]) == ("SNAPSHOTTING", "100%")

    shown = (await http.patch(f"/_sim/snapshots/{snapshot.id}", json={"status": None})).json()["snapshot"]
    assert shown["status"] == "AVAILABLE"
    assert any(s["id"] == snapshot.id for s in (await http.get("/_sim/snapshots")).json()["snapshots"])


async def test_time_is_the_simulators(http: httpx.AsyncClient, clock: FakeClock) -> None:
    """In ISO 8601 with its offset."""
    clock.advance(1)

    assert (await http.get("/_sim/time")).json() == {"now": "2026-11-23T14:05:01+00:00"}


async def test_the_clouds_own_clock_can_be_another(
    http: httpx.AsyncClient, cloud: DwsSimulator, clock: FakeClock
) -> None:
    """Ahead or behind in all that it says: the `Date` of every answer, right or wrong, and the times in it."""
    assert (await http.get("/v3")).headers.get_list("Date") == ["Mon, 23 Nov 2026 14:05:00 GMT"]
    assert (await http.patch("/_sim/time", json={"ahead": 90.5})).json() == {"now": "2026-11-23T14:06:30.500000+00:00"}
    assert (await http.get("/v3")).headers["Date"] == "Mon, 23 Nov 2026 14:06:30 GMT"
    cloud.break_next("bad_gateway")
    assert (await http.get("/v3")).headers["Date"] == "Mon, 23 Nov 2026 14:06:30 GMT"
    made = cloud.project.create_snapshot({"name": "nightly", "cluster_id": DWH_PROD}, Twist())
    assert made.started - clock.now() == timedelta(seconds=90.5)
    await http.post("/_sim/time", json={"ahead": -3600})
    assert (await http.get("/v3")).headers["Date"] == "Mon, 23 Nov 2026 13:05:00 GMT"
    for wrong in ({}, {"ahead": "1"}, {"ahead": None}, {"ahead": 1e300}):
        assert (await http.patch("/_sim/time", json=wrong)).status_code == 400
    assert cloud.clock.ahead == -3600


async def test_calls_are_reported_and_forgotten(http: httpx.AsyncClient) -> None:
    """Each call with its parts, the counts by kind, and no control call among them."""
    await http.get("/v3/projects?name=eu-de")
    await http.get("/nowhere")
    report = (await http.get("/_sim/calls")).json()

    assert report["counts"] == {"projects": 1, "unknown": 1}
    assert report["calls"][0] == {
        "kind": "projects",
        "method": "GET",
        "path": "/v3/projects",
        "query": "name=eu-de",
        "status": 401,
        "at": "2026-11-23T14:05:00+00:00",
    }
    assert (await http.delete("/_sim/calls")).json() == {"cleared": 2}
    assert (await http.get("/_sim/calls")).json() == {"calls": [], "counts": {}}


async def test_tokens_are_revoked_over_http(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """DELETE /_sim/tokens says how many there were."""
    user = {"name": cloud.username, "password": cloud.password, "domain": {"name": cloud.domain}}
    cloud.iam.log_in({"identity": {"methods": ["password"], "password": {"user": user}}})

    assert (await http.delete("/_sim/tokens")).json() == {"revoked": 1}
    assert (await http.delete("/_sim/tokens")).json() == {"revoked": 0}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Host": "evil.example"},
        {"Host": "evil.example:80"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example"},
    ],
    ids=str,
)
async def test_pages_from_elsewhere_are_refused(
    http: httpx.AsyncClient, cloud: DwsSimulator, headers: dict[str, str]
) -> None:
    """403 for a foreign Origin and for a foreign Host (DNS rebinding), reading and writing alike; nothing changes."""
    for method in ("GET", "POST", "DELETE"):
        response = await http.request(method, "/_sim/faults", json={"fault": "busy"}, headers=headers)
        assert response.status_code == 403
    assert (await http.get("/_sim/nowhere", headers=headers)).status_code == 403
    assert cloud.faults.armed == ()


async def test_its_own_page_and_localhost_are_served(http: httpx.AsyncClient, cloud: DwsSimulator) -> None:
    """An Origin that is the address itself, and the name localhost, are at home."""
    port = cloud.url.rpartition(":")[2]
    for headers in ({"Origin": cloud.url}, {"Host": f"localhost:{port}", "Origin": f"http://localhost:{port}"}):
        assert (await http.get("/_sim/faults", headers=headers)).status_code == 200
