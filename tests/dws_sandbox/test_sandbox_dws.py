"""The simulated DWS: shapes, rules and time, seen over real HTTP."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from dws_sandbox import (
    DWH_ANALYTICS,
    DWH_ARCHIVE,
    DWH_DEV,
    DWH_LEGACY,
    DWH_NEW,
    DWH_PROD,
    DWH_STAGE,
    DwsSimulator,
    SimCluster,
)
from dws_sandbox.call_log import CallLog, CallRecord
from dws_sandbox.project import Twist
from dws_sandbox.refusals import Refusal
from tests.fakes.clock import FakeClock
from tests.harness.plain_http import NO_TLS

NOBODY = "99999999-9999-4999-8999-999999999999"


class Api:
    """DWS as a client with a token sees it."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        """Return the body of a GET that must succeed."""
        response = await self.http.get(path, params=params)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    async def create(self, name: Any = "before-42", cluster: Any = DWH_PROD, **more: Any) -> httpx.Response:
        """Ask for a snapshot."""
        return await self.http.post("snapshots", json={"snapshot": {"name": name, "cluster_id": cluster, **more}})

    async def created(self, name: str = "before-42", cluster: str = DWH_PROD, **more: Any) -> str:
        """Ask for a snapshot that must be accepted; return its id."""
        response = await self.create(name, cluster, **more)
        assert response.status_code == 200, response.text
        return str(response.json()["snapshot"]["id"])

    async def snapshot(self, snapshot_id: str) -> dict[str, Any]:
        """Return a snapshot's details."""
        found: dict[str, Any] = (await self.get(f"snapshots/{snapshot_id}"))["snapshot"]
        return found

    async def listed(self, snapshot_id: str) -> dict[str, Any] | None:
        """Return a snapshot as the project's list has it, or None."""
        return next((s for s in (await self.get("snapshots"))["snapshots"] if s["id"] == snapshot_id), None)

    async def cluster(self, cluster_id: str = DWH_PROD) -> dict[str, Any]:
        """Return a cluster's details."""
        found: dict[str, Any] = (await self.get(f"clusters/{cluster_id}"))["cluster"]
        return found


@pytest.fixture
async def api(cloud: DwsSimulator) -> AsyncIterator[Api]:
    value, _ = cloud.iam.log_in(
        {
            "identity": {
                "methods": ["password"],
                "password": {
                    "user": {"name": cloud.username, "password": cloud.password, "domain": {"name": cloud.domain}}
                },
            },
            "scope": {"project": {"id": cloud.project_id}},
        }
    )
    base = f"{cloud.url}/v1.0/{cloud.project_id}/"
    async with httpx.AsyncClient(base_url=base, verify=NO_TLS, headers={"X-Auth-Token": value}) as http:
        yield Api(http)


async def test_a_snapshot_goes_from_creating_to_available_by_the_clock_alone(api: Api, clock: FakeClock) -> None:
    """CREATING shows neither `finished` nor `size`; both come with AVAILABLE, when the clock says so."""
    snapshot_id = await api.created(description="OPS-42")

    running = await api.listed(snapshot_id)
    assert running == {
        "id": snapshot_id,
        "name": "before-42",
        "description": "OPS-42",
        "started": "2026-11-23T14:05:00Z",
        "status": "CREATING",
        "type": "MANUAL",
        "cluster_id": DWH_PROD,
    }

    clock.advance(99.9)
    assert (await api.listed(snapshot_id)) == running
    clock.advance(0.1)
    done = {"status": "AVAILABLE", "finished": "2026-11-23T14:06:40Z", "size": 42.7}
    assert (await api.listed(snapshot_id)) == running | done


