"""What becomes of a unit whose connection, server or caller goes away, and of those that meet: done once, or not."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import pytest
from psycopg import Cursor, errors
from structlog.testing import capture_logs

from bot.core.errors import StoreUnavailable
from bot.store.postgres import lanes, outages, record_statements
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import ServerLine, dialled
from bot.store.postgres.session import Session
from bot.store.postgres.units import Units
from bot.store.server_url import ServerUrl
from tests.harness.contract_store import an_entry
from tests.harness.postgres_server import PostgresServer, served
from tests.harness.relay import relayed

T = TypeVar("T")
KEY = "SELECT count(*) AS kept FROM seen"


def keep(session: Session, key: str = "one") -> str:
    """Change something that shows when it is done twice."""
    session.count("INSERT INTO seen (key, at) VALUES (%(key)s, clock_timestamp())", {"key": key})
    return "kept"


def keep_on_record(session: Session) -> str:
    """Change something, and say so."""
    done = keep(session)
    record_statements.append(session, [an_entry()])
    return done


def kept(session: Session) -> int:
    """Return how many were kept."""
    found: int = session.rows(KEY)[0]["kept"]
    return found


class Cut(ServerLine):
    """A connection that breaks at a commit: before the server has it, or before its answer is here."""

    before = False

    def execute(self, statement: str, values: Mapping[str, object] | None = None) -> Cursor[dict[str, Any]]:
        """Break at COMMIT."""
        if statement != "COMMIT":
            return super().execute(statement, values)
        if not self.before:
            super().execute(statement)
        self.close()
        raise psycopg.OperationalError("server closed the connection unexpectedly")


class CutBefore(Cut):
    """It breaks before the server has it."""

    before = True


@contextmanager
def a_lane(url: str, *breaking: type[ServerLine], **how: Any) -> Iterator[Lane]:
    """Give a lane whose first connections are *breaking* in turn, and the later ones sound."""
    server = ServerUrl.parse(url)
    left = [*breaking]

    def dial() -> ServerLine:
        line = dialled(server)
        return left.pop(0)(line._connection) if left else line

    lane = Lane(dial, server, **how)
    try:
        yield lane
    finally:
        lane.close()


# -- a commit whose answer is lost ------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [keep, keep_on_record])
def test_a_commit_whose_answer_was_lost_is_asked_for_and_not_repeated(
    postgres_url: str, unit: Callable[[Session], str]
):
    """It is there: by its number on the server, or by its entry on record."""
    with a_lane(postgres_url, Cut) as lane:
        assert lane.do(unit, Extent.CHANGE) == "kept"
        assert lane.do(kept, Extent.READ) == 1


@pytest.mark.parametrize("unit", [keep, keep_on_record])
def test_a_commit_that_never_came_is_repeated_as_a_whole(postgres_url: str, unit: Callable[[Session], str]):
    """It isn't there, so the unit is done again, once."""
    with a_lane(postgres_url, CutBefore, CutBefore) as lane:
        assert lane.do(unit, Extent.CHANGE) == "kept"
        assert lane.do(kept, Extent.READ) == 1


def test_a_unit_that_changed_nothing_is_simply_repeated(postgres_url: str):
    """There is nothing to ask for."""
    with a_lane(postgres_url, Cut) as lane:
        assert lane.do(kept, Extent.CHANGE) == 0


