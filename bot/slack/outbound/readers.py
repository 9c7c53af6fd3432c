"""In which language somebody is spoken to: by their locale, as Slack tells it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from bot.core.errors import SlackUnavailable
from bot.core.ids import UserId
from bot.ports import People
from bot.words import Languages

_PATIENCE: Final = 0.5  # seconds; words in another language are better than words too late


class Readers:
    """Speaks to people in their own languages, where the bot has more than one."""

    def __init__(self, languages: Languages, people: People) -> None:
        self._languages = languages
        self._people = people

    @asynccontextmanager
    async def spoken_to(self, user: UserId | None) -> AsyncIterator[None]:
        """Speak in the block so that *user* understands it; None: everybody in a channel, in the bot's own language."""
        with self._languages.spoken(await self._locale(user) if user and self._languages else ""):
            yield

    async def _locale(self, user: UserId) -> str:
        with suppress(SlackUnavailable, TimeoutError):
            async with asyncio.timeout(_PATIENCE):
                return (await self._people.person(user)).locale
        return ""
