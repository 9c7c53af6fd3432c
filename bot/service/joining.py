"""Somebody wants what another has asked for: they join, are told together how it ends, and approve it no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog

from bot.core.access import Action, Decision, Reason, by_grant
from bot.core.errors import Conflict, SlackUnavailable, StaleRequest
from bot.core.events import Event, Joined, Left
from bot.core.grants import Rights, Role
from bot.core.ids import Actor, MessageRef, RequestId, UserId
from bot.core.joiner import JOINED_MOST, Joiner
from bot.core.lifecycle import apply
from bot.core.message import CARD
from bot.core.person import Person
from bot.core.phrase import Phrase
from bot.core.record import Entry, stated
from bot.core.request import OPEN, AlreadyDecided, Kind, SnapshotRequest, State, StillSought
from bot.core.scope import Named
from bot.ports import Channels, Store
from bot.service.approvals import ALREADY_DECIDED
from bot.service.authority import Authority
from bot.service.offer import Offer

if TYPE_CHECKING:  # commands use parts of the service, and count nothing
    from bot.metrics import Metrics

log = structlog.stdlib.get_logger()

_TRIES: Final = 10  # each lost compare-and-set means that somebody else won: more than a few is a fault
_CHANNEL_SECONDS: Final = 0.7  # to see who is in the channel: somebody waits for the answer
_LOOKED_AT: Final = 20  # open requests of a cluster among which one to join is looked for


class NotToBeJoined(Conflict):
    """It can't be joined just now, or not by this person: *phrase* says why, and what to do."""


class LosesApproval(Conflict):
    """Who joins can't approve *request* any more, and hasn't been told so."""

    phrase = Phrase("join-loses-approval")

    def __init__(self, request: SnapshotRequest) -> None:
        super().__init__(f"{request.id}: who joins it can't approve it")
        self.request = request


