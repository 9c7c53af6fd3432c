"""The HTTP door of a bot that is a process of its own, under floods and slow clients: nothing accepted, memory flat."""

from __future__ import annotations

import asyncio
import io
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus, urlencode

import aiohttp
import pytest

from tests.harness.figures import Figures
from tests.harness.lives import LONG_FORM, SEED
from tests.harness.running import World, a_world
from tests.harness.serving import Serving, command, serving
from tests.harness.signed import FORM, signed

PATH = "/slack/events"
LARGEST = 1024 * 1024
GROWTH = 24 * 2**20  # bytes that a process may hold more after a flood than before: what it has under way, and its heap
COMMAND = {
    "command": "/snapshot",
    "text": "create dwh-prod never-made",
    "team_id": "T0000ACME",
    "user_id": "U00000ANA",
    "channel_id": "C00DWHOPS",
    "api_app_id": "A00000APP",
    "trigger_id": "1.2.3",
}
CLICK = {
    "type": "block_actions",
    "user": {"id": "U00000BEN", "team_id": "T0000ACME"},
    "team": {"id": "T0000ACME"},
    "api_app_id": "A00000APP",
    "actions": [{"type": "button", "action_id": "approve", "value": "R-AAAA"}],
}
Request = tuple[bytes, dict[str, str]]
Made = Callable[[str, random.Random], Request]


def bodies(chance: random.Random) -> bytes:
    """Return what Slack might send, of one kind or another, never the same twice."""
    trigger = f"{chance.randrange(10**9)}.{chance.randrange(10**9)}"
    if chance.random() < 0.5:
        return urlencode({**COMMAND, "trigger_id": trigger}).encode()
    return b"payload=" + quote_plus(json.dumps({**CLICK, "trigger_id": trigger})).encode()


def other(**changes: Any) -> Made:
    """Return what makes requests that are signed as they should be, of a command with *changes*."""
    return lambda secret, chance: signed(
        urlencode({**COMMAND, "trigger_id": f"{chance.random()}.1", **changes}).encode(), secret
    )


def raw(body: bytes, content_type: str = FORM) -> Made:
    """Return what makes requests with *body*, signed as they should be."""
    return lambda secret, _: signed(body, secret, headers={"Content-Type": content_type})


KINDS: dict[str, Made] = {
    "wrong secret": lambda _, chance: signed(bodies(chance), f"{chance.random()}"),
    "stale": lambda secret, chance: signed(bodies(chance), secret, at=str(int(time.time()) - 301)),
    "of the future": lambda secret, chance: signed(bodies(chance), secret, at=str(int(time.time()) + 900)),
    "unsigned": lambda _, chance: (bodies(chance), {"Content-Type": FORM}),
    "truncated": lambda secret, chance: ((made := signed(bodies(chance), secret))[0][:-3], made[1]),
    "another body": lambda secret, chance: (bodies(chance), signed(bodies(chance), secret)[1]),
    "oversized": lambda secret, chance: signed(bodies(chance) + b"x" * LARGEST, secret),
    "bad UTF-8": lambda secret, chance: signed(bodies(chance) + bytes([0xFF, chance.randrange(128, 256)]), secret),
    "deep JSON": lambda secret, chance: signed(
        b"payload=" + b"%5B" * chance.randrange(200, 60_000), secret, headers={"Content-Type": FORM}
    ),
    "no form": raw(b"\0\1\2"),
    "a kind that nobody sends": raw(b"<a/>", "text/xml"),
    "another team": other(team_id="T000OTHER"),
    "another app": other(api_app_id="A0OTHERAPP"),
    "wrong types": raw(b'{"type":"event_callback","event":[],"team_id":{},"event_id":7}', "application/json"),
}


@dataclass
class Flood:
    """A bot's process, and what it answered."""

    world: World
    bot: Serving
    folder: Path
    sent: Counter[str] = field(default_factory=Counter)
    answers: Counter[str] = field(default_factory=Counter)

    @property
    def url(self) -> str:
        """Where its door is."""
        return f"http://127.0.0.1:{self.bot.port}{PATH}"

    def resident(self) -> int:
        """Return how many bytes of it are in memory."""
        status = Path(f"/proc/{self.bot.process.pid}/status").read_text(encoding="ascii")
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    async def send(self, count: int, *, at_once: int, chance: random.Random) -> None:
        """Send *count* requests, of each kind as many, *at_once* under way at a time."""
        kinds, secret = list(KINDS), self.world.slack.app.signing_secret
        left = iter(range(count))

        async def sender(http: aiohttp.ClientSession) -> None:
            for number in left:
                kind = kinds[number % len(kinds)]
                body, headers = KINDS[kind](secret, chance)
                self.sent[kind] += 1
                try:
                    async with http.post(self.url, data=io.BytesIO(body), headers=headers) as answer:
                        self.answers[str(answer.status)] += 1
                        await answer.read()
                except aiohttp.ClientError:  # it answered before all was sent, and closed
                    self.answers["closed"] += 1

        connector = aiohttp.TCPConnector(limit=0, force_close=True)
        async with aiohttp.ClientSession(connector=connector) as http:
            await asyncio.gather(*(sender(http) for _ in range(at_once)))

    async def wrongs(self) -> dict[str, int]:
        """Count what must not be."""
        listed = await command(self.world.environ, self.folder, "requests", "--json")
        assert listed.code == 0, listed.err
        return {
            "5xx": sum(n for status, n in self.answers.items() if status.startswith("5")),
            "tracebacks": self.bot.err.count("Traceback"),
            "accepted": len(json.loads(listed.out)),
        }

    async def is_there(self) -> bool:
        """Whether Slack's own request is answered, in Slack's time."""
        asked = {**COMMAND, "text": "help", "trigger_id": f"{time.monotonic_ns()}.1"}
        body, headers = signed(urlencode(asked).encode(), self.world.slack.app.signing_secret)
        async with (
            aiohttp.ClientSession() as http,
            http.post(self.url, data=io.BytesIO(body), headers=headers, timeout=aiohttp.ClientTimeout(10)) as answer,
        ):
            return answer.status == 200 and "What you can do now" in await answer.text()


