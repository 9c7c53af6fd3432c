"""A bot that is killed again and again, and the count of what came of it.

How long it is: `SNAPSHOT_BOT_TEST_LIVES=60 SNAPSHOT_BOT_TEST_SEED=… pytest -m kill`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from bot.admin import administering
from bot.core.request import State
from dws_sandbox import DwsSimulator
from dws_sandbox.project import Twist
from slack_sandbox.sandbox import Card
from tests.harness.crowd import People, Reaper, at_it
from tests.harness.running import World
from tests.harness.serving import command, serving, until

SEED = int(os.environ.get("SNAPSHOT_BOT_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
LIVES = int(os.environ.get("SNAPSHOT_BOT_TEST_LIVES", "0"))  # 0: as many as a test has by itself
LONG_FORM = pytest.mark.skipif(not LIVES, reason="a part of the long form, `make faults`")
OTHER_CASE = "our name in another case"
Rows = list[dict[str, object]]


async def rows(world: World, folder: Path) -> Rows:
    """Return all requests as an operator sees them, beside a running bot or without one."""
    listed = await command(world.environ, folder, "requests", "--json", "--limit", "1000")
    assert listed.code == 0, listed.err
    found: Rows = json.loads(listed.out)
    return found


async def states(world: World) -> list[State]:
    """Return the states of all open requests, as they are stored."""
    async with administering(world.environ) as admin:
        return [r.state for r in await admin.requests(only_open=True, limit=1000)]


async def all_final(world: World, *, seconds: float) -> bool:
    """Return whether every request came to its end and every card shows it, within *seconds*."""
    ben = world.user("ben")
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if not await states(world):
            async with administering(world.environ) as admin:
                requests = await admin.requests(only_open=False, limit=1000)
            told = told_of(ben.channel("dwh-ops").messages)
            if all(told[f"{r.id}:card"] and told[f"{r.id}:result"] for r in requests):
                return True
        await asyncio.sleep(0.1)
    return False


def told_of(messages: list[Card]) -> Counter[str]:
    """Return how many messages there are of each key that the bot puts into its messages' metadata."""
    payloads = [m.body.get("metadata", {}).get("event_payload", {}) for m in messages]
    return Counter(p["key"] for p in payloads if "key" in p)


async def fulfilled(world: World, folder: Path, people: People, count: int, *, seconds: float = 120) -> float:
    """Have *people* wish for so many more, and return after how many seconds all had come to their end."""
    began, wanted = time.monotonic(), len(people.accepted) + count
    for _ in range(count):
        people.wanted.release()
    assert await until(lambda: len(people.accepted) >= wanted, seconds=seconds), people.trying
    assert await all_final(world, seconds=seconds), await rows(world, folder)
    return time.monotonic() - began


@dataclass
class Made:
    """The snapshots that there are in truth, by their ids: which came of our calls, and which of somebody else's."""

    ours: dict[str, str] = field(default_factory=dict)  # id -> name
    theirs: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def by(self, cloud: DwsSimulator) -> Iterator[None]:
        """Tell apart what each create call makes."""
        project = cloud.project
        create = project.create_snapshot

        def watched(asked: dict[str, Any], twist: Twist) -> Any:
            before, made = set(project.snapshots), None
            if twist.rival is not None and twist.rival.name == OTHER_CASE:
                twist = replace(twist, rival=replace(twist.rival, name=asked["name"].upper()))
            try:
                made = create(asked, twist)
            finally:
                for new in project.snapshots.keys() - before:
                    mine = made is not None and new == made.id
                    (self.ours if mine else self.theirs)[new] = project.snapshots[new].name
            return made

        with patch.object(project, "create_snapshot", watched):
            yield


