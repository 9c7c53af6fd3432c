"""Keeps the connection to Slack: when to try, when to try again, and how it is."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from bot.core.condition import Condition
from bot.core.errors import ConfigError, SlackUnavailable
from bot.ports import Clock

log = structlog.stdlib.get_logger(__name__)

CONNECTION: Final = "connection"
TOKEN: Final = "token"  # noqa: S105 -- what it is called

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
        self._since = clock.now()
        unasked = Condition(ok=False, since=self._since, why="Slack hasn't been asked yet")
        self._ties = {CONNECTION: unasked, TOKEN: Condition(ok=True, since=self._since)}

    @property
    def ties(self) -> Mapping[str, Condition]:
        """How each tie to Slack is: the CONNECTION, and whether the bot TOKEN is still accepted."""
        return dict(self._ties)

    @property
    def condition(self) -> Condition:
        """How the ties to Slack are, all together."""
        wrong = [tie.why for tie in self._ties.values() if not tie.ok]
        return Condition(ok=not wrong, since=self._since, why="; ".join(wrong))

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
                self._note(CONNECTION, str(e))
                self.tried.set()
            except Exception as e:  # an answer that a library trips over mustn't take away who follows the cloud
                self._note(CONNECTION, f"connecting failed: {type(e).__name__}", e)
                self.tried.set()
            else:
                accepted, began = True, loop.time()
                self._note(CONNECTION, "")
                self.tried.set()
                self._note(CONNECTION, await self._lost())
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
                self._note(TOKEN, str(e))
            except Exception as e:
                self._note(TOKEN, f"asking failed: {type(e).__name__}", e)
            else:
                self._note(TOKEN, "")

    def _note(self, what: str, why: str, error: Exception | None = None) -> None:
        """Keep *why* a tie isn't well, "" where it is, and since when; the log hears of each change once.

        *error* is a fault whose trace belongs into the log.
        """
        now, before, was_well = self._clock.now(), self._ties[what], self.condition.ok
        changed = before.ok == bool(why)
        self._ties[what] = Condition(ok=not why, since=now if changed else before.since, why=why)
        if was_well != self.condition.ok:
            self._since = now
        if why and why != before.why:
            log.warning(f"slack.{what}_lost", error=why, exc_info=error)
        elif changed and not why:
            log.info(f"slack.{what}_works", after_seconds=round((now - before.since).total_seconds()))


def pause(tries: int, named: float | None = None) -> float:
    """Return the seconds before the next try after *tries* that came to nothing: 0, 1, 2, 4, …; or what Slack *named*.

    With jitter, so that many bots don't come back at the same moment.
    """
    wait = 0.0 if tries == 0 else min(_LONGEST_PAUSE, 2.0 ** min(tries - 1, 10))
    return min(_LONGEST_NAMED, max(wait, named or 0.0)) * random.uniform(1.0, 1.2)  # noqa: S311 -- no secret
