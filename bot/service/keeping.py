"""Keeping a snapshot longer: by who asked for it, or an admin of its cluster. It wins over a deletion not yet begun."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import structlog

from bot.core.access import Action, Decision
from bot.core.errors import Conflict, StaleRequest
from bot.core.events import KeptLonger, Withdrawn
from bot.core.ids import Actor, MessageRef, RequestId
from bot.core.lifecycle import apply
from bot.core.message import RESULT
from bot.core.phrase import Phrase
from bot.core.record import Entry, stated
from bot.core.request import OPEN, SnapshotRequest
from bot.ports import Store
from bot.service.authority import Authority

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

log = structlog.stdlib.get_logger()

_TRIES: Final = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault
_TOO_LATE: Final = "being-deleted"  # the rule by which the record has it


class NotThere(Conflict):
    """The snapshot isn't there (any more), so nobody can say what becomes of it."""

    phrase = Phrase("not-there-to-keep")


class KeptTooLate(Conflict):
    """The cloud has been asked to delete the snapshot already."""

    def __init__(self, deletion: SnapshotRequest) -> None:
        super().__init__(f"{deletion.id} is {deletion.state}", phrase=Phrase("kept-too-late", {"request": deletion.id}))


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

        A deletion that waits, or is approved, is withdrawn by it. *term* is the number of the term that *actor* had
        before them: where another has begun since, somebody was first, and nothing is changed. *at* as for
        `Authority.request`.

        Raises:
            NotThere: it isn't available, or the cloud has it no more. KeptTooLate: it is being deleted.
            NotFound, NotAllowed.
        """
        for _ in range(_TRIES):
            request, decision = await self._authority.request(actor, request_id, Action.KEEP, at=at)
            if not request.can_be_kept:
                raise NotThere(f"{request_id}: there is no snapshot to keep")
            deletion = await deletion_of(self._store, request)
            if deletion is not None and not deletion.can_be_withdrawn:
                await self._authority.refused(actor, Action.KEEP, _TOO_LATE, request.cluster, request)
                raise KeptTooLate(deletion)
            if request.keep.terms != term and deletion is None:
                return request
            now = self._store.clock.now()
            event = KeptLonger(at=now, keep=request.keep.kept(days, actor.user, now))
            after, until = apply(request, event), event.keep.until
            said = stated(until=until.isoformat(timespec="seconds")) if until else ""
            entry = self._entry(actor, "request.kept_longer", decision, after, said)
            try:
                await self._store.save(after, entries=[entry], due_in=until - now if until else None)
            except StaleRequest:
                continue
            self._metrics.happened(event)
            log.info("request.kept_longer", request_id=request.id, by=actor.user, until=until and str(until))
            self._changed()
            await self._withdraw(actor, after, decision)
            return after
        raise Conflict(f"{request_id}: too much at once")

    async def _withdraw(self, actor: Actor, request: SnapshotRequest, decision: Decision) -> None:
        """Take back what would delete the snapshot of *request*, which was saved as kept: what begins now sees that.

        Raises:
            KeptTooLate: the cloud is being asked.
        """
        for _ in range(_TRIES):
            deletion = await deletion_of(self._store, request)
            if deletion is None:
                return
            if not deletion.can_be_withdrawn:
                await self._authority.refused(actor, Action.KEEP, _TOO_LATE, request.cluster, request)
                raise KeptTooLate(deletion)
            now = self._store.clock.now()
            event = Withdrawn(at=now, decided_by=actor.user, decided_at=now)
            after = apply(deletion, event)
            entry = self._entry(actor, "request.withdrawn", decision, after, stated(kept=request.id))
            told = (RESULT,) if deletion.requester != actor.user else ()
            try:
                await self._store.save(after, entries=[entry], owe=told)
            except StaleRequest:
                continue
            self._metrics.happened(event)
            self._changed()
            return
        raise Conflict(f"{request.id}: too much at once")

    def _entry(self, actor: Actor, action: str, decision: Decision, after: SnapshotRequest, detail: str) -> Entry:
        return Entry(
            at=after.updated_at,
            actor=actor.user,
            team=actor.team,
            action=action,
            rule=decision.reason,
            request_id=after.id,
            cluster=after.cluster,
            detail=detail,
        )


async def deletion_of(store: Store, request: SnapshotRequest) -> SnapshotRequest | None:
    """Return the open request to delete the snapshot that came of *request*; None where there is none."""
    if request.snapshot_id is None:
        return None
    found = await store.deletions_of(request.cluster.cloud, request.snapshot_id)
    return next((deletion for deletion in found if deletion.state in OPEN), None)