async def test_progress_is_told_by_snapshot_and_cluster(api: Api, clock: FakeClock) -> None:
    """Halfway, the details say "50.00%" and the cluster SNAPSHOTTING with "50%"; after it the cluster is idle."""
    snapshot_id = await api.created()
    clock.advance(50)

    assert (await api.snapshot(snapshot_id))["progress"] == "50.00%"
    cluster = await api.cluster()
    assert (cluster["status"], cluster["task_status"], cluster["action_progress"]) == (
        "AVAILABLE",
        "SNAPSHOTTING",
        {"SNAPSHOTTING": "50%"},
    )

    clock.advance(50)
    assert (await api.snapshot(snapshot_id))["progress"] == "100.00%"
    cluster = await api.cluster()
    assert (cluster["task_status"], cluster["action_progress"]) == (None, {})


async def test_times_have_a_z_in_some_fields_and_none_in_others(api: Api) -> None:
    """`started` ends in Z, `updated` and a cluster's `created` don't."""
    snapshot = await api.snapshot(await api.created())
    cluster = await api.cluster()

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", snapshot["started"])
    for time in (snapshot["updated"], cluster["created"], cluster["updated"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", time)


async def test_details_carry_what_the_service_knows_of_the_backup(api: Api, clock: FakeClock) -> None:
    """A manual snapshot is a full one (`prior_backup_key` FULL) and names its cluster and version."""
    snapshot_id = await api.created()
    clock.advance(100)
    details = await api.snapshot(snapshot_id)

    assert (
        details.items()
        >= {
            "datastore": {"type": "dws", "version": "8.2.0"},
            "cluster_name": "dwh-prod",
            "prior_backup_key": "FULL",
            "backup_key": "20261123_140500",
            "backup_level": "cluster",
            "bak_expected_start_time": None,
        }.items()
    )


async def test_duration_follows_the_size_where_no_fixed_one_is_given(clock: FakeClock) -> None:
    """`seconds_per_gb` 2 makes 10 GB take 20 s."""
    cluster = SimCluster(DWH_DEV, "small", "8.2.0", 10.0, clock.now())
    cloud = DwsSimulator(clock=clock, clusters=[cluster], seconds_per_gb=2)
    snapshot = cloud.project.create_snapshot({"name": "abcd", "cluster_id": DWH_DEV}, Twist())

    assert snapshot.ran_until == clock.now() + timedelta(seconds=20)
    assert list(cloud.project.snapshots) == [snapshot.id]


async def test_the_cluster_may_stay_busy_after_the_snapshot(clock: FakeClock) -> None:
    """With `settle_seconds` the cluster is SNAPSHOTTING, and refuses the next, though the snapshot is AVAILABLE."""
    project = DwsSimulator(clock=clock, snapshot_seconds=10, settle_seconds=5).project
    snapshot = project.create_snapshot({"name": "one-1", "cluster_id": DWH_DEV}, Twist())
    clock.advance(12)

    assert snapshot.status(project.now()) == "AVAILABLE"
    assert project.task(project.clusters[DWH_DEV]) == ("SNAPSHOTTING", "100%")
    with pytest.raises(Refusal, match=r"DWS\.7023"):
        project.create_snapshot({"name": "two-2", "cluster_id": DWH_DEV}, Twist())
    clock.advance(3)
    assert project.task(project.clusters[DWH_DEV]) is None


@pytest.mark.parametrize("name", ["abcd", "A" * 64, "a-_9", "Before_Migration-42"])
async def test_names_within_the_rule_are_accepted(api: Api, name: str) -> None:
    """4 to 64 characters, a letter first, then letters, digits, - and _."""
    assert ((await api.listed(await api.created(name))) or {}).get("name") == name


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("abc", "DWS.5056"),
        ("a" * 65, "DWS.5056"),
        ("", "DWS.5056"),
        (12345, "DWS.5056"),
        ("1abc", "DWS.5057"),
        ("_abc", "DWS.5057"),
        ("a bcd", "DWS.5057"),
        ("a.bcd", "DWS.5057"),
        ("äbcd", "DWS.5057"),
        ("abcd\n", "DWS.5057"),
        (None, "DWS.5037"),
    ],
)
async def test_names_outside_the_rule_are_refused(api: Api, cloud: DwsSimulator, name: object, code: str) -> None:
    """400 with the code for length, pattern or a missing parameter; nothing is created."""
    before = len(cloud.project.snapshots)
    response = await api.create(name)

    assert (response.status_code, response.json()["error_code"]) == (400, code)
    assert len(cloud.project.snapshots) == before


