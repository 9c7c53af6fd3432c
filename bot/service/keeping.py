"""Keeping a snapshot longer: by who asked for it, or an admin of its cluster."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog

from bot.core.access import Action
from bot.core.errors import Conflict, StaleRequest
from bot.core.events import KeptLonger
from bot.core.ids import Actor, MessageRef, RequestId
from bot.core.lifecycle import apply
from bot.core.phrase import Phrase
from bot.core.record import Entry, stated
from bot.core.request import SnapshotRequest
from bot.ports import Store
from bot.service.authority import Authority

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

log = structlog.stdlib.get_logger()

_TRIES: Final = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault


class NotThere(Conflict):
    """The snapshot isn't there (any more), so nobody can say how long it is kept."""

    phrase = Phrase("not-there-to-keep")


class Keeping:
    """Says how long snapshots are kept. *changed* is called after each commit: the worker looks at once."""

    def __init__(self, *, authority: Authority, store: Store, changed: Callable[[], None], metrics: Metrics) -> None:
        self._authority = authority
        self._store = store
        self._changed = changed
        self._metrics = metrics

    async def keep(
        self, actor: Actor, request_id: RequestId, days: int, *, term: int, at: MessageRef | None = None
    ) -> SnapshotRequest:
        """Keep the snapshot of a request *days* longer, 0: until somebody says; return the request as it is then.

        *term* is the number of the term that *actor* had before them: where another has begun since, somebody was
        first, and nothing is changed. *at* as for `Authority.request`.

        Raises:
            NotThere: it isn't available, or the cloud has it no more. NotFound, NotAllowed.
        """
        for _ in range(_TRIES):
            request, decision = await self._authority.request(actor, request_id, Action.KEEP, at=at)
            if not request.can_be_kept:
                raise NotThere(f"{request_id}: there is no snapshot to keep")
            if request.keep.terms != term:
                return request
            now = self._store.clock.now()
            event = KeptLonger(at=now, keep=request.keep.kept(days, actor.user, now))
            after, until = apply(request, event), event.keep.until
            entry = Entry(
                at=now,
                actor=actor.user,
                team=actor.team,
                action="request.kept_longer",
                rule=decision.reason,
                request_id=request.id,
                cluster=request.cluster,
                detail=stated(until=until.isoformat(timespec="seconds")) if until else "",
            )
            try:
                await self._store.save(after, entries=[entry], due_in=until - now if until else None)
            except StaleRequest:
                continue
            self._metrics.happened(event)
            log.info("request.kept_longer", request_id=request.id, by=actor.user, until=until and str(until))
            self._changed()
            return after
        raise Conflict(f"{request_id}: too much at once")
