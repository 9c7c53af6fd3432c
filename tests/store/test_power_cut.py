"""The power goes: what was acknowledged is there, whatever of the rest the disk lost or wrote by half."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from bot.core.approval import Vote
from bot.core.errors import StoreUnavailable
from bot.core.ids import RequestId
from bot.core.record import Head
from bot.core.request import State
from bot.ports import Store
from bot.store import open_store
from bot.store.sqlite import connecting
from tests.harness.contract_store import BEN, Hand, a_request, an_entry, at, moved
from tests.harness.figures import Figures
from tests.harness.lives import LIVES, LONG_FORM, SEED
from tests.harness.recorded_writes import Recording, library, recorded

pytestmark = pytest.mark.no_cover  # the same ways again and again
WRITERS = 4
IOERR_FSYNC = 1034
Kept = tuple[str, int]  # a request's id and version


async def lived(store: Store, recording: Recording, count: int) -> None:
    """Let *count* requests be asked for and declined by several people at once; note what each was told."""

    async def done(act: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await act()
            except StoreUnavailable:
                continue  # as people do who hear that nothing was saved
            return

    async def person(own: int) -> None:
        for number in range(own, count, WRITERS):
            request = a_request(number, created_at=at(number))
            entry = an_entry(request_id=request.id)
            await done(partial(store.add, request, origin=f"o{number}", entries=[entry], due_in=None))
            recording.say((request.id, 1))
            vote, declined = Vote(BEN, False, at(number), "not now"), moved(request, State.DECLINED)
            await done(partial(store.save, declined, vote=vote, entries=[replace(entry, action="request.declined")]))
            recording.say((request.id, 2))
            recording.say(await store.head())

    await asyncio.gather(*(person(own) for own in range(WRITERS)))


async def run(folder: Path, count: int, failing: float) -> tuple[Recording, int]:
    """Return what a bot did to its new file while *count* requests lived, and when the file was there.

    A share of *failing* of the syncs fails meanwhile.
    """
    sqlite = library()
    if sqlite is None:
        pytest.skip("SQLite is a part of this Python: what it writes can't be seen")
    folder.mkdir()
    with recorded(sqlite, folder) as recording:
        async with open_store(f"sqlite:///{folder}/bot.db", exclusive=True) as store:
            Hand.of(store)
            begun = len(recording.ops)
            chance = random.Random(SEED)
            recording.sync_fails = lambda: IOERR_FSYNC if chance.random() < failing else 0
            await lived(store, recording, count)
            recording.sync_fails = int
            ended = len(recording.ops)
    del recording.ops[ended:]
    return recording, begun


async def losses(recording: Recording, cut: int, chance: random.Random, folder: Path) -> tuple[list[str], int]:
    """Return what is wrong once the bot starts again after the power went at *cut*, and how many sectors were lost."""
    folder.mkdir()
    files, lost = recording.after_a_cut(cut, chance)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    said = recording.said_before(cut)
    told: list[Kept] = [what for what in said if not isinstance(what, Head)]
    heads = [what for what in said if isinstance(what, Head)]
    wrong = []
    try:
        async with open_store(f"sqlite:///{folder}/bot.db", exclusive=True) as store:
            for request_id, version in told:
                kept = await store.get(RequestId(request_id))
                if kept is None or kept.version < version:
                    wrong.append(f"{request_id} was told {version}, and is {kept and kept.version}")
                elif len(kept.votes) != kept.version - 1:
                    wrong.append(f"{request_id} has {len(kept.votes)} votes at version {kept.version}")
            wrong += [str(found) for found in (await store.verify_chain(heads)).findings]
            counts = {state: number for state, number in (await store.counts()).items() if number}
            rows = await store.find(limit=10_000)
            if counts != {state: n for state in State if (n := sum(r.state is state for r in rows))}:
                wrong.append(f"the counts are {counts}")
            await store.beat()
        with closing(sqlite3.connect(folder / "bot.db")) as connection:
            wrong += [row[0] for row in connection.execute("PRAGMA integrity_check") if row[0] != "ok"]
            wrong += [str(row) for row in connection.execute("PRAGMA foreign_key_check")]
    except Exception as error:  # a file that doesn't open has lost everything
        wrong.append(repr(error))
    return wrong, lost


async def cut_many_times(
    folder: Path, requests: int, cuts: int, failing: float = 0.0
) -> tuple[list[str], dict[str, int]]:
    """Return what was wrong after the power went at *cuts* moments of one run, and the figures."""
    recording, begun = await run(folder / "run", requests, failing)
    chance, wrong, lost = random.Random(SEED), [], 0
    for number in range(cuts):
        cut = chance.randrange(begun, len(recording.ops) + 1)
        found, sectors = await losses(recording, cut, chance, folder / f"cut-{number}")
        wrong += [f"seed {SEED}, cut at {cut}: {what}" for what in found]
        lost += sectors
    named = [op for op in recording.ops if op.data and op.file == "bot.db"]
    syncs = sum(op.syncs for op in recording.ops)
    return wrong, {
        "power_cuts": cuts,
        "writes": sum(op.data is not None for op in recording.ops),
        "syncs": syncs,
        "syncs_that_failed": sum(bool(op.result) for op in recording.ops),
        "acknowledgements": len(recording.said_before(len(recording.ops))),
        "pages_of_checkpoints": len(named),
        "sectors_lost": lost,
    }


FAILING = pytest.mark.parametrize("failing", [0.0, 0.1], ids=["syncs", "failing syncs"])


@FAILING
async def test_what_was_acknowledged_is_there_after_a_power_cut(tmp_path: Path, failing: float):
    """At any moment of its writes; the record is sound, and the file whole. A sync that fails acknowledges nothing."""
    wrong, counts = await cut_many_times(tmp_path, 100, 8, failing)
    assert wrong == []
    assert counts["pages_of_checkpoints"] > 0, "a checkpoint is a part of it"
    assert bool(counts["syncs_that_failed"]) == bool(failing)


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(3600)
@FAILING
async def test_hundreds_of_power_cuts(tmp_path: Path, figures: Figures, failing: float):
    """The same, five times for each life of the long form."""
    wrong, counts = await cut_many_times(tmp_path, 600, 5 * LIVES, failing)
    what = "power cut beside syncs that fail" if failing else "power cut"
    figures.keep("the file", what, wrong=len(wrong), **counts)
    assert wrong == []


async def test_a_commit_that_is_not_synced_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where SQLite is told not to sync each commit, as is quicker, a cut loses what was acknowledged."""
    connect = connecting.connect

    def hasty(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
        connection = connect(path, read_only=read_only)
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    monkeypatch.setattr("bot.store.sqlite.file.connect", hasty)
    wrong, _ = await cut_many_times(tmp_path, 40, 8)
    assert any("was told" in what for what in wrong)
