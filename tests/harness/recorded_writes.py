"""What SQLite writes to its files and when it has it put on the disk, noted in order; and a disk whose power is cut.

SQLite's own way to its files stays in use: what opens a file, writes, cuts and syncs is noted beside it. The layouts
are those of sqlite3_vfs, sqlite3_file and sqlite3_io_methods (sqlite.org/c3ref/vfs.html, …/io_methods.html).
"""

from __future__ import annotations

import ctypes
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import CFUNCTYPE, POINTER, c_char_p, c_int, c_int64, c_void_p
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

SECTOR: Final = 512  # bytes that a disk writes whole, or not at all
_CREATE: Final = 0x4

_Open = CFUNCTYPE(c_int, c_void_p, c_void_p, c_void_p, c_int, POINTER(c_int))
_Delete = CFUNCTYPE(c_int, c_void_p, c_char_p, c_int)
_Write = CFUNCTYPE(c_int, c_void_p, c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, c_void_p, c_int64)
_Sync = CFUNCTYPE(c_int, c_void_p, c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        *((name, c_int) for name in ("version", "file_size", "longest_path")),
        *((name, c_void_p) for name in ("next", "name", "data", "open", "delete")),
        ("others", c_void_p * 14),
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        ("version", c_int),
        *((name, c_void_p) for name in ("close", "read", "write", "truncate", "sync")),
        ("others", c_void_p * 13),
    )


@dataclass(frozen=True, slots=True)
class Op:
    """One thing that was done to *file*: *data* written at *offset*, cut to *offset*, synced, deleted; or *said*.

    *result* is SQLite's code of a sync that failed, 0 otherwise.
    """

    file: str = ""
    offset: int = 0
    data: bytes | None = None
    syncs: bool = False
    deletes: bool = False
    said: object = None
    result: int = 0


@dataclass
class Recording:
    """All that was done, in order. A test lets writes and syncs fail as *write_fails* and *sync_fails* say."""

    ops: list[Op] = field(default_factory=list)
    write_fails: Callable[[], int] = int  # SQLite's result code, 0: it doesn't
    sync_fails: Callable[[], int] = int

    def say(self, what: object) -> None:
        """Note that *what* was acknowledged just now."""
        self.ops.append(Op(said=what))

    def said_before(self, cut: int) -> list[Any]:
        """Return what was acknowledged before the power went, at the operation number *cut*."""
        return [op.said for op in self.ops[:cut] if op.said is not None]

    def after_a_cut(self, cut: int, chance: random.Random) -> tuple[dict[str, bytes], int]:
        """Return what the disk holds of each file after its power was cut, and how many sectors were lost.

        What was synced is there. Of what was written since then any sector may be there, or what was there before; in
        the log, which has sums, also anything else. The same goes for what was written before a sync that failed: the
        system may have dropped it, and a later sync says nothing of it.
        """
        safe: set[int] = set()
        since: dict[str, list[int]] = {}
        for number, op in enumerate(self.ops[:cut]):
            if not op.syncs:
                since.setdefault(op.file, []).append(number)
            elif not op.result:
                safe.update(since.pop(op.file, ()))
            else:
                since.pop(op.file, None)
        files: dict[str, bytearray] = {}
        lost = 0
        share = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))  # of the sectors that are lost
        for number, op in enumerate(self.ops[:cut]):
            if not op.file or op.syncs:
                continue
            if op.deletes:
                files.pop(op.file, None)
                continue
            held = files.setdefault(op.file, bytearray())
            is_safe = number in safe
            if op.data is None:
                if is_safe or chance.random() >= share:
                    del held[op.offset :]
                continue
            for at, piece in _sectors(op.offset, op.data):
                if not is_safe and chance.random() < share:
                    lost += 1
                    if not op.file.endswith("-wal") or chance.random() < 0.5:
                        continue
                    piece = chance.choice((bytes(len(piece)), chance.randbytes(len(piece))))
                if len(held) < at:
                    held.extend(bytes(at - len(held)))
                held[at : at + len(piece)] = piece
        return {file: bytes(held) for file, held in files.items()}, lost


def _sectors(offset: int, data: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the parts of *data* by the sectors in which they stand."""
    at = 0
    while at < len(data):
        size = min(len(data) - at, SECTOR - (offset + at) % SECTOR)
        yield offset + at, data[at : at + size]
        at += size


def library() -> ctypes.CDLL | None:
    """Return the SQLite that Python uses; None where it is a part of Python itself, and can't be reached."""
    for line in Path("/proc/self/maps").read_text().splitlines():
        path = line.rpartition(" ")[2]
        if "libsqlite3" in path:
            found = ctypes.CDLL(path)
            found.sqlite3_libversion.restype = c_char_p
            if found.sqlite3_libversion().decode() == sqlite3.sqlite_version:
                return found
    return None


@contextmanager
def recorded(found: ctypes.CDLL, folder: Path) -> Iterator[Recording]:
    """Note what connections that are opened meanwhile do to the files in *folder*; not to what processes share."""
    recording, kept = Recording(), list[object]()
    found.sqlite3_vfs_find.restype = POINTER(_Vfs)
    usual = found.sqlite3_vfs_find(None)
    own = _Vfs()
    ctypes.pointer(own)[0] = usual[0]
    opens, deletes = _Open(usual[0].open), _Delete(usual[0].delete)

    def opened(vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        result = opens(vfs, name, file, flags, out)
        path = Path((ctypes.string_at(name) if name else b"").decode())
        if result == 0 and path.parent == folder:
            kept.extend(_watched(file, path.name, recording))
        return int(result)

    def deleted(vfs: int, name: bytes, syncs: int) -> int:
        if (path := Path(name.decode())).parent == folder:
            recording.ops.append(Op(path.name, deletes=True))
        return int(deletes(vfs, name, syncs))

    hooks = _Open(opened), _Delete(deleted)
    own.open, own.delete = (ctypes.cast(hook, c_void_p) for hook in hooks)
    label = ctypes.create_string_buffer(b"recorded")
    own.name = ctypes.cast(label, c_void_p)
    kept += [hooks, label, own]
    assert found.sqlite3_vfs_register(ctypes.byref(own), 1) == 0
    try:
        yield recording
    finally:
        found.sqlite3_vfs_register(usual, 1)
        found.sqlite3_vfs_unregister(ctypes.byref(own))


def _watched(file: int, name: str, recording: Recording) -> Sequence[object]:
    """Put between SQLite and its open *file* what notes in *recording*; return what has to live as long."""
    ops = recording.ops
    methods = ctypes.cast(file, POINTER(POINTER(_Methods)))
    usual = methods[0][0]
    own = _Methods()
    ctypes.pointer(own)[0] = usual
    writes, truncates, syncs = _Write(usual.write), _Truncate(usual.truncate), _Sync(usual.sync)

    def write(at: int, data: int, size: int, offset: int) -> int:
        if result := recording.write_fails():
            return result
        ops.append(Op(name, offset, ctypes.string_at(data, size)))
        return int(writes(at, data, size, offset))

    def truncate(at: int, size: int) -> int:
        ops.append(Op(name, size))
        return int(truncates(at, size))

    def sync(at: int, flags: int) -> int:
        result = recording.sync_fails() or int(syncs(at, flags))
        ops.append(Op(name, syncs=True, result=result))
        return result

    hooks = (_Write(write), _Truncate(truncate), _Sync(sync))
    own.write, own.truncate, own.sync = (ctypes.cast(hook, c_void_p) for hook in hooks)
    methods[0] = ctypes.pointer(own)
    return (*hooks, own, usual)
