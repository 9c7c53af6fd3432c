"""Whether who asked for a snapshot, and who let it start, still may: checked by the rights of now before each call."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import structlog

from bot.core.access import Action, Reason, decide
from bot.core.approval import unclear_groups
from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.events import Hold
from bot.core.ids import Principal
from bot.core.request import SnapshotRequest
from bot.core.why import Code, Why
from bot.inventory import Inventory
from bot.service.authority import Authority
from bot.worker.holds import Holds
from bot.worker.next import Next
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()

_LOST: Final = {
    Reason.NOT_A_MEMBER: Code.NOT_A_MEMBER,
    Reason.NO_GRANT: Code.RIGHT_LOST,
    Reason.DENIED: Code.RIGHT_LOST,
    Reason.NOT_THE_REQUESTER: Code.RIGHT_LOST,
}


class StillAllowed:
    """Asks Slack who these people are, and checks them."""

    def __init__(self, *, inventory: Inventory, authority: Authority, pace: Pace, holds: Holds) -> None:
        self._inventory = inventory
        self._authority = authority
        self._pace = pace
        self._holds = holds

    def called_now(self, request: SnapshotRequest) -> SnapshotRequest:
        """Return *request* with the name that its cluster has now: rights, rules and freezes go by it."""
        seen = self._inventory.cluster(request.cluster)
        return replace(request, cluster_name=seen.name) if seen else request

    async def hindered(self, request: SnapshotRequest, *, of: Principal | None = None) -> Next | None:
        """Return what ends or holds *request*, None where nothing does; *of*: it deletes a snapshot of theirs.

        Where Slack doesn't say who somebody is, or who is in a group, that is to wait rather than to fail.
        """
        people = [request.requester, *((request.glass.by,) if request.glass else request.approvals)]
        try:
            asker, *voters = [await self._authority.account(user, fresh=True) for user in people]
        except SlackRefused as e:
            log.error("request.people_unknown", error=str(e))
            refused = Why(Code.PEOPLE_REFUSED)
            return self._holds.held(request, Hold.PERMISSION, refused, self._pace.later(self._pace.operator))
        except SlackUnavailable as e:
            log.warning("request.people_unknown", error=str(e))
            return self._nobody_knows(request)
        now = self.called_now(request)
        rights = await self._authority.rights_about(now, people, fresh=True)  # last: Slack may have taken its time
        about = {"cluster": now.cluster_name}
        decision = now.decide(rights, asker, Action.REQUEST)
        if of is not None and decision.allowed:
            decision = decide(rights, asker, Action.DELETE, now.named, owners=[of])
        if decision.reason is Reason.GROUPS_UNKNOWN:
            return self._nobody_knows(request)
        if not decision.allowed:
            return self._holds.failed(Why(_LOST[decision.reason], about), rule=decision.reason)
        if now.glass:
            broke = decide(rights, voters[0], Action.BREAK_GLASS, now.named)
            if broke.reason is Reason.GROUPS_UNKNOWN:
                return self._nobody_knows(request)
            return None if broke.allowed else self._holds.failed(Why(Code.GLASS_LOST, about), rule=broke.reason)
        if not now.approvals_stand(rights, voters):
            if unclear_groups(now.asks, rights):
                return self._nobody_knows(request)
            return self._holds.failed(Why(Code.APPROVAL_LOST, about), rule=Reason.NO_GRANT)
        return None

    def _nobody_knows(self, request: SnapshotRequest) -> Next:
        return self._holds.held(request, Hold.CLOUD, Why(Code.PEOPLE_UNKNOWN), self._pace.later(self._pace.retry))
