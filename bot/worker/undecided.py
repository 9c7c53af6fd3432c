"""A request that waits for people: its time may be over, its rule or whose votes count may have changed, and those who
may decide are asked, once each, and reminded.

It is due when time changes something, and at once when a vote, a rule or a grant does.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.core.access import Reason
from bot.core.asked import DIRECTLY
from bot.core.errors import SlackUnavailable
from bot.core.events import (
    Approved,
    ApproversAsked,
    Escalated,
    Expired,
    Held,
    Hold,
    Recounted,
    Reminded,
    RuleChanged,
)
from bot.core.grants import WHO_DECIDES, Role
from bot.core.groups import GroupsUnknown
from bot.core.message import CARD
from bot.core.request import SnapshotRequest
from bot.core.scoped_rules import ClusterRule
from bot.core.why import Code, Why
from bot.ports import Channels, Store
from bot.service.authority import Authority
from bot.worker.next import Next
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

_AT_ONCE: Final = timedelta(0)


class Waiting:
    """The step of a request that is WAITING."""

    def __init__(self, *, store: Store, authority: Authority, channels: Channels, pace: Pace) -> None:
        self._store = store
        self._channels = channels
        self._authority = authority
        self._clock = store.clock
        self._pace = pace

    async def look(self, request: SnapshotRequest) -> Next:
        """End *request* if its time is over; else see whether its rule, its votes or who could vote are as they were.

        A request is never approved because nobody is left who could: that is told, and it goes on waiting.
        """
        now = self._clock.now()
        if request.has_expired(now):
            return Next(Expired(at=now, decided_at=now))
        left = max(request.looked_at_again - now, _AT_ONCE)
        rule = await self._store.rule(request.named)
        if rule.approval != request.rule:
            return await self._changed(request, rule)
        if request.next_tier_at is not None and request.next_tier_at <= now:
            return await self._escalated(request)
        try:
            return await self._recounted(request, left)
        except (SlackUnavailable, GroupsUnknown) as e:
            log.warning("request.people_unknown", error=str(e))
            return Next(None, min(self._pace.later(self._pace.retry), left))

    async def _changed(self, request: SnapshotRequest, rule: ClusterRule) -> Next:
        """Take the rule of now; what its votes come to under it is seen next."""
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        counted = rule.approval.count(request.voters(rights), rights)
        at = self._clock.now()
        changed = RuleChanged(
            at=at, rule=rule.approval, counted=counted, rule_set_by=rule.set_by, rule_set_at=rule.set_at or at
        )
        return Next(changed, _AT_ONCE, rule=str(rule.scope or ""))

    async def _escalated(self, request: SnapshotRequest) -> Next:
        """Let the next tier decide, too; one in which nobody could is passed over at once, which is on record."""
        number = request.escalated
        tier = request.rule.tiers[number]
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        able = [user for user in rights.people(Role.APPROVE, request.named) if user not in request.wanted_by]
        empty = rights.groups.is_known and not any(rights.is_one_of(user, tier.by) for user in able)
        if empty:
            log.warning("request.tier_is_empty", request_id=request.id, tier=number + 1)
        event = Escalated(at=self._clock.now(), escalated=number + 1)
        return Next(event, _AT_ONCE, rule="empty-tier" if empty else f"tier-{number + 1}")

    async def _recounted(self, request: SnapshotRequest, left: timedelta) -> Next:
        at = self._clock.now()
        if request.votes:
            counted = await self._authority.standing(request)
            if request.asks.is_enough(counted):
                return Next(Approved(at=at, decided_at=at, counted=counted), _AT_ONCE, rule=Reason.CHANGED)
            if counted != request.counted:
                return Next(Recounted(at=at, counted=counted), _AT_ONCE)
        stage = await self._authority.unmet(request.asks, request.named, request.owners)
        if stage is None:
            return Next(Held(at=at), _AT_ONCE) if request.hold is not Hold.NONE else await self._asked(request, left)
        need = request.asks.stages[stage].need
        why = Why(Code.NOBODY_APPROVES, {"stage": stage + 1, "stages": len(request.rule.stages), "need": need})
        again = min(self._pace.later(self._pace.operator_most), left)  # a group may have got members meanwhile
        return Next(Held(at=at, hold=Hold.APPROVERS, why=why), again)

    async def _asked(self, request: SnapshotRequest, left: timedelta) -> Next:
        """Ask those who may decide and weren't asked, and remind them all in time.

        What was missed while nobody looked is one reminder.
        """
        rights = await self._authority.rights(cluster=request.named, roles=WHO_DECIDES)
        awaited = await self._authority.active(request.awaited(rights))
        card = await self._store.message(request.id, CARD)
        try:
            absent = await self._channels.absent(card.channel if card else request.channel, awaited)
        except SlackUnavailable as e:
            log.warning("channel.members_unknown", error=str(e))  # nobody is told in a wrong place meanwhile
            return Next(None, min(self._pace.later(self._pace.operator), left))
        now = self._clock.now()
        asked = request.asked.further(awaited, absent[:DIRECTLY], now, stages=request.stages_open)
        if asked != request.asked:
            return Next(ApproversAsked(at=now, asked=asked), _AT_ONCE)
        if request.next_reminder_at is None or request.next_reminder_at > now:
            return Next(None, left)
        return Next(Reminded(at=now, asked=asked.reminded(now)), _AT_ONCE)
