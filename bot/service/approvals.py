"""Approvals on a request: approve, decline, withdraw. However many click at once, one wins."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.core.access import Action, Decision, Reason, by_grant
from bot.core.approval import Vote
from bot.core.errors import Conflict, InputError, SlackUnavailable, StaleRequest
from bot.core.events import Approved, Declined, Event, GlassBroken, Withdrawn
from bot.core.groups import GroupsUnknown
from bot.core.ids import Actor, MessageRef, RequestId, UserId
from bot.core.lifecycle import apply
from bot.core.message import CARD, Owed, owed_by
from bot.core.phrase import Phrase
from bot.core.record import Entry, stated
from bot.core.request import AlreadyDecided, Kind, OtherRevision, SnapshotRequest, State, StillSought
from bot.core.text import canonical
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.breaking_glass import USED, BreakingGlass
from bot.service.form import Emergency

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

log = structlog.stdlib.get_logger()

ALREADY_DECIDED: Final = "already-decided"  # the rule by which the record has it
OTHER_REVISION: Final = "other-revision"  # the same of what was changed since somebody looked
_TRIES = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault


class Approvals:
    """What people do to a request. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        glass: BreakingGlass,
        store: Store,
        changed: Callable[[], None],
        metrics: Metrics,
    ) -> None:
        self._authority = authority
        self._glass = glass
        self._store = store
        self._clock = store.clock
        self._changed = changed
        self._metrics = metrics

    async def approve(
        self,
        actor: Actor,
        request_id: RequestId,
        comment: str = "",
        *,
        revision: int = 0,
        at: MessageRef | None = None,
    ) -> SnapshotRequest:
        """Vote for a request at the *revision* that was seen; with the last vote needed it becomes APPROVED.

        *at* as for `Authority.request`.

        Raises:
            InputError: the rule wants a reason, and *comment* is blank (field "comment").
            NotFound, NotAllowed, StillSought, AlreadyDecided, OtherRevision.
        """
        comment = canonical(comment, lines=True)
        for _ in range(_TRIES):
            request, decision = await self._known(actor, request_id, Action.APPROVE, at)
            now = self._clock.now()
            if not request.can_be_decided(now) or request.vote_of(actor.user):
                raise await self._too_late(actor, request, Action.APPROVE)
            await self._require_seen(actor, request, revision, Action.APPROVE)
            if request.rule.needs_reason and not comment:
                raise InputError({"comment": Phrase("reason-missing")})
            vote = Vote(user=actor.user, approve=True, at=now, comment=comment)
            votes = (*request.votes, vote)
            counted = await self._authority.standing(replace(request, votes=votes), seen=decision.person)
            event = None
            if request.rule.is_enough(counted):
                event = Approved(at=now, decided_by=actor.user, decided_at=now, words=comment, counted=counted)
                after = apply(request, event)
            else:
                after = replace(request, version=request.version + 1, updated_at=now, counted=counted)
            decides = after.state is State.APPROVED
            did = "request.approved" if decides else "request.voted"
            facts = {"comment": comment, "stage": _stage_of(actor.user, after), **by_grant(decision)}
            said = stated(**facts) if any(facts.values()) else ""
            if await self._save(after, event, actor, did, decision, said, vote=vote, due_in=timedelta(0)):
                return replace(after, votes=votes)
        raise Conflict(f"{request_id}: too much at once")

    async def decline(self, actor: Actor, request_id: RequestId, reason: str, *, revision: int = 0) -> SnapshotRequest:
        """Refuse a waiting request at the *revision* that was seen, with a reason.

        Raises:
            InputError: *reason* is blank (field "reason").
            NotFound, NotAllowed, StillSought, AlreadyDecided, OtherRevision.
        """
        reason = canonical(reason, lines=True)
        for _ in range(_TRIES):
            request, decision = await self._known(actor, request_id, Action.DECLINE)
            if not reason:
                raise InputError({"reason": Phrase("reason-missing")})
            now = self._clock.now()
            if not request.can_be_decided(now):
                raise await self._too_late(actor, request, Action.DECLINE)
            await self._require_seen(actor, request, revision, Action.DECLINE)
            event = Declined(at=now, decided_by=actor.user, decided_at=now, words=reason)
            if after := await self._close(request, event, actor, "request.declined", decision, stated(reason=reason)):
                return after
        raise Conflict(f"{request_id}: too much at once")

    async def withdraw(self, actor: Actor, request_id: RequestId, *, revision: int | None = None) -> SnapshotRequest:
        """Take one's own request back, as long as the cloud wasn't asked; at the *revision* that was seen (None: any).

        Raises:
            NotFound, NotAllowed, StillSought, AlreadyDecided, OtherRevision.
        """
        for _ in range(_TRIES):
            request, decision = await self._known(actor, request_id, Action.WITHDRAW)
            if not request.can_be_withdrawn:
                raise await self._too_late(actor, request, Action.WITHDRAW)
            if revision is not None:
                await self._require_seen(actor, request, revision, Action.WITHDRAW)
            now = self._clock.now()
            event = Withdrawn(at=now, decided_by=actor.user, decided_at=now)
            if after := await self._close(request, event, actor, "request.withdrawn", decision):
                return after
        raise Conflict(f"{request_id}: too much at once")

    async def open_glass(self, actor: Actor, request_id: RequestId) -> SnapshotRequest:
        """Return a request that *actor* may let start without approval, as they open the form for that; on record.

        Raises:
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        request, decision = await self._known(actor, request_id, Action.BREAK_GLASS)
        _refuse_deletion(request)
        if not request.can_be_decided(self._clock.now()):
            raise await self._too_late(actor, request, Action.BREAK_GLASS)
        await self._glass.record_opened(actor, decision, request.cluster, request)
        return request

    async def break_glass(
        self, actor: Actor, request_id: RequestId, emergency: Emergency, *, seen: int
    ) -> SnapshotRequest:
        """Let a request start without what its rule wants; where that is there by now, it is approved as any other.

        *seen* is the version of the request that *actor* had before them.

        Raises:
            InputError: see *emergency*. StaleRequest: it is another version now.
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        for _ in range(_TRIES):
            request, decision = await self._known(actor, request_id, Action.BREAK_GLASS)
            _refuse_deletion(request)
            now = self._clock.now()
            if not request.can_be_decided(now):
                raise await self._too_late(actor, request, Action.BREAK_GLASS)
            if emergency.wrong:
                raise InputError(emergency.wrong)
            if request.version != seen:
                await self._authority.refused(actor, Action.BREAK_GLASS, OTHER_REVISION, request.cluster, request)
                raise StaleRequest(f"{request_id}: version {seen} was seen, {request.version} is there")
            counted = None
            with suppress(SlackUnavailable, GroupsUnknown):  # what nobody knows isn't met
                counted = await self._authority.standing(request, seen=decision.person)
            event: Event
            if counted and request.asks.is_enough(counted) and await self._glass.is_in_time(request):
                event = Approved(at=now, decided_at=now, counted=counted)
                did, decision, facts = "request.approved", replace(decision, reason=Reason.CHANGED), {}
            else:
                card = await self._store.message(request_id, CARD)
                channel = card.channel if card else request.channel
                glass = await self._glass.broken(request, actor, emergency, at=now, channel=channel)
                event = GlassBroken(at=now, glass=glass, decided_by=actor.user, decided_at=now)
                did, facts = USED, {"reason": glass.reason, **by_grant(decision)}
            after, owe, said = apply(request, event), owed_by(event, request), stated(**facts) if facts else ""
            if await self._save(after, event, actor, did, decision, said, owe=owe, due_in=timedelta(0)):
                return after
        raise Conflict(f"{request_id}: too much at once")

    async def _known(
        self, actor: Actor, request_id: RequestId, action: Action, at: MessageRef | None = None
    ) -> tuple[SnapshotRequest, Decision]:
        """Return the request and why *actor* may take *action* on it, as `Authority.request`.

        Raises:
            StillSought: a restore put it back, and it may be over in truth.
        """
        request, decision = await self._authority.request(actor, request_id, action, at=at)
        if request.is_sought:
            raise StillSought(f"{request_id}: put back by a restore, not looked for yet")
        return request, decision

    async def _require_seen(self, actor: Actor, request: SnapshotRequest, revision: int, action: Action) -> None:
        """Do nothing where *request* is at *revision*, as *actor* saw it; else record that they were refused.

        Raises:
            OtherRevision: it was changed since.
        """
        if revision != request.as_seen.revision:
            await self._authority.refused(actor, action, OTHER_REVISION, request.cluster, request)
            raise OtherRevision(request)

    async def _too_late(self, actor: Actor, request: SnapshotRequest, action: Action) -> AlreadyDecided:
        """Record that *actor* was refused since it is decided, or they have voted; return what to raise."""
        await self._authority.refused(actor, action, ALREADY_DECIDED, request.cluster, request)
        return AlreadyDecided(request)

    async def _close(
        self,
        request: SnapshotRequest,
        event: Event,
        actor: Actor,
        action: str,
        decision: Decision,
        detail: str = "",
    ) -> SnapshotRequest | None:
        """Apply *event*, which leaves nothing to do, and save; None where somebody was first."""
        after = apply(request, event)
        owe = owed_by(event, request)
        return after if await self._save(after, event, actor, action, decision, detail, owe=owe) else None

    async def _save(
        self,
        after: SnapshotRequest,
        event: Event | None,
        actor: Actor,
        action: str,
        decision: Decision,
        detail: str,
        *,
        owe: Collection[Owed] = (),
        vote: Vote | None = None,
        due_in: timedelta | None = None,
    ) -> bool:
        """Save what *event* (None: a vote that decides nothing yet) made of it, with its audit entry.

        False where somebody was first and the caller should look again.
        """
        entry = Entry(
            at=after.updated_at,
            actor=actor.user,
            team=actor.team,
            action=action,
            rule=decision.reason,
            request_id=after.id,
            cluster=after.cluster,
            detail=detail,
        )
        try:
            await self._store.save(after, entries=[entry], owe=owe, vote=vote, due_in=due_in)
        except StaleRequest:
            return False
        if event:
            self._metrics.happened(event)
        else:
            self._metrics.voted()
        log.info(action, request_id=after.id, by=actor.user, state_after=after.state, rule=decision.reason)
        self._changed()
        return True


class NoEmergency(Conflict):
    """Nothing is deleted without its approvals, however urgent it is."""

    phrase = Phrase("glass-deletes-nothing")


def _refuse_deletion(request: SnapshotRequest) -> None:
    if request.kind is Kind.DELETE:
        raise NoEmergency(f"{request.id} is a deletion")


def _stage_of(user: UserId, request: SnapshotRequest) -> int | None:
    """Return the number of the stage in which a vote of *user* counts, None where there is but one, or it doesn't."""
    if len(request.rule.stages) == 1:
        return None
    return next((number for number, filled in enumerate(request.counted, 1) if user in filled), None)