@pytest.mark.parametrize("name", ["Nightly-1", "nightly-1", "NIGHTLY-1"])
async def test_a_name_is_taken_whatever_its_case_and_cluster(api: Api, name: str) -> None:
    """dwh-prod has "Nightly-1", so no cluster of the project can have it again in any case."""
    response = await api.create(name, DWH_DEV)

    assert (response.status_code, response.json()["error_code"]) == (400, "DWS.5039")


@pytest.mark.parametrize(
    ("description", "status"),
    [("", 200), ("OPS-42; ümlaut, ok?", 200), ("x" * 256, 200), ("x" * 257, 400), (None, 200), (1, 400)],
)
async def test_descriptions_have_at_most_256_characters(api: Api, description: object, status: int) -> None:
    """An empty one is allowed, null and 256 characters are, 257 are not."""
    assert (await api.create(description=description)).status_code == status


@pytest.mark.parametrize("character", "!<>'=&\"")
async def test_descriptions_have_none_of_seven_characters(api: Api, character: str) -> None:
    """Each of ! < > ' = & " is refused with DWS.5057."""
    response = await api.create(description=f"a{character}b")

    assert (response.status_code, response.json()["error_code"]) == (400, "DWS.5057")


async def test_an_unknown_cluster_is_404_everywhere(api: Api) -> None:
    """DWS.0047 for details, the cluster's snapshots, statistics and creation."""
    answers = [
        await api.http.get(f"clusters/{NOBODY}"),
        await api.http.get(f"clusters/{NOBODY}/snapshots"),
        await api.http.get(f"clusters/{NOBODY}/snapshots/statistics"),
        await api.create(cluster=NOBODY),
    ]

    assert {(a.status_code, a.json()["error_code"]) for a in answers} == {(404, "DWS.0047")}


async def test_an_id_that_is_no_uuid_is_400_everywhere(api: Api) -> None:
    """DWS.0001, for clusters and snapshots alike."""
    answers = [
        await api.http.get("clusters/dwh-prod"),
        await api.http.get("snapshots/Nightly-1"),
        await api.http.delete("snapshots/Nightly-1"),
        await api.create(cluster="dwh-prod"),
        await api.create(cluster=None),
        await api.create(cluster=NOBODY.replace("-", "")),
        await api.create(cluster="x" * 36),
    ]

    assert {(a.status_code, a.json()["error_code"]) for a in answers} == {(400, "DWS.0001")}


async def test_an_unknown_snapshot_is_400(api: Api) -> None:
    """DWS.5149 and not a 404."""
    response = await api.http.get(f"snapshots/{NOBODY}")

    assert (response.status_code, response.json()["error_code"]) == (400, "DWS.5149")


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", "DWS.0006"), (b"{", "DWS.0001"), (b"[]", "DWS.0001"), (b"{}", "DWS.5037"), (b'{"snapshot":1}', "DWS.5037")],
)
async def test_a_malformed_creation_is_400(api: Api, body: bytes, code: str) -> None:
    """Empty, not JSON, not an object, without its snapshot object: each has its code."""
    response = await api.http.post("snapshots", content=body, headers={"Content-Type": "application/json"})

    assert (response.status_code, response.json()["error_code"]) == (400, code)


@pytest.mark.parametrize("cluster", [DWH_ARCHIVE, DWH_NEW, DWH_ANALYTICS, DWH_LEGACY])
async def test_a_cluster_in_the_wrong_state_refuses(api: Api, cluster: str) -> None:
    """Read-only, being created, scaled out, frozen: 403 DWS.7023 in both generations of field names."""
    response = await api.create(cluster=cluster)
    body = response.json()

    assert response.status_code == 403
    assert body["error_code"] == body["errCode"] == "DWS.7023"
    assert body["error_msg"] == body["externalMessage"] != ""


