"""A database that is deleted, replaced, locked or full under the running bot: nothing is called saved that isn't."""

from __future__ import annotations

import os
import resource
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.core.errors import StoreUnavailable
from bot.core.grants import Grant, Role
from bot.core.ids import GrantId, Principal
from bot.core.scope import Scope
from bot.doctor import Check, examine
from bot.ports import Store
from bot.store import open_store
from bot.words import say
from tests.fakes.clock import FakeClock
from tests.harness.contract_store import give
from tests.harness.running import World, a_world
from tests.harness.serving import command

NOW = FakeClock().now()
WORDS = "Nothing was saved: the bot's database was deleted or replaced while the bot ran."


async def add(store: Store, user: str) -> None:
    """Keep a grant for *user*."""
    grant = Grant(Principal(user), Role.REQUEST, Scope(), "cli:root", NOW, "every cluster", id=GrantId(f"G-{user}"))
    await give(store, grant)


async def users(url: str) -> list[str]:
    """Return who has a grant in the database that *url* names now."""
    async with open_store(url, exclusive=True) as store:
        return [g.holder.id for g in (await store.rights()).grants]


def listed(path: Path) -> list[str]:
    """Return the names in the database's folder."""
    return sorted(os.listdir(path.parent))


def deleted(path: Path) -> None:
    """Delete the database, as `rm bot.db`."""
    path.unlink()


def deleted_with_all_beside(path: Path) -> None:
    """Delete everything, as `rm bot.db*`."""
    for file in path.parent.glob("bot.db*"):
        file.unlink()


def moved_away(path: Path) -> None:
    """Give the database another name."""
    path.rename(path.with_name("elsewhere.db"))


def replaced(path: Path) -> None:
    """Put a copy in its place, as a restore from a backup does."""
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    copy.rename(path)


def in_a_moved_folder(path: Path) -> None:
    """Give the folder another name, and make a new one."""
    path.parent.rename(path.parent.with_name("old"))
    path.parent.mkdir()


def without_its_log(path: Path) -> None:
    """Delete what SQLite keeps the newest commits in."""
    path.with_name("bot.db-wal").unlink()


def without_its_index(path: Path) -> None:
    """Delete what the processes share: the next one would make another, and each overwrite what the other wrote."""
    path.with_name("bot.db-shm").unlink()


def without_its_lock(path: Path) -> None:
    """Delete the lock: a second bot could serve the same database."""
    path.with_name("bot.db.lock").unlink()


LOSSES: list[Callable[[Path], None]] = [
    deleted,
    deleted_with_all_beside,
    moved_away,
    replaced,
    in_a_moved_folder,
    without_its_log,
    without_its_index,
    without_its_lock,
]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies, in a folder of its own."""
    folder = tmp_path / "data"
    folder.mkdir()
    return folder / "bot.db"


@pytest.mark.parametrize("lose", LOSSES, ids=lambda f: f.__name__)
async def test_nothing_is_called_saved_once_the_file_is_lost(path: Path, lose: Callable[[Path], None]):
    """Whatever of it is gone: each write is refused in words, reads go on, and the operator is told which file."""
    async with open_store(f"sqlite:///{path}", exclusive=True) as store:
        await add(store, "U1")
        lose(path)
        for write in (lambda: add(store, "U2"), lambda: store.beat(), lambda: store.first_time("k")):
            with pytest.raises(StoreUnavailable, match="was deleted or replaced while the bot had it open") as lost:
                await write()
            assert say(lost.value).startswith(WORDS)
        assert [g.holder.id for g in (await store.rights()).grants] == ["U1"]


@pytest.mark.parametrize("elsewhere", [True, False], ids=["leads elsewhere", "is deleted"])
async def test_a_link_to_the_file_is_a_name_too(path: Path, elsewhere: bool):
    """The settings name a link: where it no longer leads to the file, the next start would find another."""
    link = path.parent / "link.db"
    link.symlink_to(path)
    async with open_store(f"sqlite:///{link}", exclusive=True) as store:
        await add(store, "U1")
        link.unlink()
        if elsewhere:
            link.symlink_to(path.with_name("other.db"))
            path.with_name("other.db").touch()
        with pytest.raises(StoreUnavailable, match=r"link\.db was deleted or replaced"):
            await add(store, "U2")


@pytest.mark.parametrize("lose", [without_its_log, without_its_index, without_its_lock], ids=lambda f: f.__name__)
async def test_what_was_saved_before_is_there_after_a_restart(path: Path, lose: Callable[[Path], None]):
    """Where the file itself is whole, the stop brings in all that was called saved, and nothing that wasn't."""
    url = f"sqlite:///{path}"
    async with open_store(url, exclusive=True) as store:
        await add(store, "U1")
        lose(path)
        with pytest.raises(StoreUnavailable):
            await add(store, "U2")
    assert await users(url) == ["U1"]


