"""The fake cloud and the real client keep the same promises; the client meets every fault of the simulator."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudNotFound,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.ids import ClusterId, SnapshotId
from bot.core.snapshot import Outcome
from bot.dws.client import DwsClient, open_cloud
from bot.dws.credentials import read_clouds
from bot.environment import Environment
from bot.ports import Called
from dws_sandbox.faults import BAD_REQUESTS, FAULTS
from dws_sandbox.model import SimCluster
from dws_sandbox.server import DwsSimulator
from tests.fakes.cloud import FakeCloud
from tests.fakes.impatient_clock import ImpatientClock
from tests.harness.contract_cloud import CloudContract

PROD = ClusterId("11111111-2222-4333-8444-555555555555")
DEV = ClusterId("22222222-3333-4444-8555-666666666666")


class FakeSide:
    """The fake as a far side of the contract."""

    def __init__(self) -> None:
        self.clock = ImpatientClock()
        self.cloud = FakeCloud(self.clock)
        self.prod = self.cloud.add_cluster("dwh-prod").ref.id
        self.dev = self.cloud.add_cluster("dwh-dev").ref.id

    def finish(self, snapshot: SnapshotId, *, ok: bool) -> None:
        self.cloud.finish(snapshot, ok=ok)

    def show(self, snapshot: SnapshotId, status: str) -> None:
        self.cloud.advance(snapshot, 99, status=status)

    def occupy(self, cluster: ClusterId) -> None:
        self.cloud.change_cluster(cluster, task_status="GROWING")

    def make_read_only(self, cluster: ClusterId) -> None:
        self.cloud.change_cluster(cluster, sub_statuses=("READONLY",))

    def put_its_clock(self, *, ahead: float) -> None:
        self.cloud.ahead = timedelta(seconds=ahead)

    def lose_the_next_answer_to_create(self) -> None:
        self.cloud.losing = 1


class RealSide:
    """The client over HTTP against the simulator as a far side of the contract."""

    prod = PROD
    dev = DEV

    def __init__(self, cloud: DwsClient, simulator: DwsSimulator, clock: ImpatientClock) -> None:
        self.cloud = cloud
        self.simulator = simulator
        self.clock = clock

    def finish(self, snapshot: SnapshotId, *, ok: bool) -> None:
        self.clock.advance(60)
        self.simulator.project.force_snapshot(snapshot, "AVAILABLE" if ok else "UNAVAILABLE")

    def show(self, snapshot: SnapshotId, status: str) -> None:
        self.simulator.project.force_snapshot(snapshot, status)

    def occupy(self, cluster: ClusterId) -> None:
        self.simulator.project.change_cluster(cluster, task="GROWING")

    def make_read_only(self, cluster: ClusterId) -> None:
        self.simulator.project.change_cluster(cluster, sub_status="READONLY")

    def put_its_clock(self, *, ahead: float) -> None:
        self.simulator.clock.ahead = ahead

    def lose_the_next_answer_to_create(self) -> None:
        self.simulator.break_next("drop_after", on="create")


@asynccontextmanager
async def real_side(*, keys: bool = False, called: Called | None = None) -> AsyncIterator[RealSide]:
    """Run the simulator and open the client on it, by password or by access keys."""
    clock = ImpatientClock()
    created = datetime(2026, 1, 1, tzinfo=UTC)
    clusters = [
        SimCluster(PROD, "dwh-prod", "8.2.0", 42.7, created),
        SimCluster(DEV, "dwh-dev", "8.3.0.109", 6.2, created),
    ]
    async with DwsSimulator(clock=clock, clusters=clusters) as simulator:
        nowhere = Path("/nonexistent")
        environ = simulator.env_aksk() if keys else simulator.env()
        (settings,) = read_clouds(Environment(environ, cwd=nowhere, home=nowhere, etc=nowhere))
        async with open_cloud(settings, clock=clock, called=called) as cloud:
            yield RealSide(cloud, simulator, clock)


class TestFakeCloud(CloudContract):
    """The fake."""

    @pytest.fixture
    def far_side(self) -> FakeSide:
        return FakeSide()


class TestClientByPassword(CloudContract):
    """The client, logged in by password."""

    @pytest.fixture
    async def far_side(self) -> AsyncIterator[RealSide]:
        async with real_side() as side:
            yield side


class TestClientByKeys(CloudContract):
    """The client, signing by access keys."""

    @pytest.fixture
    async def far_side(self) -> AsyncIterator[RealSide]:
        async with real_side(keys=True) as side:
            yield side


@pytest.fixture
async def side() -> AsyncIterator[RealSide]:
    async with real_side() as side:
        yield side


# What the create call raises for each fault, and whether the snapshot may exist by then; None: it succeeds.
AFTER_CREATE: dict[str, tuple[type[CloudError], bool | None] | None] = {
    "drop_before": (CloudUnavailable, True),
    "drop_after": (CloudUnavailable, True),
    "throttled": (CloudUnavailable, False),
    "server_error": (CloudUnavailable, True),
    "unavailable": (CloudUnavailable, True),
    "bad_gateway": (CloudUnavailable, True),
    "gateway_timeout": (CloudUnavailable, True),
    "empty_200": (CloudUnavailable, True),
    "garbage": (CloudUnavailable, True),
    "error_in_200": (CloudUnavailable, True),
    "slow": None,
    "late": None,
    "expired_token": None,  # another token is got, and the call repeated
    "denied": (CloudForbidden, None),
    "busy": (CloudBusy, None),
    "conflict": (CloudBusy, None),
    "bad_request": (CloudRejected, None),
    "not_found": (CloudNotFound, None),
    "snapshot_fails": None,
    "unknown_status": None,
    "late_listing": None,
    "rewords": None,
    "rival": (CloudRejected, None),
    "mfa": None,  # of IAM alone: by another 401 the client logs in once more
}
QUICK: dict[str, dict[str, Any]] = {"slow": {"seconds": 0}, "late": {"seconds": 0}}


@pytest.mark.parametrize("fault", [f.name for f in FAULTS])
async def test_the_create_call_is_sent_once_whatever_goes_wrong(side: RealSide, fault: str) -> None:
    """Each fault becomes the one right error, the POST is never repeated, and what is done is never called undone."""
    expected = AFTER_CREATE[fault]
    side.simulator.break_next(fault, on="create", **QUICK.get(fault, {}))
    if expected is None:
        assert await side.cloud.create_snapshot(PROD, "nightly", "")
    else:
        kind, maybe_done = expected
        with pytest.raises(kind) as caught:
            await side.cloud.create_snapshot(PROD, "nightly", "")
        assert type(caught.value) is kind
        if isinstance(caught.value, CloudUnavailable):
            assert caught.value.maybe_done is maybe_done
            assert caught.value.maybe_done or not side.simulator.project.snapshots
    assert side.simulator.calls.counts["create"] == (2 if fault in ("expired_token", "mfa") else 1)
    assert len(side.simulator.project.snapshots) <= 1


TRANSIENT = [f for f, expected in AFTER_CREATE.items() if expected and expected[0] is CloudUnavailable]


@pytest.mark.parametrize("fault", TRANSIENT)
async def test_a_read_is_tried_again_and_succeeds(side: RealSide, fault: str) -> None:
    """Two failures of any passing kind are survived by waiting longer each time."""
    side.simulator.break_next(fault, times=2, on="list")
    assert await side.cloud.snapshots() == []
    assert side.simulator.calls.counts["list"] == 3
    assert len(side.clock.slept) == 2


@pytest.mark.parametrize("fault", TRANSIENT)
async def test_a_read_gives_up_after_three_tries(side: RealSide, fault: str) -> None:
    """It is unavailable then, and no fourth call is made."""
    side.simulator.break_next(fault, times=9, on="list")
    with pytest.raises(CloudUnavailable):
        await side.cloud.snapshots()
    assert side.simulator.calls.counts["list"] == 3


@pytest.mark.parametrize("variant", BAD_REQUESTS)
async def test_every_error_body_is_read(side: RealSide, variant: str) -> None:
    """Whatever shape the refusal comes in, it is a refusal of the request, with the cloud's words where it has any.

    Text that is no JSON isn't DWS's: something before it refused the call, which is the operator's to look at.
    """
    side.simulator.break_next("bad_request", on="create", variant=variant)
    with pytest.raises(CloudForbidden if variant == "text" else CloudRejected) as caught:
        await side.cloud.create_snapshot(PROD, "nightly", "")
    assert caught.value.status == 400
    if variant not in ("text", "empty"):
        assert caught.value.message == "Invalid parameter."


@pytest.mark.parametrize("fault", TRANSIENT)
async def test_a_failed_login_did_nothing(side: RealSide, fault: str) -> None:
    """Where no token is to be had, the create call was not sent: that is known, and it says so."""
    side.simulator.break_next(fault, times=9, on="token")
    with pytest.raises(CloudUnavailable) as caught:
        await side.cloud.create_snapshot(PROD, "nightly", "")
    assert caught.value.maybe_done is False
    assert caught.value.at_login
    assert "create" not in side.simulator.calls.counts


@pytest.mark.parametrize("fault", TRANSIENT)
async def test_a_call_that_fails_behind_the_login_says_nothing_against_it(side: RealSide, fault: str) -> None:
    """IAM had let us in: it is another outage than that of the login."""
    side.simulator.break_next(fault, times=9, on="list")
    with pytest.raises(CloudUnavailable) as caught:
        await side.cloud.snapshots()
    assert not caught.value.at_login


async def test_each_call_that_leaves_is_counted_by_its_name_and_outcome() -> None:
    """Logins included; a read that is tried again counts each time, and an answer that never comes as none."""
    counted = []

    def called(method: str, outcome: str, seconds: float) -> None:
        counted.append((method, outcome))

    async with real_side(called=called) as side:
        side.simulator.break_next("server_error", on="list")
        await side.cloud.snapshots()
        side.simulator.break_next("drop_before", times=3, on="clusters")
        with pytest.raises(CloudUnavailable):
            await side.cloud.clusters()
        await side.cloud.create_snapshot(PROD, "nightly", "")
    assert counted == [
        ("login", "ok"),
        ("list_snapshots", "failed"),
        ("list_snapshots", "ok"),
        *[("list_clusters", "no_answer")] * 3,
        ("create_snapshot", "ok"),
    ]


async def test_the_create_answer_tells_the_clouds_own_id_of_the_call(side: RealSide) -> None:
    """X-Request-Id of the answer, which the cloud's support asks for."""
    made = await side.cloud.create_snapshot(PROD, "nightly", "")
    assert re.fullmatch(r"[0-9a-f]{32}", made.request_id)


