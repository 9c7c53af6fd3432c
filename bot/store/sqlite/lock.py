"""One serving process per database file, by locks that the kernel drops when the process ends, however it ends.

One is on a file beside the database, which says who holds it; the other on the database itself, since somebody may
remove the first.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from bot.core.errors import ConfigError, StoreUnavailable
from bot.core.phrase import as_told
from bot.store.sqlite import failures
from bot.store.sqlite.place import File

_MOST: Final = 100  # bytes that a holder writes about itself
_BYTE: Final = 2**62  # of the database, far from those that SQLite locks (2**30 and the 511 after it)


def beside(path: Path) -> Path:
    """Return the lock file of the database at *path*."""
    return path.with_name(f"{path.name}.lock")


@contextmanager
def serving(path: Path) -> Iterator[None]:
    """Hold the lock file beside the database at *path*; it stays, empty, when the lock is given up.

    Raises:
        StoreUnavailable: another process serves this database; the text has its process id. Or the disk is full.
        ConfigError: the file system can't lock.
    """
    file = beside(path)
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"{file} can't be opened ({error.strerror}). Make it writable for the bot's user.") from error
    with ExitStack() as held:
        held.callback(os.close, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            text = _taken(path, next(iter(_written(descriptor)), ""))
            raise StoreUnavailable(text, phrase=as_told(text)) from None
        except OSError as error:
            raise ConfigError(
                f"{file} can't be locked ({error.strerror}). Keep the database on a local disk, not a network share."
            ) from error
        held.enter_context(_itself(path))
        # Written only while the lock is held, so what a refused process reads is the holder's.
        os.ftruncate(descriptor, 0)
        served = File.at(path)
        try:
            os.pwrite(descriptor, f"{os.getpid()} {served.device} {served.inode}\n".encode() if served else b"", 0)
        except OSError as error:
            if served and not path.stat().st_size:
                path.unlink()  # made just now, and no database yet
            text = f"{file} can't be written ({error.strerror}). Free some space on its disk."
            raise StoreUnavailable(text, phrase=as_told(text)) from error
        yield
        os.ftruncate(descriptor, 0)


@contextmanager
def _itself(path: Path) -> Iterator[None]:
    """Hold a lock on the database at *path*, where the system has locks that belong to a descriptor (Linux).

    Others than those would be dropped as soon as SQLite closes a descriptor of the file. What is held here must be
    given up after SQLite's own, for the same reason.

    Raises:
        StoreUnavailable: another process serves this database.
    """
    command = getattr(fcntl, "F_OFD_SETLK", None)
    if command is None:
        yield
        return
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:  # lost: a copy is about to take its place
        yield
        return
    try:
        # struct flock of fcntl(2): type, whence, start, length, process
        fcntl.fcntl(descriptor, command, struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, _BYTE, 1, 0))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            os.close(descriptor)
            text = _taken(path, "")
            raise StoreUnavailable(text, phrase=as_told(text)) from None
        # a file system without such locks: the other one must do
    try:
        yield
    finally:
        os.close(descriptor)


def holder(path: Path) -> str | None:
    """Return the process id of the bot that serves the database at *path* ("" if unknown); None: nobody does.

    For a moment this keeps a bot from starting.
    """
    try:
        descriptor = os.open(beside(path), os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return next(iter(_written(descriptor)), "")
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return None


def refuse_lost(path: Path) -> None:
    """Do nothing unless a process serves what was at *path* before, while it leads elsewhere now, or nowhere.

    What a command would save there, the bot would never see.

    Raises:
        StoreUnavailable: that is so.
    """
    try:
        descriptor = os.open(beside(path), os.O_RDONLY)
    except OSError:
        return  # nobody has served here, or what is wrong with the file is said when it is opened
    try:
        holder, *served = _written(descriptor)
        if len(served) != 2 or File.at(path) == File(*map(int, served)):
            return
        # Only where something is wrong: for a moment this keeps a bot from starting.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        raise failures.lost(path, holder) from None
    except (OSError, ValueError):
        return  # it can't be told; an empty file: nobody serves
    finally:
        os.close(descriptor)


def _written(descriptor: int) -> list[str]:
    """Return what the holder wrote: its process id, then device and inode of the file that it serves."""
    return os.pread(descriptor, _MOST, 0).decode("ascii", "replace").split()


def _taken(path: Path, holder: str) -> str:
    return (
        f"{path} is served by another bot already (process {holder or 'id unknown'}). "
        "Stop that one first, or give this one a database of its own in SNAPSHOT_BOT_DATABASE."
    )
