"""Where the database is: the one place that reads what SNAPSHOT_BOT_DATABASE says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from bot.core.errors import ConfigError

_SETTING: Final = "SNAPSHOT_BOT_DATABASE"
_SCHEME: Final = re.compile(r"[a-z]{2,12}(\+[a-z]{2,12}[0-9]?)?")  # what a secret rarely looks like
_FORM: Final = "Give sqlite:///PATH, or sqlite:////PATH for a path from the root."
_FORMS: Final = "Give sqlite:///PATH for a file, or postgresql://USER:PASSWORD@HOST:5432/DATABASE for a server."


def file_of(url: str) -> Path:
    """Return the absolute path of the file that *url* names, which may be a link.

    It is `sqlite:///PATH`, with four slashes from the root; `~` is the home of the user that runs the bot.

    Raises:
        ConfigError: it names no file; the text never repeats what follows the scheme, since that may hold a password.
    """
    if not (scheme := re.match(r"[A-Za-z][A-Za-z0-9+.-]*(?=:)", url)):
        raise _refused("a path alone isn't understood.") if url else _refused("it is empty.", _FORMS)
    if scheme[0].lower() not in ("sqlite", "file"):
        known = _SCHEME.fullmatch(scheme[0])
        raise _refused(f"{scheme[0] if known else 'what is before the '}: isn't supported.", _FORMS)
    path = url[len("sqlite:///") :]
    if scheme[0].lower() == "file" or not url[len("sqlite") :].startswith(":///") or not path:
        raise _refused(f"what follows {scheme[0]}: isn't understood.")
    if "?" in path:
        raise _refused("what follows the ? isn't supported: the bot chooses how it opens its file.")
    if path == ":memory:":
        raise ConfigError(f"{_SETTING}: a database in memory would not survive a restart; name a file.")
    if path.startswith("file:") or "\0" in path:
        raise _refused("a path is to follow the three slashes, not another URL.")
    try:
        return Path(path).expanduser().absolute()
    except RuntimeError:
        raise ConfigError(f"{_SETTING}: there is no home for the ~ in it; write the path from the root.") from None


def _refused(why: str, forms: str = _FORM) -> ConfigError:
    return ConfigError(f"{_SETTING}: {why} {forms}")
