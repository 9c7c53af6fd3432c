"""Which PostgreSQL server a URL names, in words that hold no secret: what is no name is never repeated."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote

from bot.core.errors import ConfigError

_SETTING: Final = "SNAPSHOT_BOT_DATABASE"
_SCHEME: Final = re.compile(r"(?i:postgres(?:ql)?)://")
# Stricter than libpq, which takes a part of a password with an @, a / or a ? in it for a host's or a database's name.
_URL: Final = re.compile(
    r"(?i:postgres(?:ql)?)://"
    r"(?:(?P<user>[^:/?#@\s]*)(?::[^:/?#@\s]*)?@)?"
    r"(?P<hosts>(?:[A-Za-z0-9_.~%-]*|\[[0-9A-Fa-f:.%]+\])(?::\d*)?(?:,(?:[A-Za-z0-9_.~%-]*|\[[0-9A-Fa-f:.%]+\])(?::\d*)?)*)"
    r"(?:/(?P<database>[^:/?#@\s]*))?(?:\?(?P<more>[^?#@\s]*))?"
)
_FORM: Final = "Give postgresql://USER:PASSWORD@HOST:5432/DATABASE"


@dataclass(frozen=True, slots=True)
class ServerUrl:
    """The *url* itself, for libpq; of it, for people, the *hosts*, the *database* and the *user* ("": libpq's own)."""

    url: str = field(repr=False)
    hosts: str
    database: str
    user: str

    @classmethod
    def parse(cls, url: str) -> ServerUrl:
        """Read a URL as libpq has it.

        Raises:
            ConfigError: it isn't one; the text repeats nothing of it.
        """
        found = _URL.fullmatch(url)
        if found is None:
            raise ConfigError(
                f"{_SETTING}: what follows the :// isn't understood. {_FORM}, and write each of : / ? # @ % and blanks "
                "in a name or the password as % and two digits (an @ is %40)."
            )
        if re.search(r"(?:^|&)(?:ssl)?password=", found["more"] or ""):
            raise ConfigError(f"{_SETTING}: a password after the ? isn't taken. {_FORM}")
        hosts, database, user = (unquote(found[name] or "") for name in ("hosts", "database", "user"))
        return cls(url, hosts or "the usual socket", database or user, user)

    def __str__(self) -> str:
        """Return what people may read of it."""
        return f"PostgreSQL at {self.hosts}" + (f", database {self.database}" if self.database else "")


def names_server(url: str) -> bool:
    """Say whether *url* names a PostgreSQL server, well or badly."""
    return _SCHEME.match(url) is not None
