"""A restore in the middle of a life: one snapshot, one card, one result, and no word that isn't so."""

from __future__ import annotations

import os
import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from bot.core.request import State
from bot.store import back_up
from bot.store.sqlite import rows as columns
from dws_sandbox.project import Twist
from slack_sandbox.app import LEAST_SCOPES
from slack_sandbox.sandbox import Card
from tests.harness.crowd import far_ends
from tests.harness.lives import LIVES, rows, told_of
from tests.harness.running import World, sent
from tests.harness.serving import command, serving, until

NAME, CLUSTER, TEXT = "before-42", "dwh-0", "before the migration"
STATES = ["card owed", "waiting", "approved", "submitting", "creating", "result owed", "available"]


def copy(world: World, folder: Path) -> None:
    """Keep the database as it is now."""
    back_up(world.environ["SNAPSHOT_BOT_DATABASE"], folder / "copy.db", overwrite=False)


def stored(folder: Path, query: str) -> list[tuple[Any, ...]]:
    """Return what an operator's own tool finds in the database."""
    with closing(sqlite3.connect(folder / "bot.db")) as db:
        return db.execute(query).fetchall()


async def ask(world: World) -> None:
    """Let ana send the form."""
    modal = await world.form("ana")
    await modal.enter("Cluster", CLUSTER)
    await modal.enter("Name", NAME)
    await modal.enter("Description", TEXT)
    await sent(modal)


async def life(world: World, folder: Path, state: str) -> Card:
    """Play a request from the form to its result, with a copy of the database made as it is *state*."""
    channel = world.user("ana").channel("dwh-ops")
    cluster = world.cloud.project.clusters[world.cloud.cluster_id(CLUSTER)]
    if state == "card owed":
        await world.slack.fault("error", method="chat.postMessage", error="fatal_error", times=1)
    await ask(world)
    if state == "card owed":
        assert await until(lambda: stored(folder, "SELECT 1 FROM messages WHERE attempts > 0"), seconds=60)
        copy(world, folder)
    card = await channel.wait_for(NAME, seconds=60)
    if state == "waiting":
        assert await until(lambda: stored(folder, "SELECT 1 FROM messages WHERE ts IS NOT NULL"), seconds=60)
        copy(world, folder)
    if state == "approved":
        cluster.task = "RESTORING"
    if state == "submitting":
        world.cloud.break_next("slow", on="create", seconds=1.5)
    await world.approve("ben", card)
    if state == "approved":
        await card.wait_for("a restore is running", seconds=60)
        copy(world, folder)
        cluster.task = None
    if state == "submitting":
        await card.wait_for("Sent to the cloud")
        copy(world, folder)
    if state in ("creating", "result owed"):
        await card.wait_for("Creating", seconds=60)
    if state == "creating":
        copy(world, folder)
    if state == "result owed":
        await world.slack.fault("error", method="chat.postMessage", error="fatal_error", times=1)
        assert await until(lambda: stored(folder, "SELECT 1 FROM requests WHERE state = 'AVAILABLE'"), seconds=60)
        copy(world, folder)
    await card.wait_for("Available", seconds=60)
    await card.wait_for_reply("is available", seconds=60)
    if state == "available":
        copy(world, folder)
    return card


async def restored(world: World, folder: Path) -> int:
    """Put the copy back; return up to which exchange with Slack the lost life went."""
    done = await command(world.environ, folder, "restore", "copy.db")
    assert done.code == 0, done.err
    assert "Start the bot: snapshot-bot serve" in done.out
    assert done.err == ""
    assert [name for name in os.listdir(folder) if name.startswith(("bot.db-", ".bot.db"))] == []
    return int(world.slack.site.exchanges.list()[-1]["id"])


def long_ago(folder: Path) -> None:
    """Let the restore have been six minutes ago: the cloud's lists are believed by now."""
    at = columns.text(datetime.now(UTC) - timedelta(minutes=6))
    with closing(sqlite3.connect(folder / "bot.db")) as db, db:
        db.execute("UPDATE restores SET at = ?", (at,))


def said_since(world: World, exchange: int) -> list[str]:
    """Return all that the bot has written to Slack since, edits too."""
    found = world.slack.site.exchanges.list(after=exchange, limit=500)
    return [e["payload"].get("text", "") for e in found if e["what"] in ("chat.update", "chat.postMessage")]


