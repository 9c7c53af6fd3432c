"""How long the worker waits for the next try, and what of it is on the record: changes, not tries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle, pairwise
from typing import Any

import pytest

from bot.core.errors import (
    CloudBusy,
    CloudError,
    CloudForbidden,
    CloudLoginRefused,
    CloudRejected,
    CloudUnavailable,
)
from bot.core.events import Hold
from bot.core.ids import ClusterId
from bot.core.request import SnapshotRequest, State
from bot.core.why import Code, Why
from bot.slack.drawing import wording
from bot.words import reasons
from bot.worker import Pace
from tests.harness.working import Bench, creating

pytestmark = pytest.mark.no_cover  # days pass

HOUR = timedelta(hours=1)
LOST = CloudUnavailable("503", status=503)
THROTTLED = CloudUnavailable("429", status=429, maybe_done=False)


def answering(monkeypatch: pytest.MonkeyPatch, bench: Bench, *errors: CloudError) -> list[datetime]:
    """Let every create call be answered with the next of *errors*, in turn; return when they came."""
    calls: list[datetime] = []
    turn = cycle(errors)

    async def create(*args: str) -> None:
        calls.append(bench.clock.now())
        raise next(turn)

    monkeypatch.setattr(bench.cloud, "create_snapshot", create)
    return calls


async def during(bench: Bench, length: timedelta, *, restart: bool = False) -> None:
    """Do whatever is due until *length* has passed."""
    until = bench.clock.now() + length
    while bench.clock.now() < until:
        if restart:
            bench.start()
        await bench.later()


def record(bench: Bench, request: SnapshotRequest) -> list[tuple[str, str]]:
    """Return what the worker put on the record of *request*, without the messages that are owed."""
    mine = [e for e in bench.store.log if e.request_id == request.id and e.actor == "bot"]
    mine = [e for e in mine if e.action != "message.owed"]
    return [(e.action.removeprefix("request."), e.detail) for e in mine]


@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted before each step"])
async def test_a_cloud_that_fails_is_asked_longer_and_longer_apart(
    bench: Bench, restart: bool, monkeypatch: pytest.MonkeyPatch
):
    """Ten seconds, doubled each time, to about ten minutes; the row says where it is, so a restart changes nothing."""
    calls = answering(monkeypatch, bench, LOST)
    await bench.approved()
    await during(bench, 3 * HOUR, restart=restart)
    gaps = [(b - a).total_seconds() for a, b in pairwise(calls)]
    assert 10 <= gaps[0] <= 15
    assert max(gaps) <= 1.3 * bench.pace.most
    assert all(after >= before * 0.8 for before, after in pairwise(gaps[:-3]))
    assert all(600 <= gap <= 780 for gap in gaps[-3:])
    assert len(calls) <= 40


@pytest.mark.parametrize(
    "errors",
    [
        [LOST],
        [THROTTLED],
        [CloudUnavailable("429", status=429, maybe_done=False, retry_after=0.0)],
        [CloudUnavailable("503", status=503, retry_after=1.0)],
        [CloudUnavailable("connection refused", maybe_done=False)],
        [LOST, CloudBusy("409")],
        [LOST, THROTTLED],
        [THROTTLED, CloudForbidden("403")],
        [CloudBusy("409")],
        [CloudForbidden("403")],
        [CloudLoginRefused("401")],
    ],
    ids=str,
)
async def test_no_cloud_gets_more_than_sixty_create_calls_an_hour(
    bench: Bench, errors: list[CloudError], monkeypatch: pytest.MonkeyPatch
):
    """Whatever it answers, in whatever order: about one a minute at most, however soon it says to come back."""
    calls = answering(monkeypatch, bench, *errors)
    request = await bench.approved()
    await during(bench, HOUR)
    first = len(calls)
    assert 3 <= first <= 61
    await during(bench, HOUR)
    assert len(calls) - first <= first
    assert bench.now(request).state in (State.APPROVED, State.SUBMITTING)


@pytest.mark.parametrize(
    ("errors", "ends"),
    [
        ([LOST], [("attempt_started", ""), ("answer_lost", "no-answer-yet")]),
        ([THROTTLED], [("attempt_started", ""), ("refused", "throttled")]),
        (
            [CloudForbidden("403", status=403)],
            [("attempt_started", ""), ("refused", 'forbidden {"code": "403", "message": ""}')],
        ),
        ([CloudBusy("409")], [("attempt_started", ""), ("refused", "busy")]),
    ],
    ids=["lost", "throttled", "forbidden", "busy"],
)
async def test_the_record_has_one_entry_per_change(
    bench: Bench, errors: list[CloudError], ends: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
):
    """The first attempt and how it ended; two hours of the same add nothing, the end does. The row counts the tries."""
    create = bench.cloud.create_snapshot
    calls = answering(monkeypatch, bench, *errors)
    request = await bench.approved()
    await during(bench, 2 * HOUR)
    found = record(bench, request)
    assert found == ends
    assert bench.now(request).attempts == len(calls) > 5
    monkeypatch.setattr(bench.cloud, "create_snapshot", create)
    assert (await bench.until_final(request)).state is State.AVAILABLE
    assert [action for action, _ in record(bench, request)][len(ends) :] == ["accepted", "finished"]
    assert bench.now(request).failing_since is None


@pytest.mark.parametrize(
    ("error", "most"),
    [
        (CloudUnavailable("500", status=500), 170),
        (CloudUnavailable("503", status=503, retry_after=1.0), 170),
        (CloudUnavailable("429", status=429, maybe_done=False, retry_after=1.0), 170),
        (CloudForbidden("403", status=403), 300),
        (CloudLoginRefused("401"), 300),
        (CloudBusy("409"), 1441),
    ],
    ids=str,
)
async def test_a_day_of_trouble_is_few_calls_and_three_entries(
    bench: Bench, error: CloudError, most: int, monkeypatch: pytest.MonkeyPatch
):
    """To the end, when it is given up: what began, how it went, and that it ended."""
    calls = answering(monkeypatch, bench, error)
    request = await bench.approved()
    ended = await bench.until_final(request, most=4000)
    assert (ended.state, ended.updated_at - calls[0] >= timedelta(hours=23)) == (State.FAILED, True)
    assert 100 <= len(calls) <= most
    found = [action for action, _ in record(bench, request)]
    assert (found[0], found[-1], len(found)) == ("attempt_started", "failed", 3)


async def test_another_reason_is_on_the_record(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """What changes is kept: lost, then refused for good."""
    answering(monkeypatch, bench, LOST)
    request = await bench.approved()
    await during(bench, timedelta(minutes=5))
    answering(monkeypatch, bench, CloudForbidden("403", status=403))
    await during(bench, timedelta(minutes=30))
    answering(monkeypatch, bench, CloudRejected("400", status=400, message="no"))
    await bench.until_final(request)
    assert [action for action, _ in record(bench, request)] == [
        "attempt_started",
        "answer_lost",
        "answer_lost",
        "failed",
    ]
    assert bench.now(request).state is State.FAILED


async def test_the_first_attempt_after_looks_that_failed_is_on_the_record(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    """The cloud couldn't be looked at, then it could: the attempt is news, and begins with the short wait."""
    request = await bench.approved()
    bench.cloud.failing = [LOST] * 20
    await during(bench, timedelta(minutes=15))
    bench.cloud.failing.clear()
    calls = answering(monkeypatch, bench, LOST)
    await during(bench, timedelta(minutes=15))
    assert [action for action, _ in record(bench, request)] == ["held", "attempt_started", "answer_lost"]
    assert (calls[1] - calls[0]).total_seconds() <= 15


