"""Asking for a snapshot to be deleted: one that the bot made, by who asked for it, or an admin of its cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta, tzinfo
from typing import Final

import structlog

from bot.core.access import Action, Reason, by_grant
from bot.core.asked import first_asked
from bot.core.errors import Conflict, IdTaken, InputError, NameTaken, TooManyOpen
from bot.core.grants import WHO_DECIDES
from bot.core.ids import Actor, MessageRef, Principal, RequestId
from bot.core.lifecycle import begin
from bot.core.phrase import Phrase
from bot.core.record import Entry, as_facts, stated
from bot.core.request import TOO_MANY_OPEN, Capped, Kind, SnapshotRequest
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import is_last_good
from bot.core.text import canonical
from bot.inventory import Inventory
from bot.ports import Store
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.service.keeping import NotThere, deletion_of
from bot.service.request_ids import drawn
from bot.service.zones import caps

log = structlog.stdlib.get_logger()

REASON_MOST: Final = 256  # characters, as of a description
_TRIES: Final = 10
_JUST_NOW: Final = timedelta(seconds=5)


class DeletingIsOff(Conflict):
    """No operator lets the bot delete."""

    phrase = Phrase("deleting-is-off")


class AlreadyAsked(Conflict):
    """Somebody has asked for the deletion, and it isn't over."""

    def __init__(self, deletion: SnapshotRequest) -> None:
        super().__init__(f"{deletion.id} asks for it", phrase=Phrase("delete-asked", {"request": deletion.id}))


@dataclass(frozen=True, slots=True)
class Deletable:
    """What the form shows: the *request* that the snapshot came of, the *rule* by which it is decided, and whether it
    is the last good snapshot of its cluster; *waived*: this person needs no approval.
    """

    request: SnapshotRequest
    rule: ClusterRule
    is_last: bool
    waived: bool


