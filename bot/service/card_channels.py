"""Where the cards of a cluster's requests go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final

from bot.core.ids import ChannelId
from bot.core.phrase import Phrase
from bot.core.scoped_rules import ClusterRule
from bot.core.snapshot import Cluster
from bot.ports import Channels, Store

_SECONDS: Final = 0.5  # for a look at a channel that is only suggested: somebody waits for the form
# What is wrong with a channel for longer than it takes to invite the bot: it is suggested to nobody.
_FOR_GOOD: Final = frozenset({"channel-archived", "channel-shared", "channel-read-only", "channel-direct"})


class CardChannels:
    """Each rule's own channel, or *default*, the bot's."""

    def __init__(self, *, store: Store, channels: Channels, default: ChannelId | None) -> None:
        self._store = store
        self._channels = channels
        self.default = default

    async def of(self, clusters: Iterable[Cluster]) -> set[ChannelId | None]:
        """Return where cards of *clusters* go; None stands for those with no channel, where the bot has none either."""
        return {(await self._store.rule(cluster)).channel or self.default for cluster in clusters}

    async def by_rule(self, rule: ClusterRule) -> ChannelId | None:
        """Return where cards of a cluster with *rule* go; None where no channel is set that can be used."""
        for channel in (rule.channel, self.default):
            if channel and await self.is_usable(channel):
                return channel
        return None

    async def is_usable(self, channel: ChannelId) -> bool:
        """Say whether *channel* is worth suggesting: it isn't archived, for instance, as far as Slack says soon."""
        try:
            async with asyncio.timeout(_SECONDS):
                problem = await self._channels.problem(channel)
        except TimeoutError:
            return True
        return problem is None or problem.code not in _FOR_GOOD

    async def problem(self, channel: ChannelId) -> Phrase | None:
        """Return why the bot can't post into *channel*, or None where it can."""
        return await self._channels.problem(channel)
