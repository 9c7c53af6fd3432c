"""What ended a command, in one line for the terminal, and whose move it is: the exit code says it to a supervisor."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from bot.causes import reason
from bot.concealing import Concealer
from bot.core.errors import BotError, ConfigError
from bot.environment import working_directory
from bot.log import outline
from bot.secret_values import secret_values
from bot.terminal import shown
from bot.words import say

FAILED: Final = 1
OPERATORS_MOVE: Final = 78  # EX_CONFIG of sysexits.h

_PATH: Final = "Correct the path, or what is there."
_RIGHTS: Final = "Give the user that runs the bot the right to it."
_LIMIT: Final = "Raise the number of files that a process may open (`ulimit -n`, systemd's LimitNOFILE)."
_FIXES: Final = {
    errno.EACCES: _RIGHTS,
    errno.EPERM: _RIGHTS,
    errno.EROFS: "Name a place that can be written to.",
    errno.ENOENT: _PATH,
    errno.ENOTDIR: _PATH,
    errno.EISDIR: _PATH,
    errno.ENAMETOOLONG: _PATH,
    errno.ELOOP: "A link leads back to itself: correct it.",
    errno.EMFILE: _LIMIT,
}


class _OperatorsMove(click.ClickException):
    """What doesn't pass by itself, so that a supervisor need not try again."""

    exit_code = OPERATORS_MOVE


def failure(error: Exception, environ: Mapping[str, str]) -> click.ClickException:
    """Return *error* in words, without the secrets of *environ*."""
    words, code = told(error)
    kind = _OperatorsMove if code == OPERATORS_MOVE else click.ClickException
    return kind(shown(Concealer(secret_values(environ))(words)))


def told(error: BaseException) -> tuple[str, int]:
    """Return *error* in words, with what to do about it, and the exit code."""
    if isinstance(error, BotError):
        words = say(error) if error.phrase != BotError.phrase else str(error)
        return words, OPERATORS_MOVE if isinstance(error, ConfigError) else FAILED
    if (system := _of_the_system(error)) is not None and system.errno:
        what = os.strerror(system.errno)
        where = f"{os.fsdecode(system.filename)}: " if isinstance(system.filename, str | bytes) else ""
        if not where and system.errno == errno.ENOENT and working_directory() == Path():
            return "The working directory was deleted. Start from another.", OPERATORS_MOVE
        if fix := _FIXES.get(system.errno):
            return f"{where}{what}. {fix}", OPERATORS_MOVE
        return f"{where}{what}. Try again once that has passed.", FAILED
    if isinstance(error, MemoryError):
        return f"{reason(error)}. Give the bot more memory.", FAILED
    return f"{outline(error)}. This is a fault of the bot's own. Report this line; nothing secret is in it.", FAILED


def _of_the_system(error: BaseException) -> OSError | None:
    """Return the system's error that *error* is; pathlib words a link that leads to itself in its own way."""
    found = error.__context__ if isinstance(error, RuntimeError) else error
    is_loop = isinstance(found, OSError) and found.errno == errno.ELOOP
    return found if isinstance(found, OSError) and (found is error or is_loop) else None
