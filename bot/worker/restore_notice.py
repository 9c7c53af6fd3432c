"""The word to the admins that a restore put the data back: each hears it once, from the bot itself."""

from __future__ import annotations

import structlog

from bot.core.errors import SlackRefused, SlackUnavailable
from bot.core.ids import UserId
from bot.core.phrase import Phrase
from bot.core.restored import Restored
from bot.ports import Messenger, Store
from bot.service.authority import Authority
from bot.worker.pace import Pace

log = structlog.stdlib.get_logger()


class RestoreNotice:
    """Tells the admins, by direct message, as of when the data are."""

    def __init__(self, *, store: Store, messenger: Messenger, authority: Authority, pace: Pace) -> None:
        self._store = store
        self._clock = store.clock
        self._messenger = messenger
        self._authority = authority
        self._pace = pace

    async def tell(self) -> None:
        """Return once every admin was told of the last restore, or can't be; nothing to do where there was none."""
        restored = await self._store.last_restore()
        if restored is None:
            return
        admins = (await self._authority.rights()).all_admins
        if untold := [admin for admin in admins if admin not in restored.told]:
            log.warning(
                "store.restored",
                as_of=restored.as_of.isoformat(),
                fix="rights given or taken back since then are missing: see `snapshot-bot grants`",
            )
        for admin in untold:
            await self._tell(admin, restored)

    async def _tell(self, admin: UserId, restored: Restored) -> None:
        tries = 0
        while True:
            try:
                await self._messenger.tell(admin, Phrase("restored", {"when": restored.as_of}))
            except SlackRefused as e:
                log.error("admin.not_told", user=admin, error=str(e))
                return None
            except SlackUnavailable as e:
                tries += 1
                log.warning("admin.told_later", user=admin, error=str(e))
                await self._clock.sleep(max(self._pace.slack_wait(tries), e.retry_after or 0.0))
            else:
                return await self._store.told_of_restore(restored, admin)
