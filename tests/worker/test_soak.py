"""A day of a busy workspace with faults of both far ends: the counts are exact, and nothing of the process grows."""

from __future__ import annotations

import sqlite3
import time
from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.request import OPEN
from bot.store import open_store
from bot.store.sqlite import connecting
from tests.fakes.clock import FakeClock
from tests.harness.figures import Figures
from tests.harness.lives import LONG_FORM, SEED
from tests.harness.soak import Sample, Soak

DAY = timedelta(hours=24)
pytestmark = pytest.mark.no_cover  # the same ways again and again


@pytest.fixture(autouse=True)
def _no_syncs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for no disk: what is on it after a power cut is another test's."""
    connect = connecting.connect

    def hasty(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        connection = connect(path, read_only=read_only)
        connection.execute("PRAGMA synchronous = OFF")
        return connection

    monkeypatch.setattr("bot.store.sqlite.file.connect", hasty)


async def a_day(
    folder: Path, count: int, *, faults: float = 0.02, span: timedelta = DAY, keep: float | None = 1 / 8
) -> Soak:
    """Let *count* requests live within *span*, and return what came of it; the record is sound.

    What has ended is kept for the share *keep* of that (None: for ever).
    """
    clock = FakeClock()
    async with open_store(f"sqlite:///{folder}/bot.db", exclusive=True, clock=clock) as store:
        soak = Soak(store, clock, folder / "bot.db", count, faults, SEED, span, None if keep is None else keep * span)
        await soak.run()
        assert (await store.verify_chain()).findings == ()
        counts = await store.counts()
        assert sum(n for state, n in counts.items() if state in OPEN) == 0
        assert (sum(counts.values()) < count) is (keep is not None), "old requests are dropped meanwhile"
    return soak


def grown(samples: list[Sample], what: str) -> float:
    """Return by what share *what* grew in the second half of the day, at its least in each quarter."""
    half = samples[len(samples) // 2 :]
    first, last = (min(getattr(s, what) for s in part) for part in (half[: len(half) // 2], half[len(half) // 2 :]))
    return float(last / first - 1)


async def test_a_day_leaves_nothing_behind_but_its_rows(tmp_path: Path):
    """A hundred requests within three hours, faults in one of fifty calls, and a restart each quarter of an hour."""
    soak = await a_day(tmp_path, 100, span=timedelta(hours=3))
    assert list(soak.wrongs()) == []
    assert len({(s.files, s.tasks) for s in soak.samples[1:]}) == 1
    assert grown(soak.samples, "blocks") < 0.03


async def test_what_waits_all_at_once_is_served_in_turn(tmp_path: Path):
    """Sixty within a second, on clusters that make one snapshot at a time; cards aren't drawn without end."""
    soak = await a_day(tmp_path, 60, span=timedelta(seconds=1), keep=None)
    assert list(soak.wrongs()) == []
    assert soak.messenger.updates < 12 * soak.count


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(4 * 3600)
async def test_ten_thousand_wait_at_once(tmp_path: Path, figures: Figures):
    """The same for ten thousand: eighty in line for each cluster."""
    began = time.monotonic()
    soak = await a_day(tmp_path, 10_000, span=timedelta(seconds=1), keep=None)
    wrong, hours = list(soak.wrongs()), (soak.clock.now() - FakeClock().now()) / timedelta(hours=1)
    figures.keep(
        "overload",
        "10,000 waiting",
        wrong=len(wrong),
        **soak.counts(),
        seconds=round(time.monotonic() - began, 1),
        simulated_hours=round(hours, 1),
        cards_drawn_again_per_request=round(soak.messenger.updates / soak.count, 1),
    )
    assert wrong == []


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(4 * 3600)
async def test_a_day_of_a_hundred_thousand(tmp_path: Path, figures: Figures):
    """More than one a second; memory is flat, and the file grows by what it keeps."""
    began = time.monotonic()
    soak = await a_day(tmp_path, 100_000)
    wrong, first, last = list(soak.wrongs()), soak.samples[len(soak.samples) // 2], soak.samples[-1]
    figures.keep(
        "a day",
        "100,000 requests",
        wrong=len(wrong),
        **soak.counts(),
        seconds=round(time.monotonic() - began, 1),
        growth_of_blocks=f"{grown(soak.samples, 'blocks'):.1%}",
        growth_of_resident_memory=f"{grown(soak.samples, 'resident'):.1%}",
        handles=last.files,
        tasks=last.tasks,
        bytes_of_file_per_request=(last.database - first.database) // (last.asked - first.asked),
    )
    assert wrong == []
    assert len({(s.files, s.tasks) for s in soak.samples[1:]}) == 1
    assert grown(soak.samples, "blocks") < 0.03
    assert grown(soak.samples, "resident") < 0.05
