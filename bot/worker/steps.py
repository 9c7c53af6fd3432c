"""The next step of a request, derived from its saved state alone; what it returns is committed here."""

from __future__ import annotations

from datetime import UTC, tzinfo
from typing import Final

from bot.core.events import Hold
from bot.core.lifecycle import Step, next_step
from bot.core.request import SnapshotRequest
from bot.core.why import Code, Why
from bot.core.work import Work
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.ports import Channels, Store
from bot.service.authority import Authority
from bot.service.closing import Closing
from bot.troubles import Troubles
from bot.worker.attempt import Attempt
from bot.worker.commits import Commits
from bot.worker.deletion import Deletion
from bot.worker.holds import Holds
from bot.worker.look_back import LookBack
from bot.worker.next import Next
from bot.worker.pace import Pace
from bot.worker.terms import KeepTerms
from bot.worker.undecided import Waiting
from bot.worker.watch import Watch

_ASK_THE_CLOUD: Final = (Step.CREATE, Step.SETTLE, Step.POLL, Step.DELETE, Step.SETTLE_DELETION)


class Steps:
    """Does the step of one claimed request and commits what it returns."""

    def __init__(
        self,
        *,
        store: Store,
        inventory: Inventory,
        authority: Authority,
        pace: Pace,
        metrics: Metrics,
        channels: Channels,
        zone: tzinfo = UTC,
        deletes: bool = False,
    ) -> None:
        """Take the ports; *deletes*: the bot may delete snapshots."""
        self.troubles = Troubles()
        clock = store.clock
        self._inventory = inventory
        self._pace = pace
        self._holds = Holds(clock=clock, pace=pace, closing=Closing(store=store, zone=zone))
        self._attempt = Attempt(
            line=store.line, inventory=inventory, authority=authority, clock=clock, pace=pace, holds=self._holds
        )
        self._waiting = Waiting(store=store, authority=authority, channels=channels, pace=pace)
        self._watch = Watch(inventory=inventory, clock=clock, pace=pace, holds=self._holds)
        self._look_back = LookBack(
            last_restore=store.last_restore,
            inventory=inventory,
            clock=clock,
            pace=pace,
            holds=self._holds,
            watch=self._watch,
        )
        self._deletion = Deletion(
            store=store,
            inventory=inventory,
            authority=authority,
            pace=pace,
            holds=self._holds,
            enabled=deletes,
        )
        self._terms = KeepTerms(inventory=inventory, authority=authority, clock=clock, pace=pace)
        self._commits = Commits(store=store, metrics=metrics, troubles=self.troubles)

    async def step(self, work: Work[SnapshotRequest]) -> None:
        """Do what the request is owed.

        Raises:
            StaleRequest: somebody changed it meanwhile; their save decides what is next.
        """
        found = await self._found(work.item)
        work = await self._commits.commit(work, found)
        while found.then is not None:
            work.lease.require()  # this process may have slept since
            found = await found.then(work.item, work.lease)
            work = await self._commits.commit(work, found)

    async def _found(self, request: SnapshotRequest) -> Next:
        step = next_step(request)
        if step in _ASK_THE_CLOUD and request.cluster.cloud not in self._inventory.clouds:
            not_set = Why(Code.CLOUD_NOT_SET, {"cloud": request.cluster.cloud})
            return await self._holds.delayed(request, Hold.PERMISSION, not_set, self._pace.later(self._pace.operator))
        match step:
            case Step.AWAIT:
                return await self._waiting.look(request)
            case Step.CREATE:
                return await self._attempt.create(request)
            case Step.SETTLE:
                return await self._attempt.settle(request)
            case Step.POLL:
                return await self._watch.follow(request)
            case Step.LOOK_BACK:
                return await self._look_back.look(request)
            case Step.DELETE:
                return await self._deletion.delete(request)
            case Step.SETTLE_DELETION:
                return await self._deletion.settle(request)
            case Step.NOTE_GONE:
                return await self._deletion.note(request)
            case Step.TERM:
                return await self._terms.look(request)
            case Step.NOTHING:
                return Next(None)
