"""Several processes on one database: nothing is done twice, nothing is lost, and the record stays one chain."""

from __future__ import annotations

import asyncio
import itertools
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest

from bot.core.approval import Vote
from bot.core.condition import Condition, Sharing
from bot.core.errors import NameTaken, StaleRequest
from bot.core.grants import NoAdminLeft, Role
from bot.core.ids import Principal, RequestId
from bot.core.message import CARD, RESULT
from bot.core.record import Entry, Head
from bot.core.request import Cap, Capped, State
from bot.core.right_changes import GrantChange, RightChange, RightsState
from bot.ports import Store
from bot.store import open_store
from bot.store.postgres import due_statements, message_statements, record_statements, request_statements
from bot.store.postgres.lanes import CHANNEL, Extent, Lane
from bot.store.postgres.lines import ServerLine, dialled
from bot.store.postgres.listening import Listener
from bot.store.postgres.session import Session
from bot.store.server_url import ServerUrl
from tests.harness.contract_store import ANA, BEN, DWH, LAB, POSTED, a_grant, a_request, an_entry, at, give, moved
from tests.harness.postgres_server import PostgresServer
from tests.harness.serving import until

MINUTE = timedelta(minutes=1)
NOW = timedelta(0)


@pytest.fixture
async def replicas(postgres_url: str) -> AsyncIterator[list[Store]]:
    """Give three stores, each as a process of its own would have it, by the server's clock."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_store(postgres_url, exclusive=True)) for _ in range(3)]


async def keep(store: Store, number: int, due_in: timedelta | None = None, **changes: object) -> RequestId:
    """Add a request with an origin of its own."""
    request = a_request(number, **changes)
    return (await store.add(request, origin=f"o{number}", entries=[an_entry()], due_in=due_in)).id


# -- the contract's promises, by the server's clock -------------------------------------------------------------------


async def test_each_that_is_due_is_taken_by_one(replicas: list[Store]) -> None:
    """Between them everything is taken, and saved once."""
    ids = {await keep(replicas[0], n, NOW, cluster=(DWH, LAB)[n % 2]) for n in range(60)}
    done: list[RequestId] = []

    async def work(store: Store, owner: str) -> None:
        while found := await store.claim(owner=owner, lease=MINUTE, limit=7):
            for work in found:
                await store.save(moved(work.item, State.DECLINED), token=work.token, entries=[an_entry()])
                done.append(work.item.id)

    await asyncio.gather(*(work(store, f"{n}") for n, store in enumerate(replicas)))
    assert sorted(done) == sorted(ids)
    assert (await replicas[0].counts())[State.DECLINED] == 60
    assert (await replicas[0].verify_chain()).findings == ()


async def test_a_lease_that_is_over_by_the_servers_clock_is_anybodys(
    replicas: list[Store], postgres: PostgresServer
) -> None:
    """And its late holder changes nothing: not by saving, putting off, renewing, nor with a message."""
    await keep(replicas[0], 1, NOW)
    (late,) = await replicas[0].claim(owner="a", lease=MINUTE, limit=9)
    (told,) = await replicas[0].claim_messages(owner="a", lease=MINUTE, limit=9)
    assert await replicas[1].claim(owner="b", lease=MINUTE, limit=9) == []
    for table in ("requests", "messages"):
        postgres.admin(f"UPDATE {table} SET lease_until = clock_timestamp()", "shared")
    (held,) = await replicas[1].claim(owner="b", lease=MINUTE, limit=9)
    (telling,) = await replicas[1].claim_messages(owner="b", lease=MINUTE, limit=9)
    posted = replace(telling.item, ref=POSTED, shown_version=1)
    await replicas[1].save_message(posted, token=telling.token, due_in=None)

    with pytest.raises(StaleRequest):
        await replicas[0].put_off(late, NOW)
    with pytest.raises(StaleRequest):
        await replicas[0].renew(late, lease=MINUTE)
    with pytest.raises(StaleRequest):
        await replicas[0].save(moved(late.item, State.SUBMITTING), token=late.token)
    with pytest.raises(StaleRequest):
        await replicas[0].save_message(told.item, token=told.token, due_in=NOW, release=False)

    assert await replicas[2].claim(owner="c", lease=MINUTE, limit=9) == []
    assert await replicas[2].message(held.item.id, CARD) == posted


async def test_what_is_done_wakes_nobody(replicas: list[Store]) -> None:
    """Of finished rows nothing is due, with or without a lease that was left on them."""
    await keep(replicas[0], 1, NOW)
    (work,) = await replicas[0].claim(owner="a", lease=MINUTE, limit=9)
    (card,) = await replicas[0].claim_messages(owner="a", lease=MINUTE, limit=9)
    await replicas[0].save(moved(work.item, State.DECLINED), token=work.token, release=False)
    await replicas[0].save_message(replace(card.item, ref=POSTED, shown_version=2), token=card.token, due_in=None)
    assert await replicas[1].next_due() is None


async def test_the_clock_is_the_servers(replicas: list[Store]) -> None:
    """Whatever time a process has: what it says of the present is what the server says."""
    await replicas[0].beat()
    assert abs(replicas[0].clock.now() - replicas[1].clock.now()) < timedelta(seconds=5)


async def test_the_run_before_is_one_of_the_same_machine(replicas: list[Store], postgres: PostgresServer) -> None:
    """A replica elsewhere that is well wasn't killed; when one was seen last is its own beat, not another's."""
    assert await replicas[0].begin_run("a:1:x") is None
    assert await replicas[1].begin_run("b:1:y") is None
    await replicas[0].beat()
    (last,) = postgres.admin("SELECT seen_at FROM runs WHERE owner = 'a:1:x'", "shared")
    await replicas[1].beat()
    killed = await replicas[2].begin_run("a:2:z")
    assert killed is not None
    assert killed.seen_at == last["seen_at"]
    assert (killed.ended_at, killed.clean) == (None, False)


# -- claims -----------------------------------------------------------------------------------------------------------


async def test_who_has_a_vote_or_a_message_to_add_is_not_kept_off_by_a_claim(
    replicas: list[Store], postgres_url: str
) -> None:
    """Nor the other way round: a row with such an addition under way is claimed."""
    await keep(replicas[0], 1, NOW)
    with psycopg.connect(postgres_url) as other:
        other.execute("INSERT INTO votes VALUES ('R-1', 'U9', true, now(), '')")
        assert [w.item.id for w in await replicas[0].claim(owner="a", lease=MINUTE, limit=9)] == ["R-1"]
        other.rollback()
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM requests FOR NO KEY UPDATE")
        with psycopg.connect(postgres_url) as third:
            third.execute("SET lock_timeout = '1s'")
            third.execute("INSERT INTO votes VALUES ('R-1', 'U9', true, now(), '')")


async def test_what_is_saved_while_it_is_claimed_is_claimed_with_its_votes(
    replicas: list[Store], postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim that has begun before a save, and comes to the row after it, has what was saved, all of it."""
    kept = await keep(replicas[0], 1, NOW)
    slowly = due_statements._CLAIM.replace("WHERE due_at", "WHERE (SELECT pg_sleep(1.5)) IS NOT NULL AND due_at", 1)
    monkeypatch.setattr(due_statements, "_CLAIM", slowly)
    claiming = asyncio.create_task(replicas[1].claim(owner="a", lease=MINUTE, limit=9))
    sleeping = "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    assert await until(lambda: bool(postgres.admin(sleeping)), seconds=60)
    vote = Vote(BEN, True, at(1))
    await replicas[0].save(moved(a_request(1), State.WAITING), vote=vote, due_in=-MINUTE)
    (work,) = await claiming
    assert (work.item.id, work.item.version, work.item.votes) == (kept, 2, (vote,))
    await replicas[1].save(moved(work.item, State.DECLINED), token=work.token)


