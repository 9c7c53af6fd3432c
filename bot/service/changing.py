"""A request is changed by who asked for it: the one place where that is done.

What it says, as long as nobody has decided; when it is to start, until it does. Who approved has approved something
else, so every approval falls: they are asked again, and reminders begin as at first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.core.access import Action, Decision, by_grant
from bot.core.errors import Conflict, InputError, NameTaken, StaleRequest
from bot.core.events import Changed, ReturnedToWait, StartMoved
from bot.core.grants import WHO_DECIDES
from bot.core.ids import Actor, MessageRef, UserId
from bot.core.lifecycle import apply
from bot.core.message import owed_by
from bot.core.record import Entry, stated
from bot.core.request import AlreadyDecided, OtherRevision, SnapshotRequest, State, StillSought
from bot.core.revision import RequestPart, Revision, SeenRequest
from bot.core.start import Start, WallTime
from bot.core.text import canonical
from bot.ports import SnapshotRules, Store
from bot.service.approvals import ALREADY_DECIDED, OTHER_REVISION
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.service.timing import Timing

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

log = structlog.stdlib.get_logger()

_SECONDS: Final = 2  # digits at the end of a suggested name
_TRIES: Final = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault


class Changing:
    """Changes requests that wait. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        rules: SnapshotRules,
        closing: Closing,
        timing: Timing,
        expire_after: timedelta,
        changed: Callable[[], None],
        metrics: Metrics,
    ) -> None:
        self._closing = closing
        self._timing = timing
        self._expire_after = expire_after
        self._authority = authority
        self._store = store
        self._clock = store.clock
        self._changed = changed
        self._metrics = metrics
        self.rules = rules

    async def open(self, actor: Actor, seen: SeenRequest, *, at: MessageRef | None = None) -> SnapshotRequest:
        """Return a request that *actor* may change now, as they open the form for that; *at* as `Authority.request`.

        Raises:
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        request, _ = await self._theirs(actor, seen, at)
        if not request.can_be_changed(self._clock.now()):
            raise await self._too_late(actor, request)
        return request

    async def open_move(self, actor: Actor, seen: SeenRequest, *, at: MessageRef | None = None) -> SnapshotRequest:
        """Return a request of which *actor* may change the start now, as they open the form for that.

        Raises:
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        request, _ = await self._theirs(actor, seen, at)
        if not request.can_be_moved(self._clock.now()):
            raise await self._too_late(actor, request)
        return request

    async def change(self, actor: Actor, seen: SeenRequest, *, description: str) -> SnapshotRequest:
        """Let the request *seen* say *description*; what says so already is left as it is, with its approvals.

        Raises:
            InputError: *description* isn't one that the cloud takes (field "description").
            OtherRevision: it was changed since *actor* had it before them, to something else.
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        description = canonical(description)
        for _ in range(_TRIES):
            request, decision = await self._theirs(actor, seen)
            if not request.can_be_changed(self._clock.now()):
                raise await self._too_late(actor, request)
            if wrong := self.rules.check_description(description):
                raise InputError({"description": wrong})
            if description == request.description:
                return request
            if seen != request.as_seen:
                raise await self._other_revision(actor, request)
            changed = replace(request, description=description)
            if after := await self._save(actor, request, changed, RequestPart.DESCRIPTION, decision):
                return after
        raise Conflict(f"{seen.request}: too much at once")

    async def move(self, actor: Actor, seen: SeenRequest, wall: WallTime) -> SnapshotRequest:
        """Let the request *seen* start at *wall*; one that does so already is left as it is, with its approvals.

        A name that was suggested for the time of before goes by the new one.

        Raises:
            InputError: nothing can start then (field "day" or "time").
            OtherRevision: it was changed since *actor* had it before them, to something else.
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        for _ in range(_TRIES):
            request, decision = await self._theirs(actor, seen)
            if not request.can_be_moved(self._clock.now()):
                raise await self._too_late(actor, request)
            start = self._timing.start(wall)
            if start is None or start == request.start:
                return request
            if seen != request.as_seen:
                raise await self._other_revision(actor, request)
            if refused := await self._closing.refusal(actor, request.named, self._authority, at=start.at):
                raise InputError({"day": refused})
            expires_at = self._clock.now() + (request.rule.decide_within or self._expire_after)
            moved = replace(
                request, start=start, name=await self._name(request, start), expires_at=min(expires_at, start.at)
            )
            try:
                after = await self._save(actor, request, moved, RequestPart.START, decision)
            except NameTaken as e:
                raise InputError({"time": e.phrase}) from e
            if after:
                return after
        raise Conflict(f"{seen.request}: too much at once")

    async def _name(self, request: SnapshotRequest, start: Start) -> str:
        """Return what *request* is called at *start*: what was suggested for another time would tell a wrong one."""
        if request.start is None or not self.rules.is_suggestion(request.name):
            return request.name
        for_its_time = self.rules.suggest_name(request.cluster_name, request.start.at)
        if request.name[:-_SECONDS] != for_its_time[:-_SECONDS]:
            return request.name
        return self.rules.suggest_name(request.cluster_name, await self._timing.moment(start))

    async def _other_revision(self, actor: Actor, request: SnapshotRequest) -> OtherRevision:
        await self._authority.refused(actor, Action.CHANGE, OTHER_REVISION, request.cluster, request)
        return OtherRevision(request)

    async def _too_late(self, actor: Actor, request: SnapshotRequest) -> AlreadyDecided:
        await self._authority.refused(actor, Action.CHANGE, ALREADY_DECIDED, request.cluster, request)
        return AlreadyDecided(request)

    async def _theirs(
        self, actor: Actor, seen: SeenRequest, at: MessageRef | None = None
    ) -> tuple[SnapshotRequest, Decision]:
        request, decision = await self._authority.request(actor, seen.request, Action.CHANGE, at=at)
        if request.is_sought:
            raise StillSought(f"{request.id}: put back by a restore, not looked for yet")
        return request, decision

    async def _save(
        self, actor: Actor, request: SnapshotRequest, changed: SnapshotRequest, part: RequestPart, decision: Decision
    ) -> SnapshotRequest | None:
        """Save *request* as it is *changed* in one *part*; None where somebody was first: the caller looks again."""
        now = self._clock.now()
        fallen = tuple(vote.user for vote in sorted(request.votes, key=lambda vote: vote.at))
        before = request.revised.again if request.revised else ()
        revised = Revision(
            number=request.as_seen.revision + 1,
            by=actor.user,
            at=now,
            parts=(part,),
            again=tuple(dict.fromkeys((*before, *fallen))),
        )
        event: Changed | StartMoved
        if request.state is State.APPROVED and request.waived:
            hold, why = await self._closing.hold(changed.named, changed.start)
            event = StartMoved(at=now, name=changed.name, start=changed.start, revised=revised, hold=hold, why=why)
        else:
            event = await self._asked_again(request, changed, revised, fallen)
        after = apply(request, event)
        what = {"description": changed.description, "before": request.description}
        if part is RequestPart.START:
            name = changed.name if changed.name != request.name else ""
            what = {"start": str(changed.start), "before": str(request.start or ""), "name": name}
        entry = Entry(
            at=now,
            actor=actor.user,
            team=actor.team,
            action="request.changed",
            rule=decision.reason,
            request_id=request.id,
            cluster=request.cluster,
            detail=stated(
                revision=revised.number,
                fallen=fallen or None,
                **what,
                **by_grant(decision),
            ),
        )
        owe = owed_by(event, request)
        try:
            await self._store.save(after, entries=[entry], owe=owe, fallen=fallen, due_in=timedelta(0))
        except StaleRequest:
            return None
        self._metrics.happened(event)
        log.info("request.changed", request_id=after.id, by=actor.user, revision=revised.number, fallen=len(fallen))
        self._changed()
        return after

    async def _asked_again(
        self, request: SnapshotRequest, changed: SnapshotRequest, revised: Revision, fallen: Collection[UserId]
    ) -> Changed:
        """Return the change of what waits for approval, or does so once more: those whose approvals fell are asked."""
        kind = ReturnedToWait if request.state is State.APPROVED else Changed
        event = kind(
            at=revised.at,
            name=changed.name,
            description=changed.description,
            start=changed.start,
            expires_at=changed.expires_at,
            revised=revised,
            asked=request.asked,
        )
        unasked = apply(request, event)
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        again = [user for user in unasked.awaited(rights) if user in fallen]  # others hear it when it is their turn
        return replace(event, asked=request.asked.again(again, revised.at, stages=unasked.stages_open))