async def test_what_a_failing_cloud_made_all_the_same_is_found_at_once(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """However long it has failed: ten seconds after each attempt somebody looks, though the next one is far off."""
    request = await bench.approved()
    calls = answering(monkeypatch, bench, LOST)
    await during(bench, 2 * HOUR)

    async def acts_and_fails(cluster: ClusterId, name: str, description: str) -> None:
        calls.append(bench.clock.now())
        bench.cloud.add_snapshot(cluster, name, description=description)
        raise LOST

    monkeypatch.setattr(bench.cloud, "create_snapshot", acts_and_fails)
    before = len(calls)
    while len(calls) == before:
        await bench.later()
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert (bench.clock.now() - calls[-1]).total_seconds() <= 15


async def test_looks_that_fail_are_rarer_each_time(bench: Bench):
    """Nothing was sent yet, and nobody can look: the same wait, and one entry."""
    request = await bench.approved()
    bench.cloud.failing = [LOST] * 1000
    await during(bench, 2 * HOUR)
    looks = sum(call[0] == "snapshots" for call in bench.cloud.calls)
    assert 10 <= looks <= 25
    assert [action for action, _ in record(bench, request)] == ["held"]
    assert (
        reasons.problem(bench.now(request).why)
        == "The cloud isn't answering properly just now; the bot tries again by itself."
    )


async def test_a_cloud_that_answers_again_while_creating_is_noticed_within_about_a_minute(bench: Bench):
    """However long it was silent: somebody waits for the end of what goes on there."""
    request = await creating(bench)
    bench.cloud.failing = [LOST] * 1000
    await during(bench, 2 * HOUR)
    looks = sum(call[0] == "snapshots" for call in bench.cloud.calls)
    assert looks <= 140
    bench.cloud.failing.clear()
    bench.cloud.finish(bench.snapshot().id)
    back = bench.clock.now()
    await bench.later()
    assert bench.now(request).state is State.AVAILABLE
    assert (bench.clock.now() - back).total_seconds() <= 75


async def test_while_creating_the_card_says_since_when_nobody_could_look(bench: Bench):
    """The time of the first look that failed, for each reader's own zone; it is gone once the cloud answers."""
    request = await creating(bench)
    bench.cloud.failing = [LOST] * 10
    await bench.later()
    failed = bench.clock.now()
    await bench.later()
    said = wording.trouble(bench.now(request))
    assert said == (
        f"The cloud isn't answering just now (since <!date^{int(failed.timestamp())}^{{date_short_pretty}} at {{time}}|"
        f"{failed:%Y-%m-%d %H:%M} UTC>); the snapshot goes on being made there."
    )
    bench.cloud.failing.clear()
    await bench.later()
    assert wording.trouble(bench.now(request)) == ""
    assert bench.now(request).failing_since is None


async def test_a_row_that_failed_before_the_upgrade_says_it_without_a_time(bench: Bench):
    """Since when isn't known of it."""
    request = await creating(bench)
    old = replace(bench.now(request), hold=Hold.CLOUD, why=Why(Code.NO_ANSWER_YET))
    assert wording.trouble(old) == ("The cloud isn't answering just now; the snapshot goes on being made there.")


@pytest.mark.parametrize(
    "change", [{"task_status": "GROWING"}, {"sub_statuses": ("READONLY",)}], ids=["busy", "blocked"]
)
async def test_a_cluster_that_is_waited_for_is_looked_at_as_often_as_ever(bench: Bench, change: dict[str, Any]):
    """Hours of another task slow nothing down: people wait their turn."""
    request = await bench.approved()
    bench.cloud.change_cluster(bench.prod.ref.id, **change)
    await during(bench, 3 * HOUR)
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="", sub_statuses=())
    free = bench.clock.now()
    await bench.later()
    assert bench.now(request).state is State.CREATING
    assert (bench.clock.now() - free).total_seconds() <= 1.2 * bench.pace.retry


