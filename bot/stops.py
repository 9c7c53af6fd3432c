"""Whether the process before this one stopped cleanly, and how this one does, for the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.core.errors import StoreUnavailable
from bot.core.work import Run
from bot.ports import Store

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True)
class Stop:
    """The run *before* this one, None where there was none; *is_clean* says of this one whether all was finished."""

    before: Run | None = None
    is_clean: Callable[[], bool] = lambda: True


@asynccontextmanager
async def remembered(store: Store, owner: str) -> AsyncIterator[Stop]:
    """Let *store* remember that the process *owner* serves, and in the end how it stopped.

    A store that can't save just now keeps nothing from starting or stopping.
    """
    stop, ended = Stop(), False
    try:
        stop.before = await store.begin_run(owner)
    except StoreUnavailable as e:
        log.warning("stop.not_remembered", error=str(e))
    if stop.before and not stop.before.clean:
        alive = stop.before.seen_at.isoformat() if stop.before.seen_at else None
        log.warning("bot.was_not_stopped_cleanly", began=stop.before.began_at.isoformat(), alive=alive)
    try:
        yield stop
        ended = True
    finally:
        try:
            await store.end_run(owner, clean=ended and stop.is_clean())
        except StoreUnavailable as e:
            log.warning("stop.not_remembered", error=str(e))