@pytest.mark.parametrize(
    ("sub_status", "version", "status"),
    [
        ("NORMAL", "8.2.0", 200),
        ("UNBALANCED", "8.2.0", 200),
        (None, "8.2.0", 200),
        ("READONLY", "8.1.3.101", 403),
        ("READONLY", "8.1.3.100", 200),
        ("READONLY | UNBALANCED", "8.2.0", 403),
        ("REDISTRIBUTING", "8.1.1", 403),
        ("DEGRADED", "8.2.0", 403),
    ],
)
async def test_permitted_sub_statuses(
    api: Api, cloud: DwsSimulator, sub_status: str | None, version: str, status: int
) -> None:
    """Normal and unbalanced pass; read-only passes before 8.1.3.101 only; a combination is as bad as its worst part."""
    cluster = cloud.project.clusters[DWH_STAGE]
    cluster.sub_status, cluster.version = sub_status, version

    assert (await api.create(cluster=DWH_STAGE)).status_code == status


async def test_one_snapshot_at_a_time_per_cluster(api: Api, clock: FakeClock) -> None:
    """The second on the same cluster is 403 DWS.7023 until the first is over; other clusters are free."""
    await api.created("one-1")

    refused = await api.create("two-2")
    assert (refused.status_code, refused.json()["error_code"]) == (403, "DWS.7023")
    await api.created("three-3", DWH_DEV)
    clock.advance(100)
    await api.created("two-2")


async def test_a_failed_task_is_a_result_that_does_not_occupy(api: Api, cloud: DwsSimulator, clock: FakeClock) -> None:
    """RESIZE_FAILURE is shown without progress and permits a snapshot, which shows in its place while it runs."""
    cloud.project.change_cluster("dwh-dev", task="RESIZE_FAILURE")

    async def task() -> tuple[str, dict[str, str]]:
        cluster = await api.cluster(DWH_DEV)
        return cluster["task_status"], cluster["action_progress"]

    assert await task() == ("RESIZE_FAILURE", {})
    await api.created(cluster=DWH_DEV)
    assert await task() == ("SNAPSHOTTING", {"SNAPSHOTTING": "0%"})
    clock.advance(100)
    assert await task() == ("RESIZE_FAILURE", {})


async def test_of_many_at_once_one_wins(api: Api, cloud: DwsSimulator) -> None:
    """Twenty creations with the same name at the same moment make one snapshot."""
    answers = await asyncio.gather(*(api.create("same-name") for _ in range(20)))

    assert [a.status_code for a in answers].count(200) == 1
    assert sum(s.name == "same-name" for s in cloud.project.snapshots.values()) == 1


async def test_the_list_is_the_whole_project(api: Api, cloud: DwsSimulator) -> None:
    """Every snapshot of every cluster, whatever `limit` says, and their number as `count`."""
    body = await api.get("snapshots", limit=1)

    assert body["count"] == len(body["snapshots"]) == len(cloud.project.snapshots)
    assert {s["cluster_id"] for s in body["snapshots"]} >= {DWH_PROD, DWH_DEV, DWH_ARCHIVE}


async def test_offset_counts_pages(api: Api) -> None:
    """limit=3, offset=1 is the second page of three; pages past the end are empty."""
    path = f"clusters/{DWH_PROD}/snapshots"
    everything = (await api.get(path))["snapshots"]
    second = await api.get(path, limit=3, offset=1)

    assert (second["cluster_id"], second["count"]) == (DWH_PROD, len(everything))
    assert second["snapshots"] == everything[3:6]
    assert (await api.get(path, limit=3, offset=99))["snapshots"] == []
    assert (await api.get(path, sort_dir="asc"))["snapshots"] == everything[::-1]


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": -1}, {"limit": "x"}, {"offset": -1}])
async def test_paging_out_of_range_is_400(api: Api, query: dict[str, Any]) -> None:
    """DWS.5038."""
    response = await api.http.get(f"clusters/{DWH_PROD}/snapshots", params=query)

    assert (response.status_code, response.json()["error_code"]) == (400, "DWS.5038")