async def test_failures_of_before_a_busy_time_dont_slow_what_comes_after(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """The cloud answered in between: the first wait is a short one again."""
    await bench.approved()
    calls = answering(monkeypatch, bench, THROTTLED)
    await during(bench, HOUR)
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="GROWING")
    await during(bench, HOUR)
    bench.cloud.change_cluster(bench.prod.ref.id, task_status="")
    calls.clear()
    await during(bench, timedelta(minutes=1))
    assert (calls[1] - calls[0]).total_seconds() <= 15


@pytest.mark.parametrize("state", [State.APPROVED, State.CREATING])
async def test_what_an_operator_fixed_is_noticed_within_about_five_minutes(bench: Bench, state: State):
    """A day's refusals later, too."""
    request = await bench.approved() if state is State.APPROVED else await creating(bench)
    bench.cloud.failing = [CloudLoginRefused("401")] * 2000
    await during(bench, 12 * HOUR)
    assert bench.now(request).state is state
    bench.cloud.failing.clear()
    fixed = bench.clock.now()
    await bench.later()
    assert bench.now(request).hold is Hold.NONE
    assert (bench.clock.now() - fixed).total_seconds() <= 1.2 * bench.pace.operator_most


@pytest.mark.parametrize(
    ("hold", "watching", "waits"),
    [
        (Hold.CLOUD, False, [10, 10, 60, 600, 600]),
        (Hold.CLOUD, True, [10, 10, 60, 60, 60]),
        (Hold.LOGIN, False, [60, 60, 60, 300, 300]),
        (Hold.PERMISSION, True, [60, 60, 60, 300, 300]),
        (Hold.BUSY, False, [15, 15, 60, 60, 60]),
    ],
)
def test_the_wait_is_as_long_as_it_has_failed_already(hold: Hold, watching: bool, waits: list[float]):
    """Within bounds; a clock that was put back counts as no time."""
    failing = [timedelta(seconds=s) for s in (-5, 0, 60, 3600, 10**6)]
    assert [Pace().wait(hold, f, watching=watching) for f in failing] == waits


