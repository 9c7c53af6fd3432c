"""From an error or an obstacle to the event that delays or ends a request, and when to try again; saves nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from bot.core.age import is_recent
from bot.core.errors import CloudBusy, CloudError, CloudForbidden, CloudLoginRefused, CloudUnavailable
from bot.core.events import OPERATORS_MOVE, AnswerLost, Failed, Held, Hold, Kept, Progressed, Refused
from bot.core.holdings import Holdings
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.scope import Named
from bot.core.snapshot import OTHER, Cluster, Obstacle, ObstacleCode
from bot.core.why import Code, Why
from bot.ports import Clock
from bot.service.closing import Closing
from bot.worker.next import Next
from bot.worker.pace import NAMED_MOST, Pace

_FAILING: Final = OPERATORS_MOVE | {Hold.CLOUD}  # holds that only a try which fails can bring about


class Holds:
    """How long a request is held up by what, by the numbers of *pace*."""

    def __init__(self, *, clock: Clock, pace: Pace, closing: Closing) -> None:
        self._closing = closing
        self._clock = clock
        self._pace = pace

    async def failing(self, request: SnapshotRequest, error: CloudError) -> Next:
        """Hold *request* because the cloud answered with *error*, or end it when that went on for too long."""
        why = why_of(error, request.state, request.kind)
        found = await self.delayed(request, hold_of(error), why, self.after(request, error))
        return replace(found, errors=(error,))

    async def delayed(self, request: SnapshotRequest, hold: Hold, why: Why | None, due: timedelta) -> Next:
        """Hold *request* over a failure, or end it when failures went on for too long.

        The first failure ends nothing: after a long stop of the bot itself it says little.
        """
        over = None if request.hold is Hold.NONE else await self.given_up(request)
        return over or self.held(request, hold, why, due)

    def held(self, request: SnapshotRequest, hold: Hold, why: Why | None, due: timedelta, *, place: int = 1) -> Next:
        """Say why *request* doesn't move; it is looked at again after *due*."""
        now = self._clock.now()
        why = _as_told(request, hold, why)
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
                    why=why,
                    failing_since=since,
                    missing_since=request.missing_since,
                )
            case State.SUBMITTING:
                event = AnswerLost(at=now, hold=hold, why=why, failing_since=since)
            case _:
                event = Held(at=now, hold=hold, why=why, place=place, failing_since=since)
        return Next(event, due)

    def refused(self, request: SnapshotRequest, hold: Hold, why: Why | None, due: timedelta) -> Next:
        """Say that the cloud surely did nothing of *request*, SUBMITTING so far."""
        now = self._clock.now()
        why = _as_told(request, hold, why)
        event = Refused(at=now, hold=hold, why=why, failing_since=_earliest(request.failing_since, now))
        return Next(event, due)

    async def not_yet(self, request: SnapshotRequest, cluster: Named) -> Next | None:
        """Hold a request that may not start on *cluster* now; None: it may.

        It is looked at again when that may be over, at the latest after the longest wait: a clock may be put back.
        """
        if request.start and request.not_before and self._clock.now() < request.not_before:
            return self._not_before(request, Hold.HOURS, request.start.why, request.not_before)
        if closures := await self._closing.of(cluster, emergency=request.glass is not None):
            return self._not_before(request, Hold.FROZEN, closures[0].why, closures[0].until)
        if (opens := self._closing.opens(request)) is not None:
            why = Why(Code.OUT_OF_HOURS, {"until": opens.isoformat(timespec="seconds")})
            return self._not_before(request, Hold.HOURS, why, opens)
        return None

    def _not_before(self, request: SnapshotRequest, hold: Hold, why: Why, until: datetime | None) -> Next:
        longest = self._pace.longest
        due = min(until - self._clock.now(), longest) if until else longest
        return self.held(request, hold, why, due)

    async def given_up(self, request: SnapshotRequest) -> Next | None:
        """End a request that took longer than its rule or the pace allows, since its approval or the cloud's start.

        Until the cloud has it, time in which it may not start doesn't count.
        """
        now, most = self._clock.now(), timedelta(seconds=self._pace.give_up)
        if request.state is State.CREATING:
            over = (request.accepted_at or request.created_at) + most < now
        else:
            if request.state is State.APPROVED:
                most = request.timing.start_within or most
            since = request.may_start_since
            over = since + most < now and await self._closing.could_start_for(request, since) > most
        if not over:
            return None
        seconds = {"seconds": int(most.total_seconds())}
        match request.state:
            case State.CREATING:
                return self.failed(Why(Code.OUT_OF_SIGHT, seconds))
            case State.SUBMITTING if request.kind is Kind.DELETE:
                return self.failed(Why(Code.DELETION_UNKNOWN, seconds))
            case State.SUBMITTING:
                return self.failed(Why(Code.OUTCOME_UNKNOWN, seconds))
            case _:
                kept = request.why.facts if request.why else {}
                return self.failed(Why(Code.NOT_STARTED, {**kept, **seconds, "hold": request.hold}))

    def failed(self, why: Why, *, rule: str = "") -> Next:
        """End a request: *why* is what the cloud or a rule said."""
        now = self._clock.now()
        return Next(Failed(at=now, why=why, finished_at=now), rule=rule)

    def before_next(self, request: SnapshotRequest) -> float:
        """Return for how many seconds no other call is due: the longer the cloud fails, the rarer they are."""
        if request.sent_at is None or request.failing_since is None:
            return 0.0
        now, failing = self._clock.now(), request.sent_at - request.failing_since
        wait = self._pace.wait(request.hold, failing, watching=False)
        if not is_recent(request.sent_at, now, timedelta(seconds=wait)):
            return 0.0
        return wait - (now - request.sent_at).total_seconds()

    def after(self, request: SnapshotRequest, error: CloudError) -> timedelta:
        """Return after how long to try again after *error*: later each time, and no sooner than the cloud says."""
        now = self._clock.now()
        failing = now - (request.failing_since or now)
        wait = self._pace.wait(hold_of(error), failing, watching=request.state is State.CREATING)
        named = error.retry_after if isinstance(error, CloudUnavailable) else None
        wait = max(wait, min(named or 0.0, NAMED_MOST))
        if request.state is State.CREATING:
            return self._pace.tick(now, at_least=wait)  # together with the others there: one look is enough
        return self._pace.later(wait)


