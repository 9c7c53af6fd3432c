"""Each state of a request with what the cloud, Slack and people may do meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
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
    StaleRequest,
)
from bot.core.events import Hold
from bot.core.grants import Grant, Role, Terms
from bot.core.ids import CloudName, ClusterId, ClusterRef, Principal, UserId
from bot.core.message import OPERATOR, RESULT, MessageKind, Owed
from bot.core.person import EVERYONE, Standing
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from bot.core.scope import Scope
from bot.core.why import Code
from bot.inventory import Inventory
from bot.words import reasons
from bot.worker import Pace
from bot.worker.steps import Steps
from tests.fakes.clock import FakeClock
from tests.fakes.cloud import FakeCloud
from tests.fakes.slack import refused
from tests.harness.working import ANA, BEA, BEN, CLEO, LOST, Bench, actor, creating, submitting

REFUSED_CONNECTION = CloudUnavailable("connection refused", maybe_done=False)


def owes(bench: Bench, request: SnapshotRequest, owed: Owed) -> bool:
    """Say whether the message is *owed* of *request*."""
    return (request.id, owed) in bench.store.told


# Approved: the cluster, the line, the preflight


async def test_an_approved_request_is_created_and_followed_to_its_end(bench: Bench):
    """The way without trouble: one POST, progress on the card, the result owed once the cloud says AVAILABLE."""
    request = await creating(bench)
    bench.cloud.advance(bench.snapshot().id, 42)
    await bench.later()
    assert bench.now(request).percent == 42
    bench.cloud.finish(bench.snapshot().id)
    await bench.later()
    ended = bench.now(request)
    assert (ended.state, ended.size_gb) == (State.AVAILABLE, 42.7)
    started, finished = bench.snapshot().started, bench.snapshot().finished
    assert started is not None
    assert finished is not None
    assert ended.took == finished - started
    assert owes(bench, request, RESULT)
    assert bench.posts == 1


async def test_a_busy_cluster_holds_and_goes_on(bench: Bench):
    """Another task on the cluster delays, visibly; nobody has to do anything."""
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="GROWING")
    request = await bench.approved()
    await bench.turn()
    held = bench.now(request)
    assert (held.state, held.hold, reasons.problem(held.why)) == (State.APPROVED, Hold.BUSY, "it is being scaled out")
    version = held.version
    await bench.later()
    assert bench.now(request).version == version, "no news, no new version"
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="")
    await bench.later()
    assert (bench.now(request).state, bench.now(request).hold) == (State.CREATING, Hold.NONE)


async def test_a_snapshot_of_somebody_else_makes_the_cluster_busy(bench: Bench):
    """A snapshot that is being created holds ours up even where the cluster shows no task yet."""
    bench.cloud.add_snapshot(bench.prod.ref.id, "auto-1")
    request = await bench.approved()
    await bench.turn()
    assert (bench.now(request).hold, bench.posts) == (Hold.BUSY, 0)


async def test_requests_for_one_cluster_go_in_order(bench: Bench):
    """Three requests: one runs, the others know their place in line, and each goes when the one before has ended."""
    requests = [await bench.approved(f"nightly-{n}") for n in range(3)]
    other = await bench.approved("dev-1", cluster=bench.dev)
    await bench.turn()
    assert [bench.now(r).state for r in (*requests, other)] == [
        State.CREATING,
        State.APPROVED,
        State.APPROVED,
        State.CREATING,
    ]
    assert [(bench.now(r).hold, bench.now(r).place) for r in requests[1:]] == [(Hold.QUEUE, 2), (Hold.QUEUE, 3)]
    for n, request in enumerate(requests):
        bench.cloud.finish(bench.snapshot(f"nightly-{n}").id)
        await bench.later(bench.pace.poll)
        assert bench.now(request).state is State.AVAILABLE
        await bench.turn()  # who waited is woken by the end of the one before, not by the clock
        if n == 0:
            assert [bench.now(r).place for r in requests[1:]] == [1, 2]
    assert bench.posts == 4


async def test_a_withdrawn_request_leaves_the_line(bench: Bench):
    """Who waits in line moves up when somebody before them withdraws."""
    first, second, third = [await bench.approved(f"nightly-{n}") for n in range(3)]
    await bench.turn()
    await bench.service.approvals.withdraw(actor(ANA), second.id)
    await bench.later()
    assert bench.now(first).state is State.CREATING
    assert bench.now(third).place == 2


async def test_a_read_only_cluster_holds(bench: Bench):
    """A cluster that can't have snapshots just now is waited for."""
    request = await bench.approved()
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("READONLY",))
    await bench.turn()
    assert (bench.now(request).hold, reasons.problem(bench.now(request).why)) == (Hold.BLOCKED, "read-only")
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("NORMAL",))
    await bench.later()
    assert bench.now(request).state is State.CREATING


