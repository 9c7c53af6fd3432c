"""A snapshot that was to be kept until some day: when that has come, its requester is asked what is next, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.core.errors import CloudError, SlackUnavailable
from bot.core.events import SnapshotGone, TermEnded
from bot.core.message import MessageKind, Owed
from bot.core.person import Standing
from bot.core.request import SnapshotRequest
from bot.inventory import Inventory
from bot.ports import Clock
from bot.service.authority import Authority
from bot.worker.next import Next
from bot.worker.pace import Pace
from bot.worker.still_there import still_there

log = structlog.stdlib.get_logger()

_FRESH: Final = timedelta(minutes=5)  # one look for all that end together: nothing is deleted by it


class KeepTerms:
    """The step of a request that is AVAILABLE while a term of its snapshot runs."""

    def __init__(self, *, inventory: Inventory, authority: Authority, clock: Clock, pace: Pace) -> None:
        self._inventory = inventory
        self._authority = authority
        self._clock = clock
        self._pace = pace

    async def look(self, request: SnapshotRequest) -> Next:
        """Owe the message at the end of the term; where the cloud has the snapshot no more, there is nothing to ask."""
        now, keep = self._clock.now(), request.keep
        if keep.until is not None and now < keep.until:
            return Next(None, keep.until - now)
        if request.cluster.cloud in self._inventory.clouds:
            try:
                seen = await self._inventory.look(request.cluster.cloud, max_age=_FRESH)
                there = await still_there(self._inventory, request.cluster.cloud, request.snapshot_id, seen)
            except CloudError as e:  # nobody is hurried: all requests of that cloud try again together
                return Next(None, self._pace.tick(now, at_least=self._pace.most), errors=(e,))
            if there is None:
                return Next(SnapshotGone(at=now, keep=keep.gone(now)))
        try:
            asker = await self._authority.account(request.requester, fresh=True)
        except SlackUnavailable as e:
            log.warning("request.people_unknown", error=str(e))
            return Next(None, self._pace.later(self._pace.operator))
        to = request.requester if asker.standing is Standing.MEMBER else None  # the channel: its admins can act
        owed = Owed(MessageKind.TERM, to, keep.terms)
        return Next(TermEnded(at=now, keep=keep.ended()), owe=(owed,))
