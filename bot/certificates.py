"""Which certificates are trusted, by the cloud's client and by Slack's alike."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import certifi

from bot.core.errors import ConfigError
from bot.environment import Environment

VARIABLES: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")


@dataclass(frozen=True, slots=True)
class Certificates:
    """Those in a file or a folder; where neither is given, the system's and Mozilla's."""

    file: Path | None = None
    folder: Path | None = None
    unread: tuple[str, ...] = ()  # mistakes of variables that can't be read

    @classmethod
    def read(cls, environment: Environment) -> Certificates:
        """Read SSL_CERT_FILE, else SSL_CERT_DIR."""
        mistakes: list[str] = []
        file, folder = (environment.read(name, mistakes) for name in VARIABLES)
        return cls(
            environment.path(file) if file else None,
            environment.path(folder) if folder and not file else None,
            tuple(mistakes),
        )

    @property
    def named(self) -> str:
        """Which variable names which file or folder; "" where none does."""
        place = self.file or self.folder
        return f"{VARIABLES[0 if self.file else 1]} ({place})" if place else ""

    def context(self, ca_file: Path | None = None) -> ssl.SSLContext:
        """Return a context that trusts them; where *ca_file* is given, the certificates in that alone.

        Raises:
            ConfigError: the file holds no certificates, or can't be read.
        """
        if self.unread:
            raise ConfigError("\n".join(self.unread))
        file, folder = ca_file or self.file, None if ca_file else self.folder
        try:
            if folder:
                os.listdir(folder)  # OpenSSL says nothing of one that isn't there
            context = ssl.create_default_context(cafile=file, capath=folder)
            if not (file or folder):
                context.load_verify_locations(certifi.where())  # not every system has a store of its own
        except OSError as e:  # ssl.SSLError among them
            variable = "OS_CACERT or `cacert`" if ca_file else VARIABLES[0 if self.file else 1]
            named = f"{variable} names {file or folder}, which" if file or folder else "The system's store"
            why = "" if isinstance(e, ssl.SSLError) else f" ({os.strerror(e.errno)})" if e.errno else ""
            raise ConfigError(f"{named} holds no certificates that can be read{why}.") from e
        return context
