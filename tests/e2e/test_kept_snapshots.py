"""How long a snapshot is kept, on the sandbox's Slack: said in the form or a line, asked at the end, answered there."""

from __future__ import annotations

import re
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from bot.core.keep import Keep
from bot.core.message import MessageKind
from bot.core.request import FINAL, SnapshotRequest, State
from bot.worker import Pace
from bot.worker.steps import Steps
from slack_sandbox.sandbox import Card
from tests.fakes.slack_bot import Bot, no_approval_needed

DAY = timedelta(days=1)


@pytest.fixture
def bot(bot: Bot) -> Bot:
    """Nobody has to approve on dwh-prod, and snapshots are kept for 30 days where nobody says."""
    no_approval_needed(bot, next(c for c in bot.cloud.known_clusters.values() if c.name == "dwh-prod"))
    bot.service.intake.keep_days = 30
    return bot


async def work(bot: Bot) -> None:
    """Do the steps that are due, and say what is owed."""
    channels = bot.edge.channels
    steps = Steps(
        store=bot.store,
        inventory=bot.inventory,
        authority=bot.service.authority,
        channels=channels,
        pace=Pace(),
        metrics=bot.metrics,
        zone=UTC,
        deletes=bot.service.deletions.enabled,
    )
    for claimed in await bot.store.claim(owner="test", lease=timedelta(minutes=1), limit=100):
        await steps.step(claimed)
    await bot.tell()


async def finish(bot: Bot) -> None:
    """Let the snapshot of the newest request be made."""
    while bot.newest().state not in FINAL:
        await work(bot)
        for snapshot in list(bot.cloud.known_snapshots.values()):
            if snapshot.status == "CREATING":
                bot.cloud.finish(snapshot.id, size_gb=41.9)
        bot.clock.advance(20)
    await bot.tell()


async def made(bot: Bot, line: str = "/snapshot create dwh-prod before-migration-42 OPS-42") -> SnapshotRequest:
    """Let ana ask by *line*, and the snapshot be made."""
    await bot.slack.user("ana").command_reply(line)
    await finish(bot)
    return bot.newest()


async def asked(bot: Bot, request: SnapshotRequest) -> Card:
    """Let the time pass for which the snapshot was to be kept, and return the question."""
    assert request.keep.until is not None
    bot.clock.advance((request.keep.until - bot.clock.now()).total_seconds())
    await work(bot)
    return await bot.slack.user("ana").dm().wait_for("was to be kept until")


async def test_from_the_form_to_the_question(bot: Bot):
    """What is chosen is kept; the question comes when that time is over, as a direct message, with its buttons."""
    ana = bot.slack.user("ana")
    opened = await ana.command("/snapshot")
    await opened.fill(Cluster="dwh-prod")
    await bot.idle()
    await opened.fill(Name="before-migration-42", **{"Keep it": "7 days"})
    await opened.submit()
    await bot.idle()
    assert bot.newest().keep == Keep(7)
    assert "To be kept for 7 days." in opened.text
    await finish(bot)
    told = await asked(bot, bot.newest())
    assert "before-migration-42* of dwh-prod was to be kept until" in told.text
    assert "41.9 GB" in told.text
    assert "last good snapshot of dwh-prod" in told.text
    await ana.click(told, "Keep 30 days more")
    await bot.idle()
    await work(bot)
    assert bot.newest().keep.until == bot.clock.now() + 30 * DAY
    answered = await ana.dm().wait_for("is kept until")
    assert "Keep 30 days more" not in answered.text
    assert len([m for m in bot.store.told.values() if m.kind is MessageKind.TERM]) == 1


