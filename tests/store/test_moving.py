"""From a file to a server: all of it or nothing, the record byte by byte, and the file is served no more."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.core.approval import ApprovalRule, Vote
from bot.core.asked import Asked
from bot.core.errors import ConfigError, StoreUnavailable
from bot.core.events import Hold
from bot.core.grants import Role, Terms
from bot.core.holdings import Holdings
from bot.core.message import CARD, RESULT
from bot.core.person import Person, Standing
from bot.core.record import Selection
from bot.core.request import State
from bot.core.scope import NamedCluster, Scope
from bot.core.scoped_rules import ScopeRule
from bot.core.snapshot import Cluster
from bot.core.visible import Visible
from bot.core.why import Code, Why
from bot.ports import Store
from bot.store import back_up, made, move, open_store, postgres, sqlite
from bot.store.postgres import arriving
from bot.store.server_url import ServerUrl
from tests.fakes.clock import FakeClock
from tests.harness.contract_store import (
    ANA,
    BEN,
    CHANNEL,
    CLEO,
    DEV,
    DWH,
    LAB,
    NOW,
    TEAM,
    a_freeze,
    a_grant,
    a_request,
    an_entry,
    at,
    give,
    moved,
    post_card,
    save,
    set_rule,
    take,
)
from tests.harness.contract_store import keep as kept
from tests.harness.serving import command

REFUSED = r"was moved to PostgreSQL at .* what is in it is out of date\. Set SNAPSHOT_BOT_DATABASE to the server, or"


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    """Return where the file is."""
    return f"sqlite:///{tmp_path}/bot.db"


async def fill(url: str) -> None:
    """Keep something in every table of the file."""
    async with open_store(url, exclusive=True, clock=FakeClock()) as store:
        first = await kept(store, a_request(1, rule=ApprovalRule.of(2), description="naïve “x” 🚀\n"), at(60))
        await post_card(store)
        await save(store, one := moved(first, State.WAITING), vote=Vote(BEN, True, at(1), "it's fine"))
        why = Why(Code.NOT_STARTED, {"hold": Hold.BUSY, "seconds": 3})
        asked = Asked(((BEN, CLEO),), 1, (CLEO,), at(2), 3, at(4))
        await save(
            store, replace(moved(one, State.AVAILABLE), why=why, asked=asked, size_gb=42.7, waived=True), owe=[RESULT]
        )
        for number in range(2, 20):
            await kept(store, a_request(number, cluster=(LAB, DEV)[number % 2]), at(600))
        await take(store, 600, limit=3)
        await give(store, a_grant(), a_grant(BEN, Role.APPROVE, terms=Terms(at(9), "on call", True)))
        await set_rule(store, Scope("prod", "dwh-*"), ScopeRule(ApprovalRule.of(2), CHANNEL, CLEO, NOW))
        await store.freeze(a_freeze(), an_entry("freeze.set"))
        for _ in range(2):
            await store.refuse(an_entry("ask.refused", rule="no-grant", cluster=DWH, at=store.clock.now()))
        look = await store.begin_look(DWH.cloud, owner="a", lease=timedelta(seconds=30))
        assert look is not None
        await store.end_look(DWH.cloud, look, Holdings(look.at, {DWH.id: Cluster(DWH, "dwh-prod")}, ()))
        await store.name_clusters(DWH.cloud, {DWH.id: "dwh-prod"})
        await store.save_person(Person(ANA, TEAM, Standing.MEMBER, "Ana"), asked_at=at(1))
        await store.throttle("post", 60)
        assert await store.first_time("Ev1")
        await store.beat()
        await store.begin_run("one")


async def seen(url: str) -> dict[str, Any]:
    """Return all that a store says of what is in it."""
    async with open_store(url, exclusive=True, clock=FakeClock(at(700))) as store:
        return await said(store)


async def said(store: Store) -> dict[str, Any]:
    """Return all that *store* says."""
    requests = await store.find(limit=2000)
    return {
        "requests": requests,
        "counts": await store.counts(),
        "messages": [await store.messages(r.id) for r in requests[-3:]],
        "card": await store.message(requests[-1].id, CARD),
        "grants": await store.grants(),
        "rules": await store.rules(),
        "freezes": await store.freezes(),
        "record": await store.recorded(Selection(), limit=5000),
        "head": await store.head(),
        "verdict": await store.verify_chain(),
        "look": await store.look(DWH.cloud),
        "names": await store.cluster_names(DWH.cloud),
        "person": await store.person(ANA),
        "throttled": await store.throttled_for("post"),
        "oldest": await store.oldest(),
        "next": await store.next_due(),
        "newest": await store.newest(Visible(None, frozenset({NamedCluster(LAB, "dwh-prod")})), limit=50),
        "asked": await store.asked_clusters([Scope()]),
        "new": await store.first_time("Ev1"),
    }


async def test_all_that_is_in_the_file_is_on_the_server(
    file_url: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is asked of it, the answer is the same; and it goes on from there."""
    monkeypatch.setattr(arriving, "_AT_ONCE", 7)
    await fill(file_url)
    before = await seen(file_url)

    gone = await asyncio.to_thread(move, file_url, postgres_url)

    assert (gone.rows["requests"], gone.rows["grants"], gone.again) == (19, 2, False)
    after = await seen(postgres_url)
    for what, there in before.items():
        assert after[what] == there, what
    async with open_store(postgres_url, exclusive=True, clock=FakeClock(at(700))) as store:
        await kept(store, a_request(5000, cluster=LAB))
        assert (await store.counts())[State.WAITING] == before["counts"][State.WAITING] + 1
        assert (await store.verify_chain([before["head"]])).findings == ()
        run = await store.begin_run("two")
        assert run is not None


