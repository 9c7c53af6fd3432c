"""What is the SQLite store's own: the file, who may open it, group commit, survival, the chain."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import os
import re
import sqlite3
import stat
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlite_utils import Database

from bot.core.approval import ApprovalRule, Vote
from bot.core.errors import BotError, ConfigError, StaleRequest, StoreUnavailable
from bot.core.events import Hold
from bot.core.grants import Role
from bot.core.holdings import Holdings
from bot.core.ids import ClusterId, ClusterRef, Principal, SnapshotId, UserId
from bot.core.message import CARD, RESULT
from bot.core.record import Damage, Entry, Head, Selection, Verdict
from bot.core.request import Kind, SnapshotRequest, State
from bot.core.right_changes import GrantChange
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.visible import Portion, Visible
from bot.core.why import Code, Why
from bot.core.work import Work
from bot.slack.drawing import wording
from bot.store import columns, look_bodies, open_store
from bot.store.sqlite import file, rows, schema
from bot.store.sqlite.store import SqliteStore
from bot.store.sqlite.writer import Writer
from bot.words import reasons, say
from tests.fakes.clock import FakeClock
from tests.harness.contract_store import (
    ANA,
    BEN,
    DWH,
    NOW,
    POSTED,
    Hand,
    a_grant,
    a_request,
    an_entry,
    at,
    begin_look,
    claim,
    give,
    keep,
    make,
    moved,
    next_due,
    post_card,
    save,
    save_message,
    set_rule,
    take,
    take_messages,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database will be."""
    return tmp_path / "bot.db"


@pytest.fixture
def url(path: Path) -> str:
    """The setting that names it."""
    return f"sqlite:///{path}"


def as_kept_before(request: SnapshotRequest, problem: str = "", advice: str = "") -> dict[str, rows.Value]:
    """Return the columns of *request* as a version kept them that told why in sentences."""
    told = {"origin": f"view:{request.id}", "problem": problem, "advice": advice}
    row = rows.values(columns.of_request(request)) | told
    row["need"] = request.rule.need
    since = {"rule", "waived", "counted", "escalated", "asked", "glass", "rule_set_by", "rule_set_at"}
    since |= {"revised", "joined", "asked_by", "keep", "start_at", "start_wall", "start_zone", "deletes", "knows_last"}
    row = {column: value for column, value in row.items() if column not in since}
    return {name: kept for name, kept in row.items() if name not in ("why", "cloud_request_id", "as_of", "recovery")}


def record_as_before(connection: sqlite3.Connection, *entries: Entry) -> None:
    """Chain *entries* to an empty record as the versions did that kept no text of them."""
    before = "0" * 64
    for number, entry in enumerate(entries, 1):
        ref = entry.cluster
        place = (entry.request_id, ref.cloud if ref else None, ref.id if ref else None)
        content = [number, rows.text(entry.at), entry.actor, entry.action, entry.rule, *place, entry.detail]
        text = json.dumps([before, *content], ensure_ascii=True, separators=(",", ":"))
        before = hashlib.sha256(text.encode("ascii")).hexdigest()
        connection.execute(
            "INSERT INTO audit (seq, at, actor, action, rule, request_id, cloud, cluster, detail, hash) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*content, before),
        )