async def test_only_finished_manual_snapshots_are_deleted(api: Api, cloud: DwsSimulator, clock: FakeClock) -> None:
    """202 and gone, and the name is free; a running one is 403, an automated one and a deleted one 400."""
    snapshot_id = await api.created()
    assert (await api.http.delete(f"snapshots/{snapshot_id}")).status_code == 403
    clock.advance(100)
    deleted = await api.http.delete(f"snapshots/{snapshot_id}")
    assert (deleted.status_code, deleted.content) == (202, b"")
    assert await api.listed(snapshot_id) is None
    assert (await api.http.delete(f"snapshots/{snapshot_id}")).json()["error_code"] == "DWS.0001"

    automated = next(s.id for s in cloud.project.snapshots.values() if s.kind == "AUTO")
    assert (await api.http.delete(f"snapshots/{automated}")).json()["error_code"] == "DWS.5095"
    await api.created()


async def test_statistics_add_up(api: Api) -> None:
    """As much as the disks is free; used is what the available snapshots hold; the rest is paid."""
    rows = (await api.get(f"clusters/{DWH_PROD}/snapshots/statistics"))["statistics"]
    values = {row["name"]: row["value"] for row in rows}

    assert {row["unit"] for row in rows} == {"GB"}
    assert values == {"storage.free": 1200, "storage.paid": 0, "storage.used": 177.3}


async def test_the_seeds_are_a_realistic_project(api: Api, cloud: DwsSimulator) -> None:
    """Three clusters that work, the others each in another trouble, and automated snapshots of dwh-prod."""
    clusters = (await api.get("clusters"))["clusters"]
    by_name = {c["name"]: (c["status"], c.get("sub_status"), c["task_status"], c["action_progress"]) for c in clusters}

    assert by_name == {
        "dwh-prod": ("AVAILABLE", "NORMAL", None, {}),
        "dwh-dev": ("AVAILABLE", "NORMAL", None, {}),
        "dwh-stage": ("AVAILABLE", "NORMAL", None, {}),
        "dwh-archive": ("AVAILABLE", "READONLY", None, {}),
        "dwh-new": ("CREATING", None, None, {"CREATING": "42%"}),
        "dwh-analytics": ("AVAILABLE", "NORMAL", "GROWING", {"GROWING": "30%"}),
        "dwh-legacy": ("FROZEN", None, None, {}),
    }
    assert all(c["version"].startswith("8.") for c in clusters)
    kinds = [s["type"] for s in (await api.get(f"clusters/{DWH_PROD}/snapshots"))["snapshots"]]
    assert kinds.count("AUTO") == 7
    assert cloud.cluster_id("dwh-prod") == DWH_PROD
    with pytest.raises(KeyError):
        cloud.cluster_id("nobody")


async def test_an_incremental_snapshot_names_its_full_one(api: Api) -> None:
    """`prior_backup_key` of an automated increment is the key of the automated full one, whose own is FULL."""
    snapshots = (await api.get(f"clusters/{DWH_PROD}/snapshots"))["snapshots"]
    by_name = {s["name"]: s for s in snapshots}

    assert by_name["auto-inc-1"]["prior_backup_key"] == by_name["auto-full-1"]["backup_key"]
    assert by_name["auto-full-1"]["prior_backup_key"] == "FULL"
    assert by_name["auto-inc-1"]["bak_expected_start_time"].isdigit()


async def test_clusters_of_one_enterprise_project(api: Api, cloud: DwsSimulator) -> None:
    """`enterprise_project_id` filters, and `all_granted_eps` does not."""
    cloud.project.clusters[DWH_DEV].enterprise_project_id = "e1"

    assert [c["name"] for c in (await api.get("clusters", enterprise_project_id="e1"))["clusters"]] == ["dwh-dev"]
    assert (await api.get("clusters", enterprise_project_id="all_granted_eps"))["count"] == 7


