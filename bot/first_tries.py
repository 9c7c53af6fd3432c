"""The first word with each far end at the start: each is waited for a little, and none of them has to be there."""

from __future__ import annotations

import asyncio
from typing import Final

import structlog

from bot.core.errors import CloudError
from bot.core.ids import CloudName
from bot.inventory import Inventory
from bot.slack.edge import SlackConnection

log = structlog.stdlib.get_logger()

_FIRST_LOOK: Final = 3.0  # seconds
_FIRST_TRY: Final = 3.0  # seconds for Slack, before the bot starts without it


async def first_try(slack: SlackConnection, linking: asyncio.Task[None]) -> None:
    """Return once Slack was asked, or doesn't answer in time: it need not be there.

    Raises:
        ConfigError: Slack refuses a token.
    """
    tried = asyncio.create_task(slack.uplink.tried.wait())
    try:
        await asyncio.wait({tried, linking}, timeout=_FIRST_TRY, return_when=asyncio.FIRST_COMPLETED)
    finally:
        tried.cancel()
    if linking.done():
        linking.result()


async def first_look(inventory: Inventory) -> None:
    """See every cloud once, so that the first form shows clusters; a silent one keeps nothing from starting."""

    async def look(name: CloudName) -> None:
        try:
            async with asyncio.timeout(_FIRST_LOOK):
                await inventory.look(name)
        except (CloudError, TimeoutError) as e:
            why = str(e) or f"no answer within {_FIRST_LOOK:g} s"
            log.warning("cloud.not_seen", cloud=name, error=why, fix="`snapshot-bot doctor` says how to fix it")

    await asyncio.gather(*(look(name) for name in inventory.clouds))
