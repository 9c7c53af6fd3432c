"""The vendors' own clients, unmodified, against the simulator: what satisfies them is shaped like the real thing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from typing import Any

import openstack
import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions import exceptions as huawei_errors
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkdws import v2 as huawei
from huaweicloudsdkdws.v2.region.dws_region import DwsRegion
from openstack import exceptions as openstack_errors
from otcextensions import sdk as otcextensions

from dws_sandbox import DWH_ARCHIVE, DWH_DEV, DWH_PROD, DwsSimulator

# openstacksdk warns of its own coming removals whenever anybody connects, and of those that otcextensions still uses.
openstack_warns = pytest.mark.filterwarnings(
    "ignore::openstack.warnings.RemovedInSDK50Warning", "ignore::openstack.warnings.RemovedInSDK60Warning"
)


@pytest.fixture
async def cloud() -> AsyncIterator[DwsSimulator]:
    async with DwsSimulator(snapshot_seconds=0) as cloud:  # on the real clock: the clients read it, too
        yield cloud


def dws_of(connection: openstack.connection.Connection) -> Any:
    """Return the DWS client that otcextensions adds to *connection*."""
    otcextensions.register_otc_extensions(connection)
    return getattr(connection, "dws")  # noqa: B009 -- the type knows nothing of it


@contextmanager
def otc(cloud: DwsSimulator, **auth: str) -> Iterator[Any]:
    """Connect otcextensions as its environment variables would."""
    env = cloud.env()
    known = {
        "auth_url": env["OS_AUTH_URL"],
        "username": env["OS_USERNAME"],
        "password": env["OS_PASSWORD"],
        "user_domain_name": env["OS_USER_DOMAIN_NAME"],
        "project_name": env["OS_PROJECT_NAME"],
        "project_domain_name": env["OS_PROJECT_DOMAIN_NAME"],
    }
    connection = openstack.connect(
        load_yaml_config=False, load_envvars=False, region_name=env["OS_REGION_NAME"], auth=known | auth
    )
    with closing(connection):
        yield dws_of(connection)


@contextmanager
def huaweicloud(cloud: DwsSimulator, credentials: BasicCredentials | None = None) -> Iterator[Any]:
    """Build Huawei's client, signing with the permanent keys unless *credentials* say otherwise."""
    keys = credentials or BasicCredentials(cloud.ak, cloud.sk, cloud.project_id)
    yield huawei.DwsClient.new_builder().with_credentials(keys).with_endpoint(cloud.url).build()


@openstack_warns
async def test_otcextensions_lists_creates_shows_and_deletes(cloud: DwsSimulator) -> None:
    """It logs in, finds DWS in the catalogue, and reads every field that it knows."""

    def use() -> None:
        with otc(cloud) as dws:
            names = [s.name for s in dws.snapshots()]
            assert {"Nightly-1", "auto-full-1", "dev-baseline"} <= set(names)
            made = dws.create_snapshot(name="by-otc", cluster_id=DWH_PROD, description="OPS-42")
            assert made.id in cloud.project.snapshots
            shown = dws.get_snapshot(made.id)
            assert (shown.name, shown.status, shown.size, shown.type) == ("by-otc", "AVAILABLE", 42.7, "MANUAL")
            assert dws.find_snapshot("by-otc").id == made.id
            assert dws.wait_for_cluster(DWH_PROD) is True
            dws.delete_snapshot(made)
            assert dws.find_snapshot("by-otc") is None

    await asyncio.to_thread(use)
    assert cloud.calls.count("token") == 1


@openstack_warns
async def test_otcextensions_reads_clusters(cloud: DwsSimulator) -> None:
    """By list, by id and by name."""

    def use() -> None:
        with otc(cloud) as dws:
            assert "dwh-prod" in [c.name for c in dws.clusters()]
            cluster = dws.get_cluster(DWH_ARCHIVE)
            assert (cluster.name, cluster.sub_status, cluster.task_status) == ("dwh-archive", "READONLY", None)
            assert dws.find_cluster("dwh-dev").id == DWH_DEV

    await asyncio.to_thread(use)