async def until_settled(folder: Path, state: State) -> None:
    """Wait until the request has come to *state* and nothing is due of it or its messages."""
    settled = f"""
        SELECT 1 FROM requests r WHERE state = '{state}' AND NOT EXISTS (
            SELECT 1 FROM messages m WHERE m.request_id = r.id AND m.ready
            AND (m.due_at IS NOT NULL OR m.lease_until IS NOT NULL)
        )
    """
    assert await until(lambda: stored(folder, settled), seconds=60), stored(
        folder, "SELECT state, recovery, why, due_at FROM requests"
    ) + stored(folder, "SELECT kind, ts, due_at, attempts FROM messages")


def notices(world: World) -> list[str]:
    """Return what the admin was told directly."""
    return [m.text for m in world.user("cleo").dm().messages if "as of" in m.text]


HISTORY = ("channels:history", "groups:history")
SHORT = [  # some states, with and without a look at what the channel has; the long form has them all
    *((state, HISTORY) for state in STATES if state in ("card owed", "submitting", "creating")),
    *((state, ()) for state in ("waiting", "result owed")),
]


@pytest.mark.parametrize(("state", "scopes"), [*product(STATES, (HISTORY, ()))] if LIVES else SHORT)
async def test_one_snapshot_one_result_and_no_untrue_word(tmp_path: Path, state: str, scopes: tuple[str, ...]):
    """Whatever the data say, the cloud and the channel are looked at first; nothing is made or said twice."""
    async with far_ends(tmp_path, snapshot_seconds=1.0) as world:
        world.slack.app.scopes = (*LEAST_SCOPES, *scopes)
        async with serving(world.environ, tmp_path) as bot:
            card = await life(world, tmp_path, state)
            assert await bot.end(signal.SIGTERM) == 0
        before = await restored(world, tmp_path)
        async with serving(world.environ, tmp_path) as bot:
            await until_settled(tmp_path, State.AVAILABLE)
            assert await until(lambda: notices(world), seconds=60)
            (row,) = await rows(world, tmp_path)
            assert await bot.end(signal.SIGTERM) == 0
        (snapshot,) = world.cloud.project.snapshots.values()
        assert (row["snapshot_id"], snapshot.name) == (snapshot.id, NAME)
        key = row["id"]
        channel = world.user("ben").channel("dwh-ops")
        assert told_of(channel.messages) == {f"{key}:card": 1, f"{key}:result": 1}
        assert "Available" in channel.messages[0].text
        said = said_since(world, before)
        untrue = [text for text in said if any(w in text for w in ("Waiting", "Approved by", "Sent to", "Creating"))]
        assert [text for text in untrue if "is available" not in text and "*Available*" not in text] == []
        found = "Found after a restore" in card.text
        assert found == (state in ("waiting", "approved", "submitting") or (state == "card owed" and scopes != ()))
        (notice,) = notices(world)
        assert "rights that were given or taken back since then" in notice
        assert [e["as_of"] for e in bot.events if e["event"] == "store.restored"] != []


async def test_a_snapshot_that_the_cloud_lists_late_is_found_all_the_same(tmp_path: Path):
    """Missing from the lists for longer than a call takes: it isn't made again, and nobody hears "name taken"."""
    async with far_ends(tmp_path) as world:
        async with serving(world.environ, tmp_path) as bot:
            await ask(world)
            card = await world.user("ana").channel("dwh-ops").wait_for(NAME, seconds=15)
            world.cloud.project.clusters[world.cloud.cluster_id(CLUSTER)].task = "RESTORING"
            await world.approve("ben", card)
            await card.wait_for("a restore is running", seconds=10)
            copy(world, tmp_path)
            world.cloud.break_next("late_listing", seconds=3600.0)
            world.cloud.project.clusters[world.cloud.cluster_id(CLUSTER)].task = None
            await card.wait_for("Creating", seconds=10)
            assert await bot.end(signal.SIGTERM) == 0
        await restored(world, tmp_path)
        async with serving(world.environ, tmp_path):
            created, looks = world.cloud.calls.count("create"), world.cloud.calls.count("list") + 15
            assert await until(lambda: world.cloud.calls.count("list") >= looks, seconds=60)
            (snapshot,) = world.cloud.project.snapshots.values()
            snapshot.unlisted_seconds = 0.0
            await until_settled(tmp_path, State.AVAILABLE)
            (row,) = await rows(world, tmp_path)
        assert row["snapshot_id"] == snapshot.id
        assert world.cloud.calls.count("create") == created
        assert "Found after a restore" in card.text


