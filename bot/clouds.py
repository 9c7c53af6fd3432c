"""Opens the cloud projects that the environment configures; for `serve` and for the commands that ask the cloud."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bot.core.errors import ConfigError
from bot.core.ids import CloudName
from bot.dws.client import DwsClient, open_cloud
from bot.dws.credentials import read_clouds
from bot.ports import Clock
from bot.proxies import Proxies


@asynccontextmanager
async def opened_clouds(environ: Mapping[str, str], clock: Clock) -> AsyncIterator[dict[CloudName, DwsClient]]:
    """Open a client for every cloud project that *environ* configures; nothing is sent before the first call.

    Raises:
        ConfigError: the credentials, or the proxy in between, aren't usable as they are written.
    """
    names = [n for n in environ.get("SNAPSHOT_BOT_CLOUDS", "").replace(",", " ").split() if n]
    settings = read_clouds(environ, names, cwd=Path.cwd(), home=Path.home())
    proxies = Proxies.read(environ)
    if mistakes := proxies.mistakes(*(url for s in settings for url in s.asked)):
        raise ConfigError("\n- ".join(("The way to the cloud is not usable:", *mistakes)))
    async with AsyncExitStack() as stack:
        yield {s.name: await stack.enter_async_context(open_cloud(s, clock=clock, proxies=proxies)) for s in settings}