async def test_a_cluster_that_is_gone_ends_it(bench: Bench):
    """No cluster, no snapshot: the requester chooses another."""
    request = await bench.approved()
    del bench.cloud.known_clusters[bench.prod.ref.id]
    await bench.turn()
    ended = bench.now(request)
    assert ended.state is State.FAILED
    assert reasons.problem(ended.why) == "The cluster no longer exists in the cloud."
    assert reasons.advice(ended.why)
    assert owes(bench, request, RESULT)


@pytest.mark.parametrize("name", ["nightly-1", "NIGHTLY-1"])
async def test_a_name_taken_by_a_stranger_ends_it(bench: Bench, name: str):
    """A snapshot that was made meanwhile under the name, in any case, isn't ours; nothing is posted."""
    request = await bench.approved()
    bench.cloud.add_snapshot(bench.dev.ref.id, name)
    await bench.turn()
    assert bench.now(request).state is State.FAILED
    assert f"A snapshot with this name exists (names ignore case): {name}" in reasons.problem(bench.now(request).why)
    assert bench.posts == 0


# Rights, again, just before the POST


@pytest.mark.parametrize(
    ("who", "said"),
    [
        (
            ANA,
            "The requester may no longer ask for snapshots of dwh-prod: the right was taken back, has ended, or is "
            "denied.",
        ),
        (BEN, "The approval no longer counts: who approved may not approve dwh-prod any more."),
    ],
    ids=["requester", "approver"],
)
async def test_whose_right_was_revoked_no_longer_counts(bench: Bench, who: UserId, said: str):
    """The right to ask, and that to approve, are checked just before the create call."""
    request = await bench.approved()
    bench.revoke(who)
    await bench.turn()
    assert bench.now(request).state is State.FAILED
    assert reasons.problem(bench.now(request).why) == said
    assert bench.posts == 0
    assert bench.store.log[-1].rule == "no-grant"


@pytest.mark.parametrize("who", [ANA, BEN])
@pytest.mark.parametrize(
    "standing", [Standing.DEACTIVATED, Standing.GUEST, Standing.OUTSIDER, Standing.BOT, Standing.UNKNOWN]
)
async def test_only_active_members_count_at_the_post(bench: Bench, who: str, standing: Standing):
    """The requester or an approver is no active member any more: nothing is created."""
    request = await bench.approved()
    bench.people.add(who, standing)
    await bench.turn()
    assert (bench.now(request).state, bench.posts) == (State.FAILED, 0)


@pytest.mark.parametrize(
    ("gone", "advice"),
    [
        ("member", "Somebody else who has the right can ask for it."),
        ("right", "An admin can give the right back; then ask again."),
    ],
)
async def test_what_helps_depends_on_what_was_lost(bench: Bench, gone: str, advice: str):
    """No admin can give a right back to an account that is deactivated."""
    request = await bench.approved()
    if gone == "member":
        bench.people.add(ANA, Standing.DEACTIVATED)
    else:
        bench.store.given = [g for g in bench.store.given if g.holder != Principal(ANA)]
    await bench.turn()
    assert (bench.now(request).state, reasons.advice(bench.now(request).why)) == (State.FAILED, advice)


def a_denial(user: str, cluster: str, clock: FakeClock) -> Grant:
    """Return what denies *user* the right to ask for such clusters."""
    return Grant(Principal(user), Role.REQUEST, Scope("*", cluster), CLEO, clock.now(), denies=True)


@pytest.mark.parametrize("how", ["denied", "denied to everyone", "ended", "renamed into a denial"])
async def test_a_right_that_is_gone_in_another_way_ends_the_request_too(bench: Bench, how: str):
    """Right before the create call: what is denied, what has ended, and by the name that the cluster has now."""
    if how == "ended":
        grants = bench.store.given
        ends = Terms(until=bench.clock.now() + timedelta(seconds=1))
        bench.store.given = [replace(g, terms=ends) if g.holder == Principal(ANA) else g for g in grants]
    request = await bench.approved()
    if how == "denied":
        bench.store.given.append(a_denial(ANA, "dwh-*", bench.clock))
    elif how == "denied to everyone":
        bench.store.given.append(replace(a_denial(ANA, "dwh-p*", bench.clock), holder=EVERYONE))
    elif how == "renamed into a denial":
        bench.store.given.append(a_denial(ANA, "secret-*", bench.clock))
        bench.cloud.known_clusters[bench.prod.ref.id] = replace(bench.prod, name="secret-prod")
    bench.clock.advance(60)
    await bench.turn()
    ended = bench.now(request)
    assert (ended.state, ended.why and ended.why.code, bench.posts) == (State.FAILED, Code.RIGHT_LOST, 0)


async def test_where_slack_cannot_say_who_somebody_is_the_request_waits(bench: Bench):
    """Slack being down never fails a request; it goes on once Slack answers."""
    request = await bench.approved()
    bench.people.gone = True
    await bench.turn()
    held = bench.now(request)
    assert (held.state, held.hold, bench.posts) == (State.APPROVED, Hold.CLOUD, 0)
    assert "Slack can't say" in reasons.problem(held.why)
    bench.people.gone = False
    await bench.later()
    assert bench.now(request).state is State.CREATING