@contextmanager
def operator(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the file as an operator's own tool does."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def verdict(url: str) -> Verdict:
    """Check the chain beside the process that serves the file."""
    async with open_store(url, exclusive=False) as store:
        return await store.verify_chain()


def open_and_close(url: str, *, exclusive: bool = False) -> None:
    """Open the store as the bot does, and close it; for tests that look at the files themselves."""

    async def opening() -> None:
        async with open_store(url, exclusive=exclusive):
            pass

    asyncio.run(opening())


@contextmanager
def without_privileges() -> Iterator[None]:
    """Be nobody for a while, where the tests run as root, whom no file mode stops."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


# -- opening ----------------------------------------------------------------------------------------------------------


async def test_everything_is_there_after_a_restart(url: str) -> None:
    """Requests, votes, messages, rights, rules, keys and the record outlive the process that wrote them."""
    async with open_store(url, exclusive=True, clock=Hand()) as store:
        await give(store, a_grant())
        await set_rule(store, Scope.of(DWH), ScopeRule(ApprovalRule.of(2)))
        request = await keep(store, a_request(), NOW)
        posted = await post_card(store)
        await save(store, saved := moved(request, State.APPROVED), vote=Vote(BEN, True, NOW), due_at=at(90))
        await store.first_time("Ev1")

    async with open_store(url, exclusive=True, clock=Hand()) as store:
        assert await store.get(request.id) == replace(saved, votes=(Vote(BEN, True, NOW),))
        assert await store.message(request.id, CARD) == posted
        assert (await store.rights()).grants == (a_grant(),)
        assert await store.rules() == {Scope.of(DWH): ScopeRule(ApprovalRule.of(2))}
        assert not await store.first_time("Ev1")
        assert [e.action for e in await store.entries()] == ["rule.set", "grant.added"]
        assert await next_due(store) == at(60)


async def test_a_row_from_before_tries_were_kept_opens(url: str, path: Path) -> None:
    """A request that was under way at the upgrade is read as before; since when it fails isn't known of it."""
    request = a_request(state=State.CREATING, version=4, attempts=2)
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations().apply(Database(connection), stop_before="m005_tries")
        had = {column[1] for column in connection.execute("PRAGMA table_info(requests)")}
        assert not had & {"failing_since", "missing_since"}
        row = {c: v for c, v in as_kept_before(request).items() if c in had}
        marks = ", ".join("?" * len(row))
        connection.execute(f"INSERT INTO requests ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        connection.commit()
    async with open_store(url, exclusive=True) as store:
        assert await store.get(request.id) == request
        await store.save(seen := replace(request, version=5, missing_since=NOW, failing_since=at(9)))
        assert await store.get(request.id) == seen


async def test_rows_from_before_kinds_are_requests_to_create_and_grants_of_people(url: str, path: Path) -> None:
    """What was asked for and granted then is read as before, and a right that was given then is taken back as ever."""
    at_that_time = rows.text(NOW)
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        schema.migrations().apply(db, stop_before="m007_kinds")
        had = db.table("requests").columns_dict
        row = as_kept_before(a_request()).items()
        db.table("requests").insert({column: value for column, value in row if column in had})
        granted = (ANA, "request", DWH.cloud, DWH.id, "dwh-prod", "U0CLEO", at_that_time)
        connection.execute("INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?)", granted)
        connection.commit()
    async with open_store(url, exclusive=True) as store:
        old = await store.get(a_request().id)
        assert old == a_request()
        assert (old.kind, old.owner) == (Kind.CREATE, Principal(ANA))
        assert await store.newest(Visible(Principal(ANA))) == [old.id]
        assert [c.name for c in await store.asked_clusters([Scope()])] == [old.cluster_name]
        assert (await store.counts())[old.state] == 1
        assert [g.holder for g in (await store.rights(holders=[Principal(ANA)])).grants] == [Principal(ANA)]
        (grant,) = await store.grants()
        await make(store, GrantChange(grant, None))
        assert await store.grants() == ()


async def test_sentences_of_before_are_shown_as_they_were_told(url: str, path: Path) -> None:
    """Why a request waits or failed reads as it did; the record keeps its sentences, and its chain holds."""
    busy = a_request(1, state=State.APPROVED, hold=Hold.BUSY)
    failed = a_request(2, state=State.FAILED)
    twice = a_request(3, state=State.FAILED)
    told = {
        busy.id: ("a restore is running", ""),
        failed.id: ("The cluster no longer exists in the cloud.", "Choose another one."),
        twice.id: ("The cloud refused the request as wrong: no. Correct it and ask again.", "Ask again."),
        "R-4": ("", ""),
    }
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations().apply(Database(connection), stop_before="m008_reasons")
        for request in (busy, failed, twice, a_request(4)):
            row = as_kept_before(request, *told[request.id])
            marks = ", ".join("?" * len(row))
            connection.execute(f"INSERT INTO requests ({', '.join(row)}) VALUES ({marks})", list(row.values()))
        record_as_before(connection, an_entry(detail=told[failed.id][0]))
        connection.commit()
    async with open_store(url, exclusive=True) as store:
        seen = {r.id: r for r in await store.find()}
        (entry,) = await store.entries()
        await store.record(an_entry(detail=str(Why(Code.SNAPSHOT_GONE))))
        assert await store.get(failed.id) == replace(failed, why=Why.as_told(*told[failed.id]))
    read = {request_id: (reasons.problem(r.why), reasons.advice(r.why)) for request_id, r in seen.items()}
    assert read == told | {twice.id: (told[twice.id][0], "")}, "it was left out on the card, too"
    assert wording.status(seen[busy.id]).endswith("is busy (a restore is running); waiting its turn")
    assert entry.detail == told[failed.id][0]
    found = await verdict(url)
    assert (found.rows, found.broken) == (2, None)


async def test_a_record_from_before_texts_were_kept_stays_sound(url: str, path: Path) -> None:
    """Its entries keep their hashes, as layout 1, and the chain goes on from them; its last number isn't forgotten."""
    entries = [an_entry("a", detail="naïve 🙂"), an_entry("b", cluster=DWH), an_entry("c", request_id=a_request().id)]
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations().apply(Database(connection), stop_before="m015_record")
        record_as_before(connection, *entries)
        hashes = [h for (h,) in connection.execute("SELECT hash FROM audit ORDER BY seq")]
        connection.commit()
    async with open_store(url, exclusive=True) as store:
        assert (await store.entries())[::-1] == entries
        await store.record(an_entry("later"))
        kept = await store.recorded(Selection())
        assert ([r.hash for r in kept[:3]], [r.layout for r in kept]) == (hashes, [1, 1, 1, 2])
        assert (await store.verify_chain([Head(3, hashes[2])])).findings == ()
    with operator(path) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute("UPDATE audit SET actor = 'me'")


@pytest.mark.parametrize(
    ("tampering", "damage", "number"),
    [
        ("UPDATE audit SET actor = 'me' WHERE seq = 2", Damage.CHANGED, 2),
        ("DELETE FROM audit WHERE seq = 2", Damage.GAP, 2),
        ("DELETE FROM audit WHERE seq = 3", Damage.CUT, 3),
    ],
)
async def test_what_was_wrong_with_the_record_before_is_wrong_after(
    url: str, path: Path, tampering: str, damage: Damage, number: int
) -> None:
    """Bringing it up to date covers nothing, also where something was cut off at its end."""
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations().apply(Database(connection), stop_before="m015_record")
        record_as_before(connection, an_entry("a"), an_entry("b"), an_entry("c"))
        for statement in ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete", tampering):
            connection.execute(statement)
        connection.commit()
    async with open_store(url, exclusive=True):
        pass
    first = (await verdict(url)).findings[0]
    assert (first.damage, first.number) == (damage, number)


REFUSER = """
import asyncio, os, signal, sys
from datetime import UTC, datetime
from bot.core.record import Entry
from bot.store import open_store
async def refuse():
    async with open_store(sys.argv[1], exclusive=True) as store:
        for _ in range(4):
            await store.refuse(Entry(datetime.now(UTC), "U1", "ask.refused", "no-grant"))
        os.kill(os.getpid(), signal.SIGKILL)
asyncio.run(refuse())
"""


async def test_refusals_that_were_counted_survive_kill_9(url: str) -> None:
    """Who serves next writes how many they were."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", REFUSER, url)
    await process.wait()
    later = FakeClock(datetime.now(UTC) + timedelta(hours=1))
    async with open_store(url, exclusive=True, clock=later) as store:
        assert len(await store.entries()) == 1
        await store.beat()
        closed, _ = await store.entries()
    assert json.loads(closed.detail)["again"] == 3


async def test_what_was_seen_before_looks_were_leased_is_shown(url: str, path: Path) -> None:
    """A look that a version without leases kept is read, and the next one can begin."""
    seen = Holdings(NOW, {}, ())
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations().apply(Database(connection), stop_before="m011_leased_looks")
        kept = (DWH.cloud, rows.text(NOW), look_bodies.written(seen))
        connection.execute("INSERT INTO looks (cloud, began_at, body) VALUES (?, ?, ?)", kept)
        connection.commit()
    async with open_store(url, exclusive=True) as store:
        assert await store.look(DWH.cloud) == seen
        look = await begin_look(store, 60, "a")
        assert look is not None
        await store.end_look(DWH.cloud, look, later := replace(seen, at=look.at))
        assert await store.look(DWH.cloud) == later


async def test_serving_again_takes_back_the_leases_of_a_crashed_predecessor(url: str) -> None:
    """What it had taken is due at once; a command that opens the file beside the server touches no lease."""
    async with open_store(url, exclusive=True) as store:
        await keep(store, a_request(), NOW)
        await take(store, 0, lease=3600)
        await take_messages(store, 0, lease=3600)
        await begin_look(store, 0, "a", lease=3600)

    async with open_store(url, exclusive=False) as store:
        assert await begin_look(store, 0, "b") is None
        assert await next_due(store) == at(3600)
    async with open_store(url, exclusive=True) as store:
        assert await next_due(store) == NOW
        assert await take(store, 0, "b") == ["R-1"]
        assert len(await take_messages(store, 0, "b")) == 1
        assert await begin_look(store, 0, "b") is not None


async def test_one_process_serves_a_file(url: str, path: Path) -> None:
    """The second is told who has it, by whatever name it opens the file; commands work beside it; then it is free."""
    alias = path.with_name("alias.db")
    async with open_store(url, exclusive=True):
        alias.symlink_to(path)
        for name in (url, f"sqlite:///{alias}"):
            with pytest.raises(StoreUnavailable, match=rf"process {os.getpid()}\).*Stop that one first"):
                async with open_store(name, exclusive=True):
                    pass
        async with open_store(url, exclusive=False) as beside:
            await keep(beside, a_request())

    async with open_store(url, exclusive=True) as store:
        assert len(await store.find()) == 1


HOLDER = """
import asyncio, sys
from bot.store import open_store
async def hold():
    async with open_store(sys.argv[1], exclusive=True):
        print("held", flush=True)
        await asyncio.to_thread(sys.stdin.read)
asyncio.run(hold())
"""


@pytest.mark.skipif(not hasattr(fcntl, "F_OFD_SETLK"), reason="the system has no locks of that kind")
async def test_without_its_lock_file_a_served_database_is_served_by_one_all_the_same(url: str, path: Path) -> None:
    """Somebody tidies up: the second bot is refused, again and again, until the first has ended, however it ends."""
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLDER, url, stdin=PIPE, stdout=PIPE)
    try:
        assert holder.stdout is not None
        assert await holder.stdout.readline() == b"held\n"
        for _ in range(2):
            path.with_name("bot.db.lock").unlink()
            with pytest.raises(StoreUnavailable, match=r"is served by another bot already"):
                async with open_store(url, exclusive=True):
                    pass
    finally:
        holder.kill()
        await holder.wait()
    async with open_store(url, exclusive=True) as store:
        assert await store.find() == []


async def test_a_relative_path_is_below_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes, then the path."""
    monkeypatch.chdir(tmp_path)

    async with open_store("sqlite:///some.db", exclusive=True):
        assert (tmp_path / "some.db").exists()


async def test_only_the_owner_may_read_the_files(url: str, path: Path) -> None:
    """The database, what SQLite keeps beside it and the lock file hold names and reasons."""
    async with open_store(url, exclusive=True) as store:
        await keep(store, a_request())

        names = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}

    assert names == dict.fromkeys(["bot.db", "bot.db-wal", "bot.db-shm", "bot.db.lock"], 0o600)


@pytest.mark.parametrize(
    "url",
    ["mysql://bot:hunter2@db/bot", "hunter2", "sqlite://", "sqlite:///", ""],
)
def test_other_urls_are_refused_with_what_is_supported(url: str) -> None:
    """And without repeating a password that they may hold."""
    with pytest.raises(ConfigError, match="sqlite:///PATH") as refused:
        open_and_close(url, exclusive=False)

    assert "hunter2" not in str(refused.value)


def test_a_database_in_memory_is_refused() -> None:
    """It would break the promise that an accepted request is kept."""
    with pytest.raises(ConfigError, match="survive a restart"):
        open_and_close("sqlite:///:memory:", exclusive=False)


async def test_requests_of_the_first_version_are_opened(url: str, path: Path) -> None:
    """What was kept before looks were saved comes back without one, and can be saved with one."""
    with closing(sqlite3.connect(path)) as connection:
        schema.migrations().apply(Database(connection), stop_before="m002_looks")
        row = as_kept_before(a_request()) | {"due_at": None}
        kept = [column.name for column in Database(connection)["requests"].columns if column.name in row]
        connection.execute(
            f"INSERT INTO requests ({', '.join(kept)}) VALUES ({', '.join(f':{c}' for c in kept)})",
            row,
        )
        connection.commit()
    async with open_store(url, exclusive=True) as store:
        old = await store.get(a_request().id)
        assert old == a_request()
        assert (old.looked_at, old.listed_at) == (None, None)
        new = replace(old, version=2, looked_at=NOW, listed_at=NOW)
        await store.save(new)
        assert await store.get(old.id) == new


def of_another_program(path: Path) -> None:
    """Make a sound SQLite file that isn't ours."""
    with operator(path) as connection:
        connection.execute("CREATE TABLE requests (url TEXT)")


def of_a_newer_version(path: Path) -> None:
    """Make a file that a later migration was applied to."""
    with file.opened(path, exclusive=True):
        pass
    with operator(path) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) "
            "VALUES ('snapshot-bot', 'm999_from_the_future', '2030-01-01')"
        )


