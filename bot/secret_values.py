"""Every secret that the settings hold, usable or not, so that nothing that is written repeats one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress

from bot import config
from bot.core.errors import BotError
from bot.dws import variables
from bot.dws.clouds_yaml import read_cloud_files
from bot.dws.given import secrets_in
from bot.dws.huawei import read_credentials_file
from bot.environment import Environment
from bot.mistakes import SECRET_VARIABLES
from bot.proxies import VARIABLES as PROXIES


def secret_values(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the secrets of *environ*, of the files it names and of `clouds.yaml`, as they stand there.

    What can't be read is left out; the setting's own check says why.
    """
    environment = Environment(environ)
    secrets = environment.written(*SECRET_VARIABLES, *variables.SECRETS)
    found = {*secrets, *_of_addresses(environment), *_of_clouds(environment)}
    return frozenset(value for value in found if value)


def _of_addresses(environment: Environment) -> Iterator[str]:
    """Yield the password in each variable that holds an address (a proxy's, a database's), and the parts of it."""
    ours = (*config.VARIABLES, *PROXIES, *(name for v in variables.VARIABLES for name in v.names))
    for value in (*environment.written(), *environment.written(*ours)):
        scheme, _, rest = value.strip().rpartition("://")
        login, at, _ = rest.rpartition("@")
        if at and (scheme or ":" in login):
            user, _, password = login.partition(":")
            yield f"{user}:{password}"
            yield password
            yield from re.split(r"[/?#@:]", password)


def _of_clouds(environment: Environment) -> Iterator[str]:
    with suppress(OSError, BotError):
        for content in read_cloud_files(environment).contents():
            yield from secrets_in(content)
        yield from read_credentials_file(environment).secrets()