async def test_what_is_due_but_held_is_not_asked_for_again_and_again(replicas: list[Store], postgres_url: str) -> None:
    """An empty claim is followed by a pause that grows, whatever is due."""
    await keep(replicas[0], 1, NOW)
    await replicas[0].claim_messages(owner="a", lease=MINUTE, limit=9)
    assert await replicas[0].next_due() is not None
    with psycopg.connect(postgres_url) as other:
        other.execute("SELECT 1 FROM requests FOR UPDATE")
        waits = []
        for _ in range(4):
            assert await replicas[0].claim(owner="a", lease=MINUTE, limit=9) == []
            waits.append(await replicas[0].next_due())
    assert waits == [0.05, 0.1, 0.2, 0.4]
    assert len(await replicas[0].claim(owner="a", lease=MINUTE, limit=9)) == 1


# -- one winner -------------------------------------------------------------------------------------------------------


async def test_one_submission_that_reaches_two_replicas_is_one_request(replicas: list[Store]) -> None:
    """Each answers with it: nobody reads that their own name is taken."""
    for n in range(20):
        request = a_request(n)
        ids = [replace(request, id=RequestId(f"{request.id}-{k}")) for k in range(3)]
        tried = [s.add(r, origin=f"o{n}", entries=[], due_in=None) for s, r in zip(replicas, ids, strict=True)]
        kept = await asyncio.gather(*tried)
        assert len({k.id for k in kept}) == 1
    assert len(await replicas[0].find(limit=99)) == 20
    with pytest.raises(NameTaken):
        await replicas[0].add(a_request(99, name="before-migration-1"), origin="o99", entries=[], due_in=None)


