"""Opening a store on a server: whose move it is where that fails, and tables that are made once."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bot.config import Settings
from bot.core.errors import BotError, ConfigError, StoreUnavailable
from bot.database_checks import look_at
from bot.store import made, mark_restored, open_store
from bot.store.postgres import migrating, outages
from bot.store.postgres.session import Session
from tests.harness.contract_store import ANA, a_request, an_entry, at
from tests.harness.postgres_server import BOT, PASSWORD, PostgresServer
from tests.harness.serving import command


async def refused(url: str, *, exclusive: bool = True) -> BotError:
    """Return why the database isn't opened; the text never has the password."""
    with pytest.raises((ConfigError, StoreUnavailable)) as why:
        async with open_store(url, exclusive=exclusive):
            pass
    assert "hunter2" not in f"{why.value} {why.value.phrase}"
    return why.value


@pytest.mark.parametrize(
    ("change", "kind", "text"),
    [
        (lambda s: s.url("shared", password="wrong"), ConfigError, "The server refuses the login: check user,"),
        (lambda s: s.url("shared", user="nobody"), ConfigError, "The server refuses the login: check user,"),
        (lambda s: s.url("none"), ConfigError, "Create the database, or name another one in SNAPSHOT_BOT_DATABASE."),
        (
            lambda s: s.url("shared").replace("127.0.0.1", "db.invalid"),
            ConfigError,
            "there is no such host. Correct the name in SNAPSHOT_BOT_DATABASE.",
        ),
        (
            lambda s: f"postgresql://{BOT}:{PASSWORD}@127.0.0.1:9/bot",
            StoreUnavailable,
            "nothing listens there. Start it, or correct host and port in SNAPSHOT_BOT_DATABASE.",
        ),
        (
            lambda s: s.url("shared") + "?sslmode=verify-full",
            StoreUnavailable,
            "the connection isn't secure as asked. Check sslmode and sslrootcert, and its certificate.",
        ),
        (lambda s: s.url("shared") + "?sslmood=require", ConfigError, "libpq doesn't know an option after the ?"),
    ],
    ids=["password", "role", "database", "host", "port", "encryption", "option"],
)
async def test_what_keeps_a_start_from_the_server_names_whose_move_it_is(
    postgres: PostgresServer, change: Callable[[PostgresServer], str], kind: type[BotError], text: str
):
    """In one line each, without the password; what may pass is worth another start."""
    why = await refused(change(postgres))
    assert type(why) is kind
    assert text in str(why)
    assert "\n" not in str(why)


