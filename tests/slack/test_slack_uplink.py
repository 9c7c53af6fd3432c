"""When the bot tries to reach Slack, how long it pauses, and what it says of that; without Slack, without time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from bot.core.errors import ConfigError, SlackRefused, SlackUnavailable
from bot.slack.door import uplink
from bot.slack.door.uplink import Uplink, pause
from tests.fakes.clock import FakeClock

OUTAGE = SlackUnavailable("Slack: no useful answer (HTTP 500)")
REVOKED = ConfigError("Slack does not accept SLACK_BOT_TOKEN (token_revoked).")
ENOUGH = 12  # tries; then `connect` gives a connection that lasts


class Line:
    """A Slack whose `connect` ends as told, one outcome after the other: an error, or a word for how it is lost."""

    def __init__(self, outcomes: Sequence[Exception | str]) -> None:
        self.outcomes = list(outcomes)
        self.token: Exception | None = None
        self.checks: asyncio.Queue[None] = asyncio.Queue()
        self.checked = asyncio.Event()
        self.pauses: list[float] = []
        self.stays = asyncio.Event()
        self.clock = FakeClock()
        self.uplink = Uplink(connect=self.connect, lost=self.lost, check=self.check, clock=self.clock, sleep=self.sleep)
        self._why = ""

    async def connect(self) -> None:
        """Raise what comes next, or connect."""
        if self.outcomes and isinstance(outcome := self.outcomes[0], Exception):
            self.outcomes.pop(0)
            raise outcome
        if not self.outcomes:
            self.stays.set()

    async def lost(self) -> str:
        """Lose the connection as told; the last one lasts."""
        if not self.outcomes:
            await asyncio.Event().wait()
        return str(self.outcomes.pop(0))

    async def check(self) -> None:
        """Say whether the token is accepted, each time that the test asks for it."""
        if self.token is not None:
            raise self.token

    async def sleep(self, seconds: float) -> None:
        """Pause without time; the check of the token waits for the test."""
        if seconds == uplink._CHECK:
            self.checked.set()
            await self.checks.get()
            return
        self.pauses.append(seconds)
        await asyncio.sleep(0)

    async def look(self) -> None:
        """Let the token be checked, and wait until that is noted."""
        await self.checked.wait()
        self.checked.clear()
        self.checks.put_nowait(None)
        await self.checked.wait()


@asynccontextmanager
async def running(line: Line) -> AsyncIterator[Line]:
    """Run *line*'s uplink until it is connected for good."""
    task = asyncio.create_task(line.uplink.run())
    stays = asyncio.create_task(line.stays.wait())
    await asyncio.wait({task, stays}, timeout=5, return_when=asyncio.FIRST_COMPLETED)
    assert line.stays.is_set()
    yield line
    task.cancel()
    await asyncio.gather(task, stays, return_exceptions=True)


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses are exact here."""
    monkeypatch.setattr(random, "uniform", lambda low, high: 1.0)


@pytest.mark.parametrize("outcome", [OUTAGE, "it broke", ZeroDivisionError()], ids=["fails", "flaps", "trips"])
async def test_the_pauses_grow_to_half_a_minute(outcome: Exception | str):
    """The first try again comes at once; then 1, 2, 4, … seconds: also where connecting works but doesn't hold."""
    async with running(Line([outcome] * ENOUGH)) as line:
        assert line.pauses == [0, 1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]
        assert line.uplink.condition.ok


async def test_a_connection_that_held_is_had_back_at_once(monkeypatch: pytest.MonkeyPatch):
    """However often it was lost before: each that lasted starts the count again."""
    monkeypatch.setattr(uplink, "_HELD", 0.0)
    async with running(Line(["it broke", "it broke", "it broke"])) as line:
        assert line.pauses == [0, 0, 0]


async def test_slacks_own_wish_is_kept():
    """Retry-After is longer than our pause: it holds; longer than an hour is no pause that Slack means."""
    wishes = [SlackUnavailable("Slack: ratelimited", retry_after=s) for s in (90.0, 0.5, 1e9)]
    async with running(Line(wishes)) as line:
        assert line.pauses == [90.0, 1.0, 3600.0]


def test_pauses_are_spread(monkeypatch: pytest.MonkeyPatch):
    """Many bots that lost Slack together don't come back together."""
    monkeypatch.undo()
    assert len({pause(4) for _ in range(20)}) > 1
    assert all(8.0 <= pause(4) <= 9.6 for _ in range(20))


@pytest.mark.parametrize("before", [[], [OUTAGE, OUTAGE]], ids=["at once", "after an outage"])
async def test_a_token_that_is_refused_first_is_the_end(before: list[Exception]):
    """Waiting can't fix it, whether Slack says so at once or as soon as it is there."""
    line = Line([*before, REVOKED])
    with pytest.raises(ConfigError, match="token_revoked"):
        await line.uplink.run()


async def test_a_token_that_is_refused_later_is_said_and_tried_again():
    """It worked before, so the bot stays up: it follows what is in the cloud, and the token may come back."""
    line = Line(["it broke", REVOKED, REVOKED, SlackRefused("Slack: odd", code="odd")])
    async with running(line):
        assert line.pauses == [0, 1, 2, 4]
        assert line.uplink.condition.ok


async def test_a_token_that_is_taken_back_while_all_is_connected_is_noticed():
    """Neither a socket nor signed requests show it; the bot asks, and says since when it isn't accepted."""
    async with running(Line([])) as line:
        began = line.uplink.condition.since
        line.clock.advance(60)
        line.token = REVOKED
        await line.look()
        condition = line.uplink.condition
        assert (condition.ok, condition.why) == (False, str(REVOKED))
        assert condition.since == began + timedelta(seconds=60)

        line.clock.advance(60)
        await line.look()
        assert line.uplink.condition == condition

        line.token = None
        await line.look()
        assert line.uplink.condition.ok
        assert line.uplink.condition.since == began + timedelta(seconds=120)


async def test_a_check_that_trips_is_said_and_made_again():
    """An answer that nobody foresaw is red, and no end of the checks."""
    async with running(Line([])) as line:
        line.token = ZeroDivisionError()
        await line.look()
        assert line.uplink.condition.why == "asking failed: ZeroDivisionError"
        line.token = None
        await line.look()
        assert line.uplink.condition.ok


async def test_what_is_wrong_is_said_until_it_is_well():
    """Before the first try, and while tries fail; each reason goes once it is gone."""
    line = Line([OUTAGE])
    assert line.uplink.condition.why == "Slack hasn't been asked yet"
    seen = []

    async def sleep(seconds: float) -> None:
        if seconds != uplink._CHECK:
            seen.append(line.uplink.condition.why)
        await line.sleep(seconds)

    line.uplink._sleep = sleep
    async with running(line):
        assert seen == [str(OUTAGE)]
        assert line.uplink.tried.is_set()


async def test_the_log_hears_of_each_change_once():
    """Not of each try: that the connection is lost, why where that changes, and after how long it works again."""
    with capture_logs() as logged:
        async with running(Line([OUTAGE, OUTAGE, OUTAGE, SlackUnavailable("Slack: fatal_error")])):
            pass
    assert [(e["event"], e.get("error")) for e in logged] == [
        ("slack.connection_lost", str(OUTAGE)),
        ("slack.connection_lost", "Slack: fatal_error"),
        ("slack.connection_works", None),
    ]