async def test_of_many_at_once_no_more_go_than_the_cap_allows(replicas: list[Store]) -> None:
    """Counted and kept in one transaction, one after the other."""

    async def ask(number: int) -> bool:
        goes = a_request(number, state=State.APPROVED, waived=True)
        waits = replace(goes, state=State.WAITING, waived=False)
        caps = (Cap(1, at(-60)), Cap(1, at(-60), Principal(ANA)))
        capped = Capped(caps, waits, [an_entry()], None)
        store = replicas[number % 3]
        kept = await store.add(goes, origin=f"o{number}", entries=[an_entry()], due_in=None, capped=capped)
        return kept.waived

    assert sum(await asyncio.gather(*(ask(n) for n in range(20)))) == 1


async def test_two_admins_that_take_each_others_right_leave_one(replicas: list[Store]) -> None:
    """Each plans by what there is once it is their turn."""
    for _ in range(5):
        await give(replicas[0], a_grant(ANA, Role.ADMIN), a_grant(BEN, Role.ADMIN))

        def take(grant: object, state: RightsState) -> list[tuple[RightChange, Entry]]:
            if len(state.grants) < 2:
                raise NoAdminLeft("no")
            time.sleep(0.01)
            change = GrantChange(grant, None)  # type: ignore[arg-type]
            return [(change, an_entry(change.action))]

        grants = await replicas[0].grants()
        results = await asyncio.gather(
            *(store.change_rights(partial(take, g)) for store, g in zip(replicas, grants, strict=False)),
            return_exceptions=True,
        )
        assert [type(r) for r in results].count(NoAdminLeft) == 1
        assert len(await replicas[0].grants()) == 1
        await replicas[0].change_rights(
            lambda s: [(GrantChange(g, None), an_entry("grant.removed")) for g in s.grants.values()]
        )


async def test_a_refusal_that_repeats_on_several_replicas_is_one_entry(replicas: list[Store]) -> None:
    """And a count."""
    refused = an_entry("ask.refused", rule="no-grant", at=replicas[0].clock.now())
    await asyncio.gather(*(replicas[n % 3].refuse(refused) for n in range(30)))
    assert len(await replicas[0].entries()) == 1


