"""What every `bot.ports.Cloud` promises, whatever it talks to. Subclass, and give a `far_side` fixture."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from bot.core.errors import CloudBusy, CloudError, CloudNotFound, CloudRejected, CloudUnavailable
from bot.core.ids import ClusterId, SnapshotId
from bot.core.snapshot import ClusterState, ObstacleCode, Outcome, is_ours, named
from bot.ports import Clock, Cloud

A_SECOND = timedelta(seconds=1)
NOBODY = "00000000-0000-4000-8000-000000000000"


class FarSide(Protocol):
    """A cloud project with two clusters that are free, `dwh-prod` and `dwh-dev`, and the means to move it."""

    cloud: Cloud
    clock: Clock
    prod: ClusterId
    dev: ClusterId

    def finish(self, snapshot: SnapshotId, *, ok: bool) -> None:
        """End the snapshot now."""

    def show(self, snapshot: SnapshotId, status: str) -> None:
        """Let the snapshot show a status that isn't a final one."""

    def occupy(self, cluster: ClusterId) -> None:
        """Let the cluster be scaled out."""

    def make_read_only(self, cluster: ClusterId) -> None:
        """Let the cluster be read-only."""

    def put_its_clock(self, *, ahead: float) -> None:
        """Let the cloud's own clock be *ahead* seconds before `clock`."""

    def lose_the_next_answer_to_create(self) -> None:
        """Let the next create call act, and its answer be lost."""


