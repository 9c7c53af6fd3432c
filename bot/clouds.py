"""Opens the cloud projects that the environment configures; for `serve` and for the commands that ask the cloud."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from bot import far_ends
from bot.certificates import Certificates
from bot.clients import HttpClients
from bot.command_settings import cloud_names
from bot.core.errors import ConfigError
from bot.core.ids import CloudName
from bot.dws import variables
from bot.dws.client import open_cloud
from bot.dws.clouds_yaml import read_cloud_files
from bot.dws.credentials import CloudSettings, read_clouds
from bot.dws.given import secrets_in
from bot.dws.huawei import read_credentials_file
from bot.dws.logins import KeyLogin
from bot.dws.regions import is_public
from bot.dws.rules import DwsRules
from bot.environment import Environment, is_file
from bot.far_ends import FarEnd
from bot.ports import Called, Clock, Cloud, SnapshotRules
from bot.proxies import Proxies

CLOUD_VARIABLES: Final = tuple(name for variable in variables.VARIABLES for name in variable.names)
CLOUD_SECRETS: Final = variables.SECRETS


class UsedFile(NamedTuple):
    """A file of clouds, and whether there is a secret in it."""

    path: Path
    has_secret: bool


def cloud_files(environment: Environment) -> list[UsedFile]:
    """Return the files of clouds that are found, whether or not a cloud in them is asked for."""
    files = read_cloud_files(environment)
    found = (files.clouds, files.secure, files.public)
    of_clouds = [(file.path, any(secrets_in(file.content))) for file in found]
    keys = read_credentials_file(environment)
    named = [*of_clouds, (keys.path, bool(keys.secrets()))]
    return [UsedFile(path, has_secret) for path, has_secret in named if path and is_file(path)]


@dataclass(frozen=True, slots=True)
class CloudEntry:
    """One cloud project as it is configured: the way to it, whether access keys log in, and how it is opened."""

    end: FarEnd
    by_keys: bool
    open: Callable[[Clock], AbstractAsyncContextManager[Cloud]]


def configured(environ: Mapping[str, str]) -> dict[str, CloudEntry | ConfigError]:
    """Return each cloud by its name, or why it can't be used: one that is broken hides no other.

    Under "" stands what is wrong with them together.
    """
    environment = Environment(environ)
    names: tuple[str, ...] = ()
    try:
        names = cloud_names(environment)
        return {cloud.name: _entry(cloud, environment) for cloud in read_clouds(environment, names)}
    except ConfigError as e:
        together = e
    found: dict[str, CloudEntry | ConfigError] = {}
    for name in dict.fromkeys(names):
        try:
            found |= {cloud.name: _entry(cloud, environment) for cloud in read_clouds(environment, [name])}
        except ConfigError as e:
            found[name] = e
    return found if any(isinstance(cloud, ConfigError) for cloud in found.values()) else {**found, "": together}


def _entry(settings: CloudSettings, environment: Environment) -> CloudEntry:
    certificates, proxies = Certificates.read(environment), Proxies.read(environment)
    trusted = f"OS_CACERT or `cacert` ({settings.ca_file})" if settings.ca_file else certificates.named

    @asynccontextmanager
    async def opened(clock: Clock) -> AsyncIterator[Cloud]:
        async with open_cloud(settings, clock=clock, clients=_clients([settings], environment)) as cloud:
            yield cloud

    end = far_ends.cloud(settings.name, settings.asked, proxies, trusted, public=all(map(is_public, settings.asked)))
    return CloudEntry(end, isinstance(settings.login, KeyLogin), opened)


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
    environ: Mapping[str, str],
    clock: Clock,
    *,
    clients: HttpClients | None = None,
    calls_of: Callable[[str], Called | None] = lambda cloud: None,
) -> AsyncIterator[dict[CloudName, Cloud]]:
    """Open a client for every cloud project that *environ* configures; nothing is sent before the first call.

    *clients* makes them (None: one of its own, as *environ* says). *calls_of* gives what counts the calls to a cloud.

    Raises:
        ConfigError: the credentials, or the proxy in between, aren't usable as they are written.
    """
    settings, own = _usable(environ)
    async with AsyncExitStack() as stack:
        opened: dict[CloudName, Cloud] = {}
        for s in settings:
            cloud = open_cloud(s, clock=clock, clients=clients or own, called=calls_of(s.name))
            opened[s.name] = await stack.enter_async_context(cloud)
        yield opened


def _usable(environ: Mapping[str, str]) -> tuple[list[CloudSettings], HttpClients]:
    environment = Environment(environ)
    settings = read_clouds(environment, cloud_names(environment))
    return settings, _clients(settings, environment)


def _clients(settings: Iterable[CloudSettings], environment: Environment) -> HttpClients:
    proxies = Proxies.read(environment)
    if mistakes := proxies.mistakes(*(url for s in settings for url in s.asked)):
        raise ConfigError("\n- ".join(("The way to the cloud is not usable:", *mistakes)))
    return HttpClients(proxies, Certificates.read(environment))
