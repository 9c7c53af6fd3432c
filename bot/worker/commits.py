"""The one place in which the worker changes a request: with its record, its messages, and when its next step is due."""

from __future__ import annotations

import re
from dataclasses import replace

import structlog

from bot.core.events import AnswerLost, AttemptStarted, Event, Finished, Held, Progressed, Refused
from bot.core.ids import RequestId
from bot.core.lifecycle import apply
from bot.core.message import owed_by
from bot.core.record import Entry, stated
from bot.core.request import FINAL, SnapshotRequest, State
from bot.core.work import Work
from bot.metrics import Metrics
from bot.ports import Store
from bot.troubles import Troubles
from bot.worker.next import Next

log = structlog.stdlib.get_logger()


class Commits:
    """Commits what steps return."""

    def __init__(self, *, store: Store, metrics: Metrics, troubles: Troubles) -> None:
        self.troubles = troubles
        self._store = store
        self._metrics = metrics

    async def commit(self, work: Work[SnapshotRequest], found: Next) -> Work[SnapshotRequest]:
        """Apply what was *found* to the request and save it; return the work as it is now.

        What is no news is not saved: the row's version moves when its card has something to show.

        Raises:
            StaleRequest: somebody changed it meanwhile.
        """
        request = work.item
        for error in found.errors:
            self._metrics.cloud_error(request.cluster.cloud, error)
            if self.troubles.is_new(request.id, error, self._store.clock.now()):
                kind = type(error).__name__
                log.warning("cloud.error", error=str(error), kind=kind, cloud_request_id=error.request_id)
        event = found.event
        after = apply(request, event) if event else request
        if event is None or after == replace(request, version=after.version, updated_at=event.at):
            await self._store.put_off(work, found.due)
            return work
        verb = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()  # AnswerLost: answer_lost
        entry = Entry(
            at=event.at,
            actor="bot",
            action=f"request.{verb}",
            rule=found.rule,
            request_id=request.id,
            cluster=request.cluster,
            detail=str(after.why or (stated(snapshot=after.snapshot_id) if after.snapshot_id else "")),
        )
        entries = [entry] if _is_recorded(request, event, after) else []
        await self._store.save(
            after,
            token=work.token,
            entries=entries,
            owe=(*owed_by(event, request), *found.owe),
            due_in=found.due,
            wake=[] if request.state in FINAL else await self._next_in_line(after),
            release=found.then is None,
        )
        self._metrics.happened(event)
        if isinstance(event, Finished):
            self._metrics.usable(after, event.finished_at)
        if after.state in FINAL or (not found.errors and after.state is not State.SUBMITTING):
            self.troubles.forget(after.id)
        log.info(f"request.{verb}", state_after=after.state, version=after.version, why=after.why and str(after.why))
        return replace(work, item=after)

    async def _next_in_line(self, after: SnapshotRequest) -> list[RequestId]:
        """Return those who wait for a cluster that is free now, and are to look at once."""
        if after.state not in (State.AVAILABLE, State.DELETED, State.FAILED):
            return []
        line = await self._store.line(after.cluster)
        return [r.id for r in line if r.state is State.APPROVED and r.id != after.id]


def _is_recorded(before: SnapshotRequest, event: Event, after: SnapshotRequest) -> bool:
    """Say whether *event* belongs on the record: changes do; a try that ends as the one before it did changes nothing.

    Progress is on the card: it would drown what matters on the record.
    """
    match event:
        case Progressed():
            return False
        case AttemptStarted():
            return after.failing_since is None
        case Refused() if before.failing_since is None:
            return True  # it ends an attempt that is on the record
        case Held() | AnswerLost() | Refused():
            return (after.hold, after.why, after.place) != (before.hold, before.why, before.place)
        case _:
            return True
