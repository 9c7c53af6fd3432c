"""Break-glass: who is told of it, and where; and that somebody looked at the form for it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.core.access import Action, Decision, by_grant
from bot.core.asked import DIRECTLY
from bot.core.errors import SlackUnavailable
from bot.core.glass import BreakGlass
from bot.core.grants import Role
from bot.core.ids import Actor, ChannelId, ClusterRef, UserId
from bot.core.lifecycle import begin
from bot.core.record import Entry, stated
from bot.core.request import SnapshotRequest
from bot.inventory import Inventory
from bot.ports import Channels, Store
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.service.form import Emergency

SENT_BEFORE: Final = "sent-before"  # the rule by which the record has a form that was sent again
USED: Final = "request.break-glass"  # as the record has it
_CHANNEL_SECONDS: Final = 0.7  # to see who is in the channel: somebody waits for the answer


class BreakingGlass:
    """What a start without approval takes, of a new request and of one that waits."""

    def __init__(
        self, *, authority: Authority, store: Store, inventory: Inventory, channels: Channels, closing: Closing
    ) -> None:
        self._authority = authority
        self._store = store
        self._inventory = inventory
        self._channels = channels
        self._closing = closing

    async def opened(self, actor: Actor, cluster: ClusterRef) -> None:
        """Check and record that *actor* opens the form that starts a new request on *cluster* so.

        Raises:
            NotAllowed: they may not.
        """
        decision = await self._authority.require(actor, Action.BREAK_GLASS, self._inventory.named(cluster))
        await self.record_opened(actor, decision, cluster)

    async def record_opened(
        self, actor: Actor, decision: Decision, cluster: ClusterRef, request: SnapshotRequest | None = None
    ) -> None:
        """Record that *actor* opened the form, by which grant."""
        await self._store.record(
            Entry(
                at=self._store.clock.now(),
                actor=actor.user,
                team=actor.team,
                action="break-glass.opened",
                rule=decision.reason,
                request_id=request.id if request else None,
                cluster=cluster,
                detail=stated(**by_grant(decision)),
            )
        )

    async def sent_before(self, actor: Actor, request: SnapshotRequest) -> None:
        """Record that *actor* sent the form of *request* once more, which starts nothing."""
        await self._authority.refused(actor, Action.BREAK_GLASS, SENT_BEFORE, request.cluster, request)

    async def is_in_time(self, request: SnapshotRequest) -> bool:
        """Say whether *request* could start now without that: nothing is passed then but approvals."""
        if request.not_before and self._store.clock.now() < request.not_before:
            return False
        return self._closing.opens(request) is None and not await self._closing.of(request.named)

    async def begun(
        self, request: SnapshotRequest, actor: Actor, emergency: Emergency, asked: Entry
    ) -> tuple[SnapshotRequest, Entry]:
        """Return the new *request* as it starts so, and the entry of that; *asked* is the request's own.

        Raises:
            NotAllowed: *actor* may not, by the name that the cluster has now.
        """
        decision = await self._authority.require(actor, Action.BREAK_GLASS, request.named, fresh=False)
        glass = await self.broken(request, actor, emergency, at=request.created_at, channel=request.channel)
        said = stated(reason=glass.reason, **by_grant(decision))
        used = replace(asked, action=USED, rule=decision.reason, detail=said)
        return begin(replace(request, glass=glass)), used

    async def broken(
        self, request: SnapshotRequest, actor: Actor, emergency: Emergency, *, at: datetime, channel: ChannelId
    ) -> BreakGlass:
        """Return who starts *request* why, and who is told of it: in the *channel* of its card, or directly."""
        told = await self._told(request, actor.user)
        outside = told  # who can't be seen in the channel is told directly
        with suppress(TimeoutError, SlackUnavailable):
            async with asyncio.timeout(_CHANNEL_SECONDS):
                outside = tuple(await self._channels.absent(channel, told))
        directly = outside[:DIRECTLY]  # the reply to the card counts the others
        return BreakGlass(
            by=actor.user,
            at=at,
            reason=emergency.reason,
            here=tuple(user for user in told if user not in directly),
            directly=directly,
        )

    async def _told(self, request: SnapshotRequest, by: UserId) -> tuple[UserId, ...]:
        """Return every approver and admin of the cluster but the quiet, and *by*, who knows."""
        rights = await self._authority.rights(cluster=request.named)
        approvers = (
            *rights.people(Role.APPROVE, request.named),
            *request.rule.approvers(rights, request.named, request.owners),
        )
        quiet = rights.quiet(Role.APPROVE, request.named)
        people = dict.fromkeys((*approvers, *rights.admins_of(request.named)))
        return await self._authority.active([user for user in people if user not in quiet and user != by])