async def test_an_event_that_reaches_several_replicas_is_new_to_one(replicas: list[Store]) -> None:
    """Whichever asks first."""
    for n in range(10):
        assert sum(await asyncio.gather(*(store.first_time(f"Ev{n}") for store in replicas))) == 1


async def test_one_looks_at_a_cloud_and_one_has_a_time_for_all(replicas: list[Store]) -> None:
    """What another process throttled, or looks at, is so for everybody."""
    begun = await asyncio.gather(*(s.begin_look(DWH.cloud, owner=f"{n}", lease=MINUTE) for n, s in enumerate(replicas)))
    assert sum(look is not None for look in begun) == 1
    await replicas[0].throttle("post", 60)
    assert 59 < await replicas[1].throttled_for("post") <= 60


# -- a card and its request -------------------------------------------------------------------------------------------


def two_lanes(url: str) -> tuple[Lane, Lane]:
    """Give two connections."""
    server = ServerUrl.parse(url)
    return Lane(partial(dialled, server), server), Lane(partial(dialled, server), server)


def meeting(first: Callable[[Session], None], second: Callable[[Session], object], url: str) -> None:
    """Do *first*, and before it commits let *second* begin, so that it waits for a lock of the first."""
    one, two = two_lanes(url)
    waits = threading.Thread(target=two.do, args=[second, Extent.CHANGE])

    def unit(session: Session) -> None:
        first(session)
        waits.start()
        end = time.monotonic() + 10
        asked = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        while not session.rows(asked)[0]["n"]:
            assert time.monotonic() < end, "nobody waits"
            session.rows("SELECT pg_stat_clear_snapshot()")

    one.do(unit, Extent.CHANGE)
    waits.join(10)
    one.close()
    two.close()


async def test_a_card_that_is_saved_while_its_request_changes_stays_due(
    replicas: list[Store], postgres_url: str
) -> None:
    """Who saves the card has waited for the change, so it isn't called up to date by what there was before."""
    await keep(replicas[0], 1)
    (card,) = await replicas[0].claim_messages(owner="a", lease=MINUTE, limit=9)
    request = a_request(1)
    shown = replace(card.item, ref=POSTED, shown_version=1)

    def change(session: Session) -> None:
        request_statements.save(session, moved(request, State.APPROVED), None, None, None, True)
        message_statements.owe(session, moved(request, State.APPROVED), [])

    meeting(change, lambda s: message_statements.save(s, shown, card.token, None, True), postgres_url)
    assert [w.item for w in await replicas[1].claim_messages(owner="b", lease=MINUTE, limit=9)] == [shown]


async def test_a_reply_that_is_owed_while_its_card_is_posted_becomes_ready(
    replicas: list[Store], postgres_url: str
) -> None:
    """In whichever order the two commit."""
    await keep(replicas[0], 1)
    (card,) = await replicas[0].claim_messages(owner="a", lease=MINUTE, limit=9)
    posted = replace(card.item, ref=POSTED, shown_version=1)
    ended = moved(a_request(1), State.DECLINED)

    def end(session: Session) -> None:
        request_statements.save(session, ended, None, None, None, True)
        message_statements.owe(session, ended, [RESULT])

    meeting(lambda s: (message_statements.save(s, posted, card.token, None, True), None)[1], end, postgres_url)
    found = await replicas[1].claim_messages(owner="b", lease=MINUTE, limit=9)
    assert {w.item.owed for w in found} == {CARD, RESULT}


# -- the record -------------------------------------------------------------------------------------------------------


async def test_many_that_write_at_once_write_one_chain(replicas: list[Store]) -> None:
    """No number twice, none missing, each chained to the one before it; the head counts them."""
    await asyncio.gather(*(replicas[n % 3].record(an_entry(f"a{n}")) for n in range(150)))
    verdict = await replicas[0].verify_chain()
    assert (verdict.findings, verdict.rows) == ((), 150)
    assert (await replicas[1].head()).number == 150


