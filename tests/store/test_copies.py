"""Making the database, copying it, putting a copy back: with real files, while others write, and when things fail."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.core.errors import BotError, ConfigError, StoreUnavailable
from bot.core.record import Entry
from bot.store import back_up, made, mark_restored, open_store, restore
from tests.harness.serving import ROOT, Finished, command, surroundings

RECORDED = Path(__file__).parents[1] / "recorded" / "database_m001.sql"
NOW = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database is."""
    return tmp_path / "bot.db"


@pytest.fixture
async def url(path: Path) -> str:
    """A database with three entries on record."""
    url = f"sqlite:///{path}"
    await made(url)
    await note(url, 3)
    return url


async def note(url: str, count: int) -> None:
    """Put entries on record."""
    async with open_store(url, exclusive=False) as store:
        for n in range(count):
            await store.record(Entry(at=NOW + timedelta(seconds=n), actor="bot", action="noted"))


async def noted(url: str) -> int:
    """Return how many entries there are, without marks."""
    async with open_store(url, exclusive=False) as store:
        assert (await store.verify_chain()).broken is None
        return len([e for e in await store.entries() if e.action == "noted"])


def names(folder: Path) -> set[str]:
    """Return what is in the folder but for the lock file."""
    return {p.name for p in folder.iterdir()} - {"bot.db.lock"}


# -- init -------------------------------------------------------------------------------------------------------------


async def test_init_makes_it_once(path: Path):
    """For its owner's eyes; a second time nothing changes, and both say which file it is."""
    environ = {"SNAPSHOT_BOT_DATABASE": f"sqlite:///{path}"}
    first = await command(environ, path.parent, "init")
    assert (first.code, first.err) == (0, "")
    assert first.out.startswith(f"{path} was made.\nNext, give the first right: snapshot-bot grant ")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    before = path.read_bytes()
    second = await command(environ, path.parent, "init")
    assert (second.code, second.out) == (0, f"{path} is there already; nothing was changed.\n")
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "args",
    [
        ["grants"],
        ["requests", "--json"],
        ["grant", "U024BE7LH", "*"],
        ["revoke", "U024BE7LH", "*"],
        ["rule", "default/61b71bdd-4ad3-5bd9-8311-04219c062eac", "--offline"],
        ["backup"],
        ["restored"],
    ],
    ids=lambda args: args[0],
)
@pytest.mark.parametrize("there", [False, True], ids=["no file", "an empty file"])
async def test_nothing_else_makes_it(path: Path, args: list[str], there: bool):
    """A shell with another setting than the bot's hears it, and no file appears."""
    if there:
        path.touch()
    done = await command({"SNAPSHOT_BOT_DATABASE": f"sqlite:///{path}"}, path.parent, *args)
    assert (done.code, done.out) == (78, "")
    assert f"There is no database at {path}. Set SNAPSHOT_BOT_DATABASE to the one that the bot serves" in done.err
    assert "snapshot-bot init" in done.err
    assert names(path.parent) == ({"bot.db"} if there else set())


async def test_a_command_says_which_file_it_used(url: str, path: Path):
    """Beside its output, which scripts read."""
    done = await command({"SNAPSHOT_BOT_DATABASE": url}, path.parent, "grants", "--json")
    assert (done.code, done.out, done.err) == (0, "[]\n", f"Database: {path}\n")


# -- backup -----------------------------------------------------------------------------------------------------------


