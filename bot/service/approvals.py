"""Approvals on a request: approve, decline, withdraw. One winner, whoever clicks when."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime

import structlog

from bot.core.access import Action, Decision
from bot.core.approval import Vote, is_enough
from bot.core.errors import Conflict, InputError, StaleRequest
from bot.core.events import Approved, Declined, Event, Withdrawn
from bot.core.ids import Actor, RequestId
from bot.core.lifecycle import apply
from bot.core.message import MessageKind
from bot.core.record import Entry
from bot.core.request import AlreadyDecided, SnapshotRequest, State
from bot.core.text import canonical
from bot.ports import Clock, Store
from bot.service.authority import Authority

log = structlog.stdlib.get_logger()

_TRIES = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault


class Approvals:
    """What people do to a request. *changed* is called after each commit: the worker looks at once."""

    def __init__(self, *, authority: Authority, store: Store, clock: Clock, changed: Callable[[], None]) -> None:
        self._authority = authority
        self._store = store
        self._clock = clock
        self._changed = changed

    async def approve(self, actor: Actor, request_id: RequestId, comment: str = "") -> SnapshotRequest:
        """Vote for a request; with the last vote needed it becomes APPROVED.

        Raises:
            NotFound, NotAllowed, AlreadyDecided.
        """
        comment = canonical(comment, lines=True)
        for _ in range(_TRIES):
            request = await self._authority.load(request_id)
            decision = await self._authority.require(
                actor, Action.APPROVE, request.cluster, cluster_name=request.cluster_name, request=request
            )
            now = self._clock.now()
            if request.state is not State.WAITING or request.expires_at <= now:
                raise AlreadyDecided(request)
            if any(v.user == actor.user for v in request.votes):
                raise AlreadyDecided(request)
            vote = Vote(user=actor.user, approve=True, at=now, comment=comment)
            votes = (*request.votes, vote)
            if is_enough(votes, request.need):
                after = apply(request, Approved(at=now, decided_by=actor.user, decided_at=now, words=comment))
            else:
                after = replace(request, version=request.version + 1, updated_at=now)
            decides = after.state is State.APPROVED
            due, did = (now, "request.approved") if decides else (request.expires_at, "request.voted")
            if await self._save(after, actor, did, decision, comment, vote=vote, due_at=due):
                return replace(after, votes=votes)
        raise Conflict(f"{request_id}: too much at once")

    async def decline(self, actor: Actor, request_id: RequestId, reason: str) -> SnapshotRequest:
        """Refuse a waiting request, with a reason.

        Raises:
            InputError: *reason* is blank (field "reason").
            NotFound, NotAllowed, AlreadyDecided.
        """
        reason = canonical(reason, lines=True)
        if not reason:
            raise InputError({"reason": "Say why, so that the requester knows what to do next."})

        def event(request: SnapshotRequest) -> Event:
            now = self._clock.now()
            return Declined(at=now, decided_by=actor.user, decided_at=now, words=reason)

        return await self._close(
            actor, request_id, Action.DECLINE, {State.WAITING}, event, detail=reason, owe=[MessageKind.RESULT]
        )

    async def withdraw(self, actor: Actor, request_id: RequestId) -> SnapshotRequest:
        """Take one's own request back, as long as the cloud wasn't asked.

        Raises:
            NotFound, NotAllowed, AlreadyDecided.
        """

        def event(request: SnapshotRequest) -> Event:
            now = self._clock.now()
            return Withdrawn(at=now, decided_by=actor.user, decided_at=now)

        return await self._close(actor, request_id, Action.WITHDRAW, {State.WAITING, State.APPROVED}, event)

    async def _close(
        self,
        actor: Actor,
        request_id: RequestId,
        action: Action,
        states: set[State],
        event: Callable[[SnapshotRequest], Event],
        *,
        detail: str = "",
        owe: Collection[MessageKind] = (),
    ) -> SnapshotRequest:
        for _ in range(_TRIES):
            request = await self._authority.load(request_id)
            decision = await self._authority.require(
                actor, action, request.cluster, cluster_name=request.cluster_name, request=request
            )
            expired = action is Action.DECLINE and request.expires_at <= self._clock.now()
            if request.state not in states or expired:
                raise AlreadyDecided(request)
            after = apply(request, event(request))
            verb = "declined" if action is Action.DECLINE else "withdrawn"
            if await self._save(after, actor, f"request.{verb}", decision, detail, owe=owe):
                return after
        raise Conflict(f"{request_id}: too much at once")

    async def _save(
        self,
        after: SnapshotRequest,
        actor: Actor,
        action: str,
        decision: Decision,
        detail: str,
        *,
        owe: Collection[MessageKind] = (),
        vote: Vote | None = None,
        due_at: datetime | None = None,
    ) -> bool:
        """Save with its audit entry; False where somebody was first and the caller should look again."""
        entry = Entry(
            at=after.updated_at,
            actor=actor.user,
            action=action,
            rule=decision.reason,
            request_id=after.id,
            cluster=after.cluster,
            detail=detail,
        )
        try:
            await self._store.save(after, entries=[entry], owe=owe, vote=vote, due_at=due_at)
        except StaleRequest:
            return False
        log.info(action, request_id=after.id, by=actor.user, state_after=after.state, rule=decision.reason)
        self._changed()
        return True