@dataclass
class Lives:
    """What came of them: the rows, what both far ends have, and what was under way when the bot was killed."""

    seed: str
    accepted: set[str]
    requests: Rows
    made: Made
    told: Counter[str]  # messages, by their keys
    moments: Counter[str]
    under_way: Counter[State]
    longest: float = 0.0  # seconds from a start after a kill until it takes deliveries
    ended: float = 0.0  # seconds from the last start until every request had come to its end, and everybody was told
    history: bool = True  # whether the bot may look for what it has posted

    @property
    def figures(self) -> dict[str, int | float]:
        """What was counted, for the table."""
        twice = {} if self.history else {"messages_posted_twice": self._twice}
        times = (
            {"longest_start_s": round(self.longest, 1), "all_ended_after_s": round(self.ended, 1)}
            if self.longest
            else {}
        )
        counts = {
            "kills": self.moments.total(),
            "requests": len(self.requests),
            "under_way_at_a_kill": self.under_way.total(),
            "snapshots": len(self.made.ours),
            "messages": self.told.total(),
        }
        return {**counts, **twice, **times}

    @property
    def _twice(self) -> int:
        return sum(n - 1 for n in self.told.values())

    def __str__(self) -> str:
        """Say it in a line, for every run to show."""
        kills = ", ".join(f"{n} at {moment}" for moment, n in self.moments.items())
        under_way = ", ".join(f"{n} {state}" for state, n in self.under_way.items())
        ends = ", ".join(f"{n} {state}" for state, n in Counter(r["state"] for r in self.requests).items())
        return (
            f"{self.moments.total()} kills (seed {self.seed}; {kills}), under way then: {under_way}; "
            f"{len(self.requests)} requests ({ends}), {len(self.made.ours)} snapshots, {len(self.made.theirs)} of "
            f"strangers, {self.told.total()} messages; wrong: {sum(self.wrongs().values())}"
        )

    def wrongs(self) -> dict[str, int]:
        """Count what must not be, by both far ends."""
        kept = Counter(str(r["name"]) for r in self.requests)
        available = {str(r["snapshot_id"]): str(r["name"]) for r in self.requests if r["state"] == State.AVAILABLE}
        failed = {str(r["name"]) for r in self.requests if r["state"] == State.FAILED}
        rivals = {name.casefold() for name in self.made.theirs.values()}
        ours = Counter(self.made.ours.values())
        owed = [f"{r['id']}:{kind}" for r in self.requests for kind in ("card", "result")]
        return {
            "requests lost": len(self.accepted - kept.keys()),
            "requests of nobody": len(kept.keys() - self.accepted),
            "requests doubled": sum(n - 1 for n in kept.values()),
            "requests without an end": len(kept) - len(available) - len(failed),
            "snapshots doubled": sum(n - 1 for n in ours.values()),
            "snapshots of nobody": len(ours.keys() - kept.keys()),
            "strangers' called ours": len(available.keys() & self.made.theirs.keys()),
            "ours disowned": len(failed & ours.keys()),
            "available without ours": sum(self.made.ours.get(made) != name for made, name in available.items()),
            "failed without a rival": sum(name.casefold() not in rivals for name in failed),
            "messages lost": sum(not self.told[key] for key in owed),
            # Who may not look whether a post that was cut off is there posts it again, rather than never.
            "messages doubled": self._twice if self.history else 0,
        }


async def nothing() -> None:
    """Let a life be as it is."""


async def live(
    world: World,
    folder: Path,
    *,
    kills: int,
    seed: str,
    chance: random.Random,
    trouble: Callable[[], Awaitable[None]] = nothing,
    descriptions: Sequence[str] = ("",),
    seconds: float = 90,
    history: bool = True,
) -> Lives:
    """Start and kill the bot so often, two more wishes in each life; then let it live until all has ended.

    *trouble* is called before each life; to be accepted, and to end, each may take *seconds* after the last kill.
    """
    made, under_way, people = Made(), Counter[State](), People(world, chance, descriptions=descriptions)
    longest = 0.0
    reaper = Reaper(world, people, chance)
    with made.by(world.cloud):
        async with at_it(people) as crowd:
            for _ in range(kills):
                await trouble()
                began = time.monotonic()
                async with serving(world.environ, folder) as bot:
                    longest = max(longest, time.monotonic() - began)
                    people.wanted.release()
                    people.wanted.release()
                    await reaper.wait()
                    assert await bot.end(signal.SIGKILL) == -signal.SIGKILL
                    assert "Traceback" not in bot.err, f"seed {seed}: {bot.err}"
                    under_way.update(await states(world))
            world.cloud.faults.clear()
            world.slack.site.faults.clear()
            began = time.monotonic()
            async with serving(world.environ, folder):
                await until(lambda: len(people.accepted) == 2 * kills or any(t.done() for t in crowd), seconds=seconds)
                gone = [t for t in crowd if t.done()]
                assert not gone, f"seed {seed}: {gone}"
                assert len(people.accepted) == 2 * kills, f"seed {seed}: {people.trying}"
                assert await all_final(world, seconds=2 * seconds), f"seed {seed}: {await rows(world, folder)}"
                ended = time.monotonic() - began
    told = told_of(world.user("ben").channel("dwh-ops").messages)
    kept = await rows(world, folder)
    return Lives(seed, people.accepted, kept, made, told, reaper.moments, under_way, longest, ended, history)
