"""Keeps the connection to Slack: when to try, when to try again, and how it is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from bot.core.condition import Condition
from bot.core.errors import ConfigError, SlackUnavailable
from bot.ports import Clock

log = structlog.stdlib.get_logger(__name__)

# Seconds. apps.connections.open is limited to few calls a minute, so one that flaps must be left alone for a while.
_LONGEST_PAUSE: Final = 30.0
_LONGEST_NAMED: Final = 3600.0
_HELD: Final = 30.0  # what a connection must last to count as one that works
_CHECK: Final = 60.0  # between two looks whether the bot token is still accepted


class Uplink:
    """Keeps the bot connected.

    *connect* makes one try, *lost* returns why once what *connect* gave is gone, *check* asks whether the bot token is
    still accepted; *connect* and *check* raise ConfigError or SlackUnavailable. *sleep* takes seconds. *tried* is set
    once Slack was asked for the first time, whatever came of it.
    """

    def __init__(
        self,
        *,
        connect: Callable[[], Awaitable[None]],
        lost: Callable[[], Awaitable[str]],
        check: Callable[[], Awaitable[object]],
        clock: Clock,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.tried = asyncio.Event()
        self._connect = connect
        self._lost = lost
        self._check = check
        self._clock = clock
        self._sleep = sleep
        self._wrong = {"connection": "Slack hasn't been asked yet"}
        self._since = clock.now()

    @property
    def condition(self) -> Condition:
        """How the ties to Slack are."""
        return Condition(ok=not self._wrong, since=self._since, why="; ".join(self._wrong.values()))

    async def run(self) -> None:
        """Connect, and connect again whenever the connection is lost, until this is cancelled.

        The first try after a loss comes at once; the pauses grow while tries fail, or what they give doesn't hold.

        Raises:
            ConfigError: Slack refuses a token the first time that it is given. Later that is no end: see `condition`.
        """
        checking = asyncio.create_task(self._keep_checking(), name="slack token")
        try:
            await self._keep_connected()
        finally:
            checking.cancel()

    async def _keep_connected(self) -> None:
        tries, accepted = 0, False
        loop = asyncio.get_running_loop()
        while True:
            named = None
            try:
                await self._connect()
            except (ConfigError, SlackUnavailable) as e:
                if isinstance(e, ConfigError) and not accepted:
                    raise
                named = getattr(e, "retry_after", None)
                self._note("connection", str(e))
                log.warning("slack.not_connected", error=str(e), tries=tries + 1)
                self.tried.set()
            except Exception as e:  # an answer that a library trips over mustn't take away who follows the cloud
                log.exception("slack.not_connected", tries=tries + 1)
                self._note("connection", f"connecting failed: {type(e).__name__}")
                self.tried.set()
            else:
                accepted, began = True, loop.time()
                self._note("connection", "")
                self.tried.set()
                self._note("connection", await self._lost())
                if loop.time() - began >= _HELD:
                    tries = 0
            await self._sleep(pause(tries, named))
            tries += 1

    async def _keep_checking(self) -> None:
        """Notice a token that is taken back while the bot runs: neither a socket nor signed requests show it."""
        await self.tried.wait()
        while True:
            await self._sleep(_CHECK)
            try:
                await self._check()
            except (ConfigError, SlackUnavailable) as e:
                log.warning("slack.token_not_accepted", error=str(e))
                self._note("token", str(e))
            except Exception as e:
                log.exception("slack.token_not_accepted")
                self._note("token", f"asking failed: {type(e).__name__}")
            else:
                self._note("token", "")

    def _note(self, what: str, why: str) -> None:
        """Keep *why* something isn't well, "" where it is, and since when anything isn't."""
        was_well = not self._wrong
        self._wrong.pop(what, None)
        if why:
            self._wrong[what] = why
        if was_well == bool(self._wrong):
            self._since = self._clock.now()


def pause(tries: int, named: float | None = None) -> float:
    """Return the seconds before the next try after *tries* that came to nothing: 0, 1, 2, 4, …; or what Slack *named*.

    With jitter, so that many bots don't come back at the same moment.
    """
    wait = 0.0 if tries == 0 else min(_LONGEST_PAUSE, 2.0 ** min(tries - 1, 10))
    return min(_LONGEST_NAMED, max(wait, named or 0.0)) * random.uniform(1.0, 1.2)  # noqa: S311 -- no secret
