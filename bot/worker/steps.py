"""The next step of a request, derived from its saved state alone."""

from __future__ import annotations

from bot.core.events import Expired, Hold
from bot.core.lifecycle import Step, next_step
from bot.core.message import MessageKind
from bot.core.request import SnapshotRequest
from bot.inventory import Inventory
from bot.metrics import Metrics
from bot.ports import Clock, Store
from bot.service.authority import Authority
from bot.worker.pace import Pace
from bot.worker.polling import Polling
from bot.worker.saving import Saving
from bot.worker.submitting import Submitting


class Steps:
    """Does one step of one claimed request, saves what came of it, and says when the next is due."""

    def __init__(
        self, *, store: Store, inventory: Inventory, authority: Authority, clock: Clock, pace: Pace, metrics: Metrics
    ) -> None:
        self._store = store
        self._inventory = inventory
        self._clock = clock
        self._pace = pace
        self._saving = Saving(store=store, clock=clock, pace=pace, metrics=metrics)
        self._submitting = Submitting(
            store=store, inventory=inventory, authority=authority, clock=clock, pace=pace, saving=self._saving
        )
        self._polling = Polling(inventory=inventory, clock=clock, pace=pace, saving=self._saving)

    async def step(self, request: SnapshotRequest) -> None:
        """Do what *request* is owed.

        Raises:
            StaleRequest: somebody changed it meanwhile; their save decides what is next.
        """
        step = next_step(request.state)
        if step in (Step.CREATE, Step.SETTLE, Step.POLL) and request.cluster.cloud not in self._inventory.clouds:
            problem = f"The cloud project {request.cluster.cloud} is not among the bot's clouds (SNAPSHOT_BOT_CLOUDS)."
            again = self._saving.later(self._pace.operator)
            await self._saving.delay(request, Hold.PERMISSION, problem, again)
            return
        match step:
            case Step.EXPIRE:
                await self._expire(request)
            case Step.CREATE:
                await self._submitting.create(request)
            case Step.SETTLE:
                await self._submitting.settle(request)
            case Step.POLL:
                await self._polling.poll(request)
            case Step.NOTHING:
                await self._store.put_off(request.id, request.version, None)

    async def _expire(self, request: SnapshotRequest) -> None:
        now = self._clock.now()
        if now < request.expires_at:
            await self._store.put_off(request.id, request.version, request.expires_at)
            return
        await self._saving.save(request, Expired(at=now, decided_at=now), owe=[MessageKind.RESULT])