async def test_the_admins_are_told_once(tmp_path: Path):
    """Not again by the next start, nor by a second look at the same mark."""
    async with far_ends(tmp_path) as world:
        async with serving(world.environ, tmp_path) as bot:
            await life(world, tmp_path, "waiting")
            assert await bot.end(signal.SIGTERM) == 0
        await restored(world, tmp_path)
        for _ in range(2):
            async with serving(world.environ, tmp_path) as bot:
                await until_settled(tmp_path, State.AVAILABLE)
                assert await until(lambda: notices(world), seconds=60)
                assert await bot.end(signal.SIGTERM) == 0
        assert len(notices(world)) == 1


async def test_a_name_that_somebody_took_since_is_told_so(tmp_path: Path):
    """Declined after the backup, then made in the console: it waits again, says why, and ends once, in true words."""
    async with far_ends(tmp_path) as world:
        ben = world.user("ben")
        async with serving(world.environ, tmp_path) as bot:
            await ask(world)
            card = await ben.channel("dwh-ops").wait_for(NAME)
            assert await until(lambda: stored(tmp_path, "SELECT 1 FROM messages WHERE ts IS NOT NULL"), seconds=60)
            copy(world, tmp_path)
            review = await ben.click_for_modal(card, "Review…")
            form = await ben.click_for_modal(review, "✖ Decline…")
            await form.fill(Reason="There is one from noon.")
            await form.submit()
            await card.wait_for_reply("was declined by")
            assert await bot.end(signal.SIGTERM) == 0
        theirs = {"name": NAME, "cluster_id": world.cloud.cluster_id(CLUSTER), "description": "by hand"}
        world.cloud.project.create_snapshot(theirs, Twist())
        await restored(world, tmp_path)
        long_ago(tmp_path)
        async with serving(world.environ, tmp_path):
            await card.wait_for("what was decided on this request after the backup isn't known", seconds=60)
            await world.approve("ben", card)
            await until_settled(tmp_path, State.FAILED)
            (row,) = await rows(world, tmp_path)
        channel = ben.channel("dwh-ops")
        assert told_of(channel.messages) == {f"{row['id']}:card": 1, f"{row['id']}:result": 1}
        (result,) = [m for m in channel.messages if "failed" in m.text and "your snapshot" in m.text]
        assert f"A snapshot with this name exists (names ignore case): {NAME}; it isn't of this request." in result.text
        assert [s.description for s in world.cloud.project.snapshots.values()] == ["by hand"]


MOMENTS = {
    "started": "SELECT 1 FROM requests",
    "found": "SELECT 1 FROM requests WHERE recovery != 'sought' OR state = 'AVAILABLE'",
    "told": "SELECT 1 FROM restores_told",
}
KILLED = [*product(("waiting", "submitting", "result owed"), MOMENTS)]


@pytest.mark.parametrize(("state", "moment"), KILLED if LIVES else KILLED[::4])  # the long form: each with each
async def test_killed_while_it_looks_back_the_next_start_finishes(tmp_path: Path, state: str, moment: str):
    """The mark is a row: whenever the bot dies after a restore, one snapshot and one result come of it."""
    async with far_ends(tmp_path) as world:
        async with serving(world.environ, tmp_path) as bot:
            await life(world, tmp_path, state)
            assert await bot.end(signal.SIGTERM) == 0
        await restored(world, tmp_path)
        async with serving(world.environ, tmp_path, up=False) as bot:
            assert await until(lambda: stored(tmp_path, MOMENTS[moment]), seconds=60)
            await bot.end(signal.SIGKILL)
        async with serving(world.environ, tmp_path) as bot:
            await until_settled(tmp_path, State.AVAILABLE)
            assert await until(lambda: notices(world), seconds=60)
            (row,) = await rows(world, tmp_path)
        (snapshot,) = world.cloud.project.snapshots.values()
        assert row["snapshot_id"] == snapshot.id
        assert told_of(world.user("ben").channel("dwh-ops").messages) == {
            f"{row['id']}:card": 1,
            f"{row['id']}:result": 1,
        }