@pytest.mark.parametrize("code", ["missing_scope", "invalid_auth", "access_denied"])
async def test_where_slack_refuses_to_say_who_somebody_is_an_operator_is_called(bench: Bench, code: str):
    """A scope or a token that was taken away is an operator's move: they hear of it once, and it goes on by itself."""
    request = await bench.approved()
    bench.people.gone = refused(code)
    await bench.turn()
    await bench.later(600)
    held = bench.now(request)
    assert (held.state, held.hold, bench.posts) == (State.APPROVED, Hold.PERMISSION, 0)
    assert "Slack refuses to tell the bot who asked and approved. An operator must fix that" in reasons.problem(
        held.why
    )
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.OPERATOR)) == 1
    bench.people.gone = False
    await bench.later(600)
    assert bench.now(request).state is State.CREATING


async def test_rights_are_asked_of_slack_anew(bench: Bench):
    """What Slack said of somebody earlier doesn't count at the POST."""
    await bench.approved()
    bench.people.asked.clear()
    await bench.turn()
    assert set(bench.people.asked) == {(ANA, True), (BEN, True)}


async def test_a_right_revoked_while_slack_takes_its_time_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The grants are read after Slack has answered, right before the attempt is saved."""
    request = await bench.approved()
    ask_slack = bench.people.person

    async def slow(user, *, fresh=False):
        bench.revoke(BEN)
        return await ask_slack(user, fresh=fresh)

    monkeypatch.setattr(bench.people, "person", slow)
    await bench.turn()
    assert (bench.now(request).state, bench.posts) == (State.FAILED, 0)


async def test_one_of_two_approvals_is_not_enough_any_more(bench: Bench):
    """Where two must approve, both must still be able to."""
    request = await bench.ask(need=2)
    for who in (BEN, BEA):
        bench.clock.advance(1)
        await bench.service.approvals.approve(actor(who), request.id)
    bench.revoke(BEA)
    await bench.turn()
    assert (bench.now(request).state, bench.posts) == (State.FAILED, 0)


async def test_a_withdrawal_during_the_preflight_wins(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Somebody withdraws while the worker looks at the cloud: no POST, and the withdrawal stands."""
    request = await bench.approved()
    look = bench.cloud.clusters

    async def slow_look():
        await bench.service.approvals.withdraw(actor(ANA), request.id)
        return await look()

    monkeypatch.setattr(bench.cloud, "clusters", slow_look)
    claimed = await bench.store.claim(owner="w", lease=timedelta(minutes=2), limit=9)
    with pytest.raises(StaleRequest):
        await bench.steps.step(claimed[0])
    assert (bench.now(request).state, bench.posts) == (State.WITHDRAWN, 0)


async def test_who_lost_the_lease_posts_nothing(bench: Bench):
    """Another took the request while its holder was away: only the other one asks the cloud, whatever comes first."""
    request = await bench.approved()
    (late,) = await bench.store.claim(owner="a", lease=timedelta(seconds=1), limit=9)
    bench.clock.advance(3)
    (held,) = await bench.store.claim(owner="b", lease=timedelta(minutes=2), limit=9)
    with pytest.raises(StaleRequest):
        await bench.steps.step(late)
    assert (bench.posts, bench.now(request)) == (0, request)
    await bench.steps.step(held)
    assert (bench.posts, bench.now(request).state) == (1, State.CREATING)


# The POST and its answer


HELD = [
    (CloudLoginRefused("401", status=401), Hold.LOGIN),
    (CloudForbidden("403", status=403), Hold.PERMISSION),
    (CloudBusy("409", status=409), Hold.BUSY),
    (CloudUnavailable("429", status=429, maybe_done=False), Hold.CLOUD),
    (REFUSED_CONNECTION, Hold.CLOUD),
]
ENDED = [
    (CloudRejected("400", status=400, message="Invalid parameter"), "The cloud refused the request as wrong: Invalid"),
    (CloudNotFound("404", status=404), "The cluster no longer exists"),
]
UNCERTAIN = [
    CloudUnavailable("500", status=500),
    CloudUnavailable("503", status=503),
    CloudUnavailable("read timeout"),
    CloudUnavailable("200 without JSON", status=200),
]


def the_error(value: object) -> str | None:
    """Name a parameter by the error in it."""
    return f"{type(value).__name__}-{value}" if isinstance(value, CloudError) else None


@pytest.mark.parametrize(("error", "hold"), HELD, ids=the_error)
async def test_what_the_cloud_surely_did_not_do_is_tried_again(bench: Bench, error: CloudError, hold: Hold):
    """The request is APPROVED again, says what holds it, and goes on by itself once that is fixed."""
    request = await bench.approved()
    bench.cloud.failing_create = [error]
    await bench.turn()
    held = bench.now(request)
    assert (held.state, held.hold, held.attempted_at) == (State.APPROVED, hold, None)
    assert owes(bench, request, OPERATOR) is (hold in (Hold.LOGIN, Hold.PERMISSION))
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 2