def test_a_server_that_does_not_come_back_leaves_it_unsure(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    """Nobody is told that nothing was saved, nor that it was."""
    monkeypatch.setattr(lanes, "_ASKED_FOR", 0.3)
    server = ServerUrl.parse(postgres_url)
    lines: list[Callable[[], ServerLine]] = [lambda: Cut(dialled(server)._connection)]

    def dial() -> ServerLine:
        if lines:
            return lines.pop()()
        raise psycopg.OperationalError("connection refused")

    lane = Lane(dial, server)
    with pytest.raises(StoreUnavailable, match=r"went away before it said whether a change was saved") as unsure:
        lane.do(keep, Extent.CHANGE)
    assert unsure.value.phrase.code == "database-unsure"


def test_another_server_that_has_never_come_so_far_did_not_commit(postgres_url: str):
    """After a failover the number may lie in its future: it says so, and that is an answer."""
    with a_lane(postgres_url) as lane:
        line = lane._open()
        assert lane._status(line, lanes._Mark("999999999", None)) is None
        mark = lanes._Mark("999999999", (1, "0" * 64))
        assert not lane._is_committed(mark)


def test_a_unit_that_goes_on_after_an_error_is_no_commit(postgres_url: str):
    """PostgreSQL answers COMMIT with ROLLBACK then: nobody may take that for saved."""

    def careless(session: Session) -> None:
        keep(session)
        with pytest.raises(errors.UndefinedTable):
            session.count("INSERT INTO nowhere VALUES (1)")

    with a_lane(postgres_url) as lane:
        with pytest.raises(errors.InFailedSqlTransaction):
            lane.do(careless, Extent.CHANGE)
        assert lane.do(kept, Extent.READ) == 0


def test_a_commit_that_the_server_refuses_is_no_lost_answer(postgres_url: str):
    """A condition that is checked at the end: nothing was changed, and the connection goes on."""
    tries = []

    def unit(session: Session) -> None:
        tries.append(1)
        keep(session)
        session.count("CREATE TEMP TABLE twice (id int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP")
        session.count("INSERT INTO twice VALUES (1), (1)")

    with a_lane(postgres_url) as lane:
        with pytest.raises(errors.UniqueViolation):
            lane.do(unit, Extent.CHANGE)
        assert lane.do(kept, Extent.READ) == 0
        assert len(tries) == 1


# -- a connection, or a server, that goes -----------------------------------------------------------------------------


def test_a_connection_that_died_in_between_is_made_again(postgres: PostgresServer, postgres_url: str):
    """Whatever is done next is done; nothing is lost and nothing done twice."""
    with a_lane(postgres_url) as lane:
        for number, extent in enumerate(Extent):
            lane.do(kept, extent)
            killed(postgres)
            assert lane.do(partial(keep, key=f"k{number}"), Extent.CHANGE) == "kept"
            killed(postgres)
            assert lane.do(kept, extent) == number + 1


def killed(postgres: PostgresServer) -> None:
    """End every connection of the bot's."""
    postgres.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bot'")


def test_a_server_that_restarts_is_waited_for(postgres_binaries: Path):
    """As after a crash, with everything committed kept."""
    with (
        served(postgres_binaries, "synchronous_commit=on") as server,
        server.database() as url,
        a_lane(url, patience=10.0) as lane,
    ):
        lane.do(keep, Extent.CHANGE)
        server.stop(at_once=True)
        waiting = threading.Thread(target=lane.do, args=[partial(keep, key="two"), Extent.CHANGE])
        waiting.start()
        time.sleep(0.2)
        server.start()
        waiting.join()
        assert lane.do(kept, Extent.READ) == 2


def test_a_server_that_is_gone_is_an_outage_soon(postgres_url: str):
    """In seconds, with words for operators and for people."""
    server = ServerUrl.parse(postgres_url)

    def dial() -> ServerLine:
        raise psycopg.OperationalError("connection failed: connection refused")

    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match=r"nothing listens there\. Start it") as outage:
        Lane(dial, server, patience=0.2).do(keep, Extent.CHANGE)
    assert time.monotonic() - began < 3
    assert outage.value.phrase.code == "database-broken"


