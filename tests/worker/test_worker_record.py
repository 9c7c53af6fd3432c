"""What the record has of the worker's steps."""

from __future__ import annotations

import pytest

from bot.core.access import Reason
from bot.core.record import Entry, message_owed
from bot.core.request import SnapshotRequest
from tests.harness.working import ANA, Bench


def of_the_bot(bench: Bench) -> list[Entry]:
    """Return what the worker has put on the record."""
    return [e for e in bench.store.log if e.actor == "bot"]


def entry(bench: Bench, request: SnapshotRequest, action: str, *, rule: str = "", detail: str = "") -> Entry:
    """Return the entry of something that the worker did just now."""
    now = bench.clock.now()
    return Entry(now, "bot", action, rule, request_id=request.id, cluster=request.cluster, detail=detail)


async def test_a_snapshot_is_on_record_from_its_attempt_to_its_end(bench: Bench):
    """Each entry names request and cluster, and once it is known, the snapshot."""
    request = await bench.approved()
    await bench.turn()
    made = bench.snapshot().id
    known = f'{{"snapshot": "{made}"}}'
    assert of_the_bot(bench) == [
        entry(bench, request, "request.attempt_started"),
        entry(bench, request, "request.accepted", detail=known),
    ]
    bench.cloud.finish(made)
    await bench.later(bench.pace.poll)
    finished = entry(bench, request, "request.finished", detail=known)
    assert of_the_bot(bench)[2:] == [finished, message_owed(finished, "result")]


async def test_an_end_by_a_rule_names_the_rule(bench: Bench):
    """A right that was lost after the approval: the record says by which rule it ended, and why."""
    request = await bench.approved()
    bench.revoke(ANA)
    await bench.turn()
    failed = entry(bench, request, "request.failed", rule=Reason.NO_GRANT, detail='right-lost {"cluster": "dwh-prod"}')
    assert of_the_bot(bench) == [failed, message_owed(failed, "result")]
    assert message_owed(failed, "result").rule == "no-grant"


async def test_what_keeps_it_is_on_record_once(bench: Bench):
    """A read-only cluster that stays so is one entry, with what it is."""
    request = await bench.approved()
    bench.cloud.change_cluster(bench.prod.ref.id, status="READONLY")
    await bench.turn()
    assert of_the_bot(bench) == [entry(bench, request, "request.held", detail='blocked {"obstacle": "read-only"}')]
    await bench.later()
    assert len(of_the_bot(bench)) == 1


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"status": "DELETED"}, 'blocked {"obstacle": "other-status", "word": "DELETED"}'),
        ({"task_status": "ELB_BINDING"}, 'busy {"obstacle": "other-task", "word": "ELB_BINDING"}'),
        ({"task_status": "RESTORING"}, 'busy {"obstacle": "restore"}'),
    ],
    ids=["status", "task", "known task"],
)
async def test_what_only_the_cloud_has_a_word_for_is_on_record_in_its_word(
    bench: Bench, change: dict[str, str], detail: str
):
    """The cloud's word for what we know says nothing more, and may change."""
    request = await bench.approved()
    bench.cloud.change_cluster(bench.prod.ref.id, **change)
    await bench.turn()
    assert of_the_bot(bench) == [entry(bench, request, "request.held", detail=detail)]