# Missing from the lists


async def seen(bench: Bench) -> SnapshotRequest:
    """Return a request whose snapshot a look has shown."""
    request = await creating(bench)
    await bench.later()
    assert bench.now(request).percent is not None
    return request


def by_id(bench: Bench) -> int:
    """How often a snapshot was asked for by its id."""
    return sum(call[0] == "snapshot" for call in bench.cloud.calls)


def hidden(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Let lists be empty; return what ends that."""
    listed = bench.cloud.snapshots

    async def nothing() -> list[object]:
        bench.cloud._begin("snapshots")
        return []

    monkeypatch.setattr(bench.cloud, "snapshots", nothing)

    def end() -> None:
        monkeypatch.setattr(bench.cloud, "snapshots", listed)

    return end


@pytest.mark.parametrize("restart", [False, True], ids=["", "restarted in between"])
async def test_a_snapshot_that_was_seen_is_gone_after_two_lists_without_it(bench: Bench, restart: bool):
    """The first list without it is remembered in the row."""
    request = await seen(bench)
    bench.cloud.known_snapshots.clear()
    await bench.later()
    assert (bench.now(request).state, by_id(bench)) == (State.CREATING, 0)
    if restart:
        bench.start()
    await bench.later()
    assert (bench.now(request).state, by_id(bench)) == (State.FAILED, 1)


async def test_one_list_without_it_is_forgotten_once_it_is_back(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Two in a row are two in a row."""
    request = await seen(bench)
    for _ in range(3):
        show = hidden(bench, monkeypatch)
        await bench.later()
        assert bench.now(request).missing_since is not None
        show()
        await bench.later()
        assert bench.now(request).missing_since is None
    assert by_id(bench) == 0


async def test_a_look_that_failed_is_no_list_without_it(bench: Bench):
    """Only whole lists count."""
    request = await seen(bench)
    bench.cloud.failing = [LOST] * 20
    for _ in range(10):
        await bench.later()
    assert (bench.now(request).missing_since, by_id(bench)) == (None, 0)


async def test_the_same_list_read_twice_is_one(bench: Bench):
    """A look that is still fresh serves two steps; it says the same to both."""
    request = await seen(bench)
    bench.cloud.known_snapshots.clear()
    await bench.later()
    await bench.steps.step(bench.held(request))
    assert (bench.now(request).state, by_id(bench)) == (State.CREATING, 0)


async def test_a_list_that_lags_behind_calls_nothing_gone(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Right after its creation no list may show it: the id does, so it goes on for as long as that lasts."""
    request = await creating(bench)
    hidden(bench, monkeypatch)
    await during(bench, timedelta(minutes=4))
    assert bench.now(request).state is State.CREATING
    assert by_id(bench) > 0


async def test_what_was_deleted_before_any_list_showed_it_is_told_as_soon(bench: Bench):
    """Two lists without it, then the id: nobody waits longer because the deletion came early."""
    request = await creating(bench)
    bench.cloud.known_snapshots.clear()
    for _ in range(2):
        await bench.later()
    assert (bench.now(request).state, by_id(bench)) == (State.FAILED, 1)


async def test_what_is_only_unlisted_is_asked_for_by_its_id_each_time(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """By its id it is there, so it goes on, and its end is told."""
    request = await seen(bench)
    hidden(bench, monkeypatch)
    for _ in range(5):
        await bench.later()
    assert (bench.now(request).state, by_id(bench)) == (State.CREATING, 4)
    bench.cloud.finish(bench.snapshot().id)
    await bench.later()
    assert bench.now(request).state is State.AVAILABLE