async def test_a_server_that_is_too_old_is_refused(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    """With the version that it takes."""
    monkeypatch.setattr(outages, "OLDEST", 99)
    assert str(await refused(postgres_url)).endswith("; 99 or newer is needed. Upgrade the server.")


async def test_a_server_that_only_reads_is_refused(postgres: PostgresServer):
    """A standby, or one that was made so: the operator names the primary."""
    with postgres.database() as url:
        postgres.admin(f"ALTER DATABASE {url.rpartition('/')[2]} SET default_transaction_read_only = on")
        why = await refused(url)
        assert "It only reads: it is a standby. Name the primary" in str(why)
        assert isinstance(why, StoreUnavailable)


async def test_a_role_that_may_not_make_tables_is_told_so(postgres: PostgresServer):
    """The right on the schema is the owner's to give."""
    with postgres.database(empty=True) as url:
        name = url.rpartition("/")[2]
        postgres.admin(f"ALTER DATABASE {name} OWNER TO postgres")
        postgres.admin("REVOKE CREATE ON SCHEMA public FROM PUBLIC", name)
        why = await refused(url)
        assert isinstance(why, ConfigError)
        assert "permission denied for schema public. Give the bot's role the right to use" in str(why)


async def test_a_database_in_another_encoding_is_refused(postgres: PostgresServer):
    """It couldn't keep what people write."""
    postgres.admin(f"CREATE DATABASE latin OWNER {BOT} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
    try:
        assert "keeps text as LATIN1. Create its database with ENCODING 'UTF8'." in str(
            await refused(postgres.url("latin"))
        )
    finally:
        postgres.admin("DROP DATABASE latin")


async def test_another_programs_tables_are_left_as_they_are(postgres: PostgresServer):
    """A database, or a schema, belongs to the bot alone."""
    with postgres.database(empty=True) as url:
        postgres.admin("CREATE TABLE invoices (id int)", url.rpartition("/")[2])
        assert "has tables of another program (invoices). They were left as they are" in str(await refused(url))
        assert len(postgres.admin("SELECT 1 FROM pg_tables WHERE schemaname = 'public'", url.rpartition("/")[2])) == 1


async def test_the_tables_of_a_newer_version_are_refused(postgres: PostgresServer):
    """By the command beside the bot as well; they are left as they are."""
    with postgres.database() as url:
        statement = "INSERT INTO snapshot_bot_migrations (name, number) VALUES ('m999_later', 999)"
        postgres.admin(statement, url.rpartition("/")[2])
        for exclusive in (True, False):
            why = await refused(url, exclusive=exclusive)
            assert "was used by a newer version of the bot (it has m999_later). Install that version again" in str(why)


async def test_commands_make_no_tables_and_bring_none_up_to_date(postgres: PostgresServer):
    """Only who serves does, and `init`, once."""
    with postgres.database(empty=True) as url:
        assert "There are no tables of the bot in PostgreSQL at" in str(await refused(url, exclusive=False))
        assert await made(url)
        assert not await made(url)
        async with open_store(url, exclusive=False) as store:
            await store.beat()


async def test_an_older_database_is_brought_up_to_date_by_who_serves(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
):
    """What it lacks is applied once; a command refuses it until then."""

    def m999_more(session: Session) -> None:
        session.count("CREATE TABLE more (id int)")

    with postgres.database() as url:
        has = migrating.NAMES
        monkeypatch.setattr(migrating, "_ALL", (*migrating._ALL, m999_more))
        monkeypatch.setattr(migrating, "NAMES", (*migrating.NAMES, "m999_more"))
        assert "only `snapshot-bot serve` brings it up to date" in str(await refused(url, exclusive=False))
        for _ in range(2):
            async with open_store(url, exclusive=True) as store:
                await store.beat()
        ran = postgres.admin("SELECT name FROM snapshot_bot_migrations ORDER BY number", url.rpartition("/")[2])
        assert [row["name"] for row in ran] == [*has, "m999_more"]


async def test_a_migration_that_fails_leaves_nothing(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch):
    """All that a database lacks are one transaction."""

    def m999_wrong(session: Session) -> None:
        session.count("CREATE TABLE more (id int)")
        session.count("CREATE TABLE requests (id int)")

    with postgres.database() as url:
        monkeypatch.setattr(migrating, "_ALL", (*migrating._ALL, m999_wrong))
        monkeypatch.setattr(migrating, "NAMES", (*migrating.NAMES, "m999_wrong"))
        await refused(url)
        assert postgres.admin("SELECT to_regclass('more') IS NULL AS gone", url.rpartition("/")[2])[0]["gone"]


async def test_a_migration_does_not_hold_up_those_that_serve(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch):
    """A copy of the data is being made, say: the start is tried again later, and readers go on meanwhile."""

    def m999_more(session: Session) -> None:
        session.count("ALTER TABLE requests ADD COLUMN more integer")

    with postgres.database() as url, psycopg.connect(url) as dump:
        dump.execute("LOCK TABLE requests IN ACCESS SHARE MODE")
        async with open_store(url, exclusive=True) as serving:
            monkeypatch.setattr(migrating, "_ALL", (*migrating._ALL, m999_more))
            monkeypatch.setattr(migrating, "NAMES", (*migrating.NAMES, "m999_more"))
            monkeypatch.setattr(migrating, "_OF_OTHERS", "200ms")
            why = await refused(url)
            assert isinstance(why, StoreUnavailable)
            assert "Another session holds what was wanted" in str(why)
            assert await serving.find() == []
        dump.rollback()
        async with open_store(url, exclusive=True) as store:
            assert await store.find() == []


async def test_several_replicas_may_start_at_once(postgres: PostgresServer):
    """One makes the tables, the others wait for it; all serve."""
    with postgres.database(empty=True) as url:

        async def start() -> None:
            async with open_store(url, exclusive=True) as store:
                await store.beat()

        await asyncio.gather(*(start() for _ in range(4)))
        assert not await made(url)


async def test_a_start_takes_nothing_from_those_that_serve(postgres_url: str):
    """On a file it does, as nobody else can be there; here a lease ends by itself or by its holder."""
    async with open_store(postgres_url, exclusive=True) as first:
        await first.add(a_request(), origin="o", entries=[], due_in=timedelta(0))
        (work,) = await first.claim(owner="first", lease=timedelta(minutes=5), limit=9)
        look = await first.begin_look(a_request().cluster.cloud, owner="first", lease=timedelta(minutes=5))
        async with open_store(postgres_url, exclusive=True) as second:
            assert await second.claim(owner="second", lease=timedelta(minutes=5), limit=9) == []
            assert await second.begin_look(a_request().cluster.cloud, owner="second", lease=timedelta(1)) is None
        assert look is not None
        await first.renew(work, lease=timedelta(minutes=5))
        await first.renew_look(a_request().cluster.cloud, look, lease=timedelta(minutes=5))


async def test_what_is_compared_is_compared_by_its_bytes(postgres: PostgresServer, postgres_url: str):
    """In every index: by any other order it would be wrong once the system's library changes."""
    odd = postgres.admin(
        "SELECT c.relname, a.attname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND a.attcollation NOT IN (0, 'pg_catalog.\"C\"'::regcollation)",
        "shared",
    )
    every = postgres.admin("SELECT 1 FROM pg_indexes WHERE schemaname = 'public'", "shared")
    assert (odd, len(every) > 30) == ([], True)


async def test_the_commands_name_the_server_and_its_tools(postgres: PostgresServer, tmp_path: Path):
    """What is for a file alone says what to run instead; the password is in none of it."""
    with postgres.database(empty=True) as url:
        environ = {"SNAPSHOT_BOT_DATABASE": url}
        made_now = await command(environ, tmp_path, "init")
        assert made_now.out.startswith(f"PostgreSQL at 127.0.0.1:{postgres.port}, database ")
        assert " was made." in made_now.out
        given = await command(environ, tmp_path, "grant", "U024BE7LH", "*", "--role", "admin", "--offline")
        assert given.code == 0, given.err
        copied = await command(environ, tmp_path, "backup")
        assert (copied.code, "pg_dump --format=custom" in copied.err) == (78, True)
        put_back = await command(environ, tmp_path, "restore", str(tmp_path / "copy"))
        assert (put_back.code, "pg_restore" in put_back.err) == (78, True)
        marked = await command(environ, tmp_path, "restored")
        assert (marked.code, " is marked: its data are as of " in marked.out) == (0, True)
        checked = await command(environ, tmp_path, "audit", "verify")
        assert checked.code == 0, checked.err
        for done in (made_now, given, copied, put_back, marked, checked):
            assert "hunter2" not in done.out + done.err


async def test_the_doctor_tries_to_save_something_there(postgres_url: str):
    """And says what is wrong in the words of a start."""
    usable, _ = Settings.usable({"SNAPSHOT_BOT_DATABASE": postgres_url})
    (first, *_) = (await look_at(usable)).checks
    assert (first.ok, first.what.startswith("Database: PostgreSQL at 127.0.0.1:")) == (True, True)
    assert "on record, unaltered" in first.what
    wrong, _ = Settings.usable({"SNAPSHOT_BOT_DATABASE": postgres_url.replace("shared", "none")})
    (check,) = (await look_at(wrong)).checks
    assert (check.ok, "Create the database, or name another one" in check.fix) == (False, True)


async def test_a_server_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch):
    """The extra isn't there where nobody needs it."""
    for name in [name for name in sys.modules if name.startswith("bot.store.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    monkeypatch.delattr("bot.store.postgres", raising=False)
    with pytest.raises(ConfigError, match=r"psycopg is needed, .* pip install 'dws-snapshot-bot\[postgres\]'$"):
        open_store("postgresql://bot:hunter2@db/bot", exclusive=True)


async def test_data_that_another_tool_put_back_are_marked(postgres_url: str):
    """While no bot serves them; open requests are looked for before anything is said of them. Once."""
    async with open_store(postgres_url, exclusive=True) as store:
        await store.add(a_request(created_at=at(0)), origin="o", entries=[an_entry()], due_in=None)
        await store.beat()
        with pytest.raises(StoreUnavailable, match=r"connections of bots\. Stop every bot, then try again\."):
            await asyncio.to_thread(mark_restored, postgres_url, as_of=None, by="cli:op")
    restored = await asyncio.to_thread(mark_restored, postgres_url, as_of=None, by="cli:op")
    assert await asyncio.to_thread(mark_restored, postgres_url, as_of=None, by="cli:op") == restored
    async with open_store(postgres_url, exclusive=True) as store:
        assert await store.last_restore() == restored
        request = await store.get(a_request().id)
        assert request is not None
        assert (request.as_of, request.recovery) == (restored.as_of, "sought")
        assert [e.action for e in await store.entries()] == ["database.restored", "request.added"]
        await store.told_of_restore(restored, ANA)
        told = await store.last_restore()
        assert told is not None
        assert told.told == {ANA}
        assert (await store.verify_chain()).findings == ()