async def test_v2_has_a_newer_vocabulary_and_no_count(api: Api, cloud: DwsSimulator) -> None:
    """AVAILABLE is ACTIVE there."""
    body = await api.get(f"{cloud.url}/v2/{cloud.project_id}/clusters")

    assert "count" not in body
    assert {c["name"]: c["status"] for c in body["clusters"]}["dwh-prod"] == "ACTIVE"


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "nowhere"), ("PUT", "snapshots"), ("PATCH", f"clusters/{DWH_PROD}"), ("POST", "clusters")],
)
async def test_what_is_not_published_is_404_of_the_gateway(api: Api, method: str, path: str) -> None:
    """APIGW.0101 with a request id, for an unknown path and for a known one with another method."""
    response = await api.http.request(method, path)

    assert (response.status_code, response.json()["error_code"]) == (404, "APIGW.0101")
    assert response.json()["request_id"] == response.headers["X-Request-Id"]


async def test_snapshots_outlive_their_cluster(api: Api, cloud: DwsSimulator) -> None:
    """A manual snapshot of a deleted cluster is still shown, without what only the cluster knew."""
    del cloud.project.clusters[DWH_DEV]
    orphan = next(s.id for s in cloud.project.snapshots.values() if s.name == "dev-baseline")
    shown = await api.snapshot(orphan)

    assert (shown["cluster_id"], shown["status"]) == (DWH_DEV, "AVAILABLE")
    assert "cluster_name" not in shown


async def test_calls_are_counted_by_kind(api: Api, cloud: DwsSimulator, clock: FakeClock) -> None:
    """Each call is logged with kind, method, path, status and the simulator's time."""
    await api.get("snapshots")
    clock.advance(5)
    await api.get("snapshots")
    await api.create("abc")

    assert (cloud.calls.count("list"), cloud.calls.count("create"), cloud.calls.count("show")) == (2, 1, 0)
    assert [(c.kind, c.method, c.status) for c in cloud.calls.all] == [
        ("list", "GET", 200),
        ("list", "GET", 200),
        ("create", "POST", 400),
    ]
    assert cloud.calls.all[1].at - cloud.calls.all[0].at == timedelta(seconds=5)


async def test_the_log_of_calls_is_bounded_but_the_counts_go_on(clock: FakeClock) -> None:
    """With room for two calls, the third pushes the first out; the count is three."""
    calls = CallLog(keep=2)
    for path in ("/a", "/b", "/c"):
        calls.add(CallRecord("list", "GET", path, "", clock.now()))

    assert [c.path for c in calls.all] == ["/b", "/c"]
    assert (calls.count("list"), len(calls)) == (3, 3)


async def test_a_stopped_simulator_starts_again_where_it_was(api: Api, cloud: DwsSimulator) -> None:
    """An outage: no connection while it is stopped, then the same port, tokens and snapshots."""
    snapshot_id, url = await api.created(), cloud.url
    await cloud.stop()

    with pytest.raises(RuntimeError):
        _ = cloud.url
    with pytest.raises(httpx.ConnectError):
        await api.http.get("snapshots")
    await cloud.start()
    assert cloud.url == url
    assert await api.listed(snapshot_id) is not None


async def test_a_port_that_is_taken_is_an_error(cloud: DwsSimulator) -> None:
    """OSError, and nothing is left behind that would run."""
    other = DwsSimulator(port=int(cloud.url.rpartition(":")[2]))

    with pytest.raises(OSError, match="address already in use"):
        await other.start()
    with pytest.raises(RuntimeError):
        _ = other.url
    await other.stop()


async def test_it_listens_on_loopback_only(cloud: DwsSimulator) -> None:
    """The address is 127.0.0.1, never a wildcard."""
    assert cloud.url.startswith("http://127.0.0.1:")
    assert cloud._runner is not None
    assert {address[0] for address in cloud._runner.addresses} == {"127.0.0.1"}