def damaged(path: Path) -> None:
    """Make a file of ours and overwrite its schema's page behind the header."""
    with file.opened(path, exclusive=True):
        pass
    content = bytearray(path.read_bytes())
    content[100:4096] = b"\xff" * 3996
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: path.write_text("dear diary"), "not a SQLite database.*name another file"),
        (lambda path: path.write_bytes(os.urandom(8192)), "not a SQLite database.*name another file"),
        (of_another_program, "another program.*name another file"),
        (of_a_newer_version, "newer version.*m999_from_the_future.*Install that version"),
        (damaged, "damaged.*backup"),
    ],
    ids=["text", "noise", "another program", "newer version", "damaged"],
)
@pytest.mark.parametrize("exclusive", [True, False], ids=["serving", "command"])
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(
    url: str, path: Path, make, words: str, exclusive: bool
) -> None:
    """Not a byte of it changes, and the text says what to do."""
    make(path)
    before = path.read_bytes()

    with pytest.raises(ConfigError, match=words):
        open_and_close(url, exclusive=exclusive)

    assert path.read_bytes() == before


def test_a_missing_directory_is_named(tmp_path: Path) -> None:
    """It isn't made: a mistyped path would hide the real database."""
    with pytest.raises(ConfigError, match=r"directory .*/absent doesn't exist\. Create it"):
        open_and_close(f"sqlite:///{tmp_path}/absent/bot.db", exclusive=True)

    assert list(tmp_path.iterdir()) == []


