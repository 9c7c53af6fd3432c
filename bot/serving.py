"""`snapshot-bot serve`: reads the settings, runs the bot, and stops it on a signal."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event

import structlog

from bot import log as logs
from bot.app import running
from bot.clouds import check_clouds
from bot.config import Settings
from bot.core.errors import BotError, ConfigError
from bot.core.phrase import as_told
from bot.environment import Environment
from bot.exits import told
from bot.misspelt import misspelt
from bot.secret_values import secret_values
from bot.words import languages

log = structlog.stdlib.get_logger()


def _why(error: BaseException | None) -> BotError:
    if isinstance(error, BotError):
        return error
    log.error("bot.part_died", exc_info=error)
    return BotError(
        "a part of the bot ended", phrase=as_told("A part of the bot died; its log says why. Start it again.")
    )


@contextmanager
def failing_in_the_log(environ: Mapping[str, str]) -> Iterator[Callable[[], None]]:
    """Write to the log what keeps `serve` from starting, or ends it once what this yields was called, and exit.

    Not where a person reads: at a terminal, or where the log is text. What was raised is said in words there, and goes
    on. A setting that can't be read may be what is wrong, so that the log's form is read by itself.
    """
    ran = Event()
    try:
        yield ran.set
    except Exception as e:
        form = Environment(environ).read("SNAPSHOT_BOT_LOG_FORMAT", []) or ""
        if form.strip().lower() == "text" or sys.stderr.isatty():
            raise
        words, code = told(e)
        logs.configure(as_json=True, secrets=secret_values(environ))
        event = "bot.ended" if ran.is_set() else "bot.not_started"
        log.error(event, cause=words, error=type(e).__name__, exit_code=code)
        raise SystemExit(code) from None


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Return the settings, the clouds' checked as well.

    Raises:
        ConfigError: with every mistake, in one text.
    """
    mistakes: list[str] = []
    settings = None
    try:
        settings = Settings.read(environ)
    except ConfigError as e:
        mistakes += str(e).splitlines()
    try:
        check_clouds(environ)
    except ConfigError as e:
        told = {line.strip(" -") for line in mistakes}
        mistakes += [line for line in str(e).splitlines() if line.strip(" -") not in told]
    if settings is None or mistakes:
        raise ConfigError("\n".join(mistakes))
    return settings


def stopping_signals() -> Iterator[signal.Signals]:
    """Yield the signals that mean: stop, and leave nothing behind."""
    yield from (signal.SIGTERM, signal.SIGINT)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # which `nohup` wants it to be
        yield signal.SIGHUP


async def serve(environ: Mapping[str, str], *, started: Callable[[], None] = lambda: None) -> None:
    """Run the bot until SIGTERM, SIGINT or SIGHUP; *started* is called once it is up.

    Raises:
        BotError: it could not start, or a part of it died.
    """
    settings = read_settings(environ)
    logs.configure(level=settings.log_level, as_json=settings.log_format == "json", secrets=secret_values(environ))
    for name, near in misspelt(Environment(environ)):
        log.warning("setting.unknown", variable=name, **({"nearest": near} if near else {}))
    stop = asyncio.Event()
    task, starting = asyncio.current_task(), True

    def halt() -> None:
        stop.set()
        if starting and task is not None:
            task.cancel()

    loop = asyncio.get_running_loop()
    for number in stopping_signals():
        loop.add_signal_handler(number, halt)
    clean = False
    try:
        async with running(settings, environ) as bot:
            starting = False
            started()
            loop.call_soon(languages.current)  # reads the texts: the first who types shouldn't wait for that
            waiting = asyncio.create_task(stop.wait())
            await asyncio.wait({waiting, bot.done}, return_when=asyncio.FIRST_COMPLETED)
            waiting.cancel()
            if bot.done.done() and not stop.is_set():
                raise _why(bot.done.exception())
        clean = bot.is_clean()
    except asyncio.CancelledError:
        if task is None or not stop.is_set():
            raise
        task.uncancel()  # told to stop before it was up, which is no failure
        clean = True
    finally:
        if stop.is_set() or not starting:
            log.info("bot.stopped", clean=clean)