@pytest.mark.parametrize("lose", [moved_away, without_its_log, without_its_index], ids=lambda f: f.__name__)
async def test_once_noticed_all_that_was_saved_is_in_the_file_itself(path: Path, lose: Callable[[Path], None]):
    """A kill after that loses nothing: the file alone, without what SQLite keeps beside it, has every commit."""
    async with open_store(f"sqlite:///{path}", exclusive=True) as store:
        await add(store, "U1")
        lose(path)
        with pytest.raises(StoreUnavailable):
            await add(store, "U2")
        alone = path.parent.parent / "alone.db"
        elsewhere = path.with_name("elsewhere.db")
        shutil.copy(elsewhere if lose is moved_away else path, alone)
    assert await users(f"sqlite:///{alone}") == ["U1"]


async def test_put_back_it_goes_on(path: Path):
    """The very file under its name again: writes are taken, and what was refused meanwhile isn't in it."""
    url = f"sqlite:///{path}"
    async with open_store(url, exclusive=True) as store:
        await add(store, "U1")
        moved_away(path)
        with pytest.raises(StoreUnavailable):
            await add(store, "U2")
        path.with_name("elsewhere.db").rename(path)
        await add(store, "U3")
    assert await users(url) == ["U1", "U3"]


@pytest.mark.parametrize("noticed", [True, False], ids=["noticed", "at the stop"])
async def test_what_was_put_in_its_place_is_left_alone(path: Path, noticed: bool):
    """A backup put in place under the running bot gets nothing of what the bot wrote or writes, also at its stop."""
    url = f"sqlite:///{path}"
    async with open_store(url, exclusive=True) as store:
        await add(store, "U1")
        with sqlite3.connect(path) as source, sqlite3.connect(path.with_name("backup.db")) as backup:
            source.backup(backup)
        source.close()
        backup.close()
        await add(store, "U2")
        path.with_name("backup.db").rename(path)
        if noticed:
            with pytest.raises(StoreUnavailable):
                await add(store, "U3")
    assert await users(url) == ["U1"]


async def test_the_file_is_looked_at_by_its_names_alone(path: Path):
    """While the bot has it open nobody opens it again but SQLite: to close a descriptor drops the process's locks."""
    opened: list[str] = []
    watched = [True]  # a hook stays until the process ends

    def hook(event: str, args: tuple[object, ...]) -> None:
        if watched and event == "open" and str(args[0]).startswith(str(path)):
            opened.append(str(args[0]))

    async with open_store(f"sqlite:///{path}", exclusive=True) as store:
        sys.addaudithook(hook)
        await add(store, "U1")
        await store.beat()
        await store.rights_state()
        async with open_store(f"sqlite:///{path}", exclusive=False) as beside:
            await add(beside, "U2")
        deleted(path)
        with pytest.raises(StoreUnavailable):
            await add(store, "U3")
        watched.clear()
    assert {*opened} <= {f"{path}.lock"}


async def test_a_file_lost_between_two_commits_of_many_fails_them_all(path: Path):
    """Those that wait in one group hear the same: none of them was saved."""
    async with open_store(f"sqlite:///{path}", exclusive=True) as store:
        await add(store, "U1")
        deleted(path)
        for n in range(20):
            with pytest.raises(StoreUnavailable):
                await add(store, f"U{n}")


@pytest.mark.parametrize("lose", [deleted, replaced, moved_away], ids=lambda f: f.__name__)
@pytest.mark.parametrize("exclusive", [True, False], ids=["serve", "command"])
async def test_beside_a_bot_whose_file_is_lost_nothing_is_opened(
    path: Path, lose: Callable[[Path], None], exclusive: bool
):
    """A grant into the new file would never reach the bot, and a fresh empty one would hide what happened."""
    url = f"sqlite:///{path}"
    async with open_store(url, exclusive=True) as store:
        await add(store, "U1")
        lose(path)
        there = listed(path)
        with pytest.raises(StoreUnavailable, match=rf"while the bot \(process {os.getpid()}\) had it open"):
            async with open_store(url, exclusive=exclusive):
                pytest.fail("it opens")
        assert listed(path) == there


