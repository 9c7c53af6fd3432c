"""Structured logs: one event a line with its facts; secrets never.

JSON where a machine reads (default), readable lines where a person does. Three things keep secrets out: known
values are hidden wherever they stand, what looks like one is, and a stack trace quotes no library's exception.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, MutableMapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TextIO

import structlog

from bot.causes import cause_of, is_ours, reason
from bot.concealing import Concealer

_SECRET_KEY: Final = re.compile(r"token|secret|password|signature|authorization|response_url|trigger_id|ticket", re.I)
_SECRET_TEXT: Final = re.compile(
    r"xox[a-z]-[\w-]+|xapp-[\w-]+|v0=[0-9a-f]{16,}|Signature=[0-9a-f]+|Bearer\s+\S+"
    r"|https://hooks\.slack\.com/\S+|(?<=[?&]ticket=)[^&\s]+|(?<=X-Subject-Token: )\S+"
)
_HIDDEN: Final = "[hidden]"


class Redaction:
    """Hides *secrets* and what looks like one, in what is logged."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._conceal = Concealer(secrets)

    def __call__(self, _: object, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        """Redact *event*, as one of structlog's processors; what begins with `_` is structlog's own."""
        return {k: v if k.startswith("_") else self._fact(k, v) for k, v in event.items()}

    def value(self, value: object) -> object:
        """Return *value* without secrets, in nested mappings and sequences too; other objects become text."""
        match value:
            case str():
                return _SECRET_TEXT.sub(_HIDDEN, self._conceal(value))
            case None | bool() | int() | float():
                return value
            case Mapping():
                return {self._conceal(str(k)): self._fact(str(k), v) for k, v in value.items()}
            case list() | tuple() | set() | frozenset():
                return [self.value(v) for v in value]
            case BaseException():
                return self.value(f"{type(value).__name__}: {value}" if is_ours(value) else reason(value))
            case _:
                return self.value(repr(value))

    def _fact(self, name: str, value: object) -> object:
        return _HIDDEN if _SECRET_KEY.search(name) else self.value(value)


def trace(error: BaseException) -> str:
    """Return the stack trace of *error* and of what led to it; of a library's exception the class and `reason`."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in chain:
        chain.append(following)
        following = cause_of(following)
    return "\n\nwhich led to:\n\n".join(_one_trace(e) for e in reversed(chain))


def outline(error: BaseException) -> str:
    """Return in one line what *error* is and where it was raised, for a report."""
    frames = traceback.extract_tb(error.__traceback__)[-1:]
    return reason(error) + "".join(f" in {f.name}, {'/'.join(f.filename.split('/')[-3:])}:{f.lineno}" for f in frames)


def _one_trace(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    words = f"{type(error).__name__}: {error}" if is_ours(error) else reason(error)
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    inner = "".join(f"\n\nwith:\n\n{trace(member)}" for member in members)
    return f"Traceback (most recent call last):\n{frames}{words}{inner}"


def _written_trace(exc_info: tuple[type[BaseException], BaseException, TracebackType | None]) -> str:
    return trace(exc_info[1])


class _Handler(logging.StreamHandler[TextIO]):
    """Writes records; of one that can't be written it says so, and not what was in it."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say where the record came from and what went wrong with it."""
        error = sys.exc_info()[1]
        place = f"{record.module}:{record.lineno}"
        with suppress(OSError, ValueError):  # the stream may be what is broken, and logging must not end the work
            self.stream.write(f"a record of {place} can't be written: {reason(error) if error else 'no reason'}\n")


def configure(
    *, level: str = "INFO", as_json: bool = True, stream: TextIO | None = None, secrets: Iterable[str] = ()
) -> None:
    """Send our logs and those of the libraries through one pipeline to *stream* (default: standard error).

    *secrets* are hidden wherever they stand. Call once, from the command line; importing the bot configures nothing.
    """
    redaction = Redaction(secrets)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.ExceptionRenderer(_written_trace),
        redaction,
    ]
    render: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if as_json
        else structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # These log request bodies, signatures or URLs with tickets below WARNING.
    for name in ("slack_bolt", "slack_sdk", "httpx", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)
