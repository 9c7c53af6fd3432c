"""Whether others on this machine can read a file that holds a secret, or change it, and how that is put right."""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

_OTHERS: Final = stat.S_IROTH | stat.S_IWOTH


def open_to_all(*paths: Path) -> list[Path]:
    """Return those of *paths* that everybody on this machine can read or change.

    A closed folder on the way closes what is in it. What is mounted read-only (a container's secrets) can't be closed
    from here, and its reader is alone in there: it counts as closed.
    """
    return [path for path in paths if _is_open(path)]


def _is_open(path: Path) -> bool:
    with suppress(OSError):  # what isn't there, or can't be seen
        real = path.resolve()
        if not real.stat().st_mode & _OTHERS or os.statvfs(real).f_flag & os.ST_RDONLY:
            return False
        return all(folder.stat().st_mode & stat.S_IXOTH for folder in real.parents)
    return False


def told(path: Path) -> str:
    """Return in words that everybody can open *path*, with its mode."""
    return f"everybody on this machine can open it (mode {stat.S_IMODE(path.stat().st_mode):03o})"


def closing(*paths: Path) -> str:
    """Return the command that leaves *paths* to the bot's user alone, or to who has it now where that is another."""
    names = " ".join(shlex.quote(str(path)) for path in paths)
    us = os.geteuid()
    owners = {path.stat().st_uid for path in paths}
    if us == 0 or owners == {us}:
        return f"chmod 600 {names}"
    if all(path.stat().st_gid in (os.getegid(), *os.getgroups()) for path in paths):
        return f"chmod 640 {names}"
    return f"chown {_name(us)} {names} && chmod 600 {names}"


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:  # a container's number without a name
        return str(user)
