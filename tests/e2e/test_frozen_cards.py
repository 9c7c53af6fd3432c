"""A workspace that forbids edits: the whole bot, its real database, its restart; one card, each end told once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from slack_sandbox.sandbox import Card
from tests.harness.running import World, a_world, started
from tests.harness.serving import until

FOR_GOOD = 10_000


def posted(world: World) -> list[str]:
    """Return the texts of what the bot has posted to the channel for everybody, threads included."""
    channel = world.slack.site.workspace.channel("dwh-ops")
    return [m.body["text"] for m in channel.messages.values() if m.body.get("bot_id")]


async def forbid_edits(world: World, code: str) -> None:
    """Let every edit be refused from now on."""
    await world.slack.fault("error", method="chat.update", error=code, times=FOR_GOOD)


def edits(world: World) -> int:
    """Return how often the bot tried to edit a message."""
    return sum(1 for e in world.slack.site.exchanges.list() if e["what"] == "chat.update")


async def until_frozen(world: World, folder: Path) -> None:
    """Wait until the database says that the card can't be drawn again."""

    def frozen() -> bool:
        with closing(sqlite3.connect(folder / "bot.db")) as db:
            return bool(db.execute("SELECT frozen FROM messages WHERE kind = 'card'").fetchone()[0])

    assert await until(frozen, seconds=60)


@pytest.mark.parametrize("code", ["edit_window_closed", "cant_update_message"])
@pytest.mark.parametrize("http", [False, True], ids=["socket", "http"])
async def test_one_card_and_one_end(tmp_path: Path, code: str, http: bool):
    """The snapshot is told available in the card's thread, once, also after a restart; the old card answers clicks."""
    async with a_world(tmp_path, start=False, http=http) as world:
        async with started(world, http=http):
            card = await world.ask("ana", "before-42")
            await forbid_edits(world, code)
            await world.approve("ben", card)
            await world.user("ana").channel("dwh-ops").wait_for("is available", seconds=60)
            await until_frozen(world, tmp_path)
            assert len([t for t in posted(world) if "asks for a snapshot" in t]) == 1
            assert len([t for t in posted(world) if "is available" in t]) == 1
        tried = edits(world)
        assert tried == 1
        async with started(world, http=http):
            bea = world.user("bea")
            old = Card(bea, card.channel, card.ts)
            assert old.buttons == ["Approve", "Review…", "Why?"]
            late = await bea.click_for_reply(old, "Approve")
            assert late.text.startswith("Already approved by @ben")
            assert "✅ *Available*" in late.text
            review = await bea.click_for_modal(old, "Review…")
            assert "✅ *Available*" in review.text
            assert "Approve" not in str(review.buttons)
        assert edits(world) == tried
        assert len(posted(world)) == 2


async def test_a_withdrawal_is_told_in_the_thread(tmp_path: Path):
    """Of this end nobody hears otherwise: the card goes on saying that it waits."""
    async with a_world(tmp_path) as world:
        card = await world.ask("ana", "before-42")
        await forbid_edits(world, "edit_window_closed")
        ana = world.user("ana")
        review = await ana.click_for_modal(card, "Review…")
        await ana.click(review, "Withdraw")
        told = await ana.channel("dwh-ops").wait_for("was taken back by who asked")
        assert "*before-42* of dwh-prod was taken back by who asked; no snapshot is created for it." in told.text
        ben = world.user("ben")
        late = await ben.click_for_reply(Card(ben, card.channel, card.ts), "Approve")
        assert late.text.startswith("Already withdrawn by @ana")
        assert len(posted(world)) == 2


async def test_each_card_that_is_deleted_is_replaced_once(tmp_path: Path):
    """A retention app deletes every card at once: two were posted, and the end is told in the channel."""
    async with a_world(tmp_path) as world:
        await world.ask("ana", "before-42")
        await world.slack.fault("error", method="chat.update", error="message_not_found", times=FOR_GOOD)
        home = await world.user("ben").home()
        await home.wait_for("before-42")
        await world.user("ben").click(home, "Approve")
        await world.user("ana").channel("dwh-ops").wait_for("is available", seconds=60)
        assert len([t for t in posted(world) if "asks for a snapshot" in t]) == 2
        assert len([t for t in posted(world) if "is available" in t]) == 1
