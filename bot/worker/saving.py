"""Saving what happened to a request, with its record, its messages, and when the next step is due."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

import structlog

from bot.core.errors import CloudBusy, CloudError, CloudForbidden, CloudLoginRefused, CloudUnavailable
from bot.core.events import OPERATORS_MOVE, AnswerLost, AttemptStarted, Event, Failed, Held, Hold, Progressed, Refused
from bot.core.lifecycle import apply
from bot.core.message import MessageKind
from bot.core.record import Entry
from bot.core.request import SnapshotRequest, State
from bot.core.wording import duration
from bot.metrics import Metrics
from bot.ports import Clock, Store
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

ASK_AGAIN = "Ask again."
_FAILING: Final = OPERATORS_MOVE | {Hold.CLOUD}  # holds that only a try which fails can bring about
_NAMED_MOST: Final = 3600.0  # seconds: the longest Retry-After that is believed

# What a hold was, once it is over: its own words say what happens next, and nothing does.
_KEPT_BY: Final = {
    Hold.NONE: "",
    Hold.QUEUE: ": other snapshots of the cluster were before it",
    Hold.BUSY: ": the cluster was busy ({problem})",
    Hold.BLOCKED: ": the cluster was {problem}",
    Hold.LOGIN: ": the bot's login to the cloud was refused",
    Hold.PERMISSION: ": an operator had the bot's access to fix",
    Hold.CLOUD: ": the cloud or Slack gave no useful answer",
}


class Saving:
    """The one way in which the worker changes a request."""

    def __init__(self, *, store: Store, clock: Clock, pace: Pace, metrics: Metrics) -> None:
        self._store = store
        self._clock = clock
        self._pace = pace
        self._metrics = metrics

    async def progress(self, request: SnapshotRequest, event: Progressed, due_at: datetime) -> None:
        """Say on the card what a look at a CREATING request showed, if that is news, and come back at *due_at*."""
        if apply(request, event) == replace(request, version=request.version + 1, updated_at=event.at):
            await self._store.put_off(request.id, request.version, due_at)
            return
        await self.save(request, event, owe=owed(event.hold), due_at=due_at)

    async def hold_for(self, request: SnapshotRequest, error: CloudError) -> None:
        """Hold *request* because the cloud answered with *error*, or end it when that went on for too long."""
        self.count(request, error)
        await self.delay(request, hold_of(error), problem_of(error, request.state), self.after(request, error))

    async def delay(self, request: SnapshotRequest, hold: Hold, problem: str, due_at: datetime) -> None:
        """Hold *request* over a failure, or end it when failures went on for too long.

        The first failure ends nothing: after a long stop of the bot itself it says little.
        """
        if request.hold is Hold.NONE or not await self.given_up(request):
            await self.hold(request, hold, problem, due_at)

    async def hold(
        self, request: SnapshotRequest, hold: Hold, problem: str, due_at: datetime, *, place: int = 1
    ) -> None:
        """Say on the card why it doesn't move, if that is news, and come back at *due_at*."""
        now = self._clock.now()
        since = request.failing_since
        if hold in _FAILING:
            since = _earliest(since, now)
        elif request.state is State.APPROVED:
            since = None  # the cloud answered: the cluster is what we wait for
        if (hold, problem, place, since) == (request.hold, request.problem, request.place, request.failing_since):
            await self._store.put_off(request.id, request.version, due_at)
            return
        event: Event
        match request.state:
            case State.CREATING:
                event = Progressed(
                    at=now,
                    percent=request.percent,
                    hold=hold,
                    problem=problem,
                    failing_since=since,
                    missing_since=request.missing_since,
                )
            case State.SUBMITTING:
                event = AnswerLost(at=now, hold=hold, problem=problem, failing_since=since)
            case _:
                event = Held(at=now, hold=hold, problem=problem, place=place, failing_since=since)
        await self.save(request, event, owe=owed(hold), due_at=due_at)

    async def refused(self, request: SnapshotRequest, hold: Hold, problem: str, due_at: datetime) -> None:
        """Say that the cloud surely did nothing of *request*, SUBMITTING so far, and come back at *due_at*."""
        now = self._clock.now()
        event = Refused(at=now, hold=hold, problem=problem, failing_since=_earliest(request.failing_since, now))
        await self.save(request, event, owe=owed(hold), due_at=due_at)

    async def given_up(self, request: SnapshotRequest) -> bool:
        """End a request that took longer than the pace allows, since its approval or the cloud's start."""
        since = request.accepted_at if request.state is State.CREATING else request.decided_at
        if self._clock.now() - (since or request.created_at) <= timedelta(seconds=self._pace.give_up):
            return False
        limit = duration(timedelta(seconds=self._pace.give_up))
        if request.state is State.CREATING:
            await self.fail(
                request,
                f"The cloud began the snapshot, and can't be asked what became of it after {limit}.",
                "Look at the snapshot in the cloud's console; it may yet finish.",
            )
            return True
        if request.state is State.SUBMITTING:
            await self.fail(
                request,
                f"The cloud gave no answer for {limit}; whether the snapshot was made isn't known.",
                "Look in the cloud's console before you ask again.",
            )
            return True
        why = _KEPT_BY[request.hold].format(problem=request.problem or "not known")
        await self.fail(request, f"It could not be started within {limit} after the approval{why}.", ASK_AGAIN)
        return True

    async def fail(self, request: SnapshotRequest, problem: str, advice: str, *, rule: str = "") -> None:
        """End *request*: *problem* says what the cloud or a rule said, *advice* what to do."""
        now = self._clock.now()
        event = Failed(at=now, problem=problem, advice=advice, finished_at=now)
        await self.save(request, event, owe=[MessageKind.RESULT], rule=rule)

    async def save(
        self,
        request: SnapshotRequest,
        event: Event,
        *,
        owe: list[MessageKind] | None = None,
        due_at: datetime | None = None,
        rule: str = "",
    ) -> SnapshotRequest:
        """Apply *event* and commit it with its record and what it owes; return the request as it is now.

        Raises:
            StaleRequest: somebody changed it meanwhile.
        """
        after = apply(request, event)
        verb = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()  # AnswerLost: answer_lost
        entry = Entry(
            at=event.at,
            actor="bot",
            action=f"request.{verb}",
            rule=rule,
            request_id=request.id,
            cluster=request.cluster,
            detail=after.problem or str(after.snapshot_id or ""),
        )
        entries = [entry] if _is_recorded(request, event, after) else []
        await self._store.save(after, entries=entries, owe=owe or (), due_at=due_at)
        self._metrics.happened(event)
        log.info(f"request.{verb}", state_after=after.state, version=after.version, problem=after.problem)
        if after.state in (State.AVAILABLE, State.FAILED):
            await self._next_in_line(after)
        return after

    async def _next_in_line(self, ended: SnapshotRequest) -> None:
        """Let those who wait for this cluster look at once."""
        for waiting in await self._store.line(ended.cluster):
            if waiting.state is State.APPROVED:
                await self._store.put_off(waiting.id, waiting.version, self._clock.now())

    def count(self, request: SnapshotRequest, error: CloudError) -> None:
        """Count and log an error of the cloud."""
        self._metrics.cloud_error(request.cluster.cloud, error)
        log.warning("cloud.error", error=str(error), kind=type(error).__name__, cloud_request_id=error.request_id)

    def later(self, seconds: float) -> datetime:
        """Return now plus *seconds*, with jitter."""
        return self._pace.later(self._clock.now(), seconds)

    def after(self, request: SnapshotRequest, error: CloudError) -> datetime:
        """Return when to try again after *error*: later each time, and no sooner than the cloud says."""
        now = self._clock.now()
        failing = now - (request.failing_since or now)
        wait = self._pace.wait(hold_of(error), failing, watching=request.state is State.CREATING)
        named = error.retry_after if isinstance(error, CloudUnavailable) else None
        wait = max(wait, min(named or 0.0, _NAMED_MOST))
        if request.state is State.CREATING:
            return self._pace.tick(now + timedelta(seconds=wait))  # together with the others there: one look is enough
        return self._pace.later(now, wait)