@openstack_warns
async def test_otcextensions_understands_the_refusals(cloud: DwsSimulator) -> None:
    """A duplicate name is BadRequest, a read-only cluster a 403 with the code, a wrong password an SDKException."""

    def use() -> None:
        with otc(cloud) as dws:
            with pytest.raises(openstack_errors.BadRequestException):
                dws.create_snapshot(name="NIGHTLY-1", cluster_id=DWH_PROD)
            with pytest.raises(openstack_errors.HttpException, match=r"DWS\.7023") as forbidden:
                dws.create_snapshot(name="abcd", cluster_id=DWH_ARCHIVE)
            assert forbidden.value.response is not None
            assert forbidden.value.response.status_code == 403
        with (
            pytest.raises(openstack_errors.SDKException, match="username or password is wrong"),
            otc(cloud, password="wrong") as dws,
        ):
            list(dws.snapshots())

    await asyncio.to_thread(use)


@openstack_warns
async def test_otcextensions_logs_in_again_when_its_token_is_refused(cloud: DwsSimulator) -> None:
    """After a revocation the next call ends well, with a second login."""

    def use() -> None:
        with otc(cloud) as dws:
            list(dws.snapshots())
            cloud.revoke_tokens()
            assert list(dws.snapshots())

    await asyncio.to_thread(use)
    assert cloud.calls.count("token") == 2


async def test_huaweis_sdk_lists_creates_shows_and_deletes(cloud: DwsSimulator) -> None:
    """Its signatures are accepted, its models are filled."""

    def use() -> None:
        with huaweicloud(cloud) as dws:
            before = dws.list_snapshots(huawei.ListSnapshotsRequest())
            assert before.count == len(before.snapshots) == len(cloud.project.snapshots)
            wish = huawei.Snapshot(name="by-huawei", cluster_id=DWH_PROD, description="ümlaut")
            body = huawei.CreateSnapshotRequestBody(snapshot=wish)
            made = dws.create_snapshot(huawei.CreateSnapshotRequest(body=body)).snapshot.id
            shown = dws.list_snapshot_details(huawei.ListSnapshotDetailsRequest(snapshot_id=made)).snapshot
            assert (shown.name, shown.description, shown.status, shown.size) == (
                "by-huawei",
                "ümlaut",
                "AVAILABLE",
                42.7,
            )
            assert (shown.prior_backup_key, shown.datastore.version) == ("FULL", "8.2.0")
            dws.delete_snapshot(huawei.DeleteSnapshotRequest(snapshot_id=made))
            assert made not in cloud.project.snapshots

    await asyncio.to_thread(use)


async def test_huaweis_sdk_reads_clusters_and_their_snapshots(cloud: DwsSimulator) -> None:
    """Signed queries with pages and a blank, cluster list, cluster details and statistics."""

    def use() -> None:
        with huaweicloud(cloud) as dws:
            page = dws.list_cluster_snapshots(
                huawei.ListClusterSnapshotsRequest(
                    cluster_id=DWH_PROD, limit=2, offset=1, sort_key="started at", sort_dir="desc"
                )
            )
            assert [s.name for s in page.snapshots] == ["auto-inc-5", "auto-inc-4"]
            assert (page.cluster_id, page.project_id) == (DWH_PROD, cloud.project_id)
            clusters = dws.list_clusters(huawei.ListClustersRequest(enterprise_project_id="all_granted_eps")).clusters
            assert {c.name: c.task_status for c in clusters}["dwh-analytics"] == "GROWING"
            cluster = dws.list_cluster_details(huawei.ListClusterDetailsRequest(cluster_id=DWH_PROD)).cluster
            assert (cluster.name, cluster.number_of_node, cluster.nodes[0].status) == ("dwh-prod", 6, "200")
            used = dws.list_snapshot_statistics(huawei.ListSnapshotStatisticsRequest(cluster_id=DWH_PROD)).statistics
            assert [row.name for row in used] == ["storage.free", "storage.paid", "storage.used"]

    await asyncio.to_thread(use)