def test_a_server_that_was_waited_for_in_vain_is_not_waited_for_again(postgres_url: str):
    """Who acts in an outage hears of it in time: the next unit tries once, until a connection can be made again."""
    server = ServerUrl.parse(postgres_url)
    dials: list[float] = []
    back = threading.Event()

    def dial() -> ServerLine:
        dials.append(time.monotonic())
        if back.is_set():
            return dialled(server)
        raise psycopg.OperationalError("connection failed: connection refused")

    lane = Lane(dial, server, patience=0.2)

    def tries() -> int:
        dials.clear()
        with pytest.raises(StoreUnavailable):
            lane.do(keep, Extent.CHANGE)
        return len(dials)

    assert tries() >= 3
    assert (tries(), tries()) == (1, 1)
    back.set()
    assert lane.do(keep, Extent.CHANGE) == "kept"
    lane._open().close()
    back.clear()
    assert tries() >= 3


def test_a_login_that_is_refused_later_is_no_reason_to_wait(postgres_url: str):
    """The password was changed: it passes by nobody's waiting."""
    server = ServerUrl.parse(postgres_url)
    tries = []

    def dial() -> ServerLine:
        tries.append(1)
        raise psycopg.OperationalError('FATAL:  password authentication failed for user "bot"')

    with pytest.raises(StoreUnavailable, match=r"The server refuses the login"):
        Lane(dial, server).do(kept, Extent.READ)
    assert len(tries) == 1


def test_a_primary_that_became_a_standby_is_left(postgres: PostgresServer):
    """Its connections stay open, but nothing can be written by them: another one is made, perhaps elsewhere."""
    with postgres.database() as url, a_lane(url) as lane:
        lane.do(keep, Extent.CHANGE)
        first = lane._line
        tries = []

        def refused_once(session: Session) -> str:
            tries.append(1)
            if len(tries) == 1:
                session.count("SET TRANSACTION READ ONLY")
            return keep(session, "two")

        assert lane.do(refused_once, Extent.CHANGE) == "kept"
        assert lane._line is not first
        assert len(tries) == 2


def test_what_the_server_refuses_for_good_is_raised_as_it_is(postgres_url: str):
    """Our own mistake is no outage, and isn't tried twice."""
    tries = []

    def wrong(session: Session) -> None:
        tries.append(1)
        session.rows("SELECT nothing FROM seen")

    with a_lane(postgres_url) as lane:
        with pytest.raises(errors.UndefinedColumn):
            lane.do(wrong, Extent.CHANGE)
        assert len(tries) == 1
        assert lane.do(kept, Extent.READ) == 0


# -- those that meet --------------------------------------------------------------------------------------------------