def _as_told(request: SnapshotRequest, hold: Hold, why: Why | None) -> Why | None:
    """Return what is told of *request* already where *why* says the same of the cloud in other words.

    Words with a time or an id in them differ from try to try, which is no news.
    """
    told = request.why
    if hold is Hold.CLOUD and request.hold is hold and why and told and why.code is told.code:
        return told if _but_words(why) == _but_words(told) else why
    return why


def _but_words(why: Why) -> dict[str, str | int]:
    return {name: fact for name, fact in why.facts.items() if name != "message"}


def _earliest(since: datetime | None, now: datetime) -> datetime:
    """Return since when tries fail that failed *since* already; a clock that was put back begins again."""
    return min(since or now, now)


def withheld(closed: Next) -> Next:
    """Return *closed* for a request whose only attempt was saved and not sent: its next is its first."""
    event = closed.event
    return (
        replace(closed, event=Refused(at=event.at, hold=event.hold, why=event.why))
        if isinstance(event, Kept)
        else closed
    )


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


def why_of(error: CloudError, state: State, kind: Kind = Kind.CREATE) -> Why | None:
    """Return what is told of *error* in *state* of a request of that *kind*; None where the hold says it all."""
    match error:
        case CloudUnavailable() if state is State.CREATING:
            return None  # since when is told
        case CloudUnavailable() if state is State.SUBMITTING:
            why = Why(Code.NO_ANSWER_YET if kind is Kind.CREATE else Code.DELETION_UNANSWERED)
        case CloudUnavailable(status=HTTPStatus.TOO_MANY_REQUESTS):
            why = Why(Code.THROTTLED)
        case _:
            why = error.why
    own = {name: words for name, words in (("code", error.code), ("message", error.message)) if words}
    return Why(why.code, {**own, **why.facts})


def in_the_way(cluster: Cluster, holdings: Holdings) -> tuple[Hold, Why] | None:
    """Return what keeps *cluster* from a snapshot just now; None where nothing does."""
    if cluster.block:
        return Hold.BLOCKED, _told(Code.BLOCKED, cluster.block)
    if cluster.task:
        return Hold.BUSY, _told(Code.BUSY, cluster.task)
    if any(s.cluster_id == cluster.ref.id and s.is_running for s in holdings.snapshots):
        return Hold.BUSY, _told(Code.BUSY, Obstacle(ObstacleCode.SNAPSHOT))
    return None


def _told(code: Code, obstacle: Obstacle) -> Why:
    """Return *obstacle* as a reason: the cloud's word for one that we know says nothing more, and may change."""
    word = {"word": obstacle.word} if obstacle.code in OTHER else {}
    return Why(code, {"obstacle": obstacle.code, **word})