async def test_a_revoked_token_is_renewed_once_by_all_who_need_it(side: RealSide) -> None:
    """Many requests at once whose token died get one new token among them, and all succeed."""
    await side.cloud.clusters()
    side.simulator.revoke_tokens()
    answers = await asyncio.gather(*(side.cloud.snapshots() for _ in range(20)))
    assert answers == [[]] * 20
    assert side.simulator.calls.counts["token"] == 2


async def test_an_expired_token_is_renewed_before_it_ends(side: RealSide) -> None:
    """A day later nothing is refused: the token was renewed beforehand."""
    await side.cloud.clusters()
    side.clock.advance(timedelta(hours=23, minutes=55))
    await side.cloud.clusters()
    assert side.simulator.calls.counts["token"] == 2
    assert side.simulator.calls.counts["clusters"] == 2


async def test_a_late_listing_hides_the_snapshot_for_a_while_only(side: RealSide) -> None:
    """The list may lack what the details show; nothing in the client papers over it."""
    side.simulator.break_next("late_listing", seconds=30)
    made = (await side.cloud.create_snapshot(PROD, "nightly", "")).id
    assert await side.cloud.snapshots() == []
    assert (await side.cloud.snapshot(made)).outcome is Outcome.PENDING
    side.clock.advance(31)
    assert [s.id for s in await side.cloud.snapshots()] == [made]


