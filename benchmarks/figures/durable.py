"""A row that is kept for sure: through the bot's writer, and through sqlite3 alone, a commit for each."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from benchmarks.loading import Answered
from benchmarks.measuring import Bench, Measured, by_ratio, interleaved, ms, rates
from bot.store import open_store

_FIGURES = {"durable-alone": 1, "durable-64": 64}


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield what durability costs, one row at a time and 64 at a time."""
    raw = bench.folder / "raw.db"
    with closing(sqlite3.connect(raw)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE seen (key TEXT PRIMARY KEY NOT NULL, at TEXT NOT NULL) STRICT")
    for figure, at_once in _FIGURES.items():
        if bench.wants(figure):
            count = bench.size(2_000, 600)
            pairs = interleaved(
                bench.size(8, 4),
                lambda count=count, at_once=at_once: asyncio.run(kept(bench.folder / "durable.db", count, at_once)),  # type: ignore[misc]
                lambda count=count: inserted(raw, count),  # type: ignore[misc]
            )
            yield by_ratio(figure, ms(pairs, 50) if at_once == 1 else rates(pairs))


async def kept(database: Path, count: int, at_once: int) -> Answered:
    """Keep *count* keys through the bot's store, so many *at_once*."""
    took: list[float] = []
    async with open_store(f"sqlite:///{database}", exclusive=True) as store:
        keys = iter([secrets.token_hex(32) for _ in range(count)])

        async def keep() -> None:
            for key in keys:
                at = time.perf_counter()
                assert await store.first_time(key)
                took.append(time.perf_counter() - at)

        began = time.perf_counter()
        await asyncio.gather(*(keep() for _ in range(at_once)))
        return Answered(took, time.perf_counter() - began)


def inserted(database: Path, count: int) -> Answered:
    """Insert *count* keys by sqlite3, one after the other, each with its commit."""
    took = []
    keys = [secrets.token_hex(32) for _ in range(count)]
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        began = time.perf_counter()
        for key in keys:
            at = time.perf_counter()
            connection.execute("INSERT INTO seen VALUES (?, ?)", (key, "2026-11-23T14:05:00.000000Z"))
            took.append(time.perf_counter() - at)
        return Answered(took, time.perf_counter() - began)