async def test_an_entry_that_is_rolled_back_leaves_no_gap(replicas: list[Store], postgres_url: str) -> None:
    """Its number is the next one's."""
    await replicas[0].record(an_entry("a"))
    with pytest.raises(StaleRequest):
        await replicas[0].save(moved(a_request(404), State.APPROVED), entries=[an_entry("b")])
    one, two = two_lanes(postgres_url)

    def fails(session: Session) -> None:
        record_statements.append(session, [an_entry("c")])
        raise StaleRequest("no")

    with pytest.raises(StaleRequest):
        one.do(fails, Extent.CHANGE)
    two.do(lambda s: record_statements.append(s, [an_entry("d")]), Extent.CHANGE)
    one.close()
    two.close()
    assert [e.action for e in await replicas[0].entries()] == ["d", "a"]
    assert (await replicas[0].verify_chain()).findings == ()


async def test_checking_while_others_write_finds_nothing_wrong(replicas: list[Store]) -> None:
    """Rows and head are of one moment."""
    over = asyncio.Event()

    async def write(store: Store) -> None:
        number = 0
        while not over.is_set():
            await store.record(an_entry(f"{number}"))
            number += 1

    writing = [asyncio.create_task(write(store)) for store in replicas[:2]]
    for _ in range(25):
        assert (await replicas[2].verify_chain()).findings == ()
    over.set()
    await asyncio.gather(*writing)


@pytest.mark.parametrize(
    ("harm", "what"),
    [
        ("UPDATE audit SET actor = 'U0EVE' WHERE seq = 2", "columns"),
        ("UPDATE audit SET text = replace(text, 'a1', 'a9') WHERE seq = 2", "changed"),
        ("DELETE FROM audit WHERE seq = 2", "gap"),
        ("DELETE FROM audit WHERE seq = 4", "cut"),
        ("UPDATE audit_head SET seq = 3", "uncounted"),
    ],
)
async def test_what_somebody_did_to_the_record_is_found(
    replicas: list[Store], postgres: PostgresServer, harm: str, what: str
) -> None:
    """As in a file; the bot's own role can't do it by the way, since the rows are kept from changes."""
    for n in range(4):
        await replicas[0].record(an_entry(f"a{n}"))
    if "audit " in harm:
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            postgres.admin(harm, "shared")
    postgres.admin(f"SET session_replication_role = replica; {harm}", "shared")
    (finding, *_) = (await replicas[0].verify_chain()).findings
    assert what in {str(finding.damage), *finding.facts}


async def test_the_record_is_not_emptied_by_the_way(replicas: list[Store], postgres: PostgresServer) -> None:
    """A TRUNCATE is refused like the rest."""
    await replicas[0].record(an_entry("a"))
    with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
        postgres.admin("TRUNCATE audit", "shared")


async def test_two_that_follow_the_same_entry_are_kept_apart(replicas: list[Store], postgres: PostgresServer) -> None:
    """Where the lock is got around: the second is refused."""
    await replicas[0].record(an_entry("a"))
    with pytest.raises(psycopg.errors.UniqueViolation):
        postgres.admin(
            "INSERT INTO audit SELECT seq + 1, layout, text, hash, at, actor, action, rule, request_id, cloud, "
            "cluster, detail, team, before FROM audit",
            "shared",
        )


async def test_the_record_is_the_very_text_that_a_file_has(postgres_url: str, tmp_path: Path) -> None:
    """Byte by byte, so that an export of one engine goes on in the other."""
    heads = set[Head]()
    for url in (postgres_url, f"sqlite:///{tmp_path}/bot.db"):
        async with open_store(url, exclusive=True) as store:
            await store.record(an_entry("a", detail="naïve “<@U1>” 🙂", cluster=DWH))
            await store.record(an_entry("b", request_id=RequestId("R-1")))
            heads.add(await store.head())
    assert len(heads) == 1


