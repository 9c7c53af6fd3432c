"""Old requests are dropped once they have been ended for as long as a setting says; the record of them stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from bot.core.errors import StoreUnavailable
from bot.ports import Store

log = structlog.stdlib.get_logger()

_AT_ONCE: Final = 100  # requests: others write between two batches
_PAUSE: Final = 0.2  # seconds between two batches
_AGAIN: Final = 3600.0  # seconds between two looks


class Retention:
    """Drops requests that ended longer ago than *keep*; None: nothing, ever."""

    def __init__(self, *, store: Store, keep: timedelta | None) -> None:
        self._store = store
        self._keep = keep

    async def watch(self) -> None:
        """Drop what is too old, for ever."""
        while True:
            wait = _AGAIN
            try:
                if await self.drop():
                    wait = _PAUSE
            except StoreUnavailable as e:
                log.warning("requests.dropped_later", error=str(e))
            await self._store.clock.sleep(wait)

    async def drop(self) -> bool:
        """Drop one batch; return whether there may be more.

        Raises:
            StoreUnavailable: not now.
        """
        if self._keep is None:
            return False
        count = await self._store.drop_ended(self._store.clock.now() - self._keep, limit=_AT_ONCE)
        if count:
            log.info("requests.dropped", count=count)
        return count == _AT_ONCE