class Joining:
    """Joins and leaves requests. *changed* is called after each commit: the worker looks at once."""

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        channels: Channels,
        changed: Callable[[], None],
        metrics: Metrics,
    ) -> None:
        self._authority = authority
        self._store = store
        self._channels = channels
        self._clock = store.clock
        self._changed = changed
        self._metrics = metrics

    async def offered(self, actor: Actor, cluster: Named, *, without: RequestId | None = None) -> Offer | None:
        """Return the newest request on *cluster* that *actor* sees and can join, and not the one *without*.

        None where there is none, or one of those open is theirs or joined by them.
        """
        now, person = self._clock.now(), await self._authority.person(actor)
        found = await self._store.find(states=OPEN, cluster=cluster.ref, limit=_LOOKED_AT)
        found = [request for request in found if request.id != without and request.kind is Kind.CREATE]
        if any(actor.user in request.wanted_by for request in found):
            return None
        for request in found:
            if not request.can_be_joined(now) or len(request.joined) >= JOINED_MOST:
                continue
            rights = await self._authority.rights_about(request, [actor.user])
            if all(request.decide(rights, person, action).allowed for action in (Action.VIEW, Action.JOIN)):
                return Offer(request, await self._loses_approval(request, person, rights))
        return None

    async def offer(self, actor: Actor, request: SnapshotRequest) -> Offer | None:
        """Return *request*, which *actor* sees, as something that they can join; None where they can't."""
        if actor.user in request.wanted_by or not request.can_be_joined(self._clock.now()):
            return None
        person = await self._authority.person(actor)
        rights = await self._authority.rights_about(request, [actor.user])
        if not request.decide(rights, person, Action.JOIN).allowed:
            return None
        return Offer(request, await self._loses_approval(request, person, rights))

    async def _loses_approval(self, request: SnapshotRequest, person: Person, rights: Rights) -> bool:
        """Say whether *person*, who may approve snapshots of the cluster, can't approve *request* once they joined."""
        if request.state is not State.WAITING or not rights.has(person.user, Role.APPROVE, request.named):
            return False
        decision = _with(request, Joiner(person.user, request.updated_at)).decide(rights, person, Action.APPROVE)
        return decision.reason is Reason.NOBODY_APPROVES_THEIR_OWN

    async def join(
        self, actor: Actor, request_id: RequestId, *, knows: bool, at: MessageRef | None = None
    ) -> SnapshotRequest:
        """Let *actor* want the request, too; who does already is told so. *at* as for `Authority.request`.

        Raises:
            LosesApproval: they can't approve it any more then, and *knows* is False.
            NotToBeJoined: it is just being sent to the cloud, they approved it, or nobody could approve it then.
            NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        for _ in range(_TRIES):
            request, decision = await self._authority.request(actor, request_id, Action.JOIN, at=at)
            if actor.user in request.wanted_by:
                return request
            await self._require_open(actor, request)
            vote = request.vote_of(actor.user)
            if vote and request.state is not State.WAITING:
                raise NotToBeJoined(f"{request.id}: decided by them", phrase=Phrase("join-approved"))
            if len(request.joined) >= JOINED_MOST:
                raise NotToBeJoined(f"{request.id}: full", phrase=Phrase("join-full", {"most": JOINED_MOST}))
            rights = await self._authority.rights_about(request, [actor.user])
            if await self._loses_approval(request, decision.person, rights):
                await self._require_others(request, actor)
                if not knows:
                    raise LosesApproval(request)
            joiner = Joiner(actor.user, self._clock.now(), directly=await self._is_outside(request, actor.user))
            if after := await self._joined(request, joiner, actor, decision, falls=vote is not None):
                return after
        raise Conflict(f"{request_id}: too much at once")

    async def leave(self, actor: Actor, request_id: RequestId) -> SnapshotRequest:
        """Let *actor*, who joined the request, want it no more; who hasn't joined it is told how it stands.

        Raises:
            NotToBeJoined: it is just being sent to the cloud. NotFound, NotAllowed, StillSought, AlreadyDecided.
        """
        for _ in range(_TRIES):
            request, decision = await self._authority.request(actor, request_id, Action.VIEW)
            if all(joiner.user != actor.user for joiner in request.joined):
                return request
            await self._require_open(actor, request)
            left = tuple(joiner for joiner in request.joined if joiner.user != actor.user)
            event = Left(at=self._clock.now(), joined=left)
            if after := await self._save(request, event, actor, decision, "request.left"):
                return after
        raise Conflict(f"{request_id}: too much at once")

    async def _require_open(self, actor: Actor, request: SnapshotRequest) -> None:
        """Do nothing where *request* can be joined and left.

        Raises:
            NotToBeJoined: it is just being sent to the cloud. StillSought, AlreadyDecided.
        """
        if request.is_sought:
            raise StillSought(f"{request.id}: put back by a restore, not looked for yet")
        if request.state is State.SUBMITTING:  # who is at it would lose it, and the cloud's answer
            raise NotToBeJoined(f"{request.id}: it is being sent", phrase=Phrase("join-being-sent"))
        if not request.can_be_joined(self._clock.now()):
            await self._authority.refused(actor, Action.JOIN, ALREADY_DECIDED, request.cluster, request)
            raise AlreadyDecided(request)

    async def _require_others(self, request: SnapshotRequest, actor: Actor) -> None:
        """Do nothing where somebody could still approve *request* once *actor* has joined it.

        Raises:
            NotToBeJoined: nobody could.
        """
        joined = _with(request, Joiner(actor.user, request.updated_at))
        if await self._authority.unmet(joined.asks, joined.named, joined.owners) is not None:
            raise NotToBeJoined(f"{request.id}: nobody else can approve", phrase=Phrase("join-only-approver"))

    async def _is_outside(self, request: SnapshotRequest, user: UserId) -> bool:
        """Say whether *user* isn't in the channel in which the end of *request* is told, or can't be seen there."""
        card = await self._store.message(request.id, CARD)
        try:
            async with asyncio.timeout(_CHANNEL_SECONDS):
                return user in await self._channels.absent(card.channel if card else request.channel, [user])
        except (TimeoutError, SlackUnavailable):
            return True

    async def _joined(
        self, request: SnapshotRequest, joiner: Joiner, actor: Actor, decision: Decision, *, falls: bool
    ) -> SnapshotRequest | None:
        after = _with(request, joiner)
        votes, counted = request.votes, request.counted
        if falls:
            votes = tuple(vote for vote in request.votes if vote.user != joiner.user)
            counted = await self._authority.standing(replace(after, votes=votes)) if votes else ()
        event = Joined(at=joiner.at, joined=after.joined, counted=counted, votes=votes)
        fallen = (joiner.user,) if falls else ()
        return await self._save(request, event, actor, decision, "request.joined", fallen=fallen)

    async def _save(
        self,
        request: SnapshotRequest,
        event: Event,
        actor: Actor,
        decision: Decision,
        action: str,
        *,
        fallen: Collection[UserId] = (),
    ) -> SnapshotRequest | None:
        """Save what *event* made of *request*; None where somebody was first and the caller should look again."""
        after = apply(request, event)
        facts = {"fallen": [*fallen], **by_grant(decision)} if fallen else by_grant(decision)
        entry = Entry(
            at=event.at,
            actor=actor.user,
            team=actor.team,
            action=action,
            rule=decision.reason,
            request_id=request.id,
            cluster=request.cluster,
            detail=stated(**facts) if facts else "",
        )
        try:
            await self._store.save(after, entries=[entry], fallen=fallen, due_in=timedelta(0))
        except StaleRequest:
            return None
        self._metrics.happened(event)
        log.info(action, request_id=after.id, by=actor.user, state_after=after.state)
        self._changed()
        return after


def _with(request: SnapshotRequest, joiner: Joiner) -> SnapshotRequest:
    return replace(request, joined=(*request.joined, joiner))