@pytest.mark.parametrize(
    ("seen", "hold", "problem"),
    [
        ({"sub_statuses": ("READONLY",)}, Hold.BLOCKED, "read-only"),
        ({"status": "FROZEN"}, Hold.BLOCKED, "frozen"),
        ({"task_status": "GROWING"}, Hold.BUSY, "it is being scaled out"),
        ({}, Hold.BUSY, "another task"),
        (None, Hold.BUSY, "another task"),
    ],
    ids=["read-only", "frozen", "a task", "nothing seen", "not seen"],
)
@pytest.mark.parametrize("lost_before", [False, True], ids=["first attempt", "after a lost answer"])
async def test_what_busy_means_is_seen_at_once(
    bench: Bench,
    seen: dict[str, object] | None,
    hold: Hold,
    problem: str,
    lost_before: bool,
    monkeypatch: pytest.MonkeyPatch,
):
    """The cloud says "busy" of a read-only cluster as well: the card says what a look shows, not "another task"."""
    request = await bench.approved()
    if lost_before:
        bench.cloud.failing_create = [UNCERTAIN[0]]
        await bench.turn()

    async def changed_meanwhile(*args: object) -> None:
        if seen is None:
            bench.cloud.failing = [CloudUnavailable("503")] * 9
        else:
            bench.cloud.change_cluster(bench.prod.ref.id, **seen)
        raise CloudBusy("403", status=403, code="DWS.7023")

    monkeypatch.setattr(bench.cloud, "create_snapshot", changed_meanwhile)
    await bench.later()
    held = bench.now(request)
    if seen is None and lost_before:  # then whether it was made is what matters
        assert (held.state, held.hold) == (State.SUBMITTING, Hold.CLOUD)
    else:
        assert (held.state, held.hold) == (State.SUBMITTING if lost_before else State.APPROVED, hold)
        assert reasons.problem(held.why) == problem


@pytest.mark.parametrize(("error", "words"), ENDED, ids=the_error)
async def test_what_the_cloud_will_never_do_ends_it(bench: Bench, error: CloudError, words: str):
    """The same request would be refused for ever: it ends, with what the cloud said and what to do."""
    request = await bench.approved()
    bench.cloud.failing_create = [error]
    await bench.turn()
    ended = bench.now(request)
    assert ended.state is State.FAILED
    assert words in reasons.problem(ended.why)
    assert "Correct it and ask again." in reasons.problem(ended.why) or reasons.advice(ended.why)
    assert owes(bench, request, RESULT)


@pytest.mark.parametrize("error", UNCERTAIN, ids=the_error)
@pytest.mark.parametrize("acted", [True, False], ids=["acted", "did not act"])
async def test_an_answer_that_is_lost_is_settled_by_looking(
    bench: Bench, error: CloudError, acted: bool, monkeypatch: pytest.MonkeyPatch
):
    """Found under our name: taken as ours, no second POST. Absent: asked again. Either way one snapshot."""
    request = await bench.approved()
    if acted:
        create = bench.cloud.create_snapshot

        async def create_and_lose(*args):
            monkeypatch.setattr(bench.cloud, "create_snapshot", create)
            await create(*args)
            raise error

        monkeypatch.setattr(bench.cloud, "create_snapshot", create_and_lose)
    else:
        bench.cloud.failing_create = [error]
    await bench.turn()
    lost = bench.now(request)
    assert (lost.state, lost.hold) == (State.SUBMITTING, Hold.CLOUD)
    assert "checking whether the snapshot was made" in reasons.problem(lost.why)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == (1 if acted else 2)
    assert len(bench.cloud.known_snapshots) == 1
    assert bench.now(request).snapshot_id == bench.snapshot().id


async def test_a_post_that_never_ends_is_cut_off_and_settled(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Past the time limit of the POST its answer counts as lost, even if the client would wait on."""
    bench.steps._attempt._pace = Pace(post_timeout=0.05)
    request = await bench.approved()
    create = bench.cloud.create_snapshot

    async def hang(*args):
        monkeypatch.setattr(bench.cloud, "create_snapshot", create)
        await create(*args)
        await asyncio.sleep(3600)

    monkeypatch.setattr(bench.cloud, "create_snapshot", hang)
    await bench.turn()
    assert bench.now(request).state is State.SUBMITTING
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert bench.posts == 1


async def test_a_retry_after_of_the_cloud_is_honoured(bench: Bench):
    """Whether the answer is lost or a refusal: the bot stays away for as long as the cloud says."""
    for maybe_done in (True, False):
        request = await bench.approved(f"nightly-{maybe_done}")
        bench.cloud.failing_create = [CloudUnavailable("503", status=503, retry_after=200.0, maybe_done=maybe_done)]
        await bench.turn()
        due = bench.store._work[request.id].wakes
        assert due is not None
        assert 200 <= (due - bench.clock.now()).total_seconds() <= 240
        await bench.until_final(request)


async def test_a_crash_between_intent_and_post_is_settled(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The attempt is saved before the POST; a process that dies in between leaves it to be settled, not lost."""
    request = await bench.approved()

    async def die(*args):
        raise KeyboardInterrupt

    create = bench.cloud.create_snapshot
    monkeypatch.setattr(bench.cloud, "create_snapshot", die)
    with pytest.raises(KeyboardInterrupt):
        await bench.turn()
    assert bench.now(request).state is State.SUBMITTING
    monkeypatch.setattr(bench.cloud, "create_snapshot", create)
    bench.start()
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1


async def test_a_lost_answer_then_a_busy_cluster(bench: Bench):
    """The lost attempt runs on the cluster but isn't listed yet: the bot waits, and finds it."""
    request = await submitting(bench, acted=True)
    hidden = dict(bench.cloud.known_snapshots)
    bench.cloud.known_snapshots.clear()
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="SNAPSHOTTING")
    await bench.later()
    assert (bench.now(request).state, bench.now(request).hold) == (State.SUBMITTING, Hold.BUSY)
    bench.cloud.known_snapshots.update(hidden)
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="")
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1