@pytest.mark.parametrize(
    ("said", "days", "description"),
    [("keep 90d OPS-42", 90, "OPS-42"), ("OPS-42", 30, "OPS-42"), ("keep the tables", 30, "keep the tables")],
)
async def test_in_the_line(bot: Bot, said: str, days: int, description: str):
    """Before the description; without it as the settings have it."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod before-migration-42 {said}")
    assert (bot.newest().keep, bot.newest().description) == (Keep(days), description)
    assert f"To be kept for {days} days." in reply.text


@pytest.mark.parametrize(
    ("said", "why"), [("keep 12h", "Say for how many days"), ("keep 400d", "A snapshot is kept for 365 days")]
)
async def test_what_can_not_be_meant_is_refused(bot: Bot, said: str, why: str):
    """Nothing is kept, and it is said what to write."""
    reply = await bot.slack.user("ana").command_reply(f"/snapshot create dwh-prod before-migration-42 {said}")
    assert f"*Keep it*: {why}" in reply.text
    assert bot.store.requests == {}


async def test_it_is_shown_where_snapshots_are_listed(bot: Bot):
    """Beside who asked for it."""
    request = await made(bot)
    reply = await bot.slack.user("ana").command_reply("/snapshot snapshots dwh-prod")
    assert f"by @ana ({request.id}) · kept until" in reply.text


async def test_until_i_say_from_the_review(bot: Bot):
    """Also before anybody asks; the review shows what holds now."""
    request = await made(bot)
    ana = bot.slack.user("ana")
    card = await ana.channel("dwh-ops").wait_for("Available")
    review = await ana.click_for_modal(card, "Review…")
    await ana.click(review, "Keep until I say")
    await bot.idle()
    assert bot.store.requests[request.id].keep.until is None
    assert "is kept until somebody deletes it, as @ana said." in review.text


async def test_others_are_refused(bot: Bot):
    """Who looks sees until when, and no button."""
    await made(bot)
    ben = bot.slack.user("ben")
    card = await ben.channel("dwh-ops").wait_for("Available")
    review = await ben.click_for_modal(card, "Review…")
    assert "kept until" in review.text
    assert "Keep 30 days more" not in review.text


async def test_the_transcript_in_the_documents_is_what_people_see(bot: Bot):
    """Word by word, but for the ids."""
    ana = bot.slack.user("ana")
    lines = ["/snapshot create dwh-prod before-migration-42 keep 30d OPS-42"]
    reply = await ana.command_reply(lines[0])
    lines += reply.text.splitlines()
    await finish(bot)
    listed = await ana.command_reply("/snapshot snapshots dwh-prod")
    lines += ["", "/snapshot snapshots dwh-prod", *(at for at in listed.text.splitlines() if "kept" in at)]
    told = await asked(bot, bot.newest())
    lines += ["", "30 days later, to @ana:", *told.text.splitlines()]
    await ana.click(told, "Keep 30 days more")
    await bot.idle()
    await work(bot)
    answered = await ana.dm().wait_for("is kept until")
    lines += ["", "@ana presses Keep 30 days more, and the message is:", *answered.text.splitlines()]
    told_all = "\n".join(lines).replace("*", "").replace("`", "")
    seen = re.sub(r"R-[0-9A-Z]{4,}", "R-…", re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "2a4d0f86-…", told_all))
    part = (Path(__file__).parents[2] / "docs" / "snapshots.md").read_text().partition("## How long one is kept")[2]
    assert seen == part.split("```")[1].removeprefix("text\n").rstrip()


def let_it_delete(bot: Bot) -> None:
    """Let people ask for deletions, as `SNAPSHOT_BOT_DELETE=on` does."""
    bot.service.deletions.enabled = True
    bot.service.reviews.deletes = True


async def test_from_the_question_to_a_snapshot_that_is_gone(bot: Bot):
    """Ana asks, and says that she knows it is the last good one; ben approves; the channel hears that it is gone."""
    let_it_delete(bot)
    request = await made(bot)
    for scope in list(bot.store.rules_set):
        del bot.store.rules_set[scope]
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    told = await asked(bot, request)
    form = await ana.click_for_modal(told, "Delete…")
    assert "It is the last good snapshot of dwh-prod" in form.text
    assert str(request.snapshot_id) in form.text
    refused = await form.submit()
    assert refused.errors
    await form.fill(Reason="not needed", last=["I know that dwh-prod has no other good snapshot then"])
    assert not (await form.submit()).errors
    await bot.idle()
    deletion = bot.newest()
    assert f"*{deletion.id}* asks to delete" in form.text
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("asks to delete")
    assert "made " in card.text
    await ben.click(card, "Approve")
    await bot.idle()
    for _ in range(6):
        bot.clock.advance(20)
        await work(bot)
    assert bot.store.requests[deletion.id].state is State.DELETED
    assert request.snapshot_id not in bot.cloud.known_snapshots
    await card.wait_for("🗑️ *Deleted*")
    result = await card.wait_for_reply("is deleted")
    assert result.text.startswith("@ana the snapshot *before-migration-42* of dwh-prod, 41.9 GB, made ")
    answered = await ana.dm().wait_for("Not in the cloud any more")
    assert "Delete…" not in answered.text


async def test_who_keeps_it_longer_meanwhile_wins(bot: Bot):
    """The deletion that waits is withdrawn, and its card says by whom."""
    let_it_delete(bot)
    request = await made(bot)
    for scope in list(bot.store.rules_set):
        del bot.store.rules_set[scope]
    ana = bot.slack.user("ana")
    told = await asked(bot, request)
    form = await ana.click_for_modal(told, "Delete…")
    await form.fill(last=["I know that dwh-prod has no other good snapshot then"])
    await form.submit()
    await bot.idle()
    deletion = bot.newest()
    await bot.tell()
    await ana.click(told, "Keep 30 days more")
    await bot.idle()
    await bot.tell()
    assert bot.store.requests[deletion.id].state is State.WITHDRAWN
    card = await ana.channel("dwh-ops").wait_for("asks to delete")
    await card.wait_for("Withdrawn")


async def test_the_transcript_of_a_deletion_is_what_people_see(bot: Bot):
    """Word by word, but for the ids."""
    let_it_delete(bot)
    request = await made(bot)
    for scope in list(bot.store.rules_set):
        del bot.store.rules_set[scope]
    ana, ben = bot.slack.user("ana"), bot.slack.user("ben")
    form = await ana.click_for_modal(await asked(bot, request), "Delete…")
    await form.fill(Reason="not needed", last=["I know that dwh-prod has no other good snapshot then"])
    await form.submit()
    await bot.idle()
    await bot.tell()
    card = await ben.channel("dwh-ops").wait_for("asks to delete")
    lines = ["@ana presses Delete…, ticks the box, and sends the form. In #dwh-ops:", *card.text.splitlines()]
    await ben.click(card, "Approve")
    await bot.idle()
    for _ in range(6):
        bot.clock.advance(20)
        await work(bot)
    result = await card.wait_for_reply("is deleted")
    lines += ["", "@ben presses Approve, and soon, in the thread:", *result.text.splitlines()]
    told_all = "\n".join(lines).replace("*", "").replace("`", "")
    seen = re.sub(r"R-[0-9A-Z]{4,}", "R-…", re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "2a4d0f86-…", told_all))
    part = (Path(__file__).parents[2] / "docs" / "snapshots.md").read_text().partition("## To delete one")[2]
    assert seen == part.split("```")[1].removeprefix("text\n").rstrip()
