"""What an operator's metrics have of the worker's steps and messages."""

from __future__ import annotations

from structlog.testing import capture_logs

from bot.core.errors import CloudBusy, CloudLoginRefused, CloudUnavailable, SlackUnavailable
from tests.fakes.slack import refused
from tests.harness.working import ANA, BEN, Bench, actor


def counted(bench: Bench, name: str) -> dict[str, float]:
    """Return the counters called *name* that have counted, by their labels, as a scrape shows them."""
    lines = bench.metrics.text(None, None).decode().splitlines()
    found = (
        line.removeprefix(f"snapshot_bot_{name}_total").rsplit(" ", 1) for line in lines if f"_{name}_total{{" in line
    )
    return {labels: float(number) for labels, number in found if float(number)}


async def test_messages_are_counted_by_kind_and_outcome(bench: Bench):
    """Sent, drawn again, refused with what Slack's code means, or without an answer."""
    request = await bench.ask()
    bench.messenger.failing = [SlackUnavailable("no connection", maybe_done=False)]
    await bench.tell()
    bench.clock.advance(60)
    bench.messenger.failing = [refused("ratelimited_by_surprise")]
    await bench.tell()
    bench.clock.advance(60)
    await bench.tell()
    await bench.service.approvals.approve(actor(BEN), request.id)
    await bench.tell()
    assert counted(bench, "messages") == {
        '{kind="card",outcome="SlackUnavailable"}': 1,
        '{kind="card",outcome="unknown"}': 1,
        '{kind="card",outcome="sent"}': 1,
        '{kind="card",outcome="updated"}': 1,
    }


async def test_a_look_for_a_message_that_fails_is_counted(bench: Bench):
    """As the post before it, whose answer was lost."""
    await bench.ask()
    bench.messenger.lost_with = [SlackUnavailable("no answer")]
    await bench.tell()
    bench.clock.advance(60)
    bench.messenger.failing = [SlackUnavailable("no answer")]
    await bench.tell()
    assert counted(bench, "messages") == {'{kind="card",outcome="SlackUnavailable"}': 2}


async def test_steps_and_errors_are_counted_by_what_happened(bench: Bench):
    """Each event once, and each error by its cloud."""
    await bench.approved()
    bench.cloud.failing_create = [CloudBusy("409"), CloudUnavailable("503", maybe_done=False)]
    for _ in range(3):
        await bench.later()
    bench.cloud.finish(bench.snapshot().id)
    await bench.later(60)
    assert counted(bench, "transitions") == {
        '{event="Asked"}': 1,
        '{event="Approved"}': 1,
        '{event="AttemptStarted"}': 3,
        '{event="Refused"}': 2,
        '{event="Accepted"}': 1,
        '{event="Finished"}': 1,
    }
    assert counted(bench, "cloud_errors") == {
        '{cloud="default",error="CloudBusy"}': 1,
        '{cloud="default",error="CloudUnavailable"}': 1,
    }


async def test_what_people_do_is_counted_too(bench: Bench):
    """Each of the ways in which a request leaves the people's hands; a second copy of a submission counts once."""
    declined, withdrawn = await bench.ask(), await bench.ask("nightly-2")
    assert await bench.ask() == declined  # sent a second time
    await bench.service.approvals.decline(actor(BEN), declined.id, "not tonight")
    await bench.service.approvals.withdraw(actor(ANA), withdrawn.id)
    assert counted(bench, "transitions") == {
        '{event="Asked"}': 2,
        '{event="Declined"}': 1,
        '{event="Withdrawn"}': 1,
    }


async def test_how_long_a_snapshot_took_is_counted_from_its_approval(bench: Bench):
    """From approved to usable, by the cloud."""
    request = await bench.approved()
    await bench.later()
    bench.cloud.finish(bench.snapshot().id)
    await bench.later(60)
    usable = bench.now(request)
    assert usable.finished_at is not None
    assert usable.decided_at is not None
    lines = bench.metrics.text(None, None).decode()
    took = (usable.finished_at - usable.decided_at).total_seconds()
    assert f'snapshot_bot_snapshot_seconds_sum{{cloud="default"}} {took}' in lines
    assert 'snapshot_bot_snapshot_seconds_count{cloud="default"} 1.0' in lines


async def test_a_trouble_is_known_until_the_cloud_takes_the_request(bench: Bench):
    """Operators find the cloud's own id of the call that failed; once one went well it is no trouble any more."""
    request = await bench.approved()
    bench.cloud.failing_create = [CloudUnavailable("503", maybe_done=False, request_id="req-lost")]
    await bench.later()
    trouble = bench.steps.troubles.of(request.id)
    assert trouble is not None
    assert (trouble.error.request_id, str(trouble.error)) == ("req-lost", "503")
    await bench.later()
    assert bench.steps.troubles.of(request.id) is None
    assert bench.now(request).cloud_request_id == f"req-{bench.snapshot().id}"


async def test_a_trouble_that_goes_on_is_in_the_log_once(bench: Bench):
    """Each try is counted; the log hears of the first, of another kind, and of one that comes after an answer."""
    request = await bench.approved()
    down, refused_login = CloudUnavailable("503", maybe_done=False), CloudLoginRefused("401")
    with capture_logs() as logged:
        for error in (down, down, down, refused_login, None, refused_login):
            bench.cloud.failing = [error] if error else []
            bench.cloud.change_cluster(bench.prod.ref.id, task_status="" if error else "GROWING")
            await bench.later(600)
            assert (bench.steps.troubles.of(request.id) is None) is (error is None)
    told = [e["kind"] for e in logged if e["event"] == "cloud.error"]
    assert told == ["CloudUnavailable", "CloudLoginRefused", "CloudLoginRefused"]
    assert sum(counted(bench, "cloud_errors").values()) == 5