def _earliest(since: datetime | None, now: datetime) -> datetime:
    """Return since when tries fail that failed *since* already; a clock that was put back begins again."""
    return min(since or now, now)


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
            return (after.hold, after.problem, after.place) != (before.hold, before.problem, before.place)
        case _:
            return True


def hold_of(error: CloudError) -> Hold:
    """Return as what *error* holds a request up."""
    match error:
        case CloudBusy():
            return Hold.BUSY
        case CloudLoginRefused():
            return Hold.LOGIN
        case CloudForbidden():
            return Hold.PERMISSION
        case _:
            return Hold.CLOUD


def problem_of(error: CloudError, state: State) -> str:
    """Return what the card says of *error* in *state*; "" where the hold says it all."""
    match error:
        case CloudBusy():
            return "another task"
        case CloudUnavailable() if state is State.CREATING:
            return ""  # Slack's edge says since when
        case CloudUnavailable() if state is State.SUBMITTING:
            return "The cloud isn't answering properly; checking whether the snapshot was made, then trying again."
        case CloudUnavailable(status=HTTPStatus.TOO_MANY_REQUESTS):
            return "The cloud wants to be asked less often; the bot waits and tries again by itself."
        case CloudUnavailable():
            return "The cloud isn't answering properly just now; the bot tries again by itself."
        case _:
            return error.say


def owed(hold: Hold) -> list[MessageKind]:
    """An operator must act, and hears of it once per request."""
    return [MessageKind.OPERATOR] if hold in OPERATORS_MOVE else []