async def test_nobody_serves_a_file_that_was_moved(file_url: str, postgres_url: str, tmp_path: Path) -> None:
    """Nor does a command open it, nor may it be moved again: the sentence says where the data are."""
    await made(file_url)
    await asyncio.to_thread(back_up, file_url, tmp_path / "copy.db", overwrite=False)
    await asyncio.to_thread(move, file_url, postgres_url)
    for exclusive in (True, False):
        with pytest.raises(ConfigError, match=REFUSED) as refused:
            async with open_store(file_url, exclusive=exclusive):
                pass
        assert "hunter2" not in str(refused.value)
    with pytest.raises(ConfigError, match=REFUSED):
        await asyncio.to_thread(move, file_url, postgres_url)
    async with open_store(f"sqlite:///{tmp_path}/copy.db", exclusive=True) as store:
        await store.beat()


async def test_what_cannot_be_kept_there_is_named_before_anything_is_moved(
    file_url: str, postgres_url: str, tmp_path: Path
) -> None:
    """A NUL, which PostgreSQL has no room for, and whose place nothing else may take: the record's hashes are of it."""
    await fill(file_url)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db, db:
        db.execute("UPDATE requests SET description = 'a' || char(0) WHERE id = 'R-7'")
    with pytest.raises(ConfigError, match=r"NUL \(requests, row 7, description\)\. Nothing was moved\."):
        await asyncio.to_thread(move, file_url, postgres_url)
    await nothing_moved(file_url, postgres_url)


async def nothing_moved(file_url: str, postgres_url: str) -> None:
    """Check that the server has nothing, and that the file is served as before."""
    async with open_store(postgres_url, exclusive=True) as store:
        assert await store.find() == []
        assert await store.entries() == []
        assert set((await store.counts()).values()) == {0}
    async with open_store(file_url, exclusive=True) as store:
        await store.beat()


async def test_a_server_that_has_data_already_is_left_as_it_is(file_url: str, postgres_url: str) -> None:
    """Two bots' data aren't mixed."""
    await fill(file_url)
    async with open_store(postgres_url, exclusive=True) as store:
        await give(store, a_grant())
    with pytest.raises(ConfigError, match=r"has data already \(in grants, audit\)\. Nothing was moved"):
        await asyncio.to_thread(move, file_url, postgres_url)
    async with open_store(file_url, exclusive=True) as store:
        await store.beat()
    async with open_store(postgres_url, exclusive=True) as store:
        assert await store.grants() == (a_grant(),)


async def test_a_move_that_was_cut_off_before_the_mark_is_finished(file_url: str, postgres_url: str) -> None:
    """The server has it all: only the mark is made, and nothing twice."""
    await fill(file_url)
    with sqlite.leaving(Path(file_url.removeprefix("sqlite:///"))) as source:
        await asyncio.to_thread(postgres.receive, ServerUrl.parse(postgres_url), source)
    assert (await asyncio.to_thread(move, file_url, postgres_url)).again
    assert len((await seen(postgres_url))["requests"]) == 19
    with pytest.raises(ConfigError, match=REFUSED):
        await seen(file_url)


async def test_a_file_that_a_bot_serves_is_not_moved(file_url: str, postgres_url: str) -> None:
    """What it saves meanwhile would be lost."""
    async with open_store(file_url, exclusive=True) as store:
        await store.record(an_entry())
        with pytest.raises(StoreUnavailable, match=r"is served by another bot already"):
            await asyncio.to_thread(move, file_url, postgres_url)
    await nothing_moved(file_url, postgres_url)


async def test_damage_in_the_record_moves_as_it_is(file_url: str, postgres_url: str, tmp_path: Path) -> None:
    """It was there before, and is found there as well: moving neither hides nor adds any."""
    await fill(file_url)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as db, db:
        db.execute("DROP TRIGGER audit_no_update")
        db.execute("UPDATE audit SET actor = 'U0EVE' WHERE seq = 2")
    before = await seen(file_url)
    gone = await asyncio.to_thread(move, file_url, postgres_url)
    assert [f.number for f in gone.verdict.findings] == [2]
    assert (await seen(postgres_url))["verdict"] == before["verdict"]


@pytest.mark.parametrize(
    ("url", "to"), [("postgresql://a/b", "postgresql://a/c"), ("sqlite:///a.db", "sqlite:///b.db")]
)
def test_data_move_from_a_file_to_a_server(url: str, to: str) -> None:
    """And no other way."""
    with pytest.raises(ConfigError, match=r"^Data move from a file to a server"):
        move(url, to)


async def test_the_command_says_what_has_moved_and_what_is_next(
    file_url: str, postgres_url: str, tmp_path: Path
) -> None:
    """Without the password that it was given."""
    await fill(file_url)
    done = await command({"SNAPSHOT_BOT_DATABASE": file_url}, tmp_path, "migrate", "--to", postgres_url)
    assert (done.code, done.err) == (0, "")
    assert "19 requests, 2 grants," in done.out
    assert "Set SNAPSHOT_BOT_DATABASE to the server's URL, then start the bot: snapshot-bot serve" in done.out
    assert "hunter2" not in done.out
    again = await command({"SNAPSHOT_BOT_DATABASE": file_url}, tmp_path, "migrate", "--to", postgres_url)
    assert (again.code, "was moved to PostgreSQL at" in again.err) == (78, True), again.err