def test_a_directory_is_no_database(tmp_path: Path) -> None:
    """The text says that a file is needed."""
    with pytest.raises(ConfigError, match="is a directory"):
        open_and_close(f"sqlite:///{tmp_path}", exclusive=True)


@pytest.mark.parametrize(
    ("file_mode", "directory_mode"),
    [(0o444, 0o777), (0o000, 0o777), (0o666, 0o555), (None, 0o555), (0o666, 0o000)],
    ids=[
        "file read-only",
        "file unreadable",
        "directory read-only",
        "no file, directory read-only",
        "closed directory",
    ],
)
def test_missing_rights_on_the_file_or_its_directory_are_named(file_mode: int | None, directory_mode: int) -> None:
    """Neither is touched."""
    with TemporaryDirectory(prefix="store-test-") as name:  # not tmp_path, which is below a directory closed to others
        path = Path(name, "bot.db")
        if file_mode is not None:
            open_and_close(f"sqlite:///{path}", exclusive=True)
            path.chmod(file_mode)
        before = {p.name: p.read_bytes() for p in Path(name).iterdir()} if os.geteuid() == 0 else None
        Path(name).chmod(directory_mode)
        try:
            with without_privileges(), pytest.raises(ConfigError, match=r"read and written .*Give the user that runs"):
                open_and_close(f"sqlite:///{path}", exclusive=file_mode is None)
        finally:
            Path(name).chmod(0o700)

        assert before is None or before == {p.name: p.read_bytes() for p in Path(name).iterdir()}


