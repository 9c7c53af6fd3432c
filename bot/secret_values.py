"""Every secret that the settings hold, usable or not, so that nothing that is written repeats one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.config import SECRET_VARIABLES as OURS
from bot.dws.clouds_yaml import read_clouds_file
from bot.dws.fields import SECRET_KEYS, SECRET_VARIABLES


def secret_values(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the secrets of *environ*, of the files it names and of `clouds.yaml`, as they stand there.

    What can't be read is left out: whoever needs it says why.
    """
    found = {*_of_variables(environ), *_of_addresses(environ), *_of_clouds(environ)}
    return frozenset(value for value in found if value)


def _of_variables(environ: Mapping[str, str]) -> Iterator[str]:
    for name in (*OURS, *SECRET_VARIABLES):
        yield environ.get(name, "")
        path = environ.get(f"{name}_FILE", "").strip()
        if path and Path(path).is_file():  # a pipe can be read only once, by whoever needs it
            try:
                yield Path(path).read_text(encoding="utf-8-sig")
            except (OSError, ValueError):
                continue


def _of_addresses(environ: Mapping[str, str]) -> Iterator[str]:
    """Yield the password in each variable that holds an address (a proxy's, a database's), and the parts of it."""
    for value in environ.values():
        scheme, _, rest = value.strip().rpartition("://")
        login, at, _ = rest.rpartition("@")
        if at and (scheme or ":" in login):
            user, _, password = login.partition(":")
            yield f"{user}:{password}"
            yield password
            yield from re.split(r"[/?#@:]", password)


def _of_clouds(environ: Mapping[str, str]) -> Iterator[str]:
    file = read_clouds_file(environ, cwd=Path.cwd(), home=Path.home(), etc=Path("/etc"))
    for cloud in file.clouds.values():
        yield from _under(cloud)


def _under(mapping: Mapping[str, Any]) -> Iterator[str]:
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            yield from _under(value)
        elif key in SECRET_KEYS:
            yield str(value)