async def test_the_operator_reads_who_logged_in_where() -> None:
    """One line: user, project, endpoint, how much is seen; nothing secret in it."""
    async with real_side() as side:
        told = await side.cloud.whoami()
        simulator = side.simulator
        assert told == (
            f"{simulator.username} in project eu-de ({simulator.project_id}) at {simulator.url}: 2 clusters"
        )
    async with real_side(keys=True) as side:
        told = await side.cloud.whoami()
        assert side.simulator.sk not in told
        assert told.startswith(f"the access key {side.simulator.ak[:4]}… in project eu-de")


async def test_a_wrong_secret_key_is_refused_without_locking_the_key() -> None:
    """After three refusals the client asks no more for five minutes, then once; the key is never locked."""
    async with real_side(keys=True) as side:
        right = side.simulator.sk
        nowhere = Path("/nonexistent")
        environ = {**side.simulator.env_aksk(), "OS_SECRET_KEY": "wrong"}
        (settings,) = read_clouds(Environment(environ, cwd=nowhere, home=nowhere, etc=nowhere))
        assert right not in repr(settings)
        async with open_cloud(settings, clock=side.clock) as cloud:
            for _ in range(10):
                with pytest.raises(CloudLoginRefused):
                    await cloud.clusters()
        assert side.simulator.calls.counts["clusters"] == 3
        assert len(await side.cloud.clusters()) == 2  # the right key still works
