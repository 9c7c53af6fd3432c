"""A request is changed by who asked for it, as long as nobody has decided: the one place where that is done.

Who approved has approved something else, so every approval falls: they are asked again, and reminders begin as at
first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.core.access import Action, Decision, by_grant
from bot.core.errors import Conflict, InputError, StaleRequest
from bot.core.events import Changed
from bot.core.grants import WHO_DECIDES
from bot.core.ids import Actor, MessageRef
from bot.core.lifecycle import apply
from bot.core.message import owed_by
from bot.core.record import Entry, stated
from bot.core.request import AlreadyDecided, OtherRevision, SnapshotRequest, StillSought
from bot.core.revision import RequestPart, Revision, SeenRequest
from bot.core.text import canonical
from bot.ports import SnapshotRules, Store
from bot.service.approvals import ALREADY_DECIDED, OTHER_REVISION
from bot.service.authority import Authority

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

log = structlog.stdlib.get_logger()

_TRIES: Final = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault


class Changing:
    """Changes requests that wait. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        rules: SnapshotRules,
        changed: Callable[[], None],
        metrics: Metrics,
    ) -> None:
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
        request, _ = await self._changeable(actor, seen, at)
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
            request, decision = await self._changeable(actor, seen)
            if wrong := self.rules.check_description(description):
                raise InputError({"description": wrong})
            if description == request.description:
                return request
            if seen != request.as_seen:
                await self._authority.refused(actor, Action.CHANGE, OTHER_REVISION, request.cluster, request)
                raise OtherRevision(request)
            if after := await self._save(actor, request, description, decision):
                return after
        raise Conflict(f"{seen.request}: too much at once")

    async def _changeable(
        self, actor: Actor, seen: SeenRequest, at: MessageRef | None = None
    ) -> tuple[SnapshotRequest, Decision]:
        request, decision = await self._authority.request(actor, seen.request, Action.CHANGE, at=at)
        if request.is_sought:
            raise StillSought(f"{request.id}: put back by a restore, not looked for yet")
        if not request.can_be_changed(self._clock.now()):
            await self._authority.refused(actor, Action.CHANGE, ALREADY_DECIDED, request.cluster, request)
            raise AlreadyDecided(request)
        return request, decision

    async def _save(
        self, actor: Actor, request: SnapshotRequest, description: str, decision: Decision
    ) -> SnapshotRequest | None:
        """Save *request* with its new *description*; None where somebody was first and the caller should look again."""
        now = self._clock.now()
        fallen = tuple(vote.user for vote in sorted(request.votes, key=lambda vote: vote.at))
        before = request.revised.again if request.revised else ()
        revised = Revision(
            number=request.as_seen.revision + 1,
            by=actor.user,
            at=now,
            parts=(RequestPart.DESCRIPTION,),
            again=tuple(dict.fromkeys((*before, *fallen))),
        )
        event = Changed(at=now, description=description, revised=revised, asked=request.asked)
        unasked = apply(request, event)
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        again = [user for user in unasked.awaited(rights) if user in fallen]  # others hear it when it is their turn
        asked = request.asked.again(again, now, stages=unasked.stages_open)
        event = replace(event, asked=asked)
        after = apply(request, event)
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
                description=description,
                before=request.description,
                fallen=fallen or None,
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