async def test_a_file_replaced_while_nobody_served_it_is_opened(path: Path):
    """After a kill the lock file still names the old file; a backup put in its place meanwhile is the database now."""
    url = f"sqlite:///{path}"
    async with open_store(url, exclusive=True) as store:
        await add(store, "U1")
    replaced(path)
    path.with_name("bot.db.lock").write_text("4711 1 1\n")
    async with open_store(url, exclusive=False) as store:
        await add(store, "U2")
    assert await users(url) == ["U1", "U2"]


@contextmanager
def no_space() -> Iterator[None]:
    """Let no file of this process grow, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the write lock, as a program that forgot its transaction."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.close()


async def test_without_space_the_proof_fails_and_then_holds_again(path: Path):
    """A read wouldn't notice; the row that is written does, with the fix for the operator."""
    async with open_store(f"sqlite:///{path}", exclusive=True) as store:
        await store.beat()
        with no_space(), pytest.raises(StoreUnavailable, match=r"database: .*\. (Check the disk|Free some space)"):
            await store.beat()
        await store.beat()


async def database(world: World) -> Check:
    """Return what `doctor` says of the database."""
    (check,) = [c for c in await examine(world.environ) if c.what.startswith("Database")]
    return check


async def until_saving(world: World, ok: bool) -> str:
    """Wait until /status says whether something can be saved, and return why not."""
    status = await world.get("/status")
    while status.json()["database"]["ok"] is not ok:
        status = await world.get("/status")
    assert status.status_code == (200 if ok else 503)
    return status.json()["database"]["why"] or ""


@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_whoever_acts_hears_that_nothing_is_saved(tmp_path: Path, http: bool):
    """A request and a decision are refused in words; /status, its metric and doctor are red; put back, all is well."""
    async with a_world(tmp_path, http=http) as world:
        file = tmp_path / "bot.db"
        card = await world.ask("ana", "kept-1")
        modal = await world.user("ana").command("/snapshot")
        await modal.enter("Cluster", "dwh-prod")
        await modal.enter("Name", "lost-1")
        moved_away(file)

        result = await modal.submit()
        assert WORDS in f"{result.errors} {result.modal and result.modal.text}"
        reply = await world.user("ben").click_for_reply(card, "Approve")
        assert reply.text.startswith(WORDS)
        assert await until_saving(world, ok=False) == (
            f"{file} was deleted or replaced while the bot had it open. Nothing is saved any more. "
            "Stop the bot, put the file (or a backup) back, then start it again."
        )
        assert 'snapshot_bot_dependency_ok{cloud="",dependency="database"} 0.0' in (await world.get("/metrics")).text
        assert (await world.get("/readyz")).status_code == 200
        assert (await world.get("/healthz")).status_code == 200
        check = await database(world)
        assert (check.ok, check.what) == (False, "Database: nothing can be saved")
        assert f"(process {os.getpid()}) had it open" in check.fix
        granted = await command(world.environ, tmp_path, "grant", world.user("ada").id, "*")
        assert (granted.code, WORDS in granted.err) == (1, True)
        assert file.name not in listed(file)

        file.with_name("elsewhere.db").rename(file)
        await until_saving(world, ok=True)
        assert (await database(world)).ok
        await world.approve("ben", card)
        await card.wait_for("Available", seconds=60)
        assert world.cloud.calls.count("create") == 1


@pytest.mark.parametrize("trouble", ["locked", "full"])
async def test_what_passes_is_red_while_it_lasts(tmp_path: Path, trouble: str):
    """Locked by another program, no space: /status and doctor are red, not ready is it never, and green again after."""
    async with a_world(tmp_path) as world:
        with held(tmp_path / "bot.db") if trouble == "locked" else no_space():
            why = await until_saving(world, ok=False)
            assert why.startswith("a write has waited" if trouble == "locked" else "database: ")
            check = await database(world)
            what = "saved" if trouble == "locked" else f"written to {tmp_path} (File too large)"
            assert (check.ok, check.what) == (False, f"Database: nothing can be {what}")
            assert check.fix.endswith(("End the program that holds it.", "systemd's LimitFSIZE)."))
            assert (await world.get("/readyz")).status_code == 200
        await until_saving(world, ok=True)
        assert (await database(world)).ok
        card = await world.ask("ana", "after-all")
        assert "Waiting" in card.text
