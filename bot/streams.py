"""Standard input, output and error as a command needs them, whatever it was started with."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Final, TextIO

_FAILED: Final = 1


def prepare() -> None:
    """See that all three are there, and that what the terminal can't show is no error.

    A file that is opened in place of one that was closed would get its number, and with it what is written there.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    sys.stdout = sys.stdout or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 -- open to the end
    sys.stderr = sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace" if stream is sys.stdout else "backslashreplace")


def can_show(text: str) -> bool:
    """Say whether standard output has these characters."""
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def ended(code: int) -> int:
    """Write what is left to write, and return the exit code: *code*, or that the output is lost, which is said."""
    if lost := lost_output():
        code = code or _FAILED
        if lost != os.strerror(errno.EPIPE):  # who reads no more needn't be told
            with suppress(OSError):
                sys.stderr.write(f"Error: The output can't be written ({lost}).\n")
    _lost(sys.stderr)
    return code


def lost_output() -> str:
    """Return why standard output can't be written, "" where it can; what is lost is lost, and later writes are, too."""
    return _lost(sys.stdout)


def _lost(stream: TextIO) -> str:
    try:
        stream.flush()
    except OSError as e:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())  # or Python tries once more as it ends, and has its own exit code for that
        os.close(nowhere)
        return os.strerror(e.errno) if e.errno else type(e).__name__
    return ""
