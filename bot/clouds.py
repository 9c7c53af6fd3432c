"""Opens the cloud projects that the environment configures; for `serve` and for the commands that ask the cloud."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from bot.certificates import Certificates
from bot.clients import HttpClients
from bot.config import cloud_names
from bot.core.errors import ConfigError
from bot.core.ids import CloudName
from bot.dws.client import open_cloud
from bot.dws.credentials import CloudSettings, read_clouds
from bot.dws.rules import DwsRules
from bot.environment import Environment
from bot.ports import Called, Clock, Cloud, SnapshotRules
from bot.proxies import Proxies


def snapshot_rules() -> SnapshotRules:
    """Return what the clouds want of names and descriptions."""
    return DwsRules()


def check_clouds(environ: Mapping[str, str]) -> None:
    """Do nothing where what *environ* says of the clouds can be used.

    Raises:
        ConfigError: as `opened_clouds`.
    """
    _usable(environ)


@asynccontextmanager
async def opened_clouds(
    environ: Mapping[str, str], clock: Clock, *, calls_of: Callable[[str], Called | None] = lambda cloud: None
) -> AsyncIterator[dict[CloudName, Cloud]]:
    """Open a client for every cloud project that *environ* configures; nothing is sent before the first call.

    *calls_of* gives what counts the calls to a cloud.

    Raises:
        ConfigError: the credentials, or the proxy in between, aren't usable as they are written.
    """
    settings, clients = _usable(environ)
    async with AsyncExitStack() as stack:
        opened: dict[CloudName, Cloud] = {}
        for s in settings:
            cloud = open_cloud(s, clock=clock, clients=clients, called=calls_of(s.name))
            opened[s.name] = await stack.enter_async_context(cloud)
        yield opened


def _usable(environ: Mapping[str, str]) -> tuple[list[CloudSettings], HttpClients]:
    environment = Environment(environ)
    settings = read_clouds(environment, cloud_names(environment))
    proxies = Proxies.read(environment)
    clients = HttpClients(proxies, Certificates.read(environment))
    if mistakes := proxies.mistakes(*(url for s in settings for url in s.asked)):
        raise ConfigError("\n- ".join(("The way to the cloud is not usable:", *mistakes)))
    return settings, clients