class CloudContract:
    """The promises."""

    async def test_every_cluster_is_listed_and_shown(self, far_side: FarSide) -> None:
        """A list and the details of its items say the same of name, id, state and cloud."""
        listed = {c.name: c for c in await far_side.cloud.clusters()}
        assert {"dwh-prod", "dwh-dev"} <= listed.keys()
        shown = await far_side.cloud.cluster(far_side.prod)
        assert (shown.ref, shown.name, shown.state) == (listed["dwh-prod"].ref, "dwh-prod", ClusterState.READY)
        assert shown.ref.id == far_side.prod
        assert shown.ref.cloud == far_side.cloud.name

    async def test_what_is_not_there_is_not_found(self, far_side: FarSide) -> None:
        """Neither clusters nor snapshots that don't exist are an error of another kind."""
        with pytest.raises(CloudNotFound):
            await far_side.cloud.cluster(ClusterId(NOBODY))
        with pytest.raises(CloudNotFound):
            await far_side.cloud.snapshot(SnapshotId(NOBODY))
        with pytest.raises(CloudNotFound):
            await far_side.cloud.create_snapshot(ClusterId(NOBODY), "nightly", "")

    async def test_a_new_snapshot_is_listed_and_pending(self, far_side: FarSide) -> None:
        """Creating returns an id at once; the snapshot can be seen, carries what was asked, and isn't usable yet."""
        made = (await far_side.cloud.create_snapshot(far_side.prod, "before-42", "OPS-42, für Ana")).id
        shown = await far_side.cloud.snapshot(made)
        assert (shown.id, shown.name, shown.cluster_id) == (made, "before-42", far_side.prod)
        assert (shown.description, shown.outcome) == ("OPS-42, für Ana", Outcome.PENDING)
        assert shown.started is not None
        assert abs(shown.started - far_side.clock.now()) < A_SECOND
        listed = named(await far_side.cloud.snapshots(), "BEFORE-42")
        assert listed is not None
        assert replace(listed, percent=None) == replace(shown, percent=None)  # lists may leave the progress out

    async def test_what_storage_its_snapshots_take_is_told(self, far_side: FarSide) -> None:
        """Of one cluster alone: what is used by what can be used, and what is free."""
        before = await far_side.cloud.storage(far_side.prod)
        elsewhere = await far_side.cloud.storage(far_side.dev)
        far_side.finish((await far_side.cloud.create_snapshot(far_side.prod, "before-42", "")).id, ok=True)
        after = await far_side.cloud.storage(far_side.prod)
        assert after.used_gb > before.used_gb
        assert after.free_gb == before.free_gb > 0
        assert await far_side.cloud.storage(far_side.dev) == elsewhere
        with pytest.raises(CloudNotFound):
            await far_side.cloud.storage(ClusterId(NOBODY))

    async def test_a_running_snapshot_occupies_its_cluster_alone(self, far_side: FarSide) -> None:
        """One cluster makes one snapshot at a time and says how far it is; others are free meanwhile."""
        await far_side.cloud.create_snapshot(far_side.prod, "first", "")
        busy = await far_side.cloud.cluster(far_side.prod)
        assert (busy.state, busy.task and busy.task.code) == (ClusterState.BUSY, ObstacleCode.SNAPSHOT)
        assert busy.percent is not None
        with pytest.raises(CloudBusy):
            await far_side.cloud.create_snapshot(far_side.prod, "second", "")
        assert await far_side.cloud.create_snapshot(far_side.dev, "second", "")

    async def test_a_finished_snapshot_is_available_and_its_cluster_free(self, far_side: FarSide) -> None:
        """Once the cloud says AVAILABLE there is a size and an end, and the cluster takes the next."""
        made = (await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")).id
        far_side.finish(made, ok=True)
        done = await far_side.cloud.snapshot(made)
        assert done.outcome is Outcome.AVAILABLE
        assert done.size_gb > 0
        assert done.started is not None
        assert done.finished is not None
        assert done.finished >= done.started
        assert (await far_side.cloud.cluster(far_side.prod)).state is ClusterState.READY
        assert (await far_side.cloud.create_snapshot(far_side.prod, "nightly-2", "")).id != made

    async def test_a_failed_snapshot_is_failed(self, far_side: FarSide) -> None:
        """UNAVAILABLE is a failure."""
        made = (await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")).id
        far_side.finish(made, ok=False)
        assert (await far_side.cloud.snapshot(made)).outcome is Outcome.FAILED

    async def test_a_deleted_snapshot_is_gone(self, far_side: FarSide) -> None:
        """From the list, and by its id; its name is free, and a second call says that it was gone before."""
        made = (await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")).id
        far_side.finish(made, ok=True)
        await far_side.cloud.delete_snapshot(made)
        assert made not in {s.id for s in await far_side.cloud.snapshots()}
        for ask in (far_side.cloud.snapshot, far_side.cloud.delete_snapshot):
            with pytest.raises(CloudNotFound):
                await ask(made)
        assert (await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")).id != made

    async def test_what_is_being_made_is_not_deleted(self, far_side: FarSide) -> None:
        """It is busy, and goes on."""
        made = (await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")).id
        with pytest.raises(CloudBusy):
            await far_side.cloud.delete_snapshot(made)
        assert (await far_side.cloud.snapshot(made)).outcome is Outcome.PENDING

    async def test_an_unknown_status_is_kept_and_pending(self, far_side: FarSide) -> None:
        """A status that nobody documented is neither a success nor a failure."""
        made = (await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")).id
        far_side.show(made, "VERIFYING")
        shown = await far_side.cloud.snapshot(made)
        assert (shown.status, shown.outcome) == ("VERIFYING", Outcome.PENDING)

    async def test_a_name_is_unique_in_the_project_whatever_its_case(self, far_side: FarSide) -> None:
        """The second snapshot of one name is rejected, on another cluster too, and leaves nothing behind."""
        await far_side.cloud.create_snapshot(far_side.prod, "Nightly-9", "")
        before = await far_side.cloud.snapshots()
        with pytest.raises(CloudRejected):
            await far_side.cloud.create_snapshot(far_side.dev, "nightly-9", "")
        assert {s.id for s in await far_side.cloud.snapshots()} == {s.id for s in before}

    @pytest.mark.parametrize(
        ("name", "description"),
        [("abc", ""), ("a" * 65, ""), ("1abc", ""), ("with space", ""), ("good", "a < b"), ("good", "x" * 257)],
        ids=["too-short", "too-long", "digit-first", "space", "forbidden-character", "long-description"],
    )
    async def test_what_breaks_the_rules_is_rejected(self, far_side: FarSide, name: str, description: str) -> None:
        """A wrong name or description makes no snapshot, and the error has words for the requester."""
        before = await far_side.cloud.snapshots()
        with pytest.raises(CloudRejected) as caught:
            await far_side.cloud.create_snapshot(far_side.prod, name, description)
        assert caught.value.message
        assert len(await far_side.cloud.snapshots()) == len(before)

    async def test_an_occupied_cluster_is_busy(self, far_side: FarSide) -> None:
        """Another task is shown, and refuses the snapshot as busy, not as wrong."""
        far_side.occupy(far_side.prod)
        assert (await far_side.cloud.cluster(far_side.prod)).state is ClusterState.BUSY
        with pytest.raises(CloudBusy):
            await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")

    async def test_a_read_only_cluster_is_blocked(self, far_side: FarSide) -> None:
        """Its state is shown, and refuses the snapshot."""
        far_side.make_read_only(far_side.prod)
        assert (await far_side.cloud.cluster(far_side.prod)).state is ClusterState.BLOCKED
        with pytest.raises(CloudError):
            await far_side.cloud.create_snapshot(far_side.prod, "nightly", "")

    async def test_a_lost_answer_may_have_acted_and_is_settled_by_listing(self, far_side: FarSide) -> None:
        """The caller learns that it may be done, and finds it by name as its own."""
        assert named(await far_side.cloud.snapshots(), "nightly") is None
        listed_at = far_side.cloud.listed_at
        assert listed_at is not None
        far_side.lose_the_next_answer_to_create()
        with pytest.raises(CloudUnavailable) as caught:
            await far_side.cloud.create_snapshot(far_side.prod, "nightly", "OPS-1")
        assert caught.value.maybe_done
        found = named(await far_side.cloud.snapshots(), "nightly")
        assert found is not None
        assert is_ours(
            found,
            cluster=far_side.prod,
            name="nightly",
            description="OPS-1",
            listed_at=listed_at,
        )

    async def test_a_list_says_when_it_was_made_by_the_clouds_own_clock(self, far_side: FarSide) -> None:
        """Nothing is known before the first list; then it is the cloud's time, as old as the list is."""
        assert far_side.cloud.listed_at is None
        await far_side.cloud.clusters()
        assert far_side.cloud.listed_at is None
        await far_side.cloud.snapshots()
        first = far_side.cloud.listed_at
        assert first is not None
        assert abs(first - far_side.clock.now()) < A_SECOND
        far_side.put_its_clock(ahead=600)
        assert far_side.cloud.listed_at == first
        await far_side.cloud.snapshots()
        assert far_side.cloud.listed_at is not None
        assert abs(far_side.cloud.listed_at - far_side.clock.now() - timedelta(minutes=10)) < A_SECOND

    async def test_it_knows_how_far_the_clouds_clock_is_from_ours(self, far_side: FarSide) -> None:
        """By any answer, in either direction."""
        assert far_side.cloud.clock_ahead is None
        for ahead in (600, -600):
            far_side.put_its_clock(ahead=ahead)
            await far_side.cloud.clusters()
            assert far_side.cloud.clock_ahead is not None
            assert abs(far_side.cloud.clock_ahead - timedelta(seconds=ahead)) < A_SECOND

    async def test_it_says_who_is_logged_in_where(self, far_side: FarSide) -> None:
        """One line for the operator, which ends in how many clusters are seen."""
        said = await far_side.cloud.whoami()
        assert said.endswith(f": {len(await far_side.cloud.clusters())} clusters")
        assert "\n" not in said
