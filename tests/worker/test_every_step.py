"""Whatever call of a life is the last of its process, nothing is lost, doubled or untrue in the end.

`SNAPSHOT_BOT_TEST_EVERY_STEP=1` breaks off every life at every call in every way, on both engines as well.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.store import made, open_store
from tests.fakes.clock import FakeClock
from tests.fakes.store import FakeStore
from tests.harness.every_step import STORIES, How, World, broken_off, calls_of
from tests.harness.figures import Figures
from tests.harness.postgres_server import PostgresServer

pytestmark = pytest.mark.no_cover  # the same lives, hundreds of times

ALL = bool(os.environ.get("SNAPSHOT_BOT_TEST_EVERY_STEP"))
# The long form has the others: what a process does at its last call hangs on the call, and hardly on the story.
SHORT = {("approved by two", how) for how in How} | {
    ("in an emergency", How.SLEEPS_BEFORE),
    ("declined", How.DIES_AFTER),
    ("deleted", How.DIES_AFTER),
    ("deleted", How.SLEEPS_BEFORE),
    ("kept after all", How.DIES_BEFORE),
}
CASES = [(name, how) for name in STORIES for how in How if ALL or (name, how) in SHORT]
KEPT = CASES if ALL else [("waived", How.SLEEPS_AFTER), ("deleted", How.DIES_AFTER)]


def in_memory() -> World:
    """Return a world with an empty store."""
    clock = FakeClock()
    store = FakeStore()
    store.clock = clock
    return World(store, clock)


@asynccontextmanager
async def kept(url: str) -> AsyncIterator[World]:
    """Open a world over the empty database at *url*."""
    clock = FakeClock()
    await made(url)
    async with open_store(url, exclusive=False, clock=clock) as store:
        yield World(store, clock)


@pytest.mark.parametrize(("name", "how"), CASES)
async def test_a_life_that_is_broken_off_at_any_call_comes_to_its_end(name, how, figures):
    """By the next process, as if nothing had happened; and one that wakes up late does no harm."""
    story, wrong = STORIES[name], {}
    calls = await calls_of(story, in_memory())
    for at, call in enumerate(calls):
        if found := await broken_off(story, in_memory(), at, how):
            wrong[f"{at}: {call}"] = found
    figures.keep("crash at every step", f"in memory: {name}, {how}", wrong=len(wrong), calls=len(calls))
    assert not wrong


@pytest.mark.timeout(3600)
@pytest.mark.parametrize(("name", "how"), KEPT)
@pytest.mark.parametrize("engine", ["file", "server"])
async def test_so_it_is_on_both_engines(
    engine: str, name: str, how: How, tmp_path: Path, postgres: PostgresServer, figures: Figures
):
    """The same on SQLite and on PostgreSQL."""

    def empty() -> str:
        if engine == "server":
            return postgres.emptied()
        return f"sqlite:///{tmp_path}/{len([*tmp_path.iterdir()])}.db"

    story, wrong = STORIES[name], dict[str, list[str]]()
    async with kept(empty()) as world:
        calls = await calls_of(story, world)
    assert "FakeMessenger.post" in calls
    visited = [*enumerate(calls)][:: 1 if ALL else 9]
    for at, call in visited:
        async with kept(empty()) as world:
            if found := await broken_off(story, world, at, how):
                wrong[f"{at}: {call}"] = found
    figures.keep("crash at every step", f"{engine}: {name}, {how}", wrong=len(wrong), calls=len(visited))
    assert not wrong