@asynccontextmanager
async def flooded(folder: Path) -> AsyncIterator[Flood]:
    """Run a bot behind HTTP to which a few requests were sent, so that what it loads and keeps is there."""
    async with a_world(folder, http=True, start=False) as world, serving(world.environ, folder) as bot:
        flood = Flood(world, bot, folder)
        await flood.send(200, at_once=20, chance=random.Random(0))
        flood.sent.clear()
        flood.answers.clear()
        yield flood


async def flood_of(folder: Path, figures: Figures | None, *, count: int, at_once: int) -> None:
    """Send so many, and look at what came of it."""
    async with flooded(folder) as flood:
        before = flood.resident()
        await flood.send(count, at_once=at_once, chance=random.Random(SEED))
        grown = flood.resident() - before
        assert await flood.is_there()
        wrongs = await flood.wrongs() | {"memory": int(grown > GROWTH)}
        if figures:
            figures.keep(
                "The door",
                f"a flood, {at_once} at a time (seed {SEED})",
                wrong=sum(wrongs.values()),
                **{kind.replace(" ", "_").replace("-", "_"): n for kind, n in flood.sent.items()},
                **{f"answers_{status}": n for status, n in sorted(flood.answers.items())},
                MB_grown=round(grown / 2**20, 1),
            )
        assert wrongs == dict.fromkeys(wrongs, 0), (grown, flood.answers)
        assert flood.sent.total() == flood.answers.total() == count
        assert flood.answers["closed"] <= flood.sent["oversized"], flood.answers
        assert flood.answers.keys() <= {"200", "400", "401", "413", "415", "closed"}, flood.answers


async def slow_of(folder: Path, figures: Figures | None, *, connections: int) -> None:
    """Hold so many connections that send their head or their body a byte at a time; Slack is answered meanwhile."""
    async with flooded(folder) as flood:
        before, stop, ended = flood.resident(), asyncio.Event(), Counter[str]()

        async def slow(number: int) -> None:
            kind = "head" if number % 2 else "body"
            text = f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Type: {FORM}\r\nContent-Length: 900\r\n\r\n".encode()
            writer = None
            with suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", flood.bot.port)
                writer.write(text if kind == "body" else text[:20])
                while not stop.is_set() and not writer.is_closing():
                    writer.write(b"a")
                    await writer.drain()
                    await asyncio.sleep(0.2)
            ended[f"{kind} {'held' if stop.is_set() else 'closed'}"] += 1
            if writer is not None:
                writer.close()

        slowly = [asyncio.create_task(slow(number)) for number in range(connections)]
        await asyncio.sleep(1)
        began = time.monotonic()
        answered = [await flood.is_there() for _ in range(5)]
        took = (time.monotonic() - began) / len(answered)
        if figures:
            await asyncio.sleep(16)  # the ten seconds of a head, the three of a body and the ten after its answer
        grown = flood.resident() - before
        held = sum(not task.done() for task in slowly)
        stop.set()
        await asyncio.gather(*slowly)
        wrongs = await flood.wrongs() | {"unanswered": answered.count(False), "memory": int(grown > GROWTH)}
        if figures:
            wrongs["held"] = held
            figures.keep(
                "The door",
                "heads and bodies a byte at a time",
                wrong=sum(wrongs.values()),
                connections=connections,
                closed=connections - held,
                seconds_for_Slack_meanwhile=round(took, 3),
                MB_grown=round(grown / 2**20, 1),
            )
        assert wrongs == dict.fromkeys(wrongs, 0), (grown, ended)


async def test_a_flood_of_forged_and_foreign_requests_changes_nothing(tmp_path: Path):
    """Of every kind of forgery: refused below 500, nothing kept, no traceback, memory flat; Slack is answered after."""
    await flood_of(tmp_path, None, count=420, at_once=60)


async def test_slow_connections_hold_nobody_up(tmp_path: Path):
    """Heads and bodies a byte at a time: Slack's request is answered meanwhile."""
    await slow_of(tmp_path, None, connections=60)


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("count", "at_once"), [(20_000, 50), (5_000, 500)])
async def test_a_flood_by_the_ten_thousand_changes_nothing(tmp_path: Path, figures: Figures, count: int, at_once: int):
    """The same, longer, and with 500 at a time."""
    await flood_of(tmp_path, figures, count=count, at_once=at_once)


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(600)
async def test_five_hundred_slow_connections_are_all_closed(tmp_path: Path, figures: Figures):
    """Each in its time; a process has 1,024 files at least."""
    await slow_of(tmp_path, figures, connections=500)