async def test_huaweis_sdk_finds_its_project_by_the_regions_name(cloud: DwsSimulator) -> None:
    """Without a project id it asks IAM with a signed call, as it does with the real one."""

    def use() -> None:
        keys = BasicCredentials(cloud.ak, cloud.sk).with_iam_endpoint(cloud.url)
        region = Region(cloud.region, cloud.url)
        dws = huawei.DwsClient.new_builder().with_credentials(keys).with_region(region).build()
        assert dws.list_snapshots(huawei.ListSnapshotsRequest()).count == len(cloud.project.snapshots)

    await asyncio.to_thread(use)
    assert cloud.calls.counts == {"projects": 1, "list": 1}


@openstack_warns
async def test_otcextensions_reads_the_environment(cloud: DwsSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of `env()` are all that it needs."""
    for name, value in cloud.env().items():
        monkeypatch.setenv(name, value)

    def use() -> None:
        with closing(openstack.connect(cloud="envvars", load_yaml_config=False)) as connection:
            assert len(list(dws_of(connection).snapshots())) == len(cloud.project.snapshots)

    await asyncio.to_thread(use)


async def test_huaweis_sdk_reads_the_environment(cloud: DwsSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of `env_aksk()` give it keys, project and the region's endpoint."""
    for name, value in cloud.env_aksk().items():
        monkeypatch.setenv(name, value)

    def use() -> None:
        dws = huawei.DwsClient.new_builder().with_region(DwsRegion.value_of(cloud.region)).build()
        assert dws.list_snapshots(huawei.ListSnapshotsRequest()).count == len(cloud.project.snapshots)

    await asyncio.to_thread(use)


async def test_huaweis_sdk_signs_with_temporary_keys(cloud: DwsSimulator) -> None:
    """The security token goes along, and the signature over it is accepted."""
    ak, key = cloud.iam.temporary_key(900)

    def use() -> None:
        keys = BasicCredentials(ak, key.secret, cloud.project_id).with_security_token(key.security_token)
        with huaweicloud(cloud, keys) as dws:
            assert dws.list_snapshots(huawei.ListSnapshotsRequest()).count == len(cloud.project.snapshots)

    await asyncio.to_thread(use)


async def test_huaweis_sdk_understands_the_refusals(cloud: DwsSimulator) -> None:
    """It reads the code from both error shapes, and the gateway's 401 for a wrong secret."""

    def use() -> None:
        def create(name: str, cluster: str) -> huawei_errors.ClientRequestException:
            body = huawei.CreateSnapshotRequestBody(snapshot=huawei.Snapshot(name=name, cluster_id=cluster))
            with huaweicloud(cloud) as dws, pytest.raises(huawei_errors.ClientRequestException) as caught:
                dws.create_snapshot(huawei.CreateSnapshotRequest(body=body))
            return caught.value

        for refused, status, code in [
            (create("NIGHTLY-1", DWH_PROD), 400, "DWS.5039"),
            (create("abcd", DWH_ARCHIVE), 403, "DWS.7023"),
        ]:
            assert (refused.status_code, refused.error_code) == (status, code)
        wrong = BasicCredentials(cloud.ak, "wrong", cloud.project_id)
        with huaweicloud(cloud, wrong) as dws, pytest.raises(huawei_errors.ClientRequestException) as caught:
            dws.list_snapshots(huawei.ListSnapshotsRequest())
        assert (caught.value.status_code, caught.value.error_code) == (401, "APIGW.0301")

    await asyncio.to_thread(use)