def test_of_two_that_wait_for_one_another_one_is_repeated(postgres_url: str):
    """A deadlock costs a moment: both are done, each once."""
    meet = threading.Barrier(2, timeout=10)
    first_round = {"a": True, "b": True}

    def cross(session: Session, me: str, other: str) -> None:
        session.count("UPDATE seen SET at = at WHERE key = %(key)s", {"key": me})
        if first_round.pop(me, False):
            meet.wait()
        session.count("UPDATE seen SET at = at WHERE key = %(key)s", {"key": other})
        keep(session, f"done by {me}")

    with a_lane(postgres_url) as one, a_lane(postgres_url) as two:
        for key in "ab":
            one.do(partial(keep, key=key), Extent.CHANGE)
        threads = [
            threading.Thread(target=lane.do, args=[partial(cross, me=me, other=other), Extent.CHANGE])
            for lane, me, other in ((one, "a", "b"), (two, "b", "a"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
        assert one.do(kept, Extent.READ) == 4


def test_who_holds_a_lock_for_long_is_in_nobodys_way_for_longer(postgres_url: str):
    """A process that is stopped in the middle of a unit: the server ends it, and the next gets what it held."""
    lock = "SELECT seq FROM audit_head FOR NO KEY UPDATE"
    with a_lane(postgres_url) as stopped, a_lane(postgres_url) as next_one:
        line = stopped._open()
        line.begin()
        line.execute(f"SET LOCAL idle_in_transaction_session_timeout = '300ms'; {lock}")
        began = time.monotonic()
        next_one.do(lambda s: s.rows(lock), Extent.CHANGE)
        assert 0.2 < time.monotonic() - began < 2.5
        with pytest.raises(psycopg.Error):
            line.execute("COMMIT")
        assert line.is_broken
        assert stopped.do(keep, Extent.CHANGE) == "kept"


def test_every_connection_has_its_limits(postgres_url: str):
    """By which a stopped process, a lock or a statement holds up nobody for long; the URL's own go before."""

    def every(session: Session) -> list[str]:
        names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")
        return [session.rows(f"SHOW {name}")[0][name] for name in names]

    def shown(url: str) -> list[str]:
        with a_lane(url) as lane:
            return lane.do(every, Extent.READ)

    assert shown(postgres_url) == ["5s", "3s", "3s", "snapshot-bot"]
    more = "?application_name=two&options=-c%20statement_timeout%3D7s"
    assert shown(postgres_url + more) == ["7s", "3s", "3s", "two"]


def test_behind_a_pooler_the_limits_are_each_transactions(postgres_url: str, monkeypatch: pytest.MonkeyPatch):
    """It takes none at the start of a connection, which others use as well: nothing stays set for them."""
    connected = psycopg.connect

    def pooled(*args: Any, **given: Any) -> Any:
        if "options" in given:
            raise psycopg.OperationalError("FATAL:  unsupported startup parameter: options")
        return connected(*args, **given)

    monkeypatch.setattr(psycopg, "connect", pooled)
    with a_lane(postgres_url) as lane:
        for extent in Extent:
            assert lane.do(lambda s: s.rows("SHOW lock_timeout")[0]["lock_timeout"], extent) == "3s"
        assert lane._open().execute("SHOW lock_timeout").fetchone() == {"lock_timeout": "0"}


# -- callers and threads ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def some_units(url: str, lines: int = 2, **how: Any) -> AsyncIterator[Units]:
    """Give so many threads."""
    server = ServerUrl.parse(url)
    async with Units([Lane(partial(dialled, server), server) for _ in range(lines)], server, **how) as units:
        yield units


async def test_a_caller_who_is_cancelled_leaves_the_unit_alone(postgres_url: str):
    """A thousand of them: each unit is done, and all connections are there afterwards."""
    async with some_units(postgres_url) as units:
        for some in range(10):
            tasks = [asyncio.create_task(units.change(partial(keep, key=f"{some}-{n}"), None)) for n in range(100)]
            await asyncio.sleep(0.001 * some)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        done = await asyncio.gather(*(units.read(kept, None) for _ in range(2)))
        assert done[0] <= 1000
    async with some_units(postgres_url) as units:
        assert await units.read(kept, None) >= done[0]
        await units.change(partial(keep, key="after"), None)


async def test_a_server_that_is_silent_is_not_waited_for_for_ever(postgres_url: str):
    """The connection is cut from outside; the unit is repeated on another, and answered."""
    tries = []

    def slow(session: Session) -> str:
        tries.append(1)
        if len(tries) == 1:
            session.rows("SELECT pg_sleep(4)")  # a server that answers late looks the same as one that doesn't
        return keep(session)

    async with some_units(postgres_url, silence=0.4) as units:
        began = time.monotonic()
        assert await units.change(slow, None) == "kept"
        assert time.monotonic() - began < 3
        assert await units.read(kept, None) == 1


async def test_where_one_connection_is_silent_the_others_are_not_tried(postgres: PostgresServer, postgres_url: str):
    """The machine that they lead to is gone without a word: they are made again, as if each had been waited for."""
    async with relayed(postgres.port) as relay:
        url = postgres_url.replace(f":{postgres.port}/", f":{relay.port}/")
        async with some_units(url, 3, silence=2.0) as units:
            await asyncio.gather(*(units.read(lambda s: s.rows("SELECT pg_sleep(0.2)"), None) for _ in range(3)))
            relay.cut()
            relay.lead(postgres.port)
            with capture_logs() as logged:
                for _ in range(9):
                    assert await units.read(kept, None) == 0
    assert [line["event"] for line in logged] == ["store.server_silent"]


async def test_who_waits_for_a_thread_for_too_long_hears_so(postgres_url: str):
    """Rather than be done when nobody waits any more."""
    async with some_units(postgres_url, 1, longest=0.7) as units:
        first = asyncio.create_task(units.read(lambda s: s.rows("SELECT pg_sleep(2)"), None))
        await asyncio.sleep(0.05)
        with pytest.raises(StoreUnavailable, match=r"every connection has been busy for seconds") as busy:
            await units.change(keep, None)
        assert busy.value.phrase.code == "database-busy"
        await first
        assert await units.read(kept, None) == 0


async def test_what_waits_is_done_before_the_threads_end(postgres_url: str):
    """And nothing is taken afterwards."""
    async with some_units(postgres_url, 1) as units:
        waiting = [asyncio.create_task(units.change(partial(keep, key=f"{n}"), None)) for n in range(20)]
        await asyncio.sleep(0)
    assert [await task for task in waiting] == ["kept"] * 20
    with pytest.raises(StoreUnavailable, match=r"the store is closing"):
        await units.change(keep, None)


async def test_a_server_that_is_gone_does_not_hold_up_the_end(postgres_url: str):
    """Supervisors kill after ten seconds: what can't be done soon is told so."""
    server = ServerUrl.parse(postgres_url)
    gone = threading.Event()

    def dial() -> ServerLine:
        if gone.is_set():
            raise psycopg.OperationalError("connection refused")
        return dialled(server)

    lane = Lane(dial, server, patience=60)
    async with Units([lane], server) as units:
        await units.change(keep, None)
        gone.set()
        lane._open().cut()
        waiting = asyncio.create_task(units.change(partial(keep, key="two"), None))
        await asyncio.sleep(0.1)
        began = time.monotonic()
    assert time.monotonic() - began < 6
    with pytest.raises(StoreUnavailable):
        await waiting


# -- what errors are called -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "text", "phrase"),
    [
        (errors.LockNotAvailable(), "Another session holds what was wanted", "database-busy"),
        (errors.QueryCanceled(), "It took too long", "database-busy"),
        (errors.SerializationFailure(), "", "database-busy"),
        (errors.DiskFull(), "Free some space on the server's disk.", "database-broken"),
        (errors.TooManyConnections(), "Raise max_connections", "database-broken"),
        (errors.OutOfMemory(), "The server has run out of something", "database-broken"),
        (errors.AdminShutdown(), "The server was stopped or restarted", "database-broken"),
        (errors.IoError(), "The server's disk fails", "database-broken"),
        (errors.DataCorrupted(), "The server has found its data damaged", "database-broken"),
        (errors.UndefinedTable(), "The bot's tables aren't where its role looks", "database-broken"),
        (psycopg.OperationalError("timeout expired"), "it doesn't answer. Check that it runs", "database-broken"),
        (psycopg.OperationalError("consuming input failed"), "the connection was lost. Check", "database-broken"),
        (
            psycopg.OperationalError("connection to server failed: FATAL:  Kennwort falsch."),
            "Kennwort falsch. Check what SNAPSHOT_BOT_DATABASE names.",
            "database-broken",
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_an_outage_says_whose_move_it_is(error: psycopg.Error, text: str, phrase: str):
    """For operators; people hear only whether it passes by itself."""
    failure = outages.outage(error, ServerUrl.parse("postgresql://bot:hunter2@db/bot"))
    assert isinstance(failure, StoreUnavailable)
    assert str(failure).startswith("PostgreSQL at db, database bot: ")
    assert text in str(failure)
    assert failure.phrase.code == phrase
    assert failure.__cause__ is error
