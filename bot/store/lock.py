"""One serving process per database file, by a lock that the kernel drops when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.core.errors import ConfigError


@contextmanager
def serving(path: Path) -> Iterator[None]:
    """Hold the lock file beside the database at *path*; the file stays, empty, when the lock is given up.

    Raises:
        ConfigError: another process serves this database (the text has its process id), or the file system can't lock.
    """
    beside = path.with_name(f"{path.name}.lock")
    try:
        descriptor = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(
            f"{beside} can't be opened ({error.strerror}). Make it writable for the bot's user."
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ConfigError(_taken(path, os.pread(descriptor, 20, 0).decode("ascii", "replace").strip())) from None
        except OSError as error:
            raise ConfigError(
                f"{beside} can't be locked ({error.strerror}). Keep the database on a local disk, not a network share."
            ) from error
        # Written only while the lock is held, so what a refused process reads is the holder's.
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _taken(path: Path, holder: str) -> str:
    return (
        f"{path} is served by another bot already (process {holder or 'id unknown'}). "
        "Stop that one first, or give this one a database of its own in SNAPSHOT_BOT_DATABASE."
    )