async def test_a_copy_is_whole_though_others_write_all_the_time(url: str, path: Path):
    """It doesn't wait for them, nor they for it; it is of one moment, and only its owner may read it."""
    script = f"""if True:
        import asyncio
        from bot.store import open_store
        from bot.core.record import Entry
        from datetime import UTC, datetime
        async def write():
            async with open_store({url!r}, exclusive=True) as store:
                while True:
                    await store.record(Entry(at=datetime.now(UTC), actor="bot", action="noted", detail="x" * 5000))
                    print("saved", flush=True)
        asyncio.run(write())
    """
    environ = surroundings({}, path.parent)
    writer = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, env=environ, cwd=ROOT, stdout=subprocess.PIPE
    )
    assert writer.stdout is not None
    try:
        for _ in range(50):
            await writer.stdout.readline()
        done = await command({"SNAPSHOT_BOT_DATABASE": url}, path.parent, "backup", "copy.db")
    finally:
        writer.send_signal(signal.SIGKILL)
        await writer.communicate()
    assert done.code == 0, done.err
    copy = path.with_name("copy.db")
    assert done.out.startswith(f"{copy}: checked, ")
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with closing(sqlite3.connect(f"{copy.as_uri()}?mode=ro", uri=True)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM audit").fetchone()[0] > 50


async def test_a_copy_keeps_what_is_there(url: str, path: Path):
    """It overwrites a file only where that is asked, and the database itself never."""
    other = path.with_name("copy.db")
    other.write_text("mine")
    with pytest.raises(ConfigError, match=r"is there already\. Name another file, or add --overwrite"):
        back_up(url, other, overwrite=False)
    assert other.read_text() == "mine"
    back_up(url, other, overwrite=True)
    assert other.stat().st_size > 10_000
    for itself in (path, path.with_name("link.db")):
        if itself != path:
            itself.symlink_to(path)
        with pytest.raises(ConfigError, match="the database itself"):
            back_up(url, itself, overwrite=True)
    assert await noted(url) == 3


async def test_a_copy_without_a_name_gets_one(url: str, path: Path):
    """Beside the database, or in the folder that is named."""
    folder = path.with_name("copies")
    folder.mkdir()
    for target, where in ((None, path.parent), (folder, folder)):
        written, _ = back_up(url, target, overwrite=False)
        assert written.parent == where
        assert written.name.startswith("bot.db.backup-20")


@pytest.mark.parametrize("target", ["/no/such/folder/copy.db", "/proc/copy.db"])
async def test_a_folder_that_cannot_be_written_is_named(url: str, path: Path, target: str):
    """In one line, with what to do."""
    done = await command({"SNAPSHOT_BOT_DATABASE": url}, path.parent, "backup", target)
    assert done.code != 0
    assert done.err.splitlines()[1:] == [
        f"Error: {target} can't be written (No such file or directory). "
        "Name a file in a folder that has room and is yours."
    ]


async def on_a_full_disk(url: str, folder: Path, *args: str, room: int) -> Finished:
    """Run a command that can write *room* bytes to a file, as on a disk that is full but for these."""
    script = f"import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); "
    script += "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); from bot.cli import main; main()"
    return await command({"SNAPSHOT_BOT_DATABASE": url}, folder, *args, python=("-c", script))


async def test_a_full_disk_leaves_nothing_behind(url: str, path: Path):
    """One line, and neither a file of 0 bytes nor half a one."""
    done = await on_a_full_disk(url, path.parent, "backup", "copy.db", room=65536)
    assert done.code == 1
    (line,) = done.err.splitlines()[1:]
    assert line.startswith(f"Error: {path.with_name('copy.db')} can't be written: ")
    assert {n for n in names(path.parent) if "copy" in n} == set()


@pytest.mark.parametrize("room", [0, 4096, 65536])
async def test_on_a_full_disk_no_database_is_made(tmp_path: Path, room: int):
    """One line that names the file and says what to do; once there is room, the same command makes it."""
    url = f"sqlite:///{tmp_path}/new.db"
    done = await on_a_full_disk(url, tmp_path, "init", room=room)
    assert (done.code, done.out) == (1, "")
    (line,) = done.err.splitlines()
    assert line.startswith(f"Error: {tmp_path}/new.db")
    assert "space on" in line
    assert names(tmp_path) <= {"new.db.lock"}
    assert (await command({"SNAPSHOT_BOT_DATABASE": url}, tmp_path, "init")).out.startswith(
        f"{tmp_path}/new.db was made"
    )


@pytest.mark.parametrize("room", [0, 4096, 65536])
async def test_on_a_full_disk_nothing_is_put_back(url: str, path: Path, room: int):
    """The database of before stays, and nothing else is left."""
    back_up(url, path.with_name("copy.db"), overwrite=False)
    before = names(path.parent)
    done = await on_a_full_disk(url, path.parent, "restore", "copy.db", room=room)
    assert done.code == 1
    (line,) = done.err.splitlines()
    assert line.startswith(f"Error: {path}")
    assert "space on" in line
    assert names(path.parent) == before
    assert (await command({"SNAPSHOT_BOT_DATABASE": url}, path.parent, "grants")).code == 0


async def test_a_damaged_database_is_not_copied(url: str, path: Path):
    """A copy that nobody can use is worse than none."""
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = b"\xff" * (len(content) - 4096 * 3)
    path.write_bytes(content)
    with pytest.raises(BotError, match=r"damaged|malformed"):
        back_up(url, path.with_name("copy.db"), overwrite=False)
    assert {n for n in names(path.parent) if "copy" in n} == set()


# -- the copy before an upgrade ---------------------------------------------------------------------------------------


async def test_before_an_upgrade_there_is_a_way_back(path: Path):
    """Commands leave an old database alone; who serves copies it first, unchanged, and says where."""
    url = f"sqlite:///{path}"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(RECORDED.read_text(encoding="utf-8"))
        dump = list(db.iterdump())
    for args in (["grants"], ["init"], ["grant", "U024BE7LH", "*"]):
        refused = await command({"SNAPSHOT_BOT_DATABASE": url}, path.parent, *args)
        assert refused.code == 78
        assert "is of an older version of the bot, and only `snapshot-bot serve` brings it up to date" in refused.err
    back_up(url, path.with_name("old.db"), overwrite=False)  # a copy may be made of it at any time
    async with open_store(url, exclusive=True) as store:
        assert len(await store.find()) == 21
    (kept,) = path.parent.glob("bot.db.before-upgrade-*")
    for copy in (kept, path.with_name("old.db")):
        with closing(sqlite3.connect(copy)) as db:
            assert list(db.iterdump()) == dump
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    async with open_store(url, exclusive=True):
        assert len(list(path.parent.glob("bot.db.before-upgrade-*"))) == 1
    marked, _ = restore(url, kept, by="cli:op")
    assert marked.as_of == datetime(2026, 11, 23, 22, 6, 41, tzinfo=UTC) or marked.as_of < datetime.now(UTC)
    async with open_store(url, exclusive=True) as store:
        assert len(await store.find()) == 21


# -- restore ----------------------------------------------------------------------------------------------------------


async def test_a_copy_takes_the_place_of_the_database(url: str, path: Path):
    """What was there is kept whole; nothing of it lies beside the new one, whose record goes on and says what it is."""
    copy = path.with_name("copy.db")
    back_up(url, copy, overwrite=False)
    await note(url, 2)
    marked, kept = restore(url, copy, by="cli:op")
    assert marked.as_of == NOW + timedelta(seconds=2)
    assert kept is not None
    assert names(path.parent) == {"bot.db", "copy.db", kept.name}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    async with open_store(url, exclusive=False) as store:
        entry, *_ = await store.entries()
        assert (entry.action, entry.actor) == ("database.restored", "cli:op")
        assert await store.last_restore() == marked
    assert await noted(url) == 3
    assert await noted(f"sqlite:///{kept}") == 5


async def test_a_log_of_before_is_not_taken_for_the_new_files(url: str, path: Path):
    """A bot that was killed leaves SQLite's log: it goes into the file that is kept."""
    copy = path.with_name("copy.db")
    back_up(url, copy, overwrite=False)
    async with open_store(url, exclusive=False):
        await note(url, 2)
        left = {p: p.read_bytes() for p in (path, path.with_name("bot.db-wal"))}
    for file, content in left.items():
        file.write_bytes(content)
    _, kept = restore(url, copy, by="cli:op")
    assert {n for n in names(path.parent) if n.startswith("bot.db-")} == set()
    assert await noted(url) == 3
    assert await noted(f"sqlite:///{kept}") == 5


async def test_no_bot_may_serve_meanwhile(url: str, path: Path):
    """Both commands refuse, name the process, and change nothing."""
    copy = path.with_name("copy.db")
    back_up(url, copy, overwrite=False)
    async with open_store(url, exclusive=True):
        for refused in (lambda: restore(url, copy, by="op"), lambda: mark_restored(url, as_of=None, by="op")):
            with pytest.raises(StoreUnavailable, match=rf"served by another bot already \(process {os.getpid()}\)"):
                refused()
    with closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM audit").fetchone()
        await note(url, 1)
        with pytest.raises(StoreUnavailable, match="is open in another program"):
            restore(url, copy, by="op")
    assert await noted(url) == 4


@pytest.mark.parametrize("what", ["text", "damaged", "forged", "another program", "itself", "nothing", "newer"])
async def test_what_is_no_sound_copy_is_refused(url: str, path: Path, what: str):
    """Before anything is touched."""
    copy = path.with_name("copy.db")
    back_up(url, copy, overwrite=False)
    match what:
        case "text":
            copy.write_text("dear diary")
        case "damaged":
            copy.write_bytes(copy.read_bytes()[: 4096 * 5])
        case "forged":
            with closing(sqlite3.connect(copy)) as db:
                db.executescript("DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'me' WHERE seq = 2")
        case "another program":
            copy.unlink()
            with closing(sqlite3.connect(copy)) as db:
                db.executescript("CREATE TABLE diary (day TEXT)")
        case "itself":
            copy.unlink()
            copy.symlink_to(path)
        case "nothing":
            copy.unlink()
        case "newer":
            with closing(sqlite3.connect(copy)) as db:
                db.execute(
                    "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
                    "VALUES ('snapshot-bot', 'm999_later', '2030-01-01')"
                )
                db.commit()
    before, there = path.read_bytes(), names(path.parent)
    with pytest.raises(BotError):
        restore(url, copy, by="op")
    assert (path.read_bytes(), names(path.parent)) == (before, there)


async def test_a_damaged_or_lost_database_can_be_replaced(url: str, path: Path):
    """That is what a restore is for."""
    copy = path.with_name("copy.db")
    back_up(url, copy, overwrite=False)
    path.write_bytes(b"\xff" * 9000)
    _, kept = restore(url, copy, by="op")
    assert kept is not None
    assert kept.read_bytes() == b"\xff" * 9000
    path.unlink()
    assert restore(url, copy, by="op")[1] is None
    assert await noted(url) == 3


@pytest.mark.parametrize("step", ["fsync", "link", "unlink", "replace"])
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_a_crash_leaves_the_old_or_the_new_file(url: str, path: Path, step: str, after: bool):
    """kill -9 before or after each step that changes the folder: the next command finds one of both, sound."""
    copy = path.with_name("copy.db")
    back_up(url, copy, overwrite=False)
    await note(url, 2)
    where = "os" if step != "unlink" else "pathlib.Path"
    script = f"""if True:
        import os, pathlib
        from pathlib import Path
        from bot.store import restore
        real = {where}.{step}
        def dying(*args, **more):
            if {after}: real(*args, **more)
            os.kill(os.getpid(), 9)
        {where}.{step} = dying
        restore({url!r}, Path({str(copy)!r}), by="op")
    """
    died = await command({}, path.parent, python=("-c", script))
    assert died.code == -signal.SIGKILL
    assert await noted(url) == (3 if (step, after) == ("replace", True) else 5)
    restore(url, copy, by="op")
    assert await noted(url) == 3
    assert [name for name in names(path.parent) if ".part" in name] == []


# -- restored by another tool -----------------------------------------------------------------------------------------


async def test_a_restore_by_another_tool_is_marked_once(url: str, path: Path):
    """As of the last change in the data, or as the operator says; again it changes nothing."""
    environ = {"SNAPSHOT_BOT_DATABASE": url}
    shutil.copy(path, path.with_name("kept.db"))
    first = await command(environ, path.parent, "restored")
    assert first.code == 0, first.err
    assert first.out.startswith(f"{path} is marked: its data are as of 2026-11-23 14:05:02 UTC.\n")
    assert (await command(environ, path.parent, "restored")).out == first.out
    async with open_store(url, exclusive=False) as store:
        assert [e.action for e in await store.entries()].count("database.restored") == 1


@pytest.mark.parametrize(
    ("time", "code", "words"),
    [
        ("2026-11-23T14:06Z", 0, "as of 2026-11-23 14:06:00 UTC"),
        ("2026-11-23T15:06:00+01:00", 0, "as of 2026-11-23 14:06:00 UTC"),
        ("2026-11-23T14:00Z", 78, "The data have a change of 2026-11-23 14:05:02 UTC"),
        ("2126-11-23T14:00Z", 78, "2126-11-23 14:00:00 UTC is still to come."),
        ("2026-11-23T14:06", 2, "has no time zone"),
        ("yesterday", 2, "is no time"),
    ],
)
async def test_the_time_of_a_restore_may_be_told(url: str, path: Path, time: str, code: int, words: str):
    """With its zone, not before a change that is in the data, and not to come."""
    done = await command({"SNAPSHOT_BOT_DATABASE": url}, path.parent, "restored", "--as-of", time)
    assert done.code == code
    assert words in done.out + done.err
