"""What keeps a request or ends it: from an error or an obstacle to the event, and when to try again. Saves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from bot.core.errors import CloudBusy, CloudError, CloudForbidden, CloudLoginRefused, CloudUnavailable
from bot.core.events import OPERATORS_MOVE, AnswerLost, Failed, Held, Hold, Progressed, Refused
from bot.core.message import MessageKind
from bot.core.request import SnapshotRequest, State
from bot.core.wording import duration
from bot.ports import Clock
from bot.worker.next import Next
from bot.worker.pace import Pace

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


class Holds:
    """How long a request is kept by what, by the numbers of *pace*."""

    def __init__(self, *, clock: Clock, pace: Pace) -> None:
        self._clock = clock
        self._pace = pace

    def failing(self, request: SnapshotRequest, error: CloudError) -> Next:
        """Hold *request* because the cloud answered with *error*, or end it when that went on for too long."""
        found = self.delayed(request, hold_of(error), problem_of(error, request.state), self.after(request, error))
        return replace(found, errors=(error,))

    def delayed(self, request: SnapshotRequest, hold: Hold, problem: str, due: datetime) -> Next:
        """Hold *request* over a failure, or end it when failures went on for too long.

        The first failure ends nothing: after a long stop of the bot itself it says little.
        """
        over = None if request.hold is Hold.NONE else self.given_up(request)
        return over or self.held(request, hold, problem, due)

    def held(self, request: SnapshotRequest, hold: Hold, problem: str, due: datetime, *, place: int = 1) -> Next:
        """Say why *request* doesn't move; it is looked at again when that is *due*."""
        now = self._clock.now()
        since = request.failing_since
        if hold in _FAILING:
            since = _earliest(since, now)
        elif request.state is State.APPROVED:
            since = None  # the cloud answered: the cluster is what we wait for
        event: Progressed | AnswerLost | Held
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
        return Next(event, due, _owed(hold))

    def refused(self, request: SnapshotRequest, hold: Hold, problem: str, due: datetime) -> Next:
        """Say that the cloud surely did nothing of *request*, SUBMITTING so far."""
        now = self._clock.now()
        event = Refused(at=now, hold=hold, problem=problem, failing_since=_earliest(request.failing_since, now))
        return Next(event, due, _owed(hold))

    def given_up(self, request: SnapshotRequest) -> Next | None:
        """End a request that took longer than the pace allows, since its approval or the cloud's start."""
        since = request.accepted_at if request.state is State.CREATING else request.decided_at
        if self._clock.now() - (since or request.created_at) <= timedelta(seconds=self._pace.give_up):
            return None
        limit = duration(timedelta(seconds=self._pace.give_up))
        match request.state:
            case State.CREATING:
                return self.failed(
                    f"The cloud began the snapshot, and can't be asked what became of it after {limit}.",
                    "Look at the snapshot in the cloud's console; it may yet finish.",
                )
            case State.SUBMITTING:
                return self.failed(
                    f"The cloud gave no answer for {limit}; whether the snapshot was made isn't known.",
                    "Look in the cloud's console before you ask again.",
                )
            case _:
                why = _KEPT_BY[request.hold].format(problem=request.problem or "not known")
                return self.failed(f"It could not be started within {limit} after the approval{why}.", ASK_AGAIN)

    def failed(self, problem: str, advice: str, *, rule: str = "") -> Next:
        """End a request: *problem* says what the cloud or a rule said, *advice* what to do."""
        now = self._clock.now()
        return Next(
            Failed(at=now, problem=problem, advice=advice, finished_at=now), owe=(MessageKind.RESULT,), rule=rule
        )

    def later(self, seconds: float) -> datetime:
        """Return now plus *seconds*, with jitter."""
        return self._pace.later(self._clock.now(), seconds)

    def after(self, request: SnapshotRequest, error: CloudError) -> datetime:
        """Return when to try again after *error*: later each time, and no sooner than the cloud says."""
        now = self._clock.now()
        failing = now - (request.failing_since or now)
        wait = self._pace.wait(hold_of(error), failing, watching=request.state is State.CREATING)
        named = error.retry_after if isinstance(error, CloudUnavailable) else None
        return self._pace.later(now, max(wait, min(named or 0.0, _NAMED_MOST)))


def _earliest(since: datetime | None, now: datetime) -> datetime:
    """Return since when tries fail that failed *since* already; a clock that was put back begins again."""
    return min(since or now, now)


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


def _owed(hold: Hold) -> tuple[MessageKind, ...]:
    """An operator must act, and hears of it once per request."""
    return (MessageKind.OPERATOR,) if hold in OPERATORS_MOVE else ()