@pytest.mark.parametrize(
    "second",
    [CloudBusy("409"), CloudLoginRefused("401"), CloudUnavailable("429", maybe_done=False)],
    ids=lambda e: type(e).__name__,
)
async def test_a_second_attempt_that_is_refused_leaves_the_first_unsettled(bench: Bench, second: CloudError):
    """The first may still land: the request stays SUBMITTING, can't be withdrawn, and adopts what turns up late."""
    request = await submitting(bench, acted=False)
    bench.cloud.failing_create = [second]
    await bench.later()
    assert bench.now(request).state is State.SUBMITTING
    with pytest.raises(AlreadyDecided):
        await bench.service.approvals.withdraw(actor(ANA), request.id)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description="before the migration")
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 2


async def test_busy_because_of_our_own_lost_attempt(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The second POST is refused because the first has just landed: the list shows it, and it is taken."""
    request = await submitting(bench, acted=False)
    create = bench.cloud.create_snapshot

    async def first_lands_late(cluster, name, description):
        bench.clock.advance(0.1)
        bench.cloud.add_snapshot(cluster, name, description=description)
        return await create(cluster, name, description)  # refused: the name exists

    monkeypatch.setattr(bench.cloud, "create_snapshot", first_lands_late)
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert bench.now(request).snapshot_id == bench.snapshot().id


async def test_a_duplicate_name_while_the_list_lags_is_not_a_failure(bench: Bench):
    """Our lost attempt exists but isn't listed: "duplicate name" is waited out and the snapshot found."""
    request = await submitting(bench, acted=True)
    made = dict(bench.cloud.known_snapshots)
    bench.cloud.finish(bench.snapshot().id)
    made = dict(bench.cloud.known_snapshots)
    bench.cloud.known_snapshots.clear()
    duplicate = CloudRejected("400", status=400, code="DWS.5039", message="the snapshot name already exists")
    bench.cloud.failing_create = [duplicate]
    await bench.later()
    assert bench.now(request).state is State.SUBMITTING
    bench.cloud.known_snapshots.update(made)
    assert (await bench.until_final(request)).state is State.AVAILABLE


async def test_a_rejection_long_after_the_first_attempt_ends_it(bench: Bench):
    """No list lags for that long: the cloud means what it says."""
    request = await submitting(bench, acted=False)
    bench.cloud.failing_create = [CloudRejected("400", status=400, message="Invalid parameter")]
    bench.clock.advance(bench.pace.unlisted + 1)
    await bench.turn()
    assert bench.now(request).state is State.FAILED


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("description", {"description": "somebody else's"}),
        ("cluster", {"cluster": "dev"}),
        ("start", {"hours": -1}),
    ],
)
async def test_a_strangers_snapshot_of_the_same_name_is_not_adopted(bench: Bench, what: str, change: dict[str, Any]):
    """Ours is only what fits in cluster, name and description and started no earlier than the look before."""
    request = await submitting(bench, acted=False)
    started = bench.clock.now() + timedelta(hours=change.get("hours", 0))
    cluster = bench.dev if "cluster" in change else bench.prod
    fields = {"description": change.get("description", "before the migration"), "started": started}
    bench.cloud.add_snapshot(cluster.ref.id, "nightly-1", **fields)
    await bench.later()
    ended = bench.now(request)
    assert (ended.state, ended.snapshot_id) == (State.FAILED, None)
    assert "it isn't of this request" in reasons.problem(ended.why)
    assert bench.posts == 1


async def test_a_twin_that_does_not_say_when_it_began_is_taken(bench: Bench):
    """A list may leave the start out: what isn't known doesn't speak against a snapshot that fits otherwise."""
    request = await submitting(bench, acted=True)
    made = bench.snapshot()
    bench.cloud.known_snapshots[made.id] = replace(made, started=None)
    await bench.later()
    assert (bench.now(request).state, bench.now(request).snapshot_id) == (State.CREATING, made.id)
    assert bench.posts == 1