# -- hearing of one another -------------------------------------------------------------------------------------------


async def test_a_commit_of_another_process_wakes(postgres_url: str) -> None:
    """What it has made due can be taken at once; what only leases, or is one's own, wakes nobody."""
    woken: list[float] = []
    async with (
        open_store(postgres_url, exclusive=True, woken=lambda: woken.append(time.monotonic())) as listening,
        open_store(postgres_url, exclusive=True) as other,
    ):
        assert await until(lambda: bool(woken), seconds=5), "a look once it listens"
        await asyncio.sleep(0.2)
        woken.clear()
        await keep(listening, 1, NOW)
        await other.claim(owner="b", lease=MINUTE, limit=9)
        await other.beat()
        await asyncio.sleep(0.2)
        assert woken == []
        await keep(other, 2, NOW)
        assert await until(lambda: bool(woken), seconds=5)


async def test_how_the_server_is_doing_is_told(postgres_url: str) -> None:
    """Whether others' commits are heard, and since when; and for how long the oldest transaction has run."""

    async def told_by(store: Store) -> Sharing:
        found = await store.sharing()
        assert found is not None
        return found

    async def hears(store: Store) -> Condition:
        found = (await told_by(store)).hears
        assert found is not None
        return found

    began, end = datetime.now(UTC), time.monotonic() + 60
    async with open_store(postgres_url, exclusive=True, woken=lambda: None) as store:
        while not (await hears(store)).ok:
            assert time.monotonic() < end
        assert began <= (await hears(store)).since <= datetime.now(UTC)
        assert (await told_by(store)).oldest == 0
        with psycopg.connect(postgres_url) as forgotten:
            forgotten.execute("SELECT 1")
            while (await told_by(store)).oldest < 0.05:
                assert time.monotonic() < end
    async with open_store(postgres_url, exclusive=False) as beside:
        assert (await told_by(beside)).hears is None


async def test_who_listens_begins_again_where_the_connection_is_lost(
    postgres_url: str, postgres: PostgresServer
) -> None:
    """And looks once when it listens again: what came meanwhile nobody told."""
    woken = threading.Semaphore(0)
    server = ServerUrl.parse(postgres_url)
    listener = Listener(partial(dialled, server), woken.release, me="me", send=partial(told, postgres), probed=0.2)
    listener.start()
    try:
        assert await asyncio.to_thread(woken.acquire, timeout=5)
        assert await until(lambda: listener.is_up, seconds=5)
        postgres.admin("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'bot'")
        assert await asyncio.to_thread(woken.acquire, timeout=5)
        assert await until(lambda: listener.is_up, seconds=5)
    finally:
        await asyncio.to_thread(listener.close)
    assert not listener.is_up


def told(postgres: PostgresServer, note: str) -> None:
    """Send *note* by another connection."""
    postgres.admin(f"NOTIFY {CHANNEL}, '{note}'", "shared")


class Deaf(ServerLine):
    """A connection through a pooler that lends it for a transaction: notes never come."""

    def wait(self, seconds: float) -> list[str]:
        """Hear nothing."""
        time.sleep(min(seconds, 0.02))
        return []


async def test_who_hears_nothing_knows(postgres: PostgresServer, postgres_url: str) -> None:
    """Not even a note to itself: that is no listening, and it is tried again later and later."""
    server = ServerUrl.parse(postgres_url)
    dials: list[float] = []

    def dial() -> ServerLine:
        dials.append(time.monotonic())
        return Deaf(dialled(server)._connection)

    listener = Listener(dial, lambda: None, me="me", send=partial(told, postgres), answer=0.05)
    listener.start()
    assert await until(lambda: len(dials) >= 4, seconds=10)
    assert not listener.is_up
    assert await until(lambda: "not even its own notes come" in listener.condition.why, seconds=10)
    await asyncio.to_thread(listener.close)
    first, second, third = (b - a for a, b in itertools.pairwise(dials[:4]))
    assert first < second < third