def test_an_old_sqlite_is_refused(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is made."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))

    with pytest.raises(ConfigError, match=r"too old; 3\.38 or newer"):
        open_and_close(url, exclusive=True)

    assert not path.exists()


def test_a_lock_file_that_cannot_be_opened_is_named(url: str, path: Path) -> None:
    """Serving without the lock is never an option; a command needs none."""
    open_and_close(url, exclusive=True)
    path.with_name("bot.db.lock").unlink()
    path.with_name("bot.db.lock").mkdir()

    with pytest.raises(ConfigError, match=r"bot\.db\.lock can't be opened \(Is a directory\)"):
        open_and_close(url, exclusive=True)
    open_and_close(url, exclusive=False)


def test_a_migration_that_fails_leaves_the_file_without_tables(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All or nothing, and the next start tries again."""
    with monkeypatch.context() as broken:
        broken.setattr(schema, "_M001", (*schema._M001[:5], "CREATE TABLE grants (twice TEXT)"))
        with pytest.raises(ConfigError, match="table grants already exists"):
            open_and_close(url, exclusive=True)
    with operator(path) as connection:
        assert Database(connection).table_names() == []

    open_and_close(url, exclusive=True)


async def test_cards_of_an_older_version_are_neither_frozen_nor_reposted(url: str, path: Path) -> None:
    """A file from before the columns opens, and its card is owed as it was."""
    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        schema.migrations().apply(db, stop_before="m003_frozen_cards")
        known = db.table("requests").columns_dict
        row = as_kept_before(a_request())
        db.table("requests").insert({column: value for column, value in row.items() if column in known})
        connection.execute(
            "INSERT INTO messages (request_id, kind, channel, due_at, ready) VALUES ('R-1', 'card', 'C1', ?, 1)",
            (rows.text(NOW),),
        )
        connection.commit()

    async with open_store(url, exclusive=True) as store:
        (card,) = await take_messages(store, 0)

    assert (card.key, card.frozen, card.reposted) == ("R-1:card", False, 0)


async def test_several_processes_may_make_the_file_at_the_same_time(url: str, path: Path) -> None:
    """Each finds it whole, makes it, or hears that another one is at it."""
    script = f"import asyncio; from bot.store import made; asyncio.run(made({url!r}))"

    makers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", script, stderr=asyncio.subprocess.PIPE)
        for _ in range(4)
    ]
    errors = [(await maker.communicate())[1].decode() for maker in makers]

    assert [e for e in errors if e and "served by another" not in e and "There is no database" not in e] == []
    assert (await verdict(url)).rows == 0


# -- what the operator sees -------------------------------------------------------------------------------------------


async def test_sqlite_utils_shows_the_file_as_it_is(url: str, path: Path) -> None:
    """States, ids and times are words; all tables are STRICT; one WAL file with full durability."""
    async with open_store(url, exclusive=True) as store:
        await keep(store, a_request(), at(0.5))

    with closing(sqlite3.connect(path)) as connection:
        db = Database(connection)
        row = next(db.query("select * from requests"))
        assert (row["id"], row["state"], row["requester"]) == ("R-1", "WAITING", ANA)
        assert (row["created_at"], row["due_at"]) == ("2026-11-23T14:05:00.000000Z", "2026-11-23T14:05:00.500000Z")
        assert db.journal_mode == "wal"
        assert {t for t in db.table_names() if not db.table(t).strict} == {"_sqlite_migrations", "sqlite_sequence"}


def test_what_is_committed_is_on_disk(path: Path) -> None:
    """Both connections sync fully, keep references whole and wait a second for others; reading can't write."""
    with file.opened(path, exclusive=True) as connections:
        for connection in connections:
            settings = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys")]
            assert settings == [2, 1]
            assert connection.execute("PRAGMA busy_timeout").fetchone()[0] == 1000
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connections[1].execute("DELETE FROM grants")


def test_the_order_of_the_texts_is_the_order_of_the_times() -> None:
    """Whatever their zone and fraction; a time without a zone is refused."""
    times = [at(seconds) for seconds in (-1e9, -1, -1e-6, 0, 1e-6, 0.1, 1, 1e9)]

    assert [columns.time(t) for t in sorted(map(rows.text, reversed(times)))] == times
    with pytest.raises(ValueError, match="no time zone"):
        rows.text(NOW.replace(tzinfo=None))


def test_a_value_without_a_column_type_is_refused() -> None:
    """A new field of another kind is noticed, not stored as its repr."""
    with pytest.raises(TypeError, match="tuple"):
        rows.value((1, 2))


@pytest.mark.no_cover  # thousands of rows are kept first
async def test_hot_statements_read_no_table_from_end_to_end(path: Path) -> None:
    """With 10,000 grants and 1,000 requests every statement that runs per click or per step finds its rows by index."""
    ran: list[str] = []
    with file.opened(path, exclusive=True) as (writing, reading):
        async with Writer(writing) as writer:
            store = SqliteStore(reading, writer, clock=Hand())
            people = [(UserId(f"U{n}"), ClusterRef(DWH.cloud, ClusterId(f"c{n % 500}"))) for n in range(10_000)]
            await give(store, *(a_grant(u, on=c) for u, c in people))
            await give(store, a_grant(UserId("U0CLEO"), Role.ADMIN))
            await asyncio.gather(*(keep(store, a_request(n), at(n)) for n in range(1000)))
            for connection in (writing, reading):
                connection.set_trace_callback(ran.append)

            assert (
                len(
                    (
                        await store.rights(cluster=NamedCluster(people[0][1], "dwh-prod"), holders=[Principal(ANA)])
                    ).grants
                )
                == 21
            )
            assert len((await store.rights(holders=[Principal(people[7][0])])).grants) == 2
            await store.rights_among(NamedCluster(DWH, "dwh-prod"), [ANA, BEN])
            await store.rule(NamedCluster(DWH, "dwh-prod"))
            await store.freezes(cluster=NamedCluster(DWH, "dwh-prod"))
            await store.line(DWH)
            await store.requests_of(DWH.cloud, [SnapshotId("S-1")])
            await store.find(limit=10)
            theirs = frozenset(NamedCluster(ref, "dwh-prod") for ref in (DWH, people[0][1]))
            own = Visible(Principal(ANA), theirs)
            for portion in Portion:
                await store.newest(own, portion=portion, limit=10)
                await store.newest(own, portion=portion, cluster=DWH, limit=10)
                await store.newest(Visible(clusters=None), portion=portion, limit=10)
            await store.load(await store.newest(own, limit=10))
            await store.turns(Visible(None, theirs), BEN, limit=10)
            await store.turns(Visible(clusters=None), BEN, limit=10)
            await store.asked_clusters([Scope.of(DWH), Scope(DWH.cloud, "dwh-*"), Scope()])
            await store.clusters_of(Principal(ANA))
            await store.find(states=[State.APPROVED, State.CREATING], oldest_first=True, limit=10)
            (work, *_) = await claim(store, 3, limit=2)
            request = work.item
            await store.save(moved(request, State.DECLINED), owe=[RESULT], vote=Vote(BEN, False, NOW))
            (work,) = await claim(store, 5, limit=1)
            await store.renew(work, lease=timedelta(seconds=9))
            await store.put_off(work, timedelta(seconds=9))
            (card, *_) = await take_messages(store, 0, limit=2)
            await store.renew_message(Work(card, Hand.of(store).tokens[card.key]), lease=timedelta(seconds=9))
            await save_message(store, replace(card, ref=POSTED, shown_version=1), due_at=None)
            await store.message(card.request_id, CARD)
            await next_due(store)
            await store.add(a_request(1000), origin="new", entries=[], due_in=None, most_open=1001)
            await store.drop_ended(at(9), limit=10)
            await store.first_time("Ev1")
            look = await begin_look(store, 9, "a")
            assert look is not None
            await store.renew_look(DWH.cloud, look, lease=timedelta(seconds=9))
            await store.end_look(DWH.cloud, look, Holdings(look.at, {}, ()))
            await store.look(DWH.cloud)
            await store.throttle("post", 9)
            assert await store.throttled_for("post") == 9
            await store.entries(request_id=request.id)
            await store.entries(limit=5)
            for connection in (writing, reading):
                connection.set_trace_callback(None)

        statements = [s for s in ran if re.match(r"\s*(SELECT|INSERT|UPDATE|DELETE)", s)]
        plans = {s: [row["detail"] for row in reading.execute(f"EXPLAIN QUERY PLAN {s}")] for s in statements}

    assert len(plans) > 20
    steps = {step for plan in plans.values() for step in plan}
    assert {step for step in steps if step.startswith("SCAN") and not re.search(r"CONSTANT ROW|\(subquery", step)} <= {
        "SCAN grants USING INDEX grants_of_admins",  # which holds the admins alone
        "SCAN grants USING INDEX grants_denied_to_groups",  # and what its name says
        "SCAN j VIRTUAL TABLE INDEX 1:",  # who joined one request
        "SCAN json_each VIRTUAL TABLE INDEX 1:",  # the scopes of one cluster
        "SCAN r USING INDEX requests_by_age",  # from its end to the limit
        "SCAN requests USING COVERING INDEX requests_by_age",
        "SCAN requests USING INDEX requests_ended",
        "SCAN audit",  # from its end to the limit, or its last row
        "SCAN audit_head",  # one row
        "SCAN subscriptions",  # to the first that isn't paused: does anybody hear?
    }
    assert {f"SEARCH {table} USING INDEX {table}_wake (wake_at>?)" for table in ("requests", "messages")} <= steps
    assert "SEARCH audit USING INDEX audit_by_request (request_id=?)" in steps
    # A person's rights, a cluster's line and its freezes, what is open, and what is wanted of each state are few:
    # they are sorted after they were found.
    sorted_after = [s for s, plan in plans.items() if "USE TEMP B-TREE FOR ORDER BY" in plan]
    few = (
        *("FROM grants WHERE rowid IN", "IN ('APPROVED',", "FROM freezes WHERE"),
        *("r.rowid IN (SELECT * FROM (SELECT rowid", "'WAITING', 'APPROVED', 'SUBMITTING', 'CREATING'"),
    )
    assert [s for s in sorted_after if not any(part in s for part in few)] == []


# -- group commit -----------------------------------------------------------------------------------------------------


async def test_units_that_wait_together_share_a_commit(path: Path) -> None:
    """Two hundred adds at once need a handful of commits."""
    ran: list[str] = []
    with file.opened(path, exclusive=True) as (writing, reading):
        async with Writer(writing) as writer:
            store = SqliteStore(reading, writer, clock=Hand())
            writing.set_trace_callback(ran.append)
            await asyncio.gather(*(keep(store, a_request(n)) for n in range(200)))

            assert len(await store.find(limit=1000)) == 200
            writing.set_trace_callback(None)

    assert ran.count("SAVEPOINT unit") == 200
    assert ran.count("COMMIT") <= 20


@contextmanager
def a_queue(path: Path) -> Iterator[tuple[sqlite3.Connection, sqlite3.Connection]]:
    """Open *path* with a table of numbers, for units of a test's own."""
    with file.opened(path, exclusive=True) as (writing, reading):
        writing.execute("CREATE TABLE numbers (n INTEGER PRIMARY KEY) STRICT")
        yield writing, reading


def insert(number: int):
    """Return a unit that inserts *number* and returns it."""

    def unit(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return unit


def numbers(connection: sqlite3.Connection) -> list[int]:
    """Return what is committed."""
    return [n for (n,) in connection.execute("SELECT n FROM numbers ORDER BY n").fetchall()]


async def test_a_unit_that_fails_is_undone_alone(path: Path) -> None:
    """Those before and after it in the same commit stand."""

    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO numbers VALUES (2)")
        raise StaleRequest("R-1")

    with a_queue(path) as (writing, reading):
        async with Writer(writing) as writer:
            results = await asyncio.gather(*map(writer.run, [insert(1), fails, insert(3)]), return_exceptions=True)

        assert (results[0], type(results[1]), results[2]) == (1, StaleRequest, 3)
        assert numbers(reading) == [1, 3]


async def test_a_failed_commit_fails_every_unit_in_it(path: Path) -> None:
    """Nobody hears of a success that isn't on disk; the next commit works again."""

    def breaks_the_commit(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("INSERT INTO votes VALUES ('R-404', 'U1', 1, '', '')")

    started, go_on = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def waits(connection: sqlite3.Connection) -> None:
        loop.call_soon_threadsafe(started.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result()

    with a_queue(path) as (writing, reading):
        async with Writer(writing) as writer:
            first = asyncio.create_task(writer.run(waits))
            await started.wait()
            batch = [asyncio.create_task(writer.run(u)) for u in (insert(1), breaks_the_commit, insert(3))]
            await asyncio.sleep(0)
            go_on.set()
            await first
            results = await asyncio.gather(*batch, return_exceptions=True)

            assert [type(r) for r in results] == [sqlite3.IntegrityError] * 3
            assert numbers(reading) == []
            assert await writer.run(insert(4)) == 4
        assert numbers(reading) == [4]


async def test_a_full_disk_is_said_in_words_and_passes(path: Path) -> None:
    """Nothing is saved, nobody is told that it was, and with space again the same call works."""
    with file.opened(path, exclusive=True) as (writing, reading):
        async with Writer(writing) as writer:
            store = SqliteStore(reading, writer, clock=Hand())
            pages = writing.execute("PRAGMA page_count").fetchone()[0]
            writing.execute(f"PRAGMA max_page_count = {pages}")
            requests = [a_request(n, description="x" * 5000) for n in range(3)]

            results = await asyncio.gather(*(keep(store, r) for r in requests), return_exceptions=True)

            for failure in results:
                assert type(failure) is StoreUnavailable
                assert "full" in str(failure)
                assert say(failure).startswith("Nothing was saved")
            assert await store.find() == []
            writing.execute("PRAGMA max_page_count = 1000000")
            assert await keep(store, requests[0]) == requests[0]


async def test_a_read_that_fails_is_no_sqlite_error(path: Path) -> None:
    """Callers know BotError alone; the log gets SQLite's own words."""
    with file.opened(path, exclusive=True) as (writing, reading):
        async with Writer(writing) as writer:
            store = SqliteStore(reading, writer, clock=Hand())
            reading.set_progress_handler(lambda: 1, 1)

            with pytest.raises(BotError, match="database: interrupted"):
                await store.counts()


async def test_a_writer_elsewhere_is_waited_for(path: Path) -> None:
    """A command holds the file for a moment: the write is late, not lost."""
    with a_queue(path) as (writing, reading):
        writing.execute("PRAGMA busy_timeout = 0")
        async with Writer(writing) as writer:
            with operator(path) as other:
                other.execute("BEGIN IMMEDIATE")
                late = asyncio.create_task(writer.run(insert(1)))
                await asyncio.sleep(0.05)
                assert not late.done()
                other.execute("COMMIT")
            assert await late == 1
        assert numbers(reading) == [1]


async def test_a_writer_elsewhere_is_not_waited_for_forever(path: Path) -> None:
    """The person is told to try again, and that nothing was saved."""
    with a_queue(path) as (writing, reading):
        writing.execute("PRAGMA busy_timeout = 0")
        async with Writer(writing, patience=0.05) as writer:
            with operator(path) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(BotError, match="locked") as busy:
                    await writer.run(insert(1))
                assert say(busy.value) == (
                    "Nothing was saved: another program holds the bot's database. Try again in a minute."
                )
                other.execute("COMMIT")
            assert await writer.run(insert(2)) == 2
        assert numbers(reading) == [2]


async def test_cancelling_a_caller_harms_nobody(path: Path) -> None:
    """What was handed in is written, and the others get their answers."""
    with a_queue(path) as (writing, reading):
        async with Writer(writing) as writer:
            tasks = [asyncio.create_task(writer.run(insert(n))) for n in range(50)]
            await asyncio.sleep(0)
            for task in tasks[::2]:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            assert results[1::2] == list(range(1, 50, 2))
            assert await writer.run(insert(50)) == 50
        assert numbers(reading) == list(range(51))


async def test_closing_writes_what_waits(path: Path) -> None:
    """The queue is drained first; who comes later is told so."""
    with a_queue(path) as (writing, reading):
        async with Writer(writing) as writer:
            tasks = [asyncio.create_task(writer.run(insert(n))) for n in range(100)]
            await asyncio.sleep(0)
        assert await asyncio.gather(*tasks) == list(range(100))
        assert numbers(reading) == list(range(100))
        with pytest.raises(BotError, match="closing") as late:
            await writer.run(insert(100))
        assert say(late.value) == "Nothing was saved: the bot is stopping. Try again in a minute."


async def test_the_queue_is_bounded(path: Path) -> None:
    """More callers than there is room for wait their turn, and all are served."""
    with a_queue(path) as (writing, reading):
        async with Writer(writing, room=4) as writer:
            assert await asyncio.gather(*(writer.run(insert(n)) for n in range(50))) == list(range(50))
        assert numbers(reading) == list(range(50))


# -- survival ---------------------------------------------------------------------------------------------------------

ACKING = """
import asyncio, sys
from datetime import UTC, datetime, timedelta
from bot.store import open_store
from tests.harness.contract_store import a_request, an_entry

async def main():
    async with open_store(sys.argv[1], exclusive=True) as store:
        async def add(n):
            await store.add(a_request(n), origin=f"view:{n}", entries=[an_entry()], due_in=timedelta(0))
            print(n, flush=True)
        await store.claim(owner="victim", lease=timedelta(0), limit=1)
        for start in range(0, 100_000, 8):
            await asyncio.gather(*(add(n) for n in range(start, start + 8)))

asyncio.run(main())
"""


@pytest.mark.kill
async def test_what_was_acknowledged_survives_kill_9(url: str) -> None:
    """Every add that returned is there with its card and its record; the lock is free and the chain whole."""
    victim = await asyncio.create_subprocess_exec(
        sys.executable, "-c", ACKING, url, stdout=asyncio.subprocess.PIPE, limit=1 << 24
    )
    assert victim.stdout is not None
    acked = [int(await victim.stdout.readline()) for _ in range(300)]
    victim.kill()
    acked += [int(line) for line in (await victim.stdout.read()).splitlines(keepends=True) if line.endswith(b"\n")]
    await victim.wait()

    async with open_store(url, exclusive=True) as store:
        kept = {r.id for r in await store.find(limit=100_000)}
        assert {f"R-{n}" for n in acked} <= kept
        cards = await store.claim_messages(owner="a", lease=timedelta(0), limit=100_000)
        assert len(cards) == len(kept)
        assert len(await store.entries(limit=100_000)) == len(kept)
    assert (await verdict(url)).rows == len(kept)


# -- the audit log ----------------------------------------------------------------------------------------------------


@pytest.fixture
async def audited(url: str, path: Path) -> Path:
    """A database with five entries on record."""
    async with open_store(url, exclusive=True) as store:
        for n in range(5):
            await store.record(an_entry(f"a{n}", detail="naïve 🙂", cluster=DWH))
    return path


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'me' WHERE seq = 2", "DELETE FROM audit"])
async def test_the_record_cannot_be_changed(audited: Path, url: str, statement: str) -> None:
    """Not even with SQL, while its triggers stand."""
    with operator(audited) as connection, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)

    assert (await verdict(url)).broken is None


async def test_the_chain_holds_across_restarts_and_writers(audited: Path, url: str) -> None:
    """Its head is the last row's hash and moves with every entry; an empty log is sound."""
    before = await verdict(url)

    async with open_store(url, exclusive=True) as server, open_store(url, exclusive=False) as command:
        await asyncio.gather(*(s.record(an_entry()) for s in (server, command) for _ in range(20)))
        after = await verdict(url)

    assert (before.rows, before.broken, after.rows, after.broken) == (5, None, 45, None)
    assert before.head != after.head
    async with open_store(f"{url}.empty", exclusive=True):
        assert (await verdict(f"{url}.empty")) == Verdict(0, "0" * 64)


@pytest.mark.parametrize(
    ("tampering", "broken", "damage"),
    [
        ("UPDATE audit SET detail = 'nothing to see' WHERE seq = 3", 3, Damage.SHOWN),
        ("UPDATE audit SET request_id = '' WHERE seq = 1", 1, Damage.SHOWN),
        ("UPDATE audit SET text = replace(text, 'a2', 'a3') WHERE seq = 3", 3, Damage.CHANGED),
        ("UPDATE audit SET hash = (SELECT hash FROM audit WHERE seq = 2) WHERE seq = 4", 4, Damage.CHANGED),
        ("DELETE FROM audit WHERE seq = 2", 2, Damage.GAP),
        ("DELETE FROM audit WHERE seq = 1", 1, Damage.GAP),
        ("DELETE FROM audit WHERE seq >= 4", 4, Damage.CUT),
        ("DELETE FROM audit", 1, Damage.CUT),
        ("UPDATE audit_head SET hash = '' WHERE one = 1", 5, Damage.REPLACED),
        ("UPDATE audit_head SET seq = 4 WHERE one = 1", 5, Damage.UNCOUNTED),
        ("UPDATE audit SET seq = 6 WHERE seq = 5", 5, Damage.GAP),
    ],
)
async def test_the_first_broken_row_is_named(
    audited: Path, url: str, tampering: str, broken: int, damage: Damage
) -> None:
    """Also by somebody who dropped the triggers."""
    with operator(audited) as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute(tampering)

    found = await verdict(url)

    assert (found.findings[0].number, found.findings[0].damage) == (broken, damage)
    assert found.rows <= broken


async def test_rows_cut_off_show_even_after_new_ones(audited: Path, url: str) -> None:
    """Numbers are never given twice, so the gap stays."""
    with operator(audited) as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE seq = 5")

    async with open_store(url, exclusive=False) as store:
        await store.record(an_entry())

    assert (await verdict(url)).broken == 5


def test_many_files_can_be_served_by_one_process(tmp_path: Path) -> None:
    """The lock is the file's, not the process's."""
    with ExitStack() as stack:
        for n in range(3):
            stack.enter_context(file.opened(tmp_path / f"{n}.db", exclusive=True))

        assert len(list(tmp_path.glob("*.lock"))) == 3
