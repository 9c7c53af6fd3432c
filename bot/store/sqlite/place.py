"""Whether the files of an open database are still what their names lead to: somebody may delete or replace them.

What is written to a file without a name is gone when its last user ends.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from bot.store.sqlite import failures


class File(NamedTuple):
    """Which file it is, whatever it is called: its device and its inode."""

    device: int
    inode: int

    @classmethod
    def at(cls, path: Path) -> File | None:
        """Return the file that *path* names; None where there is none.

        Raises:
            OSError: that can't be seen.
        """
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        return cls(found.st_dev, found.st_ino)


class Place:
    """The files of an open database, as they are now: itself, SQLite's own beside it, the lock."""

    def __init__(self, *paths: Path) -> None:
        self._files = {path: File.at(path) for path in paths}

    def check(self) -> None:
        """Do nothing while every name leads to its file.

        Raises:
            StoreUnavailable: one doesn't.
        """
        for path, file in self._files.items():
            try:
                found = File.at(path)
            except OSError as error:
                raise failures.out_of_sight(path, error.strerror or type(error).__name__) from error
            if found is None or found != file:  # None on both sides is no database either
                raise failures.lost(path)


def beside(path: Path) -> tuple[Path, Path]:
    """Return the two files that SQLite keeps beside the database at *path* while it is open."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
