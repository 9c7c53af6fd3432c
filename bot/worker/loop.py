"""The loop: claim what is due, do its step in a task of its own, sleep until something is due or somebody wakes it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from bot.clock import elapsed
from bot.core.errors import BotError, Conflict, StoreUnavailable
from bot.core.message import Message
from bot.core.request import SnapshotRequest
from bot.core.work import Lease, Work
from bot.ports import Store
from bot.worker.outbox import Outbox
from bot.worker.pace import Pace
from bot.worker.steps import Steps

log = structlog.stdlib.get_logger()

T = TypeVar("T")
Doing = Coroutine[Any, Any, None]

# Seconds. Work may have become due without a word: by another process, or by a commit whose caller had to give up.
_LONGEST_NAP = 5.0


class Worker:
    """Runs `Steps` for requests and `Outbox` for messages, each bounded.

    *owner* names this process in the leases; who changes something sets *wake*, so that it is looked at at once.
    *elapsed* is as for `bot.core.work.Lease`.
    """

    def __init__(
        self,
        *,
        store: Store,
        steps: Steps,
        outbox: Outbox,
        pace: Pace,
        owner: str,
        wake: asyncio.Event,
        elapsed: Callable[[], float] = elapsed,
    ) -> None:
        self._elapsed = elapsed
        self._store = store
        self._clock = store.clock
        self._steps = steps
        self._outbox = outbox
        self._pace = pace
        self._renewal = pace.lease / 3
        self._owner = owner
        self._wake = wake
        self.cut_off = 0  # steps and messages that were dropped in the end
        self._stopping = False
        self._latest: datetime | None = None  # what the clock showed last
        self._requests: dict[asyncio.Task[None], Work[SnapshotRequest]] = {}
        self._messages: dict[asyncio.Task[None], Work[Message]] = {}

    def wake(self) -> None:
        """Look for work at once."""
        self._wake.set()

    async def run(self, grace: float) -> None:
        """Work until `stop`; then wait up to *grace* seconds for what is under way and drop the rest: it is stored."""
        renewing = asyncio.create_task(self._renew_in_time(), name="leases")
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    nap = _LONGEST_NAP  # what is under way wakes us when it ends
                    if await self._is_on_time():
                        await self._take()
                        nap = await self._nap()
                except BotError as e:
                    log.error("worker.store_unavailable", error=repr(e))
                    nap = 1.0
                await self._sleep(nap)
        finally:
            await self._drain(grace)
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)

    def stop(self) -> None:
        """Take nothing new; `run` ends once what is under way has."""
        self._stopping = True
        self.wake()

    async def _drain(self, grace: float) -> None:
        if under_way := {*self._requests, *self._messages}:
            _, late = await asyncio.wait(under_way, timeout=grace)
            self.cut_off += len(late)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def _is_on_time(self) -> bool:
        """Let nothing wait for what a clock showed that was put back since, at the start or under way.

        Return whether work can be taken: not before what is under way has ended, since its leases are dropped then.
        """
        now = self._clock.now()
        if self._latest is None:
            await self._store.hasten(beyond=self._pace.longest)
        elif now < self._latest:
            if self._requests or self._messages:
                return False
            log.warning("worker.clock_put_back", seconds=(self._latest - now).total_seconds())
            await self._store.hasten(beyond=timedelta(0))
        elif (now - self._latest).total_seconds() > self._renewal:
            await self._renew()  # the machine slept, or its clock was put forward: first, what is still ours?
        self._latest = now
        return True

    async def _renew_in_time(self) -> None:
        """Renew the leases of what is under way long before they end."""
        while True:
            await self._clock.sleep(self._renewal)
            await self._renew()

    async def _renew(self) -> None:
        """Renew the leases of what is under way; what has lost its own ends here, before it asks anybody for more."""
        lease, since = timedelta(seconds=self._pace.lease), self._elapsed()
        renewals = {task: self._store.renew(work, lease=lease) for task, work in self._requests.items()}
        renewals |= {task: self._store.renew_message(work, lease=lease) for task, work in self._messages.items()}
        held = {task: work.lease for works in (self._requests, self._messages) for task, work in works.items()}
        results = await asyncio.gather(*renewals.values(), return_exceptions=True)
        for task, error in zip(renewals, results, strict=True):
            if task.done():
                continue  # and gave its lease up
            if error is None:
                held[task].hold(lease, since=since)
            if isinstance(error, Conflict):
                log.warning("worker.lease_lost", by=str(error))
                task.cancel()  # as if the process died here; who has it now goes on
            elif error is not None:
                log.warning("worker.lease_not_renewed", error=repr(error))  # soon again; a save fails if it is lost

    async def _take(self) -> None:
        lease = timedelta(seconds=self._pace.lease)
        if free := self._pace.concurrency - len(self._requests):
            since = self._elapsed()
            requests = await self._store.claim(owner=self._owner, lease=lease, limit=free)
            self._spawn(self._requests, [self._held(work, lease, since) for work in requests], self._step)
        if free := self._pace.concurrency - len(self._messages):
            since = self._elapsed()
            messages = await self._store.claim_messages(owner=self._owner, lease=lease, limit=free)
            self._spawn(self._messages, [self._held(work, lease, since) for work in messages], self._tell)

    def _held(self, work: Work[T], lease: timedelta, since: float) -> Work[T]:
        held = replace(work, lease=Lease(self._elapsed))
        held.lease.hold(lease, since=since)
        return held

    def _spawn(
        self, tasks: dict[asyncio.Task[None], Work[T]], claimed: Sequence[Work[T]], do: Callable[[Work[T]], Doing]
    ) -> None:
        for work in claimed:
            task = asyncio.create_task(do(work))
            tasks[task] = work
            task.add_done_callback(tasks.pop)
            task.add_done_callback(lambda _: self.wake())

    async def _step(self, work: Work[SnapshotRequest]) -> None:
        request = work.item
        with structlog.contextvars.bound_contextvars(request_id=request.id, state=request.state):
            try:
                await self._steps.step(work)
            except Conflict as e:
                log.info("worker.overtaken", by=str(e))  # somebody changed it: their save made the next step due
                await self._put_off(work)
            except StoreUnavailable as e:  # an outage, and no fault that a trace would show
                log.error("worker.step_failed", error=repr(e))
                await self._put_off(work)
            except Exception:
                log.exception("worker.step_failed")
                await self._put_off(work)

    async def _put_off(self, work: Work[SnapshotRequest]) -> None:
        with contextlib.suppress(BotError):  # somebody else has it now, or the lease ends by itself
            await self._store.put_off(work, self._pace.later(self._pace.retry))

    async def _tell(self, work: Work[Message]) -> None:
        message = work.item
        with structlog.contextvars.bound_contextvars(request_id=message.request_id, kind=message.kind):
            try:
                await self._outbox.tell(work)
            except Conflict as e:
                log.info("worker.overtaken", by=str(e))
            except StoreUnavailable as e:
                log.error("worker.telling_failed", error=repr(e))
            except Exception:
                # Saving *message* here could forget a post that was begun; the lease ends by itself.
                log.exception("worker.telling_failed")

    async def _nap(self) -> float:
        if len(self._requests) >= self._pace.concurrency or len(self._messages) >= self._pace.concurrency:
            return _LONGEST_NAP  # each task that ends wakes us
        due = await self._store.next_due()
        return _LONGEST_NAP if due is None else min(_LONGEST_NAP, max(0.0, due))

    async def _sleep(self, seconds: float) -> None:
        if self._wake.is_set() or self._stopping:
            return
        sleepers = [asyncio.ensure_future(self._wake.wait()), asyncio.ensure_future(self._clock.sleep(seconds))]
        try:
            await asyncio.wait(sleepers, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for sleeper in sleepers:
                sleeper.cancel()
            await asyncio.gather(*sleepers, return_exceptions=True)