# -- processes that die -----------------------------------------------------------------------------------------------

KILLED = """
import asyncio, sys
from datetime import timedelta
from bot.store import open_store
from tests.harness.contract_store import State, a_request, an_entry, moved

async def work(url, owner):
    async with open_store(url, exclusive=True) as store:
        print("works", flush=True)
        while True:
            found = await store.claim(owner=owner, lease=timedelta(seconds=1), limit=3)
            for work in found:
                await store.save(moved(work.item, State.DECLINED), token=work.token, entries=[an_entry(work.item.id)])
            await asyncio.sleep(0 if found else 0.05)

asyncio.run(work(*sys.argv[1:]))
"""


def killed_at_work(url: str, owner: str) -> None:
    """Run a process that works, and kill it in the midst of that."""
    command = [sys.executable, "-c", KILLED, url, owner]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(0.05)
        process.kill()


STOPPED = """
import os, signal, sys
from functools import partial
from bot.store.postgres import record_statements
from bot.store.postgres.lanes import Extent, Lane
from bot.store.postgres.lines import dialled
from bot.store.server_url import ServerUrl
from tests.harness.contract_store import an_entry

tries = []

def unit(session):
    record_statements.append(session, [an_entry("stopped")])
    tries.append(1)
    if len(tries) == 1:
        os.kill(os.getpid(), signal.SIGSTOP)

server = ServerUrl.parse(sys.argv[1])
Lane(partial(dialled, server), server).do(unit, Extent.CHANGE)
print(len(tries))
"""


async def test_a_process_that_is_stopped_with_the_end_of_the_record_holds_nobody_up(
    replicas: list[Store], postgres_url: str
) -> None:
    """The server ends its transaction; once it goes on it hears so, and does its unit again: one entry, one chain."""
    url = f"{postgres_url}?options=-c%20idle_in_transaction_session_timeout%3D500ms"
    command = [sys.executable, "-c", STOPPED, url]
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    held = "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'idle in transaction'"
    one, two = two_lanes(postgres_url)
    assert await until(lambda: one.do(lambda s: s.rows(held), Extent.READ) == [{"n": 1}], seconds=30)
    began = time.monotonic()
    await replicas[0].record(an_entry("next"))
    assert time.monotonic() - began < 2.5
    process.send_signal(signal.SIGCONT)
    out, _ = await process.communicate()
    assert (process.returncode, out.strip()) == (0, b"2")
    assert [e.action for e in await replicas[0].entries()] == ["stopped", "next"]
    assert (await replicas[0].verify_chain()).findings == ()
    one.close()
    two.close()


async def test_what_a_killed_process_had_is_done_by_another_once(replicas: list[Store], postgres_url: str) -> None:
    """At any moment: a request is saved once, its entry is there once, and the chain is sound."""
    for number in range(60):
        await keep(replicas[0], number, NOW)
    for owner in ("a", "b"):
        await asyncio.to_thread(killed_at_work, postgres_url, owner)

    async def rest() -> bool:
        for work in await replicas[1].claim(owner="c", lease=MINUTE, limit=99):
            await replicas[1].save(moved(work.item, State.DECLINED), token=work.token, entries=[an_entry(work.item.id)])
        return (await replicas[1].counts())[State.DECLINED] == 60

    end = time.monotonic() + 10
    while not await rest():
        assert time.monotonic() < end
        await asyncio.sleep(0.1)
    entries = [e.action for e in await replicas[0].entries(limit=999)]
    assert sorted(a for a in entries if a.startswith("R-")) == sorted(f"R-{n}" for n in range(60))
    assert (await replicas[0].verify_chain()).findings == ()