class Deletions:
    """From the button to a committed request. *changed* is called after each commit: the worker looks at once.

    *enabled*: an operator lets the bot delete.
    """

    def __init__(
        self,
        *,
        authority: Authority,
        store: Store,
        inventory: Inventory,
        closing: Closing,
        expire_after: timedelta,
        open_requests: int | None,
        zone: tzinfo,
        changed: Callable[[], None],
        asked: Callable[[SnapshotRequest], None],
        enabled: bool,
    ) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._closing = closing
        self._expire_after = expire_after
        self._open_requests = open_requests
        self._zone = zone
        self._changed = changed
        self._asked = asked
        self.enabled = enabled

    async def offer(self, actor: Actor, request_id: RequestId, *, at: MessageRef | None = None) -> Deletable:
        """Return what the form shows; *at* as for `Authority.request`.

        Raises:
            DeletingIsOff, NotThere, AlreadyAsked. NotFound, NotAllowed.
        """
        request, decision = await self._authority.request(actor, request_id, Action.DELETE, at=at)
        if not self.enabled:
            raise DeletingIsOff(request_id)
        if not request.can_be_kept:
            raise NotThere(f"{request_id}: there is no snapshot to delete")
        if deletion := await deletion_of(self._store, request):
            raise AlreadyAsked(deletion)
        rule = await self._store.rule(request.named)
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        waived = rule.approval.waives(decision.person, rights)
        return Deletable(request, rule, await self._is_last(request), waived)

    async def _is_last(self, request: SnapshotRequest) -> bool:
        """Say whether it is the last good snapshot of its cluster; where the cloud can't be seen, it may be.

        Raises:
            NotThere: the cloud has it no more.
        """
        cloud = request.cluster.cloud
        seen = await self._inventory.glance(cloud, max_age=_JUST_NOW) if cloud in self._inventory.clouds else None
        if seen is None:
            return True
        found = seen.snapshot(request.snapshot_id)
        if found is None:
            raise NotThere(f"{request.id}: the cloud has no such snapshot")
        return is_last_good(seen.snapshots, found)

    async def ask(
        self, actor: Actor, request_id: RequestId, reason: str, *, knows_last: bool, origin: str
    ) -> SnapshotRequest:
        """Keep a request to delete the snapshot that came of *request_id*; *origin* as for `Intake.ask`.

        *knows_last*: who asks was told, and said so, that no other good snapshot of the cluster is left.

        Raises:
            InputError: fields "reason" (also where it can't be asked for just now) and "last".
            DeletingIsOff, NotThere, AlreadyAsked. NotFound, NotAllowed.
        """
        await self._authority.member(actor, Action.DELETE)
        origin = f"{origin}:{actor.user}"
        if kept := await self._store.by_origin(origin):
            return kept
        offer = await self.offer(actor, request_id)
        made, reason, wrong = offer.request, canonical(reason), {}
        if len(reason) > REASON_MOST:
            wrong["reason"] = Phrase("too-long", {"count": len(reason), "most": REASON_MOST})
        if offer.is_last and not knows_last:
            wrong["last"] = Phrase("delete-last-tick")
        if refused := await self._closing.refusal(actor, made.named, self._authority):
            wrong["reason"] = refused
        if wrong:
            raise InputError(wrong)
        return await self._keep(actor, offer, reason, origin)

    async def _keep(self, actor: Actor, offer: Deletable, reason: str, origin: str) -> SnapshotRequest:
        made, rule, now = offer.request, offer.rule, self._store.clock.now()
        decision = await self._authority.require(actor, Action.REQUEST, made.named, fresh=False)
        if not offer.waived:
            await self._authority.require_approvers(actor, rule.approval, made.named)
        rights = await self._authority.rights(cluster=made.named, roles=WHO_DECIDES)
        hold, why = await self._closing.hold(made.named)
        entry = Entry(
            at=now,
            actor=actor.user,
            team=actor.team,
            action="request.asked",
            rule=Reason.GRANTED,
            cluster=made.cluster,
            detail=stated(
                deletes=made.snapshot_id,
                name=made.name,
                made_by=made.id,
                rule_of=str(rule.scope or ""),
                rule=as_facts(rule.approval),
                **by_grant(decision),
            ),
        )
        for attempt in range(_TRIES):
            plain = SnapshotRequest(
                id=drawn(4 + attempt // 3),
                team=actor.team,
                owner=Principal(actor.user),
                cluster=made.cluster,
                cluster_name=made.cluster_name,
                name=made.name,
                description=reason,
                channel=made.channel,
                rule=rule.approval,
                created_at=now,
                updated_at=now,
                expires_at=now + (rule.approval.decide_within or self._expire_after),
                kind=Kind.DELETE,
                deletes=made.id,
                knows_last=offer.is_last,
                snapshot_id=made.snapshot_id,
                started_at=made.started_at,
                size_gb=made.size_gb,
            )
            asked = first_asked(plain.awaited(rights), now, stages=plain.stages_open)
            request, capped = replace(plain, asked=asked), None
            entries = [replace(entry, request_id=request.id)]
            if offer.waived:
                capped = Capped(caps(rule.approval, request.owner, now, self._zone), request, entries, timedelta(0))
                request = begin(replace(request, waived=True, hold=hold, why=why))
                entries = [replace(entries[0], rule=Reason.WAIVED)]
            try:
                kept = await self._store.add(
                    request,
                    origin=origin,
                    entries=entries,
                    due_in=timedelta(0),
                    capped=capped,
                    most_open=self._open_requests,
                )
            except IdTaken:
                continue
            except NameTaken as e:
                raise InputError({"reason": Phrase("delete-asked-name")}) from e
            except TooManyOpen as e:
                await self._authority.refused(actor, Action.DELETE, TOO_MANY_OPEN, made.cluster, made)
                raise InputError({"reason": e.phrase}) from e
            if kept.id == request.id:
                self._asked(kept)
            log.info("request.asked", request_id=kept.id, cluster=str(kept.cluster), by=actor.user, deletes=made.id)
            self._changed()
            return kept
        raise Conflict(f"no free request id in {_TRIES} tries")