async def test_a_strangers_twin_is_one_whenever_it_began(bench: Bench):
    """Where the description doesn't fit, its start doesn't matter."""
    request = await submitting(bench, acted=False)
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description="theirs", started=None)
    await bench.later()
    assert bench.now(request).state is State.FAILED


async def test_after_a_clean_refusal_a_twin_is_a_strangers(bench: Bench):
    """Once the cloud surely did nothing, a snapshot that appears under our name was made by somebody else."""
    request = await bench.approved()
    bench.cloud.failing_create = [CloudBusy("409"), CloudBusy("409")]
    await bench.turn()
    await bench.later()
    bench.cloud.add_snapshot(bench.prod.ref.id, "nightly-1", description="before the migration")
    await bench.later()
    assert bench.now(request).state is State.FAILED


async def test_the_list_is_asked_after_the_post_not_remembered_from_before(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """A look from before the POST can't say what the POST did, even where the clock stands still."""
    request = await submitting(bench, acted=False)

    async def somebody_was_faster(cluster, name, description):
        bench.cloud.add_snapshot(bench.dev.ref.id, name)
        raise CloudRejected("400", status=400, code="DWS.5039", message="the name exists")

    monkeypatch.setattr(bench.cloud, "create_snapshot", somebody_was_faster)
    await bench.later()
    assert "it isn't of this request" in reasons.problem(bench.now(request).why)


async def test_a_cloud_that_cannot_be_looked_at_leaves_the_attempt_unsettled(bench: Bench):
    """Settling needs the list; without it the request stays SUBMITTING and asks again later."""
    request = await submitting(bench, acted=True)
    bench.cloud.failing = [CloudLoginRefused("401"), CloudLoginRefused("401")]
    await bench.later()
    assert (bench.now(request).state, bench.now(request).hold) == (State.SUBMITTING, Hold.LOGIN)
    assert owes(bench, request, OPERATOR)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1


async def test_a_rejection_that_cannot_be_checked_is_left_unsettled(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """ "Duplicate name" after a lost answer, and the list can't be asked: whose it is isn't known; no failure yet."""
    request = await submitting(bench, acted=False)

    async def duplicate(*args: str) -> None:
        bench.cloud.failing = [LOST, LOST]
        raise CloudRejected("400", status=400, code="DWS.5039", message="the snapshot name already exists")

    create = bench.cloud.create_snapshot
    monkeypatch.setattr(bench.cloud, "create_snapshot", duplicate)
    await bench.later()
    assert (bench.now(request).state, bench.now(request).hold) == (State.SUBMITTING, Hold.CLOUD)
    monkeypatch.setattr(bench.cloud, "create_snapshot", create)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert len(bench.cloud.known_snapshots) == 1


# Creating


async def test_an_unknown_status_is_pending_until_the_bot_gives_up(bench: Bench):
    """A status that nobody documented is never a success; after a day a person must look."""
    request = await creating(bench)
    bench.cloud.advance(bench.snapshot().id, 99, status="VERIFYING")
    for _ in range(5):
        await bench.later()
    assert bench.now(request).state is State.CREATING
    await bench.later(bench.pace.give_up + 1)
    ended = bench.now(request)
    assert ended.state is State.FAILED
    assert "The cloud still says VERIFYING after 1 d" in reasons.problem(ended.why)


@pytest.mark.parametrize("unknown", ["the cloud's time", "when it began", "when the cloud accepted it"])
async def test_how_long_it_runs_is_told_by_our_clock_where_the_cloud_does_not_say(bench: Bench, unknown: str):
    """No `Date`, or no start: since the cloud accepted it; where that isn't known either, it isn't given up."""
    request = await creating(bench)
    bench.cloud.tells_time = unknown != "the cloud's time"
    made = bench.snapshot().id
    if unknown != "the cloud's time":
        bench.cloud.known_snapshots[made] = replace(bench.snapshot(), started=None)
    if unknown == "when the cloud accepted it":
        bench.store.requests[request.id] = replace(bench.now(request), accepted_at=None)
    await bench.later(bench.pace.give_up - 60)
    assert bench.now(request).state is State.CREATING
    await bench.later(120)
    given_up = unknown != "when the cloud accepted it"
    assert (bench.now(request).state is State.FAILED) is given_up
    assert not given_up or "The cloud still says CREATING after 1 d" in reasons.problem(bench.now(request).why)


async def test_a_cluster_whose_snapshot_only_the_list_of_snapshots_shows_is_busy_with_that(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """The two lists don't flip at the same moment: the card has words for it all the same."""
    request = await bench.approved()
    bench.cloud.add_snapshot(bench.prod.ref.id, "of-somebody-else")
    clusters = bench.cloud.clusters

    async def idle():
        return [replace(c, task=None) for c in await clusters()]

    monkeypatch.setattr(bench.cloud, "clusters", idle)
    await bench.turn()
    held = bench.now(request)
    assert (held.hold, reasons.problem(held.why)) == (Hold.BUSY, "a snapshot is running")


async def test_an_unavailable_snapshot_is_a_failure_with_the_clouds_reason(bench: Bench):
    """UNAVAILABLE ends it; where the cluster knows why, the card says so."""
    request = await creating(bench)
    bench.cloud.finish(bench.snapshot().id, ok=False)
    bench.cloud.change_cluster(bench.prod.ref.id, failure="DWS.6010: no space in OBS")
    await bench.later()
    ended = bench.now(request)
    assert ended.state is State.FAILED
    assert reasons.problem(ended.why) == (
        "The cloud started the snapshot but could not finish it. The cluster reports: DWS.6010: no space in OBS."
    )


async def test_a_snapshot_that_vanished_is_asked_for_by_id_before_it_counts_as_gone(bench: Bench):
    """One list may lag; after a second one the id decides."""
    request = await creating(bench)
    gone = bench.snapshot()
    del bench.cloud.known_snapshots[gone.id]
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert not any(call[0] == "snapshot" for call in bench.cloud.calls)
    await bench.later()
    assert bench.now(request).state is State.FAILED
    assert "gone from the cloud" in reasons.problem(bench.now(request).why)


async def test_a_snapshot_that_is_only_unlisted_is_followed_by_id(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """What the list leaves out but the id shows is there."""
    request = await creating(bench)
    bench.cloud.finish(bench.snapshot().id)

    async def nothing():
        return []

    monkeypatch.setattr(bench.cloud, "snapshots", nothing)
    await bench.later()
    await bench.later()
    assert bench.now(request).state is State.AVAILABLE


@pytest.mark.parametrize("error", [LOST, CloudLoginRefused("401"), CloudForbidden("403")], ids=the_error)
async def test_a_cloud_that_fails_while_creating_delays_the_news(bench: Bench, error: CloudError):
    """The snapshot goes on without us; the card says that the cloud can't be asked, until it can."""
    request = await creating(bench)
    bench.cloud.failing = [error, error]
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert bench.now(request).hold is not Hold.NONE
    assert owes(bench, request, OPERATOR) is (error is not LOST)
    assert (await bench.until_final(request)).state is State.AVAILABLE


# Bounded


async def _busy(bench: Bench) -> SnapshotRequest:
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="GROWING")
    return await bench.approved()


async def _blocked(bench: Bench) -> SnapshotRequest:
    request = await bench.approved()
    bench.cloud.change_cluster(bench.prod.ref.id, sub_statuses=("READONLY",))
    return request


async def _queue(bench: Bench) -> SnapshotRequest:
    await creating(bench)
    return await bench.approved("nightly-2")


def _failing(error: CloudError):
    async def begin(bench: Bench) -> SnapshotRequest:
        request = await bench.approved()
        bench.cloud.failing = [error] * 1000
        return request

    return begin


async def _submitting(bench: Bench) -> SnapshotRequest:
    request = await submitting(bench, acted=False)
    bench.cloud.failing = [LOST] * 1000
    return request


async def _creating(bench: Bench) -> SnapshotRequest:
    request = await creating(bench)
    bench.cloud.failing = [LOST] * 1000
    return request


async def _slack(bench: Bench) -> SnapshotRequest:
    request = await bench.approved()
    bench.people.gone = True
    return request


@pytest.mark.parametrize(
    ("begin", "words"),
    [
        (_busy, "could not be started within 1 d after the approval: the cluster was busy (it is being scaled out)."),
        (_blocked, "could not be started within 1 d after the approval: the cluster was read-only."),
        (_queue, "could not be started within 1 d after the approval: other snapshots of the cluster were before it."),
        (
            _failing(CloudLoginRefused("401")),
            "within 1 d after the approval: the bot's login to the cloud was refused.",
        ),
        (
            _failing(CloudForbidden("403")),
            "within 1 d after the approval: an operator had the bot's access to fix",
        ),
        (_failing(LOST), "within 1 d after the approval: the cloud or Slack gave no useful answer."),
        (_slack, "within 1 d after the approval: the cloud or Slack gave no useful answer."),
        (_submitting, "whether the snapshot was made isn't known"),
        (_creating, "can't be asked what became of it after 1 d"),
    ],
    ids=["busy", "blocked", "queue", "login", "permission", "cloud", "slack", "submitting", "creating"],
)
async def test_every_hold_ends_after_a_day(bench: Bench, begin, words: str):
    """Nothing waits for ever: a person must look, and the words say what is known."""
    request = await begin(bench)
    await bench.turn()
    assert bench.now(request).hold is not Hold.NONE or bench.now(request).state is not State.APPROVED
    await bench.later(bench.pace.give_up + 1)
    await bench.later()
    ended = bench.now(request)
    assert ended.state is State.FAILED
    assert words in reasons.problem(ended.why)
    assert reasons.advice(ended.why)


async def test_a_bot_that_was_stopped_for_days_asks_once_more(bench: Bench):
    """The first failure after a long stop ends nothing: the snapshot is there, and the next look sees it."""
    request = await creating(bench)
    bench.cloud.finish(bench.snapshot().id)
    bench.clock.advance(timedelta(days=3))
    bench.start()
    bench.cloud.failing = [LOST]
    await bench.turn()
    assert bench.now(request).state is State.CREATING
    await bench.later()
    assert bench.now(request).state is State.AVAILABLE


async def test_a_lost_attempt_is_looked_for_before_the_bot_gives_up(bench: Bench):
    """However long ago: what the list shows is adopted rather than called a failure."""
    request = await submitting(bench, acted=True)
    bench.cloud.finish(bench.snapshot().id)
    bench.clock.advance(timedelta(days=3))
    assert (await bench.until_final(request)).state is State.AVAILABLE


async def test_a_request_that_nobody_decides_expires(bench: Bench):
    """After its time it ends, the requester hears of it, and an approval comes too late."""
    request = await bench.ask()
    await bench.turn()
    assert bench.now(request).state is State.WAITING
    bench.clock.advance(timedelta(hours=8))
    with pytest.raises(AlreadyDecided):
        await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.turn()
    assert bench.now(request).state is State.EXPIRED
    assert owes(bench, request, RESULT)


# Operators


@pytest.mark.parametrize("error", [CloudLoginRefused("401"), CloudForbidden("403")], ids=the_error)
async def test_operators_are_called_once_and_it_goes_on_when_mended(bench: Bench, error: CloudError):
    """However often it is tried: one message for the admins; no restart is needed once it is fixed."""
    request = await bench.approved()
    bench.cloud.failing_create = [error] * 5
    for _ in range(5):
        await bench.later()
        await bench.tell()
    assert bench.now(request).state is State.APPROVED
    assert len(bench.messenger.of(MessageKind.OPERATOR)) == 1
    assert (await bench.until_final(request)).state is State.AVAILABLE
    await bench.tell()
    assert len(bench.messenger.of(MessageKind.OPERATOR)) == 1


async def test_tries_are_slow_while_an_operator_must_act(bench: Bench):
    """An account that is refused again and again may be locked: the bot tries once a minute, not more."""
    request = await bench.approved()
    bench.cloud.failing_create = [CloudLoginRefused("401")]
    await bench.turn()
    due = bench.store._work[request.id].wakes
    assert due is not None
    assert (due - bench.clock.now()).total_seconds() >= bench.pace.operator


@pytest.mark.parametrize("state", [State.APPROVED, State.SUBMITTING, State.CREATING])
async def test_a_cloud_that_is_not_configured_any_more_is_the_operators(bench: Bench, state: State):
    """Taken out of the settings, a cloud's requests wait and say so; put back, they go on."""
    match state:
        case State.APPROVED:
            request = await bench.approved()
        case State.SUBMITTING:
            request = await submitting(bench, acted=True)
        case _:
            request = await creating(bench)
    steps = bench.steps
    other = FakeCloud(bench.clock, name="other")
    bench.steps = Steps(
        store=bench.store,
        inventory=Inventory({other.name: other}, store=bench.store),
        authority=bench.service.authority,
        channels=bench.channels,
        pace=bench.pace,
        metrics=steps._commits._metrics,
    )
    await bench.later()
    held = bench.now(request)
    assert (held.state, held.hold) == (state, Hold.PERMISSION)
    assert "SNAPSHOT_BOT_CLOUDS" in reasons.problem(held.why)
    assert owes(bench, request, OPERATOR)
    bench.steps = steps
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert bench.posts == 1


async def test_a_claimed_request_that_has_ended_owes_nothing(bench: Bench):
    """A final request that is claimed all the same is put away."""
    request = await bench.ask()
    await bench.service.approvals.withdraw(actor(ANA), request.id)
    await bench.steps.step(bench.held(request))
    assert bench.store._work[request.id].wakes is None


async def test_two_of_ours_never_run_on_one_cluster(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The store refuses a second request in the cloud on one cluster, whatever the line said; it waits its turn."""
    first, second = [await bench.approved(f"nightly-{n}") for n in range(2)]
    await bench.turn()
    claimed = replace(bench.now(second), hold=Hold.NONE)

    async def line(cluster: ClusterRef) -> list[SnapshotRequest]:
        return [claimed]

    async def nothing():
        return []

    bench.steps._attempt._line = line
    monkeypatch.setattr(bench.cloud, "snapshots", nothing)
    bench.clock.advance(60)
    monkeypatch.setattr(bench.cloud, "_shown", lambda cluster: cluster)
    with pytest.raises(StaleRequest):
        await bench.steps.step(replace(bench.held(second), item=claimed))
    assert bench.now(first).state is State.CREATING
    assert bench.now(second).state is State.APPROVED
    assert bench.posts == 1


async def test_grants_on_every_cluster_count_at_the_post(bench: Bench):
    """A grant on `*` is as good as one on the cluster, also at the last check."""
    bench.store.given.clear()
    every = replace(bench.prod, ref=ClusterRef(CloudName("*"), ClusterId("*")))
    bench.grant(ANA, Role.REQUEST, every)
    bench.grant(BEN, Role.APPROVE, every)
    request = await bench.approved()
    await bench.turn()
    assert bench.now(request).state is State.CREATING
