"""A file that can't be written for a while under the running bot: who acts is told, nothing is lost, and it goes on."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import pytest

from bot.store import open_store
from bot.store.sqlite.writer import Writer
from slack_sandbox.sandbox import Card, Modal
from tests.harness.figures import Figures
from tests.harness.lives import LONG_FORM, told_of
from tests.harness.recorded_writes import Recording, library, recorded
from tests.harness.running import World, a_world, sent

BUSY = "Nothing was saved: another program holds the bot's database. Try again in a minute."
BROKEN = "Nothing was saved: the bot's database can't be used just now."
Trouble = Callable[[Path, Recording], AbstractContextManager[None]]


@contextmanager
def locked(file: Path, _: Recording) -> Iterator[None]:
    """Another program holds the write lock."""
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


def failing(code: int) -> Trouble:
    """Each write fails with *code*."""

    @contextmanager
    def trouble(_: Path, recording: Recording) -> Iterator[None]:
        recording.write_fails = lambda: code
        try:
            yield
        finally:
            recording.write_fails = int

    return trouble


TROUBLES: dict[str, tuple[Trouble, str, str]] = {
    "locked": (locked, BUSY, "End the program that holds it."),
    "full": (failing(sqlite3.SQLITE_FULL), BROKEN, "Free some space on its disk."),
    "read-only": (failing(sqlite3.SQLITE_READONLY), BROKEN, "Make the file and its directory writable again."),
    "broken": (failing(sqlite3.SQLITE_IOERR_WRITE), BROKEN, "Check the disk, and that there is space on it."),
}


async def form(world: World, name: str) -> Modal:
    """Let ada fill in a form that she hasn't sent."""
    modal = await world.form("ada")
    await modal.enter("Cluster", "dwh-prod")
    await modal.enter("Name", name)
    return modal


async def while_it_lasts(world: World, modal: Modal, card: Card, seconds: float) -> list[str]:
    """Let ada send her form and ben approve again and again, and an operator look; return what they were told."""
    said: list[str] = []
    end = time.monotonic() + seconds
    while not said or time.monotonic() < end:
        result = await modal.submit()
        said.append(f"{result.errors} {result.modal.text if result.modal else ''}")
        said.append((await world.user("ben").click_for_reply(card, "Approve")).text)
    return said


async def lived_through(folder: Path, trouble: str, seconds: float) -> dict[str, int]:
    """Let the trouble last for *seconds* while one snapshot runs and one waits; check all, and return the figures."""
    begins, words, fix = TROUBLES[trouble]
    file = folder / "bot.db"
    with ExitStack() as stack:
        sqlite = library()
        if sqlite is None:
            pytest.skip("SQLite is a part of this Python: what it writes can't be made to fail")
        recording = stack.enter_context(recorded(sqlite, folder))
        async with a_world(folder, snapshot_seconds=1.0) as world:
            runs = await world.ask("ana", "runs-1")
            await world.approve("ben", runs)
            await runs.wait_for("Creating", seconds=60)
            waits = await world.ask("ana", "waits-1")
            modal = await form(world, "asked-1")
            with begins(file, recording):
                said = await while_it_lasts(world, modal, waits, seconds)
                status = await world.get("/status")
                assert status.status_code == 503
                why = status.json()["database"]["why"]
                assert why.endswith(fix) or why.startswith("a write has waited for more than")
            assert [told for told in said if words not in told] == []

            await runs.wait_for("Available", seconds=90)
            await sent(modal)
            asked = await world.user("ada").channel("dwh-ops").wait_for("asked-1")
            for card in (waits, asked):
                await world.approve("ben", card)
                await card.wait_for("Available", seconds=90)
            assert world.cloud.calls.count("create") == 3
            told = told_of(world.user("ben").channel("dwh-ops").messages)
            assert set(told.values()) == {1}, told
    async with open_store(f"sqlite:///{file}", exclusive=True) as store:
        assert (await store.verify_chain()).findings == ()
    return {"acts_refused_in_words": len(said), "requests": 3, "told": len(told)}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_people_are_told_and_it_goes_on_by_itself(tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch):
    """Full, read-only, broken, or held by another program for longer than the bot waits, which is less here."""
    defaults = Writer.__init__.__kwdefaults__
    assert defaults is not None
    monkeypatch.setitem(defaults, "patience", 0.3)
    await lived_through(tmp_path, trouble, 1.0)


@LONG_FORM
@pytest.mark.kill
@pytest.mark.timeout(600)
@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_minute_of_it(tmp_path: Path, figures: Figures, trouble: str):
    """The same for a minute."""
    counts = await lived_through(tmp_path, trouble, 60.0)
    figures.keep("the file", f"{trouble} for a minute", wrong=0, **counts)
